"""The variational autoencoder's network: token ids to a Gaussian over latents, and latents to token ids.

Reference: Kingma & Welling (2014), arXiv:1312.6114; Vaswani et al. (2017), arXiv:1706.03762.
"""

from dataclasses import asdict, dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from molconvex.latent.vae.special_tokens import BOS, EOS, PAD

INITIAL_LOG_VARIANCE = -3.0  # from 0 the decoder ignores the latent for the first thousand steps


@dataclass(frozen=True)
class NetworkConfig:
    """Sizes of the network. `max_tokens` counts a molecule's tokens without the special ones.

    `max_log_variance` bounds the posterior's noise: with little of it, points off the mean are free to mean analogues.
    """

    vocabulary: int
    latent_dim: int = 128
    width: int = 256
    heads: int = 4
    encoder_layers: int = 2
    decoder_layers: int = 3
    max_tokens: int = 62
    descriptors: int = 49
    fingerprint: int = 1024
    max_log_variance: float = 4.0

    def to_dict(self) -> dict[str, int | float]:
        return asdict(self)


class Attention(nn.Module):
    """Multi-head self-attention; with a cache of keys and values it reads one further position at a time."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, mask: Tensor | None = None, causal: bool = False) -> Tensor:
        q, k, v = self.split(self.qkv(x))
        if causal:
            mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).tril()
        if x.device.type == "cpu":
            y = _short_attention(q, k, v, mask)
        else:
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.out(y.transpose(1, 2).flatten(2))

    def step(self, x: Tensor, keys: Tensor, values: Tensor, position: int) -> Tensor:
        """One position x (n, 1, width); writes into the caches (n, heads, max, width / heads) at `position`."""
        q, k, v = self.split(self.qkv(x))
        keys[:, :, position : position + 1] = k
        values[:, :, position : position + 1] = v
        y = F.scaled_dot_product_attention(q, keys[:, :, : position + 1], values[:, :, : position + 1])
        return self.out(y.transpose(1, 2).flatten(2))

    def split(self, qkv: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values (n, length, 3 width) by head, each (n, heads, length, width / heads)."""
        n, length, _ = qkv.shape
        q, k, v = qkv.view(n, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        return q, k, v


def _short_attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """Attention written out: for sequences of a dozen tokens on a CPU its backward pass beats the fused kernel's."""
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    return torch.softmax(scores, dim=-1).to(v.dtype) @ v


class Block(nn.Module):
    """Pre-normalised transformer block with a squared-ReLU feed-forward layer."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm_attention = nn.RMSNorm(width, eps=1e-6)
        self.attention = Attention(width, heads)
        self.norm_feed = nn.RMSNorm(width, eps=1e-6)
        self.feed_in = nn.Linear(width, 4 * width, bias=False)
        self.feed_out = nn.Linear(4 * width, width, bias=False)

    def forward(self, x: Tensor, mask: Tensor | None = None, causal: bool = False) -> Tensor:
        x = x + self.attention(self.norm_attention(x), mask, causal)
        return x + self._feed(x)

    def step(self, x: Tensor, keys: Tensor, values: Tensor, position: int) -> Tensor:
        x = x + self.attention.step(self.norm_attention(x), keys, values, position)
        return x + self._feed(x)

    def _feed(self, x: Tensor) -> Tensor:
        return self.feed_out(F.relu(self.feed_in(self.norm_feed(x))).square())


class Encoder(nn.Module):
    """Token ids (n, length) to mean and log-variance, each (n, latent_dim)."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.max_log_variance = config.max_log_variance
        self.tokens = nn.Embedding(config.vocabulary, config.width)
        self.positions = nn.Embedding(config.max_tokens + 2, config.width)
        self.blocks = nn.ModuleList(Block(config.width, config.heads) for _ in range(config.encoder_layers))
        self.norm = nn.RMSNorm(2 * config.width, eps=1e-6)
        self.mean = nn.Linear(2 * config.width, config.latent_dim)
        self.log_variance = nn.Linear(2 * config.width, config.latent_dim)
        nn.init.constant_(self.log_variance.bias, INITIAL_LOG_VARIANCE)

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        present = ids != PAD
        x = self.tokens(ids) + self.positions.weight[: ids.shape[1]]
        mask = present[:, None, None, :]
        for block in self.blocks:
            x = block(x, mask)
        weight = present[..., None].to(x.dtype)
        pooled = (x * weight).sum(1) / weight.sum(1)
        return self.posterior(torch.cat([x[:, 0], pooled], dim=-1))

    def posterior(self, ends: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of the first token's values and the mean over tokens, (n, 2 width)."""
        summary = self.norm(ends)
        return self.mean(summary).float(), self.log_variance(summary).float().clamp(-10.0, self.max_log_variance)


class Decoder(nn.Module):
    """Latents and previous tokens to logits of the next token; z enters before every block."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.tokens = nn.Embedding(config.vocabulary, config.width)
        self.positions = nn.Embedding(config.max_tokens + 1, config.width)
        self.latents = nn.ModuleList(nn.Linear(config.latent_dim, config.width) for _ in range(config.decoder_layers))
        self.blocks = nn.ModuleList(Block(config.width, config.heads) for _ in range(config.decoder_layers))
        self.norm = nn.RMSNorm(config.width, eps=1e-6)
        self.bias = nn.Parameter(torch.zeros(config.vocabulary))

    def forward(self, z: Tensor, ids: Tensor) -> Tensor:
        """z (n, d), ids (n, length) to logits (n, length, vocabulary)."""
        return self.logits(self.hidden(z, ids))

    def hidden(self, z: Tensor, ids: Tensor) -> Tensor:
        x = self.tokens(ids) + self.positions.weight[: ids.shape[1]]
        for latent, block in zip(self.latents, self.blocks, strict=True):
            x = block(x + latent(z)[:, None], causal=True)
        return self.norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden, self.tokens.weight, self.bias)

    @torch.no_grad()
    def generate(self, z: Tensor, temperature: float = 0.0, generator: torch.Generator | None = None) -> list[Tensor]:
        """Token ids of each latent's molecule, greedy at temperature 0; finished rows leave the batch.

        Args:
            z: Latents (n, d).
            temperature: 0 for the likeliest token at each position; else softmax(logits / temperature) is sampled.
            generator: Of the sampling; torch's global one where None.

        Returns:
            n tensors of ids without the special tokens.
        """
        n, longest = len(z), self.config.max_tokens
        shape = (n, self.config.heads, longest + 1, self.config.width // self.config.heads)
        added = [latent(z)[:, None] for latent in self.latents]
        caches = [(z.new_empty(shape, dtype=a.dtype), z.new_empty(shape, dtype=a.dtype)) for a in added]
        output = torch.full((n, longest), EOS, dtype=torch.long, device=z.device)
        rows = torch.arange(n, device=z.device)
        previous = torch.full((n,), BOS, dtype=torch.long, device=z.device)
        for position in range(longest):
            x = self.tokens(previous)[:, None] + self.positions.weight[position]
            for block, add, (keys, values) in zip(self.blocks, added, caches, strict=True):
                x = cast(Block, block).step(x.to(add.dtype) + add, keys, values, position)
            logits = self.logits(self.norm(x[:, 0])).float()
            logits[:, [PAD, BOS]] = -torch.inf
            if temperature > 0:
                probabilities = torch.softmax(logits / temperature, dim=-1)
                previous = torch.multinomial(probabilities, 1, generator=generator)[:, 0]
            else:
                previous = logits.argmax(-1)
            output[rows, position] = previous
            going = previous != EOS
            if not going.all():
                if not going.any():
                    break
                if going.float().mean() < 0.8:
                    rows, previous = rows[going], previous[going]
                    added = [a[going] for a in added]
                    caches = [(_kept(k, going, position), _kept(v, going, position)) for k, v in caches]
        return [_until_end(row) for row in output]


def _kept(cache: Tensor, rows: Tensor, position: int) -> Tensor:
    """The rows of a cache (n, heads, length, width) that go on, with what is written up to `position`."""
    smaller = cache.new_empty((int(rows.sum()), *cache.shape[1:]))
    smaller[:, :, : position + 1] = cache[:, :, : position + 1][rows]
    return smaller


def _until_end(row: Tensor) -> Tensor:
    stops = (row == EOS).nonzero()
    return row[: int(stops[0])] if len(stops) else row


class MoleculeVAE(nn.Module):
    """Encoder, decoder and the linear heads that shape the latent space in training."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.descriptor_head = nn.Linear(config.latent_dim, config.descriptors)
        self.fingerprint_head = nn.Linear(config.latent_dim, config.fingerprint)
        self.apply(_initialize)
        nn.init.constant_(self.encoder.log_variance.bias, INITIAL_LOG_VARIANCE)

    def loss_terms(
        self, ids: Tensor, token_dropout: float, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Reconstruction loss and KL divergence, each (n,), in nats a molecule; and a sampled latent (n, d)."""
        mean, log_variance = self.encoder(ids)
        noise = torch.randn(mean.shape, device=mean.device, generator=generator)
        z = mean + torch.exp(0.5 * log_variance) * noise
        return self.reconstruction(z, ids, token_dropout, generator), divergence(mean, log_variance), z

    def reconstruction(
        self, z: Tensor, ids: Tensor, token_dropout: float, generator: torch.Generator | None = None
    ) -> Tensor:
        """Negative log-likelihood in nats (n,) of each molecule's tokens ids (n, length) given its latent z (n, d)."""
        given, wanted = ids[:, :-1], ids[:, 1:]
        if token_dropout > 0:
            dropped = torch.rand(given.shape, device=ids.device, generator=generator) < token_dropout
            given = given.masked_fill(dropped & (given != BOS), PAD)
        hidden = self.decoder.hidden(z, given)
        present = wanted != PAD
        logits = self.decoder.logits(hidden[present]).float()
        losses = torch.zeros(wanted.shape, device=ids.device)
        losses[present] = F.cross_entropy(logits, wanted[present], reduction="none")
        return losses.sum(-1)


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL divergence (n,) in nats of N(mean, exp(log_variance)) from N(0, I)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).sum(-1)


def _initialize(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=module.in_features**-0.5)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight, std=0.05)
    if isinstance(module, Block):
        nn.init.zeros_(module.feed_out.weight)
        nn.init.zeros_(module.attention.out.weight)
