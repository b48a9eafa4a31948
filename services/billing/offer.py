"""Billing's section of a provider's offer: who invoices, by which calendars, which plans at which prices and terms.

What nobody knows yet is an explicit null beside `negotiable: true` (B41). A section that contradicts itself cannot be
read: the error names the place, the rule in one word, and why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from shared.calendar import CalendarInvalid, CalendarSpec
from shared.errors import contradict

MOST_CENTS = 1_000_000_000_000  # ten thousand million reais: beyond it, somebody mistyped
BASIS_POINTS = 10_000  # a hundred per cent
VERSION_MOST = 1_000_000  # of a price list: one a day for some centuries
MOST_MINUTES = 1_000_000  # a month's package of some 380 people working day and night

# In patterns: Python's \d knows digits of other scripts, and its $ overlooks a line end; [0-9] and (?!\n) do not.
Code = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$(?!\n)", examples=["START"])]
Cents = Annotated[int, Meta(ge=0, le=MOST_CENTS, description="Integer centavos.", examples=[65400])]
HourPrice = Annotated[int, Meta(ge=0, le=MOST_CENTS, description="Integer centavos for an hour.", examples=[23000])]
Minutes = Annotated[int, Meta(ge=0, le=MOST_MINUTES, description="Integer minutes.", examples=[180])]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Email = Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+$(?!\n)", max_length=254)]
Locale = Literal["pt-BR", "en"]
FirstCycle = Literal["prorated", "full", "skip"]
FeeTiming = Literal["advance", "arrears"]
OnTermination = Literal["forfeit", "usable_until_expiry", "refund_at_plan_rate"]
EarlyExit = Literal["blocked", "allowed"]
Percent = Annotated[int, Meta(ge=0, le=100)]
LateRate = Annotated[int, Meta(ge=0, le=1_000, description="In basis points: 200 is 2 %.", examples=[200])]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the section: a field that nobody knows is refused, for it is a typing error."""


class Words(Part, frozen=True, kw_only=True, rename={"pt_br": "pt-BR"}):
    """What a customer reads: in pt-BR always, in English where somebody wrote it."""

    pt_br: Annotated[str, Meta(min_length=1, max_length=2000)]
    en: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None

    def read_in(self, locale: Locale) -> str:
        """The words in a language, else in pt-BR.

        >>> Words(pt_br="Banco de Horas", en="Hour Bank").read_in("en"), Words(pt_br="Suporte").read_in("en")
        ('Hour Bank', 'Suporte')
        """
        return self.en if locale == "en" and self.en else self.pt_br


class Address(Part, frozen=True, kw_only=True):
    """Where a party to an invoice sits; `municipality_ibge` is the seven digits of IBGE (3.6)."""

    street: Name
    city: Name
    state: Annotated[str, Meta(pattern=r"^[A-Z]{2}$(?!\n)", examples=["SP"])]
    number: Annotated[str, Meta(max_length=20)] = ""
    complement: Annotated[str, Meta(max_length=200)] = ""
    district: Annotated[str, Meta(max_length=200)] = ""
    postal_code: Annotated[str, Meta(pattern=r"^[0-9]{5}-?[0-9]{3}$(?!\n)", examples=["05422-010"])] | None = None
    municipality_ibge: Annotated[str, Meta(pattern=r"^[0-9]{7}$(?!\n)", examples=["3550308"])] | None = None


class Party(Part, frozen=True, kw_only=True):
    """The provider or the customer, as an invoice names them. `cnpj`: 14 characters without punctuation (3.8).

    Invoices go to `invoice_emails`; null: to `email`.
    """

    legal_name: Name
    trade_name: Name | None = None
    cnpj: Annotated[str, Meta(max_length=20, examples=["12ABC34501DE35"])] | None = None
    email: Email | None = None
    invoice_emails: Annotated[tuple[Email, ...], Meta(max_length=20)] | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None
    address: Address | None = None


class Product(Part, frozen=True, kw_only=True):
    """A family of plans (N1)."""

    code: Code
    name: Words
    description: Words | None = None


class Features(Part, frozen=True, kw_only=True):
    """What comes with a plan besides hours (N5, N10, N11, N26)."""

    direct_access: bool = True
    monthly_report: bool = True
    account_manager: bool = False
    whatsapp_group: Literal["none", "normal", "emergency_only"] = "none"


class Plan(Part, frozen=True, kw_only=True):
    """One plan (N22-N25, B41). `queue_rank` 1 is served first; `min_minutes` is the least package that is sold.

    `monthly_minutes` 0 is a plan without hours; null is agreed per contract. `discount_percent` off the full hour
    holds inside the package only (N6, N36).
    """

    code: Code
    name: Words
    product: Code
    queue_rank: Annotated[int, Meta(ge=1, le=1000)]
    price_cents: Cents | None
    monthly_minutes: Minutes | None
    negotiable: bool = False
    discount_percent: Annotated[int, Meta(ge=0, le=100)] = 0
    min_minutes: Minutes = 0
    validity_months: Annotated[int, Meta(ge=1, le=120)] = 12
    sla_minutes: Annotated[int, Meta(ge=0)] | None = None
    features: Features = Features()

    def __post_init__(self) -> None:
        """Refuse a gap that nobody marked, and a package smaller than the least."""
        if not self.negotiable and (self.price_cents is None or self.monthly_minutes is None):
            raise ValueError(f"plan {self.code}: null_unmarked: what is not known yet needs negotiable: true (B41)")
        if self.monthly_minutes is not None and self.monthly_minutes < self.min_minutes:
            raise ValueError(f"plan {self.code}: below_minimum: monthly_minutes is less than min_minutes (N25)")


