"""Small temperatures in single precision, and batches that no memory holds."""

from __future__ import annotations

import pytest
import torch

from gca_viz.embedding.embedding import embed
from gca_viz.errors import InputError, enough_memory
from gca_viz.transport import Problem, align, align_streamed, solve, sweep
from gca_viz.views import Views
from tests.transport.batches import views

Z1, Z2 = (z.float() for z in views(48, 8, seed=2))


@pytest.mark.parametrize("epsilon", [1e-6, 1e-5, 1e-4])
@pytest.mark.parametrize("method", ["ince", "simclr", "clip", "rince", "gca-ince"])
def test_rows_hold_their_mass_at_small_temperatures(method, epsilon):
    """Where scores of 1e5 and more would be rounded, they are computed in a format that tells them apart."""
    plan, exact = (align(z1, z2, method, epsilon=epsilon) for z1, z2 in ((Z1, Z2), (Z1.double(), Z2.double())))
    assert plan.matrix.dtype == torch.float64
    torch.testing.assert_close(plan.matrix, exact.matrix)
    torch.testing.assert_close(plan.loss, exact.loss)
    if method != "gca-ince":
        torch.testing.assert_close(plan.parts[0].row_mass, torch.ones_like(plan.parts[0].row_mass))


def test_the_other_doors_do_so_too_and_gradients_come_back_in_single_precision():
    options = {"epsilon": 1e-5}
    exact = align(Z1.double(), Z2.double(), "ince", **options)
    torch.testing.assert_close(align_streamed(Z1, Z2, "ince", **options).loss, exact.loss)
    torch.testing.assert_close(sweep(Z1, Z2, lambda2=0, **options).values["loss"].flatten()[0], exact.loss)
    solved = solve(Problem(exact.cost.float(), 1e-5, lambda2=0.0))
    torch.testing.assert_close(solved.row_mass, torch.ones_like(solved.row_mass))
    leaf = Z1.clone().requires_grad_()
    align(leaf, Z2, "ince", epsilon=1e-3, target="relation", target_temperature=1e-5).loss.backward()
    assert leaf.grad.dtype == torch.float32 and torch.isfinite(leaf.grad).all()


def test_a_usual_temperature_stays_in_its_format():
    assert align(Z1, Z2, epsilon=0.02).matrix.dtype == torch.float32
    assert sweep(Z1, Z2, epsilon=0.02).values["loss"].dtype == torch.float32


@pytest.mark.parametrize("door", [align, sweep])
def test_a_plan_that_no_memory_holds_is_told_with_its_size(door):
    few, many = torch.ones(4, 1), torch.ones(1, 1).expand(2_000_000, 1)
    with pytest.raises(InputError, match="2,000,000 samples, for whose 2,000,000 × 2,000,000 plan") as error:
        door(many, many)
    assert error.value.parameter == "size" and "align_streamed()" in error.value.remedy
    assert "16,000.0 GB" in error.value.allowed
    door(few, few)  # a smaller batch
    align_streamed(few, few)


MESSAGES = {
    "Linux": RuntimeError(
        "[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory: you tried"
    ),
    "Windows": RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes"),
    "a card": torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"),
    "a library of a card": RuntimeError(
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"
    ),
    "an Apple card": RuntimeError("MPS backend out of memory (MPS allocated: 9.00 GB)"),
    "numpy": MemoryError("Unable to allocate 7.28 TiB"),
}


@pytest.mark.parametrize("where", MESSAGES)
def test_memory_that_runs_out_is_told_wherever_it_does(where):
    with (
        pytest.raises(InputError, match="Got 5 samples; a plan takes 1 GB. Use fewer"),
        enough_memory("5 samples", "a plan takes 1 GB", "Use fewer"),
    ):
        raise MESSAGES[where]

    class Encoder:
        content_id, device = "nobody's", "cpu"

        def encode(self, images, progress=None):
            raise MESSAGES[where]

    images = torch.zeros(3, 3, 4, 4)
    with pytest.raises(InputError, match="3 images, for whose embeddings .* Use a smaller batch"):
        embed(Views(images, images, second_indices=torch.arange(3).numpy()), Encoder())


def test_other_errors_are_not_taken_for_it():
    with pytest.raises(RuntimeError, match="mat1 and mat2"), enough_memory("", "", ""):
        torch.ones(2, 3) @ torch.ones(2, 3)
