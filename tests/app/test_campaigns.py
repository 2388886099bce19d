"""Campaigns on the Runs page: begun with a run's candidates, exported, values imported, the next batch."""

import io

import pandas as pd
from reading import words

from app.components import campaigns
from molconvex.campaigns import open_campaign


class Upload(io.BytesIO):
    """A file that somebody uploads."""

    name = "values.csv"


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


def test_a_campaign_goes_round_by_round(open_app, finished, store, toy, monkeypatch) -> None:
    page = begun(open_app)
    assert "batch 1 was proposed last" in words(page)
    campaign = open_campaign(store, "Anisoles", latent_model=toy.latent_model())
    assert len(campaign.pool) == finished.summary["candidates"]
    batch = pd.read_csv(io.BytesIO(campaigns._exported(campaign)))
    assert len(batch) == 3
    page.button(key="campaign_next").click().run()
    assert "No compound of batch 1 has a value yet" in page.error[0].value
    batch["pIC50"] = [5.0, 6.0, 7.0]
    upload = Upload(batch.to_csv(index=False).encode())
    monkeypatch.setattr(campaigns.st, "file_uploader", lambda *_, **__: upload)
    page.run()
    page.button(key="campaign_import").click().run()
    assert not page.error
    assert "3 values imported, 0 failed, 0 still waiting" in page.success[0].value
    assert "3 measured, batch 1 was proposed last" in words(page)
    page.run()
    assert not page.success
    page.button(key="campaign_next").click().run()
    assert not page.error
    assert [len(item.proposed) for item in campaign.batches] == [3, 3]
    assert "3 measured, batch 2 was proposed last" in words(page)


def test_a_batch_without_values_is_followed_by_another_one_if_that_is_asked_for(open_app, finished, store) -> None:
    page = begun(open_app)
    page.toggle(key="campaign_anyway").set_value(True).run()
    page.button(key="campaign_next").click().run()
    assert not page.error
    assert "batch 2 was proposed last" in words(page)


def test_a_new_campaign_is_the_one_that_is_shown(open_app, finished, store) -> None:
    page = begun(open_app)
    page.text_input(key="campaign_name").set_value("Second")
    page.text_input(key="campaign_property").set_value("logD").run()
    page.button(key="campaign_begin").click().run()
    assert not page.exception
    assert page.selectbox(key="campaign").value == "Second"
    page.selectbox(key="campaign").set_value("Anisoles").run()
    assert page.selectbox(key="campaign").value == "Anisoles"


def test_values_of_another_file_are_refused_in_words(open_app, finished, monkeypatch) -> None:
    page = begun(open_app)
    monkeypatch.setattr(campaigns.st, "file_uploader", lambda *_, **__: Upload(b"id,pIC50\nX-1,5.0\n"))
    page.run()
    page.button(key="campaign_import").click().run()
    assert not page.exception
    assert page.error


def test_without_a_run_there_is_nothing_to_begin_with(open_app, store) -> None:
    run = store.runs.add("path", {"start": "CCO", "end": "CCN"})
    store.runs.stop(run.id)
    assert "start a run first" in words(at_campaigns(open_app))


def test_a_store_that_fails_is_said_in_words(open_app, finished, store) -> None:
    page = begun(open_app)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE campaign_values RENAME TO elsewhere")
    page.run()
    assert "The store cannot be used (no such table" in page.error[0].value
