"""Lecture 2: PyTorch from tensors to training, with an account of every byte and operation.

Title: PyTorch and resource accounting
Unit: basics
Minutes: 80
Prerequisites: lecture_01
Assignments: assignment1-basics, assignment2-systems, assignment4-data
Figure: intensity
"""

# mypy: disable-error-code="func-returns-value,no-untyped-call,union-attr,arg-type,operator,misc"
# mypy: allow-redefinition
# ruff: noqa: I001
# A step and what it shows stay on one line, here and below:
# fmt: off

import math

import numpy as np
import torch
from cs336_basics.attention import scaled_dot_product_attention
from cs336_basics.data import cut_windows, get_batch, open_tokens
from cs336_basics.generation import generate
from cs336_basics.model import Linear, MultiHeadSelfAttention, RMSNorm, TransformerLM
from cs336_basics.nn_utils import clip_gradient_norm, cross_entropy, softmax
from cs336_basics.optimizer import AdamW, get_lr_cosine_schedule
from cs336_basics.serialization import load_checkpoint, save_checkpoint
from cs336_basics.throughput import flops_per_token, matmul_parameters, model_flops_utilization
from einops import einsum, rearrange, reduce
from jaxtyping import Float
from torch import Tensor, nn

from lecture_tracer import graph, image, link, note, plot, predict, reveal, table, text
from lectures.lecture_02 import cost_figures, counting, experiments, format_figures, formats
from lectures.lecture_02 import networks, quantisation, recompute, roofline, runs, tensor_figures
from lectures.lecture_02 import training_figures, update_rules
from lectures.lecture_02.counting import count_flops, multiply_by_hand, saved_tensors, total_bytes
from lectures.lecture_02.formats import BFLOAT16, FLOAT16, FORMATS, stored
from lectures.lecture_02.optimizers import AdaGrad, valley_steps
from lectures.lecture_02.roofline import B200, H100
from lectures.lecture_02.training import MODEL, by_rate, fresh_regression, fresh_run, levels
from lectures.lecture_02.training import mean_loss, regress, regression_points, split_stories
from lectures.lecture_02.training import squared_error, tokens_of, train, write_story
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
        the bill. Both fit on a napkin. The first is **how long it takes**. Training a Transformer
        with $N$ parameters on $D$ tokens takes about $6 N D$ operations, and by the end of today
        you will have counted where the 6 comes from. Take 70 billion parameters, 15 trillion
        tokens, and 1024 H100, each of which promises 989.5 trillion operations a second (in
        bfloat16) and delivers half of that."""), link(WORKS["h100"])
    predict("How many days does this run take?", name="days", unit="days", tolerance=0.3,
        hint="Six, seventy, fifteen, and the number of seconds in a day.")
    total_flops = 6 * 70e9 * 15e12  # @inspect total_flops
    flops_per_day = 1024 * H100.flops * 0.5 * 86_400  # @inspect flops_per_day
    days = round(total_flops / flops_per_day, 1)  # @inspect days
    reveal("days", days, "The operations of the run, divided by those of a day.")
    assert days == 143.9
    table(*cost_figures.days_table(total_flops, H100.flops), caption="Days, by GPUs and MFU")
    text(rf"""
        That is {days / 30:.1f} months, and the table shows other clusters and shares of the promise
        (MFU). Only the share can be improved without buying anything, and we shall measure it.

        ## How large a model fits?
        AdamW keeps, beside each weight, its gradient and two running averages. In float32 these are
        four numbers of four bytes.""")  # @clear total_flops flops_per_day days
    predict("Weights and gradients are now kept in bfloat16, and beside them AdamW's averages and "
        "a master copy of the weights in float32. What happens to the bytes for each parameter?",
        name="mixed bytes", choices=["They fall to half", "They fall to three quarters",
        "They stay the same"], hint="Five numbers instead of four.")
    by_recipe = cost_figures.recipe_bytes()  # @inspect by_recipe
    reveal("mixed bytes", "They stay the same", "2 + 2 + 4 + 4 + 4, against 4 + 4 + 4 + 4.")
    largest = {name: 8 * 80e9 / size for name, size in by_recipe.items()}  # @inspect largest
    assert [round(n / 1e9, 1) for n in largest.values()] == [40, 40, 53.3]
    plot(cost_figures.bytes_a_parameter())
    text(r"""
        Eight H100 with 80 GB each hold 40 billion parameters in the first two recipes. The third
        drops the master copy, pays 12 bytes and holds 53 billion; what it gives up we shall see
        soon, since a weight in bfloat16 does not notice small updates. None counts the
        _activations_, kept by forward for backward, which can be larger than all the rest.
        Rajbhandari et al. do this sum for many devices, *Transformer Math 101* for inference too.
    """), link("1910.02054"), link(WORKS["transformer math"]), note("First in pairs, by pencil.")


def tensors() -> None:
    text(r"""
        # Tensors
        Everything that costs memory is a tensor: weights, gradients, the state of the optimizer,
        data, activations.""")  # @clear by_recipe largest
    literal, normal = torch.tensor([[1.0, 2], [3, 4]]), torch.randn(4, 8)  # @inspect literal normal
    weights = torch.empty(4, 8)  # @inspect weights.shape weights.dtype @clear literal normal
    nn.init.trunc_normal_(weights, mean=0, std=1, a=-2, b=2)  # @inspect weights
    assert weights.abs().max() <= 2
    plot(tensor_figures.heat(weights, "A normal distribution, cut at -2 and 2"))
    text(rf"""
        `empty` promises a shape and nothing about the content. A language model is a dictionary of
        such tensors; ours today is assignment 1's, with a vocabulary of {MODEL.vocab_size},
        {MODEL.num_layers} layers of width {MODEL.d_model} and a context of {MODEL.context_length}.
    """), link(TransformerLM.forward), note("Which of these does a longer context change? None.")
    shapes, count = experiments.shapes_of(MODEL)  # @inspect shapes count
    predict("We double the width, and the feed-forward's with it. What grows fourfold?",
        name="fourfold", choices=["Every tensor", "The matrices within the layers",
        "The embedding and the head"], hint="Which shapes have a width on both sides?")
    wider = experiments.growth_with_width()  # @inspect wider
    reveal("fourfold", "The matrices within the layers", "The rest has the width on one side only.")
    assert (count, wider["layers.0.attn.q_proj"], wider["token_embeddings"]) == (104_688, 4, 2)


def number_formats() -> None:
    text(r"""
        # Number formats
        A tensor's memory is its number of elements times the bytes of one element, so a shorter
        format means a larger model and, as we shall see, a faster one. It also means numbers that
        vanish. One matrix of GPT-3's feed-forward layers shows the size of the temptation; it is
        made on the `meta` device, which knows shapes and has no data.
    """)  # @clear shapes count wider
    matrix = torch.empty(49_152, 12_288, device="meta")  # @inspect matrix
    text(rf"""
        In float32 each of the 192 has {matrix.nbytes / 1e9:.2f} GB ({matrix.nbytes / 2**30} GiB).

        ## Range and resolution
        A floating-point number has a sign, an exponent and a mantissa. The bits of the exponent buy
        **range**, those of the mantissa buy **resolution**, and the 8-bit formats are named after
        the two: _E4M3_ has four bits of exponent and three of mantissa.""")
    plot(format_figures.bit_layout(FORMATS))  # @clear matrix
    sign, exponent, mantissa = formats.bit_fields(math.pi, BFLOAT16)  # @inspect exponent mantissa
    power = int(exponent, 2) - BFLOAT16.bias  # @inspect power
    fraction = int(mantissa, 2) / 2**7  # @inspect fraction
    value = (-1) ** int(sign) * 2**power * (1 + fraction)  # @inspect value
    assert value == stored(math.pi, BFLOAT16) == 3.140625
    table([formats.limits(format) for format in FORMATS])
    text(rf"""
        So π becomes {value} in bfloat16, right to three digits, and the table holds the limits of
        all five formats. _bfloat16_ (studied by Kalamkar et al.) is float32 with the last 16 bits
        cut off: the same range, less resolution. float16 has finer steps and a range that training
        leaves easily. Micikevicius et al. proposed the two 8-bit formats in 2022; a third,
        E4M3-FNUZ, belongs to other hardware and ends at 240 instead of 448.

        ## What goes wrong
        Three things do, and each has ended training runs. The first is __underflow__: a gradient of
        $10^{{-8}}$ is nothing unusual, and it is exactly zero in float16 and in E5M2, while
        bfloat16 keeps it with an error of a tenth of a percent.
    """), link("1905.12322"), link("2209.05433")  # @clear exponent mantissa power fraction value
    kept = {format.name: stored(1e-8, format) for format in FORMATS}  # @inspect kept
    assert kept["float16"] == kept["fp8 E5M2"] == 0 < 1.001e-8 < kept["bfloat16"] < 1.002e-8
    text(r"""
        The second is lost **resolution**: a small addition to a large number is rounded away. Here
        we add 0.01 ten thousand times, in three formats, and the exact answer is 100.""")
    predict("What does the sum in bfloat16 do?", name="stall",
        choices=["It ends near 100", "It keeps growing, ever more slowly", "It stops for good"],
        hint="How far apart are neighbouring bfloat16 numbers at 4? The mantissa has seven bits.")
    sums, ends = formats.sums_by_format(0.01, 10_000)  # @inspect ends
    reveal("stall", "It stops for good", "At 4 the step is 1/32, and 0.01 is less than half of it.")
    assert (ends["bfloat16"], ends["float16"], round(ends["float32"])) == (4, 32, 100)
    plot(format_figures.sums(sums))
    plot(format_figures.spacings(FORMATS))
    stuck = torch.tensor(1.0, dtype=torch.bfloat16) - 0.001  # @inspect stuck @clear kept ends
    assert stuck == 1
    text(r"""
        The sum stalls at 4 in bfloat16 and at 32 in float16. A weight of 1 that receives an update
        of 0.001 stays at 1, which is what the recipe of 12 bytes risks, and what a float32 _master
        copy_ prevents. For the same reason long sums are accumulated in float32.

        The third is __overflow__: the exponential of 100 is too large even for float32, and softmax
        by its definition then divides infinity by infinity. Assignment 1 subtracts the maximum
        first, which changes nothing in exact arithmetic, and we step into it."""), link(softmax)
    scores = torch.tensor([100.0, 99.0, 0.0])  # @inspect scores @clear stuck
    naive = scores.exp() / scores.exp().sum()  # @inspect naive
    stable = softmax(scores, dim=0)  # @stepinto @inspect stable
    assert (naive.isnan().any().item(), round(stable.sum().item(), 5)) == (True, 1)
    text(r"""
        One score of 100 turned the naive version into `nan`, and the same scores give a proper
        distribution when the largest of them is subtracted. Cross-entropy plays the same trick.

        ## Recap: bytes
        AdamW multiplies the bytes of the weights by four. Exponent bits buy range and mantissa bits
        buy resolution, and long sums and master weights belong in float32.
    """), link(cross_entropy), note("The step of bfloat16 between 4 and 8 is 4 times 2 to the -7.")


def devices() -> None:
    text(r"""
        # Where tensors live
        A new tensor lies in the memory of the CPU. A GPU has memory of its own, and a program that
        forgets this spends its time on the road between the two.""")  # @clear scores naive stable
    graph(**tensor_figures.machine()), link(WORKS["hopper"])
    x = torch.zeros(32, 32)  # @inspect x.device
    elsewhere = x.to("meta")  # @inspect elsewhere.device
    directly = torch.zeros(32, 32, device="meta")  # @inspect directly.device
    text(r"""
        `to` makes a copy on another device, here the one without data; `device=` makes the tensor
        there at once, and nothing travels. (On a GPU one writes `cuda`.) Three roads lead to the
        arithmetic: PCIe from the CPU with 64 GB/s in one direction, NVLink from another GPU with
        450, and the GPU's own memory with 3350."""), note("Ask which of these their laptop has.")
    predict("GPT-3's matrix of 2.4 GB travels over PCIe. How many milliseconds does it take?",
        name="travel", unit="ms", tolerance=0.2)
    rates = {"PCIe 5": 64e9, "NVLink": 450e9, "HBM3": 3.35e12}  # @inspect rates
    ms = {road: round(1e3 * 2_415_919_104 / rate, 1) for road, rate in rates.items()}  # @inspect ms
    reveal("travel", ms["PCIe 5"], "Bytes divided by bytes a second.")
    assert ms == {"PCIe 5": 37.7, "NVLink": 5.4, "HBM3": 0.7}
    copied = runs.transfer_rates()  # @inspect copied
    text(rf"""
        The same matrix passes NVLink in {ms["NVLink"]} ms and comes from the GPU's own memory in
        {ms["HBM3"]} ms. PCIe keeps its promise only to _pinned memory_, which the system
        never pages out: a copy to an H100 moved {copied["pinned"]} GB/s from pinned and
        {copied["pageable"]} from ordinary memory (recorded), the effect that Harris explains. Make
        tensors where they are used, and move data while something else is computed.
    """), link(WORKS["transfers"]), link(runs.transfer_rates)  # @clear copied rates


