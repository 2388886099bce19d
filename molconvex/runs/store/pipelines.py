"""What runs work with: the bundled latent model, or another one that developers and tests put in by name."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from molconvex.exceptions import ConfigError

if TYPE_CHECKING:
    from molconvex.latent import LatentModel, ReferenceSet

VARIABLE = "MOLCONVEX_PIPELINE"


@cache
def _bundled() -> "LatentModel":
    from molconvex.latent import load_bundled

    return load_bundled()


def _bundled_reference() -> "ReferenceSet":
    from molconvex.latent import reference_set

    return reference_set()


@dataclass(frozen=True)
class Pipeline:
    """A latent model and its reference set.

    Attributes:
        latent_model: Loads it; called often, so it must remember.
        reference: Loads molecules with latents of that model; must remember, too.
    """

    latent_model: Callable[[], "LatentModel"] = _bundled
    reference: Callable[[], "ReferenceSet"] = _bundled_reference


def pipeline() -> Pipeline:
    """The pipeline that MOLCONVEX_PIPELINE names as module:attribute, else the bundled one.

    Raises:
        ConfigError: If it names nothing of the kind.
    """
    name = os.environ.get(VARIABLE, "")
    return _named(name) if name else Pipeline()


@cache
def _named(name: str) -> Pipeline:
    module, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"{VARIABLE} is {name!r}; write it as module:attribute ({error})") from error
    if not isinstance(found, Pipeline):
        raise ConfigError(f"{VARIABLE} names {name!r}, which is no Pipeline but a {type(found).__name__}")
    return found
