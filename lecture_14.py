"""Lecture 14: how to choose, deduplicate and mix documents, and how to find out whether it helps.

Title: Data, part 2: choosing, removing, mixing
Unit: data
Minutes: 85
Prerequisites: lecture_01, lecture_09
Assignments: assignment4-data
Figure: bands
"""

# mypy: disable-error-code="func-returns-value"

import math
from collections import Counter

import numpy as np
from cs336_data.dedup.bloom import BloomFilter, remove_seen_paragraphs
from cs336_data.dedup.clusters import cluster
from cs336_data.dedup.decontamination import TestSet
from cs336_data.dedup.exact_lines import line_hash
from cs336_data.dedup.minhash import MinHasher, band_keys, bands_for, jaccard, match_probability
from cs336_data.dedup.minhash import shingle_hashes as shingles
from cs336_data.deduplication import exact_line_deduplication, minhash_deduplication
from cs336_data.langid import identify_language
from cs336_data.mixing import plan_mixture, simulated_sizes
from cs336_data.models.linear import train
from cs336_data.selection.importance import effective_sample_size, feature_counts, resample
from cs336_data.selection.kneser_ney import KneserNey
from cs336_data.selection.thresholds import average_precision, keep_by_chance, keep_top
from cs336_data.text.hashing import hash_words
from cs336_data.toxicity import classify_toxic_speech

from lecture_tracer import graph, link, note, plot, predict, reveal, table, text
from lectures.lecture_14 import (
    answers,
    costs,
    duplicates,
    mixtures,
    registers,
    riddle,
    selection,
    sentences,
    study,
    traces,
)
from lectures.lecture_14.figures import copies, scores
from lectures.lecture_14.works import WORKS

DATA = selection.load()


def main() -> None:
    welcome()
    a_pool_and_a_target()
    n_grams()
    a_linear_classifier()
    importance_weights()
    one_framework()
    languages()
    toxicity()
    exact_copies()
    bloom_filters()
    minhash()
    bands()
    clusters_and_chains()
    when_it_removes_quality()
    leaks_of_the_test()
    mixing()
    rehearsals()
    answers_as_data()
    traces_as_data()
    a_trillion_tokens()
    does_it_help()
    what_to_keep()


def welcome() -> None:
    text(r"""
        # Data, part 2: choosing, removing, mixing
        **Lecture 14: the machinery behind a training set**

        The last lecture ended with text: extracted from pages and checked by rules that a person
        wrote down. Most of it is still not worth training on, much of it is there several times,
        and nobody has said how much of which source a model should read. Today we build what
        decides that. Every method is a few dozen lines in assignment 4, we step into all of them,
        and each is run until it fails, because all of them do.

        The one question that matters is asked at the end: **does a model trained on the filtered
        text predict better than one trained on the raw text?** Assignment 4 trained 30 models for
        it, with a prediction that was written down first. Write down yours.
    """)
    predict(
        "Six kinds of training sets, equal budgets of 16.4 million tokens, five seeds. By how much "
        "does the loss on held-out English manuals fall if the raw pool (English and foreign "
        "pages, spam, copies) is filtered and deduplicated?",
        name="does it help",
        choices=["By less than 0.02 nats", "By 0.05 to 0.2", "By more than 0.2"],
        hint="A third of the raw pool is in other languages. We come back to it at the end.",
    )
    text(r"""
        Losses are in nats a word or a token. Everything runs live but that study and some rates.
    """), note("Ask for a show of hands, and write the counts on the board.")  # fmt: skip


def a_pool_and_a_target() -> None:
    text(r"""
        # A pool and a target
        Filtering has one shape everywhere: a small set $T$ of the texts one would like to have, a
        huge raw pool $R$, and the question which part of $R$ is like $T$. To see how well a method
        does, the truth has to be known. Our pool has 782 documents: the prose of lectures 4 to 9 of
        this course, which is what we want; its manuals and its code; planted web junk; and text
        that a Markov chain wrote after reading lectures 1 to 3. These three lectures are $T$.
        Another 300 documents of the pool are set aside without labels.
    """)
    sizes = len(DATA.target), len(DATA.raw), len(DATA.pool)  # @inspect sizes
    kinds = Counter(document.kind for document in DATA.pool)  # @inspect kinds
    share = float(DATA.wanted.mean())  # @inspect share
    text(rf"""
        {share:.0%} of the pool is wanted. __Precision__ is the share of the kept that is wanted,
        __recall__ the share of the wanted that is kept. Recall belongs to the filter. Precision
        also depends on the pool, and that is easy to forget.
    """)
    asked = predict(
        "A filter has a precision of 90 % and a recall of 80 % on this pool. It is then run on a "
        "crawl in which 1 % of the documents are wanted. What is its precision there?",
        hint="Its rate of false alarms among unwanted documents stays, and there are more of them.",
        unit="%", tolerance=0.15,
    )  # fmt: skip
    there = round(100 * selection.precision_at(share, 0.9, 0.8, 0.01), 1)  # @inspect there
    reveal(asked, there, "Four of five documents that it keeps are now false alarms.")
    assert 17 < there < 20
    text(rf"""
        The filter is the same, and its precision fell from 90 % to {there:.0f} %. A classifier that
        was tested on a balanced set has been tested for another job.
    """), note("Bayes' rule, once more.")  # fmt: skip


