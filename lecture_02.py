"""Lecture 2: PyTorch from tensors to training, with an account of every byte and operation.

Title: PyTorch and resource accounting
Unit: basics
Minutes: 70
Prerequisites: lecture_01
Assignments: assignment1-basics
"""

# mypy: disable-error-code="func-returns-value,no-untyped-call,union-attr,arg-type,operator,misc"
# mypy: allow-redefinition

import math
import tempfile
from pathlib import Path

import numpy as np
import torch
from cs336_basics.attention import scaled_dot_product_attention
from cs336_basics.config import ModelConfig
from cs336_basics.data import get_batch, open_tokens
from cs336_basics.generation import generate
from cs336_basics.model import Embedding, Linear, MultiHeadSelfAttention, RMSNorm, TransformerLM
from cs336_basics.nn_utils import clip_gradient_norm, cross_entropy, softmax
from cs336_basics.optimizer import AdamW, get_lr_cosine_schedule
from cs336_basics.serialization import load_checkpoint, save_checkpoint
from cs336_basics.throughput import (
    flops_per_token,
    matmul_parameters,
    model_flops_utilization,
    peak_flops,
)
from einops import einsum, rearrange, reduce
from jaxtyping import Float
from torch import Tensor, nn

from lecture_tracer import benchmark, graph, image, link, note, plot, table, text
from lectures.lecture_02 import cost_figures, format_figures, tensor_figures, training_figures
from lectures.lecture_02.counting import (
    activation_bytes,
    count_flops,
    gradient_bytes,
    log_allocator,
    multiply_by_hand,
    saved_tensors,
    state_bytes,
    total_bytes,
)
from lectures.lecture_02.formats import (
    BFLOAT16,
    E5M2,
    FLOAT16,
    FLOAT32,
    FORMATS,
    bit_fields,
    limits,
    running_sums,
    spacing,
    stored,
)
from lectures.lecture_02.networks import DeepLinear, deviation_by_layer
from lectures.lecture_02.optimizers import SGD, AdaGrad, agree_with_pytorch, descend
from lectures.lecture_02.runs import measured_utilization
from lectures.lecture_02.training import (
    MODEL,
    fresh_run,
    mean_loss,
    regress,
    regression_points,
    split_stories,
    squared_error,
    train,
    train_tokenizer,
    unigram_entropy,
    write_story,
    write_tokens,
)
from lectures.lecture_02.works import WORKS

H100_BFLOAT16 = 989.5e12
"""FLOP/s of one H100 SXM in bfloat16 without sparsity, from its data sheet."""


def main() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)  # sums in one order, so that every run gives the same digits
    two_napkins()
    tensors()
    number_formats()
    devices()
    storage()
    operations()
    named_dimensions()
    operations_cost()
    utilization()
    gradients()
    six_n_d()
    parameters()
    data()
    optimizers()
    memory()
    training()
    checkpoints()
    mixed_precision()
    what_to_take_home()


def two_napkins() -> None:
    text(r"""
        # PyTorch and resource accounting
        **Lecture 2: from a tensor to a training run, counting bytes and operations**

        Two questions come up before any training run, and both fit on a napkin.

        ## How long does it take?
        Training a Transformer with $N$ parameters on $D$ tokens takes about $6 N D$ operations. By
        the end of today you will have counted where the 6 comes from. Take 70 billion parameters,
        15 trillion tokens, and 1024 H100 that reach half of what their data sheet promises:
    """)
    link(WORKS["h100"])
    total_flops = 6 * 70e9 * 15e12  # @inspect total_flops
    utilized = 0.5  # @inspect utilized
    flops_per_day = 1024 * H100_BFLOAT16 * utilized * 86_400  # @inspect flops_per_day
    days = round(total_flops / flops_per_day, 1)  # @inspect days
    assert math.isclose(total_flops, 6.3e24)
    assert days == 143.9
    text("Nearly five months. What other clusters and other utilizations would need, in days:")
    rows, columns = cost_figures.days_table(total_flops, H100_BFLOAT16)
    table(rows, columns=columns, caption="Days for 70 billion parameters and 15 trillion tokens")
    text(r"""
        ## How large a model fits?
        AdamW in float32 keeps four numbers of four bytes for each parameter: the weight, its
        gradient, and two running averages.
    """)
    bytes_per_parameter = (
        4 + 4 + (4 + 4)
    )  # @inspect bytes_per_parameter @clear total_flops utilized flops_per_day days
    parameters = 8 * 80e9 / bytes_per_parameter  # @inspect parameters
    assert parameters == 4.0e10
    plot(cost_figures.bytes_a_parameter())
    text(r"""
        So eight H100 with 80 GB each hold at most 40 billion parameters. Two caveats. Weights and
        gradients can be kept in bfloat16 beside a float32 master copy of the weights: sixteen bytes
        again, but faster. And *activations* are not in this sum: they depend on the batch and on
        the length of the sequences, and they can be larger than all the rest.
    """)
    link("1910.02054"), link(WORKS["transformer math"])
    note(r"""
        Let them do the napkin before you step: six, seventy, fifteen, and the number of seconds in
        a day.
    """)


def tensors() -> None:
    text(r"""
        # Tensors
        Everything is a tensor: weights, gradients, the state of the optimizer, data, activations.
        One is made from literals, filled with a constant, or drawn at random:
    """)
    literal = torch.tensor([[1.0, 2, 3], [4, 5, 6]])  # @inspect literal
    zeros = torch.zeros(4, 8)  # @inspect zeros
    ones = torch.ones(4, 8)  # @inspect ones
    normal = torch.randn(4, 8)  # @inspect normal @clear literal zeros ones
    text(r"""
        Sometimes the memory is taken first and filled later. What `empty` holds is whatever lay
        there before, so look at its shape only:
    """)
    weights = torch.empty(4, 8)  # @inspect weights.shape weights.dtype @clear normal
    nn.init.trunc_normal_(weights, mean=0, std=1, a=-2, b=2)  # @inspect weights
    assert weights.abs().max() <= 2
    plot(tensor_figures.heat(weights, "A normal distribution, cut at -2 and 2"))
    text(r"""
        A language model is a dictionary of such tensors. The one of assignment 1, as small as we
        shall train it today:
    """)
    link(TransformerLM)
    model = MODEL.build()  # @inspect model @clear weights weights.shape weights.dtype
    shapes = {
        name: tuple(value.shape) for name, value in model.state_dict().items() if ".1." not in name
    }  # @inspect shapes
    count = sum(parameter.numel() for parameter in model.parameters())  # @inspect count
    assert count == 104_688
    note(r"""
        Ask which of these shapes grow with the vocabulary, which with the width, and which with its
        square.
    """)


