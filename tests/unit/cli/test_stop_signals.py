"""SIGTERM and SIGHUP end commands like Ctrl-C, whose answer is never a traceback; the app's server ends with it."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from molconvex.cli import main
from molconvex.cli.app import check_port
from molconvex.cli.stop_signals import end_like_ctrl_c
from molconvex.cli.working import stoppable
from molconvex.exceptions import ConfigError

SIGNALS = [signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(autouse=True)
def _handlers_come_back():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, *SIGNALS)}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may ignore signals
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_stops_as_ctrl_c_does(number: signal.Signals) -> None:
    end_like_ctrl_c()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_asks_and_the_second_stops_at_once(number: signal.Signals, capsys) -> None:
    end_like_ctrl_c()
    with stoppable() as asked:
        assert not asked()
        os.kill(os.getpid(), number)
        assert asked()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert "what is finished will be written" in capsys.readouterr().err


def test_what_is_ignored_on_purpose_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    end_like_ctrl_c()
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)


def test_another_thread_leaves_signals_alone() -> None:
    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=end_like_ctrl_c)
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGTERM) is before


INTERRUPTED = """
import sys
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
from molconvex.cli import main
sys.exit(main(["check", "."]))
"""


@pytest.mark.parametrize("name", ["signal", "typer", "molconvex.cli.commands", "molconvex.cli.check", "rich", "pandas"])
def test_ctrl_c_while_a_module_loads_gives_no_traceback(name: str, tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(name=name)], capture_output=True, text=True, cwd=tmp_path
    )
    assert "Traceback" not in done.stderr
    assert done.returncode in (130, 2)  # 2: the module was not needed before the error was found
    if name in ("typer", "molconvex.cli.commands"):
        assert done.returncode == 130


def test_a_port_in_use_is_refused_with_advice(capsys) -> None:
    with socket.socket() as other:
        other.bind(("localhost", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port} is in use"):
            check_port(port)
        assert main(["app", "--port", str(port), "--no-browser"]) == 2
        assert f"http://localhost:{port}" in capsys.readouterr().err
    check_port(port)


STAND_IN = """
import pathlib, signal, sys, time
import molconvex.cli.app as command
command.app_file = lambda: pathlib.Path("page.py")
command.check_port = lambda port: None
real = command.subprocess.Popen
def server(arguments, **options):
    started = real([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"], **options)
    print(started.pid, flush=True)
    return started
command.subprocess.Popen = server
from molconvex.cli import main
sys.exit(main(["app", "--no-browser"]))
"""


@pytest.mark.parametrize("number", SIGNALS)
def test_the_apps_server_ends_with_the_command(number: signal.Signals, tmp_path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", STAND_IN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )
    assert process.stdout is not None
    server = int(process.stdout.readline())
    assert process.stdout.readline() == "up\n"
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "Traceback" not in errors
    assert not Path(f"/proc/{server}").exists()
