"""The commands: parse, call one function, print. TensorFlow is imported only where a command builds a network."""

import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from keras_search.errors import KerasSearchError
from keras_search.tuner.console import completion, ending
from keras_search.tuner.console.arguments import (
    DATASET_HELP,
    HYPERMODEL_HELP,
    Ablation,
    AsJson,
    ClassWeightOption,
    DatasetName,
    Direction,
    Drop,
    FairEpochs,
    FormatName,
    GroupOption,
    ImageSize,
    Iterations,
    Keep,
    MaxMinutes,
    MaxTrials,
    Prepare,
    Quiet,
    ReadAs,
    ReportsDir,
    SearchOnly,
    StudiesDir,
    StudyName,
    Target,
    Task,
    TestSplit,
    Threads,
    TimeOption,
    TunerName,
    Validation,
    Workers,
    source_of,
)
from keras_search.tuner.console.streams import say
from keras_search.tuner.system.plain import json_text

if TYPE_CHECKING:
    from keras_search.tuner.data import Source

app = typer.Typer(
    name="keras-search",
    help="Search the hyperparameters of a Keras model, retrain the best trial against a baseline, and say honestly "
    "whether tuning was worth it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def common(
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,  # noqa: ARG001
) -> None:
    """Take the options that every command has; `ending` looks for `--debug` itself, before anything can fail."""
    if show_version:
        say(f"keras-search {version('keras-search')}")
        raise typer.Exit


@app.command()
def start(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="A name for the study; the data set's where none is given.")
    ] = None,
    dataset: DatasetName = "digits",
    target: Target = None,
    drop: Drop = None,
    task: Task = None,
    test_split: TestSplit = None,
    image_size: ImageSize = None,
    read_as: ReadAs = None,
    validation: Validation = None,
    group: GroupOption = None,
    time: TimeOption = None,
    keep: Keep = None,
    class_weight: ClassWeightOption = None,
    prepare: Prepare = False,
    hypermodel: Annotated[str, typer.Option(help=HYPERMODEL_HELP, autocompletion=completion.hypermodels)] = "mlp",
    tuner: Annotated[TunerName, typer.Option(help="The search algorithm.")] = TunerName.HYPERBAND,
    objective: Annotated[str, typer.Option(help="The metric to optimise; auto: the data decide.")] = "auto",
    direction: Annotated[Direction | None, typer.Option(help="Of the objective; inferred from its name.")] = None,
    max_epochs: Annotated[int | None, typer.Option(help="Epochs of a full trial; baselines keep theirs.")] = None,
    factor: Annotated[int | None, typer.Option(help="Keep one in so many trials a rung (hyperband).")] = None,
    iterations: Iterations = None,
    max_trials: MaxTrials = None,
    max_minutes: MaxMinutes = None,
    batch_trials: Annotated[
        int | None, typer.Option(help="Propose so many trials before learning from their results (bayesian).")
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option(
            help="A baseline or defaults, once or several times, or all.", autocompletion=completion.baselines
        ),
    ] = None,
    compare_seeds: Annotated[int, typer.Option(help="Fresh seeds to retrain every model on.")] = 5,
    fair_epochs: FairEpochs = False,
    ablation: Ablation = False,
    seed: Annotated[int, typer.Option(help="The seed that everything is derived from.")] = 0,
    validation_split: Annotated[
        float | None, typer.Option(help="Share of the training data to validate on; 0.2 by default.")
    ] = None,
    patience: Annotated[int | None, typer.Option(help="End a trial after so many epochs without a better one.")] = None,
    plateau: Annotated[
        int | None, typer.Option(help="End the search after so many trials without a better one.")
    ] = None,
    max_parameters: Annotated[int | None, typer.Option(help="Do not train models with more parameters.")] = None,
    epoch_minutes: Annotated[float, typer.Option(help="End a worker that is silent for longer.")] = 60.0,
    config: Annotated[Path | None, typer.Option(help="Take settings from a file that init wrote.")] = None,
    workers: Workers = "auto",
    threads: Threads = 1,
    search_only: SearchOnly = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a study of the same name, which goes to the trash.")
    ] = False,
    quiet: Quiet = False,
    studies_dir: StudiesDir = Path("studies"),
    reports_dir: ReportsDir = Path("reports"),
) -> None:
    """Search, retrain the best trial against the baselines, and write the report."""
    from keras_search.tuner.console.progress import make_progress
    from keras_search.tuner.console.settings_file import chosen_settings
    from keras_search.tuner.data.tablenames import name_of
    from keras_search.tuner.session.options import make_options

    settings = chosen_settings(
        config, _typed(context), dataset=dataset, target=target, drop=drop, task=task and task.value,
        test_split=test_split, image_size=image_size, read_as=read_as, validation=validation, group=group,
        time=time, keep=keep, class_weight=class_weight, prepare=prepare,
        hypermodel=hypermodel, tuner=tuner.value, objective=objective,
        direction=direction and direction.value, max_epochs=max_epochs, factor=factor, iterations=iterations,
        max_trials=max_trials, max_minutes=max_minutes, batch_trials=batch_trials, baselines=baseline,
        compare_seeds=compare_seeds, fair_epochs=fair_epochs, ablation=ablation, seed=seed,
        validation_split=validation_split, patience=patience, plateau=plateau, max_parameters=max_parameters,
        epoch_minutes=epoch_minutes,
    )  # fmt: skip
    options = make_options(workers, threads, studies_dir, reports_dir, search_only, overwrite)
    ending.outlive_terminal()

    from keras_search.tuner.session import session

    with make_progress(quiet) as watcher:
        folder = session.start(name_of(Path(settings.dataset)) if name is None else name, settings, options, watcher)
    _print_summary(folder.root, reports_dir)


