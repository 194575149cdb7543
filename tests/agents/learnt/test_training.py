"""Training: what learns, from what, for how long, and the same bytes every time."""

from __future__ import annotations

import numpy as np
import pytest
from zpdgym.agents.check import check_policy
from zpdgym.agents.learnt.teacher import Saved, Teacher
from zpdgym.agents.learnt.teacher_files import CARD, WEIGHTS
from zpdgym.agents.problem import Policy
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.agents.rollouts import teach
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError

from tests.agents.learnt.helpers import PPO

torch = pytest.importorskip("torch")
from zpdgym.agents.learnt import training  # noqa: E402 (needs torch)


@pytest.mark.parametrize("trainer", ["sb3", "fast"])
@pytest.mark.parametrize("name", PPO)
def test_each_keeps_the_contract_once_trained(name, trainer, teachers, tiny, tmp_path):
    spec = load_policy(name, change={"trainer": trainer})
    made = teachers[name] if trainer == "fast" else training.train(tiny, spec, lessons=3000, seed=1, n_validation=50)
    assert check_policy(made).startswith(f"{name} keeps the contract")
    made.save(tmp_path)
    assert check_policy(Saved(str(tmp_path))).startswith(f"{name} keeps the contract")


def test_every_learnt_policy_trains_and_is_a_policy(teachers, tiny):
    for name, teacher in teachers.items():
        assert isinstance(teacher, Policy)
        assert teacher.name == name
        assert teacher.last is not None
        assert len(teacher.curve) >= 2
        assert set(teacher.curve[0]) == {"lessons", "seconds", "reward", "validation", "taught"}
        rows = {row["lessons"]: row["validation"] for row in teacher.curve}
        assert max(rows.values()) - rows[teacher.card["training"]["chosen"]] < 0.02
        taught = teach(tiny, teacher, n_students=50, cohort_seed=9)
        assert 0 < taught.mean("exam") < 1


@pytest.mark.parametrize("trainer", ["sb3", "fast"])
@pytest.mark.parametrize("name", PPO)
def test_the_same_configuration_and_seed_give_the_same_bytes(name, trainer, teachers, tiny, tmp_path):
    def again() -> Teacher:
        spec = load_policy(name, change={"trainer": trainer})
        return training.train(tiny, spec, lessons=3000, seed=1, n_validation=100)

    for folder, teacher in (("a", teachers[name] if trainer == "fast" else again()), ("b", again())):
        teacher.save(tmp_path / folder)
    for file in (CARD, WEIGHTS):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_the_best_readiness_threshold_goes_on(tiny):
    spec = load_policy("ppo_scorer", change={"ready": [0.99, 0.5]})
    teacher = training.train(tiny, spec, lessons=4000, seed=0, n_validation=300)
    trials = teacher.card["training"]["trials"]
    assert [trial["ready"] for trial in trials] == [0.99, 0.5]
    assert teacher.card["settings"]["ready"] == max(trials, key=lambda trial: trial["validation"])["ready"]
    assert 4000 <= teacher.card["training"]["lessons"] < 8000
    assert teacher.curve[0]["lessons"] == 0
    assert teacher.curve[1]["lessons"] > 1200  # the trials' lessons count


def test_the_curve_begins_with_the_untrained_teacher(tiny):
    """Its network is that of a training of hardly any lessons, with the threshold that the trials have chosen."""
    change = {"learning_rate": 0.0}
    curves = {}
    for ready in (0.5, 0.99, [0.5], [0.99, 0.5]):
        spec = load_policy("ppo_scorer", change={**change, "ready": ready})
        curves[str(ready)] = training.train(tiny, spec, lessons=2000, seed=3, n_validation=200).curve
    for rows in curves.values():
        assert rows[0]["lessons"] == 0
        assert [row["lessons"] for row in rows[1:]] == sorted({row["lessons"] for row in rows[1:]})
        assert {row["validation"] for row in rows} == {rows[0]["validation"]}  # nothing was learnt
    assert curves["[0.5]"][0]["validation"] == curves["0.5"][0]["validation"]
    assert curves["0.5"][0]["validation"] != curves["0.99"][0]["validation"]
    best = max(curves["0.5"][0]["validation"], curves["0.99"][0]["validation"])
    assert curves["[0.99, 0.5]"][0]["validation"] == best


