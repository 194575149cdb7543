"""Reading a curriculum takes as long as it has rows: what is counted grows with them, and so do refusals."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
import pytest
from zpdgym.errors import DoubtfulInput, InputError
from zpdgym.students.curriculum.builders import chain, random_dag
from zpdgym.students.curriculum.curriculum import Curriculum, find_cycle
from zpdgym.students.curriculum.readers import read_curriculum

HEADER = "skill,topic,prerequisites,item,approach,difficulty,minutes,exam"
SMALL, TIMES = 60, 4
NEARLY = 1.15
"""How much more than ``TIMES`` as much is still as much: sorting, and a heap."""


def lines_run(doing: Callable[[], object]) -> int:
    """How many lines of Python are run, those of the standard library included."""
    counted = 0

    def count(frame: FrameType, event: str, given: Any) -> Any:
        nonlocal counted
        counted += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        doing()
    finally:
        sys.settrace(before)
    return counted


def rows(n: int, row: Callable[[int], str]) -> str:
    return "\n".join([HEADER, *(row(i) for i in range(n))])


TABLES = {
    "items": lambda n: rows(n, lambda i: f"skill {i % 7},,,item {i},practice,{i % 3 - 1},1,"),
    "skills": lambda n: rows(n, lambda i: f"skill {i},topic {i},{f'skill {i - 1}' * (i > 0)},item {i},practice,0,1,"),
    "skills from the last to the first": lambda n: rows(
        n, lambda i: f"skill {i},,{f'skill {i + 1}' * (i < n - 1)},item {i},practice,0,1,"
    ),
    "skills that may be several": lambda n: rows(
        n, lambda i: f"{'addition' if i == 0 else f'addition and {i}'},sums,,item {i},practice,0,1,"
    ),
    "misspelt skills": lambda n: rows(n, lambda i: f"skill {i},,skil {i},item {i},practice,0,1,"),
    "skills spelt twice": lambda n: rows(n, lambda i: f"{'sS'[i % 2]}kill {i // 2},,,item {i},practice,0,1,"),
    "items named twice": lambda n: rows(n, lambda i: f"skill {i},,,item {i // 2},practice,0,1,"),
    "a circle": lambda n: rows(n, lambda i: f"skill {i},,skill {(i + 1) % n},item {i},practice,0,1,"),
}


@pytest.mark.filterwarnings("ignore::zpdgym.errors.DoubtfulInput")
@pytest.mark.parametrize("table", TABLES)
def test_a_table_takes_as_long_as_it_has_rows(table, tmp_path):
    def read(n: int) -> Callable[[], None]:
        path = tmp_path / f"{n}.csv"
        path.write_text(TABLES[table](n), encoding="utf-8")

        def once() -> None:
            try:
                assert read_curriculum(path).order[0] >= 0
            except InputError:
                assert table in ("misspelt skills", "skills spelt twice", "items named twice", "a circle")

        return once

    read(SMALL)()
    assert lines_run(read(SMALL * TIMES)) < NEARLY * TIMES * lines_run(read(SMALL))


def test_the_json_form_takes_as_long_as_it_has_items(tmp_path):
    def read(n: int) -> Callable[[], object]:
        path = tmp_path / f"{n}.json"
        path.write_text(json.dumps(chain(7, items=[{}] * n).to_dict()), encoding="utf-8")
        return lambda: read_curriculum(path)

    read(SMALL)()
    assert lines_run(read(SMALL * TIMES)) < NEARLY * TIMES * lines_run(read(SMALL))


@pytest.mark.parametrize("made", [lambda n: chain(7, items=[{}] * n), lambda n: random_dag(n, seed=1)])
def test_a_rule_takes_as_long_as_it_makes_items(made):
    made(SMALL)
    assert lines_run(lambda: made(SMALL * TIMES)) < NEARLY * TIMES * lines_run(lambda: made(SMALL))


class Name(str):
    """A name that counts how often it is compared."""

    compared = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        Name.compared += 1
        return str.__eq__(self, other)


def test_every_name_is_compared_with_few_others():
    n = 500
    made = chain(n)
    Name.compared = 0
    Curriculum(
        name="names", skills=tuple(map(Name, made.skills)), items=tuple(map(Name, made.items)), q=made.q,
        prerequisites=made.prerequisites, difficulty=made.difficulty, minutes=made.minutes, approach=made.approach,
    )  # fmt: skip
    assert Name.compared < 10 * n


def test_a_matrix_is_looked_through_few_times_and_not_once_a_skill():
    """A pass over the matrix of 1500 skills is the unit: before, 1500 of them were needed."""
    made = chain(1500)
    unit = seconds(lambda: np.flatnonzero(made.prerequisites))
    assert seconds(lambda: find_cycle(made.prerequisites)) < 200 * unit
    assert seconds(lambda: chain(1500)) < 500 * unit


def seconds(doing: Callable[[], object]) -> float:
    """CPU time, the best of several turns."""
    taken = []
    for _ in range(5):
        began = time.process_time()
        doing()
        taken.append(time.process_time() - began)
    return min(taken)


def network(seed: int, *, circles: bool) -> np.ndarray:
    """Prerequisites at random, listed in any order."""
    luck = np.random.default_rng(seed)
    k = int(luck.integers(1, 9))
    drawn = luck.random((k, k)) < luck.choice([0.1, 0.3, 0.6])
    shuffled = luck.permutation(k)
    return drawn if circles else np.tril(drawn, -1)[shuffled][:, shuffled]


@pytest.mark.parametrize("seed", range(40))
def test_orders_and_circles_are_those_of_their_definition(seed):
    """As one would write them down: the first as listed whose prerequisites are placed; skills that are never free."""
    plain = network(seed, circles=False)
    order, k = [], len(plain)
    while len(order) < k:
        order.append(next(i for i in range(k) if i not in order and set(np.flatnonzero(plain[i])) <= set(order)))
    assert with_prerequisites(plain).order.tolist() == order
    assert find_cycle(plain) == []
    tangled = network(seed, circles=True)
    left = set(range(len(tangled)))
    while free := {i for i in left if not set(np.flatnonzero(tangled[i])) & left}:
        left -= free
    path = [min(left)] if left else []
    while path and path[-1] not in path[:-1]:
        path.append(min(set(np.flatnonzero(tangled[path[-1]]).tolist()) & left))
    assert find_cycle(tangled) == (path[path.index(path[-1]) :] if path else [])


def with_prerequisites(prerequisites: np.ndarray) -> Curriculum:
    made = chain(len(prerequisites))
    return Curriculum(
        name="drawn", skills=made.skills, items=made.items, q=made.q, prerequisites=prerequisites,
        difficulty=made.difficulty, minutes=made.minutes, approach=made.approach,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_exams_and_lists_are_those_of_their_definition(seed):
    luck = np.random.default_rng(seed)
    k, m = 5, 30
    q = luck.random((m, k)) < 0.2
    q[np.arange(m), luck.integers(0, k, m)] = True
    q[:k] |= np.eye(k, dtype=bool)
    made = Curriculum(
        name="drawn", skills=tuple("abcde"), items=tuple(str(i) for i in range(m)), q=q,
        prerequisites=np.zeros((k, k), bool),
        difficulty=luck.choice([-1.0, -0.5, 0.5, 1.0], m), minutes=np.ones(m), approach=luck.choice([0, 0, 1], m),
    )  # fmt: skip
    exam = set()
    for skill in range(k):
        own = [i for i in range(m) if q[i].sum() == 1 and q[i, skill] and made.approach[i] == 0]
        exam |= {min(own, key=lambda i: (abs(made.difficulty[i]), i))} if own else set()
    assert set(made.exam_items.tolist()) == exam
    for listed, row in zip(made.item_skills, q, strict=True):
        found = np.flatnonzero(row).tolist()
        assert listed.tolist() == found + [-1] * (made.item_skills.shape[1] - len(found))


def test_a_warning_is_given_once_for_a_name(tmp_path):
    path = tmp_path / "several.csv"
    path.write_text(rows(6, lambda i: f"{'addition' if i < 3 else 'addition and more'},sums,,item {i},practice,0,1,"))
    with pytest.warns(DoubtfulInput) as told:
        read_curriculum(path)
    assert [warning.lineno for warning in told] == [5]
