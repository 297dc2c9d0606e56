"""Lecture 12: evaluation, from perplexity and parsers to votes, leaks and Goodhart.

Title: Evaluation: what a score says, and what it hides
Unit: data
Minutes: 75
Prerequisites: lecture_01
Assignments: assignment5-alignment
Figure: a_target
"""

# mypy: disable-error-code="func-returns-value"

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import torch
from cs336_alignment.parsing import parse_gsm8k_response, parse_mmlu_response
from cs336_alignment.tasks.pass_at_k import pass_at_k
from cs336_alignment.text.choices import summarise, wilson_interval
from cs336_basics.stories.floor import entropy_floor

from lecture_tracer import link, note, plot, predict, reveal, table, text
from lectures.lecture_12 import (
    agents,
    goodhart,
    intervals,
    judging,
    leaks,
    overlap,
    perplexity,
    published,
    ratings,
    readings,
    records,
)
from lectures.lecture_12.examinees import (
    Examinees,
    Recipe,
    order_p,
    order_z,
    orders_to_try,
    scores,
    trained,
)
from lectures.lecture_12.figures import curves, forest
from lectures.lecture_12.passages import LONG_TEXT
from lectures.lecture_12.works import WORKS

POINTS = [0.0, 35.0, 87.0, 156.0, 243.0, 347.0]  # true ratings of six simulated models


def main() -> None:
    torch.set_num_threads(1)  # @hide
    welcome()
    perplexity_in_which_unit()
    cheap_ways_down()
    seen_before()
    three_answers()
    formats()
    parsing()
    error_bars()
    pairs()
    several_tries()
    votes()
    style()
    judges()
    doing_nothing()
    order(a_leak())
    a_target()
    what_to_keep()


def welcome() -> None:
    text(r"""
        # Evaluation: what a score says, and what it hides
        **Lecture 12: perplexity, parsers, intervals, votes, leaks**

        A model is finished, and somebody asks how good it is. There is no answer to that, only to
        narrower questions. A buyer asks whether it does *her* work, and at what price. A
        researcher asks whether one method beats another with all else equal. A regulator asks what
        could go wrong. A developer needs a number that moves smoothly every hour and need not mean
        anything outside of the team. One and the same score rarely serves two of them.

        Four choices stand between a model and its score. *What goes in*: which inputs, how hard,
        from whose life; for a quiz is written by people who know the answers, and most real
        questions are not. *How it is called*: the prompt, examples, tools, how many tries; and
        whether a model is tested or a whole system. *How what comes out is scored*: by a key, by
        tests, by a judge. And *how the score is read*: with which error, against what, after how
        many looks. Today each of these is turned like a knob while the model stays the same, and
        you watch what the score does.
    """)
    predict(
        "One small model, SmolLM2-135M-Instruct, answers forty easy multiple-choice questions in "
        "nine formats, all of which somebody uses. How far apart are its best and its worst score?",
        name="formats",
        unit="points of 100",
        hint="Chance is 25. Think of what a format can break in a model of this size.",
        tolerance=0.2,
    )
    taken = records.provenance(records.read("formats")).split(", `")[0]  # @inspect taken
    text(rf"""
        What needs no large model is computed live: bootstraps, ratings, a Transformer trained on a
        leaked exam. What SmolLM2 said is a record ({taken}, by
        `lectures/lecture_12/tools/ask_smollm2.py`), and so is what models scored on a GPU. Prices
        and ranks of the day are left out, since they will have changed when you read this.
    """), note("Ask for the last score that changed somebody's decision.")  # fmt: skip


def perplexity_in_which_unit() -> None:
    text(r"""
        # Perplexity, in which unit?
        The oldest score of a language model needs no questions, only text. Over $T$ tokens
        _perplexity_ is
        $$\text{PPL} = \exp\Big(-\frac{1}{T} \sum_{t=1}^{T} \ln p(x_t \mid x_{<t})\Big),$$
        the number of equally likely tokens that would be as hard to guess. It is smooth, needs no
        parser, and works on any text, which is why scaling laws are written in it. It fails when
        two models divide by different $T$.

        Assignment 1 has stories from a grammar whose probabilities are known exactly. So we can
        score the *perfect* model, which is the grammar itself, with any tokenizer.
    """)
    asked = predict(
        "The perfect model is scored with three vocabularies of 257, 400 and 800 tokens. Under "
        "which does it have the lowest perplexity?",
        choices=["257, nearly single bytes", "800, the longest tokens", "The same under all"],
        hint="The probability of a whole story is the same. By what is its logarithm divided?",
    )
    stories = perplexity.some_stories(300)  # @inspect len(stories) stories[0]
    tokenizers = {n: perplexity.story_tokenizer(stories, n) for n in (257, 400, 800)}
    floor = entropy_floor(tokenizers[800])  # @stepinto 1 @inspect floor floor.nats_per_token
    floors = {n: entropy_floor(t) for n, t in tokenizers.items()}  # @inspect floors[257]
    lowest = {n: round(math.exp(f.nats_per_token), 3) for n, f in floors.items()}  # @inspect lowest
    reveal(asked, "257, nearly single bytes", f"{lowest[257]}, against {lowest[800]}.")
    assert lowest[257] < lowest[400] < lowest[800]
    size = floors[257].story_tokens  # @inspect size
    nats = {n: f.nats_per_token * f.story_tokens for n, f in floors.items()}  # @inspect nats
    bits = {
        n: round(perplexity.bits_per_byte(x, round(size)), 4) for n, x in nats.items()
    }  # @inspect bits
    assert len(set(bits.values())) == 1
    text(rf"""
        The same perfect model has three perplexities. What does not move is the probability of the
        text, so divide its logarithm by something that no tokenizer can change: __bits per byte__,
        $-\log_2 p(\text{{text}})$ over its length in bytes, {bits[800]} under all three. No model
        can be better than that on these stories. Slides on this subject sometimes give the least
        perplexity as the entropy $H$. It is $\exp(H)$ for $H$ nats a token, here {lowest[800]} and
        not {floors[800].nats_per_token:.3f}.

        SmolLM2 read four thousand bytes of prose from this course, with these three results.
    """)
    strided = records.read("strides")  # @inspect strided["text"] strided["strides"][0]
    total = strided["strides"][-1]["nats"]  # @inspect total
    rows = perplexity.by_unit(total, LONG_TEXT, strided["text"]["tokens"])  # @inspect rows
    columns = ["divided by", "how many", "perplexity"]
    table(rows, columns=columns, caption=records.provenance(strided))
    token, word, _ = (row[2] for row in rows)  # @inspect token word
    assert word > 3 * token
    text(rf"""
        {token} or {word}: a paper that prints either without its unit has printed nothing.
        One more use of the same sum: restrict it to the *answer's* tokens, given the question, and
        perplexity becomes a score of a task. We shall do that soon.
    """), link("1602.02410"), note("Which of the three would a press release print?")  # fmt: skip


