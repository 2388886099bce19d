"""A run on disk: whole or not at all, and every edited number found."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from forging import seal

from molconvex.chem import read_molecules
from molconvex.exceptions import CertificateError, DataError, OutputExistsError
from molconvex.runs import check_run, write_run
from molconvex.runs.folder import check_output
from molconvex.tables import read_csv_table

FILES = {
    "candidates.csv",
    "candidates.parquet",
    "candidates.sdf",
    "rejected.csv",
    "programs.csv",
    "leads.csv",
    "report.html",
    "certificates/lead-1-latents.safetensors",
    "certificates/lead-1.json",
    "certificates/lead-1.safetensors",
}


def test_a_run_has_all_its_files_and_verifies(written) -> None:
    record = json.loads((written / "run.json").read_text())
    assert set(record["files"]) == FILES
    report = check_run(written)
    assert report.problems == []
    assert len(report.passed) == 8
    assert report.certificates == 4
    report.raise_if_failed()


def test_names_that_a_spreadsheet_would_run_are_guarded_and_come_back(toy_run, tmp_path) -> None:
    names = ["=1+1"] * len(toy_run.candidates)
    run = replace(toy_run, candidates=toy_run.candidates.assign(name=names), leads=toy_run.leads.assign(name="@x"))
    folder = write_run(run, tmp_path / "run")
    assert ",'=1+1," in (folder / "candidates.csv").read_text()
    assert ",'@x," in (folder / "leads.csv").read_text()
    assert read_csv_table(folder / "candidates.csv")["name"].tolist() == names
    assert [m.name for m in read_molecules(folder / "candidates.csv")] == names


def test_run_json_tells_how_to_repeat_the_run(written, toy_run, toy_model) -> None:
    record = json.loads((written / "run.json").read_text())
    assert type(toy_run.settings)(**record["settings"]) == toy_run.settings
    assert record["seed"] == 0
    assert record["latent"] == {"fingerprint": toy_model.fingerprint, "dim": toy_model.latent_dim}
    assert {"python", "torch", "rdkit", "numpy"} <= set(record["versions"])
    assert [entry["goal"] for entry in record["surrogates"]] == ["qed:max", "logp:2..3*2"]


def test_tables_and_structures_come_back_as_written(written, toy_run) -> None:
    parquet = pd.read_parquet(written / "candidates.parquet")
    pd.testing.assert_frame_equal(parquet, toy_run.candidates, check_dtype=False)
    csv = pd.read_csv(written / "candidates.csv", float_precision="round_trip")
    np.testing.assert_array_equal(csv["desirability"], toy_run.candidates["desirability"])
    sdf = read_molecules(written / "candidates.sdf")
    assert [m.smiles for m in sdf] == toy_run.candidates["smiles"].tolist()
    assert sdf[0].name == toy_run.candidates["name"].iloc[0]


@pytest.mark.parametrize("name", [*sorted(FILES), "run.json"])
def test_one_edited_number_is_found_and_its_file_named(folder, name: str) -> None:
    path = folder / name
    content = bytearray(path.read_bytes())
    places = [i for i, byte in enumerate(content) if chr(byte).isdigit()]
    place = places[len(places) // 2]
    content[place] = ord("1") if content[place] != ord("1") else ord("2")
    path.write_bytes(bytes(content))
    report = check_run(folder)
    assert any(problem.startswith(name) for problem in report.problems), report.problems
    with pytest.raises(CertificateError, match=re.escape(name)):
        report.raise_if_failed()


def test_a_missing_file_is_found(folder) -> None:
    (folder / "rejected.csv").unlink()
    assert check_run(folder).problems[0] == "rejected.csv: missing"


COLUMNS = {
    "candidates.csv": [
        *("qed", "logp", "tpsa", "similarity", "desirability", "gain", "lower_bound", "value", "gap_to_bound"),
        *("predicted_qed", "predicted_logp", "measured_logp", "cost_qed", "desirability_qed", "realised_share"),
    ],
    "programs.csv": [
        "value",
        "lower_bound",
        "gap",
        "radius",
        "distance",
        "weight_qed",
        "cost_qed",
        "predicted_logp",
        "anchor_distance",
    ],
    "leads.csv": ["qed"],
}


@pytest.mark.parametrize(("name", "column"), [(n, c) for n, columns in COLUMNS.items() for c in columns])
def test_a_number_edited_with_its_checksum_is_found_all_the_same(folder, name: str, column: str) -> None:
    table = pd.read_csv(folder / name, float_precision="round_trip")
    table[column] = table[column].astype(float)
    table.loc[0, column] += 0.003
    table.to_csv(folder / name, index=False)
    seal(folder)
    problems = check_run(folder).problems
    assert any(problem.startswith(f"{name}: {column}") for problem in problems), problems


def test_a_false_structure_or_alert_is_found(folder) -> None:
    table = pd.read_csv(folder / "candidates.csv", float_precision="round_trip", keep_default_na=False)
    table.loc[0, "smiles"], table.loc[1, "alerts"] = "CCCCO", "PAINS: invented"
    table.to_csv(folder / "candidates.csv", index=False)
    seal(folder)
    problems = " | ".join(check_run(folder).problems)
    assert "candidates.csv: qed of 1-0001" in problems
    assert "candidates.csv: alerts of 1-0002 are 'PAINS: invented'" in problems
    assert "candidates.sdf: the structure of 1-0001 is not the one in candidates.csv" in problems
    assert "candidates.parquet: column smiles differs" in problems


def test_a_bound_claimed_too_high_in_the_certificate_is_found(folder, toy_run) -> None:
    from dataclasses import replace

    from molconvex.optimize import save_record
    from molconvex.runs.certificates import load_certificates

    record = load_certificates(folder, 1)
    save_record(replace(record, lower_bound=record.lower_bound + 0.05), folder / "certificates", "lead-1")
    programs = pd.read_csv(folder / "programs.csv", float_precision="round_trip")
    programs["lower_bound"] += 0.05
    programs.to_csv(folder / "programs.csv", index=False)
    seal(folder)
    problems = check_run(folder).problems
    assert any(p.startswith("certificates/lead-1") and "do not prove the claimed bound" in p for p in problems), (
        problems
    )


def test_an_existing_folder_is_refused_or_replaced_whole(written, toy_run, tmp_path) -> None:
    with pytest.raises(OutputExistsError, match="exists already"):
        write_run(toy_run, written)
    folder = write_run(toy_run, tmp_path / "again")
    (folder / "note.txt").write_text("old")
    assert write_run(toy_run, folder, overwrite=True) == folder
    assert not (folder / "note.txt").exists()
    assert check_run(folder).ok


def test_a_folder_with_something_else_is_never_replaced(toy_run, tmp_path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputExistsError, match="left alone"):
        write_run(toy_run, tmp_path, overwrite=True)
    with pytest.raises(OutputExistsError, match="is a file"):
        write_run(toy_run, tmp_path / "thesis.tex", overwrite=True)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_place_inside_a_file_is_refused_before_the_work(tmp_path) -> None:
    (tmp_path / "notes").touch()
    check_output(tmp_path / "new" / "run")
    with pytest.raises(DataError, match=r"run cannot be written: .*notes is a file; choose another place"):
        check_output(tmp_path / "notes" / "run")


def test_nothing_half_written_stays_after_a_failure(toy_run, tmp_path, monkeypatch) -> None:
    def broken(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("molconvex.runs.generation_files.render_report", broken)
    with pytest.raises(KeyboardInterrupt):
        write_run(toy_run, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_run_is_said_so(tmp_path) -> None:
    with pytest.raises(DataError, match=r"no run: it has no run\.json"):
        check_run(tmp_path)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(DataError, match="no valid JSON"):
        check_run(tmp_path)
    (tmp_path / "run.json").write_text('{"format": "molconvex-run", "format_version": 99}')
    with pytest.raises(DataError, match="format version 99"):
        check_run(tmp_path)


def test_a_stopped_run_is_labelled_and_verifies(toy_settings, toy_model, toy_reference, tmp_path) -> None:
    from molconvex.design import generate

    stages: list[str] = []
    run = generate(
        toy_settings.replace(budget=12, analogues=12, leads=["Cc1ccc(C(C)=O)cc1", "CCOc1ccc(C)cc1"]),
        latent_model=toy_model,
        reference=toy_reference,
        progress=lambda stage, done, total: stages.append(stage),
        cancelled=lambda: "certify" in stages,
    )
    folder = write_run(run, tmp_path / "partial")
    assert json.loads((folder / "run.json").read_text())["status"] == "partial"
    assert "was stopped before its end" in (folder / "report.html").read_text()
    assert check_run(folder).problems == []
    nothing = generate(toy_settings, latent_model=toy_model, reference=toy_reference, cancelled=lambda: True)
    assert check_run(write_run(nothing, tmp_path / "nothing")).problems == []
