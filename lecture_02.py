"""Lecture 2: PyTorch from tensors to training, with an account of every byte and operation.

Title: PyTorch and resource accounting
Unit: basics
Minutes: 80
Prerequisites: lecture_01
Assignments: assignment1-basics
"""

# mypy: disable-error-code="func-returns-value,no-untyped-call,union-attr,arg-type,operator,misc"
# mypy: allow-redefinition
# ruff: noqa: I001
# A step and what it shows stay on one line, here and below:
# fmt: off

import math
import tempfile
from pathlib import Path

import numpy as np
import torch
from cs336_basics.attention import scaled_dot_product_attention
from cs336_basics.data import cut_windows, get_batch, open_tokens
from cs336_basics.generation import generate
from cs336_basics.model import Embedding, Linear, MultiHeadSelfAttention, RMSNorm, TransformerLM
from cs336_basics.nn_utils import clip_gradient_norm, cross_entropy, softmax
from cs336_basics.optimizer import AdamW, get_lr_cosine_schedule
from cs336_basics.serialization import load_checkpoint, save_checkpoint
from cs336_basics.throughput import flops_per_token, matmul_parameters, model_flops_utilization
from einops import einsum, rearrange, reduce
from jaxtyping import Float
from torch import Tensor, nn

from lecture_tracer import graph, image, link, note, plot, predict, reveal, table, text
from lectures.lecture_02 import cost_figures, experiments, format_figures, formats, quantisation
from lectures.lecture_02 import counting, recompute, roofline, runs, tensor_figures
from lectures.lecture_02 import training_figures, update_rules
from lectures.lecture_02.counting import count_flops, multiply_by_hand, saved_tensors, total_bytes
from lectures.lecture_02.formats import BFLOAT16, E5M2, FLOAT16, FLOAT32, FORMATS, stored
from lectures.lecture_02.networks import DeepLinear, deviation_by_layer
from lectures.lecture_02.optimizers import SGD, AdaGrad, agree_with_pytorch, in_the_valley
from lectures.lecture_02.optimizers import steps_until
from lectures.lecture_02.roofline import B200, H100
from lectures.lecture_02.training import MODEL, by_rate, fresh_run, mean_loss, regress, train
from lectures.lecture_02.training import regression_points, split_stories, squared_error, tokens_of
from lectures.lecture_02.training import unigram_entropy, write_story
from lectures.lecture_02.works import WORKS


def main() -> None:
    torch.manual_seed(0)  # @hide
    torch.set_num_threads(1)  # @hide (sums in one order: every run gives the same digits)
    two_napkins()
    tensors()
    number_formats()
    devices()
    storage()
    operations()
    named_dimensions()
    operations_cost()
    intensity()
    utilization()
    gradients()
    six_n_d()
    parameters()
    data()
    optimizers()
    memory()
    less_memory()
    training()
    checkpoints()
    mixed_precision()
    four_bits()
    what_to_keep()


def two_napkins() -> None:
    text(r"""
        # PyTorch and resource accounting
        **Lecture 2: from a tensor to a training run, counting bytes and operations**

        Two questions come up before any training run, and whoever cannot answer them finds out from
        the bill. Both fit on a napkin.

        ## How long does it take?
        Training a Transformer with $N$ parameters on $D$ tokens takes about $6 N D$ operations, and
        by the end of today you will have counted where the 6 comes from. Take 70 billion
        parameters, 15 trillion tokens, and 1024 H100, each of which promises 989.5 trillion
        operations a second (in bfloat16) and delivers half of that.
    """), link(WORKS["h100"])
    predict("How many days does this run take?", name="days", unit="days", tolerance=0.3,
        hint="Six, seventy, fifteen, and the number of seconds in a day.")
    total_flops = 6 * 70e9 * 15e12  # @inspect total_flops
    flops_per_day = 1024 * H100.flops * 0.5 * 86_400  # @inspect flops_per_day
    days = round(total_flops / flops_per_day, 1)  # @inspect days
    reveal("days", days, "The operations of the run, divided by those of a day.")
    assert math.isclose(total_flops, 6.3e24)
    assert days == 143.9
    rows, columns = cost_figures.days_table(total_flops, H100.flops)  # @hide
    table(rows, columns=columns, caption="Days for 70 billion parameters and 15 trillion tokens")
    text(rf"""
        That is {days / 30:.1f} months, and the table shows what other clusters and other shares of
        the promise would need. The share is the only number on this napkin that you can improve
        without buying anything, and we shall measure it.

        ## How large a model fits?
        AdamW keeps, beside each weight, its gradient and two running averages. In float32 these are
        four numbers of four bytes.
    """)  # @clear total_flops flops_per_day days
    predict("Weights and gradients are now kept in bfloat16, two bytes each. Beside them AdamW "
        "keeps its averages and a master copy of the weights, all three in float32. What happens "
        "to the bytes for each parameter?", name="mixed bytes", choices=["They fall to half",
        "They fall to three quarters", "They stay the same"],
        hint="Count five numbers instead of four.")
    by_recipe = cost_figures.recipe_bytes()  # @inspect by_recipe
    reveal("mixed bytes", "They stay the same", "2 + 2 + 4 + 4 + 4, against 4 + 4 + 4 + 4.")
    largest = {name: 8 * 80e9 / size for name, size in by_recipe.items()}  # @inspect largest
    assert [round(n / 1e9, 1) for n in largest.values()] == [40, 40, 53.3]
    plot(cost_figures.bytes_a_parameter())
    text(r"""
        Eight H100 with 80 GB each hold 40 billion parameters in the first two recipes. The third
        drops the master copy, pays 12 bytes and holds 53 billion. What it gives up is shown in a
        moment: a weight in bfloat16 does not notice small updates. None of the three counts the
        *activations*, which depend on the batch and on the length of the sequences and can be
        larger than all the rest. Rajbhandari et al. do this sum for sharded training, and the
        second reference does it for inference too.
    """), link("1910.02054"), link(WORKS["transformer math"]), note(r"""Let them do the first napkin
        before you step, in pairs and without a calculator.""")


def tensors() -> None:
    text(r"""
        # Tensors
        Everything that costs memory is a tensor: weights, gradients, the state of the optimizer,
        data, activations.
    """)  # @clear by_recipe largest
    literal = torch.tensor([[1.0, 2, 3], [4, 5, 6]])  # @inspect literal
    normal = torch.randn(4, 8)  # @inspect normal
    weights = torch.empty(4, 8)  # @inspect weights.shape weights.dtype @clear literal normal
    nn.init.trunc_normal_(weights, mean=0, std=1, a=-2, b=2)  # @inspect weights
    assert weights.abs().max() <= 2
    plot(tensor_figures.heat(weights, "A normal distribution, cut at -2 and 2"))
    text(rf"""
        `empty` promises a shape and nothing about the content, so only its shape is shown before it
        is filled. A language model is a dictionary of such tensors. Ours today is assignment 1's,
        with a vocabulary of {MODEL.vocab_size}, {MODEL.num_layers} layers of width {MODEL.d_model}
        and a context of {MODEL.context_length}.
    """), link(TransformerLM.forward)
    predict("We double the width. Which tensors grow fourfold?", name="fourfold",
        choices=["All of them", "The matrices within the layers, not the embedding",
        "The embedding, not the matrices within the layers"], hint="Which shapes have the width in "
        "them twice? (The feed-forward grows with the width.)")
    model = MODEL.build()  # @hide
    shapes = {n: tuple(v.shape) for n, v in model.state_dict().items() if ".1." not in n}  # @hide
    count = sum(p.numel() for p in model.parameters())  # @inspect shapes count
    reveal("fourfold", "The matrices within the layers, not the embedding", "Embedding and head "
        "have one side of the size of the vocabulary, and merely double.")
    assert count == 104_688
    note("Ask which of these shapes a longer context changes: none, with rotary positions.")


