"""Shapes of regions: where they lie, how far they reach, and that runs with each of them verify."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from molconvex.design import GenerateSettings, generate
from molconvex.design.shapes import CORNERS, Shape, reach, read_actives, shape_for
from molconvex.exceptions import ConfigError, DataError
from molconvex.runs import check_run, write_run
from molconvex.runs.folder import checksums, record_text

LEAD = "Cc1ccc(C(=O)N2CCOCC2)cc1"
ACTIVES = [
    "CCOc1ccc(C)cc1",
    "Cc1ccc(CC(N)=O)cc1",
    "CCc1ccc(C(=O)N2CCOCC2)cc1",
    "COc1ccc(CC(N)=O)cc1",
    "CC(C)c1cccc(C)c1",
]
ANCHORS = torch.randn(5, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
RADII = torch.linspace(0.5, 2.0, 5, dtype=torch.float64)


@pytest.fixture(scope="module")
def actives(tmp_path_factory):
    path = tmp_path_factory.mktemp("actives") / "actives.smi"
    path.write_text("".join(f"{text} known{i}\n" for i, text in enumerate(ACTIVES)))
    return path


@pytest.fixture(scope="module")
def latents(actives, toy_model):
    return read_actives(actives, toy_model)


@pytest.fixture(scope="module")
def lead(toy_model):
    return toy_model.encode([LEAD])[0].double()


def shapes(latents: torch.Tensor, lead: torch.Tensor) -> list[Shape]:
    return [shape_for(kind, lead, LEAD, None, latents) for kind in ("ball", "box", "ellipsoid", "hull")]


def test_regions_hold_their_anchor_and_reach_as_far_as_the_radius(latents, lead) -> None:
    for shape in shapes(latents, lead):
        anchors = ANCHORS if shape.is_around_anchors else lead.expand(5, -1)
        region = shape.region(anchors, RADII)
        assert region.contains(anchors, 1e-5).all()
        points = region.sample(200, torch.Generator().manual_seed(0))
        far = (points - anchors).norm(dim=2).amax(dim=0)
        assert (far <= RADII + 1e-9).all(), shape.kind
        torch.testing.assert_close(reach(region, anchors), RADII, atol=1e-9, rtol=0)


def test_an_ellipsoid_is_long_where_the_actives_differ_and_flat_elsewhere(latents, lead) -> None:
    shape = shape_for("ellipsoid", lead, LEAD, None, latents)
    assert shape.factor.shape == (6, len(ACTIVES) - 1)
    offset = latents - latents.mean(dim=0)
    inside = shape.factor @ torch.linalg.pinv(shape.factor) @ offset.T
    torch.testing.assert_close(inside.T, offset, atol=1e-6, rtol=0)
    one_size = shape.region(ANCHORS, torch.full((5,), 2.0, dtype=torch.float64))
    assert one_size.factor.shape == shape.factor.shape


def test_an_ellipsoid_without_actives_follows_the_posterior(lead) -> None:
    class Posterior:
        def posterior(self, smiles):
            return torch.zeros(1, 6), torch.tensor([[0.1, 0.2, 0.4, 0.4, 0.2, 0.1]])

    factor = shape_for("ellipsoid", lead, LEAD, Posterior(), None).factor
    torch.testing.assert_close(factor.diagonal(), torch.tensor([0.25, 0.5, 1.0, 1.0, 0.5, 0.25]).double())


def test_a_hull_lies_between_the_lead_and_known_molecules(latents, lead) -> None:
    shape = shape_for("hull", lead, LEAD, None, latents)
    wide = shape.region(lead.expand(4, -1), torch.full((4,), 1e6, dtype=torch.float64))
    assert wide.points.shape == (4, 1 + min(CORNERS, len(ACTIVES)), 6)
    assert torch.equal(wide.points[:, 0], lead.expand(4, -1))
    known = {tuple(np.round(row, 9)) for row in latents.numpy()}
    assert {tuple(np.round(row, 9)) for row in wide.points[0, 1:].numpy()} <= known
    near = shape.region(lead[None], torch.tensor([0.1], dtype=torch.float64))
    assert wide.contains(near.points[0, 1].expand(4, -1), 1e-5).all()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"region": "hull"}, "give a file of them"),
        ({"region": "ball", "actives": "a.smi"}, "not a ball; set region as well"),
        ({"actives": "a.smi"}, "not a ball"),
        ({"region": "sphere"}, "'ball', 'box', 'ellipsoid' or 'hull'"),
        ({"region": "hull", "actives": "a.smi", "spread": 1.0}, "takes no spread"),
    ],
)
def test_settings_that_do_not_fit_a_region_are_refused(changes: dict, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        GenerateSettings(leads=["C"], goals=["qed:max"], **changes)


def test_actives_that_cannot_serve_are_refused(toy_model, lead, tmp_path) -> None:
    path = tmp_path / "one.smi"
    path.write_text("CCOc1ccc(C)cc1\nCCOc1ccc(C)cc1\nnot_a_molecule\n")
    with pytest.raises(DataError, match="1 of 3 actives can be used, but at least two"):
        read_actives(path, toy_model)
    with pytest.raises(DataError, match=r"missing\.smi"):
        read_actives(tmp_path / "missing.smi", toy_model)
    with pytest.raises(ConfigError, match="no other molecule than the lead"):
        shape_for("hull", lead, LEAD, toy_model, lead[None])
    with pytest.raises(ConfigError, match="give a file of actives"):
        shape_for("ellipsoid", lead, LEAD, toy_model, None)


def settings(actives, **changes) -> GenerateSettings:
    base = {"leads": [LEAD], "goals": ["qed:max", "logp:2..3"], "similarity": 0.1, "programs": 6, "samples": 4}
    needs = {"actives": actives} if changes["region"] in ("ellipsoid", "hull") else {}
    return GenerateSettings(**(base | {"gap_tol": 1e-2} | needs | changes))


def made(actives, toy_model, toy_reference, **changes):
    return generate(settings(actives, **changes), latent_model=toy_model, reference=toy_reference)


@pytest.mark.parametrize("kind", ["box", "ellipsoid", "hull"])
def test_runs_of_every_shape_verify(actives, toy_model, toy_reference, tmp_path, kind: str) -> None:
    run = made(actives, toy_model, toy_reference, region=kind)
    assert set(run.programs["status"]) == {"certified"}
    assert len(run.candidates)
    assert (run.programs["distance"] <= run.programs["radius"] * (1 + 1e-5)).all()
    region = run.proposals[0].program.region
    assert region.kind == kind
    assert region.contains(run.proposals[0].solution.z, 1e-5).all()
    folder = write_run(run, tmp_path / "run")
    assert check_run(folder).problems == []
    assert {"box": "boxes", "ellipsoid": "ellipsoids", "hull": "hulls"}[kind] in (folder / "report.html").read_text()


@pytest.mark.parametrize("kind", ["box", "hull"])
def test_a_radius_claimed_too_small_is_found(actives, toy_model, toy_reference, tmp_path, kind: str) -> None:
    folder = write_run(made(actives, toy_model, toy_reference, region=kind, samples=0), tmp_path / "run")
    table = pd.read_csv(folder / "programs.csv", float_precision="round_trip")
    table["radius"] *= 0.9
    table.to_csv(folder / "programs.csv", index=False)
    record = json.loads((folder / "run.json").read_text())
    record["settings"] |= {"region": "ball", "actives": None}
    (folder / "run.json").write_text(record_text(record | {"files": checksums(folder)}))
    problems = " | ".join(check_run(folder).problems)
    assert "programs.csv: radius of program 1" in problems
    assert f"regions are of kind {kind}, the settings say ball" in problems


def test_the_exact_solver_agrees_on_a_hull(actives, toy_model, toy_reference) -> None:
    batched, exact = (
        made(actives, toy_model, toy_reference, region="hull", samples=0, exact=exact) for exact in (False, True)
    )
    np.testing.assert_allclose(exact.programs["value"], batched.programs["value"], atol=3e-2)
