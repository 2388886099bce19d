"""Texts, values, bytes and JSON spoiled at random."""

import random

MOLECULES = (
    *("CC(=O)Oc1ccccc1C(=O)O", "c1ccccc1", "[Na+].[Cl-]", "C1CC", "N[C@@H](C)C(=O)O", "CCO |x|", "F/C=C/F"),
    *("O=[N+]([O-])c1ccccc1", "C1CC2CCC1C2", "[2H]C", "c1ccc2[nH]ccc2c1", "C" * 70),
)
WISHES = ("qed:max", "logp:1..3*2", "tpsa:<90", "logp:=2.5", "sa_score:min*0.5", "logp:<4", "qed:>0.5")
SETTINGS = (
    'leads = ["CCO"]\ngoals = ["qed:max"]\nprograms = 3\n',
    'leads = ["CCO name", "c1ccccc1"]\ngoals = ["qed:max", "logp:1..3*2"]\nrequire = ["tpsa:<90"]\nbudget = 20\n',
)
TABLES = (
    "smiles,pIC50\nCCO,5.1\nc1ccccc1,>4\nCCN,6,2\n",
    "smiles,pIC50\nCCO,5\nCCN,6\nCCCO,7\nCCCN,6.5\n",
    "smiles;pIC50\nCCO;5,1\nCCN;6,2\n",
    "\ufeffsmiles\tpIC50\nCCO\t1e40\n",
    "CCO ethanol\nCCN\n",
    "smiles;name\nCCO;a\n",
    '"CCO","5,1"\n',
)
SEEDS = (*MOLECULES, *WISHES, *SETTINGS, *TABLES, "")
STRANGE = ("\x00", "\ud800", "\u202e", "\n", "\r\n", "\t", '"', "'", "=", "-1", "1e999", "NaN", "..", "*", ":", "[")


def spoiled(chance: random.Random, text: str | None = None) -> str:
    """A text with a few random edits: cut, doubled, exchanged, or with strange characters in it."""
    text = chance.choice(SEEDS) if text is None else text
    for _ in range(chance.randint(1, 4)):
        place = chance.randint(0, len(text))
        edit = chance.randrange(6)
        if edit == 0:
            text = text[:place] + chance.choice(STRANGE) + text[place:]
        elif edit == 1:
            text = text[:place] + text[place + chance.randint(1, 5) :]
        elif edit == 2:
            text = text + text[:place]
        elif edit == 3:
            other = chance.choice(SEEDS)
            text = text[:place] + other[chance.randint(0, len(other)) :]
        elif edit == 4:
            text = text[:place] + chr(chance.randint(0, 0x2FF)) + text[place + 1 :]
        else:
            text = text[:place] + text[place : place + 3] * chance.choice([2, 10, 60]) + text[place:]
    return text[:5000]


def spoiled_value(chance: random.Random, depth: int = 0) -> object:
    """A plain value of a wrong or odd kind."""
    kinds = [None, True, -1, 0, 3, 1e308, float("nan"), float("inf"), "", spoiled(chance), 10**30, "qed:max"]
    if depth < 3 and chance.random() < 0.3:
        inner = [spoiled_value(chance, depth + 1) for _ in range(chance.randint(0, 3))]
        return inner if chance.random() < 0.5 else {spoiled(chance)[:8]: item for item in inner}
    return chance.choice(kinds)


def spoiled_bytes(chance: random.Random, content: bytes) -> bytes:
    """Bytes with a few random edits."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 5)):
        if data and chance.random() < 0.7:
            data[chance.randrange(len(data))] = chance.randrange(256)
        elif chance.random() < 0.5:
            del data[chance.randint(0, len(data)) :]
        else:
            data += bytes(chance.randrange(256) for _ in range(chance.randint(1, 20)))
    return bytes(data)


def spoiled_json(chance: random.Random, plain: object) -> object:
    """A JSON value with one value somewhere in it replaced, removed or added."""
    if isinstance(plain, dict) and plain and chance.random() < 0.85:
        key = chance.choice(sorted(plain))
        if chance.random() < 0.1:
            return {k: v for k, v in plain.items() if k != key}
        return plain | {key: spoiled_json(chance, plain[key])}
    if isinstance(plain, list) and plain and chance.random() < 0.85:
        place = chance.randrange(len(plain))
        return [spoiled_json(chance, item) if i == place else item for i, item in enumerate(plain)]
    return spoiled_value(chance)
