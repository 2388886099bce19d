"""From a lead to a starred, exported SDF as somebody who never saw the app: clicks and fields, and the time of each.

`python -m scripts.benchmarks.clicks --home FOLDER` drives Chromium through it twice on the bundled model, with a lead
that is pasted and with one that is drawn. PAUSE is what a person takes to read and aim before each click or field; it
is added to what the program itself takes.
"""

import argparse
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from scripts.benchmarks.app import FORM, open_page
from scripts.screenshots import browser, server

PAUSE = 6.0  # seconds that a person takes before each click or field
LEAD = "CCOC(=O)N1CCC(=C2c3ccc(Cl)cc3CCc3cccnc32)CC1 loratadine"
METHYL = (0.553, 0.291)  # where in the drawing field the end of celecoxib's tolyl group is, as shares of its size


@dataclass
class Walk:
    """What was done so far, and what the program took for it."""

    page: Any
    steps: list[tuple[str, float]] = field(default_factory=list)

    def step(self, words: str, act: Any, then: Any) -> None:
        """One click or one field, until the page shows what follows."""
        began = time.monotonic()
        act()
        then.first.wait_for()
        self.steps.append((words, time.monotonic() - began))


def paste(walk: Walk) -> None:
    """Paste a lead into its field."""
    lead = walk.page.get_by_role("textbox", name="SMILES, InChI or the name of a drug")

    def act() -> None:
        lead.fill(LEAD)
        lead.press("Enter")

    walk.step("paste the lead, Enter", act, walk.page.locator(".mc-name", has_text="Loratadine"))


def draw(walk: Walk) -> None:
    """Draw on the structure of a known drug: one carbon more."""
    page = walk.page
    editor = page.locator(".mc-editor canvas")
    walk.step("Celecoxib", lambda: page.get_by_role("button", name="Celecoxib").click(), page.locator(".mc-name"))
    walk.step("Draw", lambda: page.get_by_role("button", name="Draw", exact=True).click(), editor)
    use = page.get_by_role("button", name="Use this molecule")
    walk.step("draw a bond on the structure", lambda: _draw_bond(page), use.and_(page.locator(":enabled")))
    walk.step("Use this molecule", use.click, page.locator(".mc-name", has_text="Your lead"))


def _draw_bond(page: Any) -> None:
    """A click on an atom adds a bond to it, for that is the tool with which the editor opens."""
    canvas = page.locator(".mc-editor canvas").last
    box = canvas.bounding_box()
    page.mouse.click(box["x"] + box["width"] * METHYL[0], box["y"] + box["height"] * METHYL[1])


def to_sdf(walk: Walk, folder: Path) -> Path:
    """From the form with its lead to the file."""
    page = walk.page
    star = page.locator(".st-key-star_card_0 button:visible")
    walk.step("Find better molecules", page.get_by_role("button", name="Find better molecules").click, star)
    starred = page.locator(".st-key-star_card_0 button", has_text="Starred")
    walk.step("Star on the first card", star.first.click, starred)
    sdf = page.locator(".st-key-basket_sdf button")
    walk.step("Basket", page.get_by_role("link", name="Basket").first.click, sdf)
    path = folder / "basket.sdf"
    began = time.monotonic()
    with page.expect_download() as saved:
        sdf.click()
    saved.value.save_as(path)
    walk.steps.append(("SDF", time.monotonic() - began))
    return path


def tell(title: str, walk: Walk, cpu: float, path: Path) -> None:
    """Print the steps."""
    took = sum(seconds for _, seconds in walk.steps)
    print(f"{title}: {len(walk.steps)} clicks and fields, {path.read_text().count('$$$$')} starred in {path.name}")
    for words, seconds in walk.steps:
        print(f"  {words}: {seconds:.1f} s")
    print(f"  the program: {took:.0f} s on the clock, {cpu:.0f} CPU s of server and worker")
    print(f"  with {PAUSE:.0f} s of a person before each: {took + PAUSE * len(walk.steps):.0f} s")


def processor_time(pid: int) -> float:
    """CPU seconds of the server and of the workers that it waited for."""
    times = psutil.Process(pid).cpu_times()
    return float(sum(times[:4]))


def main() -> None:
    """Walk both ways and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--home", type=Path, required=True, help="folder of the store")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    chosen = parser.parse_args()
    with browser(chosen.chromium) as opened:
        for title, lead in (("Pasted", paste), ("Drawn", draw)):
            with server(chosen.home) as (address, pid):
                walk = Walk(open_page(opened, address, FORM))
                lead(walk)
                path = to_sdf(walk, chosen.home)
                tell(title, walk, processor_time(pid), path)
                walk.page.close()


if __name__ == "__main__":
    main()
