"""Images that a user brings: folders, archives and the files of well-known benchmarks become a data set."""

from gca_viz.datasets.images.source import ImageSource, open_images, open_uploads

__all__ = ["ImageSource", "open_images", "open_uploads"]
