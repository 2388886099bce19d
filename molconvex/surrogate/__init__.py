"""Convex surrogates: costs of latents that are convex by construction, trained, evaluated and stored."""

from typing import TYPE_CHECKING

from molconvex.lazy_names import lazy_names

if TYPE_CHECKING:
    from molconvex.surrogate.data.assay_tables import AssayTable, read_assays
    from molconvex.surrogate.data.dataset import Dataset, encode_dataset, make_dataset
    from molconvex.surrogate.data.encoding import EncodedMolecules, encode_molecules
    from molconvex.surrogate.data.replicates import Conflict, merge_replicates
    from molconvex.surrogate.data.splits import Split, column_split, random_split, scaffold_split, time_split
    from molconvex.surrogate.evidence.card_figure import card_svg, draw_card
    from molconvex.surrogate.evidence.metrics import Metric, evaluate
    from molconvex.surrogate.fit.network_settings import TrainingSettings
    from molconvex.surrogate.fit.settings import FitSettings
    from molconvex.surrogate.fit.train_network import History, Hooks, Progress
    from molconvex.surrogate.fitting import fit_difference_surrogates, fit_surrogate, fit_surrogates
    from molconvex.surrogate.model.convex_surrogate import ConvexSurrogate
    from molconvex.surrogate.model.difference_surrogate import DifferenceSurrogate
    from molconvex.surrogate.model.orientation import Orientation
    from molconvex.surrogate.model.target import Target, TargetScaler
    from molconvex.surrogate.store.folders import (
        load_convex_surrogate,
        load_convex_surrogates,
        load_surrogate,
        load_surrogates,
        save_surrogate,
        save_surrogates,
    )
    from molconvex.surrogate.store.manifest import Surrogate

_HOMES = {
    "AssayTable": "data.assay_tables",
    "Conflict": "data.replicates",
    "ConvexSurrogate": "model.convex_surrogate",
    "Dataset": "data.dataset",
    "DifferenceSurrogate": "model.difference_surrogate",
    "EncodedMolecules": "data.encoding",
    "FitSettings": "fit.settings",
    "History": "fit.train_network",
    "Hooks": "fit.train_network",
    "Metric": "evidence.metrics",
    "Orientation": "model.orientation",
    "Progress": "fit.train_network",
    "Split": "data.splits",
    "Surrogate": "store.manifest",
    "Target": "model.target",
    "TargetScaler": "model.target",
    "TrainingSettings": "fit.network_settings",
    "card_svg": "evidence.card_figure",
    "column_split": "data.splits",
    "draw_card": "evidence.card_figure",
    "encode_dataset": "data.dataset",
    "encode_molecules": "data.encoding",
    "evaluate": "evidence.metrics",
    "fit_difference_surrogates": "fitting",
    "fit_surrogate": "fitting",
    "fit_surrogates": "fitting",
    "load_convex_surrogate": "store.folders",
    "load_convex_surrogates": "store.folders",
    "load_surrogate": "store.folders",
    "load_surrogates": "store.folders",
    "make_dataset": "data.dataset",
    "merge_replicates": "data.replicates",
    "random_split": "data.splits",
    "read_assays": "data.assay_tables",
    "save_surrogate": "store.folders",
    "save_surrogates": "store.folders",
    "scaffold_split": "data.splits",
    "time_split": "data.splits",
}

__all__ = [
    "AssayTable",
    "Conflict",
    "ConvexSurrogate",
    "Dataset",
    "DifferenceSurrogate",
    "EncodedMolecules",
    "FitSettings",
    "History",
    "Hooks",
    "Metric",
    "Orientation",
    "Progress",
    "Split",
    "Surrogate",
    "Target",
    "TargetScaler",
    "TrainingSettings",
    "card_svg",
    "column_split",
    "draw_card",
    "encode_dataset",
    "encode_molecules",
    "evaluate",
    "fit_difference_surrogates",
    "fit_surrogate",
    "fit_surrogates",
    "load_convex_surrogate",
    "load_convex_surrogates",
    "load_surrogate",
    "load_surrogates",
    "make_dataset",
    "merge_replicates",
    "random_split",
    "read_assays",
    "save_surrogate",
    "save_surrogates",
    "scaffold_split",
    "time_split",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
