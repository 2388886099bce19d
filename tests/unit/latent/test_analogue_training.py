"""Series of analogues, what points near a molecule are to decode to, and the training run that uses both."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from molconvex.exceptions import ConfigError, DataError
from molconvex.latent.training.analogue_trainer import AnalogueTrainer
from molconvex.latent.training.analogues import AnalogueConfig, place, similarities, stress
from molconvex.latent.training.corpus import Corpus
from molconvex.latent.training.series import Series, analogue_batches
from molconvex.latent.training.trainer import Trainer, TrainingConfig
from molconvex.latent.vae.network import NetworkConfig

SMALL = {"latent_dim": 16, "width": 32, "heads": 2, "encoder_layers": 1, "decoder_layers": 1}
THREE = (np.array([0, 2, 5, 1, 2, 7, 8, 9]), np.array([0, 3, 5, 8]))  # {0, 2, 5}, {1, 2}, {7, 8, 9}


@pytest.fixture
def series() -> Series:
    return Series.of(*THREE, molecules=10)


def test_a_group_is_the_molecule_and_others_of_one_of_its_series(series: Series) -> None:
    rng = np.random.default_rng(0)
    groups = [frozenset(series.group(2, 8, rng).tolist()) for _ in range(30)]
    assert set(groups) == {frozenset({0, 2, 5}), frozenset({1, 2})}
    assert series.group(3, 8, rng).tolist() == [3]
    assert all(len(series.group(7, 2, rng)) == 2 for _ in range(5))
    assert all(series.group(7, 2, rng)[0] == 7 for _ in range(5))


def test_batches_hold_analogues_together_and_every_molecule_comes(series: Series) -> None:
    lengths = np.arange(10) % 3 + 4
    stream = analogue_batches(lengths, series, 4, 3, np.random.default_rng(0))
    batches = [next(stream) for _ in range(300)]
    assert {int(row) for batch in batches for row in batch} == set(range(10))
    assert max(map(len, batches)) <= (4 + 2) + 2
    assert min(map(len, batches)) >= 2  # one molecule alone would steer a whole step
    assert any({7, 8, 9} <= set(batch.tolist()) for batch in batches)
    assert all(len(set(batch.tolist())) == len(batch) for batch in batches)


def test_series_of_another_corpus_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="row 9 of a corpus of 9 molecules"):
        Series.of(*THREE, molecules=9)
    with pytest.raises(DataError, match="prepare_corpus"):
        Series.load(tmp_path / "series.safetensors", 10)
    save_file({"members": THREE[0].astype(np.int32), "offsets": THREE[1]}, tmp_path / "series.safetensors")
    assert Series.load(tmp_path / "series.safetensors", 10).group(1, 8, np.random.default_rng(0)).tolist() == [1, 2]


def test_similarity_is_tanimoto_of_the_bins_that_occur() -> None:
    counts = torch.tensor([[1.0, 2.0, 0.0, 0.0], [3.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0]])
    torch.testing.assert_close(similarities(counts)[0], torch.tensor([1.0, 1 / 3, 0.0]))


def neighbours(n: int, similarity: float) -> torch.Tensor:
    """Molecules 2 i and 2 i + 1 are each other's only neighbours."""
    found = torch.eye(n)
    for i in range(0, n, 2):
        found[i, i + 1] = found[i + 1, i] = similarity
    return found


@pytest.mark.parametrize(("similarity", "near"), [(0.41, True), (0.39, False)])
def test_only_similar_molecules_are_neighbours(similarity: float, near: bool) -> None:
    torch.manual_seed(0)
    mean = torch.randn(40, 5)
    config = AnalogueConfig(between_share=0.5, around_share=0.5)
    placed = place(mean, torch.zeros_like(mean), neighbours(40, similarity), config)
    partner = torch.arange(40) ^ 1
    assert placed.target.tolist() == (partner if near else torch.arange(40)).tolist()
    assert bool(placed.around.any()) == near


def test_points_between_lie_on_the_line_and_decode_to_its_end() -> None:
    torch.manual_seed(0)
    mean = torch.randn(40, 5)
    config = AnalogueConfig(between_share=1.0, around_share=0.0, between_from=0.7, between_to=0.9)
    placed = place(mean, torch.zeros_like(mean), neighbours(40, 0.5), config)
    step = mean[placed.target] - mean
    s = ((placed.z - mean) * step).sum(1) / step.square().sum(1)
    torch.testing.assert_close(placed.z, mean + s[:, None] * step)
    assert s.min() >= 0.7
    assert s.max() <= 0.9


