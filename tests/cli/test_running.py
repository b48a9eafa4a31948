"""Commands beside a house that runs: opening it, applying offers to it, playing the demo."""

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from services.embedded.folder import DataFolder
from shared.auth import Keys, Principal, Role
from tests.cli.conftest import ROOT, Ponteiro, embedded

STORY_SECONDS = 120  # the demo on a machine where others work too; it takes some seconds where nobody does
PATIENT_SECONDS = 30  # the first page after a start makes the whole document


def test_a_house_is_opened_served_and_closed(tmp_path: Path) -> None:
    with embedded("--data", tmp_path) as (said, process):
        address = said.split()[4]
        assert said.startswith("ponteiro is ready on http://127.0.0.1:")
        assert httpx.get(f"{address}/health/ready", timeout=PATIENT_SECONDS).json()["status"] == "ready"
        assert httpx.get(f"{address}/schema", timeout=PATIENT_SECONDS).text.count("swagger-ui") > 0

        with embedded("--data", tmp_path) as (nothing, second):
            complaint = second.stderr.read() if second.stderr else ""
            assert (nothing, second.wait()) == ("", 1)
            assert complaint == (
                f"ponteiro: the data folder {tmp_path} is in use by process {process.pid}: stop it first\n"
            )
        process.terminate()
        assert process.wait() == 0
    with embedded("--data", tmp_path, "--clock", "virtual", "--start", "2026-11-01T08:00-03:00") as (_nothing, third):
        assert third.wait() == 1


def test_an_offer_is_applied_compared_and_applied_again(ponteiro: Ponteiro, tmp_path: Path) -> None:
    file = tmp_path / "next4.yaml"
    file.write_text((ROOT / "deploy" / "offers" / "next4.yaml").read_text(), encoding="utf-8")
    with embedded("--data", tmp_path, "--clock", "virtual", "--start", "2031-05-01T08:00-03:00") as (said, _process):
        url = said.split()[4]
        options = ("--url", url, "--data", tmp_path)

        first = ponteiro("apply", file, *options)
        again = ponteiro("apply", file, "--data", tmp_path)
        file.write_text(file.read_text(encoding="utf-8").replace("net_days: 10", "net_days: 15"), encoding="utf-8")
        dry = ponteiro("apply", file, "--dry-run", *options)
        real = ponteiro("apply", file, *options)
        last = ponteiro("apply", file, *options)
        looked = ponteiro("doctor", "--data", tmp_path)
        filled = file.read_text(encoding="utf-8").replace("    legal_name: Next4\n", FILLED_IN)
        file.write_text(filled, encoding="utf-8")
        whole = ponteiro("apply", file, *options)
        looked_again = ponteiro("doctor", "--data", tmp_path)
        stranger = ponteiro("apply", file, *options, "--token", "forged")

    assert DataFolder(tmp_path).address() is None, "a house that is closed answers nowhere"
    assert first[:2] == (0, lines(*(f"{name}: applied, version 1" for name in NAMES), changed(5)))
    assert again[:2] == (0, lines(*(f"{name}: unchanged" for name in NAMES), "Next4 (next4): nothing changed"))
    beside = [f"{name}: unchanged" for name in NAMES[:3]]
    after = ["    terms.net_days: 10 -> 15", "notify: unchanged"]
    assert dry[:2] == (0, lines(*beside, "billing: 1 place would change", *after, changed(1, "would change")))
    assert real[:2] == (0, lines(*beside, "billing: 1 place changed, version 2", *after, changed(1)))
    assert last[:2] == again[:2]
    assert [first[2], again[2], last[2]] == [f"ponteiro: {GAP}\n"] * 3
    assert (looked[0], looked[1].splitlines()[-1], looked[2]) == (0, f"--  offer       {GAP}", "")
    assert (whole[0], whole[2]) == (0, "")
    assert (looked_again[0], len(looked_again[1].splitlines()), looked_again[2]) == (0, 6, "")
    assert stranger == (1, "", "ponteiro: ticketing refuses its section: the token cannot be believed\n")


GAP = (
    "next4: its offer leaves billing.provider.cnpj, billing.provider.address and billing.pix open: "
    "invoices bear no CNPJ, no address and no Pix code"
)
FILLED_IN = """\
    legal_name: Next4
    cnpj: 12ABC34501DE35
    address: { street: Rua da Horta, city: São Paulo, state: SP }
  pix: { key: financeiro@next4.example }
"""
NAMES = ("ticketing", "hourbank", "sla", "billing", "notify")


