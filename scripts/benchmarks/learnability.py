"""Learnability on MNIST: how fast convex networks train from different initializations.

Networks of 3, 5 and 7 hidden layers learn digits (cross-entropy, Adam, the same settings for every arm):

    mlp          non-convex, torch's default initialization
    default      convex, torch's default initialization in raw parameters
    passthrough  as default, with passthrough
    principled   convex, published initialization (Hoedt & Klambauer 2023)
    calibrated   convex, ours: calibrated on 1,024 training images
    calibrated-passthrough   as calibrated, with passthrough (on request)

Prints for each depth the final training loss, the epochs needed to reach the final loss of `default` (median over
seeds, "-" where most seeds never do) and the test accuracy, each as median [quartiles]; saves curves as a figure. Every
finished run is kept in the results file, so the command continues where it was interrupted.

    quick, minutes on two cores:  learnability.py --data FOLDER --quick
    full, hours:                  learnability.py --data FOLDER --results full.json --figure full.png

FOLDER holds the four IDX files of MNIST (names ending in train-images-idx3-ubyte and so on, .gz or not).
"""

import argparse
import gzip
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from molconvex.exceptions import ConfigError, DataError, MolconvexError
from molconvex.icnn import ICNN, initialize

ARMS = ("mlp", "default", "passthrough", "principled", "calibrated")
EXTRA_ARMS = ("calibrated-passthrough",)
RECORDS_AN_EPOCH = 10
CALIBRATION_IMAGES = 1024


def read_idx(folder: Path, ending: str) -> np.ndarray:
    """The array of one IDX file of unsigned bytes.

    Raises:
        DataError: If there is not exactly one such file, or it is no complete IDX file of bytes.
    """
    found = sorted(path for path in folder.glob(f"*{ending}*") if path.name.endswith((ending, f"{ending}.gz")))
    if len(found) != 1:
        raise DataError(f"{folder} needs one file ending in {ending} or {ending}.gz, has {len(found)}")
    path = found[0]
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if len(raw) < 4 or raw[:3] != b"\x00\x00\x08":
        raise DataError(f"{path} does not start like an IDX file of bytes; fetch it again")
    start = 4 + 4 * raw[3]
    shape = tuple(int.from_bytes(raw[at : at + 4], "big") for at in range(4, start, 4))
    if len(raw) != start + int(np.prod(shape)):
        raise DataError(f"{path} holds {len(raw) - start} bytes where its header promises {shape}; it is truncated")
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)


def load_mnist(folder: Path) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training images (n, 784) scaled to mean 0 and variance 1 over all pixels, labels (n,); the same for testing."""
    images = [
        torch.from_numpy(read_idx(folder, f"{part}-images-idx3-ubyte").astype("f4")) for part in ("train", "t10k")
    ]
    labels = [
        torch.from_numpy(read_idx(folder, f"{part}-labels-idx1-ubyte").astype("i8")) for part in ("train", "t10k")
    ]
    mean, scale = images[0].mean(), images[0].std()
    train, test = ((part.flatten(1) - mean) / scale for part in images)
    return train, labels[0], test, labels[1]


def build(arm: str, depth: int, options: argparse.Namespace, images: Tensor, seed: int) -> nn.Module:
    """The untrained network of one arm."""
    if arm == "mlp":
        torch.manual_seed(seed)
        sizes = [images.shape[1], *[options.width] * depth]
        body = [m for i in range(depth) for m in (nn.Linear(sizes[i], sizes[i + 1]), nn.ReLU())]
        return nn.Sequential(*body, nn.Linear(options.width, 10))
    passthrough = arm.endswith("passthrough")
    method = {"passthrough": "default", "calibrated-passthrough": "calibrated"}.get(arm, arm)
    generator = torch.Generator().manual_seed(seed)
    hidden = [options.width] * depth
    model = ICNN(
        images.shape[1], hidden, 10, positivity=options.positivity, passthrough=passthrough, generator=generator
    )
    initialize(model, method, generator=generator, latents=images[:CALIBRATION_IMAGES])
    return model


def train(
    model: nn.Module, data: tuple[Tensor, Tensor, Tensor, Tensor], options: argparse.Namespace, seed: int
) -> dict:
    """Train one network: losses averaged over tenths of an epoch, test accuracy after each epoch, seconds."""
    images, labels, test_images, test_labels = data
    generator, started = torch.Generator().manual_seed(seed), time.perf_counter()
    optimizer = torch.optim.Adam(model.parameters(), lr=options.learning_rate)
    losses: list[float] = []
    accuracy: list[float] = []
    for _ in range(options.epochs):
        batches = torch.randperm(len(images), generator=generator).split(options.batch_size)
        steps = torch.stack([_step(model, optimizer, images[batch], labels[batch]) for batch in batches])
        losses += [float(part.mean()) for part in steps.tensor_split(RECORDS_AN_EPOCH)]
        with torch.no_grad():
            accuracy.append(float((model(test_images).argmax(1) == test_labels).float().mean()))
    return {"loss": losses, "accuracy": accuracy, "seconds": round(time.perf_counter() - started, 1)}


def _step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> Tensor:
    loss = nn.functional.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if isinstance(model, ICNN):
        model.project_()
    return loss.detach()


def open_results(path: Path, settings: dict) -> dict:
    """Results so far: {"settings": ..., "runs": {"arm/depth/seed": ...}}.

    Raises:
        ConfigError: If the file holds results of other settings.
    """
    if not path.exists():
        return {"settings": settings, "runs": {}}
    results = json.loads(path.read_text())
    if results.get("settings") != settings:
        raise ConfigError(
            f"{path} holds results of other settings ({results.get('settings')}); name another file by --results"
        )
    return results


def save_results(path: Path, results: dict) -> None:
    """Write whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(results, indent=1))
    os.replace(part, path)


