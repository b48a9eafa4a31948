"""What Schemathesis makes of the document, sent to every operation: no 500, and no answer outside the document."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.core.result import Ok

from tests.journeys.lived import EVERY_ROLE, Lived, lived_in, principal
from tests.journeys.test_openapi import contradictions_of, document, operations

SEED: Final = 20261122
# More by hand: PONTEIRO_EXAMPLES=200 .venv/bin/python -m pytest tests/journeys/test_schemathesis.py --timeout=3600
EXAMPLES: Final = int(os.environ.get("PONTEIRO_EXAMPLES", "1"))
OF_TIME: Final = "/v1/clock"  # it would move the whole house years ahead
STREAM: Final = "text/event-stream"


@pytest.fixture
async def changed(tmp_path: Path) -> AsyncIterator[Lived]:
    """A house of this test's own: what fits the document is done."""
    async with lived_in(tmp_path) as lived:
        yield lived


def cases_of(operation: Any) -> list[Any]:
    """Some requests to one operation, the same ones each time."""
    found: list[Any] = []

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    @given(case=operation.as_strategy())
    def collect(case: Any) -> None:
        found.append(case)

    collect()
    return found


def requests() -> Iterator[tuple[dict[str, Any], Any]]:
    """The operation of the document and a request made of it, for every operation but those that go on for ever."""
    told = {(verb, path): one for verb, path, one in operations()}
    for result in schemathesis.openapi.from_dict(document()).get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        one = told[operation.method.upper(), operation.path]
        if operation.path != OF_TIME and STREAM not in one["responses"].get("200", {}).get("content", {}):
            yield from ((one, case) for case in cases_of(operation))


async def test_whatever_fits_the_document_is_answered_as_the_document_says(changed: Lived) -> None:
    boss = changed.headers(principal(*EVERY_ROLE))

    wrong: list[str] = []
    tried: set[str] = set()
    for operation, case in requests():
        for known in (False, True):
            sent = case.as_transport_kwargs(base_url="http://house")
            if known:  # so that it is not always 404
                sent["url"] = "http://house" + changed.filled(case.operation.path)
            headers = {name: value for name, value in sent["headers"].items() if name != "Authorization"} | boss
            body = {name: sent[name] for name in ("json", "data") if sent.get(name) is not None}
            if isinstance(body.get("data"), bytes | str):
                body = {"content": body["data"]}
            answer = await changed.http.request(
                sent["method"], sent["url"], params=sent.get("params"), headers=headers, **body
            )
            tried.add(operation["operationId"])
            wrong += [f"{one} ({case.body!r:.200})" for one in contradictions_of(operation, answer)]

    assert len(tried) > 200
    assert wrong == []
