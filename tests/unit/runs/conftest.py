"""A run of the toy latent model on disk, to be forged."""

import shutil
from pathlib import Path

import pytest

from molconvex.runs import write_run


@pytest.fixture(scope="module")
def written(toy_run, tmp_path_factory) -> Path:
    return write_run(toy_run, tmp_path_factory.mktemp("runs") / "toy")


@pytest.fixture
def folder(written, tmp_path) -> Path:
    """A copy to forge."""
    return Path(shutil.copytree(written, tmp_path / "toy"))
