"""Problems of several steps, as beliefs and the table take them in: every step's answer, in its order."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.agents.rollouts import teach
from zpdgym.envs import Scenario, check_tutor_env
from zpdgym.envs.beliefs.build import build_belief, kinds
from zpdgym.envs.beliefs.course import CourseLog, course_log, unfolded
from zpdgym.envs.beliefs.fitting import fit_to_log
from zpdgym.errors import InputError
from zpdgym.students import Curriculum, allocate_outcome
from zpdgym.students.curriculum.steps import answers_of, steps_from_words, steps_in_words

from tests.helpers import COMPILED
from tests.reference.joint import Joint

NUMBERS = {"prior": [0.6, 0.5, 0.4, 0.7], "forget": 0.03, "leak": 0.1}
SHAPES = {"learn": (0.1, 0.3), "guess": (0.1, 0.3), "slip": (0.05, 0.15)}


def problems():
    return Curriculum.from_dict(
        {
            "name": "problems",
            "skills": [
                {"name": "a"}, {"name": "b", "prerequisites": ["a"]}, {"name": "c", "prerequisites": ["a", "b"]},
                {"name": "d"},
            ],
            "items": [
                *({"name": f"question {n}", "skills": [n], "minutes": 2.0} for n in "abcd"),
                {"name": "long", "steps": ["a", "b", "a", "c", "a"], "minutes": 7.5},
                {"name": "helped", "steps": ["d", "c"], "minutes": 4.0, "approach": "guided"},
                {"name": "apart", "steps": ["d", "d", "a"], "minutes": 4.5},
                {"name": "both", "skills": ["a", "d"], "minutes": 3.0},
                {"name": "example", "skills": ["d"], "approach": "example", "minutes": 2.0},
            ],
        }
    )  # fmt: skip


def numbers(c, seed=0):
    rng = np.random.default_rng(seed)
    drawn = {name: rng.uniform(*ends, c.unfolded.n_items).round(3).tolist() for name, ends in SHAPES.items()}
    return {**NUMBERS, **drawn}


def world(tmp_path, **change):
    path = tmp_path / "problems.json"
    path.write_text(json.dumps(problems().to_dict()))
    replace = {
        "curriculum": {"_target_": "zpdgym.students.read_curriculum", "path": str(path)},
        "student": {"_target_": "zpdgym.students.BKT", "prior": 0.4, "learn": 0.25, "forget": 0.02, "leak": 0.05},
        "schedule": {"sessions": 3, "session_minutes": 30, "days_between": 2, "retention_days": 7},
    }
    belief = {"kind": "bkt", "source": "true_population"}
    return Scenario.load("Tiny-v0", replace=replace, change={"belief": belief, **change})


def seen(c, items, rng):
    """What lessons with these items showed, at random."""
    out, steps = allocate_outcome(len(items)), (c.item_steps[items] >= 0).sum(axis=1)
    out["answered"] = c.asks[items] & (items >= 0)
    out["right_steps"] = rng.integers(0, 256, len(items)) & ((1 << steps) - 1)
    whole = np.where(steps > 0, out["right_steps"] == (1 << steps) - 1, rng.random(len(items)) < 0.5)
    out["correct"] = whole & out["answered"]
    return out


class PlainFilter:
    """Knowledge tracing of one student from docs/environment.md: a skill at a time, a step at a time."""

    def __init__(self, c, given):
        self.c, self.given, self.known = c, given, list(given["prior"])

    def ready(self, k):
        return float(np.prod([self.known[j] for j in np.flatnonzero(self.c.prerequisites[k])]))

    def learn(self, part, k, ready):
        return self.given["learn"][part] * (self.given["leak"] + (1 - self.given["leak"]) * ready)

    def step(self, part, k, answered, right):
        guess, slip, p = self.given["guess"][part], self.given["slip"][part], self.known[k]
        chance = self.learn(part, k, self.ready(k))
        if answered:
            known, not_ = (1 - slip, guess) if right else (slip, 1 - guess)
            p = p * known / (p * known + (1 - p) * not_)
        self.known[k] = p + (1 - p) * chance

    def lesson(self, item, answered, correct, right_steps):
        for s, part in enumerate(int(p) for p in self.c.parts[item] if p >= 0):
            k = int(self.c.unfolded.q[part].argmax())
            problem = self.c.item_steps[item, 0] >= 0
            self.step(part, k, answered, bool(right_steps >> s & 1) if problem else correct)

    def foretold(self, item):
        """All ways in which a problem may go for skills that are independent: P(all right), and what it teaches."""
        parts = [int(p) for p in self.c.parts[item] if p >= 0]
        skill = [int(self.c.unfolded.q[part].argmax()) for part in parts]
        own = sorted(set(skill))
        right, gain, ready = 0.0, 0.0, {k: self.ready(k) for k in own}
        for start in itertools.product((0, 1), repeat=len(own)):
            for learnt in itertools.product((0, 1), repeat=len(parts)):
                now, p, all_right = dict(zip(own, start, strict=True)), 1.0, 1.0
                for k in own:
                    p *= self.known[k] if now[k] else 1 - self.known[k]
                for part, k, does in zip(parts, skill, learnt, strict=True):
                    all_right *= 1 - self.given["slip"][part] if now[k] else self.given["guess"][part]
                    chance = 0.0 if now[k] else self.learn(part, k, ready[k])
                    p *= chance if does else 1 - chance
                    now[k] = now[k] or does
                right += p * all_right
                gain += p * (sum(now.values()) - sum(start))
        return right, gain


@pytest.mark.kernels
def test_a_bkt_belief_equals_a_second_implementation_step_by_step():
    c, rng, n = problems(), np.random.default_rng(1), 8
    belief, taught = build_belief({"kind": "bkt", **numbers(c)}, c), np.array([0, 1, 2, 3, 4, 5, 6, 8])
    state, plain = belief.allocate(n), [PlainFilter(c, numbers(c)) for _ in range(n)]
    for _ in range(25):
        items = rng.choice(taught, n)
        out = seen(c, items, rng)
        belief.update(state, items, out)
        for one, item, row in zip(plain, items, out, strict=True):
            one.lesson(int(item), row["answered"], bool(row["correct"]), int(row["right_steps"]))
        assert state["belief"] == pytest.approx(np.array([one.known for one in plain]), abs=1e-12)
        assert state["total"] == pytest.approx(state["belief"].sum(axis=1))
    told = np.array([[one.foretold(int(m)) for m in taught] for one in plain])
    assert belief.p_correct(state["belief"])[:, taught] == pytest.approx(told[..., 0], abs=1e-12)
    assert belief.expected_gain(state["belief"])[:, taught] == pytest.approx(told[..., 1], abs=1e-12)


@pytest.mark.kernels
@pytest.mark.parametrize("kind", ["graph", "exact"])
def test_joint_beliefs_are_bayes_rule_step_by_step(kind):
    """Four skills in cliques that are never cut: the joint itself, for answers on one skill each."""
    c, rng = problems(), np.random.default_rng(2)
    given_ = {**numbers(c), "learn": 0.0}  # after learning, cliques are right each for itself alone
    belief, joint = build_belief({"kind": kind, **given_}, c), Joint(c.unfolded, given_)
    state = belief.allocate(1)
    for item in rng.choice([0, 1, 2, 3, 4, 5, 6], 12):
        out = seen(c, np.array([item]), rng)
        belief.update(state, np.array([item]), out)
        for s, part in enumerate(p for p in c.parts[item] if p >= 0):
            problem = c.item_steps[item, 0] >= 0
            joint.lesson(int(part), bool(out["right_steps"][0] >> s & 1) if problem else bool(out["correct"][0]))
        assert state["belief"][0] == pytest.approx(joint.marginal(), abs=1e-9)
        assert state["ready"][0] == pytest.approx(joint.ready(), abs=1e-9)


@pytest.mark.parametrize("kind", ["bkt", "graph", "exact"])
@given(seed=st.integers(0, 10_000))
@settings(max_examples=15 if COMPILED else 2, deadline=None)
def test_a_problem_is_taken_in_as_the_lessons_that_it_is_made_of(kind, seed):
    """And each student's bits are the same, whoever else is there."""
    c, rng, n = problems(), np.random.default_rng(seed), 6
    whole, alone = (build_belief({"kind": kind, **numbers(c, seed)}, made) for made in (c, c.unfolded))
    state, parts = whole.allocate(n), alone.allocate(n)
    split = [whole.allocate(2), whole.allocate(4)]
    for _ in range(4):
        items = rng.integers(-1, c.n_items, n)
        out = seen(c, items, rng)
        whole.update(state, items, out)
        for part, rows in zip(split, (slice(0, 2), slice(2, 6)), strict=True):
            whole.update(part, items[rows].copy(), out[rows].copy())
        answers = answers_of(c, items, np.where(out["answered"], out["correct"], -1), out["right_steps"])
        for s in range(c.parts.shape[1]):
            step = allocate_outcome(n)
            step["answered"], step["correct"] = answers[:, s] >= 0, answers[:, s] == 1
            alone.update(parts, np.where(items >= 0, c.parts[items, s], -1), step)
    if kind != "graph":  # which sums up a lesson once, at its end
        assert state.tobytes() == parts.tobytes()
    assert state["belief"] == pytest.approx(parts["belief"], abs=1e-12)
    assert np.concatenate(split).tobytes() == state.tobytes()


