"""Kill jobs at random moments and feed spoiled inputs; print what was left, lost, or ended in a wrong error.

    python -m scripts.benchmarks.faults --kills 1000 --inputs 100000

Kills: jobs of generate, pareto, path and train with a small latent model, each in a fork, killed by SIGKILL anywhere in
the job or in its writing, over a folder that holds an earlier result. Inputs: texts, settings, files, run records and
manifests spoiled at random; each must be used or refused by a MolconvexError of one line.
"""

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from scripts.faults.fuzz import fuzz
from scripts.faults.kills import kill_often
from scripts.faults.targets import targets
from scripts.faults.toy_jobs import toy_jobs, toy_model

KILL_HEAD = (
    "| job | killed | earlier result stood | new one stood | and finished leads beside it | wrong |",
    "|---|---|---|---|---|---|",
)
FUZZ_HEAD = (
    "| input of | inputs | used | refused with advice | other errors | longer than 10 s |",
    "|---|---|---|---|---|---|",
)


def kill_table(kills: int) -> tuple[list[str], list[str]]:
    """Rows of Markdown, and what was wrong."""
    rows, wrong = [*KILL_HEAD], []
    for job in toy_jobs():
        with tempfile.TemporaryDirectory(prefix="molconvex-kills-") as place:
            counts, problems = kill_often(job, Path(place) / "result", kills // 4)
        wrong += problems
        killed = counts["old"] + counts["new"] + counts["wrong"]
        rows.append(
            f"| {job.name} | {killed} | {counts['old']} | {counts['new']} | {counts['kept']} | {counts['wrong']} |"
        )
        print(rows[-1], flush=True)
    return rows, wrong


def fuzz_table(inputs: int) -> tuple[list[str], list[str]]:
    """Rows of Markdown, and what was wrong."""
    jobs = {job.name: job for job in toy_jobs()}
    rows = [*FUZZ_HEAD]
    with tempfile.TemporaryDirectory(prefix="molconvex-fuzz-") as place:
        outcomes, wrong = fuzz(targets(Path(place), jobs, toy_model()), inputs)
    for name, counts in [*outcomes.items(), ("all", sum(outcomes.values(), Counter()))]:
        cells = [counts.total(), counts["used"], counts["refused"], counts["wrong"], counts["hung"]]
        rows.append(f"| {name} | " + " | ".join(f"{cell:,}" for cell in cells) + " |")
    return rows, wrong


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description="Kill jobs at random moments and feed spoiled inputs.")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--inputs", type=int, default=100_000)
    options = parser.parse_args()
    for make, count in ((fuzz_table, options.inputs), (kill_table, options.kills)):
        if count:
            rows, wrong = make(count)
            print("\n".join(rows) + "\n", flush=True)
            for text, times in Counter(wrong).most_common(40):
                print(f"{times} x {text}", flush=True)


if __name__ == "__main__":
    main()
