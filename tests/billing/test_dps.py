"""The DPS of an invoice: valid by the national schema, the same bytes twice, numbered by itself (3.6)."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import date, datetime
from importlib import import_module
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing import domain
from services.billing.domain.dps import DpsIncomplete
from services.billing.domain.export import FiscalExport, FiscalTax, Withheld
from services.billing.offer import Address, Party, Section
from tests.billing.conftest import Client
from tests.billing.settling import newest, post
from tests.billing.shops import Billing, document, local

Dps = import_module("nfelib.nfse.bindings.v1_0.dps_v1_01").Dps
NUMERIC, LETTERS = "11222333000181", "12ABC34501DE35"
NAMESPACE = "{http://www.sped.fazenda.gov.br/nfse}"

# The fee of November, with what the customer keeps back of it.
NOVEMBER = {
    "Id": "DPS" + "3550308" + "2" + NUMERIC + "00900" + "000000000000001",
    "/tpAmb": "2",
    "/dhEmi": "2026-11-03T08:00:00-03:00",
    "/verAplic": "ponteiro-1.0",
    "/serie": "900",
    "/nDPS": "1",
    "/dCompet": "2026-11-03",
    "/tpEmit": "1",
    "/cLocEmi": "3550308",
    "/prest/CNPJ": NUMERIC,
    "/prest/IM": "123",
    "/prest/regTrib/opSimpNac": "1",
    "/prest/regTrib/regEspTrib": "0",
    "/serv/locPrest/cLocPrestacao": "3550308",
    "/serv/cServ/cTribNac": "010701",
    "/serv/cServ/cNBS": "115013000",
    "/valores/vServPrest/vServ": "654.00",
    "/valores/trib/tribMun/tribISSQN": "1",
    "/valores/trib/tribMun/tpRetISSQN": "2",
    "/valores/trib/tribMun/pAliq": "5.00",
    "/valores/trib/tribFed/piscofins/CST": "01",
    "/valores/trib/tribFed/piscofins/vBCPisCofins": "654.00",
    "/valores/trib/tribFed/piscofins/pAliqPis": "0.65",
    "/valores/trib/tribFed/piscofins/pAliqCofins": "3.00",
    "/valores/trib/tribFed/piscofins/vPis": "4.25",
    "/valores/trib/tribFed/piscofins/vCofins": "19.62",
    "/valores/trib/tribFed/piscofins/tpRetPisCofins": "3",
    "/valores/trib/tribFed/vRetIRRF": "9.81",
    "/valores/trib/tribFed/vRetCSLL": "6.54",
    "/valores/trib/totTrib/vTotTrib/vTotTribFed": "40.22",
    "/valores/trib/totTrib/vTotTrib/vTotTribEst": "0.00",
    "/valores/trib/totTrib/vTotTrib/vTotTribMun": "32.70",
}


def fiscal_shop(cnpj: str = NUMERIC, **changes: Any) -> Section:
    """Next4 in São Paulo, under ISS and with taxes that the customer keeps back."""
    whole = document("next4")
    address = {"street": "Rua da Horta", "city": "São Paulo", "state": "SP", "municipality_ibge": "3550308"}
    whole["provider"] = {"legal_name": "Oficina de Suporte", "cnpj": cnpj, "address": address}
    whole["fiscal"] = {"service_code": "010701", "nbs": "115013000", "series": "900", "municipal_registration": "123"}
    whole["taxes"] = [
        {"name": "ISS", "rate_bp": 500, "municipality_ibge": "3550308", "withheld": True},
        {"name": "IRRF", "rate_bp": 150, "withheld": True},
        {"name": "PIS", "rate_bp": 65, "withheld": True},
        {"name": "COFINS", "rate_bp": 300, "withheld": True},
        {"name": "CSLL", "rate_bp": 100, "withheld": True},
    ]
    return msgspec.convert(whole | changes, Section)


def told(xml: bytes) -> dict[str, str | None]:
    """Every element that has words, by its path without what all have in common."""
    found: dict[str, str | None] = {}

    def walk(element: ElementTree.Element, path: str) -> None:
        name = f"{path}/{element.tag.removeprefix(NAMESPACE)}"
        found.update({name: element.text} if not len(element) else {})
        for inner in element:
            walk(inner, name)

    root = ElementTree.fromstring(xml)  # noqa: S314  our own bytes
    for inner in root[0]:
        walk(inner, "")
    return found | {"Id": root[0].get("Id")}


async def test_every_field_of_the_layout_is_said_and_the_schema_takes_it(billing: Billing, client: Client) -> None:
    await billing.open(fiscal_shop())
    await billing.sign("START", "2026-11-01")
    await billing.live_to(local("2026-11-03", "08:00"))

    async with client("billing") as office:
        path = f"/v1/invoices/{(await newest(office))['invoice_id']}/dps.xml"
        answer, again = await office.get(path), await office.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    assert answer.content == again.content
    assert Dps.schema_validation(answer.text) == []
    said = told(answer.content)
    assert said.pop("/serv/cServ/xDescServ") == (await billing.invoices())[0].invoice.lines[0].description
    assert said == NOVEMBER


async def test_dps_are_counted_over_the_years_without_the_invoices_that_ask_for_none(
    billing: Billing, client: Client
) -> None:
    await billing.open(msgspec.convert(document("next4") | {"fiscal": None}, Section))
    await billing.sign("START", "2026-11-01")
    await billing.live_to(local("2026-11-03", "08:00"))
    await billing.open(fiscal_shop())

    await billing.live_to(local("2027-02-01", "08:00"))

    async with client("billing") as office:
        paths = [f"/v1/invoices/{one.invoice.id}" for one in await billing.invoices()]
        exports = [(await office.get(f"{path}/fiscal")).json() for path in paths]
        refused = await office.get(f"{paths[0]}/dps.xml")
        documents = [told((await office.get(f"{path}/dps.xml")).content) for path in paths[1:]]
    assert [(one["invoice_number"], one["nDPS"]) for one in exports] == [
        ("A-2026/00001", None),
        ("A-2026/00002", 1),
        ("A-2027/00001", 2),
        ("A-2027/00002", 3),
    ]
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (409, "dps_incomplete", "fiscal")
    assert [one["/nDPS"] for one in documents] == ["1", "2", "3"]


async def test_what_was_asked_for_stays_when_the_offer_changes(billing: Billing, client: Client) -> None:
    await billing.open(fiscal_shop())
    await billing.sign("START", "2026-11-01")
    await billing.live_to(local("2026-11-03", "08:00"))
    async with client("billing") as office:
        path = f"/v1/invoices/{(await newest(office))['invoice_id']}"
        before = (await office.get(f"{path}/dps.xml")).content

        await billing.open(fiscal_shop(fiscal={"service_code": "010201", "series": "7"}))

        assert (await office.get(f"{path}/dps.xml")).content == before


async def test_without_the_extra_the_answer_names_it(
    billing: Billing, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await billing.open(fiscal_shop())
    await billing.sign("START", "2026-11-01")
    await billing.live_to(local("2026-11-03", "08:00"))
    for name in [one for one in sys.modules if one.partition(".")[0] == "nfelib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "nfelib", None)  # as the import system says that there is none

    async with client("billing") as office:
        path = f"/v1/invoices/{(await newest(office))['invoice_id']}"
        answer, neutral = await office.get(f"{path}/dps.xml"), await office.get(f"{path}/fiscal")

    assert (answer.status_code, answer.json()["code"]) == (409, "dps_extra_missing")
    assert "ponteiro[dps]" in answer.json()["detail"]
    assert neutral.json()["nDPS"] == 1


async def test_only_the_office_may_read_it_and_a_payment_changes_nothing_of_it(
    billing: Billing, client: Client
) -> None:
    await billing.open(fiscal_shop())
    contract = await billing.sign("START", "2026-11-01")
    await billing.live_to(local("2026-11-03", "08:00"))
    async with client("billing") as office, client("customer", organization_id=contract.organization_id) as customer:
        path = f"/v1/invoices/{(await newest(office))['invoice_id']}"
        before = (await office.get(f"{path}/dps.xml")).content

        await post(office, f"{path}/payments", {"cents": 100, "paid_on": "2026-11-03"})

        assert (await customer.get(f"{path}/dps.xml")).status_code == 403
        assert (await office.get(f"{path}/dps.xml")).content == before


def an_export(**changes: Any) -> FiscalExport:
    """What is asked of the authority for one invoice of R$ 100.00."""
    nothing = Withheld(vRetIRRF_cents=0, vRetCSLL_cents=0, vRetCP_cents=0, vPis_cents=0, vCofins_cents=0)
    export = FiscalExport(
        invoice_id="1",
        invoice_number="A-2026/00001",
        tpAmb="2",
        dhEmi=datetime.fromisoformat("2026-11-03T11:00:00.123456+00:00"),
        verAplic="ponteiro-1.0",
        serie="1",
        nDPS=42,
        dCompet=date(2026, 11, 3),
        tpEmit="1",
        cLocEmi="3550308",
        prest=Party(legal_name="Oficina", cnpj=NUMERIC),
        prest_municipal_registration=None,
        opSimpNac="3",
        regApTribSN="1",
        regEspTrib="0",
        toma=Party(legal_name="Padaria Aurora Ltda", cnpj=NUMERIC),
        cLocPrestacao="3550308",
        cTribNac="010701",
        cTribMun=None,
        cNBS=None,
        xDescServ="Suporte",
        vServ_cents=10000,
        tribISSQN="1",
        tpRetISSQN="1",
        pAliq_bp=None,
        withheld=nothing,
        totTrib_cents=0,
        taxes=(),
        lines=(),
        net_cents=10000,
        sha256="0" * 64,
    )
    return replace(export, **changes)


def test_a_cnpj_with_letters_passes_though_the_bundled_schema_knows_digits_only() -> None:
    export = an_export(prest=Party(legal_name="Oficina", cnpj=LETTERS), toma=Party(legal_name="Aurora", cnpj=LETTERS))

    xml = domain.write_dps(export, timezone="America/Sao_Paulo")

    assert told(xml)["Id"] == f"DPS35503082{LETTERS}00001000000000000042"
    assert (told(xml)["/prest/CNPJ"], told(xml)["/toma/CNPJ"]) == (LETTERS, LETTERS)
    assert Dps.schema_validation(xml.decode()) != []  # when this fails, the schema has learnt: drop the stand-in


@pytest.mark.parametrize(
    ("export", "field"),
    [
        (an_export(nDPS=None), "fiscal"),
        (an_export(cLocEmi=None), "provider.address.municipality_ibge"),
        (an_export(prest=Party(legal_name="Oficina")), "provider.cnpj"),
        (an_export(pAliq_bp=1000), None),
    ],
)
def test_what_the_layout_needs_and_does_not_get_is_named(export: FiscalExport, field: str | None) -> None:
    with pytest.raises(DpsIncomplete) as refused:
        domain.write_dps(export, timezone="America/Sao_Paulo")

    assert (refused.value.field, refused.value.rule) == (field, "3.6")


names = st.text(min_size=1, max_size=400).filter(lambda text: bool(re.search(r"[A-Za-z]", text[:200])))


@settings(max_examples=40, deadline=None)
@given(
    name=names,
    description=names,
    street=names,
    district=names,
    phone=st.none() | st.text(max_size=40),
    email=st.none() | st.text(max_size=100),
    cents=st.integers(1, 10**12),
    iss_bp=st.integers(0, 999),
    taxes=st.lists(st.sampled_from(("PIS", "COFINS", "CSLL", "CSRF", "IRRF", "INSS")), unique=True),
    is_withheld=st.booleans(),
)
def test_whatever_people_wrote_the_schema_takes_it(
    name: str,
    description: str,
    street: str,
    district: str,
    phone: str | None,
    email: str | None,
    cents: int,
    iss_bp: int,
    taxes: list[str],
    is_withheld: bool,  # noqa: FBT001  a drawn value
) -> None:
    address = Address(
        street=street,
        city="São Paulo",
        state="SP",
        district=district,
        complement=description,
        postal_code="05422-010",
        municipality_ibge="3550308",
    )
    laid = [
        FiscalTax(name=one, base_cents=cents, rate_bp=150, cents=cents * 150 // 10000, withheld=is_withheld)
        for one in taxes
    ]
    export = an_export(
        toma=Party(legal_name=name, cnpj=NUMERIC, phone=phone, email=email, address=address),
        xDescServ=description,
        vServ_cents=cents,
        pAliq_bp=iss_bp,
        taxes=tuple(laid),
    )

    xml = domain.write_dps(export, timezone="America/Noronha")

    assert Dps.schema_validation(xml.decode()) == []
    assert told(xml)["/dhEmi"] == "2026-11-03T09:00:00-02:00"


async def test_3_11_what_the_authority_says_of_a_document_is_kept_and_told_once(
    billing: Billing, client: Client
) -> None:
    await billing.open(fiscal_shop())
    await billing.sign("START", "2026-11-01")
    await billing.live_to(local("2026-11-03", "08:00"))
    key = "35503082" * 6 + "AB"
    async with client("billing") as office:
        invoice = (await office.get("/v1/invoices")).json()["items"][0]
        path = f"/v1/invoices/{invoice['invoice_id']}/fiscal-document"
        asked = (await office.get(path)).json()
        keyless = await office.post(path, json={"outcome": "authorized"})
        early = await office.post(path, json={"outcome": "cancelled"})
        rejected = await office.post(path, json={"outcome": "rejected", "messages": ["E0160"]})
        authorized = {"outcome": "authorized", "nfse_key": key, "url": "https://nfse.example/1"}
        taken = [await office.post(path, json=authorized) for _ in range(2)]
        await office.post(path, json={"outcome": "cancelled", "messages": ["E0840"]})
        over = await office.post(path, json=authorized)

    assert (asked["dps_number"], asked["state"], asked["noted_at"]) == (1, "requested", None)
    assert (keyless.status_code, keyless.json()["field"]) == (422, "nfse_key")
    assert [one.json()["code"] for one in (early, over)] == ["fiscal_outcome_refused"] * 2
    assert (rejected.json()["state"], rejected.json()["messages"]) == ("rejected", ["E0160"])
    assert [(one.json()["state"], one.json()["nfse_key"], one.json()["messages"]) for one in taken] == [
        ("authorized", key, [])
    ] * 2
    facts = [one for one in await billing.told() if type(one).__name__.startswith("FiscalDocument")]
    assert [type(one).__name__ for one in facts] == [
        "FiscalDocumentRequested",
        "FiscalDocumentRejected",
        "FiscalDocumentAuthorized",
        "FiscalDocumentCancelled",
    ]
    assert [getattr(one, "dps_number", None) for one in facts] == [1] * 4
    assert [getattr(one, "nfse_key", None) for one in facts] == [None, None, key, key]
