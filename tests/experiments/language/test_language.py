"""The page in other languages: what a translator's file must be, and that everything can be said in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.figures.markup import Markup, tag
from zpdgym.experiments.language.catalogue import read_catalogue
from zpdgym.experiments.language.extract import TEMPLATE, messages, written
from zpdgym.experiments.language.translate import in_files, speaking, tr, tr_many
from zpdgym.experiments.report import write_report
from zpdgym.experiments.report.results import read_experiment
from zpdgym.scripts.cli import main

from tests.experiments.language.pseudo import pseudo, untranslated, write_pseudo
from tests.experiments.report.browser import Browser, needs_chromium
from tests.experiments.report.made_up import make_results, small_curriculum

POLISH = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: pl\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\\n"
"""
LESSONS = """
msgid "{n} lesson"
msgid_plural "{n} lessons"
msgstr[0] "{n} lekcja"
msgstr[1] "{n} lekcje"
msgstr[2] "{n} lekcji"
"""
SKIP = """
msgid "Skip to the results"
msgstr "Do wyników"
"""


@pytest.fixture(scope="module")
def experiment(tmp_path_factory) -> Path:
    return make_results(tmp_path_factory.mktemp("results"), small_curriculum())


@pytest.fixture(scope="module")
def hebrew(tmp_path_factory) -> Path:
    return write_pseudo(tmp_path_factory.mktemp("lang") / "he.po")


def po(tmp_path, text) -> Path:
    path = tmp_path / "pl.po"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_template_holds_every_sentence_that_is_written():
    """Made anew by ``python -m zpdgym.experiments.language.extract``."""
    assert TEMPLATE.read_bytes() == written()
    assert b"python-format" not in written(), "programs for translators would take a per cent for a place"


@pytest.mark.parametrize(
    "call", ['tr(f"{n} lessons")', 'tr("a " + b)', 'tr("a" if b else "c")', "texts(b)", "tr_many(b, c, 2)"]
)
def test_what_is_not_written_out_where_it_is_said_is_no_sentence(tmp_path, call):
    path = tmp_path / "page.py"
    path.write_text(call)
    with pytest.raises(ValueError, match=r"page\.py:1: "):
        list(messages(path))


def test_names_are_put_in_and_escaped_beside_markup():
    assert tr("{who} taught {skill}.", who="Nobody", skill="<b>") == "Nobody taught <b>."
    said = tr("{who} taught {skill} & more.", who="<Ada>", skill=tag("b", "a < b"))
    assert isinstance(said, Markup)
    assert said == "&lt;Ada&gt; taught <b>a &lt; b</b> &amp; more."


def test_a_language_has_as_many_forms_as_it_needs(tmp_path):
    with speaking(read_catalogue(po(tmp_path, POLISH + LESSONS))):
        said = [tr_many("{n} lesson", "{n} lessons", n) for n in (1, 2, 5, 22, 112, 1234)]
        assert tr("Skip to the results") == "Skip to the results"
    assert said == ["1 lekcja", "2 lekcje", "5 lekcji", "22 lekcje", "112 lekcji", "1\u202f234 lekcje"]
    assert tr_many("{n} lesson", "{n} lessons", 5) == "5 lessons"


def test_what_stands_in_files_is_marked_as_english_where_the_page_is_not(tmp_path):
    assert in_files("prior") == "prior"
    with speaking(read_catalogue(po(tmp_path, POLISH))):
        assert in_files("a < b") == '<span lang="en">a &lt; b</span>'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "its header names no language"),
        (POLISH.replace("pl", "xx-nowhere"), "write one such as Language: de"),
        (POLISH + 'msgid "x\n', "no file of translations that can be read"),
        (POLISH + SKIP.replace("wyników", "wyników {whose}"), "has {whose}, where 'Skip to the results' has no name"),
        (POLISH + LESSONS.replace("{n} lekcje", "{n!r} lekcje"), "braces that hold more than a name"),
        (POLISH + LESSONS.replace("{n} lekcje", "{n.real} lekcje"), "braces that hold more than a name"),
        (POLISH + LESSONS.replace("{n} lekcje", "{ lekcje"), "braces that hold more than a name"),
    ],
    ids=["empty", "no such language", "broken", "a name too many", "a conversion", "an attribute", "an open brace"],
)
def test_a_file_that_cannot_be_spoken_is_refused_in_one_line(experiment, tmp_path, capsys, text, says):
    before = write_report(experiment).read_bytes()
    assert main(["report", str(experiment), f"lang={po(tmp_path, text)}"]) == 2
    told = capsys.readouterr().err
    assert says in told
    assert told.count("\n") == 1
    assert (experiment / "report.html").read_bytes() == before


