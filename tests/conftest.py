"""Fixtures for every test that needs a latent model but not the bundled one."""

import gc
import os
from collections.abc import Generator

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch loads: its idle threads would spin

import pytest
import torch
from hypothesis import settings

# in CI the same examples every time: a change is judged by what it changes
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """While modules are imported and tests collected next to nothing becomes garbage, and what they make stays to the
    end: no later collection of garbage need look through it, as Streamlit's does after every run of a page."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def toy_model():
    """A small real latent model over a few hundred molecules."""
    from toy_latent import ToyLatentModel, library

    return ToyLatentModel(library())


@pytest.fixture(scope="session")
def toy_reference(toy_model):
    """Reference set of the toy model."""
    from toy_latent import toy_reference

    return toy_reference(toy_model)


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server of this session's own; skipped with the reason where there is none."""
    from postgres_server import programs, running_server

    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'molconvex[postgres]'")
    if programs() is None:
        pytest.skip("initdb and pg_ctl are not on this machine (Debian: apt-get install postgresql)")
    with running_server() as server:
        yield server
