"""What a search can be started with beside data, and on what machine."""

from fastapi import APIRouter

from keras_search.tuner.service import offering
from keras_search.tuner.service.context import ServiceOf
from keras_search.tuner.service.permissions import READ
from keras_search.tuner.service.reading.offers import HypermodelChoice, Machine, SettingForm

router = APIRouter(prefix="/api/v1", tags=["service"])


@router.get("/hypermodels", dependencies=[READ])
def hypermodels(service: ServiceOf) -> list[HypermodelChoice]:
    """List the hypermodels: built in, and in files below the folder of models, which are not run for this."""
    return list(offering.hypermodel_choices(service.places))


@router.get("/settings", dependencies=[READ])
def settings() -> list[SettingForm]:
    """Describe every setting of a search, in the order in which settings are shown."""
    return list(offering.setting_forms())


@router.get("/machine", dependencies=[READ])
def machine(service: ServiceOf) -> Machine:
    """Show what the machine has, and how busy it is."""
    return offering.machine(service.places)
