"""From leads to candidates with a real, small latent model and surrogates trained on it."""

import numpy as np
import pandas as pd
import pytest

from molconvex.chem import PROPERTIES, compute_properties, find_alerts, parse, standardize, tanimoto
from molconvex.design import GenerateSettings, generate
from molconvex.exceptions import ChemistryError, ConfigError, DataError, LatentMismatchError
from molconvex.objectives.goals import overall_desirability
from molconvex.surrogate import save_surrogate

LEAD = "Cc1ccc(C(=O)N2CCOCC2)cc1"


@pytest.fixture
def quick(toy_settings, toy_model, toy_reference):
    """Run with some settings changed; few molecules."""

    def run(*, progress=None, cancelled=None, surrogates=None, model=None, **changes):
        settings = toy_settings.replace(**({"budget": 16, "analogues": 16} | changes))
        return generate(
            settings,
            latent_model=model or toy_model,
            reference=toy_reference,
            surrogates=surrogates,
            progress=progress,
            cancelled=cancelled,
        )

    return run


def test_candidates_are_standard_new_and_similar(toy_run) -> None:
    smiles = toy_run.candidates["smiles"].tolist()
    assert len(smiles) > 3
    assert len(set(smiles)) == len(smiles)
    assert LEAD not in smiles
    assert [standardize(text).smiles for text in smiles] == smiles
    np.testing.assert_allclose(toy_run.candidates["similarity"], tanimoto(LEAD, smiles))
    assert (toy_run.candidates["similarity"] >= 0.2).all()


def test_candidates_are_measured_and_ranked_by_measured_values(toy_run) -> None:
    table = toy_run.candidates
    measured = compute_properties(table["smiles"].tolist())
    pd.testing.assert_frame_equal(table[list(PROPERTIES)], measured)
    logp = measured["logp"].to_numpy()
    distance = np.maximum(0, np.maximum(2 - logp, logp - 3))
    np.testing.assert_allclose(table["measured_logp"], distance)
    each = np.stack([measured["qed"], 0.5 ** (distance / 1.5)], axis=1)
    np.testing.assert_allclose(table["desirability"], overall_desirability(each, [1, 2]))
    assert table["desirability"].is_monotonic_decreasing
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    assert [("; ".join(find_alerts(parse(s)))) for s in table["smiles"]] == table["alerts"].tolist()


def test_candidates_improve_on_the_lead(toy_run) -> None:
    lead = toy_run.leads.iloc[0]
    best = toy_run.candidates.iloc[0]
    assert best["desirability"] > lead["desirability"]
    np.testing.assert_allclose(best["gain"], best["desirability"] - lead["desirability"])


def test_every_candidate_is_held_against_the_bound_at_its_own_latent(toy_run, toy_model) -> None:
    table, latents = toy_run.candidates, toy_run.latents[1]
    z = toy_model.encode(table["smiles"].tolist()).double()
    np.testing.assert_array_equal(z, latents.candidates)
    cost = sum(
        weight * part.surrogate.cost(z).numpy() for weight, part in zip((1 / 3, 2 / 3), toy_run.surrogates, strict=True)
    )
    np.testing.assert_allclose(table["value"], cost, atol=1e-9)
    assert table["inside_region"].all()
    np.testing.assert_allclose(table["gap_to_bound"], table["value"] - table["lower_bound"])
    assert (table["gap_to_bound"] >= 0).all()
    assert table["realised_share"].max() <= 1
    start = sum(
        weight * float(part.surrogate.cost(latents.lead[None]))
        for weight, part in zip((1 / 3, 2 / 3), toy_run.surrogates, strict=True)
    )
    np.testing.assert_allclose(table["realised_share"], (start - cost) / (start - table["lower_bound"]), atol=1e-6)


def test_every_candidate_knows_where_it_came_from(toy_run) -> None:
    table = toy_run.candidates
    assert set(table["proposer"]) <= {"edits", "crossover"}
    assert table["round"].between(0, 20).all()
    known = {LEAD, *table["smiles"], *toy_run.rejected["smiles"]}
    parents = {text for row in table["parents"] for text in row.split()}
    assert LEAD in parents
    assert len(parents & known) > 3


def test_programs_are_mixes_over_the_region_and_bounds_hold(toy_run) -> None:
    programs = toy_run.programs
    assert len(programs) == 4
    assert (programs["lower_bound"] <= programs["value"] + 1e-9).all()
    np.testing.assert_allclose(programs.loc[0, ["weight_qed", "weight_logp"]].astype(float), [1 / 3, 2 / 3])
    assert programs[["weight_qed", "weight_logp"]].drop_duplicates().shape == (4, 2)
    region, points = toy_run.proposals[0].program.region, toy_run.latents[1]
    assert region.kind == "hull"
    corners = {tuple(row) for row in region.points.tolist()}
    assert {tuple(points.lead.tolist()), *(tuple(z) for z in points.candidates.tolist())} <= corners


