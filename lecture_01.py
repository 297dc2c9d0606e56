"""Lecture 1: why we build language models from scratch, and tokenization.

Title: Language models from scratch
Unit: basics
Minutes: 40
Prerequisites: none
Assignments: assignment1-basics
"""

# mypy: disable-error-code="func-returns-value"

import math
import re
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from cs336_basics.bpe import count_pairs as count_pairs_of_words
from cs336_basics.bpe import train_bpe, train_bpe_naive
from cs336_basics.split import GPT2_PATTERN, split_pretokens
from cs336_basics.tokenizer import Tokenizer

from lecture_tracer import code, graph, image, link, note, plot, table, text
from lectures.lecture_01 import overview_figures, token_figures
from lectures.lecture_01.encodings import Encoding, load_encodings, load_provenance
from lectures.lecture_01.history import FRONTIER, MODELS
from lectures.lecture_01.records import ChatExample, PreferencePair, Turn
from lectures.lecture_01.scaling import isoflop_curve
from lectures.lecture_01.texts import GREETING, PROBES, SENTENCES, TALE, TIC_TAC_TOE, read_tale
from lectures.lecture_01.tokenizers import (
    BPETokenizer,
    ByteTokenizer,
    CharacterTokenizer,
    WordTokenizer,
    compression_ratio,
    count_pairs,
    first_seen,
    greatest,
    learn_merges,
    merge,
    spell,
    spell_all,
    spell_counts,
)
from lectures.lecture_01.web import PAGES, REPORT_COLUMNS, html_to_text, report, report_rows
from lectures.lecture_01.works import WORKS


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


def welcome() -> None:
    text(r"""
        # Language models from scratch
        **Lecture 1: overview, and tokenization**

        In this course you build a language model: the tokenizer, the network, the optimizer, the
        kernels, the training on many devices, the data, and the alignment. You build each part
        yourself, because that is how you come to understand it.

        Today has two halves. The first says why the effort is worth it and where the course goes.
        The second takes the first part of every language model, the tokenizer, and builds it
        completely.
    """)
    note(r"""
        About 40 minutes: 15 for the overview, 25 for tokenization. Ask who has trained a model from
        zero.
    """)


def why_from_scratch() -> None:
    text(r"""
        # Why build from scratch
        Around 2016 a researcher in language trained her own models. Around 2018 she downloaded BERT
        and fine-tuned it. Today she writes a prompt for a model that runs behind somebody else's
        interface.
    """)
    link("1810.04805")
    text(r"""
        Every step up made people faster, and none of the layers below went away. The abstraction
        *leaks*: the way a model counts letters, its price in Hindi, its cost for a long prompt all
        come from below. And research on the foundations needs to take the whole stack apart.

        There is one difficulty. Models at the frontier are industrial:
    """)
    table(FRONTIER, columns=["who", "what", "reported by"])
    link("2303.08774")
    text(r"""
        The GPT-4 report gives no architecture, no data, no size. So we will train small models, and
        a small model is not simply a large one seen from far away. Two things change with size.

        ## 1. The work moves to another place
        A layer of width $d$ that reads $S$ tokens spends $24 S d^2$ operations on its matrices and
        $4 S^2 d$ on attention scores. The share of attention is
        $4S^2d \,/\, (24 S d^2 + 4 S^2 d) = S / (6d + S)$.
    """)
    S = 2048
    shares = {}
    for d in [768, 1600, 4096, 12288]:  # @inspect d
        shares[d] = round(S / (6 * d + S), 3)  # @inspect shares
    assert (shares[768], shares[12288]) == (0.308, 0.027)
    assert all(small > large for small, large in pairwise(shares.values()))
    plot(overview_figures.attention_share(shares))  # @clear d
    text(r"""
        In a model of the size of GPT-2 small, faster attention scores are worth 31% of a layer; at
        the width of GPT-3 they are worth 3%. Whoever tunes the small model tunes the wrong thing.

        ## 2. Some abilities seem to appear suddenly
        Suppose every token of an answer is right with probability $p$. An answer of $k$ tokens is
        right with probability $p^k$.
    """)
    for p in [0.9, 0.99]:  # @inspect p
        exact_match = round(p**10, 3)  # @inspect exact_match
    assert (round(0.9**10, 3), round(0.99**10, 3)) == (0.349, 0.904)
    compute = [10 ** (step / 4) for step in range(13)]
    progress = [1 - 0.5 * c**-0.5 for c in compute]  # the error per token falls as a power law
    plot(overview_figures.emergence(compute, progress, [1, 3, 10, 30]))  # @clear p exact_match
    text(r"""
        All four curves come from the same smooth law for $p$. Measured on single tokens, progress
        is steady. Measured on 30 tokens that must all be right, nothing happens for a long time and
        then everything does. Both readings are in the literature: abilities that a small model
        simply does not have, and metrics that make it look so.
    """)
    link("2206.07682"), link("2304.15004")
    text(r"""
        ## So what can small models teach?
        - **Mechanics**: how a Transformer, a kernel or model parallelism works. This transfers
          completely.
        - **Mindset**: count resources before you spend them; take scale seriously. This transfers
          completely.
        - **Intuitions**: which data and which design choices help. This transfers in part, so we
          test them at several sizes.

        Some choices have no known reason at all. The paper that introduced SwiGLU attributes its
        success to “divine benevolence”.
    """)
    link("2002.05202")
    note(r"""
        The joke about SwiGLU is in its conclusion. The point: say so when you do not know why
        something works.
    """)


