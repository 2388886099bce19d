"""Pictures of every page of the app, in both themes and at three widths: `python -m scripts.screenshots --out FOLDER`.

Needs Playwright and a Chromium. The server that is photographed is one that runs already (`--address`), best with a few
runs in its store.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WIDTHS = {"phone": (390, 844), "laptop": (1366, 768), "desktop": (1920, 1080)}
PAGES = ("", "runs", "basket", "map", "trade-offs", "walks", "models", "about")
SETTLED = """() => !document.querySelector('[data-testid="stStatusWidget"], [data-testid="stSpinner"]')
    && document.querySelector('.stMain h1')"""


@contextmanager
def browser(executable: str) -> Iterator[Any]:
    """A Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def photograph(opened: Any, address: str, path: Path, size: tuple[int, int], theme: str, whole: bool) -> int:
    """One picture; how many pixels the page is wider than its window."""
    page = opened.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=theme)
    page.goto(address)
    page.wait_for_function(SETTLED, timeout=120_000)
    page.wait_for_selector('[data-testid="stSkeleton"]', state="detached", timeout=120_000)
    page.wait_for_timeout(1500)
    page.screenshot(path=path, full_page=False)
    if whole:
        height = page.evaluate("document.querySelector('.stMain').scrollHeight")
        page.set_viewport_size({"width": size[0], "height": min(int(height) + 40, 6000)})
        page.wait_for_timeout(700)
        page.screenshot(path=path)
    too_wide = page.evaluate(
        "document.querySelector('.stMain').scrollWidth - document.querySelector('.stMain').clientWidth"
    )
    page.close()
    return int(too_wide)


def main() -> None:
    """Take all pictures and say which pages scroll sideways."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--address", default="http://localhost:8501")
    parser.add_argument("--out", type=Path, default=Path("screenshots"))
    parser.add_argument("--pages", nargs="*", default=PAGES, help="addresses below the server's, queries included")
    parser.add_argument("--widths", nargs="*", default=list(WIDTHS), choices=list(WIDTHS))
    parser.add_argument("--themes", nargs="*", default=["light", "dark"], choices=["light", "dark"])
    parser.add_argument("--whole", action="store_true", help="the whole page, not the first screen")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    with browser(chosen.chromium) as opened:
        for name in chosen.pages:
            for width in chosen.widths:
                for theme in chosen.themes:
                    path = (
                        chosen.out
                        / f"{name.split('?')[0] or 'design'}{'-run' if '?' in name else ''}-{width}-{theme}.png"
                    )
                    wide = photograph(opened, f"{chosen.address}/{name}", path, WIDTHS[width], theme, chosen.whole)
                    print(path.name, f"scrolls sideways by {wide} pixels" if wide > 0 else "fits")


if __name__ == "__main__":
    main()
