"""Make everything anew that depends on the weights of the latent model, in the order in which one needs the other.

    model           data/vae            from a checkpoint, where one is given
    reference       data/reference      decoded near training molecules
    surrogates      data/surrogates     trained on the model's latents
    examples        docs/examples       the page runs on all of the above
    benchmark       data/vae            reconstruction, samples, properties, assays
    neighbourhood   data/vae            what points near a molecule mean
    price           data/vae            what convexity costs

A step is left out where its product already belongs to the present weights; so a run that was stopped goes on, and
`--again STEP` makes a step and what follows anew. `--list` prints the commands and runs nothing. Tables in README.md,
docs/ and data/vae/MODEL_CARD.md are then to be brought up to the JSON files by hand; `pytest` comes last.

Example:
    python scripts/renew_all.py --checkpoint run/final.safetensors --corpus corpus --data public_tables
"""

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS = ("benchmark", "neighbourhood", "price")


@dataclass(frozen=True)
class Step:
    """One script to run.

    Attributes:
        arguments: Script and options.
        fresh: Whether its product belongs to the weights with this fingerprint.
    """

    name: str
    arguments: list[str]
    fresh: Callable[[str], bool]


def steps(checkpoint: Path | None, corpus: Path, data: Path, root: Path = ROOT) -> list[Step]:
    """All steps in their order."""
    vae, reference, surrogates = (root / "data" / name for name in ("vae", "reference", "surrogates"))
    array, test, chembl = (
        str(corpus / "corpus.safetensors"),
        str(data / "zinc250k_split_test.smi.gz"),
        str(data / "chembl22_bioactive.smi.gz"),
    )
    export = [str(checkpoint), "--tokenizer", str(corpus / "tokenizer.json"), "--corpus-notes"]
    export += [str(corpus / "corpus.json"), "--out", str(vae)]
    files = {name: vae / f"{name}.json" for name in BENCHMARKS}
    model = ["--model", str(vae)]
    held_out = ["--zinc-test", test, "--chembl", chembl]
    found = [
        Step(
            "reference",
            ["build_reference.py", *model, "--corpus", array, "--out", str(reference)],
            names(reference),
        ),
        Step(
            "surrogates",
            ["train_surrogates.py", *model, "--corpus", array, "--assays", str(data), "--out", str(surrogates)],
            lambda weights: all(names(folder)(weights) for folder in surrogates.iterdir()),
        ),
        Step("examples", ["make_examples.py"], never),
        Step(
            "benchmark",
            [
                "benchmarks/latent.py",
                *held_out,
                "--corpus",
                array,
                "--assays",
                str(data),
                "--json",
                str(files["benchmark"]),
            ],
            never,
        ),
        Step("neighbourhood", ["benchmarks/neighbourhood.py", *held_out, "--json", str(files["neighbourhood"])], never),
        Step(
            "price",
            [
                "benchmarks/price_of_convexity.py",
                "--assays",
                str(data),
                "--molecules",
                test,
                "--json",
                str(files["price"]),
            ],
            never,
        ),
    ]
    return [Step("model", ["export_vae.py", *export], never), *found] if checkpoint else found


def never(_: str) -> bool:
    return False


def names(folder: Path) -> Callable[[str], bool]:
    """Whether the manifest of a folder names a fingerprint, wherever in it that stands."""

    def named(weights: str) -> bool:
        manifest = folder / "manifest.json"
        return manifest.exists() and f'"{weights}"' in manifest.read_text(encoding="utf-8")

    return named


def fingerprint(root: Path = ROOT) -> str:
    """Fingerprint of the weights in data/vae."""
    manifest = json.loads((root / "data" / "vae" / "manifest.json").read_text(encoding="utf-8"))
    return manifest["files"]["weights.safetensors"]


def run(step: Step) -> bool:
    """Run one step in a process of its own; whether it succeeded."""
    script = ROOT / "scripts" / step.arguments[0]
    return subprocess.run([sys.executable, str(script), *step.arguments[1:]], cwd=ROOT, check=False).returncode == 0


def renew(todo: list[Step], again: str | None, root: Path = ROOT, runner: Callable[[Step], bool] = run) -> int:
    """Run what is not fresh, in order; stop at the first failure. Returns the exit code."""
    forced = False
    for step in todo:
        forced = forced or step.name == again or step.name == "model"
        if not forced and step.fresh(fingerprint(root)):
            print(f"{step.name}: belongs to the present weights already", flush=True)
            continue
        print(f"{step.name}: {shlex.join(step.arguments)}", flush=True)
        if not runner(step):
            print(f"error: {step.name} failed; run the same command again to go on there", file=sys.stderr)
            return 1
    return 0


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, help="of the new model; without one, data/vae is taken as it is")
    parser.add_argument("--corpus", type=Path, required=True, help="folder of scripts/prepare_corpus.py")
    parser.add_argument("--data", type=Path, required=True, help="folder of the public tables and molecule files")
    parser.add_argument("--again", metavar="STEP", help="make this step and all that follow anew")
    parser.add_argument("--list", action="store_true", help="print the commands and run nothing")
    args = parser.parse_args(argv)
    todo = steps(args.checkpoint, args.corpus, args.data)
    if args.again and args.again not in {step.name for step in todo}:
        parser.error(f"no step {args.again!r}; they are {', '.join(step.name for step in todo)}")
    if args.list:
        for step in todo:
            print(f"{step.name}: python scripts/{shlex.join(step.arguments)}")
        return 0
    return renew(todo, args.again)


if __name__ == "__main__":
    sys.exit(main())
