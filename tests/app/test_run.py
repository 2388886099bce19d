"""From the button to the candidates: running, waiting, stopped, failed, finished, reloaded."""

import io
import zipfile

import pandas as pd
import pytest
from reading import LEAD, SETTINGS, words

from app.components.atom_picker import numbered_atoms
from app.components.certificate import explained, share_chip
from app.components.downloads import file_stem, zipped
from app.components.funnel import SHORT, funnel
from app.components.structure_editor import script
from molconvex.chem.atom_numbers import atom_list
from molconvex.design import Funnel
from molconvex.exceptions import ChemistryError, WeightsError
from molconvex.runs import check_run, read_run
from molconvex.runs.store import RunState


def started(open_app, store):
    """A page on which a run was started, and the run."""
    page = open_app()
    page.text_input(key="lead").set_value(LEAD).run()
    page.slider(key="similarity").set_value(0.1)
    page.select_slider(key="budget").set_value(50)
    page.button(key="add_limit").click().run()
    page.selectbox(key="region").set_value("box")
    page.number_input(key="seed").set_value(2).run()
    page.button(key="start").click().run()
    assert not page.exception
    (run,) = store.runs.active()
    return page, run


def change_files(store, run, **columns: object) -> None:
    """Alter columns of a run's candidates on disk."""
    path = store.folder_of(run) / "candidates.csv"
    table = pd.read_csv(path)
    for name, value in columns.items():
        table[name] = value
    table.to_csv(path, index=False)


def test_journey_on_the_toy_model(open_app, store, work) -> None:
    page, run = started(open_app, store)
    assert run.settings["budget"] == 50
    assert run.settings["region"] == "box"
    assert run.settings["require"] == ["logp:<4"]
    assert run.owner
    done = work(run.id)
    assert done.state is RunState.FINISHED, done.error
    page = open_app("design", run)
    assert not page.exception
    assert "candidate" in page.title[0].value
    page.button(key="edit").click().run()
    assert page.text_input(key="lead").value == LEAD
    assert page.slider(key="similarity").value == 0.1
    assert page.number_input(key="seed").value == 2
    assert "required: logP at most 4" in words(page)
    assert page.selectbox(key="region").value == "box"
    page.button(key="back_to_results").click().run()
    assert "candidate" in page.title[0].value


def test_family_tree_stands_in_the_panel(open_app, finished, store) -> None:
    found = read_run(store.folder_of(finished))
    later = found.candidates[found.candidates["proposer"].isin(["edits", "crossover"])].iloc[0]
    page = open_app("design", finished)
    page.session_state["selected"] = later["smiles"]
    page.run()
    text = words(page)
    assert f"Candidate {later['rank']}" in text
    assert 'class="mc-family"' in text
    assert text.count('class="mc-generation"') >= 2
    assert f"round {later['round']}" in text


def test_cards_are_put_beside_each_other(open_app, finished) -> None:
    page = open_app("design", finished)
    page.button(key="beside_0").click().run()
    assert "Candidate 1" in words(page)  # one alone is compared with nothing
    page.button(key="beside_2").click().run()
    assert "2 candidates side by side" in words(page)
    page.button(key="beside_2").click().run()
    assert "side by side" not in words(page)
    page.button(key="beside_1").click().run()
    page.button(key="done_beside").click().run()
    assert "side by side" not in words(page)
    for row in range(5):
        page.button(key=f"beside_{row}").click().run()
    assert "4 candidates side by side" in words(page)


def test_goals_show_where_the_candidates_lie(open_app, finished) -> None:
    page = open_app("design", finished)
    assert words(page).count('class="mc-present"') == 2
    page.button(key="edit").click().run()
    assert words(page).count('class="mc-present"') == 2
    assert "the candidates of the last run" in words(page)
    assert 'class="mc-present"' not in words(open_app())


def test_candidates_are_shown_with_everything(open_app, finished, store) -> None:
    found = read_run(store.folder_of(finished))
    page = open_app("design", finished)
    assert not page.exception
    page.segmented_control(key="how").set_value("table").run()
    table = page.dataframe[0].value
    assert len(table) == len(found.candidates)
    assert table["structure"].str.startswith("data:image/svg+xml").all()
    assert {"desirability", "similarity", "qed", "change_qed", "logp", "alerts", "smiles"} <= set(table.columns)
    expected = found.candidates["qed"].iloc[0] - found.leads["qed"].iloc[0]
    assert table["change_qed"].iloc[0] == pytest.approx(expected)
    text = words(page)
    assert 'class="mc-certificate"' in text
    assert "Candidate 1" in text
    assert found.candidates["smiles"].iloc[0] in [code.value for code in page.code]
    funnel = next(element.proto.body for element in page.get("html") if "mc-funnel" in element.proto.body)
    assert f"<b>{found.funnel['kept'].count:,}</b>" in funnel


