"""Latent models by name: the bundled one, a folder, or an installed plug-in."""

from importlib.metadata import entry_points
from pathlib import Path

from molconvex.exceptions import ConfigError
from molconvex.latent.model import LatentModel

ENTRY_POINTS = "molconvex.latent_models"


def load_latent_model(name: str = "bundled") -> LatentModel:
    """A latent model by name.

    Args:
        name: "bundled"; a folder written by `TextVAE.save`; or a plug-in's name, registered by its package under the
            entry-point group "molconvex.latent_models" as a callable without arguments that returns a `LatentModel`.

    Raises:
        ConfigError: If nothing of that name is known, or what it returns is no `LatentModel`.
        WeightsError: If a folder's files are missing or altered.
    """
    from molconvex.latent.vae.model import TextVAE, load_bundled

    if name == "bundled":
        return load_bundled()
    plugins = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    if name in plugins:
        model = plugins[name].load()()
        if not isinstance(model, LatentModel):
            raise ConfigError(f"the plug-in {name!r} returned {type(model).__name__}, which is no LatentModel")
        return model
    if Path(name).is_dir():
        return TextVAE.load(Path(name))
    known = ", ".join(["bundled", *sorted(plugins)])
    raise ConfigError(f"no latent model {name!r}: neither a folder nor one of {known}")
