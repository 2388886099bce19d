"""Campaigns: pools, batches, bounds and history; with the toy model and a hidden property."""

import numpy as np
import pandas as pd
import pytest
from sqlalchemy.exc import IntegrityError
from toy_campaign import BATCH, go_on, settings

from molconvex.campaigns import (
    import_values,
    open_campaign,
    predictions,
    propose,
    rounds,
    start_campaign,
    waits_for_values,
)
from molconvex.campaigns.history import _agreement
from molconvex.campaigns.page import render_campaign
from molconvex.campaigns.proposing import what_is_known
from molconvex.exceptions import ConfigError, DataError


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


def test_values_imported_again_unchanged_do_not_change_what_is_known(campaign, tmp_path) -> None:
    go_on(campaign, tmp_path / "back.csv")
    before = what_is_known(campaign)
    lines = (tmp_path / "back.csv").read_text().splitlines(keepends=True)
    (tmp_path / "again.csv").write_text("".join(lines[: BATCH // 2]))
    import_values(campaign, tmp_path / "again.csv")
    after = what_is_known(campaign)
    assert after.rows.tolist() == before.rows.tolist() == sorted(before.rows)
    assert after.values.tolist() == before.values.tolist()


@pytest.mark.parametrize(("noise", "inside"), [(0.0, 0.0), (0.74, 0.0), (0.76, 1.0)])
def test_the_noise_of_a_measurement_counts_where_predictions_are_judged(noise, inside) -> None:
    """A deviation of 1 and this noise make 1.25 together, half of the 2.5 between prediction and value, at 0.75."""
    known = pd.DataFrame({"predicted": [1.0, 3.0], "measured": [3.5, 0.5], "deviation": [1.0, 1.0]})
    assert _agreement(known, noise)["inside"] == inside


def test_the_noise_is_kept_with_a_batch_and_an_older_batch_has_none(campaign, tmp_path) -> None:
    go_on(campaign, tmp_path / "batch.csv")
    batch = propose(campaign)
    assert 0 < batch.facts["noise"] < 2 * np.std([item.value for item in campaign.values.values()])
    assert "noise" not in campaign.batches[0].facts
    assert np.isnan(rounds(campaign)["inside"].iloc[0])