class PriceList(Part, frozen=True, kw_only=True):
    """What a support hour costs without a plan (N36); never computed from plan prices (1.3)."""

    version: Annotated[int, Meta(ge=1, le=VERSION_MOST)]
    full_hour_price_cents: HourPrice | None
    negotiable: bool = False
    currency: Literal["BRL"] = "BRL"

    def __post_init__(self) -> None:
        """Refuse a gap that nobody marked."""
        if not self.negotiable and self.full_hour_price_cents is None:
            raise ValueError("price_list: null_unmarked: what is not known yet needs negotiable: true (B41)")


class Rounding(Part, frozen=True, kw_only=True):
    """How worked time becomes minutes, where a contract has a policy of its own (2.6)."""

    increment_minutes: Literal[1, 5, 6, 10, 15, 30] = 1
    mode: Literal["up", "nearest", "down"] = "up"
    scope: Literal["ticket", "entry"] = "ticket"
    minimum_minutes: Annotated[int, Meta(ge=0, le=1440)] = 0


class Adjustment(Part, frozen=True, kw_only=True):
    """The yearly adjustment of prices (3.9) by an index whose months are typed in or imported.

    `lag_months`: the last month that counts lies so many before the anniversary's. Three, for the index of a month is
    published around the tenth of the next, and has to be known 30 days ahead. `clamp_negative`: prices never fall.
    """

    index: Code
    clamp_negative: bool = True
    lag_months: Annotated[int, Meta(ge=1, le=12)] = 3


class ContractTerms(Part, frozen=True, kw_only=True):
    """What every contract of this provider says: due dates (3.4), minimum term and notice (B45, B46), the end (2.9).

    What is paid late costs `late_fee_bp` of it once and `late_interest_bp` a month of 30 days, in basis points; usual
    are 200 and 100 (3.4). `early_exit` allowed: a contract may end inside its minimum term, for
    `early_exit_fee_percent` of the fees that remain to it. `fees` are taken in advance or in arrears (3.2).
    `adjustment` null: prices are never adjusted.
    """

    net_days: Annotated[int, Meta(ge=0, le=120)] = 10
    late_fee_bp: LateRate = 0
    late_interest_bp: LateRate = 0
    minimum_term_months: Annotated[int, Meta(ge=0, le=120)] = 0
    notice_days: Annotated[int, Meta(ge=0, le=365)] = 0
    first_cycle: FirstCycle = "prorated"
    fees: FeeTiming = "advance"
    early_exit: EarlyExit = "blocked"
    early_exit_fee_percent: Percent = 0
    on_termination: OnTermination = "forfeit"
    suspension_stops_grants: bool = False
    grant_requires_payment: bool = False
    rounding: Rounding | None = None
    adjustment: Adjustment | None = None


class Onboarding(Part, frozen=True, kw_only=True):
    """Who may become a customer (B38, B43); `referral` is told to whom it may not.

    `require_active_cnpj`: before the activation somebody has looked the CNPJ up and written down when it was active.
    """

    require_cnpj: bool = False
    require_active_cnpj: bool = False
    min_devices: Annotated[int, Meta(ge=0, le=100_000)] = 0
    referral: Words | None = None


class Invoicing(Part, frozen=True, kw_only=True):
    """How invoices are numbered and when the run is (3.1, 3.2): the first business day, at `run_time` local.

    `upcoming_business_days` before the run it is told what is coming, `reminder_days` before the due date that it is.
    """

    series: Annotated[str, Meta(pattern=r"^[A-Z0-9]{1,10}$(?!\n)", examples=["A"])] = "A"
    credit_note_series: Annotated[str, Meta(pattern=r"^[A-Z0-9]{1,10}$(?!\n)", examples=["NC"])] = "NC"
    run_time: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)", examples=["08:00"])] = "08:00"
    upcoming_business_days: Annotated[int, Meta(ge=0, le=20)] = 3
    reminder_days: Annotated[int, Meta(ge=0, le=60)] = 3
    note: Words | None = None

    def __post_init__(self) -> None:
        """Refuse one series for two kinds of documents: each is counted by itself (3.1)."""
        if self.series == self.credit_note_series:
            raise ValueError("invoicing: series_twice: credit notes have a series of their own (3.1)")


class Pix(Part, frozen=True, kw_only=True):
    """Where Pix payments go (3.7): CNPJ, CPF, phone, e-mail or random key; name and city as banks show them."""

    key: Annotated[str, Meta(min_length=3, max_length=77, examples=["123e4567-e12b-12d1-a456-426655440000"])]
    merchant: Name | None = None
    city: Name | None = None


