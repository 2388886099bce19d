"""`python -m molconvex.cli`."""

import sys

from molconvex.cli import main

sys.exit(main())
