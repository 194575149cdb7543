"""``tutor.js``: what it tells, what it refuses, what it does where the tutor's own policy cannot choose."""

from __future__ import annotations

import json

import numpy as np
import pytest
from zpdgym.agents.problem import Problem
from zpdgym.agents.registry import build_policy
from zpdgym.envs import Scenario
from zpdgym.experiments.packed.contents import contents
from zpdgym.experiments.packed.digest import checksum

from benchmarks.packed.teachers import drawn
from benchmarks.packed.worlds import home, world
from tests.experiments.packed.helpers import changed, in_node

NAMES = ('"; alert(1); "', "<script>alert(1)</script>", "Größen & Maße \\ `${x}`", "分数 \u2028 ٣/٤ 🙂")


@pytest.fixture(scope="module")
def packed():
    return contents(Scenario.load("Practice-v1"), build_policy("mastery"))


def test_numbers_tell_why(tmp_path):
    """The score of the item and of the one behind it, and what the tutor expects and believes of it in Python, too."""
    scenario = world("graph", "Practice-v1")
    policy = drawn("tuned_index", scenario, seed=0)
    env = scenario.make(1, seed=0, autoreset=False)
    policy.bind(Problem.of(env))
    observation, _ = env.reset(seed=0)
    (item,), _ = policy.predict(observation)
    believed = policy.problem.believed(observation)
    found = in_node(tmp_path, "const found = new Tutor(data).next();", contents(scenario, policy))
    why = found["why"]
    assert (found["item"], found["name"], found["by"]) == (item, env.curriculum.items[item], "policy")
    assert why["score"] >= why["second"]["score"]
    assert why["second"]["item"] != item
    assert why["gain"] == pytest.approx(env.belief.expected_gain(believed)[0, item], rel=1e-12)
    assert why["right"] == pytest.approx(env.belief.p_correct(believed)[0, item], rel=1e-12)
    (skill,) = np.flatnonzero(env.curriculum.q[item])
    known, ready = (float(column[0, skill]) for column in (believed.belief, believed.ready))
    assert why["skills"] == [{"skill": skill, "name": env.curriculum.skills[skill], "known": known, "ready": ready}]


def test_choosing_changes_nothing_and_a_history_brings_the_tutor_back(packed, tmp_path):
    program = """
    const tutor = new Tutor(data);
    for (let lesson = 0; lesson < 30; lesson += 1) {
      const { item } = tutor.next();
      const { asks } = data.curriculum.items[item];
      tutor.record({ item, ...(asks ? { correct: lesson % 3 > 0 } : {}) });
    }
    const again = Tutor.after(data, JSON.parse(JSON.stringify(tutor.history)));
    const found = [tutor, tutor, again].map((one) => [one.next(), one.belief(), one.clock()]);
    tutor.reset();
    found.push([tutor.belief(), new Tutor(data).belief()]);
    """
    first, second, again, (fresh, new) = in_node(tmp_path, program, packed)
    assert first == second == again
    assert first[2]["session"] == 3
    assert fresh == new != first[1]


def test_a_history_that_was_kept_is_not_changed_by_later_lessons(packed, tmp_path):
    program = """
    const tutor = new Tutor(data);
    const lesson = { item: tutor.next().item };
    if (tutor.next().asks) lesson.correct = true;
    tutor.record(lesson);
    const kept = tutor.history;
    kept.push("nonsense");
    kept[0].item = -1;
    tutor.record(lesson);
    const found = [tutor.history, lesson, kept.length, said(() => Tutor.after(data, null))];
    found.push(said(() => Tutor.after(data, kept)));
    """
    history, lesson, kept, nothing, broken = in_node(tmp_path, program, packed)
    assert history == [lesson, lesson]
    assert kept == 2
    assert nothing == "Error: history must be a list, as tutor.history is"
    assert broken == "Error: this lesson cannot have been: item must be a number from 0 to 31"


