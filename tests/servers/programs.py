"""Where this machine keeps the programs of the servers, and how it gets those that it lacks."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.servers.processes import NoServerError

APT_SECONDS = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program, the folders in which it may lie off the PATH, and the package of Debian's that holds it."""

    name: str
    called: str
    folders: tuple[str, ...] = ()
    package: str


POSTGRES = Program(
    name="PostgreSQL",
    called="postgres",
    # Debian keeps them off the PATH, the newest version last.
    folders=("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin"),
    package="postgresql",
)
RABBITMQ = Program(
    name="RabbitMQ",
    called="rabbitmq-server",
    # Before the PATH, because Debian's /usr/sbin/rabbitmq-server is a wrapper that changes the user and the folders.
    folders=("/usr/lib/rabbitmq/bin", "/usr/lib/rabbitmq/lib/*/sbin", "/opt/homebrew/sbin"),
    package="rabbitmq-server",
)
REDIS = Program(name="Redis", called="redis-server", package="redis-server")
PROMTOOL = Program(name="promtool", called="promtool", package="prometheus")
FAKETIME = Program(name="faketime", called="faketime", package="faketime")
CADDY = Program(name="Caddy", called="caddy", package="caddy")


def find(program: Program) -> Path | None:
    """The program where this machine has it already."""
    for pattern in program.folders:
        for folder in sorted(Path("/").glob(pattern.removeprefix("/")), key=version_of, reverse=True):
            if os.access(folder / program.called, os.X_OK):
                return folder / program.called
    found = shutil.which(program.called)
    return Path(found) if found else None


def version_of(folder: Path) -> list[int]:
    """The numbers in a folder's path, so that 15 comes after 9."""
    return [int(part) for part in folder.parts if part.isdigit()]


def find_or_install(program: Program) -> Path:
    """The program, from Debian's packages where it is not on this machine; NoServerError where it cannot be had."""
    found = find(program) or install(program)
    if found is None:
        raise NoServerError(f"no {program.name}: it is not on this machine, and {why_not_installed()}")
    return found


def install(program: Program) -> Path | None:
    """The program, from Debian's package where this user may install it; None where it could not be had."""
    if not may_install():
        return None
    with alone_with_apt():
        # The other half of a test run may have installed it while this one waited.
        if find(program) is None:
            print(f"Installing {program.name} (Debian's {program.package}) ...", file=sys.stderr, flush=True)
            apt_update()
            # The exit code says nothing: a package whose server could not start at once counts as failed.
            apt("install", "-y", "--no-install-recommends", program.package)
    return find(program)


@contextmanager
def alone_with_apt() -> Iterator[None]:
    """Wait for other threads and test runs of this user that are installing; apt waits for some of its locks only."""
    with (Path(tempfile.gettempdir()) / f"ponteiro-apt-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@cache
def apt_update() -> None:
    """Fetch the list of packages, once a run."""
    apt("update")


def apt(*what: str) -> None:
    """Run apt-get without questions; it waits for another apt that is at work."""
    command = [*as_root(), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    subprocess.run([*command, *what], stdin=subprocess.DEVNULL, capture_output=True, timeout=APT_SECONDS, check=False)


def may_install() -> bool:
    """Whether this is a Debian on which this user may install packages without being asked for a password."""
    if shutil.which("apt-get") is None:
        return False
    if os.geteuid() == 0:
        return True
    return shutil.which("sudo") is not None and subprocess.run(["sudo", "-n", "true"], check=False).returncode == 0


def as_root() -> list[str]:
    """What goes before a command that needs root."""
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def why_not_installed() -> str:
    """Why there is still no such program, for the reader of the test report."""
    if shutil.which("apt-get") is None:
        return "there is no apt-get here"
    return "apt-get could not install it" if may_install() else "apt-get needs root or sudo without a password"
