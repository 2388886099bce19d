"""Training the variational autoencoder: resumable, on CPU or CUDA; torch, NumPy and safetensors only."""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from molconvex.exceptions import ConfigError, WeightsError
from molconvex.latent.training.corpus import Corpus
from molconvex.latent.training.muon import Muon
from molconvex.latent.training.precision import mixed_precision
from molconvex.latent.vae.network import MoleculeVAE, NetworkConfig

OF_TOKENS = ("encoder.tokens.weight", "decoder.tokens.weight", "decoder.bias")


@dataclass(frozen=True)
class TrainingConfig:
    """How to train. Weights of the loss are per molecule, in nats.

    Attributes:
        minutes: Length of this run; the learning rate falls to zero over its last `decay_minutes`.
        kl_weight: Final weight of the KL divergence, reached linearly after `kl_warmup` steps.
        descriptor_weight, fingerprint_weight: Weights of the heads' summed squared errors.
    """

    minutes: float = 60.0
    decay_minutes: float = 12.0
    batch_size: int = 512
    muon_rate: float = 4e-3
    adam_rate: float = 2e-3
    weight_decay: float = 0.02
    warmup: int = 200
    kl_weight: float = 0.05
    kl_warmup: int = 3000
    descriptor_weight: float = 0.2
    fingerprint_weight: float = 1.0
    token_dropout: float = 0.05
    clip: float = 1.0
    save_minutes: float = 4.0
    log_every: int = 100
    seed: int = 0


@dataclass
class Progress:
    """What a checkpoint remembers beside the tensors.

    Attributes:
        seconds_left, fall_seconds: What is left of the fall of the learning rate, of how long a fall, for a run saved
            in its midst; None before the fall.
    """

    step: int = 0
    molecules: int = 0
    seconds: float = 0.0
    seconds_left: float | None = None
    fall_seconds: float | None = None
    curve: list[dict[str, float]] = field(default_factory=list)


class Optimizers:
    """Muon for the matrices inside the blocks, AdamW for the rest.

    Reference: Loshchilov & Hutter (2019), arXiv:1711.05101 (AdamW).
    """

    def __init__(self, model: MoleculeVAE, config: TrainingConfig) -> None:
        matrices: list[torch.nn.Parameter] = []
        rest: list[torch.nn.Parameter] = []
        for name, parameter in model.named_parameters():
            (matrices if ".blocks." in name and parameter.ndim == 2 else rest).append(parameter)
        decay = config.weight_decay
        muon = Muon(matrices, config.muon_rate, weight_decay=decay)
        adam = torch.optim.AdamW(rest, lr=config.adam_rate, betas=(0.9, 0.98), weight_decay=0.0)
        self.members: list[torch.optim.Optimizer] = [muon, adam]
        self._rates = [[group["lr"] for group in m.param_groups] for m in self.members]

    def step(self, factor: float) -> None:
        """One step with every learning rate times `factor`."""
        for member, rates in zip(self.members, self._rates, strict=True):
            for group, rate in zip(member.param_groups, rates, strict=True):
                group["lr"] = rate * factor
            member.step()

    def tensors(self) -> dict[str, Tensor]:
        """State as named tensors, for a checkpoint without pickle."""
        named = {}
        for m, member in enumerate(self.members):
            for index, state in member.state_dict()["state"].items():
                for key, value in state.items():
                    named[f"optimizer.{m}.{index}.{key}"] = torch.as_tensor(value)
        return named

    def load(self, named: dict[str, Tensor]) -> None:
        for m, member in enumerate(self.members):
            whole = member.state_dict()
            state: dict[int, dict[str, Tensor]] = {}
            for name, value in named.items():
                _, owner, index, key = name.split(".", 3)
                if int(owner) == m:
                    state.setdefault(int(index), {})[key] = value
            whole["state"] = state
            member.load_state_dict(whole)


