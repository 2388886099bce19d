"""Values that oracles gave, remembered from run to run and shared by all processes of a user."""

import contextlib
import hashlib
import json
import sqlite3
import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path

from molconvex.files import sha256_of
from molconvex.oracles.settings import PLUGINS, OracleSettings, named_files

WAIT = 30.0  # seconds that a writer waits for another one
AT_ONCE = 500


class ValueCache:
    """Finite values by oracle and molecule, in one SQLite file; failures are not remembered.

    Args:
        path: The file, made when the first value is kept.
        key: Which oracle; see `oracle_key`.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._path, self._key, self._broken = path, key, False

    def get(self, smiles: Sequence[str]) -> dict[str, float]:
        """Known values; none where the file cannot be used."""
        found: dict[str, float] = {}
        if not self._path.is_file():
            return found
        with self._warned(), self._connected() as connection:
            for start in range(0, len(smiles), AT_ONCE):
                part = list(smiles[start : start + AT_ONCE])
                places = ",".join("?" * len(part))
                query = f"SELECT smiles, value FROM answers WHERE oracle = ? AND smiles IN ({places})"
                found |= dict(connection.execute(query, [self._key, *part]).fetchall())
        return found

    def put(self, values: Mapping[str, float]) -> None:
        """Remember values; a file that cannot be used costs no run."""
        if not values:
            return
        with self._warned(), self._connected() as connection:
            rows = [(self._key, smiles, value) for smiles, value in values.items()]
            connection.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", rows)
            connection.commit()

    @contextlib.contextmanager
    def _warned(self) -> Iterator[None]:
        """What goes wrong with the file is one warning for the whole run."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            if not self._broken:
                warnings.warn(f"{self._path}: values of oracles are not remembered ({error})", stacklevel=4)
            self._broken = True

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(self._path, timeout=WAIT)) as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS answers "
                "(oracle TEXT, smiles TEXT, value REAL, PRIMARY KEY (oracle, smiles))"
            )
            yield connection


def oracle_key(settings: OracleSettings) -> str:
    """What makes two oracles the same: the command with the contents of the files it names, or the plug-in's version.

    A changed script therefore forgets what the old one said; what a program reads besides is the user's to tell, by
    `version`.
    """
    facts: dict[str, object] = {"version": settings.version}
    if settings.plugin:
        points = entry_points(group=PLUGINS, name=settings.plugin)
        facts["plugin"] = [settings.plugin, *((p.value, p.dist.version if p.dist else "") for p in points)]
    else:
        facts["command"] = settings.argv
        facts["files"] = [sha256_of(path) for path in named_files(settings.argv)]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