def test_a_long_table_is_drawn_some_rows_at_a_time(open_app, finished, store, monkeypatch) -> None:
    from app.components import candidate_table

    monkeypatch.setattr(candidate_table, "ROWS", 3)
    best = read_run(store.folder_of(finished)).candidates["smiles"]
    page = open_app("design", finished)
    page.segmented_control(key="how").set_value("table").run()
    assert page.dataframe[0].value["smiles"].tolist() == best.head(3).tolist()
    page.session_state["table_page"] = 2
    page.run()
    assert not page.exception
    assert page.dataframe[0].value["smiles"].tolist() == best[3:6].tolist()


def test_another_candidate_is_looked_at(open_app, finished) -> None:
    page = open_app("design", finished)
    page.button(key="look_2").click().run()
    assert "Candidate 3" in words(page)


def test_stars_rejections_and_notes_are_kept(open_app, finished, store) -> None:
    page = open_app("design", finished)
    page.button(key="star_card_0").click().run()
    page.button(key="reject_card_1").click().run()
    count = finished.summary["candidates"]
    assert f"{count - 1} of {count} candidates shown" in words(page)
    page.text_area[0].set_value("make this first").run()
    best, second = read_run(store.folder_of(finished)).candidates["smiles"][:2]
    marks = store.molecules.marks()
    assert (marks[best].mark, marks[best].note) == ("star", "make this first")
    assert marks[second].mark == "reject"
    again = open_app("design", finished)
    again.segmented_control(key="show_marks").set_value("starred").run()
    assert f"1 of {count} candidates shown" in words(again)
    again.button(key="star_panel").click().run()
    assert store.molecules.starred() == []


def test_filters_and_orders(open_app, finished, store) -> None:
    page = open_app("design", finished)
    page.multiselect(key="sort_by").set_value(["similarity"]).run()
    best = read_run(store.folder_of(finished)).candidates.sort_values("similarity", ascending=False).iloc[0]
    assert f"#{best['rank']}</b>" in words(page)
    low, high = page.slider(key=f"filter_similarity_{finished.id}_1").value
    page.slider(key=f"filter_similarity_{finished.id}_1").set_range((low + high) / 2, high).run()
    count = finished.summary["candidates"]
    shown = int(words(page).split(f" of {count} candidates shown")[0].split("\n")[-1])
    assert 0 < shown < count
    page.slider(key=f"filter_qed_{finished.id}_1").set_range(
        page.slider(key=f"filter_qed_{finished.id}_1").max, page.slider(key=f"filter_qed_{finished.id}_1").max
    ).run()
    assert not page.exception


def test_two_candidates_stand_side_by_side(open_app, finished, monkeypatch) -> None:
    monkeypatch.setattr("app.components.results.candidate_cards", lambda *_: [0, 1, 2])
    page = open_app("design", finished)
    text = words(page)
    assert "3 candidates side by side" in text
    assert all(f"<th>#{rank}<br>" in text for rank in (1, 2, 3))


def test_headline_says_first_how_many_meet_every_goal(open_app, finished, store) -> None:
    count = len(read_run(store.folder_of(finished)).candidates)
    change_files(store, finished, logp=[1.5, 1.5] + [9.0] * (count - 2), qed=0.99, gain=0.1)
    text = words(open_app("design", finished))
    assert "<b>2</b> of them meet every goal" in text
    assert f"{count} of {count} are better than the lead overall" in text


@pytest.mark.parametrize(("drift", "said"), [(6.0, "3.0 radii from it, outside"), (2.0, "1.0 radii from it.")])
def test_certificate_of_a_proposal_says_how_far_the_molecule_is(drift: float, said: str) -> None:
    numbers = {"value": 1.0, "lower_bound": 0.9, "radius": 2.0, "gap": 0.1, "status": "certified", "drift": drift}
    text = explained(pd.Series(numbers))
    assert said in text
    assert ("outside" in text) == (drift > 2.0)


def test_certificate_at_the_molecule_is_in_words(open_app, finished, store) -> None:
    change_files(store, finished, inside_region=True, realised_share=0.83, gap_to_bound=0.12, plausibility="")
    text = words(open_app("design", finished))
    assert "0.83 of what the model believes possible here" in text
    assert "predicted more than 0.120 (in cost) better" in text


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.83, "0.83 of possible"), (0.0, "0.00 of possible"), (-0.001, "predicted no better than the lead")],
)
def test_a_share_below_the_lead_is_in_words(share: float, said: str) -> None:
    assert f">{said}</span>" in share_chip(share)


