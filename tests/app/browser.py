"""A real browser and the app on the toy latent model, for journeys."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlparse

import pytest

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
    """Address of the app on the toy model, and its home; runs wait while home/hold exists."""
    home = tmp_path / "home"
    with serving(home) as address:
        yield address, home


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """A server on a home, and its address; it ends with the block."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    log = home.with_suffix(".log")
    home.mkdir(exist_ok=True)
    command = [sys.executable, str(HERE / "serve_toy.py"), str(port), str(home)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with log.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file, env=environment) as process:
        try:
            wait_for(f"http://localhost:{port}/_stcore/health", process, log)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            stop_runs(home)


def stop_runs(home: Path) -> None:
    """Ask workers to stop, for they outlive their server."""
    from molconvex.runs.store import open_store

    (home / "hold").unlink(missing_ok=True)
    store = open_store(home)
    for run in store.runs.active():
        store.runs.stop(run.id)
    store.close()


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
        yield new_visitor(browser, [])
        browser.close()


def new_visitor(browser, requested: list[str]):
    """A page of somebody who shares no cookie with others; `requested` takes the addresses of all requests."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    found = context.new_page()
    found.set_default_timeout(PATIENCE)
    found.requested = requested
    found.on("websocket", lambda socket: requested.append(socket.url))
    context.on("request", lambda request: requested.append(request.url))
    context.route(lambda url: not is_local(url), lambda route: route.abort())
    return found


def is_local(url: str) -> bool:
    address = urlparse(url)
    return address.scheme in ("data", "blob", "about") or address.hostname in LOCAL
