"""The names of columns of tables, files and data frames, which no axis of a grid may be called by."""

from __future__ import annotations

_NAMES = """
against at axis beats_control belief_brier belief_log_loss cannot_teach cells contrast correct day difference exam
fingerprint folder frustrating gain gain_per_hour gained gained_told gap gap_before gap_between group harmed
harmed_told highest_run home in_band iqm item item_name kind lacks last later later_days later_vs_tuned lesson lessons
lessons_to_mastery lives log_score longest_wrong lowest_run marks mastery mastery_after mastery_choice mastery_exam
mastery_post mastery_pre minus minutes minutes_to_mastery misbelief more_skills mostly_wrong mostly_wrong_highest
never_mastered noise normalised_gain of_the_way outcome outlying_seeds p_improvement policy post pre quit reached
reliability reward right sampled scenario seconds seed seeds skills_mastered student students students_kind validation
verdict vs_baseline vs_baseline_verdict vs_best vs_best_verdict vs_tuned vs_tuned_verdict wasted wasted_mastered
wasted_unready why world worse_off worst_decile
"""
TAKEN = frozenset(_NAMES.split())
"""A test holds that every column of every row is among them."""
