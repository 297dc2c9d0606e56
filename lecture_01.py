"""Lecture 1: why we build language models from scratch, and tokenization.

Title: Language models from scratch
Unit: basics
Minutes: 80
Prerequisites: none
Assignments: assignment1-basics
Figure: language_tax
"""

# mypy: disable-error-code="func-returns-value"

import math
import re
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from cs336_basics.bpe import count_pairs as count_pairs_of_words
from cs336_basics.bpe import merge_pair, train_bpe, train_bpe_naive
from cs336_basics.split import GPT2_PATTERN, Splitter, split_pretokens
from cs336_basics.tokenizer import Tokenizer

from lecture_tracer import code, graph, image, link, note, plot, predict, reveal, table, text
from lectures.lecture_01 import overview_figures, token_figures, tokenizers, toys, web
from lectures.lecture_01.citations import cite
from lectures.lecture_01.encodings import Encoding, load_encodings, load_provenance
from lectures.lecture_01.history import MODELS, UTILIZATION_COLUMNS, frontier_claims, utilizations
from lectures.lecture_01.records import Comparison, Demonstration
from lectures.lecture_01.scaling import attention_share, compute_optimal, vocabulary_growth
from lectures.lecture_01.texts import GREETING, PROBES, SENTENCES, TALE, TIC_TAC_TOE, read_tale
from lectures.lecture_01.tokenizers import compression_ratio, spell, spell_all


def main() -> None:
    welcome()
    why_from_scratch()
    bitter_lesson()
    history()
    executable_lecture()
    assignments()
    five_units()
    what_tokenization_is()
    character_tokenizer()
    byte_tokenizer()
    word_tokenizer()
    tokenizer = byte_pair_encoding()
    beyond_bpe(tokenizer)
    what_to_keep()


def welcome() -> None:
    text(r"""
        # Language models from scratch
        **Lecture 1: overview, and tokenization**

        In this course you build a language model: the tokenizer, the network, the optimizer, the
        kernels, the training on many devices, the data, and the alignment. You build each part
        yourself, because that is how you come to understand it, and because a part that nobody in
        the room has built is a part that nobody in the room can repair.

        Today's first half says why the effort is worth it and where the course goes. The second
        takes the first part of every language model, the tokenizer, and builds it completely. You
        will be asked to commit to an answer before the program gives it; a wrong guess costs
        nothing here and teaches more than a right one. Here is the first, which the next half hour
        will answer. *You own one month of web crawl, and 32 H100 for two weeks.*
    """)
    predict("How many billion parameters should your model have?", name="plan", tolerance=0.3)
    note("80 minutes, half for the overview. Who has trained a model from zero? Collect guesses.")


def why_from_scratch() -> None:
    text(r"""
        # Why build from scratch
        Around 2016 a researcher in language trained her own models. Around 2018 she downloaded BERT
        and fine-tuned it, around 2020 she began to write prompts, since 2022 she talks to the
        model, and by 2026 it goes off and does the work while she reads what it did. Every step up
        made people faster, and none of the layers below went away. The abstraction *leaks*: how a
        model counts letters, its price in Hindi and its cost for a long prompt all come from below,
        and research on the foundations has to take the whole stack apart.

        There is one difficulty, which is that models at the frontier are industrial. The GPT-4
        report gives no architecture, no data and no size, so that what one hears of the scale comes
        from the press and from announcements:
    """)
    text(frontier_claims())
    cite("frontier")
    text(r"""
        So we will train small models, and a small model is not simply a large one seen from far
        away. Two things change with size, and whoever forgets them tunes the wrong part or gives up
        too early.

        ## 1. The work moves to another place
        A layer of width $d$ that reads $S$ tokens spends $24 S d^2$ operations on its matrices and
        $4 S^2 d$ on attention scores. The share of attention is therefore
        $4S^2d \,/\, (24 S d^2 + 4 S^2 d) = S / (6d + S)$. Now make a model sixteen times wider and
        let it read the same 2,048 tokens; its scores cost more operations than before.
    """)
    moves = predict(
        "What does their share of the layer do?", choices=["it grows", "it stays", "it falls"]
    )
    shares: dict[int, float] = {}  # @inspect shares
    for width in [768, 1600, 4096, 12288]:  # @inspect width
        shares[width] = round(attention_share(width, 2048), 3)  # @inspect shares
    assert (shares[768], shares[12288]) == (0.308, 0.027)
    assert all(small > large for small, large in pairwise(shares.values()))
    plot(overview_figures.attention_share(shares))  # @clear width
    reveal(moves, "it falls", "The matrices grow with the square of the width, the scores do not.")
    own = attention_share(768, 1024)  # @inspect own
    long = attention_share(12288, 131_072)  # @inspect long
    assert (round(own, 2), round(long, 2)) == (0.18, 0.64)
    text(rf"""
        At 2,048 tokens the scores take {shares[768]:.0%} of a layer as wide as GPT-2 small's, and
        {shares[12288]:.0%} at the width of GPT-3. (GPT-2 small itself reads only 1,024 tokens,
        where it is {own:.0%}.) Whoever makes the scores of the small model faster tunes a part that
        the large one hardly notices, until the text gets long: with 131,072 tokens they take
        {long:.0%} of even the widest layer.

        ## 2. Some abilities seem to appear suddenly
        Suppose that every token of an answer is right with probability $p$, independently. Then an
        answer of $k$ tokens is right with probability $p^k$.
    """)
    whole = predict("With p = 0.9, how many of 100 answers of 30 tokens are right?", tolerance=0.3)
    exact = {p: round(100 * p**30, 1) for p in [0.9, 0.99, 0.999]}  # @inspect exact
    reveal(whole, exact[0.9], "One more nine changes everything: see the panel.")
    plot(overview_figures.emergence([1, 3, 10, 30]))  # @clear exact
    text(rf"""
        All four curves come from the same smooth law for $p$. Measured on single tokens, progress
        is steady; measured on thirty tokens that must all be right, {exact[0.9]} answers in a
        hundred become {exact[0.99]} with one more nine, after a long time in which nothing seemed
        to happen. Both readings are in the literature: abilities that a small model simply does not
        have, and metrics that make it look so.
    """)
    text(r"""
        ## So what can small models teach?
        - **Mechanics**, how a Transformer, a kernel or parallelism works, transfer completely.
        - **Mindset**, to count resources before you spend them, transfers completely.
        - **Intuitions** about data and design transfer in part, so we test them at several sizes.

        Every design in this course has to pass three tests, and they pull against each other: is it
        *expressive* enough, does its training stay *stable*, and is it *efficient* on the machine
        that we have? Some choices pass all three without a known reason. The paper that introduced
        SwiGLU attributes its success to “divine benevolence”.
    """)
    cite("small models")
    note("The joke is in its conclusion. The point: say so when you do not know why it works.")


