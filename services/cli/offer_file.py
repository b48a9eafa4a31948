"""Reading a provider's offer file: the whole of it is checked first, and each error names file, line and rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

import msgspec
import yaml

from services.cli.faults import Place, faults_in
from shared.calendar import CalendarInvalid, CalendarSpec
from shared.errors import Invalid, Refused
from shared.events import TELLERS

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")

NAME_MOST_CHARACTERS = 200  # it stands in one line of a paper

# What stands in for something wrong, so that it is told once, and not again by each section that needs it.
A_NAME, A_ZONE, A_LOCALE = "A provider", "America/Sao_Paulo", "pt-BR"
A_CALENDAR: Mapping[str, Any] = {"timezone": A_ZONE, "hours": {"mon": [["08:00", "18:00"]]}}


class OfferInvalid(Refused):
    """The file breaks rules: a line for each says in which line of the file, which rule and why."""

    status = 422


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The top level of an offer file."""

    tenant: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_-]{1,39}$")]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_MOST_CHARACTERS)]
    timezone: str
    locale: str
    calendars: dict[str, dict[str, Any]]
    ticketing: dict[str, Any]
    hourbank: dict[str, Any]
    sla: dict[str, Any]
    billing: dict[str, Any]
    notify: dict[str, Any]


@runtime_checkable
class Checked(Protocol):
    """A section with rules that go over several of its fields."""

    def faults(self) -> Iterator[Invalid]:
        """All that they refuse, each naming the field and the rule."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A provider's offer, as each service reads its section."""

    tenant: str
    name: str
    sections: Mapping[str, msgspec.Struct]


def read_offer(file: Path, kinds: Mapping[str, type[msgspec.Struct]]) -> Offer:
    """Read and check a whole offer file against the sections' types. Raises OfferInvalid, which tells every fault.

    Rules that go over several fields of a section are asked once each of its fields can be read.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise OfferInvalid(f"there is no {file}") from None
    except OSError as error:
        raise OfferInvalid(f"{file}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise OfferInvalid(f"{file}: cannot be read: {error}") from None
    page = Page.compose(str(file), text)
    whole = page.plain()
    page.read(whole, Head, ())
    lent = _lent(page, whole)
    written = {name: whole[name] for name in TELLERS if isinstance(whole.get(name), dict)}
    sections = {name: _section(page, own, kinds[name], name, lent) for name, own in written.items()}
    _check_plans(page, written)
    page.end()
    return Offer(
        tenant=whole["tenant"],
        name=whole["name"],
        sections={name: section for name, section in sections.items() if section is not None},
    )


@dataclass(frozen=True, slots=True)
class Page:
    """A YAML document that still knows the line of everything in it, and what was told of it."""

    file: str
    root: yaml.Node
    told: list[tuple[int, str]] = field(default_factory=list)

    @classmethod
    def compose(cls, file: str, text: str) -> Page:
        """Parse. Raises OfferInvalid for what is no YAML."""
        try:
            root = yaml.compose(text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise OfferInvalid(f"{file}:{line}: yaml: {error.problem}") from None
        except yaml.YAMLError as error:
            raise OfferInvalid(f"{file}: yaml: {error}") from None
        if not isinstance(root, yaml.MappingNode):
            raise OfferInvalid(f"{file}:1: an offer begins with tenant, name, timezone and locale")
        return cls(file, root)

    def plain(self) -> dict[str, Any]:
        """The document without its lines; a key that is there twice is told."""
        whole: dict[str, Any] = self._plain(self.root)
        return whole

    def read(self, value: Any, kind: Any, path: Place) -> Any:
        """The value as a type, or None when it is none: then all that is wrong was told."""
        faults = list(faults_in(value, kind, path))
        for place, rule in faults:
            self.tell(place, rule)
        return None if faults else msgspec.convert(value, kind, str_keys=True)

    def tell(self, path: Place, rule: str) -> None:
        """Note what is wrong at a place."""
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
        self._note(self.line(path), f"{where or 'the file'}: {rule}")

    def end(self) -> None:
        """Raise OfferInvalid when something was told: each in a line of its own, in the order of the file."""
        if self.told:
            raise OfferInvalid("\n".join(f"{self.file}:{line}: {said}" for line, said in sorted(self.told)))

    def line(self, path: Place) -> int:
        """The line of a place, counted from 1; of the nearest thing around it where it is not written in the file."""
        node, line = self.root, 1
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line

    def _note(self, line: int, said: str) -> None:
        if (line, said) not in self.told:
            self.told.append((line, said))

    def _plain(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item) for item in node.value]
        if isinstance(node, yaml.MappingNode):
            plain: dict[str, Any] = {}
            for key, value in node.value:
                if key.value in plain:
                    self._note(key.start_mark.line + 1, f"{key.value}: key_twice: it is here a second time")
                else:
                    plain[key.value] = self._plain(value)
            return plain
        return _SCALARS[node.tag](node.value)


@dataclass(frozen=True, slots=True)
class Lent:
    """What the top level lends to sections; what is wrong there has been told, and something sound stands in for it."""

    name: str
    timezone: str
    locale: str
    calendars: Mapping[str, Mapping[str, Any]]


def _lent(page: Page, whole: Mapping[str, Any]) -> Lent:
    name, zone, locale, calendars = (whole.get(one) for one in ("name", "timezone", "locale", "calendars"))
    if isinstance(zone, str) and not _is_zone(zone):
        page.tell(("timezone",), f"unknown_zone: no zone is called {zone!r}")
        zone = None
    zone = zone if isinstance(zone, str) else A_ZONE
    written = calendars if isinstance(calendars, dict) else {}
    return Lent(
        name=name if isinstance(name, str) and 0 < len(name) <= NAME_MOST_CHARACTERS else A_NAME,
        timezone=zone,
        locale=locale if isinstance(locale, str) else A_LOCALE,
        calendars={name: _calendar(page, name, own, zone) for name, own in written.items()},
    )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _calendar(page: Page, name: str, written: Any, zone: str) -> Mapping[str, Any]:
    """A calendar of the file, named and in the provider's zone unless it says otherwise; checked here, by its line."""
    stand_in = {"name": name, **A_CALENDAR}
    if not isinstance(written, dict):
        return stand_in
    plain = {"name": name, "timezone": zone} | written
    path = ("calendars", name)
    spec: CalendarSpec | None = page.read(plain, CalendarSpec, path)
    if spec is None:
        return stand_in
    try:
        spec.validate()
    except CalendarInvalid as invalid:
        page.tell((*path, *_steps(invalid.field)), f"{invalid.rule}: {invalid.why}")
        return stand_in
    return plain


