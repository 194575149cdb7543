"""What a comparison prints: tables that fit, their legend, a headline."""

import io
from dataclasses import replace

import pytest
from rich.console import Console
from zpdgym.experiments import statistics
from zpdgym.experiments.comparison import formats, show
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.comparison.rows import GroupRow, Interval
from zpdgym.experiments.store.runs import Run

from tests.experiments.comparison.small import TINY, rows_of
from tests.helpers import quiet


def test_terminal_table_fits_and_names_what_it_must(compared):
    found, printed = compared
    assert max(len(line.rstrip()) for line in printed.splitlines()) <= 100
    for words in ("optimal°", "† best untrained", "no practical difference", "table.csv", str(found.report)):
        assert words in printed.replace("\n", "")
    narrow = io.StringIO()
    console = Console(file=narrow, width=70)
    for part in show.terminal(rows_of(found), width=70):
        console.print(part)
    assert "±" in narrow.getvalue()
    assert "0.…" not in narrow.getvalue()


def test_csv_and_markdown_hold_every_policy(compared):
    import pandas as pd

    found, _ = compared
    frame = pd.read_csv(found.folder / "table.csv")
    rows = found.table["scenarios"]["Tiny-v0"]["policies"]
    assert frame["policy"].tolist() == [row["policy"] for row in rows]
    assert frame["outcome"].tolist() == [row["outcome"] for row in rows]  # full precision
    text = (found.folder / "table.md").read_text()
    assert all(f"| {row['policy']}" in text for row in rows)
    assert pd.read_csv(found.folder / "groups.csv")["students"].sum() == 60 * len(rows)
    assert set(pd.read_csv(found.folder / "unexpected.csv")["students_kind"]) == {"slow", "careless"}


def test_headlines_without_a_learnt_policy(compared):
    found, _ = compared
    (line,) = show.headlines(rows_of(found).scenarios["Tiny-v0"])
    assert "Best untrained policy" in line
    assert found.table["warning"] is None
    assert {statistics.NO_DIFFERENCE, statistics.CANNOT_TELL} <= set(formats.SIGNS)


def test_what_is_left_later_stands_beside_the_outcome_and_in_the_headline(tmp_path):
    later = [{"scenario": "tiny", "change": {"outcome.later_days": 60, "student.forget": 0.02}}]
    spec = TINY | {"scenarios": later, "policies": ["linear"], "unexpected": False}
    found = compare(spec, results=tmp_path, **quiet())
    ((label, scenario),) = rows_of(found).scenarios.items()
    rows = {row.policy: row for row in scenario.policies}
    told = Run(found.folder / label / "linear" / "seed0").csv("students.csv")
    assert scenario.later_days == 60
    assert rows["linear"].later.value == pytest.approx(told["later"].mean())
    assert rows["linear"].later.value < rows["linear"].exam
    base = Run(found.folder / label / "mastery_tuned" / "seed0").csv("students.csv")
    assert rows["linear"].later_vs_tuned.value == pytest.approx((told["later"] - base["later"]).mean())
    assert rows["mastery_tuned"].later_vs_tuned is None
    text = (found.folder / "table.md").read_text()
    assert "| 60 days later |" in text
    best = rows[scenario.best_untrained]
    sentence = f"60 days after the exam {best.policy} has {best.later.value:.3f} left"
    assert (sentence in text) == (best.policy != "mastery_tuned")


def with_ways(scenario, **of_the_way):
    rows = [replace(row, of_the_way=of_the_way.get(row.policy, row.of_the_way)) for row in scenario.policies]
    return replace(scenario, policies=tuple(rows))


def notes_of(scenario) -> str:
    heads, rows = show._main_table(scenario, wide=True)
    return "\n".join(show._footnotes(scenario, heads, rows))


