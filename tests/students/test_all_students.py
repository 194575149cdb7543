"""What holds of every student in configs/student: promises, oracles, pages, and teaching by every baseline."""

import functools
import inspect
import itertools
import re
import sys

import numpy as np
import pytest
import zpdgym
from zpdgym.agents.registry import build_policy, load_policy, policy_names
from zpdgym.agents.rollouts import teach
from zpdgym.configs.build import CONFIGS
from zpdgym.envs import Scenario
from zpdgym.students import InputError, allocate_outcome, check_student
from zpdgym.students.check import INVARIANTS

from tests.helpers import COMPILED
from tests.students.lessons import side_by_side

PAGES = CONFIGS.parent / "docs" / "students"
NAMES = zpdgym.list_students()
HOMES = {"kt6kc": "kt6kc", "mixed_kt6kc": "kt6kc"}
"""Students who fit one curriculum only, and the scenario that has it; all others live in Practice-v0 too."""
BELIEF = {"kind": "bkt", "source": "given", "prior": 0.3, "learn": 0.15, "guess": 0.2, "slip": 0.1, "forget": 0.02}
HEADINGS = (
    "Description and source", "State", "Answering", "Learning", "Forgetting", "Parameters", "Noise",
    "What it leaves out", "Invariants", "Agreement", "Reference scores", "Version History",
)  # fmt: skip
ORDERS = {"answer_then_learn", "learn_then_answer"}
SAID = {"elapse_composes_on_average": {"elapse_composes"}, "lessons_change_nothing": {"lessons_never_hurt"}}
"""A weaker promise need not be named where the stronger one is kept."""


@functools.cache
def world(name):
    return Scenario.load(HOMES.get(name, "practice"), replace={"student": name}, change={"belief": BELIEF})


@functools.cache
def page_of(name):
    """The page whose first lines say ``student=name`` (or `name` in a list that begins with student=)."""
    pages = [p for p in sorted(PAGES.glob("*.md")) if p.stem != "index"]
    heads = {p: "\n".join(p.read_text().splitlines()[:16]) for p in pages}
    found = [p for p, head in heads.items() if re.search(rf"[`=]{name}`", head)]
    assert found, f"no page in docs/students has `student={name}` near its top"
    return next((p for p in found if p.stem == name), found[0])


def declared(name):
    promises = set(world(name).student.invariants)
    for kept, others in SAID.items():
        promises |= others if kept in promises else set()
    if "elapse_composes" in promises:
        promises.add("elapse_composes_on_average")
    if "lessons_change_nothing" in promises:
        promises |= {"never_improves_untaught", "no_learning_without_prerequisite"}
    if "time_changes_nothing" in promises:
        promises |= {"forgetting_is_monotone", "elapse_composes", "elapse_composes_on_average"}
    return promises


@pytest.mark.parametrize("name", NAMES)
def test_every_student_keeps_its_promises(name):
    check_student(world(name).student, n=16)


@pytest.mark.kernels
@pytest.mark.parametrize("name", NAMES)
def test_every_student_equals_its_oracle(name):
    """Event by event, with the same luck; with everything that may be asked of a cohort on the way."""
    if not has_kernels(name):
        pytest.skip("a model in plain NumPy is its own oracle")
    model, seen = world(name).student, itertools.count(1)

    def ask(state, plain, out):
        if next(seen) % 10 == 0:
            everything_asked(model, state, plain)

    side_by_side(model, n=12 if COMPILED else 4, days=(0.0, 0.0, 2.0, 9.0), tolerance=1e-8, watch=ask)


@pytest.mark.parametrize("name", NAMES)
def test_every_student_lives_in_wider_records_too(name):
    """A layer's record begins with the student's; the rest of it is not touched."""
    model, rng, n = world(name).student, np.random.default_rng(1), 12 if COMPILED else 4
    fields = [(field, model.dtype[field]) for field in model.dtype.names]
    wider, own = np.zeros(n, np.dtype([*fields, ("more", np.float64, (3,))], align=True)), model.allocate(n)
    for field in model.dtype.names:
        wider[field] = own[field]
    wider["more"] = 7.0
    start, who = rng.random((n, model.reset_draws)), np.arange(n)
    for state in (wider, own):
        model.reset(state, who, start)
    for _ in range(10):
        items, luck = rng.integers(0, model.curriculum.n_items, n), rng.random((n, model.lesson_draws))
        days, rest = rng.choice([0.0, 2.0], n), rng.random((n, model.rest_draws))
        for state in (wider, own):
            model.step(state, items, luck, allocate_outcome(n))
            model.elapse(state, days, rest)
    for field in model.dtype.names:
        assert wider[field].tobytes() == own[field].tobytes()
    asked = [model.p_all, model.mastery, *([model.expected_gain] if hasattr(model, "expected_gain") else [])]
    assert all(np.array_equal(read(wider), read(own)) for read in asked)
    assert (wider["more"] == 7.0).all()


