"""torch tensors of every device, dtype and layout."""

import math
import warnings
from base64 import b64decode
from typing import Any

import msgspec
import pytest

from lecture_tracer.trace.schema import Object, Record, Sequence, Statistics, Tensor
from lecture_tracer.values import Budget, serialize, storage_key, with_shares

torch = pytest.importorskip("torch")


def tensor(obj: Any, budget: Budget = Budget()) -> Tensor:  # noqa: B008  (frozen)
    value = serialize(obj, budget)
    assert isinstance(value, Tensor)
    assert msgspec.json.decode(msgspec.json.encode(value), type=Tensor) == value
    return value


def test_a_tensor_with_all_its_facts() -> None:
    weight = torch.tensor([[0.1, -0.5], [1.5, 0.25]], requires_grad=True)
    value = tensor(weight)
    assert value == Tensor(
        type="torch.Tensor",
        shape=[2, 2],
        dtype="float32",
        bytes=16,
        requires_grad=True,
        numbers=[0.1, -0.5, 1.5, 0.25],
        statistics=Statistics(min="-0.5", max="1.5", mean="0.3375", std="0.727474"),
        heat_map=value.heat_map,
    )
    assert value.heat_map is not None
    assert list(b64decode(value.heat_map.data)) == [76, 0, 254, 95]


def test_a_view_says_so_and_shares_its_storage() -> None:
    base = torch.arange(12).reshape(3, 4).clone()
    column = base[:, 1]
    value = tensor(column)
    assert (value.view, value.strides, value.numbers) == (True, [4], [1, 5, 9])
    assert (tensor(base).view, tensor(base).strides) == (False, None)
    assert storage_key(base) == storage_key(column)
    assert storage_key(base) != storage_key(base.clone())
    assert with_shares(value, ["base"]).shares == ["base"]


def test_tensors_and_numpy_arrays_may_share_a_storage() -> None:
    pytest.importorskip("numpy")
    base = torch.zeros(3, 4)
    assert storage_key(base) == storage_key(base.numpy()[1:])


def test_a_large_tensor_shows_its_ends_and_stays_small() -> None:
    value = tensor(torch.linspace(0.001, 1, 10_000).reshape(100, 100))
    assert len(value.head) == len(value.tail) == 6
    assert value.heat_map is not None
    assert (value.heat_map.rows, value.heat_map.columns) == (32, 32)
    assert len(msgspec.json.encode(value)) < 4500


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32", "float64", "float8_e5m2"])
def test_every_float(dtype: str) -> None:
    value = tensor(torch.tensor([0.5, -1.5]).to(getattr(torch, dtype)))
    assert (value.dtype, value.numbers) == (dtype, [0.5, -1.5])
    assert value.statistics == Statistics(min="-1.5", max="0.5", mean="-0.5", std="1")


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64", "uint16", "uint64"])
def test_every_int(dtype: str) -> None:
    value = tensor(torch.tensor([1, 3]).to(getattr(torch, dtype)))
    assert (value.dtype, value.numbers) == (dtype, [1, 3])
    assert value.statistics == Statistics(min="1", max="3", mean="2", std="1")


def test_extremes_of_large_ints_are_exact() -> None:
    statistics = tensor(torch.tensor([2**62 + 1, -(2**62) - 1])).statistics
    assert statistics is not None
    assert (statistics.min, statistics.max) == (str(-(2**62) - 1), str(2**62 + 1))


def test_bool_and_complex() -> None:
    flags = tensor(torch.tensor([True, False]))
    assert flags.statistics == Statistics(min="False", max="True", mean="0.5", std="0.5")
    waves = tensor(torch.tensor([0.1 + 1j]).conj())
    assert waves.numbers == ["0.1-1j"]
    assert waves.statistics is None


def test_a_scalar_and_an_empty_tensor() -> None:
    assert (tensor(torch.tensor(2.5)).numbers, tensor(torch.tensor(2.5)).shape) == ([2.5], [])
    assert (tensor(torch.empty(0, 3)).numbers, tensor(torch.empty(0, 3)).heat_map) == ([], None)


