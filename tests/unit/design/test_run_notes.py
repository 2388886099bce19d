"""What a run says of its candidates' structures: where they are much smaller than the lead, unasked."""

from dataclasses import replace

import pandas as pd
import pytest

from molconvex.cli.tables import run_notes as print_notes
from molconvex.design import Run, generate
from molconvex.design.run_notes import part_notes, run_notes, size_notes
from molconvex.runs import check_run, write_run


@pytest.fixture(scope="module")
def light(toy_settings, toy_model, toy_reference) -> Run:
    """The lightest molecules that are like the lead at all."""
    settings = toy_settings.replace(goals=["molecular_weight:min"], similarity=0.1, budget=24, analogues=24)
    return generate(settings, latent_model=toy_model, reference=toy_reference)


def sized(run: Run, lead: int, *candidates: int, **changes: object) -> Run:
    """The run with other numbers of heavy atoms, and some settings changed."""
    table = run.candidates.head(len(candidates)).assign(heavy_atoms=list(candidates))
    settings = run.settings.replace(**changes)
    return replace(run, candidates=table, leads=run.leads.assign(heavy_atoms=lead), settings=settings)


def test_much_smaller_candidates_are_named_wherever_a_run_is_told(light, tmp_path, capsys) -> None:
    (note,) = run_notes(light)
    best, atoms = light.candidates["heavy_atoms"].head(10), light.leads["heavy_atoms"].iloc[0]
    assert f"the {len(best)} best candidates have {best.median():g} heavy atoms (median) where the lead has 15" in note
    assert best.median() < 0.75 * atoms == 11.25
    assert "--keep" in note
    assert "--min-heavy-atoms (in the app: More options)" in note
    print_notes(light)
    assert note in capsys.readouterr().err
    folder = write_run(light, tmp_path / "run")
    assert "so a part that matters may be gone" in (folder / "report.html").read_text(encoding="utf-8")
    assert check_run(folder).problems == []


def test_three_quarters_of_the_lead_are_large_enough(light) -> None:
    assert size_notes(sized(light, 16, 10, 12, 14)) == []
    (note,) = size_notes(sized(light, 16, 9, 11, 30))
    assert note.startswith("<toy & lead>: the 3 best candidates have 11 heavy atoms (median) where the lead has 16,")
    assert size_notes(sized(light, 16, 11, 13)) == []
    assert "have 11.5 heavy atoms (median) where the lead has 16" in size_notes(sized(light, 16, 11, 12))[0]
    assert "the only candidate has 11 heavy atoms where" in size_notes(sized(light, 16, 11))[0]
    assert size_notes(sized(light, 16)) == []


def test_the_ten_best_count(light) -> None:
    assert len(light.candidates) > 12
    assert size_notes(sized(light, 16, *[12] * 10, 1, 1, 1)) == []
    assert len(size_notes(sized(light, 16, *[11] * 10, 16, 16, 16))) == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"keep": ["C(=O)N"]},
        {"min_heavy_atoms": 5},
        {"require": ["heavy_atoms:>5"]},
        {"where": "has('C(=O)N')"},
    ],
)
def test_who_asked_for_a_part_or_a_size_is_told_nothing(light, asked) -> None:
    assert size_notes(sized(light, 16, 4, **asked)) == []


@pytest.mark.parametrize(
    "asked",
    [
        {"max_heavy_atoms": 30},
        {"require": ["heavy_atoms:<30"]},
        {"where": "~has('C(=O)N')"},
        {"where": "has('C(=O)N') | (logp < 3)"},
        {"where": "(heavy_atoms > 5) | (logp < 3)"},
    ],
)
def test_other_limits_keep_no_part(light, asked) -> None:
    assert len(size_notes(sized(light, 16, 4, **asked))) == 1


def test_each_lead_has_its_own(light) -> None:
    second = light.leads.assign(lead=2, name="other", heavy_atoms=20)
    two = sized(light, 16, 12, 12)
    many = replace(
        two,
        leads=pd.concat([two.leads, second]),
        candidates=pd.concat([two.candidates, two.candidates.assign(lead=2)]),
    )
    (note,) = size_notes(many)
    assert note.startswith("other: the 2 best candidates have 12 heavy atoms")


@pytest.mark.parametrize(
    ("smiles", "kept", "named"),
    [
        ("CCCCCCN", "3-4", "1,2"),
        ("c1ccc(-c2ccccc2)cc1", "1-2", "2,3"),
        ("Cc1ccc(C(=O)N2CCOCC2)cc1", "9-11", ""),
        ("c1ccc(CCc2ccccc2)cc1", "7-12", ""),  # the other ring is the same by symmetry
        ("c1ccc(-c2ccccc2)cc1", "[cH][cH]", ""),
    ],
)
def test_numbered_atoms_that_others_pass_for_are_named(light, smiles: str, kept: str, named: str) -> None:
    run = sized(light, 16, 12, keep=[kept])
    notes = part_notes(replace(run, leads=run.leads.assign(smiles=smiles)))
    assert [f"its atoms {named} look like atoms {kept}," in note for note in notes] == [True] * bool(named)
