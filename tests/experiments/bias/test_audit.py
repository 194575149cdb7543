"""``zpdgym audit``: what skewed logs cost whom, what is the same by construction, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from zpdgym.agents import build_policy, rollout
from zpdgym.envs.beliefs import refit
from zpdgym.envs.beliefs.refit import with_numbers
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError
from zpdgym.experiments.bias import logs as module
from zpdgym.experiments.bias.audit import Taught, audit, named
from zpdgym.experiments.bias.found import MEASURES
from zpdgym.experiments.bias.logs import BALANCED, LOGS, OTHERS, Logs
from zpdgym.experiments.bias.show import markdown, terminal
from zpdgym.scripts.cli import main
from zpdgym.students.draws import spawn_seed

SMALL: dict[str, Any] = {"n_students": 300, "n_log": 400, "share": 0.03}
CURRICULUM = {"_target_": "zpdgym.students.chain", "n_skills": 2, "items": [{"difficulty": 0.0}, {"difficulty": 1.0}]}


@pytest.fixture(scope="module")
def world() -> Scenario:
    return Scenario.load(
        "practice",
        replace={"population": "fast_slow", "curriculum": CURRICULUM},
        change={"belief.kind": "bkt", "schedule.sessions": 4},
    )


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache of its own, in which fits of the tests before are found."""
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()


@pytest.fixture(scope="module")
def found(world, cache):
    return audit(world, "mastery", group="slow learners", **SMALL)


def test_a_balanced_log_differs_from_itself_by_nothing(found):
    rows = [row for row in found.rows if row.log == BALANCED]
    assert {row.who for row in rows} == {"slow learners", "fast learners", OTHERS}
    for row in rows:
        assert all((span.value, span.low, span.high) == (0.0, 0.0, 0.0) for span in row.difference.values())


def test_every_log_is_there_for_the_group_and_only_its_own_belief_is_nobody_elses(found):
    assert [row.log for row in found.of("slow learners", "slow learners")] == list(LOGS)
    shared = [log for log, kind in LOGS.items() if not kind.own]
    for who in (OTHERS, "fast learners"):
        assert [row.log for row in found.of("slow learners", who)] == shared
    students = {row.who: row.students for row in found.rows}
    assert students["slow learners"] + students[OTHERS] == 300


def test_differences_are_paired_and_their_means_are_differences_of_means(found):
    rows = {row.log: row for row in found.of("slow learners", "slow learners")}
    for row in rows.values():
        for name in MEASURES:
            apart = row.found[name].value - rows[BALANCED].found[name].value
            assert row.difference[name].value == pytest.approx(apart, abs=1e-12)
            assert row.difference[name].low <= row.difference[name].value <= row.difference[name].high


def test_a_log_with_few_slow_learners_believes_too_much_of_them(found):
    """What the whole audit is about: with 3 per cent of them, the belief is that of the fast."""
    few = next(row for row in found.of("slow learners", "slow learners") if row.log == "few")
    assert few.difference["overbelief"].low > 0
    assert few.difference["belief_brier"].low > 0


def test_the_groups_that_end_lowest_and_highest_are_audited_where_none_is_named(world, cache, found):
    both = audit(world, "mastery", **SMALL)
    assert list(both.audited) == ["slow learners", "fast learners"]
    assert both.of("slow learners", OTHERS) == found.of("slow learners", OTHERS)


def test_the_same_seed_writes_the_same_bytes_and_an_interrupted_audit_goes_on(world, tmp_path, monkeypatch):
    def written(folder: str) -> list[bytes]:
        audit(world, "mastery", group="slow learners", out=tmp_path / folder, **SMALL)
        return [(tmp_path / folder / name).read_bytes() for name in ("audit.json", "audit.md")]

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    fitted: list[int] = []

    def counted(*_, **__):
        fitted.append(1)
        if len(fitted) == 3:
            raise KeyboardInterrupt
        return {"prior": 0.3, "learn": 0.1 + 0.01 * len(fitted), "guess": 0.2, "slip": 0.1}, 0.0

    monkeypatch.setattr(module, "fit_to_log", counted)
    with pytest.raises(KeyboardInterrupt):
        written("killed")
    assert not (tmp_path / "killed").exists()
    first = written("first")
    assert len(fitted) == 3 + len(LOGS) - 2  # the two that were done are not fitted again
    assert written("second") == first
    assert len(fitted) == 3 + len(LOGS) - 2
    shown = json.loads(first[0])
    assert shown["audited"] == ["slow learners"]
    assert {row["log"] for row in shown["rows"]} == set(shown["logs"]) == set(LOGS)
    assert len(list(refit.kept_in().glob("*.json"))) == len(LOGS)


