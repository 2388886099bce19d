"""The pictures of the documentation: `python -m scripts.doc_pictures --home FOLDER --report RUN/report.html`.

FOLDER is a store that `python -m scripts.demo_store FOLDER` filled, RUN the folder of `make demo`. They go into
docs/images with few colors, so that they stay small; look at every one before it is committed.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.screenshots import PATIENCE, browser, nothing, server, settle, shots, shrink

OUT = Path(__file__).resolve().parents[1] / "docs" / "images"
WIDTH = 1366


@dataclass(frozen=True)
class Picture:
    """One picture: its file, the view of `scripts.screenshots`, its height in pixels and its theme."""

    file: str
    view: str
    height: int
    theme: str = "light"
    prepare: Callable[[Any], None] = nothing


def at_stop_six(page: Any) -> None:
    """Walk five stops on."""
    slider = page.locator(".st-key-walk_result").get_by_role("slider")
    for _ in range(5):
        slider.press("ArrowRight")
        settle(page)


def with_a_walk(page: Any) -> None:
    """Draw the walk on the map."""
    page.get_by_role("combobox", name="Walk").click()
    page.get_by_role("option").first.click()
    settle(page)


def from_the_third(page: Any) -> None:
    """Scroll until the row of the third card is the first."""
    page.evaluate(
        """() => { const place = document.querySelector('.st-key-card_2').getBoundingClientRect().top;
        document.querySelector('.stMain').scrollTop += place - 76 }"""
    )
    settle(page)


PICTURES = (
    Picture("app.png", "design", 768, "dark"),
    Picture("app/design.png", "design", 1210),
    Picture("app/candidates.png", "candidates", 1212),
    Picture("app/beside.png", "candidates-beside", 1000, prepare=from_the_third),
    Picture("app/basket.png", "basket", 1190),
    Picture("app/map.png", "map", 830, prepare=with_a_walk),
    Picture("app/trade-offs.png", "trade-offs", 760),
    Picture("app/walks.png", "walks", 700, prepare=at_stop_six),
    Picture("app/models.png", "models", 920),
    Picture("app/runs.png", "runs", 970),
)


def take(opened: Any, address: str, home: Path, picture: Picture) -> Path:
    """One picture of the app."""
    view = next(shot for shot in shots(home) if shot.name == picture.view)
    page = opened.new_page(viewport={"width": WIDTH, "height": picture.height}, color_scheme=picture.theme)
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/{view.address}")
    settle(page)
    view.prepare(page)
    picture.prepare(page)
    path = OUT / picture.file
    page.screenshot(path=path)
    page.close()
    return path


def take_report(opened: Any, report: Path) -> Path:
    """The head of a report."""
    page = opened.new_page(viewport={"width": 1280, "height": 1400}, color_scheme="light")
    page.goto(report.resolve().as_uri())
    page.wait_for_timeout(1500)
    page.screenshot(path=OUT / "report.png")
    page.close()
    return OUT / "report.png"


def main() -> None:
    """Take all pictures, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--home", type=Path, required=True, help="folder of the store")
    parser.add_argument("--report", type=Path, help="report.html of the demo run")
    parser.add_argument("--only", nargs="*", default=[], help="files, such as app/map.png")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    chosen = parser.parse_args()
    wanted = [item for item in PICTURES if not chosen.only or item.file in chosen.only]
    with browser(chosen.chromium) as opened, server(chosen.home) as (address, _):
        if chosen.report:
            shrink(take_report(opened, chosen.report))
        for item in wanted:
            path = take(opened, address, chosen.home, item)
            shrink(path)
            print(f"{item.file}: {path.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main()
