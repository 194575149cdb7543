"""Values of the wrong type or size are refused in one line; numbers of numpy count as numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
import zpdgym
from zpdgym.agents import Mastery, build_policy, check_policy
from zpdgym.envs import Scenario, check_tutor_env
from zpdgym.envs.arguments import must_fit
from zpdgym.errors import InputError, Violations, one_line, shown, unknown
from zpdgym.experiments.bias.audit import audit
from zpdgym.experiments.bounds import bounds
from zpdgym.files import found_or_made, is_file
from zpdgym.parameters import Number, Text, number_of, read
from zpdgym.students import BKT, Population, chain, check_student


@pytest.mark.parametrize("bad", [-1, 1.7, math.nan, math.inf, True, "1", None, [1], 2**63, 10**400, 1j, np.bool_(True)])
@pytest.mark.parametrize(
    "call",
    [
        lambda bad: zpdgym.make_vec("tiny", 2, seed=-1 if bad is None else bad),
        lambda bad: zpdgym.make_vec("tiny", 2, first_student=bad),
        lambda bad: zpdgym.make_vec("tiny", 2, life=bad),
        lambda bad: zpdgym.make_vec("tiny", bad),
        lambda bad: zpdgym.evaluate("tiny", "random", n_students=bad),
        lambda bad: zpdgym.evaluate("tiny", "random", seed=bad),
        lambda bad: zpdgym.evaluate("tiny", "random", cohort_seed=bad),
        lambda bad: zpdgym.train("tiny", "ppo_scorer", lessons=bad, seed=0),
        lambda bad: zpdgym.tune("tiny", "streak", budget=bad),
        lambda bad: zpdgym.compare({"scenarios": ["tiny"], "policies": ["random"]}, jobs=bad or 0),
        lambda bad: zpdgym.calibrate({"path": "log.csv"}, seed=bad),
        lambda bad: bounds("tiny", n_students=bad),
        lambda bad: audit("algebra", n_log=bad),
        lambda bad: check_student(BKT, n=bad),
        lambda bad: check_policy("random", n_students=bad),
        lambda bad: check_tutor_env("tiny", lessons=bad),
        lambda bad: chain(bad),
    ],
)
def test_what_is_no_whole_number_is_refused_before_anything_is_done(call, bad, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as told:
        call(bad)
    assert "must be a whole number" in str(told.value)
    assert len(str(told.value)) < 400
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("bad", ["no", 1, 0, None, [], np.int64(1)])
@pytest.mark.parametrize("name", ["autoreset", "copy", "privileged"])
def test_switches_of_environments_are_true_or_false(name, bad):
    if name == "autoreset" and bad is None:
        assert zpdgym.make_vec("tiny", 2, autoreset=None).autoreset  # as if it were not given
        return
    with pytest.raises(InputError, match=f"{name}=.* must be true or false"):
        zpdgym.make_vec("tiny", 2, **{name: bad})


def test_numbers_of_numpy_are_numbers():
    env = zpdgym.make_vec("tiny", np.int64(2), seed=np.uint8(3), autoreset=np.bool_(False), first_student=np.int32(1))
    assert (type(env.num_envs), type(env.cohort_seed), env.autoreset) == (int, int, False)
    changed = Scenario.load("tiny", change={"student.learn": np.float64(0.3), "schedule.lessons": np.int64(5)})
    same = Scenario.load("tiny", change={"student.learn": 0.3, "schedule.lessons": 5})
    assert (changed.label, changed.sections) == (same.label, same.sections)
    assert Scenario.load("tiny", change={"student.prior": np.array([0.1, 0.2, 0.3])}).sections["student"]["prior"] == [
        0.1, 0.2, 0.3,
    ]  # fmt: skip
    assert zpdgym.evaluate("tiny", "random", n_students=np.int64(5), seed=np.float64(2.0)).outcomes["exam"].shape == (
        5,
    )
    assert number_of(np.array(0.5)) == 0.5
    assert number_of(np.bool_(True)) is None


@pytest.mark.parametrize("bad", [5, None, [], "abc", 1.5])
@pytest.mark.parametrize("section", ["student", "curriculum", "schedule", "reward", "observe", "belief", "outcome"])
def test_a_section_that_is_none_is_refused(section, bad):
    for keywords in ({"change": {section: bad}}, {"replace": {section: bad}}):
        with pytest.raises(InputError) as told:
            Scenario.load("tiny", **keywords)
        assert len(str(told.value).splitlines()) == 1


@pytest.mark.parametrize("key", ["reward.kind", "belief.kind", "belief.source", "observe.rows", "outcome.primary"])
@pytest.mark.parametrize("bad", [["a"], {"a": 1}, 5, None, "", "x" * 300])
def test_choices_of_a_scenario_are_texts_that_there_are(key, bad):
    with pytest.raises(InputError):
        Scenario.load("tiny", change={key: bad})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"unexpected": 5}, "unexpected must be a section of keys"),
        ({"unexpected.slow": 5}, "unexpected.slow must hold"),
        ({"unexpected.slow.studnt": "bkt"}, "unexpected.slow.studnt"),
        ({"unexpected.slow.student.lern": 0.1}, "unexpected.slow: unknown key 'student.lern'"),
        ({"unexpected.slow.student.learn": 5}, "unexpected.slow: BKT: learn=5"),
        ({"unexpected.new": {"student": "nobody"}}, "unexpected.new: unknown student"),
    ],
)
def test_kinds_of_students_that_nobody_can_be_are_refused_when_the_scenario_is_loaded(change, says):
    with pytest.raises(InputError) as told:
        Scenario.load("tiny", change=change)
    assert says in str(told.value)


def test_an_episode_has_an_end():
    with pytest.raises(InputError, match="more than 1,000,000 in all"):
        Scenario.load("tiny", replace={"schedule": {"sessions": 100_000, "session_lessons": 100_000}})
    with pytest.raises(InputError, match="make it shorter"):
        Scenario.load("tiny", replace={"schedule": {"sessions": 100_000, "session_minutes": 100_000}})


def test_a_cohort_that_no_machine_can_hold_is_refused_with_what_it_needs():
    with pytest.raises(InputError, match=r"num_envs=1,000 needs .* GiB of memory, this machine has"):
        must_fit(1000, 1 << 60)


@pytest.mark.parametrize("policy", [Mastery, BKT, 5, None, object(), len])
def test_what_is_no_policy_is_refused(policy):
    with pytest.raises(InputError, match="policy"):
        zpdgym.evaluate("tiny", policy, n_students=5)


def test_a_mistake_in_a_policy_is_told_by_its_own_name_and_before_a_belief_is_fitted(monkeypatch):
    monkeypatch.setattr("zpdgym.envs.beliefs.refit._numbers", lambda scenario: pytest.fail("fitted"))
    own = Scenario.load("kt6kc", replace={"student": "bkt"})
    with pytest.raises(InputError, match=r"^policy ppo_scorer: gamma=2"):
        zpdgym.train(own, {**build_spec("ppo_scorer"), "gamma": 2}, lessons=300, seed=0)
    for call in (zpdgym.evaluate, zpdgym.tune):
        with pytest.raises(InputError, match=r"^policy streak: n=-1"):
            call(own, {**build_spec("streak"), "n": -1})


def build_spec(name):
    from zpdgym.agents import load_policy

    return load_policy(name)


@pytest.mark.parametrize("name", [5, "x" * 300, "a\nb"])
def test_a_policy_has_a_name_that_can_be_read(name):
    with pytest.raises(InputError, match="name="):
        build_policy({**build_spec("streak"), "name": name})


@pytest.mark.parametrize("groups", [5, "abc", [5], [{"name": "a", "share": math.nan}], [{"name": "a", "share": "x"}]])
def test_groups_that_are_none_are_refused(groups):
    with pytest.raises(InputError, match="population"):
        Population(groups)


@pytest.mark.parametrize("action", [True, np.bool_(True), 10**30, -(10**30), 1.0, None, "0", [0]])
def test_an_action_is_a_whole_number(action):
    env = zpdgym.make("tiny").unwrapped
    env.reset(seed=0)
    with pytest.raises(InputError, match="must be a whole number"):
        env.step(action)


def test_messages_stay_on_one_line_and_short():
    assert one_line("a\nb\x1b[31m\u2028c") == "a b\\x1b[31m c"
    assert str(InputError("a\n\x07b")) == "a \\x07b"
    assert len(shown("x" * 300)) < 130
    assert shown(10**5000) == "a number of 16,610 bits"
    assert shown([10**5000]) == "a list"
    assert len(str(unknown("policy", "x" * 300, ["random"]))) < 200
    wrong = Violations("it")
    for n in range(100):
        wrong.unless(False, f"x[{n}]")
    with pytest.raises(InputError, match="and 70 more"):
        wrong.raise_any()


@pytest.mark.parametrize("bad", [2**63, -(2**63) - 1, 10**400])
def test_no_number_is_larger_than_arrays_hold(bad):
    wrong = Violations("it")
    assert Number("how far").one(bad, "far", wrong) == 0.0
    assert wrong.messages


@pytest.mark.parametrize("bad", [5, "", None, "a\x00b", b"a"])
def test_a_text_is_one_that_can_be_read(bad):
    wrong = Violations("it")
    assert read({"name": Text("a name")}, {"name": bad}, wrong).name == ""
    assert len(wrong.messages) == 1


@pytest.mark.parametrize("path", ["x" * 300, "x" * 300 + "/y.csv", "a\x00b"])
@pytest.mark.parametrize(
    ("section", "given"),
    [
        ("student", {"_target_": "zpdgym.students.DKT", "weights": None}),
        ("curriculum", {"_target_": "zpdgym.students.read_curriculum", "path": None}),
    ],
)
def test_a_path_that_no_file_can_have_is_refused_wherever_a_file_is_named(section, given, path):
    with pytest.raises(InputError) as told:
        Scenario.load("tiny", replace={section: {name: value or path for name, value in given.items()}})
    assert len(str(told.value).splitlines()) == 1
    with pytest.raises(InputError):
        zpdgym.evaluate("tiny", {"_target_": "zpdgym.agents.Saved", "path": path}, n_students=10)
    with pytest.raises(InputError):
        zpdgym.calibrate({"path": path})


def test_a_name_that_no_file_can_have_is_no_file():
    assert not is_file("x" * 300)
    assert not is_file("a\x00b")


def test_what_is_kept_is_not_made_twice_and_a_file_that_was_changed_is_named(tmp_path, capsys):
    made = []
    path = tmp_path / "kept" / "it.json"

    def make():
        made.append(1)
        return {"n": len(made), "far": math.inf}

    twice = [found_or_made(path, make, way_out="delete it") for _ in range(2)]
    assert twice == [{"n": 1, "far": math.inf}] * 2
    for damaged in ('{"n": ', "{}", "[]", path.read_text().replace('"n": 1', '"n": 2')):
        path.write_text(damaged)
        with pytest.raises(InputError, match=r"it\.json .*: delete it"):
            found_or_made(path, make, way_out="delete it")
    (tmp_path / "file").write_text("")
    assert found_or_made(tmp_path / "file" / "it.json", make, way_out="delete it")["n"] == 2
    assert "it is sought again the next time" in capsys.readouterr().err
