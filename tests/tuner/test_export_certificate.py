"""What a certificate accepts and what it does not."""

from pathlib import Path

import numpy as np
import pytest

from keras_search.tuner.exporting.certificate import TOLERANCE, certify, differences
from keras_search.tuner.exporting.formats import FORMATS
from keras_search.tuner.exporting.runtime import ExportError, Runtime, Values

MEASURED = np.array([[0.7, 0.2, 0.1], [0.4, 0.4 - 5e-6, 0.2 + 5e-6]], np.float32)


def test_equal_probabilities_do_not_differ() -> None:
    assert differences(MEASURED, MEASURED) == (0.0, 0, 0)


def test_a_label_that_differs_between_equal_classes_is_a_tie() -> None:
    found = MEASURED.copy()
    found[1, 1] += 8e-6
    largest, wrong, ties = differences(found, MEASURED)
    assert 7e-6 < largest < TOLERANCE
    assert (wrong, ties) == (0, 1)


def test_a_label_that_differs_between_unequal_classes_is_wrong() -> None:
    assert differences(MEASURED[:, ::-1], MEASURED)[1:] == (2, 0)


@pytest.mark.parametrize("broken", [np.full((2, 3), np.nan, np.float32), MEASURED[:, :2], MEASURED[:1]])
def test_no_numbers_or_another_shape_differ_infinitely(broken: Values) -> None:
    assert differences(broken, MEASURED) == (float("inf"), 2, 0)


@pytest.mark.parametrize(("shift", "accepted"), [(9e-6, True), (1.2e-5, False)])
def test_certify_fails_above_the_tolerance(tmp_path: Path, shift: float, accepted: bool) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"1234")
    given = np.zeros((2, 8, 8), np.float32)
    runtime = Runtime(lambda x: np.resize(MEASURED + np.float32(shift), (len(x), 3)), (8, 8), "")
    labels = np.array([0, 1])
    if not accepted:
        with pytest.raises(ExportError, match=r"probabilities differ by up to 1\.2e-05 \(at most 1e-05 is rounding\)"):
            certify(FORMATS["onnx"], path, runtime, given, labels, MEASURED)
        return
    certificate = certify(FORMATS["onnx"], path, runtime, given, labels, MEASURED)
    assert (certificate.images, certificate.labels_agree, certificate.accuracy, certificate.bytes) == (2, 2, 0.5, 4)
