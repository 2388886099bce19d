"""What a process loads once and keeps, out of the sight of Python's garbage collector."""

import gc


def keep_from_collector() -> None:
    """Let the garbage collector pass over all that is alive now; what is garbage already goes first.

    Libraries, models and tables are some hundred thousand objects, and each full collection looks through all of them
    for nothing: a fifteenth of a search's time. For processes that do this tool's work and nothing else: what lives
    now and refers to itself stays until the next call.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
