"""The verdict: what is decided, how it is said, and what `verdict.json` holds."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from keras_search.errors import KerasSearchError
from keras_search.tuner.verdict import metrics
from keras_search.tuner.verdict.crossed import Scores, differences
from keras_search.tuner.verdict.decide import Verdict, as_dict, decide, measure_optimism
from keras_search.tuner.verdict.expectation import rise_of
from keras_search.tuner.verdict.interval import bootstrap, percentile_interval
from keras_search.tuner.verdict.measure import Measure

ACCURACY = Measure("accuracy", 1, "images")
ERROR = Measure("mean absolute error", -1)
MIRROR = {
    "tuned is better": "baseline is better",
    "baseline is better": "tuned is better",
    "not proven": "not proven",
}
PAIRS = st.tuples(st.integers(1, 5), st.integers(1, 40)).flatmap(
    lambda shape: st.tuples(hnp.arrays(np.bool_, shape), hnp.arrays(np.bool_, shape))
)
ERRORS = st.tuples(st.integers(1, 5), st.integers(1, 40)).flatmap(
    lambda shape: st.tuples(*[hnp.arrays(np.float64, shape, elements=st.floats(-1e3, 0, width=32))] * 2)
)


def right(accuracy: float, seeds: int, images: int, seed: int, spread: float = 0.002) -> Scores:
    """Draw which images a model gets right: easy images come first, and each seed is a little lucky or not."""
    rng = np.random.default_rng(seed)
    edge = accuracy + spread * rng.standard_normal((seeds, 1))
    place = np.arange(images) / images + 0.01 * rng.standard_normal((seeds, images))
    return np.asarray(place < edge)


def errors(size: float, seeds: int, examples: int, seed: int) -> Scores:
    """Draw by how much a model is off, as scores: some examples are hard, and each seed is a little lucky or not."""
    hard = np.random.default_rng(0).exponential(size=examples)
    rng = np.random.default_rng(seed)
    luck = 1 + 0.02 * rng.standard_normal((seeds, 1))
    return -np.abs(size * luck * (hard + 0.3 * rng.standard_normal((seeds, examples))))


def judge(tuned: Scores, *baselines: Scores, seed: int = 0, measure: Measure = ACCURACY) -> Verdict:
    named = {f"baseline-{number}": baseline for number, baseline in enumerate(baselines)}
    scores = [0.9] * len(tuned)
    return decide(tuned, named, measure=measure, validation_scores=scores, best_validation_score=0.92, seed=seed)


def test_a_win_is_said_with_its_figures() -> None:
    verdict = judge(right(0.98, 5, 2_000, 1), right(0.95, 5, 2_000, 2))
    assert verdict.first.verdict == "tuned is better"
    assert verdict.first.sentence == (
        "The tuned model is better than baseline-0: tuned 98.10% and baseline 94.97% correct on 2,000 test "
        "images, averaged over 5 seeds, a difference of +3.13 points (95% interval +2.46 to +3.85), "
        "and the tuned model is ahead on 5 of 5 seeds."
    )
    assert verdict.first.what_to_try == ""
    assert verdict.first.comparison.settling.more_seeds == 0


def test_a_loss_is_said_as_plainly_as_a_win() -> None:
    verdict = judge(right(0.95, 5, 2_000, 1), right(0.98, 5, 2_000, 2))
    assert verdict.first.verdict == "baseline is better"
    assert verdict.first.sentence.startswith("The baseline baseline-0 is better than the tuned model: tuned 95.03% and")
    assert "a difference of \N{MINUS SIGN}" in verdict.first.sentence
    assert verdict.first.what_to_try == "A search space that includes the baseline's settings may find a model as good."


def test_an_open_verdict_says_how_many_seeds_would_settle_it() -> None:
    verdict = judge(right(0.961, 3, 4_000, 1, 0.001), right(0.96, 3, 4_000, 2, 0.001))
    comparison = verdict.first.comparison
    assert verdict.first.verdict == "not proven"
    assert verdict.first.sentence.endswith("; the interval includes zero.")
    assert comparison.settling.more_seeds is not None
    assert f"--compare-seeds {3 + comparison.settling.more_seeds})" in verdict.first.what_to_try


def test_an_open_verdict_says_when_the_test_images_are_the_limit() -> None:
    tuned = np.ones((4, 100), dtype=bool)
    baseline = tuned.copy()
    tuned[:, :2], baseline[:, 2:5] = False, False
    verdict = judge(tuned, baseline).first
    assert verdict.verdict == "not proven"
    assert "No number of seeds would settle it" in verdict.what_to_try
    assert "there are 100." in verdict.what_to_try


def test_one_seed_proves_nothing_however_large_the_difference() -> None:
    verdict = judge(np.ones((1, 1_000), dtype=bool), np.zeros((1, 1_000), dtype=bool)).first
    assert verdict.verdict == "not proven"
    assert verdict.sentence == (
        "It is not proven that the tuned model and baseline-0 differ, because one seed proves nothing: "
        "tuned 100.00% and baseline 0.00% correct on 1,000 test images with that seed, "
        "and another seed may reverse it."
    )
    assert "--compare-seeds 3" in verdict.what_to_try


@pytest.mark.parametrize(
    "correct", [np.ones((5, 360), dtype=bool), right(0.9, 5, 360, 3), np.zeros((2, 9), dtype=bool)]
)
def test_identical_models_are_not_proven_to_differ(correct: Scores) -> None:
    verdict = judge(correct, correct).first
    assert verdict.verdict == "not proven"
    assert verdict.comparison.p_value == 1.0
    assert verdict.comparison.mcnemar is not None
    assert verdict.comparison.mcnemar.p_value == 1.0
    assert "a difference of 0.00 points" in verdict.sentence


def test_a_tuned_model_that_is_the_baseline_is_not_proven_in_19_of_20_studies() -> None:
    """Both models are the same settings, trained with different luck on the same images."""
    verdicts = [
        judge(right(0.97, 5, 360, study, 0.01), right(0.97, 5, 360, 1_000 + study, 0.01), seed=study).first.verdict
        for study in range(60)
    ]
    assert verdicts.count("not proven") >= 57


def test_holm_corrects_for_several_baselines() -> None:
    """What is proven against one baseline alone may be chance among four."""
    tuned, close = right(0.97, 4, 1_000, 1, 0.003), right(0.962, 4, 1_000, 2, 0.003)
    alone, among = judge(tuned, close), judge(tuned, close, tuned, tuned, tuned)
    assert alone.first.verdict == "tuned is better"
    assert alone.first.p_holm == alone.first.comparison.p_value
    assert among.first.comparison.p_value == alone.first.comparison.p_value
    assert among.first.p_holm == 4 * alone.first.p_holm
    assert among.first.verdict == "not proven"
    assert "with 4 baselines such an interval may be chance (corrected p = " in among.first.sentence
    assert [other.baseline for other in among.others] == ["baseline-1", "baseline-2", "baseline-3"]


def test_mcnemar_is_about_the_exported_model() -> None:
    tuned, baseline = np.ones((2, 9), dtype=bool), np.ones((2, 9), dtype=bool)
    baseline[1, :7] = False
    verdict = decide(tuned, {"b": baseline}, measure=ACCURACY, validation_scores=[0.9, 0.9], exported=1)
    chosen = verdict.first.comparison.mcnemar
    assert chosen is not None
    assert (chosen.only_tuned, chosen.only_baseline) == (7, 0)
    assert chosen.p_value == pytest.approx(2 / 2**7)


def test_optimism_is_the_best_score_minus_what_retraining_gives() -> None:
    optimism = measure_optimism(0.95, [0.93, 0.91], [0.9, 0.92], 1)
    assert optimism.mean_validation_score == pytest.approx(0.92)
    assert optimism.validation_gap == pytest.approx(0.03)
    assert optimism.test_gap == pytest.approx(0.04)
    assert math.isnan(measure_optimism(None, [0.93], [0.9], 1).test_gap)


def test_json_holds_plain_values_with_the_first_baseline_at_the_top() -> None:
    tuned, weak, strong = right(0.97, 3, 500, 1), right(0.9, 3, 500, 2), right(0.97, 3, 500, 3)
    verdict = decide(tuned, {"weak": weak, "strong": strong}, measure=ACCURACY, validation_scores=[])
    told = as_dict(verdict)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["verdict"] == "tuned is better"
    assert told["baseline"] == "weak"
    assert told["interval"] == [verdict.first.comparison.interval.low, verdict.first.comparison.interval.high]
    assert told["probability"] == 1.0
    assert [other["baseline"] for other in told["others"]] == ["strong"]
    assert told["optimism"]["validation_gap"] is None
    assert told["optimism"]["mean_test_accuracy"] == pytest.approx(tuned.mean())
    assert told["measure"] == "accuracy"
    assert "mcnemar" in told
    assert "wilcoxon" not in told
    assert "output" not in told


def test_errors_are_told_in_their_unit_lower_being_better() -> None:
    verdict = judge(errors(2.9, 5, 400, 1), errors(3.4, 5, 400, 2), measure=ERROR)
    first = verdict.first
    assert first.verdict == "tuned is better"
    assert first.sentence == (
        "The tuned model is better than baseline-0: tuned 3.367 and baseline 3.872 mean absolute error (lower is "
        "better) on 400 test examples, averaged over 5 seeds, a difference of \N{MINUS SIGN}0.504 before rounding "
        "(95% interval \N{MINUS SIGN}0.623 to \N{MINUS SIGN}0.387), and the tuned model is ahead on 5 of 5 seeds."
    )
    assert "%" not in first.sentence.replace("95%", "")
    assert first.comparison.difference < 0
    assert judge(errors(3.4, 5, 400, 2), errors(2.9, 5, 400, 1), measure=ERROR).first.verdict == "baseline is better"


def test_json_of_errors_says_so() -> None:
    told = as_dict(judge(errors(2.9, 3, 200, 1), errors(2.9, 3, 200, 2), measure=ERROR))
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["measure"] == "mean absolute error"
    assert told["difference"] == pytest.approx(told["tuned_mean_absolute_error"] - told["baseline_mean_absolute_error"])
    assert told["interval"][0] < told["difference"] < told["interval"][1]
    assert set(told["wilcoxon"]) == {"tuned_nearer", "baseline_nearer", "p_value"}
    assert "mcnemar" not in told
    assert told["optimism"]["mean_test_mean_absolute_error"] == pytest.approx(told["tuned_mean_absolute_error"])
    assert "test examples (resampled)" in told["method"]


def test_a_search_that_flatters_an_error_has_a_positive_gap() -> None:
    assert measure_optimism(2.0, [2.5], [2.4], -1).test_gap == pytest.approx(0.4)


@pytest.mark.parametrize("pair", [(2.9, 3.4), (2.9, 2.9)])
def test_the_compared_output_is_named(pair: tuple[float, float]) -> None:
    measure = Measure("mean absolute error", -1, output="price")
    verdict = judge(errors(pair[0], 4, 200, 1), errors(pair[1], 4, 200, 2), measure=measure)
    assert " at predicting price: tuned " in verdict.first.sentence
    assert as_dict(verdict)["output"] == "price"


def test_identical_errors_are_not_proven_to_differ() -> None:
    same = errors(2.9, 5, 100, 1)
    first = judge(same, same, measure=ERROR).first
    assert first.verdict == "not proven"
    assert first.comparison.p_value == 1.0
    assert first.comparison.wilcoxon is not None
    assert first.comparison.wilcoxon.p_value == 1.0
    assert "a difference of 0.00 (95% interval 0.00 to 0.00)" in first.sentence


def test_the_same_input_gives_the_same_bytes() -> None:
    tuned, baseline = right(0.97, 5, 500, 1), right(0.96, 5, 500, 2)
    assert json.dumps(as_dict(judge(tuned, baseline))) == json.dumps(as_dict(judge(tuned, baseline)))


@settings(max_examples=40)
@given(pair=st.one_of(PAIRS, ERRORS))
def test_swapping_the_models_swaps_the_verdict(pair: tuple[Scores, Scores]) -> None:
    measure = ACCURACY if pair[0].dtype == bool else ERROR
    there, back = (judge(*models, measure=measure).first for models in (pair, pair[::-1]))
    assert back.verdict == MIRROR[there.verdict]
    assert back.comparison.difference == -there.comparison.difference
    assert back.comparison.interval.low == -there.comparison.interval.high
    assert back.comparison.probability.value == pytest.approx(1 - there.comparison.probability.value)
    assert back.comparison.permutation == there.comparison.permutation
    assert back.comparison.settling == there.comparison.settling


@settings(max_examples=40)
@given(pair=PAIRS)
def test_any_pair_gets_a_verdict_that_its_interval_bears_out(pair: tuple[Scores, Scores]) -> None:
    verdict = judge(*pair)
    interval = percentile_interval(bootstrap(differences(*pair), 0))
    assert (verdict.first.verdict == "tuned is better") == (len(pair[0]) > 1 and interval.low > 0)
    assert (verdict.first.verdict == "baseline is better") == (len(pair[0]) > 1 and interval.high < 0)
    json.dumps(as_dict(verdict), allow_nan=False)


def test_an_open_loss_asks_for_no_larger_difference() -> None:
    """What is behind wants no larger difference, and the curve alone says whether more trials may pay."""
    behind = np.ones((3, 400), dtype=bool), np.ones((3, 400), dtype=bool)
    behind[0][:, :20], behind[1][:, 10:28] = False, False
    flat = rise_of([0.9] * 20, "max", [0.9, 0.91], "val_accuracy")
    verdict = decide(behind[0], {"b": behind[1]}, measure=ACCURACY, validation_scores=[], rise=flat)
    assert verdict.first.verdict == "not proven"
    assert verdict.first.comparison.difference < 0
    assert "larger difference" not in verdict.first.what_to_try
    assert "more of the same search would gain little" in verdict.first.what_to_try
    assert "try more trials" not in verdict.first.what_to_try


def test_the_tests_are_reconciled_with_the_one_that_decides_first() -> None:
    verdict = judge(right(0.98, 5, 2_000, 1), right(0.95, 5, 2_000, 2)).first
    assert verdict.tests.startswith(
        "The interval decides (p < 0.001): it alone tests whether the difference would hold"
    )
    assert "The permutation test (p = 0.062) considers only" in verdict.tests
    assert "with 5 seeds it cannot fall below 0.062." in verdict.tests
    assert "McNemar's test (p < 0.001) concerns only the exported pair, one of the 5 seeds" in verdict.tests
    one = judge(np.ones((1, 10), dtype=bool), np.zeros((1, 10), dtype=bool)).first
    assert one.tests == ""


def test_a_metric_of_each_seed_alone_is_decided_by_the_paired_t_test() -> None:
    measure = Measure("my score", 1, seeds_only=True)
    tuned, baseline = np.array([[0.8], [0.83], [0.81], [0.86]]), np.array([[0.7], [0.71], [0.74], [0.73]])
    first = judge(tuned, baseline, measure=measure).first
    reference = stats.ttest_rel(tuned[:, 0], baseline[:, 0])
    interval = reference.confidence_interval()
    assert first.comparison.p_value == pytest.approx(reference.pvalue)
    assert [first.comparison.interval.low, first.comparison.interval.high] == pytest.approx(list(interval))
    assert (first.comparison.mcnemar, first.comparison.wilcoxon) == (None, None)
    assert first.verdict == "tuned is better"
    assert first.sentence == (
        "The tuned model is better than baseline-0: tuned 0.825 and baseline 0.720 my score (higher is better) on the "
        "test data, averaged over 4 seeds, a difference of +0.105 (95% interval over the seeds alone +0.063 to "
        "+0.147), and the tuned model is ahead on 4 of 4 seeds."
    )
    assert "it covers the luck of the seed but not that of the test examples" in first.tests
    told = as_dict(judge(tuned, baseline, measure=measure))
    assert "covers the luck of the seed only" in told["method"]
    assert "mcnemar" not in told


def test_a_metric_of_one_seed_alone_has_no_interval() -> None:
    measure = Measure("loss", -1, seeds_only=True)
    told = as_dict(judge(-np.array([[0.1]]), -np.array([[0.9]]), measure=measure))
    assert told["interval"] == [None, None]
    assert told["verdict"] == "not proven"
    json.dumps(told, allow_nan=False)


def test_seeds_that_all_differ_by_the_same_prove_what_their_number_does() -> None:
    measure = Measure("my score", 1, seeds_only=True)
    five, eight = (judge(np.full((n, 1), 0.75), np.full((n, 1), 0.5), measure=measure).first for n in (5, 8))
    assert (five.verdict, five.comparison.p_value) == ("not proven", 2 / 2**5)
    assert "only their number counts" in five.sentence
    assert eight.verdict == "tuned is better"


@pytest.mark.parametrize(
    ("name", "sign", "words"),
    [("recall", 1, "tuned 98.10% and baseline 94.97% recall on 2,000 test images"),
     ("f1 score", 1, "tuned 0.9810 and baseline 0.9497 f1 score (higher is better) on 2,000 test images")],
)  # fmt: skip
def test_other_measures_are_told_by_their_name(name: str, sign: int, words: str) -> None:
    tuned, baseline = right(0.98, 5, 2_000, 1) * 1.0, right(0.95, 5, 2_000, 2) * 1.0
    first = judge(tuned, baseline, measure=Measure(name, sign, "images", pairwise=False)).first
    assert words in first.sentence
    assert first.comparison.wilcoxon is None


def test_values_that_round_apart_from_their_difference_say_so() -> None:
    """56.67% less 43.33% is 13.34 to the eye and 13.33 before rounding."""
    tuned, baseline = np.zeros((2, 30), dtype=bool), np.zeros((2, 30), dtype=bool)
    tuned[:, :17], baseline[:, 4:17] = True, True
    sentence = judge(tuned, baseline).first.sentence
    assert "tuned 56.67% and baseline 43.33%" in sentence
    assert "a difference of +13.33 points before rounding (95%" in sentence
    assert "before rounding" not in judge(right(0.98, 5, 2_000, 1), right(0.95, 5, 2_000, 2)).first.sentence


def test_no_baseline_is_refused() -> None:
    with pytest.raises(KerasSearchError, match="Expected at least one baseline to compare with, received none"):
        decide(np.ones((2, 3), dtype=bool), {}, measure=ACCURACY, validation_scores=[])


def test_a_row_that_is_not_there_is_refused() -> None:
    pair = np.ones((2, 3), dtype=bool)
    with pytest.raises(KerasSearchError, match=r"row of the exported model in 0\.\.1, received 2"):
        decide(pair, {"b": pair}, measure=ACCURACY, validation_scores=[], exported=2)


def test_what_differs_by_rounding_alone_is_a_tie() -> None:
    """Contributions to recall of models that find as many, but other examples, add up to the same but for rounding."""
    truth = np.repeat([0, 1], [153, 147])
    found = [np.where(np.isin(np.arange(300), range(first, first + 40)), 0.9, 0.1) for first in (153, 170)]
    said = [np.stack([1 - chances, chances], axis=1) for chances in found]
    recall = metrics.of_classes("recall", 2)[0]
    one, other = (np.stack([recall.contribute(chances, truth)] * 3) for chances in said)
    first = judge(one, other, measure=Measure("recall", 1, pairwise=False)).first
    assert (first.comparison.difference, first.comparison.seeds_tied) == (0, 3)
    assert first.comparison.settling.limit == "no difference"
    assert "more seeds would settle nothing" in first.what_to_try
