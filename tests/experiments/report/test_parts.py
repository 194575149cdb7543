"""The report's parts: rules that imitate a teacher, choice of pupils and moments, the map, words and marks."""

from __future__ import annotations

import doctest
import importlib
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from zpdgym.agents import policy_names
from zpdgym.experiments.figures.layout import direct, map_layout
from zpdgym.experiments.figures.lessons import Lessons
from zpdgym.experiments.figures.markup import escape, tag
from zpdgym.experiments.figures.pictures import Path, crowded, journey_chart
from zpdgym.experiments.figures.words import EXPLAINED, LONGEST_NAME, PLAIN_NAMES
from zpdgym.experiments.report.outcomes import styles
from zpdgym.experiments.report.taught.choosing import choose_journeys, choose_moments, differing
from zpdgym.experiments.report.taught.features import situations
from zpdgym.experiments.report.taught.replay import MasteryRule, replay
from zpdgym.experiments.report.taught.rules import Rule, explain, follow, learn_rules
from zpdgym.experiments.report.taught.why import rule_in_words
from zpdgym.students.curriculum.builders import chain, random_dag
from zpdgym.students.curriculum.curriculum import Curriculum


def lessons_of(choose, *, n: int = 30, lessons: int = 20, skills: int = 6, finish: bool = False) -> Lessons:
    """Lessons in random situations; ``choose(belief, last_correct, tries)`` (n, T, K) gives the skill, -1 ends."""
    rng = np.random.default_rng(0)
    curriculum: Curriculum = chain(n_skills=skills)
    shape = (n, lessons, skills)
    seen = {
        "belief": rng.random(shape), "last_correct": rng.choice([0.0, 0.5, 1.0], p=[0.1, 0.7, 0.2], size=shape),
        "tries": rng.integers(0, 8, size=shape).astype(float), "ready": rng.random(shape),
    }  # fmt: skip
    skill = choose(seen["belief"], seen["last_correct"], seen["tries"])
    first = np.array([np.flatnonzero(curriculum.q[:, k])[0] for k in range(skills)])
    items = np.where(skill >= 0, first[skill], -1)
    mastery = np.zeros((n, lessons + 1, skills))
    day = np.broadcast_to(np.arange(lessons) // 5, (n, lessons)).astype(float)
    return Lessons(curriculum, items, np.ones(items.shape, np.int8), day, seen, mastery, None, (skill < 0) & finish)


def wrong_first_else_least_known(belief, last_correct, tries):
    wrong = last_correct < 0.25
    return np.where(wrong.any(axis=2), wrong.argmax(axis=2), belief.argmin(axis=2))


def test_rules_recover_a_planted_rule_and_say_it_in_words():
    lessons = lessons_of(wrong_first_else_least_known)
    made_from, _ = situations(lessons.of(range(20)))
    held_out, _ = situations(lessons.of(range(20, 30)))
    found = explain(made_from, held_out, (20, 10))
    assert found.agreement == 1.0
    words = [rule_in_words(rule, made_from, first=i == 0) for i, rule in enumerate(found.rules)]
    assert words == [
        "If there is a skill that was answered wrong the last time, teach it; of several, "
        "the one that comes first in the curriculum.",
        "Otherwise teach, of all skills, the one that is least known.",
    ]
    assert found.applies.sum() == pytest.approx(1.0)


def test_rules_speak_of_what_can_be_learnt_now_where_it_is_shown():
    plain = lessons_of(lambda belief, *_: belief.argmin(axis=2))
    open_ = np.random.default_rng(2).random(plain.seen["belief"].shape)
    first = np.array([np.flatnonzero(plain.curriculum.q[:, k])[0] for k in range(open_.shape[2])])
    lessons = replace(plain, seen={**plain.seen, "open": open_}, items=first[open_.argmax(axis=2)])
    made_from, held_out = (situations(lessons.of(range(*ends)))[0] for ends in ((0, 20), (20, 30)))
    found = explain(made_from, held_out, (20, 10))
    assert found.agreement == 1.0
    assert "with most to gain" in rule_in_words(found.rules[-1], made_from, first=True)
    words = [condition.words for condition in made_from.conditions]
    assert any("can be learnt now" in said for said in words)
    assert not any("can be learnt now" in one.words for one in situations(plain)[0].conditions)


def test_rules_are_at_most_eight_and_honest_about_a_teacher_without_a_rule():
    luck = np.random.default_rng(1)
    lessons = lessons_of(lambda belief, *_: luck.integers(0, 6, size=belief.shape[:2]))
    made_from, _ = situations(lessons.of(range(20)))
    held_out, _ = situations(lessons.of(range(20, 30)))
    found = explain(made_from, held_out, (20, 10))
    assert len(found.rules) <= 8
    assert found.agreement < 0.35


def test_rules_know_when_the_teaching_ends():
    def stop_when_all_known(belief, last_correct, tries):
        return np.where((belief < 0.3).any(axis=2), belief.argmin(axis=2), -1)

    lessons = lessons_of(stop_when_all_known, finish=True)
    made_from, _ = situations(lessons)
    rules = learn_rules(made_from)
    choice, _ = follow(rules, made_from)
    ends = ~made_from.chosen.any(axis=1)
    assert 0.05 < ends.mean() < 0.5
    assert ((choice == -1) == ends).mean() > 0.98
    said = rule_in_words(Rule((1,), -1), made_from)
    assert said == "If there is no skill that is believed less than 30 % known, end the teaching."


def test_journeys_are_chosen_by_rule_and_nobody_twice():
    difference = np.linspace(-1, 1, 101)
    gave_up = np.zeros(101, bool)
    gave_up[[70, 80, 90]] = True
    groups = ["slow learners" if i % 2 else "fast learners" for i in range(101)]
    chosen = [j.student for j in choose_journeys(difference, 101, gave_up, groups)]
    assert chosen == [10, 50, 90, 0, 80, 49]
    alike = choose_journeys(difference, 5, np.zeros(101, bool), ["all"] * 101)
    assert [j.student for j in alike] == [4, 3, 2, 0, None, None]
    assert alike[4].why_none
    assert alike[5].why_none == "This scenario has no group of slow learners."


def test_a_journey_says_only_what_its_difference_bears():
    gave_up, groups = np.zeros(100, bool), ["all"] * 100
    difference = np.zeros(100)
    difference[-4:] = 1.0
    roles = [j.role for j in choose_journeys(difference, 100, gave_up, groups)]
    assert roles[0] == "At the 10th percentile of the difference, which is the same for 96 pupils in 100"
    assert roles[1].startswith("In the middle")
    assert roles[2] == "At the 90th percentile of the difference, which is the same for 96 pupils in 100"
    assert roles[3].startswith("The smallest difference: nobody")
    few = [j.role for j in choose_journeys(np.linspace(-1, 1, 100), 5, gave_up, groups)]
    assert few[2] == "The nearest to the 90th percentile of the difference among the pupils whose lessons were kept"
    assert few[3] == "The largest loss against mastery learning"


def test_moments_are_lessons_in_which_both_teach_different_skills():
    lessons = lessons_of(lambda belief, *_: belief.argmin(axis=2))
    differ, other = differing(lessons)
    moments = choose_moments(lessons)
    assert len(moments) == 5
    assert len({m.student for m in moments}) == 5
    assert [m.lesson // 4 for m in moments] == [0, 1, 2, 3, 4]
    for m in moments:
        assert differ[m.student, m.lesson]
        assert m.mastery == other[m.student, m.lesson] != m.teacher


def test_a_teacher_that_follows_mastery_learning_never_differs():
    template = lessons_of(lambda belief, *_: belief.argmin(axis=2))
    skill = replay(template, MasteryRule()).skill
    first = np.array([np.flatnonzero(template.curriculum.q[:, k])[0] for k in range(6)])
    same = Lessons(
        template.curriculum, first[np.maximum(skill, 0)], template.correct, template.day, template.seen,
        template.mastery, None, template.ended,
    )  # fmt: skip
    assert not differing(same)[0].any()
    assert choose_moments(same) == []


@pytest.mark.parametrize("curriculum", [chain(n_skills=4), random_dag(n_skills=40, seed=3)])
def test_map_puts_prerequisites_above_and_nothing_on_top_of_another(curriculum):
    layout = map_layout(curriculum)
    assert len(layout.lines) == len(direct(curriculum))
    for j, k in direct(curriculum):
        assert layout.row[j] < layout.row[k]
    for row in range(layout.row.max() + 1):
        places = np.sort(layout.x[layout.row == row])
        assert len(places) <= 5
        assert (np.diff(places) >= 1 - 1e-9).all()
    assert layout.x.min() >= 0.5 - 1e-9
    assert layout.x.max() <= layout.width - 0.5 + 1e-9


def test_arrows_that_follow_from_others_are_left_out():
    curriculum = chain(n_skills=3)
    needs = np.array(curriculum.prerequisites)
    needs[2, 0] = True
    longer = Curriculum.from_dict(curriculum.to_dict() | {"skills": [
        {"name": s, "prerequisites": [curriculum.skills[j] for j in np.flatnonzero(needs[k])]}
        for k, s in enumerate(curriculum.skills)
    ]})  # fmt: skip
    assert direct(longer) == [(0, 1), (1, 2)]


def test_markup_escapes_text_and_attributes():
    assert tag("p", "<b>", title='"x"') == '<p title="&quot;x&quot;">&lt;b&gt;</p>'
    assert tag("p", tag("b", "&"), None, ["1", 2]) == "<p><b>&amp;</b>12</p>"
    assert escape("a\x00b\ud800") == "a\ufffdb\ufffd"
    assert tag("rect", width=1.50001, height=-0.001) == '<rect width="1.5" height="0"/>'


@pytest.mark.parametrize(("lessons", "strokes"), [(30, False), (200, True)])
def test_marks_of_many_lessons_do_not_merge(lessons, strokes):
    """Right answers above, wrong ones below: their strokes share no height."""
    curriculum = chain(n_skills=2)
    correct = np.tile(np.array([1, 0], np.int8), lessons // 2)
    path = Path("t", np.zeros(lessons, int), correct, np.zeros(lessons), None, False)
    drawn = str(journey_chart("k", "Pupil 1", curriculum, [path]))
    assert crowded(lessons) == strokes
    upright = [(float(y), float(y) + float(h)) for y, h in re.findall(r"M[0-9.]+ ([0-9.]+)v([0-9.]+)(?=[M\"])", drawn)]
    assert len(upright) == (lessons if strokes else 0)
    if strokes:
        right, wrong = set(upright[: lessons // 2]), set(upright[lessons // 2 :])
        assert max(end for _, end in right) <= min(start for start, _ in wrong) + 0.01


def test_a_reference_is_a_star_on_a_line_and_the_caption_names_the_star(page):
    chart = page.split('id="w0-won-title"')[1].split("</svg>")[0]
    assert "stroke-dasharray" not in chart
    assert "<polygon" in chart
    assert "Stars are references" in page
    assert "Broken lines are references" not in page


@pytest.mark.parametrize(
    "module", ["comparison.formats", "figures.words", "figures.svg", "figures.markup", "report.verdicts"]
)
def test_examples_in_the_documentation_are_true(module):
    result = doctest.testmod(importlib.import_module(f"zpdgym.experiments.{module}"))
    assert result.attempted > 0
    assert result.failed == 0


def test_every_way_of_teaching_has_a_line_however_many_there_are():
    ways = {f"way {i}": SimpleNamespace(kind="baseline") for i in range(60)}
    world: Any = SimpleNamespace(ways=ways, teacher=ways["way 0"], mastery=ways["way 1"])
    assert set(styles(world)) == set(ways)


def test_every_policy_has_a_plain_name_of_its_own_and_an_explanation():
    names = set(policy_names())
    assert set(PLAIN_NAMES) == names
    assert set(EXPLAINED) == names
    assert len(set(PLAIN_NAMES.values())) == len(names)
    assert max(map(len, PLAIN_NAMES.values())) <= LONGEST_NAME, "a longer one is cut beside its curve"
    assert all(text.endswith(".") for text in EXPLAINED.values())
    technical = r"polic|reward|student|item|lookahead|algorithm|parameter"
    assert not [text for text in (*PLAIN_NAMES.values(), *EXPLAINED.values()) if re.search(technical, text)]
