"""The lead: pasted, drawn, picked or uploaded; shown with its properties and alerts, atoms to keep clicked."""

from dataclasses import dataclass
from html import escape

import streamlit as st

from molconvex.chem import PROPERTIES, compute_properties, find_alerts, identify, parse, standardize
from molconvex.chem.atom_numbers import atom_list
from molconvex.design import Lead
from molconvex.design.known_drugs import drugs_by_small_name, known_drugs
from molconvex.exceptions import MolconvexError, MoleculeTooLongError, VocabularyError, WeightsError

from .. import state
from ..shared import latent_model
from ..state import Key
from . import examples
from .atom_picker import atom_picker, numbered_atoms
from .structure_editor import structure_editor
from .texts import chip, chips, image, sentence, with_unit
from .uploads import file_of_leads, many_leads

SHOWN = (
    "molecular_weight",
    "heavy_atoms",
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
        lead: As the user wrote it, as a SMILES.
        name: Given, or that of a known drug, or "your lead".
        smiles: Standard SMILES.
        notes: What standardizing changed.
        properties: Measured, by name.
        alerts: Names of structural alerts.
        keep: Atoms that must stay, as settings write them; "" for none.
    """

    lead: Lead
    name: str
    smiles: str
    notes: tuple[str, ...]
    properties: dict[str, float]
    alerts: tuple[str, ...]
    keep: str = ""

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
    lead = Lead(*identify(text, drugs_by_small_name()))
    standard = standardize(lead.smiles)
    values = compute_properties([standard.smiles]).iloc[0]
    return KnownLead(
        lead,
        examples.name_of(lead, standard.smiles),
        standard.smiles,
        standard.notes,
        {str(name): float(value) for name, value in values.items()},
        tuple(find_alerts(parse(standard.smiles))),
    )


def lead_card() -> list[KnownLead]:
    """Ask for leads and show them; empty where there is none that can be used."""
    with st.container(border=True, key="lead_card"):
        st.subheader("1 · Your lead", anchor=False)
        if st.session_state[Key.MANY]:
            return many_leads(examine)
        _inputs()
        text = str(st.session_state[Key.LEAD]).strip()
        if not text:
            _invitation()
            return []
        try:
            lead = examine(text)
        except MolconvexError as error:
            st.error(f"**This lead cannot be read.** {sentence(error)}", icon=":material/error:")
            return []
        problem = encoding_problem(lead.smiles)
        if problem:
            st.error(problem, icon=":material/error:")
        kept = _show(lead)
        return [] if problem else [KnownLead(**{**lead.__dict__, "keep": atom_list(kept)})]


def _inputs() -> None:
    st.text_input(
        "SMILES, InChI or the name of a drug",
        key=Key.LEAD,
        placeholder="CC(=O)Oc1ccccc1C(=O)O, or aspirin",
        help="Paste it and press Enter. Salts are fine: the parent is used. A name may follow a SMILES after a blank.",
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        if st.button("Draw", key="draw", icon=":material/draw:", help="Draw the lead, or change the one that is there"):
            _editor()
        st.selectbox(
            "Known drug",
            list(known_drugs()),
            index=None,
            key=Key.EXAMPLE,
            placeholder="Known drug",
            format_func=str.capitalize,
            on_change=_take_example,
            label_visibility="collapsed",
            width=190,
        )
        file_of_leads()


@st.dialog("Draw your lead", width="large")
def _editor() -> None:
    try:
        before = examine(str(st.session_state[Key.LEAD])).smiles
    except MolconvexError:
        before = ""
    drawn = structure_editor(before, key="structure_editor")
    if st.button("Use this molecule", key="use_drawn", type="primary", disabled=not drawn, width="stretch"):
        st.session_state["drawn"] = drawn
        st.rerun()


def take_drawn() -> None:
    """Put what was drawn into the form; before the form is drawn."""
    if drawn := st.session_state.pop("drawn", ""):
        state.assign({Key.LEAD: drawn})


def _take_example() -> None:
    name = st.session_state[Key.EXAMPLE]
    if name:
        use_example(name)
        state.assign({Key.EXAMPLE: None})


def use_example(name: str) -> None:
    """Put a known drug into the form."""
    state.assign({Key.LEAD: known_drugs()[name]})


def _invitation() -> None:
    """The empty state: what will be here, and four drugs to try."""
    st.html(
        '<p class="mc-hint">Draw or paste the molecule that you want to improve. You will see it here with its '
        "properties and structural alerts, and can click the atoms that must stay. Or try one of these:</p>"
    )
    shown = [name for name in examples.SHOWN if name in known_drugs()]
    for start in range(0, len(shown), 2):
        for column, name in zip(st.columns(2), shown[start : start + 2], strict=False):
            with column.container(border=True, key=f"example_{name}"):
                st.html(f'<div class="mc-center">{image(known_drugs()[name], 170, 80)}</div>')
                st.button(
                    name.capitalize(),
                    key=f"use_{name}",
                    on_click=use_example,
                    args=(name,),
                    type="tertiary",
                    width="stretch",
                )


def _show(lead: KnownLead) -> list[int]:
    """Draw the lead; the atoms that are marked to stay."""
    kept, key = st.session_state[Key.KEPT], f"atoms_{lead.smiles}"
    if parts := st.session_state.pop(Key.KEPT_PARTS, []):
        kept[lead.smiles] = numbered_atoms(parts[0])
        st.session_state.pop(key, None)
    atoms = atom_picker(lead.smiles, kept.get(lead.smiles, []), key=key)
    kept[lead.smiles] = atoms
    words = "Click the atoms that must stay; everything else may change."
    if atoms:
        words = f"**{len(atoms)} of {parse(lead.smiles).GetNumAtoms()} atoms stay.** Click again to free one."
    st.caption(words)
    st.html(
        f'<div class="mc-name">{escape(lead.title)}</div><div class="mc-smiles">{escape(lead.smiles)}</div>'
        + chips(chip(note[:1].upper() + note[1:], "plain", "Done before anything else") for note in lead.notes)
        + property_grid(lead.properties)
        + alert_chips(lead.alerts)
    )
    return atoms


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


def encoding_problem(smiles: str) -> str:
    """Why the latent model cannot take a molecule, for people; "" where it can."""
    try:
        return _reason(latent_model().fingerprint, smiles)
    except WeightsError:
        return ""  # said once for the page, above the form


@st.cache_data(max_entries=200, show_spinner=False)
def _reason(fingerprint: str, smiles: str) -> str:
    try:
        latent_model().encode([smiles])
    except MoleculeTooLongError as error:
        return f"**This molecule is too large for the model.** {sentence(error)}"
    except VocabularyError as error:
        return f"**The model does not know one of the atoms or groups.** {sentence(error)}"
    except MolconvexError as error:
        return f"**The model cannot take this molecule.** {sentence(error)}"
    return ""