def cheap_ways_down() -> None:
    text(r"""
        # Three cheap ways down
        A number that everybody wants to be low will be lowered. The first way is to make the test
        easier without saying so. Word models used to replace rare words by one token `<unk>`, and a
        word that is not told apart from others is easy to guess. Here are word frequencies of two
        thirds of the same prose, tested on the last third.
    """)
    words = [word.strip(".,:;()").lower() for word in LONG_TEXT.split()]  # @inspect len(words)
    cut = 2 * len(words) // 3  # @inspect cut
    asked = predict(
        "The vocabulary shrinks from all known words to the ten commonest and `<unk>`. What does "
        "the perplexity do?",
        choices=["It rises", "It stays", "It falls to a few"],
        hint="How many different things are left to be guessed?",
    )
    kept = {
        n: round(perplexity.word_perplexity(words[:cut], words[cut:], n), 1)
        for n in (1000, 100, 10, 1, 0)
    }  # @inspect kept
    reveal(asked, "It falls to a few", f"{kept[10]}; with no words at all it is {kept[0]}.")
    assert kept[1000] > 100 > 5 > kept[10] > kept[0] == 1
    text(r"""
        The second way is a model whose probabilities do not sum to one. If they sum to $1 + \delta$
        at every token, the loss falls by $\ln(1 + \delta)$ a token, and no sampled text looks any
        different. A leaderboard that takes log probabilities on trust can be led by a bug.
    """)
    honest = np.array([0.5, 0.3, 0.2])  # @inspect honest
    inflated = 1.1 * honest  # @inspect inflated inflated.sum()
    gain = float(-(honest * np.log(honest / inflated)).sum())  # @inspect gain
    assert math.isclose(gain, math.log(1.1))
    text(rf"""
        {gain:.3f} nats a token for ten percent too much, which is more than most papers report.
        Checking the sum costs one line.

        The third way is honest but hidden. A text longer than the model's window is read in pieces.
        If the pieces do not overlap, the first tokens of each have next to no context; if the
        window moves by a *stride* of a few tokens, each token has nearly a full one.
    """)
    rows = records.stride_rows()  # @inspect rows
    asked = predict(
        "SmolLM2, the same text, a window of 256. The stride goes from 256 down to 32. By how much "
        "do the bits per byte fall?",
        choices=["By less than 0.5 %", "By 2 to 10 %", "By more than 20 %"],
        hint="With stride 256 the average token sees 128 others, with 32 about 240.",
    )
    plot(curves.strides(rows))
    fall = 1 - rows[-1]["bits"] / rows[0]["bits"]  # @inspect fall
    reveal(asked, "By 2 to 10 %", f"{fall:.1%}, for {rows[-1]['passes']} passes instead of 4.")
    assert 0.02 < fall < 0.1
    text(rf"""
        {rows[0]["bits"]:.3f} or {rows[-1]["bits"]:.3f} bits per byte, by a choice that papers put
        into an appendix. **Say the unit, the window and the stride**, or give the code.
    """), note("A half-full window is the price of speed; say that you paid it.")  # fmt: skip


def seen_before() -> None:
    text(r"""
        # Texts it has seen before
        Whoever has read a text a hundred times does not need to understand it. That is the one
        fault of perplexity that no unit repairs: a low one can be skill or memory. To tell them
        apart, take a famous passage and the same content in other words.
    """)
    rows = records.passage_rows()  # @inspect rows[0] rows[1]
    asked = predict(
        "Five famous passages, each with a rewording of about the same length, written for this "
        "lecture. For how many does SmolLM2 need fewer bits per byte in the famous form?",
        unit="of 5",
        hint="The old forms have the stranger words.",
        tolerance=0,
    )
    ratios = records.rewording_ratios()  # @inspect ratios
    fewer = sum(ratio > 1 for ratio in ratios.values())  # @inspect fewer
    plot(forest.passages(rows))
    low, high = min(ratios.values()), max(ratios.values())  # @inspect low high
    reveal(asked, fewer, f"The rewordings cost {low} to {high} times as much.")
    assert fewer == 5
    assert ratios["Genesis"] == high
    text(rf"""
        The beginning of Genesis in its old English costs {rows[2]["value"]} bits per byte, and
        the same story in plain modern words {rows[3]["value"]}. A model of 135 million
        parameters does not find "without form, and void" natural; it remembers it. (Rewording adds
        some surprise of its own, so the ratio is no measure of memory, only a sign of it.)

        There are four ways out, and none is complete: *detect* leaks, as we shall at the end; agree
        on *reporting* overlap as one reports errors; use texts that are *fresher* than the model,
        which works until it is trained again; or keep them *private*, your own code and letters,
        which is easiest for perplexity, since nobody has to write questions. All five passages are
        in the repository, and from today on they are no test, either.

        ## Recap: perplexity
        Use bits per byte. Check that probabilities sum to one, and say the stride. Prefer texts
        that cannot have been read, and mistrust a model that knows old words best.
    """), link("2410.08385"), note(records.provenance(records.read("passages")))  # fmt: skip


def three_answers() -> None:
    text(r"""
        # One model, three answers
        An exam of multiple choice looks safe: one letter is right, and no judge is needed. But a
        language model does not tick boxes, it gives probabilities of texts, and there are several
        ways to turn these into a choice. Assignment 5 has three. *Letter*: show the options, and
        compare the next token among A, B, C and D. *Text*: hide the options, and compare
        $\ln p(\text{option} \mid \text{question})$. *Normalised*: the same divided by the option's
        length in bytes, since every further token can only lower a sum.
    """)
    record = records.of_assignment("choices")  # @inspect record["judged"][2]
    judged = record["judged"]  # @inspect len(judged)
    asked = predict(
        "By letter it gets 10 of 40 right, which is chance. What did it choose?",
        choices=["Letters at random", "Nearly always the same letter", "The longest option"],
        hint="135 million parameters, and it has to copy a letter from far above.",
    )
    summary = summarise(judged)  # @stepinto 1 @inspect summary["rules"]
    chosen = summary["rules"]["letter"]["chosen"]  # @inspect chosen
    reveal(asked, "Nearly always the same letter", f"A in {chosen[0]} of 40 questions.")
    right = {rule: found["right"] for rule, found in summary["rules"].items()}  # @inspect right
    assert right == {"letter": 10, "text": 25, "normalised": 25}
    agree = summary["all_rules_agree"]  # @inspect agree
    table(
        [[*judged[2]["options"]], *(judged[2]["scores"][rule] for rule in ("text", "normalised"))],
        columns=["A", "B", "C", "D"],
        caption=f"{judged[2]['question']} ({records.provenance(record)})",
    )
    flipped = [
        q["question"] for q in judged if q["chosen"]["text"] != q["chosen"]["normalised"]
    ]  # @inspect flipped[:2]
    assert judged[2]["question"] in flipped
    text(rf"""
        {right["letter"]}, {right["text"]} and {right["normalised"]} of 40, by one model on one
        exam. It *knows* most of the answers and cannot point at them. Text and normalised score the
        same, and yet they differ on {len(flipped)} questions: the length of an option decides as
        much as its content. The three rules agree on {agree:.0%} of the questions. For the one
        above the sum is highest for Brazil, which is right, and the mean for Portugal.

        Which rule is right? The one that resembles the use: whoever wants to know what a base model
        remembers should not ask for letters. Some correct for guessing, by
        $(a - 1/k) / (1 - 1/k)$ with $k$ options, which moves chance to zero.
    """), link("2009.03300"), note("GPT-3's paper divides by tokens.")  # fmt: skip


