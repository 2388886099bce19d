"""Break the code in small ways, one at a time, and see whether the tests turn red.

    python -m scripts.mutants                 every mutant
    python -m scripts.mutants allowance cap   those whose names contain one of these words

Each mutant replaces one text in one file, in a temporary copy of the repository, and runs the tests that should notice.
A mutant that stays green is a hole in the tests; the exit status is the number of such holes, at most 100. Half of the
mutants move a border (a tolerance, a status, a tie, an "at least"), where tests are easiest to write past.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts import mutants_elsewhere, mutants_of_checks
from scripts.mutant import Mutant

ROOT = Path(__file__).resolve().parents[1]
ALL = mutants_of_checks.MUTANTS + mutants_elsewhere.MUTANTS
COPIED = ("molconvex", "tests", "scripts", "app", "docs", "pyproject.toml", "README.md", "CHANGELOG.md", "Makefile")
LINKED = ("data",)
MOST_SECONDS = 600  # of processor time, whatever else the machine does; a mutant that never ends is noticed


@dataclass(frozen=True)
class Outcome:
    """What became of one mutant: "red" is good, "green" a hole, "stale" a text that is no longer in the code."""

    mutant: Mutant
    word: str
    seconds: float


def run(mutants: Sequence[Mutant]) -> list[Outcome]:
    """Outcomes of mutants, tried one after the other in a copy of the repository."""
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="molconvex-mutants-") as place:
        copy = copied(Path(place))
        for mutant in mutants:
            outcomes.append(tried(mutant, copy))
            print(f"{outcomes[-1].word:<6} {outcomes[-1].seconds:6.1f} s  {mutant.name}", flush=True)
    return outcomes


def copied(place: Path) -> Path:
    """A copy of the repository's code and tests; what is only read is linked."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.is_file():
            shutil.copy(source, place / name)
    for name in LINKED:
        (place / name).symlink_to(ROOT / name)
    return place


def tried(mutant: Mutant, copy: Path) -> Outcome:
    """Change the file, run the tests, put the file back."""
    began, path = _processor_time(), copy / mutant.file
    before = path.read_text(encoding="utf-8")
    if before.count(mutant.text) != 1:
        return Outcome(mutant, "stale", 0.0)
    path.write_text(before.replace(mutant.text, mutant.replacement), encoding="utf-8")
    try:
        word = "green" if passes(mutant.tests, copy) else "red"
    finally:
        path.write_text(before, encoding="utf-8")
    return Outcome(mutant, word, _processor_time() - began)


def passes(tests: Sequence[str], copy: Path) -> bool:
    """Whether pytest ends with status 0 in the copy, within the processor time."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, preexec_fn=_limited)
    return done.returncode == 0


def _processor_time() -> float:
    """Seconds that processes started here have used, once they have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))


def main() -> int:
    """Run the mutants asked for and print what stayed green."""
    parser = argparse.ArgumentParser(description="Break the code in small ways and see whether the tests turn red.")
    parser.add_argument("words", nargs="*", help="parts of names of mutants; all mutants without them")
    words = parser.parse_args().words
    chosen = [mutant for mutant in ALL if not words or any(word in mutant.name for word in words)]
    outcomes = run(chosen)
    count = {word: sum(o.word == word for o in outcomes) for word in ("red", "green", "stale")}
    borders = sum(mutant.at_a_border for mutant in chosen)
    print(f"{count['red']} of {len(outcomes)} mutants red ({borders} at borders), {count['stale']} stale")
    return min(100, count["green"] + count["stale"])


if __name__ == "__main__":
    sys.exit(main())
