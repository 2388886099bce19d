"""How a signal fares on its way through a network: mean, variance and correlation of pre-activations by layer."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from molconvex.files import write_file_whole
from molconvex.icnn.affine_layers import layer_outputs
from molconvex.icnn.initialization.calibration import mean_correlation

_DRAWN_UNITS = 48  # of a layer, in its correlation matrix


@dataclass(frozen=True)
class LayerSignal:
    """Statistics of one layer's pre-activations u_k(z) for the network's fixed weights.

    Attributes:
        mean: over inputs and units.
        variance: over inputs (and positions), averaged over units. What tells inputs apart.
        unit_variance: over units, of each unit's mean over inputs. Carries no information about the input.
        correlation: over inputs, averaged over pairs of different units; nan if fewer than two of them vary.
    """

    mean: float
    variance: float
    unit_variance: float
    correlation: float


@dataclass(frozen=True)
class SignalPropagation:
    """One `LayerSignal` a layer, hidden layers first and the outputs last, and the pre-activations themselves.

    Attributes:
        layers: statistics.
        outputs: pre-activations, each (n, k).
    """

    layers: tuple[LayerSignal, ...]
    outputs: tuple[Tensor, ...]

    def table(self) -> str:
        """The statistics as text, a line a layer."""
        lines = ["layer      mean   variance over inputs   variance over units   correlation of units"]
        names = [*(str(index + 1) for index in range(len(self.layers) - 1)), "out"]
        for name, s in zip(names, self.layers, strict=True):
            lines.append(f"{name:>5} {s.mean:9.3g} {s.variance:22.3g} {s.unit_variance:21.3g} {s.correlation:22.3f}")
        return "\n".join(lines)


def signal_propagation(model: nn.Module, z: Tensor) -> SignalPropagation:
    """Statistics of every layer of a network at inference on a batch of inputs.

    Args:
        model: ICNN, or nn.Sequential of plain or convex layers with anything between them.
        z: (n, d), n >= 2.

    Raises:
        ConfigError: If the model is of another kind.
        LatentShapeError: If there are fewer than two inputs, or they are not finite or do not fit the model.
    """
    outputs = tuple(layer_outputs(model, z))
    return SignalPropagation(tuple(_statistics(output) for output in outputs), outputs)


def draw_signal_propagation(signals: Mapping[str, SignalPropagation], path: str | Path | None = None) -> object:
    """Draw histograms of pre-activations and correlation matrices of units by layer, for each named network.

    Args:
        signals: for example {"regular": ..., "naive": ..., "principled": ...}, all of the same depth.
        path: where to save the figure (format by suffix); not saved if None.

    Returns:
        The matplotlib Figure.

    Reference: Hoedt & Klambauer (2023), NeurIPS, whose figure this follows.
    """
    from matplotlib.figure import Figure

    depth = max(len(signal.layers) for signal in signals.values()) - 1
    figure = Figure(figsize=(1.5 * depth + 1.0, 2.8 * len(signals)), layout="constrained")
    axes = figure.subplots(2 * len(signals), depth, squeeze=False)
    for row, (name, signal) in enumerate(signals.items()):
        for column, output in enumerate(signal.outputs[:-1]):
            above, below = axes[2 * row][column], axes[2 * row + 1][column]
            above.hist(output.flatten().numpy(), bins=60, density=True, color="tab:blue")
            above.set(yticks=[], title=f"u{column + 1}" if row == 0 else "")
            above.tick_params(labelsize=6)
            image = below.imshow(_correlations(output), vmin=-1.0, vmax=1.0, cmap="RdBu_r", interpolation="nearest")
            below.set(xticks=[], yticks=[])
            below.set_xlabel(f"var {signal.layers[column].variance:.2g}", fontsize=7)
        axes[2 * row][0].set_ylabel(f"{name}\nhistogram", fontsize=8)
        axes[2 * row + 1][0].set_ylabel("correlation", fontsize=8)
    figure.colorbar(image, ax=axes[1::2, -1].tolist(), shrink=0.8)
    if path is not None:
        write_file_whole(path, lambda draft: figure.savefig(draft, dpi=150))
    return figure


def _statistics(output: Tensor) -> LayerSignal:
    several = output.shape[1] > 1
    return LayerSignal(
        mean=float(output.mean()),
        variance=float(output.var(0).mean()),
        unit_variance=float(output.mean(0).var()) if several else float("nan"),
        correlation=mean_correlation(output),
    )


def _correlations(output: Tensor) -> Tensor:
    return torch.corrcoef(output[:, :_DRAWN_UNITS].T).nan_to_num()
