"""Whatever fits the OpenAPI document, and whatever does not: the service answers, and never fails itself."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from keras_search.tuner.study.folder import StudyFolder

MORE = int(os.environ.get("KERAS_SEARCH_FUZZ", "1"))
"""How many times as many requests are tried as in CI."""
LONG = ("/api/v1/studies", "/api/v1/estimate", "/api/v1/data/inspect", "/api/v1/login")
"""Routes that, posted to, would start searches and commands, or are slowed down on purpose."""


@pytest.fixture(scope="module")
def document(server: Any, make_study: Callable[..., StudyFolder]) -> Any:
    shutil.copytree(make_study(trials=5).root, Path(server.home) / "studies" / "digits")
    headers = {"Authorization": f"Bearer {server.token}"}
    return schemathesis.openapi.from_url(f"{server.url}/api/v1/openapi.json", headers=headers)


def test_no_request_ends_in_a_fault_of_the_service(document: Any, server: Any) -> None:
    tried = 0
    for found in document.get_all_operations():
        operation = found.ok()
        method, path = operation.method.upper(), operation.path
        if not (method == "POST" and path in LONG) and not path.endswith("/events"):
            _try(operation, server.token)
            tried += 1
    assert tried > 40


def _try(operation: Any, token: str) -> None:
    """Send drawn requests to one route."""

    @settings(max_examples=6 * MORE, derandomize=MORE == 1, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(operation.as_strategy())
    def sent(case: Any) -> None:
        if (
            operation.method.upper() == "GET"
            and "name" in (case.path_parameters or {})
            and len(str(case.query)) % 2 == 0
        ):
            case.path_parameters["name"] = "digits"  # a drawn name is hardly ever that of a study
        headers = {"Authorization": f"Bearer {token}"}
        case.call_and_validate(headers=headers, checks=[not_a_server_error, response_schema_conformance], timeout=60)

    sent()