def storage() -> None:
    text(r"""
        # Storage, strides, views
        Some operations take the same time for a hundred elements and for a billion. A tensor is a
        pointer into a strip of memory and a recipe to find element $(i, j)$, at $\text{offset} + i
        \cdot s_0 + j \cdot s_1$, with _strides_ $s_0$ and $s_1$. Slicing, `view` and transposing
        give a _view_: another recipe for the same memory. The panel says of each tensor with whom
        it *shares* memory.""")  # @clear x.device elsewhere.device directly.device ms
    x = torch.arange(1.0, 7).view(2, 3)  # @inspect x x.stride()
    row = x[0]  # @inspect row
    column = x[:, 1]  # @inspect column
    tall = x.view(3, 2)  # @inspect tall
    transposed = x.T  # @inspect transposed
    views = {"x": x, "row": row, "column": column, "tall": tall, "transposed": transposed}  # @hide
    image(tensor_figures.memory_strips(views, 6), alt="Six cells, and the order of reading")
    predict("Now we write 100 into x[0, 1]. Which of the other four show it?", name="who changes",
        choices=["None of them", "Only the row", "The row and the column", "All four"],
        hint="The small numbers under the cells are the order in which each tensor reads them.")
    x[0, 1] = 100  # @inspect x row column tall transposed
    reveal("who changes", "All four", "There is one memory: whoever writes, writes for all.")
    assert "size and stride" in counting.refusal(lambda: transposed.view(2, 3))
    copied = transposed.contiguous()  # @inspect copied copied.stride() @clear row column tall
    flat = copied.view(2, 3)  # @inspect flat
    x[0, 0] = -1  # @inspect x transposed copied
    assert (counting.address(copied) == counting.address(x), copied[0, 0].item()) == (False, 1)
    text(r"""
        The transposed matrix hops through memory: it is not __contiguous__, in the order of
        reading, and asked for `transposed.view(2, 3)`, PyTorch complains that no strides describe
        it. `contiguous()` copies it so, and when we then wrote -1 into $x$ the copy kept its 1.

        More things share than one expects. `expand` repeats without memory, since its stride is 0;
        a NumPy array made from a tensor is the same strip; `unfold` cuts overlapping windows.""")
    tokens = torch.arange(10)  # @inspect tokens @clear x x.stride() transposed copied flat
    repeated = tokens[:3].expand(4, 3)  # @inspect repeated @clear copied.stride()
    windows = tokens.unfold(0, 5, 1)  # @inspect windows
    array = tokens.numpy()  # @inspect array
    batch, _ = cut_windows(array, np.array([4, 1]), 4)  # @inspect batch
    array[4] = 77  # @inspect tokens windows batch
    assert windows.nbytes == 6 * 5 * 8 > tokens.nbytes == 80
    assert (counting.address(batch) == counting.address(tokens), 77 in batch) == (False, False)
    text(rf"""
        Six windows of five tokens show {windows.nbytes} bytes and occupy {tokens.nbytes}. A *batch*
        for training is cut at random places, which no recipe of strides reaches, and so it is a
        **copy**: when 77 was written it kept its 4. What a view saves is measured on a CPU.
    """), link(cut_windows)  # @clear tokens repeated windows array batch
    for side in [128, 2048]:  # @inspect side
        counting.time_transpose(side, "view")
        counting.time_transpose(side, "copy")
    text(r"""
        A view costs the same for every size, because it writes a few numbers about the tensor and
        none of the tensor's. (PyTorch's documentation lists the operations that give views.)

        ## Recap: places
        Make tensors where they are used. A view is free, a copy is not, and who shares memory
        shares every change."""), link(WORKS["views"]), note("Before each step: who shares with x?")


