"""The report: complete, self-contained, and safe against names that are markup."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pandas as pd
import pytest
from jinja2 import UndefinedError

from molconvex.design import GenerateSettings
from molconvex.runs.report import render_report
from molconvex.runs.report.axes import Axis
from molconvex.runs.report.candidate_values import certificate_badge
from molconvex.runs.report.charts import Box, Chart, draw_chart
from molconvex.runs.report.lead_section import asked, kind_of_reason, why_left_out
from molconvex.runs.report.numbers import change, label, plural, value
from molconvex.runs.report.plots import Point, scatter
from molconvex.runs.report.rendering import render

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Balance(HTMLParser):
    """Collects tags that were closed in the wrong order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.ids += [v for k, v in attrs if k == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


@pytest.fixture(scope="module")
def page(toy_run) -> str:
    return render_report(toy_run)


def test_the_page_is_well_formed_and_ids_are_unique(page) -> None:
    balance = Balance()
    balance.feed(page)
    assert balance.faults == []
    assert balance.open == []
    assert len(balance.ids) == len(set(balance.ids))


def test_the_page_needs_nothing_from_outside(page) -> None:
    assert set(re.findall(r"https?://[^\s'\"<]+", page)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<(link|img|iframe|object|embed)\b", page)
    assert "@import" not in page
    assert "url(" not in page
    assert "default-src 'none'" in page


def test_names_are_text_and_never_markup(page) -> None:
    assert "<toy & lead>" not in page
    assert "&lt;toy &amp; lead&gt;" in page


def test_every_part_of_the_story_is_told(page, toy_run) -> None:
    for text in ("Candidates for", "to candidates", "Predicted and measured", "All candidates"):
        assert text in page
    assert "never of the molecule" in page
    assert "no point of its region of latent space has a smaller\npredicted cost" in page
    assert f">{len(toy_run.candidates)}</b><span>candidates" in page
    for step in toy_run.funnel:
        assert f"{step.count:,} <span>of {step.of:,}</span>" in page
    assert page.count('<article class="card"') == min(12, len(toy_run.candidates))
    assert toy_run.candidates["smiles"].iloc[0] in page


def test_a_run_without_candidates_has_a_report_that_says_what_to_do(toy_run) -> None:
    from dataclasses import replace

    page = render_report(replace(toy_run, candidates=toy_run.candidates.head(0)))
    assert "No molecule passed every filter" in page


def test_changes_carry_their_sign_and_nothing_is_shown_for_none() -> None:
    assert change("logp", 2.25, 1.5) == "+0.75"
    assert change("logp", 1.0, 1.5) == "−0.50"
    assert change("logp", 1.501, 1.5) == ""
    assert change("logp", float("nan"), 1.5) == ""
    assert value("pic50", 7.12345) == "7.12"
    assert value("qed", float("nan")) == "n/a"
    assert plural(1, "alert") == "1 alert"
    assert plural(1200, "alert") == "1,200 alerts"


@pytest.mark.parametrize("values", [[0.0, 1.0], [3.0], [-1e-9, 0.0], [1e6, 1e6 + 3], [-5.0, 17.0], [0.001, 0.0012]])
def test_axes_cover_their_values_with_a_few_round_ticks(values) -> None:
    axis = Axis.over(values, 0.0, 100.0)
    ticks = axis.ticks()
    assert 2 <= len(ticks) <= 8
    assert ticks[0] <= min(values) + 1e-12
    assert ticks[-1] >= max(values) - 1e-9
    assert all(-1e-9 <= axis(v) <= 100 + 1e-9 for v in values)


def test_points_without_a_place_are_left_out_of_plots() -> None:
    points = [Point(0.0, 1.0, "a<b"), Point(float("nan"), 1.0), Point(1.0, float("inf"))]
    svg = scatter(points, "x", "y", lead=Point(float("nan"), 0.0))
    assert svg.count("<circle") == 1
    assert "a&lt;b" in svg
    assert scatter(points[1:], "x", "y") == ""


def test_what_is_proved_of_a_molecule_stands_on_its_badge() -> None:
    inside = {"inside_region": True, "realised_share": 0.824, "gap_to_bound": 0.0312}
    badge = certificate_badge(inside)
    assert (badge.words, badge.look) == ("within 0.031 of the bound", "ok")
    assert "82 % of the way" in badge.title
    outside = certificate_badge({**inside, "inside_region": False})
    assert (outside.words, outside.look) == ("outside the region", "")
    optimal = certificate_badge({**inside, "realised_share": float("nan")})  # where the lead itself is at the bound
    assert optimal.title == "no point of the region has a cost lower by more"


def test_a_template_escapes_every_value_and_misses_none() -> None:
    values = {"subtitle": "a & b", "notes": ["<script>"], "evaluations": [], "listed": ["line 1 <b>"]}
    page = render("evaluation.html.j2", heading="<i>h</i>", **values)
    for text in ("&lt;i&gt;h&lt;/i&gt;", "a &amp; b", "&lt;script&gt;", "line 1 &lt;b&gt;"):
        assert text in page
    with pytest.raises(UndefinedError, match="heading"):
        render("evaluation.html.j2", **values)


def test_charts_take_the_colors_of_their_page_and_files_bring_their_own() -> None:
    box = Box(0, 0, 100, 100)
    chart = Chart(box, Axis.over([0, 1], 0, 100), Axis.over([0, 1], 100, 0), "x <unit>", "y")
    chart.add("dot", [(0.5, 0.5)], "", "a<b")
    chart.add("dot", [(float("nan"), 0.5)], "", "nowhere")
    page, file = draw_chart([chart], 100, 100, "t"), draw_chart([chart], 100, 100, "t", for_file=True)
    assert "<style>" not in page
    assert "<style>" in file
    for svg in (page, file):
        assert svg.count("<circle") == 1
        assert "a&lt;b" in svg
        assert "x &lt;unit&gt;" in svg
        ElementTree.fromstring(svg)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("similarity 0.135 to the lead, 0.4 to 1.0 wanted", "similarity to the lead"),
        ("aminal; atom with unusual neighbors C(F)(C)N; 4 surroundings", "aminal"),
        ("4 surroundings of atoms never seen, as in c(O)cc", "surroundings of atoms never seen"),
        ("alerts: BRENK: azo", "alerts"),
        ("N,O-acetal; hydrazine", "N,O-acetal"),
        ("the lead itself", "the lead itself"),
        ("0.4", "0.4"),
    ],
)
def test_reasons_are_counted_without_their_numbers_and_structures(reason: str, kind: str) -> None:
    assert kind_of_reason(reason) == kind


