"""``python -m gca_viz.experiments.image_text``, the name of the trainer on cards of image–text checkpoints."""

from gca_viz.experiments.train.image_text import main

if __name__ == "__main__":
    main()
