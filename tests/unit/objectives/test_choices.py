"""What pages offer as properties."""

from molconvex.latent import load_bundled
from molconvex.objectives.choices import property_choices


def test_choices_say_which_costs_fronts_and_walks_take() -> None:
    choices = property_choices(load_bundled().fingerprint)
    assert {name for name, choice in choices.items() if not choice.is_convex} == {
        name for name in choices if name.startswith("tox21_") or name == "bbb_penetration"
    }
    assert choices["qed"].is_convex
    assert choices["logd"].is_convex
    assert not choices["bbb_penetration"].is_convex
