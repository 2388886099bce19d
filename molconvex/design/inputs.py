"""What a search needs beside settings and goals: the latent model and the files that settings name, loaded once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from molconvex.chem import read_molecules, standardize
from molconvex.design.actives import read_actives
from molconvex.design.lead_search import check_search
from molconvex.design.settings import SearchSettings
from molconvex.exceptions import ChemistryError, DataError
from molconvex.latent import LatentModel, ReferenceSet, load_latent_model, reference_set


@dataclass(frozen=True)
class Inputs:
    """What was loaded.

    Attributes:
        model: The latent model.
        reference: Gives the reference set where a surrogate must be trained.
        known: Standard SMILES of known molecules, None where no list was given.
        actives: Latents of known active molecules, shape (n, d), None where no list was given.
    """

    model: LatentModel
    reference: Callable[[], ReferenceSet]
    known: set[str] | None = None
    actives: Tensor | None = field(default=None, repr=False)


def load_inputs(settings: SearchSettings, latent_model: LatentModel | None, reference: ReferenceSet | None) -> Inputs:
    """Load what the settings name, once nothing speaks against the search itself.

    Args:
        settings: Of any search.
        latent_model: In place of the one that they name.
        reference: In place of the bundled reference set.

    Raises:
        ChemistryError, ConfigError: As `check_search`.
        ConfigError, WeightsError: If the latent model cannot be had.
        DataError: If the file of known molecules or of actives cannot be read.
    """
    check_search(settings)
    model = latent_model or load_latent_model(settings.latent_model)
    known = None if settings.known is None else read_known(settings.known)
    actives = None if settings.actives is None else read_actives(settings.actives, model)
    return Inputs(model, reference_set if reference is None else lambda: reference, known, actives)


def read_known(path: Path) -> set[str]:
    """Standard SMILES of the molecules of a file; unreadable ones are left out.

    Raises:
        DataError: If the file cannot be read or holds no molecule that can.
    """
    known = set()
    for molecule in read_molecules(path):
        try:
            known.add(standardize(molecule.smiles).smiles)
        except ChemistryError:
            continue
    if not known:
        raise DataError(f"{path}: none of its molecules can be read, so every candidate would be called new")
    return known
