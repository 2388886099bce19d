"""A campaign on the toy latent model in a store of its own."""

from pathlib import Path

import pytest
from toy_campaign import settings

from molconvex.campaigns import start_campaign
from molconvex.runs.store import open_store


@pytest.fixture(scope="module")
def pool_file(tmp_path_factory, toy_model) -> Path:
    path = tmp_path_factory.mktemp("pool") / "pool.smi"
    path.write_text("\n".join([*toy_model.smiles[::5], "not a molecule", toy_model.smiles[0]]) + "\n")
    return path


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture
def campaign(store, pool_file, toy_model):
    return start_campaign(store, settings(pool_file), latent_model=toy_model)[0]
