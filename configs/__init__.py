"""Hydra configuration files of zpdgym; no code."""