def test_nan_and_infinity() -> None:
    value = tensor(torch.tensor([[math.nan, 1.0], [3.0, -math.inf]]))
    assert value.statistics == Statistics(min="-inf", max="3", mean="-inf", std="nan", nan=1, inf=1)
    assert value.heat_map is not None
    assert list(b64decode(value.heat_map.data)) == [255, 0, 254, 255]
    assert tensor(torch.full((2, 2), math.nan)).heat_map is None


def test_statistics_over_several_parts() -> None:
    numbers = torch.arange(200_000, dtype=torch.float32)
    numbers[7] = math.nan
    wide = numbers[~numbers.isnan()].double()
    for shape in (numbers, numbers.view(2, 100_000), numbers.view(1000, 200).T):
        found = tensor(shape).statistics
        assert found is not None
        assert found.nan == 1
        assert found.mean == f"{wide.mean().item():.6g}"
        assert found.std == f"{wide.std(correction=0).item():.6g}"


def test_statistics_do_not_depend_on_the_number_of_threads() -> None:
    numbers, threads = torch.rand(300, 1000), torch.get_num_threads()
    found = []
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            found.append(tensor(numbers).statistics)
    finally:
        torch.set_num_threads(threads)
    assert found[0] == found[1]


def test_small_spread_far_from_zero_is_measured_right() -> None:
    found = tensor(torch.tensor([100_000.0, 100_000.25] * 500)).statistics
    assert found is not None
    assert (found.mean, found.std) == ("100000", "0.125")


def test_sampling_above_the_limit() -> None:
    value = tensor(torch.arange(10_000), Budget(statistics_limit=9_999, statistics_sample=100))
    assert value.statistics is not None
    assert value.statistics.sampled == pytest.approx(100, rel=0.1)


def test_an_expanded_tensor_is_not_copied() -> None:
    value = tensor(torch.ones(1).expand(10**6, 10**6))
    assert (value.strides, value.shape) == ([0, 0], [10**6, 10**6])
    assert value.statistics is not None
    assert (value.statistics.mean, value.bytes) == ("1", 4 * 10**12)
    assert tensor(torch.ones(1).expand(2**31, 2**31)).bytes == 2**53 - 1


def test_a_parameter_and_a_size() -> None:
    assert tensor(torch.nn.Parameter(torch.ones(2))).type == "torch.nn.Parameter"
    assert serialize(torch.Size([2, 3])) == Sequence(type="torch.Size", items=[2, 3])


def test_what_torch_returns_in_twos_is_a_record() -> None:
    value = serialize(torch.tensor([[1.5, 2.5]]).max(dim=1))
    assert isinstance(value, Record)
    assert list(value.fields) == ["values", "indices"]


def test_tensors_without_data_say_so() -> None:
    assert tensor(torch.empty(3, device="meta")).note == "meta tensor: no data"
    from torch._subclasses.fake_tensor import FakeTensorMode

    real = torch.tensor([1.5])
    with FakeTensorMode():
        assert tensor(torch.ones(3)).note == "fake tensor: no data"
        assert tensor(real).numbers == [1.5]


def test_a_tensor_whose_memory_was_given_away_says_so() -> None:
    """As fully sharded training does between two uses of a weight."""
    whole = torch.arange(6.0).view(2, 3)
    row = whole[1]
    whole.untyped_storage().resize_(0)
    notes = [tensor(whole).note, tensor(row).note]  # a failing assert would print, and crash
    assert notes == ["no data: its storage was resized to 0 bytes"] * 2
    whole.untyped_storage().resize_(12)
    first, second = tensor(whole[0].fill_(1)), tensor(row)
    assert first.numbers == [1, 1, 1]
    assert second.note == "no data: its storage was resized to 12 bytes"


def test_inside_vmap_and_grad() -> None:
    seen: list[Tensor] = []

    def loss(x: Any) -> Any:
        seen.append(tensor(x))
        return (x * x).sum()

    torch.func.vmap(loss)(torch.ones(2, 3))
    torch.func.grad(loss)(torch.tensor([0.5, 1.5]))
    assert [each.note for each in seen] == ["inside vmap: no data of its own", ""]
    assert seen[1].numbers == [0.5, 1.5]


