"""Items of the exam that count more than others: how marks are written, read and counted."""

from __future__ import annotations

import csv
import dataclasses
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from zpdgym import list_students
from zpdgym.errors import InputError
from zpdgym.students import chain, read_curriculum
from zpdgym.students.curriculum.curriculum import Curriculum
from zpdgym.students.curriculum.readers import account, read
from zpdgym.students.curriculum.written import as_table, as_text
from zpdgym.students.exam import exam_gain, foresees_exam, sit_exam

from benchmarks.columns import world as world_of
from tests.helpers import cohort

TABLE = """skill,prerequisites,item,exam
a,,a1,3
a,,a2,
b,a,b1,yes
b,,b2,no
a; b,,ab,2
"""
ITEM = {"name": "i", "skills": ["a"], "exam": -1}


def curriculum(marks=(3, 0, 1, 0, 2), **changed):
    q = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [1, 1]], bool)
    given = {
        "name": "mine", "skills": ("a", "b"), "items": ("a1", "a2", "b1", "b2", "ab"), "q": q,
        "prerequisites": np.array([[0, 0], [1, 0]], bool), "difficulty": np.zeros(5), "minutes": np.full(5, 2.0),
        "approach": np.zeros(5, np.int64), "marks": np.array(marks),
    }  # fmt: skip
    return Curriculum(**{**given, **changed})


def test_an_item_stands_in_the_exam_as_often_as_it_has_marks():
    made = curriculum()
    assert made.exam_items.tolist() == [0, 0, 0, 2, 4, 4]
    assert made.exam.tolist() == [True, False, True, False, True]


def test_a_skill_counts_what_its_items_count_and_shares_those_of_several_skills():
    np.testing.assert_allclose(curriculum().worth, np.array([3 + 1, 1 + 1]) * 2 / 6)
    assert curriculum(marks=(1, 0, 0, 0, 1)).worth.tolist() == [1.0, 1.0]


def test_without_marks_every_item_of_the_exam_has_one():
    made = curriculum(marks=(), exam=np.array([1, 0, 1, 0, 0], bool))
    assert (made.exam_marks.tolist(), made.exam_items.tolist()) == ([1, 0, 1, 0, 0], [0, 2])
    other = dataclasses.replace(made, exam=np.array([0, 1, 0, 0, 0], bool))
    assert other.exam_marks.tolist() == [0, 1, 0, 0, 0]


@given(marks=st.lists(st.integers(0, 100), min_size=5, max_size=5).filter(any))
def test_marks_survive_being_written(marks):
    made = curriculum(marks=marks)
    again = Curriculum.from_dict(json.loads(json.dumps(made.to_dict())))
    rows = list(csv.DictReader(io.StringIO(as_table(made))))
    assert again.exam_marks.tolist() == list(marks)
    written = [{"": "0", "yes": "1"}.get(row["exam"], row["exam"]) for row in rows]
    assert [int(cell) for cell in written] == list(marks)
    assert made.worth.mean() == pytest.approx(1.0)


def test_a_table_says_marks_in_the_column_of_the_exam(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(TABLE)
    found = read(path)
    assert found.curriculum.to_dict() == curriculum().to_dict()
    assert "3 of them in the exam (6 marks)" in account(found, "mine.csv")[0]
    assert "1 in the exam (2 marks)" not in "\n".join(as_text(found.curriculum))
    assert "2 in the exam (5 marks)" in as_text(found.curriculum)[0]
    path.write_text(as_table(found.curriculum))
    assert read_curriculum(path).to_dict() == found.curriculum.to_dict()


def test_builders_give_marks_to_a_kind_of_item():
    assert chain(2, items=[{"exam": 3}, {}, {"exam": True}]).exam_marks.tolist() == [3, 0, 1] * 2


@pytest.mark.parametrize(("written", "meant"), [("4.0", 4), ("4,0", 4), ("04", 4), ("100", 100), ("0", 0)])
def test_numbers_as_spreadsheets_write_them(tmp_path, written, meant):
    path = tmp_path / "mine.csv"
    path.write_text(f'skill,item,exam\na,a1,"{written}"\na,a2,2\n')
    assert read_curriculum(path).exam_marks.tolist() == [meant, 2]


@pytest.mark.parametrize("written", ["101", "2.5", "-1", "many", "1e2", "3 marks"])
def test_what_is_no_marks_is_refused_with_its_line(tmp_path, written):
    path = tmp_path / "mine.csv"
    path.write_text(f"skill,item,exam\na,a1,{written}\n")
    with pytest.raises(InputError, match=r"line 2: exam .* must be yes, no or empty, or the item's marks"):
        read_curriculum(path)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: curriculum(marks=(3, 0, 101, 0, 2)), "item 'b1': marks=101 must be in [0, 100]"),
        (lambda: curriculum(marks=(-3, 0, 1, 0, 2)), "item 'a1': marks=-3 must be in [0, 100]"),
        (lambda: curriculum(marks=(3, 1)), "marks has shape (2,), must be (5,)"),
        (lambda: curriculum(exam=np.ones(5, bool)), "marks must be above 0 for the items of the exam"),
        (lambda: chain(2, items=[{"exam": 2.5}]), "items[0]: exam=2.5 must be true, false, or its marks"),
        (lambda: chain(2, items=[{"exam": 101}]), "exam=101 must be true, false, or its marks"),
        (lambda: chain(2, items=[{"exam": "yes"}]), "must be true, false, or its marks"),
        (lambda: Curriculum.from_dict(curriculum().to_dict() | {"items": [ITEM]}), "exam=-1 must be true, false"),
    ],
)  # fmt: skip
def test_marks_out_of_range_are_refused(make, says):
    with pytest.raises(InputError) as error:
        make()
    assert says in str(error.value)


@pytest.mark.parametrize("name", list_students())
def test_every_student_sits_an_exam_in_which_an_item_stands_several_times(name):
    """Chances, exams and what a lesson does for them: three marks of one item and one of another."""
    student = world_of(name).student
    last = student.curriculum.n_items - 1
    items = np.array([last, last, 0, last])
    state, days = cohort(student, 6), np.array([0.0, 1.0, 3.0, 7.0, 20.0, 60.0])
    luck = np.random.default_rng(0).random((6, student.rest_draws))
    once = sit_exam(student, state, np.array([0, last]), days, luck)
    several = sit_exam(student, state, items, days, luck)
    for one, other in zip(once[:2], several[:2], strict=True):
        np.testing.assert_array_equal(other, one[:, [1, 1, 0, 1]])
    np.testing.assert_array_equal(once[2], several[2])
    if not foresees_exam(student):
        return
    alone = [exam_gain(student, state, days, np.array([item])) for item in (0, last)]
    np.testing.assert_allclose(exam_gain(student, state, days, items), (alone[0] + 3 * alone[1]) / 4, atol=1e-12)