def has_kernels(name):
    """Whether the model's file holds compiled kernels or leans on a file that does."""
    values = vars(sys.modules[type(world(name).student).__module__]).values()
    beside = any(inspect.ismodule(v) and v.__name__.startswith("zpdgym.students.") for v in values)
    return beside or any(hasattr(v, "py_func") for v in values)


def everything_asked(model, state, plain):
    items = np.arange(model.curriculum.n_items)
    told = np.array([[s.p(int(j)) for j in items] for s in plain])
    assert model.p_all(state) == pytest.approx(told, abs=1e-8)
    if hasattr(model, "p_some"):
        assert model.p_some(state, items[::2].copy()) == pytest.approx(told[:, ::2], abs=1e-8)
    total = np.sum([s.mastery() for s in plain], axis=1)
    assert model.mastery_sum(state, np.empty(len(state))) == pytest.approx(total, abs=1e-7)
    if hasattr(model, "forecast"):
        now = model.forecast(state, np.zeros(len(state)))
        assert now[0] == pytest.approx(told, abs=1e-6)
        later = model.forecast(state, np.full(len(state), 30.0))
        assert all(np.isfinite(x).all() for x in later)
    if hasattr(model, "expected_gain"):
        assert np.isfinite(model.expected_gain(state)).all()


@pytest.mark.parametrize("name", NAMES)
def test_every_student_has_a_sentence_and_a_page(name):
    first = (CONFIGS / "student" / f"{name}.yaml").read_text().splitlines()[0]
    assert re.fullmatch(r"# [A-Z].*\.", first), first
    page = page_of(name)
    text = page.read_text()
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    missing = [h for h in HEADINGS if not any(found.startswith(h) for found in headings)]
    assert not missing, f"{page.name} lacks {missing}"
    exceptions = set(INVARIANTS) - declared(name) - ORDERS - {"time_changes_nothing", "lessons_change_nothing"}
    section = text[text.index("## Invariants") :]
    silent = [e for e in exceptions if e not in section]
    assert not silent, f"{page.name} must name the promises that student={name} does not make: {silent}"


@pytest.mark.parametrize("name", NAMES)
def test_a_million_students_fit_into_eight_gibibytes(name):
    model = world(name).student
    if type(model).__name__ in ("ACTR", "DASH", "DAS3H", "MCM", "DKT"):  # they remember every lesson, or are a network
        return
    assert model.dtype.itemsize / model.curriculum.n_skills * 30 * 1e6 < 8 * 2**30


def baselines():
    made = [(name, build_policy(load_policy(name))) for name in policy_names() if name not in ("saved", "custom")]
    return [name for name, policy in made if not policy.learnt]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("policy", ["random", "mastery"])
def test_every_student_is_taught_whole_episodes(name, policy):
    taught(name, policy)


# every third pair: all of them take a tenth of the time that there is for everything
PAIRS = [(n, p) for i, p in enumerate(baselines()) for j, n in enumerate(NAMES) if (i + j) % 3 == 0]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "policy"), PAIRS)
def test_every_baseline_teaches_students_of_all_kinds_or_says_why_not(name, policy):
    refusal = ""
    try:
        taught(name, policy)
    except InputError as error:
        refusal = str(error)
    if refusal:
        assert build_policy(load_policy(policy)).privileged, refusal
        assert re.match(rf"policy {policy}\b", refusal)
        assert "\n" not in refusal


def taught(name, policy):
    chosen = build_policy(load_policy(policy))
    if hasattr(chosen, "rehearse"):
        chosen = build_policy({**load_policy(policy), **chosen.rehearse(world(name), cohort_seed=0)})
    found = teach(world(name), chosen, n_students=8, cohort_seed=1, metrics=True)
    lessons, quits = found.outcomes["lessons"], found.outcomes["quit"]
    exam = np.asarray(found.outcomes["exam"])
    assert np.isfinite(exam).all()
    assert ((exam >= 0) & (exam <= 1)).all()
    if policy != "no_teaching":
        horizon = world(name).make(1).horizon
        assert ((np.asarray(lessons) == horizon) | np.asarray(quits, bool)).all()
