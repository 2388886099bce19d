"""Turn a training checkpoint into a latent model that molconvex loads.

Example:
    python scripts/export_vae.py checkpoints/final.safetensors --tokenizer corpus/tokenizer.json --out data/vae

Writes weights.safetensors (the averaged weights), tokenizer.json, manifest.json (sizes, recipe, corpus, SHA-256),
curve.json and learning_curve.svg.
"""

import argparse
import json
import sys
from pathlib import Path

from molconvex.exceptions import MolconvexError
from molconvex.latent.training.trainer import read_checkpoint
from molconvex.latent.vae.model import LANGUAGES, TextVAE
from molconvex.latent.vae.network import MoleculeVAE, NetworkConfig


def plot_curve(curve: list[dict], path: Path) -> None:
    """Learning curve: loss terms and exact reconstruction of validation molecules over molecules seen."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    hours = [entry["minutes"] / 60 for entry in curve]
    for name, label in [("reconstruction", "reconstruction"), ("kl", "KL divergence")]:
        left.plot(hours, [entry[name] for entry in curve], label=f"{label}, nats a molecule")
    left.set(xlabel="hours of training", yscale="log")
    left.legend(frameon=False)
    points = [(entry["minutes"] / 60, entry["exact"]) for entry in curve if "exact" in entry]
    right.plot(*zip(*points, strict=True), marker=".")
    right.set(xlabel="hours of training", ylabel="exact reconstruction, validation", ylim=(0, 1))
    figure.savefig(path)
    plt.close(figure)


def continued(earlier: list[dict], later: list[dict]) -> list[dict]:
    """One curve of two runs: steps and minutes of the later one go on from the last of the earlier one."""
    last = earlier[-1]
    return earlier + [entry | {key: entry[key] + last[key] for key in ("step", "minutes")} for entry in later]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--earlier", type=Path, help="folder of the exported model that the training started from")
    parser.add_argument("--corpus-notes", type=Path, help="corpus.json, for the manifest; it names the language, too")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    try:
        tensors, notes = read_checkpoint(args.checkpoint)
        network = MoleculeVAE(NetworkConfig(**notes["network"]))
        averaged = {k.removeprefix("average."): v for k, v in tensors.items() if k.startswith("average.")}
        network.load_state_dict(averaged, strict=True)
        corpus = json.loads(args.corpus_notes.read_text()) if args.corpus_notes else {}
        tokenizer = LANGUAGES[corpus.get("tokens", "selfies").upper()].load(args.tokenizer)
    except MolconvexError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    progress = notes["progress"]
    trained = {
        "licence": "MIT",
        "training": notes["training"],
        "steps": progress["step"],
        "molecules_seen": progress["molecules"],
        "hours": round(progress["seconds"] / 3600, 2),
        "corpus": {k: v for k, v in corpus.items() if k not in {"refused_lines", "descriptors"}},
    }
    curve = progress["curve"]
    if args.earlier:
        manifest = json.loads((args.earlier / "manifest.json").read_text())
        trained["started_from"] = {k: v for k, v in manifest.items() if k not in {"format", "network", "licence"}}
        curve = continued(json.loads((args.earlier / "curve.json").read_text()), curve)
    TextVAE(network, tokenizer, "").save(args.out, trained)
    plot_curve(curve, args.out / "learning_curve.svg")
    (args.out / "curve.json").write_text(json.dumps(curve) + "\n")
    print(f"wrote {args.out}: {progress['step']:,} steps, {progress['molecules']:,} molecules seen")
    return 0


if __name__ == "__main__":
    sys.exit(main())
