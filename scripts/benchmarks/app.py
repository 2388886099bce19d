"""What the app costs: its first page, a page of many candidates, memory over many runs, and the watching of a run.

`python -m scripts.benchmarks.app --home FOLDER`: runs that are missing in that store are made first, with the bundled
model. Times are of the clock and of the processor, memory is what the server's process holds; the browser's own share
is left out. On a busy machine the clock says little, the processor's time stays.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from molconvex.design import GenerateSettings
from molconvex.runs.store import RunState, Store, StoredRun, open_store
from molconvex.runs.store.worker import work_on
from scripts.demo_store import CELECOXIB
from scripts.screenshots import PATIENCE, browser, server

MANY = 1000  # candidates of the large run
LARGE = {"proposers": ["edits"], "analogues": 20, "programs": 1}  # quickly made; the page does not know the difference
TINY = {"budget": 10, "analogues": 10, "programs": 1}
MB = 2**20

# what is drawn last: of the form, of results, of a run at work
FORM, RESULTS, WATCHED = ".st-key-start_bar button", ".st-key-goals_met", ".st-key-stop button"


@dataclass
class Spent:
    """Seconds of the clock and of the server's processor."""

    clock: float = 0.0
    processor: float = 0.0

    def __str__(self) -> str:
        return f"{self.clock:.1f} s on the clock, {self.processor:.2f} CPU s of the server"


@contextmanager
def spent(pid: int) -> Iterator[Spent]:
    """What a block costs the server; its workers are left out."""
    found, server_process = Spent(), psutil.Process(pid)
    began, before = time.monotonic(), sum(server_process.cpu_times()[:2])
    yield found
    found.clock = time.monotonic() - began
    found.processor = sum(server_process.cpu_times()[:2]) - before


def generation(store: Store, title: str, **more: Any) -> StoredRun:
    """A finished generation with this title, made where it is missing."""
    for run in store.runs.find(title, kinds=["generate"], states=[RunState.FINISHED]):
        if run.title == title:
            return run
    settings = GenerateSettings(leads=[CELECOXIB], goals=["qed:max", "logp:2..3.5"], **more)
    run = store.runs.add("generate", settings.to_dict(), title=title)
    work_on(store, run.id)
    done = store.runs.get(run.id)
    assert done is not None
    if done.state is not RunState.FINISHED:
        sys.exit(f"{title}: {done.state}: {done.error}")
    return done


def open_page(opened: Any, address: str, last: str) -> Any:
    """A page of the app once the part of it that is drawn last is there."""
    page = opened.new_page(viewport={"width": 1366, "height": 768})
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.locator(last).first.wait_for()
    return page


def first_page(opened: Any, home: Path) -> None:
    """From starting the server to the whole form."""
    began = time.monotonic()
    with server(home) as (address, pid):
        open_page(opened, address, FORM).close()
        used = sum(psutil.Process(pid).cpu_times()[:2])
        print(f"first page after the server's start: {time.monotonic() - began:.1f} s on the clock, {used:.2f} CPU s")
        with spent(pid) as second:
            open_page(opened, address, FORM).close()
        print(f"the same page for the next visitor: {second}")


def many_candidates(opened: Any, address: str, pid: int, run: StoredRun) -> None:
    """The results of a large run: as cards, then all of them as a table."""
    with spent(pid) as cards:
        page = open_page(opened, f"{address}/?run={run.id}", RESULTS)
    print(f"{run.summary['candidates']:,} candidates as cards: {cards}")
    with spent(pid) as again:
        open_page(opened, f"{address}/?run={run.id}", RESULTS).close()
    print(f"the same, once it was read: {again}")
    with spent(pid) as table:
        page.get_by_text("Table", exact=True).and_(page.locator(":not([inert] *)")).first.click()
        page.locator('[data-testid="stDataFrame"]').first.wait_for()
    print(f"the same as a table with drawings: {table}")
    page.close()


def memory(opened: Any, address: str, pid: int, runs: list[StoredRun]) -> None:
    """What the server holds after each ten of the runs that are looked at."""
    held = psutil.Process(pid).memory_info
    print(f"memory before the first run: {held().rss / MB:.0f} MB")
    for number, run in enumerate(runs, start=1):
        open_page(opened, f"{address}/?run={run.id}", RESULTS).close()
        if number % 10 == 0:
            print(f"memory after {number} runs: {held().rss / MB:.0f} MB", flush=True)


def watching(opened: Any, store: Store, address: str, pid: int, seconds: float) -> None:
    """CPU of the server a minute while a run is at work, without anybody and with one browser that watches."""
    run = store.runs.add("generate", GenerateSettings(leads=[CELECOXIB], goals=["qed:max"]).to_dict(), title="Watched")
    store.runs.claim(run.id, "benchmark")

    def alive(wait: Callable[[float], None]) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            store.runs.beat(run.id, {"load": (1, 1), "search": (100, 300)})
            wait(1000.0)

    with spent(pid) as alone:
        alive(lambda ms: time.sleep(ms / 1000))
    page = open_page(opened, f"{address}/?run={run.id}", WATCHED)
    with spent(pid) as watched:
        alive(page.wait_for_timeout)
    page.close()
    store.runs.end(run.id, RunState.WITHDRAWN)
    rates = [60 * item.processor / item.clock for item in (alone, watched)]
    print(f"server, a run at work and nobody there: {rates[0]:.2f} CPU s a minute")
    print(f"server, the same run watched: {rates[1]:.2f} CPU s a minute")
    print(f"a run that keeps one core busy, watched against not: {(60 + rates[1]) / (60 + rates[0]):.2f} times the CPU")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--home", type=Path, required=True, help="folder of the store")
    parser.add_argument("--runs", type=int, default=30, help="runs that are looked at for memory")
    parser.add_argument("--watch", type=float, default=60.0, help="seconds of watching")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--skip", nargs="*", default=[], choices=["first", "many", "memory", "watch"])
    chosen = parser.parse_args()
    store = open_store(chosen.home)
    with browser(chosen.chromium) as opened:
        if "first" not in chosen.skip:
            first_page(opened, chosen.home)
        with server(chosen.home) as (address, pid):
            open_page(opened, address, FORM).close()
            if "many" not in chosen.skip:
                run = generation(store, "Many candidates", budget=MANY, top=MANY, similarity=0.3, **LARGE)
                many_candidates(opened, address, pid, run)
            if "memory" not in chosen.skip:
                runs = [generation(store, f"Tiny {n}", seed=n, **TINY) for n in range(chosen.runs)]
                memory(opened, address, pid, runs)
            if "watch" not in chosen.skip:
                watching(opened, store, address, pid, chosen.watch)
    store.close()


if __name__ == "__main__":
    main()
