"""What runs has a narrow row of its own, kept by triggers: a breach changes no index of the clocks any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_INSTANT = sa.DateTime(timezone=True)
_OWED = sa.text("settled_at IS NULL")
_COLUMNS = "clock_id, next_due_at, tenant, metric, plan_code, priority, due_at, percent_said"
_OF_CLOCK = "{0}id, {0}next_due_at, {0}tenant, {0}metric, {0}plan_code, {0}priority, {0}due_at, {0}percent_said"


def upgrade() -> None:
    op.create_table(
        "alarms",
        sa.Column("clock_id", sa.Uuid, primary_key=True),
        sa.Column("next_due_at", _INSTANT, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("plan_code", sa.Text, nullable=False),
        sa.Column("priority", sa.Text),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("percent_said", sa.Integer, nullable=False),
    )
    op.execute(_all("clocks", "next_due_at IS NOT NULL"))
    op.create_index("alarms_due", "alarms", ["next_due_at"])
    for name in ("clocks_due", "clocks_owed", "clocks_unanswered", "clocks_queue"):
        op.drop_index(name, "clocks")
    op.execute("UPDATE clocks SET queue_at = due_at WHERE state = 'breached' AND settled_at IS NULL")
    op.create_index("clocks_queue", "clocks", ["tenant", "queue_at", "id"], postgresql_where=_OWED, sqlite_where=_OWED)
    if op.get_bind().dialect.name == "postgresql":
        _keep_on_postgresql()
    else:
        _keep_on_sqlite()


def _all(table: str, where: str) -> str:
    return f"INSERT INTO alarms ({_COLUMNS}) SELECT {_OF_CLOCK.format('')} FROM {table} WHERE {where}"  # noqa: S608


def _keep_on_postgresql() -> None:
    """A statement at a time, whatever number of clocks it changes."""
    op.execute("ALTER TABLE clocks SET (fillfactor = 60)")  # room in each page for what a breach writes anew
    op.execute(
        f"""
        CREATE FUNCTION keep_alarms() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                DELETE FROM alarms USING changed
                WHERE alarms.clock_id = changed.id AND changed.next_due_at IS NULL;
            END IF;
            {_all("changed", "next_due_at IS NOT NULL")}
            ON CONFLICT (clock_id) DO UPDATE
            SET next_due_at = excluded.next_due_at, plan_code = excluded.plan_code, priority = excluded.priority,
                due_at = excluded.due_at, percent_said = excluded.percent_said;
            RETURN NULL;
        END $$
        """  # noqa: S608
    )
    op.execute(
        """
        CREATE FUNCTION drop_alarms() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM alarms USING gone WHERE alarms.clock_id = gone.id;
            RETURN NULL;
        END $$
        """
    )
    for name, verb, rows, function in (
        ("clocks_added", "INSERT", "NEW TABLE AS changed", "keep_alarms"),
        ("clocks_changed", "UPDATE", "NEW TABLE AS changed", "keep_alarms"),
        ("clocks_dropped", "DELETE", "OLD TABLE AS gone", "drop_alarms"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} AFTER {verb} ON clocks REFERENCING {rows}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )


def _keep_on_sqlite() -> None:
    """A row at a time. A later revision that makes `clocks` anew (batch_alter_table) has to make these anew as well."""
    values = _OF_CLOCK.format("new.")
    keep = f"INSERT INTO alarms ({_COLUMNS}) SELECT {values} WHERE new.next_due_at IS NOT NULL;"
    drop = "DELETE FROM alarms WHERE clock_id = old.id;"
    for name, verb, body in (
        ("clocks_added", "INSERT", keep),
        ("clocks_changed", "UPDATE", drop + keep),
        ("clocks_dropped", "DELETE", drop),
    ):
        op.execute(f"CREATE TRIGGER {name} AFTER {verb} ON clocks FOR EACH ROW BEGIN {body} END")