def number_formats() -> None:
    text(r"""
        # Number formats
        A tensor's memory is its number of elements times the bytes of one element. The default is
        float32.
    """)
    x = torch.zeros(4, 8)  # @inspect x.dtype x.numel() x.element_size()
    size = x.numel() * x.element_size()  # @inspect size
    assert size == x.nbytes == 4 * 8 * 4
    text(r"""
        One matrix of GPT-3's feed-forward layers, on the `meta` device, which knows shapes and has
        no data:
    """)
    matrix = torch.empty(
        49_152, 12_288, device="meta"
    )  # @inspect matrix @clear x.dtype x.numel() x.element_size() size
    gigabytes = round(matrix.nbytes / 1e9, 2)  # @inspect gigabytes
    gibibytes = matrix.nbytes / 2**30  # @inspect gibibytes
    assert (matrix.nbytes, gigabytes, gibibytes) == (2_415_919_104, 2.42, 2.25)
    text(r"""
        2.4 GB for one of 192 such matrices. So fewer bytes for a number mean a larger model, and as
        we shall see a faster one.

        ## Range and resolution
        A floating-point number has a sign, an exponent and a mantissa. The exponent's bits buy
        **range**, the mantissa's buy **resolution**.
    """)
    plot(format_figures.bit_layout(FORMATS))  # @clear matrix gigabytes gibibytes
    sign, exponent, mantissa = bit_fields(math.pi, BFLOAT16)  # @inspect sign exponent mantissa
    power = int(exponent, 2) - BFLOAT16.bias  # @inspect power
    fraction = int(mantissa, 2) / 2**7  # @inspect fraction
    value = (-1) ** int(sign) * 2**power * (1 + fraction)  # @inspect value
    assert value == stored(math.pi, BFLOAT16) == 3.140625
    text("That is π in bfloat16: three digits. All the ranges, read from the library in this run:")
    table(
        [limits(format) for format in FORMATS]
    )  # @clear sign exponent mantissa power fraction value
    assert torch.finfo(torch.float16).max == 65_504
    assert (torch.finfo(torch.float8_e4m3fn).max, torch.finfo(torch.float8_e5m2).max) == (
        448,
        57_344,
    )
    assert torch.finfo(torch.float8_e4m3fnuz).max == 240
    text(r"""
        bfloat16 (from Google Brain) is float32 with the last 16 bits cut off: the same range, less
        resolution. float16 has finer steps and a range that training leaves easily. The two 8-bit
        formats were proposed in 2022; a third, E4M3-FNUZ with a largest number of 240, belongs to
        other hardware.
    """)
    link("1905.12322"), link("2209.05433")
    text(r"""
        ## What goes wrong
        **Underflow**: a small gradient becomes zero.
    """)
    for format in FORMATS:  # @inspect format.name
        kept = stored(1e-8, format)  # @inspect kept
    assert stored(1e-8, FLOAT16) == stored(1e-8, E5M2) == 0
    assert round(stored(1e-8, BFLOAT16) * 1e8, 3) == 1.001
    text("**Resolution**: a small addition to a large number is lost.")
    lost = torch.tensor(256, dtype=torch.bfloat16) + 1  # @inspect lost @clear format.name kept
    also_lost = torch.tensor(2048, dtype=torch.float16) + 1  # @inspect also_lost
    assert (lost.item(), also_lost.item()) == (256, 2048)
    plot(
        format_figures.spacings({f.name: spacing(f, range(-12, 21)) for f in FORMATS})
    )  # @clear lost also_lost
    text(r"""
        Add 0.01 ten thousand times. The answer is 100; each format stops where 0.01 is less than
        half a step.
    """)
    sums = {f.name: running_sums(0.01, 10_000, f, 250) for f in (FLOAT32, FLOAT16, BFLOAT16)}
    ends = {name: points[-1][1] for name, points in sums.items()}  # @inspect ends
    assert ends["bfloat16"] == 4
    assert ends["float16"] == 32
    assert abs(ends["float32"] - 100) < 0.01
    plot(format_figures.sums(sums))
    text(r"""
        This is why sums are accumulated in float32 and why weights keep a float32 master copy: a
        weight of 1 with updates of 0.001 would never move in bfloat16.
    """)
    stuck = torch.tensor(1.0, dtype=torch.bfloat16) - 0.001  # @inspect stuck @clear ends
    assert stuck == 1
    text(r"""
        **Overflow**: the exponential of 100 is too large even for float32. Softmax by its
        definition gives `nan`; assignment 1 subtracts the maximum first. Step into it:
    """)
    link(softmax), link(cross_entropy)
    scores = torch.tensor([100.0, 99.0, 0.0])  # @inspect scores @clear stuck
    naive = scores.exp() / scores.exp().sum()  # @inspect naive
    stable = softmax(scores, dim=0)  # @stepinto @inspect stable
    assert naive.isnan().any()
    assert math.isclose(stable.sum().item(), 1, rel_tol=1e-6)
    note(r"""
        The stall at 4: at 4 the step of bfloat16 is 1/32, and 0.01 is less than half of it. Let
        them compute it.
    """)


def devices() -> None:
    text(r"""
        # Where tensors live
        A new tensor lies in the memory of the CPU. A GPU has memory of its own, and the way to it
        is long and narrow.
    """)
    graph(**tensor_figures.machine())
    link(WORKS["hopper"])
    x = torch.zeros(32, 32)  # @inspect x.device
    elsewhere = x.to("meta")  # @inspect elsewhere.device
    directly = torch.zeros(32, 32, device="meta")  # @inspect directly.device
    assert x.nbytes + directly.nbytes == 2 * 32 * 32 * 4
    text(r"""
        `to` makes a copy on another device (here the one without data); `device=` makes the tensor
        there at once, and nothing travels. On a GPU write `cuda`. How long GPT-3's matrix travels
        on each road, in milliseconds, at the vendor's rates for one direction:
    """)
    roads = {
        "PCIe 5": 64e9,
        "NVLink": 450e9,
        "HBM3": 3.35e12,
    }  # @inspect roads @clear x.device elsewhere.device directly.device
    milliseconds = {
        road: round(1e3 * 2_415_919_104 / rate, 1) for road, rate in roads.items()
    }  # @inspect milliseconds
    assert milliseconds == {"PCIe 5": 37.7, "NVLink": 5.4, "HBM3": 0.7}
    text(r"""
        Fifty times between the first and the last. Rule: make tensors where they are used, and move
        data while something else is computed (pinned memory and `non_blocking=True`; more when we
        load data).
    """)
    link(WORKS["transfers"])
    note(r"""
        On a GPU machine add: torch.cuda.memory_allocated() before and after; 8192 bytes for these
        two tensors.
    """)


