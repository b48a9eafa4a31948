"""What every test may ask for: servers, a database and a vhost of its own; and what is told of tests not run."""

import asyncio
import functools
import inspect
import io
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

import pytest
import structlog

from shared import log as logs
from tests import servers

# Which shared server each of the session's fixtures stands for.
SHARED = {"postgres": "postgres", "rabbitmq": "rabbitmq", "redis_server": "redis"}
PROGRAMS = {"promtool": servers.PROMTOOL, "caddy": servers.CADDY}
# Before pytest-timeout ends the whole process, the coroutine of a test is cancelled and says where it waited.
BEFORE_THE_END_SECONDS = 30

AnyServer = TypeVar("AnyServer", bound=servers.Server)
Had = TypeVar("Had")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, as the services do."""
    return "asyncio"


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> None:
    """An async test that waits for ever fails alone, and its fixtures end."""
    test = pyfuncitem.obj
    if inspect.iscoroutinefunction(test):
        marker = pyfuncitem.get_closest_marker("timeout")
        limit = float(marker.args[0] if marker else pyfuncitem.config.getini("timeout"))
        pyfuncitem.obj = within(limit - BEFORE_THE_END_SECONDS, test)


def within(seconds: float, test: Callable[..., Any]) -> Callable[..., Any]:
    """An async test that is cancelled after so many seconds."""

    @functools.wraps(test)
    async def limited(*given: Any, **named: Any) -> None:
        async with asyncio.timeout(seconds):
            await test(*given, **named)

    return limited


@pytest.fixture(scope="session")
def postgres() -> servers.Postgres:
    """The PostgreSQL of this run. It is not to be stopped."""
    return had_or_not_run(servers.postgres)


@pytest.fixture(scope="session")
def rabbitmq() -> servers.RabbitMQ:
    """The RabbitMQ of this run. It is not to be stopped."""
    return had_or_not_run(servers.rabbitmq)


@pytest.fixture(scope="session")
def redis_server() -> servers.Redis:
    """The Redis of this run. It is not to be stopped."""
    return had_or_not_run(servers.redis)


@pytest.fixture
def database_url(postgres: servers.Postgres) -> Iterator[str]:
    """The address of an empty database that nobody else uses."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture
def vhost_url(rabbitmq: servers.RabbitMQ) -> Iterator[str]:
    """The address of an empty vhost that nobody else uses."""
    url = rabbitmq.create_vhost()
    yield url
    rabbitmq.delete_vhost(url)


@pytest.fixture
def redis_url(redis_server: servers.Redis) -> str:
    """The address of an empty Redis."""
    redis_server.flush()
    return redis_server.url


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What a service's log holds, configured as in earnest, whatever the tests before have made of logging."""
    root, ours = logging.getLogger(), logging.getLogger("ponteiro")
    handlers, level = root.handlers[:], root.level
    before = structlog.get_config()
    logging.disable(logging.NOTSET)
    ours.disabled, ours.propagate = False, True
    ours.setLevel(logging.NOTSET)
    logs.configure()
    structlog.configure(cache_logger_on_first_use=False)  # or the loggers stay as they are now, also after this test
    text = io.StringIO()
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(text)
    yield text
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


@pytest.fixture(scope="module")
def _module_postgres() -> Iterator[servers.Postgres]:
    with had_or_not_run(servers.fresh_postgres) as server:
        yield server


@pytest.fixture(scope="module")
def _module_rabbitmq() -> Iterator[servers.RabbitMQ]:
    with had_or_not_run(servers.fresh_rabbitmq) as server:
        yield server


@pytest.fixture(scope="module")
def _module_redis() -> Iterator[servers.Redis]:
    with had_or_not_run(servers.fresh_redis) as server:
        yield server


@pytest.fixture
def own_postgres(_module_postgres: servers.Postgres) -> Iterator[servers.Postgres]:
    """A PostgreSQL of the test module's own, to stop, kill and freeze; each test finds it running."""
    yield from running_before_and_after(_module_postgres)


@pytest.fixture
def own_rabbitmq(_module_rabbitmq: servers.RabbitMQ) -> Iterator[servers.RabbitMQ]:
    """A RabbitMQ of the test module's own, to stop, kill and freeze; each test finds it running."""
    yield from running_before_and_after(_module_rabbitmq)


@pytest.fixture
def own_redis(_module_redis: servers.Redis) -> Iterator[servers.Redis]:
    """A Redis of the test module's own, to stop, kill and freeze; each test finds it running."""
    yield from running_before_and_after(_module_redis)


@pytest.fixture(scope="session")
def promtool() -> str:
    """The program that checks Prometheus' rules."""
    return str(had_or_not_run(lambda: servers.find_or_install(servers.PROMTOOL)))


@pytest.fixture(scope="session")
def caddy() -> str:
    """The program of the gateway."""
    return str(had_or_not_run(lambda: servers.find_or_install(servers.CADDY)))


def had_or_not_run(get: Callable[[], Had]) -> Had:
    """What `get` gets; where no server can be had, the test is reported as not run."""
    try:
        return get()
    except servers.NoServerError as why:
        pytest.skip(str(why))


def running_before_and_after(server: AnyServer) -> Iterator[AnyServer]:
    """Lend the server to a test, and put it right again whatever the test did to it."""
    yield server
    if not server.is_running():
        server.start()


class NotRun:
    """Remembers the tests that were not run, names them in the report, and says so in the very last line."""

    def __init__(self, *, fail: bool) -> None:
        self._fail = fail
        self._reasons: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a skipped test; an expected failure counts as skipped too, and is not meant."""
        if report.skipped and not hasattr(report, "wasxfail"):
            assert isinstance(report.longrepr, tuple)
            self._reasons[report.nodeid] = report.longrepr[2].removeprefix("Skipped: ")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Under --must-run-all a test that was not run is a failure of the whole."""
        if self._fail and self._reasons and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name them."""
        if self._reasons:
            terminalreporter.section("not run")
            for test, why in self._reasons.items():
                terminalreporter.line(f"{test}: {why}")

    def pytest_unconfigure(self) -> None:
        """Say so after everything else that pytest says."""
        if self._reasons:
            why = "; ".join(sorted(set(self._reasons.values())))
            print(f"{len(self._reasons)} tests not run: {why}")


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `.ci/run` asks for."""
    parser.addoption("--must-run-all", action="store_true", help="a test that cannot be run is a failure")


def pytest_configure(config: pytest.Config) -> None:
    """Log plainly, and take part in the report: of several processes that share the tests, the one that hears all."""
    # By itself structlog shows a traceback with the values of every local, through rich: seconds of each failure tried.
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.stdlib.add_log_level, plain])
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(NotRun(fail=config.getoption("--must-run-all")), "not-run")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Get the servers and programs that the chosen tests use, and none that they do not; no test waits for them."""
    used = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    if not session.config.option.collectonly:
        servers.start_early(shared for fixture, shared in SHARED.items() if fixture in used)
        for program in (one for fixture, one in PROGRAMS.items() if fixture in used):
            with suppress(servers.NoServerError):
                servers.find_or_install(program)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Stop what was started, after the last fixtures; where this is never reached, the keeper does it."""
    servers.close()