def formats() -> None:
    text(r"""
        # The format moves more than the error bar
        The rule is one knob, and there are more: with the chat template or without, letters or
        numbers, options shown or hidden, with four solved examples or none. We asked the same forty
        questions in nine of these formats, and where texts are compared we also divided by their
        bytes, which makes fourteen scores. A careful report would add an interval to its score, so
        let us have one: Wilson's, as in assignment 5.
    """)
    right = records.right_by_format()  # @inspect len(right)
    low, high = wilson_interval(25, 40)  # @stepinto @inspect low high
    shares = records.shares(right)  # @inspect shares[0] shares[-1]
    plot(forest.formats(shares))
    spread = 100 * (shares[-1]["value"] - shares[0]["value"])  # @inspect spread
    half = 100 * (high - low) / 2  # @inspect half
    reveal("formats", spread, f"From “{shares[0]['name']}” to “{shares[-1]['name']}”.")
    assert spread == 50
    assert spread > 3 * half
    text(rf"""
        **From {shares[0]["value"]:.1%} to {shares[-1]["value"]:.1%}: the format moves the score by
        {spread:.0f} points, where the interval of a single score is ±{half:.0f}.** The interval is
        not wrong. It answers a narrower question, namely what other questions of this kind would
        have done to the score, with everything else held fixed. A format is held fixed by whoever
        chose it, and their choice is in no error bar.
    """)
    counts = {
        name: Counter(int(np.argmax(s)) for s in row["scores"]).most_common(1)[0]
        for name, row in ((row["name"], row) for row in records.read("formats")["formats"][:4])
    }  # @inspect counts
    asked = predict(
        "Four solved examples stand before the question, and each letter is right once. The model "
        "still answers with nearly always one letter. Which?",
        choices=["A, as before", "The one of the last example", "The one that is most often right"],
        hint="The last example's answer was C.",
    )
    reveal(asked, "The one of the last example", "C, 38 times of 40.")
    assert counts["plain, letter, 4 examples"] == (2, 38)
    hidden = right["chat, text"]  # @inspect sum(hidden)
    shown = right["chat, text, options shown"]  # @inspect sum(shown)
    interval = intervals.paired(hidden, shown)  # @inspect interval
    assert interval[0] > 0
    text(rf"""
        Showing the options costs this model dearly, even if it is scored by their text:
        {sum(hidden)} right without them, {sum(shown)} with them, and the interval of the difference
        on the same questions, {interval[0]:+.0%} to {interval[1]:+.0%}, excludes zero. We suspect
        that whatever it is shown it finds likely, the wrong options, too. Larger models mind less,
        but they do mind: Sclar and others (2023) moved LLaMA-2-13B by up to 76 points through
        separators, spaces and capitals alone.

        What follows from it? Compare models only in one harness. Choose the format before you look,
        or report the range over several. When a score cannot be reproduced, compare prompts first.
    """), link("2310.11324"), note(records.provenance(records.read("formats")))  # fmt: skip


def parsing() -> None:
    text(r"""
        # The parser is part of the exam
        Chat models are asked in words and answer in words, so a _parser_ has to find the answer.
        Few papers print theirs, and yet each of its lines is worth points. Assignment 5 has one
        for letters, as for MMLU, and one for numbers, as for GSM8K. We step through the first with
        two of SmolLM2's real replies.
    """)
    said = readings.replies()  # @inspect said[0] said[5]
    letter = parse_mmlu_response({}, said[0])  # @stepinto @inspect letter
    asked = predict(
        f"“{said[5]}” That is the whole reply to a question whose answer is A. What does the "
        "parser return?",
        choices=["None, as it commits itself to nothing", "A", "D"],
        hint="Look at `_LEADING`: a letter that is set off by punctuation, at the beginning.",
    )
    found = parse_mmlu_response({}, said[5])  # @stepinto @inspect found
    reveal(asked, "A", "The comma sets it off. The model is credited for repeating our prompt.")
    traps = readings.TRAPS  # @inspect traps
    parsed = [[reply, parse_mmlu_response({}, reply) or "nothing"] for reply in traps]
    table(parsed, columns=["reply", "parsed"])
    assert parse_mmlu_response({}, traps[4]) is None
    assert parse_mmlu_response({}, traps[3]) == "B"
    assert [parse_mmlu_response({}, trap) for trap in traps[:3]] == [None, None, None]
    counted = readings.letter_scores()  # @inspect counted
    gifts = readings.unearned()  # @inspect gifts
    assert counted == {"first capital letter": 10, "assignment 5": 8, "a person": 3}
    text(rf"""
        It is careful, not fooled by the article in "a bit ambiguous". Still, of the
        {counted["assignment 5"]} right answers that it reports {len(gifts)} are gifts, where the
        model listed all letters or echoed the options and A happened to be right. It also misses
        "A is the only correct answer". A person who reads the forty replies finds
        {counted["a person"]} right ones; a script that takes the first capital letter finds
        {counted["first capital letter"]}. Three scores again, now from the *same replies*.

        Numbers are not easier. The usual rule takes the last number of the reply.
    """)
    solved = [entry["output"] for entry in records.read("replies")["numbers"]]  # @inspect solved[3]
    number = parse_gsm8k_response(solved[3])  # @stepinto @inspect number
    asked = predict(
        "24 word problems. How many are right if any number of the reply may count, if the last "
        "one counts, and if in addition the reply must have come to its end? Guess the first.",
        unit="of 24",
        hint="The model finds many numbers on its way.",
        tolerance=0.3,
    )
    by_rule = readings.number_scores()  # @inspect by_rule
    reveal(asked, by_rule["any number"], ", ".join(f"{k}: {v}" for k, v in by_rule.items()))
    assert list(by_rule.values()) == [5, 3, 1]
    text(rf"""
        The reply above has 50 right on its first line, talks itself out of it, and ends with 10. A
        lenient rule gives {by_rule["any number"]}, the usual one {by_rule["the last number"]}, and
        one that refuses replies which were cut off in the middle gives
        {by_rule["the last number, if the reply has ended"]}: twice the cut fell by luck just behind
        the right number. So **read the replies**, thirty of them at least, before you believe any
        table. And count what could not be parsed, apart from what is wrong. IFEval (Zhou and
        others, 2023) goes around all this with 541 prompts whose demands a program can check, such
        as a number of words or no comma; it tests form, and says nothing about sense.

        ## Recap: exams
        The rule, the format and the parser each moved one model's score by more than its error bar.
        Fix all three before you compare, publish them, and look at the raw outputs.
    """), link("2110.14168"), link("2311.07911")  # fmt: skip
    note(records.provenance(records.read("replies")))