def storage() -> None:
    text(r"""
        # Storage, strides, views
        A tensor is a pointer into a strip of memory, and a recipe to find element $(i, j)$: at
        $\text{offset} + i \cdot s_0 + j \cdot s_1$.
    """)
    x = torch.arange(16.0).view(4, 4)  # @inspect x x.stride()
    place = 1 * x.stride(0) + 2 * x.stride(1)  # @inspect place
    assert x.untyped_storage().nbytes() == 64
    assert x[1, 2] == x.flatten()[place] == 6
    text(r"""
        Slicing, `view` and transposing change the recipe and leave the memory alone. The panel says
        of each tensor with whom it *shares* memory:
    """)
    x = torch.arange(1.0, 7).view(2, 3)  # @inspect x @clear x.stride() place
    row = x[0]  # @inspect row
    column = x[:, 1]  # @inspect column
    tall = x.view(3, 2)  # @inspect tall
    transposed = x.T  # @inspect transposed
    views = {"x": x, "row": row, "column": column, "tall": tall, "transposed": transposed}
    image(
        tensor_figures.memory_strips(views, 6),
        alt="Six cells of memory, and which of them each tensor reads in which order",
    )
    address = x.untyped_storage().data_ptr()
    assert all(view.untyped_storage().data_ptr() == address for view in views.values())
    text(r"""
        The numbers under the cells are the order of reading. One memory: whoever writes, writes for
        all.
    """)
    x[0, 1] = 100  # @inspect x row column tall transposed
    assert row[1] == column[0] == tall[0, 1] == transposed[1, 0] == 100
    text(r"""
        The transposed matrix hops through memory: it is not **contiguous**, and some views of it do
        not exist. `contiguous()` makes a copy in the order of reading, and then they do:
    """)
    try:
        transposed.view(2, 3)
    except RuntimeError as error:
        message = str(error)  # @inspect message @clear row column tall
    assert "size and stride" in message
    copied = (
        transposed.contiguous()
    )  # @inspect copied transposed.is_contiguous() copied.is_contiguous()
    flat = copied.view(2, 3)  # @inspect flat
    assert copied.untyped_storage().data_ptr() != address == transposed.untyped_storage().data_ptr()
    x[0, 0] = -1  # @inspect x transposed copied
    assert copied[0, 0] == 1
    text(r"""
        The copy kept its 1. Three more things that share:
        - `expand` repeats without memory: its stride is 0;
        - a NumPy array made from a tensor;
        - overlapping windows, cut by `unfold` at regular distances.

        A *batch* of training sequences is none of these: its windows begin at random places, and
        no recipe of strides reaches those, so `get_batch` copies them.
    """)
    tokens = torch.arange(10)  # @inspect tokens @clear x transposed copied flat message
    repeated = tokens[:3].expand(4, 3)  # @inspect repeated @clear transposed.is_contiguous()
    windows = tokens.unfold(0, 5, 1)  # @inspect windows @clear copied.is_contiguous()
    array = tokens.numpy()  # @inspect array
    array[0] = 77  # @inspect tokens repeated windows
    assert repeated.stride() == (0, 1)
    assert windows.stride() == (1, 1)
    assert windows.nbytes == 6 * 5 * 8 > tokens.nbytes == 80
    batch, _ = get_batch(array, 2, 4, "cpu", np.random.default_rng(0))
    assert batch.untyped_storage().data_ptr() != tokens.untyped_storage().data_ptr()
    text(r"""
        Six windows of five tokens show 240 bytes and occupy 80. How much a view saves, on this CPU:
    """)
    for side in [128, 2048]:  # @inspect side @clear tokens repeated windows array
        matrix = torch.zeros(side, side)  # @inspect matrix.nbytes
        benchmark(
            "Transposing a matrix", lambda m=matrix: m.T, label="view", parameters={"n": side}
        )
        benchmark(
            "Transposing a matrix",
            lambda m=matrix: m.T.contiguous(),
            label="copy",
            parameters={"n": side},
            bytes=2 * matrix.nbytes,
        )
    text(r"""
        A view costs the same for every size: it writes a few numbers about the tensor, and none of
        the tensor's.
    """)
    link(WORKS["views"])
    note(r"""
        Let them predict the panel before each step: who shares with x, and what does writing 100
        change?
    """)


def operations() -> None:
    text(r"""
        # Operations
        An element-wise operation makes a new tensor of the same shape.
    """)
    x = torch.tensor([1.0, 4.0, 9.0])  # @inspect x
    roots = x.sqrt()  # @inspect roots
    inverse = x.rsqrt()  # @inspect inverse
    assert roots.tolist() == [1, 2, 3]
    assert torch.allclose(inverse * roots, torch.ones(3))
    text(r"""
        Two that language models use: a triangle of ones, which is the causal mask (row: who looks,
        column: at whom), and $-\infty$ wherever it forbids to look.
    """)
    mask = torch.ones(4, 4).tril().bool()  # @inspect mask @clear x roots inverse
    scores = torch.zeros(4, 4).masked_fill(~mask, -math.inf)  # @inspect scores
    attention = softmax(scores, dim=-1)  # @inspect attention
    assert attention[1].tolist() == [0.5, 0.5, 0, 0]
    text(r"""
        The operation that everything else waits for is the **matrix product**. With more than two
        dimensions the last two are multiplied, for each index of those before: here for every
        sequence of a batch and every token of a sequence.
    """)
    tokens = torch.ones(4, 8, 16, 32)  # @inspect tokens.shape @clear mask scores attention
    w = torch.ones(32, 2)  # @inspect w.shape
    y = tokens @ w  # @inspect y.shape
    assert y.shape == (4, 8, 16, 2)
    assert (y == 32).all()
    text("By the definition, in three loops, on something small:")
    left, right = torch.randn(3, 4), torch.randn(4, 2)  # @clear tokens.shape w.shape y.shape
    product, steps = multiply_by_hand(left, right)  # @inspect product
    assert torch.allclose(product, left @ right, atol=1e-6)
    assert steps == 2 * 3 * 4 * 2
    note("We come back to steps: 48 for a product of 3 x 4 by 4 x 2.")


def named_dimensions() -> None:
    text(r"""
        # Named dimensions
        What is dimension $-2$ here?
    """)
    Q, K = torch.randn(2, 3, 4), torch.randn(2, 3, 4)  # @inspect Q.shape
    scores = Q @ K.transpose(-2, -1)  # @inspect scores.shape
    text(r"""
        With **einops** dimensions have names. A name that is missing on the right is summed over:
    """)
    image(
        tensor_figures.einsum_arrows("batch seq1 hidden", "batch seq2 hidden", "batch seq1 seq2"),
        alt="Names of two operands, and the names that the result keeps",
    )
    named = einsum(
        Q, K, "batch seq1 hidden, batch seq2 hidden -> batch seq1 seq2"
    )  # @inspect named.shape
    assert torch.allclose(scores, named, atol=1e-6)
    anywhere = einsum(
        Q, K, "... seq1 hidden, ... seq2 hidden -> ... seq1 seq2"
    )  # @inspect anywhere.shape
    assert torch.equal(named, anywhere)
    text("`reduce` does the same for sums, means and maxima of one tensor:")
    mean = reduce(
        Q, "batch seq hidden -> batch seq", "mean"
    )  # @inspect mean @clear Q.shape scores.shape named.shape anywhere.shape
    assert torch.allclose(mean, Q.sum(-1) / 4, atol=1e-6)
    text(r"""
        And `rearrange` takes a dimension apart or puts two together. Attention does so with its
        heads: 8 numbers are 2 heads of 4.
    """)
    x = torch.ones(2, 3, 8)  # @inspect x.shape @clear mean
    w = torch.ones(4, 4)
    heads = rearrange(x, "batch seq (head d) -> batch head seq d", head=2)  # @inspect heads.shape
    mixed = einsum(heads, w, "batch head seq d, d e -> batch head seq e")  # @inspect mixed.shape
    joined = rearrange(mixed, "batch head seq e -> batch seq (head e)")  # @inspect joined.shape
    assert joined.shape == (2, 3, 8)
    assert (joined == 4).all()
    x = torch.randn(2, 3, 8)
    attention = MultiHeadSelfAttention(8, num_heads=2)
    assert torch.equal(attention._split_heads(x), rearrange(x, "b s (h d) -> b h s d", h=2))
    link(MultiHeadSelfAttention)
    text(r"""
        Reading is helped most by shapes in the signature. **jaxtyping** writes them as types, and a
        type can be asked whether a tensor is of it:
    """)
    is_pair = isinstance(
        x, Float[Tensor, "batch 3 hidden"]
    )  # @inspect is_pair @clear x.shape heads.shape mixed.shape joined.shape
    is_square = isinstance(torch.ones(2, 3), Float[Tensor, "n n"])  # @inspect is_square
    is_float = isinstance(torch.arange(3), Float[Tensor, " n"])  # @inspect is_float
    assert (is_pair, is_square, is_float) == (True, False, False)
    link(scaled_dot_product_attention), link(WORKS["einops"]), link(WORKS["jaxtyping"])
    note(r"""
        einsum strings are documentation that cannot be wrong. Annotations can, unless a checker is
        switched on.
    """)


