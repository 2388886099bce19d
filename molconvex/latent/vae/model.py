"""The bundled kind of latent model: a variational autoencoder over tokens of SELFIES or SMILES."""

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.overrides import TorchFunctionMode

from molconvex.chem import standardize
from molconvex.chem.molecule import Molecule
from molconvex.documents import DAMAGE
from molconvex.exceptions import ChemistryError, MoleculeTooLongError, WeightsError
from molconvex.files import data_path, read_manifest, sha256_of
from molconvex.latent.model import Encoding, check_latents
from molconvex.latent.vae.beam import likeliest_valid
from molconvex.latent.vae.network import MoleculeVAE, NetworkConfig
from molconvex.latent.vae.ragged_encoder import RaggedEncoder
from molconvex.latent.vae.selfies_tokenizer import SelfiesTokenizer
from molconvex.latent.vae.smiles_tokenizer import SmilesTokenizer
from molconvex.latent.vae.symbol_tokenizer import SymbolTokenizer

FORMAT = 1
LANGUAGES: dict[str, type[SymbolTokenizer]] = {t.language: t for t in (SelfiesTokenizer, SmilesTokenizer)}
ENCODE_BATCH = 512
RAGGED_BATCH = 128  # on a CPU: what one molecule needs then fits its caches
DECODE_BATCH = 1024
BEAM_BATCH, BEAM_WIDTH = 128, 8


@dataclass(frozen=True)
class _Read:
    """A molecule's symbols and standard SMILES, or the error that prevented them."""

    smiles: str = ""
    symbols: tuple[str, ...] = ()
    error: ChemistryError | None = None


