"""``python -m gca_viz.ui.hall run …`` is ``streamlit run …`` without collections of garbage while it imports.

They would take a tenth of a second; ``engine.py`` has them again once all is loaded.
"""

import gc

if __name__ == "__main__":
    gc.disable()
    from streamlit.web.cli import main

    main(prog_name="streamlit")
