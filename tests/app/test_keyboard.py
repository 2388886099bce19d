"""The keyboard alone: a lead, an atom that stays, how far to go, and the start."""

import pytest
from reading import LEAD

pytestmark = pytest.mark.browser
STOPS = 120  # of the Tab key, more than once around the page


def test_a_run_is_started_without_a_mouse(server, page) -> None:
    address, home = server
    (home / "hold").touch()
    page.goto(address)
    reach(page, page.get_by_role("textbox", name="SMILES, InChI or the name of a drug"))
    page.keyboard.type(f"{LEAD} anisole")
    page.keyboard.press("Enter")
    page.locator(".mc-name", has_text="Anisole").wait_for()
    reach(page, page.get_by_role("checkbox", name="Keep atom 1,"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")  # around to the last one
    page.keyboard.press(" ")
    page.get_by_text("atoms 12 kept").wait_for()
    reach(page, page.get_by_role("slider", name="Least similarity to the lead"))  # past all atoms with one key
    page.keyboard.press("Home")
    page.get_by_text("at least 0.00 similar").wait_for()
    reach(page, page.get_by_role("button", name="Find better molecules"))
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Stop and keep what is finished").wait_for()
    assert "run=" in page.url


def reach(page, wanted) -> None:
    """Press Tab until the part that is wanted has the focus and shows it."""
    wanted.wait_for()
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        if wanted.evaluate("part => part.matches(':focus-visible')"):
            return
    pytest.fail(f"{STOPS} times Tab do not lead to {wanted}")
