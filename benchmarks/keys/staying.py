"""Keys without an effect on any run here, and why they stay."""

from __future__ import annotations

STAYING = {
    "agents.AttentionPPO.trainer": "`fast` does not know this network, which is said",
    "agents.RecurrentPPO.trainer": "`fast` does not know this network, which is said",
    "agents.FlatPPO.device": "`cuda` needs `trainer=fast` and a graphics card, which is said",
    "agents.ScorerPPO.device": "as of FlatPPO",
    "agents.AttentionPPO.device": "as of FlatPPO",
    "agents.RecurrentPPO.device": "as of FlatPPO",
    "agents.Optimal.limit": "refuses worlds that are too large, and says so",
    "agents.FullyObserved.limit": "refuses worlds that are too large, and says so",
    "agents.AttentionPPO.critic": "`truth` needs `trainer=fast`, which does not know this network, and that is said",
    "agents.AttentionPPO.imitate": "as its critic",
    "agents.AttentionPPO.imitation": "as its critic",
    "agents.RobustPPO.device": "as of FlatPPO",
    "agents.RobustPPO.imitate": "several kinds of students have no guide, which is said",
    "agents.RobustPPO.imitation": "several kinds of students have no guide",
    "students.independent.n_skills": "stands instead of skills; who gives both is told so",
    "students.DKT.weights": "one network comes along; another is another file",
    "belief.fsrs.weights": "21 numbers, of which a fit changes two",
}
"""Key -> why it stays."""