def bitter_lesson() -> None:
    text(r"""
        # The bitter lesson, read correctly
        The wrong reading says that only scale matters and algorithms do not. The right reading says
        that algorithms **that scale** are what matters, and a slogan keeps the two together:

        $$\text{accuracy} = \text{efficiency} \times \text{resources}$$

        Efficiency counts for more, not less, when resources are large, since wasting half of a 100
        million dollar run costs more than wasting half of an afternoon. And algorithms improved: to
        reach AlexNet's accuracy on ImageNet took 44 times fewer operations in 2019 than in 2012.
    """)
    halving = predict("How long until half was enough, on average?", unit="months", tolerance=0.15)
    halvings = math.log2(44)  # @inspect halvings
    months = 7 * 12 / halvings  # @inspect months
    assert 15 < months < 16.5  # the paper rounds to 16
    reveal(halving, round(months, 1), "Faster than Moore's law, whose rhythm was two years.")
    plot(overview_figures.efficiency(44, months))
    cite("efficiency")
    text(rf"""
        Every {months:.0f} months the same result took half the operations, and the machines became
        cheaper besides. The question of this course follows: **what is the best model that we can
        build with a given budget of compute and data?**
    """)
    text(r"""
        ## Recap: why, and what transfers
        - A small model is no small copy of a large one: work moves, and metrics hide progress.
        - Resources multiply efficiency, so that the largest budgets need the best algorithms.
    """)
    note("Let them guess the halving time first. Most guess two years, the rhythm of Moore's law.")


def history() -> None:
    text(r"""
        # A short history
        Nearly everything in a current model is older than the people who train it expect, and what
        is called new is often an old part at a new size. The timeline shows when each part came.
    """)
    plot(overview_figures.timeline())
    text(r"""
        **Before neural networks.** In 1951 Shannon measured the entropy of English by letting
        people guess the next letter. By the middle of the 1970s n-gram models told speech
        recognizers which words were likely to follow, around 1990 they did the same for
        translation, and in 2007 one counted 5-grams in two trillion tokens.
    """)
    cite("n-grams")
    text(r"""
        **Ingredients, 1997 to 2019.** These are the parts from which everything since is made:
        recurrent networks that remember, words as vectors, sequence to sequence, attention, Adam,
        the Transformer, mixtures of experts, and ways to split a model over many devices.
    """)
    cite("ingredients")
    text(r"""
        **First foundation models, and scale.** ELMo and BERT showed that one can train once on much
        text and then adapt, T5 with 11 billion parameters how far that goes. GPT-2 had 1.5 billion,
        GPT-3 had 175 billion and PaLM 540 billion. Scaling laws made the result of such a training
        predictable, doors began to close, and then Chinchilla, with 70 billion, showed that the
        others had read too little.
    """)
    cite("scale")
    text(r"""
        **Open models.** The first ones attempted what GPT-3 had shown, with more logbook than luck;
        the later ones lead. How open is open?
        - **Closed**: an interface to send text to, at most.
        - __Open weight__: the weights and the architecture, but not the data.
        - __Open source__: weights, data, and most of the recipe.
        - __Open development__: the experiments are public while they run, failures included.

        Where the authors give the number of parameters $N$ that a token passes and the number of
        training tokens $D$, the training took about $6 N D$ operations. That is enough to compare
        budgets across the whole history.
    """)
    cite("open models")
    more = predict(
        "Chinchilla has 40% of GPT-3's parameters. Whose training took more operations?",
        choices=["GPT-3's", "Chinchilla's", "about the same"],
    )
    for model in MODELS:  # @inspect model
        flops = model.flops  # @inspect flops
    by_model = {model.name: model.flops for model in MODELS}  # @inspect by_model @clear model flops
    reveal(more, "Chinchilla's", "It read almost five times the tokens.")
    computed = [by_model[name] for name in ["GPT-3", "Chinchilla", "Llama 3 405B"]]  # @hide
    assert np.allclose(computed, [3.15e23, 5.88e23, 3.8e25], rtol=0.01)
    assert 70 / 175 == 0.4
    plot(overview_figures.training_flops())  # @clear by_model
    text(rf"""
        Chinchilla took {by_model["Chinchilla"] / by_model["GPT-3"]:.1f} times the operations of
        GPT-3. DeepSeek-V3 is a mixture of experts, in which a token passes 37 billion of 671
        billion parameters, so it stands lower than its size suggests; its successor of April 2026
        (49 billion of 1.6 trillion, 33 trillion tokens) took
        {by_model["DeepSeek-V4-Pro"] / by_model["DeepSeek-V3"]:.1f} times as much. The names at the
        front change within months, and a list from spring 2025 (o3, Claude 3.7 Sonnet, Grok 3,
        Gemini 2.5, DeepSeek R1) is already history; the ingredients are not.
    """)
    note("Ask: which dots are missing? GPT-4 and its successors: nothing is published.")


def executable_lecture() -> None:
    text(r"""
        # What an executable lecture is
        What you are looking at is a Python program, and running it *is* giving the lecture: it
        shows text, it computes, and a recorder keeps every line with its variables. You can step,
        step over, step back, and look at any value, so that nothing here has to be believed.
    """)
    total = 0  # @inspect total
    for number in [1, 2, 3]:  # @inspect number
        total = total + number  # @inspect total
    assert total == 6
    text(rf"""
        The loop has added up {total}. The structure of the lecture is its call tree: step *into*
        the next call to go one level down, or *over* it to stay here. The function that is called
        doubles its own variable `total`.
    """)
    scope = predict(
        "What does `total` hold up here after the call?",
        choices=["what it holds now", "twice that", "nothing: it is gone"],
    )
    deeper = one_level_down(total)  # @inspect deeper total
    reveal(scope, "what it holds now", "Each call has variables of its own; the panel shows both.")
    text(r"""
        A link to code opens the code beside the lecture. Here are the lines that train a tokenizer,
        which you will have understood by the end of today.
    """)
    link(train_bpe_naive)
    note("Show the keys once: arrows to step, u to leave a function; and the link to the code.")


def one_level_down(total: int) -> int:
    text("Now you are in another function, and the panel shows where it was called.")
    total *= 2  # @inspect total
    return total


