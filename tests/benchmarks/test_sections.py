"""Each benchmark writes its own sections of the page of results."""

import doctest
from pathlib import Path

from keras_search.benchmarks import sections


def test_the_example_of_the_docstring_holds() -> None:
    assert doctest.testmod(sections).failed == 0


def test_sections_of_others_stay_and_new_ones_come_last(tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    sections.write(page, "# Results\n\n## Epochs\n\n1\n")
    sections.write(page, "## The service\n\n2\n")
    sections.write(page, "# Results of today\n\n## Epochs\n\n3\n")
    assert page.read_text() == "# Results of today\n\n## Epochs\n\n3\n\n## The service\n\n2\n"
