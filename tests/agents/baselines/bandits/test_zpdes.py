"""ZPDES and RiARiT against plain programs."""

from __future__ import annotations

import functools
import json

import numpy as np
import pytest
from zpdgym.agents import Problem, build_policy, check_policy
from zpdgym.agents.baselines.bandits.riarit import required_levels
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError
from zpdgym.students.curriculum.builders import chain

from tests import helpers

kernels = pytest.mark.kernels
ZPDES, RIARIT = "zpdgym.agents.ZPDES", "zpdgym.agents.RiARiT"
world = functools.partial(helpers.world, schedule={"sessions": 5, "session_lessons": 8})


def follow(spec, scenario, plain, *, n=4, check=None):
    """Teach n students; ask a plain program for each of them, lesson by lesson, and compare the arms."""
    env = scenario.make(n, seed=3, autoreset=False)
    observation, info = env.reset(seed=3)
    policy = build_policy(spec)
    policy.bind(Problem.of(env))
    luck, state, programs = np.random.default_rng(0), None, [plain() for _ in range(n)]
    answers, arms = [None] * n, []
    for _ in range(env.horizon):
        u = luck.random((n, 1))
        actions, state = policy.predict(observation, state, action_masks=info["action_mask"], u=u)
        wanted = [p.choose(answers[i], u[i, 0]) for i, p in enumerate(programs)]
        found = check(actions, state) if check else state["arm"].tolist()
        assert found == wanted
        arms.append(wanted)
        observation, _, _, _, info = env.step(actions)
        asked = env.outcome["answered"]
        answers = [int(info["correct"][i]) if asked[i] else None for i in range(n)]
    return np.array(arms), state, programs


