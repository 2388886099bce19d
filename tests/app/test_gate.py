"""Who may come in: nobody from elsewhere without the password, everybody here."""

import pytest
from reading import words
from streamlit import config
from typer.testing import CliRunner

from app import gate
from molconvex.cli.app import remote_options
from molconvex.cli.commands import app as commands
from molconvex.exceptions import ConfigError
from molconvex.runs.password import SHORTEST, hashed, is_right, read_password, write_password

PASSWORD = "open sesame, please"


def test_hash_tells_right_from_wrong_and_never_twice_the_same() -> None:
    line = hashed(PASSWORD)
    assert is_right(PASSWORD, line)
    assert not is_right(PASSWORD + " ", line)
    assert not is_right("", line)
    assert PASSWORD not in line
    assert hashed(PASSWORD) != line


def test_short_passwords_are_refused() -> None:
    hashed("x" * SHORTEST)
    with pytest.raises(ConfigError, match=f"at least {SHORTEST} characters, got {SHORTEST - 1}"):
        hashed("x" * (SHORTEST - 1))


@pytest.mark.parametrize("line", ["", "secret", "scrypt$00$00", "scrypt$zz$00", "md5$" + "00" * 16 + "$00"])
def test_what_is_no_hash_lets_nobody_in(tmp_path, line: str) -> None:
    (tmp_path / "password").write_text(line)
    with pytest.raises(ConfigError, match="holds no password"):
        read_password(tmp_path / "password")


def test_password_file_is_its_owners_alone_and_never_overwritten(tmp_path) -> None:
    path = tmp_path / "password"
    write_password(path, PASSWORD)
    assert path.stat().st_mode & 0o077 == 0
    assert is_right(PASSWORD, read_password(path))
    with pytest.raises(ConfigError, match="cannot be written"):
        write_password(path, PASSWORD)


def test_a_server_for_others_shows_nothing_before_the_password(open_app, tmp_path, monkeypatch) -> None:
    write_password(tmp_path / "password", PASSWORD)
    monkeypatch.setenv("MOLCONVEX_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setattr(gate, "PAUSE", 0.0)
    page = open_app()
    assert [item.value for item in page.title] == ["molconvex"]
    assert not page.selectbox
    page.text_input(key="gate_password").set_value("open sesame")
    page.button[0].click().run()
    assert "This is not the password" in page.error[0].value
    assert not page.selectbox
    page.text_input(key="gate_password").set_value(PASSWORD)
    page.button[0].click().run()
    assert "Design better molecules" in [item.value for item in page.title]
    assert page.run().selectbox


def test_a_server_that_others_reach_without_password_shows_nothing(open_app) -> None:
    config.set_option("server.address", "0.0.0.0")
    page = open_app()
    assert "molconvex app --remote" in words(page)
    assert not page.selectbox


def test_options_of_a_server_for_others(capsys) -> None:
    options = remote_options(8501, "chem.example.org")
    assert "--server.address=0.0.0.0" in options
    assert "--server.address=localhost" not in options
    assert "--server.allowedHosts=chem.example.org" in options
    assert "unencrypted" in capsys.readouterr().err
    from pathlib import Path

    options = remote_options(8501, "chem.example.org", Path("a.pem"), Path("b.pem"))
    assert "--server.sslCertFile=a.pem" in options
    assert capsys.readouterr().err == ""
    with pytest.raises(ConfigError, match="belong together"):
        remote_options(8501, "chem.example.org", Path("a.pem"))
    for name in ("", "*", "a b", "-x", "evil.example/path"):
        with pytest.raises(ConfigError, match="--remote takes the name"):
            remote_options(8501, name)


def test_command_refuses_to_let_others_in_without_a_password() -> None:
    result = CliRunner().invoke(commands, ["app", "--remote", "chem.example.org", "--port", "8999", "--no-browser"])
    assert result.exit_code == 2
    assert "needs a password" in result.output
    assert "ssh -L" in result.output.replace("\n", " ")
    result = CliRunner().invoke(commands, ["app", "--password-file", "x", "--port", "8999", "--no-browser"])
    assert result.exit_code == 2
    assert "belong to --remote" in result.output
