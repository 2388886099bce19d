"""Forge certificates at random and see what the check lets pass; check honest ones and see what it rejects.

    python -m scripts.benchmarks.tampering --tamperings 10000 --programs 10000

A forger edits a record of solved programs and makes every checksum fit again, so the records are judged without files:
by `check_certificate` and by what ties a record to its run's settings. An accepted record is searched for a claim that
is false: another value than its point's, a point that is not feasible, a bound above a value that some feasible point
of the posed programs reaches, a threshold on a concave cost that is called proved where it is not met. The table has
one row a kind of forgery; forgeries of concave costs have programs with such costs as victims.
"""

import argparse
from collections import Counter

import numpy as np

from scripts.forgery.concave_tamperings import CONCAVE_TAMPERINGS, has_concave_costs
from scripts.forgery.honest_programs import Honest, honest_programs
from scripts.forgery.tamperings import TAMPERINGS
from scripts.forgery.truth import judge

PROGRAMS_EACH = 20
VICTIMS = 60


def forge(count: int) -> dict[str, Counter[str]]:
    """Outcomes by kind: "rejected", "true" (accepted, and nothing false is claimed) and "false"."""
    victims = [honest_programs(seed) for seed in range(VICTIMS)]
    with_concave = [victim for victim in victims if has_concave_costs(victim.record)]
    outcomes: dict[str, Counter[str]] = {kind: Counter() for kind in TAMPERINGS}
    for number in range(count):
        turn, place = divmod(number, len(TAMPERINGS))
        kind = list(TAMPERINGS)[place]
        suited = with_concave if kind in CONCAVE_TAMPERINGS else victims
        victim = suited[turn % len(suited)]
        forged = TAMPERINGS[kind](victim.record, np.random.default_rng(number))
        judgement = judge(forged, victim)
        word = "rejected" if not judgement.accepted else "false" if judgement.falsehood else "true"
        outcomes[kind][word] += 1
        if word == "false":
            print(f"FALSE: number {number}, {kind}: {judgement.falsehood}", flush=True)
    return outcomes


def check_honest(count: int) -> tuple[int, list[str]]:
    """Programs checked, and why some were rejected or judged false."""
    wrong: list[str] = []
    for batch in range(-(-count // PROGRAMS_EACH)):
        honest: Honest = honest_programs(1_000_000 + batch, PROGRAMS_EACH)
        judgement = judge(honest.record, honest)
        if not judgement.accepted or judgement.falsehood:
            wrong.append(f"batch {batch}: {judgement.reason or judgement.falsehood}")
    return -(-count // PROGRAMS_EACH) * PROGRAMS_EACH, wrong


def table(outcomes: dict[str, Counter[str]]) -> str:
    """As Markdown."""
    lines = ["| forgery | tried | rejected | accepted, all true | accepted, false |", "|---|---|---|---|---|"]
    for kind, counts in outcomes.items():
        lines.append(f"| {kind} | {counts.total()} | {counts['rejected']} | {counts['true']} | {counts['false']} |")
    total: Counter[str] = sum(outcomes.values(), Counter())
    lines.append(f"| all | {total.total():,} | {total['rejected']:,} | {total['true']:,} | {total['false']} |")
    return "\n".join(lines)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description="Forge certificates at random and see what the check lets pass.")
    parser.add_argument("--tamperings", type=int, default=10_000)
    parser.add_argument("--programs", type=int, default=10_000)
    options = parser.parse_args()
    print(table(forge(options.tamperings)), flush=True)
    checked, wrong = check_honest(options.programs)
    print(f"\n{checked:,} honest programs, {len(wrong)} batches rejected or false")
    for text in wrong[:20]:
        print(text)


if __name__ == "__main__":
    main()
