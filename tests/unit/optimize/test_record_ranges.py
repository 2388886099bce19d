"""Numbers that no program can have, and what is no record of a program at all: refused by name."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from proved_records import DIM, REGIONS, N, proved

from molconvex.exceptions import CertificateError
from molconvex.optimize import AffineTerms, CertificateRecord, check_certificate


@pytest.fixture(scope="module")
def record() -> CertificateRecord:
    return proved()


def ball_with(record: CertificateRecord, **changes: float) -> CertificateRecord:
    arrays = {name: array.copy() for name, array in record.region[0].arrays.items()}
    for name, value in changes.items():
        arrays[name][0] = value
    return replace(record, region=(replace(record.region[0], arrays=arrays),))


def first(array: np.ndarray, value: float) -> np.ndarray:
    copy = array.astype(np.float64)
    copy[0] = value
    return copy


IMPOSSIBLE = {
    "radius is not positive": lambda r: ball_with(r, radius=-1.0),
    "radius is not positive (zero)": lambda r: ball_with(r, radius=0.0),
    "ball is not finite": lambda r: ball_with(r, center=np.nan),
    "a weight is negative": lambda r: replace(r, weights=first(r.weights, -0.5)),
    "a weight is negative or not finite": lambda r: replace(r, weights=first(r.weights, np.inf)),
    "every weight is zero": lambda r: replace(r, weights=first(r.weights, 0.0)),
    "weight of the distance is negative": lambda r: replace(r, distance_weight=first(r.distance_weight, -1e-3)),
    "weight of the distance is negative or not finite": lambda r: replace(
        r, distance_weight=first(r.distance_weight, np.nan)
    ),
    "a threshold is NaN": lambda r: replace(r, thresholds=first(r.thresholds, np.nan)),
    "a threshold is NaN or minus infinity": lambda r: replace(r, thresholds=first(r.thresholds, -np.inf)),
    "status is unknown": lambda r: replace(r, status=("PROVED", *r.status[1:])),
    "point or anchor is not finite": lambda r: replace(r, anchor=first(r.anchor, np.inf)),
    "claimed value is not finite": lambda r: replace(r, value=first(r.value, np.inf)),
    "claimed bound is not finite": lambda r: replace(r, lower_bound=first(r.lower_bound, -np.inf)),
    "multiplier is NaN": lambda r: replace(r, threshold_multipliers=first(r.threshold_multipliers, np.nan)),
    "affine term is NaN": lambda r: replace(
        r, affine_slopes=np.full((N, 4, DIM), np.nan) * np.eye(N)[0][:, None, None], affine_offsets=np.zeros((N, 4))
    ),
}


@pytest.mark.parametrize("name", list(IMPOSSIBLE))
def test_numbers_that_no_program_has_are_refused_by_name(record, name: str) -> None:
    report = check_certificate(IMPOSSIBLE[name](record))
    assert name.split(" (")[0] in report.reasons[0]
    if "affine term" not in name:
        assert report.valid[1:].all()


@pytest.mark.parametrize("name", ["ball", "box", "hull", "ellipsoid"])
@pytest.mark.parametrize("number", [np.nan, np.inf, 1e300])
def test_regions_with_absurd_numbers_are_refused_without_another_error(name: str, number: float) -> None:
    claimed = proved(REGIONS[name])
    part = claimed.region[0]
    for array in part.arrays:
        spoiled = dict(part.arrays) | {array: part.arrays[array].copy()}
        spoiled[array].reshape(-1)[0] = number
        report = check_certificate(replace(claimed, region=(replace(part, arrays=spoiled),)))
        assert not report.valid[0], array


@pytest.mark.parametrize("name", ["box", "hull", "ellipsoid"])
def test_regions_without_room_are_refused(name: str) -> None:
    claimed = proved(REGIONS[name])
    part = claimed.region[0]
    spoiled = dict(part.arrays)
    if name == "box":
        spoiled["high"] = spoiled["low"] - 1e-9
    elif name == "hull":
        spoiled["points"] = np.repeat(spoiled["points"][:1], 8, axis=0)
    else:
        spoiled["factor"] = 0 * spoiled["factor"]
    reasons = check_certificate(replace(claimed, region=(replace(part, arrays=spoiled),))).reasons
    assert all("single point" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("cap", "valid"),
    [(1 / 3, True), (1 / 3 - 1e-9, False), (1.0, True), (1 + 1e-9, False), (np.nan, False), (-0.5, False)],
)
def test_a_cap_lies_between_equal_shares_and_one(record, cap: float, valid: bool) -> None:
    capped = replace(record, terms=(record.terms[0], (record.terms[1][0], cap)))
    if valid:
        check_certificate(capped)
        return
    with pytest.raises(CertificateError, match="has the cap"):
        check_certificate(capped)


BROKEN = {
    "belong to one term": lambda r: replace(r, terms=(r.terms[0], ((1, 2), 0.5))),
    "belong to one term ": lambda r: replace(r, terms=(((0, 0), 0.5), r.terms[1])),
    "weights of the record must have shape": lambda r: replace(r, weights=r.weights[:, :1]),
    "z of the record must have shape": lambda r: replace(r, z=r.z[:1]),
    "gates of the record": lambda r: replace(r, gates=((r.gates[0][0],), *r.gates[1:])),
    "affine terms without": lambda r: replace(r, affine_offsets=np.zeros((N, 4))),
    "unknown kind 'blob'": lambda r: replace(r, region=(replace(r.region[0], kind="blob"),)),
    "lacks networks": lambda r: replace(r, status=()),
    "arrays of shapes": lambda r: ball_shape(r),
    "layers that do not fit": lambda r: replace(
        r, networks=(replace(r.networks[0], inputs=(None, *r.networks[0].inputs[1:])), *r.networks[1:])
    ),
    "biases or input weights that are NaN": lambda r: replace(
        r, networks=(replace(r.networks[0], constant=float("nan")), *r.networks[1:])
    ),
    "slope 1": lambda r: replace(r, networks=(replace(r.networks[0], negative_slope=1.0), *r.networks[1:])),
    "not convex": lambda r: replace(
        r, networks=(replace(r.networks[0], output_weight=-r.networks[0].output_weight), *r.networks[1:])
    ),
}


def ball_shape(record: CertificateRecord) -> CertificateRecord:
    part = record.region[0]
    return replace(record, region=(replace(part, arrays=part.arrays | {"radius": part.arrays["radius"][:1]}),))


@pytest.mark.parametrize("name", list(BROKEN))
def test_what_is_no_record_of_a_program_is_refused(record, name: str) -> None:
    with pytest.raises(CertificateError, match=name.strip()):
        check_certificate(BROKEN[name](record))


def test_affine_terms_that_fit_are_checked() -> None:
    affine_terms = AffineTerms(torch.ones(N, 4, DIM).double(), torch.ones(N, 4).double())
    assert check_certificate(proved(affine_terms=affine_terms), gap_tol=1e-4).valid.all()