def test_days_pass_as_the_page_says(tmp_path):
    """A pupil who comes on other days than those of the plan forgets by those."""
    scenario = home("graph", "Algebra-v1")
    belief, state = scenario.belief, scenario.belief.allocate(1)
    belief.elapse(state, np.array([40.0]))
    program = """
    const tutor = new Tutor(data);
    tutor.next({ day: 0 });
    const found = [tutor.belief().map(({ known }) => known), tutor.clock().day];
    tutor.next({ day: 40 });
    found.push(tutor.belief().map(({ known }) => known), tutor.clock().day);
    const item = data.curriculum.items.findIndex(({ asks }) => asks);
    for (let lesson = 0; lesson < 12; lesson += 1) tutor.record({ item, correct: true, day: 41 });
    const early = { item, correct: true, day: 7 };
    found.push(tutor.clock(), said(() => tutor.next(early)), said(() => tutor.record(early)));
    tutor.next({ day: 50 });
    tutor.record({ item, correct: false }); // on the day that next was told
    const again = Tutor.after(data, tutor.history);
    found.push([tutor, again].map((one) => [one.belief(), one.clock(), one.next()]));
    """
    before, first_day, after, later_day, clock, early, early_lesson, (one, again) = in_node(
        tmp_path, program, contents(scenario, build_policy("mastery"))
    )
    assert before == scenario.belief.allocate(1)["belief"][0].tolist()
    assert max(b - a for a, b in zip(after, before, strict=True)) > 0.01
    np.testing.assert_allclose(after, state["belief"][0], rtol=1e-12)
    assert (first_day, later_day) == (0, 40)
    assert one == again
    assert one[1]["day"] == 50
    assert (clock["session"] > 0, clock["day"]) == (True, 41)  # sessions end, and no days of the plan pass
    assert early == "Error: day 7 must be a number of at least 41, the day that it is"
    assert early_lesson == "Error: this lesson cannot have been: day must be a number of at least 41"


def test_a_lesson_that_cannot_have_been_is_refused_and_changes_nothing(packed, tmp_path):
    asks = next(m for m, item in enumerate(packed["curriculum"]["items"]) if item["asks"])
    shows = next(m for m, item in enumerate(packed["curriculum"]["items"]) if not item["asks"])
    wrong = {
        "item must be a number from 0 to 31": [{}, None, {"item": 32}, {"item": "0"}, {"item": 0.5}],
        "correct must be true or false": [{"item": asks}, {"item": asks, "correct": 1}],
        "correct must be left out": [{"item": shows, "correct": True}],
        "option must be a number from 0 to 9": [{"item": asks, "correct": False, "option": 10}],
        "option 0 is the right one": [{"item": asks, "correct": True, "option": 1}],
        "minutes must be a number of at least 0": [{"item": shows, "minutes": -1}, {"item": shows, "minutes": "3"}],
        "hints must be a whole number": [{"item": shows, "hints": 0.5}],
        'it has "minuts", which is none of item, correct, option, minutes, hints, day': [{"item": shows, "minuts": 3}],
    }
    program = """
    const tutor = new Tutor(data.packed);
    const before = JSON.stringify([tutor.belief(), tutor.clock(), tutor.history]);
    const found = [data.lessons.map((lesson) => said(() => tutor.record(lesson)))];
    found.push(before === JSON.stringify([tutor.belief(), tutor.clock(), tutor.history]));
    """
    lessons = [lesson for group in wrong.values() for lesson in group]
    told, same = in_node(tmp_path, program, {"packed": packed, "lessons": lessons})
    expected = [text for text, group in wrong.items() for _ in group]
    for text, message in zip(expected, told, strict=True):
        assert message.startswith(f"Error: this lesson cannot have been: {text}")
        assert "\n" not in message
    assert same


