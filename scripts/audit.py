"""``zpdgym audit``: whom a skewed log costs what, and what helps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from zpdgym.scripts.command import keys
from zpdgym.scripts.command.verbs import Group, Key, Verb

if TYPE_CHECKING:
    from zpdgym.experiments.runs.arguments import Named


def run(settings: Mapping[str, object]) -> str:
    """Audit the scenario that the settings name, print the tables, and write them."""
    from zpdgym.experiments.bias.audit import audit
    from zpdgym.experiments.bias.show import terminal
    from zpdgym.experiments.runs.arguments import writable
    from zpdgym.names import check_name
    from zpdgym.scripts.command.settings import load_scenario

    name = check_name(settings["name"], "name", plain=True)
    scenario = load_scenario(settings)
    folder = writable(settings["results"], "results") / name / scenario.label
    found = audit(
        scenario,
        cast("Named", settings["policy"]),
        group=cast("list[str] | None", settings["group"]),
        out=folder,
        **{key.name: cast("int", settings[key.name]) for key in NUMBERS},
    )
    print(*terminal(found), sep="\n")
    print(f"written: {folder}")
    return f"{len(found.audited)} groups audited"


NUMBERS = (
    keys.N_STUDENTS.but(default=4000, low=100, high=10**6),
    Key(name="n_log", kind="whole number", default=4000, low=100, high=10**6, text="students in every log"),
    Key(name="share", kind="number", default=0.05, low=0, high=1, text="of the group in the log with few of it"),
    Key(
        name="taught",
        kind="number",
        default=0.333,
        low=0,
        high=1,
        text="of the course, to the group in the log where it was not taught on",
    ),
    keys.COHORT_SEED.but(text="which test students are drawn"),
    keys.SEED.but(text="which students are in the logs, and the policy's own luck"),
)
"""The numbers of an audit."""
VERB = Verb(
    name="audit",
    summary="whom a skewed log costs what, and what helps",
    text="Fits the tutor's belief to a log in which every group of students has an equal share, to one in which a "
    "group is few, to one in which it was only taught the beginning of the course, and to these logs mended. The same "
    "policy then teaches the same unseen students under each belief. Prints for the group and for everybody else how "
    "wrong the belief was (Brier), the exam, and the shares of lessons that were too easy or too early, as differences "
    "to the balanced log. Writes results/<name>/<scenario>/audit.json and audit.md, with every group, and not over "
    "another audit. Fitted beliefs are kept: interrupted, the same command goes on where it stopped.",
    groups=(keys.SCENARIO, Group(name="policy", text=keys.POLICY.text, default="mastery_tuned"), *keys.SECTIONS),
    keys=(
        Key(
            name="group",
            kind="list",
            text="whom logs are skewed against, one or several",
            usual="those who end lowest and highest in the exam when the log is balanced",
        ),
        *NUMBERS,
        Key(name="name", kind="text", default="audit", text="the folder below results"),
        keys.RESULTS,
    ),
    examples="""
  zpdgym audit scenario=algebra
      slow learners with little prior knowledge, then fast ones with much: some minutes
  zpdgym audit scenario=algebra 'group=fast learners, low prior' share=.02
      one group, of whom one in fifty is in the log
  zpdgym audit scenario=practice population=fast_slow policy=mastery
      two groups in a small world, taught by a policy that is not tuned
  zpdgym audit scenario=my_scenario.yaml
      your own scenario: its population names the groups
""",
    run=run,
    needs=("scenario",),
)

if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("audit")
