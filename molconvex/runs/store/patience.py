"""A database that does not answer is asked again for a while; what it refuses for good is said in one line."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from molconvex.exceptions import DataError
from molconvex.runs.store.store_errors import is_passing, reason, refused, unanswered

Answer = TypeVar("Answer")
LONGEST_PAUSE = 15.0  # seconds between two questions


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
                    raise DataError(refused(error)) from error
                if time.monotonic() - began + pause > self._seconds:
                    raise DataError(unanswered(error, self._seconds)) from error
                if pause == 0.25:
                    self._note(f"the store does not answer ({reason(error)}); waiting for it")
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                if pause > 0.25:
                    self._note("the store answers again")
                return answer
