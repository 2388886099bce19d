"""No traceback ever: what goes wrong is said in words, with an id under which it stands in the log."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import streamlit as st

from molconvex.exceptions import MolconvexError
from molconvex.runs.store.store_errors import plain_store_errors

from ..shared import incident
from .texts import sentence


@contextmanager
def guarded() -> Iterator[None]:
    """Show an error in place of the page, or of the part of it, that raised it."""
    try:
        with plain_store_errors():
            yield
    except MolconvexError as error:
        st.error(f"**This cannot be shown.** {sentence(error)}", icon=":material/error:")
    except Exception as error:
        st.error(_fault(error), icon=":material/error:")


def told(callback: Callable[..., Any]) -> Callable[..., None]:
    """A callback that says what went wrong in it on the page that is drawn after it, until it is read."""

    @wraps(callback)
    def called(*args: Any) -> None:
        try:
            with plain_store_errors():
                callback(*args)
        except MolconvexError as error:
            st.toast(f"**This was not done.** {sentence(error)}", icon=":material/error:", duration="infinite")
        except Exception as error:
            st.toast(_fault(error), icon=":material/error:", duration="infinite")

    return called


def _fault(error: BaseException) -> str:
    return (
        "**Something went wrong inside molconvex.** This is a fault of the program, not of your input. "
        f"Whoever looks after it finds it in the log under `{incident(error)}`."
    )