def assignments() -> None:
    text(r"""
        # Five assignments
        Each assignment fixes the names and the contracts of what you write, so that tests can call
        it. It gives you no code to start from; what this repository holds is one solution, to be
        read after your own. What has one right answer is tested, against a reference or answers
        known in advance, and but for some kernels without a GPU. How fast your kernel is, how low
        your loss within a budget, or where your scaling law points is measured and argued.
    """)
    needs = predict(
        "One assignment needs what two others deliver. Which is it?",
        choices=["2 Systems", "3 Scaling", "4 Data", "5 Alignment"],
    )
    drawn = overview_figures.assignment_graph()  # @inspect drawn["edges"]
    graph(**drawn)  # @clear drawn["edges"]
    assert [before for before, after in drawn["edges"] if after == "alignment"] == [
        "systems",
        "data",
    ]
    reveal(needs, "5 Alignment", "Fast sampling from 2, and the filters of 4.")
    text(r"""
        The course is for you if you want to know how these systems work inside; if you want to use
        a model for a product, or want the newest results, other courses serve you better. An
        assistant that writes code can do every one of the assignments, and then it has learned
        nothing and neither have you. Let it be a tutor, which may explain, ask back and point at
        the line of a test that fails, and which writes no line that you hand in. Say so in the
        instructions file that it reads, before the first evening on which you are tired.
    """)
    text(r"""
        ## Recap: where we stand
        - The parts are old, their sizes are new, and $6ND$ compares budgets across fifty years.
        - You write the parts; tests tell you whether they are right, measurements how good.
    """)
    note("Arrows: what an assignment needs from an earlier one. Boxes: what its tests compare.")


def five_units() -> None:
    text(r"""
        # The course in five units
        Keep the first question in mind: one month of web crawl and 32 H100 for two weeks, what is
        the plan? Every box below is a part of the answer, and every arrow a way to spoil it.
    """)
    graph(**overview_figures.course_graph())
    unit_basics()
    unit_systems()
    unit_scaling()
    unit_data()
    unit_alignment()
    note("Come back to the 32 GPUs in the last lecture: they should be able to write the plan.")


def unit_basics() -> None:
    text(r"""
        ## Basics
        First everything has to work once. A **tokenizer** turns text into integers and a
        **Transformer** predicts the next one. Since 2017 nearly all of its parts have been
        replaced. **Normalization** lost its mean, $x / \sqrt{\text{mean}(x^2) + \epsilon}$, which
        makes the scale of a vector irrelevant; where the scale itself carries a message, it is
        gone.
    """)
    x = np.array([3.0, -4.0])  # @inspect x
    normalized = toys.rms_norm(x)  # @inspect normalized
    assert np.allclose(normalized, toys.rms_norm(100 * x), atol=1e-5)
    text(r"""
        __Attention__ mixes into each token what it finds in those before it; it keeps keys and
        values of all that it has read, and that memory limits how long a text may be. Heads can
        share them in groups; a window can forget what is far away; a small latent can stand for all
        of them (multi-head latent attention, MLA); and without the softmax, $(QK^\top \odot M)\,V$
        with the causal mask $M$ is the same as $q_t S_t$ with a running state $S_t = S_{t-1} + k_t
        v_t^\top$, which is as cheap as it is forgetful.
    """)
    least = predict(
        "After 131,072 tokens, which kind of attention keeps the fewest numbers in a layer?",
        choices=["full", "grouped", "window", "latent", "linear"],
    )
    qkv = np.random.default_rng(0).normal(size=(3, 6, 4))  # @inspect qkv.shape
    pairs, state = toys.linear_attention(*qkv)  # @inspect pairs[-1] state[-1]
    assert np.allclose(pairs, state)
    plot(overview_figures.cache_growth())  # @clear x normalized pairs[-1] state[-1]
    kept = toys.cached_numbers(131_072)  # @inspect kept
    reveal(least, min(kept, key=kept.__getitem__), "Its state has one size, however long the text.")
    text(rf"""
        There the latent keeps {kept["full"] / kept["latent"]:.0f} times fewer numbers than full
        attention and the linear state {kept["full"] / kept["linear"]:,.0f} times fewer. Nothing is
        free: the state must forget, and many large models of 2026 mix a few full layers with cheap
        ones. **Training** needs an optimizer, a schedule for the learning rate, a batch size and
        regularization; lecture 2 begins there.
    """)
    cite("network")


def unit_systems() -> None:
    text(r"""
        ## Systems
        Memory is a warehouse, the chip's own small memory is the factory floor, and most time goes
        into carrying between the two. **Kernels** carry less: three elementwise operations one
        after the other read and write $6n$ numbers, fused into one kernel they read and write $2n$.
        **Parallelism** divides data, matrices, layers or the sequence over devices, which then
        exchange results in *collectives* such as the all-reduce, where every rank ends with the sum
        of all.
    """)
    held = [[1, 2, 3], [10, 20, 30], [100, 200, 300]]  # @inspect held
    summed, sends = toys.ring_all_reduce(held)  # @inspect summed sends
    assert all(row == [111, 222, 333] for row in summed)
    text(rf"""
        Three ranks pass thirds of their numbers around a ring, {sends} times each, so that nobody
        sends more than twice its own data, however many ranks there are. The ring fails at small
        messages, since its {sends} turns wait for each other.

        **Inference** has two phases. The prompt is read at once, then tokens come one at a time,
        and each of them needs all the weights carried past the arithmetic. Take a model of 7
        billion parameters in bfloat16 on one H100, by its data sheet: 989.5 TFLOP/s and 3.35 TB/s.
    """)
    written = predict("How many tokens can it write while it reads 2,048?", tolerance=0.3)
    prefill_ms = 1e3 * 2 * 7e9 * 2048 / 989.5e12  # @inspect prefill_ms
    decode_ms = 1e3 * 2 * 7e9 / 3.35e12  # @inspect decode_ms
    reveal(written, round(prefill_ms / decode_ms, 1), "Arithmetic limits reading, memory writing.")
    plot(overview_figures.generation_timeline(prefill_ms, decode_ms))
    text(rf"""
        Reading 2,048 tokens takes {prefill_ms:.0f} ms, and writing
        {prefill_ms / decode_ms:.0f} takes as long. Hence pruning, quantization, distillation,
        speculative decoding, KV caches and batching, all of which carry fewer bytes for a token.

        Training is judged by the share of the chips' peak that it uses. Megatron reports 52% for a
        trillion parameters and PaLM 46.2%, and the two do not count the same: Megatron recomputes
        its activations to save memory and counts that work as well.
    """)
    better = predict(
        "Counting only what the model needs, which run used its chips better?",
        choices=["Megatron", "PaLM", "they are equal"],
        hint="A backward pass costs two forward passes; recomputation adds one more.",
    )
    table(utilizations(), columns=UTILIZATION_COLUMNS)
    assert [row[-1] for row in utilizations()[:2]] == [39.0, 46.2]
    reveal(better, "PaLM", "Four passes were counted where three are needed: 52 becomes 39.")
    cite("utilization")


