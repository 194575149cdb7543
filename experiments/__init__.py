"""Evidence: metrics, statistics, runs on disk, comparison, calibration and report."""
