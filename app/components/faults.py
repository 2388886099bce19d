"""No traceback ever: what goes wrong is said in words, with an id under which it stands in the log."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from molconvex.exceptions import MolconvexError

from ..shared import incident
from .texts import sentence


@contextmanager
def guarded() -> Iterator[None]:
    """Show an error in place of the page that raised it."""
    try:
        yield
    except MolconvexError as error:
        st.error(f"**This cannot be shown.** {sentence(error)}", icon=":material/error:")
    except Exception as error:
        st.error(
            "**Something went wrong inside molconvex.** This is a fault of the program, not of your input. "
            f"Whoever looks after it finds it in the log under `{incident(error)}`.",
            icon=":material/error:",
        )
