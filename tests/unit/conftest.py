"""One small run with the toy model, made once."""

import shutil
from pathlib import Path

import pytest

from molconvex.design import GenerateSettings, Run, generate

LEAD = "Cc1ccc(C(=O)N2CCOCC2)cc1"


@pytest.fixture(scope="session")
def toy_settings() -> GenerateSettings:
    return GenerateSettings(
        leads=[f"{LEAD} <toy & lead>"],
        goals=["qed:max", "logp:2..3*2"],
        similarity=0.2,
        budget=24,
        analogues=30,
        programs=4,
        gap_tol=1e-2,
    )


@pytest.fixture(scope="session")
def toy_run(toy_settings, toy_model, toy_reference) -> Run:
    return generate(toy_settings, latent_model=toy_model, reference=toy_reference)


@pytest.fixture
def folder(written, tmp_path) -> Path:
    """A copy of the run that a test has `written`, to be spoiled or forged."""
    return Path(shutil.copytree(written, tmp_path / "toy"))
