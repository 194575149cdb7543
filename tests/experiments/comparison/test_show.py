"""What a comparison prints: tables that fit, their legend, a headline."""

import io
from dataclasses import replace

from rich.console import Console
from zpdgym.experiments import statistics
from zpdgym.experiments.comparison import formats, show

from tests.experiments.comparison.small import rows_of


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