def error_bars() -> None:
    text(r"""
        # What a score is worth before anything else goes wrong
        Suppose prompt and parser are settled. There are still only $n$ questions out of all that
        could have been asked, and the share $\hat p$ of right answers has a _standard error_ of
        $\sqrt{p(1-p)/n}$. Leaderboards rarely print it, and sort by the second decimal.
    """)
    sizes = {b.name: b.items for b in published.BENCHMARKS if b.scored}  # @inspect sizes
    plot(curves.errors(published.BENCHMARKS))
    aime = 196 * intervals.standard_error(0.5, sizes["AIME (a year)"])  # @inspect aime
    mmlu = 196 * intervals.standard_error(0.5, sizes["MMLU"])  # @inspect mmlu
    assert round(aime) == 18
    assert 0.8 < mmlu < 0.9
    text(rf"""
        A year of AIME has thirty problems, so a score of 50 % means ±{aime:.0f} points, and MMLU's
        14,042 give ±{mmlu:.1f}. People average over many samples of each AIME problem, which
        measures the *model* better on these thirty and says nothing about other problems.

        The familiar interval $\hat p \pm 1.96\,\sqrt{{\hat p(1-\hat p)/n}}$ has another weakness.
        How often does it hold the truth? For a given $p$ that can be computed exactly.
    """), link("2411.00640")  # fmt: skip
    asked = predict(
        "Thirty problems, of which the model solves 90 % in the long run. The interval claims to "
        "hold the truth in 95 % of all cases. In how many does it?",
        unit="%",
        hint="What does the formula give when all thirty are right?",
        tolerance=0.06,
    )
    held = {
        name: [round(intervals.coverage(kind, p, n), 3) for n, p in [(30, 0.9), (198, 0.6)]]
        for name, kind in {"±1.96 errors": intervals.wald, "Wilson": wilson_interval}.items()
    }  # @inspect held
    reveal(asked, 100 * held["±1.96 errors"][0], "30 of 30 gives an interval of width zero.")
    assert held["±1.96 errors"][0] < 0.82 < 0.95 < held["Wilson"][0]
    text(rf"""
        {held["±1.96 errors"][0]:.0%}, where Wilson's interval holds {held["Wilson"][0]:.0%}. At
        GPQA's 198 questions and 60 % both are fine ({held["±1.96 errors"][1]:.0%} and
        {held["Wilson"][1]:.0%}). The formula breaks where scores are high and exams small, which is
        where records are announced.

        It also believes that questions are independent. Eight questions about one text are not: who
        has understood the text gets them all. Sum the deviations $d_i$ from the mean within a text
        before you square them: the error is $\sqrt{{\sum_g (\sum_{{i \in g}} d_i)^2}} \,/\, n$.
    """)
    marks, clusters = intervals.passages(groups=50, size=8)  # @inspect marks[:16] clusters[:16]
    plain = intervals.standard_error(float(marks.mean()), len(marks))  # @inspect plain
    clustered = intervals.clustered_error(marks, clusters)  # @stepinto @inspect clustered
    wider = clustered / plain  # @inspect wider
    assert 1.7 < wider < 2.1
    inflation = intervals.best_of(10)  # @inspect inflation
    assert round(inflation, 2) == 1.54
    text(rf"""
        The honest error is {wider:.1f} times as large: 400 questions about 50 texts are worth
        little more than 100. And every look costs. Try ten variants of equal quality, report the
        best, and its score is too high by {inflation:.2f} standard errors on average, without
        anybody having lied. Singh and others (2025) report 27 private variants of one provider on
        Chatbot Arena before a launch. **Say how often you looked.**
    """), link("2504.20879"), note("Which of your own tables has an error bar?")  # fmt: skip


def pairs() -> None:
    text(r"""
        # Compare in pairs
        Mostly the question is not how good a model is, but whether it is better than another. Two
        scores with overlapping intervals are then often called a tie, which throws away the best
        part of the data: both models sat the *same* exam. A hard question is hard for both, and
        what is common to both cancels in the difference.
    """)
    ours, theirs = intervals.two_models(items=500, gap=0.35)  # @inspect ours[:12] theirs[:12]
    gain = float(ours.mean() - theirs.mean())  # @inspect gain
    apart = intervals.unpaired(ours, theirs)  # @inspect apart
    asked = predict(
        f"Our model is {gain:.1%} better on 500 questions. Treated as two exams, the interval is "
        f"{apart[0]:+.1%} to {apart[1]:+.1%}. What does resampling the 500 differences do to it?",
        choices=["Nothing", "Zero is no longer inside", "It gets wider"],
        hint="Most differences are 0: both right or both wrong.",
    )
    together = intervals.paired(ours, theirs)  # @stepinto @inspect together
    reveal(asked, "Zero is no longer inside", f"{together[0]:+.1%} to {together[1]:+.1%}.")
    assert apart[0] < 0 < together[0]
    found = {"two exams": apart, "one exam, in pairs": together}  # @inspect found
    plot(forest.difference("The same 500 questions", gain, found))
    correlation = float(np.corrcoef(ours, theirs)[0, 1])  # @inspect correlation
    narrower = (together[1] - together[0]) / (apart[1] - apart[0])  # @inspect narrower
    assert abs(narrower - math.sqrt(1 - correlation)) < 0.03
    text(rf"""
        The answers of the two correlate by {correlation:.2f}, and the interval shrinks to
        {narrower:.0%}, as $\sqrt{{1 - \rho}}$ says, because twice the covariance is taken from the
        variance of the difference. To reach it with separate exams, one would need about twice the
        questions. The *bootstrap* that we walked through needs no formula: draw the items again
        with replacement, compute the score, and take the middle 95 % of the results. It works for
        medians, ratios and pass@k, and fails where $n$ is tiny or where items are not independent;
        then resample whole groups.

        So publish the answers to single items, not only means. Otherwise nobody can pair.
    """), note("Two models that agree on every item but three: what is the interval?")  # fmt: skip


