"""max(f, 0) of a convex network as one more layer: the cost of a window is a distance, never below zero."""

from dataclasses import replace

import torch

from molconvex.exceptions import SurrogateError
from molconvex.icnn import ReluNetwork


def with_floor(network: ReluNetwork) -> ReluNetwork:
    """max(f, 0) as a network with one more hidden layer of width 1.

    Raises:
        SurrogateError: If the network is leaky, which leaves no flat floor.
    """
    if network.negative_slope != 0:
        raise SurrogateError("only ReLU networks can be floored at zero; train with negative_slope=0")
    linear = network.output_input
    one = torch.ones(1, dtype=network.output_weight.dtype)
    return replace(
        network,
        weights=(*network.weights, network.output_weight[None, :]),
        inputs=(*network.inputs, None if linear is None else linear[None, :]),
        biases=(*network.biases, one * network.constant),
        output_weight=one,
        output_input=None,
        constant=0.0,
    )