def operations_cost() -> None:
    text(r"""
        # What operations cost
        Two words that sound the same. **FLOPs** is an amount: floating-point operations done.
        **FLOP/s** is a speed. The amounts that people quote: GPT-3 took $3.14 \cdot 10^{23}$;
        in the USA an order of 2023 asked for a report above $10^{26}$, and was rescinded in
        January 2025. Eight H100, fully used for two weeks:
    """)
    link("2005.14165"), link(WORKS["order"])
    budget = 8 * H100_BFLOAT16 * 14 * 86_400  # @inspect budget
    assert math.isclose(budget, 9.575e21, rel_tol=1e-3)
    share_of_gpt3 = round(budget / 3.14e23, 3)  # @inspect share_of_gpt3
    text(r"""
        ## A matrix product
        $B$ points with $D$ features go through a matrix to $K$ outputs. Each of the $B D K$ triples
        needs one multiplication and one addition, so a product costs $2 B D K$. Three ways to see
        it. Count in the loops of the definition:
    """)
    B, D, K = 16, 12, 8  # @inspect B D K @clear budget share_of_gpt3
    x, w = torch.randn(B, D), torch.randn(D, K)
    formula = 2 * B * D * K  # @inspect formula
    product, by_hand = multiply_by_hand(x, w)  # @inspect by_hand
    text("Ask PyTorch's counter, which watches the operations go by:")
    counted = count_flops(lambda: x @ w)  # @inspect counted
    assert formula == by_hand == counted
    assert torch.allclose(product, x @ w, atol=1e-5)
    text(r"""
        And measure. If $2n^3$ is what a product of two $n \times n$ matrices costs, then large
        products all show the same FLOP/s, whatever their size:
    """)
    rows = []  # @clear formula by_hand counted B D K
    for n in [32, 64, 128, 256, 512, 1024]:  # @inspect n
        for dtype in [torch.float32, torch.bfloat16]:
            a, b = torch.ones(n, n, dtype=dtype), torch.ones(n, n, dtype=dtype)
            name = str(dtype).removeprefix("torch.")
            rows.append(
                benchmark(
                    "Matrix products",
                    lambda a=a, b=b: a @ b,
                    label=name,
                    flops=2 * n**3,
                    parameters={"n": n},
                )
            )
    plot(cost_figures.achieved(rows))  # @clear n
    text(r"""
        The curve rises while the cost of the call itself counts, and levels off: there the formula
        holds, and the level is the speed of this CPU (it may sink a little where the matrices
        outgrow the caches). The two formats differ because the chip has different units for them;
        how much depends on the chip.

        Element-wise work is smaller by a factor of the width. The product costs $2BDK$, a ReLU on
        its output $BK$: one operation for $2D$. So count the matrix products, and little is
        forgotten. With $DK$ parameters, **forward costs 2 x points x parameters**.
    """)
    link(WORKS["flops calculus"])
    note(r"""
        The bfloat16 curve on a CPU without bfloat16 units lies below float32. Look at the device
        under the table.
    """)


def utilization() -> None:
    text(r"""
        # Utilization
        **MFU**, model FLOPs utilization: the operations that the model *needs*, divided by the time
        and by the promised FLOP/s. Work that the program adds (recomputing activations, say) does
        not count in its favour.

        The promises, from the data sheets, in TFLOP/s without sparsity:
    """)
    table(
        [["A100", 19.5, 312, "-", 2.04], ["H100", 67, 989.5, 1979, 3.35]],
        columns=["GPU (SXM, 80 GB)", "float32", "bfloat16", "fp8", "memory, TB/s"],
    )
    link(WORKS["a100"]), link(WORKS["h100"]), link(model_flops_utilization)
    text(r"""
        A sheet that promises 1979 in bfloat16 counts zeros: half of the numbers must be zero in a
        fixed pattern. And for this CPU there is no sheet value, so we compute no MFU for it:
    """)
    promised = peak_flops(torch.device("cpu"))  # @inspect promised
    assert promised is None
    text(r"""
        What training runs reach. Published: PaLM on TPU v4, Llama 3 405B on H100 (38 to 43%).
        Measured in assignment 1: one training step of a model of 28 million parameters on one H100,
        in stages of tuning.
    """)
    runs = measured_utilization()
    best = round(max(row["MFU"] for row in runs if row["kind"] != "published"), 2)  # @inspect best
    plot(cost_figures.utilization(runs))
    link("2204.02311"), link("2407.21783")
    text(r"""
        Above 50% is good. Small models are below: their matrices are small, and much of the step is
        spent on other things. Notice that all stages of the same model and batch need exactly the
        same operations; what changed is everything around them.
    """)
    note(r"""
        Why does a compiler help so much? Lecture 6. Here only: the needed operations did not
        change.
    """)


def gradients() -> None:
    text(r"""
        # Gradients and their cost
        `backward` fills `.grad` of the leaves that asked for it. A model with three weights, and a
        loss of half the square:
    """)
    x = torch.tensor([1.0, 2.0, 3.0])  # @inspect x
    w = torch.tensor([1.0, 1.0, 1.0], requires_grad=True)  # @inspect w
    prediction = x @ w  # @inspect prediction
    loss = 0.5 * (prediction - 5) ** 2  # @inspect loss
    loss.backward()  # @inspect w.grad
    assert prediction == 6
    assert loss == 0.5
    assert w.grad.tolist() == [1, 2, 3]  # (6 - 5) x
    assert x.grad is None
    assert prediction.is_leaf is False
    text(r"""
        ## Count backward
        Two layers, $h_1 = x w_1$ and $h_2 = h_1 w_2$, with $B$ points, widths $D$, $D$, $K$.
        Backward has to find, for each product, the gradient of its weights *and* of its input, and
        each is a product of the same size:
    """)
    graph(**cost_figures.backward_graph())  # @clear x w prediction loss w.grad
    B, D, K = 64, 256, 32  # @inspect B D K
    x = torch.ones(B, D)
    w1 = torch.randn(D, D, requires_grad=True)
    w2 = torch.randn(D, K, requires_grad=True)
    h1 = x @ w1  # @inspect h1.shape
    h2 = h1 @ w2  # @inspect h2.shape
    h1.retain_grad(), h2.retain_grad()  # the gradients in the middle are thrown away otherwise
    loss = (h2**2).mean()
    forward = 2 * B * D * D + 2 * B * D * K  # @inspect forward
    loss.backward()
    backward = 0  # @inspect backward
    assert torch.allclose(w2.grad, h1.T @ h2.grad)
    backward += 2 * B * D * K  # @inspect backward
    assert torch.allclose(h1.grad, h2.grad @ w2.T)
    backward += 2 * B * D * K  # @inspect backward
    assert torch.allclose(w1.grad, x.T @ h1.grad, rtol=1e-4)
    backward += 2 * B * D * D  # @inspect backward
    text(r"""
        The gradient of $x$ would cost $2BDD$ once more. Nobody asked for it, so autograd skips it.
        The counter agrees:
    """)
    counted_forward = count_flops(lambda: x @ w1 @ w2)  # @inspect counted_forward
    counted_both = count_flops(lambda: (x @ w1 @ w2).sum().backward())  # @inspect counted_both
    assert (
        (counted_forward, counted_both - counted_forward)
        == (forward, backward)
        == (9_437_184, 10_485_760)
    )
    text(r"""
        In a deep network the first input is one of many. If it needs its gradient too, the ratio is
        exact:
    """)
    x.requires_grad_()
    counted_all = count_flops(lambda: (x @ w1 @ w2).sum().backward())  # @inspect counted_all
    assert counted_all == 3 * counted_forward
    plot(cost_figures.two_four_six(counted_forward, counted_all - counted_forward))
    text("**Forward 2, backward 4, together 6 x points x parameters.**")
    note(r"""
        Ask what gradient checkpointing does to the 6. It runs forward twice: 8. MFU still counts 6.
    """)


