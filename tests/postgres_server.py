"""A PostgreSQL server of the tests' own: a fresh cluster in a folder, which can be stopped and started again."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

USER = "nobody"  # PostgreSQL refuses to run as root
PLACES = ("/usr/local/bin", "/usr/bin", *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True))


def programs() -> dict[str, str] | None:
    """Paths of initdb and pg_ctl; None where they are missing, or may not be run."""
    found = {name: shutil.which(name, path=os.pathsep.join(PLACES)) for name in ("initdb", "pg_ctl")}
    if not all(found.values()) or (os.getuid() == 0 and shutil.which("runuser") is None):
        return None
    return {name: str(path) for name, path in found.items()}


class PostgresServer:
    """One server on a free port of this machine; everybody on it may connect.

    Args:
        folder: Empty, and in a place that everybody may enter.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, _free_port()
        self._programs = programs()
        assert self._programs is not None
        if os.getuid() == 0:
            shutil.chown(folder, USER)
        self._run("initdb", "-D", str(folder / "data"), "-U", "tester", "-A", "trust", "--no-sync", "-E", "UTF8")

    @property
    def url(self) -> str:
        """Of the database that every server has."""
        return f"postgresql://tester@127.0.0.1:{self.port}/postgres"

    def new_url(self) -> str:
        """Make a schema without tables; the URL of a database that sees nothing else (a database takes far longer)."""
        import psycopg

        name = f"test_{secrets.token_hex(6)}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")  # type: ignore[arg-type]
        return f"{self.url}?options=-csearch_path%3D{name}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        log = str(self.folder / "log")
        self._run("pg_ctl", "start", "-w", "-D", str(self.folder / "data"), "-l", log, "-o", options)

    def stop(self) -> None:
        """End it at once: whoever is connected loses the connection."""
        self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self.folder / "data"))

    def _run(self, program: str, *arguments: str) -> None:
        assert self._programs is not None
        command = [self._programs[program], *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", USER, "--", *command]
        done = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert done.returncode == 0, f"{program}: {done.stderr}"


@contextlib.contextmanager
def running_server() -> Iterator[PostgresServer]:
    """A server that runs; at the end it is stopped and its folder is gone."""
    folder = Path(tempfile.mkdtemp(prefix="molconvex-postgres-"))
    try:
        server = PostgresServer(folder)
        server.start()
        try:
            yield server
        finally:
            with contextlib.suppress(AssertionError):
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
