"""What a generation claims about its candidates: their own latents, kept beside the certificates of the regions."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from molconvex.design.run import MoleculeLatents
from molconvex.exceptions import WeightsError
from molconvex.runs.certificates import FOLDER, certificate_name


def save_latents(folder: Path, latents: Mapping[int, MoleculeLatents]) -> None:
    """Write `certificates/lead-N-latents.safetensors` for every lead, float32 as the latent model gave them."""
    for lead, item in latents.items():
        arrays = {"lead": item.lead.float().numpy(), "candidates": item.candidates.float().numpy()}
        (folder / FOLDER).mkdir(exist_ok=True)
        save_file(arrays, latents_file(folder, lead))


def load_latents(folder: Path, lead: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latents of a lead (d,) and of its candidates (n, d).

    Raises:
        WeightsError: If the file is missing or cannot be read.
    """
    path = latents_file(folder, lead)
    try:
        arrays = load_file(path)
        return arrays["lead"].astype(np.float64), arrays["candidates"].astype(np.float64)
    except (OSError, SafetensorError, KeyError) as error:
        raise WeightsError(f"{path} cannot be read ({error})") from error


def latents_file(folder: Path, lead: int) -> Path:
    """Where a lead's latents lie in the folder of a run."""
    return folder / FOLDER / f"{certificate_name(lead)}-latents.safetensors"
