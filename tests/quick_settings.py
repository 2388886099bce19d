"""Settings with which surrogates of toy latents are trained and judged within a second."""

from molconvex.surrogate import FitSettings, TrainingSettings

JUDGED = FitSettings(
    members=2,
    orientation="convex",
    split="random",
    evidence=True,
    repeats=2,
    rivals=("linear",),
    training=TrainingSettings(hidden=(16,), least_steps=100, most_steps=100),
)
