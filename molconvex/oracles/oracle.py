"""`Oracle`: asks for many molecules in parallel calls, isolates the one that breaks a call, and tells what it did."""

import math
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from molconvex.exceptions import OracleError
from molconvex.files import user_folder
from molconvex.oracles.answers import Answer, CallFailedError
from molconvex.oracles.cache import ValueCache, oracle_key
from molconvex.oracles.calls import LOOK, CallStoppedError, call_program
from molconvex.oracles.settings import OracleSettings

CACHE = "oracles.sqlite"
HOPELESS = 8  # molecules without a single value after which an oracle is given up
STOPPED = "not asked: the run was stopped"


class Oracle:
    """One oracle during a run.

    Args:
        name: The property that it measures.
        settings: What is called and how.
        cache: File of remembered values; that of the user's data folder by default.
    """

    def __init__(self, name: str, settings: OracleSettings, cache: Path | None = None) -> None:
        self.name, self.settings = name, settings
        self.key = oracle_key(settings)
        self.answers: dict[str, Answer] = {}
        self.calls = 0
        self._cache = ValueCache(cache or user_folder() / CACHE, self.key) if settings.cache else None
        self._lock = threading.Lock()

    def measure(self, smiles: Sequence[str], stopped: Callable[[], bool] = lambda: False) -> list[Answer]:
        """Answers for n molecules, in order; none is asked about twice in a run.

        Args:
            smiles: Standard SMILES.
            stopped: Asked between and during calls; True ends them, and what was not asked is missing.

        Raises:
            OracleError: If the first molecules all fail.
        """
        new = [text for text in dict.fromkeys(smiles) if text not in self.answers]
        known = self._cache.get(new) if self._cache else {}
        self.answers |= {text: Answer(text, value, "", 0, True) for text, value in known.items()}
        asked = [text for text in new if text not in known]
        self._ask(
            [asked[i : i + self.settings.per_call] for i in range(0, len(asked), self.settings.per_call)], stopped
        )
        self._give_up_if_hopeless()
        return [self.answers[text] for text in smiles]

    def record(self) -> dict[str, Any]:
        """What run.json says of it."""
        answers = list(self.answers.values())
        return {
            "called": self.settings.describe(),
            "key": self.key,
            "molecules": len(answers),
            "calls": self.calls,
            "remembered": sum(item.cached for item in answers),
            "missing": sum(item.is_missing for item in answers),
        }

    def _ask(self, groups: Sequence[list[str]], stopped: Callable[[], bool]) -> None:
        over = threading.Event()
        with ThreadPoolExecutor(self.settings.parallel, thread_name_prefix=f"oracle-{self.name}") as pool:
            try:
                jobs = [pool.submit(self._answered, group, lambda: over.is_set() or stopped()) for group in groups]
                for job in jobs:
                    self.answers |= {item.smiles: item for item in job.result()}
            finally:
                over.set()  # whatever left this loop early, no call stays behind

    def _answered(self, smiles: list[str], stopped: Callable[[], bool]) -> list[Answer]:
        """Answers of one call; where it fails, of calls for each molecule alone, so that one costs no other."""
        try:
            found = self._call(smiles, stopped)
        except CallStoppedError:
            return [Answer(text, math.nan, STOPPED, 0) for text in smiles]
        except CallFailedError as error:
            if len(smiles) == 1:
                return [self._again(smiles[0], str(error), stopped)]
            return [self._answered([text], stopped)[0] for text in smiles]
        if self._cache:
            self._cache.put({item.smiles: item.value for item in found if not item.is_missing})
        return found

    def _again(self, smiles: str, reason: str, stopped: Callable[[], bool]) -> Answer:
        """The answer of further calls for a molecule that broke one."""
        for attempt in range(self.settings.retries):
            _wait(self.settings.backoff * 2.0**attempt, stopped)
            try:
                answer = self._call([smiles], stopped)[0]
            except CallStoppedError:
                return Answer(smiles, math.nan, STOPPED, attempt + 1)
            except CallFailedError as error:
                reason = str(error)
                continue
            if self._cache and not answer.is_missing:
                self._cache.put({smiles: answer.value})
            return replace(answer, attempts=attempt + 2)
        return Answer(smiles, math.nan, reason, 1 + self.settings.retries)

    def _call(self, smiles: list[str], stopped: Callable[[], bool]) -> list[Answer]:
        if stopped():
            raise CallStoppedError
        with self._lock:
            self.calls += 1
        argv = self.settings.argv if self.settings.command else plugin_argv(self.settings.plugin)
        return call_program(argv, smiles, self.settings.timeout * len(smiles), stopped)

    def _give_up_if_hopeless(self) -> None:
        answers = [item for item in self.answers.values() if item.reason != STOPPED]
        if len(answers) >= HOPELESS and all(item.is_missing for item in answers):
            raise OracleError(
                f"the oracle {self.name!r} ({self.settings.describe()}) gave no value for any of the first "
                f"{len(answers)} molecules; the last one {answers[-1].reason}"
            )


def plugin_argv(name: str) -> list[str]:
    """The command that hosts a plug-in, so that it can be ended like any program."""
    return [sys.executable, "-m", "molconvex.oracles.host", name]


def _wait(seconds: float, stopped: Callable[[], bool]) -> None:
    waiting, waited = threading.Event(), 0.0
    while waited < seconds and not stopped():
        waiting.wait(min(LOOK, seconds - waited))
        waited += LOOK