class TextVAE:
    """Molecules to latents by the posterior mean; latents to molecules token by token. A `LatentModel`.

    Args:
        network: Trained network; used in evaluation mode.
        tokenizer: The tokenizer that it was trained with.
        fingerprint: Hex digest of weights and tokenizer.
        manifest: Notes of its training.
        executor: Where the text and RDKit work is done for large batches; None for this process.
    """

    def __init__(
        self,
        network: MoleculeVAE,
        tokenizer: SymbolTokenizer,
        fingerprint: str,
        manifest: dict | None = None,
        executor: Executor | None = None,
    ) -> None:
        self.network = network.eval()
        self.tokenizer = tokenizer
        self.fingerprint = fingerprint
        self.manifest = manifest or {}
        self.executor = executor
        self.spelt_nothing = 0
        self.latent_dim = network.config.latent_dim
        self.device = next(network.parameters()).device
        self._ragged = RaggedEncoder(network.encoder)

    def encode(self, smiles: Sequence[str | Molecule]) -> Tensor:
        """Posterior means (n, d), float32, on the CPU.

        Molecules are standardised first (parent fragment, neutral, without stereo).

        Raises:
            ChemistryError: If a molecule cannot be read; MoleculeTooLongError and VocabularyError are its children.
                The text names the row.
        """
        return self.posterior(smiles)[0]

    def posterior(self, smiles: Sequence[str | Molecule]) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of each molecule's posterior, both (n, d). Raises as `encode`."""
        ids, errors = self._tokens(smiles)
        for row, error in enumerate(errors):
            if error is not None:
                raise type(error)(f"row {row}: {error}") from error
        mean, log_variance = self._encode_ids(ids)
        return mean, torch.exp(0.5 * log_variance)

    def try_encode(self, smiles: Sequence[str | Molecule]) -> Encoding:
        """As `encode`, but a molecule that fails gives a row of NaN and a reason instead of an error."""
        ids, errors = self._tokens(smiles)
        z = torch.full((len(ids), self.latent_dim), torch.nan)
        fine = [row for row, error in enumerate(errors) if error is None]
        if fine:
            z[fine] = self._encode_ids([ids[row] for row in fine])[0]
        return Encoding(z, ["" if error is None else str(error) for error in errors])

    def decode(self, z: Tensor, *, temperature: float = 0.0, generator: torch.Generator | None = None) -> list[str]:
        """One standard SMILES for each latent.

        Args:
            z: Latents (n, d); repeat rows for several samples a point.
            temperature: 0 for greedy decoding, else tokens are sampled from softmax(logits / temperature).
            generator: Source of randomness for sampling.

        Returns:
            n SMILES; "" where no organic molecule is spelt. Where the first token sequence spells nothing (in SMILES),
            the likeliest valid one that a beam of eight finds is taken; `spelt_nothing` counts such rows of the last
            call.

        Raises:
            LatentShapeError: If z has the wrong shape, or holds NaN or infinity.
        """
        z = check_latents(z, self.latent_dim)
        decoded: list[str] = []
        for chunk in z.split(DECODE_BATCH) if len(z) else ():
            ids = self.network.decoder.generate(chunk.to(self.device), temperature, generator)
            decoded.extend(self._spelt([row.tolist() for row in ids]))
        self.spelt_nothing = sum(not smiles for smiles in decoded)
        missing = [row for row, smiles in enumerate(decoded) if not smiles] if self.tokenizer.may_spell_nothing else []
        for start in range(0, len(missing), BEAM_BATCH):
            rows = missing[start : start + BEAM_BATCH]
            found = likeliest_valid(self.network.decoder, z[rows].to(self.device), BEAM_WIDTH, self._spelt)
            for row, smiles in zip(rows, found, strict=True):
                decoded[row] = smiles
        return decoded

    def _spelt(self, ids: list[list[int]]) -> list[str]:
        return self._map(partial(_write, self.tokenizer.to_smiles), [self.tokenizer.decode(row) for row in ids])

    def _tokens(self, smiles: Sequence[str | Molecule]) -> tuple[list[list[int]], list[ChemistryError | None]]:
        if isinstance(smiles, str):
            raise ChemistryError("a list of SMILES is needed, got one text; pass [smiles]")
        ids: list[list[int]] = []
        errors: list[ChemistryError | None] = []
        for read in self._map(partial(_read, self.tokenizer.to_symbols), list(smiles)):
            tokens: list[int] = []
            error = read.error
            if error is None:
                try:
                    tokens = self._fitting(read)
                except ChemistryError as refusal:
                    error = refusal
            ids.append(tokens)
            errors.append(error)
        return ids, errors

    def _fitting(self, read: _Read) -> list[int]:
        tokens = self.tokenizer.encode(read.symbols)
        if len(tokens) > self.network.config.max_tokens:
            raise MoleculeTooLongError(
                f"{read.smiles[:60]}... needs {len(tokens)} tokens, the latent model reads at most "
                f"{self.network.config.max_tokens}; take a smaller part of the molecule as the lead"
            )
        return tokens

    @torch.no_grad()
    def _encode_ids(self, ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        mean = torch.empty(len(ids), self.latent_dim)
        log_variance = torch.empty(len(ids), self.latent_dim)
        ragged = self.device.type == "cpu"
        size = RAGGED_BATCH if ragged else ENCODE_BATCH
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            batch = [ids[row] for row in rows]
            mu, log_var = self._ragged(batch) if ragged else self.network.encoder(padded(batch).to(self.device))
            mean[rows], log_variance[rows] = mu.cpu(), log_var.cpu()
        return mean, log_variance

    def _map(self, function: Callable, items: list) -> list:
        if self.executor is None or len(items) < 1000:
            return [function(item) for item in items]
        return list(self.executor.map(function, items, chunksize=max(50, len(items) // 16)))

    def save(self, folder: Path, notes: dict) -> None:
        """Write weights.safetensors, tokenizer.json and manifest.json; `notes` go into the manifest."""
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {name: tensor.contiguous().cpu() for name, tensor in self.network.state_dict().items()}
        save_file(tensors, folder / "weights.safetensors")
        self.tokenizer.save(folder / "tokenizer.json")
        files = {name: sha256_of(folder / name) for name in ("weights.safetensors", "tokenizer.json")}
        kind = {"format": FORMAT, "language": self.tokenizer.language, "network": self.network.config.to_dict()}
        manifest = {**kind, "files": files, **notes}
        draft = folder / "manifest.partial"
        draft.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        os.replace(draft, folder / "manifest.json")

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> "TextVAE":
        """A saved model, after checking the SHA-256 of its files.

        Raises:
            WeightsError: If a file is missing, altered, cut short or of another format.
        """
        manifest = read_manifest(folder)
        if manifest.get("format") != FORMAT:
            raise WeightsError(f"{folder} has format {manifest.get('format')}, this version reads {FORMAT}")
        language = manifest.get("language", SelfiesTokenizer.language)  # the first models do not say
        if not isinstance(language, str) or language not in LANGUAGES:
            raise WeightsError(f"{folder} is of the language {language!r}, this version reads {', '.join(LANGUAGES)}")
        try:
            weights = load_file(folder / "weights.safetensors")
            config = NetworkConfig(**manifest["network"])
            with torch.device("meta"), _Uninitialized():  # sizes are compared before memory is asked for
                MoleculeVAE(config).load_state_dict(weights, strict=True, assign=True)
            network = MoleculeVAE(config)
            network.load_state_dict(weights, strict=True)
            digest = manifest["files"]["weights.safetensors"]
        except (OSError, SafetensorError, *DAMAGE) as error:
            raise WeightsError(f"the weights in {folder} do not fit its manifest: {error}") from error
        return cls(network.to(device), LANGUAGES[language].load(folder / "tokenizer.json"), digest, manifest)


class _Uninitialized(TorchFunctionMode):
    """Leaves out `torch.nn.init`: random numbers of no memory would load torch's compiler, a second for nothing."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if getattr(func, "__module__", "") == "torch.nn.init":
            return args[0] if args else (kwargs or {})["tensor"]
        return func(*args, **(kwargs or {}))


@lru_cache(maxsize=2)
def load_bundled(device: str = "cpu") -> TextVAE:
    """The bundled latent model, loaded once.

    Raises:
        WeightsError: If its files are missing or altered.
    """
    return TextVAE.load(data_path("vae"), device)


def padded(ids: Sequence[Sequence[int]]) -> Tensor:
    """Begin token, tokens, end token, padding: (n, longest + 2)."""
    from molconvex.latent.vae.special_tokens import BOS, EOS

    rows = [torch.tensor([BOS, *row, EOS]) for row in ids]
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)


def _read(to_symbols: Callable[[str], list[str]], smiles: str) -> _Read:
    try:
        standard = standardize(smiles).smiles
        return _Read(standard, tuple(to_symbols(standard)))
    except ChemistryError as error:
        return _Read(error=error)


def _write(to_smiles: Callable[[list[str]], str], symbols: list[str]) -> str:
    try:
        return standardize(to_smiles(symbols)).smiles
    except ChemistryError:
        return ""
