"""Moves in the latent space that are not random: differences of analogues, walks between drugs, programs."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from neighbourhood_counts import SIMILAR, Counts, decode_around, plausible, random_directions
from rdkit import Chem
from torch import Tensor

from molconvex.chem import tanimoto
from molconvex.chem.series import one_cut_hashes
from molconvex.latent.vae.model import TextVAE


def matched_pairs(smiles: Sequence[str], wanted: int, seed: int) -> list[tuple[str, str]]:
    """Pairs of molecules that differ by one substituent and have Tanimoto similarity at least 0.4; one pair a core."""
    by_core: dict[int, list[str]] = {}
    for text in smiles:
        for core in one_cut_hashes(Chem.MolFromSmiles(text))[0].tolist():
            by_core.setdefault(core, []).append(text)
    cores = [sorted(set(members)) for members in by_core.values() if len(set(members)) > 1]
    rng = np.random.default_rng(seed)
    pairs: list[tuple[str, str]] = []
    used: set[str] = set()
    for i in rng.permutation(len(cores)):
        a, b = (cores[i][j] for j in rng.choice(len(cores[i]), 2, replace=False))
        if not {a, b} & used and tanimoto(a, [b])[0] >= SIMILAR:
            pairs.append((a, b))
            used |= {a, b}
        if len(pairs) == wanted:
            break
    return pairs


def pair_differences(model: TextVAE, pairs: Sequence[tuple[str, str]]) -> Tensor:
    """Differences (k, d) of the latents of both molecules of the pairs that fit the model."""
    first, second = (model.try_encode([pair[i] for pair in pairs]) for i in (0, 1))
    fine = first.mask & second.mask
    return second.z[fine] - first.z[fine]


def leaving_distance(model: TextVAE, leads: Sequence[str], z: Tensor, generator: torch.Generator) -> float:
    """Median distance at which random directions first decode to another molecule than the lead."""
    steps = torch.arange(0.5, 12.01, 0.5)
    found: list[float] = []
    for lead, row in zip(leads, z, strict=True):
        directions = random_directions(8, len(row), generator)
        shifts = steps[:, None, None] * directions
        (decoded,), _ = decode_around(model, row[None], shifts.flatten(0, 1)[None])
        left = np.array([text != lead for text in decoded]).reshape(len(steps), -1)
        found += [float(steps[column.argmax()]) if column.any() else math.inf for column in left.T]
    return float(np.median(found))


def difference_counts(
    model: TextVAE, leads: Sequence[str], differences: Tensor, each: int, generator: torch.Generator
) -> tuple[Counts, Counts]:
    """Counts of leads moved by differences of analogues, and by random directions of the same lengths."""
    moved, random = Counts(), Counts()
    for lead, row in zip(leads, model.encode(leads), strict=True):
        chosen = differences[torch.randint(len(differences), (each,), generator=generator)]
        lengths = chosen.norm(dim=1, keepdim=True)
        for counts, shifts in ((moved, chosen), (random, lengths * random_directions(each, len(row), generator))):
            (decoded,), first_invalid = decode_around(model, row[None], shifts[None])
            counts.first_invalid += first_invalid
            counts.add(lead, decoded)
    return moved, random


def walks(model: TextVAE, ends: Sequence[tuple[str, str]], stops: int) -> dict[str, float]:
    """Straight walks: share of decoded stops that are plausible, and the largest jump in Tanimoto between stops.

    A jump is one minus the similarity of two different molecules that follow each other on the walk.
    """
    start, end = (model.encode([pair[i] for pair in ends]) for i in (0, 1))
    t = torch.linspace(0, 1, stops)[:, None]
    fine: list[bool] = []
    jumps: list[float] = []
    for pair, a, b in zip(ends, start, end, strict=True):
        decoded = [text for text in model.decode(a + t * (b - a)) if text]
        fine += [plausible(text, pair[0]) or plausible(text, pair[1]) for text in decoded]
        distinct = list(dict.fromkeys(decoded))
        steps = [1.0 - tanimoto(p, [q])[0] for p, q in pairwise(distinct)]
        jumps.append(max(steps, default=0.0))
    return {"plausible_stops": float(np.mean(fine)), "largest_jump": float(np.median(jumps))}


def drift(model: TextVAE, z: Tensor, shifts: Tensor) -> float:
    """Median over moved leads of the distance from the point to the latent of what it decodes to, over the step."""
    points = (z[:, None] + shifts).flatten(0, 1)
    encoding = model.try_encode([text or "none" for text in model.decode(points)])
    fine = encoding.mask
    steps = shifts.flatten(0, 1).norm(dim=1)
    return float(((encoding.z - points).norm(dim=1) / steps)[fine].median())
