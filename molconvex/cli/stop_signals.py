"""SIGTERM and SIGHUP end a command as Ctrl-C does: what is finished is kept, and nothing is left half-written."""

import signal
import threading
from types import FrameType

ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


def end_like_ctrl_c() -> None:
    """Hand SIGTERM and SIGHUP to whatever answers Ctrl-C at that moment.

    A signal that is ignored on purpose, as SIGHUP is under nohup, stays ignored. Outside the main thread nothing can
    be done, and nothing is.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _as_interrupt)


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    answer = signal.getsignal(signal.SIGINT)
    if not callable(answer):  # Ctrl-C is ignored or left to the system, which would end the process
        raise KeyboardInterrupt
    answer(signal.SIGINT, frame)
