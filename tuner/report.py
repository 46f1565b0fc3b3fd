"""Write the report of a study: tables, verdict, plots and page, the whole folder at once."""

from pathlib import Path

from keras_search.tuner import frames
from keras_search.tuner.folder import StudyFolder
from keras_search.tuner.store import Store


def write(folder: StudyFolder, reports_dir: Path) -> Path:
    """Write `reports/<study>/` from what the study keeps, in place of an earlier one; give its path."""
    target = reports_dir / folder.name
    target.mkdir(parents=True, exist_ok=True)
    with Store.read(folder.root) as store:
        for name in ("trials", "history", "comparison", "timings"):
            getattr(frames, name)(store).to_csv(target / f"{name}.csv", index=False)
    return target
