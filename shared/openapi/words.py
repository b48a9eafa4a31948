"""The words of the OpenAPI document that no route says of itself: how to begin, headers, statuses."""

from __future__ import annotations

from typing import Any, Final

from shared.edge import WAIT_MOST_SECONDS
from shared.idempotency import KEY_MOST_CHARACTERS

Json = dict[str, Any]

HOW_TO_BEGIN: Final = """A service desk that can say why a minute was billed and why a deadline fell at 10:30.

**To begin**

1. A token: `ponteiro token --tenant next4 --role admin --role billing` prints one; send it as
   `Authorization: Bearer <token>` (here: *Authorize*). It says the provider (tenant), who you are and your roles;
   a customer's token says its organization too (`--organization`).
2. The provider's offer: `ponteiro apply deploy/offers/next4.yaml` sends each service its section
   (`PUT /v1/offers/...`).
3. A contract: `POST /v1/contracts`, then `POST /v1/contracts/{contract_id}/activate`. A moment later its hours are in
   `GET /v1/accounts/{contract_id}`.
4. A ticket: `POST /v1/tickets`, an estimate, the customer's decision where the bank does not cover it, work, `resolve`,
   `close`. What it took is in the ledger, `GET /v1/accounts/{contract_id}/entries`, and in the month's invoice.

**What holds everywhere**

* Money is integer centavos (`_cents`), time integer minutes or seconds (`_minutes`, `_seconds`); instants (`_at`) are
  RFC 3339 with an offset, dates (`_date`) are local to the contract.
* Every error is an RFC 9457 problem: act on `code`, show `detail`, mark `field`.
* Every write may be sent again with the same `Idempotency-Key`; the `ETag` of a read goes into the `If-Match` of a
  write.
* Lists answer `items` and `next_cursor`: send it as `cursor` until it is null.
* What belongs to another provider, or for a customer to another organization, is 404.
* What one service decides for another arrives a moment later: `Prefer: wait=2` waits for it.
* How often you may ask is told with each answer: `RateLimit-Limit` a minute, `RateLimit-Remaining` of them until
  `RateLimit-Reset` seconds have passed; more is a 429 with `Retry-After`.
* N17, B25, S-33 and numbers such as 2.5 name the rule of the provider's offer that something follows from; a refusal
  names it in `rule`.
"""

PROCESS_SIGN: Final = "What every process has once: whether it lives, whether it can work, the keys of its tokens."

_TEXT: Final[Json] = {"type": "string"}

PARAMETERS: Final[dict[str, Json]] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Makes it safe to send this again: the same key with the same request is carried out once and "
        "answered as the first time; with another request it is refused (422).",
        "schema": {"type": "string", "minLength": 1, "maxLength": KEY_MOST_CHARACTERS},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": "The `ETag` that you have read: when the thing has changed since, nothing is done (412).",
        "schema": {"type": "string", "examples": ['"7"']},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "The `ETag` that you have: when nothing has changed since, the answer is 304 without a body.",
        "schema": {"type": "string", "examples": ['"7"']},
    },
    "Prefer": {
        "name": "Prefer",
        "in": "header",
        "required": False,
        "description": f"`wait=N` waits up to N seconds (at most {WAIT_MOST_SECONDS:.0f}) for what another service "
        "decides: 200 with its decision, else 202.",
        "schema": {"type": "string", "examples": ["wait=2"]},
    },
}

HEADERS: Final[dict[str, Json]] = {
    "ETag": {"description": "The version of what is answered, for If-Match and If-None-Match.", "schema": _TEXT},
    "Location": {"description": "Where to read it.", "schema": {"type": "string", "format": "uri-reference"}},
    "IdempotencyReplayed": {
        "description": "`true`: this is the stored answer to the first request with this Idempotency-Key.",
        "schema": {"type": "string", "const": "true"},
    },
    "RetryAfter": {"description": "Seconds to wait before it is sent again.", "schema": _TEXT},
    "WWWAuthenticate": {"description": "How to say who you are: `Bearer`.", "schema": _TEXT},
}
HEADER_NAMES: Final = {
    "IdempotencyReplayed": "Idempotency-Replayed",
    "RetryAfter": "Retry-After",
    "WWWAuthenticate": "WWW-Authenticate",
}

# What each status from 400 up means here: the name of its component, the sentence, its headers.
PROBLEMS: Final[dict[int, tuple[str, str, tuple[str, ...]]]] = {
    400: ("BadRequest", "The body cannot be read as JSON.", ()),
    401: ("Unauthorized", "No bearer token, or one that cannot be believed or has expired.", ("WWWAuthenticate",)),
    403: ("Forbidden", "You are known, and your roles do not allow this.", ()),
    404: ("NotFound", "There is no such thing, it is somebody else's, or the offer was not applied yet.", ()),
    409: (
        "Conflict",
        "A rule says no as things stand: `code` and `rule` name it. With Retry-After two requests met: send it again.",
        ("RetryAfter",),
    ),
    412: ("PreconditionFailed", "It has changed since you read it (`If-Match`): read it again and decide anew.", ()),
    413: ("TooLarge", "The body is too large.", ()),
    415: ("UnsupportedMedia", "The body says that it is something else than JSON.", ()),
    422: ("Invalid", "The input breaks a rule: `field` or each of `errors` names where.", ()),
    429: ("TooManyRequests", "You ask more often than you may: wait as long as it says.", ("RetryAfter",)),
    503: ("TryAgain", "A database is away for a moment: send it again, with the same key.", ("RetryAfter",)),
}

SUCCESS: Final[dict[int, str]] = {
    200: "Done: this is how it stands now.",
    201: "Created: this is how it stands now.",
    202: "Taken on: what another service decides of it follows. Look again at `Location`.",
    304: "Unchanged: what you have is current.",
    503: "It cannot work now: `problems` names what is away.",
}
READ: Final = "What was asked for, as it is now."

# Members that every problem has, whatever the code leaves to a default.
PROBLEM_ALWAYS: Final = ["type", "title", "status", "code", "detail"]
PROBLEM_EXAMPLE: Final[Json] = {
    "type": "urn:ponteiro:problem:approval_required",
    "title": "Approval required",
    "status": 409,
    "code": "approval_required",
    "detail": "330 minutes were worked and 300 approved: ask for additional hours, or write minutes off",
    "rule": "2.5",
}
