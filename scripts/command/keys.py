"""The keys and groups that several verbs of the command line take. Light to import."""

from __future__ import annotations

from zpdgym.scripts.command.verbs import SCENARIO_GROUPS, Group, Key

SCENARIO = Group(name="scenario", text="a name (kt6kc is the newest version of KT6KC) or the path of a scenario file")
POLICY = Group(
    name="policy",
    text="a name, the path of a policy file, custom (with policy._target_=my_module.MyPolicy), or saved (with "
    "policy.path=the folder of a trained teacher)",
)
SECTIONS = tuple(Group(name=name, text=f"replace the scenario's {name} by this choice") for name in SCENARIO_GROUPS)
SEED = Key(name="seed", kind="whole number", default=0, low=0, high=2**31 - 1, text="the policy's seed")
COHORT_SEED = Key(
    name="cohort_seed", kind="whole number", default=0, low=0, high=2**31 - 1, text="which students are drawn"
)
SEEDS = Key(
    name="seeds",
    kind="number or list",
    text="how many training seeds, or which: 3, or [0,1,2]; a headline needs 10",
)
N_STUDENTS = Key(name="n_students", kind="whole number", low=10, high=10**7, text="how many test students")
N_VALIDATION = Key(name="n_validation", kind="whole number", low=10, high=10**7, text="how many validation students")
LESSONS = Key(
    name="lessons", kind="whole number", low=1, high=10**10, text="lessons that a learnt policy is trained on"
)
TRAIN_ON = Key(
    name="train_on",
    kind="list",
    text="scenarios that learnt policies are trained on together, instead of the one that they then teach",
)
UNEXPECTED = Key(name="unexpected", kind="true or false", text="also teach students that no policy expects")
TUNE_BUDGET = Key(
    name="tune_budget", kind="whole number", low=1, high=10**6, text="settings that a tuned policy may try"
)
RESULTS = Key(name="results", kind="text", default="results", text="the folder that holds all results")
RESULTS_OR_THERE = RESULTS.but(default=None, usual="results, or where the file lies if it was found among results")
JOBS = Key(name="jobs", kind="whole number", low=1, high=4096, text="how many processes", usual="one per core")
TRACKING = Group(name="tracking", text="where runs are mirrored: wandb (offline), online, tensorboard or none")
CLUSTER = Group(
    name="cluster",
    text="where runs are made: local (this machine, where nothing is said), dask (with cluster.address=…) or slurm",
)
RERUN = Key(
    name="rerun",
    kind="true or false",
    default=False,
    text="move runs that are damaged, or of other settings or older code, aside and make them anew",
)


def of_a_file(whose: str, *keys: tuple[Key, int | str]) -> tuple[Key, ...]:
    """Keys that a file may set as well as the command line.

    Args:
        whose: whose file, for the help: "the experiment's".
        *keys: each key, and what holds where neither says.
    """
    return tuple(key.but(default=None, usual=f"{whose}, else {otherwise}") for key, otherwise in keys)
