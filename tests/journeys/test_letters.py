"""What leaves the house by e-mail while story S02 is played: one letter per step and person, a receipt to who asked."""

from services.cli.demo.actors import APPROVES, ASKS, Person
from services.cli.demo.seen import Letter
from tests.journeys.conftest import OpenStage
from tests.journeys.stories import STORIES, shop_of, worked_and_closed

ANA = Person(subject=ASKS, name="Ana Sancha", email="ana@livraria.example")
DAVI = Person(subject=APPROVES, name="Davi Escobar", email="davi@livraria.example")
TEAM = "equipe@next4.example"


async def test_each_step_is_told_to_those_it_concerns(open_stage: OpenStage) -> None:
    async with open_stage(STORIES["S02"].begins) as stage:
        shop = await shop_of(stage, "next4")
        customer = await shop.sign("Livraria", people=(ANA, DAVI), plan_code="START", start_date="2026-11-01")
        await stage.at("2026-11-10T10:00-03:00")
        ticket = await customer.asks("Área de assinantes", "Os assinantes precisam baixar as edições em PDF.")
        estimate = await shop.estimate(ticket, 330)
        await customer.approves(ticket, estimate)
        await stage.at("2026-11-12T17:00-03:00")
        await worked_and_closed(shop, ticket, 330)
        await stage.at("2026-12-01T08:00-03:00")

        letters = await shop.letters()

    both = {ANA.email, DAVI.email}
    assert told(letters) == [
        ("contract_activated", both),
        ("invoice_finalized", both),
        ("invoice_will_be_due", both),
        ("ticket_opened", both),
        ("balance_depleted", both),
        ("approval_pending", {ANA.email}),
        ("approval_requested", {DAVI.email}),
        ("estimate_approved", {TEAM}),
        ("ticket_resolved", both),
        ("ticket_closed", both),
        ("invoice_overdue", both),
        ("statement_issued", both),
        ("invoice_finalized", both),
    ]
    assert {letter.state for letter in letters} == {"kept"}
    invoice = letters[-1].subject.replace("\xa0", " ")
    assert invoice == "Fatura A-2026/00002: R$ 1.229,00, vencimento em 11/12/2026"


def told(letters: list[Letter]) -> list[tuple[str, set[str]]]:
    """The steps in their order, each with those who were written to about it."""
    steps: list[tuple[str, set[str]]] = []
    for letter in letters:
        if not steps or steps[-1][0] != letter.template:
            steps.append((letter.template, set()))
        assert letter.to_email not in steps[-1][1], "nobody is told twice"
        steps[-1][1].add(letter.to_email)
    return steps