def unit_scaling() -> None:
    text(r"""
        ## Scaling laws
        Nobody can afford to try the large run twice, so one experiments small and predicts large.
        For a budget of $C$ operations the first question is whether to train a large model that
        reads little or a small one that reads much. Use $C = 6ND$ and the fit
        $L(N, D) = E + A/N^\alpha + B/D^\beta$, and look for the lowest point.
    """)
    best = predict("How many tokens a parameter are best, with 1e21 operations?", tolerance=0.3)
    ratios: dict[float, float] = {}  # @inspect ratios
    for flops in [1e20, 1e21, 1e22]:  # @inspect flops
        parameters, tokens = compute_optimal(flops)  # @inspect parameters tokens
        ratios[flops] = round(tokens / parameters, 1)  # @inspect ratios
    assert list(ratios.values()) == [40.1, 50.1, 62.6]
    plot(overview_figures.isoflops(ratios))  # @clear parameters tokens flops
    reveal(best, ratios[1e21], "Found in closed form, not read off a grid of sizes.")
    text(rf"""
        The famous rule from the same paper is $D = 20 N$: a model of 1.4 billion parameters wants
        28 billion tokens. The fit whose constants the paper prints says {ratios[1e20]},
        {ratios[1e21]} and {ratios[1e22]} tokens a parameter for three budgets, because it is one of
        three fits and fits are not exact. And the rule counts training only, so that a model which
        will be used much should be smaller and read more.

        What one extrapolates is in the end a whole *recipe*, from a budget to every setting, and
        being predictable is worth as much as being best: Marin's Delphi suite fits its recipe on
        small runs, from 3e18 operations, and predicts those up to 1e23. For our 32 GPUs we use the
        rule, at 40% utilization.
    """)
    assert 20 * 1.4e9 == 28e9
    C = 32 * 989.5e12 * 14 * 86400 * 0.4  # @inspect C
    N = math.sqrt(C / (6 * 20))  # @inspect N
    D = 20 * N  # @inspect D
    assert np.allclose([C, N, D], [1.53e22, 1.13e10, 2.26e11], rtol=0.01)
    reveal("plan", round(N / 1e9, 1), "The square root of C / 120, since C = 6 N D and D = 20 N.")
    text(rf"""
        ## Recap: half of the plan
        - Fewer numbers kept a token, fewer bytes carried, and the needed operations counted alone.
        - The rule gives **{N / 1e9:.0f} billion parameters and {D / 1e9:.0f} billion tokens**; now
          somebody has to find those tokens.
    """)


def unit_data() -> None:
    text(r"""
        ## Data
        Text does not come from the web, it has to be dug out of it, and a model repeats what it was
        fed. First decide what the model should be good at and how you will measure it; then
        collect, respect licences, extract text, filter, and remove duplicates. Here is what is left
        of one of five pages such as a crawl brings home, beside an article, a forum, a list and a
        cookie banner (all invented for this lecture).
    """)
    cite("data")
    code(web.html_to_text((web.PAGES / "translated_shop.html").read_text("utf-8")), language="text")
    second = predict(
        "Which has most words like *the*, *of* and *was* in a hundred, after the article?",
        choices=["cookie banner", "forum answer", "list of kettles", "translated shop"],
    )
    reports = [web.report(path) for path in sorted(web.PAGES.glob("*.html"))]  # @inspect reports
    table(web.report_rows(reports), columns=web.REPORT_COLUMNS)  # @clear reports
    percent = {page.page: page.stop_words_percent for page in reports}  # @inspect percent
    ranking = sorted(percent, key=percent.__getitem__, reverse=True)  # @inspect ranking
    assert ranking[:2] == ["article", "forum"]
    assert percent["forum"] > 25 > 15 >= percent["cookie_banner"]
    reveal(second, "forum answer", "People who explain something write whole sentences.")
    text(rf"""
        Two of the five teach something: the article, and the forum, where somebody knows why a
        chain skips. Two crude numbers already separate them, the share of the page that is text and
        the stop words in a hundred words ({percent["article"]:.0f} and {percent["forum"]:.0f}
        against at most {percent["cookie_banner"]:.0f}); a mere count of stop words would mostly
        have measured length. In assignment 4 you write better ones.
    """)


def unit_alignment() -> None:
    text(r"""
        ## Alignment
        A model that continues text is not yet one that answers. __Supervised fine-tuning__ (SFT)
        shows a model conversations and counts the loss on the answers only; a thousand good ones
        can be enough to bring out what it knows. After that supervision gets weaker and the loop is
        always the same: *sample* answers, *score* them (by people, by a verifier, by another
        model), *update*. What is sampled from the present model teaches most and costs most.
    """)
    good, bad = "Rivers carry salt into it.", "Great question! It is salty."  # @inspect good bad
    shown = Demonstration("<user> Why is the sea salty? <assistant> ", good)  # @inspect shown
    mask = shown.mask  # @inspect mask
    compared = Comparison("Why is the sea salty?", ranking=(good, bad))  # @inspect compared
    assert (sum(mask), compared.pairs()) == (len(good.encode()), [(good, bad)])
    text(r"""
        __PPO__ raises $\min(rA,\ \text{clip}(r, 1-\epsilon, 1+\epsilon)A)$, where $r$ is how much
        more probable an answer has become and $A$ how much better than expected it was. __GRPO__
        (Group Relative Policy Optimization) takes $A$ from a group of answers to one prompt,
        $(R - \text{mean}) / \text{std}$. __DPO__ (Direct Preference Optimization) needs no sampling
        at all and lowers $-\log\sigma(\beta(\Delta_+ - \Delta_-))$, where the $\Delta$ compare
        log-probabilities of the better and the worse answer with those of a reference model.
    """)
    silent = predict(
        "All four answers to a prompt are right. What does GRPO learn from them?",
        choices=["to repeat them", "nothing", "to avoid them"],
    )
    table(toys.alignment_runs(), columns=["method", "case", "value"])  # @clear shown mask compared
    assert toys.group_advantages([1, 1, 1, 1]) == [0, 0, 0, 0]
    reveal(silent, "nothing", "All advantages are zero: too easy teaches as little as too hard.")
    cite("alignment")
    text(r"""
        The table also shows where each fails. GRPO is silent on prompts that are always or never
        solved; PPO's clip stops rewarding a ratio above 1.2, and never softens the punishment of a
        bad answer that became likelier; and DPO sees only the margin, which may as well widen while
        both answers become less probable.

        One thread runs through all five units. Today compute is what binds us, so every choice is
        judged by what it gives for each operation: the tokenizer shortens sequences, the
        architecture shares keys and values, the filter drops text that teaches nothing. Tomorrow
        data will bind, and some answers will change.
    """)


