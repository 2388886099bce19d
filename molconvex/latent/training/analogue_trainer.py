"""The training run that teaches points off a molecule to mean its analogues; resumable as the plain one."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from molconvex.latent.training.analogues import AnalogueConfig, place, similarities, stress
from molconvex.latent.training.corpus import Corpus
from molconvex.latent.training.precision import mixed_precision
from molconvex.latent.training.series import Series, analogue_batches
from molconvex.latent.training.trainer import Trainer, TrainingConfig
from molconvex.latent.vae.network import NetworkConfig, divergence


class AnalogueTrainer(Trainer):
    """As `Trainer`, with batches of analogues and the rows of `analogues.place`."""

    PARTS = ("reconstruction", "kl", "descriptors", "fingerprint", "stress", "analogue")

    def __init__(
        self,
        corpus: Corpus,
        validation: Corpus,
        network: NetworkConfig,
        config: TrainingConfig,
        folder: Path,
        series: Series,
        analogues: AnalogueConfig,
    ) -> None:
        super().__init__(corpus, validation, network, config, folder)
        self.series, self.analogues = series, analogues

    def batches(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        return analogue_batches(self.corpus.lengths, self.series, self.config.batch_size, self.analogues.group, rng)

    def _loss(self, rows: np.ndarray) -> tuple[Tensor, Tensor]:
        ids = self.corpus.padded_tokens(rows).to(self.device)
        counts = self.corpus.log_counts(rows, self.model.config.fingerprint).to(self.device)
        similarity = similarities(counts)
        with mixed_precision(self.device.type):
            mean, log_variance = self.model.encoder(ids)
        noise = torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        if self.progress.step < self.analogues.first_step:
            similarity = similarity * 0.0
        placed = place(mean, noise, similarity, self.analogues)
        with mixed_precision(self.device.type):
            losses = self.model.reconstruction(placed.z, ids[placed.target], self.config.token_dropout)
        told = ~placed.around
        heads = self._heads(placed.z[told], rows[placed.target[told].cpu().numpy()], counts[placed.target[told]])
        itself = placed.target == torch.arange(len(rows), device=self.device)
        parts = [losses[itself].sum() / len(rows), divergence(mean, log_variance).mean(), *heads]
        parts += [stress(mean, similarities(counts), self.analogues.distance_scale)]
        parts += [losses[~itself].sum() / len(rows)]
        return torch.stack(parts), torch.cat(
            [self._weights(), torch.tensor([self.analogues.stress_weight, 1.0], device=self.device)]
        )