def number_formats() -> None:
    text(r"""
        # Number formats
        A tensor's memory is its number of elements times the bytes of one element, so a shorter
        format means a larger model and, as we shall see, a faster one. It also means numbers that
        vanish. One matrix of GPT-3's feed-forward layers shows the size of the temptation; it is
        made on the `meta` device, which knows shapes and has no data.
    """)  # @clear shapes count
    matrix = torch.empty(49_152, 12_288, device="meta")  # @inspect matrix
    gigabytes, gibibytes = matrix.nbytes / 1e9, matrix.nbytes / 2**30  # @hide
    assert (matrix.nbytes, round(gigabytes, 2), gibibytes) == (2_415_919_104, 2.42, 2.25)
    text(rf"""
        In float32 it takes {gigabytes:.2f} GB, which is {gibibytes} GiB, and GPT-3 has 192 of them.

        ## Range and resolution
        A floating-point number has a sign, an exponent and a mantissa. The bits of the exponent buy
        **range**, those of the mantissa buy **resolution**.
    """)
    plot(format_figures.bit_layout(FORMATS))  # @clear matrix
    sign, exponent, mantissa = formats.bit_fields(math.pi, BFLOAT16)  # @inspect exponent mantissa
    power = int(exponent, 2) - BFLOAT16.bias  # @inspect power
    fraction = int(mantissa, 2) / 2**7  # @inspect fraction
    value = (-1) ** int(sign) * 2**power * (1 + fraction)  # @inspect value
    assert value == stored(math.pi, BFLOAT16) == 3.140625
    table([formats.limits(format) for format in FORMATS])
    assert [torch.finfo(t).max for t in (torch.float8_e4m3fn, torch.float8_e4m3fnuz)] == [448, 240]
    text(rf"""
        So π becomes {value} in bfloat16, right to three digits, and the table holds the limits of
        all five formats as the library reports them. bfloat16 (studied by Kalamkar et al.) is
        float32 with the last 16 bits cut off: the same range, less resolution. float16 has finer
        steps and a range that training leaves easily. The two 8-bit formats were proposed in 2022;
        a third, E4M3-FNUZ with a largest number of 240, belongs to other hardware, which is why you
        will read both 240 and 448 about "fp8".
    """), link("1905.12322"), link("2209.05433")  # @clear exponent mantissa power fraction value
    text(r"""
        ## What goes wrong
        Three things do, and each has ended training runs. The first is **underflow**. A gradient of
        $10^{-8}$ is nothing unusual, and it is exactly zero in float16 and in E5M2, while bfloat16
        keeps it with an error of a tenth of a percent.
    """)
    kept = {format.name: stored(1e-8, format) for format in FORMATS}  # @inspect kept
    assert stored(1e-8, FLOAT16) == stored(1e-8, E5M2) == 0
    assert round(stored(1e-8, BFLOAT16) * 1e8, 3) == 1.001
    text(r"""
        The second is lost **resolution**: a small addition to a large number is rounded away. Here
        we add 0.01 ten thousand times, in three formats, and the exact answer is 100.
    """)
    predict("What does the sum in bfloat16 do?", name="stall",
        choices=["It ends near 100, with an error of a few percent",
        "It keeps growing, ever more slowly", "It stops for good, long before 100"], hint="How far "
        "apart are neighbouring bfloat16 numbers at 4? The mantissa has seven bits.")
    wide = (FLOAT32, FLOAT16, BFLOAT16)  # @hide
    sums = {f.name: formats.running_sums(0.01, 10_000, f, 250) for f in wide}  # @hide
    ends = {name: points[-1][1] for name, points in sums.items()}  # @inspect ends
    reveal("stall", "It stops for good, long before 100", "At 4 the step is 1/32, and 0.01 is less "
        "than half of it: rounding gives 4 again.")
    assert (ends["bfloat16"], ends["float16"], round(ends["float32"])) == (4, 32, 100)
    plot(format_figures.sums(sums))
    plot(format_figures.spacings({f.name: formats.spacing(f, range(-12, 21)) for f in FORMATS}))
    stuck = torch.tensor(1.0, dtype=torch.bfloat16) - 0.001  # @inspect stuck @clear kept ends
    assert stuck == 1
    text(r"""
        The sum stalls at 4 in bfloat16 and at 32 in float16. A weight of 1 that receives an update
        of 0.001 stays at 1, which is what the recipe of 12 bytes risks, and what a float32 master
        copy prevents. For the same reason long sums are accumulated in float32.

        The third is **overflow**: the exponential of 100 is too large even for float32. Softmax by
        its definition then divides infinity by infinity. Assignment 1 subtracts the maximum first,
        which changes nothing in exact arithmetic, and we step into it.
    """), link(softmax)
    scores = torch.tensor([100.0, 99.0, 0.0])  # @inspect scores @clear stuck
    naive = scores.exp() / scores.exp().sum()  # @inspect naive
    stable = softmax(scores, dim=0)  # @stepinto @inspect stable
    assert naive.isnan().any()
    assert math.isclose(stable.sum().item(), 1, rel_tol=1e-6)
    text(r"""
        One score of 100 turned the naive version into `nan`, and the same scores give a proper
        distribution when the largest of them is subtracted. Cross-entropy plays the same trick.

        ## Recap: bytes
        A tensor's bytes are its elements times the size of one. AdamW multiplies them by four.
        Exponent bits buy range and mantissa bits buy resolution, and long sums and master weights
        belong in float32.
    """), link(cross_entropy), note(r"""The stall at 4: let them compute the step of bfloat16
        between 4 and 8 (4 times 2 to the -7).""")


def devices() -> None:
    text(r"""
        # Where tensors live
        A new tensor lies in the memory of the CPU. A GPU has memory of its own, and a program that
        forgets this spends its time on the road between the two.
    """)  # @clear scores naive stable
    graph(**tensor_figures.machine()), link(WORKS["hopper"])
    x = torch.zeros(32, 32)  # @inspect x.device
    elsewhere = x.to("meta")  # @inspect elsewhere.device
    directly = torch.zeros(32, 32, device="meta")  # @inspect directly.device
    assert x.nbytes + directly.nbytes == 2 * 32 * 32 * 4
    text(r"""
        `to` makes a copy on another device, here the one without data; `device=` makes the tensor
        there at once, and nothing travels. On a GPU one writes `cuda`. Three roads lead to the
        arithmetic: PCIe from the CPU with 64 GB/s in one direction, NVLink from another GPU with
        450, and the GPU's own memory with 3350.
    """)
    predict("GPT-3's matrix of 2.4 GB travels over PCIe. How many milliseconds does it take?",
        name="travel", unit="ms", tolerance=0.2)
    rates = {"PCIe 5": 64e9, "NVLink": 450e9, "HBM3": 3.35e12}  # @hide
    ms = {road: round(1e3 * 2_415_919_104 / rate, 1) for road, rate in rates.items()}  # @inspect ms
    reveal("travel", ms["PCIe 5"], "Bytes divided by bytes a second.")
    assert ms == {"PCIe 5": 37.7, "NVLink": 5.4, "HBM3": 0.7}
    text(rf"""
        The same matrix passes NVLink in {ms["NVLink"]} ms and comes from the GPU's own memory in
        {ms["HBM3"]} ms, so a factor of {ms["PCIe 5"] / ms["HBM3"]:.0f} lies between the first road
        and the last. Make tensors where they are used, and move data while something else is
        computed. Harris shows how much a transfer gains from *pinned* memory, to which we come when
        we load data.
    """), link(WORKS["transfers"]), note(r"""On a GPU machine add: torch.cuda.memory_allocated()
        before and after; 8192 bytes for these two tensors.""")


def storage() -> None:
    text(r"""
        # Storage, strides, views
        Some operations on tensors take the same time for a hundred elements and for a billion. A
        tensor is a pointer into a strip of memory and a recipe to find element $(i, j)$, at
        $\text{offset} + i \cdot s_0 + j \cdot s_1$. Slicing, `view` and transposing change the
        recipe and leave the memory alone. The panel says of each tensor with whom it *shares*
        memory.
    """)  # @clear x.device elsewhere.device directly.device ms
    x = torch.arange(1.0, 7).view(2, 3)  # @inspect x x.stride()
    row = x[0]  # @inspect row
    column = x[:, 1]  # @inspect column
    tall = x.view(3, 2)  # @inspect tall
    transposed = x.T  # @inspect transposed
    views = {"x": x, "row": row, "column": column, "tall": tall, "transposed": transposed}  # @hide
    image(tensor_figures.memory_strips(views, 6),
        alt="Six cells of memory, and which of them each tensor reads in which order")
    address = x.untyped_storage().data_ptr()  # @hide
    assert all(view.untyped_storage().data_ptr() == address for view in views.values())
    predict("Now we write 100 into x[0, 1]. Which of the other four show it?", name="who changes",
        choices=["None of them", "Only the row", "The row and the column", "All four"],
        hint="The small numbers under the cells are the order in which each tensor reads them.")
    x[0, 1] = 100  # @inspect x row column tall transposed
    reveal("who changes", "All four", "There is one memory: whoever writes, writes for all.")
    assert row[1] == column[0] == tall[0, 1] == transposed[1, 0] == 100
    assert "size and stride" in counting.refusal(lambda: transposed.view(2, 3))
    copied = transposed.contiguous()  # @inspect copied copied.stride() @clear row column tall
    flat = copied.view(2, 3)  # @inspect flat
    assert copied.untyped_storage().data_ptr() != address == transposed.untyped_storage().data_ptr()
    x[0, 0] = -1  # @inspect x transposed copied
    assert copied[0, 0] == 1
    text(r"""
        The transposed matrix hops through memory: it is not **contiguous**, and some views of it do
        not exist. Asked for `transposed.view(2, 3)`, PyTorch complains that no strides describe it.
        `contiguous()` makes a copy in the order of reading, of which that view does exist, and when
        we then wrote -1 into $x$ the copy kept its 1.

        More things share than one expects. `expand` repeats without memory, since its stride is 0;
        a NumPy array made from a tensor is the same strip; and `unfold` cuts overlapping windows at
        regular distances.
    """)
    tokens = torch.arange(10)  # @inspect tokens @clear x x.stride() transposed copied flat
    repeated = tokens[:3].expand(4, 3)  # @inspect repeated @clear copied.stride()
    windows = tokens.unfold(0, 5, 1)  # @inspect windows
    array = tokens.numpy()  # @inspect array
    batch, _ = cut_windows(array, np.array([4, 1]), 4)  # @inspect batch
    array[4] = 77  # @inspect tokens windows batch
    assert (repeated.stride(), windows.stride()) == ((0, 1), (1, 1))
    assert windows.nbytes == 6 * 5 * 8 > tokens.nbytes == 80
    assert batch.untyped_storage().data_ptr() != tokens.untyped_storage().data_ptr()
    assert 77 not in batch
    text(rf"""
        Six windows of five tokens show {windows.nbytes} bytes and occupy {tokens.nbytes}. A *batch*
        for training is cut differently: its windows begin at random places, no recipe of strides
        reaches those, and so it is a **copy**. When 77 was written it kept its 4. What a view saves
        is measured here, on a CPU.
    """), link(cut_windows)  # @clear tokens repeated windows array batch
    for side in [128, 2048]:  # @inspect side
        matrix = torch.zeros(side, side)  # @hide
        counting.time_transpose(matrix, "view")
        counting.time_transpose(matrix, "copy")
    text(r"""
        A view costs the same for every size, because it writes a few numbers about the tensor and
        none of the tensor's. PyTorch's documentation lists the operations that give views.

        ## Recap: places
        Tensors should be made where they are used. A view is free, a copy is not, and who shares
        memory shares every change.
    """), link(WORKS["views"]), note(r"""Let them predict the panel before each step: who shares
        with x?""")


