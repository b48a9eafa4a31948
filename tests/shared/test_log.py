"""The log: a line each, and nobody's name or address in it, whatever the database quotes."""

import io
import json

import pytest
import sqlalchemy as sa
import structlog

from shared.db import Database
from shared.log import describe
from tests.shared.conftest import OpenDatabase

PERSON = "Ana Souza\n\nSegunda linha"


async def _broken(database: Database, statement: str) -> Exception:
    async with database.transaction() as tx:
        await tx.execute(sa.text("CREATE TABLE people (name text UNIQUE, email text NOT NULL, age int)"))
        await tx.execute(sa.text("INSERT INTO people VALUES (:name, :name, 1)"), {"name": PERSON})
    with pytest.raises(sa.exc.DBAPIError) as broken:
        async with database.transaction() as tx:
            await tx.execute(sa.text(statement), {"name": PERSON})
    return broken.value


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO people VALUES (:name, 'a', 1)",
        "INSERT INTO people (name, age) VALUES (:name || 'a', 1)",
        "INSERT INTO people VALUES ('b', 'b', CAST(CAST(:name AS text) AS int))",
        "INSERT INTO people VALUES ('b', 'b', CAST(:name AS int))",
    ],
    ids=["unique", "not null", "cast", "argument"],
)
async def test_what_the_database_quotes_stays_out_of_the_log(
    open_postgresql: OpenDatabase, logged: io.StringIO, statement: str
) -> None:
    error = await _broken(await open_postgresql("echo"), statement)

    structlog.stdlib.get_logger("ponteiro").error("request failed", exc_info=error)

    (line,) = logged.getvalue().splitlines()
    assert "Traceback" in json.loads(line)["exception"]
    for text in (line, describe(error)):
        assert "Ana" not in text
        assert "linha" not in text


def test_a_description_is_one_line_that_any_table_holds() -> None:
    assert describe(ValueError("a\nb\r\x1b[31m\0c")) == "ValueError: a b  [31m c"
