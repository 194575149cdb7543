"""Where students, policies, beliefs and scenarios come from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import zpdgym
from zpdgym.envs.beliefs import build
from zpdgym.experiments.paper.sources import (
    BELIEFS,
    OWN,
    TRAINED_WITH,
    bibliography,
    declared,
    references,
    used_in,
)
from zpdgym.experiments.reading.folder import Folder

REQUIRED = {
    "article": ("journal", "volume", "year"),
    "book": ("publisher", "year"),
    "inproceedings": ("booktitle", "year"),
    "mastersthesis": ("school", "year"),
    "misc": (),
}
"""Kind of entry -> the fields without which BibTeX's plain styles warn, beside author and title."""


@pytest.mark.parametrize(
    ("group", "names"),
    [("student", zpdgym.list_students()), ("policy", zpdgym.list_policies()), ("scenario", zpdgym.list_scenarios())],
)
def test_everything_shipped_has_a_source_or_says_that_it_is_our_own(group, names):
    assert sorted(declared(group)) == sorted(names)
    for keys in declared(group).values():
        assert keys == (OWN,) or OWN not in keys


def test_beliefs_with_a_source_exist():
    assert {*BELIEFS} <= {*build.kinds()}
    assert {key for keys in BELIEFS.values() for key in keys} <= {*references()}


def test_every_reference_is_whole_and_cited_by_somebody():
    cited = {OWN, *(key for table in (BELIEFS, TRAINED_WITH) for keys in table.values() for key in keys)}
    cited |= {key for group in ("student", "policy", "scenario") for keys in declared(group).values() for key in keys}
    assert cited == {*references()}
    for key, entry in references().items():
        assert entry.count("{") == entry.count("}")
        assert re.search(r"author = \{", entry), key
        assert re.search(r"title = \{", entry), key
        assert key in (OWN, "fsrsoptimizer", "pyfsrs") or f"year = {{{key[-4:]}}}" in entry
        kind = entry[1 : entry.index("{")]
        assert [name for name in REQUIRED[kind] if f"{name} = {{" not in entry] == [], key


@pytest.mark.parametrize("key", sorted(references()))
def test_names_in_titles_keep_their_capitals(key):
    """BibTeX's plain styles print a title in small letters, but for what is in braces and what follows a colon."""
    entry = references()[key]
    title = re.search(r"title = \{((?:[^{}]|\{[^{}]*\})*)\}", entry)
    assert title is not None
    if not entry.startswith("@book"):  # whose titles are left as they are
        bare = re.sub(r"\{[^{}]*\}", "x", title[1])
        assert re.findall(r"(?<=[^:] )[A-Z]\w*", bare) == []


def test_a_comparison_names_the_sources_of_what_it_used(grid):
    used = used_in(Folder.read(grid))
    found = {(one.what, one.name): one.keys for one in used}
    assert found["student", "BKT"] == ("corbett1995",)
    assert found["policy", "ppo_scorer"] == ("schulman2017",)
    assert found["policy", "random"] == (OWN,)
    assert found["belief", "exact"] == (OWN,)
    assert found["training", "Stable-Baselines3"] == ("raffin2021",)
    assert found["training", "MaskablePPO"] == ("huang2022",)
    text = bibliography(used)
    assert [line.partition("{")[2].partition(",")[0] for line in text.splitlines()] == [
        "corbett1995",
        "huang2022",
        "raffin2021",
        "schulman2017",
        OWN,
    ]


def test_our_own_entry_says_what_the_citation_file_says():
    cited = (Path(__file__).parents[3] / "CITATION.cff").read_text(encoding="utf-8")
    version, year = re.search(r"^version: (\S+)$", cited, re.MULTILINE), re.search(r"released: (\d+)", cited)
    assert version is not None
    assert year is not None
    assert f"version {version[1]}" in references()[OWN]
    assert f"year = {{{year[1]}}}" in references()[OWN]
