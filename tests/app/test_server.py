"""The server that `molconvex app` starts: who gets an answer."""

import socket

import pytest

from molconvex.cli.app import HOSTS

pytestmark = pytest.mark.browser


def answer(port: int, host: str, path: str) -> int:
    """Status of a request with this Host header."""
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    upgrade += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    with socket.create_connection(("localhost", port), timeout=30) as connection:
        asked = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{upgrade if path.endswith('stream') else ''}\r\n"
        connection.sendall(asked.encode())
        return int(connection.recv(200).split()[1])


def test_foreign_hosts_are_refused(server) -> None:
    """A page of another site whose name was made to point here must not read the app (DNS rebinding)."""
    port = int(server[0].rsplit(":", 1)[1])
    for host in HOSTS:
        named = f"[{host}]" if ":" in host else host
        assert answer(port, f"{named}:{port}", "/_stcore/stream") == 101, host
    for host in ("evil.example", "localhost.evil.example", "10.0.0.1"):
        assert answer(port, f"{host}:{port}", "/_stcore/stream") == 403, host
