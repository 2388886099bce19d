"""The command line. Nothing is imported here that takes time, so that Ctrl-C is answered from the first moment on."""

import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status is 0, 2 for errors, 130 for Ctrl-C, SIGTERM and SIGHUP."""
    # torch's idle threads spin by default: on a machine with other work small steps then take fifty times as long
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from molconvex.cli.closed_output import unheard_output

    with unheard_output():
        try:
            from molconvex.cli.stop_signals import end_like_ctrl_c

            end_like_ctrl_c()
            from molconvex.cli.commands import app

            app(args=None if argv is None else list(argv))
        except KeyboardInterrupt:
            print("stopped before anything was begun", file=sys.stderr)
            return 130
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
