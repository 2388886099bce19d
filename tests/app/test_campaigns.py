"""Campaigns on the Runs page: begun with a run's candidates, exported, refused to go on without values."""

import io

import pandas as pd
from reading import words

from app.components import campaigns
from molconvex.campaigns import open_campaign


def at_campaigns(open_app):
    """The Runs page with its campaigns."""
    page = open_app("runs")
    return page.segmented_control(key="runs_view").set_value("Campaigns").run()


def begun(open_app):
    """A page on which a campaign was begun with the candidates of the finished run."""
    page = at_campaigns(open_app)
    page.text_input(key="campaign_name").set_value("Anisoles")
    page.text_input(key="campaign_property").set_value("pIC50")
    page.number_input(key="campaign_batch").set_value(3).run()
    page.button(key="campaign_begin").click().run()
    assert not page.exception
    assert not page.error
    return page


def test_a_campaign_is_begun_and_its_batch_exported(open_app, finished, store, toy) -> None:
    page = begun(open_app)
    assert "batch 1 was proposed last" in words(page)
    campaign = open_campaign(store, "Anisoles", latent_model=toy.latent_model())
    assert len(campaign.pool) == finished.summary["candidates"]
    batch = pd.read_csv(io.BytesIO(campaigns._exported(campaign)))
    assert len(batch) == 3
    page.button(key="campaign_next").click().run()
    assert "No compound of batch 1 has a value yet" in page.error[0].value


def test_without_a_run_there_is_nothing_to_begin_with(open_app, store) -> None:
    run = store.runs.add("path", {"start": "CCO", "end": "CCN"})
    store.runs.stop(run.id)
    assert "start a run first" in words(at_campaigns(open_app))