def what_tokenization_is() -> None:
    text(r"""
        # Tokenization
        Text is a string of Unicode characters, and a language model gives a probability to a
        sequence of integers. A __tokenizer__ stands between text and model: `encode` turns a string
        into integers (_tokens_) and `decode` turns them back. The number of different integers is
        the __vocabulary size__. Whatever goes wrong here, the network never sees and cannot repair.

        Two demands come before anything else:
        1. __Round trip__: `decode(encode(s)) == s` for every string.
        2. __Compression__: the ratio of UTF-8 bytes to tokens should be high, because the cost of
           attention grows with the square of the number of tokens.

        Look first at what a finished one does. This is GPT-2's, on strings of ours.
    """)
    cut = predict(
        "How does GPT-2 cut the number 1234567?",
        choices=["1|2|3|4|5|6|7", "1|234|567", "123|45|67", "1234567"],
    )
    gpt2 = load_encodings("gpt2")  # @inspect len(gpt2)
    provenance = load_provenance("gpt2")  # @inspect provenance
    plot(token_figures.token_strips({name: gpt2[name] for name in PROBES}))
    greeting, digits = gpt2["greeting"], gpt2["digits"]  # @inspect greeting digits
    reveal(cut, "|".join(bytes.fromhex(piece).decode() for piece in digits.pieces))
    ratio = compression_ratio(GREETING, greeting.indices)  # @inspect ratio
    assert (len(GREETING), len(GREETING.encode()), len(greeting.indices)) == (15, 22, 14)
    assert gpt2["case"].indices == [31373, 23748, 18435, 47899, 46]
    assert digits.indices == [10163, 2231, 3134]
    assert gpt2["indentation"].indices[:3] == [220, 220, 220]
    text(rf"""
        The greeting has 22 bytes and takes {len(greeting.indices)} tokens, a ratio of {ratio:.2f}.
        What to see in the boxes (point at one for its number):
        - A space belongs to the word **after** it.
        - `hello`, `␣hello`, `␣Hello` and `␣HELL`+`O` have nothing in common but their history: four
          spellings, five different tokens.
        - The cuts of a number follow what was frequent, not place value. Now add two such numbers.
        - Four spaces of indentation cost three tokens and a piece of the next one.
        - Some boxes hold bytes that are no character: `⟨20 f0 9f⟩` is a space and the first half of
          the wave. Remember this.
    """)
    language_tax(gpt2)
    note("Nobody says 123|45|67, and nobody should: there is no reason but frequency.")


def language_tax(gpt2: Mapping[str, Encoding]) -> None:
    text(r"""
        ## The language tax
        A model is paid by the token and remembers a fixed number of them, so a writing that takes
        more tokens for the same thought costs more and gets less: the _language tax_. Take one
        short scene in nine writings, and compare the sentence in Hindi with the one in English.
    """)
    hindi = predict("How many times as many tokens does it take?", unit="times", tolerance=0.25)
    ratios = {name: gpt2[name].ratio for name in SENTENCES}  # @inspect ratios
    times = len(gpt2["Hindi"].indices) / len(gpt2["English"].indices)  # @inspect times
    reveal(hindi, round(times, 1), "The merges were learned where there was hardly any Hindi.")
    larger = {
        name: found.ratio for name, found in load_encodings("cl100k").items()
    }  # @inspect larger
    provenance = load_provenance("cl100k")  # @inspect provenance
    by_tokenizer = {"GPT-2, 50,257 tokens": ratios, "cl100k, 100,277 tokens": larger}  # @hide
    plot(token_figures.language_bars(by_tokenizer))  # @clear ratios larger provenance
    gains = {name: round(larger[name] / ratios[name], 2) for name in ratios}  # @inspect gains
    assert ratios["English"] > ratios["French"] > ratios["Python"] > ratios["Chinese"]
    assert gains["English"] == min(gains.values()) == 1
    assert max(gains, key=gains.__getitem__) == "Python"
    text(rf"""
        Under GPT-2 the writer of Hindi pays {times:.1f} times the price for the same sentence and
        has a fifth of the context. The later vocabulary, twice as large, lowers the tax for
        everyone except English, which paid none, and most of all for code, which now gets
        {gains["Python"]:.1f} times as many bytes into a token.
    """)
    text(r"""
        ## Recap: what a tokenizer must do
        - Give back what it was given, and make it short; frequency alone decides where it cuts.
        - Crude numbers can find the good pages, and answers that are all alike teach nothing.
    """)


def character_tokenizer() -> None:
    text(r"""
        # Characters as tokens
        A tokenizer that cuts where frequency falls has odd edges, so why not take the units that
        Unicode already numbers? Every character has its _code point_, a number that Python says
        with `ord`, and `chr` turns it back.
    """)
    widest = predict(
        "Which of our texts decides how large a vocabulary of characters must be?",
        choices=["Latin letters", "Arabic", "Hindi", "Chinese", "Emoji"],
    )
    indices = tokenizers.CharacterTokenizer().encode(GREETING)  # @inspect indices
    back = tokenizers.CharacterTokenizer().decode(indices)  # @inspect back
    at_least = max(indices) + 1  # @inspect at_least
    ratio = compression_ratio(GREETING, indices)  # @inspect ratio
    assert (ord("a"), chr(97), back) == (97, "a", GREETING)
    assert round(ratio, 3) == round(22 / 15, 3) == 1.467
    plot(token_figures.code_points())
    reveal(widest, "Emoji", "They stand beyond all of our Chinese.")
    cite("unicode")
    millions = 154_998 * 768 / 1e6  # @inspect millions
    assert (round(millions), at_least) == (119, ord("🌊") + 1)
    text(rf"""
        One wave makes the vocabulary at least {at_least:,} large, and Unicode 16 assigns 154,998
        characters, each of which needs a row of the embedding matrix. At the smallest width of
        GPT-2 those rows are {millions:.0f} million parameters, for a model that as a whole has 124
        million. Most of them would hardly ever be used, since texts crowd into a few places of a
        logarithmic axis. **Too large, and used too unevenly.**
    """)
    note("Which part of this vocabulary would a corpus in English never train? Almost all of it.")


