"""The plots of a report: their section, name and caption, and when each is drawn."""

import re
from functools import partial

from matplotlib.figure import Figure

from keras_search.tuner.data.examples import is_picture, kind_of_example
from keras_search.tuner.report.contents import ReportData, completed, varying
from keras_search.tuner.report.net import Net
from keras_search.tuner.report.plots import (
    ablation,
    comparison,
    history,
    notes,
    predictions,
    schedule,
    space,
    spread,
    style,
    values,
)
from keras_search.tuner.report.plots.plot import Plot, Ready
from keras_search.tuner.study.records import TUNED


def _trained(data: ReportData, model: str) -> bool:
    runs = data.history[data.history["kind"] == "retrain"]
    return bool((runs["name"] == model).any()) and bool(comparison.curve_metrics(runs, data.objective))


def _searched(data: ReportData) -> bool:
    return not completed(data.trials).empty


def _varied(data: ReportData, least: int = 1) -> bool:
    return _searched(data) and len(varying(data.trials)) >= least


def _predicted(data: ReportData, column: str = "confidence") -> bool:
    return column in data.predictions and bool((data.predictions["model"] == TUNED).any())


def _valued(data: ReportData) -> bool:
    return _predicted(data, "true")


def _pictures(data: ReportData) -> bool:
    kinds = {kind_of_example(image.shape, None) for image in data.images.values()}
    return _predicted(data) and bool(kinds) and all(map(is_picture, kinds))


def _value_name(data: ReportData) -> str:
    """Return the name of what is predicted: of the output, or of the column of a table."""
    return str(data.verdict.get("output") or data.settings.get("target") or "")


def _timed(data: ReportData) -> bool:
    return not data.timings.empty


def _training(data: ReportData, model: str) -> Figure:
    return comparison.training_curves(data.of_retrained(model), model, data.objective, data.output)


TRAINING_CAPTION = (
    "Dashed: training data; solid: validation data. "
    "Each line is the mean over the retrained seeds, the band spans the lowest to the highest seed."
)

