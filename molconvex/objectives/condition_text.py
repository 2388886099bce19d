"""The text of a condition: Python's own grammar, of which only comparisons, and, or, not, names and numbers are read.

Nothing is evaluated: the text becomes a syntax tree, and every node of it that is not listed here is refused.
"""

import ast
from collections.abc import Callable

from molconvex.exceptions import ConfigError
from molconvex.objectives.conditions import EXAMPLE, Condition, Joined, Quantity, alert, as_condition, has

LONGEST = 2_000  # characters
FUNCTIONS: dict[str, Callable[[str], Condition]] = {"alert": alert, "has": has}
BRACKETS = f"put each comparison in brackets, as in {EXAMPLE}"


def parse_condition(text: str) -> Condition:
    """Read a condition such as `(qed > 0.6) & ((logp < 3) | (tpsa < 90)) & ~alert("nitro")`.

    `and`, `or` and `not` may stand for the signs, limits may be chained as in `1 < logp < 3`, `has("SMARTS")` asks for
    a substructure, and `value("NAME")` for a property whose name is no word.

    Raises:
        ConfigError: If it is none.
        ChemistryError: If a SMARTS cannot be read.
    """
    if len(text) > LONGEST:
        raise ConfigError(f"the condition has {len(text):,} characters, at most {LONGEST:,} are read")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ConfigError(f"{text.strip()!r} is no condition; write it as in {EXAMPLE}") from None
    try:
        return _condition(tree.body)
    except RecursionError:
        raise ConfigError("the condition is nested too deeply to be read") from None


def read_condition(plain: Condition | str) -> Condition:
    """A condition from itself or from text.

    Raises:
        ConfigError: If it is neither.
    """
    return parse_condition(plain) if isinstance(plain, str) else as_condition(plain)


def _condition(node: ast.expr) -> Condition:
    if isinstance(node, ast.BoolOp):
        return Joined("and" if isinstance(node.op, ast.And) else "or", tuple(map(_condition, node.values)))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
        both = (_condition(node.left), _condition(node.right))
        return Joined("and" if isinstance(node.op, ast.BitAnd) else "or", both)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        return ~_condition(node.operand)
    if isinstance(node, ast.Compare):
        return _comparison(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
        return FUNCTIONS[node.func.id](_only_text(node))
    if isinstance(node, ast.Name | ast.Constant):
        raise ConfigError(f"{ast.unparse(node)} alone is no condition; compare it, as in (qed > 0.6), or {BRACKETS}")
    raise _refused(node)


def _comparison(node: ast.Compare) -> Condition:
    """One comparison, or several in a chain."""
    ends = [node.left, *node.comparators]
    parts = [_pair(left, right, operator) for left, right, operator in zip(ends, ends[1:], node.ops, strict=False)]
    return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))


def _pair(left: ast.expr, right: ast.expr, operator: ast.cmpop) -> Condition:
    if not isinstance(operator, ast.Lt | ast.LtE | ast.Gt | ast.GtE):
        raise ConfigError(
            "conditions compare by <, <=, > and >=; one exact value is no convex set: make it a goal, as in logp:=2.5"
        )
    below = isinstance(operator, ast.Lt | ast.LtE)
    first, second = _side(left), _side(right)
    if isinstance(first, Quantity) and isinstance(second, float):
        return first < second if below else first > second
    if isinstance(first, float) and isinstance(second, Quantity):
        return second > first if below else second < first
    raise ConfigError(f"{ast.unparse(left)} and {ast.unparse(right)}: a comparison needs one property and one number")


def _side(node: ast.expr) -> Quantity | float:
    if isinstance(node, ast.Name):
        return Quantity(node.id)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "value":
        return Quantity(_only_text(node))
    sign = 1.0
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        sign, node = (-1.0 if isinstance(node.op, ast.USub) else 1.0), node.operand
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return sign * _number(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
        raise ConfigError(f"{ast.unparse(node)} binds closer than comparisons; {BRACKETS}")
    raise _refused(node)


def _number(value: int | float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ConfigError(f"{str(value)[:20]}... is too large a number for a condition") from None


def _only_text(node: ast.Call) -> str:
    """The single text in a call's brackets, "" for none."""
    texts = [item.value for item in node.args if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    name = ast.unparse(node.func)
    if node.keywords or len(texts) != len(node.args) or len(texts) > 1 or (not texts and name != "alert"):
        raise ConfigError(f"{ast.unparse(node)}: {name} takes one text in quotes")
    return texts[0] if texts else ""


def _refused(node: ast.expr) -> ConfigError:
    return ConfigError(f"{ast.unparse(node)!r} cannot stand in a condition; write it as in {EXAMPLE}")
