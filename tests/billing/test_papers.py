"""Papers, Pix codes, taxes and fiscal data: exact, the same twice, and none of them changes a price."""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing import domain
from services.billing.offer import Locale, Section
from shared.errors import Invalid
from tests.billing.conftest import Client
from tests.billing.shops import Billing, document, local, overage_of
from tests.paper import texts

pytestmark = pytest.mark.anyio

KEY = "123e4567-e12b-12d1-a456-426655440000"


def taxed(**fiscal: object) -> Section:
    """Next4 with an address, a Pix key and taxes that the customer keeps back."""
    whole = document("next4")
    address = {"street": "Rua da Horta", "city": "São Paulo", "state": "SP", "municipality_ibge": "3550308"}
    whole["provider"] = {"legal_name": "Oficina de Suporte", "cnpj": "12ABC34501DE35", "address": address}
    whole["pix"] = {"key": KEY}
    whole["fiscal"] = {"service_code": "010701", "nbs": "115013000", **fiscal}
    whole["taxes"] = [
        {"name": "ISS", "rate_bp": 500, "municipality_ibge": "3550308", "service_code": "010701"},
        {"name": "IRRF", "rate_bp": 150, "withheld": True},
        {"name": "ISS", "rate_bp": 200, "municipality_ibge": "3304557"},
    ]
    return msgspec.convert(whole, Section)


def test_s36_the_pix_code_of_the_s02_invoice() -> None:
    code = domain.br_code(key=KEY, merchant="Oficina de Suporte", city="São Paulo", txid="INV202600042", cents=122900)

    assert code == (
        "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-42665544000052040000530398654071229.00"
        "5802BR5918Oficina de Suporte6009Sao Paulo62160512INV202600042630447F8"
    )


def test_the_example_of_the_central_banks_manual_has_its_checksum() -> None:
    code = domain.br_code(key=KEY, merchant="Fulano de Tal", city="BRASILIA", txid="***", cents=None)

    assert code.endswith("63041D3D")


@pytest.mark.parametrize(
    ("given", "kept", "kind"),
    [
        ("12.ABC.345/01DE-35", "12ABC34501DE35", "cnpj"),
        ("529.982.247-25", "52998224725", "cpf"),
        ("+55 (11) 99999-8888", "+5511999998888", "phone"),
        ("Financeiro@Next4.example", "financeiro@next4.example", "email"),
        (KEY.upper(), KEY, "random"),
    ],
)
def test_each_kind_of_key_is_kept_as_the_register_keeps_it(given: str, kept: str, kind: str) -> None:
    assert (domain.read_key(given), domain.kind_of_key(kept)) == (kept, kind)


@pytest.mark.parametrize("wrong", ["", "11999998888", "529.982.247-26", "12.ABC.345/01DE-36", "a@b", "+0511999998888"])
def test_what_is_no_key_is_none(wrong: str) -> None:
    with pytest.raises(ValueError, match="is no CNPJ"):
        domain.read_key(wrong)


@given(
    merchant=st.text(min_size=1, max_size=60),
    city=st.text(min_size=1, max_size=40),
    cents=st.integers(1, 9_999_999_999),
    number=st.text(max_size=40),
)
def test_a_code_is_ascii_and_reads_back_field_by_field(merchant: str, city: str, cents: int, number: str) -> None:
    code = domain.br_code(key=KEY, merchant=merchant, city=city, txid=domain.txid_of(number), cents=cents)

    fields = dict(read_fields(code))
    assert code.isascii()
    assert fields["54"] == f"{cents // 100}.{cents % 100:02d}"
    assert (1 <= len(fields["59"]) <= 25, 1 <= len(fields["60"]) <= 15) == (True, True)
    assert re.fullmatch(r"[A-Za-z0-9]{1,25}|\*\*\*", dict(read_fields(fields["62"]))["05"])


def read_fields(code: str) -> list[tuple[str, str]]:
    """Tags and values, as an app of a bank reads them."""
    found = []
    while code:
        length = int(code[2:4])
        found.append((code[:2], code[4 : 4 + length]))
        code = code[4 + length :]
    return found


async def test_a_key_that_is_none_is_refused_with_the_offer(billing: Billing) -> None:
    whole = document("next4") | {"pix": {"key": "11999998888"}}

    with pytest.raises(Invalid) as refused:
        await billing.open(msgspec.convert(whole, Section))

    assert refused.value.field == "pix.key"


