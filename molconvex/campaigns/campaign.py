"""A campaign: a pool of compounds that can be made, batches proposed from it, measurements taken in, round by round."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.campaigns.settings import MOST_POOL, CampaignSettings
from molconvex.chem import read_molecules, standardize
from molconvex.exceptions import ChemistryError, DataError
from molconvex.files import write_file_whole
from molconvex.latent import LatentModel, load_latent_model
from molconvex.objectives.goals import Goal
from molconvex.runs.store import Store
from molconvex.runs.store.campaigns import CampaignValue, StoredBatch, StoredCampaign
from molconvex.surrogate import Target

Array = NDArray[np.float64]
LEAST_POOL = 2


@dataclass(frozen=True, eq=False)
class Campaign:
    """One campaign of a store, as it stands.

    Attributes:
        store: Where it lies.
        stored: Name, code, settings.
        given_model: Latent model in place of the one that the settings name.
    """

    store: Store
    stored: StoredCampaign
    given_model: LatentModel | None = None

    @property
    def name(self) -> str:
        """Of the campaign."""
        return self.stored.name

    @cached_property
    def settings(self) -> CampaignSettings:
        """As at its beginning."""
        return CampaignSettings(**self.stored.settings)

    @property
    def goal(self) -> Goal:
        """What is wanted."""
        return self.settings.goal

    @property
    def target(self) -> Target:
        """What a surrogate of it predicts."""
        return self.goal.target(self.settings.unit)

    @cached_property
    def pool(self) -> list[str]:
        """SMILES of the compounds; compound k has row k - 1."""
        return self.store.campaigns.pool(self.stored)

    @cached_property
    def model(self) -> LatentModel:
        """Latent model."""
        return self.given_model or load_latent_model(self.settings.latent_model)

    @property
    def batches(self) -> list[StoredBatch]:
        """What was proposed, in order."""
        return self.store.campaigns.batches(self.stored)

    @property
    def values(self) -> dict[int, CampaignValue]:
        """What was measured, by number of the compound."""
        return self.store.campaigns.values(self.stored)

    def latents(self) -> Tensor:
        """Own latents of the pool (m, d), float64, NaN where a molecule cannot be encoded; kept beside the store."""
        path = self.store.folder / "campaigns" / f"{self.stored.code}-{self.model.fingerprint[:16]}.npy"
        if path.is_file():
            found = np.load(path, allow_pickle=False)
            if found.shape == (len(self.pool), self.model.latent_dim):
                return torch.from_numpy(found).double()
        z = self.model.try_encode(self.pool).z.cpu().float()
        write_file_whole(path, lambda draft: np.save(draft, z.numpy(), allow_pickle=False))
        return z.double()

    def scores(self, values: Array) -> Array:
        """Measured values (n,) as scores: higher is better, in the property's unit; for a window minus the distance."""
        if self.goal.kind in ("window", "target"):
            return -self.goal.distance(values)
        return np.asarray(values if self.goal.kind == "maximize" else -values, dtype=np.float64)

    def as_value(self, scores: Array) -> Array:
        """Inverse of `scores`; for a window the distance to it."""
        return np.asarray(scores if self.goal.kind == "maximize" else -scores, dtype=np.float64)

    def as_predicted(self, values: Array) -> Array:
        """Measured values in what predictions speak of: distances for a window, else themselves."""
        return self.as_value(self.scores(values))


def start_campaign(
    store: Store, settings: CampaignSettings, *, latent_model: LatentModel | None = None
) -> tuple[Campaign, dict[str, str]]:
    """Read the pool and begin.

    Args:
        store: Where to keep it.
        settings: Name, goal, pool.
        latent_model: In place of the one that the settings name.

    Returns:
        The campaign, and per structure that was left out the reason.

    Raises:
        DataError: If the pool cannot be read, or has fewer than two usable molecules.
        ConfigError: If there is a campaign of this name.
    """
    pool, left_out = read_pool(settings.pool)
    stored = store.campaigns.add(settings.name, settings.to_dict(), pool)
    return Campaign(store, stored, latent_model), left_out


def open_campaign(store: Store, name: str, *, latent_model: LatentModel | None = None) -> Campaign:
    """A campaign by name.

    Raises:
        ConfigError: If there is none.
    """
    return Campaign(store, store.campaigns.get(name), latent_model)


def read_pool(path: Path) -> tuple[list[str], dict[str, str]]:
    """Standard SMILES of a file, each once; and the reason for each structure left out.

    Raises:
        DataError: If it cannot be read, holds fewer than two usable molecules or too many.
    """
    pool: dict[str, None] = {}
    left_out: dict[str, str] = {}
    for item in read_molecules(path):
        try:
            smiles = standardize(item.smiles).smiles
        except ChemistryError as error:
            left_out[f"line {item.line}"] = str(error)
            continue
        if smiles in pool:
            left_out[f"line {item.line}"] = "the same molecule as an earlier one"
        pool[smiles] = None
    if not LEAST_POOL <= len(pool) <= MOST_POOL:
        raise DataError(
            f"{path} holds {len(pool):,} usable molecules; a pool has {LEAST_POOL} to {MOST_POOL:,} different ones"
        )
    return list(pool), left_out


def plain_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts for JSON: numbers that are not finite are None."""
    return {key: None if isinstance(item, float) and not np.isfinite(item) else item for key, item in facts.items()}
