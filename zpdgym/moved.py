"""Where the modules of version 0.1 are now, so that files written for it keep working, with one warning each.

``NAMES`` serves configuration files (``_target_``), ``MODULES`` import statements. Both are complete and closed: what
is new has one address, ``zpdgym.students.BKT``, and needs no entry when its file moves.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
import types
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from zpdgym.errors import DoubtfulInput

MODULES = {
    "agents.algorithms": "agents.learnt.algorithms",
    "agents.arms": "agents.baselines.bandits.arms",
    "agents.attention": "agents.learnt.networks.compiled_attention",
    "agents.attention_net": "agents.learnt.networks.torch_attention",
    "agents.bandits": "agents.baselines.bandits.skill_bandits",
    "agents.base": "agents",
    "agents.believed": "agents.baselines.planners.believed",
    "agents.cat": "agents.baselines.adaptive_testing",
    "agents.checkpoints": "agents.learnt.checkpoints",
    "agents.classroom": "agents.baselines.classroom",
    "agents.curricula": "agents.baselines.fixed",
    "agents.fast": "agents.learnt.ppo",
    "agents.fast_networks": "agents.learnt.networks.rollout_networks",
    "agents.features": "agents.learnt.networks.item_features",
    "agents.forward": "agents.learnt.networks.compiled_dense",
    "agents.fringe": "agents.baselines.outer_fringe",
    "agents.items": "agents.baselines.item_rule",
    "agents.learners": "agents.learnt.recipes",
    "agents.lookahead": "agents.baselines.planners.lookahead",
    "agents.mastery": "agents.baselines.mastery",
    "agents.measure": "agents.lesson_metrics",
    "agents.more_learners": "agents.learnt.recipes",
    "agents.networks": "agents.learnt.networks.torch_scorer",
    "agents.optimal": "agents.references.optimal",
    "agents.oracle": "agents.references.oracle",
    "agents.planning": "agents.baselines.greedy",
    "agents.policies": "agents.registry",
    "agents.recurrent": "agents.learnt.networks.compiled_lstm",
    "agents.reviews": "agents.baselines.mastery_review",
    "agents.riarit": "agents.baselines.bandits.riarit",
    "agents.sb3": "agents.learnt.sb3",
    "agents.schedulers": "agents.baselines.spaced.cards",
    "agents.several": "agents.learnt.networks.scenario_set_features",
    "agents.spaced": "agents.baselines.spaced.schedulers",
    "agents.ssp_mmc": "agents.references.ssp_mmc",
    "agents.teacher": "agents.learnt.teacher",
    "agents.teacher_files": "agents.learnt.teacher_files",
    "agents.training": "agents.learnt.training",
    "agents.tune": "agents.tuning",
    "agents.watching": "agents.baselines.answer_history",
    "agents.worlds": "agents.references.enumerated_world",
    "agents.zpdes": "agents.baselines.bandits.zpdes",
    "envs.belief": "envs.beliefs.build",
    "envs.elo": "envs.beliefs.elo",
    "envs.exact": "envs.beliefs.exact",
    "envs.memory_belief": "envs.beliefs.memory.memory_base",
    "envs.own_reward": "envs.own.reward",
    "envs.several": "envs.scenario_set",
    "experiments.beliefs": "envs.beliefs.fitting",
    "experiments.beliefs_elo": "envs.beliefs.elo",
    "experiments.beliefs_memory": "envs.beliefs.memory.memory_base",
    "experiments.beliefs_refit": "envs.beliefs.refit",
    "experiments.calibrate": "experiments.calibration.calibrate",
    "experiments.calibrate_checks": "experiments.calibration.held_out",
    "experiments.calibrate_dkt": "experiments.calibration.network",
    "experiments.calibrate_figure": "experiments.calibration.figure",
    "experiments.calibrate_input": "experiments.calibration.answers",
    "experiments.calibrate_world": "experiments.calibration.world",
    "experiments.compare": "experiments.comparison.compare",
    "experiments.dkt": "experiments.calibration.dkt",
    "experiments.dkt_lessons": "experiments.calibration.dkt_lessons",
    "experiments.em": "envs.beliefs.em",
    "experiments.entries": "experiments.runs.scenarios",
    "experiments.execute": "experiments.runs.execute",
    "experiments.fingerprint": "experiments.store.fingerprint",
    "experiments.logs": "experiments.calibration.logs",
    "experiments.plan": "experiments.runs.plan",
    "experiments.progress": "experiments.comparison.making",
    "experiments.report.charts": "experiments.figures.charts",
    "experiments.report.layout": "experiments.figures.layout",
    "experiments.report.lessons": "experiments.figures.lessons",
    "experiments.report.markup": "experiments.figures.markup",
    "experiments.report.pictures": "experiments.figures.pictures",
    "experiments.report.svg": "experiments.figures.svg",
    "experiments.report.words": "experiments.figures.words",
    "experiments.robustness": "experiments.comparison.robustness",
    "experiments.robustness_plan": "experiments.runs.plan",
    "experiments.robustness_run": "experiments.runs.execute",
    "experiments.robustness_show": "experiments.comparison.matrix_show",
    "experiments.robustness_table": "experiments.comparison.matrix",
    "experiments.runs": "experiments.store.runs",
    "experiments.show": "experiments.comparison.show",
    "experiments.specification": "experiments.runs.specification",
    "experiments.table": "experiments.comparison.table",
    "students.actr": "students.memory.actr",
    "students.affect": "students.layers.affect",
    "students.base": "students.model",
    "students.bkt": "students.knowledge.bkt",
    "students.builders": "students.curriculum.builders",
    "students.curriculum": "students.curriculum.curriculum",
    "students.dash": "students.memory.dash",
    "students.dhp": "students.memory.dhp",
    "students.dkt": "students.neural.dkt",
    "students.dkt_files": "students.neural.dkt_files",
    "students.errors": "errors",
    "students.fsrs": "students.memory.fsrs",
    "students.hints": "students.layers.hints",
    "students.irt": "students.ability.irt",
    "students.kidlearn": "students.knowledge.kidlearn",
    "students.kt6kc": "students.knowledge.kt6kc",
    "students.layers": "students.layers.base",
    "students.logistic": "students.ability.logistic",
    "students.mcm": "students.memory.mcm",
    "students.memory": "students.memory.exponential",
    "students.misconception": "students.knowledge.misconception",
    "students.mixture": "students.layers.mixture",
    "students.power_law": "students.memory.power_law",
    "students.presets": "students.knowledge.presets",
    "students.readers": "students.curriculum.readers",
    "students.response_time": "students.layers.response_time",
    "students.spaces": "students.knowledge.structure",
    "students.specs": "configs.build",
    "students.zpd": "students.ability.difficulty_band",
}
"""Old module -> new module, both without ``zpdgym.``."""

NAMES = {
    "agents.bandits.LinUCB": "agents.LinUCB",
    "agents.bandits.SlidingWindowUCB": "agents.SlidingWindowUCB",
    "agents.bandits.Thompson": "agents.Thompson",
    "agents.bandits.UCB1": "agents.UCB1",
    "agents.cat.CAT": "agents.CAT",
    "agents.cat.ClosestToP": "agents.ClosestToP",
    "agents.check.check_policy": "agents.check_policy",
    "agents.classroom.Classroom": "agents.Classroom",
    "agents.curricula.Interleaved": "agents.Interleaved",
    "agents.curricula.Linear": "agents.Linear",
    "agents.curricula.NoTeaching": "agents.NoTeaching",
    "agents.curricula.Random": "agents.Random",
    "agents.curricula.ReadyRandom": "agents.ReadyRandom",
    "agents.features.ItemFeatures": "agents.ItemFeatures",
    "agents.fringe.OuterFringe": "agents.OuterFringe",
    "agents.items.ItemRule": "agents.ItemRule",
    "agents.learners.FlatPPO": "agents.FlatPPO",
    "agents.learners.ScorerPPO": "agents.ScorerPPO",
    "agents.lookahead.CrossEntropy": "agents.CrossEntropy",
    "agents.lookahead.Expectimax": "agents.Expectimax",
    "agents.lookahead.MonteCarlo": "agents.MonteCarlo",
    "agents.mastery.Mastery": "agents.Mastery",
    "agents.mastery.Streak": "agents.Streak",
    "agents.more_learners.AttentionPPO": "agents.AttentionPPO",
    "agents.more_learners.FlatA2C": "agents.FlatA2C",
    "agents.more_learners.FlatDQN": "agents.FlatDQN",
    "agents.more_learners.FlatQRDQN": "agents.FlatQRDQN",
    "agents.more_learners.RecurrentPPO": "agents.RecurrentPPO",
    "agents.optimal.FullyObserved": "agents.FullyObserved",
    "agents.optimal.Optimal": "agents.Optimal",
    "agents.oracle.OracleGreedy": "agents.OracleGreedy",
    "agents.oracle.OracleLookahead": "agents.OracleLookahead",
    "agents.planning.Greedy": "agents.Greedy",
    "agents.policies.build_policy": "agents.build_policy",
    "agents.policies.load_policy": "agents.load_policy",
    "agents.policies.policy_names": "agents.policy_names",
    "agents.problem.Baseline": "agents.Baseline",
    "agents.problem.Policy": "agents.Policy",
    "agents.problem.Problem": "agents.Problem",
    "agents.problem.require": "agents.require",
    "agents.reviews.MasteryReview": "agents.MasteryReview",
    "agents.riarit.RiARiT": "agents.RiARiT",
    "agents.rollouts.Rollout": "agents.Rollout",
    "agents.rollouts.rollout": "agents.rollout",
    "agents.rollouts.teach": "agents.teach",
    "agents.sb3.SB3Policy": "agents.SB3Policy",
    "agents.sb3.TutorVecEnv": "agents.TutorVecEnv",
    "agents.spaced.FSRSScheduler": "agents.FSRSScheduler",
    "agents.spaced.Leitner": "agents.Leitner",
    "agents.spaced.LeitnerQueue": "agents.LeitnerQueue",
    "agents.spaced.Memorize": "agents.Memorize",
    "agents.spaced.MostForgotten": "agents.MostForgotten",
    "agents.spaced.SM2": "agents.SM2",
    "agents.spaced.Threshold": "agents.Threshold",
    "agents.spaced.WorstFirst": "agents.WorstFirst",
    "agents.ssp_mmc.SSPMMC": "agents.SSPMMC",
    "agents.teacher.Saved": "agents.Saved",
    "agents.teacher.Teacher": "agents.Teacher",
    "agents.worlds.World": "agents.World",
    "agents.zpdes.ZPDES": "agents.ZPDES",
    "envs.belief.BKTBelief": "envs.BKTBelief",
    "envs.belief.Belief": "envs.Belief",
    "envs.belief.build_belief": "envs.build_belief",
    "envs.check.check_tutor_env": "envs.check_tutor_env",
    "envs.elo.EloBelief": "envs.EloBelief",
    "envs.exact.ExactBelief": "envs.ExactBelief",
    "envs.memory_belief.FSRSBelief": "envs.FSRSBelief",
    "envs.memory_belief.HalfLifeBelief": "envs.HalfLifeBelief",
    "envs.memory_belief.MemoryBelief": "envs.MemoryBelief",
    "envs.scenario.Scenario": "envs.Scenario",
    "envs.scenario.scenario_names": "envs.scenario_names",
    "envs.schedule.Schedule": "envs.Schedule",
    "envs.several.ScenarioSet": "envs.ScenarioSet",
    "envs.several.SeveralVectorEnv": "envs.SeveralVectorEnv",
    "envs.single.TutorEnv": "envs.TutorEnv",
    "envs.tutor.TutorVectorEnv": "envs.TutorVectorEnv",
    "experiments.beliefs.fit_belief": "envs.fit_belief",
    "experiments.bounds.Bound": "experiments.Bound",
    "experiments.calibrate.BKT": "experiments.KnowledgeTracing",
    "experiments.calibrate.Calibration": "experiments.Calibration",
    "experiments.compare.Comparison": "experiments.Comparison",
    "experiments.dkt.DeepTracing": "experiments.DeepTracing",
    "experiments.evaluate.Evaluation": "experiments.Evaluation",
    "experiments.logs.Log": "experiments.Log",
    "experiments.logs.read_long": "experiments.read_long",
    "experiments.logs.read_wide": "experiments.read_wide",
    "experiments.robustness.Robustness": "experiments.Robustness",
    "experiments.runs.Run": "experiments.Run",
    "experiments.specification.Experiment": "experiments.Experiment",
    "experiments.tracking.Mirror": "experiments.Mirror",
    "experiments.tracking.NoTracker": "experiments.NoTracker",
    "experiments.tracking.TensorboardTracker": "experiments.TensorboardTracker",
    "experiments.tracking.Tracker": "experiments.Tracker",
    "experiments.tracking.WandbTracker": "experiments.WandbTracker",
    "experiments.tuning.Tuned": "experiments.Tuned",
    "students.actr.ACTR": "students.ACTR",
    "students.affect.Affect": "students.Affect",
    "students.base.OUTCOME": "students.OUTCOME",
    "students.base.Outcome": "students.Outcome",
    "students.base.StudentModel": "students.StudentModel",
    "students.base.allocate_outcome": "students.allocate_outcome",
    "students.bkt.BKT": "students.BKT",
    "students.builders.chain": "students.chain",
    "students.builders.independent": "students.independent",
    "students.builders.random_dag": "students.random_dag",
    "students.builders.tree": "students.tree",
    "students.check.StudentReport": "students.StudentReport",
    "students.check.check_curriculum": "students.check_curriculum",
    "students.check.check_student": "students.check_student",
    "students.curriculum.APPROACHES": "students.APPROACHES",
    "students.curriculum.Curriculum": "students.Curriculum",
    "students.dash.DAS3H": "students.DAS3H",
    "students.dash.DASH": "students.DASH",
    "students.dhp.DHP": "students.DHP",
    "students.dkt.DKT": "students.DKT",
    "students.fsrs.FSRS": "students.FSRS",
    "students.hints.Hints": "students.Hints",
    "students.irt.DynamicIRT": "students.DynamicIRT",
    "students.irt.Elo": "students.Elo",
    "students.irt.IRT": "students.IRT",
    "students.kidlearn.KidLearnP": "students.KidLearnP",
    "students.kidlearn.KidLearnQ": "students.KidLearnQ",
    "students.kt6kc.KT6KC": "students.KT6KC",
    "students.layers.Layer": "students.Layer",
    "students.layers.LinearLayer": "students.LinearLayer",
    "students.logistic.AFM": "students.AFM",
    "students.logistic.PFA": "students.PFA",
    "students.mcm.MCM": "students.MCM",
    "students.memory.ExponentialForgetting": "students.ExponentialForgetting",
    "students.memory.HalfLife": "students.HalfLife",
    "students.memory.Memorize": "students.Memorize",
    "students.memory.MemoryModel": "students.MemoryModel",
    "students.misconception.Misconceptions": "students.Misconceptions",
    "students.mixture.Mixture": "students.Mixture",
    "students.population.Population": "students.Population",
    "students.power_law.PowerLaw": "students.PowerLaw",
    "students.presets.fitted_bkt": "students.fitted_bkt",
    "students.readers.read_curriculum": "students.read_curriculum",
    "students.response_time.ResponseTime": "students.ResponseTime",
    "students.spaces.BLIM": "students.BLIM",
    "students.spaces.KSS": "students.KSS",
    "students.spaces.TMS": "students.TMS",
    "students.spaces.knowledge_states": "students.knowledge_states",
    "students.whole_learner.WholeLearner": "students.WholeLearner",
    "students.zpd.DifficultyBandLearner": "students.DifficultyBandLearner",
}
"""Old dotted name -> public name, both without ``zpdgym.``."""

_FORMER = {new: old for old, new in NAMES.items()}
_OURS = "zpdgym."
_NOT_THE_USERS = ("zpdgym", "importlib", "_frozen_importlib")
_SAID: set[str] = set()
"""The old names that this process has warned of."""


def current_name(dotted: str) -> str:
    """The public name of what a dotted name of version 0.1 named, with a warning; other names as they are."""
    new = NAMES.get(dotted.removeprefix(_OURS)) if dotted.startswith(_OURS) else None
    if new is None or _OURS + new == dotted:
        return dotted
    _warn(dotted, _OURS + new)
    return _OURS + new


def with_former_names(section: Any) -> Any:
    """Plain data with every public name of ours spelled as in version 0.1, so that hashes stay as they were."""
    if isinstance(section, Mapping):
        return {key: with_former_names(value) for key, value in cast("Mapping[object, object]", section).items()}
    if isinstance(section, list | tuple):
        return [with_former_names(value) for value in cast("Sequence[object]", section)]
    if isinstance(section, str) and section.startswith(_OURS):
        former = _FORMER.get(section.removeprefix(_OURS))
        return section if former is None else _OURS + former
    return section


def with_current_names(section: Any, path: Path) -> Any:
    """What a file holds with every name of version 0.1 replaced by the public one, each with a warning of its line."""
    if isinstance(section, Mapping):
        return {key: with_current_names(value, path) for key, value in cast("Mapping[object, object]", section).items()}
    if isinstance(section, list):
        return [with_current_names(value, path) for value in cast("Sequence[object]", section)]
    if not isinstance(section, str) or not section.startswith(_OURS):
        return section
    new = NAMES.get(section.removeprefix(_OURS))
    if new is None or _OURS + new == section:
        return section
    lines = path.read_text(encoding="utf-8").splitlines()
    _warn(section, _OURS + new, (str(path), next((n for n, line in enumerate(lines, 1) if section in line), 1)))
    return _OURS + new


def already_said() -> None:
    """Keep quiet in a process that another one started: that one has said it."""
    warnings.simplefilter("ignore", DoubtfulInput)
    warnings.filterwarnings("ignore", message=r"zpdgym\.\S+ is now zpdgym\.", category=FutureWarning)


def _warn(old: str, new: str, place: tuple[str, int] | None = None) -> None:
    """One warning a name, at the file's line or at the user's own line where an import statement stands there."""
    if old in _SAID:
        return
    _SAID.add(old)
    if place is None:
        # what ``inspect`` calls too, which is slow to import
        frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
        while frame.f_back and (frame.f_globals.get("__name__") or "").partition(".")[0] in _NOT_THE_USERS:
            frame = frame.f_back
        place = (frame.f_code.co_filename, frame.f_lineno)
    warnings.warn_explicit(f"{old} is now {new}: please change the name", FutureWarning, *place)


class _Former(types.ModuleType):
    """A module of version 0.1: its names, from wherever they are now."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        old = self.__name__.removeprefix(_OURS)
        if public := NAMES.get(f"{old}.{name}"):
            package, _, name = (_OURS + public).rpartition(".")
            return getattr(importlib.import_module(package), name)
        return getattr(importlib.import_module(_OURS + MODULES[old]), name)

    def __dir__(self) -> list[str]:
        old = self.__name__.removeprefix(_OURS)
        return [name.rpartition(".")[2] for name in NAMES if name.rpartition(".")[0] == old]


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of version 0.1, after everybody else has looked."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not fullname.startswith(_OURS) or fullname.removeprefix(_OURS) not in MODULES:
            return None
        return importlib.machinery.ModuleSpec(fullname, self)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Former(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        old = module.__name__.removeprefix(_OURS)
        public = [f"{_OURS}{new}" for former, new in NAMES.items() if former.rpartition(".")[0] == old]
        _warn(module.__name__, ", ".join(public) or _OURS + MODULES[old])


def install() -> None:
    """Let old import statements be understood."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())
