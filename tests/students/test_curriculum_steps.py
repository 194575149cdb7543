"""Problems of several steps in a curriculum: what is read, what is refused, and what it is unfolded to."""

import json
import re

import numpy as np
import pytest
from zpdgym.errors import InputError
from zpdgym.students import Curriculum, read_curriculum
from zpdgym.students.curriculum.written import as_table, as_text

SKILLS = [{"name": "a"}, {"name": "b", "prerequisites": ["a"]}]
QUESTIONS = [{"name": f"question {n}", "skills": [n]} for n in "ab"]
PROBLEM = {"name": "P", "steps": ["a", "b", "a"], "minutes": 6.0, "difficulty": 0.5}


def made(*items, **more):
    return Curriculum.from_dict({"name": "c", "skills": SKILLS, "items": [*QUESTIONS, *items], **more})


def test_steps_are_read_written_and_read_again():
    c = made(PROBLEM, {"name": "Q", "steps": ["b", "a"], "skills": ["a", "b"]})
    assert c.item_steps.tolist() == [[-1, -1, -1], [-1, -1, -1], [0, 1, 0], [1, 0, -1]]
    assert c.q[2:].tolist() == [[True, True], [True, True]]
    told = json.loads(json.dumps(c.to_dict()))
    assert [item.get("steps") for item in told["items"]] == [None, None, ["a", "b", "a"], ["b", "a"]]
    again = Curriculum.from_dict(told)
    assert again.to_dict() == c.to_dict()
    assert np.array_equal(again.item_steps, c.item_steps)
    assert not c.item_steps.flags.writeable


def test_a_file_of_json_says_them(tmp_path, caplog):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(made(PROBLEM).to_dict()))
    with caplog.at_level("INFO", logger="zpdgym"):
        assert read_curriculum(path).has_steps
    assert "3 items, 1 of them problems of up to 3 steps, 2 of them in the exam" in caplog.text


def test_a_curriculum_is_unfolded_to_its_different_steps():
    other = {"name": "R", "steps": ["b", "a"], "minutes": 4.0, "difficulty": 0.5}
    c = made(PROBLEM, other, {"name": "S", "steps": ["a", "a"], "minutes": 4.0})
    assert c.unfolded.items == ("question a", "question b", "P, step 1", "P, step 2", "S, step 1")
    assert c.parts.tolist() == [[0, -1, -1], [1, -1, -1], [2, 3, 2], [3, 2, -1], [4, 4, -1]]
    assert c.unfolded.minutes[2:].tolist() == [2.0, 2.0, 2.0]
    assert c.unfolded.difficulty[2:].tolist() == [0.5, 0.5, 0.0]
    assert c.unfolded.q.sum(axis=1).tolist() == [1] * 5
    assert c.unfolded.exam.tolist() == [True, True, False, False, False]
    assert not c.unfolded.has_steps
    assert c.unfolded.unfolded is c.unfolded


def test_the_exam_has_no_problem_unless_somebody_puts_it_there():
    alone = {"name": "only a", "steps": ["a", "a"], "difficulty": 0.0}
    c = Curriculum.from_dict({"skills": SKILLS, "items": [alone, *QUESTIONS]})
    assert c.exam.tolist() == [False, True, True]
    quiet = [{**question, "exam": False} for question in QUESTIONS]
    asked = Curriculum.from_dict({"skills": SKILLS, "items": [*quiet, {**PROBLEM, "exam": 3}]})
    assert asked.exam_marks.tolist() == [0, 0, 3]


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ({"steps": ["a"]}, "steps=['a'] must be a list of 2 to 8 skills"),
        ({"steps": ["a"] * 9}, "must be a list of 2 to 8 skills, one a step, in order"),
        ({"steps": "ab"}, "steps='ab' must be a list of 2 to 8 skills"),
        ({"steps": ["a", "c"]}, "item 'X' names the skill 'c' in steps, which does not exist"),
        ({"steps": ["a", "a"], "skills": ["a", "b"]}, "skills=['a', 'b'] must be those of its steps, or be left out"),
        ({"steps": ["a", "b"], "approach": "example"}, "approach must be practice or guided: steps are answered"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(item, told):
    with pytest.raises(InputError, match=re.escape(told)) as refused:
        made({"name": "X", **item})
    assert "\n" not in str(refused.value)


def test_arrays_are_checked_too():
    c = made(PROBLEM)
    good = {name: getattr(c, name) for name in Curriculum.__dataclass_fields__}
    gap = np.array([[-1] * 3, [-1] * 3, [0, -1, 1]])
    for steps, told in (
        (gap, "steps=[0, -1, 1] must be 2 to 8 indices of skills, then -1 to the end"),
        (np.where(gap >= 0, gap + 7, -1)[:, ::-1], "must be 2 to 8 indices"),
        (np.array([[-1, -1], [-1, -1], [0, 0]]), "its row of q must be the skills of its steps"),
        (np.zeros((2, 2)), "item_steps has shape (2, 2), must be (3, steps)"),
        (np.array([[-1] * 3, [-1] * 3, [0, 1, -2]]), "must be 2 to 8 indices"),
    ):
        with pytest.raises(InputError, match=re.escape(told)):
            Curriculum(**{**good, "item_steps": steps})


def test_tables_have_no_place_for_steps(tmp_path):
    with pytest.raises(InputError, match="item 'P' has steps, which a table cannot hold; write it as"):
        as_table(made(PROBLEM))
    path = tmp_path / "mine.csv"
    path.write_text("skill,item,steps\na,a1,a;a\n")
    with pytest.raises(InputError, match="the column 'steps': problems of several steps cannot stand in a table"):
        read_curriculum(path)
    assert any("2 practice (2 steps of problems)" in line for line in as_text(made(PROBLEM)))