def test_wrong_steps_and_right_ones_are_told_apart():
    """What one answer a problem could not say: which skill failed."""
    c = problems()
    belief = build_belief({"kind": "bkt", **numbers(c)}, c)
    state, out = belief.allocate(2), allocate_outcome(2)
    out["answered"], out["right_steps"] = True, [0b10101, 0b01010]
    belief.update(state, np.full(2, 4), out)
    assert state["belief"][0, 0] > 0.9 > 0.5 > state["belief"][1, 0]
    assert state["belief"][1, 1] > state["belief"][0, 1]


def test_other_beliefs_refuse_problems_in_one_line(tmp_path):
    c = problems()
    for kind in set(kinds()) - {"bkt", "graph", "exact"}:
        with pytest.raises(InputError, match=f"belief.kind={kind} takes in one answer a lesson") as refused:
            build_belief({"kind": kind}, c)
        assert "of kind bkt, exact, graph" in str(refused.value)
        with pytest.raises(InputError, match=f"belief.kind={kind} takes in one answer a lesson"):
            world(tmp_path, **{"belief.kind": kind, "belief.source": "fitted"})
    with pytest.raises(InputError, match="planners do not try problems of several steps, and 'problems' has some"):
        build_belief({"kind": "bkt", **numbers(c)}, c).simulation()
    with pytest.raises(InputError, match="learn has shape"):
        build_belief({"kind": "bkt", **numbers(c), "learn": [0.1] * c.n_items}, c)
    with pytest.raises(InputError, match="whose times and hints are not told apart"):
        build_belief({"kind": "bkt", **numbers(c), "hints": np.full((2, 2, 4), 0.25).tolist()}, c)


