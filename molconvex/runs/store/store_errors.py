"""What a database says when it fails, in words: whether waiting may help, and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from molconvex.exceptions import DataError

LASTING = ("full", "readonly", "read-only", "permission denied", "no space left", "malformed")
BUSY = ("locked", "busy")


@contextmanager
def plain_store_errors() -> Iterator[None]:
    """Within it a failing store raises a DataError of one line; also a decorator.

    Raises:
        DataError: If the store cannot be read or written, or does not answer.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise DataError(unanswered(error) if is_passing(error) else refused(error)) from error


def is_passing(error: SQLAlchemyError) -> bool:
    """Whether waiting may help: a server that is down, a file that another process holds."""
    text = reason(error).lower()
    if any(words in text for words in LASTING) or not isinstance(error, DBAPIError):
        return False
    if type(error.orig).__module__.startswith("sqlite3"):
        return any(word in text for word in BUSY)
    return error.connection_invalidated or type(error).__name__ in ("OperationalError", "InterfaceError")


def refused(error: SQLAlchemyError) -> str:
    """Of an error that waiting does not cure."""
    return (
        f"the store cannot be used ({reason(error)}): make room or let it be written, then do the same again; "
        "what is finished is kept"
    )


def unanswered(error: SQLAlchemyError, seconds: float | None = None) -> str:
    """Of an error that may pass, after so many seconds of waiting."""
    waited = "" if seconds is None else f" for {seconds:g} seconds"
    return (
        f"the store did not answer{waited} ({reason(error)}); what is finished is kept: do the same again when it does"
    )


def reason(error: SQLAlchemyError) -> str:
    """The first line of what the database said."""
    text = str(getattr(error, "orig", None) or error).strip()
    return text.splitlines()[0] if text else type(error).__name__