def operations() -> None:
    text(r"""
        # Operations
        Of the few hundred operations that PyTorch knows, a language model needs about a dozen, and
        nearly all of its time goes into one. The others are _element-wise_: they make a new tensor
        of the same shape. Two of these build the _causal mask_, a triangle of ones (row: who looks,
        column: at whom), and put $-\infty$ wherever it forbids to look.""")  # @clear side
    mask = torch.ones(4, 4).tril().bool()  # @inspect mask
    scores = torch.zeros(4, 4).masked_fill(~mask, -math.inf)  # @inspect scores
    attention = softmax(scores, dim=-1)  # @inspect attention
    text(r"""
        All scores are equal here, so the first token looks at itself, and the fourth divides its
        attention among four. The operation that everything else waits for is the **matrix
        product**. With more than two dimensions the last two are multiplied, for each index of
        those before: for every sequence of a batch, every token, or every head.
    """), note("Why add the mask before softmax? Rows must sum to one.")  # @clear mask scores
    predict("A tensor of shape (4, 8, 16, 32) is multiplied by a matrix of shape (32, 2). How many "
        "numbers does the result have?", name="numbers", hint="Which dimension is summed over?")
    y = torch.ones(4, 8, 16, 32) @ torch.ones(32, 2)  # @inspect y.shape @clear attention
    reveal("numbers", y.numel(), "4 · 8 · 16 rows, each with 2 outputs: the 32 is summed over.")


def named_dimensions() -> None:
    text(r"""
        # Named dimensions
        What is dimension $-2$ of a tensor of shape (2, 3, 4)? Whoever writes `transpose(-2, -1)`
        has to know, and so do all who read it. With the library __einops__ dimensions have names.
    """)  # @clear y.shape
    Q, K = torch.randn(2, 3, 4), torch.randn(2, 3, 4)  # @inspect Q.shape
    scores = Q @ K.transpose(-2, -1)  # @inspect scores.shape
    image(tensor_figures.attention_arrows(), alt="Names of two operands, and what the result keeps")
    predict("What does einsum do with a name that stands on the left and not on the right?",
        name="missing name", choices=["It is an error", "It takes the first", "It sums over it"])
    pattern = "batch seq1 hidden, batch seq2 hidden -> batch seq1 seq2"  # @inspect pattern
    named = einsum(Q, K, pattern)  # @inspect named.shape
    reveal("missing name", "It sums over it", "The result equals Q @ K.transpose(-2, -1).")
    mean = reduce(Q, "batch seq hidden -> batch seq", "mean")  # @inspect mean.shape
    assert torch.allclose(scores, named, atol=1e-6)
    text(r"""
        `reduce` does the same for sums, means and maxima of one tensor, and `rearrange` takes a
        dimension apart or puts two together. Attention does so with its heads: 8 numbers are 2
        heads of 4, each head is multiplied by a matrix, and the heads are joined again.
    """)  # @clear Q.shape scores.shape named.shape mean.shape pattern
    x, w = torch.ones(2, 3, 8), torch.ones(4, 4)  # @inspect x.shape
    heads = rearrange(x, "batch seq (head d) -> batch head seq d", head=2)  # @inspect heads.shape
    mixed = einsum(heads, w, "batch head seq d, d e -> batch head seq e")  # @inspect mixed.shape
    joined = rearrange(mixed, "batch head seq e -> batch seq (head e)")  # @inspect joined.shape
    attention = MultiHeadSelfAttention(8, num_heads=2)  # @hide
    x = torch.arange(48.0).view(2, 3, 8)  # @hide
    split = attention._split_heads(x)  # @stepinto @inspect split.shape
    assert torch.equal(split, rearrange(x, "batch seq (head d) -> batch head seq d", head=2))
    is_batch = isinstance(x, Float[Tensor, "batch 3 hidden"])  # @inspect is_batch
    is_square = isinstance(torch.ones(2, 3), Float[Tensor, "n n"])  # @inspect is_square
    assert (is_batch, is_square) == (True, False)
    text(r"""
        Assignment 1's attention splits its heads by `reshape` and `transpose`, with the same
        result; its signature says what the shapes are. __jaxtyping__ writes shapes as types, which
        can be asked: our `x` is a `batch 3 hidden`, and a 2 × 3 matrix is no `n n`. An einsum
        string cannot be wrong; an annotation can, unless a checker is switched on.
    """), link(scaled_dot_product_attention), link(WORKS["einops"]), link(WORKS["jaxtyping"])
    note("Ask which of the two notations a newcomer would rather read.")


def operations_cost() -> None:
    text(r"""
        # What operations cost
        Two words sound the same. __FLOPs__ is an amount, floating-point operations done, and
        __FLOP/s__ is a speed. Laws and headlines quote amounts: GPT-3 took $3.14 \cdot 10^{23}$,
        and from 2023 to 2025 an order asked in the USA for a report above $10^{26}$.
    """), link("2005.14165"), link(WORKS["order"])
    budget = 8 * H100.flops * 14 * 86_400  # @inspect budget @clear x.shape heads.shape mixed.shape
    text(rf"""
        Eight H100, fully used for two weeks, do ${budget / 1e21:.1f} \cdot 10^{{21}}$, which is
        {budget / 3.14e23:.0%} of GPT-3. (The original course takes one week here and gets half.)

        ## A matrix product
        $B$ points with $D$ features go through a matrix to $K$ outputs. Each of the $B D K$ triples
        needs one multiplication and one addition, so a product costs $2 B D K$. We count in the
        three loops of the definition, and ask PyTorch's counter, which sees operations go by.""")
    B, D, K = 16, 12, 8  # @inspect B D K @clear budget joined.shape split.shape is_batch is_square
    x, w = torch.randn(B, D), torch.randn(D, K)  # @hide
    product, by_hand = multiply_by_hand(x, w)  # @inspect by_hand
    counted = count_flops(lambda: x @ w)  # @inspect counted
    assert 2 * B * D * K == by_hand == counted
    assert torch.allclose(product, x @ w, atol=1e-5)
    text(rf"""
        Both say {counted}, and the loops give the numbers of `@`. The third way to see it is to
        measure. If $2n^3$ is what a product of two $n \times n$ matrices costs, then large products
        all show the same FLOP/s, whatever their size.""")
    predict("And small products, of 32 × 32? Their FLOP/s are …", name="small products",
        choices=["lower", "the same", "higher"], hint="What does a call cost before the first "
        "multiplication?")
    rows = counting.time_products([32, 64, 128, 256, 512, 1024])
    plot(cost_figures.achieved(rows))  # @clear by_hand counted B D K
    reveal("small products", "lower", "The curve rises while the cost of the call itself counts.")
    assert rows[0].tflops < rows[8].tflops
    text(r"""
        Then it levels off: there the formula holds, and the level is the speed of this CPU. The two
        formats differ because the chip has different units for them. Element-wise work is smaller
        by a factor of the width: the product costs $2BDK$, a ReLU on its output $BK$, one operation
        for $2D$. So count the matrix products, and little is forgotten.

        ## Recap: forward
        A product of points with a matrix of $DK$ parameters costs $2BDK$: **forward costs 2 ×
        points × parameters**. Bahdanau works this out for a whole Transformer.
    """), link(multiply_by_hand), link(WORKS["flops calculus"]), note("Which device?")


