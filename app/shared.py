"""What all pages of a server share: the store, the dispatcher of runs, the latent model, results read from disk."""

import logging
import os
import secrets
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from molconvex.exceptions import MolconvexError
from molconvex.long_lived import keep_from_collector
from molconvex.objectives import PropertyChoice, property_choices
from molconvex.runs import ReadRun, read_run
from molconvex.runs.store import Dispatcher, QueueLimits, RunState, Store, StoredRun, open_store
from molconvex.runs.store.pipelines import pipeline

if TYPE_CHECKING:
    from molconvex.latent import LatentModel, ReferenceSet

OWNER = "owner"
READ = 6  # results that are kept in memory

log = logging.getLogger("molconvex.app")


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The store, shared by all visitors."""
    return open_store()


@st.cache_resource(show_spinner=False)
def dispatcher() -> Dispatcher:
    """What starts runs in their turn; MOLCONVEX_AT_ONCE says how many at the same time."""
    at_once = max(1, int(os.environ.get("MOLCONVEX_AT_ONCE", "1")))
    return Dispatcher(store(), QueueLimits(at_once=at_once)).start()


def owner() -> str:
    """This visitor, for fair turns in the queue; new with every browser window."""
    return str(st.session_state.setdefault(OWNER, secrets.token_urlsafe(6)))


def latent_model() -> "LatentModel":
    """The latent model, loaded once.

    Raises:
        WeightsError: If its files are missing or altered.
    """
    with st.spinner("Loading the latent model (once)…"):
        model = pipeline().latent_model()
    _freeze(model.fingerprint)
    return model


@cache
def _freeze(fingerprint: str) -> None:
    """Take what is there once a model is loaded out of the garbage collector's sight.

    Streamlit collects garbage after every rerun, and with a model loaded that costs a sixth of a second each time.
    """
    keep_from_collector()


def reference() -> "ReferenceSet":
    """Molecules with latents and properties."""
    return pipeline().reference()


def choices() -> dict[str, PropertyChoice]:
    """Every property that a goal can name; measured ones alone where the latent model is missing."""
    own = own_surrogates()
    try:
        fingerprint = latent_model().fingerprint
    except MolconvexError:
        fingerprint = ""
    return _choices(fingerprint, tuple(own.items()))


@st.cache_data(max_entries=20, show_spinner=False)
def _choices(fingerprint: str, own: tuple[tuple[str, Path], ...]) -> dict[str, PropertyChoice]:
    return property_choices(fingerprint, dict(own))


def own_surrogates() -> dict[str, Path]:
    """Folders of the surrogates that were trained in this store, by property; the newest of each."""
    found: dict[str, Path] = {}
    for run in store().runs.find(kinds=["train"], states=[RunState.FINISHED]):
        folder = store().folder_of(run)
        if folder is not None:
            found.setdefault(str(run.summary.get("property", "")), folder)
    return found


def folders_of(names: Iterable[str]) -> dict[str, str]:
    """Of properties, the folders of those that a surrogate of this store predicts, as settings take them."""
    known = choices()
    return {name: str(known[name].folder) for name in names if known[name].folder is not None}


def results_of(run: StoredRun) -> ReadRun | None:
    """The results of a generation, None where it has none.

    Raises:
        DataError: If its files cannot be read.
    """
    folder = store().folder_of(run)
    return None if folder is None else _read(str(folder))


@st.cache_resource(max_entries=READ, show_spinner=False)
def _read(folder: str) -> ReadRun:
    return read_run(folder)


def incident(error: BaseException) -> str:
    """Log a fault and give the id under which it stands in the log."""
    number = secrets.token_hex(4)
    log.error("fault %s", number, exc_info=error)
    return number
