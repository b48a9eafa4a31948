"""The tables of the hour bank: the ledger, and the projections of it that commands start from."""

from __future__ import annotations

import sqlalchemy as sa

from shared.db import Instant, Json

metadata = sa.MetaData()

# One row per contract: the lock under which everything of an account changes (2.10). `agreed` is what was agreed since
# the activation; a job that failed for it leaves it alone until `put_off_until`.
accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("contract_id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("plan_code", sa.Text, nullable=False),
    sa.Column("monthly_minutes", sa.Integer, nullable=False),
    sa.Column("validity_months", sa.Integer, nullable=False),
    sa.Column("hour_price_cents", sa.BigInteger, nullable=False),
    sa.Column("first_cycle", sa.Text, nullable=False),
    sa.Column("start_date", sa.Date, nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("plan_price_cents", sa.BigInteger, nullable=False),
    sa.Column("on_termination", sa.Text, nullable=False),
    sa.Column("grant_requires_payment", sa.Boolean, nullable=False),
    sa.Column("agreed", Json),
    sa.Column("cycle_minutes", sa.Integer),
    sa.Column("reached", sa.Date, nullable=False),
    sa.Column("next_cycle", sa.Date),
    sa.Column("next_statement", sa.Date, nullable=False),
    sa.Column("stated_until", sa.Date, nullable=False),
    sa.Column("lots_granted", sa.Integer, nullable=False),
    sa.Column("last_sequence", sa.Integer, nullable=False),
    sa.Column("alert", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("next_due_at", Instant, index=True),
    sa.Column("statement_due_at", Instant, nullable=False, index=True),
    sa.Column("put_off_until", Instant, index=True),
    sa.Column("grants_from", sa.Date),
    sa.CheckConstraint("last_sequence >= 0 AND lots_granted >= 0", name="accounts_count_up"),
)

# Where the minutes of each grant are now: the fold of its entries (invariants 1, 2 and 11).
lots = sa.Table(
    "lots",
    metadata,
    sa.Column("lot_id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("contract_id", sa.Uuid, sa.ForeignKey("accounts.contract_id"), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("cycle_start", sa.Date),
    sa.Column("effective_date", sa.Date, nullable=False),
    sa.Column("expires_date", sa.Date, nullable=False),
    sa.Column("granted_minutes", sa.Integer, nullable=False),
    sa.Column("available_minutes", sa.Integer, nullable=False),
    sa.Column("held_minutes", sa.Integer, nullable=False),
    sa.Column("consumed_minutes", sa.Integer, nullable=False),
    sa.Column("expired_minutes", sa.Integer, nullable=False),
    sa.Column("voided_minutes", sa.Integer, nullable=False),
    sa.UniqueConstraint("contract_id", "seq", name="lots_one_seq"),
    sa.UniqueConstraint("contract_id", "cycle_start", name="lots_one_per_cycle"),
    sa.CheckConstraint(
        "granted_minutes = available_minutes + held_minutes + consumed_minutes + expired_minutes + voided_minutes",
        name="lots_conserve_minutes",
    ),
    sa.CheckConstraint(
        "available_minutes >= 0 AND held_minutes >= 0 AND consumed_minutes >= 0 AND expired_minutes >= 0"
        " AND voided_minutes >= 0",
        name="lots_never_negative",
    ),
)
IS_LIVE = sa.or_(lots.c.available_minutes > 0, lots.c.held_minutes > 0)
sa.Index("lots_live", lots.c.contract_id, postgresql_where=IS_LIVE, sqlite_where=IS_LIVE)

# One row per estimate: what was held and quoted, and what became of it (2.4). `shares` is what lies held now, by lot.
holds = sa.Table(
    "holds",
    metadata,
    sa.Column("estimate_id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("contract_id", sa.Uuid, sa.ForeignKey("accounts.contract_id"), nullable=False),
    sa.Column("ticket_id", sa.Uuid, nullable=False, index=True),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("minutes_over", sa.Integer, nullable=False),
    sa.Column("hour_price_cents", sa.BigInteger, nullable=False),
    sa.Column("shares", Json, nullable=False),
    sa.Column("published_at", Instant, nullable=False),
    sa.Column("remind_at", Instant, index=True),
    sa.UniqueConstraint("ticket_id", "number", name="holds_one_per_number"),
    sa.CheckConstraint("minutes >= 0 AND minutes_over >= 0 AND minutes_over <= minutes", name="holds_add_up"),
)
IS_OPEN = holds.c.state.in_(["waiting", "approved"])
sa.Index("holds_open", holds.c.contract_id, postgresql_where=IS_OPEN, sqlite_where=IS_OPEN)

# The ledger: append-only (a trigger of the database says so too), numbered without gaps within an account. Each line
# carries the terms of its lot, so that every balance can be folded from here alone (invariants 3 and 4).
entries = sa.Table(
    "entries",
    metadata,
    sa.Column("contract_id", sa.Uuid, sa.ForeignKey("accounts.contract_id"), primary_key=True),
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("lot_id", sa.Uuid),
    sa.Column("lot_seq", sa.Integer),
    sa.Column("lot_source", sa.Text),
    sa.Column("lot_cycle_start", sa.Date),
    sa.Column("lot_effective_date", sa.Date),
    sa.Column("lot_expires_date", sa.Date),
    sa.Column("ticket_id", sa.Uuid, index=True),
    sa.Column("round", sa.Integer),
    sa.Column("estimate_id", sa.Uuid),
    sa.Column("tranche", sa.Integer),
    sa.Column("hour_price_cents", sa.BigInteger),
    sa.Column("reason", sa.Text),
    sa.Column("caused_by", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("occurred_at", Instant, nullable=False),
    sa.Column("local_date", sa.Date, nullable=False),
    sa.CheckConstraint("minutes > 0", name="entries_move_something"),
)
sa.Index("entries_by_day", entries.c.contract_id, entries.c.local_date)

# One row per ticket and round: closing it a second time finds this one (S26, L-11).
debits = sa.Table(
    "debits",
    metadata,
    sa.Column("ticket_id", sa.Uuid, primary_key=True),
    sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("contract_id", sa.Uuid, sa.ForeignKey("accounts.contract_id"), nullable=False),
    sa.Column("ticket_number", sa.Integer, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("minutes_written_off", sa.Integer, nullable=False),
    sa.Column("by_lot", Json, nullable=False),
    sa.Column("debited_at", Instant, nullable=False),
    sa.Column("local_date", sa.Date, nullable=False),
)
sa.Index("debits_by_day", debits.c.contract_id, debits.c.local_date)

# One row per tranche of a debit: what billing is told of, to the centavo (2.5.6).
overages = sa.Table(
    "overages",
    metadata,
    sa.Column("overage_id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("contract_id", sa.Uuid, sa.ForeignKey("accounts.contract_id"), nullable=False),
    sa.Column("ticket_id", sa.Uuid, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("tranche", sa.Integer, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("hour_price_cents", sa.BigInteger, nullable=False),
    sa.Column("cents", sa.BigInteger, nullable=False),
    sa.Column("billing_month", sa.Text, nullable=False),
    sa.UniqueConstraint("ticket_id", "round", "tranche", name="overages_one_per_tranche"),
    sa.ForeignKeyConstraint(["ticket_id", "round"], ["debits.ticket_id", "debits.round"], name="overages_of_a_debit"),
)

# One row per time that minutes of a closed round were taken back (2.7).
reversals = sa.Table(
    "reversals",
    metadata,
    sa.Column("reversal_id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("contract_id", sa.Uuid, sa.ForeignKey("accounts.contract_id"), nullable=False),
    sa.Column("ticket_id", sa.Uuid, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("overages", Json, nullable=False),
    sa.Column("by_lot", Json, nullable=False),
    sa.Column("corrections", Json, nullable=False),
    sa.Column("forfeited_minutes", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("dispute_id", sa.Uuid),
    sa.Column("reversed_at", Instant, nullable=False),
    sa.Column("local_date", sa.Date, nullable=False),
    sa.ForeignKeyConstraint(["ticket_id", "round"], ["debits.ticket_id", "debits.round"], name="reversals_of_a_debit"),
    sa.CheckConstraint("minutes > 0", name="reversals_take_something_back"),
)
sa.Index("reversals_of_a_round", reversals.c.ticket_id, reversals.c.round)
sa.Index("reversals_by_day", reversals.c.contract_id, reversals.c.local_date)

# One row per dispute of an invoice line; while it is open, minutes of its round are not taken back by other ways (2.7).
disputes = sa.Table(
    "disputes",
    metadata,
    sa.Column("dispute_id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("contract_id", sa.Uuid, sa.ForeignKey("accounts.contract_id"), nullable=False),
    sa.Column("ticket_id", sa.Uuid, nullable=False, index=True),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("overage_id", sa.Uuid, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("settled_at", Instant),
)

# Which months' fees an invoice asks for, of contracts whose months are granted once they are paid (2.2).
fees = sa.Table(
    "fees",
    metadata,
    sa.Column("invoice_id", sa.Uuid, primary_key=True),
    sa.Column("cycle", sa.Date, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("contract_id", sa.Uuid, sa.ForeignKey("accounts.contract_id"), nullable=False),
)

# One row per account and month that was issued; its figures are in the event that told of it, and in the ledger.
statements = sa.Table(
    "statements",
    metadata,
    sa.Column("contract_id", sa.Uuid, sa.ForeignKey("accounts.contract_id"), primary_key=True),
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("last_sequence", sa.Integer, nullable=False),
    sa.Column("issued_at", Instant, nullable=False),
    sa.Column("provider", sa.Text),
)
