"""What is measured."""

from keras_search.benchmarks.cases import QUICK, Search, Sizes, compared, growing


def test_every_comparison_has_both_batch_sizes() -> None:
    searches = compared(Sizes(), workers=2)
    assert [(search.tuner, search.batch_size) for search in searches] == [
        ("hyperband", 32),
        ("hyperband", 128),
        ("random", 32),
        ("random", 128),
    ]


def test_hyperband_leaves_the_number_of_trials_to_its_schedule() -> None:
    assert Search("hyperband", None, 9, 32, 48_000, 2).arguments() == [
        "--tuner", "hyperband", "--max-epochs", "9", "--workers", "2",
    ]  # fmt: skip
    assert "--max-trials" in Search("random", 8, 5, 32, 48_000, 2).arguments()


def test_searches_that_differ_have_different_names() -> None:
    for sizes in (Sizes(), QUICK):
        searches = {*compared(sizes, 2), *(search for things in growing(sizes, 2).values() for _, search in things)}
        assert len({search.name for search in searches}) == len(searches)


def test_one_thing_grows_at_a_time() -> None:
    grown = growing(Sizes(), workers=2)
    assert [count for count, _ in grown["trials"]] == [10, 40, 160]
    assert [search.workers for _, search in grown["workers"]] == [1, 2]
    assert [search.images for _, search in grown["images"]] == [12_000, 24_000, 48_000]


def test_the_largest_of_growth_is_the_search_that_is_compared() -> None:
    """It is measured once for both."""
    grown, searches = growing(Sizes(), workers=2), compared(Sizes(), workers=2)
    assert grown["images"][-1][1] == grown["workers"][-1][1] == searches[-1]
