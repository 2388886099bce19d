"""Latent models: molecules to points and back. Names load on first use, so importing this costs nothing."""

from typing import TYPE_CHECKING

from molconvex.lazy_names import lazy_names

if TYPE_CHECKING:
    from molconvex.latent.model import Encoding, LatentModel, check_latents
    from molconvex.latent.reference import ReferenceSet, load_reference_set, reference_set
    from molconvex.latent.registry import load_latent_model
    from molconvex.latent.vae.model import TextVAE, load_bundled
    from molconvex.latent.vae.selfies_tokenizer import SelfiesTokenizer
    from molconvex.latent.workers import worker_processes

_HOMES = {
    "Encoding": "model",
    "LatentModel": "model",
    "ReferenceSet": "reference",
    "SelfiesTokenizer": "vae.selfies_tokenizer",
    "TextVAE": "vae.model",
    "check_latents": "model",
    "load_bundled": "vae.model",
    "load_latent_model": "registry",
    "load_reference_set": "reference",
    "reference_set": "reference",
    "worker_processes": "workers",
}

__all__ = [
    "Encoding",
    "LatentModel",
    "ReferenceSet",
    "SelfiesTokenizer",
    "TextVAE",
    "check_latents",
    "load_bundled",
    "load_latent_model",
    "load_reference_set",
    "reference_set",
    "worker_processes",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
