"""Every word that a customer or the team reads in English."""

from services.notify.domain.en.contracts import CONTRACTS
from services.notify.domain.en.digests import DIGESTS
from services.notify.domain.en.hours import HOURS
from services.notify.domain.en.invoices import INVOICES
from services.notify.domain.en.team import TEAM
from services.notify.domain.en.tickets import TICKETS
from services.notify.domain.en.waiting import WAITING
from services.notify.domain.words import Language, Locale

EN = Language(
    locale=Locale.EN,
    cldr="en",
    moment="MMM d, y, HH:mm",
    day="MMM d, y",
    month="MMMM y",
    zones={
        "America/Sao_Paulo": "Brasília time",
        "America/Manaus": "Manaus time",
        "America/Cuiaba": "Cuiabá time",
        "America/Rio_Branco": "Acre time",
        "America/Noronha": "Fernando de Noronha time",
    },
    terms={
        "ticket": "ticket",
        "metric.attendance": "attendance",
        "metric.delivery": "delivery",
        "priority.low": "low",
        "priority.medium": "medium",
        "priority.high": "high",
        "priority.critical": "critical",
        "meeting.no_solution_holistic": "no solution was found: a view of the whole is needed",
        "meeting.choice_needed": "several solutions are possible: the choice is yours",
        "impediment.missing_access": "access that we have not received",
        "impediment.unsupported_hosting": "a hosting that we do not serve",
        "box.n1": "attendance at the first level",
        "box.remote": "remote session",
    },
    rows={
        "letter": "- {written_at}: {subject}\n  {page}",
        "lot": "- from the lot of {effective_date}: {minutes}",
        "line": "- {description}: {amount}",
        "correction": "- to a new lot, valid until {last_day}: {minutes}",
    },
    opening=("Hello, {name}!",),
    closing=(
        "{about_state}As of {said_at}. The present state is always at:\n{link}",
        "{owed}This message cannot be switched off: it is about an approval, an invoice or the contract.",
        "{on_ticket}{provider}\nThis message was sent by a machine: to answer, use the address above.",
        "{off_ticket}{provider}",
    ),
    wordings=CONTRACTS | DIGESTS | HOURS | INVOICES | TEAM | TICKETS | WAITING,
)
