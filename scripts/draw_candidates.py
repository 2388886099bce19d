"""Draw the best candidates around well-known drugs, by latent moves alone: what the latent model itself can give.

Example:
    python scripts/draw_candidates.py --out data/vae/candidates.png
"""

import argparse
import io
import sys
from pathlib import Path

import torch
from PIL import Image
from rdkit.Chem import rdDepictor, rdMolAlign
from rdkit.Chem.Draw import MolDraw2DCairo
from rdkit.Chem.rdFMCS import FindMCS

from molconvex.chem import standardize
from molconvex.design import GenerateSettings, generate, read_leads
from molconvex.files import data_path

DRUGS = ("celecoxib", "gefitinib", "haloperidol", "sildenafil", "erlotinib")
COLUMNS, CELL = 7, (210, 165)
BEST = 12


def drawn(smiles: list[str], legends: list[str]) -> Image.Image:
    """The lead and its candidates in two rows, each laid out as the lead where it can be."""
    molecules = [standardize(text).mol for text in smiles]
    lead = molecules[0]
    rdDepictor.Compute2DCoords(lead)
    for molecule in molecules[1:]:
        rdDepictor.Compute2DCoords(molecule)
        common = FindMCS([lead, molecule], timeout=2, ringMatchesRingOnly=True).queryMol
        if common is not None and common.GetNumAtoms():
            pairs = list(zip(molecule.GetSubstructMatch(common), lead.GetSubstructMatch(common), strict=True))
            rdMolAlign.AlignMol(molecule, lead, atomMap=pairs)
    rows = -(-len(molecules) // COLUMNS)
    canvas = MolDraw2DCairo(COLUMNS * CELL[0], rows * CELL[1], *CELL)
    options = canvas.drawOptions()
    options.legendFontSize = 14  # type: ignore[assignment]
    canvas.DrawMolecules(molecules, legends=legends)
    canvas.FinishDrawing()
    return Image.open(io.BytesIO(canvas.GetDrawingText()))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=int, default=350)
    parser.add_argument("--similarity", type=float, default=0.4)
    parser.add_argument("--proposers", nargs="+", default=["latent"])
    parser.add_argument("--out", type=Path, required=True, help="PNG")
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    known = {lead.name: lead for lead in read_leads(data_path("examples", "drugs.csv"))}
    parts = []
    for name in DRUGS:
        settings = GenerateSettings(
            leads=[str(known[name])],
            goals=["qed:max"],
            budget=args.budget,
            similarity=args.similarity,
            proposers=args.proposers,
            top=BEST,
        )
        found = generate(settings).candidates
        legends = [f"QED {row.qed:.2f}, similarity {row.similarity:.2f}" for row in found.itertuples()]
        print(f"{name}: {len(found)} candidates, best QED {found['qed'].max():.2f}", flush=True)
        parts.append(drawn([known[name].smiles, *found["smiles"]], [name, *legends]))
    page = Image.new("RGB", (parts[0].width, sum(part.height for part in parts)), "white")
    top = 0
    for part in parts:
        page.paste(part, (0, top))
        top += part.height
    page.quantize(32).save(args.out, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
