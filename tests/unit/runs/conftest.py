"""A run of the toy latent model on disk."""

from pathlib import Path

import pytest

from molconvex.runs import write_run


@pytest.fixture(scope="module")
def written(toy_run, tmp_path_factory) -> Path:
    return write_run(toy_run, tmp_path_factory.mktemp("runs") / "toy")
