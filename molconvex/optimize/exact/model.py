"""Programs as cvxpy problems: networks, terms, thresholds and penalty, with handles to read the duals from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from molconvex.exceptions import MissingExtraError
from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize.exact.regions import add_region
from molconvex.optimize.program.program import Program

Array = NDArray[np.float64]


@dataclass
class Compiled:
    """A parametrized problem and handles to read its duals from."""

    problem: Any
    z: Any
    set_parameters: list[Callable[[Program], None]]
    layers: list[list[tuple[Any, Any]]] = field(default_factory=list)
    masses: list[Any] = field(default_factory=list)
    limits: dict[int, Any] = field(default_factory=dict)
    parts: list[Callable[[Array], Array]] = field(default_factory=list)


def import_cvxpy() -> Any:
    """The module.

    Raises:
        MissingExtraError: If it is not installed.
    """
    try:
        import cvxpy
    except ImportError as error:
        raise MissingExtraError("the exact reference needs cvxpy; install it with: pip install cvxpy") from error
    return cvxpy


def compile_program(program: Program, pattern: tuple[bool, ...]) -> Compiled:
    """One program with the thresholds of the pattern; numbers that differ between programs are parameters."""
    cp = import_cvxpy()
    z = cp.Variable(program.latent_dim)
    out = Compiled(None, z, [])
    constraints: list[Any] = []
    outputs = [_add_network(cp, network, z, constraints, out) for network in program.networks]
    outputs = [output + affine for output, affine in zip(outputs, _affine_terms(cp, program, z, out), strict=True)]
    weights = cp.Parameter(len(program.cost_terms), nonneg=True)
    out.set_parameters.append(lambda p: _set(weights, p.weights[0]))
    costs = _add_terms(cp, program, outputs, constraints, out)
    objective = weights @ cp.hstack(costs) + _penalty(cp, program, z, constraints, out)
    for column in np.flatnonzero(pattern).tolist():
        limit = cp.Parameter()
        out.set_parameters.append(_limit_setter(limit, column))
        out.limits[column] = costs[column] <= limit
        constraints.append(out.limits[column])
    out.parts = add_region(cp, program, z, constraints, out.set_parameters)
    out.problem = cp.Problem(cp.Minimize(objective), constraints)
    return out


def _affine_terms(cp: Any, program: Program, z: Any, out: Compiled) -> list[Any]:
    """What is added to each network, with slope and offset as parameters."""
    if program.affine_terms is None:
        return [0.0] * len(program.networks)
    slopes = cp.Parameter((len(program.networks), program.latent_dim))
    offsets = cp.Parameter(len(program.networks))
    out.set_parameters.append(lambda p: _set(slopes, p.affine_terms.slopes[0]))  # type: ignore[union-attr]
    out.set_parameters.append(lambda p: _set(offsets, p.affine_terms.offsets[0]))  # type: ignore[union-attr]
    return [slopes[k] @ z + offsets[k] for k in range(len(program.networks))]


def _limit_setter(parameter: Any, column: int) -> Callable[[Program], None]:
    return lambda program: _set(parameter, program.limits()[0, column])


def _set(parameter: Any, value: torch.Tensor) -> None:
    parameter.value = value.detach().cpu().double().numpy()


def _add_network(cp: Any, network: ReluNetwork, z: Any, constraints: list[Any], out: Compiled) -> Any:
    """Layers y_l >= u_l, y_l >= slope u_l; returns the output, affine in y_L and z."""
    hidden, handles = None, []
    for layer, bias in enumerate(network.biases):
        u: Any = bias.double().numpy()
        path = network.inputs[layer]
        if path is not None:
            u = path.double().numpy() @ z + u
        if hidden is not None:
            u = network.weights[layer - 1].double().numpy() @ hidden + u
        hidden = cp.Variable(bias.shape[0])
        pair = (hidden >= u, hidden >= (network.negative_slope * u if network.negative_slope else 0))
        constraints.extend(pair)
        handles.append(pair)
    out.layers.append(handles)
    value = network.output_weight.double().numpy() @ hidden + network.constant
    return value if network.output_input is None else value + network.output_input.double().numpy() @ z


def _add_terms(cp: Any, program: Program, outputs: list[Any], constraints: list[Any], out: Compiled) -> list[Any]:
    """Each term as tau + cap sum e_i with e_i >= 0 and e_i >= f_i - tau; the duals of the latter are the masses."""
    costs = []
    out.masses = [None] * len(outputs)
    for term in program.cost_terms:
        tau, excess = cp.Variable(), cp.Variable(len(term.members), nonneg=True)
        for place, k in enumerate(term.members):
            out.masses[k] = excess[place] >= outputs[k] - tau
            constraints.append(out.masses[k])
        costs.append(tau + term.cap * cp.sum(excess))
    return costs


def _penalty(cp: Any, program: Program, z: Any, constraints: list[Any], out: Compiled) -> Any:
    """kappa / 2 |z - anchor|^2, or 0 if there is none."""
    if not bool((program.distance_weights > 0).any()):
        return 0.0
    root, anchor, offset = cp.Parameter(nonneg=True), cp.Parameter(program.latent_dim), cp.Variable(program.latent_dim)
    out.set_parameters.append(lambda p: _set(root, p.distance_weights[0].double().sqrt()))
    out.set_parameters.append(lambda p: _set(anchor, p.anchors[0]))
    constraints.append(offset == z - anchor)
    return 0.5 * cp.sum_squares(root * offset)