def n_grams() -> None:
    text(r"""
        # Score one: a model of the target
        The oldest idea is to train a language model on $T$ and to keep what it finds probable. An
        $n$-gram model is the fastest there is, but most runs of three words in a new text were
        never seen, so probability has to be lent to them. _Kneser-Ney smoothing_ takes a discount
        $d$ from every count and gives what was taken to the shorter context $c'$:
        $$p(w \mid c) = \frac{\max(n(c w) - d,\, 0)}{n(c)} + \frac{d\; t(c)}{n(c)}\; p(w \mid c'),$$
        where $n$ counts and $t(c)$ is the number of different words seen after $c$. In the shorter
        contexts $n$ counts in how many *different* places a word appeared, not how often. We try it
        on six sentences, in which "Francisco" is frequent, and always after "San".
    """), link(WORKS["kneser"]), link(WORKS["kenlm"])  # fmt: skip
    lines = selection.SENTENCES  # @inspect lines
    toy = KneserNey.fit([line.split() for line in lines], order=2)  # @inspect toy.vocabulary
    asked = predict(
        'After the unseen "zebra", which is more probable: "francisco", seen three times, or '
        '"drinks", seen twice?',
        choices=["francisco", "drinks", "Both the same"],
        hint="In how many different places did each appear?",
    )
    places = toy.levels[0][()]  # @inspect places
    rare = toy.probability("francisco", ("zebra",))  # @stepinto @inspect rare
    often = toy.probability("drinks", ("zebra",))  # @inspect often
    reveal(asked, "drinks", "It followed two different words, and Francisco only one.")
    assert often > 1.4 * rare
    text(rf"""
        {often:.3f} against {rare:.3f}, and the probabilities of all words sum to one. Now the real
        target, trigrams of lectures 1 to 3. Perplexity is $e$ to the mean negative logarithm of a
        word's probability. CCNet cut the crawl into thirds by it, and LLaMA's data went through it.
    """), link("1911.00359"), link("2302.13971")  # fmt: skip
    model = KneserNey.fit([d.words for d in DATA.target])  # @inspect len(model.vocabulary)
    found = selection.perplexities_of_texts(model, DATA)  # @inspect found
    assert found["a paragraph of lecture 1"] < 10 < found["the, sixteen times"] < 100
    assert 400 < found["an unseen lecture"] < found["its words, sorted"]
    fluent = selection.fluency(model, DATA.pool)  # @inspect fluent[:4]
    plot(scores.perplexities(fluent, DATA))
    asked = predict(
        "Forum pages score badly here: their words are unknown. To save memory, count all words "
        "that T has once as one word, `<unk>`, as is common. What happens to the forum?",
        choices=["It scores still worse", "Nothing much", "It scores better than lectures"],
        hint="How often does `<unk>` follow `<unk>` in such a page, and how often in T?",
    )
    small = selection.model_of_known_words(DATA)  # @inspect len(small.vocabulary)
    cut = selection.fluency(small, DATA.pool)  # @inspect cut[:4]
    medians = selection.median_perplexities(cut, DATA)  # @inspect medians
    precision = [average_precision(s, DATA.wanted) for s in (fluent, cut)]  # @inspect precision
    reveal(asked, "It scores better than lectures", "Its median perplexity is a quarter of theirs.")
    assert medians["forum"] < 0.3 * medians["lecture"]
    assert precision[0] > 2 * precision[1]
    right = 10 ** math.log(187)  # @inspect right
    text(rf"""
        "The" sixteen times gets {found["the, sixteen times"]:.0f}, an unseen lecture
        {found["an unseen lecture"]:.0f}, and the lowest strip of the figure is machine text. With
        `<unk>`, one unknown word predicts the next, and _average precision_, the mean of the
        precision at each wanted document, falls from {precision[0]:.2f} to {precision[1]:.2f}, and
        chance gives {DATA.wanted.mean():.2f}. **A low perplexity means predictable, and not good**:
        repetition is predictable, and so is gibberish once it has a name. (A correction: the public
        lecture whose outline we follow turns KenLM's score of $-151.7$ for a sentence into a
        perplexity of 187, by the exponential. KenLM's logarithms are to base 10, so it is
        {right:,.0f}; that model expects its own segmentation into word pieces.)

        ## Recap: the first score
        Precision depends on the pool. A model of the target finds probable what is predictable.
    """), note("Read the lowest strip of the figure aloud: machine text.")  # fmt: skip


def a_linear_classifier() -> None:
    text(r"""
        # Score two: a classifier
        A language model of $T$ does not know what else there is. A classifier is shown both sides
        and learns what tells them apart. _fastText_ averages a vector for each word and puts a
        linear layer on the mean: with $V$ words, $H$ numbers a word and $K$ classes that is
        $H(V+K)$ weights instead of $VK$. With $V = 8192$, $H = 16$, $K = 64$ it makes 132,096 of
        524,288. With two classes a single number a word is enough, and the score of a text is
        $$s(x) = \frac{1}{n} \sum_{i=1}^{n} w_{h(x_i)} + b,$$
        where $x_i$ are its words and pairs of words. By the _hashing trick_ there is no vocabulary:
        $h$ sends words to a table of fixed size, and those that meet there share a weight.
    """), link("1607.01759")  # fmt: skip
    assert (8192 * 64, 16 * (8192 + 64)) == (524_288, 132_096)
    toy = train(["a proof", "a watch"], [1, 0], "words", buckets=16, epochs=1)  # @stepinto 1
    score = toy.score("the proof")  # @inspect toy.weights score
    text(r"""
        Assignment 4 trains it with Adagrad, which divides each step by what a weight has moved
        already, so that rare words learn as fast as frequent ones. Negatives are the 300 documents
        that we set aside. Nobody has labelled them, so a quarter of these "negatives" are lectures:
        that is how GPT-3's filter was trained, with the crawl itself as the other class.
    """)
    asked = predict(
        "With a table of 131,072 weights the average precision is 0.93 (on documents by people). "
        "What is left of it with 64 weights for all words and pairs?",
        choices=["About 0.3, as by chance", "About 0.6", "About 0.9"],
        hint="Collisions are noise, which averages out over a hundred words.",
    )
    by_size = selection.precision_by_buckets(DATA, (4, 64, 1024, 1 << 17))  # @inspect by_size
    reveal(asked, "About 0.9", f"{by_size[64]:.2f}; with 4 weights it is {by_size[4]:.2f}.")
    assert by_size[4] < 0.5 < 0.86 < by_size[64] < 0.92 < by_size[1 << 17]
    model = selection.trained_classifier(DATA)  # @inspect model.weights
    ranked = selection.class_scores(model, DATA.pool)  # @inspect ranked[:4]
    first = selection.first_kinds(ranked, DATA, 66)  # @inspect first
    text(rf"""
        Hashing costs almost nothing, so the trick scales to billions of documents. Where the
        classifier fails is in what it can see. Of the 66 documents with the highest scores,
        {first["machine text"]} were written by the Markov chain: a bag of words has no order, and a
        chain that copies pairs of words has all the right ones. It was even shown such text as a
        negative. Assignment 4's own model has the same hole: of its pages of machine text, 34 in
        100 pass all rules and the classifier (`results/junk.json`).
    """), link(train), note("What would a Transformer's perplexity say of it?")  # fmt: skip


def importance_weights() -> None:
    text(r"""
        # Score three: a ratio
        The third idea comes from statistics. We have samples of $q$, the pool, and want samples of
        $p$, the target. _Importance resampling_ gives each sample the weight $w = p(x) / q(x)$ and
        draws anew in proportion to it. In a small world of four letters this can be checked.
    """), link("2302.03169")  # fmt: skip
    p, q = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.4, 0.3, 0.2, 0.1])  # @inspect p q
    letters = np.random.default_rng(0).choice(4, size=10_000, p=q)  # @inspect letters[:10]
    logs = np.log(p / q)[letters]  # @inspect logs[:5]
    chosen = resample(logs, 500, np.random.default_rng(1))  # @stepinto @inspect chosen[:5]
    after = np.bincount(letters[chosen], minlength=4) / 500  # @inspect after
    before = np.bincount(letters, minlength=4) / 10_000  # @inspect before
    plot(scores.bars_before_and_after(p, before, after))
    worth = effective_sample_size(logs) / 10_000  # @inspect worth
    assert abs(after - p).max() < 0.06 > 6 * abs(worth - 1 / (p**2 / q).sum())
    text(rf"""
        The price is the _effective sample size_, $(\sum w)^2 / \sum w^2$: 10,000 unequal samples
        are worth {worth:.0%} of equal ones, and theory says $1 / \sum p^2/q$ =
        {1 / (p**2 / q).sum():.0%}.

        DSIR does this with documents. Both $p$ and $q$ are bags of hashed words and pairs, with one
        added to every bucket, so $\log w$ is a sum over the words. It draws without putting back,
        by adding noise of a fixed size (Gumbel's) to each $\log w$ and keeping the largest.
    """), link(feature_counts)  # fmt: skip
    counts = feature_counts("a rose is a rose", 8)  # @stepinto 1 @inspect counts
    weights = selection.log_weights(DATA)  # @inspect weights[:5]
    asked = predict(
        "How many equally weighted documents are the 782 of our pool worth?",
        choices=["About half, as with the letters", "About 50", "About 1"],
        hint="The logarithm of a weight is a sum over a hundred words.",
    )
    worth = effective_sample_size(weights)  # @inspect worth
    spread = float(weights.std())  # @inspect spread
    reveal(asked, "About 1", f"{worth:.2f}. The log weights spread by {spread:.0f} nats.")
    drawn = resample(weights, 200, np.random.default_rng(0))  # @inspect drawn[:5]
    same = int(keep_top(weights, 200 / len(weights))[drawn].sum())  # @inspect same
    assert worth < 1.5 < 180 < same
    text(rf"""
        One document has nearly all of the weight, as the bag of words takes a hundred words for a
        hundred independent witnesses. Noise of about one nat is nothing beside a spread of
        {spread:.0f}, so {same} of the 200 documents drawn are among the 200 with the largest
        weights. **For whole documents, importance resampling is a threshold in disguise.** That
        speaks not against the ratio as a score, but against expecting samples of $p$.

        ## Recap: three scores
        How like the target is a text? A model of it says, or a boundary, or a ratio.
    """), note("Divide by the length, and the spread shrinks: what is then sampled?")  # fmt: skip


