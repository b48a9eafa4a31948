"""The taxes of an invoice, for display and withholding: they never change a price (3.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.billing.offer import BASIS_POINTS, TaxRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """One tax of an invoice: `cents` of `base_cents` at `rate_bp` basis points; `withheld` is paid by the customer."""

    name: str
    service_code: str
    base_cents: int
    rate_bp: int
    cents: int
    withheld: bool


def tax_of(cents: int, rate_bp: int) -> int:
    """The tax of an amount, rounded half up, once per tax and invoice.

    >>> tax_of(122900, 500), tax_of(57500, 150), tax_of(50, 100)
    (6145, 863, 1)
    """
    assert cents >= 0, "nothing is taxed below nought"
    assert 0 <= rate_bp <= BASIS_POINTS, "a rate is a share"
    return (2 * cents * rate_bp + BASIS_POINTS) // (2 * BASIS_POINTS)


def taxes_of(
    rules: Sequence[TaxRule], *, base_cents: int, service_code: str, municipality_ibge: str | None
) -> tuple[Tax, ...]:
    """The taxes of a base by the rows that fit its service and municipality, in the order of the offer.

    >>> iss = TaxRule(name="ISS", municipality_ibge="3550308", service_code="010701", rate_bp=500, withheld=True)
    >>> [tax.cents for tax in taxes_of([iss], base_cents=122900, service_code="010701", municipality_ibge="3550308")]
    [6145]
    >>> taxes_of([iss], base_cents=122900, service_code="010701", municipality_ibge="3304557")
    ()
    """
    fitting = [
        rule
        for rule in rules
        if rule.municipality_ibge in {None, municipality_ibge} and rule.service_code in {None, service_code}
    ]
    return tuple(
        Tax(
            name=rule.name,
            service_code=service_code,
            base_cents=base_cents,
            rate_bp=rule.rate_bp,
            cents=tax_of(base_cents, rule.rate_bp),
            withheld=rule.withheld,
        )
        for rule in fitting
    )


def withheld_cents(taxes: Sequence[Tax]) -> int:
    """What the customer keeps back of an invoice, and pays to the treasury."""
    return sum(tax.cents for tax in taxes if tax.withheld)
