"""The running commentary: what happened and when, whose hours, which deadline, which invoice, which e-mails left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text

from services.cli.demo.actors import Customer, Shop
from services.cli.demo.seen import Account, Clock, Invoice, Letter
from services.cli.demo.stage import Stage
from shared.money import show

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
MARGIN = " " * 18  # the width of a time, under which the rest of a paragraph stands


@dataclass(slots=True)
class Narrator:
    """Tells a story on a console while it moves the stage's clock; `steps` are shown as a bar where one can be."""

    stage: Stage
    console: Console
    shops: Sequence[Shop]
    steps: int
    now: datetime | None = None
    _told: dict[str, int] = field(default_factory=dict)
    _bar: Progress | None = None

    def __enter__(self) -> Self:
        """Show the bar; lines are printed above it."""
        columns = (TextColumn("[dim]the month so far[/dim]"), BarColumn(), TaskProgressColumn())
        self._bar = Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal)
        self._bar.start()
        self._bar.add_task("story", total=self.steps)
        return self

    def __exit__(self, *_error: object) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def scene(self, title: str) -> None:
        """Begin a part of the story."""
        self.console.print()
        self.console.rule(Text(title, style="bold"), align="left", style="blue")

    async def at(self, instant: str) -> None:
        """Let time pass; what was written on the way is told with its own time."""
        await self.stage.at(instant)
        await self.letters()
        self.now = datetime.fromisoformat(instant)
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0])

    async def tell(self, text: str, *, style: str = "") -> None:
        """Say what has just happened, then which e-mails it caused."""
        assert self.now is not None, "a story begins at an instant"
        self._line(when(self.now), text, style)
        await self.letters()

    def aside(self, text: str, *, style: str = "dim") -> None:
        """Add to what was said."""
        self._line("", text, style)

    async def letters(self) -> None:
        """Tell of every e-mail that left since the last look."""
        for shop in self.shops:
            written = await shop.letters()
            for letter in written[self._told.get(shop.tenant, 0) :]:
                self._letter(letter)
            self._told[shop.tenant] = len(written)

    @property
    def letters_told(self) -> int:
        """How many e-mails left."""
        return sum(self._told.values())

    async def hours(self, customer: Customer) -> Account:
        """Whose hours stand where."""
        account = await customer.account()
        lots = ", ".join(
            f"{lot.effective_date:%b %Y} {span(lot.available_minutes)}"
            for lot in account.lots
            if lot.available_minutes > 0
        )
        held = f", {span(account.held_minutes)} held" if account.held_minutes else ""
        self.aside(
            f"hours of {customer.name}: {span(account.available_minutes)} available{held}" + (lots and f" ({lots})")
        )
        return account

    def deadline(self, clock: Clock) -> None:
        """What was promised, and what became of it."""
        target = f" within {span(clock.target_seconds // 60)} of the calendar {clock.calendar!r}"
        promise = f"{clock.metric}{target if clock.metric == 'attendance' else ''}"
        if clock.state == "met" and clock.ended_at is not None:
            self.aside(f"promise kept: {promise}, met {when(clock.ended_at)}", style="green")
        elif clock.state == "breached" and clock.due_at is not None:
            self.aside(f"promise BROKEN: {promise}, it was due {when(clock.due_at)}", style="bold red")
        elif clock.due_at is None:
            self.aside(f"promise: {promise}, standing still", style="yellow")
        else:
            self.aside(f"promise: {promise}, due {when(clock.due_at)}", style="yellow")

    def invoice(self, customer: Customer, invoice: Invoice) -> None:
        """An invoice, line by line."""
        table = Table(title=f"invoice {invoice.number} for {customer.name}", title_justify="left", show_footer=True)
        table.add_column("what", footer=f"issued {invoice.issue_date}, due {invoice.due_date}")
        table.add_column("month")
        table.add_column("R$", justify="right", footer=show(invoice.total_cents))
        for line in invoice.lines:
            table.add_row(line.description, line.period, show(line.cents))
        self.console.print(table)

    def _letter(self, letter: Letter) -> None:
        text = Text(f"{when(letter.written_at)}  ", style="dim")
        text.append(
            f"e-mail to {letter.to_email}: {letter.subject}", style="cyan" if letter.audience != "staff" else "magenta"
        )
        self.console.print(text, soft_wrap=True)

    def _line(self, time: str, text: str, style: str) -> None:
        line = Text(f"{time:<{len(MARGIN) - 2}}  ", style="bold" if time else "")
        line.append(text, style=style)
        self.console.print(line, soft_wrap=True)


def when(instant: datetime) -> str:
    """An instant as both shops' clocks show it.

    >>> when(datetime.fromisoformat("2026-11-10T13:00:00+00:00"))
    'Tue 10 Nov 10:00'
    """
    return f"{instant.astimezone(SAO_PAULO):%a %d %b %H:%M}"


def span(minutes: int) -> str:
    """A length of time.

    >>> span(330), span(45)
    ('5h30', '0h45')
    """
    return f"{minutes // 60}h{minutes % 60:02d}"
