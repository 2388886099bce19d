"""Signal propagation through deep convex networks: published, naive, exact and calibrated initialization.

Prints, for inputs z ~ N(0, I) that no initialization has seen, each hidden layer's variance over inputs for fixed
weights (mean over units, median over seeds); the target is 1. Beside it the least and largest such variance of any
layer and seed, and the correlation of units in the last hidden layer (nan: none vary). Saves the figure of Hoedt &
Klambauer (2023): histograms of pre-activations and correlation matrices by layer.

    python scripts/benchmarks/signal_propagation.py --figure propagation.png
"""

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from molconvex.icnn import ICNN, SignalPropagation, draw_signal_propagation, initialize, signal_propagation

METHODS = ("naive", "principled", "exact", "calibrated")


def regular_network(input_dim: int, width: int, depth: int, generator: torch.Generator) -> nn.Sequential:
    """A non-convex ReLU network with He-normal weights and no biases."""
    sizes = [input_dim, *[width] * depth, 1]
    layers: list[nn.Module] = []
    for index, (fan_in, units) in enumerate(itertools.pairwise(sizes)):
        layer = nn.Linear(fan_in, units)
        gain = 1.0 if index == 0 else 2.0
        with torch.no_grad():
            layer.weight.normal_(0.0, (gain / fan_in) ** 0.5, generator=generator)
            layer.bias.zero_()
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def propagate(method: str, options: argparse.Namespace, width: int, seed: int) -> SignalPropagation:
    """One network's signal on fresh inputs."""
    generator = torch.Generator().manual_seed(seed)
    batch, fresh = (torch.randn(options.inputs, options.input_dim, generator=generator) for _ in range(2))
    if method == "regular":
        return signal_propagation(regular_network(options.input_dim, width, options.depth, generator), fresh)
    model = ICNN(options.input_dim, [width] * options.depth, passthrough=options.passthrough, generator=generator)
    initialize(model, method, generator=generator, latents=batch)
    return signal_propagation(model, fresh)


def print_table(options: argparse.Namespace, width: int) -> dict[str, SignalPropagation]:
    """Print the table of one width; returns each method's signal for the first seed."""
    layers = "".join(f"{f'u{index + 1}':>9}" for index in range(options.depth))
    print(f"\nwidth {width}, {options.depth} hidden layers, {options.seeds} seeds: variance over inputs")
    print(f"{'':12}{layers}  least..largest   correlation u{options.depth}")
    first: dict[str, SignalPropagation] = {}
    for method in ("regular", *METHODS):
        signals = [propagate(method, options, width, seed) for seed in range(options.seeds)]
        first[method] = signals[0]
        variances = torch.tensor([[layer.variance for layer in signal.layers[:-1]] for signal in signals])
        cells = "".join(f"{value:9.2g}" for value in variances.median(0).values.tolist())
        correlation = torch.tensor([signal.layers[-2].correlation for signal in signals]).nanmedian().item()
        print(f"{method:12}{cells}  {variances.min():.2g}..{variances.max():.2g}   {correlation:.3f}", flush=True)
    return first


def draw(signals: dict[str, SignalPropagation], path: Path) -> None:
    """Save the figure; a PNG with few colors, to be small."""
    from matplotlib.figure import Figure
    from PIL import Image

    figure = draw_signal_propagation(signals)
    assert isinstance(figure, Figure)
    figure.savefig(path, dpi=80)
    if path.suffix == ".png":
        Image.open(path).convert("RGB").quantize(64).save(path, optimize=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--widths", type=int, nargs="+", default=[64, 256, 1024], help="hidden widths (default: %(default)s)"
    )
    parser.add_argument("--depth", type=int, default=8, help="hidden layers (default: %(default)s)")
    parser.add_argument("--input-dim", type=int, default=64, help="dimension of z (default: %(default)s)")
    parser.add_argument(
        "--inputs", type=int, default=2048, help="inputs to calibrate and to measure on (default: %(default)s)"
    )
    parser.add_argument("--seeds", type=int, default=5, help="networks a row (default: %(default)s)")
    parser.add_argument("--passthrough", action="store_true", help="networks with passthrough")
    parser.add_argument("--figure", type=Path, help="where to save the figure, of the first seed at the first width")
    options = parser.parse_args(argv)
    signals = [print_table(options, width) for width in options.widths]
    if options.figure:
        draw({name: signals[0][name] for name in ("regular", "naive", "principled", "calibrated")}, options.figure)
        print(f"\nwrote {options.figure}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