class TaxRule(Part, frozen=True, kw_only=True):
    """One tax (3.6): null for `municipality_ibge` or `service_code` means any. `rate_bp` 500 is 5 %.

    `withheld`: the customer keeps it back and pays it to the treasury; else it is shown only.
    """

    name: Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9/ ]{1,19}$(?!\n)", examples=["ISS"])]
    rate_bp: Annotated[int, Meta(ge=0, le=10_000, examples=[500])]
    municipality_ibge: Annotated[str, Meta(pattern=r"^[0-9]{7}$(?!\n)", examples=["3550308"])] | None = None
    service_code: Annotated[str, Meta(pattern=r"^[0-9]{6}$(?!\n)", examples=["010701"])] | None = None
    withheld: bool = False


class Fiscal(Part, frozen=True, kw_only=True):
    """What the fiscal document of a service needs besides the invoice (3.6), in the codes of the national standard."""

    service_code: Annotated[str, Meta(pattern=r"^[0-9]{6}$(?!\n)", examples=["010701"])] = "010701"
    municipal_service_code: Annotated[str, Meta(pattern=r"^[0-9]{3}$(?!\n)")] | None = None
    nbs: Annotated[str, Meta(pattern=r"^[0-9]{9}$(?!\n)", examples=["115013000"])] | None = None
    municipality_ibge: Annotated[str, Meta(pattern=r"^[0-9]{7}$(?!\n)", examples=["3550308"])] | None = None
    municipal_registration: Annotated[str, Meta(pattern=r"^[0-9A-Za-z.-]{1,15}$(?!\n)")] | None = None
    simples_nacional: Literal["1", "2", "3"] = "1"
    simples_regime: Literal["1", "2", "3"] | None = None
    special_regime: Literal["0", "1", "2", "3", "4", "5", "6"] = "0"
    iss_taxation: Literal["1", "2", "3", "4"] = "1"
    series: Annotated[str, Meta(pattern=r"^[0-9]{1,5}$(?!\n)", examples=["1"])] = "1"
    environment: Literal["1", "2"] = "2"


class Section(Part, frozen=True, kw_only=True):
    """All that billing needs of an offer. `calendar` rules the run, `bank_calendar` the due dates (3.3, 3.4)."""

    provider: Party
    timezone: str
    locale: Locale = "pt-BR"
    calendars: dict[str, CalendarSpec]
    calendar: str
    bank_calendar: str
    products: Annotated[list[Product], Meta(min_length=1)]
    plans: list[Plan]
    price_list: PriceList
    terms: ContractTerms = ContractTerms()
    onboarding: Onboarding = Onboarding()
    invoicing: Invoicing = Invoicing()
    pix: Pix | None = None
    fiscal: Fiscal | None = None
    taxes: tuple[TaxRule, ...] = ()

    def __post_init__(self) -> None:
        """Refuse codes that are there twice, names that lead nowhere, calendars that cannot be used."""
        contradict(self._faults())

    def _faults(self) -> Iterator[str]:
        try:
            check_zone(self.timezone)
        except ValueError as error:
            yield str(error)
        yield from self._calendar_faults()
        yield from _twice("products", [product.code for product in self.products])
        yield from _twice("plans", [plan.code for plan in self.plans])
        if sum(rule.rate_bp for rule in self.taxes if rule.withheld) > BASIS_POINTS:
            yield "taxes: withheld_all: more than the whole invoice would be withheld (3.6)"
        for plan in self.plans:
            if plan.product not in {product.code for product in self.products}:
                yield f"plan {plan.code}: unknown_product: no product is called {plan.product!r}"

    def _calendar_faults(self) -> Iterator[str]:
        for field in ("calendar", "bank_calendar"):
            if getattr(self, field) not in self.calendars:
                yield f"{field}: unknown_calendar: no calendar is called {getattr(self, field)!r}"
        for spec in self.calendars.values():
            try:
                spec.validate()
            except CalendarInvalid as error:
                yield str(error)

    @property
    def unfilled(self) -> dict[str, str]:
        """What invoices go without, by the field that nobody has filled in; a rehearsal needs none of it (3.7, 3.8)."""
        given = {
            "provider.cnpj": ("CNPJ", self.provider.cnpj),
            "provider.address": ("address", self.provider.address),
            "pix": ("Pix code", self.pix),
        }
        return {field: what for field, (what, value) in given.items() if value is None}

    def plan(self, code: str) -> Plan | None:
        """The plan of that code."""
        return next((plan for plan in self.plans if plan.code == code), None)


def check_zone(timezone: str) -> None:
    """Refuse a zone that the tz database does not know. Raises ValueError.

    >>> check_zone("America/Sampa")
    Traceback (most recent call last):
    ...
    ValueError: timezone: unknown_zone: no zone is called 'America/Sampa'
    """
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"timezone: unknown_zone: no zone is called {timezone!r}") from None


def _twice(field: str, codes: Sequence[str]) -> Iterator[str]:
    for code in dict.fromkeys(codes):
        if codes.count(code) > 1:
            yield f"{field}: code_twice: {code!r} is there more than once"
