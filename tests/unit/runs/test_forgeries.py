"""Forged runs whose every checksum fits: each is rejected, for the reason that is forged."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from forging import edit_certificates, edit_json, edit_table, problems_of, seal
from safetensors.numpy import load_file, save_file

from molconvex.optimize.certificate.primal_check import primal
from molconvex.runs import check_run

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
