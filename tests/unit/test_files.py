"""Files and folders stand whole or not at all; nothing finished is lost, whoever else writes, fails or dies."""

import multiprocessing
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from molconvex import files
from molconvex.exceptions import DataError, OutputExistsError
from molconvex.files import check_file_place, check_replaceable, write_file_whole, write_folder_whole

RUN = {"marker": "run.json", "kind": "a run"}
FORK = multiprocessing.get_context("fork")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def full_disk(*_: object) -> None:
    raise OSError(28, "No space left on device")


def run_of(text: str) -> dict[str, bytes | str]:
    return {"run.json": text, "table.csv": text.encode()}


@pytest.mark.parametrize("content", [b"a\xc3\xa4", "aä", lambda draft: draft.write_text("aä", encoding="utf-8")])
def test_bytes_text_and_writers_give_the_same_file_in_a_new_folder(tmp_path, content):
    path = write_file_whole(tmp_path / "new" / "a.txt", content)
    assert path.read_bytes() == b"a\xc3\xa4"
    assert names(path.parent) == ["a.txt"]


def test_a_writer_is_given_a_path_of_the_same_ending(tmp_path):
    seen = []
    write_file_whole(tmp_path / "a.parquet", lambda draft: seen.append(draft) or draft.write_bytes(b"x"))
    assert seen[0].suffix == ".parquet"
    assert seen[0].parent == tmp_path
    assert names(tmp_path) == ["a.parquet"]


@pytest.mark.parametrize("where", ["molconvex.drafts.os.fsync", "molconvex.files.os.replace"])
def test_after_a_full_disk_the_old_file_stands_alone(tmp_path, monkeypatch, where):
    write_file_whole(tmp_path / "a.txt", "old")
    monkeypatch.setattr(where, full_disk)
    with pytest.raises(DataError, match=r"a\.txt cannot be written \(No space left"):
        write_file_whole(tmp_path / "a.txt", "new")
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, MemoryError])
def test_a_writer_that_breaks_off_leaves_nothing(tmp_path, error):
    def broken(draft: Path) -> None:
        raise error

    with pytest.raises(error):
        write_file_whole(tmp_path / "a.txt", broken)
    with pytest.raises(error):
        write_folder_whole(tmp_path / "run", broken, **RUN)
    assert names(tmp_path) == []


def test_an_existing_file_is_replaced_only_on_request(tmp_path):
    write_file_whole(tmp_path / "a.txt", "old", overwrite=False)
    with pytest.raises(OutputExistsError, match="exists already"):
        write_file_whole(tmp_path / "a.txt", "new", overwrite=False)
    assert (tmp_path / "a.txt").read_text() == "old"
    write_file_whole(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "new"


def test_a_file_that_appears_meanwhile_is_kept_and_so_is_ours(tmp_path):
    def slow(draft: Path) -> None:
        (tmp_path / "a.csv").write_text("theirs")
        draft.write_text("ours")

    with pytest.warns(UserWarning, match=r"taken by another writer.*a-2\.csv"):
        path = write_file_whole(tmp_path / "a.csv", slow, overwrite=False)
    assert path == tmp_path / "a-2.csv"
    assert [(tmp_path / name).read_text() for name in names(tmp_path)] == ["ours", "theirs"]


def test_pipes_devices_and_folders_are_not_written_over(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="pipe, socket or device"):
        write_file_whole(tmp_path / "pipe", "x")
    with pytest.raises(DataError, match="is a folder"):
        write_file_whole(tmp_path, "x")
    with pytest.raises(DataError, match="no path"):
        write_file_whole(tmp_path / "a\0b", "x")


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "a.txt").symlink_to(tmp_path / "far" / "b.txt")
    (tmp_path / "run").symlink_to(tmp_path / "far" / "run")
    write_file_whole(tmp_path / "a.txt", "x")
    write_folder_whole(tmp_path / "run", run_of("1"), **RUN)
    write_folder_whole(tmp_path / "run", run_of("2"), overwrite=True, **RUN)
    assert (tmp_path / "a.txt").is_symlink()
    assert (tmp_path / "run").is_symlink()
    assert (tmp_path / "far" / "b.txt").read_text() == "x"
    assert (tmp_path / "far" / "run" / "run.json").read_text() == "2"


def test_long_names_are_written_too(tmp_path):
    write_file_whole(tmp_path / ("a" * 251 + ".csv"), "x")
    write_folder_whole(tmp_path / ("ä" * 127), run_of("x"), **RUN)
    assert len(names(tmp_path)) == 2


