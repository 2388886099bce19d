"""The short optimizer against torch's own."""

import torch
from torch import nn

from molconvex.surrogate.fit.adamw import AdamW


def test_agrees_with_torch_over_many_steps() -> None:
    networks = []
    for _ in range(2):
        torch.manual_seed(0)
        networks.append(nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1)).double())
    (ours_matrices, ours_vectors), (matrices, vectors) = (
        [[p for p in network.parameters() if (p.ndim > 1) == matrix] for matrix in (True, False)]
        for network in networks
    )
    ours = AdamW(ours_matrices, ours_vectors, weight_decay=0.05)
    twin = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.05}, {"params": vectors, "weight_decay": 0.0}], lr=0.0
    )
    z = torch.randn(20, 4, dtype=torch.float64)
    for step in range(50):
        rate = 0.02 / (1 + step)
        ours.zero_grad()
        twin.zero_grad()
        for network in networks:
            (network(z) - z.sum(dim=1, keepdim=True)).square().mean().backward()
        ours.clip_gradients(0.5)
        nn.utils.clip_grad_norm_(networks[1].parameters(), 0.5)
        ours.step(rate)
        for group in twin.param_groups:
            group["lr"] = rate
        twin.step()
    for a, b in zip(networks[0].parameters(), networks[1].parameters(), strict=True):
        assert torch.allclose(a, b, rtol=1e-10, atol=1e-12)


def test_a_missing_gradient_counts_as_zero() -> None:
    used, unused = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
    optimizer = AdamW([used, unused], weight_decay=0.0)
    used.sum().backward()
    optimizer.step(0.1)
    assert unused.tolist() == [1.0, 1.0]
    assert (used < 1).all()
