"""The ranking believes the surrogate where it is right, corrects it where it was measured, and drops it where wrong."""

import numpy as np
import pytest

from molconvex.surrogate.model.similarity_process import fit_similarity_process
from molconvex.surrogate.model.structure_features import StructureFeatures, structure_kernel, tanimoto_kernel

of_bits = StructureFeatures.of_bits


@pytest.fixture
def bits() -> np.ndarray:
    return (np.random.default_rng(0).random((60, 64)) < 0.3).astype(np.float32)


def test_the_kernel_is_tanimoto(bits) -> None:
    kernel = tanimoto_kernel(bits, bits)
    a, b = bits[0].astype(bool), bits[1].astype(bool)
    assert kernel[0, 1] == pytest.approx((a & b).sum() / (a | b).sum())
    np.testing.assert_allclose(np.diag(kernel), 1.0)
    empty = np.zeros((1, 64), dtype=np.float32)
    assert tanimoto_kernel(empty, empty)[0, 0] == 1.0
    assert tanimoto_kernel(empty, bits)[0].max() == 0.0


def test_a_right_prediction_is_used_and_its_offset_learnt(bits) -> None:
    predicted = np.random.default_rng(1).normal(size=60)
    ranking = fit_similarity_process(of_bits(bits[:40]), predicted[:40] + 2.0, predicted[:40])
    assert ranking.slope == 1.0
    mean, _ = ranking.posterior(of_bits(bits[40:]), predicted[40:])
    np.testing.assert_allclose(mean, predicted[40:] + 2.0, atol=0.05)


def test_a_wrong_prediction_is_dropped_once_enough_is_measured(bits) -> None:
    random = np.random.default_rng(2)
    weights = random.normal(size=64)
    scores, wrong = bits @ weights, 10 * random.normal(size=60)
    assert fit_similarity_process(of_bits(bits[:7]), scores[:7], wrong[:7]).slope == 1.0
    assert fit_similarity_process(of_bits(bits[:8]), scores[:8], wrong[:8]).slope == 0.0
    ranking = fit_similarity_process(of_bits(bits[:50]), scores[:50], wrong[:50])
    mean, _ = ranking.posterior(of_bits(bits[50:]), wrong[50:])
    assert np.corrcoef(mean, scores[50:])[0, 1] > 0.4


def test_the_deviation_is_small_where_it_was_measured_and_large_elsewhere(bits) -> None:
    ranking = fit_similarity_process(of_bits(bits[:30]), bits[:30].sum(1).astype(float), np.full(30, np.nan))
    near, far = ranking.posterior(of_bits(bits), np.full(60, np.nan))[1][[0, 59]]
    assert near < 0.2 * far


def test_the_leave_one_out_error_is_what_leaving_out_gives(bits) -> None:
    scores = bits[:12].sum(1).astype(float)
    whole = fit_similarity_process(of_bits(bits[:12]), scores, np.full(12, np.nan))
    centered = scores - whole.offset
    kernel = tanimoto_kernel(bits[:12], bits[:12]) + 0.01 * np.eye(12)
    errors = []
    for i in range(12):
        rest = [j for j in range(12) if j != i]
        guess = kernel[i, rest] @ np.linalg.solve(kernel[np.ix_(rest, rest)], centered[rest])
        errors.append(centered[i] - guess)
    assert whole.error == pytest.approx(float(np.sqrt(np.mean(np.square(errors)))))


def test_properties_are_half_of_the_kernel(bits) -> None:
    properties = np.random.default_rng(3).normal(size=(60, 4))
    kernel = structure_kernel(StructureFeatures(bits, properties)[:5], StructureFeatures(bits, properties))
    apart = np.square(properties[:5, None] - properties[None]).mean(axis=2)
    assert kernel == pytest.approx(0.5 * tanimoto_kernel(bits[:5], bits) + 0.5 * np.exp(-apart / 2))
    assert structure_kernel(of_bits(bits[:5]), of_bits(bits)) == pytest.approx(tanimoto_kernel(bits[:5], bits))


def test_properties_tell_what_fingerprints_do_not(bits) -> None:
    properties = np.random.default_rng(4).normal(size=(60, 2))
    scores, nothing = properties[:, 0], np.full(60, np.nan)
    errors = [
        fit_similarity_process(features[:40], scores[:40], nothing[:40]).error
        for features in (StructureFeatures(bits, properties), of_bits(bits))
    ]
    assert errors[0] < 0.5 * errors[1]
