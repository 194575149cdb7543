"""Tests, in folders that mirror the product's; ``reference`` holds what they and the benchmarks compare with."""
