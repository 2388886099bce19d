"""Spoiled inputs through the Python interface: each is used, or refused by a MolconvexError, within ten seconds of
processor time."""

import random
import signal
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from molconvex.exceptions import LONGEST_MESSAGE, MolconvexError

LONGEST, LONGEST_WAIT = 10.0, 300.0
"""Seconds of processor time, and of waiting for whatever never comes."""
LEAST_SHARE = 20
"""Every target gets at least this part of an even share of the inputs, however slow it is."""


class Hang(BaseException):
    """An input took longer than allowed; no handler of errors may swallow it."""


@dataclass(frozen=True)
class Target:
    """What takes an input: its name, and a function of a random source that spoils one and hands it over."""

    name: str
    use: Callable[[random.Random], object]


def fuzz(some: list[Target], inputs: int, seed: int = 0) -> tuple[dict[str, Counter[str]], list[str]]:
    """Outcomes by target, "used", "refused", "wrong" and "hung", and a text for each that was wrong or hung.

    Targets share the time evenly, so slow ones get fewer inputs, but at least a twentieth of an even share. Input k of
    a target comes from `random.Random(f"{seed} {name} {k}")`, whatever the others did.
    """
    wrong: list[str] = []
    outcomes = {target.name: Counter[str]() for target in some}
    spent = dict.fromkeys(outcomes, 1e-3)
    for number in range(inputs):
        behind = [t for t in some if outcomes[t.name].total() < number / (LEAST_SHARE * len(some))]
        target = behind[0] if behind else min(some, key=lambda t: spent[t.name])
        source, began = f"{seed} {target.name} {outcomes[target.name].total()}", time.process_time()
        word, text = one(target, random.Random(source))
        spent[target.name] += time.process_time() - began
        outcomes[target.name][word] += 1
        if word in ("wrong", "hung"):
            wrong.append(f"{target.name}: {text} (input {source!r})")
    return outcomes, wrong


def one(target: Target, chance: random.Random) -> tuple[str, str]:
    """What became of one input."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise Hang

    before = {number: signal.signal(number, ring) for number in (signal.SIGPROF, signal.SIGALRM)}
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    signal.setitimer(signal.ITIMER_REAL, LONGEST_WAIT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            target.use(chance)
    except MolconvexError as error:
        too_long = len(str(error)) > LONGEST_MESSAGE or "\n" in str(error)
        return (
            ("wrong", f"a message of {len(str(error))} characters: {str(error)[:80]!r}")
            if too_long
            else ("refused", "")
        )
    except Hang:
        return "hung", f"longer than {LONGEST:g} s"
    except Exception as error:
        return "wrong", f"{type(error).__name__}: {str(error)[:200]}"
    finally:
        for timer in (signal.ITIMER_PROF, signal.ITIMER_REAL):
            signal.setitimer(timer, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
    return "used", ""
