"""A training at work: few stages in place of every network's, and the learning curve of the present network."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from molconvex.runs.store import StoredRun

from ..shared import store
from .texts import label

READ, COMPARE = "Read and encode the structures", "Judge it on other splits, beside other kinds of models"
WRITE = "Write the files"
SPLIT = re.compile(r"split (?P<number>\d+) of (?P<of>\d+), (?P<network>.*)")
MEMBER = re.compile(r"(?:(?P<side>.*), )?member (?P<number>\d+) of (?P<of>\d+)")


def training_stages(run: StoredRun) -> list[tuple[str, float, int, str]]:
    """Stages in the order of work: title, how many of the total are done (parts count too), total, and standing."""
    name = f"train {run.settings['target']['property']}: "
    found: dict[str, tuple[float, int]] = {}
    for stage, (steps, planned) in run.stages.items():
        if stage.startswith(name):
            title, done, total = _place(stage.removeprefix(name), steps / planned if planned else 0.0, run)
            found[title] = (done, total)
    entries = [(READ, 0.0, 0, "done" if found else "now")]
    is_written = "write" in run.stages
    latest = len(found) if is_written else len(found) - 1
    for place, (title, (done, total)) in enumerate(found.items()):
        entries.append((title, done, total, "done" if place < latest else "now"))
    return [*entries, (WRITE, 0.0, 0, "now")] if is_written else entries


def _place(stage: str, share: float, run: StoredRun) -> tuple[str, float, int]:
    """The title under which a network's training is shown, and how far that is with it."""
    if split := SPLIT.fullmatch(stage):
        return COMPARE, int(split["number"]) - 1, int(split["of"])
    what = f"Learn {label(run.settings['target']['property'])}"
    if member := MEMBER.fullmatch(stage):
        title = f"{what}, {member['side']}" if member["side"] else what
        return title, int(member["number"]) - 1 + share, int(member["of"])
    return f"{what}, {stage}", share, 1


def learning_curve(run: StoredRun) -> None:
    """Draw the losses of the network that is being trained, from its first step on."""
    table = present_losses(store().molecules.rounds(run.id))
    if len(table) > 1:
        st.line_chart(table, height=220, x_label="Step", y_label="Loss")


def present_losses(rounds: Sequence[tuple[int, int, Mapping[str, Any]]]) -> pd.DataFrame:
    """Losses by step of the network that was told of last."""
    facts = [item for _, _, item in rounds]
    present = [item for item in facts if item.get("stage") == facts[-1].get("stage")]
    shown = {"train": "Training molecules", "valid": "Held-out molecules"}
    return pd.DataFrame(present, columns=["done", *shown]).set_index("done").rename(columns=shown)