def test_sparse_tensors_show_what_they_store() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls CSR a beta
        dense = torch.tensor([[0.0, 2.5], [1.5, 0.0]])
        coo, csr = tensor(dense.to_sparse()), tensor(dense.to_sparse_csr())
    assert (coo.layout, coo.head, coo.bytes) == ("sparse_coo", [2.5, 1.5], 8 + 32)
    assert (csr.layout, csr.head, csr.bytes) == ("sparse_csr", [2.5, 1.5], 8 + 24 + 16)
    assert coo.note == "sparse: the 2 stored values are shown"


def test_quantized_tensors_are_shown_dequantized() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch is about to drop them
        value = tensor(torch.quantize_per_tensor(torch.tensor([0.5, 1.2]), 0.5, 0, torch.quint8))
    assert (value.layout, value.dtype, value.bytes) == ("quantized", "quint8", 2)
    assert value.numbers == [0.5, 1.0]


def test_a_nested_tensor_has_no_shape_and_is_an_object() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a prototype, says torch
        value = serialize(torch.nested.nested_tensor([torch.ones(1), torch.ones(2)]))
    assert isinstance(value, Object)


def test_a_storage_is_shown_by_its_size() -> None:
    assert serialize(torch.zeros(3).untyped_storage()) == Object(
        type="torch.UntypedStorage", text="12 bytes on cpu"
    )


def test_a_subclass_does_not_notice() -> None:
    calls: list[Any] = []

    class Watched(torch.Tensor):  # type: ignore[misc, name-defined]
        @classmethod
        def __torch_function__(cls, function: Any, *rest: Any) -> Any:
            calls.append(function)
            return super().__torch_function__(function, *rest)

    watched = torch.ones(2, 2).as_subclass(Watched)
    calls.clear()
    assert tensor(watched).type.endswith("Watched")
    assert calls == []


def test_a_dispatch_mode_does_not_notice() -> None:
    from torch.utils._python_dispatch import TorchDispatchMode

    calls: list[Any] = []

    class Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            calls.append(func)
            return func(*args, **(kwargs or {}))

    weight = torch.ones(3, 3)
    with Counter():  # type: ignore[no-untyped-call]
        tensor(weight)
    assert calls == []


def test_looking_leaves_no_trace_in_torch() -> None:
    weight = torch.randn(4, 4, dtype=torch.float64, requires_grad=True)
    result = (weight * 2).sum()
    state, before = torch.get_rng_state(), weight.detach().clone()
    version, enabled = weight._version, torch.is_grad_enabled()
    tensor(weight)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(weight, before)
    assert (weight._version, weight.grad, torch.is_grad_enabled()) == (version, None, enabled)
    result.backward()
    assert torch.equal(weight.grad, torch.full((4, 4), 2.0, dtype=torch.float64))


def test_within_inference_mode() -> None:
    with torch.inference_mode():
        assert tensor(torch.tensor([[0.5, 1.5]]) * 1).numbers == [0.5, 1.5]


def test_among_many_tensors_pictures_give_way_to_elements() -> None:
    value = serialize([torch.ones(40, 40) for _ in range(30)])
    items = value if isinstance(value, list) else value.items  # type: ignore[union-attr]
    assert items[0].heat_map is not None  # type: ignore[union-attr]
    assert items[-1].heat_map is None  # type: ignore[union-attr]
    assert len(msgspec.json.encode(value)) < Budget().total + 4500


@pytest.mark.gpu
def test_on_a_gpu_nothing_else_differs() -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    numbers = torch.linspace(-1, 1, 10_000).reshape(100, 100).clone()  # a copy is no view
    here, there = tensor(numbers), tensor(numbers.cuda())
    assert there.device == "cuda:0"
    assert msgspec.structs.replace(there, device="cpu") == here


def test_few_elements_are_numbers_and_what_json_cannot_say_is_text() -> None:
    odd = tensor(torch.tensor([[math.nan, math.inf], [-math.inf, 1e-30]]))
    assert (odd.numbers, odd.head) == (["nan", "inf", "-inf", 1e-30], [])
    assert tensor(torch.tensor([2**53 - 1, 2**53])).numbers == [2**53 - 1, str(2**53)]
    assert [len(tensor(torch.zeros(n)).numbers) for n in (63, 64, 65)] == [63, 64, 0]
