"""`molconvex app`: the browser app, on this machine only unless asked otherwise, and then with a password."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from molconvex.cli.errors import reported
from molconvex.exceptions import ConfigError, WeightsError

HOSTS = ("localhost", "127.0.0.1", "::1")
THEMES = {
    "light": {
        "primaryColor": "#0f6e6a",
        "linkColor": "#0f6e6a",
        "backgroundColor": "#ffffff",
        "secondaryBackgroundColor": "#f2f6f6",
        "textColor": "#1d2a30",
        "borderColor": "#d9e2e3",
        "dataframeBorderColor": "#d9e2e3",
        "dataframeHeaderBackgroundColor": "#f2f6f6",
    },
    "dark": {
        "primaryColor": "#2f9d94",
        "linkColor": "#47b8ae",
        "backgroundColor": "#12181b",
        "secondaryBackgroundColor": "#1e282d",
        "textColor": "#e6eef0",
        "borderColor": "#38464c",
        "dataframeBorderColor": "#2b373c",
        "dataframeHeaderBackgroundColor": "#1e282d",
    },
}
PASSWORD = "MOLCONVEX_PASSWORD_FILE"
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
PACKAGE = Path(__file__).resolve().parent.parent


def app(
    port: Annotated[int, typer.Option(help="Port on localhost.", min=1024, max=65535)] = 8501,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")] = True,
    remote: Annotated[
        str | None,
        typer.Option(help="Let other machines in, by this name or address of this one; needs a password file."),
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="Hash of the password for --remote; asked for and made where it is missing.")
    ] = None,
    certificate: Annotated[Path | None, typer.Option(help="TLS certificate for --remote (PEM), with --key.")] = None,
    key: Annotated[Path | None, typer.Option(help="Private key of the certificate (PEM).")] = None,
) -> None:
    """Start the app; it listens on localhost only, unless told otherwise, and needs no internet.

    Example:

      molconvex app --port 8600 --no-browser
    """
    with reported():
        main = app_file()
        check_port(port)
        options = server_options(port)
        environment = dict(os.environ)
        if remote is not None:
            options = remote_options(port, remote, certificate, key)
            environment[PASSWORD] = str(_password(password_file))
        elif password_file or certificate or key:
            raise ConfigError("--password-file, --certificate and --key belong to --remote; add it or leave them out")
        process = subprocess.Popen([sys.executable, "-m", "streamlit", "run", str(main), *options], env=environment)
        if browser:
            threading.Thread(
                target=open_when_ready, args=(port, "https" if certificate else "http"), daemon=True
            ).start()
        try:
            status = process.wait()
        except KeyboardInterrupt:
            end_server(process)
            status = 0
        raise typer.Exit(status)


def check_port(port: int) -> None:
    """Refuse a port on which something listens already.

    Raises:
        ConfigError: With advice.
    """
    with socket.socket() as probe:
        taken = probe.connect_ex(("localhost", port)) == 0
    if taken:
        raise ConfigError(
            f"port {port} is in use, perhaps by another molconvex app: open http://localhost:{port}, or choose another "
            f"port, such as --port {port + 1 if port < 65535 else 8501}"
        )


def end_server(process: "subprocess.Popen[bytes]", patience: float = 10.0) -> None:
    """Ask the server to end, and end it where it does not."""
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def server_options(port: int) -> list[str]:
    """Options of the server: this machine only, and no page of another host may read it (DNS rebinding)."""
    flags = {
        "server.address": "localhost",
        "server.port": port,
        "server.headless": True,  # else Streamlit asks for an email address first
        "server.fileWatcherType": "none",
        "server.maxUploadSize": 50,  # MB
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",  # a traceback belongs in the log
    }
    options = [f"--{name}={str(value).lower()}" for name, value in flags.items()]
    options += [f"--theme.{mode}.{name}={value}" for mode, colors in THEMES.items() for name, value in colors.items()]
    return options + [f"--server.allowedHosts={name}" for name in HOSTS]


def remote_options(port: int, name: str, certificate: Path | None = None, key: Path | None = None) -> list[str]:
    """Options of a server that other machines reach by a name.

    Raises:
        ConfigError: If the name is none, or only one of certificate and key is there.
    """
    if not NAME.fullmatch(name):
        raise ConfigError(f"--remote takes the name or address by which browsers reach this machine, got {name!r}")
    if (certificate is None) != (key is None):
        raise ConfigError("--certificate and --key belong together; give both, or none behind a proxy that has its own")
    options = [text for text in server_options(port) if not text.startswith("--server.address=")]
    options += ["--server.address=0.0.0.0", f"--server.allowedHosts={name}"]
    if certificate is not None:
        return [*options, f"--server.sslCertFile={certificate}", f"--server.sslKeyFile={key}"]
    typer.echo(
        "molconvex: without --certificate the password and your molecules cross the network unencrypted; use a "
        "certificate or a proxy that has one",
        err=True,
    )
    return options


def _password(path: Path | None) -> Path:
    """A file with a password, asked for where it is missing."""
    from molconvex.runs.password import read_password, write_password

    if path is None:
        raise ConfigError(
            "letting other machines in needs a password: add --password-file FILE (made on first use), or leave "
            "--remote out and come through a tunnel, such as ssh -L 8501:localhost:8501 THIS_MACHINE"
        )
    if not path.exists():
        write_password(path, typer.prompt("Password for this server", hide_input=True, confirmation_prompt=True))
    read_password(path)
    return path.resolve()


def open_when_ready(port: int, scheme: str = "http", patience: float = 60.0) -> None:
    """Open a browser window once the app answers."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("localhost", port)) == 0:
                webbrowser.open(f"{scheme}://localhost:{port}")
                return
        time.sleep(0.2)


def app_file() -> Path:
    """The app's entry: inside an installed wheel, or in app/ of a checkout.

    Raises:
        WeightsError: If it is missing.
    """
    for path in (PACKAGE / "_app" / "main.py", PACKAGE.parent / "app" / "main.py"):
        if path.is_file():
            return path
    raise WeightsError("the app is missing from this installation; install molconvex again")
