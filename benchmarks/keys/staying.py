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
    "students.DKT.weights": "one network comes along; another is another file",
    "belief.fsrs.weights": "21 numbers, of which a fit changes two",
}
"""Key -> why it stays."""