def bitter_lesson() -> None:
    text(r"""
        # The bitter lesson, read correctly
        *Wrong reading:* only scale matters, algorithms do not. *Right reading:* algorithms **that
        scale** are what matters.

        $$\text{accuracy} = \text{efficiency} \times \text{resources}$$

        Efficiency counts for more, not less, when resources are large: wasting half of a 100
        million dollar run costs more than wasting half of an afternoon. And algorithms did
        improve. To reach the accuracy of AlexNet on ImageNet took 44 times fewer operations in
        2019 than in 2012.
    """)
    link(WORKS["bitter lesson"]), link("2005.04305")
    months = 7 * 12  # @inspect months
    doublings = math.log2(44)  # @inspect doublings
    months_per_doubling = months / doublings  # @inspect months_per_doubling
    assert 15 < months_per_doubling < 16.5  # the paper rounds to 16
    plot(overview_figures.efficiency(44, months_per_doubling))
    text(r"""
        The question of this course: **what is the best model that we can build with a given budget
        of compute and data?**
    """)
    note("Let them guess the doubling time first. Most guess two years, the rhythm of Moore's law.")


def history() -> None:
    text("# A short history")
    plot(overview_figures.timeline())
    text(r"""
        **Before neural networks.** Shannon measured the entropy of English by letting people guess
        the next letter. Half a century later, n-gram models served in translation and speech
        recognition; one counted 5-grams in two trillion tokens, in 2007.
    """)
    link(WORKS["shannon"]), link(WORKS["brants"])
    text(r"""
        **Ingredients, 2003 to 2019.** The neural language model, sequence to sequence, attention,
        Adam, the Transformer, mixtures of experts, and ways to split a model over many devices.
    """)
    (
        link(WORKS["bengio"]),
        link("1409.3215"),
        link("1409.0473"),
        link("1412.6980"),
        link("1706.03762"),
    )
    link("1701.06538"), link("1811.06965"), link("1910.02054"), link("1909.08053")
    text(r"""
        **First foundation models.** Train once on much text, then adapt: ELMo, BERT, T5 with 11
        billion parameters.
    """)
    link("1802.05365"), link("1810.04805"), link("1910.10683")
    text(r"""
        **Scale, and closing doors.** GPT-2 (1.5 billion parameters), scaling laws that make
        training predictable, GPT-3 (175 billion), PaLM (540 billion), and Chinchilla (70 billion),
        which showed that the others had read too little.
    """)
    (
        link(WORKS["gpt-2"]),
        link("2001.08361"),
        link("2005.14165"),
        link("2204.02311"),
        link("2203.15556"),
    )
    text("**Open models.** First attempts at what GPT-3 had shown, then models that lead.")
    (
        link("2101.00027"),
        link(WORKS["gpt-j"]),
        link("2205.01068"),
        link("2211.05100"),
        link("2302.13971"),
        link("2307.09288"),
    )
    (
        link("2407.21783"),
        link("2412.15115"),
        link("2401.02954"),
        link("2412.19437"),
        link("2501.12948"),
        link("2402.00838"),
        link("2501.00656"),
    )
    text(r"""
        ## How open is open?
        - **Closed**: an interface to send text to, at most.
        - **Open weight**: the weights and the architecture, but not the data.
        - **Open source**: weights, data, and most of the recipe.

        Where the authors give the number of parameters $N$ that a token passes and the number of
        training tokens $D$, the training took about $6 N D$ operations.
    """)
    for model in MODELS:  # @inspect model
        flops = model.flops  # @inspect flops
    by_model = {model.name: model.flops for model in MODELS}  # @clear model
    assert by_model["Chinchilla"] > by_model["GPT-3"]
    computed = [by_model[name] for name in ["GPT-3", "Chinchilla", "Llama 3 405B"]]
    assert np.allclose(computed, [3.15e23, 5.88e23, 3.8e25], rtol=0.01)
    plot(overview_figures.training_flops())  # @clear flops
    text(r"""
        Two details to notice. Chinchilla has 40% of GPT-3's parameters and took *more* operations.
        DeepSeek-V3 is a mixture of experts: a token passes 37 billion of its 671 billion
        parameters, so it stands lower than its size suggests.

        In spring 2025 the names at the front were o3, Claude 3.7 Sonnet, Grok 3, Gemini 2.5, Llama
        3.3, DeepSeek R1, Qwen 2.5 Max and Hunyuan-T1. Such a list is old within months; the
        ingredients above are not.
    """)
    assert 70 / 175 == 0.4
    note(r"""
        Ask: which dots have no colour because they are missing? GPT-4 and its successors: nothing
        is published.
    """)