def byte_tokenizer() -> None:
    text(r"""
        # Bytes as tokens
        If characters are too many, go below the character. UTF-8 writes each code point as one to
        four bytes, a byte has 256 values, and the first bits say how many bytes belong together.
    """)
    samples = ["a", "é", "世", "🌊"]  # @inspect samples
    image(token_figures.utf8_bits(samples), width=640, alt="The bits of four characters in UTF-8")
    for character in samples:  # @inspect character
        indices = tokenizers.ByteTokenizer().encode(character)  # @inspect indices
    assert [len(character.encode()) for character in samples] == [1, 2, 3, 4]
    indices = tokenizers.ByteTokenizer().encode(GREETING)  # @inspect indices @clear character
    assert (bytes(indices).decode(), compression_ratio(GREETING, indices)) == (GREETING, 1)
    text(r"""
        Nothing is ever unknown, because any file is a sequence of these 256 tokens. But a model
        writes token by token, and it may stop after the first two bytes of 🌊.
    """)
    halved = predict(
        'What does `decode("utf-8")` make of them?',
        choices=["an empty string", "another character", "an error"],
    )
    half = "🌊".encode()[:2]  # @inspect half
    try:
        half.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = error.reason  # @inspect reason
    reveal(halved, "an error", "Not every sequence of tokens is a text.")
    replaced = half.decode("utf-8", errors="replace")  # @inspect replaced
    assert (reason, replaced) == ("unexpected end of data", "\ufffd")
    paragraph = max(read_tale().split("\n\n"), key=len)  # @inspect paragraph
    length = len(paragraph.encode())  # @inspect length
    words = len(split_pretokens(paragraph))  # @inspect words
    dearer = (length / words) ** 2  # @inspect dearer
    text(rf"""
        The reason is “{reason}”. So `decode` must decide what to do, and the usual answer is the
        replacement character, U+FFFD, which our assignment asks for as well. The true price is
        length. A paragraph of {length:,} bytes has {words} words with their spaces, and since
        attention scores cost the square of the length, bytes make them {dearer:.0f} times as
        expensive as words would. **Small and complete, but too long.**
    """)
    note("A model on bytes is not absurd, only dear; the last section comes back to it.")


def word_tokenizer() -> None:
    text(r"""
        # Words as tokens
        The classical idea is that tokens are words, which makes sequences short at once. But first
        one has to decide what a word is. The simplest rule takes letters together and everything
        else by itself; GPT-2's rule keeps the space with its word, splits off contractions, and
        separates digits from letters.
    """)
    string = "I can't carry 12 boxes,  don't ask!"  # @inspect string
    simple = re.findall(r"\w+|.", string, re.DOTALL)  # @inspect simple
    code(GPT2_PATTERN, language="regex")
    segments = split_pretokens(string)  # @inspect segments
    assert "".join(simple) == "".join(segments) == string
    assert {" don", "'t"} < set(segments)
    link(Splitter.pretokens)
    text(r"""
        Both rules lose nothing, as joining the segments shows. The trouble begins when each
        distinct segment gets a number. Read more and more of a tale of some 1,900 segments.
    """)
    level = predict(
        "What does the number of distinct words do?",
        choices=["it levels off", "it grows like a power", "it keeps up with the text"],
    )
    tale_words = split_pretokens(read_tale())  # @inspect len(tale_words)
    growth, exponent = vocabulary_growth(tale_words)  # @inspect growth exponent
    assert 0.4 < exponent < 0.8
    plot(token_figures.vocabulary_growth(growth, exponent))  # @clear growth
    reveal(level, "it grows like a power", "This is Heaps' law.")
    text(rf"""
        The number of distinct words grows as the power {exponent:.2f} of the number read and never
        levels off, so that there is always a next word which the vocabulary lacks. The classical
        way out is one token for all of them, `<unk>`. Train on the tale up to the end of the
        winter, and read on.
    """)
    lost = predict("What share of the words is unknown after it?", unit="%", tolerance=0.25)
    before, after = read_tale().split("The winter passed")  # @inspect len(before) len(after)
    tokenizer = tokenizers.WordTokenizer(before)  # @inspect len(tokenizer.vocabulary)
    indices = tokenizer.encode(after)  # @inspect len(indices)
    unknown = 100 * indices.count(0) / len(indices)  # @inspect unknown
    reveal(lost, round(unknown, 1), "And they are the ones that carry the meaning.")
    first_words = tokenizer.decode(indices[:40])  # @inspect first_words
    assert 20 < unknown < 30
    text(rf"""
        Of the words {unknown:.0f}% are gone. It also spoils measurements: a model that writes
        `<unk>` everywhere has a wonderful perplexity, and for the same reason a compression ratio
        of such a tokenizer cannot be compared with the others, which lose nothing. **Short
        sequences, but a vocabulary without end.**
    """)
    text(r"""
        ## Recap: three tokenizers that fail
        - Characters need a vocabulary as large as Unicode, and bytes make sequences too long.
        - Words are never complete, and what is lost does not come back.
    """)
    note("The cousin in the tale makes exactly this mistake: lectures/lecture_01/data/tale.txt.")


def byte_pair_encoding() -> Tokenizer:
    text(r"""
        # Byte-pair encoding
        Characters are too many, bytes too long, and words never complete. __Byte-pair encoding__
        (BPE) starts from bytes, so that nothing is ever unknown, and lets the text decide which
        sequences deserve a token of their own. It began in 1994 as a way to compress files, came to
        translation in 2015, and with GPT-2 to language models, on bytes. The training is five
        lines:
        1. Write the text as bytes.
        2. Count every pair of neighbours.
        3. Take the most frequent pair and give it a new number, a _merge_.
        4. Replace the pair by that number everywhere.
        5. Again from 2, until the vocabulary is as large as you want.
    """)
    cite("bpe")
    note("Let somebody do the first merge on the board. Afterwards: what would be the fifth?")
    train_by_hand("tic tac toe tic tac", 4)
    ties()
    encode_something_new()
    assignment_code()
    return vocabulary_size()