def intensity() -> None:
    text(r"""
        # Operations for each byte
        Counting operations predicts the time only if operations are what the machine waits for.
        Every operand has to come from memory first. Divide the operations by the bytes that move,
        and you have the __arithmetic intensity__; divide what a machine computes in a second by
        what it moves, and you have its __ridge__. Below the ridge, an operation waits for memory,
        and a faster processor would not help it."""), link(WORKS["roofline"]), note("Draw it.")
    works = [f(1024) for f in (roofline.dot, roofline.relu, roofline.matrix_vector, roofline.gelu)]
    intensities = {work.name: round(work.intensity, 2) for work in works}  # @inspect intensities
    predict("Suppose that a GeLU takes 20 operations where a ReLU takes one. On a large tensor on "
        "an H100 (ridge: 295), how much longer does the GeLU take?", name="gelu", choices=["20 "
        "times", "About twice", "Not at all"], hint="Both read two bytes an element and write two.")
    ms = [1e3 * H100.seconds(f(2**28)) for f in (roofline.relu, roofline.gelu)]  # @inspect ms
    reveal("gelu", "Not at all", "Both wait for the same bytes.")
    square = [roofline.matmul(n) for n in (128, 1024)]  # @hide
    assert (ms[0], square[1].intensity > H100.ridge > square[0].intensity) == (ms[1], True)
    plot(roofline.chart(H100, [*works, *square]))  # @clear intensities ms
    took = runs.under_the_roof()  # @inspect took
    text(rf"""
        In bfloat16 a ReLU does {works[1].intensity:g} operations for each byte, a dot product
        {works[0].intensity:.1f}, a matrix times a *vector*, which is what generating a single token
        does, {works[2].intensity:.0f}, and a GeLU {works[3].intensity:.0f}; all are far below the
        ridge of an H100, {H100.ridge:.0f}. A product of two $n \times n$ matrices does $2n^3$
        operations on $6n^2$ bytes, so its intensity is $n/3$: {square[1].intensity:.0f} at
        $n = 1024$, above the ridge, but at $n = 128$ the best program in the world reaches
        {H100.highest_mfu(square[0]):.0%} of the peak. In general no program reaches more of it than
        $\min(1, \text{{intensity}} / \text{{ridge}})$.

        The model counts each operand once, which only a large enough cache makes true, and it fails
        for small work, where starting the kernel takes longer than both. For large work it is good:
        on $2^{{28}}$ elements an H100 took {took["ReLU"]} ms for ReLU and {took["GeLU"]} for GeLU
        (recorded), {took["GeLU"] / took["ReLU"] - 1:.0%} more time for twenty times the operations.
        A B200 does not escape: it has {B200.flops / H100.flops:.1f} times the operations of an H100
        and {B200.bandwidth / H100.bandwidth:.1f} times its bandwidth, and its ridge is at
        {B200.ridge:.0f}."""), link(roofline.Machine.highest_mfu), link(WORKS["b200"])


def utilization() -> None:
    text(r"""
        # Utilization
        The napkin assumed half of the promise. __Model FLOPs utilization__ (MFU) is the share that
        a run reaches: the operations that the model *needs*, divided by the time and by the
        promised FLOP/s. Work that the program adds (recomputing activations, say) does not count in
        its favour. The promises come from data sheets, in TFLOP/s without sparsity.""")
    note("Ask for a guess before the table: few expect less than half.")
    table(roofline.SHEETS, columns=roofline.SHEET_COLUMNS)
    text(r"""
        A sheet that promises 1979 in *bfloat16* for an H100 counts zeros: half of the numbers must
        be zero in a fixed pattern. For a B200 you will find 2250 and 2500; the second is the GB200,
        which is allowed 1200 W. For its float32 sources say 75 and 80, so the cell stays empty. For
        a CPU there is no such value, so we compute no MFU for it.
    """), link(WORKS["a100"]), link(model_flops_utilization)
    predict("On an H100 a product of two 8192 × 8192 matrices is 28 times as fast in FP8 as in "
        "float32. And one of 512 × 512?", name="small and short", choices=["28 times as fast",
        "About five times as fast", "No faster"], hint="What did small products on the CPU cost?")
    us = runs.microseconds((512, 8192))  # @inspect us
    reveal("small and short", "No faster", "In every format it takes about 40 microseconds.")
    assert [round(us[n]["float32"] / us[n]["FP8"]) for n in us] == [1, 28]
    best = cost_figures.best_shares(runs.gpu_products())  # @inspect best
    plot(cost_figures.achieved_on_gpu(runs.gpu_products(), runs.recorded_on("matrix-products-gpu")))
    text(rf"""
        Up to 512 nothing but the call counts, and a format pays only where the operations do. The
        best product of each format reaches {best["float32"]:.0%} of its promise in float32,
        {best["TF32"]:.0%} in TF32 (float32 with a mantissa of ten bits), {best["bfloat16"]:.0%} in
        bfloat16 and {best["FP8"]:.0%} in FP8. Whole runs stay below their products. Published ones
        reach 41 to 46 %: PaLM on TPU v4, Llama 3 405B on H100. On one H100 we timed the training
        step of a model of 28 million parameters, in stages of tuning.
    """), link("2204.02311"), link("2407.21783")  # @clear us best took
    predict("All stages train the same model on the same batch. What do the stages change?",
        name="stages", choices=["The operations needed", "The time", "Both"],
        hint="Look at the definition of MFU once more.")
    ours = runs.training_stages()  # @inspect ours
    plot(cost_figures.utilization(runs.measured_utilization()))
    reveal("stages", "The time", "The model needs what it needs; everything around it changed.")
    text(rf"""
        The same operations went from {ours["fused attention, eager"]:.0%} of the peak to
        {ours["+ fused norms"]:.0%}. Above 50 % is good for a large model, and this small one will
        not get there: its products alone, one after another, reach
        {ours["matrix products alone"]:.0%}, since small matrices lie low in the figure above.

        ## Recap: operations
        Whether the operations or the bytes decide the time is a question of intensity against the
        ridge. MFU divides the needed operations by the time and the promise.""")  # @clear ours


