"""The first screen: the verdict of the table, a hundred pupils counted right, three numbers, the line that stays."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.experiments.figures.bars import Shares
from zpdgym.experiments.figures.words import capital
from zpdgym.experiments.report.answers import of_all
from zpdgym.experiments.report.front import EVERY, STAYS, dots, front
from zpdgym.experiments.report.page import page as whole_page
from zpdgym.experiments.report.results import read_experiment
from zpdgym.experiments.report.verdicts import who_won

from tests.experiments.report.outline import Outline


@pytest.fixture(scope="module")
def world(experiment):
    return read_experiment(experiment)[1][0]


def shares(name, pupils, worse, better):
    return Shares(name, pupils, (worse, worse), (better, better))


def test_every_dot_is_a_hundredth_of_the_pupils_of_its_kind_and_group():
    rows = [shares("all", 400, 0.1, 0.45), shares("slow", 100, 0.4, 0.0), shares("fast", 300, 0.0, 0.6)]
    assert Counter(dots(rows)) == {(0, 0): 10, (2, 0): 15, (3, 1): 45, (2, 1): 30}
    assert Counter(dots(rows[:1])) == {(0, 0): 10, (2, 0): 45, (3, 0): 45}
    untold = Shares("slow", 100, (np.nan, np.nan), (np.nan, np.nan))
    assert {group for _, group in dots([rows[0], untold, rows[2]])} == {0}


def test_what_is_only_known_from_and_to_is_a_dot_of_its_own():
    assert Counter(dots([Shares("all", 50, (0.1, 0.3), (0.4, 0.5))])) == {
        (0, 0): 10,
        (1, 0): 30,
        (2, 0): 20,
        (3, 0): 40,
    }


@given(st.lists(st.tuples(st.integers(1, 500), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_there_are_always_a_hundred_dots_and_none_is_far_from_its_share(groups):
    total = sum(n for n, *_ in groups)
    rows = [shares("group", n, worse, (1 - worse) * better) for n, worse, better in groups]
    placed = Counter(dots([shares("all", total, 0.0, 0.0), *rows]))
    assert sum(placed.values()) == EVERY
    for g, row in enumerate(rows):
        for kind, share in ((0, row.worse[0]), (3, row.better[0])):
            assert abs(placed[kind, g] - EVERY * share * row.pupils / total) < 1.0 + 1e-6


def test_the_answer_stands_before_everything_else_and_is_the_verdict_of_the_table(world, page):
    answer = capital(who_won(world))
    outline = Outline(page)
    assert answer in outline.said
    assert outline.said.index(answer) < outline.said.index("Read this first") < outline.said.index("Contents")
    assert STAYS in outline.said


def test_the_picture_is_told_in_words_and_groups_are_coloured_without_a_script(world):
    made = str(front(world, "w0"))
    numbers = [
        int(n)
        for n in re.findall(
            r"(\d+) (?:worse|we cannot tell|about the same|better)", re.search(r"<desc[^>]*>([^<]*)", made)[1]
        )
    ]
    assert sum(numbers) == EVERY
    assert len(re.findall(r'<g class="g\d+">', made)) == EVERY
    box = re.search(r'<input type="checkbox" id="([^"]+)"', made)
    assert box
    assert f'for="{box[1]}"' in made
    assert made.index("<input") < made.index("<svg"), "a sibling in front of what it colours"
    assert "<script" not in made


def test_three_numbers_stand_beside_those_of_mastery_learning(world):
    made = str(front(world, "w0"))
    assert made.count("<strong>") == 3
    assert made.count(f"<small>{world.mastery.name}: ") == 3


def test_assumptions_are_folded(page):
    assert re.search(r"<details[^>]*><summary[^>]*>What was assumed</summary>", page)


def test_where_nobody_is_set_beside_anybody_there_is_no_picture(experiment):
    told, (world,) = read_experiment(experiment)
    alone = replace(world, ways={name: way for name, way in world.ways.items() if name != world.table.tuned})
    made = whole_page(told, [alone], of_all(experiment))
    assert 'class="front"' not in made
    assert STAYS in Outline(made).said


def test_a_control_that_was_won_has_no_winner(world):
    learnt = world.teacher
    row = replace(learnt.row, beats_control="above the bound")
    won = replace(world, ways={**world.ways, learnt.policy: replace(learnt, row=row)})
    assert who_won(won) == "a control was won, which cannot be: trust no number here before the mistake is found."


def test_where_lives_do_not_take_the_luck_out_the_picture_is_of_one_run(world, monkeypatch):
    untold = [Shares("all pupils", 60, (np.nan, np.nan), (np.nan, np.nan))]
    monkeypatch.setattr("zpdgym.experiments.report.front.shares_in_expectation", lambda _: untold)
    screen = front(world, "w0")
    assert "in one run of luck, which is most of what tells single pupils apart" in screen
    assert screen.count("<circle") + screen.count("<polygon") >= EVERY
