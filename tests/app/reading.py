"""What the tests of the app share: a lead, settings, and the words on a page."""

from streamlit.testing.v1 import AppTest

LEAD = "COc1ccc(C(C)(C)C)cc1"
SETTINGS = {"leads": [LEAD], "goals": ["qed:max", "logp:1..2"], "similarity": 0.1, "budget": 50, "analogues": 20}


def words(page: AppTest) -> str:
    """Every text on the page."""
    parts = []
    for kind in ("title", "header", "subheader", "markdown", "caption", "error", "warning", "info", "success", "code"):
        parts += [str(element.value) for element in getattr(page, kind)]
    parts += [element.proto.body for element in page.get("html") if "<style" not in element.proto.body]
    parts += [button.label for button in page.button]
    return "\n".join(parts)


def with_lead(open_app, smiles: str = LEAD):
    """The form with a lead."""
    page = open_app()
    return page.text_input(key="lead").set_value(smiles).run()


def start_of(page):
    """The button that starts a run."""
    return page.button(key="start")
