"""Latents as tables on disk: molecules in, latents out, and back."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from molconvex.chem import read_molecules
from molconvex.columns import LATENT
from molconvex.documents import DAMAGE, check_regular_file
from molconvex.exceptions import ConfigError, DataError, LatentMismatchError, LatentShapeError, OutputExistsError
from molconvex.files import write_file_whole
from molconvex.latent import LatentModel, load_latent_model, worker_processes
from molconvex.tables import csv_text, read_csv_table

ENDINGS = (".csv", ".parquet")
MODEL_COLUMN = "latent_model"
MOST_SAMPLES = 100_000
HOTTEST = 100.0


def encode_file(
    molecules: str | Path,
    out: str | Path,
    latent_model: str | LatentModel = "bundled",
    *,
    smiles_column: str | None = None,
    overwrite: bool = False,
    workers: int = 1,
) -> pd.DataFrame:
    """Encode a file of molecules into a table with columns line, name, smiles, reason, latent_model, z0, z1, ...

    Args:
        molecules: File of molecules.
        out: Table, .csv or .parquet.
        latent_model: Model or its name.
        smiles_column: Header of the SMILES column.
        overwrite: Replace `out`.
        workers: Processes that read molecules, see `worker_processes`.

    Raises:
        DataError: If the file cannot be read.
        ConfigError: If `out` ends neither in .csv nor in .parquet.
        OutputExistsError: If `out` exists and overwrite is False.
    """
    _check_output(Path(out), overwrite)
    rows = read_molecules(molecules, smiles_column)
    model = load_latent_model(latent_model) if isinstance(latent_model, str) else latent_model
    with worker_processes(model, len(rows), workers):
        encoding = model.try_encode([row.smiles for row in rows])
    reasons = [row.problem or reason for row, reason in zip(rows, encoding.reasons, strict=True)]
    table = pd.DataFrame(
        {
            "line": [row.line for row in rows],
            "name": [row.name for row in rows],
            "smiles": [row.smiles for row in rows],
            "reason": reasons,
            MODEL_COLUMN: model.fingerprint,
        }
    )
    z = pd.DataFrame(encoding.z.numpy(), columns=[LATENT(i) for i in range(model.latent_dim)])
    table = pd.concat([table, z], axis=1)
    _write(table, Path(out), overwrite)
    return table


def decode_file(
    latents: str | Path,
    out: str | Path,
    latent_model: str | LatentModel = "bundled",
    *,
    samples: int = 0,
    temperature: float = 0.5,
    seed: int = 0,
    overwrite: bool = False,
    workers: int = 1,
) -> pd.DataFrame:
    """Decode a table of latents, columns z0, z1, ..., to a table with columns row, line, name, sample, smiles.

    Rows without latents (NaN, as `encode_file` leaves them) are skipped.

    Args:
        latents: Table, .csv or .parquet.
        out: Table, .csv or .parquet.
        latent_model: Model or its name; must be the one named in the table, where that names one.
        samples: Random decodings per latent; 0 is one greedy decoding.
        temperature: Of random decodings.
        seed: Of random decodings.
        overwrite: Replace `out`.
        workers: Processes that write molecules, see `worker_processes`.

    Raises:
        ConfigError: If samples, temperature or seed is out of range, or `out` ends neither in .csv nor in .parquet.
        DataError: If the table cannot be read or has no latents.
        LatentMismatchError: If the latents were made by another model.
        LatentShapeError: If the columns z0, z1, ... are not as many as the model's dimensions.
        OutputExistsError: If `out` exists and overwrite is False.
    """
    _check_sampling(samples, temperature, seed)
    _check_output(Path(out), overwrite)
    table = _read(Path(latents))
    model = load_latent_model(latent_model) if isinstance(latent_model, str) else latent_model
    z, kept = _latents(table, model, Path(latents))
    generator = torch.Generator().manual_seed(seed)
    copies = max(1, samples)
    repeated = z.repeat_interleave(copies, dim=0)
    with worker_processes(model, len(repeated), workers):
        texts = model.decode(repeated, temperature=temperature if samples else 0.0, generator=generator)
    front = [name for name in ("line", "name") if name in table.columns]
    decoded = table.loc[kept, front].loc[np.repeat(kept, copies)].reset_index(drop=True)
    decoded.insert(0, "row", np.repeat(kept + 1, copies))
    decoded["sample"] = np.tile(np.arange(1, copies + 1), len(kept))
    decoded["smiles"] = texts
    _write(decoded, Path(out), overwrite)
    return decoded


def _latents(table: pd.DataFrame, model: LatentModel, path: Path) -> tuple[Tensor, np.ndarray]:
    columns = [name for name in table.columns if str(name)[:1] == "z" and str(name)[1:].isdigit()]
    if not columns:
        raise DataError(f"{path} has no latents: columns z0, z1, ... are needed")
    wanted = [LATENT(i) for i in range(model.latent_dim)]
    if sorted(columns) != sorted(wanted):
        raise LatentShapeError(
            f"{path} has {len(columns)} latent columns; the model needs {model.latent_dim}: z0 to {wanted[-1]}"
        )
    if MODEL_COLUMN in table.columns:
        made_by = set(table[MODEL_COLUMN].dropna().astype(str)) - {model.fingerprint}
        if made_by:
            raise LatentMismatchError(
                f"{path} was encoded by the latent model {sorted(made_by)[0][:12]}, the one in use is "
                f"{model.fingerprint[:12]}; encode again, or name the other one with --latent-model"
            )
    try:
        values = table[wanted].to_numpy(dtype=np.float32)
    except (ValueError, TypeError) as error:
        raise DataError(f"{path} has latents that are no numbers: {error}") from error
    kept = np.flatnonzero(np.isfinite(values).all(axis=1))
    if not len(kept):
        raise DataError(f"{path} has no row with all {model.latent_dim} latents")
    return torch.from_numpy(values[kept]), kept


def _check_sampling(samples: int, temperature: float, seed: int) -> None:
    if isinstance(samples, bool) or not isinstance(samples, int) or not 0 <= samples <= MOST_SAMPLES:
        raise ConfigError(f"samples must be a whole number from 0 (greedy) to {MOST_SAMPLES:,}, got {samples!r}")
    if not isinstance(temperature, int | float) or not 0 < temperature <= HOTTEST:
        raise ConfigError(
            f"temperature must be above 0 and at most {HOTTEST:g}, got {temperature!r}; for greedy decoding leave "
            "samples at 0"
        )
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise ConfigError(f"seed must be a whole number from 0, got {seed!r}")


def _check_output(path: Path, overwrite: bool) -> None:
    if path.suffix.lower() not in ENDINGS:
        raise ConfigError(f"{path} must end in {' or '.join(ENDINGS)}; the ending tells how to write it")
    if path.exists() and not overwrite:
        raise OutputExistsError(f"{path} exists already; choose another name or allow overwriting (--overwrite)")


def _read(path: Path) -> pd.DataFrame:
    if path.suffix.lower() not in ENDINGS:
        raise DataError(f"{path} must end in {' or '.join(ENDINGS)}; the ending tells how to read it")
    if path.suffix.lower() == ".csv":
        return read_csv_table(path)
    check_regular_file(path)
    try:
        return pd.read_parquet(path)
    except (OSError, NotImplementedError, *DAMAGE) as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def _write(table: pd.DataFrame, path: Path, overwrite: bool) -> None:
    if path.suffix.lower() == ".csv":
        write_file_whole(path, csv_text(table), overwrite=overwrite)
    else:
        write_file_whole(path, lambda draft: table.to_parquet(draft, index=False), overwrite=overwrite)
