"""One journey in a real browser: lead, goals, run, reload, candidates, download, stop; nothing leaves the machine."""

import csv
from pathlib import Path

import pytest
from browser import is_local
from reading import LEAD

pytestmark = pytest.mark.browser


def test_journey(server, page, tmp_path) -> None:
    address, gate = server
    page.goto(address)
    give_lead(page)
    open_more_options(page)
    page.get_by_role("button", name="Find better molecules").click()
    running = page.get_by_text("Looking for better molecules around anisole")
    running.wait_for()
    page.locator(".mc-now", has_text="Decode").or_(page.locator(".mc-done", has_text="Solve")).first.wait_for()
    assert "job=" in page.url

    page.reload()
    running.wait_for()
    page.locator(".mc-done", has_text="Encode the lead").wait_for()

    gate.touch()
    page.get_by_role("button", name="Change and run again").wait_for()
    page.get_by_role("heading", name="from anisole").wait_for()
    choose_third_row(page)
    download_table(page, tmp_path)
    run_again_and_stop(page, gate)

    assert len(page.requested) > 20
    assert [url for url in page.requested if not is_local(url)] == []


def test_what_is_run_again_is_what_the_page_says(server, page) -> None:
    """The form comes back with the run's settings, not with each widget's least value."""
    address, gate = server
    gate.touch()
    page.goto(address)
    give_lead(page)
    wanted = form_values(page)
    page.get_by_role("button", name="Find better molecules").click()
    page.get_by_role("button", name="Change and run again").click()
    page.get_by_text("at least 0.10 similar").wait_for()
    assert form_values(page) == wanted
    similarity = page.get_by_role("slider", name="Least similarity to the lead")
    similarity.press("ArrowRight")
    page.get_by_text("at least 0.15 similar").wait_for()
    similarity.press("ArrowLeft")
    page.get_by_text("at least 0.10 similar").wait_for()
    assert form_values(page) == wanted
    order = page.locator(".mc-order").inner_text()
    first = page.url
    page.get_by_role("button", name="Find better molecules").click()
    page.get_by_role("button", name="Change and run again").click()
    page.locator(".mc-order").wait_for()
    assert page.url != first
    assert page.locator(".mc-order").inner_text() == order
    assert form_values(page) == wanted


def form_values(page) -> dict[str, str]:
    """What every input of the form shows, but for the options that are folded away."""
    fields = page.locator(":is(input, [role=slider], [role=combobox])").and_(page.locator(".st-key-form *"))
    return fields.evaluate_all(
        """found => Object.fromEntries(found
            .filter(field => !field.closest(".st-key-more_options"))
            .map((field, place) => [
                place + " " + field.getAttribute("aria-label"),
                field.value ?? field.getAttribute("aria-valuenow") ?? field.innerText]))"""
    )


def give_lead(page) -> None:
    smiles = page.get_by_role("textbox", name="SMILES")
    smiles.fill(f"{LEAD} anisole")
    smiles.press("Enter")
    page.locator(".mc-name", has_text="Anisole").wait_for()
    page.locator('img.mc-structure[alt^="COc1"]').first.wait_for()
    similarity = page.get_by_role("slider", name="Least similarity to the lead")
    for _ in range(6):
        similarity.press("ArrowLeft")
    effort = page.get_by_role("slider", name="Effort")
    for _ in range(3):
        effort.press("ArrowLeft")
    page.get_by_text("25 programs.").wait_for()
    page.get_by_text("at least 0.10 similar").wait_for()


def open_more_options(page) -> None:
    """Widgets that come into view late show what a run takes, not the least they allow."""
    page.get_by_text("More options").click()
    shown = {}
    for name in ("Candidates to keep", "Samples per program"):
        field = page.get_by_role("spinbutton", name=name)
        field.wait_for()
        shown[name] = field.input_value()
    assert shown == {"Candidates to keep": "100", "Samples per program": "8"}


def choose_third_row(page) -> None:
    page.get_by_role("heading", name="Candidate 1", exact=True).wait_for()
    table = page.locator('[data-testid="stDataFrame"] canvas').first
    table.wait_for()
    box = table.bounding_box()
    page.mouse.click(box["x"] + 360, box["y"] + 36 + 2.5 * 108)
    page.get_by_role("heading", name="Candidate 3", exact=True).wait_for()


def download_table(page, folder: Path) -> None:
    with page.expect_download() as saved:
        page.locator(".st-key-download_csv button:visible").click()
    path = folder / "saved.csv"
    saved.value.save_as(path)
    assert saved.value.suggested_filename == "anisole-candidates.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 3
    assert {"smiles", "qed", "similarity", "gap", "alerts"} <= set(rows[0])


def run_again_and_stop(page, gate: Path) -> None:
    gate.unlink()
    page.get_by_role("button", name="Change and run again").click()
    page.get_by_text("at least 0.10 similar").wait_for()
    page.get_by_role("button", name="Find better molecules").click()
    page.get_by_role("button", name="Stop and show what is finished").click()
    page.get_by_role("heading", name="Stopped before the first candidate").wait_for()
