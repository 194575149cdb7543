"""The teaching environments: simulated students behind the Gymnasium interface."""
