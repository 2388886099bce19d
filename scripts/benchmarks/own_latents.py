"""What predictions and bounds are worth at the molecules' own latents, around well-known drugs.

For each drug a search for the highest QED: within-lead rank correlation of surrogates with what RDKit measures, over
all scored molecules, and over as many edits drawn by lot; the certified optimum over the hull of analogues; realised
share of the best molecule.

Example:
    python scripts/benchmarks/own_latents.py --count 12 --budget 300
"""

import argparse
import sys
from collections.abc import Mapping

import numpy as np
import torch
from pandas import DataFrame
from rich.console import Console
from rich.table import Table
from scipy.stats import spearmanr
from torch import Tensor

from molconvex.chem import compute_properties
from molconvex.design import GenerateSettings, generate, read_leads
from molconvex.files import data_path
from molconvex.latent import load_bundled
from molconvex.surrogate import Surrogate, load_surrogate

CORRELATED = ("qed", "logp", "tpsa", "sa_score")


def correlations(surrogates: Mapping[str, Surrogate], z: Tensor, measured: DataFrame) -> list[float]:
    """Spearman's coefficient of predictions at latents (n, d) and measurements, a surrogate each."""
    return [
        float(spearmanr(surrogate.predict(z), measured[name])[0]) * (-1 if surrogate.target.sense == "window" else 1)
        for name, surrogate in surrogates.items()
    ]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=12, help="drugs of data/examples/drugs.csv")
    parser.add_argument("--budget", type=int, default=300)
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    surrogates = {name: load_surrogate(data_path("surrogates", name)) for name in CORRELATED}
    model = load_bundled()
    columns = ["drug", *(f"{name}, {which}" for which in ("scored", "drawn") for name in CORRELATED)]
    table = Table(*columns, "certified QED", "best QED", "realised share", "inside")
    numbers = []
    leads = read_leads(data_path("examples", "drugs.csv"))
    for lead in leads[:: max(1, len(leads) // args.count)][: args.count]:
        settings = GenerateSettings(
            leads=[str(lead)], goals=["qed:max"], budget=args.budget, top=args.budget, control="edits"
        )
        run = generate(settings)
        found, z = run.candidates, run.latents[1].candidates
        assert run.comparison is not None
        drawn = run.comparison.query("arm == 'edits'")["smiles"].tolist()
        ranks = [
            *correlations(surrogates, z, found),
            *correlations(surrogates, model.encode(drawn).double(), compute_properties(drawn, CORRELATED)),
        ]
        best = found.iloc[0]
        bound = run.surrogates[0].surrogate.value_of(float(run.programs["lower_bound"].iloc[0]))
        row = [
            *ranks,
            float(bound),
            float(best["qed"]),
            float(found["realised_share"].max()),
            found["inside_region"].mean(),
        ]
        numbers.append(row)
        table.add_row(lead.name, *(f"{number:.2f}" for number in row))
        print(f"{lead.name}: {', '.join(f'{number:.2f}' for number in row)}", flush=True)
    table.add_row("median", *(f"{number:.2f}" for number in np.median(numbers, axis=0)))
    Console(width=200).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
