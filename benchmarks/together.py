"""Do encoders that differ know more together? The small networks for emoji that ship, two and four at a time.

``python -m benchmarks.together`` fits a linear probe on each one's training images and prints what the mean of the
probabilities knows of the held-out ones, beside the best of its members alone.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy.stats import spearmanr

import gca_viz
from gca_viz.embedding.features import clean_features
from gca_viz.geometry.metrics import probe
from gca_viz.geometry.similarity import cka_within, linear_cka

NAMES = (
    *("ince", "simclr", "clip", "byol", "rince", "gca-ince", "gca-rince", "gca-uot", "gca-uot-cross-style"),
    *("ince-labels", "ince-cross-style", "domain-apart", "domain-even", "domain-together", "noisy-ince"),
    *("noisy-gca-ince", "noisy-gca-uot", "noisy-rince", "random", "distilled"),
)
ABOUT_AS_GOOD = 0.05


def main() -> None:
    """Print single numbers, the correlations over pairs, and the fours that are most and least alike."""
    data = gca_viz.load_dataset("emoji")
    train, test = ~data.held_out, data.held_out
    right = data.labels[test]
    known, places = {}, {}
    for name in NAMES:
        z = clean_features(data, gca_viz.load_encoder(name, output="backbone")).numpy()
        known[name] = probe().fit(z[train], data.labels[train]).predict_proba(z[test])
        places[name] = z[test]

    def knows(names: tuple[str, ...]) -> float:
        return float((np.mean([known[name] for name in names], 0).argmax(1) == right).mean())

    alone = {name: knows((name,)) for name in NAMES}
    print(f"{test.sum()} held-out images; alone: " + ", ".join(f"{name} {alone[name]:.3f}" for name in NAMES))
    pairs = list(combinations(NAMES, 2))
    gain = np.array([knows(pair) - max(alone[name] for name in pair) for pair in pairs])
    equal = np.array([abs(alone[a] - alone[b]) < ABOUT_AS_GOOD for a, b in pairs])
    cka = {pair: linear_cka(*(places[name] for name in pair)) for pair in pairs}
    within = np.array([cka_within(places[a], places[b], right) for a, b in pairs])
    for words, alike in (("CKA", np.array(list(cka.values()))), ("CKA within classes", within)):
        of_equal = spearmanr(alike[equal], gain[equal]).statistic
        print(
            f"{words}: Spearman {spearmanr(alike, gain).statistic:+.2f} over {len(pairs)} pairs, {of_equal:+.2f} "
            f"over the {equal.sum()} that differ by less than {ABOUT_AS_GOOD}"
        )
    fours = [
        four
        for four in combinations(NAMES, 4)
        if max(alone[name] for name in four) - min(alone[name] for name in four) < ABOUT_AS_GOOD
    ]

    def likeness(four: tuple[str, ...]) -> float:
        return float(np.mean([cka[pair] for pair in combinations(four, 2)]))

    for words, four in (("least", min(fours, key=likeness)), ("most", max(fours, key=likeness))):
        best = max(alone[name] for name in four)
        numbers = f"CKA {likeness(four):.2f}, together {knows(four):.3f}, best alone {best:.3f}"
        print(f"{words} alike, {', '.join(four)}: {numbers}")


if __name__ == "__main__":
    main()
