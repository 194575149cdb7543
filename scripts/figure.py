"""``zpdgym figure``: a figure for a paper from the files of a comparison."""

from __future__ import annotations

from zpdgym.scripts.command.positional import listed, understood

HELP = """zpdgym figure: a figure for a paper from an experiment's results

Usage: zpdgym figure FOLDER [key=value] ...

FOLDER is a comparison's folder, such as results/quickstart. Vector graphics with 95 % intervals, colours that everybody
can tell apart, markers and dashes for print in grey. The caption's text is printed. Needs matplotlib:
pip install 'zpdgym[figures]'. The same results give the same bytes.

Keys, written key=value [default]:
  kind       outcome: over an axis of the grid, or a row a policy; training: learning curves; mastery: by lesson;
             profile: share of the students above each outcome; pareto: outcome against minutes [outcome]
  x          the axis of the grid along the horizontal axis, such as x=forget [the first axis]
  hue        what has a colour: an axis, policy or scenario [policy]
  col        what has a panel of its own: an axis, policy or scenario [the second axis]
  policies   only these [those of the experiment, and mastery_tuned]
  scenarios  only these scenarios or cells [all]
  only.AXIS  the one value of an axis to draw
  size       column (3.3 inches) or page (7 inches) [page]
  out        the file: .pdf, .svg or .png [figure.pdf]

Examples:
  zpdgym figure results/grid x=forget hue=policy col=schedule out=forgetting.pdf
      outcome over an axis of a grid, a panel for each schedule
  zpdgym figure results/quickstart kind=mastery size=column out=mastery.svg
      mastery by lesson
  zpdgym figure results/quickstart kind=profile policies=mastery_tuned,ppo_scorer
      how many students end above each outcome"""
TEXTS = ("kind", "x", "hue", "col", "size", "out")


def run(arguments: list[str]) -> None:
    """Draw a figure; say where it is, and its caption.

    Raises:
        InputError: whatever ``zpdgym.figure`` refuses, or a command line that is not understood.
    """
    keys = (*TEXTS, "policies", "scenarios")
    (folder,), given, inner = understood("figure", arguments, folders=1, keys=keys, nested=("only",))
    from zpdgym.experiments.paper.figure import figure

    texts = {key: given[key] for key in TEXTS if key in given}
    policies, scenarios = (listed(given, key) for key in ("policies", "scenarios"))
    drawn = figure(folder, **texts, policies=policies, scenarios=scenarios, only=inner["only"])
    print(drawn.path)
    print(drawn.caption)


if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("figure")
