"""The five tables that an older system is brought in: which columns each has, and what they become in the API."""

from __future__ import annotations

from pathlib import Path

from services.cli.importing.reading import Column, Table, cents, code, day, instant, month, text, truth, whole
from services.cli.terminal import Cannot

ORGANIZATIONS = Table(
    name="organizations",
    key="organization",
    columns={
        "organization": Column(into="reference", read=code, required=True),
        "legal_name": Column(into="legal_name", read=text, required=True),
        "trade_name": Column(into="trade_name", read=text),
        "cnpj": Column(into="cnpj", read=text),
        "email": Column(into="email", read=text),
        "phone": Column(into="phone", read=text, free=True),
        "devices": Column(into="devices", read=whole),
        "cnpj_active_on": Column(into="cnpj_active_on", read=day),
        "street": Column(into="address.street", read=text),
        "number": Column(into="address.number", read=text),
        "complement": Column(into="address.complement", read=text),
        "district": Column(into="address.district", read=text),
        "city": Column(into="address.city", read=text),
        "state": Column(into="address.state", read=text),
        "postal_code": Column(into="address.postal_code", read=text),
        "municipality_ibge": Column(into="address.municipality_ibge", read=text),
    },
)
CONTRACTS = Table(
    name="contracts",
    key="contract",
    columns={
        "contract": Column(into="reference", read=code, required=True),
        "organization": Column(into="customer", read=code, required=True),
        "plan": Column(into="plan_code", read=text),
        "product": Column(into="product", read=text),
        "kind": Column(into="kind", read=text),
        "start_date": Column(into="start_date", read=day, required=True),
        "hours_from": Column(into="hours_from", read=month),
        "fees_from": Column(into="fees_from", read=month),
        "price": Column(into="price_cents", read=cents),
        "monthly_minutes": Column(into="monthly_minutes", read=whole),
        "full_hour_price": Column(into="full_hour_price_cents", read=cents),
        "account_manager": Column(into="account_manager_id", read=text),
    },
)
CONTACTS = Table(
    name="contacts",
    key="contact",
    columns={
        "contact": Column(into="reference", read=code, required=True),
        "organization": Column(into="customer", read=code, required=True),
        "name": Column(into="name", read=text, required=True),
        "email": Column(into="email", read=text, required=True),
        "locale": Column(into="locale", read=text),
        "can_open": Column(into="can_open", read=truth),
        "can_approve_spend": Column(into="can_approve_spend", read=truth),
    },
)
LOTS = Table(
    name="lots",
    key="lot",
    columns={
        "lot": Column(into="reference", read=code, required=True),
        "contract": Column(into="contract", read=code, required=True),
        "minutes": Column(into="minutes", read=whole, required=True),
        "effective_date": Column(into="effective_date", read=day, required=True),
        "expires_date": Column(into="expires_date", read=day, required=True),
    },
)
TICKETS = Table(
    name="tickets",
    key="ticket",
    columns={
        "ticket": Column(into="reference", read=code, required=True),
        "contract": Column(into="contract", read=code, required=True),
        "subject": Column(into="subject", read=text, required=True, free=True),
        "description": Column(into="description", read=text, required=True, free=True),
        "registered_at": Column(into="registered_at", read=instant, required=True),
        "closed_at": Column(into="closed_at", read=instant),
        "channel": Column(into="channel", read=text),
        "area": Column(into="area", read=text),
        "item": Column(into="item", read=text),
        "priority": Column(into="priority", read=text),
        "contact": Column(into="opened_by", read=text),
    },
)
TABLES = {table.name: table for table in (ORGANIZATIONS, CONTRACTS, CONTACTS, LOTS, TICKETS)}


def files_of(paths: list[Path]) -> dict[str, Path]:
    """The file of each table, by its name: folders are looked into, what else lies there is left alone.

    Raises Cannot.
    """
    found: dict[str, Path] = {}
    for path in paths:
        if not path.exists():
            raise Cannot(f"there is no {path}")
        within = [one for name in TABLES if (one := path / f"{name}.csv").is_file()] if path.is_dir() else [path]
        for one in within:
            if one.stem not in TABLES or one.suffix != ".csv":
                raise Cannot(f"{one}: a file is called {', '.join(f'{name}.csv' for name in TABLES)}")
            if one.stem in found:
                raise Cannot(f"{one.name} is given twice")
            found[one.stem] = one
    if not found:
        raise Cannot(f"nothing to import: a file is called {', '.join(f'{name}.csv' for name in TABLES)}")
    return {name: found[name] for name in TABLES if name in found}