def several_tries() -> None:
    text(r"""
        # Several tries
        Code that passes its tests is right, however many attempts it took. So HumanEval's _pass@k_
        counts a problem as solved if any of $k$ samples passes (Chen and others, 2021). From $n \ge
        k$ samples with $c$ right ones, the chance that a draw of $k$ holds none is
        $\binom{n-c}{k} / \binom{n}{k}$, and one minus it is an *unbiased* estimate. The obvious
        $1 - (1 - c/n)^k$ is not.
    """), link("2107.03374")  # fmt: skip
    asked = predict(
        "A problem is solved by 5 % of the samples, so pass@10 is 40 %. We draw ten samples of it "
        "and use the obvious formula. What does it give on average?",
        unit="%",
        hint="With 60 % there is no right one among the ten, and the estimate is 0.",
        tolerance=0.1,
    )
    one = pass_at_k(10, 1, 5)  # @stepinto @inspect one
    truth = 1 - 0.95**10  # @inspect truth
    naive = intervals.expected(intervals.naive_pass_at_k, 0.05, 10, 10)  # @inspect naive
    unbiased = intervals.expected(pass_at_k, 0.05, 10, 10)  # @inspect unbiased
    reveal(
        asked, round(100 * naive, 1), "1 − (1 − p)^k bends down, so scatter in p lowers its mean."
    )
    assert math.isclose(unbiased, truth)
    assert round(naive, 2) == 0.28
    plot(curves.pass_curves(chance=0.05, samples=10))
    right = readings.right_samples()  # @inspect right
    at = {
        k: float(np.mean([pass_at_k(8, c, k) for c in right])) for k in (1, 2, 4, 8)
    }  # @inspect at
    four = float(np.mean([math.comb(c, 4) / math.comb(8, 4) for c in right]))  # @inspect four
    assert at[8] > 2.5 * at[1]
    assert four < at[1] < at[4]
    text(rf"""
        {naive:.0%} instead of {truth:.0%}. On our 24 word problems SmolLM2 drew eight samples each,
        at a temperature of 0.8. It reaches {at[1]:.0%} with one try, {at[4]:.0%} with four and
        {at[8]:.0%} with eight. Is it therefore a model for {at[8]:.0%}? Only if somebody recognises
        the right answer among eight, as a test does for code. For a number nobody does, and a
        number can also be hit by chance. Whoever needs _reliability_ asks the opposite, that all of
        $k$ tries are right: {four:.1%} for four. Tools, turns and tries belong to the system,
        so a score without its budget is half a score.

        ## Recap: errors
        Print an interval that fits small exams, group what belongs together, count your looks, and
        compare in pairs. Estimate pass@k from more samples than $k$, without bias, and say what
        recognises the right one.
    """), link("2406.12045"), note(records.provenance(records.read("samples")))  # fmt: skip


def votes() -> None:
    text(r"""
        # Votes instead of keys
        Most of what people ask has no key. Chatbot Arena (Chiang and others, 2024) therefore shows
        a visitor two anonymous replies and takes a vote. The questions are real and always new, and
        nobody has to define quality. From votes to a ranking it takes a model, the _Bradley-Terry
        model_ (1952, and Zermelo's of 1929): with strengths $s$, reply $i$ beats $j$ with
        probability $1 / (1 + e^{-(s_i - s_j)})$. In chess points, 400 are odds of ten to one.

        The best known procedure, _Elo's update_, is not a fit but a running one: after each game
        the winner takes $K$ times the surprise from the loser, $r \leftarrow r + K\,(1 - 1/(1 +
        10^{(r' - r)/400}))$ for a winner with rating $r$. It is Arpad Elo's, a person's name and no
        abbreviation. We simulate 20,000 votes among six models whose strengths we know.
    """), link("2403.04132")  # fmt: skip
    cast = ratings.simulate(POINTS, [0.0] * 6, 0.0, votes=20_000)  # @inspect cast.first[:8]
    running = ratings.online_elo(cast, 6).round()  # @inspect running
    asked = predict(
        "We shuffle the *same* votes and run Elo's update with K = 32 again, model 0 staying at 0. "
        "By how much does a rating change at most?",
        choices=["By a few points", "By about 20", "By more than 50"],
        hint="How many games does the update remember? The last one alone moves up to 32 points.",
    )
    shuffled = ratings.online_elo(cast.reordered(1), 6).round()  # @inspect shuffled
    moved = float(np.abs(shuffled - running).max())  # @inspect moved
    reveal(asked, "By more than 50", f"{moved:.0f} points, and nobody's vote has changed.")
    assert moved > 50
    wins = ratings.win_table(cast, 6)  # @inspect wins
    first = ratings.bradley_terry(wins, rounds=2).round()  # @stepinto @inspect first
    fitted = ratings.bradley_terry(wins).round()  # @inspect fitted
    off = float(np.abs(fitted - POINTS).max())  # @inspect off
    assert off < 15
    found = {"true": POINTS, "Elo": running, "Elo, votes shuffled": shuffled, "fit": fitted}
    plot(forest.rating_dumbbells("Ratings from the same 20,000 votes", found))
    text(rf"""
        Elo's update forgets, on purpose: a chess player changes, and old games should fade. A
        model's weights do not change, so all its votes count alike, and one fits all of them at
        once. Zermelo's iteration needs no step size, and it is within {off:.0f} points of the
        truth. Arena has long fitted it that way, though people go on saying Elo. With fewer votes
        bootstrap them for intervals, and give ties the same rank.
    """), note("Why is one rating fixed at 0? Only differences can be seen.")  # fmt: skip