def one_framework() -> None:
    text(r"""
        # One framework
        All three are *a score and a decision*, and the two can be combined freely.

        | | score | needs | blind to |
        |---|---|---|---|
        | n-gram model | $p_T(x)$ | the target alone | what is predictable for a bad reason |
        | classifier | $p(T \mid x)$ | both sides | kinds of junk that it was not shown |
        | importance weight | $p_T(x) / p_R(x)$ | both sides | order beyond pairs of words |

        Decisions are a threshold, a share of the best, or a draw. We put the three scores on the
        one pool, before and after the machine text is taken out of it.
    """)
    by_method = selection.all_scores()  # @inspect by_method
    rows = selection.curves(by_method, DATA)  # @inspect len(rows)
    best = selection.first_kinds(by_method["n-gram model"], DATA, 66)  # @inspect best
    plot(scores.precision_recall(rows, "whole pool"))
    whole = selection.average_precisions(by_method, DATA)  # @inspect whole
    asked = predict(
        f"On the whole pool the classifier's average precision is {whole['classifier']:.2f}. We "
        "take the machine text out, an eleventh of the pool. What becomes of it?",
        choices=["It hardly changes", "About 0.7", "Above 0.9"],
        hint="Look where its curve begins.",
    )
    clean = selection.average_precisions(by_method, DATA, ~DATA.by_machine)  # @inspect clean
    reveal(asked, "Above 0.9", f"{clean['classifier']:.2f}.")
    plot(scores.precision_recall(rows, "pool without machine text"))
    ranks = selection.rank_correlations(by_method)  # @inspect ranks
    assert best == {"machine text": 66}
    assert max(whole.values()) < 0.6 < 0.7 < min(clean.values()) < 0.85 < min(ranks.values())
    text(rf"""
        An eleventh of the pool took {clean["classifier"]:.2f} down to {whole["classifier"]:.2f},
        because it sits at the top of all three rankings; of the n-gram model's first 66 documents
        it is all 66. Scores that look for *text like the target* are weakest against text that was
        made to be like the target. They agree about it, with rank correlations of
        {min(ranks.values()):.2f} and more, so voting does not help; a model that reads whole
        sentences might. Among people's texts the classifier wins, with
        {clean["classifier"]:.2f} against {clean["n-gram model"]:.2f} and
        {clean["importance weight"]:.2f}, on one pool and one target. Xie and others found weights
        slightly ahead of a classifier on GLUE; Li and others tried many filters for DCLM and kept a
        fastText classifier, with a tenth of the pool.
    """), link("2406.11794")  # fmt: skip
    text(r"""
        ## By threshold or by chance
        A hard threshold cuts off the tail of the target as well, where the good and unusual is.
        GPT-3 kept a document if a number drawn from a Pareto distribution exceeded one minus the
        classifier's probability, which happens with probability $(2-p)^{-9}$.
    """), link("2005.14165")  # fmt: skip
    sure, rng = np.full(20_000, 0.9), np.random.default_rng(0)  # @inspect sure
    sample = keep_by_chance(sure, rng)  # @stepinto @inspect sample.mean()
    chances = selection.chances((0.0, 0.5, 0.9))  # @inspect chances
    plot(scores.acceptance(chances))
    text(rf"""
        Of documents of which the classifier is 90 % sure, {sample.mean():.0%} are kept. No
        threshold is right by itself: a strict one leaves little text, which then has to be
        repeated, so the longer a model trains, the looser its filter should be (Goyal and others).
        And a teacher can take the place of the target. For phi-1 a large model judged 100,000 files
        of code by their educational value, and a random forest learnt to copy the judgement.
    """), link("2404.07177"), link("2306.11644"), note("And a stronger score?")  # fmt: skip


def languages() -> None:
    text(r"""
        # Which language?
        The first classifier of nearly every pipeline decides about language, and its errors remove
        whole communities without anybody noticing. Assignment 4 asks fastText's model for 176
        languages, and for short texts a second one. A long text is judged by two windows from its
        middle, since a page begins and ends with menus.
    """)
    story = sentences.STORY["da"] * 2  # @inspect story
    answer = identify_language(story)  # @stepinto 1 @inspect answer
    text(r"""
        To see what length does we cut one small story, written in eighteen languages for this
        lecture, into pieces of 5 to 80 characters.
    """), link(sentences.clipped)  # fmt: skip
    asked = predict(
        "Five characters, that is one word. Where is the language found in nearly every piece?",
        choices=["Latin letters", "Cyrillic letters", "Scripts of one language"],
        hint="Greek, Korean, Japanese and Thai are each written in letters of their own.",
    )
    rows = sentences.accuracy_by_length()  # @inspect rows[:2]
    right = sentences.shares(rows)  # @inspect len(right)
    found = {group: right[group, 5] for group in sentences.GROUPS}  # @inspect found
    reveal(asked, "Scripts of one language", f"{found['own script']:.0%} of the pieces.")
    plot(scores.languages(rows))
    assert found["own script"] > 0.97 > 0.75 > found["Cyrillic"] > found["Latin"]
    assert right["Latin", 40] > 0.97
    short = sentences.called()  # @inspect short
    alone, _, both = costs.accuracies_of_language()  # @inspect alone both
    assert list(short.values()).count("en") == 1
    text(rf"""
        With 40 characters everything is found, with 20 Latin letters give {right["Latin", 20]:.0%},
        with 5 only {found["Latin"]:.0%}. So a threshold on confidence, 0.5 in Dolma and 0.65 in
        FineWeb, is first of all a threshold on *length*, and on script. And what is no running text
        has no language: a greeting is called {short["a greeting"]}, a formula
        {short["a formula"]}, a loop in C {short["a loop"]}. A corpus of mathematics needs its own
        rule here: OpenWebMath set one threshold for pages with formulas and a far stricter one for
        pages without.

        On 3,600 short strings in 24 languages both models together are right in {both:.1%}, the
        first alone in {alone:.1%} (`results/language.json`). People are lost in the rest: Lucy and
        others looked at 10.3 million pages whose authors say who they are, and found English from
        some regions of the world overlooked.
    """), link("2310.06786"), link("2401.06408"), note("Mañana we can go to la playa.")  # fmt: skip


