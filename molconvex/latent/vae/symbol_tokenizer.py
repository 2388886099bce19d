"""Byte-pair tokens over the symbols of a chemical language; the language itself is a subclass's.

Each symbol is mapped to one private-use character, so that the `tokenizers` library can learn merges over symbols.

Reference: Gage (1994) (byte-pair encoding).
"""

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar, Self

from molconvex.documents import read_json
from molconvex.exceptions import VocabularyError, WeightsError
from molconvex.latent.vae.special_tokens import EOS

SPECIAL = ("<pad>", "<bos>", "<eos>")
FIRST_PRIVATE_CHARACTER = 0xE000


class SymbolTokenizer(ABC):
    """Byte-pair tokens over symbols.

    Args:
        symbols: The known symbols; symbol i is the private character U+E000 + i.
        merges_json: Serialised BPE model of the `tokenizers` library over those characters.
    """

    language: ClassVar[str]
    may_spell_nothing: ClassVar[bool]  # whether a run of symbols can be no molecule at all

    @staticmethod
    @abstractmethod
    def to_symbols(smiles: str) -> list[str]:
        """Symbols of a standard SMILES. Raises: ChemistryError: If the language cannot express the molecule."""

    @staticmethod
    @abstractmethod
    def to_smiles(symbols: Iterable[str]) -> str:
        """SMILES of a run of symbols; not canonical, possibly empty or invalid."""

    def __init__(self, symbols: Sequence[str], merges_json: str) -> None:
        from tokenizers import Tokenizer

        self.symbols = list(symbols)
        self._character = {s: chr(FIRST_PRIVATE_CHARACTER + i) for i, s in enumerate(self.symbols)}
        self._bpe = Tokenizer.from_str(merges_json)
        vocabulary = self._bpe.get_vocab()
        ids = sorted(vocabulary, key=vocabulary.__getitem__)
        self._expansion = [
            [] if token in SPECIAL else [self.symbols[ord(c) - FIRST_PRIVATE_CHARACTER] for c in token] for token in ids
        ]

    @property
    def size(self) -> int:
        """Number of tokens, the three special ones included."""
        return len(self._expansion)

    @classmethod
    def train(cls, molecules: Sequence[Sequence[str]], vocabulary_size: int = 1000, minimum_count: int = 5) -> Self:
        """Learn merges on molecules given as symbols; rarer symbols than `minimum_count` stay unknown."""
        from tokenizers import Tokenizer, models, trainers

        counts = Counter(symbol for molecule in molecules for symbol in molecule)
        symbols = sorted((s for s, n in counts.items() if n >= minimum_count), key=lambda s: (-counts[s], s))
        character = {s: chr(FIRST_PRIVATE_CHARACTER + i) for i, s in enumerate(symbols)}
        words = ("".join(character[s] for s in m) for m in molecules if all(s in character for s in m))
        bpe = Tokenizer(models.BPE())
        trainer = trainers.BpeTrainer(
            vocab_size=vocabulary_size,
            special_tokens=list(SPECIAL),
            initial_alphabet=list(character.values()),
            show_progress=False,
        )
        bpe.train_from_iterator(words, trainer)
        return cls(symbols, bpe.to_str())

    def encode(self, symbols: Sequence[str]) -> list[int]:
        """Token ids of a molecule, without the special ones.

        Raises:
            VocabularyError: If a symbol is unknown.
        """
        try:
            word = "".join(self._character[s] for s in symbols)
        except KeyError as error:
            raise VocabularyError(
                f"the latent model does not know the {self.language} symbol {error.args[0]} "
                f"(an element, charge or valence that its training molecules lack)"
            ) from None
        return list(self._bpe.encode(word).ids)

    def encode_batch(self, molecules: Sequence[Sequence[str]]) -> list[list[int]]:
        """Token ids of many molecules whose symbols are all known."""
        words = ["".join(self._character[s] for s in m) for m in molecules]
        return [list(e.ids) for e in self._bpe.encode_batch_fast(words)]

    def knows(self, symbols: Iterable[str]) -> bool:
        return all(s in self._character for s in symbols)

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Symbols of token ids, up to the first end token."""
        symbols: list[str] = []
        for i in ids:
            if i == EOS:
                break
            symbols.extend(self._expansion[i])
        return symbols

    def save(self, path: Path) -> None:
        text = json.dumps({"symbols": self.symbols, "bpe": json.loads(self._bpe.to_str())}, ensure_ascii=True)
        path.write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises: WeightsError: If the file is missing or damaged."""
        content = read_json(path, WeightsError)
        try:
            return cls(content["symbols"], json.dumps(content["bpe"]))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # the tokenizers library panics, past Exception, on some damaged merges
            raise WeightsError(f"cannot read the tokenizer {path}: {error}; restore the file or train again") from error
