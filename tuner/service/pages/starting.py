"""The form of a new search, empty or with the settings of another."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import HTMLResponse

from keras_search.tuner.service import offering
from keras_search.tuner.service.context import Service, ServiceOf
from keras_search.tuner.service.names import studies_of
from keras_search.tuner.service.pages.rendering import RendererOf, page_router
from keras_search.tuner.service.permissions import READ
from keras_search.tuner.service.reading.offers import DataChoice
from keras_search.tuner.service.studies import detail_of
from keras_search.tuner.study.fields import SETTINGS

router = page_router()
ORIGINS = {"built in": "Built in", "data": "In the folder of data", "upload": "Uploaded"}
PLACED = {
    *(
        "dataset",
        "target",
        "task",
        "drop",
        "test_split",
        "validation",
        "group",
        "time",
        "keep",
        "read_as",
        "image_size",
    ),
    *("hypermodel", "validation_split", "class_weight", "prepare", "kernels", "max_parameters", "epoch_minutes"),
    *("tuner", "max_epochs", "factor", "iterations", "max_trials", "max_minutes"),
    *("objective", "direction", "batch_trials", "patience", "plateau", "seed"),
    *("baselines", "compare_seeds", "fair_epochs", "ablation"),
}
"""The settings that the template puts in their place; others are listed after them."""


@router.get("/new", dependencies=[READ])
def new_page(
    renderer: RendererOf,
    service: ServiceOf,
    source: Annotated[str, Query(alias="from", max_length=200)] = "",
    job: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """Show the form; with `from`, the settings of a study, with `job`, those of a search that did not start."""
    renderer.need_full_token()
    given = given_settings(service, source, job)
    fields = {form.name: form for form in offering.setting_forms()}
    return renderer.page(
        "new",
        "New search",
        "new.js",
        source=source,
        given={"dataset": None, "hypermodel": None} | given,
        fields=fields,
        other_fields=[name for name in fields if name not in PLACED],
        datasets=list(grouped(offering.data_choices(service.places).items)),
        hypermodels=offering.hypermodel_choices(service.places),
        data_dir=service.places.data.name,
        models_dir=service.places.models.name,
        upload_limit=service.limits.upload,
        taken=[*studies_of(service), *service.queue.of_studies()],
        name="",
        threads_default="1",
    )


def given_settings(service: Service, source: str, job: str) -> dict[str, Any]:
    """Return the settings to begin with, without those that are not set.

    Raises:
        UnknownName: there is no such study or job.
    """
    if source:
        settings = detail_of(service, source).settings
        return {name: value for name, value in settings.items() if value not in (None, [])}
    if job:
        return settings_in(service.queue.job(job).command)
    return {}


def settings_in(command: Sequence[str]) -> dict[str, Any]:
    """Return the settings that the options of a job's command set, as text where they are no flags.

    >>> settings_in(("start", "wine", "--max-epochs", "3", "--drop=-id", "--drop", "key", "--ablation", "--no-kernels"))
    {'max_epochs': '3', 'drop': ['-id', 'key'], 'ablation': True, 'kernels': False}
    """
    by_option, found = {each.option: each for each in SETTINGS.values()}, dict[str, Any]()
    words = iter(command)
    for word in words:
        option, equals, text = word.partition("=")
        bare = option.replace("--no-", "--", 1)
        setting = by_option.get(option) or by_option.get(bare)
        if setting is None:
            continue
        if setting.kind is bool:
            found[setting.name] = option in by_option
            continue
        value = text if equals else next(words, "")
        found[setting.name] = [*found.get(setting.name, []), value] if setting.kind is tuple else value
    return found


def grouped(choices: Iterable[DataChoice]) -> Iterable[tuple[str, list[DataChoice]]]:
    """Yield the data sets by their origin, with its title."""
    by_origin: Mapping[str, list[DataChoice]] = {origin: [] for origin in ORIGINS}
    for choice in choices:
        by_origin[choice.origin].append(choice)
    return ((ORIGINS[origin], each) for origin, each in by_origin.items() if each)
