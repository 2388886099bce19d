"""Certificates of a run on disk: one record per lead, checked without the solver."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.design.proposals import Proposals
from molconvex.exceptions import CertificateError
from molconvex.icnn import ReluNetwork
from molconvex.icnn.network_arrays import NetworkArrays
from molconvex.optimize import CertificateRecord, load_record, make_record, save_record
from molconvex.optimize.certificate.primal_check import LARGEST_AXIS

FOLDER = "certificates"


def save_certificates(folder: Path, proposals: Sequence[Proposals]) -> None:
    """Write `certificates/lead-N.*` into the folder of a run."""
    if not proposals:
        return
    (folder / FOLDER).mkdir()
    for item in proposals:
        save_record(make_record(item.program, item.solution), folder / FOLDER, certificate_name(item.lead))


def load_certificates(folder: Path, lead: int) -> CertificateRecord:
    """The record of one lead.

    Raises:
        WeightsError: If a file is missing or cannot be read.
        CertificateError: If it was altered.
    """
    return load_record(folder / FOLDER, certificate_name(lead))


def certificate_name(lead: int) -> str:
    """Name of a lead's record, without ending."""
    return f"lead-{lead}"


def radii(record: CertificateRecord) -> NDArray[np.float64]:
    """How far each program's region reaches from its anchor, shape (n,).

    Raises:
        CertificateError: If the region is not one ball, box, ellipsoid or hull.
    """
    kinds = [part.kind for part in record.region]
    arrays = {name: np.asarray(array, dtype=np.float64) for name, array in record.region[0].arrays.items()}
    anchor = np.asarray(record.anchor, dtype=np.float64)
    if kinds == ["ball"]:
        return arrays["radius"] + np.linalg.norm(arrays["center"] - anchor, axis=1)
    if kinds == ["box"]:
        return np.asarray(np.linalg.norm(np.maximum(arrays["high"] - anchor, anchor - arrays["low"]), axis=1))
    if kinds == ["ellipsoid"]:
        if not (np.abs(arrays["factor"]) < LARGEST_AXIS).all():  # LAPACK may search for ever among infinities
            raise CertificateError("the axes of an ellipsoid are not finite, or too long")
        longest = np.linalg.norm(arrays["factor"], 2, axis=(-2, -1))
        return np.asarray(longest + np.linalg.norm(arrays["center"] - anchor, axis=1))
    if kinds == ["hull"]:
        return np.asarray(np.linalg.norm(arrays["points"] - anchor[:, None], axis=2).max(axis=1))
    raise CertificateError(f"the region should be one ball, box, ellipsoid or hull, got {kinds}")


def concave_networks(record: CertificateRecord) -> dict[int, NetworkArrays[Any]]:
    """By column, the convex network of each cost that is minus it, whether it is minimized or has a threshold."""
    tangents = {item.column: item.network for item in record.tangents}
    return tangents | {item.column: item.network for item in record.concave}


def term_networks(record: CertificateRecord) -> list[list[ReluNetwork]]:
    """Member networks of each term, as the record holds them; of a concave cost the convex networks it is minus."""
    concave = concave_networks(record)
    networks = [ReluNetwork.of(concave.get(k, arrays)) for k, arrays in enumerate(record.networks)]
    return [[networks[member] for member in members] for members, _ in record.terms]


def term_signs(record: CertificateRecord) -> list[float]:
    """-1 for terms whose costs are concave, else 1.

    Raises:
        CertificateError: If a term is concave in part.
    """
    concave = set(concave_networks(record))
    signs = [{-1.0 if member in concave else 1.0 for member in members} for members, _ in record.terms]
    if any(len(each) > 1 for each in signs):
        raise CertificateError("a cost of the certificates is concave in some of its networks, convex in others")
    return [sign for each in signs for sign in each]


def points(record: CertificateRecord) -> Tensor:
    """Proposals, shape (n, d), float64."""
    return torch.from_numpy(np.asarray(record.z, dtype=np.float64))
