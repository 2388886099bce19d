"""Shape of a network and how it is trained, in one record."""

from dataclasses import asdict, dataclass
from typing import Any

from molconvex.exceptions import ConfigError


@dataclass(frozen=True)
class TrainingSettings:
    """Shape of the network and how it is trained; the defaults were chosen by measurement (see the training guide).

    Attributes:
        hidden: Widths of the hidden layers.
        positivity: How hidden weights are kept >= 0: "softplus", "projection", "exp" or "squared".
        passthrough: Whether each hidden layer and the output also see the latents through unconstrained weights.
        warm_start: Begin at ridge or logistic regression. None does so for numbers only: logistic regression lies so
            near its best on validation data that early stopping would seldom let a network leave it.
        dropout: Probability of dropping a hidden activation while training.
        input_dropout: Probability of dropping a latent coordinate while training.
        input_noise: Standard deviation of noise on the standardized latents while training.
        learning_rate, weight_decay: Of AdamW; the rate rises over the first 5 % of the steps, then falls to zero. Decay
            acts on effective weights.
        batch_size: Molecules per step at most; small data take a twelfth of themselves, but at least 64.
        epochs: Passes over the data at most, within `least_steps` and `most_steps` steps in all.
        patience: Evaluations without improvement after which training stops.
    """

    hidden: tuple[int, ...] = (128, 128)
    positivity: str = "softplus"
    passthrough: bool = True
    warm_start: bool | None = None
    dropout: float = 0.2
    input_dropout: float = 0.0
    input_noise: float = 0.2
    learning_rate: float = 2e-3
    weight_decay: float = 0.1
    batch_size: int = 512
    epochs: int = 40
    least_steps: int = 800
    most_steps: int = 3000
    patience: int = 15

    def __post_init__(self) -> None:
        if not self.hidden or min(self.hidden) < 1:
            raise ConfigError(f"hidden needs at least one width, each at least 1; got {self.hidden}")
        if not (0 <= self.dropout < 1 and 0 <= self.input_dropout < 1):
            raise ConfigError(f"dropout must lie in [0, 1), got {self.dropout} and {self.input_dropout}")
        for name in ("learning_rate", "batch_size", "epochs", "least_steps", "most_steps", "patience"):
            if getattr(self, name) <= 0:
                raise ConfigError(f"{name} must be above 0, got {getattr(self, name)}")
        for name in ("weight_decay", "input_noise"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} must be at least 0, got {getattr(self, name)}")
        if self.learning_rate * self.weight_decay >= 1:
            raise ConfigError(
                f"learning_rate times weight_decay must be below 1, got {self.learning_rate * self.weight_decay:g}"
            )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON manifest."""
        return asdict(self) | {"hidden": list(self.hidden)}
