"""Every other page, empty and with something to show."""

import json

import pandas as pd
import pytest
from reading import LEAD, SETTINGS, words
from sqlalchemy import event

from app.components.run_titles import told_apart
from app.views import tradeoffs
from molconvex.runs.store import RunState
from molconvex.runs.store.basket import basket_csv, basket_report, basket_sdf, basket_table
from molconvex.runs.store.molecules import Measurement
from molconvex.runs.store.runs import RunTable

EMPTY = {
    "runs": "Nothing was run yet",
    "basket": "Nothing is starred yet",
    "map": "Start a run first",
    "models": "No model was trained yet",
    "trade-offs": "Two goals, one lead",
    "walks": "Two molecules: what lies between them?",
    "about": "What is proved and what is not",
}


@pytest.mark.parametrize("address", EMPTY)
def test_empty_pages_say_what_to_do(open_app, address: str) -> None:
    page = open_app(address)
    assert not page.exception
    assert not page.error
    assert EMPTY[address] in words(page)
    assert len(page.title) == 1


@pytest.mark.parametrize("address", [name for name in EMPTY if name != "models"])
def test_pages_with_a_finished_run(open_app, finished, store, address: str) -> None:
    store.molecules.mark(finished.summary["best"]["smiles"], "star", finished.id)
    page = open_app(address)
    assert not page.exception
    assert not page.error


def test_runs_are_found_opened_and_used_again(open_app, finished) -> None:
    page = open_app("runs")
    text = words(page)
    assert "Anisole: more drug-like" in text
    assert f"of {finished.summary['candidates']} candidates meet every goal" in text
    page.text_input(key="runs_search").set_value("no such thing").run()
    assert "No run fits" in words(page)
    page.text_input(key="runs_search").set_value("anisole").run()
    page.button(key=f"again_{finished.id}").click().run()
    assert not page.exception
    assert page.text_input(key="lead").value == LEAD
    assert page.slider(key="similarity").value == 0.1


def test_deletion_of_a_run_is_undone(open_app, finished, store) -> None:
    page = open_app("runs")
    page.button(key=f"delete_{finished.id}").click().run()
    assert "was deleted" in page.info[0].value
    assert store.runs.find() == []
    page.button(key="undo").click().run()
    assert [run.id for run in store.runs.find()] == [finished.id]
    assert f"open_{finished.id}" in [button.key for button in page.button]