def style() -> None:
    text(r"""
        # What the votes were for
        A fit can be perfect and answer another question. Visitors like replies that are long, have
        headings and are friendly, whether or not they are right. Now model 2 writes replies that
        are 1.5 standard deviations longer than those of the others. It is no better than before,
        and voters give 0.5 in the logarithm of the odds for each deviation of length.
    """)
    lengths = [0.0, 0.0, 1.5, 0.0, 0.0, 0.0]  # @inspect lengths
    cast = ratings.simulate(POINTS, lengths, 0.5, votes=20_000)  # @inspect cast.longer[:4]
    asked = predict(
        "Model 2's true rating is 87, and model 3's is 156. What does the fit make of model 2?",
        unit="points",
        hint="1.5 deviations of 0.5 each, and 174 points for every unit of the log odds.",
        tolerance=0.15,
    )
    naive = ratings.bradley_terry(ratings.win_table(cast, 6)).round()  # @inspect naive
    reveal(asked, float(naive[2]), "It passes model 3 without having learned anything.")
    assert naive[2] > naive[3]
    text(r"""
        Length is a _confounder_: it goes with the model and it moves the vote. Since lengths also
        vary from reply to reply, a regression can tell the two apart. Each vote becomes a row with
        $+1$ for the first model, $-1$ for the second, and the difference in length:
        $$\ln \frac{P(i \text{ wins})}{P(j \text{ wins})} = s_i - s_j + w\,(x_i - x_j).$$
        We walk through one of Newton's steps towards the most likely $s$ and $w$, and take eight.
    """)
    first, half = ratings.with_style(cast, 6, steps=1)  # @stepinto @inspect first half
    controlled, weight = ratings.with_style(cast, 6)  # @inspect controlled weight
    assert abs(weight - 0.5) < 0.02
    assert float(np.abs(controlled - POINTS).max()) < 16
    found = {"true": POINTS, "votes": naive, "style removed": controlled}  # @inspect found
    plot(forest.rating_dumbbells("Model 2 writes longer replies", found))
    text(rf"""
        The weight comes out as {weight:.2f}, and model 2 falls from {naive[2]:.0f} to
        {controlled[2]:.0f} points. Dubois and others (2024) do the same to AlpacaEval, where a
        model judges, and Arena has offered it since August 2024. It has two limits. It removes only
        what you thought of measuring. And if longer replies *are* better, since they explain more,
        the regression takes that away, too. Which ranking is right depends on whether you want to
        know what people like or what helps them.

        ## Recap: votes
        Fit all votes at once and give intervals. Ask what else differs between the models than
        quality, and whether it sways voters. A rating is a prediction of votes, no more.
    """), link("2404.04475"), link(WORKS["style"]), note("Name another style.")  # fmt: skip


def judges() -> None:
    text(r"""
        # Models as judges
        Visitors are slow, so a language model is asked which of two replies is better. It reads
        everything, costs little, and agrees with people rather often. It also brings its own
        tastes: for length, for its own phrases, and for a place. We made SmolLM2 a judge. It sees
        one of our forty questions with two answers, a right and a wrong one, and is asked which is
        correct, 1 or 2. It is asked twice, with the answers exchanged.
    """)
    given = judging.verdicts()  # @inspect given[0] given[1]
    asked = predict(
        "With the right answer in first place it picks the right one in all 40 cases. How many are "
        "right when the wrong answer comes first?",
        unit="of 40",
        hint="There are two explanations of the 40, and they differ exactly here.",
        tolerance=0,
    )
    right = {
        order: sum(marks) for order, marks in judging.accuracies(given).items()
    }  # @inspect right
    reveal(asked, right["wrong answer first"], "It always says 1.")
    assert right["right answer first"] == 40
    assert right["wrong answer first"] == 0
    plot(forest.judge(records.shares(judging.accuracies(given))))
    bias = float(np.mean([v.bias for v in given]))  # @inspect bias
    content = float(np.mean([abs(v.both_orders) for v in given]))  # @inspect content
    consistent = sum(v.agrees for v in given)  # @inspect consistent
    assert consistent == 0
    assert bias > 20 * content
    low, high = wilson_interval(right["both orders, averaged"], 40)  # @inspect low high
    assert low < 0.5 < high
    text(rf"""
        Had we always put the right one first, we would have reported a perfect judge. Ask in both
        orders and average the differences $\ln p(1) - \ln p(2)$, and a constant lead of the first
        place cancels. Here the place is worth {bias:.1f} nats and the content {content:.2f}, so
        {right["both orders, averaged"]} of 40 are left, which cannot be told from chance.

        Large judges are far better, and not free of it: Shi and others (2024) put 15 judges through
        150,000 comparisons and find that the preference for a place is no accident, and strongest
        where the replies are nearly equally good, which is where one needs a judge. So exchange
        places, count how often the verdict flips, and *validate a judge against people* on a
        hundred items before a leaderboard is built on it. Written criteria, so-called _rubrics_,
        make judges steadier, and people, too.
    """), link("2406.07791"), note(records.provenance(records.read("judge")))  # fmt: skip


def doing_nothing() -> None:
    text(r"""
        # What does an agent score that does nothing?
        An _agent_ acts: it calls tools, changes files, cancels orders. Its score belongs to the
        model *and* to what is around it: the list of plans, the memory in files, helpers,
        instructions. And its outcome is checked by a program, which can be wrong as a parser can.
        Here is an order desk with eight requests. Only open orders may be cancelled. The check
        looks whether the orders end as they should, and whether the right word is in the reply.
    """), link(agents.weak_check)  # fmt: skip
    tasks = agents.TASKS  # @inspect tasks
    desk, reply = agents.run(agents.worker, tasks[1])  # @stepinto @inspect desk.calls reply
    asked = predict(
        "An agent that never calls a tool and says nothing: how many of the eight does it pass?",
        unit="of 8",
        hint="For which requests is changing nothing the right thing to do?",
        tolerance=0,
    )
    nothing = agents.score(agents.silent, agents.weak_check)  # @inspect nothing
    reveal(asked, 8 * nothing, "Every request that must be refused, and it did not refuse.")
    passed = agents.results()  # @inspect passed
    assert passed["silent"] == {"weak": 0.375, "strict": 0}
    assert passed["babbler"] == {"weak": 0.75, "strict": 0}
    assert passed["worker"]["strict"] == passed["worker"]["weak"] == 0.875
    text(rf"""
        Silence earns {nothing:.1%}, and an agent that recites the whole database earns
        {passed["babbler"]["weak"]:.0%}, one task behind the only one that works. A stricter check
        wants refusals said and one status named, and both frauds fall to zero. This is no straw
        man. Zhu and others (2025) audited ten agent benchmarks, and among them is one whose airline
        part an idle agent passes to 38 %. So run three agents first: one that does nothing, one
        that says everything, and a person. Then read transcripts, by a model if there are many.
    """)
    rows = published.dated_rows()  # @inspect len(rows)
    columns = ["family", "name", "since", "items", "scored by", "found since (November 2026)"]
    table(rows, columns=columns, caption="From the papers named; an empty cell is no praise.")
    link("2507.02825"), link(WORKS["verified"]), link("2602.13964"), link("2402.10260")
    text(r"""
        Wrong keys put a ceiling on everybody: if 5 % of them are wrong, the perfect model scores
        95 %, and whoever gets more has learned the mistakes.

        **Safety** has benchmarks of the same make and one trap more. HarmBench has 510 behaviours
        and counts successful attacks; AIR-Bench derives 5,694 prompts from regulation. A model that
        refuses everything is perfect on both, so report the refusal of *harmless* requests beside
        it. Often refusals are found by keywords.
    """), link("2402.04249"), link("2407.17436")  # fmt: skip
    said = records.of_assignment("complete")["completions"]  # @inspect len(said) said[0]
    sorry = [entry for entry in said if "sorry" in entry["output"]]  # @inspect sorry
    assert len(sorry) == 1
    text(rf"""
        Of SmolLM2's {len(said)} recorded answers to harmless prompts, the word "sorry" finds
        {len(sorry)}: asked to rewrite a sentence politely, it says that it cannot edit text. Had it
        complied, the polite sentence might well have begun with "I'm sorry". Finally, keep apart
        what a model *can* do from what it *tends* to do: behind an interface the tendency counts,
        and for open weights, which anybody can train further, the capability.

        ## Recap: judges and agents
        Exchange places, and validate the judge. Run an agent that does nothing, and read what the
        others did. Report the refusal of harmless requests beside that of harmful ones.
    """), note("Which of the three agents would your own benchmark pass?")  # fmt: skip


