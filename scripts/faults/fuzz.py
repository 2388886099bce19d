"""Spoiled inputs through the Python interface: each is used, or refused by a MolconvexError, within ten seconds of
processor time."""

import json
import random
import shutil
import signal
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from molconvex.exceptions import MolconvexError

LONGEST, LONGEST_WAIT = 10.0, 300.0
"""Seconds of processor time, and of waiting for whatever never comes."""
MESSAGE = 500
"""Most characters of an error's text."""

SEEDS = (
    *(
        "CC(=O)Oc1ccccc1C(=O)O",
        "c1ccccc1",
        "[Na+].[Cl-]",
        "C1CC",
        "N[C@@H](C)C(=O)O aspartame",
        "CCO|x|",
        "O=[N+]([O-])c1",
    ),
    *("qed:max", "logp:1..3*2", "tpsa:<90", "logp:=2.5", "sa_score:min*0.5", "logp:<4", "qed:>0.5"),
    *('leads = ["CCO"]\ngoals = ["qed:max"]\nprograms = 3\n', "smiles,pIC50\nCCO,5.1\nc1ccccc1,>4\nCCN,6,2\n"),
    *("CCO ethanol\nCCN\n", "smiles;name\nCCO;a\n", '"CCO","5,1"\n', "\ufeffsmiles\tvalue\nCCO\t1e400\n", ""),
)
STRANGE = ("\x00", "\ud800", "\u202e", "\n", "\r\n", "\t", '"', "'", "=", "-1", "1e999", "NaN", "..", "*", ":", "[")


class Hang(BaseException):
    """An input took longer than allowed; no handler of errors may swallow it."""


@dataclass(frozen=True)
class Target:
    """What takes an input: its name, and a function of a random source that spoils one and hands it over."""

    name: str
    use: Callable[[random.Random], object]


def spoiled(chance: random.Random, text: str | None = None) -> str:
    """A text with a few random edits: cut, doubled, exchanged, or with strange characters in it."""
    text = chance.choice(SEEDS) if text is None else text
    for _ in range(chance.randint(1, 6)):
        place = chance.randint(0, len(text))
        edit = chance.randrange(6)
        if edit == 0:
            text = text[:place] + chance.choice(STRANGE) + text[place:]
        elif edit == 1:
            text = text[:place] + text[place + chance.randint(1, 5) :]
        elif edit == 2:
            text = text + text[:place]
        elif edit == 3:
            other = chance.choice(SEEDS)
            text = text[:place] + other[chance.randint(0, len(other)) :]
        elif edit == 4:
            text = text[:place] + chr(chance.randint(0, 0x2FF)) + text[place + 1 :]
        else:
            text = text[:place] + text[place : place + 3] * chance.choice([2, 10, 60]) + text[place:]
    return text[:5000]


def spoiled_value(chance: random.Random, depth: int = 0) -> object:
    """A plain value of a wrong or odd kind."""
    kinds = [None, True, -1, 0, 3, 1e308, float("nan"), float("inf"), "", spoiled(chance), 10**30, "qed:max"]
    if depth < 3 and chance.random() < 0.3:
        inner = [spoiled_value(chance, depth + 1) for _ in range(chance.randint(0, 3))]
        return inner if chance.random() < 0.5 else {spoiled(chance)[:8]: item for item in inner}
    return chance.choice(kinds)