def toxicity() -> None:
    text(r"""
        # Toxic, or only informal?
        Filters for insults are linear models, too, trained on Wikipedia's talk pages (Jigsaw, 2018)
        or, in assignment 4, on sentences from templates. What they know is words and short phrases,
        so the question is who uses these without any insult.
    """)
    label = classify_toxic_speech("You are a worthless idiot.")  # @stepinto 2 @inspect label
    text(r"""
        Here are 24 harmless pairs, each saying the same thing twice: plainly ("It is rather cold
        today.") and as people say it ("It's bloody freezing today.").
    """)
    asked = predict(
        "In which register do false alarms differ most from those on the plain twins?",
        choices=["British", "slang", "banter", "reports of insults"],
        hint='"Damn, this song slaps, it is sick."',
    )
    called = registers.called_toxic()  # @inspect called
    reveal(asked, "slang", f"{called['slang'][1]} of 6 against {called['slang'][0]}.")
    plot(scores.registers(called))
    plain = sum(row[0] for row in called.values())  # @inspect plain
    said = sum(row[1] for row in called.values())  # @inspect said
    (zogs, mips), (even, alike) = registers.scores_of_peoples()  # @inspect zogs mips even alike
    assert [said - plain for plain, said, _ in called.values()] == [0, 5, 2, 0]
    assert zogs > 0.4 > 0.35 > mips > 10 * abs(even - alike)
    text(rf"""
        {said} of 24 harmless sentences are called toxic as people say them, and {plain} of their
        plain twins. Slang and banter make the whole difference; "bloody" and reports of insults
        make none here. This is a small set of our own. On five large ones, classifiers call tweets
        in African American English abusive at substantially higher rates (Davidson and others),
        which Sap and others trace to the annotators, and 13 of 16 filters of pretraining corpora
        prefer mainstream English (Deas and others).

        Being *named* is enough. We invent two peoples, zogs and mips, who are equally often
        mentioned harmlessly, while nine of ten insults are about zogs. The sentence "my teacher is
        one of the zogs" then scores {zogs:.2f}, and {mips:.2f} with mips. With balanced insults it
        is {even:.2f} and {alike:.2f}, so it is the data that made the difference. Dolma cuts at
        0.4, sentence by sentence: the zog's teacher is gone, the mip's stays. **A filter against
        insults first removes those who are insulted.** (A correction: comments without a label or
        with "obscene" alone are Dolma's *negatives* for hate, not its positives.)

        ## Recap: filters by kind
        Language is decided by script and length. Toxicity is decided by words, so it falls on
        whoever uses them, or is named beside them.
    """), link("1905.12516"), link(WORKS["sap"]), link("2503.10789")  # fmt: skip
    link("2402.00159"), note("Who would notice that a corpus lacks them?")


def exact_copies() -> None:
    text(r"""
        # Exact copies
        A promotional text of 61 words occurs 61,036 times in C4 (Lee and others). Copies waste
        tokens, they are memorised (models trained without them emit a tenth as much verbatim text),
        and they carry test sets into training sets. Comparing all pairs is out of the question, so
        _deduplication_, removing copies, goes through hashes, in linear time. Two may share one.
    """), link("2107.06499")  # fmt: skip
    number = line_hash(b"All rights reserved\n")  # @stepinto @inspect number
    asked = predict(
        "300,000 different lines get hashes of 32 bits, of which there are 4.3 billion. How many "
        "lines share theirs with an earlier one?",
        unit="lines", hint="About n² / 2³³.", tolerance=0.35,
    )  # fmt: skip
    expected = 300_000**2 / 2**33  # @inspect expected
    met = duplicates.collisions(300_000, bits=32)  # @inspect met
    reveal(asked, met, f"Expected {expected:.1f}. With 64 bits it would be 2 in a billion.")
    assert abs(met - expected) < 3 * math.sqrt(expected)
    text(r"""
        So 32 bits are too few for a corpus, and assignment 4 takes 64. (Python's own `hash` of a
        string changes with every process; never store it.) Then choose the *item* (line, paragraph,
        document), what counts as a *match*, and the *action*. CCNet's rule for lines leaves out
        **every** copy of a line that occurs more than once, the first, too.
    """), link(exact_line_deduplication)  # fmt: skip
    pages = duplicates.PAGES  # @inspect pages
    left = duplicates.without_repeated_lines(pages)  # @inspect left
    assert "Row" not in left["song.txt"]
    text(r"""
        The menu is gone, which was the aim. So are the refrain, but for the line with a small r,
        and all answers of the dialogue. A rule that is right for menus is wrong for songs, code and
        talk: among a billion pages somebody's "Yes." is always a copy. So most rules spare short
        lines, and C4, which drops repeated spans of three sentences, can leave texts that jump.
    """), note("Which item, match and action would you take for code?")  # fmt: skip


def bloom_filters() -> None:
    text(r"""
        # A set that forgets nothing and sometimes invents
        To know whether a paragraph came earlier, a table of hashes needs 8 bytes and more for each.
        A _Bloom filter_ needs bits: an item sets $k$ bits of $m$, chosen by $k$ hashes, and is
        "known" if all its bits are set. There are no false negatives, and after $n$ items the rate
        of false positives, among items that are absent, is
        $$f = \big(1 - e^{-kn/m}\big)^k, \qquad \text{least for } k = \tfrac{m}{n} \ln 2.$$
    """), link(WORKS["bloom"])  # fmt: skip
    seen = BloomFilter(num_bits=64, num_hashes=3)  # @inspect seen.num_bits seen.num_hashes
    fresh = seen.add(hash_words(["to", "be", "or", "to"]))  # @stepinto 1 @inspect fresh
    asked = predict(
        "A filter has 10 bits for each item. Does it pay to go from 7 hash functions to 20?",
        choices=["Yes, more checks are better", "No, it gets worse", "It makes no difference"],
        hint="Every item also sets k bits.",
    )
    counts = (1, 2, 4, 7, 10, 14, 20)  # @inspect counts
    rows = duplicates.false_positive_rows(10_000, 1000, counts)  # @inspect rows[0]
    rates = {row["k"]: row["measured"] for row in rows}  # @inspect rates
    reveal(asked, "No, it gets worse", f"{rates[7]:.2%} with 7 and {rates[20]:.1%} with 20.")
    plot(copies.bloom_rates(rows))
    assert all(abs(row["measured"] / row["computed"] - 1) < 0.12 for row in rows)
    text(rf"""
        Measured rates lie on the formula, although `_places` makes all $k$ places from two hashes.
        Dolma's rate of $10^{{-15}}$ takes {costs.bloom_bits(1e-15):.1f} bits an item. But the
        formula has $n$ in it.
    """)
    asked = predict(
        "A filter is sized for 1,000 items at a rate of 1 %. Then 3,000 come. What is the rate?",
        unit="%", hint="7 hashes, 9.6 bits an item that become 3.2.", tolerance=0.25,
    )  # fmt: skip
    rate = round(100 * duplicates.overfilled(3), 1)  # @inspect rate
    reveal(asked, rate, "Three times too many items, and nearly half of the new is called old.")
    assert 38 < rate < 48
    page = "Yes.\nThis line has at least thirteen words in it, as you can count"  # @inspect page
    seen = BloomFilter.sized(items=1000, false_positives=1e-6)  # @inspect seen.num_bits
    first = remove_seen_paragraphs(page, seen)  # @inspect first
    again = remove_seen_paragraphs(page, seen)  # @stepinto 1 @inspect again
    assert (first.removed, again.removed) == (0, 1)
    text(rf"""
        An overfull filter neither crashes nor warns: here it deletes {rate:.0f} % of all new
        paragraphs. Assignment 4 uses it for paragraphs of 13 words and more and keeps the first
        copy, so the order of the files decides whose that is.
    """), note("What do two machines do with two filters? OR them.")  # fmt: skip


