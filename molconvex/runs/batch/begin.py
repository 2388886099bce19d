"""The beginning of a batch: its leads read and checked once, or the batch of that name gone on with."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from molconvex.chem import read_molecules, standardize
from molconvex.chem.read.input_molecules import InputMolecule
from molconvex.design.settings import GenerateSettings
from molconvex.exceptions import ChemistryError, ConfigError, DataError
from molconvex.runs.batch.identity import batch_identity, differences
from molconvex.runs.store import Store
from molconvex.runs.store.batches import GivenLead, StoredBatch

Counted = Callable[[int, int], None]


def begin_batch(
    store: Store, name: str, settings: GenerateSettings, leads_file: Path, progress: Counted | None = None
) -> StoredBatch:
    """The batch of a name: gone on with where it is there, else made with a shard for each row of the file.

    A row that is broken or repeats a molecule gets a shard with its reason, and stops nothing.

    Args:
        store: Where batches are kept.
        name: Of the batch.
        settings: Of `generate`; their leads do not matter.
        leads_file: As `read_molecules` takes it.
        progress: Told (done, total) while leads are checked.

    Raises:
        ConfigError: If the batch of that name has other settings or leads; the text shows what differs.
        DataError: If the file cannot be read, or no lead of it can be used.
    """
    identity = batch_identity(settings, leads_file)
    batch = store.batches.find(name)
    if batch is None:
        leads = list(checked_leads(read_molecules(leads_file), progress))  # whole, before the store is locked
        _check_usable(leads, leads_file)
        batch = store.batches.add(name, settings.to_dict(), identity, leads)
    changed = list(differences(batch.identity, identity))
    if changed:
        raise ConfigError(
            f"the batch {name!r} was begun with other settings ({'; '.join(changed)}); "
            "put them back, or choose another --name"
        )
    return batch


def checked_leads(molecules: Sequence[InputMolecule], progress: Counted | None = None) -> Iterator[GivenLead]:
    """Leads with the line of each, and the reason where one cannot be used."""
    first: dict[str, int] = {}
    for done, molecule in enumerate(molecules, start=1):
        reason = molecule.problem or _problem(molecule, first)
        yield GivenLead(molecule.line, molecule.name or f"line {molecule.line}", molecule.smiles, reason)
        if progress is not None and (done % 500 == 0 or done == len(molecules)):
            progress(done, len(molecules))


def _problem(molecule: InputMolecule, first: dict[str, int]) -> str:
    if not molecule.smiles:
        return "no SMILES"
    try:
        smiles = standardize(molecule.smiles).smiles
    except ChemistryError as error:
        return str(error)
    line = first.setdefault(smiles, molecule.line)
    return "" if line == molecule.line else f"the same molecule as line {line}"


def _check_usable(leads: Sequence[GivenLead], source: Path) -> None:
    if all(lead.reason for lead in leads):
        reasons = [f"line {lead.line}: {lead.reason}" for lead in leads[:3]]
        raise DataError(f"{source}: no lead can be used ({'; '.join(reasons)})")
