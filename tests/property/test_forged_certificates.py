"""Forged at random, a certificate is rejected or claims nothing that is not true; honest ones are accepted."""

from functools import lru_cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.forgery.honest_programs import Honest, honest_programs
from scripts.forgery.tamperings import TAMPERINGS
from scripts.forgery.truth import falsehood, judge


@lru_cache(maxsize=64)
def honest(seed: int) -> Honest:
    return honest_programs(seed)


def test_there_are_at_least_twenty_kinds_of_forgery() -> None:
    assert len(TAMPERINGS) >= 20


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 23))
def test_honest_programs_are_accepted(seed: int) -> None:
    judgement = judge(honest(seed).record, honest(seed))
    assert judgement.accepted, judgement.reason
    assert not judgement.falsehood


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 23), kind=st.sampled_from(sorted(TAMPERINGS)), place=st.integers(0, 2**32 - 1))
def test_forged_ones_are_rejected_or_true(seed: int, kind: str, place: int) -> None:
    forged = TAMPERINGS[kind](honest(seed).record, np.random.default_rng(place))
    judgement = judge(forged, honest(seed))
    assert not judgement.falsehood, (kind, judgement)


def test_the_judge_sees_falsehoods() -> None:
    """A raised bound, which the check rejects, is false; so the judge could tell if the check let it pass."""
    for seed in range(8):
        record = honest(seed).record
        raised = TAMPERINGS["every bound raised"](record, np.random.default_rng(3))
        if (raised.lower_bound > record.value + 1e-3).all():
            assert "bound above a value" in falsehood(raised, honest(seed)) or "gap" in falsehood(raised, honest(seed))
