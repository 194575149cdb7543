"""The educator's report: one self-contained HTML page made from the files of an experiment."""

from .page import write_report

__all__ = ["write_report"]
