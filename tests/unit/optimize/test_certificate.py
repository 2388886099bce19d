"""The independent check accepts what the solver proves and nothing else."""

import ast
import hashlib
import inspect
import json
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from random_networks import random_network
from safetensors.numpy import load_file, save_file

from molconvex.exceptions import CertificateError, WeightsError
from molconvex.optimize import (
    AffineTerms,
    Ball,
    Box,
    CertificateRecord,
    CostTerm,
    Ellipsoid,
    HalfSpaces,
    Hull,
    Intersection,
    Program,
    check_certificate,
    load_record,
    make_record,
    save_record,
    solve,
)
from molconvex.optimize.certificate import (
    check,
    dual_check,
    hull_membership,
    point_claims,
    primal_check,
    record,
    record_files,
)

DIM, N = 5, 3
NETWORKS = [random_network(DIM, (8, 6), s, slope=0.1 * (s == 4), passthrough=s == 2) for s in range(5)]
TERMS = [CostTerm((0,)), CostTerm((1, 2, 3), "cvar:0.5"), CostTerm((4,))]
MIDDLE = torch.randn(N, DIM, generator=torch.Generator().manual_seed(0))
BALL = Ball(MIDDLE, 1.0)
NORMALS = torch.randn(2, DIM, generator=torch.Generator().manual_seed(1))


def posed(region=BALL, **options) -> Program:
    weights = torch.rand(N, 3, generator=torch.Generator().manual_seed(2)) + 0.1
    return Program(NETWORKS, weights, region, TERMS, **options)


PROGRAMS = {
    "ball": posed(),
    "box": posed(Box(MIDDLE - 0.3, MIDDLE + 0.5)),
    "ellipsoid": posed(Ellipsoid(MIDDLE, torch.randn(DIM, DIM, generator=torch.Generator().manual_seed(3)))),
    "hull": posed(Hull(torch.randn(8, DIM, generator=torch.Generator().manual_seed(4)))),
    "penalty": posed(distance_weight=0.7),
    "affine terms": posed(
        affine_terms=AffineTerms(torch.randn(N, 5, DIM, generator=torch.Generator().manual_seed(5)), torch.ones(N, 5))
    ),
    "threshold": posed(thresholds=posed().cost_values(MIDDLE) + 0.05),
    "infeasible": posed(thresholds=torch.tensor([torch.inf, torch.inf, -100.0])),
    "cut": posed(Intersection(BALL, HalfSpaces(NORMALS, MIDDLE @ NORMALS.T + 0.1), Box(MIDDLE - 0.4, MIDDLE + 0.4))),
    "lens": posed(Intersection(BALL, Ball(MIDDLE + 0.2, 1.0)), distance_weight=0.1),
    "empty": posed(Intersection(BALL, Ball(MIDDLE + 3, 1.0))),
}


@pytest.fixture(scope="module", params=list(PROGRAMS))
def proved(request) -> CertificateRecord:
    program = PROGRAMS[request.param]
    return make_record(program, solve(program, gap_tol=1e-4))


def test_every_kind_of_program_passes(proved: CertificateRecord) -> None:
    report = check_certificate(proved)
    assert report.valid.all(), report.reasons
    report.raise_if_invalid()
    assert (report.allowance < 1e-9).all()


def test_saving_keeps_everything(proved: CertificateRecord, tmp_path) -> None:
    paths = save_record(proved, tmp_path)
    assert all(path.exists() for path in paths)
    again = load_record(tmp_path)
    for field in fields(CertificateRecord):
        _assert_same(getattr(proved, field.name), getattr(again, field.name))
    assert check_certificate(again).valid.all()


def _assert_same(a: object, b: object) -> None:
    if isinstance(a, np.ndarray):
        np.testing.assert_array_equal(a, b)
        assert a.dtype == b.dtype
    elif isinstance(a, (tuple, list)):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            _assert_same(x, y)
    elif hasattr(a, "__dataclass_fields__"):
        for field in fields(a):
            _assert_same(getattr(a, field.name), getattr(b, field.name))
    elif isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            _assert_same(a[key], b[key])
    else:
        assert a == b


@pytest.fixture(scope="module")
def sample() -> CertificateRecord:
    program = PROGRAMS["threshold"]
    return make_record(program, solve(program, gap_tol=1e-6))


def edited(array: np.ndarray, row: int, change: float) -> np.ndarray:
    copy = array.astype(np.float64)
    copy[row] += change
    return copy


