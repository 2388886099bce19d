"""Input-convex neural networks: positivity, layers, principled initialization, export to plain convex ReLU networks."""

from molconvex.icnn.activations import ELU, Activation, LeakyReLU, SoftplusActivation, SquaredReLU, make_activation
from molconvex.icnn.initialization.gaussian_moments import gaussian_mean, gaussian_product, gaussian_second_moment
from molconvex.icnn.initialization.initialize import initialize
from molconvex.icnn.initialization.weight_moments import Incoming, WeightMoments, exact_moments, principled_moments
from molconvex.icnn.layers import ConvexLinear
from molconvex.icnn.networks import ICNN, DifferenceOfConvex
from molconvex.icnn.positivity import Exp, Positivity, Projection, Softplus, Squared, make_positivity
from molconvex.icnn.propagation import LayerSignal, SignalPropagation, draw_signal_propagation, signal_propagation
from molconvex.icnn.relu_network import ReluNetwork

__all__ = [
    "ELU",
    "ICNN",
    "Activation",
    "ConvexLinear",
    "DifferenceOfConvex",
    "Exp",
    "Incoming",
    "LayerSignal",
    "LeakyReLU",
    "Positivity",
    "Projection",
    "ReluNetwork",
    "SignalPropagation",
    "Softplus",
    "SoftplusActivation",
    "Squared",
    "SquaredReLU",
    "WeightMoments",
    "draw_signal_propagation",
    "exact_moments",
    "gaussian_mean",
    "gaussian_product",
    "gaussian_second_moment",
    "initialize",
    "make_activation",
    "make_positivity",
    "principled_moments",
    "signal_propagation",
]
