"""The training loop: it learns, survives interruption, and its decoder's cache agrees with the plain computation."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from molconvex.exceptions import ConfigError, DataError, WeightsError
from molconvex.latent.training.corpus import Corpus
from molconvex.latent.training.trainer import Trainer, TrainingConfig, batches, read_checkpoint
from molconvex.latent.vae.network import MoleculeVAE, NetworkConfig
from molconvex.latent.vae.special_tokens import BOS, EOS, PAD

SMALL = {"latent_dim": 16, "width": 32, "heads": 2, "encoder_layers": 1, "decoder_layers": 1}


@pytest.fixture(scope="module")
def network(tokenizer) -> NetworkConfig:
    return NetworkConfig(tokenizer.size, **SMALL)


def short(**changes: object) -> TrainingConfig:
    return TrainingConfig(**{"batch_size": 10, "warmup": 10, "kl_weight": 1e-3, "token_dropout": 0.0, **changes})


def train(trainer: Trainer, steps: int) -> None:
    stream = batches(trainer.corpus, 10, np.random.default_rng(0))
    for _ in range(steps):
        trainer._step(next(stream), 1.0)


@pytest.fixture(scope="module")
def before_and_trained(
    corpus: Corpus, network: NetworkConfig, tmp_path_factory: pytest.TempPathFactory
) -> tuple[float, Trainer]:
    """What is reconstructed before any step, and the trainer after all of them."""
    trainer = Trainer(corpus, corpus, network, short(), tmp_path_factory.mktemp("trained"))
    before = trainer.exact_reconstruction(10)
    train(trainer, 400)
    return before, trainer


def test_ten_molecules_can_be_learned_by_heart(before_and_trained: tuple[float, Trainer]) -> None:
    before, trainer = before_and_trained
    assert before == 0.0
    assert trainer.exact_reconstruction(10) >= 0.9


def test_a_resumed_run_goes_on_exactly(corpus: Corpus, network: NetworkConfig, tmp_path: Path) -> None:
    through = Trainer(corpus, corpus, network, short(), tmp_path / "a")
    train(through, 6)
    through.save("checkpoint")
    resumed = Trainer(corpus, corpus, network, short(seed=5), tmp_path / "a")
    resumed.resume(tmp_path / "a" / "checkpoint.safetensors")
    assert resumed.progress == through.progress
    for trainer in (through, resumed):
        torch.manual_seed(1)
        train(trainer, 3)
    for (name, a), b in zip(through.model.named_parameters(), resumed.model.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0, msg=name)


def test_a_run_writes_final_weights(corpus: Corpus, network: NetworkConfig, tmp_path: Path) -> None:
    Trainer(corpus, corpus, network, short(minutes=0.01, decay_minutes=0.003, log_every=5), tmp_path).run()
    tensors, notes = read_checkpoint(tmp_path / "final.safetensors")
    assert notes["progress"]["step"] > 0
    assert any(name.startswith("average.") for name in tensors)


def test_a_run_killed_while_the_rate_falls_goes_on_there(
    corpus: Corpus, network: NetworkConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = Trainer(corpus, corpus, network, short(minutes=5, decay_minutes=5, save_minutes=0), tmp_path)
    step = killed._step

    def until_killed(rows: np.ndarray, factor: float) -> torch.Tensor:
        if killed.progress.step == 3:
            raise KeyboardInterrupt
        return step(rows, factor)

    monkeypatch.setattr(killed, "_step", until_killed)
    with pytest.raises(KeyboardInterrupt):
        killed.run()
    second = Trainer(corpus, corpus, network, short(minutes=1000, decay_minutes=0.001), tmp_path)
    second.resume(tmp_path / "falling.safetensors")
    assert second.progress.step == 3
    assert second.progress.seconds_left is not None
    assert 250 < second.progress.seconds_left < 300
    second.progress.seconds_left = 0.5
    factors: list[float] = []
    step_on = second._step
    monkeypatch.setattr(second, "_step", lambda rows, factor: (factors.append(factor), step_on(rows, factor))[1])
    second.run()
    assert 0 < max(factors) < 0.002  # the rate goes on falling where the first run's fall of 300 s was
    assert read_checkpoint(tmp_path / "final.safetensors")[1]["progress"]["seconds_left"] is None
    assert not (tmp_path / "falling.safetensors").exists()


def test_a_checkpoint_before_the_fall_makes_an_earlier_fall_obsolete(
    corpus: Corpus, network: NetworkConfig, tmp_path: Path
) -> None:
    (tmp_path / "falling.safetensors").write_bytes(b"")
    trainer = Trainer(corpus, corpus, network, short(), tmp_path)
    trainer._save_midway(left=60.0, fall=30.0)
    assert (tmp_path / "checkpoint.safetensors").exists()
    assert not (tmp_path / "falling.safetensors").exists()


def test_exported_weights_are_a_start(
    corpus: Corpus, network: NetworkConfig, before_and_trained: tuple[float, Trainer], tmp_path: Path
) -> None:
    _, first = before_and_trained
    second = Trainer(corpus, corpus, network, short(seed=3), tmp_path)
    second.start_from(dict(first.average))
    assert second.exact_reconstruction(10) == first.exact_reconstruction(10) > 0
    wider = Trainer(corpus, corpus, dataclasses.replace(network, width=64), short(), tmp_path)
    with pytest.raises(ConfigError, match="do not fit"):
        wider.start_from(dict(first.average))


def test_other_sizes_are_refused(corpus: Corpus, network: NetworkConfig, tmp_path: Path) -> None:
    Trainer(corpus, corpus, network, short(), tmp_path).save("checkpoint")
    other = Trainer(corpus, corpus, dataclasses.replace(network, width=64), short(), tmp_path)
    with pytest.raises(ConfigError, match="sizes"):
        other.resume(tmp_path / "checkpoint.safetensors")


def test_a_truncated_checkpoint_is_refused(corpus: Corpus, network: NetworkConfig, tmp_path: Path) -> None:
    Trainer(corpus, corpus, network, short(), tmp_path).save("checkpoint")
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(WeightsError, match="no checkpoint"):
        read_checkpoint(path)


def test_cached_decoding_equals_the_plain_computation(network: NetworkConfig) -> None:
    torch.manual_seed(0)
    model = MoleculeVAE(network).eval()
    for parameter in model.decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    z = torch.randn(20, network.latent_dim)
    for row, ids in zip(z, model.decoder.generate(z), strict=True):
        previous = torch.tensor([[BOS, *ids.tolist()]])
        with torch.no_grad():
            logits = model.decoder(row[None], previous[:, : network.max_tokens])[0]
        logits[:, [PAD, BOS]] = -torch.inf
        expected = logits.argmax(-1).tolist()
        assert expected[: len(ids)] == ids.tolist()
        assert len(ids) == network.max_tokens or expected[len(ids)] == EOS


def test_sampling_is_reproducible_and_varied(network: NetworkConfig) -> None:
    torch.manual_seed(0)
    model = MoleculeVAE(network).eval()
    z = torch.zeros(8, network.latent_dim)

    def sample(seed: int) -> list[list[int]]:
        drawn = model.decoder.generate(z, 1.0, torch.Generator().manual_seed(seed))
        return [ids.tolist() for ids in drawn]

    assert sample(1) == sample(1)
    assert sample(1) != sample(2)
    assert sample(1)[0] != sample(1)[1]


def test_padding_does_not_change_an_encoding(network: NetworkConfig, corpus: Corpus) -> None:
    torch.manual_seed(0)
    model = MoleculeVAE(network).eval()
    together = corpus.padded_tokens(np.arange(10))
    with torch.no_grad():
        mean, _ = model.encoder(together)
        for row in range(10):
            alone, _ = model.encoder(corpus.padded_tokens(np.asarray([row])))
            torch.testing.assert_close(alone[0], mean[row], rtol=1e-4, atol=1e-5)


def test_a_corpus_is_refused_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="prepare_corpus"):
        Corpus.load(tmp_path / "corpus.safetensors")


def test_dense_counts_match_the_sparse_ones(corpus: Corpus) -> None:
    dense = corpus.log_counts(np.asarray([3, 0]), 1024)
    assert dense.shape == (2, 1024)
    for row, molecule in zip(dense, [3, 0], strict=True):
        here = slice(corpus.bin_offsets[molecule], corpus.bin_offsets[molecule + 1])
        assert torch.expm1(row).sum().item() == pytest.approx(corpus.counts[here].sum(), rel=1e-5)
