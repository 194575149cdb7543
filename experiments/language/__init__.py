"""The page in other languages: every sentence is looked up in a catalogue that translators fill.

``translate`` is what pages say their sentences with, ``catalogue`` reads a translator's file, ``extract`` gathers all
that is to be translated in ``report.pot``.
"""