def train_by_hand(string: str, number_of_merges: int) -> None:
    text(rf"""
        ## Training, merge by merge
        The text is `{string}`. In the panel a dot stands between the two halves of a pair, `␣` is a
        space, and pairs that occur once are left out.
    """)
    first = predict("Which pair is merged first?", choices=["t·i", "c·␣", "␣·t", "a·c"])
    indices = list(string.encode("utf-8"))  # @inspect indices
    vocabulary = {byte: bytes([byte]) for byte in range(256)}  # @inspect len(vocabulary)
    merges: dict[tuple[int, int], int] = {}  # @inspect merges
    lengths = [len(indices)]  # @inspect lengths
    for new_index in range(256, 256 + number_of_merges):  # @inspect new_index
        counts = tokenizers.count_pairs(indices)  # @inspect len(counts) max(counts.values())
        frequent = tokenizers.spell_counts(counts, vocabulary)  # @inspect frequent
        pair = max(counts, key=counts.__getitem__)  # @inspect pair
        token = vocabulary[pair[0]] + vocabulary[pair[1]]  # @inspect token
        vocabulary[new_index], merges[pair] = token, new_index  # @inspect merges
        indices = tokenizers.merge(indices, pair, new_index)  # @inspect indices
        pieces = spell_all(indices, vocabulary)  # @inspect pieces
        lengths.append(len(indices))  # @inspect lengths
    assert [vocabulary[index] for index in merges.values()] == [b" t", b"c t", b"ic t", b"ic ta"]
    assert lengths == [19, 15, 12, 10, 8]
    reveal(first, "·".join(spell(vocabulary[index]) for index in next(iter(merges))))
    text(rf"""
        Of {lengths[0]} tokens {lengths[-1]} are left. The first pair had four occurrences and the
        later ones fewer, so that no merge is worth more than the one before. The tokens are no
        words: `c␣t` is the end of one word and the beginning of the next. It was frequent, and
        nothing else was asked.
    """)
    graph(**token_figures.merge_forest(vocabulary, merges))


def ties() -> None:
    text(r"""
        ## When two pairs are equally frequent
        Train on `banana bandana` with two rules for the best pairs: take the one that is **seen
        first**, or the one whose bytes are lexicographically **greatest**.
    """)
    differ = predict("Of four merges, how many come out differently?", unit="merges")
    learned: dict[str, list[str]] = {}  # @inspect learned
    for rule in [tokenizers.first_seen, tokenizers.greatest]:  # @inspect rule.__name__
        trained = tokenizers.learn_merges("banana bandana", 4, rule).vocabulary  # @hide
        learned[rule.__name__] = [trained[n].decode() for n in range(256, 260)]  # @inspect learned
    one, other = learned.values()  # @inspect one other
    assert (one, other) == (["an", "ban", "ana", "banana"], [*one[:3], "dana"])
    reveal(differ, sum(map(str.__ne__, one, other)), "The fourth is banana or dana.")
    text(r"""
        Same text, same method, and a different fourth token; from there on the two cannot read each
        other. **The rule for ties is part of the specification**, and the assignment asks for the
        greatest pair.
    """)


def encode_something_new() -> None:
    text(r"""
        ## Encoding
        To encode, replay the merges in the order in which they were learned. Step into the
        tokenizer and see the sequence shrink where a merge applies and stay where it does not.
    """)
    learned = tokenizers.learn_merges("tic tac toe tic tac", 4, tokenizers.greatest)
    tokenizer = tokenizers.BPETokenizer(learned)  # @inspect tokenizer.merges
    string = "toc tic tac 🌊"  # @inspect string
    new = predict("How many tokens does this string of 16 bytes take?", unit="tokens")
    indices = tokenizer.encode(string)  # @stepinto @inspect indices
    reveal(new, len(indices))
    pieces = spell_all(indices, tokenizer.vocabulary)  # @inspect pieces
    assert (tokenizer.decode(indices), len(string.encode())) == (string, 16)
    assert (len(tokenizer.vocabulary), min(tokenizer.merges.values())) == (256 + 4, 256)
    assert all(tokenizer.decode(tokenizer.encode(each)) == each for each in SENTENCES.values())
    text(rf"""
        `toc` and the wave were never seen in training. They cost more tokens ({len(indices)} in
        all) and come back unharmed, and so do the sentences in all nine writings, from a tokenizer
        whose whole education is nineteen bytes.
    """)
    text(r"""
        ## Recap: BPE by hand
        - Count neighbours, merge the most frequent, begin again; encode by replaying in order.
        - The rule for ties belongs to the specification.
    """)


def assignment_code() -> None:
    text(r"""
        ## The same in assignment 1
        A real trainer adds one thing that we left out: it first cuts the text into words, the
        __pre-tokens__, and no merge crosses a cut. What is trained on is then no longer the text
        but a dictionary of words with their counts, which is much shorter. Step into the three
        functions of the simple version.
    """)
    words = {(b" ", b"t", b"a"): 2, (b" ", b"t"): 1}  # @inspect words
    pairs = count_pairs_of_words(words)  # @stepinto @inspect pairs
    merged = merge_pair((b" ", b"t", b"a"), (b" ", b"t"))  # @stepinto @inspect merged
    kept = predict(
        "Of our four tokens, which can still be learned with cuts?",
        choices=["␣t", "c␣t", "ic␣t", "ic␣ta"],
    )
    vocabulary, merges = train_bpe_naive(TIC_TAC_TOE, 256 + 4, [])  # @stepinto 1 @inspect merges
    assert merges[0] == (b" ", b"t")
    assert all(b" " not in vocabulary[index][1:] for index in range(256, len(vocabulary)))
    reveal(kept, spell(b"".join(merges[0])), "The others lie across a cut.")
    text(r"""
        A space now stands at the beginning of a word's token and nowhere else, as in GPT-2. The
        fast version gives the same merges, at a cost that follows what changes. Encoding is fast as
        well, since each distinct word is merged once and then looked up: step into one word.
    """)
    assert train_bpe(TIC_TAC_TOE, 256 + 4, [], progress=False) == (vocabulary, merges)
    tokenizer = Tokenizer(vocabulary, merges)  # @inspect tokenizer.merges
    link(Tokenizer.encode_pretoken)
    indices = tokenizer.encode_pretoken(" tac")  # @stepinto @inspect indices


