"""Makes `.venv` ready to run or to test the house, with nothing but the standard library of a stock Python 3.11.

    python3 tools/venv.py run | test | bench

A stamp in `.venv` keeps the hashes of what is installed, so that a second run takes milliseconds. Two at once are safe.
"""

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "ponteiro-stamp"

PYTHON_AT_LEAST = (3, 11)
PIP_WITH_PYTHON_OPTION = (22, 3)

LOOK_EVERY_SECONDS = 0.2  # often enough for a line that moves
SAID_MOST_BYTES = 10_000_000  # of pip's words; it says some kilobytes

# What each use installs is the last file; it holds all the pins of the files before it as well.
FILES = {
    "run": ("requirements.txt",),
    "test": ("requirements.txt", "requirements-test.txt"),
    "bench": ("requirements.txt", "requirements-test.txt", "requirements-bench.txt"),
}


class CannotSetUpError(Exception):
    """What is missing on this machine, in one sentence."""


def main(use: str) -> int:
    """Make `.venv` ready for this use; 0 when it is, else 1 with one sentence on stderr."""
    try:
        go_on_under_a_new_enough_python()
        wanted = [f"{name} {hash_of(ROOT / name)}" for name in FILES[use]]
        if not is_installed(wanted[-1]):
            with alone():
                # Someone else may have done it while this one waited.
                if not is_installed(wanted[-1]):
                    install(FILES[use][-1])
                    STAMP.write_text("\n".join(wanted) + "\n")
    except CannotSetUpError as why:
        print(f"setup: {why}", file=sys.stderr)
        return 1
    return 0


def go_on_under_a_new_enough_python() -> None:
    """Replace this process by a newer interpreter of this machine where `python3` is too old."""
    if sys.version_info >= PYTHON_AT_LEAST:
        return
    for name in ("python3.14", "python3.13", "python3.12", "python3.11"):
        newer = shutil.which(name)
        if newer:
            os.execv(newer, [newer, *sys.argv])  # noqa: S606  it is this same script, without a shell
    found = ".".join(str(part) for part in sys.version_info[:2])
    raise CannotSetUpError(f"Ponteiro needs Python 3.11 or later, and {sys.executable} is {found}.")


def hash_of(file: Path) -> str:
    """The content of a requirements file, in short."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def is_installed(wanted: str) -> bool:
    """Whether the stamp says so, and the interpreter that `.venv` leans on is still there."""
    return PYTHON.exists() and STAMP.exists() and wanted in STAMP.read_text().splitlines()


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other set-up of this tree is at work."""
    VENV.mkdir(exist_ok=True)
    with (VENV / "ponteiro-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install(file: str) -> None:
    """Install exactly what the file pins, each package checked against its hash."""
    pins = re.findall(r"^([\w.-]+)==", (ROOT / file).read_text(), re.MULTILINE)
    print(f"setup: installing {len(pins)} packages of {file} into .venv ...", file=sys.stderr, flush=True)
    started = time.monotonic()
    pip = venv_with_pip()
    options = ["--disable-pip-version-check", "--progress-bar=off", "--require-hashes", "-r", file]
    if run_pip([*pip, "install", *options], pins):
        raise CannotSetUpError(f"pip could not install {file}; its own words are above.")
    print(f"setup: done in {time.monotonic() - started:.0f} s.", file=sys.stderr, flush=True)


def run_pip(command: Sequence[str], pins: Sequence[str]) -> int:
    """Run pip's install to its exit code, telling a terminal how far it is; where it fails its own words follow."""
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complaints:
        with subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=complaints) as pip:
            while pip.poll() is None:
                show(how_far(words_of(said.fileno()), installed_of(pins), len(pins)))
                time.sleep(LOOK_EVERY_SECONDS)
        show("")
        if pip.returncode:
            print(words_of(complaints.fileno()), end="", file=sys.stderr, flush=True)
        return pip.returncode


