"""All scenarios in one screen: who is ahead by how much, and whether controls are clean."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from benchmarks.pages import suite

LOST = SimpleNamespace(value=-0.003, low=-0.010, high=0.004)
WON = SimpleNamespace(value=0.006, low=0.004, high=0.008)


def planted(difference=LOST, verdict="no practical difference", beats=None, **about):
    rows = (
        SimpleNamespace(policy="greedy", kind="baseline", outcome=SimpleNamespace(value=0.60), beats_control=None),
        SimpleNamespace(
            policy="oracle", kind="privileged", outcome=SimpleNamespace(value=0.62), beats_control=None,
            vs_best=SimpleNamespace(value=0.05),
        ),
        SimpleNamespace(
            policy="ppo_scorer", kind="learnt", outcome=SimpleNamespace(value=0.597), beats_control=beats, seeds=3,
            vs_best=difference, vs_best_verdict=verdict,
        ),
    )  # fmt: skip
    told = {"control_bound": None, "control_value": None, "reference": "oracle", "best_untrained": "greedy"}
    return SimpleNamespace(policies=rows, **{**told, "best_learner": "ppo_scorer", **about})


def test_a_row_says_who_is_ahead_by_how_much_and_what_room_there_is():
    assert suite.row("ExamPrep-v0", planted())[1:] == [
        "`greedy` 0.600",
        "+0.050 (`oracle`)",
        "`ppo_scorer` 0.597 (3)",
        "-0.003 [-0.010, +0.004]",
        "no practical difference",
    ]
    assert suite.row("X-v0", planted(verdict=None))[-1] == suite.FEW
    assert suite.row("X-v0", planted(reference=None, best_learner=None))[2:] == ["not known", "–", "–", "–"]
    below = planted()
    below.policies[1].vs_best.value = -0.05
    assert suite.row("X-v0", below)[2] == "not known: -0.050 (`oracle`)"


@pytest.mark.parametrize(
    ("beats", "said"), [(None, "control: clean"), ("above", "control: **not clean** (ppo_scorer)")]
)
def test_a_control_is_clean_or_not(beats, said):
    drill = planted(WON, "better", beats, control_bound="exact", control_value=0.601)
    assert suite.row("Drill-v0", drill)[2] == "+0.001 (bound)"
    assert suite.row("Drill-v0", drill)[-1] == said
    assert suite.row("Placebo-v0", planted(control_bound="no_teaching"))[2] == "none (nobody learns)"


AHEAD = "ahead, perhaps by less than is worth having"
RULED = "corrected for 69 verdicts"
PUBLISHED = f"""# Experiment some

## Game-v0

* ppo_scorer against tuned mastery learning (mastery_tuned): +0.018 [+0.014, +0.022], p < .001 {RULED}: better.
* ppo_scorer against the best untrained policy (tuned_index): +0.008 [+0.004, +0.012], p = 0.0074 {RULED}: {AHEAD}.

| policy | outcome | vs mastery tuned |  | way to ref. | vs best untrained |   | seeds |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| oracle_greedy° | 0.616 ± 0.009 | +0.038 ± 0.006 |  | 100 % | +0.028 ± 0.006 |  | 1 |
| oracle_per_minute°‡ | 0.611 ± 0.009 | +0.033 ± 0.006 |  | 99 % | +0.023 ± 0.006 |  | 1 |
| ppo_scorer* | 0.596 ± 0.009 | +0.018 ± 0.006 | ≈ | 95 % | +0.008 ± 0.003 | ≈ | 10 |
| tuned_index † | 0.588 ± 0.009 | +0.010 ± 0.006 | ≈ | 93 % |  |  | 1 |

| group | policy |
| --- | --- |
| slow | 0.1 |

## game_low_dosage

nothing
"""


def test_a_published_page_gives_the_same_rows(tmp_path):
    page = tmp_path / "some.md"
    page.write_text(PUBLISHED)
    assert suite.published(page) == {
        "Game-v0": [
            "[Game-v0](docs/scenarios/Game-v0.md)", "`tuned_index` 0.588", "+0.028 (`oracle_greedy`)",
            "`ppo_scorer` 0.596 (10)", "+0.008 [+0.004, +0.012]", AHEAD,
        ]
    }  # fmt: skip
    page.write_text(PUBLISHED.replace("best untrained policy", "somebody"))
    with pytest.raises(SystemExit, match="Game-v0 does not say"):
        suite.published(page)


def test_what_is_not_there_is_told_in_one_line(capsys):
    with pytest.raises(SystemExit) as told:
        suite.main(["docs/results/nothing.md"])
    assert told.value.code == 2
    assert "there is no docs/results/nothing.md" in capsys.readouterr().err


def test_a_scenario_that_is_not_compared_again_keeps_its_row():
    before = suite.suite({name: suite.row(name, planted()) for name in ("Tutor-v0", "ExamPrep-v0")})
    new = {"ExamPrep-v0": suite.row("ExamPrep-v0", planted(WON, "better"))}
    drill = {"Drill-v0": suite.row("Drill-v0", planted(control_bound="exact", control_value=0.601))}
    rows = suite.suite(suite.rows_of(before) | drill | new).splitlines()[2:]
    assert [line.split("]")[0] for line in rows] == ["| [ExamPrep-v0", "| [Tutor-v0", "| [Drill-v0"]
    assert "+0.006" in rows[0]
    assert rows[1] == before.splitlines()[3]
