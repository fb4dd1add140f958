"""Only what pyproject.toml cannot say: a wheel carries the app, its data and its models beside the package."""

from pathlib import Path
from shutil import copy2, copytree, ignore_patterns

from setuptools import setup
from setuptools.command.build_py import build_py

HOME = "gca_viz_home"
BESIDE = ("app.py", ".streamlit", "data", "models")


class WholeCheckout(build_py):
    """Lays the package and what lies beside it into one folder of site-packages, arranged as in a checkout.

    So a page finds its neighbours, an encoder its file and a data set its images by the same paths in both, and no
    folder called ``data`` or ``models`` is put among other people's packages. The .pth file makes the folder known
    to Python. An editable installation has the checkout itself and needs none of this.
    """

    def finalize_options(self):
        super().finalize_options()
        self.site = Path(self.build_lib)
        if not self.editable_mode:
            self.build_lib = str(self.site / HOME)

    def run(self):
        super().run()
        if self.editable_mode:
            return
        for name in BESIDE:
            source, target = Path(name), self.site / HOME / name
            if source.is_dir():
                copytree(source, target, ignore=ignore_patterns("__pycache__", "*.py"), dirs_exist_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                copy2(source, target)
        (self.site / "gca-viz.pth").write_text(f"{HOME}\n")


setup(cmdclass={"build_py": WholeCheckout})
