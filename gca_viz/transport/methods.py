"""The registry of methods: every contrastive loss that the program knows, by its name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gca_viz.errors import InputError
from gca_viz.settings.parameter import Parameter
from gca_viz.transport.method import HARD, Method
from gca_viz.transport.options import KERNEL_PARAMETERS
from gca_viz.transport.parameters import (
    DF,
    EPSILON,
    HARDNESS,
    ITERATIONS,
    LAM,
    LAMBDA1,
    LAMBDA2,
    R1,
    R2,
    THRESHOLD,
    UNIFORMITY,
    Q,
)

_GCA = (
    "Chen, Lin, Liu, Xiao, Dyer: Your contrastive learning problem is secretly a distribution alignment problem. "
    "NeurIPS 2024, arXiv 2502.20141"
)
_RINCE = "Chuang et al.: Robust contrastive learning against noisy views. CVPR 2022, arXiv 2201.04309"
_IOT = (
    "Shi, Zhang, Zhen, Fan, Yan: Understanding and generalizing contrastive learning from the inverse optimal "
    "transport perspective. ICML 2023, PMLR 202"
)

_ALL = (
    Method(
        name="simclr",
        title="SimCLR (NT-Xent)",
        summary="Row soft-max over all other embeddings of both views: each has to pick its partner among them.",
        layouts=("joint",),
        constraints=((HARD, 0.0),),
        formula=r"-\frac{1}{2N}\sum_i \log\frac{e^{s_{i,p(i)}}}{\sum_{j\neq i} e^{s_{ij}}},"
        r"\quad s_{ij}=\cos(z_i,z_j)/\varepsilon",
        citation="Chen, Kornblith, Norouzi, Hinton: A simple framework for contrastive learning of visual "
        "representations. ICML 2020, arXiv 2002.05709",
    ),
    Method(
        name="ince",
        title="InfoNCE",
        summary="Row soft-max, the first half step of Sinkhorn: each sample of view 1 has to pick its partner in "
        "view 2.",
        layouts=("cross",),
        constraints=((HARD, 0.0),),
        formula=r"-\frac1N\sum_i \log\frac{e^{s_{ii}}}{\sum_j e^{s_{ij}}},"
        r"\quad s_{ij}=\cos(z'_i,z''_j)/\varepsilon",
        citation="van den Oord, Li, Vinyals: Representation learning with contrastive predictive coding. 2018, "
        "arXiv 1807.03748",
    ),
    Method(
        name="clip",
        title="CLIP (symmetric InfoNCE)",
        summary="Mean of two InfoNCE losses: each row has to pick its partner among the columns, each column "
        "among the rows.",
        layouts=("cross",),
        constraints=((HARD, 0.0), (0.0, HARD)),
        formula=r"-\frac{1}{2N}\sum_i\Big[\log\frac{e^{s_{ii}}}{\sum_j e^{s_{ij}}}"
        r"+\log\frac{e^{s_{ii}}}{\sum_j e^{s_{ji}}}\Big]",
        citation="Radford et al.: Learning transferable visual models from natural language supervision. "
        "ICML 2021, arXiv 2103.00020",
    ),
    Method(
        name="byol",
        title="BYOL (no negatives)",
        summary="Only the cost of the pairs: the plan is the unconstrained kernel, and no sample is pushed away.",
        layouts=("cross",),
        constraints=((0.0, 0.0),),
        formula=r"\frac1N\sum_i \frac{1-\cos(z'_i,z''_i)}{\varepsilon}",
        citation="Grill et al.: Bootstrap your own latent. NeurIPS 2020, arXiv 2006.07733",
    ),
    Method(
        name="rince",
        title="RINCE (robust InfoNCE)",
        summary="InfoNCE with a robust loss: the larger q, the less influence a wrong pair has.",
        layouts=("cross", "joint"),
        constraints=((HARD, 0.0),),
        loss="RINCE",
        parameters=(EPSILON, Q, LAM),
        formula=r"\frac1N\sum_i\Big[-\frac{e^{q s_{ii}}}{q}+\frac{(\lambda\sum_j e^{s_{ij}})^q}{q}\Big],"
        r"\quad s=-C/\varepsilon",
        citation=_RINCE,
    ),
    Method(
        name="gca-ince",
        title="GCA-INCE (Sinkhorn)",
        summary="Balanced transport: t Sinkhorn iterations bring every row sum and every column sum to 1.",
        layouts=("cross", "joint"),
        constraints=((HARD, HARD),),
        parameters=(EPSILON, ITERATIONS),
        formula=r"-\frac1N\sum_i \log P^{(t)}_{ii},\quad P^{(t)}=\operatorname{diag}(u)\,K\operatorname{diag}(v)"
        r"\ \to\ P\mathbf 1=\mathbf 1,\ P^{\!\top}\mathbf 1=\mathbf 1",
        citation=_GCA,
    ),
    Method(
        name="gca-rince",
        title="GCA-RINCE (robust Sinkhorn)",
        summary="The RINCE loss of a Sinkhorn plan, read after its last row step.",
        layouts=("cross", "joint"),
        constraints=((HARD, HARD),),
        loss="RINCE",
        parameters=(EPSILON, ITERATIONS, Q, LAM),
        formula=r"\frac1N\sum_i\Big[-\frac1q\Big(\frac{P_{ii}}{u_i}\Big)^q+\frac1q\Big(\frac{\lambda}{u_i}\Big)^q\Big],"
        r"\quad P=P^{(2t-1)}",
        citation=f"{_GCA}; after {_RINCE}",
    ),
    Method(
        name="gca-uot",
        title="GCA-UOT (unbalanced)",
        summary="Unbalanced transport: λ₁ and λ₂ only penalise row and column sums that differ from 1, so that a "
        "sample without a match may send or receive less.",
        layouts=("cross", "joint"),
        constraints=((LAMBDA1, LAMBDA2),),
        loss="KLPlusRINCE",
        parameters=(EPSILON, LAMBDA1, LAMBDA2, ITERATIONS, R1, R2, Q, LAM),
        formula=r"r_1\,\mathrm{KL}(T\Vert P)+r_2\,\mathrm{RINCE}_{\lambda,q},\quad P=\arg\min_P\ "
        r"\varepsilon\,\mathrm{KL}(P\Vert K)+\lambda_1\mathrm{KL}(P\mathbf 1\Vert\mu)"
        r"+\lambda_2\mathrm{KL}(P^{\!\top}\mathbf 1\Vert\nu)",
        citation=_GCA,
    ),
    Method(
        name="iot",
        title="IOT (inverse optimal transport)",
        summary="Balanced transport among all embeddings of both views, each with itself excluded.",
        layouts=("joint",),
        constraints=((HARD, HARD),),
        parameters=(EPSILON, ITERATIONS),
        formula=r"-\frac{1}{2N}\sum_i \log P_{i,p(i)},\quad P\mathbf 1=P^{\!\top}\mathbf 1=\mathbf 1,\ P_{ii}=0",
        citation=_IOT,
    ),
    Method(
        name="iot-uni",
        title="IOT with uniform negatives",
        summary="IOT with a penalty on mass outside the pair that is spread unevenly.",
        layouts=("joint",),
        constraints=((HARD, HARD),),
        loss="KLPlusUniformity",
        parameters=(EPSILON, ITERATIONS, UNIFORMITY),
        formula=r"-\frac{1}{2N}\sum_i \log P_{i,p(i)}+\frac{w}{2N}\,\mathrm{KL}(P\Vert\bar P)",
        citation=_IOT,
    ),
    Method(
        name="dcl",
        title="DCL (decoupled)",
        summary="SimCLR whose pair does not compete with itself: the odds of the partner against all others.",
        layouts=("joint", "cross"),
        constraints=((HARD, 0.0),),
        loss="Odds",
        formula=r"-\frac{1}{2N}\sum_i \log\frac{e^{s_{i,p(i)}}}{\sum_{j\neq i,p(i)} e^{s_{ij}}},"
        r"\quad s_{ij}=\cos(z_i,z_j)/\varepsilon",
        citation="Yeh et al.: Decoupled contrastive learning. ECCV 2022, arXiv 2110.06848",
    ),
    Method(
        name="hcl",
        title="HCL (hard negatives)",
        summary="SimCLR whose negatives count the more, the nearer they are: the row’s hardest are pushed most.",
        layouts=("joint", "cross"),
        constraints=((HARD, 0.0),),
        parameters=(EPSILON, HARDNESS),
        formula=r"-\frac{1}{2N}\sum_i \log\frac{e^{s_{i,p(i)}}}"
        r"{e^{s_{i,p(i)}}+\sum_{j\neq i,p(i)} w_{ij}\,e^{s_{ij}}},"
        r"\quad w_{ij}=\frac{e^{\beta s_{ij}}}{\operatorname{mean}_{k\neq i,p(i)} e^{\beta s_{ik}}},"
        r"\quad s_{ij}=\cos(z_i,z_j)/\varepsilon",
        citation="Robinson, Chuang, Sra, Jegelka: Contrastive learning with hard negative samples. ICLR 2021, "
        "arXiv 2010.04592",
    ),
    Method(
        name="sparse",
        title="Sparse rows (sparsemax)",
        summary="InfoNCE with the square of the plan in place of its entropy: far columns have no mass at all.",
        layouts=("cross", "joint"),
        constraints=((HARD, 0.0),),
        loss="FenchelYoung",
        formula=r"\max_{p}\Big[\langle p,s_i\rangle-\tfrac12\lVert p\rVert^2\Big]-\langle T_i,s_i\rangle"
        r"+\tfrac12\lVert T_i\rVert^2,"
        r"\quad P_i=\arg\min_{p}\ \langle C_i,p\rangle+\tfrac{\varepsilon}2\lVert p\rVert^2,\quad s=-C/\varepsilon",
        citation="Martins, Astudillo: From softmax to sparsemax. ICML 2016, arXiv 1602.02068; the loss as in "
        "Blondel, Martins, Niculae: Learning with Fenchel-Young losses. JMLR 2020, arXiv 1901.02324",
        sparse=True,
    ),
    Method(
        name="siglip",
        title="SigLIP (sigmoid)",
        summary="Each cell by itself is a question, partners or strangers: rows and columns share nothing.",
        layouts=("cross",),
        constraints=((0.0, 0.0),),
        loss="BCE",
        parameters=(EPSILON, THRESHOLD),
        formula=r"\frac1N\sum_{ij}\log\big(1+e^{\pm(C_{ij}-c_0)/\varepsilon}\big),"
        r"\quad +\ \text{for}\ i=j,\ -\ \text{else}",
        citation="Zhai, Mustafa, Kolesnikov, Beyer: Sigmoid loss for language image pre-training. ICCV 2023, "
        "arXiv 2303.15343",
        kernel="logistic",
        hold="cell",
    ),
    Method(
        name="t-simclr",
        title="t-SimCLR (stochastic neighbours)",
        summary="t-SNE’s heavy-tailed kernel of embeddings as they are, and one total of mass for the whole batch.",
        layouts=("joint", "cross"),
        constraints=((0.0, 0.0),),
        parameters=(EPSILON, DF),
        formula=r"-\frac{1}{2N}\sum_i\log\frac{2N\,K_{i,p(i)}}{\sum_{kl}K_{kl}},"
        r"\quad K_{ij}=\Big(1+\tfrac{\|z_i-z_j\|^2}{\nu\varepsilon}\Big)^{-\frac{\nu+1}{2}}",
        citation="Hu, Liu, Zhou, Wang, Huang: Your contrastive learning is secretly doing stochastic neighbor "
        "embedding. ICLR 2023, arXiv 2205.14814",
        kernel="student",
        cost="euclid",
        hold="total",
    ),
    Method(
        name="supcon",
        title="SupCon (supervised)",
        summary="All samples of a class are partners: a row’s target mass is shared equally among them.",
        layouts=("joint", "cross"),
        constraints=((HARD, 0.0),),
        formula=r"-\frac{1}{2N}\sum_i\frac{1}{|A(i)|}\sum_{j\in A(i)}"
        r"\log\frac{e^{s_{ij}}}{\sum_{k\neq i}e^{s_{ik}}}",
        citation="Khosla et al.: Supervised contrastive learning. NeurIPS 2020, arXiv 2004.11362",
        target="label",
    ),
    Method(
        name="simo",
        title="SimO (orthogonal classes)",
        summary="Its kernel is smallest at right angles: strangers are driven to be orthogonal, not opposite.",
        layouts=("joint", "cross"),
        constraints=((HARD, 0.0),),
        formula=r"K_{ij}=\frac{\cos^2_{ij}+\delta}{1+\delta}\cdot\frac{1}{1+2C_{ij}/\varepsilon}",
        citation="Bouhsine, El Aaroussi, Faysal, Wang: SimO loss: anchor-free contrastive loss for fine-grained "
        "supervised contrastive learning. 2024, arXiv 2410.05233",
        target="label",
        kernel="simo",
    ),
    Method(
        name="ressl",
        title="ReSSL (relation)",
        summary="View 1 learns how view 2 relates to all others; the pair’s own cell is closed.",
        layouts=("cross", "joint"),
        constraints=((HARD, 0.0),),
        formula=r"\mathrm{KL}\big(T\Vert P\big),\quad "
        r"T_{ij}=\operatorname{softmax}_{j\neq p(i)}(s''_{p(i)j}/\varepsilon')",
        citation="Zheng et al.: ReSSL: relational self-supervised learning with weak augmentation. NeurIPS 2021, "
        "arXiv 2107.09282",
        target="relation",
    ),
    Method(
        name="fedrcl",
        title="FedRCL (relaxed classes)",
        summary="SupCon that lets go of whoever of the class is near already, so that no class shrinks to a point.",
        layouts=("joint", "cross"),
        constraints=((HARD, 0.0),),
        formula=r"\mathrm{KL}(T\Vert P),\quad T_{ij}\propto\mathbf 1[y_i=y_j]\,\mathbf 1[\cos_{ij}\le\kappa\ "
        r"\text{or}\ j=p(i)]",
        citation="Seo, Kim, Kim, Han: Relaxed contrastive learning for federated learning. CVPR 2024, "
        "arXiv 2401.04928",
        target="relaxed-label",
    ),
    Method(
        name="tase",
        title="TASE (head and tail)",
        summary="SimCLR with a temperature and a weight per class: small ones weigh more, large ones are softer.",
        layouts=("joint", "cross"),
        constraints=((HARD, 0.0),),
        formula=r"-\frac{1}{2N}\sum_i\mu_i\log\frac{e^{s_{i,p(i)}}}{\sum_{j\neq i}e^{s_{ij}}},"
        r"\quad s_{ij}=\cos(z_i,z_j)/\varepsilon_i,\quad \varepsilon_i\propto n_i^{\gamma},"
        r"\quad \mu_i\propto n_i^{-\beta}",
        citation="TASE (first called APS), arXiv 2410.22883; the temperature after Kukleva et al.: Temperature "
        "schedules for self-supervised contrastive methods on long-tail data. ICLR 2023",
        sample_by="class",
    ),
    Method(
        name="moco",
        title="MoCo (a queue)",
        summary="InfoNCE whose rows see more columns: a queue of other samples, which are nobody’s partner.",
        layouts=("cross",),
        constraints=((HARD, 0.0),),
        formula=r"-\frac1N\sum_i\log\frac{e^{s_{ii}}}{\sum_{j\le N} e^{s_{ij}}+\sum_{q\le Q} e^{s_{iq}}},"
        r"\quad s_{iq}=\cos(z'_i,k_q)/\varepsilon",
        citation="He, Fan, Wu, Xie, Girshick: Momentum contrast for unsupervised visual representation learning. "
        "CVPR 2020, arXiv 1911.05722",
        columns="queue",
    ),
    Method(
        name="swav",
        title="SwAV (balanced prototypes)",
        summary="Each sample predicts the code of its other view: shares of prototypes that are all used alike.",
        layouts=("cross",),
        constraints=((HARD, 0.0),),
        formula=r"\mathrm{KL}(T\Vert P),\quad P_{ik}=\operatorname{softmax}_k(\cos(z'_i,c_k)/\varepsilon),"
        r"\quad T=\text{Sinkhorn}(z'',c),\ T\mathbf 1=\mathbf 1,\ T^{\!\top}\mathbf 1\approx N/K",
        citation="Caron et al.: Unsupervised learning of visual features by contrasting cluster assignments. "
        "NeurIPS 2020, arXiv 2006.09882",
        target="codes",
        columns="prototypes",
    ),
    Method(
        name="dino",
        title="DINO (centred prototypes)",
        summary="Each sample predicts a sharper soft-max of its other view, from which the mean of each prototype "
        "over the batch is taken.",
        layouts=("cross",),
        constraints=((HARD, 0.0),),
        formula=r"\mathrm{KL}(T\Vert P),\quad P_{ik}=\operatorname{softmax}_k(s'_{ik}/\varepsilon),"
        r"\quad T_{ik}=\operatorname{softmax}_k\big((s''_{ik}-\tfrac1N\textstyle\sum_l s''_{lk})/\varepsilon'\big)",
        citation="Caron et al.: Emerging properties in self-supervised vision transformers. ICCV 2021, "
        "arXiv 2104.14294",
        target="centred",
        columns="prototypes",
    ),
)

#: name → method, in the order in which a form lists them
METHODS: Mapping[str, Method] = MappingProxyType({method.name: method for method in _ALL})

_OF_EVERY_PROBLEM = (EPSILON, ITERATIONS, *(parameter for own in KERNEL_PARAMETERS.values() for parameter in own))

#: name → parameter of some methods' constraints or divergence; temperature, iterations and the numbers of kernels
#: belong to every problem
SETTINGS: Mapping[str, Parameter] = MappingProxyType(
    {
        parameter.name: parameter
        for method in _ALL
        for parameter in method.parameters
        if parameter not in _OF_EVERY_PROBLEM
    }
)


def find_method(name: str) -> Method:
    """The method of that name.

    Raises:
        InputError: there is none; the message lists all and suggests the nearest.
    """
    if isinstance(name, str) and name in METHODS:
        return METHODS[name]
    near = difflib.get_close_matches(str(name).lower().replace("_", "-"), METHODS, n=1, cutoff=0.5)
    remedy = f"Did you mean {near[0]!r}?" if near else "Use one of these names"
    raise InputError(f"method = {name!r}", f"methods are {', '.join(METHODS)}", remedy, parameter="method")


def settings_of(method: Method, given: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a method's constraints and divergence, checked; defaults for those that are None.

    Args:
        method: one of the registry, or composed of one.
        given: name → value of what was given, ``SETTINGS`` among it.

    Raises:
        InputError: a parameter that this method does not take, or a value out of bounds.
    """
    own = {parameter.name: parameter for parameter in method.parameters if parameter.name in SETTINGS}
    for name in SETTINGS:
        if given.get(name) is not None and name not in own:
            raise InputError(
                f"{name} = {given[name]!r} for method {method.name!r}",
                f"{method.name} takes {', '.join(parameter.name for parameter in method.parameters)}",
                f"Leave {name} out, or choose a method that takes it: {', '.join(_takers(name))}",
                parameter=name,
            )
    return {
        name: parameter.default if given.get(name) is None else parameter.check(given[name])
        for name, parameter in own.items()
    }


def _takers(parameter: str) -> list[str]:
    return [m.name for m in METHODS.values() if parameter in {p.name for p in m.parameters}]