def vocabulary_size() -> Tokenizer:
    text(r"""
        ## How large a vocabulary?
        A larger vocabulary gives shorter sequences and a larger embedding matrix, whose rare rows
        are trained on ever fewer examples. To see the trade, train on the whole tale, 8.5 kilobytes
        of English, and keep the first so many merges.
    """)
    tale, sentence = read_tale(), SENTENCES["English"]  # @inspect sentence
    vocabulary, merges = train_bpe(TALE, 256 + 512, [], progress=False)  # @inspect len(merges)
    samples = [spell(vocabulary[index]) for index in range(256, 768, 32)]  # @inspect samples
    on_tale, on_sentence, tokens = {}, {}, {}  # @inspect tokens
    for size in [0, 8, 16, 32, 64, 128, 256, 512]:  # @inspect size
        tokenizer = Tokenizer(dict(list(vocabulary.items())[: 256 + size]), merges[:size])  # @hide
        tokens[size] = len(tokenizer.encode(tale))  # @inspect tokens
        on_tale[size] = len(tale.encode()) / tokens[size]  # @inspect on_tale[size]
        on_sentence[size] = compression_ratio(sentence, tokenizer.encode(sentence))  # @hide
    assert all(longer >= shorter for longer, shorter in pairwise(tokens.values()))
    plot(token_figures.sequence_length(tokens))  # @clear size tokens on_tale[size]
    plot(token_figures.compression({"the tale": on_tale, "a new sentence": on_sentence}))
    assert (256 + 50_000 + 1, round(len(tale.encode()) / 1000, 1)) == (50_257, 8.5)
    assert on_tale[512] > on_sentence[512]
    text(rf"""
        With 512 merges a token carries {on_tale[512]:.2f} bytes of the tale and
        {on_sentence[512]:.2f} of a sentence that is new to it: a tokenizer compresses best what it
        was trained on, and each merge gains less than the one before. Published sizes: GPT-2 50,257
        (256 bytes, 50,000 merges, one special token), Llama 3 128,256, o200k 200,019, and Gemma 4,
        of 2026, 262,144. Now encode the nine writings with our merges, all learned from English.
    """)
    alone = predict("How many of the nine stay at exactly one byte a token?", unit="writings")
    ratios = {}  # @inspect ratios
    for name, each in SENTENCES.items():  # @inspect name
        ratios[name] = round(compression_ratio(each, tokenizer.encode(each)), 2)  # @inspect ratios
    untouched = [name for name, ratio in ratios.items() if ratio == 1]  # @inspect untouched
    reveal(alone, len(untouched), "None of the 512 merges is of use to them.")
    assert ratios["English"] > ratios["French"] > ratios["Chinese"]
    assert {"Chinese", "Hindi", "Arabic"} <= set(untouched)
    text(rf"""
        This is the language tax again, now with a tokenizer whose whole education we know. French
        gets {ratios["French"]} bytes into a token, from letters shared with English, and the rest
        ({", ".join(untouched)}) pays the full price, one token for each byte. Nobody decided that.
        Nobody counted them. **Your turn in assignment 1:** our `BPETokenizer` is right and slow, so
        make it right and fast.
        1. When encoding, visit only the merges that occur in the word, not all of them.
        2. Detect and keep special tokens such as `<|endoftext|>`.
        3. Use pre-tokens, and count each distinct one once.
        4. When training, do not count again from zero: a merge changes only the pairs beside it.
           Then use several processes.
    """)
    text(r"""
        ## Recap: BPE on real text
        - No merge crosses a cut of the pre-tokens, and each merge gains less than the one before.
        - The merges serve whoever was counted.
    """)
    note("The captain in the tale. The remedy is in the tale as well: count both together.")
    return tokenizer


def beyond_bpe(tokenizer: Tokenizer) -> None:
    text(r"""
        # Beyond byte-pair encoding
        A tokenizer is a piece of hand-work in front of a network that learns everything else, and
        all its oddities (the tax, the digits, the spelling) come from there. The simplest way to do
        without is to cut bytes blindly into *patches* of four. Take one paragraph of the tale, on
        which our merges were trained, and give it both ways.
    """)
    shorter = predict("Which is shorter?", choices=["512 merges", "patches of four bytes"])
    paragraph = max(read_tale().split("\n\n"), key=len)  # @inspect paragraph
    lengths = {
        "bytes": len(paragraph.encode()),
        "characters": len(paragraph),
        "512 merges": len(tokenizer.encode(paragraph)),
        "patches of four bytes": math.ceil(len(paragraph.encode()) / 4),
        "words": len(split_pretokens(paragraph)),
    }  # @inspect lengths
    plot(token_figures.paragraph_lengths(lengths))
    assert lengths["words"] < lengths["512 merges"] < lengths["bytes"]
    reveal(shorter, min(["512 merges", "patches of four bytes"], key=lengths.__getitem__))
    cite("beyond")
    text(rf"""
        The paragraph takes {lengths["512 merges"]} tokens with our merges and
        {lengths["patches of four bytes"]} patches. (GPT-2, with 50,000 merges, carries five bytes
        of our English sentence in a token.) So it is not length that speaks for a learned
        vocabulary of this size. Its cuts fall where words do, while a blind patch shows the network
        the same word in four different ways. Several lines of work learn the patches instead; they
        are promising, and as of spring 2025 none had been shown at the frontier, so that BPE is
        still the practical choice.
    """)
    note("End: which of today's oddities would disappear with a byte model, and which would not?")


def what_to_keep() -> None:
    text(r"""
        # What to keep
        - A tokenizer must give back what it was given, and should make it short.
        - Characters, bytes and words each fail one way; BPE adapts to the text it is trained on.
        - What was not counted pays more, and the network never learns why.
        - Count first: one line of arithmetic told where attention matters, how long a model writes
          and how large ours should be.

        Three exercises follow; do them with a pencil before you let the page answer. In the second,
        take the four merges of tic tac toe; in the third, twice our GPUs for twice the time.
    """)
    abab = tokenizers.learn_merges("abababab", 3, tokenizers.greatest)  # @hide
    left = len(tokenizers.BPETokenizer(abab).encode("abababab"))  # @hide
    four = tokenizers.learn_merges("tic tac toe tic tac", 4, tokenizers.greatest)  # @hide
    short = len(tokenizers.BPETokenizer(four).encode("tic tac tic tac"))  # @hide
    N = math.sqrt(64 * 989.5e12 * 28 * 86400 * 0.4 / (6 * 20))  # @hide
    predict("Train three merges on `abababab`. How long is it then?", unit="tokens", answer=left)
    predict("How many tokens are `tic tac tic tac`?", unit="tokens", answer=short)
    predict("How many billion parameters now?", tolerance=0.1, answer=round(N / 1e9, 1))
    text(r"""
        **What to read next, and why.** Karpathy's video builds GPT-2's tokenizer live: watch it
        before assignment 1, with your own one beside it. Sennrich and others (2015) wrote the
        algorithm down in a page of Python; compare its rule for ties with ours. Sutton's “Bitter
        Lesson” takes five minutes, and you should know which half of it you disagree with.
        **Next lecture:** tensors in PyTorch, and how to account for every byte and every operation.
    """)
    note("The exercises' answers are computed by the program; the handout prints them at its end.")


if __name__ == "__main__":
    main()
