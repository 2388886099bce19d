"""Decoding: every attempt is counted, every molecule remembers its programs."""

import torch

from molconvex.design.decoding import BATCH, decode_proposals


class Spelling:
    """A decoder that spells the first coordinate; negative ones are no molecule, odd samples are broken text."""

    def __init__(self) -> None:
        self.temperatures: list[float] = []

    def decode(self, z, *, temperature=0.0, generator=None):
        self.temperatures += [temperature] * len(z)
        noise = torch.rand(len(z), generator=generator) if temperature else torch.zeros(len(z))
        pairs = zip(z[:, 0].tolist(), noise.tolist(), strict=True)
        return ["" if x < 0 else "C(" if n > 0.5 else "OCC" if x < 1 else "C" * int(x) for x, n in pairs]


def points(*first: float) -> torch.Tensor:
    return torch.tensor([[x, 0.0] for x in first], dtype=torch.float64)


def test_greedy_decodings_are_counted_and_traced() -> None:
    found = decode_proposals(Spelling(), points(0, 2, 2, -1), 0, 0.5, torch.Generator())
    assert (found.attempts, found.unreadable, found.complete) == (4, 1, True)
    assert list(found.molecules) == ["CCO", "CC"]
    assert found.molecules["CC"].programs == {1: 1, 2: 1}
    assert found.molecules["CC"].greedy


def test_sampled_decodings_follow_the_generator_and_broken_text_is_no_molecule() -> None:
    def run(seed: int):
        return decode_proposals(Spelling(), points(0, 3), 50, 0.5, torch.Generator().manual_seed(seed))

    one, same, other = run(1), run(1), run(4)
    assert one.attempts == 102
    assert 20 < one.unreadable < 80
    assert one.unreadable + sum(m.decodings for m in one.molecules.values()) == one.attempts
    assert one == same
    assert one != other


def test_greedy_decoding_has_no_temperature() -> None:
    model = Spelling()
    decode_proposals(model, points(*[2.0] * (BATCH - 6)), 1, 0.7, torch.Generator())
    assert model.temperatures == [0.0] * (BATCH - 6) + [0.7] * (BATCH - 6)


def test_cancelling_keeps_what_was_decoded_and_progress_counts_up() -> None:
    seen: list[tuple[int, int]] = []
    found = decode_proposals(
        Spelling(),
        points(*[2.0] * BATCH),
        3,
        0.5,
        torch.Generator(),
        progress=lambda done, total: seen.append((done, total)),
        cancelled=lambda: len(seen) == 2,
    )
    assert not found.complete
    assert found.attempts == 2 * BATCH
    assert seen == [(BATCH, 4 * BATCH), (2 * BATCH, 4 * BATCH)]
