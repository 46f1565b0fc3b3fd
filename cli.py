"""The commands: parse, call one function, print. TensorFlow is imported only where a command builds a network."""

import os
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from keras_search.errors import UsageError
from keras_search.tuner.console import completion, exit_codes
from keras_search.tuner.console.arguments import (
    AsJson,
    Config,
    DryRun,
    EngineName,
    FormatName,
    NewName,
    Overwrite,
    ProgressAs,
    ProgressKind,
    Quiet,
    RayAddress,
    ReportsDir,
    SearchOnly,
    StudiesDir,
    StudyName,
    Threads,
    Verbose,
    Workers,
)
from keras_search.tuner.console.checked import one_of, whole
from keras_search.tuner.console.commands import looking, managing
from keras_search.tuner.console.setting_options import Given, GroupedCommand, takes_settings
from keras_search.tuner.console.streams import say
from keras_search.tuner.console.wrapping import tell
from keras_search.tuner.study.fields import EXTENDABLE, SETTINGS, of_group
from keras_search.tuner.study.setting import DATA
from keras_search.tuner.system.plain import json_text

app = typer.Typer(
    name="keras-search",
    help="Search the hyperparameters of a Keras model, retrain the best trial against a baseline, and report honestly "
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
    """Handle the options that every command has; `exit_codes` looks for `--debug` itself, before anything can fail."""
    if show_version:
        say(f"keras-search {version('keras-search')}")
        raise typer.Exit


@app.command(cls=GroupedCommand)
@takes_settings(SETTINGS)
def start(
    given: Given,
    name: NewName = None,
    config: Config = None,
    workers: Workers = "auto",
    threads: Threads = 1,
    engine: EngineName = "local",
    ray_address: RayAddress = None,
    search_only: SearchOnly = False,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --dry-run: print JSON.")] = False,
    progress: ProgressAs = ProgressKind.AUTO,
    quiet: Quiet = False,
    verbose: Verbose = False,
    studies_dir: StudiesDir = Path("studies"),
    reports_dir: ReportsDir = Path("reports"),
) -> None:
    """Search, retrain the best trial against the baselines, and write the report."""
    from keras_search.tuner.console.outcome import make_watcher, print_outcome
    from keras_search.tuner.console.settings_file import chosen_settings
    from keras_search.tuner.session.naming import new_name
    from keras_search.tuner.session.options import make_options

    settings = chosen_settings(config, given)
    name = new_name(name, settings)
    options = make_options(
        workers, threads, studies_dir, reports_dir, search_only, overwrite, verbose, engine, ray_address
    )
    if as_json and not dry_run:
        raise UsageError("--json only works with --dry-run; for the events of a search as JSON, use --progress jsonl.")
    if dry_run and engine != "local":
        raise UsageError("--dry-run measures on this machine: leave --engine out.")
    if dry_run:
        looking.print_estimate(settings, options, quiet, as_json)
        return
    exit_codes.outlive_terminal()

    from keras_search.tuner.session import session

    with make_watcher(progress, quiet) as watcher:
        folder = session.start(name, settings, options, watcher)
    print_outcome(folder, reports_dir, progress)


@app.command(cls=GroupedCommand)
@takes_settings(EXTENDABLE, resuming=True)
def resume(
    given: Given,
    name: StudyName = None,
    workers: Workers = "auto",
    engine: EngineName = "local",
    ray_address: RayAddress = None,
    search_only: SearchOnly = False,
    progress: ProgressAs = ProgressKind.AUTO,
    quiet: Quiet = False,
    verbose: Verbose = False,
    studies_dir: StudiesDir = Path("studies"),
    reports_dir: ReportsDir = Path("reports"),
) -> None:
    """Continue an interrupted study at the stage that it had reached, or extend its search."""
    from keras_search.tuner.console.outcome import make_watcher, print_outcome
    from keras_search.tuner.session import session
    from keras_search.tuner.session.options import make_options

    options = make_options(workers, 1, studies_dir, reports_dir, search_only, False, verbose, engine, ray_address)
    exit_codes.outlive_terminal()
    with make_watcher(progress, quiet) as watcher:
        folder = session.resume(name, options, watcher, **given)
    print_outcome(folder, reports_dir, progress)


@app.command("list")
def list_studies(studies_dir: StudiesDir = Path("studies"), as_json: AsJson = False) -> None:
    """List the studies, one per line."""
    from keras_search.tuner.console import summary
    from keras_search.tuner.study.folder import StudyFolder, existing_studies

    rows = [summary.brief(StudyFolder(studies_dir / name)) for name in existing_studies(studies_dir)]
    say(json_text(rows)) if as_json else tell(summary.list_text(rows, studies_dir))


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
    say(json_text(details)) if as_json else tell(summary.full_text(details))


@app.command()
def report(
    name: StudyName = None, studies_dir: StudiesDir = Path("studies"), reports_dir: ReportsDir = Path("reports")
) -> None:
    """Write the report again from the stored results."""
    from keras_search.tuner.console.outcome import print_outcome
    from keras_search.tuner.report import write as reports
    from keras_search.tuner.study.folder import find_study

    folder = find_study(studies_dir, name)
    reports.write(folder, reports_dir, lambda text: tell(text, error=True))
    print_outcome(folder, reports_dir)


@app.command()
def export(
    name: StudyName = None,
    format_: Annotated[
        list[FormatName] | None,
        typer.Option(
            "--format",
            help="An export format (may be repeated); keras by default.",
            parser=one_of("--format", FormatName),
            metavar=f"<{'|'.join(FormatName)}>",
            autocompletion=completion.of(tuple(FormatName)),
        ),
    ] = None,
    all_formats: Annotated[bool, typer.Option("--all", help="Export in every format that can hold the model.")] = False,
    output: Annotated[Path | None, typer.Option(help="The folder to create; exports/NAME by default.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier export.")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Run the hypermodel's file if the export needs it.")] = False,
    studies_dir: StudiesDir = Path("studies"),
) -> None:
    """Export the model that was measured, and certify that every file gives the same results."""
    import keras_search.tuner.exporting.export as exports
    from keras_search.tuner.study.folder import find_study

    folder = find_study(studies_dir, name)
    place = output or Path("exports") / folder.name
    formats = None if all_formats else [chosen.value for chosen in format_ or [FormatName.KERAS]]
    exported = exports.export(folder, place, formats, overwrite, trust)
    tell(f"{exports.summary(exported)}\n\nExported to {place}")


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(help="An exported model: its folder, or a file in any format.")],
    files: Annotated[list[Path], typer.Argument(help="Images or folders of images; or tables, such as .csv.")],
    show: Annotated[
        Path | None, typer.Option(help="A PNG file to draw the first 100 images in, as the model saw them.")
    ] = None,
    trust: Annotated[bool, typer.Option("--trust", help="Run code that is stored in the model's file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Predict images, or the rows of tables, with an exported model; exit code 1 if an image cannot be used."""
    from keras_search.tuner.predicting import prediction
    from keras_search.tuner.predicting.predict import predict as predict_files

    found = predict_files(model, files, show, trust)
    if as_json:
        say(json_text([prediction.as_dict(each) for each in found.predictions]))
    else:
        tell(prediction.table_text(found.predictions, found.predicts))
    for note in found.notes:
        tell(f"Note: {note}", error=True)
    for reason in found.unusable:
        tell(f"Left out: {reason}", error=True)
    if found.unusable:
        raise typer.Exit(1)


@app.command()
def init(file: Annotated[Path, typer.Argument(help="The file to write.")] = Path("study.toml")) -> None:
    """Write a file with every setting of a study and what it means, for start --config."""
    from keras_search.tuner.console.settings_file import write_default

    write_default(file)
    tell(f"Wrote {file}. Change what you like and start: keras-search start --config {file}")


@app.command(cls=GroupedCommand)
@takes_settings(("hypermodel", *of_group(DATA)), argument="hypermodel")
def space(given: Given, as_json: AsJson = False) -> None:
    """Show a search space before searching it: names, ranges, conditions, and how many combinations there are."""
    from keras_search.tuner.study.settings import StudySettings

    settings = StudySettings.create(**given)
    from keras_search.tuner.console.space_description import find_space

    found = find_space(settings.hypermodel, settings.source)
    if as_json:
        say(json_text(found))
        return
    from keras_search.tuner.console import space_table, terminal

    terminal.console().print(space_table.table(found))
    tell(space_table.count_text(found))


@app.command(cls=GroupedCommand)
@takes_settings(of_group(DATA), argument="dataset")
def data(
    given: Given,
    show: Annotated[Path | None, typer.Option(help="A PNG to draw images of every class into.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show how a data set is read: shapes, classes and their counts, and what is odd about it."""
    from keras_search.tuner.console import terminal
    from keras_search.tuner.console.data_table import text
    from keras_search.tuner.data.loading import look_at
    from keras_search.tuner.data.overview import examine
    from keras_search.tuner.data.sheet import draw_sheet
    from keras_search.tuner.predicting.contact_sheet import check_target
    from keras_search.tuner.study.settings import StudySettings

    if show is not None:
        check_target(show)
    found, problem = look_at(StudySettings.create(**given).source)
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
    """Check what is installed, the caches and the studies, and advise on problems; exit code 1 if one is bad."""
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


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(help="The address to listen on; others than 127.0.0.1 open it to the network.")
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            help="The port to listen on; 0: any that is free.", parser=whole("--port", 0, 65535), metavar="<int>"
        ),
    ] = 8765,
    studies_dir: StudiesDir = Path("studies"),
    reports_dir: ReportsDir = Path("reports"),
    exports_dir: Annotated[Path, typer.Option(help="The folder of the exports.")] = Path("exports"),
    data_dir: Annotated[Path, typer.Option(help="The folder whose data can be searched on.")] = Path("data"),
    models_dir: Annotated[Path, typer.Option(help="The folder whose hypermodels can be used.")] = Path("models"),
    jobs: Annotated[
        int, typer.Option(help="How many searches run at once.", parser=whole("--jobs", 1), metavar="<int>")
    ] = 1,
    workers: Workers = "auto",
    max_upload: Annotated[str, typer.Option(help="The largest upload, such as 500MB.")] = "2GB",
    tls_cert: Annotated[Path | None, typer.Option(help="The certificate of an https address (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="The private key of that certificate (PEM).")] = None,
    root_path: Annotated[str, typer.Option(help="The prefix that a proxy adds to every path.")] = "/",
    allow_host: Annotated[
        list[str] | None, typer.Option(help="An additional host name of the service (may be repeated).")
    ] = None,
    behind_proxy: Annotated[
        bool,
        typer.Option(
            "--behind-proxy",
            help="Trust what a proxy on this machine says of its clients.",
        ),
    ] = False,
    show: Annotated[bool, typer.Option("--open", help="Open the pages in a browser, signed in.")] = False,
) -> None:
    """Serve the studies in a browser and by HTTP: start, watch, stop and resume searches there."""
    from keras_search.tuner.service.extra import check_installed

    check_installed()
    from keras_search.tuner.service import command, serving

    certificate = command.certified(tls_cert, tls_key)
    places = command.make_places(studies_dir, reports_dir, exports_dir, data_dir, models_dir)
    limits = command.make_limits(jobs, workers, max_upload)
    address = command.make_address(host, port, root_path, allow_host or [], behind_proxy, tls_cert is not None)
    serving.serve(places, limits, address, certificate, show)


for command in (looking.compare, looking.best, looking.logs, looking.watch,
                managing.delete, managing.trash, managing.restore, managing.rename):  # fmt: skip
    app.command()(command)
app.command("open")(looking.open_report)


def main() -> NoReturn:
    """Run the command line; raise `SystemExit` with its exit code."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    exit_codes.run(app)


if __name__ == "__main__":
    main()