def operations() -> None:
    text(r"""
        # Operations
        Of the few hundred operations that PyTorch knows, a language model needs about a dozen, and
        nearly all of its time goes into one. The others are *element-wise*: they make a new tensor
        of the same shape. Two of these build attention's mask, a triangle of ones (row: who looks,
        column: at whom), and put $-\infty$ wherever it forbids to look.
    """)  # @clear side
    mask = torch.ones(4, 4).tril().bool()  # @inspect mask
    scores = torch.zeros(4, 4).masked_fill(~mask, -math.inf)  # @inspect scores
    attention = softmax(scores, dim=-1)  # @inspect attention
    assert attention[1].tolist() == [0.5, 0.5, 0, 0]
    text(r"""
        All scores are equal here, so the first token looks at itself, and the fourth divides its
        attention among four. The operation that everything else waits for is the **matrix
        product**. With more than two dimensions the last two are multiplied, for each index of
        those before: for every sequence of a batch, every token, or every head.
    """)
    predict("A tensor of shape (4, 8, 16, 32) is multiplied by a matrix of shape (32, 2). How many "
        "numbers does the result have?", name="numbers",
        hint="The 32 is summed over; everything before it stays.")
    y = torch.ones(4, 8, 16, 32) @ torch.ones(32, 2)  # @inspect y.shape
    reveal("numbers", y.numel(), "4 · 8 · 16 rows, each with 2 outputs.")
    assert torch.equal(y, torch.full((4, 8, 16, 2), 32.0))
    left, right = torch.randn(3, 4), torch.randn(4, 2)  # @hide
    product, steps = multiply_by_hand(left, right)  # @inspect steps @clear mask scores attention
    assert torch.allclose(product, left @ right, atol=1e-6)
    assert steps == 2 * 3 * 4 * 2
    text(rf"""
        By its definition a product is three loops, and on something as small as 3 × 4 by 4 × 2 we
        can afford them: they give the same numbers as `@` and take {steps} operations.
    """), link(multiply_by_hand), note(r"""Ask why the mask is added before softmax and not
        multiplied after: the rows must sum to one.""")


def named_dimensions() -> None:
    text(r"""
        # Named dimensions
        What is dimension $-2$ of a tensor of shape (2, 3, 4)? Whoever writes `transpose(-2, -1)`
        has to know, and so does everybody who reads it. With **einops** dimensions have names.
    """)  # @clear y.shape steps
    Q, K = torch.randn(2, 3, 4), torch.randn(2, 3, 4)  # @inspect Q.shape
    scores = Q @ K.transpose(-2, -1)  # @inspect scores.shape
    image(
        tensor_figures.einsum_arrows("batch seq1 hidden", "batch seq2 hidden", "batch seq1 seq2"),
        alt="Names of two operands, and the names that the result keeps")
    predict("What does einsum do with the name `hidden`, which stands on the left and not on the "
        "right?", name="missing name", choices=["It is an error", "It takes the first element",
        "It sums over it"])
    pattern = "batch seq1 hidden, batch seq2 hidden -> batch seq1 seq2"  # @inspect pattern
    named = einsum(Q, K, pattern)  # @inspect named.shape
    reveal("missing name", "It sums over it", "The result equals Q @ K.transpose(-2, -1).")
    assert torch.allclose(scores, named, atol=1e-6)
    mean = reduce(Q, "batch seq hidden -> batch seq", "mean")  # @inspect mean.shape
    assert torch.allclose(mean, Q.sum(-1) / 4, atol=1e-6)
    text(r"""
        `reduce` does the same for sums, means and maxima of one tensor, and `rearrange` takes a
        dimension apart or puts two together. Attention does so with its heads: 8 numbers are 2
        heads of 4, each head is multiplied by a matrix, and the heads are joined again.
    """)  # @clear Q.shape scores.shape named.shape mean.shape pattern
    x, w = torch.ones(2, 3, 8), torch.ones(4, 4)  # @inspect x.shape
    heads = rearrange(x, "batch seq (head d) -> batch head seq d", head=2)  # @inspect heads.shape
    mixed = einsum(heads, w, "batch head seq d, d e -> batch head seq e")  # @inspect mixed.shape
    joined = rearrange(mixed, "batch head seq e -> batch seq (head e)")  # @inspect joined.shape
    assert torch.equal(joined, torch.full((2, 3, 8), 4.0))
    attention = MultiHeadSelfAttention(8, num_heads=2)  # @hide
    x = torch.arange(48.0).view(2, 3, 8)  # @hide
    split = attention._split_heads(x)  # @stepinto @inspect split.shape
    assert torch.equal(split, rearrange(x, "batch seq (head d) -> batch head seq d", head=2))
    is_pair = isinstance(x, Float[Tensor, "batch 3 hidden"])  # @inspect is_pair
    is_square = isinstance(torch.ones(2, 3), Float[Tensor, "n n"])  # @inspect is_square
    assert (is_pair, is_square) == (True, False)
    text(r"""
        Assignment 1's attention splits its heads by `reshape` and `transpose`, with the same
        result; its signature says what the shapes are. **jaxtyping** writes shapes as types, and a
        type can be asked whether a tensor is of it: ours is a `batch 3 hidden`, and a 2 × 3 matrix
        is no `n n`. An einsum string is documentation that cannot be wrong. An annotation can,
        unless a checker is switched on. Both libraries' own introductions are short.
    """), link(scaled_dot_product_attention), link(WORKS["einops"]), link(WORKS["jaxtyping"])
    note(r"""Let somebody write the einsum for grouped queries: head becomes (group, head).""")


def operations_cost() -> None:
    text(r"""
        # What operations cost
        Two words sound the same. **FLOPs** is an amount, floating-point operations done, and
        **FLOP/s** is a speed. Laws and headlines quote amounts: GPT-3 took $3.14 \cdot 10^{23}$,
        and an order of 2023 asked in the USA for a report above $10^{26}$, until it was rescinded
        in January 2025.
    """), link("2005.14165"), link(WORKS["order"])
    budget = 8 * H100.flops * 14 * 86_400  # @inspect budget @clear x.shape heads.shape mixed.shape
    assert math.isclose(budget, 9.575e21, rel_tol=1e-3)
    text(rf"""
        Eight H100, fully used for two weeks, do $9.6 \cdot 10^{{21}}$, which is
        {budget / 3.14e23:.0%} of GPT-3. (The original course multiplies by one week at this point
        and gets half.)

        ## A matrix product
        $B$ points with $D$ features go through a matrix to $K$ outputs. Each of the $B D K$ triples
        needs one multiplication and one addition, so a product costs $2 B D K$. We count in the
        loops of the definition, and ask PyTorch's counter, which watches the operations go by.
    """)
    B, D, K = 16, 12, 8  # @inspect B D K @clear budget joined.shape split.shape is_pair is_square
    x, w = torch.randn(B, D), torch.randn(D, K)  # @hide
    product, by_hand = multiply_by_hand(x, w)  # @inspect by_hand
    counted = count_flops(lambda: x @ w)  # @inspect counted
    assert 2 * B * D * K == by_hand == counted
    assert torch.allclose(product, x @ w, atol=1e-5)
    text(r"""
        Both say 3072. The third way to see it is to measure. If $2n^3$ is what a product of two
        $n \times n$ matrices costs, then large products all show the same FLOP/s, whatever their
        size.
    """)
    predict("And small products, of 32 × 32? Their FLOP/s are …", name="small products",
        choices=["lower", "the same", "higher"], hint="What does a call cost before the first "
        "multiplication?")
    rows = counting.time_products([32, 64, 128, 256, 512, 1024])
    plot(cost_figures.achieved(rows))  # @clear by_hand counted B D K
    reveal("small products", "lower", "The curve rises while the cost of the call itself counts.")
    assert rows[0].tflops < rows[8].tflops
    text(r"""
        Then it levels off: there the formula holds, and the level is the speed of this CPU. The two
        formats differ because the chip has different units for them, and by how much depends on the
        chip.

        Element-wise work is smaller by a factor of the width. The product costs $2BDK$, a ReLU on
        its output $BK$, one operation for $2D$. So count the matrix products, and little is
        forgotten.

        ## Recap: forward
        A product of $B$ points with a matrix costs $2BDK$, and loops, counter and clock agree on
        it. With $DK$ parameters, **forward costs 2 × points × parameters**. Bahdanau works this out
        for a whole Transformer.
    """), link(count_flops), link(WORKS["flops calculus"]), note(r"""The bfloat16 curve on a CPU
        without bfloat16 units lies below float32. Look at the device under the table.""")


