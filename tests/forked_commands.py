"""`molconvex` for the shell scripts of tests, without the start of an interpreter: each command is a fork of the tests.

The process of the tests has imported everything already, so that a command costs what it does. That commands start from
nothing as well is tested where they are run by `python -m molconvex.cli`.
"""

import json
import os
import shlex
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

CLIENT = """
import json, os, socket, sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[1])
    asked = {"arguments": sys.argv[2:], "folder": os.getcwd(), "environment": dict(os.environ)}
    socket.send_fds(server, [b"c"], [0, 1, 2])
    server.sendall(json.dumps(asked).encode())
    server.shutdown(socket.SHUT_WR)
    sys.exit(int(server.recv(10) or 1))
"""


@contextmanager
def forked_commands() -> Iterator[str]:
    """A shell function `molconvex`, whose commands are run as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
        client, address = Path(folder, "client.py"), str(Path(folder, "socket"))
        client.write_text(CLIENT)
        server.bind(address)
        server.listen()
        threading.Thread(target=_serve, args=(server,), daemon=True).start()
        yield f'molconvex() {{ {shlex.join([sys.executable, "-S", "-E", str(client), address])} "$@"; }}\n'
        server.shutdown(socket.SHUT_RDWR)


def _serve(server: socket.socket) -> None:
    """Run what is asked for, one command after the other."""
    while True:
        try:
            connection, _ = server.accept()
        except OSError:  # the block has ended
            return
        with connection:
            _, streams, _, _ = socket.recv_fds(connection, 1, 3)
            with connection.makefile("rb") as asked:
                command = json.load(asked)
            child = os.fork()
            if child == 0:
                _run(command, streams)
            for stream in streams:
                os.close(stream)
            _, status = os.waitpid(child, 0)
            connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def _run(command: dict, streams: list[int]) -> NoReturn:
    """Do the command with the client's streams, folder and environment, and end without the tests' clean-up."""
    status = 1
    try:
        for place, stream in enumerate(streams):
            os.dup2(stream, place)
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
        os.chdir(command["folder"])
        os.environ.update(command["environment"])
        sys.argv = ["molconvex", *command["arguments"]]
        from molconvex.cli import main

        status = main(command["arguments"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)
