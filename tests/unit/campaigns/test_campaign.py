"""Campaigns: batches, files for the laboratory and back, history; with the toy model and a hidden property."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy.exc import IntegrityError

from molconvex.campaigns import (
    CampaignSettings,
    export_batch,
    import_values,
    open_campaign,
    predictions,
    propose,
    rounds,
    start_campaign,
    waits_for_values,
)
from molconvex.campaigns.page import render_campaign
from molconvex.campaigns.units import converted
from molconvex.chem import compute_properties
from molconvex.exceptions import ConfigError, DataError, OutputExistsError
from molconvex.runs.store import open_store

BATCH = 15


@pytest.fixture(scope="module")
def pool_file(tmp_path_factory, toy_model) -> Path:
    path = tmp_path_factory.mktemp("pool") / "pool.smi"
    path.write_text("\n".join([*toy_model.smiles[::5], "not a molecule", toy_model.smiles[0]]) + "\n")
    return path


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "store")
    yield opened
    opened.close()


def settings(pool_file: Path, **more) -> CampaignSettings:
    return CampaignSettings(**{"name": "toy", "goal": "logp:max", "pool": pool_file, "batch": BATCH} | more)


@pytest.fixture
def campaign(store, pool_file, toy_model):
    return start_campaign(store, settings(pool_file), latent_model=toy_model)[0]


def measured_file(campaign, path: Path, change=lambda table: table) -> Path:
    """The latest batch as it comes back from the laboratory."""
    export_batch(campaign, path, overwrite=True)
    table = pd.read_csv(path, keep_default_na=False)
    table["logp"] = compute_properties(table["smiles"].tolist(), ["logp"])["logp"].to_numpy()
    change(table).to_csv(path, index=False)
    return path


def go_on(campaign, path: Path) -> None:
    """One round: propose, measure, import."""
    propose(campaign)
    import_values(campaign, measured_file(campaign, path))


def test_a_campaign_comes_back_from_its_store_with_its_numbered_pool(campaign, store, pool_file, toy_model) -> None:
    again = open_campaign(store, "toy", latent_model=toy_model)
    assert again.pool == toy_model.smiles[::5]
    assert again.settings == settings(pool_file)
    assert again.stored.compound_id(1).startswith(campaign.stored.code)


def test_what_cannot_be_used_of_a_pool_is_left_out_with_its_reason(store, pool_file, toy_model) -> None:
    _, left_out = start_campaign(store, settings(pool_file), latent_model=toy_model)
    assert len(left_out) == 2
    assert "the same molecule as an earlier one" in left_out.values()


def test_two_campaigns_have_two_names(campaign, store, pool_file, toy_model) -> None:
    with pytest.raises(ConfigError, match="'toy' already"):
        start_campaign(store, settings(pool_file), latent_model=toy_model)
    with pytest.raises(ConfigError, match="no campaign 'tyo'; there are: toy"):
        open_campaign(store, "tyo")


def test_an_id_that_is_taken_is_drawn_again_and_says_nothing_of_names(store, monkeypatch) -> None:
    from molconvex.runs.store import campaigns

    codes = iter(["ABCD", "ABCD", "ABCD", "EFGH"])
    monkeypatch.setattr(campaigns, "_new_code", lambda: next(codes))
    first, second = store.campaigns.add("one", {}, ["CC"]), store.campaigns.add("two", {}, ["CC"])
    assert (first.code, second.code) == ("ABCD", "EFGH")
    monkeypatch.setattr(campaigns, "_new_code", lambda: "ABCD")
    with pytest.raises(DataError, match="no free code of 4 letters was found for the campaign 'three'"):
        store.campaigns.add("three", {}, ["CC"])
    with pytest.raises(ConfigError, match="there is a campaign 'one' already"):
        store.campaigns.add("one", {}, ["CC"])


def test_what_else_the_store_refuses_is_not_taken_for_a_name(store, monkeypatch) -> None:
    codes = iter(["ABCD", "EFGH"])
    monkeypatch.setattr("molconvex.runs.store.campaigns._new_code", lambda: next(codes))
    with pytest.raises(IntegrityError, match="campaign_compounds"):
        store.campaigns.add("one", {}, ["CC", "CC"])


def test_of_two_proposals_at_once_one_is_kept(campaign, monkeypatch) -> None:
    """The second one begins while the first one thinks."""
    from molconvex.campaigns import proposing

    far_apart = proposing._far_apart

    def thinks(*arguments):
        monkeypatch.setattr(proposing, "_far_apart", far_apart)
        propose(campaign)
        return far_apart(*arguments)

    monkeypatch.setattr(proposing, "_far_apart", thinks)
    with pytest.raises(ConfigError, match="batch 1 of 'toy' was proposed by another process meanwhile"):
        propose(campaign)
    assert [batch.number for batch in campaign.batches] == [1]


def test_the_first_batch_is_spread_and_says_so(campaign) -> None:
    batch = propose(campaign)
    assert len({item["number"] for item in batch.proposed}) == BATCH
    assert {item["why"] for item in batch.proposed} == {"diversity"}
    assert batch.facts["measured"] == 0


def test_the_next_batch_waits_for_values_unless_it_is_asked_for(campaign, tmp_path) -> None:
    assert not waits_for_values(campaign)
    first = propose(campaign)
    assert waits_for_values(campaign)
    with pytest.raises(ConfigError, match="no compound of batch 1 has a value yet"):
        propose(campaign)
    second = propose(campaign, anyway=True)
    assert not {item["number"] for item in first.proposed} & {item["number"] for item in second.proposed}


def test_rounds_find_better_compounds_and_keep_their_history(campaign, tmp_path) -> None:
    for _ in range(3):
        go_on(campaign, tmp_path / "batch.csv")
    table = rounds(campaign)
    assert table["measured"].tolist() == [BATCH] * 3
    assert table["model"].iloc[0].startswith("none yet")
    assert table["model"].iloc[1].startswith("Gaussian process")
    assert table["best"].iloc[1] > table["best"].iloc[0]
    assert table["best_so_far"].is_monotonic_increasing
    assert table["error"].notna().tolist() == [False, True, True]
    assert table["side"].iloc[2] in ("convex", "concave")
    everyone = predictions(campaign)
    assert everyone["id"].is_unique
    assert set(everyone["why"]) == {"diversity", "value", "learning"}
    page = render_campaign(campaign)
    assert page.count("<svg") == 2
    assert everyone["id"].iloc[-1] in page


def test_a_batch_is_the_same_again_for_the_same_measurements(campaign, store, pool_file, toy_model, tmp_path) -> None:
    other, _ = start_campaign(store, settings(pool_file, name="other"), latent_model=toy_model)
    for one in (campaign, other):
        go_on(one, tmp_path / f"{one.name}.csv")
        propose(one)
    assert campaign.batches[1].proposed == other.batches[1].proposed


def test_a_proved_bound_lies_beyond_every_prediction_of_the_hull(campaign, tmp_path) -> None:
    from molconvex.campaigns.proposing import _bound, _learned, what_is_known
    from molconvex.objectives.learned_surrogates import learn_surrogate

    for _ in range(2):
        go_on(campaign, tmp_path / "batch.csv")
    known = what_is_known(campaign)
    _, _, z = _learned(campaign, known, None)
    learned = learn_surrogate(z[known.rows], known.values, campaign.target, "", orientation="convex")
    mean = np.zeros(len(z))
    facts = _bound(campaign, learned.surrogate, known, z, mean)
    assert facts["bound"] >= float(learned.surrogate.predict(z).max()) - 1e-6
    assert facts["hull"] == len(campaign.pool)
    concave = learn_surrogate(z[known.rows], known.values, campaign.target, "", orientation="concave")
    assert _bound(campaign, concave.surrogate, known, z, mean) == {}


def test_a_compound_without_a_latent_costs_the_others_no_surrogate(campaign, tmp_path, monkeypatch) -> None:
    for _ in range(2):
        go_on(campaign, tmp_path / "batch.csv")
    row = campaign.batches[0].proposed[0]["number"] - 1
    latents = campaign.latents()
    latents[row] = float("nan")
    monkeypatch.setattr(type(campaign), "latents", lambda self: latents)
    facts = propose(campaign).facts
    assert facts["orientation"] in ("convex", "concave")
    assert facts["measured"] == 2 * BATCH


def test_a_window_is_predicted_and_reported_as_a_distance(store, pool_file, toy_model, tmp_path) -> None:
    window, _ = start_campaign(store, settings(pool_file, goal="logp:1..1.5"), latent_model=toy_model)
    for _ in range(2):
        go_on(window, tmp_path / "batch.csv")
    table = predictions(window)
    value = table["value"].to_numpy()
    assert np.allclose(table["measured"], np.maximum(0, np.maximum(1 - value, value - 1.5)))
    assert rounds(window)["best_so_far"].iloc[1] == table["measured"].min()


def test_a_small_value_is_wanted_where_the_goal_says_so(store, pool_file, toy_model, tmp_path) -> None:
    least, _ = start_campaign(store, settings(pool_file, goal="logp:min"), latent_model=toy_model)
    for _ in range(2):
        go_on(least, tmp_path / "batch.csv")
    table = predictions(least)
    assert table.groupby("batch")["value"].mean().diff().iloc[1] < 0
    assert rounds(least)["best_so_far"].iloc[1] == table["value"].min()


def test_a_pool_that_is_used_up_ends_the_campaign(store, pool_file, toy_model) -> None:
    small, _ = start_campaign(store, settings(pool_file, batch=1000), latent_model=toy_model)
    assert len(propose(small).proposed) == len(small.pool)
    with pytest.raises(ConfigError, match="every compound"):
        propose(small, anyway=True)


def test_an_exported_file_is_not_overwritten_unasked(campaign, tmp_path) -> None:
    with pytest.raises(DataError, match="nothing was proposed yet for 'toy'"):
        export_batch(campaign, tmp_path / "x.csv")
    propose(campaign)
    export_batch(campaign, tmp_path / "x.csv")
    with pytest.raises(OutputExistsError):
        export_batch(campaign, tmp_path / "x.csv")
    with pytest.raises(DataError, match="has no batch 2"):
        export_batch(campaign, tmp_path / "y.csv", 2)


def with_cell(column: str, value: object, row: int = 0):
    def change(table: pd.DataFrame) -> pd.DataFrame:
        table[column] = table[column].astype(object)
        table.loc[row, column] = value
        return table

    return change


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (with_cell("id", "ABCD-00001"), "line 2: 'ABCD-00001' is no compound of 'toy'"),
        (with_cell("id", ""), "line 2: '' is no compound"),
        (with_cell("smiles", "CCO"), "line 2: CCO is not the structure of this id"),
        (with_cell("logp", "high"), "line 2: 'logp' holds 'high', which is no number"),
        (with_cell("unit", "mg"), "line 2: the unit 'mg' is not that of the campaign"),
        (lambda table: pd.concat([table, table.head(1)]), f"line {BATCH + 2}: .* is in the file twice"),
        (lambda table: table.drop(columns="logp"), "no column 'logp'"),
        (lambda table: table.drop(columns="id"), "no column 'id'"),
    ],
)
def test_a_file_with_anything_wrong_is_refused_whole(campaign, tmp_path, change, text) -> None:
    propose(campaign)
    with pytest.raises(DataError, match=text):
        import_values(campaign, measured_file(campaign, tmp_path / "back.csv", change))
    assert campaign.values == {}


def test_the_number_of_an_id_ends_with_the_pool(campaign, tmp_path) -> None:
    propose(campaign)
    beyond = campaign.stored.compound_id(len(campaign.pool) + 1)
    with pytest.raises(DataError, match=f"'{beyond}' is no compound"):
        import_values(campaign, measured_file(campaign, tmp_path / "back.csv", with_cell("id", beyond)))
    path = measured_file(campaign, tmp_path / "back.csv", with_cell("id", campaign.stored.compound_id(0)))
    with pytest.raises(DataError, match="00000' is no compound"):
        import_values(campaign, path)


def test_a_file_of_another_campaign_is_recognized(campaign, store, pool_file, toy_model, tmp_path) -> None:
    other, _ = start_campaign(store, settings(pool_file, name="other"), latent_model=toy_model)
    propose(other)
    propose(campaign)
    with pytest.raises(DataError, match="is a compound of the campaign 'other'"):
        import_values(campaign, measured_file(other, tmp_path / "back.csv"))


def test_many_problems_are_counted(campaign, tmp_path) -> None:
    propose(campaign)
    with pytest.raises(DataError, match=f"and {BATCH - 5} more; nothing was imported"):
        import_values(campaign, measured_file(campaign, tmp_path / "back.csv", lambda t: t.assign(smiles="CCO")))


def test_a_measured_value_is_replaced_only_when_that_is_allowed(campaign, tmp_path) -> None:
    propose(campaign)
    path = measured_file(campaign, tmp_path / "back.csv")
    assert import_values(campaign, path).measured == BATCH
    assert import_values(campaign, path).replaced == 0  # the same values again change nothing
    measured_file(campaign, path, with_cell("logp", 9.5))
    with pytest.raises(DataError, match=r"has the value .* from back.csv already; allow replacing if"):
        import_values(campaign, path)
    assert import_values(campaign, path, replace=True).replaced == 1
    assert max(item.value for item in campaign.values.values()) == 9.5


def test_a_remark_without_a_value_is_a_failure_and_an_empty_row_waits(campaign, tmp_path) -> None:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        table = with_cell("remark", "precipitated")(with_cell("logp", "")(table))
        return with_cell("logp", "n.d.", 1)(table)

    propose(campaign)
    found = import_values(campaign, measured_file(campaign, tmp_path / "back.csv", change))
    assert (found.measured, found.failed, found.waiting) == (BATCH - 2, 1, 1)
    assert not waits_for_values(campaign)
    failed = campaign.batches[0].proposed[0]["number"]
    assert campaign.values[failed].reason == "precipitated"
    assert np.isnan(campaign.values[failed].value)
    assert rounds(campaign)["failed"].tolist() == [1]
    assert failed not in {item["number"] for item in propose(campaign).proposed}


def test_a_file_of_a_spreadsheet_with_semicolons_decimal_commas_and_bounds_is_read(campaign, tmp_path) -> None:
    propose(campaign)
    path = measured_file(campaign, tmp_path / "back.csv")
    table = pd.read_csv(path, keep_default_na=False)
    table["logp"] = ["1,5", "<2,25", *["3"] * (BATCH - 2)]
    table.to_csv(path, index=False, sep=";")
    notes = import_values(campaign, path).notes
    values = [campaign.values[item["number"]].value for item in campaign.batches[0].proposed]
    assert values[:3] == [1.5, 2.25, 3.0]
    assert notes[0] == "logp: a comma was read as decimal sign in 2 cells"
    assert notes[-1] == "line 3: <2,25 is taken as its bound, 2.25"


@pytest.mark.parametrize(
    ("separator", "cells", "read"),
    [
        (",", ["10,000", ">10,000", "1.5"], [10_000.0, 10_000.0, 1.5]),
        (";", ["10,000", ">10,000", "1,5"], [10.0, 10.0, 1.5]),
        (";", ["10,000", ">10,000", "1.5"], [10_000.0, 10_000.0, 1.5]),
    ],
)
def test_what_a_comma_means_is_decided_by_the_whole_column(campaign, tmp_path, separator, cells, read) -> None:
    propose(campaign)
    path = measured_file(campaign, tmp_path / "back.csv")
    table = pd.read_csv(path, keep_default_na=False)
    table["logp"] = [*cells, *["3"] * (BATCH - 3)]
    table.to_csv(path, index=False, sep=separator)
    notes = import_values(campaign, path).notes
    assert [campaign.values[item["number"]].value for item in campaign.batches[0].proposed][:3] == read
    assert notes[-1] == f"line 3: >10,000 is taken as its bound, {read[1]:g}"


def test_a_comma_that_can_mean_two_numbers_is_refused(campaign, tmp_path) -> None:
    propose(campaign)
    path = measured_file(campaign, tmp_path / "back.csv")
    table = pd.read_csv(path, keep_default_na=False)
    table["logp"] = ["10,000", *["3"] * (BATCH - 1)]
    table.to_csv(path, index=False, sep=";")
    with pytest.raises(DataError, match=r"line 2: .* can mean 10 or 10000.*nothing was imported"):
        import_values(campaign, path)
    assert campaign.values == {}


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "result"),
    [(10.0, "uM", "nM", 1e4), (5.0, "nM", "nm", 5.0), (10.0, "nM", "-log10 M", 8.0), (2.0, "mM", "µM", 2000.0)],
)
def test_concentrations_are_converted(value, unit, wanted, result) -> None:
    assert converted(value, unit, wanted) == pytest.approx(result)


@pytest.mark.parametrize(("value", "unit", "wanted"), [(1.0, "nM", "%"), (1.0, "%", ""), (0.0, "nM", "-log10 M")])
def test_units_that_do_not_fit_are_refused(value, unit, wanted) -> None:
    with pytest.raises(DataError):
        converted(value, unit, wanted)


@pytest.mark.parametrize(
    ("more", "text"),
    [({"goal": "logp:max*2"}, "needs no weight"), ({"name": "a/b"}, "letters"), ({"batch": 0}, "batch")],
)
def test_settings_that_make_no_sense_are_refused(pool_file, more, text) -> None:
    with pytest.raises(ConfigError, match=text):
        settings(pool_file, **more)


def test_a_pool_of_one_is_no_pool(store, tmp_path) -> None:
    path = tmp_path / "one.smi"
    path.write_text("CCO\nOCC\n")
    with pytest.raises(DataError, match="holds 1 usable molecules"):
        start_campaign(store, settings(path))
