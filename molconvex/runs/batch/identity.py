"""What must be the same for a start to go on with a batch: settings, leads, contents of files, bundled data."""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from molconvex.design.settings import GenerateSettings
from molconvex.exceptions import ConfigError
from molconvex.files import data_path, sha256_of
from molconvex.oracles import OracleSettings
from molconvex.oracles.cache import oracle_key
from molconvex.runs.store.pipelines import VARIABLE

WORTHLESS = ("leads",)  # settings that say nothing here: leads come from a file
FILES = ("known", "actives")
CHECKSUM = re.compile(r"[0-9a-f]{12}")
SHORT = 12  # characters of a checksum that tell two apart


def batch_identity(settings: GenerateSettings, leads_file: Path) -> dict[str, Any]:
    """Plain values by name; files, folders and the programs of oracles count by their contents, not by their places.

    Raises:
        ConfigError: If a file or folder that the settings name is missing.
    """
    plain = {name: value for name, value in settings.to_dict().items() if name not in WORTHLESS}
    for name in FILES:
        if plain[name] is not None:
            plain[name] = content_of(Path(plain[name]))
    plain["surrogates"] = {name: content_of(Path(place)) for name, place in sorted(plain["surrogates"].items())}
    plain["oracles"] = {name: _oracle(oracle) for name, oracle in sorted(settings.oracles.items())}
    if Path(settings.latent_model).is_dir():
        plain["latent_model"] = content_of(Path(settings.latent_model))
    return plain | {"leads file": content_of(leads_file), "bundled data": _bundled()}


def content_of(path: Path) -> str:
    """The beginning of a checksum over a file, or over all files of a folder.

    Raises:
        ConfigError: If there is nothing.
    """
    try:
        if path.is_file():
            return sha256_of(path)[:SHORT]
        if not path.is_dir():
            raise ConfigError(f"there is no file or folder {path}")
        files = sorted(item for item in path.rglob("*") if item.is_file())
        return _digest([(item.relative_to(path).as_posix(), sha256_of(item)) for item in files])
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror or error})") from error


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What differs between two identities, one text each: "budget: 300 -> 60", "leads file: other contents"."""
    for name in sorted({*before, *now}):
        old, new = before.get(name), now.get(name)
        if old == new:
            continue
        same_kind = all(isinstance(item, str) and CHECKSUM.fullmatch(item) for item in (old, new))
        yield f"{name}: other contents" if same_kind else f"{name}: {_shown(old)} -> {_shown(new)}"


def _oracle(oracle: OracleSettings) -> str:
    """What decides an oracle's values and what they mean; not how long or how often it is asked."""
    ends = "as measured" if oracle.range is None else "{:g} to {:g}".format(*oracle.range)
    return f"{oracle_key(oracle)[:SHORT]}, unit {oracle.unit or 'none'}, range {ends}"


def _bundled() -> str:
    """Of the manifests of all bundled weights and tables, or of what stands in their place."""
    if name := os.environ.get(VARIABLE):
        return name
    root = data_path()
    return _digest(
        [(path.relative_to(root).as_posix(), sha256_of(path)) for path in sorted(root.rglob("manifest.json"))]
    )


def _digest(parts: list[tuple[str, str]]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:SHORT]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(str, value)) + "]"
    return "nothing" if value is None else str(value)
