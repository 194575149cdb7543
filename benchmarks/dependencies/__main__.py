"""Measures what every package costs, and writes the tables of docs/dependencies.md."""

from benchmarks.dependencies.tables import PAGE, renewed

page = renewed(PAGE.read_text(encoding="utf-8"))
PAGE.write_text(page, encoding="utf-8")
print(page)