async def test_taxes_are_shown_and_kept_back_and_change_no_price(billing: Billing, client: Client) -> None:
    await billing.open(taxed())
    contract = await billing.sign("START", "2026-11-01")
    await billing.hear(overage_of(contract, 150, closed_at=local("2026-11-12")))
    await billing.live_to(local("2026-12-01", "08:00"))

    async with client("billing") as office:
        invoice = (await office.get("/v1/invoices")).json()["items"][0]
        path = f"/v1/invoices/{invoice['invoice_id']}"
        pix = (await office.get(f"{path}/pix")).json()
        paid = await office.post(f"{path}/payments", json={"cents": 121056, "paid_on": "2026-12-01"})
        nothing = await office.get(f"{path}/pix")

    # 1.5 % of 122900 is 1843.5, once rounded up.
    assert [(tax["name"], tax["cents"], tax["withheld"]) for tax in invoice["taxes"]] == [
        ("ISS", 6145, False),
        ("IRRF", 1844, True),
    ]
    assert (invoice["total_cents"], invoice["withheld_cents"], invoice["amount_due_cents"]) == (122900, 1844, 121056)
    assert (pix["code"], pix["cents"]) == (invoice["pix_code"], 121056)
    assert paid.json()["state"] == "paid"
    assert nothing.status_code == 404


async def test_3_6_what_credit_pays_of_an_invoice_is_served_and_taxed_all_the_same(
    billing: Billing, client: Client
) -> None:
    await billing.open(taxed())
    await billing.sign("START", "2026-11-01")
    await billing.live_to(local("2026-11-03", "08:00"))
    async with client("billing") as office:
        first = (await office.get("/v1/invoices")).json()["items"][0]
        overpaid = {"cents": first["amount_due_cents"] + 70000, "paid_on": "2026-11-03"}
        await office.post(f"/v1/invoices/{first['invoice_id']}/payments", json=overpaid)
        await billing.live_to(local("2026-12-01", "08:00"))

        december = (await office.get("/v1/invoices")).json()["items"][0]
        fiscal = (await office.get(f"/v1/invoices/{december['invoice_id']}/fiscal")).json()

    # 1.5 % of the whole fee is the treasury's: credit pays the rest of it, and no more.
    assert [(line["kind"], line["cents"]) for line in december["lines"]] == [("plan_fee", 65400), ("credit", -64419)]
    assert [(tax["name"], tax["base_cents"], tax["cents"]) for tax in december["taxes"]] == [
        ("ISS", 65400, 3270),
        ("IRRF", 65400, 981),
    ]
    assert (december["state"], december["total_cents"], december["withheld_cents"]) == ("paid", 981, 981)
    assert (fiscal["vServ_cents"], fiscal["net_cents"]) == (65400, 0)


async def test_3_1_who_paid_nothing_of_an_invoice_with_withholding_has_no_credit_once_it_is_credited(
    billing: Billing, client: Client
) -> None:
    await billing.open(taxed())
    await billing.sign("START", "2026-11-01")
    await billing.live_to(local("2026-11-03", "08:00"))
    async with client("billing") as office:
        november = (await office.get("/v1/invoices")).json()["items"][0]
        whole = {"lines": [{"line": 1, "cents": 65400}], "reason": "nothing was served"}
        await office.post(f"/v1/invoices/{november['invoice_id']}/credit-notes", json=whole)
        settled = (await office.get(f"/v1/invoices/{november['invoice_id']}")).json()
        await billing.live_to(local("2026-12-01", "08:00"))
        december = (await office.get("/v1/invoices")).json()["items"][0]
        path = f"/v1/invoices/{december['invoice_id']}"
        await office.post(f"{path}/payments", json={"cents": 64419, "paid_on": "2026-12-01"})
        part = {"lines": [{"line": 1, "cents": 10000}], "reason": "two days were not served"}
        await office.post(f"{path}/credit-notes", json=part)
        await billing.live_to(local("2027-01-04", "08:00"))
        january = (await office.get("/v1/invoices")).json()["items"][0]

    assert (november["withheld_cents"], settled["state"], settled["amount_due_cents"]) == (981, "paid", 0)
    assert [(line["kind"], line["cents"]) for line in december["lines"]] == [("plan_fee", 65400)]
    assert [(line["kind"], line["cents"]) for line in january["lines"]] == [("plan_fee", 65400), ("credit", -10000)]


async def test_an_invoice_is_put_on_paper_once_in_the_language_of_its_contract(
    billing: Billing, client: Client
) -> None:
    await billing.open(taxed())
    for locale in ("pt-BR", "en"):
        await billing.sign("START", "2026-11-01", locale=locale)
    await billing.live_to(local("2026-11-03", "08:00"))
    made = await billing.invoices()

    async with client("billing") as office:
        kept = [(await office.get(f"/v1/invoices/{one.invoice.id}/pdf")).content for one in made]
        svg = await office.get(f"/v1/invoices/{made[0].invoice.id}/pix.svg")
        png = await office.get(f"/v1/invoices/{made[0].invoice.id}/pix.png")

    assert kept == [domain.render_invoice(one.invoice) for one in made]
    assert all(paper.startswith(b"%PDF-") for paper in kept)
    assert kept[0] != kept[1]
    assert svg.content.startswith(b"<svg") and png.content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("pt-BR", "Forma de pagamento: a combinar com Oficina (caixa@oficina.example, +55 11 4002-8922)."),
        ("en", "How to pay: to be agreed with Oficina (caixa@oficina.example, +55 11 4002-8922)."),
    ],
)
async def test_without_a_pix_key_the_paper_says_with_whom_to_agree_the_payment(
    billing: Billing, locale: str, sentence: str
) -> None:
    provider = {"legal_name": "Oficina", "email": "caixa@oficina.example", "phone": "+55 11 4002-8922"}
    await billing.open(msgspec.convert(document("next4") | {"provider": provider}, Section))
    await billing.sign("START", "2026-11-01", locale=locale)
    await billing.live_to(local("2026-11-03", "08:00"))
    (made,) = await billing.invoices()
    code = domain.br_code(key=KEY, merchant="Oficina", city="SP", txid="***", cents=65400)

    assert sentence in words_of(domain.render_invoice(made.invoice))
    assert sentence not in words_of(domain.render_invoice(replace(made.invoice, pix_code=code)))
    assert sentence not in words_of(domain.render_invoice(replace(made.invoice, withheld_cents=65400)))


