"""One journey in a real browser: lead, goals, run, reload, candidates, download, stop; nothing leaves the machine."""

import csv
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest
from reading import LEAD

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 300_000  # ms; a busy machine is slow, not wrong
LOCAL = {"localhost", "127.0.0.1", "::1"}

pytestmark = pytest.mark.browser


def missing() -> str:
    """Why there is no browser, "" where there is one."""
    if not Path(CHROMIUM).exists():
        return f"no Chromium at {CHROMIUM}"
    try:
        import playwright  # noqa: F401
    except ImportError:
        return "playwright is not installed; pip install 'molconvex[dev]'"
    return ""


@pytest.fixture(scope="module")
def browser_or_skip() -> None:
    reason = missing()
    if reason and os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{reason}; in CI the journey must run")
    if reason:
        pytest.skip(reason)


@pytest.fixture
def server(tmp_path, browser_or_skip) -> Iterator[tuple[str, Path]]:
    """Address of the app on the toy model, and the file that lets its runs go on."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    gate, log = tmp_path / "go", tmp_path / "server.log"
    command = [sys.executable, str(HERE / "serve_toy.py"), str(port), str(gate)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with log.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file, env=environment) as process:
        try:
            wait_for(f"http://localhost:{port}/_stcore/health", process, log)
            yield f"http://localhost:{port}", gate
        finally:
            process.terminate()


def wait_for(address: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            pytest.fail(f"the app ended at once:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the app did not answer:\n{log.read_text()}")


@pytest.fixture
def page(browser_or_skip) -> Iterator:
    """A browser page that records every request; those that would leave the machine are stopped too."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
        found = context.new_page()
        found.set_default_timeout(PATIENCE)
        found.requested = []
        found.on("websocket", lambda socket: found.requested.append(socket.url))
        context.on("request", lambda request: found.requested.append(request.url))
        context.route(lambda url: not is_local(url), lambda route: route.abort())
        yield found
        browser.close()


def is_local(url: str) -> bool:
    address = urlparse(url)
    return address.scheme in ("data", "blob", "about") or address.hostname in LOCAL


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