@app.command()
def resume(
    name: StudyName = None,
    max_trials: MaxTrials = None,
    iterations: Iterations = None,
    max_minutes: MaxMinutes = None,
    compare_seeds: Annotated[int | None, typer.Option(help="Fresh seeds to retrain every model on.")] = None,
    fair_epochs: FairEpochs = False,
    ablation: Ablation = False,
    workers: Workers = "auto",
    search_only: SearchOnly = False,
    quiet: Quiet = False,
    studies_dir: StudiesDir = Path("studies"),
    reports_dir: ReportsDir = Path("reports"),
) -> None:
    """Continue an interrupted study at whichever stage is unfinished, or give its search more to do."""
    from keras_search.tuner.console.progress import make_progress
    from keras_search.tuner.session import session
    from keras_search.tuner.session.options import make_options

    options = make_options(workers, 1, studies_dir, reports_dir, search_only, overwrite=False)
    ending.outlive_terminal()
    with make_progress(quiet) as watcher:
        budget = {"max_trials": max_trials, "iterations": iterations, "max_minutes": max_minutes}
        further = {"compare_seeds": compare_seeds, "fair_epochs": fair_epochs or None, "ablation": ablation or None}
        folder = session.resume(name, options, watcher, **budget, **further)
    _print_summary(folder.root, reports_dir)


@app.command("list")
def list_studies(studies_dir: StudiesDir = Path("studies"), as_json: AsJson = False) -> None:
    """List the studies, a line each."""
    from keras_search.tuner.console import summary
    from keras_search.tuner.study.folder import StudyFolder, existing_studies

    rows = [summary.brief(StudyFolder(studies_dir / name)) for name in existing_studies(studies_dir)]
    say(json_text(rows) if as_json else summary.list_text(rows, studies_dir))


