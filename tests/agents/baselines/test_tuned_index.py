"""Greedy for the exam, and the index: what they score by, that untuned weights are greedy, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from zpdgym.agents import Problem, TunedIndex, build_policy, load_policy, teach
from zpdgym.agents.lasting import lasting
from zpdgym.agents.learnt.networks.item_features import ItemFeatures
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError

from tests.helpers import COMPILED, bound, choose, skill_of, world

pytestmark = pytest.mark.kernels

INDEX = "zpdgym.agents.TunedIndex"
NOTHING = dict.fromkeys(TunedIndex.PARAMETERS, 0.0)
FOR_THE_EXAM = {"_target_": "zpdgym.agents.Greedy", "per": "minute", "gain": "exam"}


def index(**weights):
    return {"_target_": INDEX, **NOTHING, **weights}


def seen_along_the_way(scenario, n=40):
    """What random teaching shows of students at every lesson, with the environment that shows it."""
    env = scenario.make(n, seed=3, autoreset=False)
    observation, info = env.reset(seed=3)
    rng, found = np.random.default_rng(0), []
    while not env.done.all():
        found.append((observation.copy(), info["action_mask"].copy()))
        observation, *_, info = env.step(rng.integers(env.curriculum.n_items, size=n))
    return env, found


def joint():
    """A world whose tutor shows what is open of each skill."""
    return world(belief={"kind": "graph", "source": "true_population"})


@pytest.mark.parametrize("scenario", [world, joint])
def test_an_index_of_nothing_but_the_kept_gain_is_greedy_per_minute(scenario):
    env, along = seen_along_the_way(scenario())
    greedy, alone = build_policy(FOR_THE_EXAM), build_policy(index(kept_gain=1.0))
    for policy in (greedy, alone):
        policy.bind(Problem.of(env))
    for observation, masks in along:
        wanted = greedy.predict(observation, action_masks=masks)[0]
        np.testing.assert_array_equal(alone.predict(observation, action_masks=masks)[0], wanted)


def test_the_gain_for_the_exam_is_what_lasts_of_it():
    scenario = world(student={"forget": [0.0, 0.4, 0.02]})
    env, along = seen_along_the_way(scenario)
    problem, curriculum = Problem.of(env), env.curriculum
    policy = build_policy({**FOR_THE_EXAM, "per": "lesson"})
    policy.bind(problem)
    for observation, _ in along[:6]:
        left = problem.column(observation, "time_left")[:, 0] / env.schedule.total
        days = left * env.schedule.total_days + env.schedule.retention_days
        lasts = env.belief.after(np.ones((len(days), curriculum.n_skills)), days)
        gain = env.belief.expected_gain(problem.believed(observation)) * lasts[:, curriculum.item_skills[:, 0]]
        chosen = gain[np.arange(len(gain)), policy.predict(observation)[0]]
        np.testing.assert_allclose(chosen, gain.max(axis=1), rtol=2e-3)  # the share that lasts is looked up in a table
    now, env, _ = bound("greedy", scenario)
    exam, *_ = bound({**FOR_THE_EXAM, "per": "lesson"}, scenario)
    assert skill_of(env, choose(now, env, belief=[0.6, 0.3, 0.9], ready=1.0, time_left=10)) == 1
    assert skill_of(env, choose(exam, env, belief=[0.6, 0.3, 0.9], ready=1.0, time_left=10)) == 0


def test_what_lasts_grows_to_the_exam_and_is_all_where_nothing_is_forgotten():
    _, env, _ = bound("greedy", world())
    table = lasting(Problem.of(env))
    assert (np.diff(table, axis=1) < 0).all()
    _, env, _ = bound("greedy", world(student={"forget": 0.0}))
    assert (lasting(Problem.of(env)) == 1).all()


@pytest.fixture
def marked(tmp_path):
    """A world of three skills, of which the second counts four marks of six."""
    path = tmp_path / "marked.csv"
    path.write_text("skill,item,exam\na,a1,1\nb,b1,4\nc,c1,1\n")
    return world(replace={"curriculum": {"_target_": "zpdgym.students.read_curriculum", "path": str(path)}})


@pytest.mark.parametrize("policy", [FOR_THE_EXAM, index(kept_gain=1.0), index(log_gain=1.0)])
def test_what_is_learnt_for_the_exam_counts_the_marks_that_it_brings(policy, marked):
    chosen, env, _ = bound(policy, marked)
    assert skill_of(env, choose(chosen, env, belief=[0.3, 0.3, 0.3], time_left=10)) == 1
    # a skill of four marks that is nearly known brings less than one of a single mark that is not
    assert skill_of(env, choose(chosen, env, belief=[0.3, 0.9, 0.3], time_left=10)) == 0


def test_an_item_scorer_is_told_what_an_item_counts(marked):
    plain, weighted = (
        ItemFeatures.of(Problem.of(scenario.make(1)), ready_at=0.0, done_at=1.0).arrays["kept"]
        for scenario in (world(), marked)
    )
    assert (plain <= 1.0).all()
    np.testing.assert_allclose(weighted[1], weighted[0] * 4)


@pytest.mark.parametrize(
    ("weight", "columns", "skill"),
    [
        ("belief", {"belief": [0.2, 0.9, 0.5]}, 1),
        ("open", {"belief": [0.2, 0.1, 0.5], "ready": [1.0, 0.2, 0.9]}, 0),
        ("log_ready", {"ready": [0.3, 0.2, 0.9]}, 2),
        ("practised", {"tries": [1, 4, 2]}, 1),
        ("failed", {"tries": [6, 4, 2], "successes": [5, 1, 2]}, 1),
        ("days_since", {"days_since": [0.0, 1.0, 3.0]}, 2),
        ("was_last", {"was_last": [0, 1, 0]}, 1),
        ("order", {}, 2),
        ("descendants", {"belief": [0.4, 0.2, 0.1]}, 0),
        ("unlocks", {"belief": [0.9, 0.1, 0.1], "ready": [1.0, 0.9, 0.1]}, 1),
    ],
)
def test_each_weight_of_a_skill_alone_chooses_what_has_most_of_it(weight, columns, skill):
    most, env, _ = bound(index(**{weight: 1.0}), world())
    assert skill_of(env, choose(most, env, **columns)) == skill


def test_each_weight_of_an_item_alone_chooses_what_has_most_or_least_of_it():
    def item(**weights):
        policy, env, _ = bound(index(**weights), world())
        c, m = env.curriculum, choose(policy, env, belief=[0.2, 0.8, 0.5], time_left=20)
        return c.approach[m] == 1, float(c.difficulty[m]), float(c.minutes[m]), int(c.item_skills[m, 0])

    assert item(asks=1.0)[0] is np.False_
    assert item(asks=-1.0)[0] is np.True_
    assert item(difficulty=1.0)[1] > item(difficulty=-1.0)[1]
    assert (item(log_minutes=1.0)[2], item(log_minutes=-1.0)[2]) == (2.0, 1.0)
    assert (item(p_correct=1.0)[3], item(p_correct=-1.0, asks=1.0)[3]) == (1, 0)


def test_weights_that_grow_with_time_count_nothing_at_the_start():
    policy, env, _ = bound(index(late_belief=1.0, order=-0.1), world())
    belief = {"belief": [0.2, 0.9, 0.5]}
    assert skill_of(env, choose(policy, env, time_left=20, **belief)) == 0
    assert skill_of(env, choose(policy, env, time_left=2, **belief)) == 1


def test_the_untuned_index_waits_for_readiness():
    policy, env, _ = bound("tuned_index", world())
    greedy, *_ = bound("greedy_per_minute", world())
    seen = {"belief": [0.5, 0.05, 0.9], "ready": [1.0, 0.3, 0.01], "time_left": 20}
    assert skill_of(env, choose(policy, env, **seen)) == 0
    assert choose(greedy, env, **{**seen, "ready": 1.0}) == choose(policy, env, **{**seen, "ready": 1.0})


def test_where_open_is_not_shown_it_is_what_independent_skills_have():
    shown, hidden = joint(), world()
    (one, env, _), (other, env_without, _) = bound(index(open=1.0), shown), bound(index(open=1.0), hidden)
    assert skill_of(env, choose(one, env, belief=0.5, ready=1.0, open=[0.1, 0.2, 0.3])) == 2
    assert skill_of(env_without, choose(other, env_without, belief=[0.5, 0.9, 0.4], ready=[1.0, 1.0, 0.5])) == 0


@pytest.mark.parametrize("spec", [FOR_THE_EXAM, index(**dict.fromkeys(NOTHING, 0.7))])
@pytest.mark.parametrize("scenario", [world, joint])
def test_a_student_is_taught_the_same_in_any_company(spec, scenario):
    whole = teach(scenario(), build_policy(spec), n_students=24, cohort_seed=2, keep=24, record=("items",))
    for chunk in (1, 7):
        part = teach(
            scenario(), build_policy(spec), n_students=24, cohort_seed=2, keep=24, record=("items",), chunk=chunk
        )
        np.testing.assert_array_equal(part.kept["items"], whole.kept["items"])
        np.testing.assert_array_equal(part.outcomes["exam"], whole.outcomes["exam"])


@pytest.mark.skipif(not COMPILED, reason="whole episodes of large scenarios")
@pytest.mark.parametrize("name", ["Algebra-v0", "Game-v0", "KT6KC-v0", "Practice-v0", "Tiny-v0"])
def test_the_index_teaches_every_scenario_of_ours(name):
    taught = teach(Scenario.load(name), build_policy("tuned_index"), n_students=5, cohort_seed=0, metrics=False)
    assert (taught.outcomes["lessons"] > 0).all()


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({**FOR_THE_EXAM, "gain": "later"}, "gain='later' must be one of now, exam"),
        (index(log_gain="much"), "log_gain='much' must be a number"),
        (index(log_gain=float("nan")), "log_gain=nan"),
        ({"_target_": INDEX, "log_gian": 1.0}, "Did you mean 'policy.log_gain'"),
    ],
)
def test_bad_parameters_are_refused(spec, message):
    with pytest.raises(InputError, match=message):
        build_policy(spec)


def test_columns_that_are_missing_are_named():
    blind = world(observe={"rows": "skills", "columns": ["belief", "ready", "tries", "time_left"]})
    with pytest.raises(InputError, match="tuned_index needs the columns days_since, successes, was_last"):
        bound("tuned_index", blind)
    with pytest.raises(InputError, match="greedy_per_minute needs the column time_left"):
        bound("greedy_per_minute", world(observe={"rows": "skills", "columns": ["belief", "ready"]}))
    with pytest.raises(InputError, match=r"tuned_index needs observe\.rows=skills"):
        bound("tuned_index", world(observe={"rows": "items"}))


def test_the_file_varies_every_weight():
    assert list(load_policy("tuned_index")["tune"]["space"]) == list(TunedIndex.PARAMETERS)


def test_without_the_column_open_only_who_looks_inside_students_can_choose_under_a_graph_belief():
    columns = ["belief", "ready", "tries", "successes", "days_since", "was_last", "time_left"]
    scenario = Scenario.load("Practice-v1", change={"observe.columns": columns, "schedule.sessions": 2})
    for name, able in (("tuned_index", False), ("oracle_index", True)):
        policy = build_policy({key: value for key, value in load_policy(name).items() if key != "tune"})
        if able:
            found = teach(scenario, policy, n_students=4, cohort_seed=0, metrics=False)
            assert np.isfinite(found.outcomes["exam"]).all()
        else:
            with pytest.raises(InputError, match=r"policy tuned_index looks ahead, .* needs the column open.*observe"):
                teach(scenario, policy, n_students=4, cohort_seed=0, metrics=False)
