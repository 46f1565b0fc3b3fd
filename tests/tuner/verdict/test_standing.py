"""Who stands where, and which model to use."""

from dataclasses import replace

import numpy as np
import pytest

from keras_search.tuner.verdict.decide import as_dict, decide
from keras_search.tuner.verdict.measure import Measure
from keras_search.tuner.verdict.standing import Standing, efforts, in_order, level_at_top, recommend

ACCURACY = Measure("accuracy", 1, "images")
TUNED = Standing("tuned", 0.9556, 0.44, 353_034, 27, tuned=True)
SMALL = Standing("mlp-128-64", 0.9565, 0.15, 17_226, 10)
BEST = Standing("dnn-bn", 0.9667, 0.14, 39_434, 10)
OPEN, WON, LOST = "not proven", "tuned is better", "baseline is better"


def test_the_best_comes_first_and_equal_ones_go_by_loss_size_and_name() -> None:
    level = [Standing(name, 0.9, loss, size, 1) for name, loss, size in
             (("d", 0.2, 10), ("c", 0.2, 10), ("b", 0.2, 9), ("a", 0.3, 1), ("e", float("nan"), 0))]  # fmt: skip
    names = [each.model for each in in_order([*level, BEST], 1)]
    assert names == ["dnn-bn", "b", "c", "d", "a", "e"]
    assert [each.model for each in in_order([*level, BEST], -1)] == ["b", "c", "d", "a", "e", "dnn-bn"]


def test_a_sum_that_was_added_in_another_order_makes_no_difference() -> None:
    one, other = Standing("b", 0.1 + 0.2 + 0.3, 0.5, 1, 1), Standing("a", 0.3 + 0.2 + 0.1, 0.5, 1, 1)
    assert one.score != other.score
    assert level_at_top(in_order([one, other], 1)) == ["a", "b"]


def test_a_baseline_that_is_best_is_the_one_to_use() -> None:
    ordered = in_order([TUNED, SMALL, BEST], 1)
    assert recommend(ordered, {"mlp-128-64": OPEN, "dnn-bn": OPEN}, 5, ACCURACY, 2) == (
        "Use dnn-bn rather than the tuned model: its test accuracy, 96.67%, is the best of 3 models (the tuned model "
        "has 95.56%), though it is not proven better than the tuned model; 2 of 2 baselines rank above the tuned model."
    )
    proven = recommend(ordered, {"mlp-128-64": OPEN, "dnn-bn": LOST}, 5, ACCURACY, 2)
    assert "and it is proven better than the tuned model; 2 of 2" in proven


def test_the_tuned_model_is_used_where_it_is_best_and_cheaper_ones_are_named() -> None:
    best = Standing("tuned", 0.98, 0.1, 353_034, 27, tuned=True)
    ordered = in_order([best, SMALL, BEST], 1)
    assert recommend(ordered, {"mlp-128-64": WON, "dnn-bn": WON}, 5, ACCURACY, 2) == (
        "Use the tuned model: its test accuracy, 98.00%, is the best of 3 models (dnn-bn has 96.67%), and it is proven "
        "better than every baseline."
    )
    assert recommend(ordered, {"mlp-128-64": WON, "dnn-bn": OPEN}, 5, ACCURACY, 2).endswith(
        "though it is not proven better than dnn-bn, which has fewer parameters (39,434 against 353,034)."
    )
    both = {"mlp-128-64": OPEN, "dnn-bn": OPEN}
    assert recommend(ordered, both, 5, ACCURACY, 2).endswith(
        "better than dnn-bn and mlp-128-64, of which dnn-bn has fewer parameters (39,434 against 353,034)."
    )
    smallest = in_order([replace(best, parameters=100), SMALL, BEST], 1)
    assert recommend(smallest, both, 5, ACCURACY, 2).endswith("not proven better than dnn-bn and mlp-128-64.")
    assert recommend(ordered[:2], {"dnn-bn": OPEN}, 1, ACCURACY, 2).endswith("but one seed proves nothing.")


def test_a_tie_at_the_top_is_mentioned() -> None:
    level = Standing("ann", TUNED.score, 0.5, 10, 1)
    said = recommend(in_order([TUNED, level], 1), {"ann": OPEN}, 3, ACCURACY, 2)
    assert said == (
        "Use the tuned model: its test accuracy, 95.56%, is level with that of ann at the top, and it was chosen "
        "by the lower validation loss, then the fewer parameters, then the name."
    )


def test_what_both_took_is_said() -> None:
    assert efforts(TUNED, SMALL) == (
        "The tuned model has 353,034 parameters, 20 times as many as mlp-128-64 (17,226), and trained for up to 27 "
        "epochs against 10 for mlp-128-64."
    )
    assert efforts(SMALL, TUNED).startswith("The tuned model has 17,226 parameters, 20 times fewer than tuned")
    assert efforts(TUNED, TUNED) == ""


@pytest.mark.parametrize("sign", [1, -1])
def test_the_verdict_names_the_model_to_use(sign: int) -> None:
    rng = np.random.default_rng(0)
    tuned, better = -np.abs(rng.normal(2, 0.1, (5, 200))), -np.abs(rng.normal(1, 0.1, (5, 200)))
    pair = (tuned, better) if sign > 0 else (better, tuned)
    measure = Measure("mean absolute error", -1)
    standings = [Standing("tuned", -pair[0].mean(), 1, 5, 5, tuned=True), Standing("b", -pair[1].mean(), 1, 5, 5)]
    told = as_dict(decide(pair[0], {"b": pair[1]}, measure=measure, validation_scores=[], standings=standings))
    assert told["use"] == ("b" if sign > 0 else "tuned")
    assert told["recommendation"].startswith("Use b rather than the tuned" if sign > 0 else "Use the tuned model: ")
    assert told["level"] == []