def gradients() -> None:
    text(r"""
        # Gradients and their cost
        The forward pass costs 2 × points × parameters, and the napkin says 6. `backward` fills
        `.grad` of the leaves that asked for it. Take three weights, and half the square as loss.
    """)
    x = torch.tensor([1.0, 2.0, 3.0])  # @inspect x
    w = torch.tensor([1.0, 1.0, 1.0], requires_grad=True)  # @inspect w
    prediction = x @ w  # @inspect prediction
    loss = 0.5 * (prediction - 5) ** 2  # @inspect loss
    loss.backward()  # @inspect w.grad x.grad
    assert (prediction.item(), w.grad.tolist(), x.grad) == (6, [1, 2, 3], None)
    text(r"""
        The prediction is 6 where 5 was wanted: a gradient of $(6 - 5)\,x$, and none for $x$ itself.

        ## Count backward
        Two layers, $h_1 = x w_1$ and $h_2 = h_1 w_2$, with $B$ points and widths $D$, $D$, $K$.
        Backward has to find, for each product, the gradient of its weights *and* of its input:
        $\nabla w_2 = h_1^\top \nabla h_2$ and $\nabla h_1 = \nabla h_2 \, w_2^\top$. Each is a
        product of the same size as the one forward.""")
    graph(**cost_figures.backward_graph())  # @clear x w prediction loss w.grad x.grad
    B, D, K = 64, 256, 32  # @inspect B D K
    x, w1, w2 = networks.two_layers(B, D, K)  # @inspect x.shape w1.shape w2.shape
    forward = 2 * B * D * D + 2 * B * D * K  # @inspect forward
    assert networks.gradients_are_products(x, w1, w2)
    predict("By this rule backward costs twice as much as forward. What does PyTorch's counter say "
        "for this network?", name="backward", choices=["Less than twice", "Exactly twice",
        "More than twice"], hint="Which gradient does nobody ask for?")
    counted_forward = count_flops(lambda: x @ w1 @ w2)  # @inspect counted_forward
    both = count_flops(lambda: (x @ w1 @ w2).sum().backward())  # @inspect both
    backward = both - counted_forward  # @inspect backward
    reveal("backward", "Less than twice", "The gradient of x is not computed: its 2BDD are saved.")
    assert (counted_forward, backward) == (forward, forward + 2 * B * D * K)
    x.requires_grad_()  # @hide
    counted_all = count_flops(lambda: (x @ w1 @ w2).sum().backward())  # @inspect counted_all
    plot(cost_figures.two_four_six(counted_forward, counted_all - counted_forward))
    text(rf"""
        Here the ratio is {backward / forward:.2f}. In a deep network the first input is one of
        many, and if it needs its gradient too the total is {counted_all / counted_forward:.0f}
        times forward, to the last operation. **Forward 2, backward 4, together 6 × points ×
        parameters.** (The original course adds the gradient of an input that needs none.)
    """), note("Recomputing activations runs forward twice: 8. MFU still counts 6.")


