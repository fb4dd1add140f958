"""The toy world as a page; it has always computed in the browser."""

from __future__ import annotations

from html import escape

from gca_viz.ui.elements import toy
from gca_viz.ui.elements.toy.settings import described, titles
from gca_viz.ui.pages.learn.lesson import Lesson
from gca_viz.ui.site.document import document
from gca_viz.ui.site.lesson import Way, link_to


def toy_page(lesson: Lesson, *, home: str, before: Way | None = None, after: Way | None = None) -> str:
    """The page.

    Args:
        lesson: the toy world's.
        home: the file that lists all pages.
        before, after: its neighbours.
    """
    names = list(toy.SCENES)
    label, words = lesson.controls[0].label, [toy.SCENES[name].title for name in names]
    data = {
        "controls": [{"name": "scene", "label": label, "help": "", "options": names, "titles": words}],
        "scenes": {
            name: {"settings": dict(scene.settings), "expect": scene.expect, "notice": scene.notice}
            for name, scene in toy.SCENES.items()
        },
        "specs": described(),
        "titles": titles(),
    }
    body = f"""<p class="quiet"><a href="{escape(home)}">All pages</a></p>
<h1>{escape(lesson.text.title)}</h1>
<p>{escape(lesson.text.idea)}</p>
<div id="controls"></div>
<p><b>Expect.</b> <span id="expect"></span></p>
<div id="toy"></div>
<nav class="onward">{link_to(before, "← {}")}{link_to(after, "{} →")}</nav>"""
    return document(f"gca-viz: {lesson.text.title}", body, entry="toy_world", element="toy", data=data)
