"""Latents on disk and back."""

import math
import os

import pandas as pd
import pytest

from molconvex.exceptions import ConfigError, DataError, LatentMismatchError, LatentShapeError, OutputExistsError
from molconvex.latent.latent_tables import decode_file, encode_file


@pytest.fixture
def molecules(toy_model, tmp_path):
    path = tmp_path / "mols.smi"
    path.write_text("\n".join([f"{toy_model.smiles[0]} first", "C1CC broken", toy_model.smiles[9]]))
    return path


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_molecules_come_back_through_a_table(molecules, toy_model, tmp_path, ending) -> None:
    table = encode_file(molecules, tmp_path / f"z.{ending}", toy_model)
    assert table["reason"].astype(bool).tolist() == [False, True, False]
    assert table["line"].tolist() == [1, 2, 3]
    decoded = decode_file(tmp_path / f"z.{ending}", tmp_path / f"back.{ending}", toy_model)
    assert decoded["smiles"].tolist() == [toy_model.smiles[0], toy_model.smiles[9]]
    assert decoded["row"].tolist() == [1, 3]
    assert decoded["name"].iloc[0] == "first"


def test_samples_follow_the_seed(molecules, toy_model, tmp_path) -> None:
    encode_file(molecules, tmp_path / "z.csv", toy_model)

    def run(seed: int) -> list[str]:
        out = decode_file(tmp_path / "z.csv", tmp_path / "o.csv", toy_model, samples=20, seed=seed, overwrite=True)
        assert out["sample"].tolist() == [*range(1, 21)] * 2
        return out["smiles"].tolist()

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_wrong_tables_are_refused_with_a_reason(molecules, toy_model, tmp_path) -> None:
    table = encode_file(molecules, tmp_path / "z.csv", toy_model)
    bad, out = tmp_path / "bad.csv", tmp_path / "out.csv"
    table.assign(latent_model="another").to_csv(bad, index=False)
    with pytest.raises(LatentMismatchError, match="encoded by the latent model another"):
        decode_file(bad, out, toy_model)
    table.drop(columns="z3").to_csv(bad, index=False)
    with pytest.raises(LatentShapeError, match="has 5 latent columns; the model needs 6"):
        decode_file(bad, out, toy_model)
    table.drop(columns=[f"z{i}" for i in range(6)]).to_csv(bad, index=False)
    with pytest.raises(DataError, match="no latents"):
        decode_file(bad, out, toy_model)
    table.assign(z0="x").to_csv(bad, index=False)
    with pytest.raises(DataError, match="no numbers"):
        decode_file(bad, out, toy_model)
    table.iloc[1:2].to_csv(bad, index=False)
    with pytest.raises(DataError, match="no row with all 6 latents"):
        decode_file(bad, out, toy_model)
    assert not out.exists()


def test_outputs_are_refused_before_work(molecules, toy_model, tmp_path) -> None:
    with pytest.raises(ConfigError, match=r"must end in \.csv or \.parquet"):
        encode_file(molecules, tmp_path / "z.txt", toy_model)
    pd.DataFrame().to_csv(tmp_path / "z.csv")
    with pytest.raises(OutputExistsError, match="exists already"):
        encode_file(molecules, tmp_path / "z.csv", toy_model)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"samples": -1}, "samples must be a whole number from 0"),
        ({"samples": 1.5}, "samples must be a whole number"),
        ({"samples": True}, "samples must be a whole number"),
        ({"samples": 1_000_000}, "samples must be .* to 100,000"),
        ({"temperature": 0.0}, "temperature must be above 0"),
        ({"temperature": math.nan}, "temperature must be above 0"),
        ({"temperature": math.inf}, "at most 100"),
        ({"temperature": "hot"}, "temperature must be above 0"),
        ({"seed": -1}, "seed must be a whole number from 0"),
        ({"seed": 2**63}, "seed must be"),
        ({"seed": 0.5}, "seed must be"),
    ],
)
def test_sampling_out_of_range_is_refused_before_work(toy_model, tmp_path, wrong, words) -> None:
    with pytest.raises(ConfigError, match=words):
        decode_file(tmp_path / "none.csv", tmp_path / "out.csv", toy_model, **wrong)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_names_like_formulas_are_not_run_by_spreadsheets_and_come_back(toy_model, tmp_path, ending) -> None:
    names = ["=1+1", "-ol", "'+x", "NA"]
    (tmp_path / "m.smi").write_text("".join(f"{s} {n}\n" for s, n in zip(toy_model.smiles, names, strict=False)))
    encode_file(tmp_path / "m.smi", tmp_path / f"z.{ending}", toy_model)
    if ending == "csv":
        assert ",'=1+1," in (tmp_path / "z.csv").read_text()
    decoded = decode_file(tmp_path / f"z.{ending}", tmp_path / f"back.{ending}", toy_model)
    assert decoded["name"].tolist() == names


def test_doubled_columns_pipes_and_damaged_files_are_refused(molecules, toy_model, tmp_path) -> None:
    table = encode_file(molecules, tmp_path / "z.csv", toy_model)
    doubled = pd.concat([table, table[["z0"]]], axis=1)
    doubled.to_csv(tmp_path / "doubled.csv", index=False)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "short.csv").write_text("z0,z1\n1,2,3\n")
    os.mkfifo(tmp_path / "pipe.csv")
    os.mkfifo(tmp_path / "pipe.parquet")
    expected = {"doubled.csv": "more than one column called 'z0'", "bad.parquet": "cannot be read", "bad.csv": "table"}
    expected |= {"short.csv": "more cells than its header", "pipe.csv": "is a pipe", "pipe.parquet": "is a pipe"}
    for name, words in expected.items():
        with pytest.raises(DataError, match=words) as caught:
            decode_file(tmp_path / name, tmp_path / "out.csv", toy_model)
        assert len(str(caught.value)) <= 500