def intensity() -> None:
    text(r"""
        # Operations for each byte
        Counting operations predicts the time only if operations are what the machine waits for.
        Every operand has to come from memory first. Divide the operations by the bytes that move,
        and you have the **arithmetic intensity**; divide what a machine computes in a second by
        what it moves, and you have its **ridge**. Below the ridge, an operation waits for memory,
        and a faster processor would not help it.
    """), link(WORKS["roofline"])
    works = [f(1024) for f in (roofline.dot, roofline.relu, roofline.matrix_vector, roofline.gelu)]
    intensities = {work.name: round(work.intensity, 2) for work in works}  # @inspect intensities
    predict("Suppose that a GeLU takes 20 operations where a ReLU takes one. On a large tensor on "
        "an H100, how much longer does the GeLU take?", name="gelu", choices=["20 times",
        "About twice", "Not at all"], hint="Both read two bytes an element and write two. The "
        "ridge is at 295.")
    a_relu = H100.seconds(roofline.relu(2**30))  # @inspect a_relu
    a_gelu = H100.seconds(roofline.gelu(2**30))  # @inspect a_gelu
    reveal("gelu", "Not at all", "Both wait for the same bytes.")
    assert a_relu == a_gelu
    square = [roofline.matmul(n) for n in (128, 1024)]  # @hide
    assert square[1].intensity > H100.ridge > square[0].intensity
    plot(roofline.chart(H100, [*works, *square]))  # @clear intensities a_relu a_gelu
    text(rf"""
        A product of two $n \times n$ matrices does $2n^3$ operations on $6n^2$ bytes, so its
        intensity is $n/3$. At $n = 1024$ this is {square[1].intensity:.0f}, above the H100's ridge
        of {H100.ridge:.0f}; at $n = 128$ the best program in the world reaches
        {H100.highest_mfu(square[0]):.0%} of the peak, and a matrix times a *vector*, which is what
        generating a single token does, reaches {H100.highest_mfu(works[2]):.1%}. In general no
        program reaches more of the peak than $\min(1, \text{{intensity}} / \text{{ridge}})$.
    """), link(roofline.Machine.highest_mfu)
    text(rf"""
        The model has its limits. It counts each operand once, which only a cache that is large
        enough makes true, and it assumes that computing and moving overlap. It fails for small
        work, where starting the kernel takes longer than both. And newer machines do not escape: a
        B200 has {B200.flops / H100.flops:.1f} times the operations of an H100 and
        {B200.bandwidth / H100.bandwidth:.1f} times its bandwidth, so the ridge stays nearly where
        it was, at {B200.ridge:.0f}.
    """), link(WORKS["b200"]), note(r"""Lecture 5 has the rooflines of more devices, lecture 6
        measures one, lecture 10 lives below the ridge.""")


def utilization() -> None:
    text(r"""
        # Utilization
        The napkin assumed half of the promise. **MFU**, model FLOPs utilization, is the share that
        a run reaches: the operations that the model *needs*, divided by the time and by the
        promised FLOP/s. Work that the program adds (recomputing activations, say) does not count in
        its favour. The promises come from data sheets, in TFLOP/s without sparsity.
    """)
    table(roofline.SHEETS, columns=roofline.SHEET_COLUMNS)
    text(r"""
        A sheet that promises 1979 in *bfloat16* for an H100 counts zeros: half of the numbers must
        be zero in a fixed pattern. For a B200 you will find 2250 and 2500; the second is the GB200,
        which is allowed 1200 W. For its float32 sources say 75 and 80, so the cell stays empty. And
        for this CPU there is no sheet value at all, so we compute no MFU for it.

        Published runs reach 41 to 46 %: PaLM on TPU v4, Llama 3 405B on H100. Assignment 1 measured
        training steps of a model of 28 million parameters on one H100, in stages of tuning.
    """), link(WORKS["a100"]), link(model_flops_utilization), link("2204.02311"), link("2407.21783")
    predict("All stages train the same model on the same batch. What do the stages change?",
        name="stages", choices=["The operations needed", "The time", "Both"],
        hint="Look at the definition of MFU once more.")
    measured = runs.measured_utilization()  # @hide
    ours = [round(row["MFU"], 2) for row in measured if row["kind"] != "published"]  # @inspect ours
    plot(cost_figures.utilization(measured))
    reveal("stages", "The time", "The model needs what it needs; everything around it changed.")
    text(rf"""
        From first to best the same operations went from {ours[0]:.0%} to {max(ours):.0%} of the
        peak. Above 50 % is good for a large model. We suspect that small ones stay below because
        their matrices are small and much of the step is spent on other things; the roof of the last
        section says how to check that, and lecture 6 does.

        ## Recap: operations
        A product costs $2BDK$ and everything else hardly counts, as operations. Whether the
        operations or the bytes decide the time is a question of intensity against the ridge. MFU
        divides the needed operations by the time and the promise.
    """), note(r"""Why does a compiler help so much? Lecture 6. Here only: the needed operations did
        not change.""")  # @clear ours


def gradients() -> None:
    text(r"""
        # Gradients and their cost
        The forward pass costs 2 × points × parameters, and the napkin says 6. `backward` fills
        `.grad` of the leaves that asked for it. Take a model with three weights, and half the
        square as its loss.
    """)
    x = torch.tensor([1.0, 2.0, 3.0])  # @inspect x
    w = torch.tensor([1.0, 1.0, 1.0], requires_grad=True)  # @inspect w
    prediction = x @ w  # @inspect prediction
    loss = 0.5 * (prediction - 5) ** 2  # @inspect loss
    loss.backward()  # @inspect w.grad x.grad
    assert (prediction.item(), loss.item()) == (6, 0.5)
    assert w.grad.tolist() == [1, 2, 3]  # (6 - 5) x
    assert x.grad is None
    text(r"""
        The prediction is 6 where 5 was wanted, so the gradient is $(6 - 5)\,x$, and $x$ itself,
        which did not ask, has none.

        ## Count backward
        Two layers, $h_1 = x w_1$ and $h_2 = h_1 w_2$, with $B$ points and widths $D$, $D$, $K$.
        Backward has to find, for each product, the gradient of its weights *and* of its input:
        $\nabla w_2 = h_1^\top \nabla h_2$ and $\nabla h_1 = \nabla h_2 \, w_2^\top$. Each is a
        product of the same size as the one forward.
    """)
    graph(**cost_figures.backward_graph())  # @clear x w prediction loss w.grad x.grad
    B, D, K = 64, 256, 32  # @inspect B D K
    x = torch.ones(B, D)  # @hide
    w1, w2 = (torch.randn(D, n, requires_grad=True) for n in (D, K))  # @hide
    h1 = x @ w1  # @inspect h1.shape
    h2 = h1 @ w2  # @inspect h2.shape
    h1.retain_grad(), h2.retain_grad()  # @hide (gradients in the middle are thrown away otherwise)
    forward = 2 * B * D * D + 2 * B * D * K  # @inspect forward
    (h2**2).mean().backward()  # @hide
    assert torch.allclose(w2.grad, h1.T @ h2.grad)
    assert torch.allclose(h1.grad, h2.grad @ w2.T)
    predict("By this rule backward costs twice as much as forward. What does PyTorch's counter say "
        "for this network?", name="backward", choices=["Less than twice", "Exactly twice",
        "More than twice"], hint="Which gradient does nobody ask for?")
    counted_forward = count_flops(lambda: x @ w1 @ w2)  # @inspect counted_forward
    counted_both = count_flops(lambda: (x @ w1 @ w2).sum().backward())  # @hide
    backward = counted_both - counted_forward  # @inspect backward
    reveal("backward", "Less than twice", "The gradient of x is not computed: its 2BDD are saved.")
    assert (counted_forward, backward) == (forward, forward + 2 * B * D * K)
    x.requires_grad_()  # @hide
    counted_all = count_flops(lambda: (x @ w1 @ w2).sum().backward())  # @inspect counted_all
    assert counted_all == 3 * counted_forward
    plot(cost_figures.two_four_six(counted_forward, counted_all - counted_forward))
    text(rf"""
        Here the ratio is {backward / forward:.2f}. In a deep network the first input is one of
        many, and if it needs its gradient too the total is {counted_all / counted_forward:.0f}
        times forward, to the last operation. **Forward 2, backward 4, together 6 × points ×
        parameters.** (The original course adds the gradient of $x$ to a network whose input needs
        none.)
    """), note(r"""Ask what recomputing activations does to the 6. It runs forward twice: 8. MFU
        still counts 6.""")


