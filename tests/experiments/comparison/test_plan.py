"""What an experiment asks for is checked and planned before anything is written."""

import re
from pathlib import Path

import pytest
from zpdgym.configs.build import CONFIGS
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError
from zpdgym.experiments.comparison.compare import compare, load_experiment
from zpdgym.experiments.runs import lineup
from zpdgym.experiments.runs.plan import Plan
from zpdgym.experiments.runs.scenarios import load_scenarios
from zpdgym.experiments.runs.specification import Experiment

from tests.experiments.comparison.small import REFERENCES, TINY
from tests.helpers import quiet


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"polices": ["random"]}, "unknown key 'experiment.polices'. Did you mean 'experiment.policies'"),
        ({"scenarios": ["tinny"]}, "unknown scenario 'tinny'. Did you mean 'Tiny-v0'"),
        ({"policies": ["masteri"]}, "unknown policy 'masteri'. Did you mean 'mastery'"),
        ({"policies": ["linear", "linear"]}, "two policies are called 'linear'"),
        ({"policies": []}, r"policies=\[\] must be a list"),
        ({"scenarios": ["tiny", "Tiny-v0"]}, "Tiny-v0 is there twice"),
        (
            {"scenarios": [{"scenario": "tiny", "chang": {}}]},
            "scenarios: unknown key 'chang'. Did you mean 'change'",
        ),
        ({"seeds": 0}, "seeds=0 must be"),
        ({"seeds": [1, 1]}, "seeds="),
        ({"n_students": 2.5, "lessons": -1}, "n_students=2.5 must be a whole number.*lessons=-1"),
        ({"name": "../up"}, "name='../up' must be letters"),
        ({"unexpected": "yes"}, "unexpected='yes'"),
        ({"tracking": "wandbb"}, "Did you mean 'wandb'"),
        ({"tracking": 3}, "tracking=3"),
        ({"scenarios": ["kt6kc"], "policies": ["optimal"]}, "optimal"),
    ],
)
def test_mistakes_are_one_clear_line_and_nothing_is_written(tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        compare(TINY | change, results=tmp_path / "results", **quiet())
    assert not list(tmp_path.iterdir())


def test_no_jobs_is_a_mistake(tmp_path):
    with pytest.raises(InputError, match="jobs=0"):
        compare(TINY, results=tmp_path, jobs=0)


def test_scenarios_can_be_changed_in_an_experiment():
    wanted = {"scenario": "tiny", "change": {"student.slip": 0.2}}
    experiment = Experiment.of(TINY | {"scenarios": ["tiny", wanted]})
    first, second = load_scenarios(experiment)
    assert re.fullmatch(r"Tiny-v0~[0-9a-f]{4}", second.label)
    assert first.label == "Tiny-v0"
    assert Experiment.of(experiment.to_dict()) == Experiment.of(TINY | {"scenarios": ["tiny", wanted]})


EXPERIMENTS = [
    # the beliefs of large networks, or of many worlds, are fitted first: minutes
    pytest.param(path, marks=[pytest.mark.slow] * (path.stem in ("transfer", "priors_examprep")), id=path.stem)
    for path in sorted((CONFIGS / "experiment").glob("*.yaml"))
]


@pytest.mark.parametrize("path", EXPERIMENTS)
def test_every_experiment_file_can_be_planned(path):
    plan = Plan.of(Experiment.of(load_experiment(path.stem)), Path("nowhere"))
    assert {run.scenario.label for run in plan.runs} == {scenario.label for scenario in plan.scenarios}


def test_the_two_leaderboards_hold_every_scenario_and_every_policy_between_them():
    board, full = (Experiment.of(load_experiment(name)) for name in ("leaderboard", "leaderboard_full"))
    assert set(board.scenarios) == set(full.scenarios)
    families = {name.rpartition("-v")[0] for name in map(str, board.scenarios)}
    every_scenario = [Scenario.load(p.stem) for p in CONFIGS.glob("scenario/*.yaml")]
    alone = {p.stem for p in CONFIGS.glob("experiment/*.yaml")}  # scenarios with a comparison of their own
    everywhere = {s.label.rpartition("-v")[0] for s in every_scenario if s.control is None}
    assert families <= everywhere
    assert {name.lower() for name in everywhere - families} <= alone
    # policies made for a scenario with a comparison of its own
    alone_at = [Experiment.of(load_experiment(name.lower())) for name in everywhere - families]
    own = {p for experiment in alone_at for p in experiment.policies if isinstance(p, str)}
    every = {p.stem for p in CONFIGS.glob("policy/*.yaml")} - {"saved"}
    kinds = {name: lineup.entry_of(name).kind for name in every}
    more = {p if isinstance(p, str) else str(p["name"]) for p in full.policies}
    own -= {*board.policies, *more}
    assert {*board.policies, *more, *REFERENCES, lineup.BY_MINUTE, *own} == every
    slow = {name for name in full.fewer_students if kinds[name] == "baseline"}
    assert {name for name in every if kinds[name] == "baseline"} - slow - own == {
        *board.policies,
        *lineup.REFERENCES,
    } - {"ppo_scorer"}
    assert board.fewer_students == {}


def test_unknown_experiment():
    with pytest.raises(InputError, match="Did you mean 'quickstart'"):
        load_experiment("quikstart")
