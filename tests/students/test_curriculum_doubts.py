"""Spreadsheets that say something else than was meant: refused with a cure, or read with a warning of the line."""

import csv
import io
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zpdgym.errors import DoubtfulInput, InputError
from zpdgym.scripts.cli import main
from zpdgym.students.curriculum.readers import BUNDLED, read_curriculum

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = (ROOT / "docs" / "curriculum-template.csv").read_text()
COLUMNS = TEMPLATE.splitlines()[0].split(",")
ALGEBRA = "".join(f"{line}\n" for line in (BUNDLED / "algebra.csv").read_text().splitlines() if line[0] != "#")


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def text_of(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def with_blanks(rows):
    """As a school writes it: the skill in its first row only."""
    above, found = "", []
    for row in rows:
        found.append({**row, "skill": "" if row["skill"] == above else row["skill"]})
        above = row["skill"]
    return found


def sorted_by(rows, column, *, down):
    """As a spreadsheet sorts: numbers by size, words by the alphabet, empty cells last in either direction."""
    size = float if column in ("difficulty", "minutes") else str.casefold
    filled = sorted((row for row in rows if row[column]), key=lambda row: size(row[column]), reverse=down)
    return filled + [row for row in rows if not row[column]]


@pytest.fixture
def table(tmp_path):
    def read(given):
        path = tmp_path / "mine.csv"
        path.write_text(given if isinstance(given, str) else text_of(given), encoding="utf-8")
        return read_curriculum(path)

    return read


def meant(curriculum):
    """What a table says whatever the order of its rows: skill of each item, and prerequisites."""
    skills = curriculum.skills
    items = {
        item: {skills[k] for k in row.nonzero()[0]} for item, row in zip(curriculum.items, curriculum.q, strict=True)
    }
    return items, {(skills[k], skills[j]) for k, j in zip(*curriculum.prerequisites.nonzero(), strict=True)}


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("text", [TEMPLATE, ALGEBRA], ids=["template", "algebra"])
def test_rows_that_were_sorted_away_from_their_skills_are_noticed(table, text, column, down):
    rows = sorted_by(with_blanks(rows_of(text)), column, down=down)
    with pytest.raises((InputError, DoubtfulInput)) as caught:
        table(rows)
    assert "skill" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("column", COLUMNS)
def test_the_template_may_be_sorted_as_one_likes(table, column, down):
    assert meant(table(sorted_by(rows_of(TEMPLATE), column, down=down))) == meant(table(TEMPLATE))


def test_a_few_rows_may_stand_in_order_by_chance(table):
    few = [{**row, "minutes": str(n)} for n, row in enumerate(with_blanks(rows_of(TEMPLATE))[2:6], 1)]
    few[0]["skill"] = "Reading a clock"
    with pytest.warns(DoubtfulInput, match="stand in the order of their minutes"):
        assert table(few).n_items == 4


def test_a_table_with_empty_skill_cells_that_nobody_sorted_is_read_without_a_doubt(table):
    assert meant(table(with_blanks(rows_of(TEMPLATE)))) == meant(table(TEMPLATE))
    assert table(ALGEBRA).n_skills == 30


@pytest.mark.parametrize("between", [", ", ",", " / ", "/", " & ", " + ", " and ", "\n", " ,  "])
def test_several_skills_in_a_cell_are_no_new_skill(table, between):
    rows = rows_of(TEMPLATE)
    rows[-1]["skill"] = f"Adding times{between}Reading a timetable"
    with pytest.raises(InputError, match=r"line (9|10): .*several as 'Adding times; Reading a timetable'"):
        table(rows)


def test_a_skill_whose_name_holds_another_is_doubtful_and_others_are_not(table):
    rows = rows_of(TEMPLATE)
    rows[-1] |= {"skill": "Adding times and dates", "prerequisites": "Adding times"}
    with pytest.warns(DoubtfulInput, match="'Adding times; dates'"):
        assert table(rows).n_skills == 4
    rows[-1]["skill"] = "Ratio, proportion and percentage"
    assert table(rows).n_skills == 4


@pytest.mark.parametrize(
    "cell",
    ["Reading a clock, Adding times", "reading a clock and adding times", "Reading a clock;\nAdding times", "2; 6"],
)
def test_prerequisites_are_read_however_they_are_parted(table, caplog, cell):
    rows = rows_of(TEMPLATE)
    rows[6]["prerequisites"] = cell
    with caplog.at_level(logging.INFO, logger="zpdgym"):
        _, needed = meant(table(rows))
    assert {("Reading a timetable", skill) for skill in ("Reading a clock", "Adding times")} <= needed
    assert ("guessed: prerequisite" in caplog.text) == (cell != "Reading a clock;\nAdding times")


def with_difficulties(values):
    rows = rows_of(TEMPLATE)
    return [{**row, "difficulty": value} for row, value in zip(rows, values, strict=True)]


def test_marks_from_1_to_5_are_made_logits_and_that_is_said(table, caplog):
    with caplog.at_level(logging.INFO, logger="zpdgym"):
        made = table(with_difficulties("12345321"))
    assert made.difficulty.tolist() == [-1.0, -0.5, 0.0, 0.5, 1.0, 0.0, -0.5, -1.0]
    assert "guessed: difficulty 1 to 5 is marks, 5 the hardest: taken for -1 to 1 logits, 3 for 0" in caplog.text
    assert not table(with_difficulties("33333333")).difficulty.any()


@pytest.mark.parametrize("values", ["12345621", ["10", *"3579132"]], ids=str)
def test_marks_are_not_taken_for_logits(table, values):
    with pytest.raises(InputError, match="looks like marks"):
        table(with_difficulties(values))


SHARES = [".35", ".6", ".8", ".4", ".5", ".7", ".2", ".9"]


@pytest.mark.parametrize(
    "values", ["12121212", "01201201", "01234123", SHARES, ["3.5", *"000000", "-1"], ["-4", *"0000001"]], ids=str
)
def test_numbers_that_are_unusual_as_logits_are_doubtful(table, values):
    with pytest.warns(DoubtfulInput, match="taken for logits"):
        table(with_difficulties(values))


@pytest.mark.parametrize("word", ["tough", "35%", "35 %"])
def test_other_words_and_percentages_are_told_in_logits(table, word):
    with pytest.raises(InputError, match=r"line 2: difficulty '.*' must be a number .*0\.8 for hard"):
        table(with_difficulties([word, *"0000000"]))


@pytest.mark.parametrize(("word", "logits"), [("easy", -0.5), ("Medium", 0.0), ("hard", 0.8), ("Schwer", 0.8)])
def test_words_for_difficulty_are_logits(table, word, logits):
    assert table(with_difficulties([word, *"0000000"])).difficulty[0] == logits


@given(
    st.lists(st.floats(-1, 1.5).map(lambda value: round(value, 2)), min_size=8, max_size=8).filter(lambda v: min(v) < 0)
)
def test_usual_logits_are_never_doubted(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("usual") / "mine.csv"
    path.write_text(text_of(with_difficulties(map(str, values))))
    assert read_curriculum(path).n_items == 8


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.replace("Adding times,,,", "adding  times,,,"), "differ only in capital letters, spaces or"),
        (lambda t: t.replace("Adding times,,,", "Adding\u2009times,,,"), "differ only in capital letters, spaces"),
        (lambda t: t + "Total,,,8 items,,,20.5,\n", "'Total' is no item: delete totals and notes"),
        (lambda t: t.replace("explanation,-0.6,2,", "explanation,-0.6,2,yes"), "the exam, but asks for no answer"),
        (lambda t: t + ",,,8 items,,,20.5,\n", "delete totals and notes"),
        (lambda t: t + "#REF!,,,x,practice,0,1,\n", "notes, so this row was passed over"),
        (lambda t: t + "Adding times,,,#NAME?,practice,0,1,\n", "is an error of the spreadsheet"),
        (lambda t: t + ",Time,,x,practice,0,1,\n", "topic 'Time' stands in a row without a skill"),
        (lambda t: t + t.splitlines()[-1] + "\n", "was used in line 9 already"),
        (lambda t: t.replace("yes\n", "no\n").replace(",\n", ",no\n"), "exam is no in every row"),
        (lambda t: t.replace(",2,", ",120,").replace(",2.5,", ",150,").replace(",3,", ",90,").replace(",5,", ",300,"),
         "if these are seconds"),
    ],
)  # fmt: skip
def test_other_habits_are_refused_or_doubted(table, change, says):
    with pytest.raises((InputError, DoubtfulInput), match=says):
        table(change(TEMPLATE))


