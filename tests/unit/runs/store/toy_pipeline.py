"""The toy latent model for workers: MOLCONVEX_PIPELINE=toy_pipeline:toy, with this folder on PYTHONPATH."""

import sys
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from toy_latent import ToyLatentModel, library, toy_reference

from molconvex.runs.store.pipelines import Pipeline


@cache
def model() -> ToyLatentModel:
    """The toy model."""
    return ToyLatentModel(library())


@cache
def reference():
    """Its reference set."""
    return toy_reference(model())


def dies() -> ToyLatentModel:
    """End the process as the operating system would."""
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


toy = Pipeline(model, reference)
deadly = Pipeline(dies, reference)
