"""`molconvex encode` and `molconvex decode`: molecules to latents and back, as CSV or Parquet."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from molconvex.cli.errors import reported

Model = Annotated[str, typer.Option("--latent-model", help="bundled, a folder or a plug-in.")]
Workers = Annotated[
    int | None, typer.Option(help="Processes for large files.  [default: one a core]", show_default=False, min=1)
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the output file.")]


def encode(
    molecules: Annotated[Path, typer.Argument(help="File of molecules: .smi, .csv, .tsv or .sdf, also .gz.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Table of latents: .csv or .parquet.", show_default=False)],
    smiles_column: Annotated[str | None, typer.Option(help="Header of the SMILES column.", show_default=False)] = None,
    latent_model: Model = "bundled",
    workers: Workers = None,
    overwrite: Overwrite = False,
) -> None:
    """Latents of molecules; one that fails keeps its row, with a reason.

    Example:

      molconvex encode leads.smi --out latents.csv
    """
    with reported():
        from molconvex.latent.latent_tables import encode_file

        table = encode_file(
            molecules,
            out,
            latent_model,
            smiles_column=smiles_column,
            overwrite=overwrite,
            workers=workers or os.cpu_count() or 1,
        )
        failed = table[table["reason"] != ""]
        for _, row in failed.head(10).iterrows():
            print(f"line {row['line']}: {row['reason']}", file=sys.stderr)
        print(f"{out}: {len(table) - len(failed):,} of {len(table):,} molecules encoded")


def decode(
    latents: Annotated[Path, typer.Argument(help="Table with columns z0, z1, ...: .csv or .parquet.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Table of molecules: .csv or .parquet.", show_default=False)],
    samples: Annotated[int, typer.Option(help="Sampled decodings per latent; 0 is one greedy decoding.", min=0)] = 0,
    temperature: Annotated[float, typer.Option(help="Of sampled decodings.")] = 0.5,
    seed: Annotated[int, typer.Option(help="Of sampled decodings.", min=0)] = 0,
    latent_model: Model = "bundled",
    workers: Workers = None,
    overwrite: Overwrite = False,
) -> None:
    """Molecules of latents, greedy or sampled.

    Example:

      molconvex decode latents.csv --out molecules.csv
    """
    with reported():
        from molconvex.latent.latent_tables import decode_file

        table = decode_file(
            latents,
            out,
            latent_model,
            samples=samples,
            temperature=temperature,
            seed=seed,
            overwrite=overwrite,
            workers=workers or os.cpu_count() or 1,
        )
        decoded = int((table["smiles"] != "").sum())
        print(f"{out}: {decoded:,} of {len(table):,} decodings gave a molecule")
