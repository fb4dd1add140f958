"""Numbers that describe embeddings; scikit-learn does the classifiers."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor
from torch.nn import functional as F


def knn_accuracy(
    train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray, *, k: int = 20
) -> float:
    """Share of test points whose ``k`` nearest training points (cosine) vote for the right label.

    Args:
        train, test, train_labels, test_labels, k: as of :func:`knn_hits`.
    """
    return float(knn_hits(train, train_labels, test, test_labels, k=k).mean())


def knn_hits(
    train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray, *, k: int = 20
) -> np.ndarray:
    """Whether the ``k`` nearest training points (cosine) of each test point vote for its label: bool, m.

    Votes are weighted by exp(cosine / 0.1), as in Wu et al., CVPR 2018, section 3.4.

    Args:
        train, test: embeddings, n × d and m × d.
        train_labels, test_labels: n and m integers.
        k: neighbours that vote.
    """
    classifier = KNeighborsClassifier(
        k, metric="cosine", algorithm="brute", weights=lambda distance: np.exp((1 - distance) / 0.1)
    )
    hits: np.ndarray = classifier.fit(train, train_labels).predict(test) == test_labels
    return hits


def probe(c: float = 0.1) -> Pipeline:
    """A logistic regression on standardised embeddings; ``c`` is scikit-learn's inverse L2 penalty."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=500))


def linear_probe(
    train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray, *, c: float = 0.1
) -> tuple[float, float]:
    """Accuracy and balanced accuracy of a logistic regression on standardised embeddings.

    Args:
        train, test: embeddings, n × d and m × d.
        train_labels, test_labels: n and m integers.
        c: inverse L2 penalty of scikit-learn's ``LogisticRegression``.
    """
    predicted = probe(c).fit(train, train_labels).predict(test)
    return float(np.mean(predicted == test_labels)), float(balanced_accuracy_score(test_labels, predicted))


def cross_domain_retrieval(embeddings: np.ndarray, identities: np.ndarray, domains: np.ndarray) -> float:
    """Share of queries whose nearest neighbour (cosine) in another domain has the same identity.

    Averaged over all ordered pairs of domains (recall at 1); a query is what the other domain shows, too. Not a
    number where there is none.
    """
    z = F.normalize(torch.from_numpy(np.asarray(embeddings, np.float32)), dim=1)
    names = np.unique(domains)
    recalls = []
    for a in names:
        for b in names[names != a]:
            answers = np.flatnonzero(domains == b)
            queries = np.flatnonzero((domains == a) & np.isin(identities, identities[answers]))
            if len(queries):
                nearest = answers[(z[queries] @ z[answers].T).argmax(1).numpy()]
                recalls.append(np.mean(identities[nearest] == identities[queries]))
    return float(np.mean(recalls)) if recalls else np.nan


def retrieval(queries: Tensor, answers: Tensor, k: int = 1) -> float:
    """Share of queries whose own answer is among the ``k`` nearest (cosine); a tie counts for the query.

    Args:
        queries, answers: embeddings, N × d each; equal rows belong together.
    """
    cosine = F.normalize(queries, dim=1) @ F.normalize(answers, dim=1).T
    return float(((cosine > cosine.diagonal()[:, None]).sum(1) < k).float().mean())


def alignment(z1: Tensor, z2: Tensor) -> float:
    """Mean squared distance of partners on the unit sphere, from 0 to 4; lower is more aligned.

    Source: Wang & Isola, ICML 2020, equation 1 (α = 2). ``z1``, ``z2``: N × d, equal rows are partners.
    """
    return float((F.normalize(z1, dim=1) - F.normalize(z2, dim=1)).square().sum(1).mean())


def uniformity(z: Tensor) -> float:
    """Log of the mean Gaussian potential of pairs on the unit sphere; lower is more uniform, 0 is collapse.

    Source: Wang & Isola, ICML 2020, equation 2 (t = 2). ``z``: N × d with N ≥ 2.
    """
    return float(torch.pdist(F.normalize(z, dim=1)).square().mul(-2).exp().mean().log())


def effective_rank(z: Tensor) -> float:
    """Exponential of the entropy of the normalised singular values, between 1 and min(N, d).

    Source: Roy & Vetterli, EUSIPCO 2007, definition 1, on row-normalised embeddings.
    """
    s = torch.linalg.svdvals(F.normalize(z.double(), dim=1))
    p = s / s.sum()
    return float(torch.special.entr(p).sum().exp())