@pytest.mark.parametrize("kind", ["bkt", "graph"])
def test_the_table_counts_a_skills_own_steps(tmp_path, kind):
    scenario, n = world(tmp_path, **{"belief.kind": kind}), 20
    env, rng, c = scenario.make(n, seed=3, autoreset=False), np.random.default_rng(0), problems()
    env.reset(seed=3)
    index = {column.name: j for j, column in enumerate(env.columns)}
    tries, hits, streak = (np.zeros((n, 4), int) for _ in range(3))
    last, uneven = np.full((n, 4), 0.5), 0
    for _ in range(9):
        items = rng.integers(0, c.n_items, n)
        observation, _, _, _, info = env.step(items)
        assert np.array_equal(info["right_steps"], env.outcome["right_steps"])
        for i, m in enumerate(items):
            for k in np.flatnonzero(c.q[m]):
                own = [s for s, skill in enumerate(c.item_steps[m]) if skill == k]
                right = all(env.outcome["right_steps"][i] >> s & 1 for s in own) if own else info["correct"][i]
                uneven += bool(own) and right != info["correct"][i]
                tries[i, k] += 1
                if c.asks[m]:
                    hits[i, k] += right
                    streak[i, k] = right * (streak[i, k] + 1)
                    last[i, k] = right
        for name, told in (("tries", tries), ("successes", hits), ("streak", streak), ("last_correct", last)):
            scale = env.columns[index[name]].scale
            assert observation[..., index[name]] * scale == pytest.approx(told, abs=1e-4)
    assert uneven > 10
    assert env.observation_space.contains(observation)


