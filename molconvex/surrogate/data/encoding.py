"""From SMILES to latents for training, with any latent model; latents are kept on disk by content."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from molconvex.exceptions import DataError
from molconvex.files import write_file_whole

SHOWN = 10


class Encoder(Protocol):
    """What training needs of a latent model: see `molconvex.latent.LatentModel`."""

    @property
    def latent_dim(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...
    def try_encode(self, smiles: Sequence[str]) -> Any:
        """Encoding with `z` (n, d), NaN rows where a molecule failed, and `reasons`, "" where it did not."""


@dataclass(frozen=True)
class EncodedMolecules:
    """Latents of the molecules that could be encoded.

    Attributes:
        z: Shape (k, d), float32.
        kept: Row numbers of those k molecules among all n.
        reasons: Why a row failed, "" where it did not; length n.
    """

    z: Tensor
    kept: NDArray[np.int64]
    reasons: list[str]

    @property
    def failures(self) -> dict[int, str]:
        """Row number and reason of each molecule that failed."""
        return {i: reason for i, reason in enumerate(self.reasons) if reason}


def encode_molecules(
    model: Encoder, smiles: Sequence[str], *, cache: str | Path | None = None, names: Sequence[str] | None = None
) -> EncodedMolecules:
    """Latents of molecules; those that fail are left out with a reason.

    Args:
        model: Latent model.
        smiles: Structures.
        cache: Folder in which latents are kept under a hash of model and structures, so that a second training on the
            same molecules does not encode again; None keeps nothing.
        names: Name per row for messages, such as "line 7"; by default "row 7".

    Raises:
        DataError: If half or more of the molecules fail; the text shows ten of them.
    """
    smiles = list(smiles)
    file = None if cache is None else Path(cache) / f"{_content_hash(model.fingerprint, smiles)}.safetensors"
    stored = None if file is None else _read(file, len(smiles))
    if stored is None:
        encoding = model.try_encode(smiles)
        z, reasons = encoding.z.detach().cpu().float(), [str(reason) for reason in encoding.reasons]
        if file is not None:
            _write(file, z, reasons)
    else:
        z, reasons = stored
    bad = ~torch.isfinite(z).all(dim=1)
    reasons = [reason or ("could not be encoded" if lost else "") for reason, lost in zip(reasons, bad, strict=True)]
    kept = np.flatnonzero([not reason for reason in reasons])
    if 2 * len(kept) <= len(smiles):
        raise DataError(half_lost(smiles, reasons, names))
    return EncodedMolecules(z[kept], kept, reasons)


def half_lost(smiles: Sequence[str], reasons: Sequence[str], names: Sequence[str] | None = None) -> str:
    """What to say where half or more of n molecules fail: how many, and ten of them; `reasons` are "" where they do
    not."""
    failed = [i for i, reason in enumerate(reasons) if reason]
    shown = [f"  {names[i] if names else f'row {i + 1}'}: {smiles[i]!r}: {reasons[i]}" for i in failed[:SHOWN]]
    return "\n".join(
        [
            f"{len(failed)} of {len(smiles)} structures cannot be read, too many to go on; is this the column with "
            "the SMILES? The first of them:",
            *shown,
        ]
    )


def _content_hash(fingerprint: str, smiles: Sequence[str]) -> str:
    digest = hashlib.sha256(fingerprint.encode())
    for text in smiles:
        digest.update(b"\n" + text.encode())
    return digest.hexdigest()


def _read(file: Path, n: int) -> tuple[Tensor, list[str]] | None:
    """Stored latents, or None where there are none or they are damaged: they are then made again."""
    try:
        stored = load_file(file)
        reasons = bytes(stored["reasons"].numpy().tobytes()).decode().split("\n")
        z = stored["z"]
    except (OSError, SafetensorError, KeyError, UnicodeDecodeError):
        return None
    return (z, reasons) if len(z) == n == len(reasons) else None


def _write(file: Path, z: Tensor, reasons: Sequence[str]) -> None:
    text = "\n".join(reason.replace("\n", " ") for reason in reasons).encode()
    content = {"z": z.contiguous(), "reasons": torch.frombuffer(bytearray(text or b" "), dtype=torch.uint8)}
    write_file_whole(file, save(content))