@app.command()
def show(
    name: StudyName = None,
    studies_dir: StudiesDir = Path("studies"),
    as_json: AsJson = False,
    as_toml: Annotated[bool, typer.Option("--toml", help="Print the settings as a file for start --config.")] = False,
) -> None:
    """Show a study: its settings, progress, best trial and verdict."""
    from keras_search.tuner.console import summary
    from keras_search.tuner.study.folder import find_study

    details = summary.full(find_study(studies_dir, name))
    if as_toml:
        from keras_search.tuner.console.settings_file import to_toml

        say(to_toml(details["settings"], f"The settings of the study {details['name']}."), end="")
        return
    say(json_text(details) if as_json else summary.full_text(details))


@app.command()
def report(
    name: StudyName = None, studies_dir: StudiesDir = Path("studies"), reports_dir: ReportsDir = Path("reports")
) -> None:
    """Write the report again from what the study keeps."""
    from keras_search.tuner.report import write as reports
    from keras_search.tuner.study.folder import find_study

    folder = find_study(studies_dir, name)
    reports.write(folder, reports_dir, lambda text: say(text, error=True))
    _print_summary(folder.root, reports_dir)


@app.command()
def export(
    name: StudyName = None,
    format_: Annotated[
        list[FormatName] | None, typer.Option("--format", help="A format, once or several times; keras by default.")
    ] = None,
    all_formats: Annotated[bool, typer.Option("--all", help="Export in every format that can hold it.")] = False,
    output: Annotated[Path | None, typer.Option(help="The folder to make; exports/NAME by default.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier export.")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Run the hypermodel's own file where it takes that.")] = False,
    studies_dir: StudiesDir = Path("studies"),
) -> None:
    """Export the model that was measured, and certify that every file gives the same results."""
    import keras_search.tuner.exporting.export as exports
    from keras_search.tuner.study.folder import find_study

    folder = find_study(studies_dir, name)
    place = output or Path("exports") / folder.name
    formats = None if all_formats else [chosen.value for chosen in format_ or [FormatName.KERAS]]
    exported = exports.export(folder, place, formats, overwrite, trust)
    say(f"{exports.summary(exported)}\n\nExported to {place}")


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(help="What export wrote: the folder, or a file in any format.")],
    files: Annotated[list[Path], typer.Argument(help="PNG or JPEG files or folders of them; or tables, as .csv.")],
    show: Annotated[Path | None, typer.Option(help="Draw what the model saw of the first 100 into a PNG.")] = None,
    trust: Annotated[bool, typer.Option("--trust", help="Run code that the model's file holds.")] = False,
    as_json: AsJson = False,
) -> None:
    """Predict images, or the rows of tables, with an exported model; exit code 1 where an image cannot be used."""
    from keras_search.tuner.predicting import prediction
    from keras_search.tuner.predicting.predict import predict as predict_files

    found = predict_files(model, files, show, trust)
    if as_json:
        say(json_text([prediction.as_dict(each) for each in found.predictions]))
    else:
        say(prediction.table_text(found.predictions, found.predicts))
    for note in found.notes:
        say(f"Note: {note}", error=True)
    for reason in found.unusable:
        say(f"Left out: {reason}", error=True)
    if found.unusable:
        raise typer.Exit(1)


@app.command()
def init(file: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("study.toml")) -> None:
    """Write a file with every setting of a study and what it means, for start --config."""
    from keras_search.tuner.console.settings_file import write_default

    write_default(file)
    say(f"Wrote {file}. Change what you like and start: keras-search start --config {file}")


@app.command()
def space(
    hypermodel: Annotated[str, typer.Argument(help=HYPERMODEL_HELP, autocompletion=completion.hypermodels)],
    dataset: DatasetName = "digits",
    target: Target = None,
    drop: Drop = None,
    task: Task = None,
    test_split: TestSplit = None,
    image_size: ImageSize = None,
    read_as: ReadAs = None,
    validation: Validation = None,
    group: GroupOption = None,
    time: TimeOption = None,
    keep: Keep = None,
    as_json: AsJson = False,
) -> None:
    """Show a search space before searching it: names, ranges, conditions, and how many combinations there are."""
    source = source_of(
        dataset=dataset, target=target, drop=drop, task=task and task.value, test_split=test_split,
        image_size=image_size, read_as=read_as, validation=validation, group=group, time=time, keep=keep,
    )  # fmt: skip
    found, table, sentence = _space(hypermodel, source)
    if as_json:
        say(json_text(found))
        return
    from keras_search.tuner.console import terminal

    terminal.console().print(table)
    say(sentence)