def executable_lecture() -> None:
    text(r"""
        # What an executable lecture is
        What you are looking at is a Python program. Running it *is* giving the lecture: it shows
        text, it computes, and a recorder keeps every line with its variables. You can step, step
        over, step back, and look at any value.
    """)
    total = 0  # @inspect total
    for number in [1, 2, 3]:  # @inspect number
        total = total + number  # @inspect total
    assert total == 6
    text(r"""
        The structure of the lecture is its call tree. Step *into* the next line to go one level
        down, or *over* it to stay here.
    """)
    deeper = one_level_down(total)  # @inspect deeper
    text(r"""
        A link to code opens the code beside the lecture. This is the function that we shall write
        by the end of today:
    """)
    link(train_bpe)
    note(r"""
        Show the keys once: arrows to step, u to leave a function, and the link to open the
        assignment's code.
    """)


def one_level_down(total: int) -> int:
    text(r"""
        Now you are in another function. It has variables of its own, and the panel shows where it
        was called.
    """)
    return total * total  # @inspect total


def assignments() -> None:
    text(r"""
        # Five assignments
        Each comes with tests and with the interfaces that they call, and with no code to start
        from. Develop on your own machine, where the tests run without a GPU; measure on a GPU.
        Where there is a target, it is a number: the lowest loss within a budget of time or tokens.
    """)
    graph(**overview_figures.assignment_graph())
    text(r"""
        The course is for you if you want to know how these systems work inside. If you want to use
        a model for a product, or want the newest results, other courses serve you better. An
        assistant that writes code can do the assignments, and then it has learned nothing and
        neither have you. Use it for questions, not for answers.
    """)
    note(r"""
        Arrows: what an assignment needs from an earlier one. Each box names what its tests compare.
    """)


def five_units() -> None:
    text(r"""
        # The course in five units
        Keep one question in mind: *you have one month of web crawl and 32 H100 for two weeks. What
        is the plan?*
    """)
    graph(**overview_figures.course_graph())
    unit_basics()
    unit_systems()
    unit_scaling()
    unit_data()
    unit_alignment()
    text(r"""
        ## One thread: efficiency
        Today compute is what binds us, so every choice is judged by what it gives for each
        operation: the tokenizer shortens sequences, the architecture shares keys and values, the
        filter drops text that teaches nothing. Tomorrow data will bind, and some answers will
        change.
    """)
    note(r"""
        Come back to the crawl and the 32 GPUs in the last lecture: they should then be able to
        write the plan.
    """)


def unit_basics() -> None:
    text(r"""
        ## Basics
        Get everything to work once. A **tokenizer** turns text into integers. A **Transformer**
        predicts the next one; since 2017 its activations, position embeddings, normalization and
        attention have all changed. **Training** needs an optimizer, a schedule for the learning
        rate, a batch size and regularization.
    """)
    (
        link("2104.09864"),
        link("1910.07467"),
        link("2002.04745"),
        link("2305.13245"),
        link("2302.10866"),
    )
    (
        link("1711.05101"),
        link("1608.03983"),
        link(WORKS["muon"]),
        link("2409.11321"),
        link("2404.06395"),
        link("1812.06162"),
    )


def unit_systems() -> None:
    text(r"""
        ## Systems
        Get the most out of the machine. Memory is a warehouse and the chip's own small memory is
        the factory floor; most time goes into carrying. **Kernels** carry less. **Parallelism**
        divides data, matrices, layers or the sequence over devices. **Inference** has two phases:
        the prompt is read at once, then tokens come one at a time.
    """)
    graph(**overview_figures.resource_triangle())
    text(r"""
        How different the two phases are: a model of 7 billion parameters in bfloat16 on one H100,
        by its data sheet.
    """)
    link(WORKS["h100"])
    parameters, prompt_tokens = 7e9, 2048
    prefill_ms = 1e3 * 2 * parameters * prompt_tokens / 989.5e12  # @inspect prefill_ms
    decode_ms = 1e3 * 2 * parameters / 3.35e12  # @inspect decode_ms
    plot(overview_figures.generation_timeline(prefill_ms, decode_ms))
    tokens_in_the_same_time = prefill_ms / decode_ms  # @inspect tokens_in_the_same_time
    assert 6 < tokens_in_the_same_time < 8
    text(r"""
        Reading 2048 tokens takes as long as writing 7. Reading is limited by arithmetic; writing by
        memory, because each token needs all the weights carried past the arithmetic once. Hence
        pruning, quantization, distillation, speculative decoding, KV caches and batching. Reported
        utilization of large training runs, as a share of the peak: 46.2% for PaLM on 6144 TPU v4,
        52% for Megatron at a trillion parameters on 3072 GPUs, 55.2% for MegaScale on 12,288.
    """)
    link("2104.04473"), link("2402.15627")


