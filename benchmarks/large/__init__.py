"""A thousand words, two hundred questions: what many items cost, beside the same in plain Python."""
