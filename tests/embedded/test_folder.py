"""A data folder: one process at a time, a key of its own, and one time that does not go back."""

import multiprocessing
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.embedded.folder import DataFolder, FolderInUse, FolderOfAnotherTime, NoFolder
from shared.auth import Keys

NOVEMBER = datetime(2026, 11, 1, 11, 0, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)


def test_a_second_process_on_a_folder_is_refused_in_one_sentence(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")

    with multiprocessing.get_context("fork").Pool(1) as another:
        with folder.lock():
            said = another.apply(what_locking_says, (folder,))
        then = another.apply(what_locking_says, (folder,))

    assert said == f"the data folder {folder.path} is in use by process {os.getpid()}: stop it first"
    assert then == "free"


def what_locking_says(folder: DataFolder) -> str:
    """What another process is told."""
    try:
        with folder.lock():
            return "free"
    except FolderInUse as refused:
        return refused.detail


def test_the_token_key_is_made_once_and_is_its_owners_only(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)

    key = folder.token_key()

    assert folder.token_key() == key
    assert stat.S_IMODE((tmp_path / "token-key.json").stat().st_mode) == 0o600
    assert Keys(key).public()["keys"]


def test_a_rehearsal_goes_on_from_where_it_stands(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    assert folder.virtual_instant() is None
    assert folder.start_at(NOVEMBER) == NOVEMBER

    folder.remember_instant(DECEMBER)

    assert folder.virtual_instant() == DECEMBER
    assert folder.start_at(DECEMBER) == DECEMBER
    with pytest.raises(FolderOfAnotherTime, match="past --start"):
        folder.start_at(NOVEMBER)
    with pytest.raises(FolderOfAnotherTime, match="start it with --clock virtual"):
        folder.start_at(None)


def test_a_folder_of_real_time_is_not_rehearsed_in(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    (tmp_path / "ticketing.db").touch()

    assert folder.start_at(None) is None
    with pytest.raises(FolderOfAnotherTime, match="lives in real time"):
        folder.start_at(NOVEMBER)


def test_a_file_is_no_data_folder(tmp_path: Path) -> None:
    file = tmp_path / "offer.yaml"
    file.write_text("tenant: next4")

    with pytest.raises(NoFolder, match="cannot be a data folder: File exists"):
        DataFolder(file).token_key()

    assert file.read_text() == "tenant: next4"
