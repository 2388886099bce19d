"""Programs refuse what they cannot mean."""

import pytest
import torch
from random_networks import random_network

from molconvex.exceptions import NetworkError, ProgramError, RegionError
from molconvex.optimize import AffineTerms, Ball, Box, CostTerm, HalfSpaces, Program

NETWORKS = [random_network(4, (6, 5), seed) for seed in range(2)]
BALL = Ball(torch.zeros(3, 4), 1.0)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"weights": torch.zeros(3, 2)}, "all zero"),
        ({"weights": torch.tensor([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]])}, "program 1 are all zero"),
        ({"weights": torch.tensor([1.0, -2.0])}, "got -2"),
        ({"weights": torch.tensor([1.0, torch.nan])}, "finite"),
        ({"weights": torch.ones(1)}, r"\(n, 2\)"),
        ({"weights": torch.ones(2, 2)}, "do not fit 3 regions"),
        ({"distance_weight": -1.0}, "distance_weight"),
        ({"distance_weight": torch.ones(2)}, "distance_weight"),
        ({"thresholds": torch.ones(3, 3)}, "thresholds"),
        ({"thresholds": torch.tensor([torch.nan, 1.0])}, "NaN"),
        ({"thresholds": torch.tensor([-torch.inf, 1.0])}, "infinity"),
        ({"anchor": torch.zeros(2, 4)}, "anchor"),
        (
            {"affine_terms": AffineTerms(torch.zeros(2, 2, 4), torch.zeros(2, 2))},
            r"affine terms must have shapes \(3, 2, 4\)",
        ),
        ({"affine_terms": AffineTerms(torch.zeros(3, 2, 4), torch.full((3, 2), torch.nan))}, "affine terms hold NaN"),
        ({"terms": [CostTerm((0,))]}, "exactly one term"),
        ({"terms": [CostTerm((0, 1)), CostTerm((1,))]}, "exactly one term"),
        ({"networks": []}, "at least one network"),
        ({"networks": [random_network(5, (3,), 0), NETWORKS[0]]}, "one latent dimension"),
    ],
)
def test_badly_posed_programs_are_refused(options: dict, text: str) -> None:
    given = {"networks": NETWORKS, "weights": torch.ones(2), "region": BALL} | options
    with pytest.raises(ProgramError, match=text):
        Program(**given)


def test_region_that_leaves_out_its_anchor_is_refused() -> None:
    with pytest.raises(RegionError, match="leaves out its own anchor"):
        Program(NETWORKS, torch.ones(2), BALL, anchor=torch.full((3, 4), 2.0))


def test_unbounded_region_is_refused() -> None:
    steep = random_network(4, (6, 5), 0, passthrough=True)
    with pytest.raises(RegionError, match="unbounded"):
        Program([steep], torch.ones(1), HalfSpaces(torch.ones(1, 4), torch.zeros(3, 1)))
    with pytest.raises(RegionError, match="passthrough has no minimum"):
        Program([steep], torch.ones(1), Ball(torch.zeros(3, 4), float("inf")))
    with pytest.raises(RegionError, match="passthrough has no minimum"):
        Program([steep], torch.ones(1), Box(torch.full((3, 4), -torch.inf), torch.zeros(3, 4)))


def test_nan_in_a_network_is_refused() -> None:
    with pytest.raises(NetworkError, match="NaN"):
        NETWORKS[0].scaled(float("nan"))


def test_stacks_are_made_once_for_all_selections() -> None:
    program = Program(NETWORKS, torch.ones(2), BALL)
    made = program.stacks(torch.float64, torch.device("cpu"))
    assert program.select(torch.tensor([1])).stacks(torch.float64, torch.device("cpu")) is made
    assert program.stacks(torch.float32, torch.device("cpu"))[0].biases[0].dtype == torch.float32


@pytest.mark.parametrize("aggregate", ["median", "cvar:0", "cvar:1.5", "cvar:x", ""])
def test_unknown_aggregates_are_refused(aggregate: str) -> None:
    with pytest.raises(ProgramError, match="cvar:LEVEL"):
        CostTerm((0, 1), aggregate)


def test_one_row_of_weights_and_one_region_serve_all_programs() -> None:
    assert Program(NETWORKS, torch.ones(2), BALL).n == 3
    assert Program(NETWORKS, torch.ones(5, 2), Ball(torch.zeros(1, 4), 1.0)).region.batch == 5


def test_integer_weights_count_as_numbers() -> None:
    assert Program(NETWORKS, torch.tensor([1, 2]), BALL).weights.is_floating_point()