def test_a_world_of_problems_keeps_what_every_environment_promises(tmp_path):
    check_tutor_env(world(tmp_path))


def test_what_a_run_keeps_can_be_read_back_by_a_belief(tmp_path):
    """A log in words, "1011" a problem: followed by the belief, it ends where the environment's own belief did."""
    scenario, c = world(tmp_path, **{"schedule.days_between": 0}), problems()
    policy = build_policy(load_policy("random"))
    kept = teach(scenario, policy, n_students=6, cohort_seed=0, keep=6).kept
    items, answers = kept["items"].astype(int), kept["correct"]
    there = items >= 0
    words = steps_in_words(c, items[there], answers[there], kept["right_steps"][there])
    assert {len(word) for word in words} == {0, 1, 2, 3, 5}
    right_steps = np.zeros(items.shape, np.uint8)
    right_steps[there] = steps_from_words(words)
    assert np.array_equal(right_steps, kept["right_steps"])
    belief = scenario.belief
    state = belief.allocate(6)
    for t in range(items.shape[1]):
        shown = kept["obs"][:, t, :, 0] if t == 0 or (items[:, t] >= 0).all() else None
        if shown is not None:
            assert state["belief"] == pytest.approx(shown.astype(float), abs=2e-3)
        out = allocate_outcome(6)
        out["answered"], out["correct"] = answers[:, t] >= 0, answers[:, t] == 1
        out["right_steps"] = right_steps[:, t]
        belief.update(state, items[:, t], out)
    log = CourseLog(items, answers, np.full_like(answers, -1), np.zeros(items.shape[1]), c, False)
    steps = unfolded(log, right_steps)
    assert (steps.items >= 0).sum() == (c.parts[items[there]] >= 0).sum()
    assert (steps.answers >= 0).sum() == sum(map(len, words))
    assert steps.curriculum is c.unfolded


def test_the_share_of_right_answers_is_that_of_steps(tmp_path):
    rollout = teach(world(tmp_path), build_policy(load_policy("random")), n_students=5, cohort_seed=0, keep=5)
    kept, c = rollout.kept, problems()
    steps = answers_of(c, kept["items"].astype(int), kept["correct"], kept["right_steps"])
    right, asked = (steps == 1).sum(axis=(1, 2)), (steps >= 0).sum(axis=(1, 2))
    assert rollout.outcomes["right"] == pytest.approx(right / asked)


@pytest.mark.parametrize("kind", ["bkt", "graph"])
def test_a_fit_uses_the_answers_to_steps(tmp_path, kind):
    """Numbers of parts that no item has by itself are found: a problem's own answer could not tell them."""
    change = {"guess": [0.05, 0.3, 0.2, 0.2], "slip": [0.05, 0.2, 0.1, 0.1], "forget": 0.0, "level_width": 100.0}
    scenario = world(tmp_path, **{f"student.{name}": value for name, value in change.items()})
    c, student = scenario.curriculum, scenario.student
    log = course_log(scenario, n_students=1500 if COMPILED else 20, seed=0)
    assert log.curriculum is c.unfolded
    assert log.items.shape[1] % c.parts.shape[1] == 0
    if not COMPILED:
        return
    found, loss = fit_to_log(kind, log, seed=0)
    assert loss < 0.6
    steps = [p for p in range(c.unfolded.n_items) if c.unfolded.items[p].startswith(("long", "apart"))]
    assert np.array(found["guess"])[steps] == pytest.approx(student.item_guess[steps], abs=0.06)
    assert np.array(found["slip"])[steps] == pytest.approx(student.item_slip[steps], abs=0.05)
    build_belief({"kind": kind, **found}, c)


def test_nothing_is_kept_of_steps_where_there_are_none():
    tiny = Scenario.load("Tiny-v0")
    alone = answers_of(tiny.curriculum, np.array([0, -1]), np.array([1, -1]), np.zeros(2, np.uint8))
    assert alone.tolist() == [[1], [-1]]
    kept = teach(tiny, build_policy(load_policy("random")), n_students=2, cohort_seed=0, keep=2).kept
    assert "right_steps" not in kept