def six_n_d() -> None:
    text(r"""
        # The 6 N D of a Transformer
        Is a Transformer nothing but matrices that every token passes? Count one training step of
        assignment 1's model with PyTorch's counter, and compare.
    """)
    link(TransformerLM), link(matmul_parameters), link(flops_per_token)
    torch.manual_seed(0)
    model = MODEL.build()
    ids = torch.zeros(8, MODEL.context_length, dtype=torch.long)  # @inspect ids.shape
    counted = count_flops(lambda: model(ids).sum().backward())  # @inspect counted
    N = matmul_parameters(MODEL)  # @inspect N
    six_n = 6 * N * ids.numel()  # @inspect six_n
    share = round(six_n / counted, 3)  # @inspect share
    text(r"""
        $N$ leaves out the embedding: looking a row up multiplies nothing. What $6N$ lacks is
        attention, where tokens meet each other instead of weights: $12 L T d$ operations a token
        for $L$ layers of width $d$.
    """)
    attention = (
        12 * MODEL.num_layers * MODEL.context_length * MODEL.d_model * ids.numel()
    )  # @inspect attention
    assert counted == six_n + attention == flops_per_token(MODEL) * ids.numel()
    text(r"""
        Equal to the last operation. The same at the size of GPT-2 XL. On the `meta` device
        operations have shapes and no numbers, so that a laptop can count what it could not run:
    """)
    xl = ModelConfig(
        vocab_size=50_257, context_length=1024, d_model=1600, num_layers=48, num_heads=25, d_ff=6400
    )  # @clear ids.shape counted N six_n share attention
    model = xl.build("meta")
    size = sum(parameter.numel() for parameter in model.parameters())  # @inspect size
    forward = count_flops(
        lambda: model(torch.zeros(1, 1024, dtype=torch.long, device="meta"))
    )  # @inspect forward
    assert 3 * forward == flops_per_token(xl) * 1024
    assert size == 2_127_057_600
    text(r"""
        4.5 trillion operations for one sequence of 1024 tokens, forward. (With the gated
        feed-forward of assignment 1 the sizes of GPT-2 XL make 2.1 billion parameters, not 1.5.)
        How much attention adds, as the sequences grow:
    """)
    rows = []
    for context in [256, 1024, 4096, 16_384, 65_536]:
        cost = flops_per_token(ModelConfig(50_257, context, 1600, 48, 25, 6400)) / (
            6 * matmul_parameters(xl)
        )
        rows.append({"context": context, "counted over 6N": round(cost, 3)})  # @inspect rows[-1]
    assert rows[1]["counted over 6N"] < 1.1 < 4 < rows[-1]["counted over 6N"]
    plot(cost_figures.attention_share(rows))
    text(r"""
        For sequences not much longer than the model is wide, $6ND$ is right within ten or twenty
        percent. For a context of 65,536 tokens it is wrong by a factor.
    """)
    note(r"""
        This is the accounting exercise of assignment 1. Ask for the share of the head, for small
        and large models.
    """)


def parameters() -> None:
    text(r"""
        # Parameters and initialization
        A parameter is a tensor that its module has registered: `parameters()` finds it,
        `state_dict()` saves it, an optimizer changes it.
    """)
    link(Linear), link(Embedding), link(RMSNorm)
    norm = RMSNorm(4)  # @inspect norm
    x = torch.tensor([[3.0, -4, 0, 0], [30, -40, 0, 0]])  # @inspect x
    text("Step into the forward pass of assignment 1's RMSNorm:")
    y = norm(x)  # @stepinto @inspect y
    assert torch.allclose(y[0], y[1], atol=1e-5)
    assert round(y[0].pow(2).mean().item(), 3) == 1
    text(r"""
        ## How large should the weights be?
        An output is a sum of fan-in many terms. With weights of deviation 1 it has deviation
        $\sqrt{\text{fan-in}}$:
    """)
    fan_in, fan_out = 16_384, 32  # @inspect fan_in fan_out @clear norm x y
    x = torch.randn(64, fan_in)
    w = torch.randn(fan_in, fan_out)
    raw = (x @ w).std().item()
    scaled = (x @ (w / math.sqrt(fan_in))).std().item()
    raw, scaled = round(raw), round(scaled, 2)  # @inspect raw scaled
    assert abs(raw - math.sqrt(fan_in)) < 0.1 * 128
    assert abs(scaled - 1) < 0.1
    plot(
        training_figures.histograms(
            {"weights of deviation 1": x @ w, "divided by √fan-in": x @ w / math.sqrt(fan_in)}
        )
    )
    text(r"""
        Dividing by $\sqrt{\text{fan-in}}$ (LeCun) keeps activations; Glorot and Bengio divide by
        $\sqrt{(\text{fan-in} + \text{fan-out})/2}$, between what activations and gradients want. In
        a deep stack a small error of the factor is raised to the power of the depth:
    """)
    link(WORKS["glorot"])
    by_gain = {
        gain: deviation_by_layer(gain, dim=128, depth=20) for gain in [1.25, 1.0, 0.8]
    }  # @clear fan_in fan_out raw scaled
    ends = {gain: round(values[-1], 2) for gain, values in by_gain.items()}  # @inspect ends
    assert ends[1.25] > 50
    assert 0.8 < ends[1.0] < 1.2
    assert ends[0.8] < 0.02
    plot(training_figures.deviations(by_gain))
    text(r"""
        Safer still: cut the tails, at three deviations. The bounds are absolute numbers, so they
        must be scaled as well:
    """)
    sigma = 1 / math.sqrt(fan_in)  # @inspect sigma @clear ends
    w = nn.init.trunc_normal_(torch.empty(fan_in, fan_out), std=sigma, a=-3 * sigma, b=3 * sigma)
    largest = round(w.abs().max().item() / sigma, 2)  # @inspect largest
    careless = nn.init.trunc_normal_(torch.empty(fan_in, fan_out), std=sigma, a=-3, b=3)
    not_cut = round(careless.abs().max().item() / sigma, 1)  # @inspect not_cut
    assert largest <= 3 < not_cut
    text(r"""
        ## A small model
        Two matrices and a head, without non-linearities. It is enough to learn all the bookkeeping.
    """)
    link(DeepLinear)
    model = DeepLinear(64, layers=2)  # @inspect model @clear sigma largest not_cut
    shapes = {
        name: tuple(value.shape) for name, value in model.named_parameters()
    }  # @inspect shapes
    count = sum(parameter.numel() for parameter in model.parameters())  # @inspect count
    assert count == 64 * 64 * 2 + 64
    assert model(torch.randn(8, 64)).shape == (8,)
    note("Where the factor should be 1, and the residual stream adds up instead: lecture 3.")


