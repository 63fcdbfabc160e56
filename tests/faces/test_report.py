from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from sagredo.faces.axes import axes_for
from sagredo.faces.pictures import Picture
from sagredo.faces.report import report_html
from sagredo.faces.report.svg import picture_svg
from sagredo.faces.result import Result
from sagredo.posterior.posterior import Posterior
from sagredo.search.planner import StopReason

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Nesting(HTMLParser):
    """Checks that every element is closed in order."""

    def __init__(self):
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


def parsed(html):
    parser = Nesting()
    parser.feed(html)
    assert parser.open == []
    return parser.seen


@pytest.mark.parametrize("fixture", ["line", "plane"])
def test_a_report_is_whole_and_fetches_nothing(fixture, request):
    result = request.getfixturevalue(fixture)
    html = report_html(result)
    seen = parsed(html)
    assert seen.count("svg") == 3
    assert "math" in seen
    assert "script" not in seen
    assert not {"img", "link", "iframe", "object"} & set(seen)
    # A namespace is a name, not an address; nothing else may look like one.
    addresses = set(re.findall(r"[a-z]+://[^\s\"'<>]*", html))
    assert addresses <= {"http://www.w3.org/1998/Math/MathML"}
    assert "url(" not in html.replace("url(#", "")
    assert "@import" not in html


def test_names_from_the_table_are_text(plane):
    html = report_html(plane)
    assert "<b>" not in html.replace("<b>&gt;", "").replace("Probability <b>", "")
    assert "&lt;b&gt; &amp; µ" in html


def test_a_report_without_a_program(line):
    empty = Result(line.problem, line.domain, Posterior((), None, 10.0), StopReason.BUDGET, 0.1, 10)
    html = report_html(empty)
    parsed(html)
    assert "No program" in html


def test_reports_are_reproducible(line):
    assert report_html(line) == report_html(line)


def test_a_curve_breaks_where_it_has_no_value():
    x = np.linspace(0, 1, 11)
    y = np.where((x > 0.45) & (x < 0.65), np.nan, x)
    drawn = picture_svg(Picture(axes_for(x, x), ("x", "y"), (x, x), (x, y)), "broken")
    (path,) = re.findall(r'<path class="curve" d="([^"]*)"', drawn)
    assert path.count("M") == 2
    assert drawn.count("<circle") == len(x)