PLOTS: tuple[Plot, ...] = (
    Plot(
        "comparison",
        "verdict",
        "The models on the test data",
        "Large marks are means over the seeds, small dots single seeds, bars 95% intervals: of the mean in the first "
        "plot; in the second of the difference, the tuned model minus the model in that row. The best is in bold.",
        lambda d: comparison.comparison(d.comparison, d.retrains, d.verdict),
        lambda d: not d.comparison.empty and not d.retrains.empty,
        data=("comparison.csv", "verdict.json"),
        ready=Ready.END,
    ),
    Plot(
        "training-tuned",
        "training",
        "Training and validation, tuned model",
        TRAINING_CAPTION,
        lambda d: _training(d, TUNED),
        lambda d: _trained(d, TUNED),
        data=("history.csv",),
        ready=Ready.RETRAINING,
        model=lambda _: TUNED,
    ),
    Plot(
        "training-baseline",
        "training",
        "Training and validation, baseline",
        TRAINING_CAPTION,
        lambda d: _training(d, d.baselines[0]),
        lambda d: bool(d.baselines) and _trained(d, d.baselines[0]),
        data=("history.csv",),
        ready=Ready.RETRAINING,
        model=lambda d: d.baselines[0],
    ),
    Plot(
        "search-history",
        "search",
        "Every trial, and the best so far",
        "Each dot is the best score of one configuration, at its longest training; the line is the best so far among "
        "those trained for the full budget of epochs.",
        lambda d: history.search_history(d.trials, d.brackets, d.objective, d.direction, d.winner),
        _searched,
        data=("trials.csv",),
    ),
    Plot(
        "search-cost",
        "search",
        "What the best score cost",
        "The same scores against the epochs trained so far, and against the time at which each trial ended.",
        lambda d: history.search_cost(d.trials, d.brackets, d.of_trials("timings"), d.objective, d.direction),
        lambda d: _searched(d) and _timed(d) and bool((d.timings["kind"] == "trial").any()),
        data=("trials.csv", "timings.csv"),
    ),
    Plot(
        "expected-best",
        "search",
        "Would more trials have paid off?",
        "The expected best score by the number of fully trained trials, with its 95% interval (Dodge et al. 2019): "
        "where the line is flat, more of the same search gains little.",
        lambda d: history.expected_best(d.expected_best, d.objective),
        lambda d: len(d.expected_best) > 1,
        note=lambda d: notes.few(len(d.expected_best)),
        table=lambda d: d.expected_best,
    ),
    Plot(
        "learning-curves",
        "search",
        "Learning curves of all trials",
        "Each thin line is a trial, epoch by epoch; the best trial is marked.",
        lambda d: history.learning_curves(d.of_trials("history"), d.trials, d.objective, d.direction, d.winner),
        lambda d: d.objective in d.history and bool((d.history["kind"] == "trial").any()),
        data=("history.csv",),
    ),
    Plot(
        "hyperband",
        "search",
        "Hyperband's brackets and rungs",
        "Each bracket starts with many trials on a small budget and promotes the best of each rung (filled) "
        "to a larger one; the star is the best trial.",
        lambda d: schedule.hyperband(d.brackets, d.objective, d.direction, d.winner),
        lambda d: not d.brackets.empty and bool(d.brackets["score"].notna().any()),
        table=lambda d: d.brackets,
    ),
    Plot(
        "timeline",
        "search",
        "What the workers did",
        "Each bar is a run; in the gaps between bars the worker waited.",
        lambda d: schedule.timeline(d.timings, d.winner),
        _timed,
        data=("timings.csv",),
        ready=Ready.END,
    ),
    Plot(
        "score-grid",
        "why",
        "The grid's scores",
        "Each cell is the score of one combination; the best is outlined.",
        lambda d: space.score_grid(d.trials, d.objective, d.direction),
        lambda d: _searched(d) and not space.grid_of(d.trials).empty,
        data=("trials.csv",),
    ),
    Plot(
        "hyperparameters",
        "why",
        "Score by each hyperparameter",
        "Each dot is a configuration, at its longest training, in which the hyperparameter was active. The short "
        "lines are medians, the star is the best trial.",
        lambda d: space.hyperparameter_scores(d.trials, d.objective, d.direction, d.winner, d.brackets),
        _varied,
        note=lambda d: notes.cut_short(d, "Hollow dots"),
        data=("trials.csv",),
    ),
    Plot(
        "importance",
        "why",
        "Which hyperparameters mattered",
        "PED-ANOVA (Watanabe, Bansal and Hutter 2023): how much the values of a hyperparameter in the best quarter of "
        "the trials differ from those in all, that is, how much it decides whether a trial is among the best. The dot "
        "is its share of the sum over all hyperparameters, the bar its 95% interval over resampled trials. Each "
        "configuration counts once, at its longest training.",
        lambda d: space.importance(d.importance),
        lambda d: not d.importance.empty,
        note=lambda d: notes.few(len(completed(d.trials))),
        table=lambda d: d.importance,
    ),
    Plot(
        "ablation",
        "why",
        "From the first settings to the best, one at a time",
        "Each row changes one more hyperparameter and retrains the network for the full budget of epochs; the dot is "
        "the mean over fresh seeds, the bar its 95% interval. The square is the start, the last dot the best "
        "trial's settings.",
        lambda d: ablation.ablation(d.ablation, d.objective, d.first_settings),
        lambda d: len(d.ablation) > 1,
        note=lambda d: ablation.findings(d.ablation, d.objective, d.direction),
        data=("ablation.csv",),
        ready=Ready.END,
    ),
    Plot(
        "parallel-coordinates",
        "why",
        "All settings at once",
        "Each line is a configuration, drawn from axis to axis through its settings. The axes are in the order of "
        "importance, and the best is marked.",
        lambda d: spread.parallel_coordinates(d.trials, d.importance, d.objective, d.direction, d.winner, d.brackets),
        lambda d: _varied(d, 2),
        note=notes.lines,
        data=("trials.csv", "importance.csv"),
    ),
    Plot(
        "pairs",
        "why",
        "Score by pairs of hyperparameters",
        "The colour is the score. The surface is a smoothed average of the configurations drawn as dots, each once at "
        "its longest training, blank where none is near; the star is the best trial.",
        lambda d: spread.score_pairs(d.trials, d.importance, d.objective, d.direction, d.winner, d.brackets),
        lambda d: _varied(d, 2) and bool(spread.best_pairs(d.trials, d.importance)),
        data=("trials.csv",),
    ),
    Plot(
        "confusion-matrix",
        "mistakes",
        "Which classes are confused",
        "Counts over all retrainings of the tuned model; shaded cells are mistakes, the grey diagonal is correct.",
        lambda d: predictions.confusion_matrix(d.predictions, d.class_names),
        _predicted,
        table=lambda d: predictions.confusion_table(d.predictions, d.class_names),
        ready=Ready.END,
    ),
    Plot(
        "reliability",
        "mistakes",
        "Can its confidence be trusted?",
        "Predictions grouped by confidence: on the dotted line, they are correct as often as they claim; "
        "below, the number of predictions in each group.",
        lambda d: predictions.reliability_curve(d.predictions, [TUNED, *d.baselines[:1]]),
        lambda d: _predicted(d) and predictions.answers_enough(d.predictions),
        table=lambda d: predictions.reliability_table(d.predictions, [TUNED, *d.baselines[:1]]),
        ready=Ready.END,
    ),
    Plot(
        "predicted-values",
        "mistakes",
        "Predicted against true values",
        "Each dot is a prediction of a retrained tuned model; if there are very many, the colour is their number. On "
        "the line the prediction is exact; R² is the share of the variation that the predictions explain.",
        lambda d: values.predicted_values(d.predictions, _value_name(d)),
        _valued,
        note=lambda d: values.columns_text(d.predictions),
        table=lambda d: values.table_of(d.predictions, [TUNED]),
        ready=Ready.END,
    ),
    Plot(
        "residuals",
        "mistakes",
        "How far off it is",
        "First the tuned model's errors by predicted value: a slope or a funnel shows what it has not learned. "
        "Then the distribution of its errors, beside the first baseline's.",
        lambda d: values.residuals(d.predictions, [TUNED, *d.baselines[:1]], _value_name(d)),
        _valued,
        note=lambda d: values.columns_text(d.predictions),
        table=lambda d: values.table_of(d.predictions, [TUNED, *d.baselines[:1]]),
        ready=Ready.END,
    ),
    Plot(
        "samples",
        "mistakes",
        "Five test images",
        "Five images spread evenly over the test set, with the tuned model's prediction, its confidence and the truth.",
        lambda d: predictions.sample_predictions(d.predictions, d.images, d.class_names),
        _pictures,
        table=lambda d: predictions.sample_rows(d.predictions),
        ready=Ready.END,
    ),
    Plot(
        "mistakes",
        "mistakes",
        "The worst mistakes",
        "The test images that the retrained tuned models got wrong with the most confidence. The percentage is their "
        "confidence in the wrong class, averaged over the retrainings; a model that was right counts as 0%.",
        lambda d: predictions.mistakes(d.predictions, d.images, d.class_names),
        lambda d: _pictures(d) and not predictions.worst_mistakes(d.predictions).empty,
        table=lambda d: predictions.worst_mistakes(d.predictions),
        ready=Ready.END,
    ),
)


def catalogue(data: ReportData, net: Net | None = None) -> list[Plot]:
    """List the plots for which this study has data, including the training curves of further baselines."""
    net = net or Net()
    chosen = [plot for plot in PLOTS if net.catch(part_of(plot), partial(plot.wanted, data), False)]
    further = [_training_of(n, name) for n, name in enumerate(data.baselines[1:], 2) if _trained(data, name)]
    place = next((i + 1 for i, plot in enumerate(chosen) if plot.name == "training-baseline"), len(chosen))
    return [*chosen[:place], *further, *chosen[place:]]


def _training_of(number: int, model: str) -> Plot:
    slug = re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")
    title = f"Training and validation, {style.short(model, 40)}"
    caption = TRAINING_CAPTION
    return Plot(
        f"training-baseline-{number}-{slug}", "training", title, caption, lambda d: _training(d, model), lambda _: True,
        data=("history.csv",), ready=Ready.RETRAINING, model=lambda _: model,
    )  # fmt: skip


def part_of(plot: Plot) -> str:
    """Name a plot as a part of the report."""
    return f"the plot {plot.name}"
