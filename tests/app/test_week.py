"""A week in one browser session: two visitors, a model of one's own, a walk, a front, and a restart in between."""

from pathlib import Path

import pytest
from browser import is_local, new_visitor, serving
from reading import LEAD
from test_journey import give_lead

pytestmark = pytest.mark.browser
OTHER = "CCOc1ccc(CC)cc1"


def test_what_is_kept_is_there_after_a_restart(tmp_path, page) -> None:
    """Two visitors design at once, one trains, walks and finds a front; the star is there when the server is back."""
    home, requested = tmp_path / "home", page.requested
    home.mkdir()
    (home / "hold").touch()
    with serving(home) as address:
        colleague = new_visitor(page.context.browser, requested)
        two_at_once(page, colleague, address, home)
        starred = star_first(page)
        train_and_use(page, address, tmp_path)
        walk(page, address)
        front(colleague, address)
    with serving(home) as address:
        page.goto(f"{address}/basket")
        page.get_by_text("1 molecule.").wait_for()
        with page.expect_download() as saved:
            page.locator(".st-key-basket_sdf button").click()
        assert saved.value.suggested_filename == "basket.sdf"
        assert starred in Path(saved.value.path()).read_text()
    assert len(requested) > 40
    assert [url for url in requested if not is_local(url)] == []


def two_at_once(page, colleague, address: str, home: Path) -> None:
    """Each sees their own form and run; the second one waits for the first."""
    page.goto(address)
    give_lead(page)
    page.get_by_role("button", name="Find better molecules").click()
    page.get_by_role("button", name="Stop and keep what is finished").wait_for()
    colleague.goto(address)
    lead = colleague.get_by_role("textbox", name="SMILES, InChI or the name of a drug")
    assert lead.input_value() == ""
    give_lead(colleague)
    colleague.get_by_role("button", name="Find better molecules").click()
    colleague.get_by_text("1 other run on this machine comes first").wait_for()
    assert page.url != colleague.url
    (home / "hold").unlink()
    for visitor in (page, colleague):
        visitor.get_by_role("heading", name="from anisole").wait_for()


def star_first(page) -> str:
    page.locator(".st-key-star_card_0 button:visible").first.click()
    page.locator(".st-key-star_card_0 button", has_text="Starred").first.wait_for()
    return page.locator(".st-key-candidate_panel code").first.inner_text()


def train_and_use(page, address: str, folder: Path) -> None:
    """Train on a file, and find the model among the properties of the Design page."""
    page.goto(f"{address}/models")
    page.locator(".st-key-train_card input[type=file]").set_input_files(assay(folder))
    page.get_by_text("rows with a structure and a value").wait_for()
    page.get_by_text("Compare with other kinds of models").click()
    page.get_by_role("button", name="Train", exact=True).click()
    page.locator(".st-key-model_card").get_by_text("potency").first.wait_for()
    page.get_by_role("link", name="Design").click()
    page.get_by_role("button", name="Add a goal").wait_for()
    page.get_by_role("combobox", name="Property").first.click()
    page.get_by_role("option", name="potency").click()
    page.get_by_text("Quantitative estimate of drug-likeness").wait_for(state="detached")


def assay(folder: Path) -> Path:
    """A table with measured values of the toy reference molecules."""
    from toy_latent import ToyLatentModel, library, toy_reference

    known = toy_reference(ToyLatentModel(library()))
    path = folder / "assay.csv"
    rows = zip(known.smiles, known.table["logp"], strict=True)
    path.write_text("SMILES,potency\n" + "".join(f"{smiles},{value}\n" for smiles, value in rows))
    return path


def walk(page, address: str) -> None:
    page.goto(f"{address}/walks")
    for title, smiles in (("From", LEAD), ("To", OTHER)):
        field = page.get_by_role("textbox", name=title, exact=True)
        field.fill(smiles)
        field.press("Enter")
        page.locator(".st-key-walk_form img.mc-structure").nth(0 if title == "From" else 1).wait_for()
    page.get_by_role("button", name="Walk", exact=True).click()
    page.locator(".st-key-walk_result").get_by_role("slider", name="Stop").wait_for()


def front(page, address: str) -> None:
    page.goto(f"{address}/trade-offs")
    field = page.get_by_role("textbox", name="Lead", exact=True)
    field.fill(LEAD)
    field.press("Enter")
    page.locator(".st-key-front_form img.mc-structure").wait_for()
    page.get_by_text("Quick", exact=True).and_(page.locator(":not([inert] *)")).first.click()
    page.get_by_role("button", name="Find the front").click()
    page.locator(".st-key-front_result h3").first.wait_for()