def minhash() -> None:
    text(r"""
        # Nearly the same
        Copies on the web are rarely exact: a date, a typo, another footer. The _Jaccard similarity_
        of two documents is that of their sets of _shingles_, runs of $n$ words, $J = |A \cap B| /
        |A \cup B|$. _MinHash_, Broder's trick, replaces a set by a short signature: hash all
        shingles with one function and keep the smallest value. In a random order of $A \cup B$ any
        element is equally likely to come first, and both sets have the same smallest element
        exactly if that one is in both, so
        $$P(\min h(A) = \min h(B)) = J(A, B).$$
    """), link(WORKS["broder"])  # fmt: skip
    one = shingles("the cat sat on the mat", 2)  # @inspect one
    two = shingles("the cat sat on the hat", 2)  # @inspect two
    true = jaccard(one, two)  # @stepinto @inspect true
    hasher = MinHasher(num_hashes=8)  # @inspect hasher.num_hashes
    first = hasher.signature(one)  # @stepinto @inspect first
    agree = float((first == hasher.signature(two)).mean())  # @inspect agree
    errors = duplicates.estimates(0.6, (16, 128, 1024))  # @inspect errors
    assert true == 4 / 6
    assert all(abs(e / math.sqrt(0.24 / n) - 1) < 0.2 for n, e in errors.items())
    text(rf"""
        Each number of the signature is one coin with probability $J$, and the mean of $k$ coins
        scatters by $\sqrt{{J(1-J)/k}}$: at $J = 0.6$ we measure {errors[128]:.3f} with 128 and
        {errors[1024]:.3f} with 1024. That is enough, as we shall not use the estimate itself.
    """)
    asked = predict(
        "In a copy of a text 10 % of the words are replaced. What is the Jaccard similarity of "
        "their 5-grams?",
        hint="A shingle survives if all its five words do: 0.9 to the 5th.",
        unit="(similarity)", tolerance=0.12,
    )  # fmt: skip
    texts = [" ".join(d.words) for d in DATA.target[:30]]  # @inspect texts[0]
    found = duplicates.similarity_after_edits(texts, (0.01, 0.02, 0.05, 0.1), (1, 3, 5, 8))
    similar = found[5][0.1]  # @inspect found similar
    reveal(asked, similar, f"Theory: {duplicates.expected_similarity(0.1, 5):.2f}.")
    plot(copies.after_edits(found))
    assert abs(similar - duplicates.expected_similarity(0.1, 5)) < 0.03
    text(rf"""
        A reader would call it the same text, and its similarity is {similar:.2f}: with $x$ of the
        words changed, $q = (1-x)^n$ of the shingles survive and $J = q/(2-q)$. At the usual
        threshold of 0.8 about 2 % may change, so it means *nearly untouched*. Shorter shingles
        forgive more and confuse texts on one topic. Copies in other words need vectors (SemDeDup).

        ## Recap: hashes
        Item, match and action are three decisions. Hashes need 64 bits, a Bloom filter needs room,
        and the smallest hash of a set says how much of it another set shares.
    """), link("2303.09540"), note("A text quoted whole in a longer one? J is small.")  # fmt: skip


def bands() -> None:
    text(r"""
        # Bands: a test that is not yet a comparison
        Signatures still have to be compared, all with all. _Locality-sensitive hashing_ (LSH)
        compares few of them: cut a signature of $k$ numbers into $b$ bands of $r = k/b$, and let
        two documents meet if they agree in a whole band, which a table finds. They do with
        probability $P(s) = 1 - (1 - s^r)^b$, an S-curve with its step near $s = (1/b)^{1/r}$.
    """), link(match_probability), link(band_keys), link(minhash_deduplication)  # fmt: skip
    asked = predict(
        "128 hashes are cut into 32 bands of 4 instead of 16 bands of 8. Which pairs meet?",
        choices=["More pairs, also less similar ones", "Fewer pairs", "The same, only faster"],
        hint="Four numbers agree more easily than eight, and there are more bands.",
    )
    rows = duplicates.s_curve((8, 16, 32))  # @inspect len(rows) rows[0]
    off = max(abs(row["measured"] - row["computed"]) for row in rows)  # @inspect off
    reveal(asked, "More pairs, also less similar ones", "The step moves left, to 0.42.")
    plot(copies.s_curves(rows))
    assert off < 0.1
    text(rf"""
        Points are shares of 200 pairs of random sets, signed and banded by the assignment's code.
        None is further than {off:.2f} from its curve, with a standard error of up to 0.035. To
        choose bands, say what must not be lost: if pairs of similarity 0.85 are to be found with
        probability 0.99, the fewest bands that do it let the least else through.
    """)
    count = bands_for(128, similarity=0.85, recall=0.99)  # @inspect count
    false = match_probability(0.5, 128, count)  # @stepinto @inspect false
    lee = {b: match_probability(0.8, 9000, b) for b in (450, 20)}  # @inspect lee
    assert lee[20] < 1e-9 < 0.99 < lee[450] < count == 16
    table(
        duplicates.band_table((0.7, 0.8, 0.9)),
        columns=["pipeline", "bands", "rows", "0.7", "0.8", "0.9"],
        caption="probability that a pair of this similarity meets, computed",
    )
    text(rf"""
        So 16 bands, and {false:.0%} of the pairs of similarity 0.5 meet as well: candidates, which
        have to be compared. A correction, as the letters are confused in print: Lee and others used
        450 bands of 20 numbers; 20 bands of 450 find a pair of 0.8 with probability
        {lee[20]:.0e}, that is never.
    """), link("2107.06499"), link("2406.17557"), note("b moves left, r moves right.")  # fmt: skip


