"""Nobody is taught again whose outcome is there: the first life, and the students of a last teacher who is best."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from zpdgym.agents import rollouts
from zpdgym.agents.learnt.teacher import Teacher
from zpdgym.agents.registry import as_policy
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.runs import execute
from zpdgym.experiments.store.runs import LAST_TEACHER, Run
from zpdgym.students.draws import spawn_seed

from benchmarks.safety.kills import LEARNER
from tests.experiments.comparison.small import TINY
from tests.helpers import quiet


def test_the_first_life_is_read_and_is_what_teaching_it_gives(tiny, tmp_path, monkeypatch):
    asked, real = [], rollouts.teach

    def teach(*args: Any, **options: Any) -> rollouts.Rollout:
        asked.append(options.get("life"))
        return real(*args, **options)

    monkeypatch.setattr(rollouts, "teach", teach)
    spec = TINY | {"policies": ["linear"], "lives": 4, "unexpected": False}
    found = compare(spec, results=tmp_path, **quiet())
    assert {1, 2, 3} <= set(asked)
    assert 0 not in asked
    lives = Run(found.folder / "Tiny-v0" / "linear" / "seed0").arrays("lives.npz")["outcome"]
    first = real(tiny, as_policy("linear"), n_students=60, cohort_seed=spawn_seed(0, "test"), metrics=False, life=0)
    assert lives[0].tolist() == first.outcomes[tiny.outcome.primary].tolist()


def test_what_validation_students_gave_in_training_is_what_teaching_them_gives(tiny, tmp_path, monkeypatch):
    pytest.importorskip("torch")
    asked, real = [], execute._Meter.teach

    def taught(meter: Any, scenario: Any, policy: Any, role: str, **options: Any) -> rollouts.Rollout:
        asked.append((policy.learnt, role))
        return real(meter, scenario, policy, role, **options)

    monkeypatch.setattr(execute._Meter, "teach", taught)
    spec = TINY | {"policies": ["linear", LEARNER], "seeds": 1, "unexpected": False, "lessons": 2000}
    run = Run(compare(spec, results=tmp_path, **quiet()).folder / "Tiny-v0" / "scorer" / "seed0")
    assert (False, "validation") in asked
    assert (True, "test") in asked
    assert (True, "validation") not in asked
    teacher, seed = Teacher.load(run.path / "teacher"), spawn_seed(0, "validation")
    again = rollouts.teach(tiny, teacher, n_students=40, cohort_seed=seed, metrics=False)
    assert run.json("validation.json")["mean"] == again.mean(tiny.outcome.primary)


@pytest.fixture(scope="module")
def best(tiny):
    pytest.importorskip("torch")
    from zpdgym.agents.learnt import training

    return training.train(tiny, "ppo_scorer", lessons=2000, seed=1, n_validation=20)


@pytest.mark.parametrize("array", [None, "scorer.0.weight", "prior"])
def test_a_last_teacher_is_tried_unless_it_is_the_best_one(tiny, best, tmp_path, array):
    other = Teacher(best.card, {name: np.array(values) for name, values in best.weights.items()})
    if array is not None:
        other.weights[array] = np.nextafter(other.weights[array], np.float32(9.0))
    other.save(tmp_path / LAST_TEACHER)
    taught: list[Any] = []
    plan: Any = SimpleNamespace(scenario=tiny)
    test: Any = object()
    meter: Any = SimpleNamespace(teach=lambda scenario, policy, role: taught.append((policy.weights, role)) or "taught")
    found = execute._taught_last(plan, Run(tmp_path), meter, best, test)
    if array is None:
        assert found is test
        assert not taught
    else:
        assert found == "taught"
        assert taught[0][1] == "test"
        assert (taught[0][0][array] != best.weights[array]).any()
