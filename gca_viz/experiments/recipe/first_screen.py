"""What the app opens on when its address says nothing."""

from __future__ import annotations

from gca_viz.experiments.recipe.recipe import Recipe

#: Links say what differs from ``Recipe()``, so that one stays as it was; this may change from version to version.
#: Held-out photographs, each beside clip art of its class. Of the other three classes few photographs are held out.
#: A pair is picked (a photograph of a penguin and the drawn head of one), so that there are images to see at once.
FIRST_SCREEN = Recipe().with_values(
    data="things",
    n=84,
    classes=("bird", "mammal", "sea", "fruit_veg", "plant", "tool", "building"),
    domains=("photo",),
    views="cross-class",
    partner_domains=("clipart",),
    encoder="things-cross-ince",
    eps=0.07,
    i=0,
    j=47,
    encoders=("things-random", "things-noisy-ince", "things-ince"),
    second="things-ince",
)
