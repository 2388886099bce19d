"""A campaign on the toy latent model with a hidden property, and its files to the laboratory and back."""

from pathlib import Path

import pandas as pd

from molconvex.campaigns import CampaignSettings, export_batch, import_values, propose
from molconvex.chem import compute_properties

BATCH = 15


def settings(pool_file: Path, **more) -> CampaignSettings:
    return CampaignSettings(**{"name": "toy", "goal": "logp:max", "pool": pool_file, "batch": BATCH} | more)


def measured_file(campaign, path: Path, change=lambda table: table) -> Path:
    """The latest batch as it comes back from the laboratory."""
    export_batch(campaign, path, overwrite=True)
    table = pd.read_csv(path, keep_default_na=False)
    table["logp"] = compute_properties(table["smiles"].tolist(), ["logp"])["logp"].to_numpy()
    change(table).to_csv(path, index=False)
    return path


def go_on(campaign, path: Path) -> None:
    """One round: propose, measure, import."""
    propose(campaign)
    import_values(campaign, measured_file(campaign, path))