def clusters_and_chains() -> None:
    text(r"""
        # Clusters and chains
        Pairs are joined to clusters, of which one document is kept. Joining is transitive, and
        similarity is not. Assignment 4 compares candidates before it joins them, here three.
    """)
    short = ["a b c d e f g h", "a b c d e f g h i", "x y z"]  # @inspect short
    sets = [shingles(words, 2) for words in short]  # @inspect sets
    keys = np.zeros((1, 3), dtype=np.uint64)  # @inspect keys
    joined = cluster(3, keys, lambda i, k: jaccard(sets[i], sets[k]), 0.8)  # @stepinto 1
    groups = joined.groups()  # @inspect groups
    text(r"""
        Verification kept the stranger out although all three met. Now a manual with 60 versions,
        each a window of 200 words that begins 10 words after the last. Neighbours have a similarity
        of 0.90, and the first and the last no run of words in common.
    """)
    words = duplicates.words_of(DATA.pool)  # @inspect len(words)
    revisions = duplicates.revisions(words, 60, length=200, step=10)  # @inspect len(revisions)
    asked = predict(
        "All links are verified at 0.8, and one document of each cluster is kept. How many of the "
        "60 versions remain?",
        unit="documents", hint="Each is linked to the next.",
    )  # fmt: skip
    found = duplicates.clusters_of(revisions, 0.8)  # @inspect len(found.edges) found.candidates
    kept = len({found.find(i) for i in range(60)})  # @inspect kept
    reveal(asked, kept, "A chain of verified links, from the first to the last.")
    away = duplicates.similarity_to_first(revisions[:25])  # @inspect away[:3]
    plot(copies.along_a_chain(away, 0.8))
    leaders = duplicates.kept_by_leaders(revisions, 0.8)  # @inspect leaders[:5] len(leaders)
    assert (kept, len(leaders), away[20]) == (1, 20, 0)
    text(rf"""
        59 texts are gone, of which most share nothing with the one that is left. If a text is
        removed only for its likeness to one that is *kept*, {len(leaders)} remain, every third. In
        July 2026 the open project Marin found that its deduplication, by 5-grams of *characters*
        with every meeting counted as a link, had removed 97 % of Gutenberg's books: one cluster
        held 51,160 unrelated ones. Its remedy has the two parts that we have just seen: verify
        candidates, and let nobody be removed by transitivity.
    """), link(WORKS["marin clusters"]), note("Which version would you keep?")  # fmt: skip


def when_it_removes_quality() -> None:
    text(r"""
        # When deduplication removes quality
        Copies are also votes: people mirror what they find worth keeping, and junk made by machines
        is different every time. What, then, does removing copies do to the *share* of good text? In
        one pool of 420 documents, 60 good ones stand four times, nearly the same, and the junk is
        unique; in another it is junk that is copied. A bigram model reads 4,000 words of each,
        before and after, and is tested on lectures 8 and 9.
    """), link(duplicates.mirrored)  # fmt: skip
    asked = predict(
        "Good text is what is copied, budgets are equal, and the budget is small. After "
        "deduplication the model's loss on held-out lectures is",
        choices=["lower", "higher", "the same within 0.05"],
        hint="Of the words that are read, how many are good, before and after?",
    )
    lost = duplicates.losses_before_and_after()  # @inspect lost
    good = lost["good copied, deduplicated"] - lost["good copied, as it is"]  # @inspect good
    junk = lost["junk copied, deduplicated"] - lost["junk copied, as it is"]  # @inspect junk
    reveal(asked, "higher", f"By {good:.2f} nats a word.")
    plot(copies.losses(lost, "A bigram model after 4,000 words"))
    assert junk < -0.2 < 0.1 < good
    text(rf"""
        The same code, with the same threshold, costs {good:.2f} nats in one pool and saves
        {-junk:.2f} in the other (means of five seeds). Deduplication is also a reweighting. FineWeb
        removes copies within each crawl and not across crawls, and its authors report that
        repeating a fully deduplicated set does worse than this natural weighting by copies. For its
        educational part, already filtered, it made no difference. So **filter for quality first,
        then remove copies, and keep their number**, since it is information. With a budget that
        reads everything many times the sign can turn again: copies are then only repetition.

        ## Recap: near copies
        Signatures in bands give candidates, comparison gives links, links make chains. Removing
        copies changes what the rest is made of.
    """), link(WORKS["fineweb"]), link(WORKS["fineweb-edu"]), note("And mirrors?")  # fmt: skip


def leaks_of_the_test() -> None:
    text(r"""
        # Leaks of the test
        One kind of copy has to go whatever its quality, text that the model will be tested on:
        _decontamination_. The rule since GPT-3 is by runs of 13 words. What occurs in many test
        documents, such as a licence, does not count.
    """)
    test = TestSet.of([riddle.QUESTION])  # @inspect riddle.QUESTION
    verdict = test.decide(f"{riddle.QUESTION.upper()}? Nine!")  # @stepinto 1 @inspect verdict
    asked = predict(
        f"The question stands in a training set in four ways: {', '.join(riddle.LEAKS)}. How many "
        "does the rule catch?",
        unit="leaks", hint="A run of 13 words has to survive.",
    )  # fmt: skip
    caught = [k for k, leak in riddle.LEAKS.items() if not test.decide(leak)]  # @inspect caught
    reveal(asked, len(caught), "Only the quotation, whatever its capitals.")
    assert caught == ["quoted in capitals"]
    text(r"""
        The rule finds copies and nothing else: a paraphrase or the bare answer pass, and shorter
        runs begin to flag common phrases. A low count of contaminated documents is no proof of a
        clean test, and fresh or private tests remain the better defence.
    """), note("Why does the whole document go, and not only the passage?")  # fmt: skip


def mixing() -> None:
    text(r"""
        # Mixing: shares and epochs
        What is left comes from sources of very different size. How much of each should a model
        read? By hand, people take equal shares, or shares in proportion to size $n$, or
        $n^{1/\tau}$ in between. Whatever the rule, shares are only half of the story.
    """)
    sizes, equal = {"web": 10**13, "good": 10**10}, {"web": 1, "good": 1}  # @inspect sizes equal
    asked = predict(
        "10T tokens of web and 10B of good text, equal shares, a run of 1T tokens. How often is "
        "the good text read?",
        unit="epochs", hint="Half of 1T, over 10B.",
    )  # fmt: skip
    naive = plan_mixture(sizes, equal, 10**12, max_epochs=1000)  # @inspect naive
    reveal(asked, naive.epochs["good"], "And the web 0.05 times.")
    capped = plan_mixture(sizes, equal, 10**12, max_epochs=4)  # @stepinto 1 @inspect capped
    assert naive.epochs == {"web": 0.05, "good": 50}
    text(rf"""
        Fifty epochs. Lecture 9 has shown what repetition is worth: a second look counts for nearly
        as much as a new text, a fiftieth for nothing, or less than nothing. With a cap of four
        epochs the good text gets {capped.shares["good"]:.0%} of the run, and the web the rest.
        Equal shares with a cap are _UniMax_, which Chung and others found better for many languages
        than any temperature $\tau$. What should the cap be? We find it for the smallest learner,
        bigram models that read 20,000 words. The prose of lectures 1 to 3 has 2,000.
    """), link("2304.09151"), link("2305.16264"), link(mixtures.loss)  # fmt: skip
    asked = predict(
        "Equal weights for lectures, manuals and code, with a cap of 1, 2 or 4 epochs. Which cap "
        "is best for this learner, tested on other lectures?",
        choices=["1 epoch", "2 epochs", "4 epochs"],
        hint="What does counting the same pair of words four times tell a bigram model?",
    )
    by_cap = mixtures.loss_by_cap((1, 2, 4))  # @inspect by_cap
    reveal(asked, "1 epoch", f"Losses are {', '.join(map(str, by_cap.values()))}.")
    assert by_cap[1] < by_cap[2] < by_cap[4]
    text(rf"""
        One epoch, with a loss of {by_cap[1]:.2f} against {by_cap[4]:.2f} at four. A pair seen four
        times is taken for four times as certain, though it was read in one place. The four epochs
        that everybody quotes are a measurement on Transformers of a certain kind; Sedova and others
        find that a scarce source can be repeated 15 to 20 times if it is mixed with enough other
        text. **Epochs follow from a mixture and have to be computed for every source.**
    """), link("2605.12715"), note("Make the table of epochs for your mixture.")  # fmt: skip


