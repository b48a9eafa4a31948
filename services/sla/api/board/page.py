"""The board as HTML, drawn here and nowhere else: the page without data, and the part that the stream replaces.

The page loads nothing: its style and its script stand in it and are named by their hash, so that nothing else that
should ever stand there is obeyed. All that people or offers wrote stands in it as text.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from string import Template
from typing import Final
from zoneinfo import ZoneInfo

from services.sla.api.board.words import say, span
from services.sla.domain import Board, Standing, State

FOLDER: Final = Path(__file__).parent
SCRIPT: Final = (FOLDER / "board.js").read_text(encoding="utf-8")
STYLE: Final = (FOLDER / "board.css").read_text(encoding="utf-8")
PAGE: Final = Template((FOLDER / "board.html").read_text(encoding="utf-8"))
ON_THE_PAGE: Final = (
    *("title", "lede", "token", "hint", "enter", "leave", "other", "script"),
    *("live", "lost", "refused", "crowded", "late", "left", "closed"),
)


def _named(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; script-src {_named(SCRIPT)}; style-src {_named(STYLE)}; "
    "img-src data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


def whole(locale: str) -> str:
    """The page, in a language."""
    words = {word: escape(say(word, locale)) for word in ON_THE_PAGE}
    other = "pt-BR" if locale == "en" else "en"
    return PAGE.substitute(words, locale=locale, other_locale=other, script_text=SCRIPT, style_text=STYLE)


def part(board: Board, *, locale: str, time_stands: bool) -> str:
    """What is owed, as the stream sends it: the clocks run on from the data that each line bears."""
    sections = (("breached", board.broken), ("running", board.running), ("paused", board.paused))
    lists = "".join(_section(name, found, board.at, locale) for name, found in sections)
    more = f'<p class="cut">{escape(say("cut", locale))}</p>' if board.is_cut else ""
    stands = ' data-stands="1"' if time_stands else ""
    return f'<main id="board" data-at="{board.at.isoformat()}"{stands}>{lists}{more}</main>'


def _section(name: str, found: Sequence[Standing], at: datetime, locale: str) -> str:
    lines = "".join(_line(one, at, locale) for one in found)
    body = f"<ol>{lines}</ol>" if found else f"<p>{escape(say('nothing', locale))}</p>"
    return f'<section class="{name}"><h2>{escape(say(name, locale))} <b>{len(found)}</b></h2>{body}</section>'


def _line(one: Standing, at: datetime, locale: str) -> str:
    clock = one.clock
    data = {
        "state": clock.state.value,
        "due": "" if clock.state is State.PAUSED else clock.due_at.isoformat(),
        "remaining": str(one.remaining_seconds),
        "counting": "1" if one.is_counting else "",
        "turns": one.turns_at.isoformat() if one.turns_at else "",
        "warned": str(clock.percent_said),
    }
    attributes = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    about = " · ".join(say(word, locale) for word in (clock.plan_code, clock.priority) if word)
    return (
        f'<li{attributes}><b class="number">#{clock.ticket_number}</b> <span class="about">{escape(about)}</span>'
        f'<span class="metric">{escape(say(clock.metric, locale))}</span>'
        f'<strong class="clock">{escape(runs(one, at, locale))}</strong>'
        f'<span class="when">{escape(when(one, locale))}</span></li>'
    )


def runs(one: Standing, at: datetime, locale: str) -> str:
    """How much is left of a clock at an instant, or how long ago it was due."""
    clock = one.clock
    if clock.state is State.BREACHED:
        return say("late", locale).format(span(int((at - clock.due_at).total_seconds())))
    word = "left" if one.is_counting or clock.state is State.PAUSED else "closed"
    return say(word, locale).format(span(one.remaining_seconds))


def when(one: Standing, locale: str) -> str:
    """When a clock is due, in the time of its calendar; or what it waits for."""
    clock = one.clock
    if clock.state is State.PAUSED:
        return say(clock.paused_for or "", locale)
    shown = clock.due_at.astimezone(ZoneInfo(one.zone))
    said = shown.strftime("%Y-%m-%d %H:%M" if locale == "en" else "%d/%m/%Y %H:%M")
    return say("was_due" if clock.state is State.BREACHED else "due", locale).format(said)