def unit_scaling() -> None:
    text(r"""
        ## Scaling laws
        Experiment small, predict large. For a budget of $C$ operations: a large model that reads
        little, or a small one that reads much? Use $C = 6ND$ and a fit of the loss, and look for
        the lowest point.
    """)
    link("2203.15556")
    sizes = [10 ** (8 + step / 10) for step in range(31)]
    curves = {flops: isoflop_curve(flops, sizes) for flops in [1e20, 1e21, 1e22]}
    best = [
        min(curve, key=lambda point: point["loss"]) for curve in curves.values()
    ]  # @inspect best
    assert best == sorted(best, key=lambda point: point["parameters"])
    tokens_per_parameter = [
        round(p["flops"] / (6 * p["parameters"] ** 2)) for p in best
    ]  # @inspect tokens_per_parameter
    assert min(tokens_per_parameter) > 20
    plot(overview_figures.isoflops(curves))  # @clear best tokens_per_parameter
    text(r"""
        The famous rule from the same paper: $D = 20 N$. A model of 1.4 billion parameters wants 28
        billion tokens. Two warnings. The rule counts training only: a model that will be used much
        should be smaller and read more. And the curves above, drawn with the constants printed for
        one of the paper's three fits, put the lowest points at more tokens for each parameter; fits
        are not exact. Our question from above, by the rule, at 40% utilization:
    """)
    assert 20 * 1.4e9 == 28e9
    C = 32 * 989.5e12 * 14 * 86400 * 0.4  # @inspect C
    N = math.sqrt(C / (6 * 20))  # @inspect N
    D = 20 * N  # @inspect D
    assert np.allclose([C, N, D], [1.53e22, 1.13e10, 2.26e11], rtol=0.01)
    text(r"""
        About **11 billion parameters and 226 billion tokens**. Now somebody has to find those
        tokens.
    """)


def unit_data() -> None:
    text(r"""
        ## Data
        First decide what the model should be good at, and how you will measure it: perplexity,
        examinations, instructions followed, a judge. Then collect, respect licences, extract text,
        filter, and remove duplicates. Here are five pages such as a crawl brings home (invented for
        this lecture).
    """)
    link("2303.15715")
    shop = html_to_text((PAGES / "translated_shop.html").read_text(encoding="utf-8"))
    code(shop, language="text")
    reports = []
    for path in sorted(PAGES.glob("*.html")):
        page = report(path)  # @inspect page page.ratio
        reports.append(page)
    article, *_, translated = reports
    table(report_rows(reports), columns=REPORT_COLUMNS)  # @clear page page.ratio
    assert article.ratio > translated.ratio
    assert article.stop_words > translated.stop_words == 0
    text(r"""
        Only one of the five is something you would like a model to learn from. Two crude numbers
        already find it. In assignment 4 you write better ones.
    """)


def unit_alignment() -> None:
    text(r"""
        ## Alignment
        A model that continues text is not yet one that answers. **Supervised fine-tuning** shows it
        conversations; a thousand good ones can be enough to bring out what it knows. Then it learns
        from **preferences** or from **verifiers**: PPO, Direct Preference Optimization (DPO), Group
        Relative Policy Optimization (GRPO).
    """)
    (
        link("2305.11206"),
        link("2203.02155"),
        link("1707.06347"),
        link("2305.18290"),
        link("2402.03300"),
    )
    question = Turn("user", "Why is the sea salty?")
    good = "Rivers carry dissolved salts into it, and only the water evaporates."
    bad = "Great question! The sea is salty because it contains salt."
    chat = ChatExample(
        (Turn("system", "Be brief."), question, Turn("assistant", good))
    )  # @inspect chat
    pair = PreferencePair(question.content, chosen=good, rejected=bad)  # @inspect pair
    assert chat.turns[-1].content == pair.chosen