def test_where_its_policy_cannot_choose_a_rule_goes_through_the_curriculum_and_says_so(tmp_path):
    """After the plan's last lesson, and where no belief fits the answers; never without a word."""
    short = Scenario.load("Practice-v1", change={"schedule.sessions": 1, "schedule.session_lessons": 5})
    ending = contents(short, build_policy("mastery"))
    numbers = {"kind": "graph", "source": "given", "prior": 1e-310, "learn": 0.0, "guess": 1e-320, "slip": 0.0}
    torn = contents(Scenario.load("Practice-v1", change={"belief": numbers}), build_policy("mastery"))
    program = """
    const found = data.map((packed) => {
      const tutor = new Tutor(packed);
      const { items } = packed.curriculum;
      return Array.from({ length: 40 }, () => {
        const choice = tutor.next();
        tutor.record({ item: choice.item, ...(items[choice.item].asks ? { correct: true } : {}) });
        return choice;
      });
    });
    """
    over, unsound = in_node(tmp_path, program, [ending, torn])
    assert [choice["by"] for choice in over] == ["policy"] * 5 + ["fallback"] * 35
    assert {choice["reason"] for choice in over[5:]} == {"the time of the plan is over"}
    assert {choice["reason"] for choice in unsound if choice["by"] == "fallback"} == {
        "the answers fit nothing that this tutor can believe"
    }
    skills = [ending["curriculum"]["items"][choice["item"]]["skills"][0] for choice in over]
    place = {k: at for at, k in enumerate(ending["curriculum"]["order"])}
    assert [place[k] for k in skills[5:30]] == sorted(place[k] for k in skills[5:30])
    assert len(set(skills[5:30])) > 3


def test_names_of_any_letters_stay_what_they_are(tmp_path):
    replace = {
        "curriculum": {"_target_": "zpdgym.students.independent", "skills": list(NAMES), "name": NAMES[1]},
        "student": {"_target_": "zpdgym.students.BKT"},
        "population": None,
    }
    numbers = {"kind": "bkt", "source": "given", "prior": 0.3, "learn": 0.2, "guess": 0.2, "slip": 0.1}
    change = {"belief": numbers, "unexpected": {}, "observe.columns": ["belief", "ready", "tries"]}
    scenario = Scenario.load("Practice-v1", replace=replace, change=change)
    packed = contents(scenario, build_policy("mastery"))
    program = """
    const tutor = new Tutor(data);
    const found = [tutor.belief().map(({ name }) => name), tutor.next().name, checksum(data)];
    """
    names, item, digest = in_node(tmp_path, program, packed)
    assert names == list(NAMES)
    assert item == scenario.curriculum.items[0]
    assert digest == packed["checksum"] == checksum(packed)