TAMPERINGS = {
    "higher bound": lambda r: replace(r, lower_bound=edited(r.lower_bound, 1, 1e-5)),
    "lower value": lambda r: replace(r, value=edited(r.value, 1, -1e-6)),
    "moved point": lambda r: replace(r, z=edited(r.z, 1, 1e-3)),
    "point outside": lambda r: replace(r, z=edited(r.z, 1, 10.0)),
    "NaN point": lambda r: replace(r, z=edited(r.z, 1, np.nan)),
    "NaN bound": lambda r: replace(r, lower_bound=edited(r.lower_bound, 1, np.nan)),
    "NaN multiplier": lambda r: replace(r, members=edited(r.members, 1, np.nan)),
    "other weights": lambda r: replace(r, weights=edited(r.weights, 1, 0.1)),
    "smaller ball": lambda r: replace(
        r,
        region=(
            replace(
                r.region[0], arrays={**r.region[0].arrays, "radius": edited(r.region[0].arrays["radius"], 1, -0.1)}
            ),
        ),
    ),
    "closed gates": lambda r: replace(r, gates=((edited(r.gates[0][0], 1, -1.0), r.gates[0][1]), *r.gates[1:])),
    "multipliers of another program": lambda r: replace(
        r, gates=tuple(tuple(np.roll(layer, 1, axis=0) for layer in layers) for layers in r.gates)
    ),
    "lower threshold": lambda r: replace(r, thresholds=edited(r.thresholds, 1, -50.0)),
}


@pytest.mark.parametrize("name", list(TAMPERINGS))
def test_tampering_is_rejected(sample: CertificateRecord, name: str) -> None:
    report = check_certificate(TAMPERINGS[name](sample))
    assert not report.valid[1]
    assert report.reasons[1]
    with pytest.raises(CertificateError, match="certificates fail"):
        report.raise_if_invalid()


def test_other_affine_terms_are_rejected() -> None:
    program = PROGRAMS["affine terms"]
    record = make_record(program, solve(program, gap_tol=1e-6))
    for change in ({"affine_slopes": 0.9 * record.affine_slopes}, {"affine_offsets": record.affine_offsets - 0.1}):
        assert not check_certificate(replace(record, **change)).valid.any()
    assert not check_certificate(replace(record, affine_slopes=None, affine_offsets=None)).valid.any()


def test_affine_terms_of_older_records_still_load(tmp_path) -> None:
    program = PROGRAMS["affine terms"]
    record = make_record(program, solve(program, gap_tol=1e-4))
    arrays_path, text_path = save_record(record, tmp_path)
    former = {name.replace("affine_", "tilt_"): array for name, array in load_file(arrays_path).items()}
    assert "tilt_slopes" in former
    save_file(former, arrays_path)
    description = json.loads(text_path.read_text())
    description["sha256"] = hashlib.sha256(arrays_path.read_bytes()).hexdigest()
    text_path.write_text(json.dumps(description))
    assert np.array_equal(load_record(tmp_path).affine_slopes, record.affine_slopes)


def test_a_feasible_program_cannot_be_called_infeasible(sample: CertificateRecord) -> None:
    lie = replace(sample, status=("INFEASIBLE",) * N, infeasibility=np.full(N, 0.1))
    assert not check_certificate(lie).valid.any()


def test_arbitrary_multipliers_give_valid_bounds(sample: CertificateRecord) -> None:
    random = np.random.default_rng(0)
    for _ in range(20):
        noise = replace(
            sample,
            gates=tuple(tuple(random.normal(0.5, 1, layer.shape) for layer in layers) for layers in sample.gates),
            members=random.normal(size=sample.members.shape),
            threshold_multipliers=random.normal(size=sample.threshold_multipliers.shape),
        )
        bounds = check_certificate(noise).lower_bound
        assert (bounds <= sample.value).all()
        assert (bounds < sample.lower_bound - 1e-3).any()


def test_network_that_is_not_convex_is_refused(sample: CertificateRecord) -> None:
    weight = sample.networks[0].weights[0].copy()
    weight[0, 0] = -1
    network = replace(sample.networks[0], weights=(weight,))
    with pytest.raises(CertificateError, match="not convex"):
        check_certificate(replace(sample, networks=(network, *sample.networks[1:])))


def test_altered_file_is_refused(sample: CertificateRecord, tmp_path) -> None:
    arrays, text = save_record(sample, tmp_path)
    data = bytearray(arrays.read_bytes())
    data[-5] ^= 1
    arrays.write_bytes(bytes(data))
    with pytest.raises(CertificateError, match="altered"):
        load_record(tmp_path)
    text.unlink()
    with pytest.raises(WeightsError, match="cannot read"):
        load_record(tmp_path)


def test_file_is_compact(tmp_path) -> None:
    program = Program([random_network(32, (128, 128), 0)], torch.ones(1), Ball(torch.randn(64, 32), 0.5))
    arrays, _ = save_record(make_record(program, solve(program)), tmp_path)
    network = 8 * (128 * 32 + 128 * 128)
    gates_as_numbers = 64 * 256 * 4
    assert arrays.stat().st_size - network < 0.75 * gates_as_numbers


CHECKERS = [check, dual_check, hull_membership, point_claims, primal_check, record, record_files]


@pytest.mark.parametrize("module", CHECKERS)
def test_check_shares_no_code_with_the_solver(module) -> None:
    for node in ast.parse(inspect.getsource(module)).body:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        data = "molconvex.icnn.network_arrays"  # names of arrays, no computation
        allowed = ("molconvex.exceptions", "molconvex.optimize.certificate.", data)
        assert all(name.startswith(allowed) or not name.startswith(("molconvex", "torch")) for name in names)
