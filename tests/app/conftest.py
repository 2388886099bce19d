"""The app on the toy latent model: real pages, a real store, real generations, in seconds."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from browser import browser_or_skip, page, server  # noqa: F401
from reading import SETTINGS
from streamlit import config, util
from streamlit.testing.v1 import AppTest

from molconvex.exceptions import MoleculeTooLongError, VocabularyError
from molconvex.runs.store import Dispatcher, RunState, Store, StoredRun, open_store, pipelines
from molconvex.runs.store.worker import work_on
from molconvex.surrogate import ConvexSurrogate, load_convex_surrogate, save_surrogate
from molconvex.surrogate.model.conformal import Conformal
from molconvex.surrogate.model.refinement import fit_refinement
from molconvex.surrogate.model.structure_features import structure_features

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from app import shared  # noqa: E402


class Picky:
    """The toy model, which refuses what the bundled one would refuse: unknown elements and large molecules."""

    def __init__(self, model) -> None:
        self._model = model

    def __getattr__(self, name: str):
        return getattr(self._model, name)

    def encode(self, smiles):
        for row, text in enumerate(smiles):
            if "[As]" in text:
                raise VocabularyError(f"row {row}: the latent model does not know the SMILES symbol [As]")
            if len(text) > 150:
                raise MoleculeTooLongError(f"row {row}: 99 tokens are needed, the model reads 62")
        return self._model.encode(smiles)


@pytest.fixture(scope="session")
def toy(toy_model, toy_reference) -> pipelines.Pipeline:
    model = Picky(toy_model)
    return pipelines.Pipeline(lambda: model, lambda: toy_reference)


@pytest.fixture(scope="session")
def finished_home(toy, tmp_path_factory) -> tuple[Path, str]:
    """A home with one finished generation, and the id of that."""
    home = tmp_path_factory.mktemp("finished")
    kept = open_store(home)
    run = kept.runs.add("generate", SETTINGS, title="Anisole: more drug-like")
    assert work_on(kept, run.id, lambda: toy)
    done = kept.runs.get(run.id)
    assert done.state is RunState.FINISHED, done.error
    kept.close()
    return home, run.id


@pytest.fixture(scope="session")
def trained_home(toy, toy_reference, tmp_path_factory) -> tuple[Path, str]:
    """A home with a surrogate trained on measured values of the reference molecules, and the id of that run."""
    home = tmp_path_factory.mktemp("trained")
    path = home / "assay.csv"
    rows = zip(toy_reference.smiles, toy_reference.table["logp"], strict=True)
    path.write_text("SMILES,activity\n" + "".join(f"{smiles},{value}\n" for smiles, value in rows) + "C1CC(,1.0\n")
    target = {"property": "potency", "unit": "", "sense": "maximize"}
    fit = {"members": 1, "split": "random", "evidence": False}
    settings = {"table": str(path), "column": "activity", "smiles_column": "SMILES", "target": target, "fit": fit}
    kept = open_store(home)
    run = kept.runs.add("train", settings, title="Model of potency")
    assert work_on(kept, run.id, lambda: toy)
    kept.close()
    return home, run.id


@pytest.fixture(autouse=True)
def _toy(toy, tmp_path, monkeypatch, request) -> Iterator[None]:
    """Every test has a home of its own; runs wait until the test works on them."""
    for made in {"finished_home", "trained_home"}.intersection(request.fixturenames):
        shutil.copytree(request.getfixturevalue(made)[0], tmp_path / "home")
    monkeypatch.setenv("MOLCONVEX_HOME", str(tmp_path / "home"))
    config.set_option("server.address", "localhost")
    monkeypatch.delenv("MOLCONVEX_PASSWORD_FILE", raising=False)
    monkeypatch.setattr(shared, "pipeline", lambda: toy)
    monkeypatch.setattr(Dispatcher, "start", lambda self: self)
    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    shared.store().close()


@pytest.fixture
def store() -> Store:
    """The store that the app uses in this test."""
    return shared.store()


@pytest.fixture
def finished(finished_home) -> StoredRun:
    """A finished generation in the store."""
    return shared.store().runs.get(finished_home[1])


@pytest.fixture
def work(toy) -> Callable[[str], StoredRun]:
    """Do a run that waits, here and now."""

    def done(run_id: str) -> StoredRun:
        assert work_on(shared.store(), run_id, lambda: toy)
        return shared.store().runs.get(run_id)

    return done


@pytest.fixture
def open_app() -> Callable[..., AppTest]:
    """Open a page, on a run where one is given."""

    def opened(address: str = "design", run: StoredRun | str | None = None) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=300)
        if address != "design":
            app._page_hash = (getattr(util, "calc_hash", None) or util.calc_md5)(address)
        if run is not None:
            app.query_params["run"] = run if isinstance(run, str) else run.id
        return app.run()

    return opened


WIDTHS = Conformal(inside=(0.1, 0.2, 0.5, 0.9), outside=(0.2, 0.4, 1.0, 1.8))


@pytest.fixture
def trained(trained_home) -> StoredRun:
    """The finished training of a surrogate in the store."""
    return shared.store().runs.get(trained_home[1])


@pytest.fixture
def refined(trained, store, toy_reference) -> ConvexSurrogate:
    """That surrogate with a refinement, in its folder."""
    folder = store.folder_of(trained)
    surrogate = load_convex_surrogate(folder)
    value = toy_reference.table["logp"][:80].to_numpy()
    refinement = fit_refinement(structure_features(toy_reference.smiles[:80]), value, surrogate.target)
    surrogate = replace(surrogate, conformal=WIDTHS, refinement=replace(refinement, conformal=WIDTHS))
    save_surrogate(folder, surrogate, overwrite=True)
    return surrogate
