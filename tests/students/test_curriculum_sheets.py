"""Tables as schools make them: other files, other words, other languages, and what is said of each guess."""

import csv
import io
import warnings
from pathlib import Path

import openpyxl
import pytest
from zpdgym.errors import InputError
from zpdgym.students.curriculum.readers import BUNDLED, read, read_curriculum

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = (ROOT / "docs" / "curriculum-template.csv").read_text()
HEADER, *ROWS = TEMPLATE.splitlines()
CASES = Path(__file__).resolve().parents[3] / "shared" / "cases" / "sheets"


@pytest.fixture
def reading(tmp_path):
    def made(given, name="mine.csv", **options):
        path = tmp_path / name
        path.write_bytes(given if isinstance(given, bytes) else given.encode())
        return read(path, **options)

    return made


@pytest.fixture
def book(tmp_path):
    """A workbook with these sheets: name -> rows of values."""

    def made(**sheets):
        written = openpyxl.Workbook()
        written.remove(written.worksheets[0])
        for name, rows in sheets.items():
            page = written.create_sheet(name)
            for row in rows:
                page.append(row)
        path = tmp_path / "mine.xlsx"
        written.save(path)
        return path

    return made


def cells(text=TEMPLATE):
    return list(csv.reader(io.StringIO(text)))


def as_typed(text=TEMPLATE):
    """The same with numbers as numbers, as a spreadsheet holds them."""
    head, *rest = cells(text)
    numbers = [head.index(name) for name in ("difficulty", "minutes")]
    return [head, *([float(c) if n in numbers else c or None for n, c in enumerate(row)] for row in rest)]


WANTED = read_curriculum(ROOT / "docs" / "curriculum-template.csv").to_dict() | {"name": "mine"}


def test_a_workbook_is_the_same_curriculum(book):
    found = read(book(Tabelle1=as_typed()))
    assert found.curriculum.to_dict() == WANTED
    assert found.guessed == []


def test_a_workbook_may_have_a_title_notes_merged_cells_and_other_sheets(book, tmp_path):
    rows = [["Class 4b"], [], *as_typed(), ["# a note"]]
    path = book(About=[["Made by a school"]], Plan=rows, Old=as_typed())
    written = openpyxl.load_workbook(path)
    page, head = written["Plan"], 3
    for row in range(head + 2, page.max_row + 1):
        if page.cell(row, 1).value == page.cell(row - 1, 1).value:
            page.cell(row, 1).value = None
    page.merge_cells(start_row=head + 1, end_row=head + 4, start_column=1, end_column=1)
    written.save(path)
    found = read(path)
    assert found.curriculum.to_dict() == WANTED
    assert found.guessed == ["the sheet 'Plan' was read, the first of 3 that is a table"]


def test_a_workbook_under_another_name_is_read(book, tmp_path):
    raw = book(Sheet=as_typed()).read_bytes()
    other = tmp_path / "mine.csv"
    other.write_bytes(raw)
    found = read(other)
    assert found.curriculum.to_dict() == WANTED
    assert found.guessed == ["mine.csv is a workbook of Excel, whatever its name says"]


def test_lines_of_a_workbook_are_its_rows(book):
    rows = as_typed()
    rows[3][5] = 99
    with pytest.raises(InputError, match=r"mine\.xlsx: line 4: difficulty '99' must be a number"):
        read(book(Sheet=rows))


def test_a_date_in_a_workbook_is_told(book):
    import datetime

    rows = as_typed()
    rows[1][5] = datetime.datetime(2026, 4, 1)
    with pytest.raises(InputError, match=r"difficulty '2026-04-01T00:00:00' must .*has made a date or a time of it"):
        read(book(Sheet=rows))


def test_a_formula_that_was_never_computed_is_told(book):
    rows = as_typed()
    rows[1][6] = "=1+1"
    with pytest.raises(InputError, match=r"row 2, column 7: a formula without its result; open the workbook, and save"):
        read(book(Sheet=rows))


def test_a_workbook_that_unpacks_to_too_much_is_refused(book, monkeypatch):
    monkeypatch.setattr("zpdgym.students.curriculum.sheets.LARGEST_BOOK", 1000)
    with pytest.raises(InputError, match="too large for a curriculum"):
        read(book(Sheet=as_typed()))