def what_tokenization_is() -> None:
    text(r"""
        # Tokenization
        Text is a string of Unicode characters. A language model gives a probability to a sequence
        of integers. A **tokenizer** stands between them: `encode` turns a string into integers
        (*tokens*), `decode` turns them back. The number of different integers is the **vocabulary
        size**.

        Two demands, before anything else:
        1. **Round trip**: `decode(encode(s)) == s` for every string.
        2. **Compression**: the ratio of UTF-8 bytes to tokens should be high, because the cost of
           attention grows with the square of the number of tokens.
    """)
    link(WORKS["karpathy"])
    text("Look first at what a finished one does. This is GPT-2's, on strings of ours:")
    gpt2 = load_encodings("gpt2")
    provenance = load_provenance("gpt2")  # @inspect provenance
    for name in PROBES:  # @inspect name
        string = gpt2[name].string  # @inspect string
        indices = gpt2[name].indices  # @inspect indices
        ratio = compression_ratio(string, indices)  # @inspect ratio
    plot(
        token_figures.token_strips({name: gpt2[name] for name in PROBES})
    )  # @clear name string indices ratio
    greeting = gpt2["greeting"]
    assert (len(GREETING), len(GREETING.encode()), len(greeting.indices)) == (15, 22, 14)
    assert round(compression_ratio(GREETING, greeting.indices), 3) == 1.571
    assert gpt2["case"].indices == [31373, 23748, 18435, 47899, 46]
    assert gpt2["digits"].indices == [10163, 2231, 3134]
    assert gpt2["indentation"].indices[:3] == [220, 220, 220]
    text(r"""
        What to see in them (point at a box for its number):
        - A space belongs to the word **after** it.
        - `hello`, `␣hello`, `␣Hello` and `␣HELL`+`O` have nothing in common but their history: four
          spellings, five different tokens.
        - `1234567` is cut into `123`, `45`, `67`. The cuts follow what was frequent, not place
          value. Now add two such numbers.
        - Four spaces of indentation cost three tokens and a piece of the next one.
        - Some boxes hold bytes that are no character: `⟨20 f0 9f⟩` is a space and the first half of
          the wave. Remember this.
    """)
    language_tax(gpt2)
    note("Let them predict the cut of 1234567 before the plot. Nobody says 123|45|67.")


def language_tax(gpt2: Mapping[str, Encoding]) -> None:
    text(r"""
        ## The language tax
        The same short scene in nine writings. How many bytes does one token carry?
    """)
    ratios = {}
    for language in SENTENCES:  # @inspect language
        sentence, indices = gpt2[language].string, gpt2[language].indices  # @inspect sentence
        ratios[language] = round(compression_ratio(sentence, indices), 2)  # @inspect ratios
    cl100k = load_encodings("cl100k")
    provenance = load_provenance("cl100k")  # @inspect provenance
    larger = {
        language: cl100k[language].ratio for language in SENTENCES
    }  # @clear language sentence
    by_tokenizer = {"GPT-2, 50,257 tokens": ratios, "cl100k, 100,277 tokens": larger}
    plot(token_figures.language_bars(by_tokenizer))  # @clear ratios
    assert ratios["English"] > ratios["French"] > ratios["Python"] > ratios["Chinese"]
    english, hindi = (
        len(gpt2["English"].indices),
        len(gpt2["Hindi"].indices),
    )  # @inspect english hindi
    assert hindi > 5 * english
    text(r"""
        Under GPT-2 the Hindi sentence costs five times as many tokens as the English one that says
        the same. Its writer pays five times the price and has a fifth of the context. The later
        vocabulary, twice as large, lowers the tax for everyone except English, which paid none, and
        most of all for code.
    """)
    assert larger.pop("English") == ratios.pop("English")
    gains = {language: larger[language] / ratios[language] for language in ratios}  # @inspect gains
    assert min(gains.values()) > 1
    assert max(gains, key=gains.__getitem__) == "Python"


def character_tokenizer() -> None:
    text(r"""
        # Characters as tokens
        The first idea: every Unicode character already has a number, its *code point*. Python says
        it with `ord`.
    """)
    assert (ord("a"), chr(97)) == (97, "a")
    tokenizer = CharacterTokenizer()
    string = GREETING  # @inspect string
    indices = tokenizer.encode(string)  # @inspect indices
    back = tokenizer.decode(indices)  # @inspect back
    assert back == string
    at_least = max(indices) + 1  # @inspect at_least
    ratio = compression_ratio(string, indices)  # @inspect ratio
    assert round(ratio, 3) == round(22 / 15, 3) == 1.467
    text(r"""
        Unicode 16 assigns 154,998 characters. A vocabulary needs a row of the embedding matrix for
        each:
    """)
    link(WORKS["unicode"])
    embedding_parameters = 154_998 * 768  # @inspect embedding_parameters
    plot(token_figures.code_points())
    text(r"""
        119 million parameters at the smallest width of GPT-2, which as a whole has 124 million. And
        most rows would hardly ever be used: the texts crowd into a few places of a logarithmic
        axis. **Too large and used too unevenly.**
    """)
    assert round(embedding_parameters / 1e6) == 119
    note(r"""
        Link back: which part of the vocabulary would a corpus in English never train? Almost all of
        it.
    """)