def make_read_only(store) -> None:
    """Have SQLite refuse every write from now on."""
    store.engine.dispose()
    event.listen(store.engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only=ON"))


def test_what_a_read_only_store_cannot_keep_is_said_and_the_page_stays(open_app, finished, store) -> None:
    make_read_only(store)
    page = open_app("runs")
    page.button(key=f"delete_{finished.id}").click().run()
    assert not page.exception
    assert "This was not done." in page.toast[0].value
    assert "readonly database" in page.toast[0].value
    assert "Anisole: more drug-like" in words(page)
    assert [run.id for run in store.runs.find()] == [finished.id]


def test_a_run_that_a_read_only_store_cannot_take_is_refused_in_words(open_app, store) -> None:
    page = open_app()
    page.text_input(key="lead").set_value(LEAD).run()
    make_read_only(store)
    page.button(key="start").click().run()
    assert not page.exception
    assert "readonly database" in page.error[0].value


def test_a_fault_of_a_callback_is_told_with_its_number(open_app, finished, monkeypatch) -> None:
    def breaks(self, run_id: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(RunTable, "delete", breaks)
    page = open_app("runs")
    page.button(key=f"delete_{finished.id}").click().run()
    assert not page.exception
    assert "in the log under" in page.toast[0].value


def test_two_runs_are_compared(open_app, finished, store) -> None:
    from app.views.runs import comparison

    other = store.runs.add("generate", SETTINGS | {"similarity": 0.3}, title="Another")
    store.runs.claim(other.id, "w")
    store.runs.end(other.id, RunState.FINISHED, folder=finished.folder, summary=finished.summary | {"meeting": 0})
    assert "Compare two runs" in [item.label for item in open_app("runs").expander]
    table = comparison(finished, store.runs.get(other.id))
    assert table.loc["Candidates of both"].tolist() == [str(finished.summary["candidates"])] * 2
    assert table.loc["Setting: similarity"].tolist() == ["0.1", "0.3"]
    assert table.loc["Meet every goal"].tolist()[1] == "0"


def test_basket_holds_stars_of_all_runs(open_app, finished, store) -> None:
    best = finished.summary["best"]["smiles"]
    store.molecules.mark(best, "star", finished.id)
    store.molecules.mark("CCO", "star")
    store.molecules.note("CCO", "=cmd|'/c calc'!A0")
    store.molecules.record_measurements([Measurement("CCO", "pic50", 6.5, "", "plate", 1.0)])
    page = open_app("basket")
    text = words(page)
    assert "2 molecules." in text
    assert "pic50, measured" in text
    page.button(key="star_basket_CCO").click().run()
    assert [item.smiles for item in store.molecules.starred()] == [best]


def test_a_star_in_two_tabs_stays_a_star(open_app, finished, store) -> None:
    one, other = open_app("design", finished), open_app("design", finished)
    one.button(key="star_panel").click().run()
    other.button(key="star_panel").click().run()
    assert [item.smiles for item in store.molecules.starred()] == [finished.summary["best"]["smiles"]]
    other.button(key="star_panel").click().run()
    assert not store.molecules.starred()


def test_files_of_the_basket(finished, store) -> None:
    store.molecules.mark("CCO", "star", finished.id)
    store.molecules.note("CCO", "=1+1 <script>")
    table = basket_table(store)
    assert table["run"].tolist() == ["Anisole: more drug-like"]
    assert b"'=1+1" in basket_csv(table)
    assert basket_sdf(table).count(b"$$$$") == 1
    report = basket_report(table).decode()
    assert "&lt;script&gt;" in report
    assert "<script>" not in report
    assert "data:image/svg+xml" in report


def test_map_draws_reference_lead_and_candidates(open_app, finished) -> None:
    page = open_app("map")
    assert not page.exception
    assert not page.error
    spec = json.loads(page.get("vega_lite_chart")[0].proto.spec) if page.get("vega_lite_chart") else {}
    assert not spec or len(spec["layer"]) == 3


@pytest.mark.parametrize(("edge", "expected"), [(2.0, ["b", "a"]), (1.99, ["b"])])
def test_a_frame_on_the_map_lists_the_candidates_on_and_within_its_edges(edge: float, expected: list[str]) -> None:
    from app.views.latent_map import inside

    rows = [("a", "Candidate", 2.0, 0.0, 2), ("b", "Candidate", 1.0, 1.0, 1), ("c", "Lead", 1.0, 0.5, 0)]
    rows += [("d", "Reference", 1.0, 0.5, 0), ("e", "Candidate", 1.0, 1.01, 3)]
    points = pd.DataFrame(rows, columns=["smiles", "kind", "x", "y", "rank"])
    assert list(inside(points, {"x": [edge, 0.0], "y": [1.0, 0.0]})["smiles"]) == expected


def test_front_is_found_and_shown(open_app, store, work, monkeypatch) -> None:
    monkeypatch.setitem(tradeoffs.EFFORTS, "quick", (4, 20))
    page = open_app("trade-offs")
    page.text_input(key="front_lead").set_value(LEAD).run()
    page.slider(key="front_similarity").set_value(0.1)
    page.segmented_control(key="front_effort").set_value("quick").run()
    page.button(key="front_start").click().run()
    assert not page.exception
    (run,) = store.runs.active()
    assert run.settings["goals"] == ["qed:max", "sa_score:min"]
    assert (run.settings["points"], run.settings["budget"]) == (4, 20)
    done = work(run.id)
    assert done.state is RunState.FINISHED, done.error
    page = open_app("trade-offs", run)
    assert not page.exception
    assert not page.error
    assert "beaten by no other" in words(page)
    page.button(key="star_front").click().run()
    assert len(store.molecules.starred()) == 1


def test_walk_is_walked_and_shown(open_app, store, work) -> None:
    page = open_app("walks")
    page.text_input(key="walk_start").set_value(LEAD)
    page.text_input(key="walk_end").set_value("CCOc1ccc(CC)cc1")
    page.slider(key="walk_stops").set_value(5).run()
    page.button(key="walk_start_button").click().run()
    (run,) = store.runs.active()
    done = work(run.id)
    assert done.state is RunState.FINISHED, done.error
    page = open_app("walks", run)
    assert not page.exception
    assert not page.error
    page.slider(key=f"stop_{run.id}").set_value(3).run()
    assert "Similarity to the start" in words(page)


def test_trained_model_has_a_card_predicts_and_is_a_goal(open_app, trained) -> None:
    assert trained.state is RunState.FINISHED, trained.error
    page = open_app("models")
    assert not page.exception
    text = words(page)
    assert "potency" in text
    assert "Rows that could not be used (1)" in [item.label for item in page.expander]
    page.text_area(key=f"predict_{trained.id}").set_value(f"{LEAD}\nC1CC(").run()
    assert not page.exception
    table = page.dataframe[-1].value
    assert table["predicted_potency"].notna().tolist() == [True, False]
    assert "C1CC" in page.warning[0].value
    design = open_app()
    goal = design.session_state["goals"][0]
    assert "potency" in design.selectbox(key=f"goal_{goal}_property").options


def test_a_goal_for_a_model_that_another_tab_deleted_is_left_out_and_said(open_app, trained, store) -> None:
    page = open_app()
    goal = page.session_state["goals"][0]
    page.selectbox(key=f"goal_{goal}_property").set_value("potency").run()
    assert not page.warning
    store.runs.delete(trained.id)
    page.run()
    assert not page.exception
    assert "**Left out:** a goal for potency." in page.warning[0].value
    assert len(page.session_state["goals"]) == 1


@pytest.mark.parametrize(("evidence", "refine"), [(True, False), (True, True), (False, True)])
def test_training_begins_as_was_chosen(open_app, store, monkeypatch, toy_reference, evidence, refine) -> None:
    from app.views import models

    class Upload:
        name = "../../assay.csv"

        def getvalue(self) -> bytes:
            rows = zip(toy_reference.smiles, toy_reference.table["logp"], strict=True)
            return ("structure,pIC50\n" + "".join(f"{s},{v}\n" for s, v in rows)).encode()

    monkeypatch.setattr(models.st, "file_uploader", lambda *_, **__: Upload())
    page = open_app("models")
    assert not page.exception
    assert not page.error
    page.selectbox(key="map_sense").set_value("minimize").run()
    page.toggle(key="train_refine").set_value(refine).run()
    page.toggle(key="train_evidence").set_value(evidence).run()
    assert page.toggle(key="train_refine").disabled == (not evidence)  # it is judged by the comparison
    page.button(key="train").click().run()
    (run,) = store.runs.active()
    assert run.settings["column"] == "pIC50"
    assert run.settings["fit"] == {"evidence": evidence, "refine": evidence and refine}
    assert run.settings["target"] == {"property": "pIC50", "unit": "", "sense": "minimize"}
    assert (store.folder / "uploads").resolve() in __import__("pathlib").Path(run.settings["table"]).resolve().parents


def test_a_table_that_cannot_be_learnt_from_is_explained(open_app, monkeypatch) -> None:
    from app.views import models

    class Upload:
        name = "assay.csv"

        def getvalue(self) -> bytes:
            return b"SMILES,pIC50\nCCO,high\nCCN,low\n"

    monkeypatch.setattr(models.st, "file_uploader", lambda *_, **__: Upload())
    page = open_app("models")
    assert not page.exception
    assert "This cannot be learnt from" in page.error[0].value


def test_models_of_one_name_can_all_be_chosen(open_app, trained, store) -> None:
    again = store.runs.add("train", trained.settings, title=trained.title)
    store.runs.end(again.id, RunState.FINISHED, folder=trained.folder, summary=trained.summary)
    titles = told_apart(store.runs.find(kinds=["train"]))
    assert len(set(titles.values())) == len(titles) == 2
    page = open_app("models", trained)
    choice = page.selectbox(key="model_shown")
    assert choice.value == trained.id
    assert sorted(choice.options) == sorted(titles.values())


def test_the_card_of_a_model_shows_its_drawing_not_the_name_of_a_file(open_app, trained, store) -> None:
    text = words(open_app("models", trained))
    assert (store.folder_of(trained) / "contributions_potency.svg").is_file()
    assert "Atoms colored by what they contribute" in text
    assert "contributions_potency.svg" not in text
