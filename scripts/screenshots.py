"""Pictures of every page of the app, in both themes and at four widths: `python -m scripts.screenshots --out FOLDER`.

Needs Playwright and a Chromium. What is photographed is a server of its own on the store of `--home`, which
`python -m scripts.demo_store FOLDER` fills with runs, stars, a walk, a front and a model.
"""

import argparse
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy.spatial.distance import cdist

from molconvex.cli.app import app_file, server_options
from molconvex.runs.store import RunState, open_store

WIDTHS = {"phone": (390, 844), "tablet": (768, 1024), "laptop": (1366, 768), "desktop": (1920, 1080)}
PATIENCE = 600_000  # ms
TALLEST = 5000  # pixels of a picture of a whole page
PLANES = 64  # colors that cover most of a picture
SETTLED = """() => document.querySelector('.stApp')?.dataset.testScriptState === 'notRunning'
    && !document.querySelector('[data-testid="stSpinner"]') && document.querySelector('.stMain h1')"""
TOO_WIDE = """() => { const main = document.querySelector('.stMain'); return main.scrollWidth - main.clientWidth }"""


def nothing(page: Any) -> None:
    """Leave the page as it opens."""


@dataclass(frozen=True)
class Shot:
    """One view of the app: the name of its pictures, its address, and what is done there before."""

    name: str
    address: str
    prepare: Callable[[Any], None] = nothing


def settle(page: Any) -> None:
    """Wait until the page is drawn."""
    page.wait_for_function(SETTLED, timeout=PATIENCE)
    page.wait_for_selector('[data-testid="stSkeleton"]', state="detached", timeout=PATIENCE)
    page.wait_for_timeout(1200)
    page.wait_for_function(SETTLED, timeout=PATIENCE)


def give_lead(page: Any) -> None:
    """Write a lead into the form and keep two of its atoms."""
    field = page.get_by_role("textbox", name="SMILES, InChI or the name of a drug")
    field.fill("celecoxib")
    field.press("Enter")
    page.locator(".mc-name", has_text="Celecoxib").wait_for()
    for atom in (18, 19):
        settle(page)
        page.get_by_role("checkbox", name=f"Keep atom {atom},").click()
    settle(page)


def press(title: str, number: int = 0) -> Callable[[Any], None]:
    """A button, tab or expander to be pressed."""

    def prepare(page: Any) -> None:
        page.get_by_text(title, exact=True).and_(page.locator(":not([inert] *)")).nth(number).click()
        settle(page)

    return prepare


def compare(page: Any) -> None:
    """Choose three candidates to be shown side by side."""
    for row in range(3):
        page.locator(f".st-key-beside_{row} button:visible").first.click()
        settle(page)
    page.mouse.move(0, 0)
    settle(page)


def shots(home: Path) -> list[Shot]:
    """Every view that the store can fill."""
    store = open_store(home)
    done = {
        kind: store.runs.find(kinds=[kind], states=[RunState.FINISHED])
        for kind in ("generate", "pareto", "path", "train")
    }
    store.close()
    views = [Shot("design-empty", ""), Shot("design", "", give_lead)]
    if done["generate"]:
        run = f"?run={done['generate'][-1].id}"
        views += [
            Shot("candidates", run),
            Shot("candidates-table", run, press("Table")),
            Shot("candidates-plot", run, press("Plot")),
            Shot("candidates-beside", run, compare),
        ]
    views += [Shot("runs", "runs"), Shot("basket", "basket"), Shot("map", "map")]
    views += [Shot("runs-compare", "runs", press("Compare two runs"))] if len(done["generate"]) > 1 else []
    for kind, address in (("pareto", "trade-offs"), ("path", "walks"), ("train", "models")):
        views.append(Shot(address, f"{address}?run={done[kind][0].id}" if done[kind] else address))
    return [*views, Shot("about", "about")]


@contextmanager
def server(home: Path) -> Iterator[tuple[str, int]]:
    """The app on a store: its address and the id of its process."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(app_file()), *server_options(port)]
    with subprocess.Popen(command, env=os.environ | {"MOLCONVEX_HOME": str(home)}) as process:
        try:
            wait_for(f"http://localhost:{port}/_stcore/health")
            yield f"http://localhost:{port}", process.pid
        finally:
            process.terminate()


def wait_for(address: str, patience: float = 120.0) -> None:
    """Wait until a server answers.

    Raises:
        OSError: If it does not.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@contextmanager
def browser(executable: str) -> Iterator[Any]:
    """A Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def photograph(
    opened: Any, address: str, shot: Shot, theme: str, widths: dict[str, tuple[int, int]], out: Path, whole: bool
) -> None:
    """Pictures of one view at some widths; says which scroll sideways."""
    page = opened.new_page(viewport={"width": 1366, "height": 768}, color_scheme=theme)
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/{shot.address}")
    settle(page)
    shot.prepare(page)
    for width, (across, down) in widths.items():
        page.set_viewport_size({"width": across, "height": down})
        settle(page)
        if whole:
            height = page.evaluate("document.querySelector('.stMain').scrollHeight")
            page.set_viewport_size({"width": across, "height": min(max(int(height) + 20, down), TALLEST)})
            settle(page)
        page.screenshot(path=out / f"{shot.name}-{width}-{theme}.png")
        wide = int(page.evaluate(TOO_WIDE))
        print(f"{shot.name}-{width}-{theme}", f"scrolls sideways by {wide} pixels" if wide > 0 else "fits", flush=True)
    page.close()


def shrink(path: Path) -> None:
    """Keep a picture with 256 colors, those of its planes as they are, at less than half its size."""
    with Image.open(path) as picture:
        full = picture.convert("RGB")
    colors, places, counts = np.unique(np.asarray(full).reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    planes = colors[np.argsort(-counts)[:PLANES]]
    rest = full.quantize(256 - PLANES, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).getpalette() or []
    kept = np.concatenate([planes, np.array(rest, np.uint8).reshape(-1, 3)])[:256]
    nearest = cdist(colors, kept).argmin(axis=1).astype(np.uint8)  # Pillow's own search takes white for nearly white
    few = Image.fromarray(nearest[places.reshape(full.height, full.width)], "P")
    few.putpalette(kept.tobytes())
    few.save(path, optimize=True)


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--home", type=Path, required=True, help="folder of the store")
    parser.add_argument("--out", type=Path, default=Path("screenshots"))
    parser.add_argument("--only", nargs="*", default=[], help="names of views")
    parser.add_argument("--widths", nargs="*", default=list(WIDTHS), choices=list(WIDTHS))
    parser.add_argument("--themes", nargs="*", default=["light", "dark"], choices=["light", "dark"])
    parser.add_argument("--whole", action="store_true", help="the whole page, not the first screen")
    parser.add_argument("--small", action="store_true", help="few colors, for documentation")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    widths = {name: WIDTHS[name] for name in chosen.widths}
    with browser(chosen.chromium) as opened, server(chosen.home) as (address, _):
        for shot in shots(chosen.home):
            if not chosen.only or shot.name in chosen.only:
                for theme in chosen.themes:
                    photograph(opened, address, shot, theme, widths, chosen.out, chosen.whole)
    if chosen.small:
        for path in chosen.out.glob("*.png"):
            shrink(path)


if __name__ == "__main__":
    main()
