"""Reading a provider's offer file: the whole of it is checked first, and an error names file, line and rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol, runtime_checkable

import msgspec
import yaml

from shared.calendar import CalendarInvalid, CalendarSpec
from shared.errors import Invalid, Refused
from shared.events import TELLERS

Path_ = tuple[str | int, ...]
"""Where something stands: ("billing", "plans", 0, "price_cents")."""

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_UNKNOWN_FIELD = re.compile(r"contains unknown field `([^`]+)`")
_FIRST_WORD = re.compile(r"[a-z_]+")


class OfferInvalid(Refused):
    """The file breaks a rule: the sentence says in which line."""

    status = 422


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The top level of an offer file."""

    tenant: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_-]{1,39}$")]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
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

    def check(self) -> None:
        """Raises Invalid, naming the field and the rule."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A provider's offer, as each service reads its section."""

    tenant: str
    name: str
    sections: Mapping[str, msgspec.Struct]


def read_offer(file: Path, kinds: Mapping[str, type[msgspec.Struct]]) -> Offer:
    """Read and check a whole offer file against the sections' types. Raises OfferInvalid."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise OfferInvalid(f"there is no {file}") from None
    except OSError as error:
        raise OfferInvalid(f"{file}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise OfferInvalid(f"{file}: cannot be read: {error}") from None
    page = Page.compose(str(file), text)
    head = page.convert(page.value(()), Head, ())
    calendars = {name: _calendar(page, head, name) for name in head.calendars}
    sections = {}
    for name in TELLERS:
        own = dict(getattr(head, name))
        _lend(page, head, calendars, own, kinds[name], name)
        sections[name] = _section(page, own, kinds[name], name)
    _check_plans(page, head)
    return Offer(tenant=head.tenant, name=head.name, sections=sections)


@dataclass(frozen=True, slots=True)
class Page:
    """A YAML document that still knows the line of everything in it."""

    file: str
    root: yaml.Node

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

    def value(self, path: Path_) -> Any:
        """The plain value at a place. Raises OfferInvalid for a key that is there twice."""
        return self._plain(self._node(path), path)

    def convert(self, value: Any, kind: Any, path: Path_) -> Any:
        """The value as a type. Raises OfferInvalid with the line of what is wrong."""
        try:
            return msgspec.convert(value, kind, str_keys=True)
        except msgspec.ValidationError as error:
            message, _, tail = str(error).partition(" - at ")
            place = self._place(value, kind, tail.strip("`"), str(error))
            unknown = _UNKNOWN_FIELD.search(message)
            if unknown:
                place = (*place, unknown[1])
            word = _FIRST_WORD.match(message)
            if not place and word and isinstance(value, dict) and word[0] in value:
                place = (word[0],)
            raise self.refusal((*path, *place), message) from None

    def refusal(self, path: Path_, rule: str) -> OfferInvalid:
        """The sentence that names file, line, place and rule."""
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
        return OfferInvalid(f"{self.file}:{self.line(path)}: {where or 'the file'}: {rule}")

    def line(self, path: Path_) -> int:
        """The line of a place, counted from 1; of the nearest thing around it where it is not written in the file."""
        node, line = self.root, 1
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line

    def _node(self, path: Path_) -> yaml.Node:
        node = self.root
        for step in path:
            found = _child(node, step)
            assert found is not None, "only places that were read are asked for"
            node = found[1]
        return node

    def _plain(self, node: yaml.Node, path: Path_) -> Any:
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item, (*path, number)) for number, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            plain: dict[str, Any] = {}
            for key, value in node.value:
                if key.value in plain:
                    line = key.start_mark.line + 1
                    raise OfferInvalid(f"{self.file}:{line}: {key.value}: key_twice: it is here a second time")
                plain[key.value] = self._plain(value, (*path, key.value))
            return plain
        return _SCALARS[node.tag](node.value)

    def _place(self, value: Any, kind: Any, path: str, whole: str) -> Path_:
        """Read msgspec's path; where it says `[...]` (some key of a mapping), find the key by leaving others out."""
        steps: list[str | int] = []
        for name, index in _STEP.findall(path):
            if index == "...":
                key = self._guilty_key(value, kind, tuple(steps), whole)
                if key is None:
                    return tuple(steps)
                steps.append(key)
            else:
                steps.append(int(index) if index else name)
        return tuple(steps)

    @staticmethod
    def _guilty_key(value: Any, kind: Any, steps: Path_, whole: str) -> str | None:
        for key in _at(value, steps):
            only = _with_only(value, steps, key)
            try:
                msgspec.convert(only, kind, str_keys=True)
            except msgspec.ValidationError as error:
                if str(error) == whole:
                    return str(key)
        return None


