"""Logs of real learners: what is read, what is refused, and what is said about it."""

import numpy as np
import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.calibration.logs import read_long, read_wide

LONG = "student,skill,correct,time\nann,adding,1,0\nbob,adding,0,1\nann,fractions,0,2.5\nann,adding,1,1\n"
WIDE = 'fold,uid,concepts,responses\n0,7,"3,3,12","1,0,1"\n1,9,"12,-1,-1","0,-1,-1"\n'


def write(tmp_path, text, name="log.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def test_long_log_is_read_in_order_of_time_within_each_student(tmp_path):
    log = read_long(write(tmp_path, LONG))
    assert log.skills == ("adding", "fractions")
    assert log.skill.tolist() == [0, 0, 1, 0]
    assert log.correct.tolist() == [1, 1, 0, 0]
    assert log.days is not None
    assert log.days.tolist() == [0.0, 1.0, 2.5, 1.0]
    assert log.n_students == 2
    assert log.malformed == 0


def test_identifiers_of_students_are_not_kept(tmp_path):
    path = write(tmp_path, LONG.replace("ann", "4711").replace("bob", "4712"))
    first, second = read_long(path), read_long(path)
    assert not set(first.student.tolist()) & {4711, 4712}
    assert first.student.tolist() != second.student.tolist()  # another secret key each time
    same = read_long(path, key=b"k"), read_long(path, key=b"k")
    assert same[0].student.tolist() == same[1].student.tolist()


def test_columns_may_have_other_names_and_iso_times(tmp_path):
    text = "user_id,kc,right,at,problem\n1,a,true,2024-01-01T00:00:00Z,x\n1,a,False,2024-01-02T12:00:00+00:00,y\n"
    columns = {"student": "user_id", "skill": "kc", "correct": "right", "time": "at", "item": "problem"}
    log = read_long(write(tmp_path, text), columns=columns)
    assert log.days is not None
    assert log.item is not None
    assert log.days.tolist() == [0.0, 1.5]
    assert log.correct.tolist() == [1, 0]
    assert [log.items[i] for i in log.item] == ["x", "y"]


def test_times_count_in_their_unit(tmp_path):
    text = "student,skill,correct,time\n1,a,1,1700000000000\n1,a,1,1700086400000\n"
    log = read_long(write(tmp_path, text), time_unit="milliseconds")
    assert log.days is not None
    assert log.days == pytest.approx([0.0, 1.0])


def test_an_optional_column_can_be_switched_off(tmp_path):
    assert read_long(write(tmp_path, LONG), columns={"time": None}).days is None


def test_the_separator_is_what_the_header_has(tmp_path):
    for separator in (";", "\t"):
        log = read_long(write(tmp_path, LONG.replace(",", separator)))
        assert log.skill.tolist() == read_long(write(tmp_path, LONG)).skill.tolist()
    assert "no column 'student'" in refusal(read_long, write(tmp_path, LONG), separator=";")


def test_wide_log_is_read_without_its_padding(tmp_path):
    log = read_wide(write(tmp_path, WIDE))
    assert log.skills == ("3", "12")  # numbers in order of size
    assert log.skill.tolist() == [0, 0, 1, 1]
    assert log.correct.tolist() == [1, 0, 1, 0]
    assert log.padding == 2
    assert "4 answers of 2 students on 2 skills from 2 rows" in log.account()[0]


def test_malformed_rows_are_counted_and_named(tmp_path):
    rows = ["s1,a,1,0"] * 95 + ["s1,a,maybe,0", ",a,1,0", "s1,,1,0", "s1,a,1", "s1,a,1,noon"]
    log = read_long(write(tmp_path, "student,skill,correct,time\n" + "\n".join(rows) + "\n"))
    assert (len(log), log.rows, log.malformed) == (95, 100, 5)
    assert log.examples == (
        "line 97: correct must be 0 or 1",
        "line 98: student is empty",
        "line 99: skill is empty",
        "line 100: 3 fields where the header has 4",
        "line 101: time must be a number, as in the rows before",
    )
    assert any("5 of 100 rows were malformed" in line for line in log.account())


def test_malformed_wide_rows_are_named(tmp_path):
    good = '0,1,"1,2","1,0"\n' * 60
    bad = '0,2,"1,2,3","1,0"\n0,3,"1,2","1,7"\n0,,"1","1"\n'
    log = read_wide(write(tmp_path, "fold,uid,concepts,responses\n" + good + bad))
    assert log.malformed == 3
    assert log.examples == (
        "line 62: 3 concepts but 2 responses",
        "line 63: responses: every answer must be 0 or 1, or -1 for padding",
        "line 64: uid is empty",
    )


def refusal(read, *given, **options):
    with pytest.raises(InputError) as caught:
        read(*given, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_what_cannot_be_read_is_refused_in_one_line_that_names_it(tmp_path):
    assert "cannot be read" in refusal(read_long, tmp_path / "no.csv")
    assert "save it as 'CSV UTF-8' first" in refusal(read_long, write(tmp_path, "PK\x03\x04", name="log.xlsx"))
    assert "the file is empty" in refusal(read_long, write(tmp_path, ""))
    assert "no row below the header" in refusal(read_long, write(tmp_path, "student,skill,correct\n"))
    message = refusal(read_long, write(tmp_path, "user,skill,correct\n1,a,1\n"))
    assert "no column 'student' (data.columns.student says which it is); the file has user, skill, correct" in message
    assert "stands there 2 times" in refusal(read_long, write(tmp_path, "student,student,skill,correct\n1,1,a,1\n"))
    message = refusal(read_long, write(tmp_path, LONG.replace("ann", "Zoë"), encoding="latin-1"))
    assert "not utf-8 from about line" in message
    assert "data.encoding" in message
    assert read_long(write(tmp_path, LONG.replace("ann", "Zoë"), encoding="latin-1"), encoding="latin-1").rows == 4
    message = refusal(read_long, write(tmp_path, LONG.replace("1,0", "2,0").replace("0,1", "x,1")))
    assert "2 of 4 rows are malformed" in message
    assert "line 2: correct must be 0 or 1" in message
    assert "no column 'when'" in refusal(read_long, write(tmp_path, LONG), columns={"time": "when"})
    assert "not a CSV file" in refusal(read_wide, write(tmp_path, 'uid,concepts,responses\n1,"1"2,1\n'))
    assert "there is no answer in it" in refusal(
        read_wide, write(tmp_path, 'uid,concepts,responses\n1,"-1,-1","-1,-1"\n')
    )


def test_an_answer_where_the_header_should_be_is_not_repeated(tmp_path):
    for first in ("Berta Quandt,adding,1", "Berta Quandt,adding,right,2024-01-02", "Berta Quandt,adding,.5"):
        message = refusal(read_long, write(tmp_path, f"{first}\n{first}\n"))
        assert "its first line looks like an answer" in message
        assert "Quandt" not in message


def test_wrong_settings_are_refused(tmp_path):
    path = write(tmp_path, LONG)
    assert "Did you mean 'data.columns.student'" in refusal(read_long, path, columns={"studnet": "a"})
    assert "must name a column" in refusal(read_long, path, columns={"skill": None})
    assert "Did you mean 'hours'" in refusal(read_long, path, time_unit="hour")
    assert "no such encoding" in refusal(read_long, path, encoding="utf-9")
    assert "one character" in refusal(read_long, path, separator=";;")
    assert "it is a share" in refusal(read_long, path, max_malformed=2)


def test_choosing_answers_keeps_everything_else(tmp_path):
    log = read_long(write(tmp_path, LONG))
    part = log.where(log.skill == 0)
    assert part.correct.tolist() == [1, 1, 0]
    assert part.skills == log.skills
    assert np.array_equal(part.student, log.student[log.skill == 0])