def data() -> None:
    text(r"""
        # Randomness and data
        Weights, the order of data and dropout each draw random numbers. Give each a generator of
        its own, so that changing one leaves the others alone, and a wrong run can be run again.
    """)
    weights_rng = torch.Generator().manual_seed(0)
    first = torch.randn(2, generator=weights_rng)  # @inspect first
    weights_rng.manual_seed(0)
    again = torch.randn(2, generator=weights_rng)  # @inspect again
    assert torch.equal(first, again)
    text(r"""
        ## Tokens on disk
        A data set is one long array of integers. Two bytes a token are enough for a vocabulary up
        to 65,536, and the 1.4 trillion tokens that LLaMA read would take:
    """)
    terabytes = 1.4e12 * 2 / 1e12  # @inspect terabytes @clear first again
    link("2302.13971")
    text(r"""
        No memory holds that, and none has to: a **memory map** looks like an array, and the system
        reads the pages that are touched.
    """)
    link(open_tokens), link(get_batch)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "tokens.bin")
        written = np.arange(100, 110, dtype=np.uint16)
        written.tofile(path)  # raw numbers, two bytes each: no header, so not .npy
        size_on_disk = path.stat().st_size  # @inspect size_on_disk @clear terabytes
        tokens = open_tokens(path)  # @inspect tokens
    assert size_on_disk == 20
    assert np.array_equal(tokens, written)
    text(r"""
        A batch is a few windows at random places; the targets are the same windows one token later.
        Step into `get_batch`:
    """)
    x, y = get_batch(tokens, 2, 4, "cpu", np.random.default_rng(0))  # @stepinto @inspect x y
    assert (x[:, 1:] == x[:, :-1] + 1).all()
    assert (y == x + 1).all()
    text(r"""
        On a GPU `get_batch` puts the batch into *pinned* memory, which is never paged out, and
        copies with `non_blocking=True`: the next batch travels while this one is computed. Is that
        worth it? For token ids hardly: a batch of 64 sequences of 1024 tokens is half a megabyte
        and takes 8 microseconds on PCIe. For images or precomputed features it is.
    """)
    batch_bytes = 64 * 1024 * 8  # @inspect batch_bytes @clear size_on_disk tokens x y
    microseconds = round(1e6 * batch_bytes / 64e9, 1)  # @inspect microseconds
    assert microseconds == 8.2
    note(r"""
        Ask: why not shuffle the file itself? With windows at random places nobody needs to, at this
        scale.
    """)


def optimizers() -> None:
    text(r"""
        # Optimizers
        A family: **momentum** is SGD with a running mean of gradients; **AdaGrad** is SGD divided
        by the root of all squares so far; **RMSProp** takes a running mean of the squares instead;
        **Adam** does both; **AdamW** takes the weight decay out of the gradient.
    """)
    (
        link(SGD),
        link(AdaGrad),
        link(AdamW),
        link(WORKS["adagrad"]),
        link("1412.6980"),
        link("1711.05101"),
    )
    text(r"""
        AdaGrad's whole state is one tensor for each parameter. Two parameters, one step; step into
        it:
    """)
    torch.manual_seed(0)
    model = DeepLinear(2, layers=0)
    optimizer = AdaGrad(model.parameters(), lr=0.01)
    x, target = torch.tensor([[1.0, -2.0]]), torch.tensor([3.0])
    before = model.head.detach().clone()  # @inspect before
    ((model(x) - target) ** 2).sum().backward()  # @inspect model.head.grad
    optimizer.step()  # @stepinto 1 @inspect model.head
    change = model.head.detach() - before  # @inspect change
    assert torch.allclose(change.abs(), torch.tensor(0.01), rtol=1e-4)
    text(r"""
        The gradients differ by a factor of two, the changes do not: in the first step
        $g / \sqrt{g^2}$ is a sign. Later steps become smaller and smaller. Now AdamW, as assignment
        1 wrote it:
    """)
    model.zero_grad()  # @clear before model.head.grad model.head change
    optimizer = AdamW(model.parameters(), lr=0.01, weight_decay=0.1)
    before = model.head.detach().clone()  # @inspect before
    ((model(x) - target) ** 2).sum().backward()
    optimizer.step()  # @stepinto
    state = optimizer.state_of(model.head)  # @inspect state
    after = model.head.detach()  # @inspect after
    expected = before * (1 - 0.01 * 0.1) - 0.01 * model.head.grad.sign()
    assert torch.allclose(after, expected, atol=1e-5)
    assert agree_with_pytorch()
    text(r"""
        `expected` says what AdamW's first step is: decay, then a step of the size of the learning
        rate by the sign of the gradient. The last line ran five steps of our two optimizers beside
        PyTorch's own: the same weights.
    """)
    text(r"""
        ## In a narrow valley
        Twenty times steeper across than along. SGD's rate is limited by the steep direction, so it
        crawls along the flat one:
    """)
    paths = {
        "SGD": descend(lambda p: SGD(p, lr=0.09), 60),
        "momentum": descend(lambda p: torch.optim.SGD(p, lr=0.04, momentum=0.8), 60),
        "AdaGrad": descend(lambda p: AdaGrad(p, lr=0.9), 60),
        "RMSProp": descend(lambda p: torch.optim.RMSprop(p, lr=0.1), 60),
        "AdamW": descend(lambda p: AdamW(p, lr=0.3, betas=(0.8, 0.99), weight_decay=0), 60),
    }
    plot(training_figures.paths(paths))  # @clear before state after
    table(
        [[name, *(f"{coordinate:.3f}" for coordinate in path[-1])] for name, path in paths.items()],
        columns=["after 60 steps", "x", "y"],
    )
    note("Learning rates were chosen by hand for each. With other rates the order changes: say so.")