def test_each_reference_is_told_by_what_it_knows(compared):
    """``optimal`` looks inside nobody; ``oracle_greedy`` does."""
    scenario = rows_of(compared[0]).scenarios["Tiny-v0"]
    notes = notes_of(scenario)
    assert "° optimal: sees only answers, but knows the model" in notes
    assert "° any other: looks inside the simulated students" in notes
    alone = replace(scenario, policies=tuple(row for row in scenario.policies if row.policy != "oracle_greedy"))
    assert "looks inside" not in notes_of(alone)
    oracle = replace(scenario, policies=tuple(row for row in scenario.policies if row.policy != "optimal"))
    assert "° looks inside the simulated students" in notes_of(oracle)
    assert all(len(line) <= 100 for line in notes.split("\n") if line.startswith("°"))
    report = (compared[0].folder / "report.html").read_text()
    assert "exact optimum (bound: sees only answers, knows how pupils learn)" in report
    assert "exact optimum (reference: sees the truth)" not in report


def test_whoever_is_above_a_bound_by_luck_is_said_to_be(compared):
    scenario = rows_of(compared[0]).scenarios["Tiny-v0"]
    lucky = with_ways(scenario, greedy_ready=1.04)
    (bound,) = [row for row in lucky.policies if row.policy == "optimal"]
    near = replace(next(row for row in lucky.policies if row.policy == "greedy_ready"), outcome=bound.outcome)
    lucky = replace(lucky, policies=tuple(near if row.policy == near.policy else row for row in lucky.policies))
    assert "above 100 %: by luck of the sample (greedy_ready); nobody can expect more" in notes_of(lucky)
    fair = with_ways(scenario, **dict.fromkeys([row.policy for row in scenario.policies], 0.96))
    assert "by luck of the sample" not in notes_of(fair)
    far = replace(near, outcome=replace(bound.outcome, low=bound.outcome.value + 0.01))
    rows = [far if row.policy == far.policy else replace(row, of_the_way=0.5) for row in lucky.policies]
    assert "by luck of the sample" not in notes_of(replace(lucky, policies=tuple(rows))), "luck does not explain that"


def test_only_who_taught_fewer_students_is_marked_as_slow_in_the_groups_too(compared):
    table = rows_of(compared[0])
    (label, scenario), *_ = table.scenarios.items()
    policies = [
        replace(row, students=scenario.students // 2) if row.policy == "random" else row for row in scenario.policies
    ]
    groups = [
        GroupRow(
            scenario=label,
            policy=row.policy,
            kind=row.kind,
            group=group,
            students=row.students // 3,
            outcome=row.outcome,
            worst_decile=0.1,
            quit=0.0,
            never_mastered=0.0,
            skills_mastered=1.0,
        )
        for row in policies
        for group in ("slow", "fast")
    ]
    slow = replace(scenario, policies=tuple(policies), groups=tuple(groups))
    page = show.markdown(replace(table, scenarios={label: slow}))
    marked = [line for line in page.splitlines() if line.startswith("|") and "‡" in line.split("|")[1]]
    assert [line.split("|")[2].strip() for line in marked if line.split("|")[2].strip() in ("slow", "fast")]
    assert {line.split("|")[1].strip() for line in marked} == {"random‡"}


def test_what_is_rounded_to_zero_has_no_sign():
    nothing = Interval(-0.0004, -0.0004, 0.0004)
    assert formats.spread(nothing, signed=True) == "0.000 ± 0.001"
    assert formats.interval(nothing, signed=True) == "0.000 [0.000, 0.000]"
    assert formats.number(-0.0004, "{:+.3f}") == "0.000"
    assert formats.spread(Interval(-0.0006, -0.1, 0.1), signed=True) == "-0.001 ± 0.101"


def test_legend_explains_what_is_shown(compared):
    scenario = rows_of(compared[0]).scenarios["Tiny-v0"]
    row = scenario.policies[0]
    row = replace(row, vs_tuned=replace(row.vs_tuned, p_corrected=1e-12))
    tuned = next(other for other in scenario.policies if other.policy == scenario.tuned)
    heads, rows = show._main_table(replace(scenario, policies=(row, tuned)), wide=True)
    assert "<.001" in rows[0]
    whole, few = (" ".join(show._footnotes(scenario, shown, rows)) for shown in (heads, heads[:3]))
    assert "cannot tell" in whole
    assert "way to bound" in whole
    assert not any(words in few for words in ("cannot tell", "way to", "worse off"))
