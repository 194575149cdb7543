"""``python -m benchmarks.speed CHECKOUT``: see ``figures_page``."""

from benchmarks.speed.figures_page import main

if __name__ == "__main__":
    main()
