"""One quiet sentence for somebody who comes from nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.learn.lesson import FIRST
from gca_viz.ui.parts.sidebar import encoder_titles
from gca_viz.ui.session.page_result import PageResult
from gca_viz.views import VIEWS


def introduction_place() -> DeltaGenerator:
    """Where it will stand: next to the title, before what has to be told."""
    return st.container(horizontal=True, key="introduction")


def introduction(result: PageResult, where: DeltaGenerator) -> None:
    """Say what is on the page, and show the way to the first lesson."""
    name = result.recipe.encoder.name
    encoder = "" if result.batch.embeddings is not None else encoder_titles().get(name, name)
    with where:
        st.caption(plain(sentence(result.recipe, result.batch.size, encoder, result.batch.dataset.titles)))
        st.page_link(
            "gca_viz/ui/pages/learn/learn.py",
            label="New here? Lesson 1",
            icon=":material/school:",
            query_params={"lesson": FIRST},
        )


def sentence(recipe: Recipe, count: int, encoder: str, titles: Mapping[str, str] = MappingProxyType({})) -> str:
    """What is matched here, in words that need no other.

    Args:
        recipe: of the page.
        count: samples of the batch.
        encoder: its title; none where the embeddings were brought.
        titles: of the domains, where people call them otherwise than they are named.
    """
    if not encoder:
        return f"Two embeddings each of {count} samples: who is matched with whom?"
    views = VIEWS[recipe.views.preset]
    domains = [
        [titles.get(name, name) for name in chosen]
        for chosen in (recipe.data.domains, recipe.views.partner_domains)
    ]
    if views.partner == "class" and all(domains):
        what = f"{count} images, {' or '.join(domains[0])} beside {' or '.join(domains[1])} of the same class,"
    elif views.partner == "class":
        what = f"{count} images, each beside another of its class in another style,"
    else:
        what = f"{'Image and text' if views.words else 'Two views'} of {count} images"
    return f"{what} under one encoder, {encoder}: who is matched with whom?"