def test_the_funnel_adds_up(toy_run) -> None:
    steps = {step.name: step for step in toy_run.funnel}
    assert steps["unique"].of == steps["proposed"].count
    assert steps["fitting"].of == steps["unique"].count
    assert steps["encoded"].of == steps["plausible"].count
    assert steps["scored"].of == steps["encoded"].count
    assert steps["scored"].count == 24 == steps["measured"].of
    assert steps["kept"].count == len(toy_run.candidates)
    assert (toy_run.rejected["reason"] != "").all()
    assert not set(toy_run.rejected["smiles"]) & set(toy_run.candidates["smiles"])


def test_a_seed_reproduces_everything_and_another_does_not(quick) -> None:
    one, same, other = quick(seed=3), quick(seed=3), quick(seed=4)
    pd.testing.assert_frame_equal(one.candidates, same.candidates)
    pd.testing.assert_frame_equal(one.programs, same.programs)
    pd.testing.assert_frame_equal(one.rejected, same.rejected)
    assert set(one.candidates["smiles"]) != set(other.candidates["smiles"])


def test_several_leads_are_ranked_each_for_itself_and_a_bad_one_keeps_its_reason(quick) -> None:
    run = quick(leads=[f"{LEAD}.Cl salt", "C1CC nonsense", f"{LEAD} again", "CCOc1ccc(C)cc1"])
    assert run.leads["reason"].astype(bool).tolist() == [False, True, True, False]
    assert "same molecule as salt" in run.leads["reason"].iloc[2]
    assert "parent of a salt" in run.leads["notes"].iloc[0]
    assert run.leads["smiles"].iloc[0] == LEAD
    assert run.funnel["leads"].count == 2
    assert run.candidates.groupby("lead")["rank"].min().tolist() == [1, 1]
    assert run.programs["program"].tolist() == list(range(1, 9))


def test_a_single_bad_lead_is_an_error_with_its_own_reason(quick) -> None:
    with pytest.raises(ChemistryError, match="RDKit cannot read 'C1CC'"):
        quick(leads=["C1CC"])
    with pytest.raises(ChemistryError, match="mixture without a clear parent"):
        quick(leads=["c1ccccc1CCN.c1ccncc1CCO"])
    with pytest.raises(ChemistryError, match="none of the 2 leads can be used"):
        quick(leads=["C1CC", "Cx"])


def test_alerts_are_flagged_or_dropped(quick) -> None:
    flagged = quick(leads=["CCOC(=O)c1ccc(C)cc1"], similarity=0.05)
    alerted = flagged.candidates[flagged.candidates["alert_count"] > 0]
    assert len(alerted)
    dropped = quick(leads=["CCOC(=O)c1ccc(C)cc1"], similarity=0.05, alerts="drop")
    assert (dropped.candidates["alert_count"] == 0).all()
    lost = dropped.rejected["reason"].str.startswith("alerts: ").sum()
    assert lost == dropped.funnel["clean"].of - dropped.funnel["clean"].count > 0


def test_top_keeps_the_best_and_diverse_spreads_them(quick) -> None:
    everything = quick(similarity=0.1)
    top = quick(similarity=0.1, top=4)
    assert top.candidates["smiles"].tolist() == everything.candidates["smiles"].head(4).tolist()
    assert "not among the top 4" in set(top.rejected["reason"])
    diverse = quick(similarity=0.1, top=4, diverse=True)
    assert diverse.candidates["smiles"].iloc[0] == top.candidates["smiles"].iloc[0]

    def closest(run) -> float:
        smiles = run.candidates["smiles"].tolist()
        return max(tanimoto(s, smiles[:i])[:].max() for i, s in enumerate(smiles) if i)

    assert closest(diverse) < closest(top)


def test_novelty_is_stated_against_a_file(quick, tmp_path) -> None:
    plain = quick()
    assert plain.candidates["novel"].isna().all()
    known = tmp_path / "known.smi"
    known.write_text(f"{plain.candidates['smiles'].iloc[0]}\nnot_a_molecule\n")
    assert quick(known=known).candidates["novel"].tolist() == [False] + [True] * (len(plain.candidates) - 1)
    known.write_text("not_a_molecule\n")
    with pytest.raises(DataError, match="none of its molecules can be read"):
        quick(known=known)


def test_progress_names_the_stages_and_ends_each(quick) -> None:
    seen: dict[str, tuple[int, int]] = {}

    def progress(stage: str, done: int, total: int) -> None:
        assert 0 <= done <= total
        assert done >= seen.get(stage, (0, 0))[0]
        seen[stage] = (done, total)

    quick(progress=progress, leads=[LEAD, "CCOc1ccc(C)cc1"])
    assert {"load", "search", "certify"} <= set(seen)
    assert seen["search"] == (32, 32)
    assert seen["certify"] == (2, 2)
    assert all(done == total for done, total in seen.values())


def test_a_stop_keeps_finished_leads(quick) -> None:
    stages: list[str] = []

    def progress(stage: str, done: int, total: int) -> None:
        stages.append(stage)

    run = quick(leads=[LEAD, "CCOc1ccc(C)cc1"], progress=progress, cancelled=lambda: "certify" in stages)
    assert run.status == "partial"
    assert set(run.candidates["lead"]) == {1}
    alone = quick(leads=[LEAD])
    pd.testing.assert_frame_equal(run.candidates, alone.candidates)