def byte_tokenizer() -> None:
    text(r"""
        # Bytes as tokens
        The second idea: go below the character. UTF-8 writes each code point as one to four bytes,
        and a byte has 256 values. The first bits say how many bytes belong together.
    """)
    samples = ["a", "é", "世", "🌊"]
    figure = token_figures.utf8_bits(samples)
    image(figure, width=640, alt="The bits of four characters in UTF-8")
    tokenizer = ByteTokenizer()
    for character in samples:  # @inspect character
        indices = tokenizer.encode(character)  # @inspect indices
    assert [len(character.encode()) for character in samples] == [1, 2, 3, 4]
    indices = tokenizer.encode(GREETING)  # @inspect indices @clear character
    assert tokenizer.decode(indices) == GREETING
    ratio = compression_ratio(GREETING, indices)  # @inspect ratio
    assert ratio == 1
    text(r"""
        Nothing is ever unknown: any file is a sequence of these 256 tokens. But not every sequence
        of tokens is a text. Cut a character in half:
    """)
    half = "🌊".encode()[:2]  # @inspect half
    try:
        half.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = error.reason  # @inspect reason
    replaced = half.decode("utf-8", errors="replace")  # @inspect replaced
    assert (reason, replaced) == ("unexpected end of data", "\ufffd")
    text(r"""
        A model that writes byte by byte can stop in the middle. So `decode` must decide what to do,
        and the usual answer is the replacement character, U+FFFD.

        The true price is length. One token a byte, instead of about four, makes the sequence four
        times longer, and the attention scores cost the square of that:
    """)
    attention_cost = 4**2  # @inspect attention_cost
    text(r"""
        Sixteen times the work in the attention scores for the same text. **Small and complete, but
        too long.**
    """)
    note("A model on bytes is not absurd, only dear; the last section comes back to it.")


def word_tokenizer() -> None:
    text(r"""
        # Words as tokens
        The classical idea: tokens are words. First decide what a word is. The simplest rule is
        “letters together, and everything else by itself”:
    """)
    string = "I can't carry 12 boxes,  don't ask!"  # @inspect string
    simple = re.findall(r"\w+|.", string)  # @inspect simple
    text(r"""
        GPT-2's rule is more careful. It keeps the space with its word, splits off contractions, and
        separates digits from letters:
    """)
    code(GPT2_PATTERN, language="regex")
    segments = split_pretokens(string)  # @inspect segments
    assert "".join(simple) == "".join(segments) == string
    assert {" don", "'t"} < set(segments)
    link(split_pretokens)
    text(r"""
        Both lose nothing. The trouble begins when each distinct segment gets a number. Read our
        tale and count the distinct ones:
    """)
    tale = read_tale()
    words = split_pretokens(tale)  # @inspect len(words)
    read = [25, 50, 100, 200, 400, 800, 1600, len(words)]
    growth = []
    for count in read:
        growth.append((count, len(set(words[:count]))))  # @inspect growth[-1]
    log_read, log_distinct = np.log(growth).T
    slope = np.polyfit(log_read, log_distinct, 1)[0]
    exponent = round(float(slope), 3)  # @inspect exponent
    assert 0.4 < exponent < 0.8
    plot(token_figures.vocabulary_growth(growth, exponent))  # @clear growth[-1]
    text(r"""
        This is Heaps' law: the number of distinct words grows as a power of the number read, and
        never levels off. There is always a next word that the vocabulary lacks. The classical way
        out is one token for all of them, `<unk>`. Train on the first half of the tale, read the
        second:
    """)
    middle = tale.index("The winter passed")
    tokenizer = WordTokenizer(tale[:middle])  # @inspect len(tokenizer.vocabulary)
    indices = tokenizer.encode(tale[middle:])
    unknown = indices.count(0) / len(indices)  # @inspect unknown
    first_words = tokenizer.decode(indices[:40])  # @inspect first_words
    assert tokenizer.decode(indices) != tale[middle:]
    assert 0.2 < unknown < 0.3
    text(r"""
        A quarter of the words are gone, and they are the ones that carry the meaning. It also
        spoils measurements: a model that writes `<unk>` everywhere has a wonderful perplexity. For
        the same reason a compression ratio of such a tokenizer cannot be compared with the others,
        which lose nothing.

        **Short sequences, but a vocabulary without end.**
    """)
    note(r"""
        The cousin in the tale makes exactly this mistake. The tale is in lectures/lecture_01/data.
    """)


def byte_pair_encoding() -> Tokenizer:
    text(r"""
        # Byte-pair encoding
        Characters: too many. Bytes: too long. Words: never complete. **Byte-pair encoding** (BPE)
        starts from bytes, so that nothing is ever unknown, and lets the text decide which sequences
        deserve a token of their own.

        It began in 1994 as a way to compress files, came to translation in 2015, and to language
        models with GPT-2, on bytes.
    """)
    link(WORKS["gage"]), link("1508.07909"), link(WORKS["gpt-2"])
    note("Let somebody do the first merge of tic tac toe on the board before you step on.")
    text(r"""
        The training is five lines:
        1. Write the text as bytes.
        2. Count every pair of neighbours.
        3. Take the most frequent pair and give it a new number.
        4. Replace the pair by that number everywhere.
        5. Again from 2, until the vocabulary is as large as you want.
    """)
    merges, vocabulary = train_by_hand("tic tac toe tic tac", 4)
    draw_what_was_learned(merges, vocabulary)
    ties()
    encode_something_new()
    assignment_code()
    tokenizer = vocabulary_size()
    exercises()
    return tokenizer


