"""What the app works with: one hook, through which tests and developers put in another latent model."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from molconvex.design import GenerateSettings, Run
    from molconvex.latent import LatentModel, ReferenceSet


@cache
def _bundled() -> "LatentModel":
    """The bundled model; what was loaded by then is taken out of the garbage collector's sight.

    Streamlit collects garbage after every rerun, and with a model loaded that costs a sixth of a second each time.
    """
    from molconvex.latent import load_bundled

    model = load_bundled()
    gc.collect()
    gc.freeze()
    return model


@dataclass(frozen=True)
class Pipeline:
    """A latent model and its reference set.

    Attributes:
        latent_model: Loads it; called often, so it must remember.
        reference: Loads molecules with latents of that model; None for the bundled ones.
    """

    latent_model: Callable[[], "LatentModel"] = _bundled
    reference: Callable[[], "ReferenceSet"] | None = None

    def generate(
        self,
        settings: "GenerateSettings",
        progress: Callable[[str, int, int], None],
        cancelled: Callable[[], bool],
    ) -> "Run":
        """`molconvex.design.generation` with this model."""
        from molconvex.design import generate

        return generate(
            settings,
            latent_model=self.latent_model(),
            reference=self.reference() if self.reference else None,
            progress=progress,
            cancelled=cancelled,
        )


_current = Pipeline()


def current() -> Pipeline:
    """The pipeline in use."""
    return _current


def use(pipeline: Pipeline) -> None:
    """Put another one in its place."""
    global _current
    _current = pipeline
