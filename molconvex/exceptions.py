"""Errors of molconvex. Each is also a fitting built-in, so `except ValueError` keeps working."""

import difflib
from collections.abc import Iterable

LONGEST_MESSAGE = 500


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The known names that come closest to what was written, as a sentence behind a message; "" where none is close."""
    plain = {text.casefold(): text for text in known}
    parts = [text for text in plain if name.casefold() in text] if len(name) > 3 else []
    close = parts or difflib.get_close_matches(name.casefold(), plain, n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(repr(plain[text]) for text in close[:3])}?" if close else ""


class MolconvexError(Exception):
    """Base of every error that molconvex raises on purpose; its text tells what was wrong and what to do.

    As text it is one line of at most 500 characters without control characters, whatever a file or user put into it;
    `args` has the whole.
    """

    def __str__(self) -> str:
        printable = "".join(c if c.isprintable() else " " for c in " ".join(map(str, self.args)))
        text = " ".join(printable.split())
        if len(text) <= LONGEST_MESSAGE:
            return text
        end = LONGEST_MESSAGE // 4  # advice stands at the end
        return f"{text[: LONGEST_MESSAGE - end - 5]} ... {text[-end:]}"


class ChemistryError(MolconvexError, ValueError):
    """A structure cannot be read, standardised, drawn or scored."""


class VocabularyError(ChemistryError):
    """A molecule has a symbol that the tokenizer never saw."""


class MoleculeTooLongError(ChemistryError):
    """A molecule needs more tokens than the latent model reads."""


class DataError(MolconvexError, ValueError):
    """A table or file of molecules or values cannot be used as it is."""


class ConfigError(MolconvexError, ValueError):
    """A setting, flag or configuration key is unknown or out of range."""


class LatentShapeError(MolconvexError, ValueError):
    """Latents have the wrong shape, type or values."""


class LatentMismatchError(MolconvexError, ValueError):
    """A surrogate or run was made for another latent model."""


class WeightsError(MolconvexError, OSError):
    """A weights or data file is missing, truncated or altered."""


class SurrogateError(MolconvexError, ValueError):
    """A surrogate cannot be trained or used as asked."""


class NetworkError(MolconvexError, ValueError):
    """A network is not convex, not finite or not of a kind that can be certified."""


class RegionError(MolconvexError, ValueError):
    """A region is empty, unbounded or badly shaped."""


class ProgramError(MolconvexError, ValueError):
    """A convex program is badly posed."""


class OracleError(MolconvexError, RuntimeError):
    """An oracle gives no values at all."""


class CertificateError(MolconvexError, ValueError):
    """A certificate does not prove what it claims."""


class OutputExistsError(MolconvexError, FileExistsError):
    """The output exists already and was not to be overwritten."""


class MissingExtraError(MolconvexError, ImportError):
    """An optional dependency is not installed; the text names the extra."""


class ThresholdWarning(UserWarning):
    """A threshold lies far outside what the surrogate saw; it may be in another unit."""


class CancelledError(MolconvexError):
    """The user stopped a job; what was finished is kept and labelled partial."""
