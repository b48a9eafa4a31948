"""The OpenAPI document is whole, and what the house answers is what the document says."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from services.cli.demo.actors import Shop
from services.cli.demo.stage import Stage
from services.cli.documents import openapi_document
from services.client import Api
from services.embedded.house import open_house
from shared.auth import Role
from shared.settings import Settings
from tests.journeys.stories import STORIES, desk_customer, shop_of

Json = dict[str, Any]

PROBLEM = "application/problem+json"
JSON = "application/json"
FILES = {
    "text/event-stream",
    "application/octet-stream",
    "application/pdf",
    "text/csv",
    "image/svg+xml",
    "image/png",
    "application/xml",
}
DECISION = "estimates/{number}/decision"
EVERYTHING = (Role.ADMIN, Role.BILLING, Role.AGENT, Role.APPROVER)


@cache
def document() -> Json:
    """The document of all five services."""
    told: Json = json.loads(json.dumps(openapi_document()))
    return told


def operations() -> Iterator[tuple[str, str, Json]]:
    """Method, path and operation."""
    for path, verbs in document()["paths"].items():
        for verb, operation in verbs.items():
            yield verb.upper(), path, operation


def resolved(one: Json) -> Json:
    """What a reference means."""
    if "$ref" not in one:
        return one
    found: Any = document()
    for step in one["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return resolved(found)


def validator(schema: Json) -> Draft202012Validator:
    """What checks a value against a schema of the document."""
    return Draft202012Validator(absolute(schema), registry=_registry())


@cache
def _registry() -> Registry[Any]:
    whole = Resource.from_contents(document(), default_specification=DRAFT202012)
    empty: Registry[Any] = Registry()
    known: Registry[Any] = empty.with_resource("urn:document", whole)
    return known


def absolute(schema: Any) -> Any:
    """A schema whose references name the document."""
    if isinstance(schema, list):
        return [absolute(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    told = {key: absolute(value) for key, value in schema.items()}
    if isinstance(told.get("$ref"), str) and told["$ref"].startswith("#"):
        told["$ref"] = "urn:document" + told["$ref"]
    return told


def dicts_in(one: Any) -> Iterator[Json]:
    """Every object of a JSON value."""
    if isinstance(one, dict):
        yield one
    for inner in one.values() if isinstance(one, dict) else one if isinstance(one, list) else ():
        yield from dicts_in(inner)


def test_the_document_holds_together() -> None:
    told = document()

    assert told["openapi"].startswith("3.1.")
    assert all(resolved(one) for one in dicts_in(told) if isinstance(one.get("$ref"), str))
    for schema in told["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(ids) == len(set(ids)) > 50
    tags = {tag["name"]: tag["description"] for tag in told["tags"]}
    assert {tag for _, _, operation in operations() for tag in operation["tags"]} == set(tags)
    assert all(tags.values())
    assert not [name for name in told["components"]["schemas"] if "_" in name or "." in name]


@pytest.mark.parametrize(("verb", "path", "operation"), list(operations()), ids=lambda one: str(one)[:60])
def test_an_operation_says_what_a_caller_needs(verb: str, path: str, operation: Json) -> None:
    given = [resolved(one) for one in operation["parameters"]]
    statuses = set(operation["responses"])

    assert operation["summary"] and len(operation["summary"]) < 120
    assert operation["description"]
    assert all(resolved(one)["description"] for one in operation["responses"].values())
    assert {one["name"] for one in given if one["in"] == "path"} == set(re.findall(r"{(\w+)}", path))
    for one in given:
        Draft202012Validator.check_schema(one["schema"])
    if operation["security"] == []:
        assert operation["x-roles"] == []
        return
    assert operation["x-roles"] and "**Roles:**" in operation["description"]
    assert {"401", "503"} <= statuses
    for status in statuses:
        content = resolved(operation["responses"][status]).get("content", {})
        expected = {JSON if int(status) < 400 else PROBLEM} if status != "304" else set()
        is_file = content.keys() <= FILES and int(status) < 400
        assert set(content) - FILES == expected or is_file
    headers = {one["name"] for one in given if one["in"] == "header"}
    if verb == "GET":
        asked = {one.title() for one in headers} - {"Accept", "Accept-Language", "Last-Event-Id"}
        is_stream = "text/event-stream" in resolved(operation["responses"]["200"])["content"]
        assert asked == (set() if is_stream else {"If-None-Match"})
        assert ("304" in statuses) == (not is_stream) == ("ETag" in operation["responses"]["200"].get("headers", {}))
    else:
        assert {"403", "409", "422"} <= statuses
        assert ("Idempotency-Key" in headers) != operation.get("x-secret", False)  # such an answer is stored nowhere
        assert ("If-Match" in headers) == ("412" in statuses)


def test_every_example_is_one_of_its_own_schema() -> None:
    bodies = [
        body
        for _, _, operation in operations()
        for kind, body in operation.get("requestBody", {"content": {}})["content"].items()
        if kind == JSON
    ]
    shown = [(one["schema"], example["value"]) for one in bodies for example in one.get("examples", {}).values()]
    shown += [
        (schema, example)
        for schema in dicts_in(document()["components"])
        if isinstance(schema.get("examples"), list)
        for example in schema["examples"]
    ]

    assert len(shown) > 40
    wrong = [(schema, example) for schema, example in shown if not validator(schema).is_valid(example)]
    assert wrong == []


def test_what_the_api_accepts_and_refuses_the_schemas_accept_and_refuse() -> None:
    def accepts(name: str, value: object) -> bool:
        return bool(validator({"$ref": f"#/components/schemas/{name}"}).is_valid(value))

    assert accepts("LogWork", {"kind": "programming", "minutes": 45, "professionals": ["ana", "bia"]})
    assert not accepts("LogWork", {"kind": "programming", "minutes": 45, "professionals": [7]})
    assert not accepts("LogWork", {"kind": "programming", "minuts": 45})
    assert not accepts("AgreedInput", {"price_cents": -1})
    assert accepts("AgreedInput", {"price_cents": None})


@asynccontextmanager
async def listening_stage(folder: Path, begins: datetime) -> AsyncIterator[tuple[Stage, list[httpx.Response]]]:
    """An embedded house, and everything that it answers."""
    heard: list[httpx.Response] = []

    async def hear(response: httpx.Response) -> None:
        await response.aread()
        heard.append(response)

    async with open_house(folder, settings=Settings(), start=begins) as house:
        transport = httpx.ASGITransport(app=house.app)  # type: ignore[arg-type]  # ASGI, in other words
        hooks = {"response": [hear]}
        async with httpx.AsyncClient(transport=transport, base_url="http://house", event_hooks=hooks) as http:
            yield Stage(api=Api(http), keys=house.keys, obeys=True, opened_at=begins), heard


@pytest.mark.parametrize("name", ["S02", "S10", "S17", "S26"])
async def test_what_the_house_answers_is_what_the_document_says(name: str, tmp_path: Path) -> None:
    story = STORIES[name]

    async with listening_stage(tmp_path / "data", story.begins) as (stage, heard):
        await story.play(stage)

    assert len({told_of(one) for one in heard} - {""}) > 8
    assert [wrong for one in heard for wrong in contradictions(one)] == []


def told_of(response: httpx.Response) -> str:
    """The id of the operation that answered; empty for the clock of a rehearsal, which only it has."""
    return next((one["operationId"] for verb, path, one in operations() if is_at(response, verb, path)), "")


def is_at(response: httpx.Response, verb: str, path: str) -> bool:
    """Whether a request was one to this operation."""
    pattern = re.sub(r"{\w+}", "[^/]+", path)
    return response.request.method == verb and re.fullmatch(pattern, response.request.url.path) is not None


def contradictions(response: httpx.Response) -> Iterator[str]:
    """What is not as the document says."""
    for verb, path, operation in operations():
        if is_at(response, verb, path):
            yield from contradictions_of(operation, response)


def contradictions_of(operation: Json, response: httpx.Response) -> Iterator[str]:
    """What is not as the document says of this operation."""
    where = f"{operation['operationId']} {response.status_code}"
    said = operation["responses"].get(str(response.status_code))
    if said is None:
        yield f"{where} is not told"
        return
    said = resolved(said)
    kind = response.headers["content-type"].partition(";")[0]
    if kind not in said["content"]:
        yield f"{where}: {kind}"
    elif kind in {JSON, PROBLEM}:
        errors = validator(said["content"][kind]["schema"]).iter_errors(response.json())
        yield from (f"{where}: {one.message}" for one in errors)
        always = {"ETag", "Location"} & said.get("headers", {}).keys()
        yield from (f"{where}: no {name}" for name in always if name not in response.headers)


async def test_the_examples_work_when_they_are_pasted(tmp_path: Path) -> None:
    """A contract and a ticket of Next4, then a ticket of Blocktime, whose desk knows criticalities and levels."""
    begins = datetime.fromisoformat("2026-11-23T09:00-03:00")

    async with listening_stage(tmp_path / "data", begins) as (stage, heard):
        ticket = await pasted_contract_and_ticket(stage)
        for act in ("messages", "promise", "estimates", DECISION, "work", "pause", "resume", "resolve", "reopen"):
            await pasted(stage, f"/v1/tickets/{{ticket_id}}/{act}", at=ticket)
        await pasted(stage, "/v1/tickets/{ticket_id}/close", at=ticket)
        desk = await desk_ticket(stage)
        draft = await desk_draft(stage)
        terms = "/v1/contracts/{contract_id}/terms"
        await pasted(stage, terms, at=draft, tenant="blocktime", verb="PUT")
        for act in ("triage", "escalate", "cancel"):
            await pasted(stage, f"/v1/tickets/{{ticket_id}}/{act}", at=desk, tenant="blocktime")

    assert [wrong for one in heard for wrong in contradictions(one)] == []


async def pasted(
    stage: Stage, path: str, *, at: str = "", tenant: str = "next4", verb: str = "POST", **more: str
) -> Json:
    """What comes of the example of an operation, sent as it stands."""
    (operation,) = (one for method, template, one in operations() if (method, template) == (verb, path))
    body = body_of(operation)
    body = body | more if more else body
    api = stage.bearer(tenant, "somebody", *EVERYTHING)
    filled = path.replace("{ticket_id}", at).replace("{contract_id}", at).replace("{number}", "1")
    answer: Json = (await api.ask(verb, filled, body=body)).body
    return answer


def body_of(operation: Json) -> Any:
    """The first example of an operation's body."""
    content = operation.get("requestBody", {"content": {}})["content"].get(JSON, {})
    return next((one["value"] for one in content.get("examples", {}).values()), None)


