"""What is nobody's measurement in a scenario is swept by its experiment ``priors_…``, or has a reason why not."""

from __future__ import annotations

import pytest
from zpdgym.configs.build import CONFIGS, read_yaml
from zpdgym.envs import Scenario

SWEEPS = sorted((CONFIGS / "experiment").glob("priors_*.yaml"))
NOT_SWEPT = {
    "outcome.smallest_difference": "it decides no order",
    "outcome.later_days": "it is no part of the outcome",
    "ExamPrep-v0 curriculum.marks": "half and twice all marks is the same exam",
    "Remediation-v0 curriculum.minutes": "half and twice the minutes of all lessons is twice and half the session",
    "Remediation-v0 schedule.retention_days": "nothing is forgotten until then",
    "Remediation-v0 student.bugs": "with another number of bugs every item tells something else",
    "Tutor-v0 curriculum.minutes": "half and twice the minutes of all lessons is twice and half the session",
    "Tutor-v0 student.level_width": "no effect of difficulty has no half",
    "Tutor-v0 student.minutes_power": "no effect of minutes has no half",
    "ExamPrep-v0 curriculum.minutes": "half and twice the minutes of all lessons is twice and half the evening",
}


@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: path.stem)
def test_every_prior_is_swept(path):
    frozen, *others = read_yaml(path)["scenarios"]
    assert frozen["change"] in ({"unexpected": {}}, {"unexpected": {}, "belief.source": "true_population"})
    scenario = Scenario.load(frozen["scenario"])
    keys = {key.replace("student.student.", "student.") for entry in others for key in entry["change"]}
    priors = {key for key, text in scenario.sections["sources"].items() if str(text).startswith("prior")}
    swept = {prior for prior in priors if any(f"{key}.".startswith(f"{prior}.") for key in keys)}
    assert {p for p in priors - swept if p not in NOT_SWEPT and f"{scenario.name} {p}" not in NOT_SWEPT} == set()
    for entry in others:
        assert entry["scenario"] == frozen["scenario"]
        assert frozen["change"].items() <= entry["change"].items()
        assert Scenario.load(entry["scenario"], change=entry["change"]).sections != scenario.sections


def test_the_scenarios_that_were_frozen_with_priors_have_a_sweep():
    swept = {path.stem.removeprefix("priors_") for path in SWEEPS}
    assert swept == {"vocabulary", "examprep", "placement", "remediation", "tutor"}