@pytest.mark.parametrize(
    ("encode", "says"),
    [
        (lambda t: t.encode("cp1252"), "Windows-1252), such as 'Über die Uhr'"),
        (lambda t: t.encode("utf-8-sig"), ""),
        (lambda t: t.replace(",", "\t").encode("utf-16"), ""),
        (lambda t: t.replace(",", "\t").encode("utf-16-le"), ""),
        (lambda t: b"sep=,\r\n" + t.encode(), ""),
        (lambda t: b"sep=;\r\n" + t.replace(";", "|").replace(",", ";").replace("|", ";").encode(), ""),
    ],
    ids=["cp1252", "bom", "utf-16", "utf-16 without its mark", "sep=,", "sep=;"],
)
def test_every_usual_encoding_is_read(reading, encode, says):
    text = TEMPLATE.replace("Reading a clock", "Über die Uhr")
    rows = [line for line in text.splitlines() if "Adding times;" not in line]  # several skills need a semicolon
    found = reading(encode("\n".join(rows) + "\n"))
    assert found.curriculum.skills[0] == "Über die Uhr"
    assert found.curriculum.n_items == 7
    assert any(says in guess for guess in found.guessed) if says else found.guessed == []


GERMAN = "Fertigkeit;Thema;Voraussetzungen;Aufgabe;Art;Schwierigkeit;Dauer (min);Prüfung?"
FRENCH = "Compétence;Chapitre;Prérequis;Exercice;Type;Difficulté;Durée;Évaluation"
ENGLISH = "Skill name;Unit;Prereqs;Task;Kind;Difficulty (logits);Time (min);On exam?"
SPANISH = "Destreza;Unidad;Requisitos;Ejercicio;Tipo;Dificultad;Minutos;Examen"


@pytest.mark.parametrize("head", [GERMAN, FRENCH, ENGLISH, SPANISH])
def test_columns_may_have_other_names(reading, head):
    found = reading("\n".join([head.replace(";", ","), *ROWS]))
    assert found.curriculum.to_dict() == WANTED
    assert f"'{head.split(';')[0]}' is the skill" in found.guessed
    assert len(found.guessed) == 8 - ("Difficulty" in head)


def test_a_column_is_what_one_says_it_is(reading):
    head = HEADER.replace("skill", "Können").replace("topic", "Level")
    with pytest.raises(
        InputError, match=r"no column says the skill \(found: Können, Level, .*name it, perhaps columns.skill='Können'"
    ):
        reading("\n".join([head, *ROWS]))
    found = reading("\n".join([head, *ROWS]), columns={"skill": "Können", "topic": "level "})
    assert found.curriculum.to_dict() == WANTED
    for columns, says in (
        ({"skill": "gone"}, "columns.skill='gone' is the name of 0 columns, must be of one of: Können, Level"),
        ({"skil": "Können"}, "unknown key 'columns.skil'. Did you mean 'columns.skill'"),
        (["Können"], "columns="),
    ):
        with pytest.raises(InputError, match=says.replace(".", r"\.")):
            reading("\n".join([head, *ROWS]), columns=columns)


def test_only_the_skill_is_needed(reading):
    found = reading("skill\nCounting\nAdding\n")
    made = found.curriculum
    assert made.items == ("Counting: practice", "Adding: practice")
    assert made.minutes.tolist() == [2.0, 2.0]
    assert made.difficulty.tolist() == [0.0, 0.0]
    assert made.exam.all()
    assert [guess.split(":")[0] for guess in found.guessed] == [
        "no column says the approach", "no column says the difficulty", "no column says the minutes",
        "items without a name are called by skill and approach, such as 'Counting",
    ]  # fmt: skip


def test_other_columns_are_not_read_and_that_is_said(reading):
    text = "\n".join([f"{HEADER},Notes,Standard 4.NF", *(f"{row},see p. 12," for row in ROWS)])
    found = reading(text)
    assert found.curriculum.to_dict() == WANTED
    assert found.guessed == ["the column 'Notes' is not read", "the column 'Standard 4.NF' is not read"]


