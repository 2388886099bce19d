"""The lead: pasted or picked, drawn, with its properties, notes and alerts, or the reason why it cannot be used."""

from dataclasses import dataclass
from html import escape

import streamlit as st

from molconvex.chem import PROPERTIES, compute_properties, find_alerts, parse, standardize
from molconvex.design import Lead
from molconvex.exceptions import MolconvexError, MoleculeTooLongError, VocabularyError, WeightsError

from ..pipeline import current
from ..state import Key
from . import examples
from .texts import chip, chips, image, sentence, with_unit

SHOWN = (
    "molecular_weight",
    "logp",
    "qed",
    "tpsa",
    "sa_score",
    "fraction_csp3",
    "hydrogen_bond_donors",
    "hydrogen_bond_acceptors",
    "rotatable_bonds",
    "aromatic_rings",
)


@dataclass(frozen=True)
class KnownLead:
    """A lead that chemistry could read.

    Attributes:
        lead: As the user wrote it.
        name: Given, or that of a known drug, or "your lead".
        smiles: Standard SMILES.
        notes: What standardizing changed.
        properties: Measured, by name.
        alerts: Names of structural alerts.
    """

    lead: Lead
    name: str
    smiles: str
    notes: tuple[str, ...]
    properties: dict[str, float]
    alerts: tuple[str, ...]

    @property
    def title(self) -> str:
        """The name as a heading."""
        return self.name[:1].upper() + self.name[1:]


@st.cache_data(max_entries=200, show_spinner=False)
def examine(text: str) -> KnownLead:
    """What chemistry can say about a lead.

    Raises:
        ChemistryError: If it cannot be read or has no clear parent.
    """
    lead = Lead.from_plain(text)
    standard = standardize(lead.smiles)
    values = compute_properties([standard.smiles]).iloc[0]
    return KnownLead(
        lead,
        examples.name_of(lead, standard.smiles),
        standard.smiles,
        standard.notes,
        {str(name): float(value) for name, value in values.items()},
        find_alerts(parse(standard.smiles)),
    )


def lead_card() -> KnownLead | None:
    """Ask for a lead and show it; None where there is none that can be used."""
    with st.container(border=True, key="lead_card"):
        st.subheader("1 · Your lead", anchor=False)
        _inputs()
        text = str(st.session_state[Key.SMILES]).strip()
        if not text:
            _invitation()
            return None
        try:
            lead = examine(text)
        except MolconvexError as error:
            st.error(f"**This lead cannot be read.** {sentence(error)}", icon=":material/error:")
            return None
        problem = _encoding_problem(lead.smiles)
        if problem:
            st.error(problem, icon=":material/error:")
        _show(lead)
        return None if problem else lead


def _inputs() -> None:
    smiles, example = st.columns([3, 1.25], vertical_alignment="bottom")
    smiles.text_input(
        "SMILES",
        key=Key.SMILES,
        placeholder="CC(=O)Oc1ccccc1C(=O)O",
        help="Paste a SMILES and press Enter. Salts are fine: the parent is used. A name may follow after a blank.",
    )
    example.selectbox(
        "or a known drug",
        list(examples.drugs()),
        index=None,
        key=Key.EXAMPLE,
        placeholder="Choose",
        format_func=str.capitalize,
        on_change=_take_example,
    )


def _take_example() -> None:
    name = st.session_state[Key.EXAMPLE]
    if name:
        use_example(name)
        st.session_state[Key.EXAMPLE] = None


def use_example(name: str) -> None:
    """Put a known drug into the form."""
    st.session_state[Key.SMILES] = examples.drugs()[name]


def _invitation() -> None:
    """The empty state: what will be here, and four drugs to try."""
    st.html(
        '<p class="mc-hint">Paste the SMILES of the molecule that you want to improve and press Enter. '
        "You will see it drawn here, with its properties and structural alerts. Or try one of these:</p>"
    )
    shown = [name for name in examples.SHOWN if name in examples.drugs()]
    for start in range(0, len(shown), 2):
        for column, name in zip(st.columns(2), shown[start : start + 2], strict=False):
            with column.container(border=True, key=f"example_{name}"):
                st.html(f'<div class="mc-center">{image(examples.drugs()[name], 190, 120)}</div>')
                st.button(
                    name.capitalize(),
                    key=f"use_{name}",
                    on_click=use_example,
                    args=(name,),
                    type="tertiary",
                    width="stretch",
                )


def _show(lead: KnownLead) -> None:
    st.html(f'<div class="mc-center">{image(lead.smiles, 420, 230)}</div>')
    st.html(
        f'<div class="mc-name">{escape(lead.title)}</div><div class="mc-smiles">{escape(lead.smiles)}</div>'
        + _notes(lead)
        + property_grid(lead.properties)
        + alert_chips(lead.alerts)
    )


def _notes(lead: KnownLead) -> str:
    return chips(chip(note[:1].upper() + note[1:], "plain", "Done before anything else") for note in lead.notes)


def property_grid(values: dict[str, float]) -> str:
    """Properties with units, in two or more columns as there is room."""
    cells = []
    for name in SHOWN:
        prop = PROPERTIES[name]
        value = values.get(name, float("nan"))
        cells.append(
            f'<div title="{escape(prop.description)}"><span>{escape(prop.label)}</span>'
            f"<b>{escape(with_unit(prop, value))}</b></div>"
        )
    return f'<div class="mc-grid">{"".join(cells)}</div>'


def alert_chips(alerts: tuple[str, ...] | list[str]) -> str:
    """Alerts by name, or the good news that there is none."""
    if not alerts:
        return chips(
            [chip("No PAINS, BRENK or NIH alert", "good", "None of 765 patterns of reactive or promiscuous groups")]
        )
    about = "A group that medicinal chemists have learnt to distrust: a reason to look, not a verdict"
    return chips(chip(alert.replace("_", " "), "warn", about) for alert in alerts)


def _encoding_problem(smiles: str) -> str:
    """Why the latent model cannot take a molecule, for people; "" where it can."""
    try:
        with st.spinner("Loading the latent model (once)…"):
            model = current().latent_model()
            return _reason(model.fingerprint, smiles)
    except WeightsError:
        return ""  # said once for the page, above the form


@st.cache_data(max_entries=200, show_spinner=False)
def _reason(fingerprint: str, smiles: str) -> str:
    try:
        current().latent_model().encode([smiles])
    except MoleculeTooLongError as error:
        return f"**This molecule is too large for the model.** {sentence(error)}"
    except VocabularyError as error:
        return f"**The model does not know one of the atoms or groups.** {sentence(error)}"
    except MolconvexError as error:
        return f"**The model cannot take this molecule.** {sentence(error)}"
    return ""
