"""Whatever goes wrong at one lead of several costs the others nothing."""

import pytest

from molconvex.design import GenerateSettings, generate, prepare_generation
from molconvex.design.pareto.fronts import find_fronts
from molconvex.design.pareto.settings import ParetoSettings
from molconvex.exceptions import ChemistryError, ConfigError
from molconvex.runs import check_run, write_run

LEADS = ["Cc1ccc(C(C)=O)cc1 first", "CCOc1ccc(C)cc1 second", "CC(C)c1ccc(C)cc1 third"]
LATENT = {"proposers": ["latent"], "budget": 6, "analogues": 6}
QUICK = {"similarity": 0.2, "gap_tol": 1e-2}


class FailsAtTheSecond:
    """The toy model, which fails once it decodes for the second lead."""

    def __init__(self, model, error: Exception, only: bool = False) -> None:
        self._model, self._error, self._only = model, error, only
        self._second = model.encode(["CCOc1ccc(C)cc1"])[0]
        self.latent_dim, self.fingerprint = model.latent_dim, model.fingerprint

    def __getattr__(self, name: str):
        return getattr(self._model, name)

    def decode(self, z, **options):
        nearest = (z - self._second).norm(dim=1).min()
        others = min(float((z - other).norm(dim=1).min()) for other in self._model.encode([LEADS[0].split()[0]]))
        if self._only or float(nearest) < 1e-6 < others:
            raise self._error
        return self._model.decode(z, **options)


@pytest.mark.parametrize("error", [RuntimeError("no more"), MemoryError("too large")])
def test_finished_leads_are_kept(toy_model, toy_reference, tmp_path, error: Exception) -> None:
    settings = GenerateSettings(leads=LEADS, goals=["qed:max"], **LATENT, **QUICK)
    run = generate(settings, latent_model=FailsAtTheSecond(toy_model, error), reference=toy_reference)
    assert [bool(reason) for reason in run.leads["reason"]] == [False, True, False]
    assert f"{type(error).__name__}: {error}" in run.leads["reason"].iloc[1]
    assert run.programs["lead"].tolist() == [1, 3]
    assert run.programs["program"].tolist() == [1, 2]
    assert run.funnel["programs"].count == 2
    folder = write_run(run, tmp_path / "run")
    assert check_run(folder).ok, check_run(folder).problems


def test_fronts_of_finished_leads_are_kept(toy_model, toy_reference, tmp_path) -> None:
    at_the_lead = {"programs": 30, "radius": 1e-9, "spread": 0.0}  # decoded where the model fails
    search = LATENT | {"budget": 18} | at_the_lead
    settings = ParetoSettings(leads=LEADS, goals=["qed:max", "logp:2..3"], points=4, **search, **QUICK)
    found = find_fronts(
        settings, latent_model=FailsAtTheSecond(toy_model, RuntimeError("no more")), reference=toy_reference
    )
    assert [front.lead for front in found.fronts] == [1, 3]
    assert "RuntimeError" in found.run.leads["reason"].iloc[1]


def test_the_error_of_the_only_lead_is_not_hidden(toy_model, toy_reference) -> None:
    settings = GenerateSettings(leads=LEADS[:1], goals=["qed:max"], **LATENT, **QUICK)
    model = FailsAtTheSecond(toy_model, RuntimeError("no more"), only=True)
    with pytest.raises(RuntimeError, match="no more"):
        generate(settings, latent_model=model, reference=toy_reference)


def test_a_lead_around_which_nothing_passes_says_so(toy_model, toy_reference, tmp_path) -> None:
    asked = {"goals": ["qed:max"], "min_heavy_atoms": 8, "max_changed_atoms": 4, "budget": 6, "analogues": 6}
    both = GenerateSettings(leads=["Cc1ccc(CCO)cc1", "C"], similarity=0.1, proposers=["edits"], **asked)
    run = generate(both, latent_model=toy_model, reference=toy_reference)
    assert [bool(reason) for reason in run.leads["reason"]] == [False, True]
    assert "no analogue of the lead passes" in run.leads["reason"].iloc[1]
    report = check_run(write_run(run, tmp_path / "run"))
    assert report.ok, report.problems
    alone = generate(both.replace(leads=["C"]), latent_model=toy_model, reference=toy_reference)
    assert "no analogue of the lead passes" in alone.leads["reason"].iloc[0]
    assert len(alone.candidates) == 0
    assert check_run(write_run(alone, tmp_path / "alone")).problems == [
        "programs.csv: no certificate at all; nothing is proved"
    ]


@pytest.mark.parametrize(
    ("asked", "error", "text"),
    [
        ({"avoid": ["((("]}, ChemistryError, "cannot read"),
        ({"proposers": ["edit"]}, ConfigError, "unknown proposer 'edit'; known are edits"),
        ({"device": "cdua"}, ConfigError, "no device 'cdua' here"),
    ],
)
def test_what_is_wrong_for_every_lead_is_an_error(toy_model, toy_reference, asked: dict, error, text: str) -> None:
    settings = GenerateSettings(leads=LEADS, goals=["qed:max"], **{**LATENT, **QUICK, **asked})
    with pytest.raises(error, match=text):
        generate(settings, latent_model=toy_model, reference=toy_reference)
    with pytest.raises(error, match=text):
        prepare_generation(settings, latent_model=toy_model, reference=toy_reference)
    fronts = ParetoSettings(leads=LEADS, goals=["qed:max", "logp:2..3"], points=4, **{**QUICK, **asked})
    with pytest.raises(error, match=text):
        find_fronts(fronts, latent_model=toy_model, reference=toy_reference)