@pytest.mark.parametrize(
    "change",
    [
        lambda t: "Class 4b,,,,,,,\nmade by a school,,,,,,,\n" + t,
        lambda t: t.replace("Adding times", "  Adding\u00a0times\u200b ").replace("Reading a", "\ufeffReading\u00a0a"),
        lambda t: t.replace("-0.4", '"−0,4"').replace("2.5", '"2,5"'),
        lambda t: t.replace("skill,topic", "Skill , TOPIC"),
        lambda t: t + ",,,,,,,\n   \n",
        lambda t: t + "# a note, with a comma\n",
    ],
)
def test_what_can_be_read_is_read(table, change):
    assert meant(table(change(TEMPLATE))) == meant(table(TEMPLATE))


def test_unicode_text_of_excel_is_read(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_bytes(TEMPLATE.replace(",", "\t").encode("utf-16"))
    assert read_curriculum(path).n_skills == 3


def test_what_was_read_is_said_to_who_listens(table, caplog):
    with caplog.at_level(logging.INFO, logger="zpdgym"):
        table(TEMPLATE.replace("Adding times", "Adding hours"))
    assert "read mine.csv: 3 skills, 2 prerequisites, 8 items, 3 of them in the exam" in caplog.text
    assert "items a skill: Reading a clock 4, Adding hours 3, Reading a timetable 2" in caplog.text


def test_the_command_line_says_once_what_was_read_and_what_is_doubtful(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("own.csv").write_text(text_of(with_difficulties(["3.5", *"0000000"])))
    few = ("n_students=20", "policy=random", "student=typical", "population=alike")
    assert main(["evaluate", "scenario=practice", "curriculum.path=./own.csv", *few]) == 0
    said = capsys.readouterr().err.splitlines()
    assert said.count("read own.csv: 3 skills, 2 prerequisites, 8 items, 3 of them in the exam") == 1
    assert len([line for line in said if line.startswith("own.csv, line 2: difficulty 3.5 (line 2) was taken")]) == 1
