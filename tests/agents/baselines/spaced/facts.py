"""Facts to be remembered over days: what schedulers of reviews are made for."""

from zpdgym.envs.scenario import Scenario

HERE = "zpdgym.agents.baselines.spaced.schedulers."


def facts(n_skills=6, days=(1, 1, 3), lessons=8, sessions=10, items=None, **change):
    """Facts without prerequisites, several days, FSRS students; one question a fact."""
    sections = {
        "curriculum": {
            "_target_": "zpdgym.students.chain",
            "n_skills": n_skills,
            "items": items or [{"minutes": 1.0, "exam": True}],
        },
        "student": {"_target_": "zpdgym.students.FSRS", "p_first": 0.3},
        "schedule": {
            "sessions": sessions,
            "session_lessons": lessons,
            "days_between": list(days),
            "retention_days": 7,
        },
    }
    belief = {"kind": "fsrs", "source": "given", "prior": 0.3}
    return Scenario.load("Practice-v0", replace=sections, change={"unexpected": {}, "belief": belief, **change})