def train_by_hand(
    string: str, number_of_merges: int
) -> tuple[dict[tuple[int, int], int], dict[int, bytes]]:
    text(rf"""
        ## Training, merge by merge
        The text is `{string}`. A dot stands between the two halves of a pair, `␣` is a space; pairs
        that occur once are left out.
    """)
    indices = list(string.encode("utf-8"))  # @inspect indices
    vocabulary = {byte: bytes([byte]) for byte in range(256)}
    merges: dict[tuple[int, int], int] = {}
    lengths = [len(indices)]  # @inspect lengths
    for new_index in range(256, 256 + number_of_merges):  # @inspect new_index
        counts = count_pairs(indices)
        frequent = spell_counts(counts, vocabulary)  # @inspect frequent
        pair = max(counts, key=counts.__getitem__)  # @inspect pair
        vocabulary[new_index] = (
            vocabulary[pair[0]] + vocabulary[pair[1]]
        )  # @inspect vocabulary[new_index]
        merges[pair] = new_index  # @inspect merges
        indices = merge(indices, pair, new_index)  # @inspect indices
        pieces = spell_all(indices, vocabulary)  # @inspect pieces
        lengths.append(len(indices))  # @inspect lengths
    assert [vocabulary[index] for index in merges.values()] == [b" t", b"c t", b"ic t", b"ic ta"]
    assert lengths == [19, 15, 12, 10, 8]
    return merges, vocabulary


def draw_what_was_learned(merges: dict[tuple[int, int], int], vocabulary: dict[int, bytes]) -> None:
    text(r"""
        Nineteen tokens became eight. The first pair had four occurrences, the later ones fewer: no
        merge is worth more than the one before. This is what was built:
    """)
    graph(**token_figures.merge_forest(vocabulary, merges))
    text(r"""
        The tokens are no words. `c␣t` is the end of one word and the beginning of the next: it was
        frequent, and nothing else was asked.
    """)
    note(r"""
        Ask what would be merged fifth: the answer depends on the rule for ties, which comes next.
    """)


def ties() -> None:
    text(r"""
        ## When two pairs are equally frequent
        Train on `banana bandana` with two rules: of the best pairs, take the one **seen first**, or
        the one whose bytes are lexicographically **greatest**.
    """)
    by_first = learn_merges("banana bandana", 4, first_seen)
    by_greatest = learn_merges("banana bandana", 4, greatest)
    learned = [by_first.vocabulary[index].decode() for index in range(256, 260)]
    other = [by_greatest.vocabulary[index].decode() for index in range(256, 260)]
    table(
        [["seen first", *learned], ["greatest", *other]],
        columns=["rule", "256", "257", "258", "259"],
    )
    assert learned == ["an", "ban", "ana", "banana"]
    assert other == [*learned[:3], "dana"]
    text(r"""
        Same text, same method, different fourth token; from there on the two cannot read each
        other. **The rule for ties is part of the specification.** The assignment asks for the
        greatest pair.
    """)


def encode_something_new() -> None:
    text(r"""
        ## Encoding
        To encode, replay the merges in the order in which they were learned. Step into the
        tokenizer: the sequence shrinks where a merge applies and stays where it does not.
    """)
    link(BPETokenizer)
    tokenizer = BPETokenizer(learn_merges("tic tac toe tic tac", 4, greatest))
    string = "toc tic tac 🌊"  # @inspect string
    indices = tokenizer.encode(string)  # @stepinto @inspect indices
    pieces = spell_all(indices, tokenizer.vocabulary)  # @inspect pieces
    assert tokenizer.decode(indices) == string
    assert len(indices) <= len(string.encode())
    assert len(tokenizer.vocabulary) == 256 + 4
    assert min(tokenizer.merges.values()) == 256
    text(r"""
        `toc` and the wave were never seen in training. They cost more tokens, and they come back
        unharmed. Every other string does too:
    """)
    assert all(tokenizer.decode(tokenizer.encode(each)) == each for each in SENTENCES.values())
    note(r"""
        The last line is the round trip on nine writings, with a tokenizer that has seen nineteen
        bytes.
    """)


def assignment_code() -> None:
    text(r"""
        ## The same in assignment 1
        A real trainer adds one thing that we left out: **pre-tokens**. The text is cut into words
        first, and no merge crosses a cut. What is trained on is then no longer the text but a
        dictionary of words with their counts, which is much shorter.
    """)
    link(train_bpe_naive), link(count_pairs_of_words)
    text("Step into the simple version, on the same text in a file:")
    vocabulary, merges = train_bpe_naive(TIC_TAC_TOE, 256 + 4, [])  # @stepinto 1 @inspect merges
    assert merges[0] == (b" ", b"t")
    assert all(b" " not in vocabulary[index][1:] for index in range(256, len(vocabulary)))
    text(r"""
        `c␣t` is gone: it lies across a cut. A space stands at the beginning of a word's token, as
        in GPT-2. The fast version gives the same merges, at a cost that follows what changes:
    """)
    link(train_bpe), link(Tokenizer)
    fast_vocabulary, fast_merges = train_bpe(TIC_TAC_TOE, 256 + 4, [], progress=False)
    assert (fast_vocabulary, fast_merges) == (vocabulary, merges)