def memory() -> None:
    text(r"""
        # Where the memory goes
        Four things: parameters, gradients, the optimizer's state, activations. First by the
        formula, on a network that one can draw: two 4 x 4 matrices and a head, a batch of 2,
        AdaGrad.
    """)
    D, layers, B = 4, 2, 2  # @inspect D layers B
    parameters = D * D * layers + D  # @inspect parameters
    activations = B * D * layers  # @inspect activations
    total = 4 * (parameters + parameters + parameters + activations)  # @inspect total
    flops = 6 * B * parameters  # @inspect flops
    assert (parameters, activations, total, flops) == (36, 16, 496, 432)
    text(r"""
        Then from the tensors that are really there. Autograd can be asked what it keeps for
        backward:
    """)
    link(saved_tensors)
    model = DeepLinear(D, layers)
    x = torch.ones(B, D)
    kept = [
        tuple(t.shape) for t in saved_tensors(lambda: model(x).sum(), model.parameters(), [x])
    ]  # @inspect kept
    optimizer = AdaGrad(model.parameters(), lr=0.01)
    model(x).sum().backward()
    optimizer.step()
    real = (
        total_bytes(model.parameters())
        + gradient_bytes(model)
        + state_bytes(optimizer)
        + 4 * B * D * len(kept)
    )  # @inspect real
    assert kept == [(B, D)] * layers
    assert real == total
    text(r"""
        ## A Transformer, against the allocator
        Now the model that we shall train. PyTorch's profiler sees every block of memory that the
        allocator gives and takes back.
    """)
    link(log_allocator)
    torch.manual_seed(0)  # @clear D layers B parameters activations total flops kept real
    model = MODEL.build()
    optimizer = AdamW(model.parameters())
    ids = torch.randint(MODEL.vocab_size, (8, MODEL.context_length))
    result: dict[str, torch.Tensor] = {}
    log = log_allocator(
        {
            "forward": lambda: result.update(loss=model(ids).logsumexp(-1).mean()),
            "backward": lambda: result["loss"].backward(),
            "update": lambda: optimizer.step(),
        }
    )
    parameter_bytes = total_bytes(model.parameters())  # @inspect parameter_bytes
    after_backward = log.after("backward")  # @inspect after_backward
    after_update = log.after("update")  # @inspect after_update
    assert after_backward == gradient_bytes(model) + 4 == parameter_bytes + 4
    assert after_update - after_backward == state_bytes(optimizer) == 2 * parameter_bytes
    text(r"""
        To the byte: after backward there are the gradients (and the loss, 4 bytes); the update adds
        AdamW's two averages. And the activations:
    """)
    after_forward = log.after("forward")  # @inspect after_forward
    kept = saved_tensors(
        lambda: model(ids).logsumexp(-1).mean(), model.parameters(), model.buffers(), [ids]
    )
    hooks = sum(tensor.untyped_storage().nbytes() for tensor in kept)  # @inspect hooks
    assert abs(after_forward - hooks) < 1e-3 * hooks
    times = round(after_forward / parameter_bytes)  # @inspect times
    assert times == 9
    text(r"""
        What autograd says that it keeps and what the allocator gave agree within a thousandth. The
        activations of eight short sequences are nine times larger than all the parameters. Over one
        step:
    """)
    plot(
        cost_figures.memory_of_a_step(log.thinned(4))
    )  # @clear parameter_bytes after_backward after_update after_forward hooks times
    text(r"""
        Forward piles activations up, backward takes them down and leaves gradients, the first
        update adds the optimizer's state, which stays. Gradients, parameters and state do not
        depend on the batch. Activations are proportional to it:
    """)
    by_batch = {}
    for batch in [1, 2, 4, 8, 16]:  # @inspect batch
        ids = torch.zeros(batch, MODEL.context_length, dtype=torch.long)
        activations = activation_bytes(model, ids)  # @inspect activations
        by_batch[batch] = activations
    assert 0.98 < by_batch[16] / (2 * by_batch[8]) < 1.02
    wide = DeepLinear(2 * 16, layers=3), torch.ones(2, 2 * 16)
    narrow = DeepLinear(16, layers=3), torch.ones(2, 16)
    assert activation_bytes(*wide) == 2 * activation_bytes(*narrow)
    plot(cost_figures.memory_by_batch(by_batch, parameter_bytes))  # @clear batch activations
    text(r"""
        Hence the usual remedies: smaller batches with accumulated gradients, recomputing
        activations instead of keeping them, and kernels such as FlashAttention that never write the
        attention matrix.
    """)
    note(r"""
        Ask what to do first when memory runs out. Batch, then recomputation, then sharding (lecture
        8).
    """)


def training() -> None:
    text(r"""
        # Training
        The loop is always the same: data, forward, loss, backward, update. Before the first line of
        it the data is split: what is held out is measured, and never learnt from. A regression
        first, whose 16 true weights are 0, 1, …, 15. Once we have 8 points to learn from and once
        64, and in both cases 64 others are held out.
    """)
    held_out = regression_points(64, seed=1)
    for count in [8, 64]:  # @inspect count
        points = regression_points(count, seed=0)
        torch.manual_seed(0)
        model = DeepLinear(16, layers=0)
        optimizer = SGD(model.parameters(), lr=0.03)
        for _ in range(200):  # @hide
            chosen = torch.randint(count, (4,))
            loss = ((model(points.x[chosen]) - points.y[chosen]) ** 2).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        learnt = float(f"{squared_error(model, points):.1g}")  # @inspect learnt
        unseen = float(f"{squared_error(model, held_out):.1g}")  # @inspect unseen
        assert learnt < 0.1
        assert unseen > 500 if count == 8 else unseen < 1
    text(r"""
        Eight points fit sixteen weights in many ways, and the loss that is trained on cannot tell
        them apart: it is as good as zero where the held-out loss is near a thousand. Two hundred
        steps on the 64 points at six learning rates, judged by what is held out:
    """)
    curves = {
        rate: regress(rate, 200, points, held_out).held_out
        for rate in [0.001, 0.01, 0.03, 0.1, 0.2, 0.5]
    }  # @clear count learnt unseen
    ends = {rate: float(f"{losses[-1]:.1g}") for rate, losses in curves.items()}  # @inspect ends
    assert ends[0.001] > ends[0.01] > ends[0.03] > ends[0.1] < ends[0.2]
    assert math.isnan(ends[0.5])
    plot(training_figures.loss_by_rate(curves))
    text(r"""
        From too slow over good to broken within a factor of five. There is no safe side: the best
        rate lies close below the first one that diverges.

        ## A language model
        The same loop with assignment 1's parts: stories from its grammar, its tokenizer with 512
        tokens, its Transformer, AdamW, a schedule with warm-up, and clipping.
    """)
    link(train), link(get_lr_cosine_schedule), link(clip_gradient_norm), link(cross_entropy)
    stories, others = split_stories(seed=0)  # @clear ends
    sample = stories[:300]  # @inspect sample
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = train_tokenizer(stories, Path(folder))
        tokens = open_tokens(write_tokens(tokenizer, stories, Path(folder, "train.bin")))
        held = open_tokens(write_tokens(tokenizer, others, Path(folder, "held.bin")))
    assert not set(stories.split("\n\n")) & set(others.split("\n\n"))
    torch.manual_seed(0)
    model = MODEL.build()
    optimizer = AdamW(model.parameters(), weight_decay=0.1)
    untrained = write_story(model, tokenizer, "Once upon a time", 12)  # @inspect untrained
    history = train(model, optimizer, tokens, 0, 250, 250)
    every_fiftieth = [round(loss, 2) for loss in history.losses[::50]]  # @inspect every_fiftieth
    uniform = round(math.log(MODEL.vocab_size), 2)  # @inspect uniform
    frequencies = round(unigram_entropy(tokens), 2)  # @inspect frequencies
    plot(
        training_figures.language_model_loss(
            history.losses, {"all tokens alike": uniform, "frequencies of tokens only": frequencies}
        )
    )  # @clear sample untrained
    learnt = round(mean_loss(model, tokens, MODEL.context_length), 2)  # @inspect learnt
    unseen = round(mean_loss(model, held, MODEL.context_length), 2)  # @inspect unseen
    assert learnt < 3.5 < frequencies < uniform
    assert unseen < 3.5
    text(r"""
        It begins near the logarithm of the vocabulary, soon knows which tokens are frequent, and
        then learns from the tokens before. On stories that it has never seen it loses hardly more
        than on those it learnt from, so it has not learnt them by heart. It writes:
    """)
    link(generate)
    story = write_story(model, tokenizer, "Once upon a time", 60)
    text(story, verbatim=True)
    work = 6 * matmul_parameters(MODEL) * 250 * 8 * MODEL.context_length  # @inspect work
    promised = round(1e6 * work / H100_BFLOAT16, 1)  # @inspect promised
    assert promised == 31.0
    text(r"""
        Words and names, hardly a sentence: what 250 steps of a model with 0.1 million parameters
        can do. The whole run was 31 billion operations, which an H100 promises to do in 31
        microseconds.
    """)
    note(r"""
        In assignment 1 the same code trains a model that tells these stories properly, on a GPU.
    """)


