"""The app on the toy latent model: real pages, real jobs, real generations, in seconds."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from browser import browser_or_skip, page, server  # noqa: F401
from reading import SETTINGS
from streamlit.testing.v1 import AppTest

from molconvex.design import GenerateSettings, Run, generate
from molconvex.exceptions import MoleculeTooLongError, VocabularyError

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from app import pipeline  # noqa: E402
from app.jobs import Job, jobs  # noqa: E402


class Picky:
    """The toy model, which refuses what the bundled one would refuse: unknown elements and large molecules."""

    def __init__(self, model) -> None:
        self._model = model

    def __getattr__(self, name: str):
        return getattr(self._model, name)

    def encode(self, smiles):
        for row, text in enumerate(smiles):
            if "[As]" in text:
                raise VocabularyError(f"row {row}: the latent model does not know the SELFIES symbol [As]")
            if len(text) > 150:
                raise MoleculeTooLongError(f"row {row}: 99 tokens are needed, the model reads 62")
        return self._model.encode(smiles)


@pytest.fixture(scope="session")
def toy_pipeline(toy_model, toy_reference) -> pipeline.Pipeline:
    model = Picky(toy_model)
    return pipeline.Pipeline(lambda: model, lambda: toy_reference)


@pytest.fixture(autouse=True)
def _toy(toy_pipeline) -> Iterator[None]:
    before = pipeline.current()
    pipeline.use(toy_pipeline)
    st.cache_data.clear()
    yield
    pipeline.use(before)


@pytest.fixture(scope="session")
def toy_run(toy_model, toy_reference) -> Run:
    """A complete run with candidates."""
    run = generate(GenerateSettings(**SETTINGS), latent_model=toy_model, reference=toy_reference)
    assert len(run.candidates) > 3
    return run


@pytest.fixture
def open_app() -> Callable[..., AppTest]:
    """Open the page, on a job where one is given."""

    def opened(job: Job | str | None = None) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
        if job is not None:
            app.query_params["job"] = job if isinstance(job, str) else job.id
        return app.run()

    return opened


@pytest.fixture
def finished() -> Callable[..., Job]:
    """A job whose work gives a run, or raises."""

    def over(result: Run | BaseException, settings: GenerateSettings | None = None) -> Job:
        def work(*_: object) -> Run:
            if isinstance(result, BaseException):
                raise result
            return result

        job = jobs().submit(settings or GenerateSettings(**SETTINGS), work)
        assert job.over.wait(60)
        return job

    return over
