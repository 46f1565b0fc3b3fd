"""What a script hands to its workers by value, because no name leads to it: hypermodel, callbacks, arguments."""

import os
import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cloudpickle  # type: ignore[import-untyped]
import keras
from keras_tuner import HyperModel

from keras_search.tuner.system.user_errors import one_line


class NotCarriedError(Exception):
    """Say what of a script cannot be handed to another process."""


@dataclass(frozen=True)
class KerasState:
    """What a script has set for its whole process, on which its hypermodel may rely."""

    floatx: str
    epsilon: float
    image_data_format: str
    policy: Any
    custom_objects: dict[str, Any]
    folder: str

    @classmethod
    def of_this_process(cls) -> "KerasState":
        """Read it."""
        return cls(
            keras.config.floatx(),
            keras.config.epsilon(),
            keras.config.image_data_format(),
            keras.config.dtype_policy(),
            dict(keras.saving.get_custom_objects()),
            str(Path.cwd()),
        )

    def restore(self) -> None:
        """Set it, in another process or another thread."""
        keras.config.set_floatx(self.floatx)
        keras.config.set_epsilon(self.epsilon)
        keras.config.set_image_data_format(self.image_data_format)
        keras.config.set_dtype_policy(self.policy)
        keras.saving.get_custom_objects().update(self.custom_objects)
        os.chdir(self.folder)


@dataclass(frozen=True)
class Overrides:
    """What takes the place of a model's own optimizer, loss and metrics; None leaves it."""

    optimizer: Any = None
    loss: Any = None
    metrics: Any = None

    def __bool__(self) -> bool:
        return any(each is not None for each in (self.optimizer, self.loss, self.metrics))


@dataclass(frozen=True)
class Carried:
    """A script's objects; `arguments` are those of `search`, with a `Slot` for each array that the study keeps."""

    hypermodel: HyperModel
    arguments: tuple[tuple[Any, ...], dict[str, Any]]
    callbacks: list[keras.callbacks.Callback] = field(default_factory=list)
    overrides: Overrides = field(default_factory=Overrides)
    keras_state: KerasState = field(default_factory=KerasState.of_this_process)

    def to_bytes(self) -> bytes:
        """Pickle it for other processes of this search.

        Raises:
            NotCarriedError: something in it, such as a `tf.data.Dataset`, cannot be pickled.
        """
        for what, part in (
            ("the arguments of search", self.arguments),
            ("the callbacks", self.callbacks),
            ("the hypermodel", (self.hypermodel, self.overrides, self.keras_state)),
        ):
            try:
                cloudpickle.dumps(part)
            except Exception as error:
                raise NotCarriedError(f"{what} cannot be sent to another process ({one_line(error)})") from error
        # What the script has registered with Keras comes first: a model among the rest may be made of it.
        content: bytes = cloudpickle.dumps((cloudpickle.dumps(self.keras_state), cloudpickle.dumps(self)))
        return content


def opened(carried: Any) -> Carried:
    """Give the objects: a new copy of them from bytes, or themselves in the process of the script.

    The bytes come from the search process that started this one, never from a file.

    Raises:
        NotCarriedError: this process cannot make them, as it lacks what the script has.
    """
    if isinstance(carried, Carried):
        return carried
    try:
        state, rest = pickle.loads(carried)
        pickle.loads(state).restore()
        found: Carried = pickle.loads(rest)
    except Exception as error:
        raise NotCarriedError(f"a worker's process cannot make what the script has ({one_line(error)})") from error
    return found
