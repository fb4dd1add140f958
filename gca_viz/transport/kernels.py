"""How a distance becomes a weight: kernels K = exp(−E(C; ε)), each with the slope that its forces carry."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from gca_viz.errors import InputError
from gca_viz.transport.options import KERNEL, KERNEL_PARAMETERS
from gca_viz.transport.parameters import DF, THRESHOLD

if TYPE_CHECKING:
    from torch import Tensor

#: SimO's δ: its squared cosine is at least this share of 1, so that the energy of orthogonal pairs is finite
DELTA = 1e-4


class KernelFunction(ABC):
    """A kernel as a function of cost and temperature; its fields are its parameters.

    Attributes:
        name: its key in :data:`KERNELS`.
        formula: the energy in LaTeX.
        citation: the paper it comes from.
        of_distances: whether it needs costs ≥ 0.
        is_gibbs: whether it is ``exp(−C/ε)``.
    """

    name: ClassVar[str]
    formula: ClassVar[str]
    citation: ClassVar[str]
    of_distances: ClassVar[bool] = True

    @property
    def is_gibbs(self) -> bool:
        return False

    @abstractmethod
    def energy(self, cost: Tensor, epsilon: float | Tensor) -> Tensor:
        """E(C; ε) of finite costs, of which the kernel is exp(−E); ε is a number, or of a shape that divides C."""

    @abstractmethod
    def slope(self, cost: Tensor, epsilon: float | Tensor) -> Tensor:
        """dE/dC: what turns the residual T − P into a force."""

    def scaled_energy(self, cost: Tensor, epsilon: float | Tensor) -> Tensor:
        """ε·E, the cost whose Gibbs kernel this is: what the solver sees."""
        return epsilon * self.energy(cost, epsilon)

    def coldest(self, cost: Tensor) -> Tensor:
        """(N, M) log K as ε → 0, up to a constant in each row: usually nothing is left but the nearest column."""
        return _only(cost == cost.amin(1, keepdim=True))


@dataclass(frozen=True)
class Gibbs(KernelFunction):
    """``E = C/ε``: every unit of cost divides the weight by the same factor, and the slope is 1/ε everywhere."""

    name: ClassVar[str] = "gibbs"
    formula: ClassVar[str] = r"E=C/\varepsilon,\quad E'=1/\varepsilon"
    citation: ClassVar[str] = "Cuturi: Sinkhorn distances. NeurIPS 2013, arXiv 1306.0895"
    of_distances: ClassVar[bool] = False

    @property
    def is_gibbs(self) -> bool:
        return True

    def energy(self, cost: Tensor, epsilon: float | Tensor) -> Tensor:
        return cost / epsilon

    def slope(self, cost: Tensor, epsilon: float | Tensor) -> Tensor:
        return cost.new_ones(()).div(epsilon).expand(cost.shape)

    def scaled_energy(self, cost: Tensor, epsilon: float | Tensor) -> Tensor:
        return cost


@dataclass(frozen=True)
class Student(KernelFunction):
    """``E = (ν+1)/2·ln(1 + 2C/(νε))``: Student's t density of a squared distance 2C; far pairs hardly push.

    ν → ∞ is Gibbs, ν = 1 is t-SNE's Cauchy kernel. As ε → 0 only the ratios of costs matter, so that a row cannot
    become sharper than ``C^{−(ν+1)/2}``.
    """

    df: float = DF.default

    name: ClassVar[str] = "student"
    formula: ClassVar[str] = (
        r"E=\tfrac{\nu+1}{2}\ln\!\big(1+\tfrac{2C}{\nu\varepsilon}\big),\quad E'=\tfrac{\nu+1}{\nu\varepsilon+2C}"
    )
    citation: ClassVar[str] = (
        "Hu, Liu, Zhou, Wang, Huang: Your contrastive learning is secretly doing stochastic neighbor embedding. "
        "ICLR 2023, arXiv 2205.14814"
    )

    def __post_init__(self) -> None:
        DF.check(self.df)

    @property
    def is_gibbs(self) -> bool:
        return self.df == float("inf")

    def energy(self, cost: Tensor, epsilon: float | Tensor) -> Tensor:
        if self.is_gibbs:
            return cost / epsilon
        return (self.df + 1) / 2 * (2 * _not_negative(cost) / (self.df * epsilon)).log1p()

    def slope(self, cost: Tensor, epsilon: float | Tensor) -> Tensor:
        if self.is_gibbs:
            return Gibbs().slope(cost, epsilon)
        return (self.df + 1) / (self.df * epsilon + 2 * _not_negative(cost))

    def coldest(self, cost: Tensor) -> Tensor:
        return super().coldest(cost) if self.is_gibbs else -(self.df + 1) / 2 * _log(cost)


@dataclass(frozen=True)
class SimO(KernelFunction):
    """``E = ln(1 + 2C/ε) − ln((cos² + δ)/(1 + δ))``, cos = 1 − C: t-SNE's Cauchy kernel times the squared cosine.

    Orthogonal pairs have (nearly) no weight. Beyond 90° the slope is negative, so that strangers are driven to be
    orthogonal, and not opposite. δ is 10⁻⁴.
    """

    name: ClassVar[str] = "simo"
    formula: ClassVar[str] = (
        r"E=\ln\!\big(1+\tfrac{2C}{\varepsilon}\big)-\ln\tfrac{\cos^2+\delta}{1+\delta},\quad "
        r"E'=\tfrac{2}{\varepsilon+2C}+\tfrac{2\cos}{\cos^2+\delta}"
    )
    citation: ClassVar[str] = "Bouhsine et al.: SimO loss: anchor-free contrastive loss. 2024, arXiv 2410.05233"

    def energy(self, cost: Tensor, epsilon: float | Tensor) -> Tensor:
        near = (2 * _not_negative(cost) / epsilon).log1p()
        return near - (((1 - cost).square() + DELTA) / (1 + DELTA)).log()

    def slope(self, cost: Tensor, epsilon: float | Tensor) -> Tensor:
        cosine = 1 - cost
        return 2 / (epsilon + 2 * _not_negative(cost)) + 2 * cosine / (cosine.square() + DELTA)

    def coldest(self, cost: Tensor) -> Tensor:
        return ((1 - cost).square() + DELTA).log() - _log(cost)


@dataclass(frozen=True)
class Logistic(KernelFunction):
    """``E = ln(1 + exp((C − c₀)/ε))``: each cell is the probability that its two embeddings belong together.

    Pairs nearer than the threshold c₀ are more likely partners than not; their weights differ little.
    """

    threshold: float = THRESHOLD.default

    name: ClassVar[str] = "logistic"
    formula: ClassVar[str] = (
        r"E=\ln\!\big(1+e^{(C-c_0)/\varepsilon}\big),\quad E'=\sigma\big((C-c_0)/\varepsilon\big)/\varepsilon"
    )
    citation: ClassVar[str] = (
        "Zhai, Mustafa, Kolesnikov, Beyer: Sigmoid loss for language image pre-training. ICCV 2023, "
        "arXiv 2303.15343"
    )
    of_distances: ClassVar[bool] = False

    def __post_init__(self) -> None:
        THRESHOLD.check(self.threshold)

    def energy(self, cost: Tensor, epsilon: float | Tensor) -> Tensor:
        return _softplus((cost - self.threshold) / epsilon)

    def slope(self, cost: Tensor, epsilon: float | Tensor) -> Tensor:
        return ((cost - self.threshold) / epsilon).sigmoid() / epsilon

    def energy_of_no(self, cost: Tensor, epsilon: float | Tensor) -> Tensor:
        """−ln(1 − K): the energy of two embeddings not belonging together."""
        return _softplus((self.threshold - cost) / epsilon)

    def coldest(self, cost: Tensor) -> Tensor:
        near = cost < self.threshold  # they are all alike then
        return _only(near).where(near.any(1, keepdim=True), super().coldest(cost))


GIBBS = Gibbs()

#: name → kernel, in the order in which a form lists them
KERNELS: Mapping[str, type[KernelFunction]] = MappingProxyType(
    {kernel.name: kernel for kernel in (Gibbs, Student, SimO, Logistic)}
)


def make_kernel(name: Any, given: Mapping[str, Any]) -> KernelFunction:
    """The kernel of that name, with its parameters.

    Args:
        name: a name in :data:`KERNELS`, or a kernel already made.
        given: name → value of what was given, parameters of kernels among it; None is what was not.

    Raises:
        InputError: an unknown name, a parameter of another kernel, or one out of bounds.
    """
    made = isinstance(name, KernelFunction)
    kind = name.name if made else KERNEL.check(name)
    own = KERNEL_PARAMETERS.get(kind, ())
    for parameter in (parameter for some in KERNEL_PARAMETERS.values() for parameter in some):
        if given.get(parameter.name) is not None and (made or parameter not in own):
            takers = [other for other in KERNELS if parameter in KERNEL_PARAMETERS.get(other, ())]
            raise InputError(
                f"{parameter.name} = {given[parameter.name]!r} for the kernel {kind!r}",
                f"{parameter.name} belongs to kernel={' or kernel='.join(map(repr, takers))}",
                f"Leave {parameter.name} out, or set kernel={takers[0]!r}",
                parameter=parameter.name,
            )
    if made:
        kernel: KernelFunction = name
        return kernel
    values = {parameter.name: given[parameter.name] for parameter in own if given.get(parameter.name) is not None}
    return KERNELS[kind](**values)


def _not_negative(cost: Tensor) -> Tensor:
    """The cost, without what rounding took below 0; its gradient stays that of the cost."""
    return cost + (cost.clamp_min(0) - cost).detach()


def _only(cells: Tensor) -> Tensor:
    """0 at these cells, −∞ at all others."""
    return cells.double().log()


def _log(cost: Tensor) -> Tensor:
    """The log of a cost, 0 being the smallest number that is not."""
    return cost.double().clamp_min(1e-300).log()


def _softplus(x: Tensor) -> Tensor:
    """``ln(1 + exp(x))``, at any x."""
    return x.logaddexp(x.new_zeros(()))