def rehearsals() -> None:
    text(r"""
        # Rehearsing a mixture
        A mixture is chosen by small runs, since nobody trains thirty large ones. The common recipe
        is _RegMix_: train small models on random mixtures, regress their losses on the shares, and
        take the one with the lowest prediction. It relies on ranks staying the same from small to
        large. Here is a full run of 20,000 words and a rehearsal with a tenth of it.
    """), link("2407.01492")  # fmt: skip
    asked = predict(
        "In the full run the best share of the scarce lectures is 0.1. Which share looks best in "
        "the rehearsal of 2,000 words?",
        choices=["0.1 as well", "0.35", "0.98, nearly nothing else"],
        hint="How often does a run of 2,000 words repeat a source of 2,000?",
    )
    budgets = mixtures.BUDGET, mixtures.REHEARSAL  # @inspect budgets
    small = simulated_sizes(mixtures.SIZES, *budgets)  # @stepinto @inspect small
    curves = mixtures.share_curves()  # @inspect curves
    best = [min(curve, key=curve.__getitem__) for curve in curves.values()]  # @inspect best
    wrong = curves["full run"][0.98] - curves["full run"][0.1]  # @inspect wrong
    reveal(asked, "0.98, nearly nothing else", "It never sees the source twice.")
    plot(copies.share_curves(curves))
    assert best == [0.1, 0.98, 0.1]
    text(rf"""
        The rehearsal recommends what costs {wrong:.2f} nats in the full run: it cannot know that
        the source will be used up. The remedy is almost comically simple. Cut every source to a
        tenth as well, so that the small run repeats what the large one will repeat. This is
        _simulated epoching_, and the curve of such a rehearsal has its minimum where it belongs,
        although its losses are higher. Zhou and others report the same for 757 million parameters:
        with a sixteenth of the tokens, an error of 0.05 in the best share instead of 0.75. Now
        three sources, and a regression on 24 rehearsals, asked about ten unseen mixtures.
    """), link("2606.07597"), link(mixtures.regress)  # fmt: skip
    asked = predict(
        "Rank the ten full runs by what the regression on *plain* rehearsals predicts. How does "
        "that ranking relate to the true one?",
        choices=["Nearly the same", "No relation", "Rather the reverse"],
        hint="What does it think of the scarce source?",
    )
    true = mixtures.full_losses()  # @inspect true
    plain = mixtures.regress(mixtures.SIZES, true)  # @inspect plain
    cut = mixtures.regress(small, true)  # @inspect cut
    correlations = plain.rank_correlation, cut.rank_correlation  # @inspect correlations
    reveal(asked, "Rather the reverse", "With the sources cut it is nearly the same.")
    plot(copies.predicted_and_true(mixtures.regression_rows(plain, cut, true)))
    by_rule = mixtures.loss_by_cap((1,))[1]  # @inspect by_rule
    assert correlations[0] < -0.3 < 0.85 < correlations[1]
    text(rf"""
        Rank correlations are {correlations[0]:.2f} and {correlations[1]:.2f}. The mixture
        recommended after simulated epoching has {cut.best["lectures"]:.0%} lectures,
        {cut.best["manuals"]:.0%} manuals and {cut.best["code"]:.0%} code, and a loss of
        {cut.loss_of_best:.2f}; the other one, with {plain.best["lectures"]:.0%} lectures, reaches
        {plain.loss_of_best:.2f}. The simple rule, equal shares and at most one epoch, has
        {by_rule:.2f}: a regression earns its keep when sources are many and their value is unknown.
        **Ranks survive from small to large if the small run is a model of the large one.**

        ## Recap: mixing
        Shares imply epochs, and epochs need a cap. A rehearsal shrinks sources with its budget.
    """), note("What else should shrink with the run? Lecture 11.")  # fmt: skip


def answers_as_data() -> None:
    text(r"""
        # Answers as data
        After pretraining, data are made: a strong model answers questions, a check keeps what is
        right, and the weaker model learns from it. OpenThoughts tried a thousand variants of this.
        Sixteen answers to a question helped, the better model was not always the better teacher,
        and filtering answers gave no significant gain. Why could that be? Take 2,000 questions with
        a probability $p_i$ of being solved, sixteen answers to each, and a check of the result.
    """), link("2506.04178"), link(answers.ask)  # fmt: skip
    strict = answers.ask(luck=0.0)  # @inspect strict.covered()
    shares = {most: strict.share_of_hard(most) for most in (16, 4, 1)}  # @inspect shares
    asked = predict(
        "Now the results are multiple choice, and a guess is right one time in four. Of the kept "
        "answers to the harder half, how many were guessed?",
        choices=["About 5 %", "About 25 %", "About half"],
        hint="Where p is 0.1, 10 answers are solved and a quarter of the other 90 pass.",
    )
    guessed = answers.ask(luck=0.25)  # @inspect guessed.covered()
    lucky = {"hard": guessed.lucky(True), "easy": guessed.lucky(False)}  # @inspect lucky
    reveal(asked, "About half", f"{lucky['hard']:.0%}, and {lucky['easy']:.0%} of the easy half's.")
    assert lucky["easy"] < 0.08 < shares[16] < 0.21 < shares[1] < 0.45 < lucky["hard"] < 0.65
    text(rf"""
        A check does two things that nobody asked of it. It reweights towards what is easy: without
        any luck {1 - shares[16]:.0%} of the kept answers are to the easier half, and a cap of one
        answer a question brings that to {1 - shares[1]:.0%}. And where the model knows least, most
        of what passes is luck. This simulation shows what can happen and not what happened there,
        but it says what to look at: pass rates by question.
    """), note("An epoch cap for questions: the idea of the last section.")  # fmt: skip


