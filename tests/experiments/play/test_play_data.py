"""What the page tells its script is what stands in the files of the experiment."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from zpdgym.experiments.figures.stretches import stretches
from zpdgym.experiments.play import classes, own, section
from zpdgym.experiments.play.codes import FINEST, SIGNS
from zpdgym.experiments.play.pupils import compared, pupils
from zpdgym.experiments.play.reasons import of_mastery
from zpdgym.experiments.report.results import read_experiment, read_lessons
from zpdgym.experiments.report.taught.choosing import choose_moments, differing
from zpdgym.experiments.report.taught.replay import MasteryRule
from zpdgym.experiments.report.taught.risk import flagged
from zpdgym.experiments.report.taught.why import mastery_rule, six_pupils
from zpdgym.experiments.store.runs import Run, write_json
from zpdgym.students.model import allocate_outcome

from benchmarks.packed.worlds import home
from tests.experiments.play.helpers import in_node, with_belief
from tests.experiments.report.made_up import seal


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return read_experiment(with_belief(tmp_path_factory.mktemp("results")))[1][0]


@pytest.fixture(scope="module")
def told(world):
    data = played(world).script.partition(">")[2].partition("</script>")[0]
    return json.loads(data)["worlds"][0]


def played(world):
    """The section of one scenario."""
    found = section.played([world])
    assert found is not None
    return found


def read_shares(text: str, width: int) -> np.ndarray:
    steps = [SIGNS.index(a) * len(SIGNS) + SIGNS.index(b) for a, b in zip(text[::2], text[1::2], strict=True)]
    return np.array(steps).reshape(-1, width) / FINEST


def test_pupils_are_those_of_the_page_and_their_beliefs_those_of_the_files(world, told):
    own_lessons = read_lessons(world, world.teacher)
    kept = min(own_lessons.n_students, read_lessons(world, world.mastery).n_students)
    chosen = [j.student for j in six_pupils(world, kept) if j.student is not None]
    assert [one["number"] - 1 for one in told["pupils"]] == chosen
    assert [way["name"] for way in told["ways"]] == [way.name for way in compared(world)]
    differ, skill = differing(own_lessons, mastery_rule(world))
    for one, i in zip(told["pupils"], chosen, strict=True):
        there, length = one["ways"][0], int(own_lessons.lengths[i])
        assert there["items"] == own_lessons.items[i, :length].tolist()
        believed = read_shares(there["belief"], 8)
        assert np.abs(believed[:length] - own_lessons.seen["belief"][i, :length]).max() < 2e-4
        assert there["otherwise"] == [[t, skill[i, t]] for t in np.flatnonzero(differ[i])]
        known = np.zeros((length + 1, 8), bool)
        for t, k in np.array(there["known"]).reshape(-1, 2):
            known[t:, k] ^= True
        assert (known == (own_lessons.mastery[i, : length + 1] > 0.999)).all()


def test_pupils_without_room_are_left_out_and_the_first_stays(world):
    assert len(pupils(world, 30, None, room=10**9)) > 1
    assert len(pupils(world, 30, None, room=1)) == 1


def test_bets_are_the_moments_of_the_page_and_do_not_tell_what_comes(world, told):
    lessons = read_lessons(world, world.teacher)
    moments = choose_moments(lessons, mastery_rule(world))
    assert [(b["number"] - 1, b["lesson"] - 1, b["teacher"], b["mastery"]) for b in told["bets"]] == [
        (m.student, m.lesson, m.teacher, m.mastery) for m in moments
    ]
    for bet, m in zip(told["bets"], moments, strict=True):
        before = bet["before"]
        assert before["items"] == lessons.items[m.student, before["first"] - 1 : m.lesson].tolist()
        assert any("which only we know" in line for line in bet["then"])


def test_the_reason_of_mastery_learning_is_the_part_of_its_rule_that_decides(world):
    lessons = read_lessons(world, world.mastery)
    found = of_mastery(lessons, MasteryRule(threshold=0.9, ready=0.6))
    skill = lessons.skills.argmax(axis=2)
    belief, ready = (np.take_along_axis(lessons.seen[s], skill[:, :, None], 2)[:, :, 0] for s in ("belief", "ready"))
    assert (found.decides[lessons.taught] == np.where((belief < 0.9) & (ready >= 0.6), 1, 2)[lessons.taught]).all()
    assert "less than 90\u00a0% known" in found.words[0]
    assert "at least 60\u00a0%" in found.words[0]


def test_a_class_is_told_by_levels_and_flags_of_the_whole_cohort(world, told):
    lessons = read_lessons(world, world.teacher)
    when = stretches(lessons)
    assert told["class"]["when"] == [stretch.words for stretch in when]
    assert len(told["class"]["groups"]) == classes.CLASS
    for week, stretch in zip(told["class"]["ways"][0], when, strict=True):
        assert week["flags"] == np.flatnonzero(flagged(lessons, stretch)[: classes.CLASS]).tolist()
        assert {i for i, k in enumerate(week["stuck"]) if k >= 0} <= set(week["flags"])
    for i, digits in enumerate(told["class"]["ways"][0][-1]["levels"]):
        belief, tries = classes.believed(lessons, i, int(when[-1].done[i]))
        expected = ["0" if b >= 0.95 else "1" if b >= 0.8 else "2" if b >= 0.5 else "3" if n else "4"
                    for b, n in zip(belief, tries, strict=True)]  # fmt: skip
        assert "".join(expected) == digits


def test_stuck_is_who_errs_most_in_what_is_not_yet_proficient(world):
    lessons = read_lessons(world, world.teacher)
    for i in range(lessons.n_students):
        done = int(lessons.lengths[i])
        k = classes.stuck_in(lessons, i, done)
        wrong = np.array([((lessons.skills[i, :done, s]) & (lessons.correct[i, :done] == 0)).sum() for s in range(8)])
        belief, _ = classes.believed(lessons, i, done)
        wrong[belief >= 0.8] = 0
        assert (wrong[k] == wrong.max() >= classes.STUCK) if k >= 0 else wrong.max() < classes.STUCK


def test_the_belief_for_a_class_of_ones_own_is_that_of_the_files(world, told):
    there = world.about["belief"]
    assert told["own"]["belief"]["prior"] == there["prior"]
    assert told["own"]["questions"] == [f"Skill {k} – exercise" for k in range(8)]
    assert told["own"]["belief"]["learn"] == there["learn"]
    assert told["own"]["question"] == [2 * k for k in range(8)]
    other = replace(world, about={**world.about, "belief": {"kind": "elo"}})
    assert "of this tutor's belief (elo) are not in the files" in str(own.own_class(other)["none"])


@pytest.mark.parametrize("kind", ["bkt", "graph", "misconceptions"])
def test_the_page_believes_of_a_pupil_what_the_tutor_does_in_python(kind, world, tmp_path):
    scenario = home(kind, "Practice-v1")
    like = replace(world, about={"belief": scenario.belief_parameters}, curriculum=scenario.curriculum)
    rng = np.random.default_rng(1)
    lessons = [(int(rng.integers(scenario.curriculum.n_skills)), bool(rng.random() < 0.6), 2 * n) for n in range(20)]
    there = own.own_class(like)
    found = in_node(
        tmp_path,
        'import { believed } from "./play/src/groups.js";\nconst found = believed(data.answers, data.own, 45);',
        {
            "own": there,
            "answers": [{"alias": "a", "skill": k, "right": right, "day": day} for k, right, day in lessons],
        },
    )
    belief, out = scenario.belief, allocate_outcome(1)
    state = belief.allocate(1)
    for k, right, day in lessons:
        if day:
            belief.elapse(state, np.array([2.0]))
        out["answered"], out["correct"], out["option"] = True, right, -1
        belief.update(state, np.array([own.question(scenario.curriculum, k)]), out)
    belief.elapse(state, np.array([45.0 - 38.0]))
    assert found == pytest.approx(state["belief"][0].tolist(), abs=1e-9)


def test_files_of_older_results_are_enough_and_names_cannot_end_the_data(tmp_path):
    names = ["</script><script>alert(1)</script>", *[f"Skill {k}" for k in range(7)]]
    folder = with_belief(tmp_path, names=names, n=20, lessons=16, keep=9)
    path = folder / "Small-v0" / "scenario.json"
    about = json.loads(path.read_text())
    del about["belief"], about["mastered_at"]
    write_json(path, about)
    (world,) = read_experiment(folder)[1]
    found = played(world)
    assert found.script.count("</script>") == 2
    assert "alert(1)" in found.script
    assert found.script == played(world).script
    assert "<script" not in found.section


def test_where_lessons_were_not_kept_one_line_says_so(tmp_path):
    folder = with_belief(tmp_path, n=20, lessons=16, keep=9)
    for kept in (folder / "Small-v0").rglob("lessons.npz"):
        kept.unlink()
        seal(Run(kept.parent))
    (world,) = read_experiment(folder)[1]
    assert "Single lessons cannot be shown here" in played(world).script
