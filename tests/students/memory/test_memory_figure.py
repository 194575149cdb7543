"""The figure of recall after spaced and massed study: made by one command, and saying what the numbers say."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from zpdgym.configs.build import CONFIGS

from benchmarks.pages.memory_figure import MODELS, NEAR, RETENTION, SCHEDULES, STYLES, Recalls, main, recalls

DOCS = CONFIGS.parent / "docs" / "students"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("memory")
    main(["--students", "50", "--out", str(folder)])
    return folder


def test_one_command_draws_every_memory_model(made):
    root = ElementTree.parse(made / "memory.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    words = [t.text for t in root.iter("{http://www.w3.org/2000/svg}text")]
    assert all(title in words for title in MODELS.values())
    lines = list(root.iter("{http://www.w3.org/2000/svg}polyline"))
    assert len(lines) == len(STYLES) * (len(MODELS) + 1)  # one more for the key
    assert set(STYLES) == set(SCHEDULES)


def test_every_memory_model_has_a_file():
    for name in MODELS:
        assert (CONFIGS / "student" / f"{name}.yaml").is_file()


def test_all_schedules_have_as_many_lessons_and_the_spaced_ones_last_as_long():
    assert len({len(gaps) for gaps in SCHEDULES.values()}) == 1
    assert len({sum(gaps) for name, gaps in SCHEDULES.items() if name != "massed"}) == 1


def test_the_table_has_every_model_at_every_retention_interval(made):
    rows = re.findall(
        r"^\| ([^|]+) \| (\d+) \| ([\d. |]+) \| ([a-z ]+) \|$", (made / "memory.md").read_text(), re.MULTILINE
    )
    assert len(rows) == len(MODELS) * len(RETENTION)
    for model, days, means, best in rows:
        values = dict(zip(SCHEDULES, map(float, means.split(" | ")), strict=True))
        assert model in MODELS.values()
        assert float(days) in RETENTION
        assert best == "none clearly" or values[best] == max(values.values())


def test_a_schedule_is_best_only_when_it_is_clearly_ahead():
    rng = np.random.default_rng(0)
    base = rng.random((400, 1))
    same = {name: base for name in SCHEDULES}
    assert Recalls({}, same, {}).best(0) == "none clearly"
    assert Recalls({}, {**same, "even": base + 0.01}, {}).best(0) == "even"  # small, but the same for everybody
    noisy = base + 0.01 + rng.normal(0.0, 0.5, base.shape)
    assert Recalls({}, {**same, "even": noisy}, {}).best(0) == "none clearly"


def test_the_best_gaps_are_the_shortest_of_those_that_are_nearly_best():
    pairs = {(0.0, 0.0): np.array([0.2]), (4.0, 1.0): np.array([0.5]), (9.0, 9.0): np.array([0.5 + NEAR / 2])}
    assert Recalls({}, {}, pairs).best_gaps(0) == ((4.0, 1.0), 0.5)


def test_actr_wants_the_longer_gap_first_and_mcm_does_not():
    """What Lindsey, Mozer, Cepeda & Pashler (2009) report of the two models."""
    actr, mcm = recalls("actr", 2), recalls("mcm", 2000)
    for r in range(len(RETENTION)):
        first, second = actr.best_gaps(r)[0]
        assert first > second > 0.0
        first, second = mcm.best_gaps(r)[0]
        assert 0.0 < first <= second
    assert actr.best(0) == "contracting"


def test_the_page_in_the_docs_is_this_programs(made):
    """Its words and deterministic numbers; the others depend on how many students were asked."""
    here, there = ((folder / "memory.md").read_text() for folder in (made, DOCS))
    pick = lambda text: re.findall(r"^\| (?:ACT-R) \|.*$", text, re.MULTILINE)  # noqa: E731
    assert pick(here) == pick(there)
    assert re.findall(r"^#.*$", here, re.MULTILINE) == re.findall(r"^#.*$", there, re.MULTILINE)