def checkpoints() -> None:
    text(r"""
        # Checkpoints
        Long runs crash. What must be saved so that nobody can tell? Model, optimizer, step, and
        whatever draws random numbers: here each batch depends on its step alone, so there is
        nothing more.
    """)
    link(save_checkpoint), link(load_checkpoint)
    with tempfile.TemporaryDirectory() as folder:
        stories = split_stories(seed=0)[0][:20_000]
        tokenizer = train_tokenizer(stories, Path(folder))
        tokens = open_tokens(write_tokens(tokenizer, stories, Path(folder, "train.bin")))
        text("One run of eight steps without a break:")
        model, optimizer = fresh_run()
        whole = train(model, optimizer, tokens, 0, 8, 8)
        losses = [round(loss, 3) for loss in whole.losses]  # @inspect losses
        text("Another that is saved after five, and goes on in a new model with other weights:")
        half, half_optimizer = fresh_run()
        train(half, half_optimizer, tokens, 0, 5, 8)
        save_checkpoint(half, half_optimizer, 5, Path(folder, "step5.pt"))
        size = Path(folder, "step5.pt").stat().st_size
        megabytes = round(size / 1e6, 1)  # @inspect megabytes
        torch.manual_seed(99)
        resumed = MODEL.build()
        resumed_optimizer = AdamW(resumed.parameters(), weight_decay=0.1)
        step = load_checkpoint(
            Path(folder, "step5.pt"), resumed, resumed_optimizer
        )  # @inspect step
        rest = train(resumed, resumed_optimizer, tokens, step, 8, 8)
        rest_of_losses = [round(loss, 3) for loss in rest.losses]  # @inspect rest_of_losses
    assert rest.losses == whole.losses[5:]
    assert all(
        torch.equal(a, b) for a, b in zip(model.parameters(), resumed.parameters(), strict=True)
    )
    assert 12 * 104_688 <= size <= 1.1 * 12 * 104_688
    text(r"""
        Bit for bit the same weights. The file holds twelve bytes a parameter: the weight and
        AdamW's two averages, but no gradient. It is read with `weights_only`, because a file that
        may run code is a file to be afraid of, and written beside its final name and then moved,
        because a crash during writing is a crash too.
    """)
    note(r"""
        Ask what happens if the optimizer's state is left out: the loss jumps, and Adam needs a
        while to learn scales again.
    """)


def mixed_precision() -> None:
    text(r"""
        # Mixed precision
        Low precision is fast and small, high precision is safe. So: matrix products and activations
        in bfloat16; parameters, gradients, the optimizer's state and long sums in float32.
        **Autocast** decides operation by operation:
    """)
    link("1710.03740"), link(WORKS["amp"])
    layer = nn.Linear(4, 4)
    x = torch.randn(2, 4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = layer(x)  # @inspect y.dtype
        probabilities = y.softmax(-1)  # @inspect probabilities.dtype
        loss = probabilities.square().sum()  # @inspect loss.dtype
    loss.backward()  # @inspect layer.weight.dtype layer.weight.grad.dtype
    assert y.dtype == torch.bfloat16
    assert layer.weight.dtype == layer.weight.grad.dtype == torch.float32
    types = [
        ("weights", layer.weight),
        ("output of a product", y),
        ("softmax", probabilities),
        ("gradient", layer.weight.grad),
    ]  # @clear y.dtype probabilities.dtype loss.dtype layer.weight.dtype layer.weight.grad.dtype
    table(
        [[what, str(tensor.dtype).removeprefix("torch.")] for what, tensor in types],
        columns=["what", "type in this run"],
    )
    text(r"""
        Which operation gets which type is a list, and differs by device: on a GPU this softmax
        would have been computed in float32.
    """)
    text(r"""
        Modules help themselves where it matters. RMSNorm computes its squares in float32 whatever
        comes in, because a square of 300 is more than float16 can hold:
    """)
    x = torch.full((1, 4), 300.0, dtype=torch.float16)  # @inspect x
    squares = x**2  # @inspect squares
    y = RMSNorm(4)(x)  # @inspect y
    assert squares.isinf().all()
    assert (y == 1).all()
    text(r"""
        How much precision is lost? One forward pass of the model in both ways, relative to the size
        of the logits:
    """)
    torch.manual_seed(0)  # @clear x squares y
    model = MODEL.build()
    ids = torch.randint(MODEL.vocab_size, (2, MODEL.context_length))
    exact = model(ids)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = model(ids).float()
    error = float(f"{((rough - exact).norm() / exact.norm()).item():.1g}")  # @inspect error
    assert 1e-4 < error < 3e-2
    text(r"""
        ## float16 needs a trick
        A gradient of $10^{-8}$ is zero in float16. Multiply the loss by a large number, and all
        gradients grow with it; divide before the update, in float32. With bfloat16 that is not
        needed, and that is the main reason for it.
    """)
    gradient = 1e-8  # @inspect gradient @clear error
    lost = stored(gradient, FLOAT16)  # @inspect lost
    rescued = stored(gradient * 2**16, FLOAT16) / 2**16  # @inspect rescued
    assert lost == 0
    assert math.isclose(rescued, 1e-8, rel_tol=1e-3)
    text(r"""
        ## fp8 needs a scale for each tensor
        E4M3 ends at 448 and has three bits of mantissa. Divide a tensor by its largest element, use
        the whole range, and remember the factor:
    """)
    weights = torch.randn(1000) * 1e-3
    plain = weights.to(torch.float8_e4m3fn).float()
    scale = weights.abs().max() / 448  # @inspect scale @clear gradient lost rescued
    with_scale = (weights / scale).to(torch.float8_e4m3fn).float() * scale
    errors = {
        name: round(((w - weights).norm() / weights.norm()).item(), 3)
        for name, w in {"as it is": plain, "scaled": with_scale}.items()
    }  # @inspect errors
    assert errors["scaled"] < 0.03 < 0.3 < errors["as it is"]
    text(r"""
        With care whole models train in fp8: matrix products in fp8, sums in higher precision, the
        rest as above.
    """)
    link("2310.18313"), link("2412.19437")
    note(r"""
        The factor is remembered for each tensor, or for each block of 128 x 128 in newer recipes.
    """)


def what_to_take_home() -> None:
    text(r"""
        # What to take home
        - Memory: parameters, gradients, optimizer state: 16 bytes a parameter with AdamW.
          Activations: batch x length x width x depth, times a factor that you measure.
        - Operations: forward $2 \times$ points $\times$ parameters, backward twice that. A
          Transformer: $6N$ a token, plus $12 L T d$ for attention.
        - Time: operations / (promised FLOP/s x MFU). An MFU of one half is good.
        - A view is free, a copy is not; who shares memory shares every change.
        - Formats: exponent bits for range, mantissa bits for resolution. Sums and master weights in
          float32.

        The two napkins again, now with every number counted:
    """)
    rows = [
        ["6 N D", "counted: 3 x forward, forward = 2 x points x parameters"],
        ["16 bytes a parameter", "allocator: gradients 4, AdamW 8, beside the weight's 4"],
        ["checkpoint", "12 bytes a parameter"],
        ["2 B D K", "loops, PyTorch's counter, and a flat curve of FLOP/s"],
    ]
    table(rows, columns=["rule", "how we know"])
    text(r"""
        **Next lecture:** what goes into the model, and why nearly everybody builds it the same way.
    """)
    note(r"""
        Homework: redo both napkins for the GPUs that you have, then measure how far off they are.
    """)


if __name__ == "__main__":
    main()
