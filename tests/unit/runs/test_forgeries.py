"""Forged runs whose every checksum fits: each is rejected, for the reason that is forged."""

import json
import shutil
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from forging import edit_certificates, edit_json, edit_table, seal
from safetensors.numpy import load_file, save_file

from molconvex.exceptions import DataError
from molconvex.icnn import ReluNetwork
from molconvex.optimize.certificate.primal_check import primal
from molconvex.optimize.certificate.record import ConcaveArrays
from molconvex.runs import check_run, write_run
from molconvex.runs.check_networks import what_was_compared


@pytest.fixture(scope="module")
def written(toy_run, tmp_path_factory) -> Path:
    return write_run(toy_run, tmp_path_factory.mktemp("runs") / "toy")


@pytest.fixture
def folder(written, tmp_path) -> Path:
    """A copy to forge."""
    return Path(shutil.copytree(written, tmp_path / "toy"))


def problems_of(folder: Path, **options) -> str:
    report = check_run(folder, **options)
    assert not report.ok
    return " | ".join(report.problems)


# ---- leads, programs and certificates belong together


def test_programs_without_a_lead_do_not_escape_the_check(folder) -> None:
    def forge(table: pd.DataFrame) -> None:
        table["lead"] = np.nan
        table["lower_bound"] += 7

    shutil.rmtree(folder / "certificates")
    edit_table(folder, "programs.csv", forge)
    report = check_run(folder)
    assert "a program has no lead" in " ".join(report.problems)
    assert report.certificates == 0


@pytest.mark.parametrize("lead", [1.5, 2, "one", None])
def test_one_program_of_another_lead_is_found(folder, lead: object) -> None:
    edit_table(folder, "programs.csv", lambda t: t.astype({"lead": object}).assign(lead=[lead, *t["lead"][1:]]))
    text = problems_of(folder)
    assert "programs.csv" in text or "certificates" in text


def test_no_certificate_at_all_is_a_failure(folder) -> None:
    edit_table(folder, "programs.csv", lambda t: t.iloc[:0])
    edit_table(folder, "candidates.csv", lambda t: t.iloc[:0])
    edit_json(folder, lambda r: r["counts"].update(programs=0, candidates=0))
    assert "no certificate at all" in problems_of(folder)


def test_program_numbers_run_from_one_without_a_gap(folder) -> None:
    edit_table(folder, "programs.csv", lambda t: t.assign(program=t["program"] + 1))
    assert "not numbered from 1" in problems_of(folder)


def test_a_removed_program_is_found(folder) -> None:
    edit_table(folder, "programs.csv", lambda t: t.iloc[:-1])
    edit_json(folder, lambda r: r["counts"].update(programs=3))
    assert "lead 1 has 3 programs, its certificates have 4" in problems_of(folder)


def test_certificates_of_no_lead_are_found(folder) -> None:
    for end in ("json", "safetensors"):
        shutil.copy(folder / f"certificates/lead-1.{end}", folder / f"certificates/lead-2.{end}")
    seal(folder)
    assert "certificates: there are lead-1, lead-2" in problems_of(folder)


def test_the_check_counts_the_certificates_it_verified(written) -> None:
    report = check_run(written)
    assert report.ok
    assert report.certificates == 4
    assert any(text.startswith("certificates of 4 programs") for text in report.passed)
    assert any("at most 0.01" in text for text in report.passed)


# ---- the record is what the settings ask for


def moved_and_shrunk(record):
    """The hull without the lead: its corners drawn toward the first, with honest values there and the old bounds."""
    part = record.region[0]
    points = part.arrays["points"]
    far = points[..., -1:, :] + 0.01 * (points - points[..., -1:, :])
    z = np.broadcast_to(far[..., 0, :], record.z.shape)
    moved = replace(record, region=(replace(part, arrays={"points": far}),), z=z)
    return replace(moved, value=primal(moved)[0], status=("STEP_BUDGET",) * record.n)


def with_radius(factor: float):
    """The hull blown up around the lead."""

    def change(record):
        part = record.region[0]
        points = part.arrays["points"]
        lead = record.anchor[0]
        return replace(record, region=(replace(part, arrays={"points": lead + factor * (points - lead)}),))

    return change


def other_network(record):
    network = record.networks[0]
    return replace(record, networks=(replace(network, constant=network.constant + 5.0), *record.networks[1:]))


RECORDS = {
    "a hull is not the one around its anchor": moved_and_shrunk,
    "more than the lead's radius": with_radius(1.001),
    "affine terms are added": lambda r: replace(
        r,
        affine_slopes=np.zeros((r.n, len(r.networks), r.z.shape[1])),
        affine_offsets=np.full((r.n, len(r.networks)), 5.0),
    ),
    "the distance from the anchor weighs": lambda r: replace(r, distance_weight=np.full(r.n, 0.1)),
    "gives one network a weight of up to": lambda r: replace(r, terms=tuple((members, 1.0) for members, _ in r.terms)),
    "weights of a program do not sum to one": lambda r: replace(r, weights=2 * r.weights),
    "does not weigh the goals as the settings say": lambda r: replace(r, weights=np.roll(r.weights, 1, axis=0)),
    "not the requirements of the settings": lambda r: replace(
        r, thresholds=np.where([[True, False]], 9.0, r.thresholds)
    ),
}


