"""Makes `.venv` ready to run or to test the house, with nothing but the standard library of a stock Python 3.11.

    python3 tools/venv.py run | test | bench

A stamp in `.venv` keeps the hashes of what is installed, so that a second run takes milliseconds. Two at once are safe.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
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
    pip = venv_with_pip()
    count = sum("==" in line for line in (ROOT / file).read_text().splitlines())
    print(f"setup: installing {count} packages of {file} into .venv ...", file=sys.stderr, flush=True)
    started = time.monotonic()
    pip_install = [*pip, "install", "--disable-pip-version-check", "-qq", "--require-hashes", "-r", file]
    if subprocess.run(pip_install, cwd=ROOT, check=False).returncode:
        raise CannotSetUpError(f"pip could not install {file}; its own words are above.")
    print(f"setup: done in {time.monotonic() - started:.0f} s.", file=sys.stderr, flush=True)


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
