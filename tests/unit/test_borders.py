"""Borders that no other test stood at: on each side of the number that a rule compares with."""

import numpy as np
import torch
from torch import nn

from molconvex.objectives.goal_programs import decodable
from molconvex.optimize import Ball, Program, Solution, Status, solve
from molconvex.surrogate import AssayTable, Target, merge_replicates


def test_three_replicates_give_their_median_not_their_mean() -> None:
    values = np.array([[5.0], [5.1], [7.9], [3.0], [4.0]])
    censor = np.zeros((5, 1), dtype=np.int8)
    table = AssayTable(["CO"] * 3 + ["C", "N"], ["p"], values, censor, [(i + 2,) for i in range(5)])
    merged, _ = merge_replicates(table, [Target("p", "", "maximize")], table.smiles)
    assert merged.value[0, 0] == 5.1


def test_replicates_may_differ_by_one_standard_deviation_of_the_column() -> None:
    others, names = [0.0, 10.0, 20.0, 30.0, 40.0], ["CO", "CO", "C", "CC", "CCC", "CCCC", "CCCCC"]
    outcomes = []
    for apart in np.linspace(10.0, 20.0, 101):
        values = np.array([20.0, 20.0 + apart, *others])[:, None]
        table = AssayTable(names, ["p"], values, np.zeros((7, 1), dtype=np.int8), [(i + 2,) for i in range(7)])
        _, conflicts = merge_replicates(table, [Target("p", "", "maximize")], names)
        outcomes.append(bool(conflicts))
        assert outcomes[-1] is bool(apart > values.std())
    assert outcomes == sorted(outcomes)
    assert set(outcomes) == {False, True}


def _solution(statuses: list[Status]) -> Solution:
    from dataclasses import replace

    from random_networks import l1_network

    n = len(statuses)
    program = Program([l1_network(torch.zeros(2))], torch.ones(1).double(), Ball(torch.zeros(n, 2).double(), 1.0))
    return replace(solve(program), status=statuses)


def test_what_has_no_feasible_point_is_not_decoded() -> None:
    statuses = list(Status)
    kept = [statuses[row] for row in decodable(_solution(statuses))]
    assert kept == [Status.CERTIFIED, Status.STEP_BUDGET, Status.CONCAVE_GAP, Status.CANCELLED]


def test_training_stops_after_patience_and_one_evaluations_without_progress() -> None:
    from molconvex.surrogate.fit.train_network import Examples, TrainingSettings, fit_network

    class Worse(nn.Module):
        """Each evaluation in eval mode is worse than the one before: nothing ever improves."""

        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1, 1))
            self.evaluations = 0

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            self.evaluations += not self.training
            return z[:, :1] @ self.weight + (0 if self.training else self.evaluations)

    z = torch.zeros(8, 1)
    examples = Examples(z, torch.zeros(8, 1), torch.zeros(8, 1), torch.ones(8), (False,))
    for patience in (1, 4):
        settings = TrainingSettings(epochs=400, batch_size=8, least_steps=400, most_steps=400, patience=patience)
        history = fit_network(Worse(), examples, examples, settings, generator=torch.Generator().manual_seed(0))
        assert len(history.steps) == patience + 2, history.steps
