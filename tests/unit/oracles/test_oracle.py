"""Oracles: order, cache, failures that cost no other molecule, retries, time limits, stopping."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from importlib.metadata import EntryPoints
from pathlib import Path

import numpy as np
import pytest

from molconvex.exceptions import ConfigError, OracleError
from molconvex.oracles import Oracle, OracleSettings, cache, calls, check_oracles

SMILES = ["C", "CC", "N", "CCC"]


def runs(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "zombie" not in status.read_text()


def values(answers) -> list[float]:
    return [item.value for item in answers]


def test_values_come_in_the_order_of_the_molecules(asked) -> None:
    found = asked.oracle(per_call=3).measure(SMILES)
    assert values(found) == [1.0, 2.0, 1.0, 3.0]
    assert sorted(map(len, asked.calls)) == [1, 3]
    assert not any(item.reason for item in found)


def test_a_molecule_is_asked_about_once_in_a_run_even_where_it_fails(asked) -> None:
    oracle = asked.oracle("nan", cache=False)
    oracle.measure([*SMILES, "C"])
    oracle.measure(SMILES)
    assert sorted(text for call in asked.calls for text in call) == sorted(SMILES)


def test_values_are_remembered_from_run_to_run_and_failures_are_not(asked) -> None:
    asked.oracle("nan").measure(SMILES)
    again = asked.oracle("nan")
    found = again.measure(SMILES)
    assert asked.calls == [SMILES, ["N"]]
    assert [item.cached for item in found] == [True, True, False, True]
    assert again.record() | {"called": "", "key": ""} == {
        "called": "",
        "key": "",
        "molecules": 4,
        "calls": 1,
        "remembered": 3,
        "missing": 1,
    }


@pytest.mark.parametrize("change", ["script", "version", "argument"])
def test_another_program_is_not_answered_from_memory(asked, change) -> None:
    asked.oracle().measure(["C"])
    more = {"version": "2"} if change == "version" else {}
    if change == "script":
        asked.program.write_text(asked.program.read_text().replace("len(text)", "9"))
    oracle = asked.oracle("other" if change == "argument" else "fine", **more)
    assert oracle.measure(["C"])[0].value == (9.0 if change == "script" else 1.0)
    assert len(asked.calls) == 2


def test_other_settings_of_the_same_program_keep_what_is_remembered(asked) -> None:
    asked.oracle().measure(["C"])
    assert asked.oracle(timeout=5.0, parallel=2).measure(["C"])[0].cached


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("garbage", "answered 'Warning: N', which is no number"),
        ("nan", "answered nan"),
        ("inf", "answered inf"),
        ("blank", "answered nothing"),
        ("crash", "ended with code 1: no parameters for nitrogen"),
        ("signal", "crashed with signal 11"),
        ("few", "printed 0 lines for 1 molecules"),
        ("many", "printed 2 lines for 1 molecules"),
    ],
)
def test_a_failure_is_missing_with_its_reason_and_costs_no_other_molecule(asked, rule, reason) -> None:
    found = asked.oracle(rule).measure(SMILES)
    assert values(found)[:2] + values(found)[3:] == [1.0, 2.0, 3.0]
    assert np.isnan(found[2].value)
    assert reason in found[2].reason


def test_what_hangs_is_ended_and_the_others_have_values(asked) -> None:
    found = asked.oracle("hang", timeout=3.0, per_call=1, parallel=2).measure(SMILES)
    assert values(found)[:2] + values(found)[3:] == [1.0, 2.0, 3.0]
    assert found[2].reason == "took longer than 3 s"


def test_whatever_a_program_started_ends_with_it(asked) -> None:
    asked.oracle("orphan", timeout=1.0).measure(["C"])
    pid = int((asked.folder / "log.pid").read_text())
    for _ in range(200):
        if not runs(pid):
            return
        time.sleep(0.05)
    pytest.fail(f"process {pid} still runs")


def test_what_a_program_printed_counts_although_a_child_holds_its_output_open(asked, monkeypatch) -> None:
    monkeypatch.setattr(calls, "DRAIN", 0.5)
    assert values(asked.oracle("left").measure(SMILES)) == [1.0, 2.0, 1.0, 3.0]
    assert asked.calls == [SMILES]


def test_a_flood_of_output_is_ended(asked, monkeypatch) -> None:
    monkeypatch.setattr(calls, "LARGEST_OUTPUT", 1 << 20)
    assert "printed more than 1 MiB" in asked.oracle("flood").measure(["C"])[0].reason


def test_a_call_that_failed_is_made_again_as_often_as_asked(asked) -> None:
    assert asked.oracle("once", retries=1).measure(["C"])[0].value == 1.0
    assert asked.oracle("crash", retries=2).measure(["N"])[0].attempts == 3
    assert asked.calls[-3:] == [["N"]] * 3


def test_an_answer_that_is_no_number_is_not_asked_for_again(asked) -> None:
    asked.oracle("nan", retries=3).measure(["N"])
    assert asked.calls == [["N"]]


def test_calls_run_side_by_side(asked, monkeypatch) -> None:
    barrier = threading.Barrier(3, timeout=20)

    def waiting(argv, smiles, timeout, stopped):
        barrier.wait()  # passes only if three calls are under way at once
        return calls.read_answers(smiles, "1\n" * len(smiles))

    monkeypatch.setattr("molconvex.oracles.oracle.call_program", waiting)
    found = asked.oracle(parallel=3, per_call=1).measure(["C", "CC", "CCC"])
    assert values(found) == [1.0, 1.0, 1.0]


def test_an_oracle_without_a_single_value_is_given_up_at_eight_molecules(asked) -> None:
    molecules = ["N" + "C" * i for i in range(8)]
    oracle = asked.oracle("garbage")
    oracle.measure(molecules[:7])
    with pytest.raises(OracleError, match="no value for any of the first 8 molecules"):
        oracle.measure(molecules)


def test_one_value_is_enough_to_go_on(asked) -> None:
    found = asked.oracle("garbage").measure(["C", *("N" + "C" * i for i in range(9))])
    assert sum(item.is_missing for item in found) == 9


def test_stopping_keeps_what_was_measured_and_asks_for_no_more(asked) -> None:
    oracle = asked.oracle(per_call=1)
    found = oracle.measure(SMILES, stopped=lambda: len(asked.calls) >= 2 and len(oracle.answers) >= 2)
    assert values(found)[:2] == [1.0, 2.0]
    assert found[3].reason == "not asked: the run was stopped"


def test_a_running_call_is_ended_when_the_run_stops(asked) -> None:
    found = asked.oracle("hang", timeout=60.0).measure(["N"], stopped=lambda: bool(asked.calls))
    assert found[0].reason == "not asked: the run was stopped"


def test_a_cache_that_cannot_be_used_costs_a_warning_and_no_value(asked, tmp_path) -> None:
    broken = tmp_path / "broken.sqlite"
    broken.write_text("no database" * 100)
    with pytest.warns(UserWarning, match="not remembered"):
        found = Oracle("length", asked.settings(), broken).measure(["C"])
    assert values(found) == [1.0]


def test_a_cache_that_can_only_be_read_answers_what_it_knows_and_warns_once(asked, monkeypatch) -> None:
    asked.oracle().measure(["C"])
    monkeypatch.setattr(cache.sqlite3, "connect", read_only)
    oracle = asked.oracle(per_call=1)
    with pytest.warns(UserWarning, match=r"not remembered .*readonly") as told:
        found = oracle.measure(SMILES)
    assert len(told) == 1
    assert values(found) == [1.0, 2.0, 1.0, 3.0]
    assert [item.cached for item in found] == [True, False, False, False]


def read_only(path, timeout, connect=sqlite3.connect) -> sqlite3.Connection:
    return connect(f"file:{path}?mode=ro", timeout, uri=True)


def test_a_cache_that_another_process_holds_costs_a_warning_and_no_value(asked, monkeypatch) -> None:
    asked.oracle().measure(["C"])
    monkeypatch.setattr(cache, "WAIT", 0.01)
    holder = sqlite3.connect(asked.folder / "cache.sqlite", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.warns(UserWarning, match=r"not remembered .*locked") as told:
        found = asked.oracle().measure(SMILES)
    holder.close()
    assert len(told) == 1
    assert values(found) == [1.0, 2.0, 1.0, 3.0]


def test_the_cache_lies_in_the_users_folder_and_holds_finite_values_only(asked, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("MOLCONVEX_HOME", str(tmp_path / "home"))
    Oracle("length", asked.settings("nan")).measure(SMILES)
    rows = sqlite3.connect(tmp_path / "home" / "oracles.sqlite").execute("SELECT smiles, value FROM answers").fetchall()
    assert sorted(rows) == [("C", 1.0), ("CC", 2.0), ("CCC", 3.0)]


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """A plug-in that is installed as far as anyone can see, also in processes of its own."""
    site = tmp_path / "site"
    (site / "toyoracle-1.0.dist-info").mkdir(parents=True)
    (site / "toyoracle-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: toyoracle\nVersion: 1.0\n")
    (site / "toyoracle-1.0.dist-info" / "entry_points.txt").write_text(
        "[molconvex.oracles]\nlength = toyoracle:length\nshort = toyoracle:short\nchatty = toyoracle:chatty\n"
    )
    (site / "toyoracle.py").write_text(
        "def length(smiles):\n    print('noise')\n    return [None if s == 'N' else len(s) for s in smiles]\n"
        "def short(smiles):\n    return []\n"
        "def chatty(smiles):\n    import ctypes, os\n    os.system('echo 7')\n    os.write(1, b'8\\n')\n"
        "    ctypes.CDLL(None).puts(b'9')\n    return length(smiles)\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.syspath_prepend(str(site))


def test_a_plugin_answers_in_a_process_of_its_own(plugin, tmp_path) -> None:
    found = Oracle("x", OracleSettings.from_plain("plugin:length"), tmp_path / "cache").measure(SMILES)
    assert values(found)[:2] == [1.0, 2.0]
    assert found[2].reason == "answered nan"
    check_oracles({"x": OracleSettings(plugin="length")}, [])


def test_a_plugin_with_too_few_values_fails_like_any_program(plugin, tmp_path) -> None:
    settings = OracleSettings(plugin="short", retries=0)
    assert "printed 0 lines for 1" in Oracle("x", settings, tmp_path / "cache").measure(["C"])[0].reason


@pytest.mark.parametrize("name", ["length", "chatty"])
def test_the_host_prints_values_alone(plugin, name) -> None:
    """Not what Python prints, nor C, nor a program that the plug-in starts."""
    command = [sys.executable, "-m", "molconvex.oracles.host", name]
    done = subprocess.run(command, input="C\nN\n", capture_output=True, text=True, check=True)
    assert done.stdout == "1.0\nnan\n"
    assert sorted(done.stderr.split()) == (["7", "8", "9", "noise"] if name == "chatty" else ["noise"])


def test_entry_points_are_what_the_plugins_are(plugin) -> None:
    from importlib.metadata import entry_points

    found: EntryPoints = entry_points(group="molconvex.oracles", name="length")
    assert [type(point).__name__ for point in found] == ["EntryPoint"]  # of the library's backport, once dask loaded it


@pytest.mark.parametrize(
    ("oracles", "text"),
    [
        ({"qed": {"command": "true"}}, "'qed' is measured by RDKit"),
        ({"my score": {"command": "true"}}, "a word of letters"),
        ({"x": {"command": "no-such-program-here"}}, "there is no program 'no-such-program-here'"),
        ({"x": {"plugin": "nothing"}}, "which is not installed"),
    ],
)
def test_an_oracle_that_cannot_be_started_is_refused_before_anything(oracles, text) -> None:
    with pytest.raises(ConfigError, match=text):
        check_oracles({name: OracleSettings(**given) for name, given in oracles.items()}, ["qed"])


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "a command or a plugin"),
        ({"command": "a", "plugin": "b"}, "give one of them"),
        ({"command": "a 'b"}, "cannot be read"),
        ({"command": "a", "timeout": 0}, "timeout"),
        ({"command": "a", "range": (1.0, 1.0)}, "the lower first"),
        ({"command": "a", "range": (0.0, float("inf"))}, "finite"),
        ({"command": "a", "speed": 1}, "unknown setting 'speed'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given, text) -> None:
    with pytest.raises(ConfigError, match=text):
        OracleSettings(**given)


def test_text_is_a_command_or_a_plugin() -> None:
    assert OracleSettings.from_plain("dock --fast").argv == ["dock", "--fast"]
    assert OracleSettings.from_plain("plugin:dock").plugin == "dock"
    with pytest.raises(ConfigError, match="got int"):
        OracleSettings.from_plain(3)
