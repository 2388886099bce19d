"""`CheckReport`: what a check found, what it verified, and what it could not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from molconvex.exceptions import CertificateError, MolconvexError

READ_ERRORS = (MolconvexError, OSError, ArithmeticError, ValueError, LookupError, TypeError, AttributeError)
"""What damaged files make readers raise; anything else is a fault of ours and goes on."""


@dataclass
class CheckReport:
    """What `check_run` found.

    Attributes:
        folder: The run.
        problems: One text each, naming the file; empty where all is well.
        passed: What was verified.
        unverified: What only checksums protect: whoever can write the folder can forge it; a signature tells.
        certificates: Programs whose certificates were checked one by one.
    """

    folder: Path
    problems: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    unverified: list[str] = field(default_factory=list)
    certificates: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def raise_if_failed(self) -> None:
        """Raise unless everything was verified.

        Raises:
            CertificateError: With the first problems.
        """
        if self.problems:
            raise CertificateError(f"{self.folder}: " + "; ".join(self.problems[:5]))

    def add(self, what: str | Callable[[], str], problems: Callable[[], Iterator[str]], file: str) -> bool:
        """Run one part; an error in reading counts as a problem of its file. Returns whether the part passed.

        Args:
            what: Verified if nothing is wrong; a function is asked after the part has run.
            problems: Yields what is wrong.
            file: Named where reading fails.
        """
        before = len(self.problems)
        with self.reading(file):
            self.problems.extend(problems())
        passed = len(self.problems) == before
        if passed:
            self.passed.append(what if isinstance(what, str) else what())
        return passed

    @contextmanager
    def reading(self, file: str) -> Iterator[None]:
        """While the block lasts, errors in reading a file count as problems of it."""
        try:
            yield
        except READ_ERRORS as error:
            self.problems.append(f"{file}: cannot be verified: {_words(error)}")


def _words(error: BaseException) -> str:
    return str(error) if isinstance(error, MolconvexError) else f"{type(error).__name__}: {error}"