def test_a_file_that_is_not_there_is_told(experiment, capsys):
    assert main(["report", str(experiment), "lang=nowhere.po"]) == 2
    assert "lang='nowhere.po': no file of translations" in capsys.readouterr().err


def test_all_that_is_wrong_is_told_together(tmp_path):
    text = POLISH + SKIP.replace("wyników", "{x}") + LESSONS.replace("{n} lekcji", "{m} lekcji")
    with pytest.raises(InputError, match=r"\{x\}.*; .*\{m\}"):
        read_catalogue(po(tmp_path, text))


def test_a_doubtful_translation_does_not_count(tmp_path):
    """Programs for translators mark so what a machine guessed."""
    found = read_catalogue(po(tmp_path, POLISH + SKIP.replace("\nmsgid", "\n#, fuzzy\nmsgid") + LESSONS))
    assert found.missing == found.sentences - 1
    assert found.one("Skip to the results") == "Skip to the results"


def test_how_much_is_left_in_english_is_told(experiment, tmp_path, capsys):
    assert main(["report", str(experiment), f"lang={po(tmp_path, POLISH + SKIP)}"]) == 0
    assert "sentences of the page are not translated in" in capsys.readouterr().err
    page = (experiment / "report.html").read_text(encoding="utf-8")
    assert '<html lang="pl" dir="ltr">' in page
    assert ">Do wyników</a>" in page


def names(experiment) -> set[str]:
    """What a page takes from the user's files as it is."""
    _, worlds = read_experiment(experiment)
    found = {experiment.name, "zpdgym", "bkt", "graph", "misconceptions", "unknown"}  # beliefs as files name them
    for world in worlds:
        found |= {world.title, world.label, *world.curriculum.skills, *world.curriculum.items, *world.curriculum.topics}
        found |= {
            *world.ways,
            *(world.about.get("sources") or ()),
            *(run.path.name for w in world.ways.values() for run in w.runs),
        }
        found |= {str(group).replace("_", " ") for group in world.teacher.pupils["group"]}
        found |= {row.students_kind.replace("_", " ") for row in world.table.unexpected}
    return found


def test_everything_is_said_in_a_language_that_nobody_speaks(experiment, hebrew):
    page = write_report(experiment, lang=hebrew).read_text(encoding="utf-8")
    assert '<html lang="he" dir="rtl">' in page
    assert untranslated(page, names(experiment)) == []
    assert pseudo("How knowledge grows") in page
    assert write_report(experiment).read_text(encoding="utf-8").count(pseudo("How knowledge grows")) == 0


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("width", [390, 1366])
def test_longer_words_from_right_to_left_find_their_place(experiment, hebrew, tmp_path, width):
    """In every view to play with nothing is wider than the screen, and nothing is said in English."""
    path = write_report(experiment, lang=hebrew)
    known = names(experiment)
    browser = Browser(tmp_path / "profile")
    try:
        browser.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600
        )
        browser.open(path.as_uri())
        views = "document.querySelectorAll('.play .play-row')[0].children"
        for i in range(browser.tell(f"{views}.length")):
            browser.tell(f"{views}[{i}].click()")
            said = browser.tell("document.querySelector('.play').outerHTML")
            assert untranslated(said, known) == [], i
            sizes = json.loads(browser.tell("JSON.stringify([document.documentElement.scrollWidth, innerWidth])"))
            assert sizes[0] <= sizes[1], i
        assert i == 4
        assert browser.tell("getComputedStyle(document.body).direction") == "rtl"
        assert not browser.happened()
    finally:
        browser.close()
