"""What the untrained policies choose, and how they are asked for by name, file or class."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from zpdgym.agents import Problem, build_policy, check_policy, load_policy, policy_names, teach
from zpdgym.agents.baselines.item_rule import END, ITEM_RULES, ItemRule, ladders
from zpdgym.agents.problem import Baseline
from zpdgym.agents.race import rehearsed
from zpdgym.agents.registry import policy_sentence
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError
from zpdgym.students import BKT
from zpdgym.students.curriculum.builders import chain
from zpdgym.students.curriculum.curriculum import Curriculum

from tests.helpers import bound, choose, skill_of, table, world

pytestmark = pytest.mark.kernels

ROOT = Path(__file__).resolve().parents[2]
BUILT = {name: build_policy(name) for name in policy_names() if name != "saved"}
LEARNT = tuple(name for name, policy in BUILT.items() if policy.learnt)
"""Checked once trained, in ``test_teachers``; ``saved`` is whatever lies on disk, and checked there too."""
UNTRAINED = tuple(name for name in BUILT if name not in LEARNT)
EXACT = ("optimal", "fully_observed")
"""Only for worlds that are small enough."""
QUICK = {
    "expectimax": {"depth": 2},
    "monte_carlo": {"simulations": 2, "horizon": 3},
    "cross_entropy": {"samples": 8, "elite": 2, "rounds": 1, "horizon": 3},
    "oracle_lookahead": {"futures": 2},
}
"""Planners that think less, for kernels run as plain Python."""


@pytest.mark.parametrize("name", [n for n in UNTRAINED if n not in ("no_teaching", "ssp_mmc", *EXACT)])
def test_every_policy_keeps_the_contract(name):
    spec = {k: v for k, v in load_policy(name, change=QUICK.get(name)).items() if k != "tune"}
    for finish in ({}, {"actions": {"finish": True, "finish_after": 2}}):
        check_policy(rehearsed(spec, world(**finish), cohort_seed=0), world(**finish), n_students=6)


@pytest.mark.slow
def test_the_policy_that_reads_one_kind_of_memory_keeps_the_contract_there():
    belief = {"kind": "bkt", "source": "given", "prior": 0.1, "learn": 0.3, "guess": 0.1, "slip": 0.1, "forget": 0.1}
    scenario = world(replace={"student": {"_target_": "zpdgym.students.DHP"}}, belief=belief)
    check_policy("ssp_mmc", scenario, n_students=6)


@pytest.mark.parametrize("name", EXACT)
def test_exact_optima_keep_the_contract(name):
    check_policy(name, "Tiny-v0", n_students=6)


def test_no_teaching_is_the_one_that_gives_no_lesson():
    with pytest.raises(AssertionError, match=r"action \[-1\] is not allowed"):
        check_policy("no_teaching", world(), n_students=6)


def test_every_policy_has_a_file_with_a_sentence_and_parameters_that_its_class_takes():
    for name, policy in BUILT.items():
        assert policy_sentence(name).endswith(".")
        assert policy.name == name


def test_an_unknown_policy_is_refused_with_the_nearest_name():
    with pytest.raises(InputError, match="Did you mean 'mastery'"):
        load_policy("mastry")
    with pytest.raises(InputError, match=r"policy\.treshold'. Did you mean 'policy\.threshold'"):
        build_policy({**load_policy("mastery"), "treshold": 0.9})
    with pytest.raises(InputError, match="_target_"):
        load_policy({"threshold": 0.9})


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"_target_": "zpdgym.agents.Mastery", "threshold": 1.2, "cap": -1}, "threshold=1.2 .*cap=-1"),
        ({"_target_": "zpdgym.agents.Streak", "n": 0}, "n=0 must be a whole number"),
        ({"_target_": "zpdgym.agents.Streak", "cap": float("inf"), "ready": "a"}, "ready='a' .*cap=inf must be"),
        ({"_target_": "zpdgym.agents.Mastery", "items": "gian"}, "Did you mean 'gain'"),
        ({"_target_": "zpdgym.agents.Mastery", "items": 1.5}, "rule items"),
        ({"_target_": "zpdgym.agents.Greedy", "per": "hour", "ready": 0.5}, "per='hour' must be one of lesson, minute"),
        ({"_target_": "zpdgym.agents.ReadyRandom", "done": 0.0}, "done=0.0"),
        ({"_target_": "zpdgym.agents.Classroom", "first_pass": 0.0, "calendar": []}, "first_pass.*calendar"),
        ({"_target_": "zpdgym.agents.OracleGreedy", "per": "day"}, "per="),
        ({"_target_": "zpdgym.students.BKT.x"}, "no module"),
        ({"_target_": "zpdgym.agents.World"}, "no bind, predict"),
    ],
)
def test_bad_parameters_are_refused_together(spec, message):
    with pytest.raises(InputError, match=message):
        build_policy(spec)


@pytest.mark.parametrize(
    "policy", ["greedy", "expectimax", "monte_carlo", {"_target_": "zpdgym.agents.Streak", "items": "gain"}]
)
def test_who_looks_ahead_is_refused_where_what_is_open_is_not_shown(policy):
    """The belief foretells gains from it; without it, skills would silently be taken as independent."""
    shown = ["belief", "ready", "tries", "streak", "days_since", "last_correct", "time_left"]
    env = Scenario.load("Practice-v1", change={"observe.columns": shown}).make(1, seed=0)
    with pytest.raises(InputError, match=r"for which a graph belief needs the column open, .* add to observe\.columns"):
        build_policy(policy).bind(Problem.of(env))


def test_a_policy_that_cannot_see_what_it_needs_says_which_column():
    blind = world(observe={"rows": "skills", "columns": ["belief", "lesson"]})
    with pytest.raises(InputError, match="mastery needs the columns ready, tries"):
        bound("mastery", blind)
    with pytest.raises(InputError, match=r"observe\.rows=skills"):
        bound("greedy", world(observe={"rows": "items"}))


def test_mastery_teaches_the_first_skill_that_is_not_believed_known():
    policy, env, _ = bound("mastery", world())
    assert skill_of(env, choose(policy, env, belief=[0.96, 0.5, 0.1], tries=[1, 1, 0])) == 1
    assert skill_of(env, choose(policy, env, belief=[0.9, 0.5, 0.1])) == 0
    assert skill_of(env, choose(policy, env, belief=[0.99, 0.97, 0.98])) == 1  # all known: the lowest is reviewed


def test_mastery_ends_the_teaching_when_all_is_known_and_the_scenario_lets_it():
    policy, env, _ = bound("mastery", world(**{"actions": {"finish": True}}))
    assert choose(policy, env, belief=[0.99, 0.97, 0.98]) == env.finish
    masks = np.ones((1, env.n_actions), bool)
    masks[0, env.finish] = False
    assert skill_of(env, policy.predict(table(env, belief=[0.99, 0.97, 0.98]), action_masks=masks)[0][0]) == 1


def test_mastery_waits_for_readiness_caps_lessons_and_reviews():
    spec = {"_target_": "zpdgym.agents.Mastery", "threshold": 0.9}
    ready, env, _ = bound({**spec, "ready": 0.6}, world())
    assert skill_of(env, choose(ready, env, belief=[0.95, 0.2, 0.1], ready=[1.0, 0.5, 0.7])) == 2
    assert skill_of(env, choose(ready, env, belief=[0.95, 0.2, 0.1], ready=[1.0, 0.5, 0.5])) == 0  # only it is ready
    capped, env, _ = bound({**spec, "cap": 3}, world())
    assert skill_of(env, choose(capped, env, belief=[0.5, 0.5, 0.5], tries=[3, 2, 0])) == 1
    review, env, _ = bound({**spec, "review_days": 3}, world())
    days, tries = [3.5, 4.0, 4.0], [1, 1, 0]
    assert skill_of(env, choose(review, env, belief=[0.95, 0.95, 0.1], days_since=days, tries=tries)) == 1
    assert skill_of(env, choose(review, env, belief=[0.95, 0.95, 0.1], days_since=[2, 2, 4], tries=tries)) == 2


def test_streak_goes_on_after_n_right_answers_and_reviews_the_longest_unseen():
    policy, env, _ = bound({"_target_": "zpdgym.agents.Streak", "n": 2}, world())
    assert skill_of(env, choose(policy, env, streak=[2, 1, 0])) == 1
    assert skill_of(env, choose(policy, env, streak=[2, 3, 2], days_since=[0, 4, 4], tries=[3, 4, 2])) == 2
    capped, env, _ = bound({"_target_": "zpdgym.agents.Streak", "n": 2, "cap": 4}, world())
    assert skill_of(env, choose(capped, env, streak=[0, 0, 0], tries=[4, 1, 0])) == 1
    ending, env, _ = bound({"_target_": "zpdgym.agents.Streak", "n": 2}, world(**{"actions": {"finish": True}}))
    assert choose(ending, env, streak=[2, 3, 2]) == env.finish


def test_linear_gives_every_skill_an_equal_share_in_order_and_interleaved_goes_round():
    scenario = world()
    for name, expected in (("linear", [0] * 7 + [1] * 7 + [2] * 6), ("interleaved", [0, 1, 2] * 6 + [0, 1])):
        taught = teach(scenario, build_policy(name), n_students=3, cohort_seed=0, keep=3)
        skills = scenario.curriculum.item_skills[taught.kept["items"].astype(int), 0]
        assert (skills == expected).all()


def test_random_is_uniform_over_what_is_allowed():
    policy, env, _ = bound("random", world(**{"actions": {"finish": True}}))
    u = (np.arange(900)[:, None] + 0.5) / 900
    masks = np.ones((900, env.n_actions), bool)
    masks[:, 4] = False
    actions = policy.predict(np.zeros((900, 3, len(env.columns)), np.float32), action_masks=masks, u=u)[0]
    counts = np.bincount(actions, minlength=env.n_actions)
    assert counts[4] == 0
    assert counts[env.finish] == 0
    assert np.abs(np.delete(counts[:9], 4) - 112.5).max() <= 1
    with pytest.raises(ValueError, match="draws"):
        policy.predict(np.zeros((2, 3, len(env.columns)), np.float32))


def test_ready_random_draws_among_items_that_are_ready_and_not_known():
    spec = {"_target_": "zpdgym.agents.ReadyRandom", "ready": 0.5, "done": 0.9}
    policy, env, _ = bound(spec, world())

    def skills(**columns):
        u = (np.arange(60)[:, None] + 0.5) / 60
        seen = np.repeat(table(env, **columns), 60, axis=0)
        return {skill_of(env, a) for a in policy.predict(seen, u=u)[0]}

    assert skills(belief=[0.95, 0.7, 0.1], ready=[1.0, 0.95, 0.7]) == {1, 2}
    assert skills(belief=[0.4, 0.7, 0.1], ready=[1.0, 0.4, 0.7]) == {0, 2}
    assert skills(belief=[0.95, 0.7, 0.1], ready=[1.0, 0.4, 0.3]) == {0}  # nothing is both: what is ready
    assert skills(belief=[0.95, 0.7, 0.1], ready=[0.2, 0.4, 0.3]) == {0, 1, 2}  # nothing is ready: anything


def test_greedy_takes_the_largest_expected_gain_and_waits_for_readiness():
    policy, env, observation = bound("greedy", world())
    belief = Problem.of(env).column(observation, "belief")
    expected = env.belief.expected_gain(belief).argmax(axis=1)
    assert (policy.predict(observation)[0] == expected).all()
    fast, env, observation = bound({"_target_": "zpdgym.agents.Greedy", "per": "minute"}, world())
    per_minute = env.belief.expected_gain(belief) / env.curriculum.minutes
    assert (fast.predict(observation)[0] == per_minute.argmax(axis=1)).all()
    patient, env, _ = bound({"_target_": "zpdgym.agents.Greedy", "ready": 0.8}, world())
    assert skill_of(env, choose(patient, env, belief=[0.7, 0.1, 0.1], ready=[1.0, 0.7, 0.1])) == 0
    assert skill_of(env, choose(policy, env, belief=[0.7, 0.1, 0.1], ready=[1.0, 0.7, 0.1])) == 1
    assert skill_of(env, choose(patient, env, belief=[0.7, 0.1, 0.1], ready=[0.1, 0.7, 0.1])) == 1  # none is ready


def test_oracle_greedy_takes_the_largest_true_gain_and_stops_when_there_is_none():
    policy, env, observation = bound("oracle_greedy", world(**{"actions": {"finish": True}}))
    gain = env.probe.expected_gain()
    assert (policy.predict(observation)[0] == gain.argmax(axis=1)).all()
    env.state["left"] = 1.0
    assert (policy.predict(observation)[0] == env.finish).all()


def test_the_ladder_shows_first_then_goes_from_easy_to_hard():
    ladder, shown = ladders(world().curriculum)
    assert ladder[0].tolist() == [0, 2, 1]
    assert shown.tolist() == [1, 1, 1]


def test_an_item_of_several_skills_belongs_to_the_last_of_them():
    base = chain(2).to_dict()
    base["items"].append(
        {"name": "both", "skills": ["skill 1", "skill 2"], "difficulty": -2.0, "minutes": 3.0, "exam": False}
    )
    ladder, _ = ladders(Curriculum.from_dict(base))
    assert ladder.tolist() == [[0, -1], [1, 2]]
    base["items"] = base["items"][1:]
    assert ladders(Curriculum.from_dict(base))[0][0].tolist() == [1, -1]  # skill 1 has no item of its own any more


@pytest.mark.parametrize("rule", [*ITEM_RULES, 0.6])
def test_the_rules_for_items(rule):
    env = world(**{"actions": {"finish": True}}).make(1, seed=0)
    chooser = ItemRule(rule)
    chooser.bind(Problem.of(env))

    def item(masked=(), skill=1, **columns):
        masks = np.ones((1, env.n_actions), bool)
        masks[0, list(masked)] = False
        return int(chooser(table(env, **columns), np.array([skill]), masks)[0])

    assert item(skill=END) == env.finish
    start = {"belief": 0.1, "tries": 0}
    if rule == "cycle":
        assert [item(tries=n, belief=0.1) for n in range(4)] == [3, 5, 4, 3]
        assert item(masked=[3], **start) == 5
    if rule == "level":
        assert [item(tries=n, belief=b) for n, b in ((0, 0.9), (1, 0.1), (7, 0.4), (7, 0.6), (7, 1.0))] == [
            3,
            5,
            5,
            4,
            4,
        ]
    if rule == 0.6:
        p = env.belief.p_correct(np.full((1, 3), 0.7))[0, 4:6]
        assert [item(tries=n, belief=0.7) for n in (0, 1, 5)] == [3, *[4 + int(np.abs(p - 0.6).argmin())] * 2]
    if rule in ("gain", "gain_per_minute"):
        gains = env.belief.expected_gain(np.full((1, 3), 0.1))[0, 3:6]
        costs = env.curriculum.minutes[3:6] if rule == "gain_per_minute" else 1.0
        best = int((gains / costs).argmax())
        assert item(**start) == 3 + best
        assert item(masked=[3 + best], **start) != 3 + best
    assert item(masked=[3, 4, 5], **start) == 0  # nothing of the skill is allowed: the first item that is


def test_a_users_policy_of_fifteen_lines_runs_without_any_edit_of_ours(tmp_path, monkeypatch):
    (tmp_path / "my_policy_for_test.py").write_text(
        textwrap.dedent(
            """
            import numpy as np

            class Weakest:
                name, privileged, learnt, draws = "weakest", False, False, 0
                needs = frozenset({"belief"})

                def __init__(self, margin=0.0):
                    self.margin = margin

                def bind(self, problem):
                    self.problem = problem
                    self.first = problem.curriculum.q.argmax(axis=0)

                def predict(self, observation, state=None, episode_start=None, deterministic=False, *,
                            action_masks=None, u=None):
                    belief = self.problem.column(observation, "belief")
                    return self.first[(belief + self.margin).argmin(axis=1)], None
            """
        )
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    spec = {"_target_": "my_policy_for_test.Weakest", "margin": 0.1}
    check_policy(spec, "Tiny-v0")
    assert teach(Scenario.load("Tiny-v0"), build_policy(spec), n_students=20, cohort_seed=0).policy == "weakest"
    (tmp_path / "weakest.yaml").write_text("# My own.\n_target_: my_policy_for_test.Weakest\n")
    assert build_policy(str(tmp_path / "weakest.yaml")).name == "weakest"
    with pytest.raises(InputError, match="no file"):
        build_policy(str(tmp_path / "missing.yaml"))
    (tmp_path / "broken.yaml").write_text("a: [")
    with pytest.raises(InputError, match="not readable as YAML"):
        build_policy(str(tmp_path / "broken.yaml"))
    with pytest.raises(InputError, match="has no bind, predict"):
        build_policy({"_target_": "zpdgym.errors.Violations", "subject": "x"})
    sys.modules.pop("my_policy_for_test")


class Sloppy:
    name, privileged, learnt, draws, needs = "sloppy", False, False, 0, frozenset()

    def __init__(self, how="fine"):
        self.how, self.calls = how, 0

    def bind(self, problem):
        self.n = problem.n_actions

    def predict(self, observation, state=None, episode_start=None, deterministic=False, *, action_masks=None, u=None):
        self.calls += 1
        n = len(observation)
        if self.how == "floats":
            return np.zeros(n), None
        if self.how == "illegal":
            return np.full(n, self.n), None
        if self.how == "forgetful":
            return np.full(n, self.calls % self.n), None
        if self.how == "writes":
            observation[:] = 0.5
        if self.how == "gossips":
            return np.full(n, n % self.n), None
        if self.how == "never begins":
            count = np.zeros(n, np.int64) if state is None else state + 1
            return count % self.n, count
        return np.zeros(n, np.int64), None


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("floats", "whole numbers"),
        ("illegal", "not allowed"),
        ("forgetful", "answered otherwise"),
        ("writes", "changed the observation"),
        ("gossips", "own row alone"),
        ("never begins", "with episode_start"),
    ],
)
def test_check_policy_names_the_promise_that_is_broken(how, message):
    with pytest.raises(AssertionError, match=f"policy sloppy: .*{message}"):
        check_policy(Sloppy(how), world(), n_students=5)


def test_check_policy_tells_an_exception_of_the_policy_as_a_broken_promise():
    class Failing(Sloppy):
        def predict(self, *asked, **named):
            raise KeyError("no")

    with pytest.raises(AssertionError, match="policy sloppy: predict raised KeyError: ") as caught:
        check_policy(Failing(""), world(), n_students=4)
    assert isinstance(caught.value.__cause__, KeyError)


def test_check_policy_knows_the_columns_that_there_are():
    misspelt = Sloppy("")
    misspelt.needs = frozenset({"beleif"})
    with pytest.raises(AssertionError, match=r"needs: unknown column 'beleif'.*Did you mean 'belief'"):
        check_policy(misspelt, world(), n_students=4)


def test_a_policy_may_be_named_by_its_class():
    assert build_policy("zpdgym.agents.Mastery").name == "mastery"


def test_check_policy_takes_classes_and_names_attributes_of_the_wrong_kind():
    assert check_policy(Sloppy, world(), n_students=4).startswith("sloppy keeps the contract (4 students, 6 lessons")
    wrong = Sloppy("fine")
    wrong.draws = 0.5
    with pytest.raises(AssertionError, match=r"draws=0\.5 must be a int"):
        check_policy(wrong, world())


def test_the_face_of_the_package_names_what_there_is():
    import zpdgym.agents
    from zpdgym.agents import rollouts

    assert {"Policy", "Problem", "Mastery", "check_policy", "teach"} <= set(dir(zpdgym.agents))
    assert zpdgym.agents.teach is rollouts.teach
    with pytest.raises(AttributeError, match="tech"):
        _ = zpdgym.agents.tech


def test_a_policy_of_ones_own_is_told_what_its_students_cannot_tell():
    class Halver(BKT):
        expected_gain = property(doc="these students cannot tell")

    env = Scenario.load("tiny").make(1)
    env.student = Halver(env.curriculum)
    env.reset(seed=0)
    with pytest.raises(InputError, match="Halver students cannot tell what a lesson is worth"):
        env.probe.expected_gain()


def test_a_check_says_where_a_policy_can_be_tried_that_needs_more_columns():
    class OpenFirst(Baseline):
        name = "open_first"
        needs = frozenset({"open"})

        def choose(self, observation, masks, u):
            skills = self.problem.column(observation, "open").argmax(axis=1)
            return np.array(self.problem.curriculum.q.argmax(axis=0))[skills]

    with pytest.raises(InputError, match=r"needs open, which Tiny-v0 does not show: name a scenario that does"):
        check_policy(OpenFirst)
    assert check_policy(OpenFirst, "practice").startswith("open_first keeps the contract")