def a_leak() -> dict[int, Examinees]:
    text(r"""
        # An exam that leaked
        The surest way to a good score is a _leak_: to have seen the questions. Training data come
        from the web, the web has the benchmarks, and nobody needs to cheat for it to happen. To see
        what a leak does we need a model whose training data we know, so we train one. The exam has
        word problems of one kind. The training data hold others of that kind, with other pairs of
        numbers, and, in one of two cases, the exam itself, many times over.
    """), link(leaks.make_exam)  # fmt: skip
    exam = leaks.make_exam(32)  # @inspect len(exam.items) exam.items[0]
    sentence = " ".join(exam.items[0].words())  # @inspect sentence
    recipe = Recipe(d_model=64, layers=1, batch=4, rate=5e-3)  # @inspect recipe
    models = {n: trained(exam, recipe, copies=n, windows=800) for n in (0, 80)}  # @inspect recipe
    marks = {n: scores(model, exam)[0] for n, model in models.items()}  # @inspect marks
    gained = round(32 * (marks[80]["benchmark"] - marks[0]["benchmark"]))  # @inspect gained
    assert gained >= 6
    assert abs(marks[80]["fresh"] - marks[0]["fresh"]) < 0.05
    text(rf"""
        Two small Transformers of assignment 1, trained for a few seconds, and neither can add:
        {marks[0]["fresh"]:.0%} of *fresh* problems by the one, {marks[80]["fresh"]:.0%} by the
        other. On the exam the one with the leak solves {gained} of 32 more. Its score has risen and
        its ability has not, and **only a fresh exam of the same kind shows it**. That is the idea
        of GSM1k, which repeated GSM8k's recipe and found some families of models clearly worse on
        the copy, and the strongest hardly so.

        If you have the training data, look for the exam in it. The usual rule flags an item that
        shares $n$ words in a row with any document; GPT-3's authors took 8 to 13. Here the exam
        stands in the data once, either as it is or in other words.
    """), link("2405.00332"), link("2005.14165")  # fmt: skip
    asked = predict(
        "The items are reworded and keep their numbers and names. At n = 10, how many of the 32 "
        "are flagged?",
        choices=["All", "About half", "None"],
        hint="Which runs of ten words survive another word order?",
    )
    share = overlap.share_flagged(exam, (4, 6, 8, 9, 10, 12))  # @inspect share
    reveal(asked, "None", "It takes no cunning to pass by an n-gram filter: a translation will do.")
    assert share["leaked as it is"][10] == 1 > share["leaked, reworded"][10] == 0
    assert share["not leaked"][8] == 1 > share["not leaked"][10] == 0
    plot(curves.flags(share))
    text(r"""
        With short runs everything is flagged, because all problems of this kind share their
        phrases; with long ones the copy is found and nothing else. The reworded leak is missed
        wherever the innocent are let go.

        Does a reworded leak matter, then? On an H100 we trained larger models for longer, 22 for
        each of three seeds, whose data hold up to 64 copies of an exam of 128 items: in order,
        shuffled anew each time, or reworded. The exam is given in its original words.
    """)
    asked = predict(
        "64 copies in order raise the exam by 48 points above fresh problems. What do 64 reworded "
        "copies do?",
        choices=["Nothing", "About half as much", "Just as much"],
        hint="The model has never read the sentences of the exam, only their numbers and answers.",
    )
    record = records.leaks()  # @inspect record["recipe"] len(record["runs"])
    gains = records.leak_gains(record, steps=800)  # @inspect gains[0] gains[-1]
    plot(curves.leak_gains(gains))
    at = {row["kind"]: round(100 * row["value"]) for row in gains if row["copies"] == 64}
    reveal(asked, "About half as much", f"{at['reworded']} points.")
    assert at == {"in order": 48, "shuffled": 42, "reworded": 25}  # @inspect at
    low, high = records.fresh_range(record, steps=800)  # @inspect low high
    text(rf"""
        A leak is worth {at["in order"]} points in order, {at["shuffled"]} shuffled and
        {at["reworded"]} in other words, with 64 copies, which are 4 % of the data; below eight
        copies it is lost in the noise. Without any leak, three seeds of the same recipe solve
        {low:.0%} to {high:.0%} of fresh problems. Had we compared exams between models, chance
        would have buried the effect; each model's own fresh score lays it bare. Pairs, again.
        ({records.provenance(record)}.)
    """)
    note("A benchmark in a PDF, a forum, a translation: who searches there?")
    return models


def order(models: dict[int, Examinees]) -> None:
    text(r"""
        # The order gives it away
        Mostly one has neither the training data nor a fresh exam, only the model. Oren and others
        (2023) found what a model that has seen a benchmark cannot hide. The items of an exam could
        stand in any order, they are _exchangeable_. To a model that has never seen the file its
        published order is one among many. One that has read the file has learned what
        comes after what. So compute the likelihood of the published order and of many shuffles:
        $$p = \frac{1 + \#\{\text{shuffles at least as likely}\}}{1 + \#\{\text{shuffles}\}}.$$
        If the model is innocent, $p \le 0.05$ happens with probability 0.05, whatever the model is
        and whatever the text. Few tests in this field have such a guarantee.
    """), link("2310.17623")  # fmt: skip
    asked = predict(
        "Our leaked model solved about a quarter of its exam. Among the published order and 99 "
        "shuffles, at which place does it rank the published one?",
        choices=["First", "In the first ten", "Anywhere"],
        hint="It saw the file 80 times, eight items at a time.",
    )
    tried = orders_to_try(32, 99)  # @inspect tried[0] tried[1]
    tokens = leaks.ids(leaks.make_exam(32).items)  # @inspect tokens.shape
    likely = {
        name: models[copies].log_likelihoods(tokens, tried)[0]
        for name, copies in {"not leaked": 0, "leaked": 80}.items()
    }  # @inspect likely["not leaked"][:3] likely["leaked"][:3]
    p_values = {name: order_p(values) for name, values in likely.items()}  # @inspect p_values
    reveal(asked, "First", f"p = {p_values['leaked']}, and {p_values['not leaked']} without leak.")
    assert p_values["leaked"] == 0.01 < 0.1 < p_values["not leaked"]
    plot(curves.orders(likely))
    lead = order_z(likely["leaked"])  # @inspect lead
    assert lead > 10
    text(rf"""
        The published order lies {lead:.0f} standard deviations above the shuffles, while the exam
        was still mostly unsolved: order is learned before answers are. With 99 shuffles $p$ cannot
        be less than 0.01; the paper cuts the file into shards and tests the mean difference, which
        can. The test has blind spots, too. It needs likelihoods, which many interfaces no longer
        give. It sees nothing if the items leaked one by one, or were shuffled, or the file was in
        alphabetical order to begin with, so that its order is no accident. And a small $p$ proves
        that the file was read, not that the score is inflated. On the models of the record the test
        gives $p \le 0.05$ in so many of three seeds:
    """)
    found = records.order_found(records.leaks(), steps=800)  # @inspect found
    columns = ["copies", *(str(n) for n in found["in order"])]
    table([[leak, *counts.values()] for leak, counts in found.items()], columns=columns)
    worth = records.gain_at(records.leaks(), 800, "in order", 8)  # @inspect worth
    assert found["in order"][8] == found["reworded"][16] == 3
    assert sum(found["shuffled"].values()) == 0
    text(rf"""
        From eight copies on, worth {100 * worth:.0f} points, the file in order is always caught.
        Reworded in the same order, it is caught from sixteen: the model took the order along into
        the old words. The shuffled leak, which overlap finds at once, is never caught. **Each test
        misses what the other one finds.** (The models of a seed began with equal weights and were
        tried with equal shuffles, so neighbours in a row are no independent trials.)

        ## Recap: leaks
        A fresh exam shows what a leak was worth. Overlap finds copies and misses rewordings. The
        order finds files without the data, and with a guarantee, if the file had an order to learn.
    """), note("Why may we not test a benchmark that is sorted by topic?")  # fmt: skip