def vocabulary_size() -> Tokenizer:
    text(r"""
        ## How large a vocabulary?
        Now train on the whole tale, 8.5 kilobytes of English, and keep the first so many merges.
    """)
    tale = read_tale()
    vocabulary, merges = train_bpe(TALE, 256 + 512, [], progress=False)
    samples = [spell(vocabulary[index]) for index in range(256, 768, 32)]  # @inspect samples
    sentence = SENTENCES["English"]
    tokens, on_sentence = {}, {}
    for size in [0, 8, 16, 32, 64, 128, 256, 512]:  # @inspect size
        tokenizer = Tokenizer(dict(list(vocabulary.items())[: 256 + size]), merges[:size])
        tokens[size] = len(tokenizer.encode(tale))  # @inspect tokens
        on_sentence[size] = compression_ratio(sentence, tokenizer.encode(sentence))
    assert all(longer >= shorter for longer, shorter in pairwise(tokens.values()))
    on_tale = {size: len(tale.encode()) / count for size, count in tokens.items()}
    plot(token_figures.sequence_length(tokens))  # @clear size tokens
    plot(token_figures.compression({"the tale": on_tale, "a new sentence": on_sentence}))
    text(r"""
        A larger vocabulary gives shorter sequences, with ever smaller gains, and a larger embedding
        matrix whose rare rows are trained on ever fewer examples. Published sizes: GPT-2 50,257
        (256 bytes, 50,000 merges, one special token), Llama 3 128,256, o200k 200,019. A tokenizer
        compresses what it was trained on best: ours does better on the tale than on a new sentence,
        and on other writings worse still.
    """)
    assert 256 + 50_000 + 1 == 50_257
    ratios = {}
    for language, sentence in SENTENCES.items():  # @inspect language
        ratios[language] = round(
            compression_ratio(sentence, tokenizer.encode(sentence)), 2
        )  # @inspect ratios
    assert ratios["English"] > ratios["French"] > ratios["Chinese"]
    assert ratios["Chinese"] == ratios["Hindi"] == ratios["Arabic"] == 1
    text(r"""
        The language tax again, now with a tokenizer whose whole education we know. French profits
        from letters shared with English. Hindi, Arabic and Chinese pay the full price, one token
        for each byte: none of the 512 merges is of use to them. Nobody decided that. Nobody counted
        them.
    """)
    note(r"""
        The captain with the foreign diary in the tale. The remedy is in the tale as well: count
        both together.
    """)
    return tokenizer


def exercises() -> None:
    text(r"""
        ## Your turn: assignment 1
        Our `BPETokenizer` is right and slow. Make it right and fast:
        1. When encoding, visit only the merges that occur in the word, not all of them.
        2. Detect and keep special tokens such as `<|endoftext|>`.
        3. Use pre-tokens, and count each distinct one once.
        4. When training, do not count again from zero: a merge changes only the pairs beside it.
           Then use several processes.
    """)


def beyond_bpe(tokenizer: Tokenizer) -> None:
    text(r"""
        # Beyond byte-pair encoding
        One paragraph under everything that we have seen, and under the simplest *patches*: four
        bytes at a time.
    """)
    paragraphs = read_tale().split("\n\n")
    paragraph = max(paragraphs, key=len)  # @inspect paragraph
    size = len(paragraph.encode())
    lengths = {
        "bytes": size,
        "characters": len(paragraph),
        "BPE, 512 merges": len(tokenizer.encode(paragraph)),
        "patches of 4 bytes": math.ceil(size / 4),
        "words": len(split_pretokens(paragraph)),
    }  # @inspect lengths
    plot(token_figures.paragraph_lengths(lengths))
    assert lengths["words"] < lengths["BPE, 512 merges"] < lengths["bytes"]
    text(r"""
        A tokenizer is a piece of hand-work in front of a network that learns everything else, and
        all its oddities (the tax, the digits, the spelling) come from there. Several lines of work
        do without it: models on bytes, on patches of bytes, patches of learned length, hashed
        words. They are promising, and as of spring 2025 none had been shown at the frontier. Until
        then BPE is the practical choice. (With 512 merges ours is about as long as blind patches of
        four bytes. GPT-2, with 50,000, carries five bytes of our English sentence in a token.)
    """)
    link("2105.13626"), link("2305.07185"), link("2412.09871"), link("2406.19223")
    text(r"""
        ## What to take home
        - A tokenizer must give back what it was given, and should make it short.
        - Characters, bytes and words each fail one way; BPE adapts to the text it is trained on.
        - What was not counted pays more.

        **Next lecture:** tensors in PyTorch, and how to account for every byte and every operation.
    """)
    note(r"""
        End with the question: which of today's oddities would disappear with a byte model, and
        which would not?
    """)


if __name__ == "__main__":
    main()
