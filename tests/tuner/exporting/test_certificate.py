"""What a certificate accepts and what it does not."""

from pathlib import Path

import numpy as np
import pytest

from keras_search.models.problem import Target
from keras_search.tuner.data import Array
from keras_search.tuner.exporting.agreement import TOLERANCE, Agreement, agreement
from keras_search.tuner.exporting.certificate import Evidence, certify
from keras_search.tuner.exporting.formats import FORMATS
from keras_search.tuner.exporting.runtime import ExportError, Runtime

CLASSES, VALUE = Target("", ("a", "b", "c")), Target("")
MEASURED = np.array([[0.7, 0.2, 0.1], [0.4, 0.4 - 5e-6, 0.2 + 5e-6]], np.float32)
LABELS = np.array([0, 1])
YEARS = np.array([[1950.0], [2010.0]], np.float32)


def test_equal_probabilities_do_not_differ() -> None:
    found = agreement(CLASSES, MEASURED, MEASURED, LABELS)
    assert found == Agreement(0.0, TOLERANCE, 0, 0)
    assert found.holds


def test_a_label_that_differs_between_equal_classes_is_a_tie() -> None:
    said = MEASURED.copy()
    said[1, 1] += 8e-6
    found = agreement(CLASSES, said, MEASURED, LABELS)
    assert 7e-6 < found.largest_difference < TOLERANCE
    assert (found.wrong, found.ties, found.holds) == (0, 1, True)


def test_a_label_that_differs_between_unequal_classes_is_wrong() -> None:
    found = agreement(CLASSES, MEASURED[:, ::-1], MEASURED, LABELS)
    assert (found.wrong, found.ties, found.holds) == (2, 0, False)


@pytest.mark.parametrize("broken", [np.full((2, 3), np.nan, np.float32), MEASURED[:, :2], MEASURED[:1]])
@pytest.mark.parametrize("target", [CLASSES, Target("", width=3)])
def test_no_numbers_or_another_shape_differ_infinitely(broken: Array, target: Target) -> None:
    found = agreement(target, broken, MEASURED, LABELS if target.classifies else MEASURED)
    assert found.largest_difference == float("inf")
    assert not found.holds


@pytest.mark.parametrize(("shift", "holds"), [(2e-3, True), (1e-2, False)])
def test_values_may_be_off_by_a_share_of_their_spread_and_some_roundings(shift: float, holds: bool) -> None:
    found = agreement(VALUE, YEARS + np.float32(shift), YEARS, YEARS)
    assert found.tolerance == pytest.approx(1e-5 * 30 + 16 * 2010 * 2**-23)
    assert found.holds is holds


def test_the_worst_of_several_values_is_told() -> None:
    measured = np.array([[1000.0, 0.001], [2000.0, 0.002]], np.float32)
    said = measured + np.array([[0, 1e-6], [1e-3, 0]], np.float32)
    found = agreement(Target("", width=2), said, measured, measured)
    assert found.largest_difference == pytest.approx(1e-6, rel=0.01)
    assert not found.holds


def runtime(said: Array) -> Runtime:
    return Runtime(lambda x: np.resize(said, (len(x), said.shape[1])), {"x": (8, 8)}, "")


def evidence(measured: Array, truth: Array, target: Target) -> Evidence:
    return Evidence(np.zeros((2, 8, 8), np.float32), truth, {"": measured}, (target,))


@pytest.mark.parametrize(("shift", "accepted"), [(9e-6, True), (1.2e-5, False)])
def test_certify_fails_above_the_tolerance(tmp_path: Path, shift: float, accepted: bool) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"1234")
    wanted = evidence(MEASURED, LABELS, CLASSES)
    if not accepted:
        with pytest.raises(ExportError, match=r"probabilities differ by up to 1\.2e-05 \(at most 1e-05 is rounding\)"):
            certify(FORMATS["onnx"], path, runtime(MEASURED + np.float32(shift)), wanted)
        return
    certificate = certify(FORMATS["onnx"], path, runtime(MEASURED + np.float32(shift)), wanted)
    assert (certificate.examples, certificate.labels_agree, certificate.accuracy, certificate.bytes) == (2, 2, 0.5, 4)
    assert certificate.mean_absolute_error is None


def test_values_are_certified_by_their_error(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.touch()
    wanted = evidence(YEARS + 3, YEARS, VALUE)
    certificate = certify(FORMATS["onnx"], path, runtime(YEARS + 3), wanted)
    assert (certificate.labels_agree, certificate.ties, certificate.accuracy) == (None, None, None)
    assert certificate.mean_absolute_error == 3
    with pytest.raises(ExportError, match=r"values differ by up to 1\.0e\+00 \(at most .* is rounding\)\. Nothing was"):
        certify(FORMATS["onnx"], path, runtime(YEARS + 4), wanted)


def test_a_further_output_that_differs_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.touch()
    targets = (Target("kind", ("a", "b", "c")), Target("the year"))
    measured = {"kind": MEASURED, "the year": YEARS}
    wanted = Evidence(np.zeros((2, 8), np.float32), {"kind": LABELS, "the year": YEARS}, measured, targets)

    def running(off: float) -> Runtime:
        def run(x: object) -> dict[str, Array]:
            count = len(x)  # type: ignore[arg-type]
            return {"kind": np.resize(MEASURED, (count, 3)), "the_year": np.resize(YEARS + off, (count, 1))}

        return Runtime(run, {"x": (8,)}, "")

    certificate = certify(FORMATS["onnx"], path, running(0), wanted)
    assert certificate.others == {"the year": 0.0}
    with pytest.raises(ExportError, match="values of the output the year differ"):
        certify(FORMATS["onnx"], path, running(1), wanted)
