"""zpdgym: which item should a tutor show this learner next?"""

__version__ = "0.1.0"
