"""A database that does not answer is asked again for a while; what it refuses for good is said in one line."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from molconvex.exceptions import DataError

Answer = TypeVar("Answer")
LONGEST_PAUSE = 15.0  # seconds between two questions
LASTING = ("full", "readonly", "read-only", "permission denied", "no space left", "malformed")
BUSY = ("locked", "busy")


class Patience:
    """Calls to the store that wait until it answers again.

    Args:
        seconds: How long one call waits at most.
        note: Told in words when the waiting begins and ends.
    """

    def __init__(self, seconds: float, note: Callable[[str], None]) -> None:
        self._seconds, self._note = seconds, note

    def __call__(self, function: Callable[..., Answer], *arguments: Any) -> Answer:
        """The function's answer.

        Raises:
            DataError: If the store refuses for good, or did not answer for so long.
        """
        began, pause = time.monotonic(), 0.25
        while True:
            try:
                answer = function(*arguments)
            except SQLAlchemyError as error:
                if not is_passing(error):
                    raise DataError(_refused(error)) from error
                if time.monotonic() - began + pause > self._seconds:
                    raise DataError(
                        f"the store did not answer for {self._seconds:g} seconds ({_reason(error)}); what is finished "
                        "is kept: start the same command again when it does"
                    ) from error
                if pause == 0.25:
                    self._note(f"the store does not answer ({_reason(error)}); waiting for it")
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                if pause > 0.25:
                    self._note("the store answers again")
                return answer


def is_passing(error: SQLAlchemyError) -> bool:
    """Whether waiting may help: a server that is down, a file that another process holds."""
    text = _reason(error).lower()
    if any(words in text for words in LASTING) or not isinstance(error, DBAPIError):
        return False
    if type(error.orig).__module__.startswith("sqlite3"):
        return any(word in text for word in BUSY)
    return error.connection_invalidated or type(error).__name__ in ("OperationalError", "InterfaceError")


def _refused(error: SQLAlchemyError) -> str:
    return (
        f"the store cannot be written ({_reason(error)}): make room or let it be written, then start the same command "
        "again; what is finished is kept"
    )


def _reason(error: SQLAlchemyError) -> str:
    text = str(getattr(error, "orig", None) or error).strip()
    return text.splitlines()[0] if text else type(error).__name__