def six_n_d() -> None:
    text(r"""
        # The 6 N D of a Transformer
        Is a Transformer nothing but matrices that every token passes? We count one training step of
        assignment 1's model.
    """), link(matmul_parameters)  # @clear h1.shape h2.shape forward counted_forward backward
    torch.manual_seed(0)  # @hide
    model = MODEL.build()  # @hide
    ids = torch.zeros(8, MODEL.context_length, dtype=torch.long)  # @hide
    counted = count_flops(lambda: model(ids).sum().backward())  # @inspect counted @clear B D K
    N = matmul_parameters(MODEL)  # @inspect N
    six_n = 6 * N * ids.numel()  # @inspect six_n
    L, T, d = MODEL.num_layers, MODEL.context_length, MODEL.d_model  # @inspect L T d
    attention = 12 * L * T * d * ids.numel()  # @inspect attention @clear counted_all
    assert counted == six_n + attention == flops_per_token(MODEL) * ids.numel()
    text(rf"""
        $N$ leaves out the embedding, since looking a row up multiplies nothing. Then $6N$ explains
        {six_n / counted:.1%} of the count, and the rest is attention, where tokens meet each other
        instead of weights: $12 L T d$ operations a token for $L$ layers of width $d$ and a context
        of $T$. Together they equal the count to the last operation.

        The same holds at the size of GPT-2 XL, 48 layers of width 1600. On the `meta` device
        operations have shapes and no numbers, so that a laptop can count what it could not run.
    """), link(flops_per_token)  # @clear counted N six_n attention L T d
    model = experiments.GPT2_XL.build("meta")  # @hide
    size = sum(parameter.numel() for parameter in model.parameters())  # @inspect size
    ids = torch.zeros(1, 1024, dtype=torch.long, device="meta")  # @hide
    forward = count_flops(lambda: model(ids))  # @inspect forward
    assert 3 * forward == flops_per_token(experiments.GPT2_XL) * 1024
    predict("At which context does attention cost as much as all the matrices of this model?",
        name="long context", choices=["About 1,000 tokens", "About 13,000 tokens",
        "About 1,000,000 tokens"], hint="6N and 12 L T d, with N near 2 billion.")
    over = {T: experiments.over_six_n(T) for T in (256, 1024, 4096, 16384, 65536)}  # @inspect over
    reveal("long context", "About 13,000 tokens", f"6N / (12 L d) = {experiments.equal_at():,.0f}.")
    assert over[1024] < 1.1 < 4 < over[65_536]
    plot(cost_figures.attention_share(over))
    text(rf"""
        One sequence of 1024 tokens takes {forward / 1e12:.1f} trillion operations forward. (With
        the gated feed-forward of assignment 1 the sizes of GPT-2 XL make {size / 1e9:.1f} billion
        parameters, not 1.5.) At its own context $6ND$ lacks {over[1024] - 1:.0%}; for 65,536 tokens
        it is wrong by a factor of {over[65_536]:.1f}. So trust it while sequences are not much
        longer than the model is wide.
    """), note(r"""This is the accounting exercise of assignment 1. Ask for the share of the head,
        for small and large models.""")


def parameters() -> None:
    text(r"""
        # Parameters and initialization
        A parameter is a tensor that its module has registered: `parameters()` finds it,
        `state_dict()` saves it, an optimizer changes it. We step into assignment 1's RMSNorm, a
        module with a single vector of parameters, and give it two rows of which one is ten times
        the other.
    """), link(Linear), link(Embedding), link(RMSNorm.forward)  # @clear size forward over
    x = torch.tensor([[3.0, -4, 0, 0], [30, -40, 0, 0]])  # @inspect x
    y = RMSNorm(4)(x)  # @stepinto @inspect y
    assert torch.allclose(y[0], y[1], atol=1e-5)
    assert round(y[0].pow(2).mean().item(), 3) == 1
    text(r"""
        Both rows come out the same, with a mean square of 1: the layer forgets how large its input
        was. A plain matrix does not.

        ## How large should the weights be?
        An output is a sum of fan-in many terms, and with weights of deviation 1 it has deviation
        $\sqrt{\text{fan-in}}$. Dividing by that (LeCun) keeps activations as large as they are;
        Glorot and Bengio divide by $\sqrt{(\text{fan-in} + \text{fan-out})/2}$, between what
        activations and gradients want.
    """), link(WORKS["glorot"])  # @clear x y
    fan_in = 16_384  # @inspect fan_in
    raw, scaled = experiments.outputs_of(fan_in, 32)  # @inspect raw scaled
    assert max(abs(raw / 128 - 1), abs(scaled - 1)) < 0.1
    predict("Twenty linear layers, and a factor that is 20 % too small in each. What is left of "
        "the deviation of 1 after the last?", name="vanishing", choices=["About 0.8", "About 0.2",
        "About 0.01"], hint="What is 0.8 to the power of 20?")
    by_gain = {gain: deviation_by_layer(gain, 128, 20) for gain in [1.25, 1.0, 0.8]}  # @hide
    ends = {gain: round(values[-1], 3) for gain, values in by_gain.items()}  # @inspect ends
    reveal("vanishing", "About 0.01", "An error of the factor is raised to the power of the depth.")
    assert ends[1.25] > 50 > 1.2 > ends[1.0] > 0.8 > 0.02 > ends[0.8]
    plot(training_figures.deviations(by_gain))
    text(rf"""
        With {fan_in:,} inputs the raw deviation was {raw:.0f}, close to $\sqrt{{16384}} = 128$, and
        the scaled one {scaled:.2f}. A factor that is a quarter too large turns 1 into
        {ends[1.25]:.0f} within twenty layers. Safer still is to cut the tails at three deviations,
        but the bounds of `trunc_normal_` are absolute numbers and must be scaled as well.
    """)  # @clear fan_in raw scaled ends
    cut = experiments.largest_weight(fan_in, 3)  # @inspect cut
    careless = experiments.largest_weight(fan_in, None)  # @inspect careless
    assert cut <= 3 < careless
    model = DeepLinear(64, layers=2)  # @inspect model
    count = sum(parameter.numel() for parameter in model.parameters())  # @inspect count
    assert count == 64 * 64 * 2 + 64
    text(rf"""
        With bounds of ±3 instead of ±3 deviations (as in the original course) nothing is cut: the
        largest weight lies {careless:.1f} deviations out. Our second model today is two matrices
        and a head without any non-linearity, {count:,} parameters, which is enough to learn all the
        bookkeeping.

        ## Recap: six
        Forward is 2 × points × parameters, and backward twice that, because each product has two
        operands that want a gradient. A Transformer adds $12 L T d$ a token for attention. Weights
        are divided by the root of the fan-in, since an error is raised to the power of the depth.
    """), link(DeepLinear.forward), note(r"""Where the factor should be 1, and the residual stream
        adds up instead: lecture 3.""")


def data() -> None:
    text(r"""
        # Randomness and data
        A run that cannot be repeated cannot be debugged. Weights, the order of data and dropout
        each draw random numbers, so give each a generator of its own; then changing one leaves the
        others alone.
    """)  # @clear cut careless model count
    rng = torch.Generator().manual_seed(0)  # @hide
    first = torch.randn(2, generator=rng)  # @inspect first
    again = torch.randn(2, generator=rng.manual_seed(0))  # @inspect again
    assert torch.equal(first, again)
    text(rf"""
        ## Tokens on disk
        A data set is one long array of integers. Two bytes a token are enough for a vocabulary up
        to 65,536, and the 1.4 trillion tokens that LLaMA read would take {1.4e12 * 2 / 1e12:.1f}
        TB. No memory holds that, and none has to: a **memory map** looks like an array, and the
        system reads the pages that are touched. Here is one of ten tokens.
    """), link("2302.13971"), link(open_tokens)  # @clear first again
    with tempfile.TemporaryDirectory() as folder:  # @hide
        path = Path(folder, "tokens.bin")
        np.arange(100, 110, dtype=np.uint16).tofile(path)  # raw numbers, no header: not .npy
        size_on_disk = path.stat().st_size
        tokens = open_tokens(path)
    assert size_on_disk == 20
    predict("A batch is a few windows at random places, and the targets are the same windows one "
        "token later. With windows of 4 tokens, how many different places can a window of ten "
        "tokens begin at?", name="starts", tolerance=0,
        hint="The target of the last token must exist.")
    places = {tuple(get_batch(tokens, 1, 4, "cpu")[0][0].tolist()) for _ in range(200)}  # @hide
    x, y = get_batch(tokens, 2, 4, "cpu", np.random.default_rng(0))  # @stepinto @inspect x y
    reveal("starts", len(places), "Seen in 200 draws: at 0 to 5, since 5 + 4 is the last token.")
    assert (y == x + 1).all()
    microseconds = round(1e6 * 64 * 1024 * 8 / 64e9, 1)  # @inspect microseconds @clear x y
    assert microseconds == 8.2
    text(rf"""
        On a GPU `get_batch` puts the batch into *pinned* memory, which is never paged out, and
        copies with `non_blocking=True`, so that the next batch travels while this one is computed.
        Is that worth it? For token ids hardly: a batch of 64 sequences of 1024 tokens is half a
        megabyte and takes {microseconds} microseconds on PCIe.
    """), note(r"""Ask: why not shuffle the file itself? With windows at random places nobody needs
        to, at this scale.""")