def spoiled_bytes(chance: random.Random, content: bytes) -> bytes:
    """Bytes with a few random edits."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 5)):
        if data and chance.random() < 0.7:
            data[chance.randrange(len(data))] = chance.randrange(256)
        elif chance.random() < 0.5:
            del data[chance.randint(0, len(data)) :]
        else:
            data += bytes(chance.randrange(256) for _ in range(chance.randint(1, 20)))
    return bytes(data)


def spoiled_json(chance: random.Random, plain: object) -> object:
    """A JSON value with one value somewhere in it replaced, removed or added."""
    if isinstance(plain, dict) and plain and chance.random() < 0.85:
        key = chance.choice(sorted(plain))
        if chance.random() < 0.1:
            return {k: v for k, v in plain.items() if k != key}
        return plain | {key: spoiled_json(chance, plain[key])}
    if isinstance(plain, list) and plain and chance.random() < 0.85:
        place = chance.randrange(len(plain))
        return [spoiled_json(chance, item) if i == place else item for i, item in enumerate(plain)]
    return spoiled_value(chance)


def targets(place: Path, run: Path, surrogate: Path) -> list[Target]:
    """Every reader and parser that takes what users write.

    Args:
        place: An empty folder to work in.
        run: Folder of an honest run, to be spoiled as a copy.
        surrogate: Folder of an honest surrogate, likewise.
    """
    from molconvex.chem import find_alerts, murcko_scaffold, read_molecules, standardize, tanimoto
    from molconvex.design import GenerateSettings
    from molconvex.design.settings import Lead, load_settings
    from molconvex.objectives.goals import Goal
    from molconvex.objectives.requirements import Requirement
    from molconvex.runs import check_run
    from molconvex.surrogate import Target as Wanted
    from molconvex.surrogate import load_surrogates
    from molconvex.surrogate.data.assay_tables import read_assays

    record = json.loads((run / "run.json").read_text())
    manifest = json.loads((surrogate / "manifest.json").read_text())
    run_copy = Path(shutil.copytree(run, place / "run"))
    surrogate_copy = Path(shutil.copytree(surrogate, place / "surrogate"))
    names = sorted(GenerateSettings.model_fields)

    def file(chance: random.Random, ending: str) -> Path:
        path = place / f"input{ending}"
        path.write_bytes(spoiled_bytes(chance, spoiled(chance).encode("utf-8", "surrogatepass")))
        return path

    def settings(chance: random.Random) -> object:
        chosen = {name: spoiled_value(chance) for name in chance.sample(names, chance.randint(0, 4))}
        return GenerateSettings(**{"leads": ["CCO"], "goals": ["qed:max"]} | chosen)

    def run_json(chance: random.Random) -> object:
        (run_copy / "run.json").write_text(json.dumps(spoiled_json(chance, record)))
        return check_run(run_copy)

    def manifest_json(chance: random.Random) -> object:
        (surrogate_copy / "manifest.json").write_text(json.dumps(spoiled_json(chance, manifest)))
        return load_surrogates(surrogate_copy)

    return [
        Target("Goal.parse", lambda c: Goal.parse(spoiled(c))),
        Target("Requirement.parse", lambda c: Requirement.parse(spoiled(c))),
        Target("Lead.from_plain", lambda c: Lead.from_plain(spoiled_value(c))),  # type: ignore[arg-type]
        Target("Goal.from_plain", lambda c: Goal.from_plain(spoiled_value(c))),  # type: ignore[arg-type]
        Target("GenerateSettings", settings),
        Target("load_settings", lambda c: load_settings(file(c, ".toml"))),
        Target("standardize", lambda c: standardize(spoiled(c))),
        Target("find_alerts", lambda c: find_alerts(spoiled(c))),
        Target("murcko_scaffold", lambda c: murcko_scaffold(spoiled(c))),
        Target("tanimoto", lambda c: tanimoto("CCO", [spoiled(c)])),
        Target("read_molecules", lambda c: read_molecules(file(c, c.choice([".smi", ".csv", ".sdf", ".smi.gz"])))),
        Target("read_assays", lambda c: read_assays(file(c, ".csv"), [Wanted("pIC50", "", "maximize")])),
        Target("check_run", run_json),
        Target("load_surrogates", manifest_json),
    ]


def fuzz(some: list[Target], inputs: int, seed: int = 0) -> tuple[dict[str, Counter[str]], list[str]]:
    """Outcomes by target, "used", "refused", "wrong" and "hung", and a text for each that was wrong or hung.

    Slow targets get fewer inputs: each takes its share of time, not of inputs.
    """
    chance, wrong = random.Random(seed), []
    outcomes = {target.name: Counter[str]() for target in some}
    spent = dict.fromkeys(outcomes, 1e-3)
    for _ in range(inputs):
        target = min(some, key=lambda t: spent[t.name])
        state, began = chance.getstate(), time.process_time()
        word, text = one(target, chance)
        spent[target.name] += time.process_time() - began
        outcomes[target.name][word] += 1
        if word in ("wrong", "hung"):
            wrong.append(f"{target.name}: {text} (state {hash(state)})")
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
        too_long = len(str(error)) > MESSAGE or "\n" in str(error)
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
