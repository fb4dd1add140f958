"""What the newest packages for Python 3.10 cannot do yet; the app works with them, some tests do not."""

from importlib.metadata import version

import pytest
from packaging.version import Version


def needs(package: str, lowest: str, reason: str) -> pytest.MarkDecorator:
    """Skips a test where an older version of a package is installed."""
    return pytest.mark.skipif(
        Version(version(package)) < Version(lowest), reason=f"{package} before {lowest}: {reason}"
    )