def test_points_around_decode_to_the_neighbour_in_their_direction() -> None:
    torch.manual_seed(0)
    mean = torch.randn(30, 5)
    config = AnalogueConfig(between_share=0.0, around_share=1.0, around_from=0.5, around_to=0.6)
    similarity = torch.full((30, 30), 0.5)
    placed = place(mean, torch.zeros_like(mean), similarity, config)
    usual = torch.cdist(mean, mean)[~torch.eye(30, dtype=torch.bool)].mean()
    for i in range(30):
        u = placed.z[i] - mean[i]
        assert 0.5 <= float(u.norm() / usual) <= 0.6
        cosine = torch.nn.functional.cosine_similarity(u[None], mean - mean[i], dim=1)
        cosine[i] = -2.0
        assert int(placed.target[i]) == int(cosine.argmax())


def test_stress_vanishes_where_distances_follow_similarity() -> None:
    mean = torch.tensor([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]])
    distance = torch.cdist(mean, mean)
    assert float(stress(mean, 1.0 - distance / 10.0, 10.0)) < 1e-6
    assert float(stress(mean, 1.0 - distance / 10.0, 12.0)) > 1e-3
    assert float(stress(mean[:1], torch.ones(1, 1), 10.0)) == 0.0


@pytest.fixture
def trainer(corpus: Corpus, tokenizer, series: Series, tmp_path: Path) -> AnalogueTrainer:
    return make(corpus, NetworkConfig(tokenizer.size, **SMALL), series, tmp_path)


def make(corpus: Corpus, network: NetworkConfig, series: Series, folder: Path, seed: int = 0) -> AnalogueTrainer:
    config = TrainingConfig(batch_size=10, warmup=10, kl_weight=1e-3, token_dropout=0.0, seed=seed)
    analogues = AnalogueConfig(first_step=0, group=4, stress_weight=1.0)
    return AnalogueTrainer(corpus, corpus, network, config, folder, series, analogues)


def train(trainer: Trainer, steps: int) -> list[torch.Tensor]:
    stream = trainer.batches(np.random.default_rng(0))
    return [trainer._step(next(stream), 1.0) for _ in range(steps)]


def test_molecules_are_still_learned_by_heart(trainer: AnalogueTrainer) -> None:
    terms = train(trainer, 300)
    assert trainer.exact_reconstruction(10) >= 0.9
    assert len(terms[0]) == len(trainer.PARTS) + 1


def test_a_resumed_analogue_run_goes_on_exactly(trainer: AnalogueTrainer, corpus: Corpus, series: Series) -> None:
    train(trainer, 6)
    trainer.save("checkpoint")
    resumed = make(corpus, trainer.model.config, series, trainer.folder, seed=5)
    resumed.resume(trainer.folder / "checkpoint.safetensors")
    for one in (trainer, resumed):
        torch.manual_seed(1)
        train(one, 3)
    for (name, a), b in zip(trainer.model.named_parameters(), resumed.model.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0, msg=name)


def test_a_model_of_other_tokens_lends_all_but_its_tokens(
    trainer: AnalogueTrainer, corpus: Corpus, series: Series, tmp_path: Path
) -> None:
    network = NetworkConfig(trainer.model.config.vocabulary + 7, **SMALL)
    other = make(corpus, network, series, tmp_path, seed=3)
    before = other.model.encoder.tokens.weight.clone()
    other.borrow_from(dict(trainer.model.state_dict()))
    torch.testing.assert_close(other.model.encoder.tokens.weight, before)
    torch.testing.assert_close(other.model.encoder.mean.weight, trainer.model.encoder.mean.weight)
    torch.testing.assert_close(other.average["encoder.mean.weight"], trainer.model.encoder.mean.weight)
    wider = make(corpus, NetworkConfig(network.vocabulary, **(SMALL | {"width": 64})), series, tmp_path)
    with pytest.raises(ConfigError, match="do not fit"):
        wider.borrow_from(dict(trainer.model.state_dict()))


def test_the_posterior_is_no_noisier_than_asked(tokenizer, corpus: Corpus) -> None:
    from molconvex.latent.vae.network import MoleculeVAE

    ids = corpus.padded_tokens(np.arange(10))
    torch.manual_seed(0)
    wide = MoleculeVAE(NetworkConfig(tokenizer.size, **SMALL))
    torch.manual_seed(0)
    narrow = MoleculeVAE(NetworkConfig(tokenizer.size, **SMALL, max_log_variance=-4.2))
    assert wide.encoder(ids)[1].max().item() > -4.0
    assert narrow.encoder(ids)[1].max().item() == pytest.approx(-4.2)
