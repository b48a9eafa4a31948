"""The monthly report of hours: by ticket and person, what comes next, as JSON, CSV and PDF; the same bytes twice."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.hourbank.api.statement_csv import FORMULAS, safe
from services.hourbank.api.words import Locale
from services.hourbank.domain import Closing, by_person
from services.hourbank.domain.work import rounded
from services.ticketing.domain.worktime import rounded as rounded_by_ticketing
from services.ticketing.offer import Rounding
from shared.events.billing import RoundingRule
from tests.hourbank.conftest import Client
from tests.hourbank.pure import named
from tests.hourbank.stage import SECTION, Stage, worked
from tests.paper import texts

TICKETINGS = RoundingRule(increment_minutes=15, scope="entry")


async def a_year(stage: Stage) -> str:
    """A year of START with one ticket in its last November; answers the path of the statements."""
    contract_id = await stage.activate("START", "2025-12-01")
    await stage.move_to("2026-11-10T09:00")
    await stage.approve(await stage.publish("T1", 2400, at="2026-11-10T10:00"), over=240, at="2026-11-10T15:00")
    work = (worked("ana", 100 * 60), worked("=cmd|'/c calc'!A1", 71 * 60), worked("ana", 7200, billable=False))
    await stage.close("T1", 180, at="2026-11-12T17:00", written_off=5, entries=work, rounding=TICKETINGS)
    await stage.move_to("2026-12-01T09:00")
    return f"/v1/accounts/{contract_id}/statements"


@pytest.mark.anyio
async def test_a_month_says_by_ticket_and_person_where_its_minutes_went(stage: Stage, client: Client) -> None:
    path = await a_year(stage)

    async with client("agent") as agent:
        shown = (await agent.get(f"{path}/2026-11")).json()
        listed = (await agent.get(path, params={"limit": 2})).json()
        more = (await agent.get(path, params={"limit": 2, "cursor": listed["next_cursor"]})).json()

    # 105 + 75 rounded minutes share the 175 that were debited: 102.08 and 72.91.
    assert [(one["professional_id"], one["minutes"]) for one in shown["people"]] == [
        ("=cmd|'/c calc'!A1", 73),
        ("ana", 102),
    ]
    assert (shown["opening_minutes"], shown["granted_minutes"], shown["debited_minutes"]) == (1980, 180, 175)
    assert (shown["closing_minutes"], shown["as_of"]) == (1985, "2026-12-01")
    # The oldest lot, granted in December 2025, has 5 minutes left and dies on the day after the month.
    assert [(one["days"], one["minutes"]) for one in shown["expiring"]] == [(60, 185), (30, 5), (7, 5)]
    assert [one["expires_date"] for one in shown["expiring_lots"]] == ["2026-12-01", "2027-01-01"]
    assert [bar["month"] for bar in shown["last_months"]] == [
        "2025-12",
        *(f"2026-{month:02d}" for month in range(1, 12)),
    ]
    assert [bar["closing_minutes"] for bar in shown["last_months"]][-2:] == [1980, 1985]
    assert [one["month"] for one in listed["items"] + more["items"]] == ["2026-11", "2026-10", "2026-09", "2026-08"]


@pytest.mark.anyio
async def test_a_month_without_movement_has_its_statement_too(stage: Stage, client: Client) -> None:
    contract_id = await stage.activate("NONE", "2026-10-01")
    await stage.move_to("2026-11-03T09:00")

    async with client("agent") as agent:
        shown = (await agent.get(f"/v1/accounts/{contract_id}/statements/2026-10")).json()
        paper = await agent.get(f"/v1/accounts/{contract_id}/statements/2026-10?format=pdf")

    assert (shown["closing_minutes"], shown["debits"], shown["people"], shown["expiring_lots"]) == (0, [], [], [])
    assert shown["issued_at"] == "2026-11-03T11:00:00Z"
    assert paper.content.startswith(b"%PDF-")


@pytest.mark.anyio
async def test_an_issued_month_gives_the_same_bytes_whenever_it_is_asked(stage: Stage, client: Client) -> None:
    path = await a_year(stage)
    asked = [f"{path}/2026-11?format={kind}&locale={locale.value}" for kind in ("csv", "pdf") for locale in Locale]

    async with client("agent") as agent:
        first = [await agent.get(one) for one in (*asked, f"{path}/2026-11")]
        # Later the same lots are used and expire: the month that was issued knows nothing of it.
        await stage.approve(await stage.publish("T2", 300, at="2026-12-10T10:00"), over=0, at="2026-12-10T15:00")
        await stage.close("T2", 300, at="2026-12-12T17:00", entries=(worked("bia", 300 * 60),))
        await stage.move_to("2027-03-05T09:00")
        # Nor does it know that the provider goes by another name now.
        assert await stage.apply(replace(SECTION, name="Next5"))
        second = [await agent.get(one) for one in (*asked, f"{path}/2026-11")]

    assert [answer.content for answer in first] == [answer.content for answer in second]
    assert len({answer.content for answer in first}) == 5


@pytest.mark.anyio
async def test_the_caller_chooses_format_and_language_by_header_or_by_query(stage: Stage, client: Client) -> None:
    path = f"{await a_year(stage)}/2026-11"

    async with client("agent") as agent:
        answers = [
            await agent.get(path + query, headers=headers)
            for query, headers in (
                ("", {}),
                ("", {"Accept": "text/csv"}),
                ("", {"Accept": "application/pdf", "Accept-Language": "en-US, pt;q=0.5"}),
                ("?format=csv&locale=en", {"Accept": "application/pdf"}),
                ("?format=json", {"Accept": "text/csv"}),
                ("?format=xlsx", {}),
                ("?locale=de", {}),
            )
        ]

    assert answers[1].headers["content-type"] == "text/csv; charset=utf-8"
    kinds = [answer.headers["content-type"].partition(";")[0] for answer in answers]
    problem = "application/problem+json"
    assert kinds == [
        "application/json",
        "text/csv",
        "application/pdf",
        "text/csv",
        "application/json",
        problem,
        problem,
    ]
    assert [answers[n].headers.get("content-language") for n in (1, 2, 3)] == ["pt-BR", "en", "en"]
    assert answers[2].headers["content-disposition"] == 'attachment; filename="extrato-2026-11.pdf"'
    assert [(one.status_code, one.json()["field"]) for one in answers[5:]] == [(422, "format"), (422, "locale")]


@pytest.mark.anyio
async def test_no_cell_of_the_csv_is_run_by_a_spreadsheet(stage: Stage, client: Client) -> None:
    path = f"{await a_year(stage)}/2026-11?format=csv"

    async with client("agent") as agent:
        brazilian = (await agent.get(path)).content.decode("utf-8")
        english = (await agent.get(f"{path}&locale=en")).content.decode("utf-8")

    assert brazilian.startswith("\ufeff")
    lines = list(csv.reader(io.StringIO(brazilian.removeprefix("\ufeff")), delimiter=";"))
    assert lines[0] == ["seção", "item", "id", "rodada", "data", "minutos", "horas", "centavos"]
    contract = str(stage.contract_of[""].contract_id)
    assert ["resumo", "Horas debitadas", contract, "", "2026-11", "175", "2h55", ""] in lines
    assert ["profissional", "#1042 Profissional", "'=cmd|'/c calc'!A1", "1", "2026-11-12", "73", "1h13", ""] in lines
    assert ["a vencer", "nos próximos 30 dias", "", "", "2026-12-01", "5", "0h05", ""] in lines
    assert lines == [*csv.reader(io.StringIO(brazilian.removeprefix("\ufeff")), delimiter=";")]
    other = list(csv.reader(io.StringIO(english)))
    assert other[0] == ["section", "item", "id", "round", "date", "minutes", "hours", "cents"]
    assert {line[0] for line in other[1:]} == {"summary", "ticket", "person", "people", "expiring"}
    assert [len(line) for line in other] == [8] * len(lines)
    assert not [cell for line in lines + other for cell in line if cell.startswith(FORMULAS)]


@given(st.text())
def test_whatever_a_cell_holds_it_does_not_begin_a_formula(said: str) -> None:
    shown = str(safe(said))

    assert not shown.lstrip(" ").startswith(FORMULAS)
    assert shown.removeprefix("'") == said or shown == said


@pytest.mark.anyio
async def test_the_paper_embeds_letters_that_know_portuguese(stage: Stage, client: Client) -> None:
    path = await a_year(stage)

    async with client("agent") as agent:
        paper = (await agent.get(f"{path}/2026-11?format=pdf")).content

    assert b"/FontFile2" in paper
    assert b"+BitstreamVeraSans" in paper
    assert paper.count(b"/Type /Page\n") == 1 or paper.count(b"/Count 1") == 1
    assert zlib.crc32(paper) == zlib.crc32(paper)


SAID = {
    Locale.PT_BR: """Extrato do pacote de horas | novembro de 2026 | Emitido em 01/12/2026 | Plano START, 3h00 por mês
        | Prestador Next4 | Saldo inicial | 33h00 | Horas concedidas | 3h00 | Horas debitadas | 2h55 | Horas vencidas
        | 0h00 | Saldo final | 33h05 | Horas excedentes | 0h00 | Valor das horas excedentes | R$ 0,00 | #1042
        | 12/11/2026 | 0h05 | 2h55 | Por profissional | ana | 1h42 | O que vence a seguir | Lote de 01/12/2025
        | 01/12/2026 | nos próximos 30 dias | 0h05""",
    Locale.EN: """Statement of the package of hours | November 2026 | Issued on 1 Dec 2026 | Plan START, 3h00 a month
        | Provider Next4 | Opening balance | 33h00 | Granted | 3h00 | Debited | 2h55 | Expired | 0h00
        | Closing balance | 33h05 | Additional hours | 0h00 | Value of the additional hours | R$0.00 | #1042
        | 12 Nov 2026 | 0h05 | 2h55 | By professional | ana | 1h42 | What expires next | Lot of 1 Dec 2025
        | 1 Dec 2026 | within 30 days | 0h05""",
}


@pytest.mark.anyio
@pytest.mark.parametrize("locale", Locale)
async def test_n26_the_paper_says_whose_hours_they_are_and_every_figure(
    locale: Locale, stage: Stage, client: Client
) -> None:
    path = await a_year(stage)
    contract = stage.contract_of[""]

    async with client("agent") as agent:
        paper = (await agent.get(f"{path}/2026-11?format=pdf&locale={locale.value}")).content

    said = iter(texts(paper))
    missing = [one for one in (" ".join(part.split()) for part in SAID[locale].split("|")) if one not in said]
    assert missing == []
    whose = " ".join(texts(paper))
    assert whose.count(str(contract.contract_id)) == 2
    assert whose.count(str(contract.organization_id)) == 1


RULES = st.builds(
    RoundingRule,
    increment_minutes=st.sampled_from([1, 5, 6, 10, 15, 30]),
    mode=st.sampled_from(["up", "nearest", "down"]),
    scope=st.sampled_from(["ticket", "entry"]),
    minimum_minutes=st.integers(0, 60),
)


@given(RULES, st.integers(0, 40_000))
def test_both_services_round_time_alike(rule: RoundingRule, seconds: int) -> None:
    theirs = Rounding(
        increment_minutes=rule.increment_minutes,  # type: ignore[arg-type]  # drawn from what is allowed
        mode=rule.mode,  # type: ignore[arg-type]
        minimum_minutes=rule.minimum_minutes,
    )

    assert rounded(seconds, rule) == rounded_by_ticketing([seconds], theirs)


@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.integers(1, 30_000), st.booleans()), max_size=8),
    st.integers(0, 3000),
    st.none() | RULES,
)
def test_the_shares_of_people_add_up_to_what_was_debited(
    work: Sequence[tuple[str, int, bool]], minutes: int, rule: RoundingRule | None
) -> None:
    entries = tuple(worked(who, seconds, billable=billable) for who, seconds, billable in work)
    closing = Closing(
        ticket_id=named("T"), ticket_number=1, round=1, minutes_actual=minutes, entries=entries, rounding=rule
    )

    shares = by_person(closing, minutes)

    assert sum(share.minutes for share in shares) == minutes
    assert all(share.minutes >= 0 for share in shares)
    if rule is None or rule.scope == "ticket":
        whole = sum(share.seconds for share in shares)
        assert all(abs(share.minutes * whole - minutes * share.seconds) < whole for share in shares if whole)
