"""Colours that mean the same in every figure (colour-blind safe, Okabe & Ito)."""

PLAN = "#0072B2"
REFERENCE = "#8A939D"

VIEWS = ("#0072B2", "#E69F00")
ATTRACTION, REPULSION = "#12857A", "#B3127C"
ATTRACTION_DARK, REPULSION_DARK = "#2FB9AA", "#F45FB4"

CLASSES = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#C9BA20",
    "#999999",
    "#332288",
    "#882255",
)
#: the same hues, lighter where a dark ground would swallow them
CLASSES_DARK = (
    "#4BA3DB",
    "#E69F00",
    "#00B285",
    "#CC79A7",
    "#8ED0F5",
    "#E8743B",
    "#F0E442",
    "#A7AEB6",
    "#9A86F0",
    "#C25583",
)


def class_colours(count: int, *, dark: bool = False) -> list[str]:
    """A colour per class; beyond ten they repeat."""
    palette = CLASSES_DARK if dark else CLASSES
    return [palette[number % len(palette)] for number in range(count)]
