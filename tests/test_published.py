"""No figure without a command: pages show what their commands print, and say which commands these are."""

from __future__ import annotations

import importlib.util
import re
from functools import cache

import pytest
from zpdgym.scripts.cli import VERBS

from benchmarks.published.figure import Figure
from benchmarks.published.sections import SECTIONS
from tests.test_docs import BLOCK, PAGES, ROOT, name_of

QUICK = [name for name, section in SECTIONS.items() if not section.slow]
GENERATED = re.compile(r"<!-- (?:parameters of|scenarios) .*?<!-- end -->", re.DOTALL)
COMMAND = re.compile(
    r"(?:^    |`)(?:python -m ([\w.]+)|python (benchmarks/\w+\.py)|zpdgym (\w+))([^`\n]*)", re.MULTILINE
)
MADE_BY = re.compile(r"^Made by `(?:python|zpdgym) ", re.MULTILINE)
"""A page that a command writes from its first line to its last."""
FIGURE = re.compile(r"(?<![\w.])\d*\.\d+(?!\w|\.\d)|\b\d+ ?%")
MEASURED = ("Agreement", "Reference scores", "Results")
"""Sections whose sentences tell what was measured, by the headings that CONTRIBUTING asks for."""
DECLARED = ("symbol", "name", "number", "key", "kernel", "model", "version", "column", "field")
"""Tables that begin with such a heading say what is chosen or meant, not what was found."""
NOT_MEASURED = {
    "docs/decisions.md": "dated history: what was found on that day",
}


@cache
def figures_of(name: str) -> list[Figure]:
    return SECTIONS[name].figures()


@pytest.mark.parametrize("name", QUICK)
def test_ours_are_as_near_to_the_published_ones_as_is_said(name):
    for figure in figures_of(name):
        if figure.published is not None:
            assert figure.within is not None, figure
            assert figure.ours == pytest.approx(figure.published, abs=figure.within), figure


@pytest.mark.parametrize("name", QUICK)
def test_a_page_shows_what_its_command_prints(name):
    for page in SECTIONS[name].pages:
        shown = set(re.findall(r"[-+]?\d*\.?\d+", (ROOT / "docs" / page).read_text(encoding="utf-8")))
        for figure in figures_of(name):
            assert figure.written in shown, f"{page}: {figure}"


@pytest.mark.parametrize("name", SECTIONS)
def test_every_section_is_named_on_its_pages(name):
    for page in SECTIONS[name].pages:
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        named = [arguments.split() for module, _, _, arguments in COMMAND.findall(text) if module.endswith("published")]
        assert any(name in arguments for arguments in named), page


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_commands_of_a_page_exist(page):
    for module, script, verb, arguments in COMMAND.findall(page.read_text(encoding="utf-8")):
        assert not module or importlib.util.find_spec(module), module
        assert not script or (ROOT / script).is_file(), script
        assert not verb or verb in {*VERBS, "VERB"}, verb
        if module == "benchmarks.published":
            assert set(arguments.split()) <= {*SECTIONS, "NAME"}, arguments


@pytest.mark.parametrize("page", [p for p in PAGES if name_of(p) not in NOT_MEASURED], ids=name_of)
def test_measured_figures_have_a_command_beside_them(page):
    """In tables and in the sections that tell of measurements; snippets that are run and declarations set apart."""
    text = BLOCK.sub("", GENERATED.sub("", page.read_text(encoding="utf-8")))
    if not MADE_BY.search(text):
        for section in re.split(r"^(?=## )", text, flags=re.MULTILINE):
            found = figures_in(section)
            assert not found or COMMAND.search(section), f"{section.splitlines()[0]}: {found[0]}"


def figures_in(section: str) -> list[str]:
    """The lines of a section of a page that hold measured figures."""
    heading, *lines = section.splitlines()
    everything, declared, found = heading.removeprefix("## ") in MEASURED, False, []
    before = ""
    for line in lines:
        row = line.startswith("|")
        head = row and not before.startswith("|")
        if head:
            declared = line.strip("| ").split(" ")[0].strip("`") in DECLARED
        measured = not (head or declared) if row else everything
        if measured and FIGURE.search(re.sub(r"`[^`]*`|\]\([^)]*\)", "", line)):
            found.append(line)
        before = line
    return found


def test_a_page_that_forgets_its_command_is_found():
    bare = "## Agreement\n\nThe gain is .123.\n"
    assert figures_in(bare) == ["The gain is .123."]
    assert figures_in("## Parameters\n\nThe gain is .123.\n") == []
    assert figures_in("## Here\n\n| what | here |\n|---|---|\n| gain | .123 |\n") == ["| gain | .123 |"]
    assert figures_in("## Parameters\n\n| symbol | range |\n|---|---|\n| `gain` | .1 – .3 |\n") == []
    assert not COMMAND.search("`pytest -s tests`")
    assert COMMAND.search("Made by `python -m benchmarks.published kss`")