@pytest.mark.parametrize(
    ("row", "value", "said"),
    [
        ("a,,,x,practice,0,2 min,", ("minutes", 2.0), "minutes '2 min' are 2"),
        ("a,,,x,practice,0,90 s,", ("minutes", 1.5), "minutes '90 s' are 1.5"),
        ('a,,,x,practice,0,"1,5 Std.",', ("minutes", 90.0), "minutes '1,5 Std.' are 90"),
        ("a,,,x,practice,0,,", ("minutes", 2.0), "an empty cell of minutes is 2"),
        ("a,,,x,practice,,2,", ("difficulty", 0.0), "an empty difficulty is 0"),
        ("a,,,x,practice,schwer,2,", ("difficulty", 0.8), "difficulty 'schwer' is 0.8 logits"),
        ("a,,,x,Worked example,0,2,", ("approach", 1), "approach 'Worked example' is example"),
        ("a,,,x,,0,2,", ("approach", 0), "an empty approach is practice"),
        ("a,,,Beispiel: x,,0,2,", ("approach", 1), "the item's name begins with it"),
        ("a,,,x,practice,0,2,✓", ("exam", True), ""),
        ("a,,,x,practice,0,2,ja", ("exam", True), ""),
        ("a,,–,x,practice,0,2,nein", ("exam", False), ""),
    ],
)
def test_a_cell_is_read_as_it_is_meant(reading, row, value, said):
    found = reading("\n".join([HEADER, row, "b,,,y,practice,0,2,yes"]))
    column, wanted = value
    assert getattr(found.curriculum, column)[0] == wanted
    assert any(said in guess and ("line 2" in guess) for guess in found.guessed) if said else found.guessed == []


def test_prerequisites_may_be_numbers_of_rows(reading):
    text = "nr,skill,prerequisites\n10,Counting,\n20,Adding,10\n30,Multiplying,10; 20\n"
    assert reading(text).curriculum.prerequisites.astype(int).tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 0]]
    text = "skill,prerequisites\n1. Counting,\n2. Adding,1\n3. Multiplying,counting and 2\n"
    assert reading(text).curriculum.prerequisites.astype(int).tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 0]]
    text = "skill,prerequisites\nCounting,\nAdding,2\nMultiplying,2 & 3\n"
    assert reading(text).curriculum.prerequisites.astype(int).tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 0]]
    with pytest.raises(InputError, match="line 3: prerequisite: unknown skill '9'"):
        reading("skill,prerequisites\nCounting,\nAdding,9\n")


def test_items_of_two_skills_may_share_a_name(reading):
    found = reading("skill,item\nCounting,Practice\nAdding,Practice\n")
    assert found.curriculum.items == ("Practice", "Adding: Practice")
    assert "a second item 'Practice', of another skill, is called 'Adding: Practice' (line 3)" in found.guessed


def test_a_skill_that_is_nowhere_alone_is_told(reading):
    with pytest.raises(InputError, match="line 3: unknown skill 'Adding'; give it a row of its own"):
        reading("skill,item\nCounting,x\nCounting; Adding,y\n")


def test_bundled_curricula_need_no_guess():
    for path in BUNDLED.glob("*.csv"):
        assert read(path).guessed == []


