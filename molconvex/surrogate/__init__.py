"""Convex surrogates: costs of latents that are convex by construction, trained, evaluated and stored."""

from molconvex.surrogate.artifact import load_surrogates, save_surrogates
from molconvex.surrogate.encoding import EncodedMolecules, encode_molecules
from molconvex.surrogate.fitting import fit_local_surrogates, fit_surrogates
from molconvex.surrogate.local import LocalSurrogate
from molconvex.surrogate.metrics import Metric, evaluate
from molconvex.surrogate.model import ConvexSurrogate
from molconvex.surrogate.plots import card_svg, draw_card
from molconvex.surrogate.replicates import Conflict, merge_replicates
from molconvex.surrogate.settings import FitSettings
from molconvex.surrogate.splits import Split, column_split, random_split, scaffold_split, time_split
from molconvex.surrogate.tables import AssayTable, read_assays
from molconvex.surrogate.target import Target, TargetScaler
from molconvex.surrogate.training import History, Progress, TrainingSettings

__all__ = [
    "AssayTable",
    "Conflict",
    "ConvexSurrogate",
    "EncodedMolecules",
    "FitSettings",
    "History",
    "LocalSurrogate",
    "Metric",
    "Progress",
    "Split",
    "Target",
    "TargetScaler",
    "TrainingSettings",
    "card_svg",
    "column_split",
    "draw_card",
    "encode_molecules",
    "evaluate",
    "fit_local_surrogates",
    "fit_surrogates",
    "load_surrogates",
    "merge_replicates",
    "random_split",
    "read_assays",
    "save_surrogates",
    "scaffold_split",
    "time_split",
]
