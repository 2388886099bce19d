"""Signed runs: the signature of the right key holds, every other one is found."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from forging import edit_json

from molconvex.cli import main
from molconvex.exceptions import ConfigError, DataError
from molconvex.runs import check_run, sign_run
from molconvex.runs.folder import SIGNATURE


def key_pair(folder: Path, name: str, form: str = "PEM") -> tuple[Path, Path]:
    """Files of a new key: private and public."""
    key = ed25519.Ed25519PrivateKey.generate()
    private_form = serialization.PrivateFormat.OpenSSH if form == "SSH" else serialization.PrivateFormat.PKCS8
    public_form = (
        serialization.PublicFormat.OpenSSH if form == "SSH" else serialization.PublicFormat.SubjectPublicKeyInfo
    )
    encoding = serialization.Encoding.OpenSSH if form == "SSH" else serialization.Encoding.PEM
    private, public = folder / name, folder / f"{name}.pub"
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, private_form, serialization.NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(encoding, public_form))
    return private, public


@pytest.mark.parametrize("form", ["PEM", "SSH"])
def test_a_signed_run_verifies_with_its_key_and_no_other(folder, tmp_path, form: str) -> None:
    private, public = key_pair(tmp_path, "mine", form)
    _, foreign = key_pair(tmp_path, "other", form)
    assert check_run(folder, public_key=public).problems == [f"{SIGNATURE}: missing, the run is not signed"]
    sign_run(folder, private)
    report = check_run(folder, public_key=public)
    assert report.ok
    assert any(text.startswith("signature by the key") for text in report.passed)
    assert not any("not signed" in text for text in report.unverified)
    assert "made with another key" in check_run(folder, public_key=foreign).problems[0]
    assert check_run(folder).ok


def test_a_run_edited_after_it_was_signed_is_found_whatever_the_checksums(folder, tmp_path) -> None:
    private, public = key_pair(tmp_path, "mine")
    sign_run(folder, private)
    edit_json(folder, lambda record: record.update(seconds=1.0))
    problems = check_run(folder, public_key=public).problems
    assert problems == [f"{SIGNATURE}: not a signature of this run.json by the key it names"]
    assert check_run(folder).problems == problems


def test_a_signature_moved_from_another_run_or_damaged_is_found(folder, tmp_path) -> None:
    private, public = key_pair(tmp_path, "mine")
    sign_run(folder, private)
    stated = json.loads((folder / SIGNATURE).read_text())
    for change in ({"signature": "AAAA"}, {"public_key": "!"}, {"algorithm": "none"}, {"signature": 3}):
        (folder / SIGNATURE).write_text(json.dumps(stated | change))
        assert not check_run(folder, public_key=public).ok, change
    (folder / SIGNATURE).write_text("{")
    assert "no valid JSON" in check_run(folder).problems[0]


def test_keys_of_another_kind_are_refused_with_advice(folder, tmp_path) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    pem = serialization.Encoding.PEM
    (tmp_path / "ec").write_bytes(
        other.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    locked = ed25519.Ed25519PrivateKey.generate().private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    )
    (tmp_path / "locked").write_bytes(locked)
    (tmp_path / "text").write_text("no key at all")
    for name in ("ec", "locked", "text"):
        with pytest.raises(ConfigError, match="ssh-keygen -t ed25519"):
            sign_run(folder, tmp_path / name)
    with pytest.raises(ConfigError, match="there is no file"):
        sign_run(folder, tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="no ed25519 public key"):
        check_run(folder, public_key=tmp_path / "text")
    with pytest.raises(DataError, match="no run"):
        sign_run(tmp_path, tmp_path / "text")


def test_the_commands_sign_and_check(folder, tmp_path, capsys) -> None:
    private, public = key_pair(tmp_path, "mine", "SSH")
    assert main(["sign", str(folder), "--key", str(private)]) == 0
    assert main(["check", str(folder), "--key", str(public)]) == 0
    said = capsys.readouterr().out
    assert "signature by the key" in said
    assert "not checked  report.html" in said
    (folder / "rejected.csv").write_text("lead,smiles,reason\n")
    assert main(["sign", str(folder), "--key", str(private)]) == 2
    assert main(["check", str(folder), "--key", str(public)]) == 2


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
def test_keys_of_ssh_keygen_work(folder, tmp_path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "id")], check=True)
    sign_run(folder, tmp_path / "id")
    assert check_run(folder, public_key=tmp_path / "id.pub").ok
