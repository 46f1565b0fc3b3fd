"""The notebook tells its story to the end, on the digits that come with scikit-learn."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "mnist.ipynb"

SHOWN = {"image/png": 3, "text/html": 5}
"""Three figures; the bar, the study, two tables, the verdict."""


def kinds(notebook: nbformat.NotebookNode) -> dict[str, int]:
    """Count what the notebook shows besides text."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    shown = [kind for output in outputs for kind in output.get("data", {})]
    return {kind: shown.count(kind) for kind in SHOWN}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_notebook_runs_from_loading_to_prediction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_SEARCH_NOTEBOOK_DATA", "digits")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert kinds(notebook) == SHOWN, "commit it with the outputs of a run on MNIST"
    for cell in notebook.cells:
        cell.update({"outputs": []} if cell.cell_type == "code" else {})
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert kinds(notebook) == SHOWN
    assert (tmp_path / "studies" / "notebook" / "study.db").is_file()