def test_who_is_believed_too_much_is_told_by_the_belief_and_the_truth_on_the_day_of_the_exam(world):
    numbers = {"kind": "bkt", "prior": 0.3, "learn": 0.4, "guess": 0.2, "slip": 0.1, "forget": 0.01}
    policy = build_policy("random")
    told = Taught(world, policy, n_students=20, cohort_seed=0, seed=0)(numbers)
    env = with_numbers(world, numbers).make(20, seed=spawn_seed(0, "test"), autoreset=False, reward="exam")
    outcomes, beliefs = rollout(env, policy).outcomes, env.belief_state.copy()
    env.belief.elapse(beliefs, np.full(20, env.schedule.retention_days))
    believed = beliefs["total"] / env.curriculum.n_skills
    assert told["overbelief"] == pytest.approx(believed - outcomes["mastery_exam"], abs=1e-12)
    assert np.ptp(told["overbelief"]) > 0.1


def test_the_command_prints_what_it_writes(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    numbers = {"prior": 0.3, "learn": 0.2, "guess": 0.2, "slip": 0.1}
    monkeypatch.setattr(module, "fit_to_log", lambda *_, **__: (numbers, 0.0))
    small = ["n_students=100", "n_log=100", "share=.1", "policy=mastery", "group=[slow, low prior]", "name=mine"]
    assert main(["audit", "scenario=practice", "population=four_groups", *small]) == 0
    (folder,) = Path("results/mine").iterdir()
    said, shown = capsys.readouterr().out, json.loads((folder / "audit.json").read_text())
    assert f"written: {folder}" in said
    assert (shown["policy"], shown["audited"]) == ("mastery", ["slow, low prior"])
    exam = next(row["found"]["exam"]["value"] for row in shown["rows"] if row["who"] == "slow, low prior")
    for text in (said, (folder / "audit.md").read_text()):
        assert f"{exam:.3f}" in text
        assert "+" not in text  # all beliefs are the same, so nothing differs


def test_where_one_in_ten_are_taught_on_the_rest_of_the_group_ends_as_they_do(world):
    logs = Logs(world, share=0.05, taught=1 / 3, n_log=200, seed=0)
    slow = logs.names.index("slow learners")
    taught, before = logs.taught_on(slow).log, logs.balanced
    theirs, end = before.of(slow), round(taught.items.shape[1] / 3)
    some = {row.tobytes() for row in before.log.items[theirs[:10], end:]}
    assert all(row.tobytes() in some for row in taught.items[theirs, end:])
    assert np.array_equal(taught.answers[:, :end], before.log.answers[:, :end])
    kept = np.append(np.flatnonzero(before.group != slow), theirs[:10])
    assert np.array_equal(taught.answers[kept], before.log.answers[kept])


def test_page_and_screen_say_what_every_log_is_and_whom_each_table_is_about(found):
    for text in ("\n".join(terminal(found)), markdown(found)):
        assert all(log in text for log in LOGS)
        assert "the group is 0.03 of the learners in the log" in text
        assert "only taught the first 0.333 of the course" in text
        assert "slow learners" in text
    assert OTHERS in "\n".join(terminal(found))
    assert "fast learners" in markdown(found)  # every group has its table there


def test_commas_in_names_of_groups_are_none_between_them():
    names = ["slow, low", "slow, high", "fast"]
    assert named(["slow", "low", "fast"], names) == ["slow, low", "fast"]
    assert named(["slow, high"], names) == ["slow, high"]
    with pytest.raises(InputError, match=r"unknown group 'slow, lo'\. Did you mean 'slow, low'\? Groups: slow, low;"):
        named(["fast", "slow", "lo"], names)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["scenario=practice"], "the students of Practice-v1 are all of one group"),
        (["scenario=tiny"], "belief.source=true_population is fitted to no log"),
        (["scenario=algebra", "group=slow learners, mid"], "Groups: slow learners, low prior; slow learners, high"),
        (["scenario=algebra", "scenario.belief.kind=truth"], "is told who knows what, whatever stands in a log"),
        (["scenario=algebra", "scenario.belief.kind=exact"], "kind exact is for at most 10 skills"),
        (["scenario=algebra", "policy=ppo_scorer"], "policy ppo_scorer has to be trained first"),
        (["scenario=algebra", "policy=oracle_greedy"], "policy oracle_greedy looks inside the students"),
        (["scenario=algebra", "share=.2"], "share=0.2 must be above 0 and below 0.167"),
        (["scenario=algebra", "share=.01", "n_log=500"], "share=0.01 of n_log=500 students is fewer than 10"),
        (["scenario=algebra", "taught=1"], "taught=1 must be above 0 and below 1"),
        (["scenario=algebra", "n_students=9"], "n_students=9 must be a whole number in [100, 1,000,000]"),
        (["scenario=algebra", "name=../x"], "name='../x' must be"),
    ],
)
def test_what_cannot_be_audited_is_refused_in_one_line_before_anything_is_fitted(
    arguments, says, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "fit_to_log", lambda *_, **__: pytest.fail("a belief was fitted"))
    assert main(["audit", *arguments]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said
    assert not list(Path().iterdir())


def test_a_group_with_too_few_test_students_is_named(cache):
    groups = [{"name": "many", "share": 0.98}, {"name": "rare", "share": 0.02, "shift": {"learn": -1}}]
    population = {"_target_": "zpdgym.students.Population", "groups": groups}
    small = Scenario.load(
        "practice",
        replace={"population": population, "curriculum": CURRICULUM},
        change={"belief.kind": "bkt", "schedule.sessions": 4},
    )
    with pytest.raises(InputError, match=r"n_students=100: \d of them are of the group 'rare', fewer than 10;"):
        audit(small, "random", group="rare", n_students=100, n_log=200)


def test_the_results_of_another_audit_are_not_replaced_and_those_of_the_same_are(world, cache, found, tmp_path):
    first = audit(world, "mastery", group="slow learners", out=tmp_path, **SMALL)
    kept = (tmp_path / "audit.json").read_bytes()
    changed: list[tuple[dict[str, Any], str]] = [
        ({"share": 0.05}, "with share=0.03 and not 0.05"),
        ({"seed": 1}, "with seed=0 and not 1"),
        ({"policy": "random"}, "with policy='mastery' and not 'random'"),
        ({"group": "fast learners"}, r"with group=\['slow learners'\] and not \['fast learners'\]"),
        ({"group": None}, "with group="),
    ]
    for change, said in changed:
        settings = {"policy": "mastery", "group": "slow learners", **SMALL, **change}
        with pytest.raises(InputError, match=rf"audit.json is of another audit, {said}.*another name"):
            audit(world, out=tmp_path, **settings)
        assert (tmp_path / "audit.json").read_bytes() == kept
    assert audit(world, "mastery", group="slow learners", out=tmp_path, **SMALL) == first
    assert (tmp_path / "audit.json").read_bytes() == kept


def test_a_policy_that_gives_no_lessons_is_refused(world, cache, tmp_path):
    with pytest.raises(InputError, match="policy: it gives no lessons"):
        audit(world, "no_teaching", out=tmp_path / "new", **SMALL)
    assert not (tmp_path / "new" / "audit.json").exists()


def test_with_two_groups_nothing_stands_twice_on_the_page(found):
    page = markdown(found)
    assert page.count("**fast learners, the logs skewed against slow learners") == 1
    assert OTHERS not in page.replace("everybody else believes", "").split("## Against")[1]
