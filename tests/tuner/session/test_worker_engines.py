"""Where the workers are: Ray is imported only for its own engine."""

import subprocess
import sys
from pathlib import Path

import pytest

from keras_search.errors import UsageError
from keras_search.tuner.console.progress import Lines
from keras_search.tuner.console.terminal import console
from keras_search.tuner.session.engines import make_pool
from keras_search.tuner.session.options import Options, make_options
from keras_search.tuner.study import messages

PLACES = Path("studies"), Path("reports")


def test_local_workers_do_not_import_ray() -> None:
    program = "import sys, keras_search.cli, keras_search.tuner.session.session; print('ray' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"


def test_without_ray_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "ray" or ".on_ray" in name]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ray", None)
    context = messages.Context(Path("studies/a"), {}, None)
    with pytest.raises(UsageError) as caught:
        make_pool(context, Options(engine="ray"), 60, Lines(console(sys.stdout, quiet=True)))
    assert str(caught.value) == "--engine ray needs Ray, which is not installed: pip install 'keras-search[ray]'"


@pytest.mark.parametrize(
    ("engine", "address", "said"),
    [
        ("spark", None, "--engine must be local or ray, received 'spark'."),
        ("local", "auto", "--ray-address auto is for --engine ray: add that, or leave the address out."),
    ],
)
def test_options_that_do_not_fit_are_refused(engine: str, address: str | None, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_options("auto", 1, *PLACES, False, False, engine=engine, ray_address=address)
    assert str(caught.value) == said