def run_all(options: argparse.Namespace, results: dict) -> None:
    """Train what the results file lacks, saving after each run."""
    data = load_mnist(options.data)
    todo = [key for key in _keys(options) if "/".join(map(str, key)) not in results["runs"]]
    for number, (arm, depth, seed) in enumerate(todo, start=1):
        run = train(build(arm, depth, options, data[0], seed), data, options, seed)
        results["runs"][f"{arm}/{depth}/{seed}"] = run
        save_results(options.results, results)
        print(
            f"{number}/{len(todo)}  {arm}, {depth} layers, seed {seed}: loss {run['loss'][-1]:.3f}, "
            f"accuracy {run['accuracy'][-1]:.4f}, {run['seconds']:.0f} s",
            file=sys.stderr,
            flush=True,
        )


def _keys(options: argparse.Namespace) -> Iterator[tuple[str, int, int]]:
    return ((arm, depth, seed) for seed in range(options.seeds) for depth in options.depths for arm in options.arms)


def curves(results: dict, arm: str, depth: int, options: argparse.Namespace, field: str = "loss") -> np.ndarray:
    """One row a seed."""
    return np.array([results["runs"][f"{arm}/{depth}/{seed}"][field] for seed in range(options.seeds)])


def epochs_to_reach(losses: np.ndarray, target: float) -> float:
    """Median over seeds of the epochs until the loss first is at or below the target; inf where most never are."""
    reached = losses <= target
    first = np.where(reached.any(1), (reached.argmax(1) + 1) / RECORDS_AN_EPOCH, np.inf)
    return float(np.quantile(first, 0.5, method="higher"))


def print_table(results: dict, options: argparse.Namespace) -> None:
    """The table of the docstring."""
    for depth in options.depths:
        print(f"\n{depth} hidden layers of {options.width}, {options.epochs} epochs, {options.seeds} seeds")
        print(f"{'':24}{'final loss':>24}{'epochs to default':>20}{'test accuracy':>26}")
        has_default = "default" in options.arms
        target = np.median(curves(results, "default", depth, options)[:, -1]) if has_default else -np.inf
        for arm in options.arms:
            losses, accuracy = (curves(results, arm, depth, options, field) for field in ("loss", "accuracy"))
            needed = epochs_to_reach(losses, float(target))
            shown = f"{needed:.1f}" if np.isfinite(needed) else "-"
            print(f"{arm:24}{_quartiles(losses[:, -1], 3):>24}{shown:>20}{_quartiles(accuracy[:, -1], 4):>26}")


def _quartiles(values: np.ndarray, digits: int) -> str:
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    return f"{middle:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def draw(results: dict, options: argparse.Namespace) -> None:
    """Training loss against epochs: median over seeds, quartiles shaded."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.0 * len(options.depths), 3.2), layout="constrained")
    axes = figure.subplots(1, len(options.depths), sharey=True, squeeze=False)[0]
    for axis, depth in zip(axes, options.depths, strict=True):
        for arm in options.arms:
            low, middle, high = np.quantile(curves(results, arm, depth, options), (0.25, 0.5, 0.75), axis=0)
            epochs = (np.arange(len(middle)) + 1) / RECORDS_AN_EPOCH
            axis.plot(epochs, middle, label=arm)
            axis.fill_between(epochs, low, high, alpha=0.25)
        axis.set(yscale="log", xlabel="epochs", title=f"{depth} hidden layers")
    axes[0].set_ylabel("training loss (cross-entropy)")
    axes[0].legend(fontsize=7)
    figure.savefig(options.figure, dpi=150)
    print(f"\nwrote {options.figure}")


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read and check the command line; quick mode fills in what is not given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the IDX files")
    parser.add_argument("--quick", action="store_true", help="width 128, 2 epochs, 2 seeds unless given")
    parser.add_argument(
        "--results", type=Path, default=Path("learnability.json"), help="JSON file (default: %(default)s)"
    )
    parser.add_argument("--figure", type=Path, help="where to save the curves")
    parser.add_argument("--arms", nargs="+", choices=ARMS + EXTRA_ARMS, default=list(ARMS))
    parser.add_argument("--depths", nargs="+", type=int, default=[3, 5, 7])
    parser.add_argument("--width", type=int, help="units a layer (full mode: 512)")
    parser.add_argument("--epochs", type=int, help="full mode: 20")
    parser.add_argument("--seeds", type=int, help="full mode: 5")
    parser.add_argument("--positivity", default="projection", help="of all convex arms (default: %(default)s)")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--batch-size", type=int, default=128)
    options = parser.parse_args(argv)
    for name, (quick, full) in {"width": (128, 512), "epochs": (2, 20), "seeds": (2, 5)}.items():
        if getattr(options, name) is None:
            setattr(options, name, quick if options.quick else full)
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark; exit status 2 for bad input."""
    options = parse(argv)
    kept = ("width", "epochs", "positivity", "learning_rate", "batch_size")
    try:
        results = open_results(options.results, {name: getattr(options, name) for name in kept})
        run_all(options, results)
    except MolconvexError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print_table(results, options)
    if options.figure:
        draw(results, options)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
