"""Latent models: molecules to points and back. Names load on first use, so importing this costs nothing."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from molconvex.latent.model import Encoding, LatentModel, check_latents
    from molconvex.latent.reference import ReferenceSet, load_reference_set, radius_for_similarity, reference_set
    from molconvex.latent.registry import load_latent_model
    from molconvex.latent.tokenizer import SelfiesTokenizer
    from molconvex.latent.vae import SelfiesVAE, load_bundled
    from molconvex.latent.workers import worker_processes

_HOMES = {
    "Encoding": "model",
    "LatentModel": "model",
    "ReferenceSet": "reference",
    "SelfiesTokenizer": "tokenizer",
    "SelfiesVAE": "vae",
    "check_latents": "model",
    "load_bundled": "vae",
    "load_latent_model": "registry",
    "load_reference_set": "reference",
    "radius_for_similarity": "reference",
    "reference_set": "reference",
    "worker_processes": "workers",
}

__all__ = [
    "Encoding",
    "LatentModel",
    "ReferenceSet",
    "SelfiesTokenizer",
    "SelfiesVAE",
    "check_latents",
    "load_bundled",
    "load_latent_model",
    "load_reference_set",
    "radius_for_similarity",
    "reference_set",
    "worker_processes",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