SHEETS = {
    "01_plain.csv": (8, "the table itself; all others are made of it"),
    "02_semicolon_bom_deccomma.csv": (8, "a German spreadsheet writes semicolons, decimal commas and a mark in front"),
    "04_excel_unicode_text.txt": (8, "what Excel calls Unicode text is UTF-16 with tabs"),
    "06_utf8_umlaut.csv": (8, "a colon and umlauts belong to a name"),
    "07_trailing_empty.csv": (8, "empty columns behind the last one say nothing"),
    "08_deccomma_commasep_quoted.csv": (8, "a decimal comma in quotes is no separator"),
    "10_title_row.csv": (8, "a title above the columns is no column"),
    "11_renamed_en.csv": (8, "the columns mean the same under other English names"),
    "12_renamed_de.csv": (8, "and under German ones"),
    "13_extra_column.csv": (8, "notes are not read, which is said"),
    "14_case_space_header.csv": (8, "capitals and spaces do not make another column"),
    "15_prereq_comma.csv": (9, "both names beside the comma are skills, so it separates them"),
    "17_prereq_typo.csv": ("Did you mean 'Adding times'", "a misspelt prerequisite would be a missing one"),
    "18_prereq_case.csv": (9, "another capital does not make another skill"),
    "19_prereq_and.csv": (9, "both names beside the word are skills, so it separates them"),
    "20_cycle.csv": ("form a cycle", "nobody could begin"),
    "21_newline_in_cell.csv": (8, "a line within quotes belongs to its cell"),
    "22_item_empty.csv": (8, "an item without a name is called by its skill and its approach, which is said"),
    "23_same_item_name.csv": ("was used in line 6 already", "two items of one skill could not be told apart"),
    "25_difficulty_1to5.csv": (8, "not all of them are marks from 1 to 5, so that they are logits, with a warning"),
    "26_minutes_text_blank.csv": (8, "2 min is two minutes, and the usual two stand where there are none"),
    "27_only_three_columns.csv": (8, "only the skill is needed"),
    "28_skills_only.csv": (4, "a skill without items gets an exercise"),
    "29_one_skill.csv": (1, "one skill is a curriculum"),
    "30_200skills.csv": (400, "two hundred skills are one, too"),
    "31_nbsp.csv": (8, "a space that does not break is a space"),
    "32_unicode_minus.csv": (8, "a typographic minus is a minus, and such quotes are signs of a name"),
    "34_exam_check.csv": (8, "TRUE and a tick say yes"),
    "35_approach_words.csv": (8, "a worked example and an exercise are approaches under other names"),
    "36_topic_repeated_case.csv": (8, "another capital does not make another topic"),
    "37_empty.csv": ("the file has no rows", "there is nothing to read"),
    "38_formula.csv": ("is a formula", "its result stands nowhere"),
    "39_excel_date.csv": ("has made a date or a time", "1.4 became the first of April, and nobody knows what else did"),
    "40_sorted_by_difficulty.csv": ("sorted by difficulty", "rows without a skill lie below skills not their own"),
    "42_total_row.csv": ("is no item", "a sum would be taught"),
    "43_numbered.csv": (8, "a number in front of a name may be left out where it is named"),
    "44_trailing_newline.csv": (8, "an empty line at the end is none"),
    "45_trailing_semicolon.csv": (8, "nothing stands behind the last semicolon"),
    "46_multi_skill_comma.csv": (
        "several as 'Adding times; Reading a timetable'", "a comma may be part of a name; it would be a fourth skill",
    ),
    "48_sorted_by_minutes.csv": ("sorted by minutes", "rows without a skill lie below skills not their own"),
    "50_merged.xlsx": (8, "a merged cell holds for all of its rows"),
    "51.csv": (8, "a workbook stays one under another name"),
    "53_libreoffice_merged.csv": (8, "merged cells come out empty below their first row"),
}  # fmt: skip
"""How many items, or what is said where it cannot be read as it was meant; and why."""


@pytest.mark.skipif(not CASES.exists(), reason="the sheets of schools are not here")
@pytest.mark.parametrize("name", SHEETS)
def test_sheets_as_schools_make_them(name):
    wanted, _ = SHEETS[name]
    if isinstance(wanted, str):
        with pytest.raises(InputError, match=wanted) as caught:
            read(CASES / name)
        assert "\n" not in str(caught.value)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read(CASES / name)
    assert found.curriculum.n_items == wanted
    plain = read(CASES / "01_plain.csv").curriculum
    same_needs = {"25_difficulty_1to5.csv"} | {n for n, (count, _) in SHEETS.items() if count == 8}
    if name in same_needs:
        assert found.curriculum.prerequisites.tolist() == plain.prerequisites.tolist()


@pytest.mark.skipif(not CASES.exists(), reason="the sheets of schools are not here")
def test_every_sheet_has_its_answer():
    assert sorted(SHEETS) == sorted(path.name for path in CASES.iterdir())
