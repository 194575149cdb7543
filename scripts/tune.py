"""``zpdgym tune``: the best settings of one policy in one scenario."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from zpdgym.configs.trust import printed
from zpdgym.scripts.command import keys
from zpdgym.scripts.command.verbs import Key, Verb

if TYPE_CHECKING:
    from zpdgym.experiments.tuning import Tuned


def run(settings: Mapping[str, Any]) -> str:
    """Tune the policy that the settings name, unless that was done before, and print what was tried."""
    from zpdgym.experiments.runs.arguments import writable
    from zpdgym.experiments.tuning import tune
    from zpdgym.names import check_name
    from zpdgym.scripts.command.console import progress_bar
    from zpdgym.scripts.command.settings import load_scenario, named_policy

    check_name(settings["name"], "name", plain=True)
    home = writable(settings["results"], "results")
    scenario, policy = load_scenario(settings), named_policy(settings)
    total, unit = counted(policy, settings["tune_budget"])
    with progress_bar("tuning", total=total, unit=unit) as show:
        found = tune(
            scenario,
            policy,
            budget=settings["tune_budget"],
            lessons=settings["lessons"],
            n_validation=settings["n_validation"],
            cohort_seed=settings["cohort_seed"],
            out=home / settings["name"],
            rerun=settings["rerun"],
            cluster=settings["cluster"],
            progress=lambda done, settings: show(done * total // settings),
        )
    title = f"{found.spec['name']} on {scenario.label}, {settings['n_validation']:,} validation students"
    return show_trials(found, title=title, primary=scenario.outcome.primary)


def counted(policy: Mapping[str, object], budget: int) -> tuple[int, str]:
    """How much of what a search has: lessons of a search by evolution, settings of any other."""
    from zpdgym.agents.search_space import USUAL_LESSONS

    section = policy.get("tune")
    if not isinstance(section, Mapping) or not section.get("method"):
        return budget, "settings"
    lessons = section.get("lessons", USUAL_LESSONS)  # what is no number is told by whoever reads the section
    return lessons if isinstance(lessons, int) else USUAL_LESSONS, "lessons"


def show_trials(found: Tuned, *, title: str, primary: str) -> str:
    """Print the settings that were tried, the best first; the headline, in words."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    learns, evolves = "trainings" in found.own, "trained" in found.own and "trainings" not in found.own
    for head in (primary, "to the best", "lessons" if learns else "students"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("settings: of the best" if evolves else "settings: of the best all, of the others what differs")
    best = found.trials[0]
    for trial in found.trials:
        beside = "best" if trial is best else f"{trial['difference']:+.4f} ± {trial['error']:.4f}"
        differs = [] if evolves else [name for name in found.parameters if trial[name] != best[name]]
        names = found.parameters if trial is best else differs
        own = "* " if trial == found.own else ""
        cost = f"{trial['trained']:,}" if learns else str(trial["students"])
        table.add_row(f"{trial['outcome']:.4f}", beside, cost, own + _words(trial, names))
    Console(file=sys.stdout, highlight=False).print(table)
    print(f"{PAIRED} {OF_A_LEARNER if learns else OF_AN_EVOLUTION if evolves else OF_A_BASELINE}")
    print(cost_of(found.budget))
    print(f"{'made now' if found.made else 'found before, not repeated'}: {found.folder}")
    print(f"best settings: policy={found.policy}{printed(found.spec)}")
    return f"{primary} {best['outcome']:.4f} with {_words(best, found.parameters)}"


PAIRED = (
    "± one standard error of the paired difference (same students and luck). * the policy's own settings, tried first."
)
OF_A_BASELINE = (
    "\nGiven up after a quarter of the students: settings that were clearly worse there. These students chose the "
    "settings,\nso the best one's mean is a little too good: evaluate or compare teaches others."
)
OF_AN_EVOLUTION = (
    "\nEach is the middle of the cloud of settings that evolution moved, after ever more lessons of training students; "
    "given up\nafter a quarter of the validation students where it was clearly worse. These chose among them, so the "
    "best one's mean is a\nlittle too good: evaluate or compare teaches others."
)
OF_A_LEARNER = (
    "\nLessons of training: given up at a quarter of them where it was clearly behind, twice as many for who led. ± "
    "knows\nno luck of training. These students chose the settings, so the best one's mean is a little too good, and "
    "none of\nthese teachers is kept: compare trains the best settings anew and teaches others."
)


def cost_of(budget: Mapping[str, float]) -> str:
    """What a search cost, in a sentence."""
    lessons = budget["training"] + budget["validation"]
    of_them = f" ({budget['training']:,} of training, {budget['validation']:,} of validation students)"
    told = f"{lessons:,} lessons{of_them if budget['training'] else ' of validation students'}"
    return f"Budget: {budget['settings']} settings, {told}, {budget['seconds']:.0f} s."


def _words(trial: Mapping[str, Any], names: Iterable[str]) -> str:
    """Settings as the command line takes them: ``threshold=0.8 finish=true``."""
    values = {name: str(trial[name]).lower() if isinstance(trial[name], bool) else trial[name] for name in names}
    return " ".join(f"{name}={value}" for name, value in values.items())


VERB = Verb(
    name="tune",
    summary="the best settings of a policy in a scenario",
    text="Tries settings of a policy, of those that its section tune or space lets vary, on validation students, as "
    "compare and evaluate do by themselves: the policy's own settings, then some at random, then neighbours of the "
    "best. A policy that learns is trained anew with every setting. Prints all trials, the best first, and what they "
    "cost, and writes results/<name>/<scenario>/<policy>/ with tuning.json and policy.yaml, which can be used at once. "
    "What was found before is not repeated.",
    groups=(keys.SCENARIO, keys.POLICY, *keys.SECTIONS, keys.CLUSTER),
    keys=(
        Key(
            name="space",
            kind="keys",
            default={},
            below="PARAMETER=VALUES",
            text="space.<parameter>=choice(.9,.99), range(1024,8192,step=1024), interval(.9,.99), int(interval(1,8)), "
            "tag(log,interval(.001,.03)): what may vary, beside or instead of what the policy's file says; null: not",
            usual="what the policy's file says",
        ),
        keys.LESSONS.but(
            usual="300000", text="of a policy that learns: lessons that it is trained on with each setting"
        ),
        keys.TUNE_BUDGET.but(default=40, low=2, text="how many settings are tried; a file may say less"),
        keys.N_VALIDATION.but(default=1000),
        keys.COHORT_SEED,
        Key(name="name", kind="text", default="tuning", text="the folder below results"),
        keys.RESULTS,
        keys.RERUN,
    ),
    examples="""
  zpdgym tune scenario=algebra policy=streak
      how many right answers in a row are best in algebra
  zpdgym tune scenario=algebra policy=ppo_scorer lessons=60000 'space.learning_rate=tag(log,interval(.001,.03))'
      which learning rate makes the best teacher
  zpdgym tune -m scenario=kt6kc,game policy=mastery_tuned,outer_fringe
      two policies in two scenarios, one after the other
  zpdgym tune scenario=tiny policy=my_policy.yaml tune_budget=100
      a policy of your own (my_policy.yaml: _target_: my_module.MyPolicy, with a section tune)
""",
    run=run,
    needs=("scenario", "policy"),
)

if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("tune")
