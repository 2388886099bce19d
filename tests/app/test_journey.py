"""Journeys in a real browser: what is asked for is what runs, and nothing leaves the machine."""

import csv
from pathlib import Path

import pytest
from browser import is_local
from reading import LEAD

pytestmark = pytest.mark.browser


def test_journey(server, page, tmp_path) -> None:
    """Keep an atom, run, reload, star, download, change and run again with the same settings, stop."""
    address, home = server
    (home / "hold").touch()
    page.goto(address)
    give_lead(page)
    page.get_by_role("checkbox", name="Keep atom 3, C").click()
    page.get_by_text("1 of 12 atoms stay.").wait_for()
    wanted = form_values(page)
    page.get_by_role("button", name="Find better molecules").click()
    page.get_by_role("button", name="Stop and keep what is finished").wait_for()
    assert "run=" in page.url
    page.reload()
    page.get_by_role("button", name="Stop and keep what is finished").wait_for()

    (home / "hold").unlink()
    page.get_by_role("heading", name="from anisole").wait_for()
    page.locator(".st-key-star_card_0 button:visible").first.click()
    page.locator(".st-key-star_card_0 button", has_text="Starred").first.wait_for()
    download_table(page, tmp_path)
    look_on_a_phone(page)

    first = page.url
    page.get_by_role("button", name="Change and run again").click()
    page.get_by_role("button", name="Find better molecules").wait_for()
    page.get_by_text("at least 0.10 similar").wait_for()
    assert settled(page, wanted) == wanted
    change_and_change_back(page)
    order = page.locator(".mc-order").inner_text()
    (home / "hold").touch()
    page.get_by_role("button", name="Find better molecules").click()
    page.get_by_role("button", name="Stop and keep what is finished").click()
    (home / "hold").unlink()
    page.get_by_role("heading", name="Stopped before the first candidate").wait_for()
    assert page.url != first
    page.get_by_role("button", name="Change and run again").click()
    page.locator(".mc-order").wait_for()
    assert page.locator(".mc-order").inner_text() == order
    assert settled(page, wanted) == wanted  # in the same session, without a reload

    assert len(page.requested) > 20
    assert [url for url in page.requested if not is_local(url)] == []


def look_on_a_phone(page) -> None:
    """The panel of a candidate that is looked at comes into view, and nothing scrolls sideways."""
    desk = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".st-key-look_2 button:visible").first.click()
    page.get_by_role("heading", name="Candidate 3").wait_for()
    in_view = """() => { const { top } = document.querySelector('.st-key-candidate_panel').getBoundingClientRect();
        return top > -10 && top < 300 }"""
    page.wait_for_function(in_view)
    assert (
        page.evaluate("() => { const m = document.querySelector('.stMain'); return m.scrollWidth - m.clientWidth }")
        == 0
    )
    assert page.get_by_text("BidiComponent Error").count() == 0
    page.set_viewport_size(desk)


def give_lead(page) -> None:
    lead = page.get_by_role("textbox", name="SMILES, InChI or the name of a drug")
    lead.fill(f"{LEAD} anisole")
    lead.press("Enter")
    page.locator(".mc-name", has_text="Anisole").wait_for()
    page.get_by_role("slider", name="Least similarity to the lead").press("PageDown")  # ten steps at once: to 0
    ask_for_similarity(page, 0.1)
    page.get_by_role("slider", name="Effort").press("PageDown")
    page.get_by_text("50 molecules").first.wait_for()


def ask_for_similarity(page, value: float) -> None:
    """Move the slider and wait until the page says so."""
    move_to(page, page.get_by_role("slider", name="Least similarity to the lead"), value)
    page.get_by_text(f"at least {value:.2f} similar").wait_for()


def move_to(page, slider, value: float) -> None:
    """Press arrow keys until the slider stands at a value; keys pressed while the page is drawn again may be lost."""
    for _ in range(100):
        stands = float(slider.evaluate("field => field.value ?? field.getAttribute('aria-valuenow')"))
        if abs(stands - value) < 1e-6:
            return
        slider.press("ArrowLeft" if stands > value else "ArrowRight")
        page.wait_for_timeout(300)


def change_and_change_back(page) -> None:
    ask_for_similarity(page, 0.15)
    ask_for_similarity(page, 0.1)


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


def settled(page, wanted: dict[str, str]) -> dict[str, str]:
    """The values of the form once it is drawn as wanted, or at last."""
    for _ in range(60):
        if form_values(page) == wanted:
            break
        page.wait_for_timeout(250)
    return form_values(page)


def download_table(page, folder: Path) -> None:
    with page.expect_download() as saved:
        page.locator(".st-key-download_csv button:visible").click()
    path = folder / "saved.csv"
    saved.value.save_as(path)
    assert saved.value.suggested_filename == "anisole-candidates.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 3
    assert {"smiles", "qed", "similarity", "gap_to_bound", "alerts"} <= set(rows[0])
