"""The documentation site: the pages of docs/, the reference from docstrings, the gallery, built by Sphinx."""