def _calendar(page: Page, head: Head, name: str) -> dict[str, Any]:
    """A calendar of the file, named and in the provider's zone unless it says otherwise; checked here, by its line."""
    plain = {"name": name, "timezone": head.timezone} | head.calendars[name]
    spec: CalendarSpec = page.convert(plain, CalendarSpec, ("calendars", name))
    try:
        spec.validate()
    except CalendarInvalid as invalid:
        raise page.refusal(("calendars", name, *_steps(invalid.field)), f"{invalid.rule}: {invalid.why}") from None
    return plain


def _steps(field: str) -> Path_:
    """A field as rules name it.

    >>> _steps("plans[0].price_cents"), _steps("hours.mon[0]")
    (('plans', 0, 'price_cents'), ('hours', 'mon', 0))
    """
    return tuple(int(index) if index else word for word, index in _STEP.findall(f".{field}"))


def _section(page: Page, own: dict[str, Any], kind: type[msgspec.Struct], name: str) -> msgspec.Struct:
    """A section as its service reads it, with the rules that go over several fields."""
    try:
        section: msgspec.Struct = page.convert(own, kind, (name,))
        if isinstance(section, Checked):
            section.check()
    except Invalid as invalid:
        rule = f"{invalid.rule_broken}: " if invalid.rule_broken else ""
        raise page.refusal((name, *_steps(invalid.field or "")), rule + invalid.detail) from None
    return section


def _lend(
    page: Page,
    head: Head,
    calendars: Mapping[str, dict[str, Any]],
    section: dict[str, Any],
    kind: type[msgspec.Struct],
    name: str,
) -> None:
    """Give a section what it needs of the top level: zone, locale, and the calendars that it names."""
    needs = {field.encode_name for field in msgspec.structs.fields(kind)}
    for top in ("timezone", "locale"):
        if top in needs:
            section.setdefault(top, getattr(head, top))
    named = dict(_calendars_named(section, (name,)))
    for calendar, path in named.items():
        if calendar not in calendars:
            raise page.refusal(path, f"unknown_calendar: no calendar is called {calendar!r}")
    if "calendars" in needs:
        section.setdefault("calendars", {calendar: calendars[calendar] for calendar in named})


def _calendars_named(value: Any, path: Path_) -> Iterator[tuple[str, Path_]]:
    """Every calendar that is named in a section, and where."""
    pairs: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in pairs:
        if isinstance(below, str) and isinstance(step, str) and step.endswith("calendar"):
            yield below, (*path, step)
        else:
            yield from _calendars_named(below, (*path, step))


def _check_plans(page: Page, head: Head) -> None:
    """Promises and features are of plans that billing sells: one that is mistyped would never be kept (N8, B41).

    Raises OfferInvalid, naming the line.
    """
    plans = head.billing.get("plans")
    if not isinstance(plans, list):
        return
    sold = {plan["code"] for plan in plans}
    for path, code in _plans_named(head):
        if code not in sold:
            raise page.refusal(path, f"unknown_plan: billing sells no plan called {code!r}")


def _plans_named(head: Head) -> Iterator[tuple[Path_, str]]:
    """Every plan that a section other than billing's names, and where."""
    for number, policy in enumerate(head.sla.get("policies", ())):
        if policy.get("plan") is not None:
            yield ("sla", "policies", number, "plan"), policy["plan"]
    for code in head.ticketing.get("plan_features", {}):
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


def _at(value: Any, steps: Path_) -> Any:
    for step in steps:
        value = value[step]
    return value


def _with_only(value: Any, steps: Path_, key: str) -> Any:
    """A copy in which the mapping at a place has one key only."""
    if not steps:
        return {key: value[key]}
    changed: Any = list(value) if isinstance(value, list) else dict(value)
    changed[steps[0]] = _with_only(value[steps[0]], steps[1:], key)
    return changed


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