@app.command()
def data(
    dataset: Annotated[str, typer.Argument(help=DATASET_HELP, autocompletion=completion.datasets)],
    target: Target = None,
    drop: Drop = None,
    task: Task = None,
    test_split: TestSplit = None,
    image_size: ImageSize = None,
    read_as: ReadAs = None,
    validation: Validation = None,
    group: GroupOption = None,
    time: TimeOption = None,
    keep: Keep = None,
    show: Annotated[Path | None, typer.Option(help="Draw images of every class into a PNG.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what was understood of a data set: shapes, classes and their counts, and what is odd about it."""
    from keras_search.tuner.console import terminal
    from keras_search.tuner.console.data_table import text
    from keras_search.tuner.data.loading import look_at
    from keras_search.tuner.data.overview import examine
    from keras_search.tuner.data.sheet import draw_sheet
    from keras_search.tuner.predicting.contact_sheet import check_target

    if show is not None:
        check_target(show)
    source = source_of(
        dataset=dataset, target=target, drop=drop, task=task and task.value, test_split=test_split,
        image_size=image_size, read_as=read_as, validation=validation, group=group, time=time, keep=keep,
    )  # fmt: skip
    found, problem = look_at(source)
    if show is not None:
        draw_sheet(found, show)
    overview = examine(found)
    if as_json:
        say(json_text(overview.as_dict()))
    else:
        terminal.console().print(text(overview))
    if problem is not None:
        raise problem


@app.command()
def doctor(studies_dir: StudiesDir = Path("studies"), as_json: AsJson = False) -> None:
    """Say what is installed and sound, and what to do about what is not; exit code 1 where something is bad."""
    from dataclasses import asdict

    from keras_search.tuner.console import doctor as doctors

    findings = doctors.examine(studies_dir)
    if as_json:
        say(json_text([asdict(finding) for finding in findings]))
    else:
        from keras_search.tuner.console import terminal

        terminal.console().print(doctors.table(findings))
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(1)


def main() -> None:
    """Run the command line."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    ending.run(app)


def _space(hypermodel: str, source: "Source") -> tuple[dict[str, Any], Any, str]:
    """Find a search space; an error of the user's own code shows its own frames."""
    from keras_search.errors import TaskError
    from keras_search.models import HYPERMODEL_NAMES
    from keras_search.models.source import check_source
    from keras_search.tuner.system.quiet import silent_stderr
    from keras_search.tuner.system.user_errors import one_line, user_frames
    from keras_search.tuner.training import runtime

    check_source(hypermodel)
    with silent_stderr():
        runtime.prepare(1)
        from keras_search.tuner.console import space_table
    try:
        found = space_table.describe(hypermodel, source)
    except KerasSearchError:
        raise
    except Exception as error:
        if hypermodel in HYPERMODEL_NAMES:
            raise
        raise TaskError(one_line(error), user_frames(error)) from error
    return found, space_table.table(found), space_table.count_text(found)


def _typed(context: typer.Context) -> set[str]:
    """Name the options that the user has written, by the settings that they are."""
    names = {name for name in context.params if str(context.get_parameter_source(name)) != "ParameterSource.DEFAULT"}
    return {"baselines" if name == "baseline" else name for name in names}


def _print_summary(folder: Path, reports_dir: Path) -> None:
    from keras_search.tuner.console import summary
    from keras_search.tuner.study.folder import StudyFolder

    say(summary.full_text(summary.full(StudyFolder(folder))))
    say(f"\nReport: {reports_dir / folder.name / 'report.html'}")


if __name__ == "__main__":
    main()
