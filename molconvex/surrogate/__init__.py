"""Convex surrogates: costs of latents that are convex by construction, trained, evaluated and stored."""

from molconvex.surrogate.data.assay_tables import AssayTable, read_assays
from molconvex.surrogate.data.encoding import EncodedMolecules, encode_molecules
from molconvex.surrogate.data.replicates import Conflict, merge_replicates
from molconvex.surrogate.data.splits import Split, column_split, random_split, scaffold_split, time_split
from molconvex.surrogate.evidence.card_figure import card_svg, draw_card
from molconvex.surrogate.evidence.metrics import Metric, evaluate
from molconvex.surrogate.fit.fit_surrogates import fit_local_surrogates, fit_surrogates
from molconvex.surrogate.fit.settings import FitSettings
from molconvex.surrogate.fit.train_network import History, Progress, TrainingSettings
from molconvex.surrogate.model.convex_surrogate import ConvexSurrogate
from molconvex.surrogate.model.difference_surrogate import LocalSurrogate
from molconvex.surrogate.model.target import Target, TargetScaler
from molconvex.surrogate.store.folders import load_surrogates, save_surrogates

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
