"""Hostile files and arguments: whatever comes, one clear error of ours or a result, never another exception."""

import copy
import hashlib
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from molconvex.chem import read_molecules
from molconvex.design.settings import GenerateSettings, load_settings
from molconvex.exceptions import LONGEST_MESSAGE, MolconvexError, OutputExistsError
from molconvex.files import data_path, write_file_whole
from molconvex.latent import load_latent_model
from molconvex.latent.latent_tables import decode_file
from molconvex.surrogate import Target, read_assays
from molconvex.surrogate.store.folders import load_surrogates

GOLDEN = Path(__file__).parents[1] / "unit" / "surrogate" / "golden"
WRONG = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=5),
    st.just("x" * 2_000),
    st.just([]),
    st.just({}),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
TEXT = st.text(alphabet='CNO=1smilesy,;\t|"\n\r .-+<>\0\ufeffé', max_size=120)
HEADS = st.sampled_from(["smiles,y\n", "smiles;y\n", "sep=;\n", "SMI\ty\n", "a|structure|y\n", ""])
FILES = st.one_of(
    st.binary(max_size=200),
    st.tuples(HEADS, TEXT).map(lambda parts: "".join(parts).encode("utf-8")),
    st.tuples(HEADS, TEXT).map(lambda parts: "".join(parts).encode("utf-16")),
    st.tuples(HEADS, TEXT).map(lambda parts: b"\x1f\x8b" + "".join(parts).encode("utf-8")),
)
SETTINGS = GenerateSettings(leads=["CCO x"], goals=["qed:max"], require=["logp:<4"]).to_dict()


def tried(function, *arguments, **options):
    """The result, or None after an error of ours, which must be one short line."""
    try:
        return function(*arguments, **options)
    except MolconvexError as error:
        message = str(error)
    assert len(message) <= LONGEST_MESSAGE
    assert message.isprintable()
    return None


def places(value, path=()):
    """Every place in nested lists and dictionaries, the first three of each list."""
    if path:
        yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value[:3]) if isinstance(value, list) else ()
    for key, item in inside:
        yield from places(item, (*path, key))


def damaged(draw, content):
    """The content with one place deleted or replaced."""
    result = copy.deepcopy(content)
    *path, last = draw(st.sampled_from(list(places(content))))
    node = result
    for key in path:
        node = node[key]
    if draw(st.booleans()):
        node[last] = draw(WRONG)
    else:
        del node[last]
    return result


@pytest.mark.parametrize("ending", ["csv", "txt", "smi", "sdf", "tsv"])
@given(data=FILES)
@QUICK
def test_any_file_of_molecules_or_values(tmp_path, ending, data):
    path = tmp_path / f"a.{ending}"
    path.write_bytes(data)
    molecules = tried(read_molecules, path)
    assert molecules is None or molecules
    for target in (Target("y", "", "minimize"), Target("y", "", "classify", wanted=1)):
        tried(read_assays, path, [target], for_training=False)


@given(data=st.data())
@QUICK
def test_any_manifest_of_a_surrogate(tmp_path, data):
    folder = tmp_path / "golden"
    if not folder.exists():
        shutil.copytree(GOLDEN, folder)
    content = json.loads((GOLDEN / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(damaged(data.draw, content)))
    for surrogate in (tried(load_surrogates, folder) or {}).values():
        surrogate.predict(torch.zeros(1, surrogate.latent_dim))


@given(data=st.data())
@settings(QUICK, max_examples=25)
def test_any_manifest_of_a_latent_model(tmp_path, data):
    folder = tmp_path / "vae"
    content = json.loads(data_path("vae", "manifest.json").read_text())
    if not folder.exists():
        folder.mkdir()
        for path in data_path("vae").glob("*.json"):
            shutil.copy(path, folder)
        (folder / "weights.safetensors").symlink_to(data_path("vae", "weights.safetensors"))
    (folder / "manifest.json").write_text(json.dumps(damaged(data.draw, content)))
    model = tried(load_latent_model, str(folder))
    assert model is None or model.latent_dim == 128


@given(data=st.data())
@QUICK
def test_any_settings(data):
    tried(GenerateSettings, **damaged(data.draw, SETTINGS))


@given(text=st.one_of(TEXT, st.text(alphabet='leads=goal[]"{}.\n19', max_size=60)))
@QUICK
def test_any_settings_file(tmp_path, text):
    (tmp_path / "run.toml").write_text(text, encoding="utf-8")
    tried(load_settings, tmp_path / "run.toml")


@given(
    columns=st.lists(st.sampled_from(["z0", "z1", "z2", "z3", "z4", "z5", "z6", "name", "latent_model"]), max_size=8),
    cell=st.sampled_from(["0.1", "", "x", "nan", "1e400", "-1", "'=1"]),
    samples=WRONG,
    temperature=WRONG,
    seed=WRONG,
)
@QUICK
def test_any_latents_and_sampling(tmp_path, toy_model, columns, cell, samples, temperature, seed):
    (tmp_path / "z.csv").write_text(",".join(columns) + "\n" + ",".join([cell] * len(columns)) + "\n")
    for options in ({}, {"samples": samples, "temperature": temperature, "seed": seed}):
        if isinstance(options.get("samples"), int) and options["samples"] > 10:
            continue
        decoded = tried(decode_file, tmp_path / "z.csv", tmp_path / "o.csv", toy_model, overwrite=True, **options)
        assert decoded is None or isinstance(decoded, pd.DataFrame)


@given(name=st.text(min_size=1, max_size=300), overwrite=st.booleans())
@QUICK
def test_any_name_to_write_to(tmp_path, name, overwrite):
    folder = tmp_path / hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    path = folder / name.replace("/", "_").replace("..", "_")
    try:
        tried(write_file_whole, path, "x", overwrite=overwrite)
    except UnicodeEncodeError:
        assert any(0xD800 <= ord(character) <= 0xDFFF for character in name)
    tried(read_molecules, path)
    with pytest.raises((MolconvexError, OutputExistsError)):
        write_file_whole(tmp_path, "x")
