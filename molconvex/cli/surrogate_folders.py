"""Surrogates that a command names: a folder, or one that is bundled."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from molconvex.surrogate import Surrogate


def named_surrogates(name: str, fingerprint: str) -> "dict[str, Surrogate]":
    """All surrogates of a folder, or of a bundled one, by property.

    Args:
        name: Path of a folder, or the name of a bundled one such as "qed".
        fingerprint: Of the latent model that they must have been made for.

    Raises:
        WeightsError: If there is neither, or a file is damaged.
        LatentMismatchError: If they were made for another latent model.
    """
    from molconvex.exceptions import WeightsError
    from molconvex.files import data_path
    from molconvex.surrogate import load_surrogates

    folder = Path(name)
    if not folder.exists() and folder.name == name:
        bundled = sorted(path.name for path in data_path("surrogates").iterdir())
        if name not in bundled:
            raise WeightsError(f"there is no folder {name!r}, nor a bundled surrogate; bundled: {', '.join(bundled)}")
        folder = data_path("surrogates", name)
    return load_surrogates(folder, fingerprint)