def words_of(paper: bytes) -> str:
    """What stands on the pages of a PDF, as far as it is ASCII: the fonts that reportlab cuts keep that readable."""
    pages = re.findall(rb"ASCII85Decode /FlateDecode[^\n]*\n>>\nstream\n(.*?)~>endstream", paper, re.DOTALL)
    shown = b" ".join(zlib.decompress(base64.a85decode(page)) for page in pages)
    return b" ".join(re.findall(rb"\((.*?)(?<!\\)\) Tj", shown)).replace(b"\\", b"").decode("latin-1")


PAPERS = {
    "pt-BR": """Fatura A-2026/00002 | Emissão: 01/12/2026 | Vencimento: 11/12/2026 | Prestador | Oficina de Suporte
        | CNPJ 12.ABC.345/01DE-35 | Rua da Horta | São Paulo - SP | Cliente | Padaria Aurora Ltda | Valor | Descrição
        | R$ 654,00 | Plano START - mensalidade 12/2026 | R$ 575,00
        | Chamado 1 - horas excedentes de 11/2026: 2 h 30 min a R$ 230,00/h | R$ 1.229,00 | Total
        | R$ 61,45 | ISS incluído (5,00 %) | -R$ 18,44 | IRRF retido (1,50 %) | R$ 1.210,56 | A pagar
        | Pix copia e cola | Fatura A-2026/00002 - página 1""",
    "en": """Invoice A-2026/00002 | Issued: Dec 1, 2026 | Due: Dec 11, 2026 | Provider | Oficina de Suporte
        | CNPJ 12.ABC.345/01DE-35 | Rua da Horta | São Paulo - SP | Customer | Padaria Aurora Ltda
        | Amount | Description | R$654.00 | START plan - monthly fee 12/2026 | R$575.00
        | Ticket 1 - extra hours of 11/2026: 2 h 30 min at R$230.00/h | R$1,229.00 | Total
        | R$61.45 | ISS included (5.00 %) | -R$18.44 | IRRF withheld (1.50 %) | R$1,210.56 | To be paid
        | Pix, to copy and paste | Invoice A-2026/00002 - page 1""",
}


@pytest.mark.parametrize("locale", ["pt-BR", "en"])
async def test_s02_the_paper_says_who_asks_whom_for_what_until_when_and_how_it_is_paid(
    locale: Locale, billing: Billing, client: Client
) -> None:
    await billing.open(taxed())
    contract = await billing.sign("START", "2026-11-01", locale=locale)
    await billing.hear(overage_of(contract, 150, closed_at=local("2026-11-12")))
    await billing.live_to(local("2026-12-01", "08:00"))

    async with client("billing") as office:
        invoice = (await office.get("/v1/invoices")).json()["items"][0]
        found = texts((await office.get(f"/v1/invoices/{invoice['invoice_id']}/pdf")).content)

    said = iter(found)
    missing = [one for one in (" ".join(part.split()) for part in PAPERS[locale].split("|")) if one not in said]
    assert missing == []
    assert invoice["pix_code"] in "".join(found)


async def test_the_fiscal_export_has_every_field_of_the_layout_as_json_and_csv(
    billing: Billing, client: Client
) -> None:
    await billing.open(taxed())
    await billing.sign("START", "2026-11-01")
    await billing.live_to(local("2026-11-03", "08:00"))

    async with client("billing") as office:
        invoice = (await office.get("/v1/invoices")).json()["items"][0]
        path = f"/v1/invoices/{invoice['invoice_id']}"
        export = (await office.get(f"{path}/fiscal")).json()
        table = (await office.get(f"{path}/fiscal.csv")).text

    assert (export["cTribNac"], export["cNBS"], export["cLocEmi"]) == ("010701", "115013000", "3550308")
    assert (export["vServ_cents"], export["pAliq_bp"], export["tpRetISSQN"]) == (65400, 500, "1")
    assert (export["nDPS"], export["dCompet"], export["withheld"]["vRetIRRF_cents"]) == (1, "2026-11-03", 981)
    assert export["prest"]["cnpj"] == "12ABC34501DE35"
    assert "\r\nvServ_cents,65400\r\n" in table
    assert "\r\nprest.address.city,São Paulo\r\n" in table