def test_folders_that_may_not_be_replaced(tmp_path):
    folder = write_folder_whole(tmp_path / "run", run_of("old"), **RUN)
    with pytest.raises(OutputExistsError, match="exists already"):
        check_replaceable(folder, "run.json", "a run", overwrite=False)
    check_replaceable(folder, "run.json", "a run", overwrite=True)
    (folder / "run.json").unlink()
    with pytest.raises(OutputExistsError, match="something else than a run"):
        write_folder_whole(folder, run_of("new"), overwrite=True, **RUN)
    (folder / "table.csv").unlink()
    assert (write_folder_whole(folder, run_of("new"), **RUN) / "run.json").read_text() == "new"  # an empty folder
    with pytest.raises(OutputExistsError, match="is a file"):
        check_replaceable(folder / "run.json", "run.json", "a run", overwrite=True)


def in_two_steps(draft: Path, target: Path) -> bool:
    """What systems answer that cannot exchange two names."""
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take two steps")
def test_an_old_run_is_replaced_in_one_step_so_that_no_kill_falls_between(tmp_path, monkeypatch):
    folder = write_folder_whole(tmp_path / "run", run_of("old"), **RUN)
    monkeypatch.setattr(files.os, "rename", lambda *_: full_disk())
    write_folder_whole(folder, run_of("new"), overwrite=True, **RUN)
    assert (folder / "run.json").read_text() == "new"
    assert names(tmp_path) == ["run"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take two steps")
def test_the_next_writer_tidies_the_old_run_that_a_killed_one_had_exchanged(tmp_path):
    folder = write_folder_whole(tmp_path / "run", run_of("old"), **RUN)
    exchange = files.exchanged

    def stuck(draft: Path, target: Path) -> bool:
        assert exchange(draft, target)
        (tmp_path / "middle").touch()
        time.sleep(60)
        return True

    def write() -> None:
        files.exchanged = stuck
        write_folder_whole(folder, run_of("new"), overwrite=True, **RUN)

    killed_while(write, tmp_path)
    assert (folder / "run.json").read_text() == "new"
    assert len(names(tmp_path)) == 2
    write_folder_whole(folder, run_of("newer"), overwrite=True, **RUN)
    assert (folder / "run.json").read_text() == "newer"
    assert names(tmp_path) == ["run"]


def test_an_old_run_goes_back_when_the_new_one_cannot_be_moved(tmp_path, monkeypatch):
    folder = write_folder_whole(tmp_path / "run", run_of("old"), **RUN)
    monkeypatch.setattr(files, "exchanged", in_two_steps)
    original, calls = os.rename, []

    def second_fails(source: Path, target: Path) -> None:
        calls.append(source)
        if len(calls) == 2:
            full_disk()
        original(source, target)

    monkeypatch.setattr(files.os, "rename", second_fails)
    with pytest.raises(DataError, match="No space left"):
        write_folder_whole(folder, run_of("new"), overwrite=True, **RUN)
    assert names(tmp_path) == ["run"]
    assert (folder / "run.json").read_text() == "old"


def test_two_writers_without_overwrite_both_keep_their_work(tmp_path):
    def slow(draft: Path) -> None:
        write_folder_whole(tmp_path / "run", run_of("first"), **RUN)
        (draft / "run.json").write_text("second")

    with pytest.warns(UserWarning, match="taken by another writer"):
        placed = write_folder_whole(tmp_path / "run", slow, **RUN)
    assert placed == tmp_path / "run-2"
    assert [(tmp_path / name / "run.json").read_text() for name in names(tmp_path)] == ["first", "second"]


def test_two_writers_with_overwrite_leave_one_whole_run(tmp_path):
    def slow(draft: Path) -> None:
        write_folder_whole(tmp_path / "run", run_of("first"), overwrite=True, **RUN)
        (draft / "run.json").write_text("second")

    assert write_folder_whole(tmp_path / "run", slow, overwrite=True, **RUN) == tmp_path / "run"
    assert names(tmp_path) == ["run"]
    assert names(tmp_path / "run") == ["run.json"]


def test_many_writers_at_once_lose_nothing(tmp_path):
    def write(number: int) -> None:
        import warnings

        warnings.simplefilter("ignore")
        write_folder_whole(tmp_path / "run", run_of(str(number)), **RUN)

    def racing(number: int) -> None:
        # checked by all before any has finished
        files.check_replaceable = lambda *_: None
        write(number)

    workers = [FORK.Process(target=racing, args=(number,)) for number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert sorted((path / "run.json").read_text() for path in tmp_path.iterdir()) == list("012345")


def killed_while(write, tmp_path: Path) -> None:
    """Start a writer in another process and kill it when it has said that it is in the middle."""

    def work() -> None:
        write()

    worker = FORK.Process(target=work)
    worker.start()
    while not (tmp_path / "middle").exists():
        time.sleep(0.005)
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    (tmp_path / "middle").unlink()


def test_the_next_writer_tidies_what_a_killed_one_left(tmp_path):
    def stuck(draft: Path) -> None:
        (draft / "half" if draft.is_dir() else draft).write_text("half")
        (tmp_path / "middle").touch()
        time.sleep(60)

    killed_while(lambda: write_folder_whole(tmp_path / "run", stuck, **RUN), tmp_path)
    killed_while(lambda: write_file_whole(tmp_path / "a.csv", stuck), tmp_path)
    assert len(names(tmp_path)) == 2
    (tmp_path / ".run.notes").write_text("the user's own")
    write_folder_whole(tmp_path / "run", run_of("new"), **RUN)
    write_file_whole(tmp_path / "a.csv", "new")
    assert names(tmp_path) == [".run.notes", "a.csv", "run"]


def test_a_run_that_was_moved_away_by_a_killed_writer_comes_back(tmp_path, monkeypatch):
    folder = write_folder_whole(tmp_path / "run", run_of("old"), **RUN)
    monkeypatch.setattr(files, "exchanged", in_two_steps)
    original = os.rename

    def stuck(source: Path, target: Path) -> None:
        original(source, target)
        if str(source) == str(folder):
            (tmp_path / "middle").touch()
            time.sleep(60)

    def write() -> None:
        files.os.rename = stuck
        write_folder_whole(folder, run_of("new"), overwrite=True, **RUN)

    killed_while(write, tmp_path)
    assert not folder.exists()
    with pytest.raises(RuntimeError):
        write_folder_whole(folder, lambda draft: (_ for _ in ()).throw(RuntimeError), **RUN)
    assert (folder / "run.json").read_text() == "old"
    assert names(tmp_path) == ["run"]


def test_a_living_writers_draft_is_left_alone(tmp_path):
    def slow(draft: Path) -> None:
        (draft / "run.json").write_text("slow")
        write_folder_whole(tmp_path / "run", run_of("quick"), overwrite=True, **RUN)
        assert (draft / "run.json").read_text() == "slow"

    write_folder_whole(tmp_path / "run", slow, overwrite=True, **RUN)
    assert (tmp_path / "run" / "run.json").read_text() == "slow"


def test_everything_is_flushed_before_it_gets_its_name(tmp_path, monkeypatch):
    events = []
    flush, rename = os.fsync, os.rename
    monkeypatch.setattr(
        "molconvex.drafts.os.fsync", lambda h: events.append(os.readlink(f"/proc/self/fd/{h}")) or flush(h)
    )
    monkeypatch.setattr(files.os, "rename", lambda a, b: events.append("rename") or rename(a, b))
    write_folder_whole(tmp_path / "run", run_of("x"), **RUN)
    before = events[: events.index("rename")]
    assert {Path(path).name for path in before} >= {"run.json", "table.csv"}
    assert events[-1] == str(tmp_path)


def test_a_file_may_be_written_whole_into_a_folder_that_is_being_written(tmp_path) -> None:
    def files(draft: Path) -> None:
        write_file_whole(draft / "table.csv", "a,b\n")
        write_file_whole(draft / "run.json", "{}")

    folder = write_folder_whole(tmp_path / "run", files, **RUN)
    assert {path.name for path in folder.iterdir()} == {"table.csv", "run.json"}
    assert {path.name for path in tmp_path.iterdir()} == {"run"}


def test_a_place_in_a_protected_folder_is_refused_before_the_work(tmp_path, monkeypatch):
    check_file_place(tmp_path / "new" / "a.csv", overwrite=False)
    monkeypatch.setattr(files.os, "access", lambda path, mode: Path(path) != tmp_path)
    with pytest.raises(DataError, match="write-protected"):
        check_file_place(tmp_path / "new" / "a.csv", overwrite=False)