def optimizers() -> None:
    text(r"""
        # Optimizers
        Two parameters may have gradients that differ by a factor of a hundred and deserve the same
        care. Plain SGD moves one of them a hundred times as far. The family of cures, with $g$ for
        the gradient, $\eta$ for the learning rate, and $m$ and $v$ for what is remembered:

        | | remembers | change of the weight |
        |---|---|---|
        | SGD | nothing | $-\eta g$ |
        | momentum | $m \leftarrow \beta m + g$ | $-\eta m$ |
        | AdaGrad | $v \leftarrow v + g^2$ | $-\eta g / \sqrt{v}$ |
        | RMSProp | $v \leftarrow \alpha v + (1-\alpha) g^2$ | $-\eta g / \sqrt{v}$ |
        | Adam | $m$, $v$: running means of $g$ and $g^2$ | $-\eta \hat m / \sqrt{\hat v}$ |
        | AdamW | the same | Adam's, and $-\eta \lambda w$, outside of $m$ and $v$ |

        Adam's hats divide by what is missing at the beginning: $\hat m = m / (1-\beta_1^t)$ and
        $\hat v = v / (1-\beta_2^t)$. AdamW's $\lambda$ is the weight decay.

        A small $\varepsilon$ beside each root keeps it from zero.
    """), link(WORKS["polyak"]), link(WORKS["adagrad"]), link(WORKS["rmsprop"])
    predict("One weight always sees a gradient of 0.01, another always 1. After 50 steps, whose "
        "steps have become smaller and smaller, for both weights?", name="shrinking",
        choices=list(update_rules.RULES), hint="Whose memory can only grow?")
    table(update_rules.comparison(0.01, 1.0, 50), columns=update_rules.COMPARED)
    reveal("shrinking", "AdaGrad", "The sum of squares grows with every step.")
    text(r"""
        SGD and momentum move the second weight a hundred times as far as the first; momentum ends
        at ten times SGD's step, which is $1/(1-\beta)$. The other three do not see how large a
        gradient is, only whether it is larger than usual. RMSProp begins with steps ten times too
        long, because its $v$ starts at zero, and Adam's hats are there to correct that. Adam came
        with this argument; the second paper showed that decay within the gradient is divided by
        $\sqrt{v}$ too, and took it out. We step into AdaGrad's only rule, then into AdamW as
        assignment 1 wrote it.
    """), link("1412.6980"), link("1711.05101"), link(AdamW._update)
    torch.manual_seed(0)  # @hide
    model = DeepLinear(2, layers=0)  # @hide
    optimizer = AdaGrad(model.parameters(), lr=0.01)  # @hide
    x, target = torch.tensor([[1.0, -2.0]]), torch.tensor([3.0])  # @inspect x target
    ((model(x) - target) ** 2).sum().backward()  # @inspect model.head model.head.grad
    before = model.head.detach().clone()  # @hide
    optimizer.step()  # @stepinto 1 @inspect model.head
    change = model.head.detach() - before  # @inspect change
    assert torch.allclose(change.abs(), torch.tensor(0.01), rtol=1e-4)
    optimizer = AdamW(model.parameters(), lr=0.01, weight_decay=0.1)  # @hide
    before = model.head.detach().clone()  # @inspect before @clear change x target
    optimizer.step()  # @stepinto @inspect model.head
    expected = before * (1 - 0.01 * 0.1) - 0.01 * model.head.grad.sign()  # @inspect expected
    assert torch.allclose(model.head.detach(), expected, atol=1e-5)
    assert agree_with_pytorch()
    text(r"""
        The two gradients differ by a factor of two and the changes do not, because in the first
        step $g / \sqrt{g^2}$ is a sign. `expected` says the same of AdamW: decay, then a step of
        the size of the learning rate by the sign of the gradient.

        ## In a narrow valley
        A surface that is twenty times steeper across than along, $(x^2 + 20 y^2)/2$, limits SGD's
        rate by the steep direction, so that it is slow along the flat one. The learning rates were
        chosen by hand for each optimizer, and with other rates the order changes.
    """), link(AdaGrad)  # @clear before model.head model.head.grad expected
    paths = in_the_valley()  # @hide
    down = {name: steps_until(path, 0.01) for name, path in paths.items()}  # @inspect down
    assert max(down, key=down.get) == "SGD"
    plot(training_figures.paths(paths))
    text(rf"""
        SGD needs {down["SGD"]} steps to come below 0.01, momentum {down["momentum"]}, AdaGrad
        {down["AdaGrad"]} and RMSProp {down["RMSProp"]}. AdamW, whose running mean shoots past the
        minimum first, needs {down["AdamW"]}: on two weights without noise it has little to show.

        ## Recap: steps
        A batch is random windows, copied from a memory map, and the targets are the same one token
        later. Momentum averages gradients, AdaGrad and RMSProp divide by the size of what they have
        seen, Adam does both, and AdamW keeps the decay out of it.
    """), note("Ask what AdamW costs. The next section counts it: eight bytes a parameter.")


def memory() -> None:
    text(r"""
        # Where the memory goes
        Four things need room: parameters, gradients, the optimizer's state, activations. On a
        network that one can draw (two 4 × 4 matrices and a head, a batch of 2, AdaGrad) the formula
        is short.
    """)
    D, layers, B = 4, 2, 2  # @inspect D layers B
    parameters, activations = D * D * layers + D, B * D * layers  # @inspect parameters activations
    total = 4 * (parameters + parameters + parameters + activations)  # @inspect total
    model, x = DeepLinear(D, layers), torch.ones(B, D)  # @hide
    kept = saved_tensors(lambda: model(x).sum(), model.parameters(), [x])  # @inspect kept
    optimizer = AdaGrad(model.parameters(), lr=0.01)  # @hide
    model(x).sum().backward(), optimizer.step()  # @hide
    real = counting.training_bytes(model, optimizer) + total_bytes(kept)  # @inspect real
    assert real == total == 496
    text(rf"""
        Weights, gradients and AdaGrad's sums are {parameters} numbers each, activations {B} × {D}
        for each layer; at four bytes that is {total}, and the tensors that are really there, among
        them what autograd says that it keeps for backward, make {real}.

        ## A Transformer, against the allocator
        Now the model that we shall train, with AdamW and eight short sequences. PyTorch's profiler
        sees every block of memory that the allocator gives and takes back.
    """), link(saved_tensors), link(counting.log_allocator)  # @clear activations total kept real
    predict("How large are the activations, compared with the parameters?", name="activations",
        choices=["A tenth", "About the same", "About nine times as large"], hint="Eight sequences "
        "of 32 tokens, 512 logits for each, and everything in between.")
    torch.manual_seed(0)  # @hide
    model = MODEL.build()  # @hide
    optimizer = AdamW(model.parameters())  # @hide
    ids = torch.randint(MODEL.vocab_size, (8, MODEL.context_length))  # @hide
    log = counting.log_training_step(model, optimizer, ids)  # @hide
    parameter_bytes = total_bytes(model.parameters())  # @inspect parameter_bytes @clear D layers B
    after_forward = log.after("forward")  # @inspect after_forward
    after_backward = log.after("backward")  # @inspect after_backward
    after_update = log.after("update")  # @inspect after_update
    times = after_forward / parameter_bytes  # @hide
    reveal("activations", "About nine times as large", f"{times:.1f} times, to be exact.")
    hooks = counting.saved_bytes(lambda: model(ids).logsumexp(-1).mean(), model, ids)  # @hide
    assert after_backward == counting.gradient_bytes(model) + 4 == parameter_bytes + 4
    assert after_update - after_backward == counting.state_bytes(optimizer) == 2 * parameter_bytes
    assert abs(after_forward - hooks) < 1e-3 * hooks
    assert round(times) == 9
    plot(cost_figures.memory_of_a_step(log.thinned(4)))
    text(r"""
        Forward piles activations up, backward takes them down and leaves gradients, and the first
        update adds the optimizer's state, which stays. It is right to the byte: after backward
        there are the gradients (and the loss, 4 bytes), and the update adds AdamW's two averages.
        What autograd says that it keeps and what the allocator gave agree within a thousandth.

        Gradients, parameters and state do not depend on the batch. Activations grow with **batch ×
        length × width × depth**, times a factor for the many tensors of one layer.
    """)  # @clear parameter_bytes after_forward after_backward after_update
    by_batch = counting.activations_by_batch(model, MODEL.context_length)  # @hide
    narrow, wide = map(counting.linear_activations, (16, 32))  # @inspect narrow wide
    assert 0.98 < by_batch[16] / (2 * by_batch[8]) < 1.02
    assert wide == 2 * narrow
    plot(cost_figures.memory_by_batch(by_batch, parameter_bytes))
    note("Ask what to do first when memory runs out; the next section does it.")


