"""A small program of our own as an oracle, which misbehaves on request; its log tells what it was asked."""

import sys
from pathlib import Path

import pytest

from molconvex.oracles import Oracle, OracleSettings

PROGRAM = """
import os, sys, time

log, rule = os.path.join(os.path.dirname(sys.argv[0]), "log"), sys.argv[1]
smiles = [line.rstrip("\\n") for line in sys.stdin]
with open(log, "a") as file:
    file.write(" ".join(smiles) + "\\n")

def value(text):
    if rule == "hang" and "N" in text:
        time.sleep(60)
    if rule == "crash" and "N" in text:
        sys.exit("no parameters for nitrogen")
    if rule == "signal" and "N" in text:
        os.kill(os.getpid(), 11)
    if rule == "garbage" and "N" in text:
        return "Warning: N"
    if rule in ("nan", "inf") and "N" in text:
        return rule
    if rule == "blank" and "N" in text:
        return ""
    return str(float(len(text)))

if rule == "flood":
    while True:
        sys.stdout.write("1.0\\n" * 100000)
if rule == "orphan":
    os.system(f"sleep 60 & echo $! > {log}.pid")
    time.sleep(60)
if rule == "left":
    os.system("sleep 60 &")
if rule == "once" and not os.path.exists(log + ".second"):
    open(log + ".second", "w").close()
    sys.exit(3)
lines = [value(text) for text in smiles]
if rule == "few" and "N" in smiles:
    lines.pop()
if rule == "many" and "N" in smiles:
    lines.append("1.0")
sys.stdout.write("".join(line + "\\n" for line in lines))
"""


class Asked:
    """An oracle of the program, and what the program was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program, self.log = folder / "program.py", folder / "log"
        self.program.write_text(PROGRAM)

    def settings(self, rule: str = "fine", **more) -> OracleSettings:
        command = f"{sys.executable} -S {self.program} {rule}"
        return OracleSettings(**{"command": command, "backoff": 0.0, "retries": 0, "timeout": 20.0} | more)

    def oracle(self, rule: str = "fine", **more) -> Oracle:
        return Oracle("length", self.settings(rule, **more), self.folder / "cache.sqlite")

    @property
    def calls(self) -> list[list[str]]:
        """Molecules of each call."""
        return [line.split() for line in self.log.read_text().splitlines()] if self.log.exists() else []


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    return Asked(tmp_path)
