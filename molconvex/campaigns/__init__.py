"""Campaigns of design, make and test: batches proposed from a pool, measurements taken in, models refitted."""

from typing import TYPE_CHECKING

from molconvex.lazy_names import lazy_names

if TYPE_CHECKING:
    from molconvex.campaigns.campaign import Campaign, open_campaign, start_campaign
    from molconvex.campaigns.files import Imported, export_batch, import_values
    from molconvex.campaigns.history import predictions, rounds
    from molconvex.campaigns.proposing import propose, waits_for_values
    from molconvex.campaigns.settings import CampaignSettings

_HOMES = {
    "Campaign": "campaign",
    "CampaignSettings": "settings",
    "Imported": "files",
    "export_batch": "files",
    "import_values": "files",
    "open_campaign": "campaign",
    "predictions": "history",
    "propose": "proposing",
    "rounds": "history",
    "start_campaign": "campaign",
    "waits_for_values": "proposing",
}

__all__ = [
    "Campaign",
    "CampaignSettings",
    "Imported",
    "export_batch",
    "import_values",
    "open_campaign",
    "predictions",
    "propose",
    "rounds",
    "start_campaign",
    "waits_for_values",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