def batches(corpus: Corpus, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Endless batches of rows of similar length, in random order."""
    lengths = corpus.lengths
    while True:
        order = rng.permutation(len(corpus))
        for start in range(0, len(order), 100 * size):
            chunk = order[start : start + 100 * size]
            chunk = chunk[np.argsort(lengths[chunk], kind="stable")]
            pieces = [chunk[i : i + size] for i in range(0, len(chunk), size)]
            for i in rng.permutation(len(pieces)):
                yield pieces[i]


class Trainer:
    """One training run; `run` may be interrupted at any time and goes on from the last checkpoint."""

    PARTS: tuple[str, ...] = ("reconstruction", "kl", "descriptors", "fingerprint")

    def __init__(
        self, corpus: Corpus, validation: Corpus, network: NetworkConfig, config: TrainingConfig, folder: Path
    ) -> None:
        self.corpus, self.validation, self.config, self.folder = corpus, validation, config, folder
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(config.seed)
        self.model = MoleculeVAE(network).to(self.device)
        self.optimizers = Optimizers(self.model, config)
        self.progress = Progress()
        known = corpus.descriptors
        self.center = torch.from_numpy(known.mean(0)).to(self.device)
        self.spread = torch.from_numpy(known.std(0) + 1e-3).to(self.device)
        self.descriptor_rows = corpus.descriptor_rows()
        self.average = {name: p.detach().clone() for name, p in self.model.named_parameters()}

    def run(self, clock: Callable[[], float] = time.perf_counter) -> None:
        """Train for `config.minutes`, printing the curve and saving checkpoints; a fall once begun is only finished.

        Checkpoints are checkpoint.safetensors before the learning rate falls, falling.safetensors while it does, and
        final.safetensors. Each of the first and the last makes an earlier fall obsolete and removes it.

        Args:
            clock: Seconds; `time.process_time` counts processor time, so that runs on a busy machine are comparable.
        """
        config = self.config
        rng = np.random.default_rng(config.seed + self.progress.step)
        stream = self.batches(rng)
        begin = saved = logged = clock()
        before, unfinished = self.progress.seconds, self.progress.seconds_left
        length = 60.0 * config.minutes if unfinished is None else unfinished
        fall = self.progress.fall_seconds or 60.0 * config.decay_minutes
        terms = torch.zeros(len(self.PARTS) + 1)
        self.model.train()
        while True:
            elapsed = clock() - begin
            left = length - elapsed
            if left <= 0:
                break
            rows = next(stream)
            terms += self._step(rows, self._rate_factor(left, fall))
            self.progress.molecules += len(rows)
            self.progress.seconds = before + elapsed
            if self.progress.step % config.log_every == 0:
                now = clock()
                self._log(terms / config.log_every, config.log_every * config.batch_size / (now - logged))
                terms.zero_()
                logged = clock()
            if clock() - saved > 60.0 * config.save_minutes:
                self._save_midway(left, fall)
                saved = clock()
        self._save_midway(0.0, 0.0, "final")

    def _save_midway(self, left: float, fall: float, name: str = "") -> None:
        """Save as checkpoint or, in the fall, as falling; or under a name, as if before a fall."""
        falling = not name and left <= fall
        self.progress.seconds_left = left if falling else None
        self.progress.fall_seconds = fall if falling else None
        self.save(name or ("falling" if falling else "checkpoint"))
        if not falling:
            (self.folder / "falling.safetensors").unlink(missing_ok=True)

    def _rate_factor(self, seconds_left: float, fall_seconds: float) -> float:
        warm = min(1.0, (self.progress.step + 1) / self.config.warmup)
        return warm * min(1.0, seconds_left / (fall_seconds + 1e-9))

    def batches(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Endless batches of rows of the corpus."""
        return batches(self.corpus, self.config.batch_size, rng)

    def _step(self, rows: np.ndarray, factor: float) -> Tensor:
        """One step; the weighted parts of the loss and the gradient's norm, (parts + 1,)."""
        parts, weights = self._loss(rows)
        self.model.zero_grad(set_to_none=True)
        (parts @ weights).backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip * 20.0)
        self.optimizers.step(factor)
        self._update_average()
        self.progress.step += 1
        return torch.cat([parts.detach(), norm[None]]).cpu()

    def _loss(self, rows: np.ndarray) -> tuple[Tensor, Tensor]:
        """The parts of the loss of a batch, in the order of PARTS, and their weights."""
        ids = self.corpus.padded_tokens(rows).to(self.device)
        counts = self.corpus.log_counts(rows, self.model.config.fingerprint).to(self.device)
        with mixed_precision(self.device.type):
            reconstruction, divergence, z = self.model.loss_terms(ids, self.config.token_dropout)
        heads = self._heads(z, rows, counts)
        return torch.stack([reconstruction.mean(), divergence.mean(), *heads]), self._weights()

    def _heads(self, z: Tensor, rows: np.ndarray, counts: Tensor) -> tuple[Tensor, Tensor]:
        """Mean squared errors of the descriptors and of the counts that z tells of molecules `rows`."""
        wanted = self.descriptor_rows[rows]
        described = torch.from_numpy(wanted >= 0).to(self.device)
        descriptors = torch.from_numpy(self.corpus.descriptors[wanted[wanted >= 0]]).to(self.device)
        with mixed_precision(self.device.type):
            of_descriptors = self.model.descriptor_head(z[described]).float()
            of_counts = self.model.fingerprint_head(z).float()
        error = (of_descriptors - (descriptors - self.center) / self.spread).clamp(-10, 10).square()
        of_all = error.sum(-1).mean() if len(descriptors) else error.new_zeros(())
        return of_all, (of_counts - counts).square().sum(-1).mean()

    def _weights(self) -> Tensor:
        config = self.config
        kl_weight = config.kl_weight * min(1.0, (self.progress.step + 1) / config.kl_warmup)
        return torch.tensor([1.0, kl_weight, config.descriptor_weight, config.fingerprint_weight], device=self.device)

    def _update_average(self) -> None:
        keep = min(0.9995, 1.0 - 10.0 / (self.progress.step + 20.0))
        with torch.no_grad():
            live = [p.detach() for p in self.model.parameters()]
            torch._foreach_lerp_(list(self.average.values()), live, 1.0 - keep)

    def _log(self, terms: Tensor, rate: float) -> None:
        names = (*self.PARTS, "gradient")
        entry = {"step": self.progress.step, "minutes": round(self.progress.seconds / 60, 2), "rate": round(rate)}
        entry |= {name: round(float(value), 4) for name, value in zip(names, terms, strict=True)}
        if self.progress.step % (10 * self.config.log_every) == 0:
            entry["exact"] = round(self.exact_reconstruction(512), 4)
        self.progress.curve.append(entry)
        print(json.dumps(entry), flush=True)

    @torch.no_grad()
    def exact_reconstruction(self, molecules: int) -> float:
        """Share of validation molecules whose greedy decoding from the mean repeats every token (averaged weights)."""
        model = MoleculeVAE(self.model.config).to(self.device).eval()
        model.load_state_dict(self.average, strict=True)
        rows = np.linspace(0, len(self.validation) - 1, molecules).astype(np.int64)
        with mixed_precision(self.device.type):
            mean, _ = model.encoder(self.validation.padded_tokens(rows).to(self.device))
            decoded = model.decoder.generate(mean)
        tokens, offsets = self.validation.tokens, self.validation.token_offsets
        same = [
            np.array_equal(ids.cpu().numpy(), tokens[offsets[r] : offsets[r + 1]])
            for ids, r in zip(decoded, rows, strict=True)
        ]
        return float(np.mean(same))

    def save(self, name: str) -> None:
        """Write NAME.safetensors, the averaged weights and the curve; each appears whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        tensors = {f"model.{k}": v.detach().contiguous() for k, v in self.model.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.items()}
        tensors |= {"head.center": self.center, "head.spread": self.spread}
        tensors |= {k: v.contiguous() for k, v in self.optimizers.tensors().items()}
        notes = {
            "network": self.model.config.to_dict(),
            "training": asdict(self.config),
            "progress": asdict(self.progress),
        }
        target = self.folder / f"{name}.safetensors"
        draft = target.with_suffix(".partial")
        save_file(tensors, draft, metadata={"notes": json.dumps(notes)})
        os.replace(draft, target)

    def start_from(self, weights: dict[str, Tensor]) -> None:
        """Begin from the weights of an exported model instead of random ones; the optimizers begin anew.

        Raises:
            ConfigError: If they belong to a network of other sizes.
        """
        try:
            self.model.load_state_dict(weights, strict=True)
        except RuntimeError as error:
            raise ConfigError(f"the weights do not fit this network: {error}") from error
        self.average = {name: p.detach().clone() for name, p in self.model.named_parameters()}

    def borrow_from(self, weights: dict[str, Tensor]) -> None:
        """Begin from a model of other tokens: all weights but those of the tokens; the optimizers begin anew.

        Raises:
            ConfigError: If they belong to a network of other sizes.
        """
        own = self.model.state_dict()
        self.start_from({name: own[name] if name in OF_TOKENS else weights.get(name, own[name][:0]) for name in own})

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint: weights, optimizer state and counters.

        Raises:
            WeightsError: If the file cannot be read.
            ConfigError: If it was made with other sizes.
        """
        tensors, notes = read_checkpoint(path)
        if notes["network"] != self.model.config.to_dict():
            raise ConfigError(f"{path} has sizes {notes['network']}, this run {self.model.config.to_dict()}")
        self.model.load_state_dict(_under("model.", tensors))
        average = _under("average.", tensors)  # a safetensors file sorts its names
        self.average = {name: average[name].to(self.device) for name, _ in self.model.named_parameters()}
        self.center, self.spread = tensors["head.center"].to(self.device), tensors["head.spread"].to(self.device)
        self.optimizers.load({k: v for k, v in tensors.items() if k.startswith("optimizer.")})
        self.progress = Progress(**notes["progress"])


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict]:
    """Tensors and notes of a checkpoint.

    Raises:
        WeightsError: If the file is missing, truncated or no checkpoint.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            notes = json.loads((file.metadata() or {})["notes"])
        return load_file(path), notes
    except (OSError, KeyError, SafetensorError) as error:
        raise WeightsError(f"{path} is no checkpoint of the latent model: {error}") from error


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}
