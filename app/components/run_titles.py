"""What runs are called where one is to be chosen."""

import time
from collections.abc import Sequence

from molconvex.runs.store import StoredRun


def when(moment: float) -> str:
    """A time as people read it: 25 Nov 2026, 22:10."""
    return time.strftime("%d %b %Y, %H:%M", time.localtime(moment))


def told_apart(runs: Sequence[StoredRun]) -> dict[str, str]:
    """Titles with their times by id, each another one: of choices that read alike a browser can only take the first."""
    titles: dict[str, str] = {}
    for run in runs:
        title = first = f"{run.title or run.id} ({when(run.created)})"
        number = 1
        while title in titles.values():
            number += 1
            title = f"{first}, {number}"
        titles[run.id] = title
    return titles
