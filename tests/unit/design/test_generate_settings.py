"""Settings: checked once, from keywords or TOML, with every default spelled out."""

import json
from pathlib import Path

import pytest

from molconvex.design.settings import GenerateSettings, Lead, load_settings, read_leads
from molconvex.exceptions import ConfigError, DataError, MolconvexError
from molconvex.objectives.goals import Goal

PLAIN = {"leads": ["CCO"], "goals": ["qed:max"]}


def test_text_becomes_leads_and_goals() -> None:
    settings = GenerateSettings(leads=["CCO ethyl alcohol", Lead("C")], goals=["logp:1..3*2"])
    assert settings.leads == [Lead("CCO", "ethyl alcohol"), Lead("C")]
    assert settings.goals == [Goal("logp", "window", 1, 3, 2)]


def test_settings_survive_json_with_every_default() -> None:
    settings = GenerateSettings(**PLAIN, surrogates={"pic50": "models/pic50"}, known="known.smi", radius=1.5)
    plain = json.loads(json.dumps(settings.to_dict()))
    assert set(plain) == set(GenerateSettings.model_fields)
    assert GenerateSettings(**plain) == settings


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"similarty": 0.4}, "unknown setting 'similarty'; known are leads, goals, similarity"),
        ({"leads": []}, "leads"),
        ({"leads": [""]}, "a lead is a SMILES"),
        ({"goals": []}, "at least one goal"),
        ({"goals": ["logp:3..1"]}, "low 3 is above high 1"),
        ({"goals": ["qed:max", "qed:min"]}, "'qed' has 2 goals"),
        ({"radius": 0}, "radius: input should be greater than 0, got 0"),
        ({"radius": -1}, "radius"),
        ({"radius": float("nan")}, "radius"),
        ({"similarity": 1.5}, "similarity"),
        ({"programs": 0}, "programs"),
        ({"programs": "many"}, "programs"),
        ({"alerts": "ignore"}, "alerts"),
        ({"temperature": 0}, "temperature"),
        ({"seed": -1}, "seed"),
        ({"aggregate": "median"}, "aggregate must be"),
        ({"gap_tol": 0}, "gap_tol"),
    ],
)
def test_a_wrong_setting_says_what_was_wrong(change: dict, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        GenerateSettings(**(PLAIN | change))
    assert says in str(caught.value)


def test_missing_settings_are_named() -> None:
    with pytest.raises(ConfigError, match=r"leads missing.*goals missing"):
        GenerateSettings()


def test_replace_checks_again() -> None:
    settings = GenerateSettings(**PLAIN)
    assert settings.replace(seed=5).seed == 5
    with pytest.raises(ConfigError, match="unknown setting 'sed'"):
        settings.replace(sed=5)


def test_toml_paths_are_relative_to_the_file_and_overrides_win(tmp_path: Path) -> None:
    (tmp_path / "leads.smi").write_text("CCO ethanol\nCCN\n")
    (tmp_path / "run.toml").write_text(
        'leads = ["C methane"]\nleads_file = "leads.smi"\ngoals = ["qed:max", {property = "logp", kind = "minimize"}]\n'
        'similarity = 0.3\nknown = "known.smi"\n[surrogates]\npic50 = "models/pic50"\n'
    )
    settings = load_settings(tmp_path / "run.toml", {"similarity": 0.6})
    assert [str(lead) for lead in settings.leads] == ["C methane", "CCO ethanol", "CCN line 2"]
    assert settings.goals[1] == Goal("logp", "minimize")
    assert settings.similarity == 0.6
    assert settings.known == tmp_path / "known.smi"
    assert settings.surrogates == {"pic50": tmp_path / "models/pic50"}


DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("leads_file = 7", "leads_file must be the name of a file"),
        ('leads = "CCO"\nleads_file = "a.smi"', "leads a list"),
        ("leads = 7", "leads: input should be a valid list, got 7"),
        ("leads = [7]", "a lead is a SMILES"),
        ("goals = [[1]]", "goal"),
        ("known = [1]", "known"),
        ("surrogates = 1", "surrogates"),
        ("similarity = 2020-01-01", "similarity"),
        ("programs = 1e400", "programs"),
        ("seed = " + "9" * 4_000, "seed"),
        (f"goals = {DEEP}", "nested too deeply"),
        ('goals = ["' + "x" * 10_000 + '"]', "xxx"),
    ],
)
def test_wrong_types_in_a_toml_file_are_one_short_line(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "run.toml"
    plain = {"leads": 'leads = ["CCO"]\n', "goals": 'goals = ["qed:max"]\n'}
    path.write_text("".join(text for key, text in plain.items() if not content.startswith(key + " ")) + content)
    (tmp_path / "a.smi").write_text("CCO\n")
    with pytest.raises(MolconvexError, match=says) as caught:
        load_settings(path)
    assert len(str(caught.value)) <= 500
    assert "\n" not in str(caught.value)
    assert "run.toml" in str(caught.value)


def test_leads_with_extensions_of_cxsmiles_keep_their_name() -> None:
    assert Lead.from_plain("CCO |$;;O$| ethyl alcohol") == Lead("CCO", "ethyl alcohol")
    assert Lead.from_plain("CCO\tethanol") == Lead("CCO", "ethanol")


def test_errors_of_a_toml_file_name_it(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    with pytest.raises(ConfigError, match="there is no file"):
        load_settings(path)
    path.write_text("leads = [")
    with pytest.raises(ConfigError, match=r"run\.toml is no valid TOML"):
        load_settings(path)
    path.write_text('leads = ["C"]\ngoals = ["qed:max"]\ngaol = 1\n')
    with pytest.raises(ConfigError, match=r"run\.toml: unknown setting 'gaol'; known are leads"):
        load_settings(path)


def test_a_broken_line_of_a_file_of_leads_is_named(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("name,smiles\na,C\nb,CC,extra\n")
    with pytest.raises(DataError, match="line 3"):
        read_leads(path)


def test_a_file_of_leads_is_not_read_where_leads_are_given(tmp_path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('leads_file = "nowhere.smi"\ngoals = ["qed:max"]\n')
    with pytest.raises(DataError, match=r"nowhere\.smi"):
        load_settings(path)
    assert [lead.smiles for lead in load_settings(path, {"leads": ["CCO"]}).leads] == ["CCO"]
