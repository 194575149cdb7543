"""`zpdgym curriculum`: what a table says, what was guessed, and the same in our words."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.scripts.cli import main
from zpdgym.students import chain, random_dag, read_curriculum
from zpdgym.students.curriculum.readers import BUNDLED, read
from zpdgym.students.curriculum.written import as_table, as_text

SKILLS = 'Können,Voraussetzungen\nCounting,\nAdding,counting\nMultiplying,"Adding, Counting"\n'


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.csv").write_text(SKILLS, encoding="utf-8")


def test_it_says_what_was_read_and_what_was_guessed(capsys):
    assert main(["curriculum", "mine.csv", "columns.skill=können"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "read mine.csv: 3 skills, 3 prerequisites, 3 items, 3 of them in the exam"
    assert "  guessed: 'Voraussetzungen' is the prerequisites" in said
    assert said[-3:] == [
        "Counting         1 practice; 2 min; 1 in the exam",
        "  Adding         1 practice; 2 min; 1 in the exam; builds on Counting",
        "    Multiplying  1 practice; 2 min; 1 in the exam; builds on Counting, Adding",
    ]
    assert os.listdir() == ["mine.csv"]


def test_what_is_hardly_meant_is_said(capsys):
    Path("mine.csv").write_text("skill,item,minutes\na,x,30\na,y,45\n")
    assert main(["curriculum", "mine.csv"]) == 0
    assert "  look again: line 2: every item takes 30 minutes or more" in capsys.readouterr().out


def test_the_table_in_our_words_needs_no_guess(capsys):
    assert main(["curriculum", "mine.csv", "columns.skill=Können", "out=clean.csv"]) == 0
    assert capsys.readouterr().out.endswith("the same in our words: clean.csv\n")
    before, after = read(Path("mine.csv"), name="x", columns={"skill": "Können"}), read(Path("clean.csv"), name="x")
    assert after.curriculum.to_dict() == before.curriculum.to_dict()
    assert after.guessed == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["mine.csv"],
            "(found: Können, Voraussetzungen); name it, perhaps columns.skill='Können'",
        ),
        (["mine.csv", "out=mine.csv"], "out=mine.csv is there already, and stays as it is"),
        (["mine.csv", "out=clean.xlsx"], "out=clean.xlsx: what is written is CSV"),
        (["mine.csv", "columns.skil=x"], "Did you mean 'columns.skill'"),
        (["gone.csv"], "there is no file 'gone.csv'"),
        ([], "curriculum needs the file of a curriculum; 0 given"),
        (["mine.csv", "--quick"], "curriculum takes no options"),
    ],
)
def test_mistakes_are_told_in_one_line(capsys, arguments, says):
    assert main(["curriculum", *arguments]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
    assert os.listdir() == ["mine.csv"]
    assert Path("mine.csv").read_text(encoding="utf-8") == SKILLS


def test_other_verbs_read_it_in_the_same_way(capsys):
    asked = ["scenario=practice", "student=typical", "population=alike", "policy=random", "n_students=5"]
    assert main(["evaluate", *asked, "curriculum.path=mine.csv", "curriculum.columns.skill=Können"]) == 0
    assert "guessed: prerequisite 'counting' is 'Counting' (line 3)" in capsys.readouterr().err


def test_a_bundled_curriculum_is_found_without_its_ending_unless_a_file_here_has_the_name(capsys):
    assert main(["curriculum", "remediation"]) == 0
    assert "read remediation.csv: 12 skills" in "".join(capsys.readouterr())
    Path("remediation").write_text(SKILLS, encoding="utf-8")
    assert main(["curriculum", "remediation"]) == 2
    assert "the ending '' must be" in capsys.readouterr().err


@pytest.mark.parametrize("name", [path.name for path in BUNDLED.glob("*.csv")])
def test_bundled_curricula_come_back_from_their_table(name):
    made = read_curriculum(name)
    Path("again.csv").write_text(as_table(made), encoding="utf-8")
    assert read(Path("again.csv"), name=made.name).curriculum.to_dict() == made.to_dict()
    assert len(as_text(made)) == made.n_skills


@given(seed=st.integers(0, 10_000), n_skills=st.integers(1, 12))
@settings(max_examples=15, deadline=None)
def test_made_curricula_come_back_from_their_table(tmp_path_factory, seed, n_skills):
    kinds = [{"approach": "example"}, {"minutes": 0.1 + seed / 70}, {"difficulty": -0.3, "exam": True}]
    for made in (random_dag(n_skills, seed=seed, items=kinds), chain(n_skills, items=kinds)):
        path = tmp_path_factory.mktemp("again") / "again.csv"
        path.write_text(as_table(made), encoding="utf-8")
        again = read(path, name=made.name).curriculum
        assert again.to_dict() | {"items": 0} == made.to_dict() | {"items": 0}
        assert again.minutes.tolist() == pytest.approx(made.minutes.tolist())
