"""The modules of the section that somebody plays with, in node."""

from __future__ import annotations

import re

import numpy as np
from zpdgym.experiments.play import bundle
from zpdgym.experiments.play.codes import changes, shares

from tests.experiments.play.helpers import in_node

WORLD = {
    "skills": ["Adding", "Fractions", "Equations"], "order": [0, 1, 2], "parents": [[], [0], [1]],
    "ways": [
        {"name": "a", "called": "the a", "rules": ["If so, teach it."]}, {"name": "b", "called": "b", "rules": []},
    ],
    "guessed": True, "beside": "mastery learning (tuned)", "approaches": ["practice", "a worked example"],
    "items": [["3 + 4", 0, [0], 0], ["1/2", 1, [1], 0], ["steps", 0, [1, 2], 3]],
}  # fmt: skip
KEPT = {
    "items": [0, 1, 2, 0], "answers": "1201", "days": [[0, 1], [2, 4]], "known": [0, 0, 3, 2], "rule": "1101",
    "named": [[1, 2]], "ended": False, "end": "over", "result": "5 of 9", "steps": [0, 0, 2, 0],
    "otherwise": [[1, 0], [2, 0], [3, -1]],
}  # fmt: skip


def test_the_file_is_what_its_modules_make():
    """Else: ``python -m zpdgym.experiments.play.bundle``."""
    assert bundle.bundled().encode() == bundle.BUNDLE.read_bytes()


def test_the_script_reads_no_text_as_markup_or_code_and_asks_no_network():
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", bundle.BUNDLE.read_text(encoding="utf-8"), flags=re.DOTALL)
    for word in (
        "import", "require", "eval", "Function", "fetch", "XMLHttpRequest", "WebSocket", "sendBeacon", "innerHTML",
        "outerHTML", "insertAdjacentHTML", "document.write", "localStorage", "sessionStorage", "cookie",
    ):  # fmt: skip
        assert not re.search(rf"(?<!\w){re.escape(word)}\b", text), word
    sources = sorted((bundle.HERE / "src").glob("*.js"))
    assert max(len(path.read_text(encoding="utf-8").splitlines()) for path in sources) <= 300


def test_short_texts_are_read_as_they_were_written(tmp_path):
    rng = np.random.default_rng(0)
    belief, known = rng.random((5, 3)), rng.random((5, 3)) < 0.5
    found = in_node(
        tmp_path,
        'import { knownOf, sharesOf, spreadOut } from "./play/src/codes.js";\n'
        "const found = [sharesOf(data.shares, 3), knownOf(data.known, 3, 5), spreadOut([[0, 1], [2, 4]], 4)];",
        {"shares": shares(belief), "known": changes(known)},
    )
    assert np.abs(np.array(found[0]) - belief).max() < 2e-4
    assert found[1] == known.tolist()
    assert found[2] == [1, 1, 4, 4]


def test_a_lesson_is_said_with_its_rule_and_its_answer(tmp_path):
    belief = shares(np.array([[0.5, 0.1, 0.0]] * 5))
    said = in_node(
        tmp_path,
        'import { Lessons } from "./play/src/lessons.js";\nimport { plain } from "./play/src/words.js";\n'
        "const lessons = new Lessons(data.world, 0, data.kept);\n"
        "const found = [0, 1, 2, 4].map((t) => plain(lessons.sentence(t)));\n"
        "found.push(plain(lessons.disagreement(1)), plain(lessons.disagreement(3)), plain(lessons.disagreement(0)));",
        {"world": WORLD, "kept": KEPT | {"belief": belief}},
    )
    assert said[0] == (
        "Lesson 1 (day 1): practice on “Adding” (3 + 4). Believed known: 50\u00a0%; in truth known. "
        "Rule 1 of the list decides: If so, teach it. The pupil answers right."
    )
    assert (
        "would teach “Equations” here: If so, teach it. The teacher does otherwise. No answer is asked for." in said[1]
    )
    assert "day 4): practice on “Fractions” and “Equations” (steps)" in said[2]
    assert said[2].endswith("No rule of the list applies. The pupil gets 2 of 3 steps right.")
    assert said[3] == "After 4 lessons the time was over. At the exam: 5 of 9."
    assert said[4] == "Mastery learning (tuned) would, in this very situation, teach “Adding”."
    assert said[5].endswith("end the teaching.")
    assert said[6] == ""


def test_the_next_disagreement_is_where_one_begins(tmp_path):
    found = in_node(
        tmp_path,
        'import { Lessons, nextDisagreement } from "./play/src/lessons.js";\n'
        "const own = new Lessons(data.world, 0, data.kept);\n"
        "const other = new Lessons(data.world, 1, { ...data.kept, items: [0, 0, 1, 1] });\n"
        "const found = [-1, 1, 2, 3].map((t) => nextDisagreement(own, other, t, true));\n"
        "found.push(nextDisagreement(own, other, -1, false), nextDisagreement(own, null, -1, false));",
        {"world": WORLD, "kept": KEPT},
    )
    assert found == [1, 2, 3, -1, 1, -1]