def lines(*several: str) -> str:
    """What a command prints."""
    return "".join(f"{one}\n" for one in several)


def changed(sections: int, verb: str = "changed") -> str:
    """The last line of an apply."""
    return f"Next4 (next4): {sections} of 5 sections {verb}"


def test_where_nobody_answers_apply_says_so(ponteiro: Ponteiro, data: Path) -> None:
    file = ROOT / "deploy" / "offers" / "next4.yaml"

    code, said, complaint = ponteiro("apply", file, "--data", data, "--url", "http://127.0.0.1:9")

    assert (code, said) == (1, "")
    assert complaint.startswith("ponteiro: nobody answers at http://127.0.0.1:9")


@pytest.mark.parametrize("offer", ["next4", "blocktime"])
def test_both_shops_offers_are_valid(ponteiro: Ponteiro, data: Path, offer: str) -> None:
    file = ROOT / "deploy" / "offers" / f"{offer}.yaml"

    _code, _said, complaint = ponteiro("apply", file, "--data", data, "--url", "http://127.0.0.1:9")

    assert "nobody answers" in complaint, "the file was read to its end"


@pytest.mark.timeout(STORY_SECONDS + 60)
def test_the_demo_tells_a_month_of_both_shops(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "services", "demo", "--once", "--port", "0", "--data", str(tmp_path)]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=STORY_SECONDS, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    told = done.stdout.replace("\xa0", " ")
    for sentence in (
        "refused, approval_pending",
        "due Mon 23 Nov 10:30",
        "promise BROKEN",
        "it was due Wed 25 Nov 11:00",
        "issued 2026-12-01, due 2026-12-11",
        "R$ 1.229,00 have come by transfer: invoice A-2026/00002 is paid",
    ):
        assert sentence in told
    assert re.search(r"issued 2026-12-01, due 2026-12-11.*R\$ 1\.229,00", told)
    assert len(list((tmp_path / "mail").glob("*.eml"))) > 20
    assert boards(tmp_path) == {
        "next4": [("attendance", "running", 160, None), ("delivery", "paused", 39 * 60, "awaiting_approval")],
        "blocktime": [("attendance", "running", 10, None), ("attendance", "running", 200, None)],
    }


def boards(data: Path) -> dict[str, list[tuple[str, str, int, str | None]]]:
    """What the board of each shop shows in a folder's rehearsal: promise, state, minutes left, what it waits for."""
    keys, stands = Keys(DataFolder(data).token_key()), DataFolder(data).virtual_instant()
    assert stands is not None
    seen = {}
    with embedded("--data", data, "--clock", "virtual") as (said, _process):
        for tenant in ("next4", "blocktime"):
            who = Principal(tenant=tenant, subject="bia", organization_id=None, roles=frozenset({Role.AGENT}))
            bearer = {"Authorization": f"Bearer {keys.issue(who, now=stands, lifetime=timedelta(days=1))}"}
            board = (
                httpx.get(f"{said.split()[4]}/v1/board/queue", headers=bearer, timeout=PATIENT_SECONDS)
                .raise_for_status()
                .json()
            )
            owed = [one for part in ("breached", "running", "paused") for one in board[part]]
            seen[tenant] = [
                (one["metric"], one["state"], one["remaining_seconds"] // 60, one["paused_for"]) for one in owed
            ]
    return seen


def test_the_documentation_opens_with_everything_that_it_loads(tmp_path: Path) -> None:
    with embedded("--data", tmp_path) as (said, _process):
        url = said.split()[4]
        page = httpx.get(f"{url}/schema", timeout=10)
        assets = re.findall(r'(?:href|src)="(/[^"]+)"', page.text)
        sizes = {asset: len(httpx.get(url + asset, timeout=10).raise_for_status().content) for asset in assets}

    assert page.status_code == httpx.codes.OK
    assert {asset.rpartition("/")[2]: size > 100_000 for asset, size in sizes.items()} == {
        "swagger-ui.css": True,
        "swagger-ui-bundle.js": True,
        "swagger-ui-standalone-preset.js": True,
    }
