"""Pages and pictures from templates: every value is escaped unless it is a finished piece of markup."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from molconvex.chem import draw_svg
from molconvex.columns import own_prediction, ranked_key
from molconvex.runs.report import numbers, predictions

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, **values: Any) -> str:
    """A template of this package, filled in.

    Args:
        template: Name of a file in the folder `templates`.
        values: What it names; one that is missing is an error.
    """
    return _environment().get_template(template).render(**values)


def structure(smiles: str, width: int, height: int, highlight: str | None = None) -> Markup:
    """The drawing of a molecule as finished markup; see `molconvex.chem.draw_svg`."""
    return Markup(draw_svg(smiles, width, height, highlight=highlight))


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("molconvex.runs.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names = ("change", "label", "plain", "plural", "share", "short_label", "unit", "value")
    environment.globals |= {name: getattr(numbers, name) for name in names} | {"structure": structure}
    environment.globals |= {
        "own_prediction": own_prediction,
        "ranked_key": ranked_key,
        "prediction_text": predictions.prediction_text,
        "what_intervals_are": predictions.WHAT_INTERVALS_ARE,
    }
    environment.filters["coordinates"] = _coordinates
    return environment


def _coordinates(points: tuple[tuple[float, float], ...]) -> str:
    """Pixels as the attribute `points` of a line."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