def test_bets_are_counted_and_no_answer_is_called_right(tmp_path):
    found = in_node(
        tmp_path,
        'import { agreement, inWords } from "./play/src/counting.js";\n'
        "const bets = [{ teacher: 0, mastery: 1 }, { teacher: 2, mastery: -1 }, { teacher: 1, mastery: 0 }];\n"
        "const count = agreement(bets, new Map([[0, 0], [1, -1], [2, 2]]));\n"
        'const found = [count, inWords(count, "mastery learning"), inWords(agreement(bets, new Map()), "")];',
    )
    assert found[0] == {"made": 3, "teacher": 1, "mastery": 1, "neither": 1}
    assert "None of them is “the right answer”" in found[1]
    assert found[2] == "No bet so far."


def test_levels_are_counted_by_pupil_and_in_the_class(tmp_path):
    found = in_node(
        tmp_path,
        'import { byLevel, inShort, tally } from "./play/src/levels.js";\n'
        'const week = { levels: ["014", "004"], flags: [1] };\n'
        'const found = [tally("0140", 5), byLevel("014", ["a", "b", "c"], [2, 1, 0], 5), inShort(week, 3)];',
    )
    assert found == [
        [2, 1, 0, 0, 1],
        [["a"], ["b"], [], [], ["c"]],
        "on average 1.5 of 3 skills mastered; flagged: 1 of 2 pupils",
    ]


def test_a_table_is_read_line_by_line_and_what_cannot_be_read_is_said(tmp_path):
    table = (
        "\ufeffAlias;Right;Skill;Date\r\nfox;1;adding;2027-01-12\r\n"
        'owl;no;"Frac""tions; easy";11.01.2027\r\n\r\nfox;maybe;Adding;2027-01-13\n;1;Adding;2027-01-13\n'
        "fox;1;Singing;2027-01-13\nfox;0;Adding;2027-02-30"
    )
    found = in_node(
        tmp_path,
        'import { readAnswers } from "./play/src/csv.js";\n'
        'const found = [readAnswers(data, ["Adding", \'Frac"tions; easy\']), readAnswers("alias,skill\\n", [])];',
        table,
    )
    day = (np.datetime64("2027-01-11") - np.datetime64("1970-01-01")).astype(int)
    assert found[0]["answers"] == [
        {"alias": "owl", "skill": 1, "right": False, "day": day},
        {"alias": "fox", "skill": 0, "right": True, "day": day + 1},
    ]
    assert [line[:7] for line in found[0]["problems"]] == ["Line 5:", "Line 6:", "Line 7:", "Line 8:"]
    assert found[1]["problems"] == [
        "The first line must name the columns alias, skill, right, date; it lacks right, date."
    ]


def test_a_class_of_ones_own_is_followed_by_the_belief_of_the_tutor(tmp_path):
    """As its formulas say: an answer by Bayes' rule, then the chance of having learnt; days make it fade."""
    belief = {"kind": "bkt", "prior": [0.3, 0.2, 0.1], "forget": [0.1, 0, 0], "learn": [0.2] * 3, "guess": [0.2] * 3,
              "slip": [0.1] * 3, "leak": 0.5, "learn_first": False}  # fmt: skip
    own = {"belief": belief, "curriculum": {"prerequisites": [[], [0], [1]],
           "items": [{"skills": [k]} for k in range(3)]}, "question": [0, 1, 2]}  # fmt: skip
    told = (("fox", 0, True, 10), ("fox", 0, True, 12), ("owl", 1, False, 12), ("elk", 0, False, 12))
    answers = [{"alias": a, "skill": k, "right": right, "day": day} for a, k, right, day in told]
    found = in_node(
        tmp_path,
        'import { classOf, groupsOf } from "./play/src/groups.js";\n'
        "const pupils = classOf(data.answers, data.own, [0, 1, 2]);\n"
        "const found = [pupils, groupsOf(pupils, [0, 1, 2])];",
        {"own": own, "answers": answers},
    )

    def after(known: float, *, right: bool) -> float:
        yes, no = (0.9, 0.2) if right else (0.1, 0.8)
        posterior = known * yes / (known * yes + (1 - known) * no)
        return posterior + (1 - posterior) * 0.2

    elk, fox, owl = found[0]
    assert [one["alias"] for one in found[0]] == ["elk", "fox", "owl"]
    assert np.isclose(fox["known"][0], after(after(0.3, right=True) * np.exp(-0.2), right=True))
    assert np.isclose(elk["known"][0], after(0.3, right=False))
    assert fox["ready"] == [0, 1]
    assert owl["next"] == elk["next"] == 0
    assert found[1] == [{"skill": 0, "aliases": ["elk", "owl"]}]


def test_names_are_broken_into_lines_that_fit(tmp_path):
    found = in_node(
        tmp_path,
        'import { places, wrapped } from "./play/src/map.js";\n'
        'const found = [wrapped("Adding fractions with unlike denominators", 16, 2), wrapped("A", 5, 2), '
        "places([[0], [1, 2]], 200, false)];",
    )
    assert found[0] == ["Adding fractions", "with unlike den…"]
    assert found[1] == ["A"]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 200 for box in found[2])
    assert found[2][0]["y"] + found[2][0]["height"] < found[2][1]["y"]
