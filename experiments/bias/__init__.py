"""Audit for bias: whom a skewed log costs what, and what helps."""
