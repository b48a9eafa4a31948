"""The words of an explanation, in Portuguese first and in English."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from services.sla.domain.clocks import Metric, State
from services.sla.domain.explaining import Explanation, Piece

WORDS: Final = {
    "ran": ("contou {length}", "ran for {length}"),
    "awaiting_customer": ("parado: aguardando o cliente", "stood still: waiting for the customer"),
    "awaiting_approval": ("parado: aguardando aprovação", "stood still: waiting for approval"),
    "blocked": ("parado: impedimento", "stood still: blocked"),
    "scheduled": ("parado: visita agendada", "stood still: a visit is scheduled"),
    "weekend": ("não contou: fim de semana", "did not count: weekend"),
    "day_off": ("não contou: dia sem expediente", "did not count: no working day"),
    "holiday": ("não contou: feriado ou dia fechado", "did not count: holiday or closed day"),
    "outside_hours": ("não contou: fora do expediente", "did not count: outside working hours"),
}
METRICS: Final = {
    Metric.ATTENDANCE: ("Atendimento em até {target}", "Attendance within {target}"),
    Metric.DELIVERY: ("Entrega prometida, {target} depois de dita", "Delivery as promised, {target} after it was told"),
}
STATES: Final = {
    State.RUNNING: ("vence em {due}", "due at {due}"),
    State.PAUSED: ("parado; contou {ran}, faltam {left}", "stands still; {ran} ran, {left} are left"),
    State.MET: ("cumprido em {ended}; contou {ran}", "kept at {ended}; {ran} ran"),
    State.BREACHED: ("vencido em {due}", "broken at {due}"),
    State.CANCELLED: ("cancelado em {ended}; contou {ran}", "cancelled at {ended}; {ran} ran"),
}


def summary(explanation: Explanation, *, locale: str) -> str:
    """The promise and how it stands, in one sentence."""
    clock, way = explanation.clock, _way(locale)
    promised = METRICS[clock.metric][way].format(target=length_of(clock.target_seconds))
    stands = STATES[clock.state][way].format(
        due=_at(clock.due_at, explanation.zone, locale),
        ended=_at(clock.ended_at or clock.due_at, explanation.zone, locale),
        ran=length_of(explanation.ran_seconds),
        left=length_of(clock.remaining_seconds or 0),
    )
    return f"{promised} ({clock.calendar_name}, {explanation.zone}): {stands}."


def sentence(piece: Piece, *, zone: str, locale: str) -> str:
    """One piece of the strip, in the time of the calendar's zone."""
    said = WORDS[piece.reason or piece.kind][_way(locale)].format(length=length_of(piece.seconds))
    named = f" ({piece.name})" if piece.name else ""
    return f"{_at(piece.starts_at, zone, locale)} - {_at(piece.ends_at, zone, locale)}: {said}{named}"


def length_of(seconds: int) -> str:
    """A length as people say it.

    >>> length_of(14400), length_of(5400), length_of(1830), length_of(0)
    ('4 h', '1 h 30 min', '30 min 30 s', '0 min')
    """
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes) + [f"{rest} s"] * bool(rest)
    return " ".join(parts) or "0 min"


def locale_of(asked: str | None, accepted: str | None) -> str:
    """The language of an answer: the one asked for, else what the browser likes first; Portuguese is the house's own.

    >>> locale_of(None, "en-US,en;q=0.9"), locale_of("pt-BR", "en"), locale_of(None, None), locale_of(None, "fr, en")
    ('en', 'pt-BR', 'pt-BR', 'pt-BR')
    """
    first = (asked or accepted or "pt-BR").split(",", maxsplit=1)[0]
    return "en" if first.strip().lower().startswith("en") else "pt-BR"


def _way(locale: str) -> int:
    return 1 if locale == "en" else 0


def _at(instant: datetime, zone: str, locale: str) -> str:
    shown = instant.astimezone(ZoneInfo(zone))
    return shown.strftime("%Y-%m-%d %H:%M" if locale == "en" else "%d/%m/%Y %H:%M")