@pytest.mark.parametrize(("steps", "across"), [(9, 9), (10, 5), (11, 6)])
def test_the_funnel_breaks_into_rows_of_like_length(steps: int, across: int) -> None:
    counts = dict.fromkeys(list(SHORT)[:steps], (1, 2))
    assert f"--across:{across}" in funnel(Funnel(counts))


def test_outside_the_design_region_there_is_no_claim(open_app, finished, store) -> None:
    change_files(store, finished, inside_region=False, region_distance=1.5, plausibility="enol ether", proposer="edits")
    text = words(open_app("design", finished))
    assert "Outside the region: no claim" in text
    assert "(1.50 from it)" in text
    assert "A chemist would object:</b> enol ether" in text
    assert "Proposed by small edits" in text


def test_partial_run_is_labelled(open_app, finished, store) -> None:
    path = store.folder_of(finished) / "run.json"
    path.write_text(path.read_text().replace('"status": "complete"', '"status": "partial"'))
    page = open_app("design", finished)
    assert "Stopped early" in page.warning[0].value


def test_no_candidate_gives_advice(open_app, store, work) -> None:
    run = store.runs.add("generate", SETTINGS | {"similarity": 0.95})
    work(run.id)
    page = open_app("design", run)
    assert not page.exception
    assert page.title[0].value == "No candidate this time"
    assert "Lower the" in words(page)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ChemistryError("'X' is no molecule"), "This lead could not be used"),
        (WeightsError("reference is missing"), "run could not be done"),
        (ZeroDivisionError("a fault"), "fault of the program"),
    ],
)
def test_failed_run_says_why_and_keeps_the_form(open_app, store, error: Exception, said: str) -> None:
    run = store.runs.add("generate", SETTINGS)
    store.runs.end(run.id, RunState.FAILED, error=error)
    page = open_app("design", run)
    assert not page.exception
    assert said in page.error[0].value
    assert page.text_input(key="lead").value == LEAD
    assert not page.button(key="start").disabled


def test_a_lost_run_is_said_to_be_interrupted(open_app, store) -> None:
    run = store.runs.add("generate", SETTINGS)
    store.runs.claim(run.id, "w")
    store.runs.lose(run.id, "its process was ended by signal 9")
    assert "interrupted" in open_app("design", run).warning[0].value


def test_unknown_run_is_explained(open_app) -> None:
    page = open_app("design", "long-gone")
    assert "No run has this address" in page.warning[0].value
    assert not page.exception


def test_a_run_whose_files_are_damaged_is_explained(open_app, finished, store) -> None:
    (store.folder_of(finished) / "run.json").write_text("{")
    page = open_app("design", finished)
    assert not page.exception
    assert "holds no run that can be read" in page.error[0].value


def test_the_queue_has_an_end(open_app, store) -> None:
    page = open_app()
    page.session_state["owner"] = "me"
    page.text_input(key="lead").set_value(LEAD).run()
    for _ in range(10):
        store.runs.add("generate", {}, owner="me")
    page.button(key="start").click().run()
    assert "10 of your runs wait or run already" in page.error[0].value
    assert len(store.runs.active()) == 10


def test_files_are_those_of_the_run(finished, store, tmp_path) -> None:
    with zipfile.ZipFile(io.BytesIO(zipped(store.folder_of(finished), "anisole"))) as archive:
        archive.extractall(tmp_path)
    for name in ("candidates.csv", "candidates.sdf", "report.html", "run.json"):
        assert (tmp_path / "anisole" / name).is_file()
    assert not check_run(tmp_path / "anisole").problems


def test_file_names_are_safe() -> None:
    assert file_stem("../../Étrange nom: 5") == "trange-nom-5"
    assert file_stem("...") == "run"


def test_atoms_are_written_as_settings_read_them() -> None:
    assert atom_list([0, 1, 2, 5, 8, 7]) == "1-3,6,8-9"
    assert numbered_atoms("1-3,6,8-9") == [0, 1, 2, 5, 7, 8]
    assert numbered_atoms("c1ccccc1") == []


def test_kept_atoms_come_back_with_the_settings(open_app, store) -> None:
    run = store.runs.add("generate", SETTINGS | {"keep": ["2-4"], "avoid": ["[N+]", "C#N"]})
    store.runs.end(run.id, RunState.FAILED, error=WeightsError("x"))
    page = open_app("design", run)
    assert "atoms 2-4 kept" in words(page)
    assert page.text_input(key="avoid").value == "[N+] C#N"
    page.button(key="start").click().run()
    assert not page.exception
    (again,) = store.runs.active()
    assert (again.settings["keep"], again.settings["avoid"]) == (["2-4"], ["[N+]", "C#N"])


def test_the_editor_is_one_script_with_one_export() -> None:
    text = script()
    assert text.count("\nexport default function") == 1
    assert "export{" not in text
    assert "__editor.CanvasEditor(host" in text
