"""What of an episode is done at once for many students: those who begin, a lesson, the exam at the end."""
