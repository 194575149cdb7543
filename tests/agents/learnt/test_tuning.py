"""The search for a learner's settings: its budget, its seeds, who is given up, who wins, and a kill in the middle."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from zpdgym.agents import load_policy
from zpdgym.agents.tuning import budget_of, found_by_search, prepare
from zpdgym.errors import InputError

pytest.importorskip("stable_baselines3")

from zpdgym.agents.learnt import training
from zpdgym.agents.learnt.tuning import search

SPACE = {"learning_rate": {"low": 0.001, "high": 0.3, "log": True}, "gamma": [0.9, 0.99], "epochs": [1, 2, 4]}
LEARNER = load_policy("ppo_scorer", change={"trainer": "fast", "ready": 0.5, "tune": {"space": SPACE}})
SMALL = {"lessons": 800, "cohort_seed": 0, "n_validation": 30, "budget": 5}


@pytest.fixture
def trainings(monkeypatch):
    """The arguments of every training."""
    seen, plain = [], training.train

    def counting(scenario, spec, **options):
        seen.append({"spec": spec, **options})
        return plain(scenario, spec, **options)

    monkeypatch.setattr(training, "train", counting)
    return seen


def test_the_budget_is_that_of_baselines_and_counts_all_lessons(tiny, trainings):
    found = search(LEARNER, tiny, **SMALL)
    _, of_a_baseline = prepare(load_policy("streak"), tiny, cohort_seed=0, n_students=30, budget=5)
    learner, baseline = budget_of(found.trials), budget_of(of_a_baseline)
    assert learner["settings"] == baseline["settings"] == 5
    assert baseline["training"] == 0 < baseline["validation"] == 6 * 30 * 5  # six lessons in this scenario
    assert learner["training"] == sum(trial["trained"] for trial in found.trials) >= 800 * len(trainings)
    assert learner["validation"] == sum(trial["taught"] for trial in found.trials)
    assert sum(trial["trainings"] for trial in found.trials) == len(trainings)
    assert found_by_search(found.spec, found.trials)["budget"] == learner
    assert found.seconds > 0


def test_the_sections_own_budget_and_lessons_count_where_they_are_smaller(tiny, trainings):
    spec = {**LEARNER, "tune": {"space": SPACE, "budget": 2, "lessons": 500}}
    assert len(search(spec, tiny, **SMALL).trials) == 2
    assert {seen["lessons"] for seen in trainings} == {500}


def test_no_seed_of_a_search_can_be_reported_and_none_is_used_twice(tiny, trainings):
    _ = search(LEARNER, tiny, **SMALL), search(LEARNER, tiny, **{**SMALL, "cohort_seed": 1})
    seeds = [seen["seed"] for seen in trainings]
    assert max(seeds) < 0  # an experiment takes 0 and more
    assert len(set(seeds)) == len(seeds)


def test_the_winner_has_most_trainings_and_the_first_trial_is_the_files_own(tiny):
    found = search(LEARNER, tiny, **SMALL)
    first = found.trials[0]
    (best,) = (t for t in found.trials if {k: t[k] for k in SPACE} == {k: found.spec[k] for k in SPACE})
    assert (first["learning_rate"], first["gamma"], first["epochs"]) == (0.01, None, 4)
    assert best["trainings"] == max(trial["trainings"] for trial in found.trials) >= 3
    assert "tune" not in found.spec
    assert (best["difference"], best["error"]) == (0.0, 0.0)


def test_the_same_search_again_is_the_same(tiny):
    first, again = (search(LEARNER, tiny, **SMALL) for _ in range(2))
    assert (first.spec, first.trials) == (again.spec, again.trials)
    assert search(LEARNER, tiny, **{**SMALL, "cohort_seed": 1}).trials != first.trials


def test_what_was_killed_goes_on_with_finished_trials_to_the_same_end(tiny, trainings, tmp_path, monkeypatch):
    whole, file = search(LEARNER, tiny, **SMALL), tmp_path / "trials"
    needed, counting = len(trainings), training.train

    def killed(*args, **options):
        if len(trainings) >= needed + 5:
            raise KeyboardInterrupt
        return counting(*args, **options)

    monkeypatch.setattr(training, "train", killed)
    with pytest.raises(KeyboardInterrupt):
        search(LEARNER, tiny, checkpoint=file, **SMALL)
    assert file.is_file()
    monkeypatch.setattr(training, "train", counting)
    again = search(LEARNER, tiny, checkpoint=file, **SMALL)
    assert (again.spec, again.trials) == (whole.spec, whole.trials)
    assert len(trainings) - needed - 5 <= needed - 3  # the first setting, at least, was not trained again
    assert not file.exists()


def test_a_checkpoint_of_another_search_or_a_damaged_one_is_refused(tiny, tmp_path, monkeypatch):
    file, plain, calls = tmp_path / "trials", training.train, []

    def killed(*args, **options):
        calls.append(1)
        if len(calls) > 4:
            raise KeyboardInterrupt
        return plain(*args, **options)

    monkeypatch.setattr(training, "train", killed)
    with pytest.raises(KeyboardInterrupt):
        search(LEARNER, tiny, checkpoint=file, **SMALL)
    with pytest.raises(InputError, match="belongs to another training"):
        search(LEARNER, tiny, checkpoint=file, **{**SMALL, "lessons": 900})
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(InputError, match="not a whole checkpoint"):
        search(LEARNER, tiny, checkpoint=file, **SMALL)


class Pretended:
    """Trainings whose outcome is written down: setting -> what the looks at each of its trainings say."""

    def __init__(self, looks, students=200):
        self.looks, self.stopped, self.made = looks, [], []
        self.luck = np.random.default_rng(0).normal(0, 0.05, students)

    def __call__(self, scenario, spec, *, lessons, on_evaluate, go_on, **_):
        of = self.looks[spec["gamma"]]
        found, reached = of[self.made.count(spec["gamma"]) % len(of)], 0
        self.made.append(spec["gamma"])
        for i, outcome in enumerate(found):
            reached = lessons * (i + 1) // len(found)
            on_evaluate({"taught": 10.0})
            if not go_on(reached, outcome + self.luck):
                self.stopped.append(spec["gamma"])
                break
        return SimpleNamespace(card={"training": {"lessons": reached, "chosen": reached}})


def pretend(monkeypatch, tiny, looks):
    """A search over ``gamma`` in which trainings go as written down; the first is the policy's own."""
    pretended = Pretended(looks)
    monkeypatch.setattr(training, "train", pretended)
    own, *others = looks
    spec = {**LEARNER, "gamma": own, "tune": {"space": {"gamma": others}}}
    found = search(spec, tiny, lessons=80, cohort_seed=0, n_validation=200, budget=9)
    return found, pretended, {trial["gamma"]: trial for trial in found.trials}