async def pasted_contract_and_ticket(stage: Stage) -> str:
    """Next4 with the contract and the ticket of the examples; the ticket's id."""
    await shop_of(stage, "next4")
    contract = (await pasted(stage, "/v1/contracts"))["contract_id"]
    await pasted(stage, "/v1/contracts/{contract_id}/activate", at=contract)
    ticket: str = (await pasted(stage, "/v1/tickets", contract_id=contract))["id"]
    return ticket


async def desk_ticket(stage: Stage) -> str:
    """A ticket of Blocktime."""
    shop = await shop_of(stage, "blocktime")
    customer = await desk_customer(shop, "Clínica Sertão", plan_code="PRO", start_date="2026-11-01")
    asked = await customer.asks("Impressora", "A impressora da recepção parou.")
    return str(asked.id)


async def desk_draft(stage: Stage) -> str:
    """A contract of Blocktime whose terms are still to be agreed."""
    organization = {"legal_name": "Ótica Ipê Ltda", "cnpj": "11.222.333/0001-81", "devices": 5}
    organization["cnpj_active_on"] = "2026-11-01"
    body = {"organization": organization, "plan_code": "PRO", "start_date": "2026-12-01"}
    return str((await Shop(stage=stage, tenant="blocktime").office.post("/v1/contracts", body)).body["contract_id"])
