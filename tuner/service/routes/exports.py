"""What was exported of a study, to download; and its report, kept apart from the pages."""

import secrets

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from keras_search.tuner.service.context import Service, ServiceOf
from keras_search.tuner.service.exported import export_files, export_paths, write_zip
from keras_search.tuner.service.names import known_file, known_study
from keras_search.tuner.service.permissions import READ
from keras_search.tuner.service.reading.answers import ExportFile

router = APIRouter(prefix="/api/v1", tags=["studies"])
SANDBOX = (
    "sandbox allow-downloads; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; font-src data:; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
"""The policy of a report, which holds texts of users: no script in it runs, and it asks for nothing elsewhere."""
SHOWN = {".html": "text/html; charset=utf-8", ".png": "image/png", ".json": "application/json"}
TEXTS = (".csv", ".md", ".txt")


@router.get("/studies/{name}/exports", dependencies=[READ])
def exports(name: str, service: ServiceOf) -> list[ExportFile]:
    """List the files of a study's export with their certificates."""
    return list(export_files(service.places.exports, known_study(service, name).name))


@router.get("/studies/{name}/exports.zip", dependencies=[READ], response_class=FileResponse)
def all_exports(name: str, service: ServiceOf) -> FileResponse:
    """Download everything that was exported of a study."""
    return _zipped(service, known_study(service, name).name, "")


@router.get("/studies/{name}/exports/{file}", dependencies=[READ], response_class=FileResponse)
def export(name: str, file: str, service: ServiceOf) -> FileResponse:
    """Download a file of a study's export; a folder comes as a zip."""
    study = known_study(service, name).name
    found = export_paths(service.places.exports, study, file)
    if file not in found:
        return _zipped(service, study, file)
    return FileResponse(found[file], media_type="application/octet-stream", filename=f"{study}-{file}")


@router.get("/studies/{name}/report/{path:path}", dependencies=[READ], response_class=FileResponse)
def report(name: str, path: str, service: ServiceOf) -> FileResponse:
    """Return a file of a study's report, in a sandbox."""
    study = known_study(service, name).name
    found = known_file(service.places.reports, f"{study}/{path or 'report.html'}")
    kind = "text/plain; charset=utf-8" if found.suffix in TEXTS else SHOWN.get(found.suffix)
    headers = {"Content-Security-Policy": SANDBOX}
    if kind is None:
        return FileResponse(found, media_type="application/octet-stream", filename=found.name, headers=headers)
    return FileResponse(found, media_type=kind, headers=headers)


def _zipped(service: Service, study: str, file: str) -> FileResponse:
    found = export_paths(service.places.exports, study, file)
    target = service.places.work / f"{secrets.token_hex(8)}.zip"
    try:
        write_zip(found, target, study)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    name = f"{study}{f'-{file}' if file else ''}.zip"
    return FileResponse(target, media_type="application/zip", filename=name, background=BackgroundTask(target.unlink))
