"""Networks of other libraries: transformers, timm, and weights that come inside a package."""