def less_memory() -> None:
    text(r"""
        # Buying memory
        When activations do not fit, there are two ways to have fewer of them. **Gradient
        accumulation** cuts the batch into micro-batches, goes forward and backward with each, and
        lets their gradients add up before a single update. If each loss is divided by the number of
        parts, the sum is the gradient of the whole batch.
    """)  # @clear wide narrow
    predict("We cut a batch of 16 sequences into 4 micro-batches. What happens to the peak of "
        "memory?", name="micro", choices=["It falls to about a third or a quarter",
        "It stays, since all gradients are kept", "It falls a little, to about three quarters"],
        hint="What lived longest in the last figures, and what is as large as the parameters?")
    peaks, gradients = {}, {}  # @hide
    for parts in [1, 2, 4, 8]:  # @inspect parts
        peaks[parts], gradients[parts] = experiments.micro_batches(parts)  # @inspect peaks
    reveal("micro", "It falls to about a third or a quarter",
        f"From {peaks[1] / 1e6:.1f} to {peaks[4] / 1e6:.1f} MB.")
    assert counting.nearly_equal(gradients[1], gradients[8])
    assert peaks[4] < peaks[1] / 3
    text(rf"""
        The gradients are the same, up to rounding; with eight parts the peak is
        {peaks[1] / peaks[8]:.1f} times lower, and what remains is more and more the gradients
        themselves. The price is that each product becomes smaller, and small products reach less of
        the peak. At the scale of a real layer: 64 points of width 1024 through 16 layers keep
        {64 * 1024 * 16 * 2:,} bytes in bfloat16, and a quarter of that in four micro-batches.

        **Activation checkpointing** keeps the batch and forgets activations. What backward needs is
        computed again from the last input that was kept. With $L$ layers one can keep all inputs,
        or every $\sqrt L$-th (Chen et al.), or none and begin from the very first each time.
    """), link("1604.06174"), link(recompute._backward_by_parts)  # @clear parts peaks
    predict("Sixteen layers, and only every fourth input is kept. How many forward passes' worth "
        "of operations does forward and backward cost then, if it is 3 when all is kept?",
        name="recomputed", hint="Every layer is run once more.")
    ways = {}  # @hide
    for way in recompute.STRATEGIES:  # @inspect way
        ways[way] = experiments.recomputed(way)  # @inspect ways[way].peak ways[way].operations
    exact, some, none = ways.values()  # @hide
    reveal("recomputed", round(some.operations, 1), "Forward twice, backward two.")
    assert all(counting.nearly_equal(exact.gradients, way.gradients) for way in (some, none))
    assert exact.peak > 2 * some.peak > 3 * none.peak
    plot(cost_figures.peaks(ways))
    text(rf"""
        All three give the same gradients. Keeping every fourth input halves the peak
        ({exact.peak / some.peak:.1f} times lower) for about a third more operations. Keeping none
        is {exact.peak / none.peak:.1f} times lower and costs {none.operations:.1f} forward passes,
        a number that grows with $L^2$; in practice one keeps the input of each block. MFU does not
        count the second forward pass.

        ## Recap: memory
        Parameters, gradients and AdamW's state are 16 bytes a parameter, or 12 without a master
        copy. Activations grow with batch × length × width × depth. Accumulation divides the batch,
        checkpointing buys memory with a third more operations, and sharding, in lecture 7, divides
        the rest among devices.
    """), note(r"""Ask what to do first when memory runs out: accumulation, then recomputation, then
        sharding.""")


def training() -> None:
    text(r"""
        # Training
        The loop is always the same: data, forward, loss, backward, update. What is easily forgotten
        stands before it. The data is **split**, and what is held out is measured and never learnt
        from, because the loss that is trained on cannot say whether anything was understood. A
        regression first, whose 16 true weights are 0, 1, …, 15; we have 8 points to learn from.
    """)  # @clear way ways[way].peak ways[way].operations
    few = regression_points(8)  # @inspect few.x.shape
    held_out = regression_points(64, seed=1)  # @inspect held_out.x.shape
    torch.manual_seed(0)  # @hide
    model = DeepLinear(16, layers=0)  # @hide
    optimizer = SGD(model.parameters(), lr=0.03)  # @hide
    for step in range(3):  # @inspect step
        chosen = torch.arange(step, step + 4)  # @inspect chosen
        loss = ((model(few.x[chosen]) - few.y[chosen]) ** 2).mean()  # @inspect loss
        optimizer.zero_grad(set_to_none=True)  # @hide
        loss.backward()  # @hide
        optimizer.step()  # @hide
        unseen = squared_error(model, held_out)  # @inspect unseen
    predict("We go on for 200 steps. What do the two losses do?", name="eight points",
        choices=["Both go to zero", "Both stay high: eight points are too few to learn from",
        "The loss on the 8 points goes to zero, the held-out one stays high"],
        hint="Eight equations, sixteen unknowns.")
    many = regression_points(64)  # @hide
    runs_of = {len(p.y): regress(0.03, 200, p, held_out) for p in (few, many)}  # @hide
    learnt = {n: float(f"{run.train[-1]:.1g}") for n, run in runs_of.items()}  # @inspect learnt
    unseen = {n: float(f"{run.held_out[-1]:.1g}") for n, run in runs_of.items()}  # @inspect unseen
    reveal("eight points", "The loss on the 8 points goes to zero, the held-out one stays high",
        "Sixteen weights fit eight points in many ways, and only one of them is right.")
    assert learnt[8] < 1e-3 < 500 < unseen[8]
    assert unseen[64] < 1
    plot(training_figures.held_out_losses(runs_of))
    curves = by_rate([0.001, 0.01, 0.03, 0.1, 0.2, 0.5], 200, many, held_out)  # @hide
    ends = {rate: float(f"{curve[-1]:.1g}") for rate, curve in curves.items()}  # @inspect ends
    assert ends[0.001] > ends[0.01] > ends[0.03] > ends[0.1] < ends[0.2]
    assert math.isnan(ends[0.5])
    plot(training_figures.loss_by_rate(curves))
    text(rf"""
        With eight points the training loss fell to {learnt[8]:g} and the held-out loss is
        {unseen[8]:g}; with 64 points both fall. The second figure has those 64 points and six
        learning rates, judged by what is held out. It goes from too slow (0.001) over good (0.1) to
        broken (0.2, 0.5), and there is no safe side: the best of these rates is half of the first
        that diverges.

        ## A language model
        The same loop with assignment 1's parts: stories from its grammar, its tokenizer with 512
        tokens, its Transformer, AdamW, a schedule with warm-up, and clipping. No story that is held
        out stands among those it learns from.
    """), link(train), link(get_lr_cosine_schedule), link(clip_gradient_norm)
    stories, others = split_stories(seed=0)  # @hide
    sample = stories[:200]  # @inspect sample @clear step chosen loss few.x.shape held_out.x.shape
    assert not set(stories.split("\n\n")) & set(others.split("\n\n"))
    tokenizer, tokens, held = tokens_of(stories, others)  # @inspect tokens.shape held.shape
    model, optimizer = fresh_run()  # @hide
    untrained = write_story(model, tokenizer, "Once upon a time", 12)  # @inspect untrained
    history = train(model, optimizer, tokens, 0, 250, 250)  # @hide
    every_fiftieth = [round(loss, 2) for loss in history.losses[::50]]  # @inspect every_fiftieth
    learnt = round(mean_loss(model, tokens), 2)  # @inspect learnt
    unseen = round(mean_loss(model, held), 2)  # @inspect unseen
    uniform, frequencies = round(math.log(512), 2), round(unigram_entropy(tokens), 2)  # @hide
    levels = {"all alike": uniform, "frequencies": frequencies, "held out": unseen}  # @hide
    plot(training_figures.language_model_loss(history.losses, levels))  # @clear ends
    assert max(learnt, unseen) < 3.5 < frequencies < uniform
    story = write_story(model, tokenizer, "Once upon a time", 60)  # @hide
    work = 6 * matmul_parameters(MODEL) * 250 * 8 * MODEL.context_length  # @hide
    assert round(1e6 * work / H100.flops, 1) == 31.0
    text(rf"""
        It begins near {uniform}, the logarithm of the vocabulary, soon knows which tokens are
        frequent ({frequencies}), and then learns from the tokens before. On what it has read it
        ends at {learnt}, and on what it has not at {unseen}; the gap is what to watch when a run
        grows longer. It writes:

        > {" ".join(story.split())}

        Words and names, hardly a sentence, is what 250 steps of a model with 0.1 million parameters
        can do. The whole run was {work / 1e9:.0f} billion operations, which an H100 promises to do
        in {1e6 * work / H100.flops:.0f} microseconds.
    """), link(generate), note(r"""In assignment 1 the same code trains a model that tells these
        stories properly, on a GPU.""")


