"""The page of a campaign: rounds as a table, predicted against measured and the best found as charts."""

import pandas as pd
from markupsafe import Markup

from molconvex.campaigns.campaign import Campaign
from molconvex.campaigns.choosing import WHY
from molconvex.campaigns.history import predictions, rounds
from molconvex.runs.report.plots import Point, scatter
from molconvex.runs.report.rendering import render


def render_campaign(campaign: Campaign) -> str:
    """The page as one HTML document without external resources."""
    table, by_round = predictions(campaign), rounds(campaign)
    known = table[table["measured"].notna() & table["predicted"].notna()]
    return render(
        "campaign.html.j2",
        heading=campaign.name,
        subtitle=f"{campaign.goal.describe()}; pool of {len(campaign.pool):,} compounds",
        unit=campaign.settings.unit,
        rounds=by_round.to_dict("records"),
        agreement=_agreement(known, campaign) if len(known) else "",
        progress=_progress(by_round, campaign) if by_round["best_so_far"].notna().any() else "",
        proposed=table.to_dict("records"),
        why=WHY,
    )


def _agreement(known: pd.DataFrame, campaign: Campaign) -> Markup:
    hover = known["id"] + ", batch " + known["batch"].astype(str)
    points = [Point(*row) for row in zip(known["predicted"], known["measured"], hover, strict=True)]
    name = campaign.goal.property
    return scatter(points, f"{name}: predicted before it was measured", "measured", diagonal=True)


def _progress(by_round: pd.DataFrame, campaign: Campaign) -> Markup:
    known = by_round[by_round["best_so_far"].notna()]
    hover = "batch " + known["batch"].astype(str)
    points = [Point(*row) for row in zip(known["measured"].cumsum(), known["best_so_far"], hover, strict=True)]
    return scatter(points, "compounds measured", f"best {campaign.goal.property}")