def _steps(field: str) -> Place:
    """A field as rules name it.

    >>> _steps("plans[0].price_cents"), _steps("hours.mon[0]")
    (('plans', 0, 'price_cents'), ('hours', 'mon', 0))
    """
    return tuple(int(index) if index else word for word, index in _STEP.findall(f".{field}"))


def _section(
    page: Page, written: dict[str, Any], kind: type[msgspec.Struct], name: str, lent: Lent
) -> msgspec.Struct | None:
    """A section as its service reads it, with the rules that go over several fields; None when it cannot be read."""
    own = _with_lent(page, written, kind, name, lent)
    read = page.read(own, kind, (name,))
    for invalid in read.faults() if isinstance(read, Checked) else ():
        rule = f"{invalid.rule_broken}: " if invalid.rule_broken else ""
        page.tell((name, *_steps(invalid.field or "")), rule + invalid.detail)
    section: msgspec.Struct | None = read
    return section


def _with_lent(
    page: Page, written: dict[str, Any], kind: type[msgspec.Struct], name: str, lent: Lent
) -> dict[str, Any]:
    """A section with what it needs of the top level: name, zone, locale, and the calendars that it names."""
    named = dict(_calendars_named(written, (name,)))
    for calendar, path in named.items():
        if calendar not in lent.calendars:
            page.tell(path, f"unknown_calendar: no calendar is called {calendar!r}")
    calendars = {one: lent.calendars.get(one, {"name": one, **A_CALENDAR}) for one in named}
    whole = {"name": lent.name, "timezone": lent.timezone, "locale": lent.locale, "calendars": calendars}
    needs = {field.encode_name for field in msgspec.structs.fields(kind)}
    return {field: value for field, value in whole.items() if field in needs} | written


def _calendars_named(value: Any, path: Place) -> Iterator[tuple[str, Place]]:
    """Every calendar that is named in a section, and where."""
    pairs: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in pairs:
        if isinstance(below, str) and isinstance(step, str) and step.endswith("calendar"):
            yield below, (*path, step)
        else:
            yield from _calendars_named(below, (*path, step))


def _check_plans(page: Page, sections: Mapping[str, Any]) -> None:
    """Promises and features are of plans that billing sells: one that is mistyped would never be kept (N8, B41)."""
    plans = sections.get("billing", {}).get("plans")
    if not isinstance(plans, list):
        return
    sold = {plan.get("code") for plan in plans if isinstance(plan, dict)}
    for path, code in _plans_named(sections):
        if code not in sold:
            page.tell(path, f"unknown_plan: billing sells no plan called {code!r}")


def _plans_named(sections: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Every plan that a section other than billing's names, and where."""
    policies = sections.get("sla", {}).get("policies")
    for number, policy in enumerate(policies if isinstance(policies, list) else ()):
        if isinstance(policy, dict) and isinstance(policy.get("plan"), str):
            yield ("sla", "policies", number, "plan"), policy["plan"]
    features = sections.get("ticketing", {}).get("plan_features")
    for code in features if isinstance(features, dict) else ():
        yield ("ticketing", "plan_features", code), code


def _child(node: yaml.Node, step: str | int) -> tuple[int, yaml.Node] | None:
    """What stands in a node under a key or at a place, with its line."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line + 1, node.value[step]
    return None


class _Loader(yaml.SafeLoader):
    """YAML without surprises: 18:00 is text, not 1080; `no` is text, not false; a date is text for a type to read."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  PyYAML's own way


_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(~|null|)$"), ["~", "n", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"-?(0|[1-9][0-9]*)$"), list("-0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"-?[0-9]+\.[0-9]+$"), list("-0123456789"))
_SCALARS: dict[str, Callable[[str], object]] = {
    "tag:yaml.org,2002:null": lambda _text: None,
    "tag:yaml.org,2002:bool": lambda text: text == "true",
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": float,
    "tag:yaml.org,2002:str": str,
}
