"""The two kinds of no that a caller can meet: a rule refuses, or the thing asked for is not there for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar


class Refused(Exception):
    """A rule says no. Subclasses are named for the rule: `class ApprovalRequired(Refused)`.

    `code` is derived from the class name (approval_required) and never changes once told; `status` is the HTTP
    status; `rule` the number in domain.md; the message is one sentence for the person who asked. `field` names the
    input that the rule is about, where there is one.
    """

    status: ClassVar[int] = 409
    rule: ClassVar[str | None] = None
    keeps: ClassVar[bool] = False  # what was written before it was raised is kept: the refusal itself is news

    def __init__(self, detail: str, *, field: str | None = None, rule: str | None = None) -> None:
        """Say no in one sentence, naming the field and the rule where there is one."""
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.rule_broken = rule or self.rule

    @property
    def code(self) -> str:
        """The machine's name of this refusal, e.g. `approval_required`."""
        name = type(self).__name__
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


@contextmanager
def within(field: str) -> Iterator[None]:
    """Whatever is refused in here names its field as a part of this one: `organization.cnpj`, not `cnpj`."""
    try:
        yield
    except Refused as refusal:
        refusal.field = field if refusal.field is None else f"{field}.{refusal.field}"
        raise


class NotFound(Refused):
    """There is no such thing, or it belongs to somebody else: the two are not told apart."""

    status = 404


class NotYet(Refused):
    """It refers to what has not been heard of here yet, and may come: a fact refused so is tried again by itself."""


class Invalid(Refused):
    """The input breaks a rule; `field` names where."""

    status = 422


class Stale(Refused):
    """The caller changes a version that is no longer the current one (If-Match)."""

    status = 412


class Forbidden(Refused):
    """The caller is known, and may not do this."""

    status = 403


class OAuthRefused(Refused):
    """A refusal at a door of OAuth 2: `error` is the word that RFC 6749 has for it, beside our own code."""

    status = 400
    error: ClassVar[str] = "invalid_request"


class Unauthorized(Refused):
    """No token, or none that can be believed."""

    status = 401


def refuse_first(faults: Iterable[Refused]) -> None:
    """Raise the first of several reasons to say no; nothing when there is none."""
    for fault in faults:
        raise fault


def contradict(faults: Iterable[str]) -> None:
    """Raise ValueError with the first sentence, and the others as its notes; nothing when there is none.

    For what a document's type says of its fields together: whoever reads it finds them all.
    """
    said = list(faults)
    if said:
        error = ValueError(said[0])
        for other in said[1:]:
            error.add_note(other)
        raise error
