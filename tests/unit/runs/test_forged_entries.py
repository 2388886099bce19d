"""Forged leads, surrogates and records of a run: each is rejected, for the reason that is forged."""

import json
import shutil
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from forging import edit_certificates, edit_json, edit_table, other_network, problems_of

from molconvex.exceptions import DataError
from molconvex.icnn import ReluNetwork
from molconvex.optimize.certificate.record import ConcaveArrays
from molconvex.runs import check_run, write_run
from molconvex.runs.check_networks import what_was_compared

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
    for words in (*said, "which analogues span", "candidates.csv: plausibility, novel, proposer, parents and round"):
        assert words in unverified


def test_a_file_that_came_later_is_named_but_no_problem(folder) -> None:
    (folder / "notes.txt").write_text("look at rank 3")
    report = check_run(folder)
    assert report.ok
    assert "notes.txt: not a file of this run" in report.unverified
