"""Where the time of encoding and decoding goes, SELFIES and SMILES side by side; milliseconds of processor time each.

Example:
    python scripts/benchmarks/latent_parts.py --molecules zinc_test.smi.gz

Both languages share the network and the chemistry; the rows that differ are the text's. Tokens of SMILES are learned on
the molecules themselves, so no SMILES model is needed.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch
from rich.console import Console
from rich.table import Table

from molconvex.chem import read_molecules, standardize
from molconvex.exceptions import MolconvexError
from molconvex.latent.vae.model import TextVAE
from molconvex.latent.vae.smiles_tokenizer import SmilesTokenizer
from molconvex.latent.vae.symbol_tokenizer import SymbolTokenizer

T = TypeVar("T")
Times = dict[str, float]


def timed(times: Times, name: str, work: Callable[[], T]) -> T:
    """Result of `work`; its processor time goes into `times`."""
    begin = time.process_time()
    result = work()
    times[name] = time.process_time() - begin
    return result


def shared_parts(model: TextVAE, raw: list[str]) -> tuple[Times, list[str]]:
    """What both languages do: chemistry and the network, in both precisions."""
    times: Times = {}
    standard = timed(times, "standardise what a file holds", lambda: [standardize(text).smiles for text in raw])
    timed(times, "standardise what is standard already", lambda: [standardize(text).smiles for text in standard])
    ids = [model.tokenizer.encode(model.tokenizer.to_symbols(text)) for text in standard]
    z, _ = timed(times, "network, encode, float32", lambda: model._encode_ids(ids))
    with torch.autocast("cpu", torch.bfloat16):
        timed(times, "network, encode, bf16", lambda: model._encode_ids(ids))
    timed(times, "network, decode greedily, float32", lambda: model.network.decoder.generate(z))
    return times, standard


def text_parts(tokenizer: SymbolTokenizer, standard: list[str]) -> Times:
    """What a language does with its text."""
    times: Times = {}
    symbols = timed(times, "symbols of a SMILES", lambda: [tokenizer.to_symbols(text) for text in standard])
    ids = timed(times, "tokens of the symbols", lambda: [tokenizer.encode(row) for row in symbols])
    timed(times, "SMILES of the tokens", lambda: [tokenizer.to_smiles(tokenizer.decode(row)) for row in ids])
    return times


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--molecules", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="folder of a SELFIES model")
    parser.add_argument("--count", type=int, default=1000)
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    try:
        model = TextVAE.load(args.model)
        raw = [molecule.smiles for molecule in read_molecules(args.molecules)][: args.count]
        model.encode(raw[:50])
        shared, standard = shared_parts(model, raw)
    except MolconvexError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    smiles = SmilesTokenizer.train([SmilesTokenizer.to_symbols(s) for s in standard], minimum_count=1)
    first, second = text_parts(model.tokenizer, standard), text_parts(smiles, standard)
    table = Table("ms a molecule", model.tokenizer.language, smiles.language)
    for name, seconds in shared.items():
        table.add_row(name, *[f"{1e3 * seconds / len(raw):.3f}"] * 2)
    for name in first:
        table.add_row(name, *[f"{1e3 * times[name] / len(raw):.3f}" for times in (first, second)])
    Console(width=100).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
