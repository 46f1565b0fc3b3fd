"""What a worker makes of orders, of errors and of the end of the search process."""

import errno
import importlib.util
import multiprocessing
from pathlib import Path

import keras_tuner
import pytest

from keras_search.errors import KerasSearchError
from keras_search.tuner.study import messages
from keras_search.tuner.study.checkpoints import StorageError
from keras_search.tuner.system.user_errors import user_frames
from keras_search.tuner.workers.worker import _explain, _Inbox, _send


def test_orders_come_in_their_sequence_and_a_stop_only_where_it_is_asked_for() -> None:
    ours, theirs = multiprocessing.Pipe()
    inbox = _Inbox(theirs)
    assert not inbox.asked_to_stop()
    for order in (messages.Stop(), messages.Survey(), messages.Plan({}, "val_loss", "min")):
        ours.send(order)
    assert inbox.asked_to_stop()
    assert not inbox.asked_to_stop()
    ours.send(messages.Stop())
    assert [inbox.next(), inbox.next()] == [messages.Survey(), messages.Plan({}, "val_loss", "min")]
    ours.send(messages.Survey())
    assert inbox.next() == messages.Survey()


def test_a_worker_waits_until_its_epoch_is_kept_and_loses_no_order() -> None:
    ours, theirs = multiprocessing.Pipe()
    inbox = _Inbox(theirs)
    ours.send(messages.Stop())
    ours.send(messages.Survey())
    ours.send(messages.Kept())
    _send(theirs, inbox, messages.EpochEnded("0001", 1, {}, 0.1))
    assert ours.recv() == messages.EpochEnded("0001", 1, {}, 0.1)
    assert inbox.asked_to_stop()
    assert inbox.next() == messages.Survey()
    _send(theirs, inbox, messages.Stopped("0001"))
    ours.close()
    with pytest.raises(SystemExit):
        _send(theirs, inbox, messages.EpochEnded("0001", 2, {}, 0.1))


def test_without_a_search_process_there_is_no_order_and_nothing_to_train_for() -> None:
    ours, theirs = multiprocessing.Pipe()
    inbox = _Inbox(theirs)
    ours.close()
    assert inbox.asked_to_stop()
    assert inbox.next() is None


def test_an_error_of_the_users_code_is_one_line_and_the_users_own_frames(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("def build(hp):\n    return int('many\\nlines')\n")
    spec = importlib.util.spec_from_file_location("mine", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.raises(ValueError, match="invalid literal") as caught:
        module.build(None)
    failed = _explain("0001", caught.value)
    assert isinstance(failed, messages.Failed)
    assert failed.reason == "ValueError: invalid literal for int() with base 10: 'many\\nlines'"
    assert [line for line in failed.details.splitlines() if "^" not in line][-2:] == [
        f'  File "{path}", line 2, in build',
        "    return int('many\\nlines')",
    ]


def test_an_error_without_a_message_says_so() -> None:
    assert _explain("0001", ValueError()) == messages.Failed("0001", "ValueError: no message")
    assert user_frames(ValueError()) == ""


def test_an_error_of_ours_is_its_own_line() -> None:
    assert _explain("0001", KerasSearchError("Too large.")) == messages.Failed("0001", "Too large.")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS])
def test_a_disk_that_takes_no_more_halts_the_search_whoever_meets_it(number: int) -> None:
    error = OSError(number, "No room", "some/file")
    told = "some/file could not be written: No room. Fix that and continue with keras-search resume."
    assert _explain("0001", error) == messages.Halted("0001", told)
    assert _explain("0001", StorageError.of(Path("some/file"), error)) == messages.Halted("0001", told)


def test_another_error_of_the_system_is_the_users() -> None:
    error = FileNotFoundError(errno.ENOENT, "No such file", "words.txt")
    assert _explain("0001", error) == messages.Failed("0001", "FileNotFoundError: [Errno 2] No such file: 'words.txt'")


@pytest.mark.parametrize("kind", [keras_tuner.errors.FatalTypeError, keras_tuner.errors.FatalError])
def test_an_error_that_is_fatal_for_keras_tuner_ends_the_search(kind: type[Exception]) -> None:
    told = _explain("0001", kind("no such layer"))
    assert isinstance(told, messages.Halted)
    assert told.reason.startswith(f"{kind.__name__}: no such layer. ")


def test_a_trial_that_a_hypermodel_fails_is_a_failure_of_its_own() -> None:
    error = keras_tuner.errors.FailedTrialError("not these")
    assert _explain("0001", error) == messages.Failed("0001", "FailedTrialError: not these")