@pytest.mark.parametrize("reason", list(RECORDS))
def test_a_record_that_the_settings_did_not_ask_for_is_rejected(folder, reason: str) -> None:
    edit_certificates(folder, RECORDS[reason])
    assert reason in problems_of(folder)


def test_shifted_latents_are_found_where_the_latent_model_is_at_hand(folder, toy_model) -> None:
    assert check_run(folder, latent_model=toy_model).ok

    def shifted(record):
        part = record.region[0]
        step = np.full(record.z.shape[1], 0.1)
        arrays = {"points": part.arrays["points"] + step}
        moved = replace(record, region=(replace(part, arrays=arrays),), anchor=record.anchor + step, z=record.z + step)
        return replace(moved, value=primal(moved)[0])

    edit_certificates(folder, shifted)
    assert "not posed at the latent of the lead" in problems_of(folder, latent_model=toy_model)
    assert any("latent model is not at hand" in text for text in check_run(folder).unverified)


def test_latents_of_candidates_are_checked_with_the_model(folder, toy_model) -> None:
    def moved(arrays):
        return arrays | {"candidates": arrays["candidates"] + np.float32(0.05)}

    path = folder / "certificates/lead-1-latents.safetensors"
    save_file(moved(load_file(path)), path)
    seal(folder)
    assert "certificates/lead-1-latents: that of 1-0001 is not the molecule's" in problems_of(
        folder, latent_model=toy_model
    )


CLAIMS = ("inside_region", "region_distance", "value", "lower_bound", "gap_to_bound", "realised_share")


@pytest.mark.parametrize("column", [*CLAIMS, "cost_qed", "predicted_logp"])
def test_a_claim_about_a_molecule_that_the_certificate_does_not_prove_is_found(folder, column: str) -> None:
    def edit(table: pd.DataFrame) -> pd.DataFrame:
        first = ~table[column] if table[column].dtype == bool else table[column].fillna(0.0) + 0.01
        return table.assign(**{column: first})

    edit_table(folder, "candidates.csv", edit)
    assert f"candidates.csv: {column} of 1-0001" in problems_of(folder)


# ---- candidates


def drop_last(table: pd.DataFrame) -> pd.DataFrame:
    return table.iloc[:-1]