class PlainZPDES:
    """ZPDES for one student, with lists."""

    def __init__(self, arms, start, f, w0, length, up, off, c):
        self.w = [w0 if a < start else 0.0 for a in range(arms)]
        self.h = [[] for _ in range(arms)]
        self.f, self.w0, self.length, self.up, self.off, self.c = f, w0, length, up, off, c

    def rate(self, a, m):
        return sum(self.h[a][-m:]) / min(m, len(self.h[a])) if len(self.h[a]) >= 2 else 0.0

    def open(self):
        return [a for a, w in enumerate(self.w) if w > 0]

    def choose(self, answer, u):
        if answer is not None:
            self.after(answer)
        if len(self.open()) == 1:
            self.w[self.open()[0]] = self.w0
        total = sum(self.w)
        edges = np.cumsum([self.w[a] + total / 10 for a in self.open()])
        self.last = self.open()[min(int((edges <= u * edges[-1]).sum()), len(edges) - 1)]
        return self.last

    def after(self, answer):
        a, w, h = self.last, self.w, self.h
        h[a].append(answer)
        reward = w[a]
        if len(h[a]) > 2:
            m = min(self.length, len(h[a]))
            k = m // 2
            reward = max(0.0, sum(h[a][-k:]) / k - sum(h[a][-m:-k]) / (m - k))
        w[a] = self.f * w[a] + (1 - self.f) * reward
        fresh = [b for b in range(len(w)) if not h[b]]
        going = [self.rate(b, self.length // 2) for b in self.open()]
        if fresh and sum(going) / len(going) > self.up:
            w[fresh[0]] = min(w[b] for b in self.open()) * self.c
        ripe = [b for b in self.open() if len(h[b]) >= self.length]
        if ripe:
            best = max(ripe, key=lambda b: (self.rate(b, self.length), -b))
            if self.rate(best, self.length) > self.off and len(self.open()) >= 2:
                w[best] = 0.0


@kernels
@pytest.mark.parametrize(
    "numbers",
    [(1, 0.2, 0.05, 6, 0.5, 0.7, 1.0), (1, 0.2, 0.05, 4, 0.6, 0.7, 0.8), (2, 0.5, 0.3, 3, 0.2, 0.4, 1.5)],
)
@pytest.mark.parametrize("where", ["kt6kc", "with examples"])
def test_zpdes_decides_as_a_plain_program_does(numbers, where):
    keys = ("start", "keep", "start_weight", "window", "open_at", "close_at", "promote")
    scenario = Scenario.load("kt6kc") if where == "kt6kc" else world()
    arms = scenario.curriculum.n_skills
    spec = {"_target_": ZPDES, **dict(zip(keys, numbers, strict=True))}
    _, state, programs = follow(spec, scenario, lambda: PlainZPDES(arms, *numbers))
    for i, program in enumerate(programs):
        np.testing.assert_allclose(state["weight"][i], program.w, rtol=1e-12, atol=1e-190)
        assert state["answered"][i].tolist() == [len(h) for h in program.h]
    assert (state["weight"] == 0).any()  # something was closed


@kernels
def test_zpdes_begins_with_the_first_skills_in_curriculum_order_and_keeps_the_contract():
    env = world().make(50, seed=0)
    observation, _ = env.reset(seed=0)
    for start, expected in ((1, {0}), (2, {0, 1}), (9, {0, 1, 2})):
        policy = build_policy({"_target_": ZPDES, "start": start})
        policy.bind(Problem.of(env))
        u = (np.arange(50)[:, None] + 0.5) / 50
        assert set(policy.predict(observation, u=u)[1]["arm"].tolist()) == expected
    for name in ("zpdes", "zpdes_optimised", "riarit"):
        check_policy(name, world(), n_students=6)
        check_policy(name, world(**{"actions": {"finish": True, "finish_after": 2}}), n_students=6)
        assert not build_policy(name).privileged


def ladder_of_two(**levels):
    items = [{"approach": "example"}, {"difficulty": 1.0}, {"difficulty": -1.0}]
    return required_levels(chain(2, items=items), levels)


@kernels
def test_items_ask_for_levels_by_their_difficulty_unless_a_table_says_otherwise():
    # an example asks nothing; its level is never used
    assert ladder_of_two()[[1, 2, 4, 5]].tolist() == [[1.0, 0.0], [0.5, 0.0], [0.0, 1.0], [0.0, 0.5]]
    names = chain(2, items=[{"approach": "example"}, {"difficulty": 1.0}, {"difficulty": -1.0}]).items
    given = ladder_of_two(**{names[2]: 0.3, names[5]: {"skill 2": 0.7}})
    assert (given[2, 0], given[5, 1]) == (0.3, 0.7)
    with pytest.raises(InputError, match=r"no item 'x'.*does not exercise 'skill 1'.*level 2 must be"):
        ladder_of_two(**{"x": 0.5, names[5]: {"skill 1": 0.7}, names[4]: 2})


class PlainRiARiT:
    """RiARiT for one student on three skills with an example, a hard and an easy item each."""

    def __init__(self, rate, f, w0, up, off):
        self.items = [m for m in range(9) if m % 3]
        self.asked = {m: (1.0 if m % 3 == 1 else 0.5) for m in self.items}
        self.level, self.w, self.active = [0.0] * 3, dict.fromkeys(self.items, w0), set()
        self.rate, self.f, self.w0, self.up, self.off, self.example = rate, f, w0, up, off, [True] * 3

    def met(self, m):
        k = m // 3
        own = self.level[k] >= (self.up * 0.5 if self.asked[m] == 1.0 else 0.0)
        return own and (k == 0 or self.level[k - 1] >= self.up)

    def choose(self, answer, u):
        if answer is not None:
            q, k = self.asked[self.last], self.last // 3
            moved = q - self.level[k] if (q > self.level[k]) == bool(answer) else 0.0
            self.level[k] += self.rate * moved
            self.w[self.last] = self.f * self.w[self.last] + (1 - self.f) * max(0.0, moved)
        highest = max((self.w[m] for m in self.active), default=self.w0)
        now = {m for m in self.items if self.met(m) and self.level[m // 3] <= self.off * self.asked[m]}
        for m in now - self.active:
            self.w[m] = highest
        self.active = now
        part = sorted(now) or [m for m in self.items if self.met(m)]
        total = sum(self.w[m] for m in part)
        edges = np.cumsum([self.w[m] + total / 10 for m in part])
        self.last = part[min(int((edges <= u * edges[-1]).sum()), len(edges) - 1)]
        k = self.last // 3
        if self.example[k]:  # shown once, before the first other item of its skill
            self.example[k] = False
            return 3 * k
        return self.last


@kernels
@pytest.mark.parametrize("numbers", [(0.6, 0.2, 0.05, 0.6, 0.9), (0.4, 0.5, 0.3, 0.9, 0.7)])
def test_riarit_decides_as_a_plain_program_does(numbers):
    keys = ("rate", "keep", "start_weight", "open_at", "close_at")
    spec = {"_target_": RIARIT, **dict(zip(keys, numbers, strict=True))}
    arms, state, programs = follow(
        spec, world(), lambda: PlainRiARiT(*numbers), check=lambda actions, _: actions.tolist()
    )
    for i, program in enumerate(programs):
        np.testing.assert_allclose(state["level"][i], program.level, rtol=1e-12)
        np.testing.assert_allclose(state["weight"][i][program.items], list(program.w.values()), rtol=1e-12)
    assert {m // 3 for m in arms.ravel().tolist()} == {0, 1, 2}


def seen(env, tries, right, last):
    """An observation (1, K, F) of these lessons."""
    problem = Problem.of(env)
    observation = np.ones((1, env.curriculum.n_skills, len(env.columns)), np.float32)
    for name, values in (("tries", tries), ("successes", right), ("last_correct", last)):
        observation[0, :, problem.index(name)] = np.asarray(values) / problem.columns[problem.index(name)].scale
    return observation


@kernels
def test_riarit_reaches_every_skill_even_one_without_an_item_of_its_own(tmp_path):
    data = chain(3).to_dict()
    first, last = data["items"][0], data["items"][2]
    last["skills"] = ["skill 1", "skill 2", "skill 3"]  # it belongs to skill 3
    data["items"] = [{**first, "difficulty": -1.0}, {**first, "name": "hard"}, last]
    (tmp_path / "three.json").write_text(json.dumps(data))
    spec = {"_target_": "zpdgym.students.read_curriculum", "path": str(tmp_path / "three.json")}
    env = Scenario.load("Tiny-v0", replace={"curriculum": spec}).make(1, seed=0)
    policy = build_policy({"_target_": RIARIT, "open_at": 0.5, "close_at": 1.0})
    policy.bind(Problem.of(env))
    state, chosen, tries = None, set(), np.zeros(3)
    for lesson in range(6):  # always right
        actions, state = policy.predict(seen(env, tries, tries, 1.0), state, u=np.full((1, 1), lesson * 0.37 % 1))
        chosen.add(int(actions[0]))
        tries += env.curriculum.q[actions[0]]
    assert chosen == {0, 1, 2}
    assert (state["level"] > 0.5).all()


@kernels
def test_riarit_lowers_its_estimate_when_an_easy_item_is_failed_only():
    env = world().make(1, seed=0)
    policy = build_policy({"_target_": RIARIT, "rate": 0.5})
    policy.bind(Problem.of(env))
    state = policy.predict(seen(env, np.ones(3), np.ones(3), 1.0), None, u=np.full((1, 1), 0.5))[1]
    state["level"][:] = [0.8, 0.8, 0.8]
    for item, expected in ((2, 0.8 + 0.5 * (0.5 - 0.8)), (1, 0.8)):  # easy: asks for 0.5; hard: for 1
        state |= {"arm": np.array([item]), "followed_item": np.array([item]), "followed_skill": np.array([0])}
        after = policy.predict(seen(env, [2, 1, 1], np.ones(3), [0, 1, 1]), state, u=np.full((1, 1), 0.5))[1]
        assert after["level"][0].tolist() == pytest.approx([expected, 0.8, 0.8])


@kernels
@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"_target_": ZPDES, "keep": 1.0, "window": 1, "start": 0}, r"keep=1\.0 .*window=1 .*start=0"),
        ({"_target_": ZPDES, "open_at": 2, "close_at": -1, "promote": 0}, "open_at=2 .*close_at=-1 .*promote=0"),
        ({"_target_": ZPDES, "items": "gian"}, "Did you mean 'gain'"),
        ({"_target_": RIARIT, "rate": 0, "levels": [1]}, r"rate=0 .*levels=\[1\] must be a table"),
        (
            {"_target_": RIARIT, "open_at": 2, "close_at": 3, "start_weight": 0},
            "start_weight=0 .*open_at=2 .*close_at=3",
        ),
    ],
)
def test_bad_parameters_are_refused_together(spec, message):
    with pytest.raises(InputError, match=message):
        build_policy(spec)
