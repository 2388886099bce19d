"""The convex program below one with concave costs over a hull: each concave cost becomes a coordinate.

A concave cost h lies above its values at the corners, mixed: h(sum_j y_j v_j) >= sum_j y_j h(v_j). So over the hull of
the points (v_j, h(v_j)) the program in which h counts as its own coordinate is convex, and nowhere above the first one;
at corners both are equal. It is the tightest convex program that is: the coordinate at its least is the convex envelope
of h over the hull.

Reference: Falk and Hoffman (1976), A successive underestimation method for concave minimization problems.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from molconvex.exceptions import ProgramError
from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize.program.affine_terms import AffineTerms
from molconvex.optimize.program.program import Program
from molconvex.optimize.program.tangents import Tangents
from molconvex.optimize.regions.flat_regions import Hull


def hull_of(program: Program) -> Hull:
    """The hull that the program is posed over.

    Raises:
        ProgramError: If the region is another one, or the distance from the anchor weighs.
    """
    if not isinstance(program.region, Hull):
        raise ProgramError(
            f"a bound on concave costs comes from the corners of a hull; the region is of kind {program.region.kind}"
        )
    if program.distance_weights.any():
        raise ProgramError("concave costs go with a distance_weight of zero")
    return program.region


def lifted(program: Program) -> tuple[Program, dict[int, ReluNetwork]]:
    """The convex program in d + k dimensions, k concave costs, and the networks under tangents, padded, by column.

    Raises:
        ProgramError: As `hull_of`, or if a concave cost has a threshold and no tangent.
    """
    concave, points = program.concave, hull_of(program).points.double()
    assert concave is not None
    limited_terms = torch.isfinite(program.limits()).any(dim=0).tolist()
    for term, limit in zip(program.cost_terms, limited_terms, strict=True):
        if limit and set(term.members) & set(concave.columns):
            raise ProgramError("a concave cost has a threshold; with_tangents poses what is proved to meet it")
    flat = points.reshape(-1, program.latent_dim)
    heights = concave.values(flat).reshape(*points.shape[:-1], -1)
    extra = len(concave.columns)
    networks = [_padded(network, extra) for network in program.networks]
    for place, column in enumerate(concave.columns):
        slope = torch.zeros(program.latent_dim + extra, dtype=torch.float64)
        slope[program.latent_dim + place] = 1.0
        networks[column] = ReluNetwork.affine(slope)
    above = Program(
        networks,
        program.weights,
        Hull(torch.cat([points, heights], dim=-1)),
        terms=program.terms,
        thresholds=program.thresholds,
        affine_terms=None if program.affine_terms is None else _padded_terms(program.affine_terms, extra),
    )
    if program.tangents is None:
        return above, {}
    limited = zip(program.tangents.columns, program.tangents.networks, strict=True)
    return above, {column: _padded(network, extra) for column, network in limited}


def lowered(program: Program, above: Program) -> Program:
    """The first program with the affine terms and tangents that the lifted one was solved with."""
    terms = above.affine_terms
    if terms is None:
        return program
    program = program.with_affine_terms(AffineTerms(terms.slopes[:, :, : program.latent_dim], terms.offsets))
    if above.tangents is None or program.tangents is None:
        return program
    kept = Tangents(program.tangents.columns, program.tangents.networks, above.tangents.gates)
    return program.with_tangents(kept)


def _padded(network: ReluNetwork, extra: int) -> ReluNetwork:
    """The same function of the first coordinates."""
    return replace(
        network,
        inputs=tuple(None if path is None else _wider(path, extra) for path in network.inputs),
        output_input=None if network.output_input is None else _wider(network.output_input, extra),
    )


def _padded_terms(terms: AffineTerms, extra: int) -> AffineTerms:
    return AffineTerms(_wider(terms.slopes, extra), terms.offsets)


def _wider(tensor: Tensor, extra: int) -> Tensor:
    return torch.cat([tensor, tensor.new_zeros(*tensor.shape[:-1], extra)], dim=-1)