def words_of(file: int) -> str:
    """What a program has written to a file; it goes on where the file stands, so reading must not move that."""
    return os.pread(file, SAID_MOST_BYTES, 0).decode(errors="replace")


def how_far(said: str, installed: int, count: int) -> str:
    r"""How far pip is, by what it has said and how many packages of `count` are there already.

    >>> how_far("Collecting a==1\nRequirement already satisfied: b==1\nCollecting c==1\n", 1, 4)
    'setup: 3 of 4 packages fetched'
    >>> how_far("Ignoring a: markers\nCollecting b==1\nInstalling collected packages: b, c, d\n", 2, 4)
    'setup: 3 of 4 packages installed'
    """
    words = [line.partition(" ")[0] for line in said.splitlines()]
    if "Installing" in words:
        return f"setup: {min(count, installed + words.count('Ignoring'))} of {count} packages installed"
    fetched = sum(words.count(word) for word in ("Collecting", "Requirement", "Ignoring"))
    return f"setup: {min(count, fetched)} of {count} packages fetched"


def installed_of(pins: Sequence[str]) -> int:
    """How many of the packages lie in `.venv`."""
    there = {plain(found.name.split("-")[0]) for found in VENV.glob("lib/python*/site-packages/*.dist-info")}
    return len(there & {plain(pin) for pin in pins})


def plain(name: str) -> str:
    """A package's name as all of its spellings agree on it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def show(line: str) -> None:
    """Put a line in the place of the last one, on a terminal; whoever keeps what is said gets none of these."""
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)


def venv_with_pip() -> Sequence[str]:
    """The pip that installs into `.venv`, which is made first where it is not there: the first way that works.

    A stock Debian has neither `ensurepip` nor `pip` until `python3-venv` is installed.
    """
    if succeeds([str(PYTHON), "-m", "pip", "--version"]):
        return [str(PYTHON), "-m", "pip"]
    if importlib.util.find_spec("ensurepip") is None and not has_usable_pip():
        apt_install("python3-venv")
    # In a new process, because this one may not see what apt has just installed.
    if succeeds([sys.executable, "-c", "import ensurepip"]):
        make_venv()
        return [str(PYTHON), "-m", "pip"]
    if has_usable_pip():
        make_venv("--without-pip")
        return [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    raise CannotSetUpError(
        "Python here can make no virtual environment: install python3-venv (as root: apt-get install python3-venv)."
    )


def has_usable_pip() -> bool:
    """Whether the pip outside `.venv` can install into it."""
    said = subprocess.run(
        [sys.executable, "-m", "pip", "--version"], capture_output=True, text=True, check=False
    ).stdout.split()
    return len(said) > 1 and tuple(int(part) for part in said[1].split(".")[:2]) >= PIP_WITH_PYTHON_OPTION


def make_venv(*options: str) -> None:
    """Make `.venv` anew; the lock file and whatever a broken one held may stay."""
    if subprocess.run([sys.executable, "-m", "venv", *options, str(VENV)], check=False).returncode:
        raise CannotSetUpError("Python's venv module failed; its own words are above.")


def apt_install(package: str) -> None:
    """Install a package of Debian's where this user may; where not, the caller finds that it is still missing."""
    as_root = () if os.geteuid() == 0 else ("sudo", "-n")
    if not shutil.which("apt-get") or not succeeds([*as_root, "true"]):
        return
    print(f"setup: installing Debian's {package} ...", file=sys.stderr, flush=True)
    quietly = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    subprocess.run([*quietly, "update"], capture_output=True, check=False)
    subprocess.run([*quietly, "install", "-y", package], capture_output=True, check=False)


def succeeds(command: Sequence[str]) -> bool:
    """Whether the command exists and exits with 0."""
    if not shutil.which(command[0]):
        return False
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


if __name__ == "__main__":
    if sys.argv[1:] not in [[use] for use in FILES]:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
