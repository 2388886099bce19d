"""Where the bundled weights and reference set lie: inside an installed wheel, or in data/ of a checkout."""

import hashlib
import json
from pathlib import Path

from molconvex.exceptions import WeightsError

PACKAGE = Path(__file__).resolve().parent


def data_path(*parts: str) -> Path:
    """Path of a bundled file or folder, for example data_path("vae", "weights.safetensors").

    Raises:
        WeightsError: If it is missing.
    """
    root = PACKAGE / "_data" if (PACKAGE / "_data").is_dir() else PACKAGE.parent / "data"
    path = root.joinpath(*parts)
    if not path.exists():
        raise WeightsError(f"the bundled {'/'.join(parts)} is missing ({path}); install molconvex again")
    return path


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_manifest(folder: Path) -> dict:
    """manifest.json of a folder, after checking the SHA-256 of every file that it names under "files".

    Raises:
        WeightsError: If the manifest or a file is missing, or a file was altered or cut short.
    """
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        expected = dict(manifest["files"])
    except (OSError, ValueError, KeyError) as error:
        raise WeightsError(f"cannot read {path}: {error}; restore the folder or install molconvex again") from error
    for name, digest in expected.items():
        if not (folder / name).is_file():
            raise WeightsError(f"{folder / name} is missing; restore it or install molconvex again")
        if sha256_of(folder / name) != digest:
            raise WeightsError(
                f"{folder / name} was altered or cut short (its SHA-256 is not the manifest's); restore it"
            )
    return manifest