def test_the_latest_of_equally_good_teachers_is_chosen(tiny):
    curve = training.Curve(tiny, lessons=10, seconds=None)
    curve.begin(build_policy("ppo"))
    rng = np.random.default_rng(0)
    luck = rng.random(1000)
    for mean in (0.3, 0.502, 0.5, 0.4):
        outcome = luck * 0.1 + mean + 0.1 * rng.random(1000)
        curve.rows.append({"validation": float(outcome.mean())})
        curve.tried.append((outcome, {}))
    assert curve.chosen in (1, 2)
    curve.tried[2] = (curve.tried[1][0] - 0.0001 + 0.01 * rng.standard_normal(1000), {})
    assert curve.chosen == 2


def test_another_seed_gives_another_teacher(teachers, tiny):
    other = training.train(tiny, "ppo", lessons=500, seed=2, n_validation=20)
    assert not np.array_equal(other.weights["action_net.weight"], teachers["ppo"].weights["action_net.weight"])


def test_training_leaves_the_global_generators_and_threads_alone(tiny):
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002
    threads, wanted = torch.get_num_threads(), (torch.rand(1).item(), np.random.rand())  # noqa: NPY002
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002
    training.train(tiny, "ppo", lessons=300, seed=0, n_validation=10)
    assert (torch.rand(1).item(), np.random.rand()) == wanted  # noqa: NPY002
    assert torch.get_num_threads() == threads


def test_training_stops_when_the_seconds_are_spent_and_reports_progress(tiny):
    seen, rows = [], []
    teacher = training.train(
        tiny, "ppo", lessons=5_000_000, seed=0, seconds=0.3, n_validation=10,
        progress=lambda done, wanted: seen.append((done, wanted)), on_evaluate=rows.append,
    )  # fmt: skip
    assert teacher.card["training"]["lessons"] < 5_000_000
    assert rows == teacher.curve
    assert seen[0] == (0, 5_000_000)


@pytest.mark.parametrize(("spec", "says"), [("mastery", "does not learn"), ("ppo_scorers", "ppo_scorer")])
def test_what_does_not_learn_is_refused(tiny, spec, says):
    with pytest.raises(InputError, match=says):
        training.train(tiny, spec, lessons=100, seed=0)


def test_wrong_settings_are_refused_all_together():
    spec = load_policy("ppo_scorer", change={"ready": 3, "epochs": 0, "hidden": [], "reward": "money"})
    with pytest.raises(InputError, match=r"(?s)reward.*epochs.*ready=3.*hidden"):
        build_policy(spec)


def test_an_untrained_policy_cannot_teach(tiny):
    with pytest.raises(InputError, match="trained before"):
        teach(tiny, build_policy("ppo_scorer"), n_students=2, cohort_seed=0)


def test_scorer_needs_the_readiness_column():
    blind = Scenario.load("tiny", change={"observe.columns": ["belief", "tries"]})
    with pytest.raises(InputError, match="ready"):
        training.train(blind, "ppo_scorer", lessons=100, seed=0)


def test_finish_is_a_choice_that_masks_hold_back(with_finish):
    for name in ("ppo", "ppo_scorer"):
        teacher = training.train(with_finish, name, lessons=1500, seed=0, n_validation=50)
        taught = teach(with_finish, teacher, n_students=60, cohort_seed=1, deterministic=False)
        assert taught.outcomes["lessons"].min() >= 2


def test_a_table_with_a_row_per_item_can_be_taught_from():
    by_item = Scenario.load("tiny", change={"observe.rows": "items"})
    teacher = training.train(by_item, "ppo_scorer", lessons=1000, seed=0, n_validation=20)
    assert teach(by_item, teacher, n_students=20, cohort_seed=1).mean("exam") > 0


@pytest.mark.slow
def test_on_tiny_the_scorer_reaches_the_optimum(tiny):
    teacher = training.train(tiny, "ppo_scorer", lessons=1_000_000, seed=0)
    gains = {
        policy.name: teach(tiny, policy, n_students=4000, cohort_seed=77).outcomes["gain"].mean()
        for policy in (teacher, build_policy("optimal"))
    }
    assert gains["ppo_scorer"] >= 0.99 * gains["optimal"]