def checkpoints() -> None:
    text(r"""
        # Checkpoints
        Long runs crash: Llama 3's large one was interrupted 419 times by surprise in 54 days. What
        must be saved so that nobody can tell? Model, optimizer, step, and whatever draws random
        numbers; here each batch depends on its step alone, so there is nothing more. One run goes
        eight steps without a break. Another is saved after five, and goes on in a new model with
        other weights.
    """), link(save_checkpoint), link(load_checkpoint)  # @clear every_fiftieth learnt unseen
    predict("Suppose that we forget the optimizer's state and save the weights only. What happens "
        "after the restart?", name="no state", choices=["Nothing, the averages are rebuilt at once",
        "The next losses differ from those of the unbroken run", "The run cannot continue"])
    run = experiments.resume()  # @inspect run.whole run.rest run.without_state
    reveal("no state", "The next losses differ from those of the unbroken run")
    assert (run.rest, run.same_weights) == (run.whole[5:], True)
    assert run.without_state[1:] != run.whole[6:]
    assert 12 <= run.bytes / 104_688 <= 1.1 * 12
    text(rf"""
        Bit for bit the same weights. The file holds {run.bytes / 104_688:.1f} bytes a parameter:
        the weight and AdamW's two averages, but no gradient. Without the state the first loss is
        still right, since the weights are, and the later ones are not. The file is read with
        `weights_only`, because a file that may run code is a file to be afraid of, and written
        beside its final name and then moved, because a crash during writing is a crash too.
    """), link("2407.21783"), note(r"""How often to save: lecture 7 has the formula. Here ask what a
        lost hour of 16,384 GPUs costs.""")


def mixed_precision() -> None:
    text(r"""
        # Mixed precision
        Low precision is fast and small, high precision is safe, and a run in either alone is slow
        or broken. So matrix products and activations go to bfloat16, while parameters, gradients,
        the optimizer's state and long sums stay in float32. Micikevicius et al. made this a recipe,
        and PyTorch's **autocast** decides operation by operation.
    """), link("1710.03740"), link(WORKS["amp"])  # @clear run.whole run.rest run.without_state
    predict("A linear layer with float32 weights runs under autocast to bfloat16. Of which type is "
        "the gradient of its weights?", name="gradient type", choices=["bfloat16", "float32"],
        hint="The gradient belongs to the weight, not to the copy that was multiplied.")
    names = experiments.types_under_autocast()  # @inspect names
    reveal("gradient type", names["gradient"])
    assert (names["product"], names["weights"]) == ("bfloat16", "float32")
    squares, y = experiments.norm_of_large_numbers()  # @inspect squares y
    assert squares.isinf().all()
    error = experiments.error_of_autocast()  # @inspect error
    assert 1e-4 < error < 3e-2
    text(rf"""
        Which operation gets which type is a list that differs by device: on a GPU the softmax would
        have been computed in float32. Modules help themselves where it matters. The square of 300
        is infinite in float16, and RMSNorm, which computes in float32 whatever comes in, gives 1.
        All in all, a forward pass of our model in bfloat16 has logits that are off by {error:.1%}
        of their size.

        ## float16 needs a trick
        A gradient of $10^{{-8}}$ is zero in float16. Multiply the loss by a large number, and all
        gradients grow with it; divide before the update, in float32. With bfloat16 that is not
        needed, and that is the main reason for it.
    """)  # @clear names squares y error
    lost = stored(1e-8, FLOAT16)  # @inspect lost
    rescued = stored(1e-8 * 2**16, FLOAT16) / 2**16  # @inspect rescued
    assert lost == 0
    assert math.isclose(rescued, 1e-8, rel_tol=1e-3)
    text(rf"""
        Scaled by $2^{{16}}$ it comes back as {rescued:.2e}. Loss scaling fails when the factor
        makes the *largest* gradient overflow, so programs lower it whenever they see an infinity,
        and skip that step.
    """), note(r"""Ask which sums are long: the mean of a loss, the norm of all gradients, a running
        average.""")


def four_bits() -> None:
    text(r"""
        # Eight bits, and four
        Half the bits are twice the operations a second, on hardware that has units for them, so the
        next step is always tempting. E4M3 ends at 448 and has three bits of mantissa. Divide a
        tensor by its largest element first, use the whole range, and remember the factor.
    """)  # @clear lost rescued
    torch.manual_seed(0)  # @hide
    weights = torch.randn(4096) * 1e-3  # @inspect weights.shape
    errors = quantisation.errors_in_e4m3(weights)  # @inspect errors
    assert errors["scaled"] < 0.03 < 0.3 < errors["plain"]
    text(rf"""
        The scale lowers the error from {errors["plain"]:.0%} to {errors["scaled"]:.1%}. With care
        whole models train so, with products in fp8, sums in higher precision and the rest as above:
        FP8-LM with a scale for each tensor, DeepSeek-V3 with one for each small block.

        Four bits hold sixteen patterns, and E2M1 makes 0, 0.5, 1, 1.5, 2, 3, 4, 6 and their
        negatives of them. With so few numbers the scale does most of the work. We give the same
        weights eight outliers, a hundred times larger than the rest, and look at the error of the
        *other* weights.
    """), link("2310.18313"), link("2412.19437"), link(quantisation.to_e2m1)  # @clear errors
    predict("With one scale for the whole tensor, what happens to the ordinary weights?",
        name="outliers", choices=["Their error doubles", "They all become zero",
        "Nothing, only outliers suffer"], hint="If 100 is stored as 6, what is 1 stored as?")
    weights[::512] = 0.1  # @inspect weights[0:4]
    ordinary = weights.abs() < 0.05  # @hide
    by_scale = quantisation.errors_in_four_bits(weights, ordinary)  # @inspect by_scale
    reveal("outliers", "They all become zero", "The smallest is a twelfth of the largest.")
    assert by_scale["one"] == 1
    assert by_scale["NVFP4"] < 0.25
    blocks = quantisation.errors_by_block(weights, ordinary)  # @inspect blocks
    assert list(blocks.values()) == sorted(blocks.values())
    plot(training_figures.error_by_block(blocks))
    text(rf"""
        **NVFP4** gives every block of 16 numbers a scale of its own, stored in E4M3, and the tensor
        one more in float32. Ordinary weights now have an error of {by_scale["NVFP4"]:.0%} instead
        of 100 %, and the outliers spoil only the blocks that they sit in. Smaller blocks would be
        better and cost more: {quantisation.bits_a_number(16)} bits a number at 16,
        {quantisation.bits_a_number(8):.0f} at 8. MXFP4, an open format, has blocks of 32 and scales
        that are powers of two. NVIDIA trained a hybrid of 12 billion parameters on 10 trillion
        tokens in NVFP4 and reports 62.58 on MMLU-Pro against 62.62 in fp8; that took random
        rotations, stochastic rounding and some layers in higher precision, which our toy has not.
    """), link("2509.25149"), link("2310.10537"), link(quantisation.nvfp4), note(r"""Ask why a power
        of two is a worse scale: it may leave half of the range of E2M1 unused.""")


def what_to_keep() -> None:
    peaks = experiments.peak_by_distance()  # @hide
    assert min(peaks, key=peaks.get) == 4
    text(rf"""
        # What to keep
        Both napkins again, now with every number counted. Training takes $6ND$ operations because
        forward is 2 × points × parameters and backward twice that; attention adds $12 L T d$ a
        token. The time is the operations divided by the promise and by the MFU, of which one half
        is good, and which is never above intensity / ridge. AdamW needs 16 bytes a parameter, or 12
        without a master copy, and a checkpoint 12. Activations grow with batch × length × width ×
        depth, so measure them, and buy them back by accumulation and recomputation. Exponent bits
        buy range, mantissa bits buy resolution, and below eight bits the scale does the work. A
        view is free, a copy is not, and a batch is a copy. Whatever is trained is judged by what
        was held out.

        ## Three exercises
        1. How many days do 2,048 H100 at an MFU of 0.4 need for 8 billion parameters and 15
           trillion tokens? (Check: {6 * 8e9 * 15e12 / (2048 * H100.flops * 0.4 * 86_400):.1f}.)
        2. At which $n$ does a product of two $n \times n$ matrices in bfloat16 reach the ridge of a
           B200? (Check: $n/3 = {B200.ridge:.0f}$, so {math.ceil(3 * B200.ridge)}.)
        3. Measure the peak of `backward_keeping_every` for the distances 1, 2, 4, 8 and 16 through
           16 layers. Where is it lowest, and why? (Check: at 4, though 2 is within a few percent;
           $L/k$ inputs are kept, and $k$ layers are alive at a time, so $k = \sqrt L$.)

        ## What to read next
        Bahdanau's calculus for the six, counted for every part of a Transformer; *Transformer Math
        101* for memory with sharding; the FP8 paper for how formats are chosen. Assignment 1 has
        you build all the parts that we stepped into, and ends with the accounting of GPT-2 XL.

        **Next lecture:** what goes into the model, and why nearly everybody builds it the same way.
    """), link(recompute.backward_keeping_every), link(WORKS["flops calculus"]), link("2209.05433")
    note(r"""Homework: redo both napkins for the GPUs that you have, then measure how far off they
        are.""")


if __name__ == "__main__":
    main()