def doubled(table: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([table, table.iloc[-1:]], ignore_index=True)


CANDIDATES = {
    "the funnel kept": drop_last,
    "a molecule stands twice": doubled,
    "none that could be used": lambda t: t.assign(lead=7),
    "has another number than its lead": lambda t: t.assign(id=t["id"].str.replace("1-0001", "1-0009")),
    "a program that is not in programs.csv": lambda t: t.assign(program=t["program"] + 500),
    "are not ranked by desirability": lambda t: t.iloc[::-1].assign(rank=t["rank"].to_numpy(), id=t["id"].to_numpy()),
}


@pytest.mark.parametrize("reason", list(CANDIDATES))
def test_candidates_that_were_added_removed_or_exchanged_are_found(folder, reason: str) -> None:
    edit_table(folder, "candidates.csv", CANDIDATES[reason])
    assert reason in problems_of(folder)


SETTINGS = {
    "is less similar to its lead than": {"similarity": 0.94},
    "has alerts, which the settings drop": {"alerts": "drop"},
    "is not among the top 3": {"top": 3},
    "the settings say max": {"aggregate": "max"},
    "the settings say box": {"region": "box"},
    "its gap is larger than asked for": {"gap_tol": 1e-9},
}


@pytest.mark.parametrize("reason", list(SETTINGS))
def test_candidates_and_programs_obey_the_settings(folder, reason: str) -> None:
    if "alerts" in SETTINGS[reason]:
        edit_table(folder, "candidates.csv", lambda t: t.assign(alert_count=1))
    edit_json(folder, lambda r: r["settings"].update(SETTINGS[reason]))
    assert reason.replace("max", "'max'") in problems_of(folder) or reason in problems_of(folder)


def test_the_similarity_floor_is_itself_enough(folder) -> None:
    least = pd.read_csv(folder / "candidates.csv", float_precision="round_trip")["similarity"].min()
    edit_json(folder, lambda r: r["settings"].update(similarity=float(least)))
    assert check_run(folder).ok
    edit_json(folder, lambda r: r["settings"].update(similarity=float(np.nextafter(least, 1))))
    assert "is less similar" in problems_of(folder)


# ---- leads and run.json


LEADS = {
    "is given as": lambda t: t.assign(given="CCO"),
    "standardized it is": lambda t: t.assign(smiles="CCO"),
    "its leads are numbered [2]": lambda t: t.assign(lead=2),
    "desirability of lead 1": lambda t: t.assign(desirability=t["desirability"] - 0.1),
}


@pytest.mark.parametrize("reason", list(LEADS))
def test_leads_are_those_of_the_settings(folder, reason: str) -> None:
    edit_table(folder, "leads.csv", LEADS[reason])
    assert reason in problems_of(folder)


ENTRIES = {
    "value_range of qed": {"value_range": [0.0, 0.5]},
    "the scaler of qed is that of 'logp'": {
        "scaler": {
            "target": {"property": "logp", "unit": "", "sense": "maximize", "low": None, "high": None, "wanted": None},
            "mean": 0.0,
            "scale": 1.0,
        }
    },
}


@pytest.mark.parametrize("reason", list(ENTRIES))
def test_entries_of_surrogates_fit_their_properties(folder, reason: str) -> None:
    edit_json(folder, lambda r: r["surrogates"][0].update(ENTRIES[reason]))
    assert reason in problems_of(folder)


def test_networks_are_those_of_the_surrogate_where_it_is_at_hand(toy_run, toy_model, tmp_path) -> None:
    from molconvex.design import generate
    from molconvex.surrogate import save_surrogates

    store = save_surrogates(tmp_path / "qed", [toy_run.surrogates[0].surrogate])
    settings = toy_run.settings.replace(goals=["qed:max"], surrogates={"qed": store}, budget=20)
    folder = write_run(generate(settings, latent_model=toy_model), tmp_path / "own")
    report = check_run(folder)
    assert report.ok, report.problems
    assert not any("networks and scaler of qed" in text for text in report.unverified)
    edit_certificates(folder, other_network)
    assert "networks or scaler of qed are not those of the folder surrogate" in problems_of(folder)
    shutil.rmtree(store)
    assert any("networks and scaler of qed: its surrogate is not at hand" in t for t in check_run(folder).unverified)


def test_a_surrogate_that_is_not_at_hand_is_not_said_to_have_been_compared(written) -> None:
    report = check_run(written)
    assert "the certificates of all leads have the same networks" in report.passed
    assert not any("surrogate" in text for text in report.passed)


def test_what_was_compared_is_said_as_it_is() -> None:
    whole = "networks of the certificates and scalers of run.json are those of their surrogates"
    assert what_was_compared(["qed", "logp"], 2) == whole
    assert what_was_compared(["qed"], 2).endswith("; those of qed and the scalers are their surrogates'")
    assert "surrogate" not in what_was_compared([], 2)


def test_another_orientation_for_the_second_lead_is_found(folder) -> None:
    """The networks c are the same, but there their costs are -c."""
    for end in ("json", "safetensors"):
        shutil.copy(folder / f"certificates/lead-1.{end}", folder / f"certificates/lead-2.{end}")

    def turned(record):
        (members, _), dim = record.terms[0], record.z.shape[1]
        zero = ReluNetwork.affine(torch.zeros(dim, dtype=torch.float64)).map(lambda tensor: tensor.numpy())
        networks = [zero if k in members else network for k, network in enumerate(record.networks)]
        gates = [
            tuple(np.zeros((record.n, len(bias))) for bias in network.biases) if k in members else record.gates[k]
            for k, network in enumerate(networks)
        ]
        concave = tuple(ConcaveArrays(k, record.networks[k]) for k in members)
        return replace(record, networks=tuple(networks), gates=tuple(gates), concave=concave)

    edit_table(folder, "programs.csv", lambda t: pd.concat([t, t.assign(lead=2)]))
    different = "leads have different networks or orientations for qed"
    assert different not in problems_of(folder)
    edit_certificates(folder, turned, lead=2)
    assert different in problems_of(folder)


REFUSED = {"format", "latent", "counts"}


@pytest.mark.parametrize(
    "change",
    [
        {"format": {}},
        {"latent": []},
        {"counts": None},
        {"surrogates": 3},
        {"status": {}},
        {"settings": {"goals": 1}},
        {"requirements": [None]},
    ],
)
def test_a_record_with_values_of_wrong_kinds_is_refused_or_a_problem(folder, change: dict) -> None:
    edit_json(folder, lambda record: record.update(change))
    refused = pytest.raises(DataError, match="is no record of a run") if {*change} & REFUSED else nullcontext()
    with refused:
        assert not check_run(folder).ok


@pytest.mark.parametrize("files", ["", '"files": [], ', '"files": null, '])
def test_a_record_that_names_no_files_is_refused(folder, files: str) -> None:
    path = folder / "run.json"
    record = json.loads(path.read_text())
    del record["files"]
    path.write_text("{" + files + json.dumps(record)[1:])
    with pytest.raises(DataError, match="is no record of a run: it"):
        check_run(folder)


def test_what_only_checksums_protect_is_named(written) -> None:
    unverified = " | ".join(check_run(written).unverified)
    said = ("who made this run", "report.html", "networks and scaler of qed: trained", "which molecules were found")
    for words in (*said, "which analogues span"):
        assert words in unverified


def test_a_file_that_came_later_is_named_but_no_problem(folder) -> None:
    (folder / "notes.txt").write_text("look at rank 3")
    report = check_run(folder)
    assert report.ok
    assert "notes.txt: not a file of this run" in report.unverified
