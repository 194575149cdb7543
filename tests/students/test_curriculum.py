"""Curricula: made by rule, read from tables and JSON, and the bundled one from arithmetic to equations."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from zpdgym.configs.build import build
from zpdgym.errors import InputError
from zpdgym.students.curriculum.builders import chain, independent, random_dag, tree
from zpdgym.students.curriculum.curriculum import APPROACHES, EXAMPLE, EXPLANATION, PRACTICE, Curriculum
from zpdgym.students.curriculum.readers import BUNDLED, read_curriculum
from zpdgym.students.knowledge.bkt import BKT

HEADER = "skill,topic,prerequisites,item,approach,difficulty,minutes,exam\n"
GOOD = HEADER + (
    "a,Basics,,a1,practice,0,2,yes\n"
    ",,,a2,example,-0.5,1.5,\n"
    "b,More,a,b1,practice,0,3,yes\n"
    "a;b,,,ab,practice,1,4,\n"
)  # fmt: skip
NETWORK = [[1, 0], [2, 0], [2, 1], [3, 1], [3, 2], [5, 1], [5, 2]]
ITEMS = [{"approach": "example"}, {"minutes": 2.0}, {"difficulty": 1.0}, {"difficulty": 1.0}]


@pytest.fixture
def table(tmp_path):
    """Write a table and read it."""

    def read(text: str | bytes, name: str = "mine.csv") -> Curriculum:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_curriculum(path)

    return read


def test_a_chain_needs_the_skill_before():
    made = chain(4, items=ITEMS)
    assert made.prerequisites.tolist() == np.eye(4, k=-1, dtype=bool).tolist()
    assert (made.n_items, made.exam.sum()) == (16, 4)
    assert made.items[:4] == ("skill 1 example", "skill 1 practice", "skill 1 practice +1", "skill 1 practice +1 #2")


def test_a_tree_opens_branches():
    made = tree(7, branching=2)
    assert made.depth.tolist() == [0, 1, 1, 2, 2, 2, 2]
    assert made.skills[5] == "skill 1.2.1"
    assert made.topics[5] == "branch 2"


def test_a_random_network_depends_on_its_seed_alone_and_has_no_cycle():
    made = random_dag(40, seed=3, max_prerequisites=3)
    assert (made.prerequisites == random_dag(40, seed=3, max_prerequisites=3).prerequisites).all()
    assert (made.prerequisites != random_dag(40, seed=4, max_prerequisites=3).prerequisites).any()
    assert not np.triu(made.prerequisites).any()
    assert set(made.prerequisites.sum(axis=1)) == {0, 1, 2, 3}
    # the doubles of PCG64 are the same on every machine: this network never changes
    assert np.argwhere(random_dag(6, seed=1).prerequisites).tolist() == NETWORK


def test_the_exam_of_a_made_curriculum_can_be_chosen():
    assert chain(2, items=[{"exam": True}, {"difficulty": 1.0}]).exam.tolist() == [True, False] * 2
    assert chain(2, items=[{"difficulty": 1.0}, {}]).exam.tolist() == [False, True] * 2


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: chain(0), "n_skills=0 must be a whole number in [1, 10000]"),
        (lambda: chain(2.5), "n_skills=2.5"),
        (lambda: tree(3, branching=0), "branching=0"),
        (lambda: chain(2, items=[]), "items: there is none"),
        (lambda: chain(2, items=[{"approch": "example"}]), "Did you mean 'approach'"),
        (lambda: chain(2, items=[{"approach": "video", "minutes": "two"}]), "'video' must be one of practice"),
        (lambda: chain(2, items=[{"approach": "video", "minutes": "two"}]), "minutes='two' must be a number"),
        (lambda: chain(2, items=[{"minutes": -1}]), "minutes=-1 must be a number in (0, 600]"),
    ],
)  # fmt: skip
def test_a_builder_says_what_is_wrong(make, says):
    with pytest.raises(InputError) as error:
        make()
    assert says in str(error.value)


def test_a_table_is_read_as_it_is_meant(table):
    made = table(GOOD)
    assert (made.name, made.skills, made.topics) == ("mine", ("a", "b"), ("Basics", "More"))
    assert made.items == ("a1", "a2", "b1", "ab")
    assert made.q.tolist() == [[True, False], [True, False], [False, True], [True, True]]
    assert made.prerequisites.tolist() == [[False, False], [True, False]]
    assert made.exam.tolist() == [True, False, True, False]
    assert [APPROACHES[a] for a in made.approach] == ["practice", "example", "practice", "practice"]


def test_spreadsheet_habits_do_not_matter(table):
    wanted = table(GOOD).to_dict()
    semicolons = GOOD.replace(";", "|").replace(",", ";").replace("a|b", '"a;b"').replace(".5", ",5")
    for text in (
        "\ufeff" + GOOD.replace("\n", "\r\n"),
        GOOD + "\n\n,,,,,,,\n",
        "# my notes\n" + GOOD,
        semicolons,
        GOOD.replace(",", "\t").replace("yes", "X"),
        GOOD.replace("skill,topic", "Skill, Topic "),
        GOOD.replace("\n,,,a2", "\na,,,a2"),
    ):
        assert table(text).to_dict() == wanted


def test_optional_columns_may_be_left_out(table):
    made = table("skill,prerequisites,item,approach,difficulty,minutes\na,,a1,practice,1,2\n,,a2,practice,0.2,2\n")
    assert made.exam.tolist() == [False, True]
    assert made.topics == ("",)


def test_all_mistakes_of_a_table_are_told_together_with_their_lines(table):
    rows = HEADER + (
        "Adding,,,a1,practice,0,2,yes\n"
        ",,,a1,practize,tough,-1,perhaps\n"
        "Subtracting,,Ading,s1,practice,0,2,\n"
        "Adding;Multiplying,T,,m1,practice,99,2,\n"
    )
    with pytest.raises(InputError) as error:
        table(rows)
    message = str(error.value)
    assert "\n" not in message
    for part in (
        "curriculum mine.csv",
        "line 3: item name 'a1' was used in line 2",
        "line 3: approach 'practize' must be one of practice, example, explanation, guided",
        "line 3: difficulty 'tough' must be a number in [-10, 10]",
        "line 3: minutes '-1' must be a number in (0, 600]",
        "line 3: exam 'perhaps' must be yes, no or empty",
        "line 4: prerequisite: unknown skill 'Ading'. Did you mean 'Adding'?",
        "line 5: unknown skill 'Multiplying'",
        "line 5: topic must be empty in a row with several skills",
        "line 5: difficulty '99'",
    ):
        assert part in message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "the file has no rows"),
        (b"\n,,\n", "the file has no rows"),
        (HEADER.encode(), "there is no row below the column names"),
        (
            b"topic,item,approach\n",
            "line 1: no column says the skill (found: topic, item, approach); name it, pe",
        ),
        (HEADER.replace("minutes", "minuts").encode(), "Did you mean 'minutes'? If so: columns.minutes='minuts'"),
        (
            HEADER.replace("topic", "unit").replace("exam", "chapter").encode(),
            "'unit' and 'chapter' may each be the top",
        ),
        (HEADER.replace("exam", "skill").encode(), "the column 'skill' is given twice"),
        (HEADER.encode() + b"Br\x81che,,,a,practice,0,1,\n", "line 2: byte 0x81 is not UTF-8 text"),
        (b"PK\x03\x04rest", "this workbook cannot be opened; save it as .xlsx again, or as 'CSV UTF-8'"),
        (b"\xd0\xcf\x11\xe0rest", "this kind of spreadsheet is not read; save it as .xlsx or 'CSV UTF-8'"),
        ((HEADER + 'a,,,"a1,practice,0,1,\n').encode(), "line 2: not a table"),
        ((HEADER + "a,,,a1,practice,0,1,yes,left over\n").encode(), "'left over' stands beyond the last column"),
        ((HEADER + ",,,a1,practice,0,1,\n").encode(), "line 2: the column skill is empty, and there is no skill above"),
        ((HEADER + "a,,,=SUM(A1),practice,0,1,\n").encode(), "line 2: item '=SUM(A1)' is a formula"),
        ((HEADER + "a,,,a1,practice,1. Apr,1,\n").encode(), "the spreadsheet has made a date or a time of it"),
        ((HEADER + "a,,,a1,practice,0,1,\na,,,a1,guided,0,1,\n").encode(), "line 3: item name 'a1' was used in line 2"),
        ((HEADER + "a,,,a1,practice,0,nan,\n").encode(), "minutes 'nan'"),
        ((HEADER + "a,,b,a1,practice,0,1,\nb,,a,b1,practice,0,1,\n").encode(), "form a cycle: 'a' -> 'b' -> 'a'"),
        ((HEADER + "a,,a,a1,practice,0,1,\n").encode(), "form a cycle: 'a' -> 'a'"),
        ((HEADER + "a,,,a1,practice,0,1,\nA,,,a2,practice,0,1,\n").encode(), "differ only in capital letters"),
        ((HEADER + "a,,,a1,practice,0,1,\na;a,,,a2,practice,0,1,\n").encode(), "a skill is named twice"),
        ((HEADER + "a,T,,a1,practice,0,1,\na,U,,a2,practice,0,1,\n").encode(), "topic of 'a' differ from line 2"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_in_one_line(table, text, says):
    with pytest.raises(InputError) as error:
        table(text)
    assert says in str(error.value)
    assert "mine.csv" in str(error.value)


def test_a_long_list_of_mistakes_is_cut(table):
    with pytest.raises(InputError, match="and 30 more"):
        table(HEADER + "".join(f"a,,,i{i},practice,x{i},1,\n" for i in range(50)))


def test_the_same_mistake_in_several_rows_is_told_once(table):
    with pytest.raises(InputError, match="lines 2, 3, 5: approach 'praktice' must be one of") as error:
        table(HEADER + "".join(f"a,,,i{i},{'practice' if i == 2 else 'praktice'},0,1,\n" for i in range(4)))
    assert str(error.value).count("praktice") == 1


def test_json_is_the_same_curriculum(table):
    made = table(GOOD)
    again = table(json.dumps(made.to_dict()), "mine.json")
    assert again.to_dict() == made.to_dict()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "line 1: not JSON"),
        ("[]", "must be a JSON object"),
        ("{}", "the key 'skills' is missing"),
        ('{"skills": [{"name": "a"}], "items": [{"name": "i", "skills": ["b"]}]}', "names the skill 'b'"),
        ('{"skills": [{"name": "a"}], "items": [{"name": "i", "skills": ["a"], "minutes": "two"}]}', "right kind"),
        ('{"skills": [1], "items": []}', "mine.json"),
    ],
)
def test_json_that_cannot_be_used_is_refused(table, text, says):
    with pytest.raises(InputError) as error:
        table(text, "mine.json")
    assert says in str(error.value)


def test_a_bare_name_is_bundled_first_and_a_path_is_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("algebra.csv").write_text(GOOD)
    Path("own.csv").write_text(GOOD)
    assert read_curriculum("algebra.csv").n_skills == 30
    assert read_curriculum("./algebra.csv").n_skills == 2
    assert read_curriculum("own.csv", name="Ours").name == "Ours"
    with pytest.raises(InputError, match=r"Did you mean 'algebra\.csv'"):
        read_curriculum("algbra.csv")
    with pytest.raises(InputError, match=r"there is no file 'gone\.csv' here; "):
        read_curriculum("gone.csv")
    with pytest.raises(InputError, match="there is no file"):
        read_curriculum("folder/own.csv")
    Path("own.ods").write_text("")
    with pytest.raises(InputError, match=r"this kind of spreadsheet is not read; save it as \.xlsx"):
        read_curriculum("own.ods")


@pytest.mark.parametrize("name", [p.stem for p in sorted(BUNDLED.glob("*.yaml")) if p.stem != "file"])
def test_every_bundled_curriculum_is_built(name):
    import yaml

    made = build(yaml.safe_load((BUNDLED / f"{name}.yaml").read_text()), "curriculum")
    assert made.n_skills >= 2
    assert (made.q[made.exam].sum(axis=0) >= 1).all()


def test_the_algebra_curriculum_is_what_its_page_says():
    made = read_curriculum("algebra.csv")
    assert (made.n_skills, made.n_items, made.exam.sum()) == (30, 122, 30)
    assert made.order.tolist() == list(range(30))  # the file lists the skills in teaching order
    single = made.q.sum(axis=1) == 1
    assert (~single).sum() == 11
    for k in range(30):
        own = np.flatnonzero(single & made.q[:, k])
        assert 3 <= len(own) <= 4
        reference = own[made.exam[own]]
        assert len(reference) == 1
        assert (made.difficulty[reference[0]], made.approach[reference[0]]) == (0.0, PRACTICE)
        assert {EXAMPLE, EXPLANATION} & set(made.approach[own])
        harder = made.q[:, k] & (made.difficulty > 0.4)  # alone or together with another skill
        assert harder.any()
        assert made.minutes[reference[0]] < made.minutes[harder].min()
    assert made.minutes.min() == 1.5
    assert made.minutes.max() == 6.0
    assert -1.0 <= made.difficulty.min() < made.difficulty.max() <= 1.5


def test_examples_and_explanations_ask_nothing():
    made = chain(1, items=[{"approach": name} for name in ("practice", "example", "explanation", "guided")])
    assert made.asks.tolist() == [True, False, False, True]


def _merits(student: BKT) -> np.ndarray:
    """(M, 6) what an item is good for: learning per lesson and per minute of a novice and of an experienced learner
    at their level, and what its answer tells a tutor who is undecided, per lesson and per minute (nats)."""
    c = student.curriculum
    asks = (c.approach != EXAMPLE) & (c.approach != EXPLANATION)

    def entropy(p):
        return -(p * np.log(p) + (1 - p) * np.log1p(-p))

    right = 0.5 * (1 - student.item_slip) + 0.5 * student.item_guess
    told = asks * (entropy(right) - 0.5 * entropy(1 - student.item_slip) - 0.5 * entropy(student.item_guess))
    novice, experienced = student.item_learn(0.0), student.item_learn(1.0)
    return np.column_stack([novice, experienced, told, novice / c.minutes, experienced / c.minutes, told / c.minutes])


def test_no_item_dominates_a_sibling_in_every_respect():
    made = read_curriculum("algebra.csv")
    merits = _merits(BKT(made))
    for k in range(made.n_skills):
        siblings = np.flatnonzero(made.q[:, k] & (made.q.sum(axis=1) == 1))
        for a in siblings:
            for b in siblings:
                assert a == b or not (merits[a] >= merits[b]).all(), f"{made.items[a]} dominates {made.items[b]}"


def test_every_item_of_a_skill_is_the_best_one_for_something():
    """Somebody, at some time, is served best by each kind of item: novices, the experienced, and the tutor."""
    made = read_curriculum("algebra.csv")
    merits = _merits(BKT(made))
    best = np.zeros(made.n_items, bool)
    for k in range(made.n_skills):
        siblings = np.flatnonzero(made.q[:, k] & (made.q.sum(axis=1) == 1))
        best[siblings[merits[siblings].argmax(axis=0)]] = True
    kinds = {APPROACHES[a] for a in made.approach[best]}
    assert kinds == set(APPROACHES)


def test_unrelated_skills_are_named_or_counted():
    counted = independent(n_skills=3)
    assert counted.skills == ("skill 1", "skill 2", "skill 3")
    assert not counted.prerequisites.any()
    assert independent(["a", "b"]).skills == ("a", "b")
    with pytest.raises(InputError, match="both are given"):
        independent(["a"], n_skills=1)
    with pytest.raises(InputError, match="neither is given"):
        independent()
    with pytest.raises(InputError, match="n_skills=0"):
        independent(n_skills=0)
