import torch

from molconvex.design.proposals import offsets


def test_shifted_balls_stay_inside_the_largest_one() -> None:
    radii = torch.linspace(0.1, 2.0, 40, dtype=torch.float64)
    shifted = offsets(16, 2.0 - radii, seed=3)
    assert (shifted.norm(dim=1) + radii <= 2.0 + 1e-9).all()
    assert (shifted[::4] == 0).all()
    assert (shifted[1:-1:4].norm(dim=1) > 0).all()


def test_offsets_repeat_for_a_seed() -> None:
    reach = torch.ones(8, dtype=torch.float64)
    assert torch.equal(offsets(4, reach, seed=1), offsets(4, reach, seed=1))
    assert not torch.equal(offsets(4, reach, seed=1), offsets(4, reach, seed=2))
