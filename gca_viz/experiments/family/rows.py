"""The rows of the table, in the order of the ladder: the fewer share a unit of mass, the earlier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from gca_viz.experiments.family.dials import Dials, dials_of
from gca_viz.experiments.family.relative import Outsider, Reading, Relative, of_method
from gca_viz.experiments.recipe.recipe import Recipe, ViewsRecipe
from gca_viz.transport import METHODS

_GCA = METHODS["gca-ince"].citation
_GCA_CLAIM = "Losses of several steps use more of the distribution of the latents, and this has benefits."
_ROWS = (
    of_method("byol", 2020, "Without negatives, a predictor and a slow target network keep the embeddings apart."),
    of_method(
        "siglip",
        2023,
        "The sigmoid loss trains image and text as well as the soft-max, and better in small batches.",
        departs="Their temperature and bias are learnt, from t = 10 and b = −10, which is ε = 0.1 and c₀ = 0 here.",
    ),
    of_method(
        "t-simclr",
        2023,
        "The step from SNE to t-SNE improves generalization in and out of distribution.",
        "code",
        departs="Their loss is less by ln 2N, which has no gradient.",
    ),
    Relative(
        "alignment-uniformity",
        "Alignment and uniformity",
        2020,
        "One total for the whole batch: pull pairs together, and spread all others evenly on the sphere.",
        r"\frac{\mathcal L_{\text{align}}}{2\varepsilon}"
        r"+\mathcal L_{\text{uniform}}\big(t=\tfrac1{2\varepsilon}\big)+\ln(2N-1)",
        "Wang, Isola: Understanding contrastive representation learning through alignment and uniformity on the "
        "hypersphere. ICML 2020, arXiv 2005.10242",
        "Both properties predict accuracy, and optimising them directly does as well as contrastive losses.",
        "known",
        {"method": "simclr", "hold": "total"},
        departs="Their weights of the two terms are free; here the temperature ties them.",
    ),
    of_method("ince", 2018, "Predicting the partner among others bounds the mutual information of the two views."),
    of_method("simclr", 2020, "Strong augmentation, a projector and many negatives make a good representation."),
    of_method(
        "dcl",
        2022,
        "Without the pair in the denominator neither large batches nor many epochs are needed.",
        "abstract",
    ),
    of_method(
        "hcl",
        2021,
        "Negatives that are hard to tell from the anchor make a better representation, at no cost.",
        "abstract",
        departs="Without their correction for false negatives, and a weight is a constant to the gradient.",
    ),
    of_method(
        "sparse",
        2016,
        "A projection on the simplex in place of the soft-max gives zeros, and nearly the same accuracy.",
        "known",
        departs="Theirs is of classifiers and of attention; here the rows of a plan.",
    ),
    of_method("supcon", 2020, "Labels as partners give better accuracy than cross-entropy."),
    of_method(
        "fedrcl",
        2024,
        "Pushing near samples of a class apart keeps the clients of federated learning from collapsing.",
        "code",
        departs="Theirs pulls the least similar of the class and pushes the two hardest strangers, in five layers, "
        "at a threshold of 0.7.",
    ),
    of_method(
        "simo",
        2024,
        "Classes form neighbourhoods that are tight inside and orthogonal to each other.",
        "code",
        departs="They add numbers of pairs and take no soft-max; the number of a pair is this kernel.",
    ),
    of_method(
        "tase",
        2024,
        "A temperature and a weight of each sample’s own train better on long-tailed data.",
        "abstract",
        departs="Their groups are found without labels; here they are classes, or with “cluster” found by k-means.",
    ),
    of_method(
        "ressl",
        2021,
        "Relations under weak augmentation train better than pairs: 69.9 % with a linear probe on ImageNet.",
        "code",
        place={"views": "strong-weak"},
        departs="Their relations are to a queue of 131,072 embeddings of a slow network; here to the batch.",
    ),
    Relative(
        "arcl",
        "ArCL (farthest views)",
        2023,
        "InfoNCE of the two views of an image that lie farthest apart, among m: what is invariant to the worst is "
        "invariant to all.",
        r"-\frac1N\sum_i\log\frac{e^{s_{ii}}}{\sum_j e^{s_{ij}}},\quad (z'_i,z''_i)=\arg\max_{k<l}\,C(z^k_i,z^l_i)",
        "Zhao, Du, Wang, Yao, Huang: ArCL: enhancing contrastive learning with augmentation-robust "
        "representations. ICLR 2023, arXiv 2303.01092",
        "Aligning the farthest views guarantees domain-invariant features, and transfers better.",
        "abstract",
        {"method": "ince", "views": "simclr", "m": 4, "reduce": "worst"},
    ),
    Relative(
        "vssl",
        "VSSL (a posterior of views)",
        2025,
        "Row and column are the means of several views, and a sample whose views scatter has a softer row.",
        r"-\frac1N\sum_i\log\frac{e^{-C_{ii}/\varepsilon_i}}{\sum_j e^{-C_{ij}/\varepsilon_i}},"
        r"\quad \varepsilon_i\propto(\sigma_i^2)^{\gamma},\quad \sigma_i^2=1-\lVert\bar z_i\rVert^2",
        "Yavuz, Yanıkoğlu: Variational self-supervised learning. 2025, arXiv 2504.04318",
        "Two Gaussian encoders without a decoder do as well as BYOL and MoCo v3.",
        "abstract",
        {"method": "ince", "views": "simclr", "m": 4, "reduce": "posterior", "sample_by": "posterior"},
        departs="Theirs is the KL of two Gaussians, with a slow teacher and nothing held; what of it acts on the "
        "cost is a temperature per sample, and that is shown.",
    ),
    of_method("rince", 2022, "A robust loss trains better where views are noisy.", "known"),
    of_method("clip", 2021, "Image and text, matched both ways on 400 million pairs, transfer without labels."),
    of_method("gca-uot", 2024, "Unbalanced losses handle noisy views.", "abstract"),
    of_method("gca-ince", 2024, _GCA_CLAIM, "abstract"),
    of_method("gca-rince", 2024, _GCA_CLAIM, "abstract"),
    Relative(
        "gca-domains",
        "GCA with a prior over domains",
        2024,
        "Part of a row’s target mass goes to other samples of its domain, or of the others.",
        r"\mathrm{KL}(T\Vert P),\quad T_{ij}\propto \mathbf 1_{p(i)=j}+\alpha\,\mathbf 1_{\text{same}}+\beta\,"
        r"\mathbf 1_{\text{other}}",
        _GCA,
        "Other constraints on the alignment customise the representation, and let domain knowledge in.",
        "abstract",
        {"method": "gca-ince", "target": "domain"},
    ),
    of_method(
        "iot",
        2023,
        "InfoNCE is one of three losses that come of relaxing constraints; the family works on vision benchmarks.",
        "abstract",
    ),
    of_method("iot-uni", 2023, "Soft matching brings a penalty for uniformity, which helps.", "abstract"),
    of_method(
        "moco",
        2020,
        "A long queue of embeddings of a slow network stands in for a large batch.",
        departs="Here the queue is of the same network, of images that are not in the batch. The tab More columns "
        "of Parameter effects follows its length.",
    ),
    of_method(
        "swav",
        2020,
        "Predicting the balanced code of the other view trains without comparing samples, and in small batches.",
        departs="Theirs learns its prototypes; here they are centres of k-means, or those of the encoder’s file. "
        "Their loss is more by the entropy of the codes, which has no gradient, and takes both ways; here view 1 "
        "predicts view 2.",
    ),
    of_method(
        "dino",
        2021,
        "A slow teacher, whose outputs are centred and sharpened, teaches features that find objects unasked.",
        departs="Theirs learns its prototypes (a file may bring them), and its teacher is a slow copy; the mean "
        "that is taken off is that of many batches. Here it is this batch’s, which is a first-order column step "
        "of Sinkhorn’s.",
    ),
)
#: name → row: every loss that the dials give
FAMILY: Mapping[str, Relative] = MappingProxyType({row.name: row for row in _ROWS})

_OUTSIDE = (
    Outsider(
        "barlow-twins",
        "Barlow Twins",
        2021,
        r"\sum_a(1-\mathcal C_{aa})^2+\lambda\sum_{a\neq b}\mathcal C_{ab}^2",
        "Zbontar et al.: Barlow Twins: self-supervised learning via redundancy reduction. ICML 2021, "
        "arXiv 2103.03230",
        "It correlates dimensions, not samples: its matrix is d × d, and nobody is matched with anybody.",
        "barlow_twins",
    ),
    Outsider(
        "vicreg",
        "VICReg",
        2022,
        r"25\,\overline{\lVert z'-z''\rVert^2}+25\sum_{\text{views}}\overline{(1-\sigma)_+}+\sum_{\text{views}}"
        r"\overline{\mathrm{cov}_{a\neq b}^2}",
        "Bardes, Ponce, LeCun: VICReg: variance-invariance-covariance regularization. ICLR 2022, arXiv 2105.04906",
        "Variances and covariances of dimensions: its matrices are d × d, and have no mass to transport.",
        "vicreg",
    ),
    Outsider(
        "spectral",
        "Spectral contrastive loss",
        2021,
        r"-\frac2N\sum_i z'_i\cdot z''_i+\frac{1}{N(N-1)}\sum_{i\neq j}(z'_i\cdot z''_j)^2",
        "HaoChen, Wei, Gaidon, Ma: Provable guarantees for self-supervised deep learning with spectral contrastive "
        "loss. NeurIPS 2021, arXiv 2106.04156",
        "A squared distance to the matrix of cosines, which has negative cells: no plan has.",
        "spectral_contrastive",
    ),
    Outsider(
        "debiased",
        "Debiased contrastive learning",
        2020,
        r"-\log\frac{e^{s_{ii}}}{e^{s_{ii}}+N g},\quad g=\max\Big(\tfrac{1}{1-\tau^+}\big(\overline{e^{s_{ij}}}-"
        r"\tau^+e^{s_{ii}}\big),\,e^{-1/\varepsilon}\Big)",
        "Chuang, Robinson, Lin, Torralba, Jegelka: Debiased contrastive learning. NeurIPS 2020, arXiv 2007.00224",
        "It takes expected false negatives off the sum of a row and cuts it at a floor: no kernel gives that.",
        "debiased",
    ),
)
#: name → row: what no dial gives, with the reason
OUTSIDE: Mapping[str, Outsider] = MappingProxyType({row.name: row for row in _OUTSIDE})

_READINGS = (
    Reading(
        "calibration",
        "Calibration of self-ensembles",
        2023,
        "Is a row as sure as it is right? The error of its confidence, and the temperature at which it is least.",
        "Li, Zhou, Glavaš, Korhonen, Vulić: On task performance and model calibration with supervised and "
        "self-ensembled in-context learning. 2023, arXiv 2312.13772",
        "Predictions averaged over variations of the input are better calibrated.",
        "code",
        "effects",
        {"effect": "Calibration"},
    ),
    Reading(
        "sleda",
        "Labelled and unlabelled sets (SLEDA, ADA-Net)",
        2022,
        "Two sets without pairs: how far apart they are, and the classes that a balanced plan hands from one to "
        "the other.",
        "Wang, Wang, Li, Xu, Van Gool: Revisiting deep semi-supervised learning: an empirical distribution "
        "alignment framework and its generalization bound. 2022, arXiv 2203.06639; after Wang, Li, Van Gool: "
        "Semi-supervised learning by augmented distribution alignment. ICCV 2019, arXiv 1905.08171",
        "The few labelled images are a biased sample; bringing the two sets together lowers the error. Their "
        "adversary and their mixing of images are left out here.",
        "code",
        "transfer",
        {"sets": "labelled"},
    ),
    Reading(
        "diverse",
        "Diverse representations",
        2020,
        "What several encoders know together, and which pairs of them gain: alike ones gain little.",
        "Pace, Russo, Shanahan: Learning diverse representations for fast adaptation to distribution shift. 2020, "
        "arXiv 2006.07119",
        "Models that are pressed to differ adapt faster to shifted data than one.",
        "abstract",
        "compare",
        {"compare": "Together"},
    ),
    Reading(
        "school",
        "Clusters of a plan (SCHOOL)",
        2024,
        "Eigenvalues of the balanced plan of one set with itself: a gap names clusters, a labelling has a number.",
        "Mo, Lu, Yu, Zhu, Wang: Revisiting self-supervised heterogeneous graph learning from spectral clustering "
        "perspective. NeurIPS 2024, arXiv 2412.00742",
        "An affinity with as many components as classes makes better representations of graphs.",
        "code",
        "geometry",
        {"geometry": "Clusters"},
    ),
    Reading(
        "edge",
        "Rules on class shares (explainability at the edge)",
        2025,
        "A small tree on the classes that a row’s mass goes to: what few rules keep of what the plan knows.",
        "Tsouparopoulos, Koutsopoulos: Explainability and continual learning meet federated learning at the "
        "network edge. 2025, arXiv 2504.08536",
        "Accuracy and explainability are a trade-off with a front; buffers of past data keep what was learnt.",
        "abstract",
        "compare",
        {"compare": "Rules"},
    ),
)
#: name → a system that reads plans, and where
READINGS_OF_PLANS: Mapping[str, Reading] = MappingProxyType({row.name: row for row in _READINGS})


def named(dials: Dials) -> Relative | None:
    """The loss that stands there, or None where nobody has named one."""
    return next((row for row in _ROWS if row.dials == dials), None)


def of_recipe(recipe: Recipe) -> Relative | None:
    """The loss that a recipe computes, or None; views that a loss asks for are views like any others to the rest.

    Raises:
        InputError: its dials do not go together.
    """
    return named(dials_of(recipe)) or named(dials_of(replace(recipe, views=ViewsRecipe())))
