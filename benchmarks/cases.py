"""The searches to measure and their sizes, in full and small enough to try the benchmark."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Search:
    """One search of the hypermodel `mlp` with a fixed batch size on MNIST.

    `images` are the training images, a quarter as many validate. `trials` is None for Hyperband, whose schedule
    decides it.
    """

    tuner: str
    trials: int | None
    epochs: int
    batch_size: int
    images: int
    workers: int

    @property
    def name(self) -> str:
        """The complete name, which is also the folder's."""
        size = f"{self.epochs}" if self.trials is None else f"{self.trials}x{self.epochs}"
        return f"{self.tuner}-{size}-batch{self.batch_size}-images{self.images}-workers{self.workers}"

    @property
    def title(self) -> str:
        """Its title in tables."""
        if self.trials is None:
            return f"Hyperband, {self.epochs} epochs, batch {self.batch_size}"
        return f"random, {self.trials} trials of {self.epochs} epochs, batch {self.batch_size}"

    def arguments(self) -> list[str]:
        """The options of `keras-search start` that make this search."""
        trials = [] if self.trials is None else ["--max-trials", str(self.trials)]
        return ["--tuner", self.tuner, "--max-epochs", str(self.epochs), *trials, "--workers", str(self.workers)]


@dataclass(frozen=True)
class Sizes:
    """The amount to measure; `epoch_networks` are (baseline, batch size), `timed_epochs` come after a first one."""

    images: int = 48_000
    hyperband_epochs: int = 9
    random_trials: int = 8
    random_epochs: int = 5
    batch_sizes: tuple[int, ...] = (32, 128)
    seeds: int = 5
    epoch_networks: tuple[tuple[str, int], ...] = (
        ("mlp-128-64", 32),
        ("mlp-256-128-64", 32),
        ("mlp-256-128-64", 128),
    )
    timed_epochs: int = 5
    growth_trials: tuple[int, ...] = (10, 40, 160)
    growth_epochs: int = 2
    growth_workers: tuple[int, ...] = (1, 2)
    growth_shares: tuple[int, ...] = (4, 2, 1)
    repetitions: int = 3


QUICK = Sizes(
    images=2_000,
    hyperband_epochs=3,
    random_trials=2,
    random_epochs=2,
    seeds=2,
    timed_epochs=2,
    growth_trials=(2, 4),
    growth_epochs=1,
    repetitions=1,
)
"""A few minutes, to check that everything runs; its numbers mean nothing."""


def compared(sizes: Sizes, workers: int) -> list[Search]:
    """List the searches that all sides make, Hyperband first."""
    tuners = [("hyperband", None, sizes.hyperband_epochs), ("random", sizes.random_trials, sizes.random_epochs)]
    return [
        Search(tuner, trials, epochs, batch_size, sizes.images, workers)
        for tuner, trials, epochs in tuners
        for batch_size in sizes.batch_sizes
    ]


def growing(sizes: Sizes, workers: int) -> dict[str, list[tuple[int, Search]]]:
    """List our searches that grow in one dimension, by that dimension: (size, search)."""
    whole = Search("random", sizes.random_trials, sizes.random_epochs, sizes.batch_sizes[-1], sizes.images, workers)
    small = replace(whole, images=sizes.images // 4, epochs=sizes.growth_epochs)
    images = [sizes.images // share for share in sizes.growth_shares]
    return {
        "trials": [(trials, replace(small, trials=trials)) for trials in sizes.growth_trials],
        "workers": [(count, replace(whole, workers=count)) for count in sizes.growth_workers],
        "images": [(count, replace(whole, images=count)) for count in images],
    }