def a_target() -> None:
    text(r"""
        # When a measure becomes a target
        All faults so far were there before anybody tried. Now somebody tries. "When a measure
        becomes a target, it ceases to be a good measure" is how Strathern (1997) put _Goodhart's
        law_, and it can be watched. Replies have a quality and a length. People want quality, and
        length up to a point: the target is $q - (l - 1)^2 / 4$. We do not have it, only 2,000 votes
        that follow it, about ordinary replies. From these we learn a linear *proxy*, as one learns
        a reward model.
    """)
    first = goodhart.learn_proxy(votes=2000, steps=1)  # @stepinto @inspect first
    proxy = goodhart.learn_proxy(votes=2000)  # @inspect proxy
    agrees = goodhart.agreement(proxy)  # @inspect agrees
    assert agrees > 0.9
    text(rf"""
        It orders {agrees:.0%} of new pairs as the target does, an accuracy that reward models are
        praised for. Its weight on length, {proxy[1]:.2f}, is not a mistake: among ordinary replies
        longer ones are better. Now use it. Draw $n$ replies and keep the one that it likes best.
    """)
    asked = predict(
        "n grows from 1 to 4,096. What does the target do?",
        choices=["It rises with the proxy", "It rises and levels off", "It rises, then falls"],
        hint="The best of thousands is no ordinary reply. What makes it special to the proxy?",
    )
    sizes = [2**power for power in range(13)]  # @inspect sizes
    chosen = goodhart.best_of_n(proxy, sizes)  # @inspect chosen[0] chosen[-1]
    peak = max(chosen, key=lambda c: c.target)  # @inspect peak
    last = chosen[-1]  # @inspect last
    reveal(
        asked, "It rises, then falls", f"It peaks at n = {peak.n}, and ends at {last.target:.0f}."
    )
    assert 32 <= peak.n <= 512
    assert last.target < chosen[0].target < peak.target
    assert all(a.proxy < b.proxy for a, b in pairwise(chosen))
    plot(curves.goodhart(chosen))
    text(rf"""
        Up to n = {peak.n} both rise, and every experiment that ends there is a success. Then the
        proxy goes on rising, and the target falls below where it began: the replies that win are
        {last.length:.0f} units long, where hardly a vote had ever been cast. **The proxy was right
        where it was learned, and optimisation leaves that place.** Gao and others (2022) measured
        the same with reward models in the place of our line, for best of n and for reinforcement
        learning, and found how the peak moves with the size of the proxy.

        A benchmark is such a proxy for a whole field. What helps is known: keep a target that is
        not optimised and look at it, stop early, renew the measure, measure several things. And
        change rules openly. In the speedrun of nanoGPT data and final loss are fixed and only the
        method may vary; DataComp-LM fixes the model and lets the data vary. Where *everything* may
        vary, a score ranks models and explains nothing.
    """), link("2210.10760"), link("2406.11794")  # fmt: skip
    note("Which number in your group is a target by now?")


def what_to_keep() -> None:
    text(r"""
        # What to keep
        Start from the decision that the score is for. Hold the format, the parser and the budget
        fixed, publish them, and read the raw outputs. Give intervals, in pairs where you can, and
        say how often you looked. Fit votes, and ask what they were for. Exchange places before a
        judge. Run an agent that does nothing. Test on what cannot have been seen, and keep one
        measure that nobody optimises.

        | you read | ask first |
        |---|---|
        | a perplexity | of which unit, window, stride, text? |
        | an accuracy | which rule, format, parser? how many items? |
        | a difference | in pairs? after how many looks? |
        | a rating | fitted or running? what sways the voters? |
        | a judge's win rate | in both orders? checked against people? |
        | an agent's success | what does an idle agent get? which scaffold, which budget? |
        | a new record | could it have been read? what does a fresh set say? |

        ## Three exercises
        1. Change `_LEADING` in `cs336_alignment/parsing.py` so that "A, B, C or D." is no answer
           and "A is the only correct answer." is one. (Check: `readings.letter_scores()` then gives
           assignment 5 fewer than 8, and its tests in `test_contracts.py` still pass.)
        2. In `lectures/lecture_12/goodhart.py` add the square of the length to what the proxy sees.
           (Check: the target no longer falls below where it began, with the same 2,000 votes.)
        3. How many items does an exam need so that a paired difference of 2 points is seen, if the
           two models disagree on 20 % of the items? (Check: the difference of an item has variance
           about 0.2, so $1.96 \sqrt{0.2/n} < 0.02$ gives $n > 1{,}921$.)

        ## What to read next, and why
        Miller (2024) has all the statistics that a table needs in twenty pages. Oren and others
        (2023) is a model of a test with a guarantee. Zhu and others (2025) will change how you read
        agent benchmarks. Liang and others (2022) show what it takes to compare thirty models under
        one set of rules. Assignment 5's parsers and graders are waiting for better ones; and
        lecture 13 asks where training data come from, and so what may have leaked.
    """), link("2211.09110"), note("What will you stop reporting?")  # fmt: skip


if __name__ == "__main__":
    main()