def six_n_d() -> None:
    text(r"""
        # The 6 N D of a Transformer
        Is a Transformer nothing but matrices that every token passes? We count one training step.
    """), link(matmul_parameters)  # @clear forward counted_forward backward
    counted, tokens = experiments.count_step(MODEL, 8)  # @inspect counted tokens @clear B D K
    N = matmul_parameters(MODEL)  # @inspect N @clear x.shape w1.shape w2.shape
    six_n = 6 * N * tokens  # @inspect six_n
    L, T, d = MODEL.num_layers, MODEL.context_length, MODEL.d_model  # @inspect L T d
    attention = 12 * L * T * d * tokens  # @inspect attention @clear counted_all
    assert counted == six_n + attention == flops_per_token(MODEL) * tokens
    text(rf"""
        $N$ leaves out the embedding, since looking a row up multiplies nothing. Then $6N$ explains
        {six_n / counted:.1%} of the count, and the rest is attention, where tokens meet each other
        instead of weights: $12 L T d$ operations a token for $L$ layers of width $d$ and a context
        of $T$. Together they equal the count to the last operation.

        The same holds at the size of GPT-2 XL, 48 layers of width 1600. On the `meta` device
        operations have shapes and no numbers, so that a laptop can count what it could not run.
    """), link(flops_per_token)  # @clear counted N six_n attention L T d tokens
    size, forward = experiments.count_forward(experiments.GPT2_XL)  # @inspect size forward
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
        assignment 1's gated feed-forward GPT-2 XL has {size / 1e9:.1f} billion parameters, not
        1.5.) At its own context $6ND$ lacks {over[1024] - 1:.0%}; for 65,536 tokens it is wrong by
        a factor of {over[65_536]:.1f}. Trust it while sequences are not much longer than the width.
    """), note("The accounting exercise of assignment 1. What is the share of the head?")


def parameters() -> None:
    text(r"""
        # Parameters and initialization
        A parameter is a tensor that its module has registered: `parameters()` finds it,
        `state_dict()` saves it, an optimizer changes it. We step into assignment 1's RMSNorm, with
        a single vector of parameters, and give it two rows of which one is ten times the other.
    """), link(Linear.__init__), link(RMSNorm.forward)  # @clear size forward over
    x = torch.tensor([[3.0, -4, 0, 0], [30, -40, 0, 0]])  # @inspect x
    y = RMSNorm(4)(x)  # @stepinto @inspect y
    assert torch.allclose(y.pow(2).mean(1), torch.ones(2), atol=1e-5)
    text(r"""
        Both rows come out the same, with a mean square of 1. A plain matrix keeps the scale.

        ## How large should the weights be?
        A matrix sums _fan-in_ many terms, one for each input, into each of its _fan-out_ outputs,
        and with weights of deviation 1 these have deviation $\sqrt{\text{fan-in}}$. Dividing by
        that (LeCun) keeps activations as large as they are; Glorot and Bengio divide by
        $\sqrt{(\text{fan-in} + \text{fan-out})/2}$, between what activations and gradients want.
    """), link(WORKS["glorot"])  # @clear x y
    fan_in = 16_384  # @inspect fan_in
    raw, scaled = experiments.outputs_of(fan_in, 32)  # @inspect raw scaled
    assert max(abs(raw / 128 - 1), abs(scaled - 1)) < 0.1
    predict("Twenty linear layers, and a factor that is 20 % too small in each. What is left of "
        "the deviation of 1 after the last?", name="vanishing", choices=["About 0.8", "About 0.2",
        "About 0.01"], hint="What is 0.8 to the power of 20?")
    by_gain, ends = networks.deviations_by_gain([1.25, 1.0, 0.8])  # @inspect ends
    reveal("vanishing", "About 0.01", "An error of the factor is raised to the power of the depth.")
    assert ends[1.25] > 50 > 1.2 > ends[1.0] > 0.8 > 0.02 > ends[0.8]
    plot(training_figures.deviations(by_gain))
    cut, careless = (experiments.largest_weight(fan_in, s) for s in (3, None))  # @inspect careless
    assert cut <= 3 < careless
    text(rf"""
        With {fan_in:,} inputs the raw deviation was {raw:.0f}, close to $\sqrt{{16384}} = 128$, and
        the scaled one {scaled:.2f}. A factor that is a quarter too large turns 1 into
        {ends[1.25]:.0f} within twenty layers. Safer still is to cut the tails at three deviations,
        but the bounds of `trunc_normal_` are absolute numbers: left at ±3 (as in the original
        course) they cut nothing, and the largest weight lies {careless:.1f} deviations out.

        ## Recap: six
        Forward is 2 × points × parameters, and backward twice that, because each product has two
        operands that want a gradient. A Transformer adds $12 L T d$ a token for attention. Weights
        are divided by the root of the fan-in, since an error is raised to the power of the depth.
    """), note("Where the residual stream adds up instead: lecture 3.")


def data() -> None:
    text(r"""
        # Randomness and data
        A run that cannot be repeated cannot be debugged. Weights, the order of data and dropout
        each draw random numbers, so give each a generator of its own; then changing one leaves the
        others alone.""")  # @clear fan_in raw scaled ends careless
    rng = torch.Generator().manual_seed(0)  # @hide
    first = torch.randn(2, generator=rng)  # @inspect first
    again = torch.randn(2, generator=rng.manual_seed(0))  # @inspect again
    assert torch.equal(first, again)
    text(rf"""
        ## Tokens on disk
        A data set is one long array of integers. Two bytes a token are enough for a vocabulary up
        to 65,536, and the 1.4 trillion tokens that LLaMA read would take {1.4e12 * 2 / 1e12:.1f}
        TB. No memory holds that, and none has to: a __memory map__ looks like an array, and the
        system reads the pages that are touched. Here is one of ten tokens, 100 to 109.
    """), link("2302.13971"), link(open_tokens)  # @clear first again
    tokens = experiments.mapped_tokens(range(100, 110))  # @inspect tokens
    predict("A batch is a few windows at random places, and the targets are the same windows one "
        "token later. At how many places can a window of 4 tokens begin?", name="starts",
        tolerance=0, hint="The target of the last token must exist.")
    places = {tuple(get_batch(tokens, 1, 4, "cpu")[0][0].tolist()) for _ in range(200)}  # @hide
    x, y = get_batch(tokens, 2, 4, "cpu", np.random.default_rng(0))  # @stepinto @inspect x y
    reveal("starts", len(places), "Seen in 200 draws: at 0 to 5, since 5 + 4 is the last token.")
    assert (y == x + 1).all()
    microseconds = round(1e6 * 64 * 1024 * 8 / 64e9, 1)  # @inspect microseconds @clear x y tokens
    text(rf"""
        On a GPU `get_batch` pins the batch and copies with `non_blocking=True`, so that the next
        one travels while this one is computed. For token ids that is hardly worth it: a batch of 64
        sequences of 1024 tokens is half a megabyte and takes {microseconds} microseconds on PCIe.
    """), note("Why not shuffle the file? With windows at random places nobody needs to.")


def optimizers() -> None:
    text(r"""
        # Optimizers
        Two parameters may have gradients that differ by a factor of a hundred and deserve the same
        care. Plain SGD moves one of them a hundred times as far. The family of cures, with $g$ for
        the gradient, $\eta$ for the learning rate, and $m$ and $v$ for what is remembered:""")
    text(update_rules.TABLE)
    text(r"""
        Adam's hats divide by what is missing at the beginning, $\hat m = m / (1-\beta_1^t)$ and
        $\hat v = v / (1-\beta_2^t)$, a small $\varepsilon$ beside each root keeps it from zero, and
        AdamW's $\lambda$ is the weight decay. Momentum is Polyak's (1964), AdaGrad came from Duchi
        et al., RMSProp from a lecture of Hinton's.
    """), link(WORKS["polyak"]), link(WORKS["adagrad"]), link(WORKS["rmsprop"])
    predict("One weight always sees a gradient of 0.01, another always 1. After 50 steps, whose "
        "steps have become smaller and smaller, for both weights?", name="shrinking",
        choices=list(update_rules.RULES), hint="Whose memory can only grow?")
    table(update_rules.comparison(0.01, 1.0, 50), columns=update_rules.COMPARED)
    reveal("shrinking", "AdaGrad", "The sum of squares grows with every step.")
    text(r"""
        SGD and momentum move the second weight a hundred times as far as the first; momentum ends
        at $1/(1-\beta)$, ten times SGD's step. The other three see only whether a gradient is
        larger than usual. RMSProp begins with steps ten times too long, because its $v$ starts at
        zero, which Adam's hats correct (Kingma and Ba). Loshchilov and Hutter showed that decay
        within the gradient is divided by $\sqrt{v}$ too, and took it out. We step into AdaGrad's
        only rule, then into AdamW as assignment 1 wrote it.
    """), link("1412.6980"), link("1711.05101"), link(AdamW._update)
    w = nn.Parameter(torch.tensor([1.0, 0.5]))  # @inspect w
    optimizer = AdaGrad([w], lr=0.01)  # @hide
    ((torch.tensor([1.0, -2.0]) @ w - 3) ** 2).backward()  # @inspect w.grad
    optimizer.step()  # @stepinto 1 @inspect w
    optimizer = AdamW([w], lr=0.01, weight_decay=0.1)  # @hide
    before = w.detach().clone()  # @inspect before
    optimizer.step()  # @stepinto @inspect w
    expected = before * (1 - 0.01 * 0.1) - 0.01 * w.grad.sign()  # @inspect expected
    assert torch.allclose(w.detach(), expected, atol=1e-5)
    text(r"""
        The two gradients differ by a factor of two and the changes do not, because in the first
        step $g / \sqrt{g^2}$ is a sign. `expected` says the same of AdamW, after the decay.

        ## In a narrow valley
        A surface that is twenty times steeper across than along, $(x^2 + 20 y^2)/2$, limits SGD's
        rate by the steep direction, so that it is slow along the flat one. (The learning rates were
        chosen by hand for each optimizer, and with other rates the order changes.)
    """), link(AdaGrad)  # @clear before w w.grad expected
    paths, down = valley_steps()  # @inspect down
    assert max(down, key=down.get) == "SGD"
    plot(training_figures.paths(paths))
    text(rf"""
        SGD needs {down["SGD"]} steps to come below 0.01, momentum {down["momentum"]}, AdaGrad
        {down["AdaGrad"]} and RMSProp {down["RMSProp"]}. AdamW, whose running mean shoots past the
        minimum first, needs {down["AdamW"]}: on two weights without noise it has little to show.

        ## Recap: steps
        Batches are copies of random windows. _Momentum_ averages gradients, _AdaGrad_ and _RMSProp_
        divide by the size of what they saw, _Adam_ does both, and _AdamW_ keeps the decay out.
    """), note("What does AdamW cost? The next section counts it: eight bytes a parameter.")


def memory() -> None:
    text(r"""
        # Where the memory goes
        Four things need room: parameters, gradients, the optimizer's state, activations. For two 4
        × 4 matrices and a head, a batch of 2 and AdaGrad, the formula is short.""")
    note("Let them name the four before they are shown.")
    D, layers, B = 4, 2, 2  # @inspect D layers B
    parameters, activations = D * D * layers + D, B * D * layers  # @inspect parameters activations
    total = 4 * (parameters + parameters + parameters + activations)  # @inspect total
    model, x = networks.DeepLinear(D, layers), torch.ones(B, D)  # @inspect model
    kept = saved_tensors(lambda: model(x).sum(), model.parameters(), [x])  # @inspect kept
    real = counting.bytes_after_a_step(model, x) + total_bytes(kept)  # @inspect real
    assert real == total == 496
    text(rf"""
        Weights, gradients and AdaGrad's sums are {parameters} numbers each, activations {B} × {D}
        for each layer: at four bytes {total}, and the tensors that are really there make {real}.

        ## A Transformer, against the allocator
        Now the model that we shall train, with AdamW and eight short sequences. PyTorch's profiler
        sees every block of memory that the allocator gives and takes back.
    """), link(saved_tensors), link(networks.DeepLinear.forward)  # @clear activations total kept
    predict("How large are the activations, compared with the parameters?", name="activations",
        choices=["A tenth", "About the same", "About nine times as large"],
        hint="Eight sequences of 32 tokens, 512 logits for each, and all in between.")
    step = experiments.logged_step(MODEL, 8)  # @inspect step.parameters @clear D layers B real
    after_forward = step.log.after("forward")  # @inspect after_forward @clear model
    after_backward = step.log.after("backward")  # @inspect after_backward
    after_update = step.log.after("update")  # @inspect after_update
    times = after_forward / step.parameters  # @inspect times
    reveal("activations", "About nine times as large", f"{times:.1f} times, to be exact.")
    assert after_backward == step.gradients + 4 == step.parameters + 4
    assert after_update - after_backward == step.state == 2 * step.parameters
    assert (round(times), abs(after_forward / step.saved - 1) < 1e-3) == (9, True)
    plot(cost_figures.memory_of_a_step(step.log.thinned(4)))
    text(r"""
        Forward piles activations up, backward takes them down and leaves gradients, and the first
        update adds the optimizer's state, which stays. It is right to the byte: after backward
        there are the gradients (and the loss, 4 bytes), and the update adds AdamW's two averages.

        Only activations depend on the batch. They grow with **batch × length × width × depth**,
        times a factor for the many tensors of one layer.
    """), link(counting.log_allocator)  # @clear after_forward after_backward after_update times
    by_batch = counting.activations_by_batch(MODEL)  # @inspect by_batch @clear step.parameters
    assert round(by_batch[16] / by_batch[8], 1) == 2
    plot(cost_figures.memory_by_batch(by_batch, step.parameters))


def less_memory() -> None:
    text(r"""
        # Buying memory
        When activations do not fit, there are two ways to have fewer of them. __Gradient
        accumulation__ cuts the batch into micro-batches, goes forward and backward with each, and
        lets their gradients add up before a single update. If each loss is divided by the number of
        parts, the sum is the gradient of the whole batch.""")  # @clear by_batch
    predict("We cut a batch of 16 sequences into 4 micro-batches. What does the peak of memory do?",
        name="micro", choices=["It falls to a third or a quarter", "It stays: gradients are kept",
        "It falls to about three quarters"], hint="What was largest in the last figures?")
    peaks, gradients = {}, {}  # @hide
    for parts in [1, 2, 4, 8]:  # @inspect parts
        peaks[parts], gradients[parts] = experiments.micro_batches(parts)  # @inspect peaks
    reveal("micro", "It falls to a third or a quarter", f"{peaks[1] / peaks[4]:.1f} times lower.")
    assert (counting.nearly_equal(gradients[1], gradients[8]), peaks[4] * 3 < peaks[1]) == (1, 1)
    text(rf"""
        The gradients are the same, up to rounding; with eight parts the peak fell from
        {peaks[1] / 1e6:.1f} to {peaks[8] / 1e6:.1f} MB, more and more of it gradients. The price is
        that each product becomes smaller and reaches less of the peak. (At a real width, 64 points
        of 1024 through 16 layers keep {64 * 1024 * 16 * 2:,} bytes in bfloat16.)

        __Activation checkpointing__ keeps the batch and forgets activations: what backward needs is
        computed again from the last input that was kept. With $L$ layers one can keep all inputs,
        or every $\sqrt L$-th (Chen et al.), or none and begin from the very first each time.
    """), link("1604.06174"), link(recompute._backward_by_parts)  # @clear parts peaks
    predict("Of sixteen layers every fourth input is kept. What do forward and backward cost, in "
        "forward passes (3 when all is kept)?", name="recomputed", hint="Every layer runs again.")
    ways = {}  # @hide
    for way in recompute.STRATEGIES:  # @inspect way
        ways[way] = experiments.recomputed(way)  # @inspect ways[way].peak ways[way].operations
    exact, some, none = ways.values()  # @hide
    reveal("recomputed", round(some.operations, 1), "Forward twice, backward two.")
    assert all(counting.nearly_equal(exact.gradients, way.gradients) for way in (some, none))
    assert exact.peak > 2 * some.peak > 3 * none.peak
    plot(cost_figures.peaks(ways))
    text(rf"""
        All three give the same gradients. Keeping every fourth input lowers the peak
        {exact.peak / some.peak:.1f} times for about a third more operations, which MFU does not
        count. Keeping none lowers it {exact.peak / none.peak:.1f} times and costs
        {none.operations:.1f} forward passes, which grows with $L^2$.

        ## Recap: memory
        Parameters, gradients and AdamW's state are 16 bytes a parameter, or 12 without a master
        copy, and activations grow with the batch. Accumulation divides the batch, checkpointing
        pays with a third more operations, and sharding, in lecture 7, divides the rest.
    """), note("What to do first? Accumulation, then recomputation, then sharding.")


def training() -> None:
    text(r"""
        # Training
        The loop is always the same: data, forward, loss, backward, update. What is easily forgotten
        stands before it. The data is **split**, and what is _held out_ is measured and never learnt
        from, because the loss that is trained on cannot say whether anything was understood. A
        regression first, whose 16 true weights are 0, 1, …, 15; we have 8 points to learn from.
    """)  # @clear way ways[way].peak ways[way].operations
    few, held_out = regression_points(8), regression_points(64, seed=1)  # @inspect few.x.shape
    model, optimizer = fresh_regression(0.03)  # @hide
    for step in range(3):  # @inspect step
        chosen = torch.arange(step, step + 4)  # @inspect chosen
        loss = ((model(few.x[chosen]) - few.y[chosen]) ** 2).mean()  # @inspect loss
        optimizer.zero_grad(), loss.backward(), optimizer.step()  # @hide
        unseen = squared_error(model, held_out)  # @inspect unseen
    predict("We go on for 200 steps. What do the two losses do?", name="eight points",
        choices=["Both go to zero", "Both stay high: eight points are too few",
        "Only the loss on the 8 points goes to zero"], hint="Eight equations, sixteen unknowns.")
    many = regression_points(64)  # @hide
    by_size = {len(p.y): regress(0.03, 200, p, held_out) for p in (few, many)}  # @hide
    learnt = {n: float(f"{run.train[-1]:.1g}") for n, run in by_size.items()}  # @inspect learnt
    unseen = {n: float(f"{run.held_out[-1]:.1g}") for n, run in by_size.items()}  # @inspect unseen
    reveal("eight points", "Only the loss on the 8 points goes to zero", "And 64 are enough.")
    assert learnt[8] < 1e-3 < unseen[64] < 1 < 500 < unseen[8]
    plot(training_figures.held_out_losses(by_size))
    curves = by_rate([0.001, 0.01, 0.1, 0.2, 0.5], 200, many, held_out)  # @hide
    ends = {rate: float(f"{curve[-1]:.1g}") for rate, curve in curves.items()}  # @inspect ends
    assert ends[0.001] > ends[0.01] > ends[0.1] < ends[0.2]
    plot(training_figures.loss_by_rate(curves))
    text(rf"""
        Sixteen weights fit eight points in many ways, and only one is right: the training loss fell
        to {learnt[8]:g} and the held-out loss is {unseen[8]:g}. With 64 points both fall. The
        second figure has those 64 points and five learning rates, from too slow (0.001) over good
        (0.1) to broken (0.2, 0.5), and the best is half of the first that diverges.

        ## A language model
        The same loop with assignment 1's parts: stories from its grammar (those held out are
        others), a tokenizer with 512 tokens, the Transformer, AdamW, a schedule with warm-up, and
        clipping."""), link(train), link(get_lr_cosine_schedule), link(clip_gradient_norm)
    stories, others = split_stories(seed=0)  # @inspect stories[:200] @clear step chosen loss
    tokenizer, tokens, held = tokens_of(stories, others)  # @inspect tokens.shape held.shape
    model, optimizer = fresh_run()  # @hide
    history = train(model, optimizer, tokens, 0, 250, 250)  # @inspect history.losses[::50]
    learnt, unseen = (mean_loss(model, ids) for ids in (tokens, held))  # @inspect learnt unseen
    level = levels(tokens) | {"held out": unseen}  # @inspect level
    plot(training_figures.language_model_loss(history.losses, level))  # @clear few.x.shape ends
    assert max(learnt, unseen) < 3.5 < level["frequencies"]
    story = write_story(model, tokenizer, "Once upon a time", 60)  # @hide
    work = flops_per_token(MODEL) * 250 * 8 * MODEL.context_length  # @inspect work
    text(rf"""
        It begins near {level["all alike"]}, the logarithm of the vocabulary, soon knows which
        tokens are frequent ({level["frequencies"]}), and then learns from the tokens before. On
        what it has read it ends at {learnt}, and on what it has not at {unseen}; the gap is what to
        watch when a run grows longer. It writes:

        > {" ".join(story.split())}

        Hardly a sentence is what {work / 1e9:.0f} billion operations can do; an H100 promises them
        in {1e6 * work / H100.flops:.0f} microseconds.
    """), link(generate), note("In assignment 1 the same code tells these stories properly.")


def checkpoints() -> None:
    text(r"""
        # Checkpoints
        Long runs crash: Llama 3's large one was interrupted 419 times by surprise in 54 days. A
        _checkpoint_ saves what is needed so that nobody can tell: model, optimizer, step, and
        whatever draws random numbers (here each batch depends on its step alone). One run goes
        eight steps without a break. Another is saved after five, and goes on in a new model.
    """), link("2407.21783"), link(save_checkpoint), link(load_checkpoint)  # @clear learnt unseen
    predict("Suppose that we save the weights only. What happens after the restart?",
        name="no state", choices=["Nothing, the averages are rebuilt at once",
        "The next losses differ from those of the unbroken run", "The run cannot continue"])
    run = experiments.resume()  # @inspect run.whole run.rest run.without_state
    reveal("no state", "The next losses differ from those of the unbroken run")
    assert (run.rest, run.same_weights) == (run.whole[5:], True)
    assert run.without_state[1:] != run.whole[6:]
    text(rf"""
        With the state the weights are the same, bit for bit. The file holds
        {run.bytes / 104_688:.1f} bytes a parameter: the weight and AdamW's two averages, but no
        gradient. Without the state the first loss is still right, since the weights are, and the
        later ones are not. The file is read with `weights_only`, because a file that may run code
        is one to fear, and renamed when it is whole, because a crash during writing is a crash too.
    """), note("How often? Lecture 7 has the formula. A lost hour of 16,384 GPUs costs what?")


def mixed_precision() -> None:
    text(r"""
        # Mixed precision
        Low precision is fast and small, high precision is safe, and either alone is broken or slow.
        So in _mixed precision_ matrix products and activations go to bfloat16, while parameters,
        gradients, the optimizer's state and long sums stay in float32. Micikevicius et al. made
        this a recipe, and PyTorch's **autocast** decides operation by operation.
    """), link("1710.03740"), link(WORKS["amp"])  # @clear run.whole run.rest run.without_state
    predict("A linear layer with float32 weights runs under autocast to bfloat16. Of which type is "
        "the gradient of its weights?", name="gradient type", choices=["bfloat16", "float32"],
        hint="The gradient belongs to the weight, not to the copy that was multiplied.")
    names = experiments.types_under_autocast()  # @inspect names
    reveal("gradient type", names["gradient"])
    assert (names["product"], names["weights"]) == ("bfloat16", "float32")
    squares, y = experiments.norm_of_large_numbers()  # @inspect squares y
    error = experiments.error_of_autocast()  # @inspect error
    assert 1e-4 < error < 3e-2 < squares.min() == math.inf
    text(rf"""
        (On a GPU the softmax would have been computed in float32.) Modules help themselves where it
        matters: the square of 300 is infinite in float16, and RMSNorm, which computes in float32
        whatever comes in, gives 1. In all, our model's logits in bfloat16 are off by {error:.1%}.

        ## float16 needs a trick
        A gradient of $10^{{-8}}$ is zero in float16. _Loss scaling_ multiplies the loss by a large
        number, so all gradients grow with it, and divides before the update, in float32. bfloat16
        needs none, which is the main reason for it.""")  # @clear names squares y error
    lost = stored(1e-8, FLOAT16)  # @inspect lost
    rescued = stored(1e-8 * 2**16, FLOAT16) / 2**16  # @inspect rescued
    assert (lost, float(f"{rescued:.2g}")) == (0, 1e-8)
    text(rf"""
        Scaled by $2^{{16}}$ it comes back as {rescued:.2e}. It fails when the factor
        makes the *largest* gradient overflow; programs then lower it and skip the step.
    """), note("Which sums are long? A mean loss, the norm of all gradients, a running average.")


def four_bits() -> None:
    text(r"""
        # Eight bits, and four
        Half the bits are twice the operations a second, on hardware that has units for them, so the
        next step is always tempting. E4M3 ends at 448, so divide a tensor by its largest element
        first, use the whole range, and remember the factor.""")  # @clear lost rescued
    torch.manual_seed(0)  # @hide
    weights = torch.randn(4096) * 1e-3  # @inspect weights.shape
    errors = quantisation.errors_in_e4m3(weights)  # @inspect errors
    assert errors["scaled"] < 0.03 < 0.3 < errors["plain"]
    text(rf"""
        The scale lowers the error from {errors["plain"]:.0%} to {errors["scaled"]:.1%}. Whole
        models train so, with products in fp8 and sums in higher precision: FP8-LM with a scale for
        each tensor, DeepSeek-V3 with one for each small block.

        Four bits hold sixteen patterns, and E2M1 makes fifteen numbers of them: 0, 0.5, 1, 1.5, 2,
        3, 4, 6 and their negatives. With so few the scale does most of the work. We give the same
        weights eight outliers, a hundred times larger, and look at the error of the *others*.
    """), link("2310.18313"), link("2412.19437"), link(quantisation.to_e2m1)  # @clear errors
    predict("With one scale for the whole tensor, what happens to the ordinary weights?",
        name="outliers", choices=["Their error doubles", "They all become zero",
        "Nothing, only outliers suffer"], hint="If 100 is stored as 6, what is 1 stored as?")
    weights[::512] = 0.1  # @inspect weights[0:4]
    ordinary = weights.abs() < 0.05  # @hide
    by_scale = quantisation.errors_in_four_bits(weights, ordinary)  # @inspect by_scale
    reveal("outliers", "They all become zero", "The smallest is a twelfth of the largest.")
    blocks = quantisation.errors_by_block(weights, ordinary)  # @inspect blocks
    assert by_scale["NVFP4"] < 0.25 < by_scale["one"] == 1
    assert list(blocks.values()) == sorted(blocks.values())
    plot(training_figures.error_by_block(blocks))
    text(rf"""
        __NVFP4__ gives every block of 16 numbers a scale of its own, stored in E4M3, and the tensor
        one more in float32. Ordinary weights now have an error of {by_scale["NVFP4"]:.0%} instead
        of 100 %, and the outliers spoil only the blocks that they sit in. Smaller blocks would be
        better and cost more: {quantisation.bits_a_number(16)} bits a number at 16,
        {quantisation.bits_a_number(8):.0f} at 8. _MXFP4_, an open format, has blocks of 32 and
        scales that are powers of two. NVIDIA trained 12 billion parameters on 10 trillion tokens in
        NVFP4 and reports 62.58 on MMLU-Pro against 62.62 in fp8, with random rotations, stochastic
        rounding and some layers in higher precision, which our toy has not.
    """), link("2509.25149"), link("2310.10537"), link(quantisation.nvfp4), note("Why not 2^k?")


def what_to_keep() -> None:
    text(rf"""
        # What to keep
        Training takes $6ND$ operations because forward is 2 × points × parameters and backward
        twice that; attention adds $12 L T d$ a token. The time is the operations divided by the
        promise and by the MFU, of which one half is good, and which is never above intensity /
        ridge. AdamW needs 16 bytes a parameter, or 12 without a master copy, and a checkpoint 12.
        Activations grow with batch × length × width × depth, so measure them, and buy them back by
        accumulation and recomputation. Exponent bits buy range, mantissa bits resolution, and below
        eight bits the scale does the work. A view is free, a copy is not. Judge by held-out data.

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
    note("Leave five minutes for questions.")


if __name__ == "__main__":
    main()
