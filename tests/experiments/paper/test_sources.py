"""Where students, policies, beliefs and scenarios come from."""

from __future__ import annotations

import re

import pytest
import zpdgym
from zpdgym.envs.beliefs import build
from zpdgym.experiments.paper.sources import BELIEFS, OWN, bibliography, declared, references, used_in
from zpdgym.experiments.reading.folder import Folder


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
    cited = {OWN, *(key for keys in BELIEFS.values() for key in keys)}
    cited |= {key for group in ("student", "policy", "scenario") for keys in declared(group).values() for key in keys}
    assert cited == {*references()}
    for key, entry in references().items():
        assert entry.count("{") == entry.count("}")
        assert re.search(r"author = \{", entry), key
        assert re.search(r"title = \{", entry), key
        assert key in (OWN, "pyfsrs") or f"year = {{{key[-4:]}}}" in entry


def test_a_comparison_names_the_sources_of_what_it_used(grid):
    used = used_in(Folder.read(grid))
    found = {(one.what, one.name): one.keys for one in used}
    assert found["student", "BKT"] == ("corbett1995",)
    assert found["policy", "ppo_scorer"] == ("schulman2017",)
    assert found["policy", "random"] == (OWN,)
    assert found["belief", "exact"] == (OWN,)
    text = bibliography(used)
    assert [line.partition("{")[2].partition(",")[0] for line in text.splitlines()] == [
        "corbett1995",
        "schulman2017",
        OWN,
    ]
