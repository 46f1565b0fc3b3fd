"""Refuse to continue a study if something that decides its result has changed, and name it."""

import hashlib
from pathlib import Path
from typing import Any

from keras_search.errors import KerasSearchError
from keras_search.tuner.data import DATASET_NAMES, Source, load_dataset
from keras_search.tuner.data.loading import is_function
from keras_search.tuner.study import records
from keras_search.tuner.study.integrity import settings_of
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.versions import (
    DECIDING_PACKAGES,
    FIRST_KERNELS,
    KERNEL_PACKAGES,
    KERNELS,
    PROPOSING_PACKAGES,
    versions,
)


def check_unchanged(store: Store) -> None:
    """Compare the start of the study with the present state.

    Raises:
        KerasSearchError: the settings, the data or a version differ; the message names the field.
    """
    settings = settings_of(store)
    if settings.fingerprint() != store.fact("fingerprint"):
        raise _changed("settings", "the stored settings", "their fingerprint")
    check_versions(store, settings)
    _check_data(settings.source, store.fact("data"))


def by_kernels(store: Store) -> bool:
    """Return whether our own kernels train plain networks: they are on, and could be compiled where the study began."""
    return settings_of(store).kernels and not store.fact("without_kernels", "")


def check_kernels(store: Store, reason: str) -> None:
    """Refuse to continue without the kernels, which cannot be compiled for this `reason`, if the study uses them.

    Raises:
        KerasSearchError: it does.
    """
    if reason and by_kernels(store):
        before = store.fact("versions")
        raise KerasSearchError(
            f"engine: the kernels cannot be compiled here ({reason}), and the study was started with them. The result "
            f"would not be the same: install numba=={before['numba']} and llvmlite=={before['llvmlite']}, continue "
            "where it was started, or start a new study with --no-kernels."
        )


def check_space(store: Store, surveyed: dict[str, Any]) -> None:
    """Compare the search space of the study with the hypermodel's present one.

    Raises:
        KerasSearchError: a hyperparameter is new, gone, or has another range.
    """
    before, now = ({_label(p): p for p in space["space"]} for space in (store.fact("space"), surveyed))
    for label in sorted(before.keys() | now.keys()):
        if before.get(label) != now.get(label):
            raise _changed("search space", f"hyperparameter {label}", "the one that the study was started with")


def keep_code(store: Store, code: str) -> bool:
    """Store the hash of the user's own hypermodel; return whether it differs from that of the start.

    The code may change as long as the search space does not: a hypermodel that failed must be repairable.
    """
    before = store.fact("code", "")
    if before in ("", code):
        return False
    with store.transaction():
        store.set_facts(code=code, code_changed=True)
    return True


def data_code(dataset: str) -> str:
    """Hash the file of a data function; "" for other data, and if it is gone."""
    file = Path(dataset.rpartition(":")[0]).expanduser()
    return hashlib.sha256(file.read_bytes()).hexdigest() if is_function(dataset) and file.is_file() else ""


def data_code_changed(store: Store) -> bool:
    """Return whether the file of the data function exists and differs from that of the start.

    The function is not called again: it may take long, and return other examples each time.
    """
    now = data_code(store.fact("settings")["dataset"])
    return now not in ("", store.fact("data").get("code", ""))


def check_versions(store: Store, settings: StudySettings) -> None:
    """Compare the versions that decide a result.

    Raises:
        KerasSearchError: one differs; the message names it.
    """
    before, now = {KERNELS: FIRST_KERNELS, **store.fact("versions")}, versions()
    kernels = (*KERNEL_PACKAGES, KERNELS) if by_kernels(store) else ()
    bayesian = settings.tuner == "bayesian"
    proposing = PROPOSING_PACKAGES if bayesian else ()
    for name in (*DECIDING_PACKAGES, *kernels, *proposing, "machine"):
        if before.get(name) != now[name] and not (name == "machine" and not bayesian and _may_move(store)):
            raise _changed("versions", f"{name} {now[name]}", f"{before.get(name)}, which the study was started with")


def keep_machine(store: Store) -> None:
    """Record the machine on which a study goes on, as if all of it had been there."""
    before, machine = store.fact("versions"), versions()["machine"]
    if before.get("machine") != machine:
        with store.transaction():
            store.set_facts(versions={**before, "machine": machine})


def _may_move(store: Store) -> bool:
    """Return whether the study would have come this far here, with the same bytes, by vectors of another width.

    It would if the kernels have trained all of it, and TensorFlow has only drawn first weights. For this it takes what
    may differ without fused multiply-add, and between architectures.
    """
    from keras_search.tuner.system.cpu import ARCHITECTURE, FUSES, UNFUSED  # loads LLVM

    before = str(store.fact("versions").get("machine"))
    alike = before.split(", ")[0] == ARCHITECTURE and (UNFUSED in before) != FUSES
    return alike and all(run.engine == records.KERNELS for run in store.runs.values() if run.engine or run.trained)


def _check_data(source: Source, before: dict[str, Any]) -> None:
    """Compare the data at its source, if that still exists; the study's own copy is used in any case."""
    if before.get("passed") or source.dataset in DATASET_NAMES or not Path(source.dataset).expanduser().exists():
        return
    if load_dataset(source).digest != before["digest"]:
        raise _changed("dataset", f"the content of {source.dataset}", "that which the study was started with")


def _label(parameter: dict[str, Any]) -> str:
    config = parameter["config"]
    return f"{config['name']!r} {config.get('conditions') or ''}".strip()


def _changed(field: str, now: str, before: str) -> KerasSearchError:
    return KerasSearchError(
        f"{field}: {now} differs from {before}. The result would not be the same: restore it, or start a new study."
    )
