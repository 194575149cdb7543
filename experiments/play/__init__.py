"""The part of the educator's report that somebody plays with: Python packs its data, a script shows them."""