def traces_as_data() -> None:
    text(r"""
        # Traces as data, and leaks through history
        The newest training data are _traces_: an agent reads a repository, runs commands and edits
        files until the tests pass. Tasks are mined from history: a commit that mended a fault is
        taken back, and its change is the answer. (SWE-smith plants faults instead, 50,000 in 128
        repositories.) SWE-Zero has 300,000 such traces without execution and 13,000 with it. But
        checking out an old commit removes nothing from a repository.
    """), link("2604.01496"), link("2504.21798"), link(traces.Repository)  # fmt: skip
    repository = traces.REPOSITORY  # @inspect repository.refs
    graph(**traces.drawn(repository))
    asked = predict(
        "The agent stands on the faulty commit. We delete the branch `main`. Can it still read the "
        "fix?",
        choices=["No", "Yes, by the remote branch alone", "Yes, by several other names"],
        hint="Look at what else points to the right of the fault.",
    )
    names = ("main", "origin/main", "tag v1.1", "reflog")  # @inspect names
    readable = traces.readable_after(repository, names)  # @inspect readable
    reveal(asked, "Yes, by several other names", "Only when all four are gone, nothing is left.")
    assert list(readable.values()) == [True, True, True, False]
    text(r"""
        This happened: in September 2025 agents were seen reading future commits in SWE-bench's
        images. A trace that ends well because the answer was looked up teaches to look answers up.
        How can such traces be found? We have seven, of which four cheat, and the tool is there
        already: runs of words shared with the fix, as in decontamination. The simplest rule looks
        for the command `git log --all`.
    """), link(WORKS["loopholes"]), link(traces.by_overlap)  # fmt: skip
    found = traces.audit()  # @inspect found
    table(
        [[name, round(p, 2), round(r, 2)] for name, (p, r) in found.items()],
        columns=["rule", "precision", "recall"],
        caption="seven traces written for this lecture, four of which read the fix",
    )
    assert list(found.values()) == [(0.5, 0.25), (0.8, 1), (1, 1)]
    text(r"""
        It finds one cheat of four and accuses an honest agent. Looking for the *answer* in what was
        printed finds all, with one false alarm: an agent that reads its own edit. Up to the first
        edit the rule is right in all seven, which were written to make the point. **In a trace, ask
        where the answer first appeared.** The better cure comes before: delete all names, prune
        what nothing names, and cut the network.
    """), note("Expired reflogs, unreachable objects: `git gc --prune=now`.")  # fmt: skip


def a_trillion_tokens() -> None:
    text(r"""
        # At a trillion tokens
        We take the rates that assignment 4 measured on one core (AMD EPYC, two cores shared with
        other work, 2026-11-27: `results/chain.json`, `results/million.json`) and the yield of its
        study's pool, and ask for a trillion tokens that are left at the end.
    """), link(costs.plan)  # fmt: skip
    planned, days = costs.plan(), costs.core_days()  # @inspect planned days
    asked = predict(
        f"{planned.pages / 1e9:.1f} billion pages are to be extracted, identified, filtered and "
        f"signed, at {costs.rate():.0f} a second and core. How long do 1,000 cores take?",
        choices=["About 2 hours", "About 2 days", "About 2 weeks"],
        hint="3e9 / 366 seconds of one core.",
    )
    hours = days["extract, identify, filter, sign"] * 24 / 1000  # @inspect hours
    reveal(asked, "About 2 hours", f"{hours:.1f}, for {planned.html_bytes / 1e12:.0f} TB of pages.")
    memory = costs.memory_bytes()  # @inspect memory
    plot(copies.memory(memory))
    years = costs.years_of_all_pairs()  # @inspect years
    assert 2 < hours < 2.6
    text(rf"""
        Time is not the problem: {hours:.1f} hours, and {days["find near duplicates"]:.1f} core-days
        to find near copies, where comparing all pairs at a million a second would take one core
        {years:,.0f} years. *Memory* shapes the programs. Signatures of 1.4 billion documents are
        {memory["signatures, 128 × 4 bytes"] / 1e9:.0f} GB, so they stay on disk and one band is
        sorted at a time, {memory["keys of one band, 16 bytes"] / 1e9:.0f} GB; a Bloom filter for
        ten paragraphs a document (our guess) fits one machine at $10^{{-6}}$. Two cautions: our
        pool yields a quarter, real crawls a tenth or less; and rates of a busy core of one kind are
        good to a factor of two.
    """), note("Where would you put a GPU? Nowhere in this table.")  # fmt: skip


def does_it_help() -> None:
    text(r"""
        # Does it help?
        All of this is a means. The end is a model that predicts better, and only training can tell.
        Assignment 4 trained Transformers of 29 million parameters on six sets made from one pool,
        and tested them on documentation packages that were held out whole, and on the Jargon File.
        The prediction was written down first: $-0.25$ nats for filtering and deduplication
        together, of which $-0.2$ from keeping English alone, $-0.05$ from the rules, and nothing
        from deduplication or from the classifier.
    """), link(study.found)  # fmt: skip
    table(study.losses(), columns=study.COLUMNS, caption=study.provenance())
    asked = predict(
        "Of the four steps, which lowered the loss most?",
        choices=["Only English", "The rules", "Deduplication", "The classifier"],
        hint="Compare neighbouring rows of the table.",
    )
    found = study.found()  # @inspect len(found)
    whole, english, rules, unique, classifier = study.on_packages(found)  # @inspect whole rules
    reveal(asked, "Deduplication", f"{unique.mean:+.2f} nats, and rules alone {rules.mean:+.2f}.")
    reveal("does it help", "By more than 0.2", f"{whole.mean:+.3f} on the packages.")
    plot(scores.differences(study.rows(found)))
    assert max(whole.high, unique.high) < -0.2 < english.mean < -0.05 < 0.05 < rules.low
    assert classifier.low < 0 < classifier.high
    text(rf"""
        Filtering and deduplication together lower the loss by {-whole.mean:.3f} nats, with a 95 %
        interval of {-whole.high:.3f} to {-whole.low:.3f} over five seeds. **The prediction was
        right in its sum and wrong in its parts.** Language gave {english.mean:+.2f}, less than half
        of what was expected. Rules alone did *harm*, {rules.mean:+.2f}, on both texts.
        Deduplication, which was to do nothing, gave {unique.mean:+.2f}, and the classifier
        {classifier.mean:+.3f}, which seeds alone explain.

        Why would rules harm? They throw out junk, of which every page is different, and leave
        manuals, which print the same page again and again: of what (d) reads, 41 % are runs of 13
        words read more than ten times, of (b) 24 %, of (e) 6.5 %. Filtering *concentrated the
        copies*. We suspect repetition; a set (d) thinned to the copies of (b) would test it. Filter
        first, then deduplicate, we said, and stopping in between was the worst of all. This is one
        pool and one size of model. It helps, and nobody knew why before the run.
    """), note("Who was right on the board for the right reason?")  # fmt: skip


def what_to_keep() -> None:
    text(r"""
        # What to keep
        What imitates the target beats every score that looks for it. Copies are cheap to find and
        dangerous to remove. Shares imply epochs. Whether it helped is known only by training.

        | to decide | look at | beware of |
        |---|---|---|
        | what is like $T$ | precision at the pool's share | imitations, `<unk>`, registers |
        | what is a copy | item, match, action | overfull filters, chains, refrains |
        | how much of what | epochs of every source | rehearsals that never repeat |
        | what to learn from | pass rates, first appearance | luck, history, other names |

        ## Three exercises
        1. In `lectures/lecture_14/selection.py` leave the lectures out of the raw sample. (Check:
           among people's texts, the classifier's average precision rises from 0.93 to 0.98.)
        2. What rate of false positives has a Bloom filter with 20 bits an item at the best $k$, and
           what if twice as many items come? (Check: 0.007 % and 1.9 %.)
        3. How many bands find pairs of similarity 0.75 with probability 0.75 from FineWeb's 112
           hashes? (Check: `bands_for` says 14.)

        ## What to read next, and why
        Penedo and others (FineWeb, 2024), for every decision with the run that supports it; Lee and
        others (2021) on copies; Zhou and others (2026) on mixtures; Albalak and others (2024) for a
        survey. Lecture 15 goes on where our section on answers ends.
    """), link("2402.16827"), note("What would you measure first?")  # fmt: skip


if __name__ == "__main__":
    main()