def test_what_was_cut_or_changed_is_refused_in_one_line(packed, tmp_path):
    """Without a checksum that fits, and with one: then by what is wrong with its contents."""
    bugs = contents(world("misconceptions", "knotted"), drawn("ppo_scorer", world("misconceptions", "knotted"), 0))
    index = contents(Scenario.load("Practice-v1"), build_policy("tuned_index"))
    forged = [
        (changed(packed, "curriculum.skills", []), "the curriculum has no skills or no items"),
        (changed(packed, "curriculum.items.3.skills", [8]), "'curriculum.items.3.skills' is missing, or not what"),
        (changed(packed, "curriculum.order", [0] * 8), "'curriculum.order' is missing"),
        (changed(packed, "schedule", ...), "'schedule' is missing, or no section"),
        (changed(packed, "schedule.days_between", [1]), "'schedule.days_between' has another length"),
        (changed(packed, "belief.kind", "elo"), "the belief 'elo' is none of bkt, graph, misconceptions"),
        (changed(packed, "belief.kind", "constructor"), "the belief 'constructor' is none of"),
        (changed(packed, "belief.learn.0", None), "'belief.learn' is missing, or not what it must be"),
        (changed(packed, "belief.learn.0", 1.5), "'belief.learn' is missing"),
        (changed(packed, "belief.guess", [0.2]), "'belief.guess' is missing"),
        (changed(packed, "belief.start.0", -0.1), "'belief.start' is missing"),
        (changed(packed, "belief.cliques.1.size", 3), "'belief.cliques.1.size' is missing"),
        (changed(packed, "belief.cliques.1.map.0", 99), "'belief.cliques.1.map' is missing"),
        (changed(packed, "belief.skills.2.bit", 3), "'belief.skills.2.bit' is missing"),
        (changed(packed, "belief.items.0.groups", [[77, 1]]), "'belief.items.0.groups' is missing"),
        (changed(packed, "observation.columns.0.name", "__proto__"), "'observation.columns.0.name' is missing"),
        (changed(packed, "observation.columns.1.name", "belief"), "a column of the observation is there twice"),
        (changed(packed, "observation.columns", packed["observation"]["columns"][2:]), "mastery learning needs"),
        (changed(packed, "policy.kind", "eval"), "the policy 'eval' is none of mastery, scorer, tuned_index"),
        (changed(packed, "policy.threshold", "0.9"), "'policy.threshold' is missing"),
        (changed(packed, "policy.items.rule", "best"), "'policy.items' is missing"),
        (changed(packed, "ladders.items.0", [32]), "'ladders.items' is missing"),
        (changed(packed, "fallback", None), "'fallback' is missing, or no section"),
        (changed(index, "policy.weights.belief", ...), "'policy.weights' is missing"),
        (changed(index, "policy.constant.0", [1, 1]), "'policy.constant' is missing"),
        (changed(bugs, "policy.of_row", bugs["policy"]["of_row"][1:]), "'policy.of_row' is missing"),
        (changed(bugs, "policy.layers.0.bias", []), "'policy.layers.0.bias' is missing"),
        (changed(bugs, "policy.layers", []), "the network does not end in one number"),
        (changed(bugs, "belief.diagnostic.0", [2, 0]), "'belief.diagnostic' is missing"),
        (changed(bugs, "belief.skills.0.unit", 5), "'belief.skills.0.unit' is missing"),
        (changed(bugs, "observation.bugs", 1), "the columns of bugs are not those of the belief"),
    ]
    plain = [
        (None, "this is no packed tutor"),
        ([], "this is no packed tutor"),
        ({}, "format none; this tutor.js reads format 1"),
        ({**packed, "format": 2}, "format 2; this tutor.js reads format 1"),
        ({**packed, "scenario": "Other-v0"}, "the checksum is another: the file was cut or changed"),
        ({key: value for key, value in packed.items() if key != "ladders"}, "the checksum is another"),
        ({**packed, "checksum": None}, "the checksum is another"),
    ]
    cases = [*plain, *forged]
    program = """
    const found = [data.good.map((packed) => said(() => new Tutor(packed)))];
    found.push(data.cases.map((packed) => said(() => new Tutor(packed))));
    found.push(said(() => new Tutor({ ...data.good[0], more: JSON.parse(data.deep) })));
    """
    depth = 20_000
    data = {"good": [packed, index, bugs], "cases": [case for case, _ in cases], "deep": "[" * depth + "]" * depth}
    good, told, nested = in_node(tmp_path, program, data)
    assert good == ["nothing"] * 3
    for (_, text), message in zip(cases, told, strict=True):
        assert message.startswith(f"Error: tutor.json: {text}"), message
        assert "\n" not in message
    assert nested == "Error: tutor.json: it is nested too deeply"
    assert json.dumps(packed) == json.dumps(contents(Scenario.load("Practice-v1"), build_policy("mastery")))


def test_an_option_that_no_item_has_is_refused(tmp_path):
    packed = contents(world("misconceptions", "Practice-v1"), build_policy("mastery"))
    item = next(m for m, item in enumerate(packed["curriculum"]["items"]) if item["asks"])
    program = """
    const tutor = new Tutor(data.packed);
    const found = [3, 4].map((option) => said(() => tutor.record({ item: data.item, correct: false, option })));
    """
    found = in_node(tmp_path, program, {"packed": packed, "item": item})
    assert found == ["nothing", "Error: this lesson cannot have been: option must be a number from 0 to 3"]