def test_the_rarest_of_many_reasons_are_counted_together() -> None:
    names = "abcdefghijkl"  # twelve kinds, the first most often
    table = pd.DataFrame({"reason": [name for row, name in enumerate(names) for _ in range(20 - row)]})
    text = why_left_out(table)
    assert "a (20)" in text
    assert "j (11)" in text
    assert "k (" not in text
    assert "other reasons (19)" in text
    assert "other reasons" not in why_left_out(table[table["reason"] <= "j"])


def test_what_nothing_measures_is_required_of_predictions_and_so_said() -> None:
    settings = GenerateSettings(leads=["CCO"], goals=["qed:max"], require=["logp:<3", "logd:<2"])
    assert "; required: logP at most 3; required: predicted logD" in asked(settings)


def test_properties_are_called_as_people_call_them() -> None:
    assert label("tpsa") == "TPSA (Å²)"
    assert label("log_solubility") == "Solubility"
    assert label("my_assay") == "my_assay"


def test_predictions_of_known_properties_have_two_decimals_those_of_others_three_digits() -> None:
    assert [value("log_solubility", number) for number in (-2.0, -0.2934)] == ["-2.00", "-0.29"]
    assert [value("my_assay", number) for number in (1234.0, 0.01234)] == ["1.23e+03", "0.0123"]