RISING = [0.2, 0.4, 0.5, 0.6]


def test_who_is_clearly_behind_at_a_quarter_is_given_up_and_cannot_win(tiny, monkeypatch):
    found, pretended, trials = pretend(monkeypatch, tiny, {0.9: [RISING], 0.5: [[0.1, 0.9, 0.9, 0.9]]})
    assert pretended.stopped == [0.5]
    assert found.spec["gamma"] == 0.9
    other, own = trials[0.5], trials[0.9]
    assert (other["given_up"], other["trained"], other["trainings"], other["taught"]) == (True, 20, 1, 10)
    assert other["difference"] == pytest.approx(-0.1)
    assert (own["given_up"], own["trained"], own["trainings"]) == (False, 320, 4)  # three, and one beside the other


def test_who_is_a_little_behind_at_a_quarter_is_trained_to_the_end(tiny, monkeypatch):
    late = [0.2 - 0.9 * tiny.outcome.smallest_difference, 0.5, 0.6, 0.7]
    found, pretended, _ = pretend(monkeypatch, tiny, {0.9: [RISING], 0.5: [late]})
    assert pretended.stopped == []
    assert found.spec["gamma"] == 0.5


def test_who_is_behind_by_no_more_than_trainings_differ_is_trained_to_the_end(tiny, monkeypatch):
    own = [[early, 0.4, 0.5, 0.6] for early in (0.1, 0.2, 0.3, 0.2)]
    found, pretended, _ = pretend(monkeypatch, tiny, {0.9: own, 0.5: [[0.08, 0.4, 0.6, 0.7]]})
    assert pretended.stopped == []
    assert found.spec["gamma"] == 0.5
    _, pretended, _ = pretend(monkeypatch, tiny, {0.9: own, 0.5: [[-0.1, 0.4, 0.6, 0.7]]})
    assert pretended.stopped == [0.5]


def test_later_looks_do_not_give_up(tiny, monkeypatch):
    _, pretended, trials = pretend(monkeypatch, tiny, {0.9: [RISING], 0.5: [[0.2, 0.2, 0.2, 0.2]]})
    assert pretended.stopped == []
    assert (trials[0.5]["trained"], trials[0.5]["trainings"]) == (80, 1)


def test_one_lucky_training_does_not_win(tiny, monkeypatch):
    lucky, unlucky, good = [0.2, 0.4, 0.6, 0.7], [0.2, 0.3, 0.3, 0.4], [0.2, 0.4, 0.6, 0.65]
    found, pretended, trials = pretend(monkeypatch, tiny, {0.9: [RISING], 0.5: [lucky, unlucky], 0.6: [good]})
    assert found.spec["gamma"] == 0.6
    assert trials[0.5]["trainings"] <= 2  # as soon as it is behind it is trained no more
    assert trials[0.6]["trainings"] == max(trials[0.9]["trainings"], 4)
    assert pretended.made.count(0.9) in (4, 5)


def test_a_lead_that_the_luck_of_trainings_explains_does_not_win(tiny, monkeypatch):
    own = [[0.2, 0.4, 0.5, last] for last in (0.5, 0.6, 0.7, 0.6)]
    level = [[0.2, 0.4, 0.5, last] for last in (0.61, 0.63, 0.62, 0.6)]
    better = [[0.2, 0.4, 0.5, last] for last in (0.7, 0.75, 0.7, 0.75)]
    found, _, trials = pretend(monkeypatch, tiny, {0.9: own, 0.5: level})
    assert trials[0.5]["trainings"] == trials[0.9]["trainings"] == 4
    assert trials[0.5]["outcome"] > trials[0.9]["outcome"]
    assert found.spec["gamma"] == 0.9
    assert pretend(monkeypatch, tiny, {0.9: own, 0.5: better})[0].spec["gamma"] == 0.5


def test_who_looks_less_often_is_judged_at_its_first_look_after_a_quarter(tiny, monkeypatch):
    _, pretended, _ = pretend(monkeypatch, tiny, {0.9: [RISING], 0.5: [[0.1, 0.1]], 0.6: [[0.1]]})
    assert pretended.stopped == [0.5]  # at half of the lessons; whoever is looked at in the end only is through