def test_ctrl_c_keeps_finished_leads_and_a_stop_at_once_leaves_an_empty_run(quick) -> None:
    def interrupt(stage: str, done: int, total: int) -> None:
        if stage == "search" and done > total / 2:
            raise KeyboardInterrupt

    run = quick(leads=[LEAD, "CCOc1ccc(C)cc1"], progress=interrupt)
    assert (run.status, set(run.candidates["lead"])) == ("partial", {1, 2})
    assert 0 < (run.candidates["lead"] == 2).sum() < 16
    assert run.leads["stopped"].tolist() == ["the budget of scored molecules is spent", "stopped before the end"]
    nothing = quick(cancelled=lambda: True)
    assert (nothing.status, len(nothing.candidates), len(nothing.programs)) == ("partial", 0, 0)


def test_own_surrogates_must_fit_the_wish_and_the_model(quick, toy_run, toy_model) -> None:
    qed = toy_run.surrogates[0].surrogate
    assert quick(surrogates={"qed": qed}).surrogates[0].origin == "given"
    with pytest.raises(ConfigError, match="'minimize QED', the surrogate was trained to 'maximize qed'"):
        quick(goals=["qed:min"], surrogates={"qed": qed})

    class Other(type(toy_model)):
        fingerprint = "other"

        def __init__(self) -> None:
            self.__dict__.update({k: v for k, v in toy_model.__dict__.items() if k != "fingerprint"})

    with pytest.raises(LatentMismatchError, match="made for the latent model"):
        quick(surrogates={"qed": qed}, model=Other())
    with pytest.raises(LatentMismatchError, match="reference set belongs to"):
        quick(model=Other())


def test_an_unmeasurable_property_is_ranked_by_the_prediction_for_the_molecule(quick, toy_reference) -> None:
    from molconvex.objectives.goal_surrogates import QUICK_FIT
    from molconvex.surrogate import Target, fit_surrogate, make_dataset

    reference = toy_reference
    activity = reference.table["logp"].to_numpy() - 0.01 * reference.table["tpsa"].to_numpy()
    own = fit_surrogate(
        make_dataset(
            reference.z, activity, Target("activity", "", "maximize"), latent_fingerprint=reference.latent_fingerprint
        ),
        QUICK_FIT,
    )
    run = quick(goals=["activity:max"], surrogates={"activity": own})
    table = run.candidates
    assert "activity" not in table.columns
    assert table["measured_activity"].isna().all()
    assert table["predicted_activity"].is_monotonic_decreasing
    with pytest.raises(ConfigError, match="unknown property 'activity'; known are qed"):
        quick(goals=["activity:max"])


def test_a_surrogate_is_loaded_from_a_folder(toy_settings, toy_run, toy_model, toy_reference, tmp_path) -> None:
    save_surrogate(tmp_path / "mine", toy_run.surrogates[0].surrogate)
    settings = toy_settings.replace(goals=["qed:max"], programs=2, surrogates={"qed": tmp_path / "mine"})
    run = generate(settings, latent_model=toy_model, reference=toy_reference)
    assert run.surrogates[0].origin == "folder"
    assert run.programs["cost_qed"].notna().all()


def test_edits_leave_the_kept_part_alone_from_the_first_analogue_on(quick) -> None:
    run = quick(keep=["C(=O)N1CCOCC1"])
    assert len(run.candidates)
    assert not run.rejected["reason"].str.contains("lacks the part to keep").any()


def test_kept_parts_that_are_the_whole_lead_together_are_refused(quick) -> None:
    assert quick(leads=["FC(F)(F)C(Cl)(Cl)Br"], keep=["FC(F)F", "CCl"], similarity=0.0).status == "complete"
    with pytest.raises(ConfigError, match="leaves nothing to change; keep less of it"):
        quick(leads=["FC(F)(F)C(Cl)(Cl)Br"], keep=["FC(F)F", "C(Cl)(Cl)Br"])


def test_a_budget_smaller_than_a_round_is_kept(quick) -> None:
    for budget in (1, 7):
        run = quick(budget=budget)
        assert run.funnel["scored"].count == budget
        assert 0 < len(run.candidates) <= budget


def test_the_exact_solver_agrees(quick) -> None:
    batched, exact = quick(programs=3, gap_tol=1e-5), quick(programs=3, gap_tol=1e-5, exact=True)
    np.testing.assert_allclose(exact.programs["value"], batched.programs["value"], atol=1e-4)


def test_the_target_is_reached_by_what_meets_every_limit_alone(toy_model, toy_reference) -> None:
    settings = GenerateSettings(
        leads=["Cc1ccc(CCO)cc1"],
        goals=["qed:max"],
        require=["logp:<0.5"],
        similarity=0.2,
        analogues=20,
        budget=60,
        plausibility="off",
        proposers=["edits"],
        target=0.5,
        enough=5,
    )
    run = generate(settings, latent_model=toy_model, reference=toy_reference)
    reached = int((run.candidates["desirability"] >= 0.5).sum())
    assert reached >= 5 or run.funnel["scored"].count == 60
