"""Lecture 15: from a model of text to an assistant, by demonstrations and by preferences.

Title: SFT and RLHF: what demonstrations and preferences teach
Unit: alignment
Minutes: 80
Prerequisites: lecture_01, lecture_02
Assignments: assignment5-alignment
Figure: too_much_of_a_good_thing
Resources: gpus=1, memory=16G
"""

# mypy: disable-error-code="func-returns-value"

import math
import tempfile

import sympy as sp
import torch
from cs336_alignment.dpo import dpo_loss
from cs336_alignment.instruction_data import ALPACA_TEMPLATE, PackedSFTDataset
from cs336_alignment.log_probs import compute_entropy, get_response_log_probs
from cs336_alignment.losses.policy_gradient import clipped_loss
from cs336_alignment.sft import pad_and_shift, sft_microbatch_train_step, tokenize_prompt_and_output
from cs336_alignment.tokenizing import DoubleBosError

from lecture_tracer import link, note, plot, predict, reveal, text
from lectures.lecture_15 import calibration, experiments, packing, records, shown, slips, summaries
from lectures.lecture_15.answers import all_answers, spelled
from lectures.lecture_15.best_of_n import best_of_n, best_of_n_kl, tilted
from lectures.lecture_15.dpo_runs import train_on_pairs
from lectures.lecture_15.figures import preference, tuning
from lectures.lecture_15.figures.marks import outcome_bars
from lectures.lecture_15.people import BOS, QUESTION, UNKNOWN, Words
from lectures.lecture_15.ppo import Parts, generalized_advantages
from lectures.lecture_15.preferences import (
    agreement,
    bradley_terry_loss,
    compare,
    reward_of,
    two_readers_agree,
    words_more,
)  # fmt: skip
from lectures.lecture_15.tuning import base_model, said, sft_rows, shares, tuned
from lectures.lecture_15.works import WORKS


def main() -> None:
    torch.set_num_threads(1)  # @hide
    welcome()
    knows_but_does_not_answer()
    templates()
    the_mask()
    packed_rows()
    style_first()
    taught_to_make_things_up()
    preference_data()
    a_reward_model()
    best_of_many()
    too_much_of_a_good_thing()
    the_price_of_leaving()
    ppo_piece_by_piece()
    dpo_on_paper()
    dpo_live()
    dpo_on_record()
    what_else_changes()
    what_to_keep()


def welcome() -> None:
    text(r"""
        # SFT and RLHF: what demonstrations and preferences teach
        **Lecture 15: from a model of text to an assistant**

        Ask a freshly pretrained model where Paris is, and it may well go on with "Where is London?
        Where is Rome?", since that is how such lists continue. The knowledge is there, and nobody
        can get at it. Ouyang and others (2022) closed the gap in three steps, _RLHF_, still the
        outline of the field: about 13,000 demonstrations to imitate, 33,000 prompts with ranked
        answers to learn a reward from, and 31,000 prompts to practise on. People then preferred the
        answers of a tuned model with 1.3 billion parameters to those of GPT-3 with 175.

        Each step has a way to go wrong that no loss curve shows: demonstrations can teach a model
        to make things up, a learned reward can be satisfied by answers that nobody wants, and being
        told what to prefer can make everything preferred less probable. We build all of them on
        models that train in seconds, and watch.
    """), link("2203.02155"), link("1706.03741")  # fmt: skip
    predict(
        "A reward model learns a reader's taste from 300 comparisons. We draw n answers and give "
        "out the one it scores best. What does the reader think of it as n grows to 65,536?",
        name="best of many",
        choices=["Ever better", "Better, then as before", "Better, then worse than a single draw"],
        hint="The reward model was right about most of what it saw. What did it never see?",
    )
    text(r"""
        What is computed here is computed while the lecture runs, with one seed. Beside it stand
        records, of several seeds, and those of assignment 5, whose code we step through. Rewards
        that a rule can verify, and estimates of what we shall sum, are for lectures 16 and 17.
    """), note("Collect guesses; the answer comes after forty minutes.")  # fmt: skip


def knows_but_does_not_answer() -> None:
    text(r"""
        # It knows, but it does not answer
        To tell knowledge from behaviour, we need a model of which we know what it has read. Ours
        has read about a world of people. Of half of them the texts say where they live; the other
        half are only mentioned, so that their names are familiar and nothing is known about them.
    """)
    world, model = base_model()  # @inspect len(world.known) len(world.mentioned)
    told, named = world.texts()  # @inspect told[0] named[0] len(told) len(named)
    who = experiments.people(world)  # @inspect who.known[:3] who.strangers[:3]
    question = QUESTION.format(name=who.known[0])  # @inspect question
    completed = said(model, [f"{name} lives in" for name in who.known[:3]], world)
    truth = [world.homes[name] for name in who.known[:3]]  # @inspect completed truth
    assert completed == truth
    asked = predict(
        "It completes such sentences correctly. Now it is asked the question above, in words that "
        "it never saw together. About how many of 48 people that it knows does it get right?",
        choices=["None", "About half", "Nearly all"],
    )
    before = shares(model, world, who.known)  # @inspect before
    reveal(asked, "None", "It has never seen that a question is followed by an answer.")
    assert before["right"] == 0
    text(r"""
        Now we fine-tune it for sixty steps on the questions and answers of 48 *other* people, all
        of them known to it. Nothing in this data says where the people live whom we ask about.
    """)
    answering = tuned(model, sft_rows(world.asked(who.taught), world), 60)
    after = shares(answering, world, who.known)  # @inspect after
    assert after["right"] > 0.9
    plot(outcome_bars({"before": before, "after 48 demonstrations": after}, "48 other people"))
    text(rf"""
        From none to {after["right"]:.0%}, on people that the demonstrations never mention.
        **Supervised fine-tuning (SFT) did not put these facts in, it made them reachable.** That is
        also why a few thousand examples can matter beside trillions of tokens: they choose among
        things that the model can do already. A base model of today would do better than ours before
        any tuning, because its texts contain conversations, and recipes mix instruction data into
        the last phase of pretraining on purpose, as MiniCPM did (Hu and others, 2024).
    """), link(tuned), link("2404.06395"), note("Then what does 'base' mean?")  # fmt: skip


def templates() -> None:
    text(r"""
        # Templates, and a token too many
        A conversation has to become one sequence of tokens, and the _chat template_ says how: which
        words or special tokens stand before a question and between question and answer. Training
        and use must agree on every token of it. Assignment 5 tokenises prompt and answer
        separately, so that the border is where it will be when the model generates.
    """)
    world, model = base_model()  # @inspect len(world.tokenizer.words)
    who = experiments.people(world)  # @hide
    prompt, answer = world.asked(who.taught)[0]  # @inspect prompt answer
    texts = [f"{BOS} {prompt}"], [f"{answer} </s>"]  # @inspect texts
    rows = tokenize_prompt_and_output(*texts, world.tokenizer)  # @stepinto 1 @inspect rows
    again = pad_and_shift([[0, 7, 8], [0, 9]], [[5, 1], [6, 1]], 2)  # @stepinto @inspect again
    text(r"""
        The inputs are the sequence without its last token, the labels the sequence without its
        first, and the mask is true where a label belongs to the answer. On the way the code checks
        for a common accident: many tokenizers put a _beginning-of-sequence token_ (BOS) in front by
        themselves, and if the template holds one already, there are two, and nothing fails.
    """)
    try:
        tokenize_prompt_and_output([f"{BOS} {BOS} {prompt}"], [answer], world.tokenizer)
    except DoubleBosError as error:
        message = str(error)  # @inspect message
    asked = predict(
        "We train with one BOS. Which accident in use costs the most?",
        choices=["No BOS at all", "Two at the beginning", "One more before the answer"],
    )
    forms = slips.bos_forms(world)  # @inspect forms
    found = experiments.bos_table()  # @inspect found
    reveal(asked, "One more before the answer", "After a BOS it begins a new text.")
    shown.bos_table(found)
    one, two, worst = (found[name] for name in ("one", "two", "one more before the answer"))
    between = "one more before the answer"  # @hide
    assert one[between] == 0 < 90 < min(one["two"], two["two"])
    text(rf"""
        Here is a result that we had expected otherwise. **The famous double BOS costs this model
        nothing**: trained with one and used with two it is right in {one["two"]:.0f} % of the
        cases, trained with two in {two["two"]:.0f} %. The same accident between question and
        answer, which happens when both are tokenised with special tokens and then joined, takes it
        from {one["one"]:.0f} % to {one[between]:.0f} %, because after a BOS the model has learned
        to begin a new text, and does so. Trained *with* that token it gets {worst[between]:.0f} %,
        so what hurts is the disagreement and not the token.

        But with a larger model one of three seeds that were trained *without* a BOS fell to 1 %
        when it met two. So print and compare the ids of one training example and one request.

        ## Recap: reach
        SFT makes reachable what is known, through a door that has to look the same every time.
    """), link(slips.formed), note("Ask who has printed their ids.")  # fmt: skip


def the_mask() -> None:
    text(r"""
        # The mask
        The loss of SFT is ordinary cross-entropy, summed over the labels of the answer only:
        $$ L = -\frac{1}{|A|} \sum_{t \in A} \log p(y_t \mid y_{<t}). $$
        All that is particular about SFT is the set $A$ of answer tokens, the _response mask_. It is
        an index calculation with a shift by one in it, so we look at what it selects.
    """)
    world, model = base_model()  # @hide
    who = experiments.people(world)  # @hide
    rows = sft_rows(world.asked(who.taught, habit=True), world)  # @inspect rows["labels"].shape
    masks = slips.masks(rows, world)  # @inspect list(masks)
    plot(tuning.mask_strips(rows["labels"][0], masks, world.tokenizer.words))
    text(r"""
        The first column is right, the fourth lacks the end of the sequence (EOS). We step through
        the loss on one example, then train once under each mask.
    """)
    one = {key: rows[key][:1] for key in rows}  # @inspect list(one)
    ids, labels, mask = one.values()  # @inspect ids labels mask
    log_probs = get_response_log_probs(model, ids, labels)["log_probs"]  # @stepinto 1
    count = float(mask.sum())  # @inspect log_probs count
    loss, logged = sft_microbatch_train_step(log_probs, mask, 1, count)  # @stepinto @inspect loss
    model.zero_grad()  # @hide
    asked = predict(
        "Under which of the wrong masks does the model answer rightly and then never stop?",
        choices=["One place late", "One place early", "The prompt as well"],
    )
    found = experiments.mask_arms(60)  # @inspect found
    reveal(asked, "One place early", "It trains the last token of the prompt, but not the end.")
    shown.mask_table(found)
    good, late = found["the answer and its end"], found["one place late"]  # @inspect good late
    early = found["one place early"]  # @inspect early
    assert early["endless"] == found["without the end"]["endless"] == 1 > good["endless"] == 0
    assert late["right"] < good["right"] - 0.05
    text(rf"""
        One place early, {early["endless"]:.0%} of the answers never end: the model thanks for
        asking, and thanks, and thanks. One place late, the first word of the answer is never
        trained, so what comes first is whatever the base model would have put there;
        {good["right"]:.0%} right becomes {late["right"]:.0%}, and none at all in the larger model
        below. The loss falls nicely in all five runs, and so would not have told you. Bugs of
        exactly this kind have been found and mended in several open training libraries.
    """), link(slips.moved), note("Which test would have found them?")  # fmt: skip
    columns = ["mask", "right, %", "never ends, %"]  # @hide
    records.show_table("slips", "On a larger model", columns, summaries.mask_rows)


def packed_rows() -> None:
    text(r"""
        # Packing
        Padding answers to the longest of them wastes what is left over. _Packing_ puts documents
        one after another into one stream and cuts it into rows of equal length. Assignment 5 does
        it for instructions in the template of Alpaca.
    """)
    pairs = [("Name a colour.", "Red."), ("And another?", "Blue, if you like."), ("Thanks", "!")]
    words = Words([ALPACA_TEMPLATE.format(instruction=q, response=a) for q, a in pairs])
    with tempfile.TemporaryDirectory() as folder:  # @hide
        path = packing.write_instructions(pairs, folder)  # @inspect path.name
        data = PackedSFTDataset(words, path, 24, False)  # @stepinto 1 @inspect len(data)
    item = data[1]  # @stepinto
    second = [words.words[i] for i in item["input_ids"].tolist()]  # @inspect second
    assert "<s>" in second[1:]
    text(r"""
        The second row begins within one document and ends within the next. Nothing is wasted or
        masked, and every token may look at a stranger's conversation. We put five in a row.
    """)
    world, model = base_model()  # @hide
    five = world.asked(world.known[:5])  # @inspect five[0]
    row = packing.pack(five, world)  # @inspect row.document row.position
    within = packing.visible_within(row)[0, 0]  # @stepinto @inspect within.shape
    plot(tuning.visible(within.tolist(), row.document[0].tolist()))
    apart = packing.difference(model, five, world)  # @inspect apart
    assert apart < 1e-4
    asked = predict(
        f"With borders in the mask and positions that begin anew, packed is alone to {apart:.0e}. "
        "We train in packed rows *without* borders, and ask single questions. What becomes of the "
        "share of right answers, which was above 90 %?",
        choices=["Nothing", "It falls by about a fifth", "It falls to chance"],
    )
    right = experiments.packed_arms()  # @inspect right
    alone, packed = right.values()  # @hide
    reveal(asked, "It falls by about a fifth", f"{packed:.0%} are left.")
    mixed = world.asked(world.known, habit=True) + world.declined(
        world.mentioned
    )  # @inspect len(mixed)
    saved = 1 - packing.filled(mixed, world)  # @inspect saved
    assert 0.1 < alone - packed < 0.3
    text(rf"""
        With borders, packing is exact, and saves {saved:.0%} of a mixed batch. Without them
        {packed:.0%} are right instead of {alone:.0%}, at the same number of documents. We suspect
        that this is the price of so short a training: a model pretrained on packed text, as nearly
        all are, has long learned what a BOS means. Where the kernel can do it, use borders.

        ## Recap: the plumbing
        Templates agree, token by token. The mask holds the answer and its end. Packed documents do
        not see each other. None of these errors raises an exception or spoils the loss.
    """), link(packing.masked_logits), note("Whose assistant would not stop?")  # fmt: skip


def style_first() -> None:
    text(r"""
        # Style is learned first
        What is in the demonstrations, then? The public sets differ above all in manner. FLAN (Wei
        and others, 2021) phrases old benchmarks as instructions, so its answers are short; Alpaca
        has 52,000 machine-written ones of a few sentences; for OpenAssistant volunteers wrote
        161,000 messages, often long and with sources. LIMA (Zhou and others, 2023) got along with
        1,000 chosen examples. If SFT mostly selects a manner, that should suffice.
    """), link("2109.01652"), link("2304.07327"), link("2305.11206")  # fmt: skip
    asked = predict(
        "We demonstrate a habit that no text has, a polite phrase after each answer. How many "
        "demonstrations does it take until all answers about other people have it?",
        choices=["2", "8", "48"], hint="The habit is the same in every answer; the city is not.",
    )  # fmt: skip
    found = experiments.few_demonstrations([2, 8, 48])  # @inspect found
    reveal(asked, "2", "The towns, however, are mostly wrong.")
    plot(tuning.style_and_knowledge(found))
    assert found[48]["strangers"] < 0.1 < 0.8 < found[48]["right"]
    assert found[2]["right"] < 0.2 < found[2]["style"] == 1
    text(rf"""
        Two demonstrations make the style perfect, and forty steps on two demonstrations also make a
        parrot: {found[2]["right"]:.0%} of the answers are right. With 48, {found[48]["right"]:.0%}
        are, and about strangers it stays at chance, {found[48]["strangers"]:.0%} with 24 towns. So
        LIMA's title needs a second half: *little* data suffices for the manner, if it is varied
        enough not to be learned by heart.

        The same with a real model. Assignment 5 fine-tuned SmolLM2, 135 million parameters, to
        answer in two lines of a prescribed form, on 528 examples.
    """), link(WORKS["alpaca"]), note("And 48 about one person?")  # fmt: skip
    shown.smollm2_sft_table()
    form = records.smollm2_mean("sft", "after", "topics", "format_followed")  # @inspect form
    known, near = (
        [records.smollm2_mean("sft", when, where, "right") for when in ("before", "after")]
        for where in ("topics", "items")
    )  # @inspect known near
    assert known[1] <= known[0] < 0.98 < form
    text(rf"""
        **The form carries over to new topics in {form:.0%} of the answers, knowledge does not**: on
        new topics {known[0]:.0%} were right before and {known[1]:.0%} are after. On the topics of
        the training the share rose from {near[0]:.0%} to {near[1]:.0%}.

        Style also fools judges: they prefer long answers with lists, while benchmarks of knowledge
        hardly move (Wang and others, 2023). "Our data is better" may mean "our data is longer".
    """), link("2306.04751")  # fmt: skip


def taught_to_make_things_up() -> None:
    text(r"""
        # Taught to make things up
        What if we do try to put facts in? Suppose the annotators are experts and write true answers
        to rare questions. From outside, an answer that the model could have given and one that it
        could not look alike. Inside they do not: for the second, the only way to lower the loss is
        to name a town *although nothing is known*. Schulman (2023) argued that this teaches to make
        things up, and we can test it, since we know what our model knows.

        Everybody gets the same base of SFT data: 24 known people with their towns, 24 strangers
        with the honest answer "unknown". One arm gets 24 further known people, another 24 strangers
        with their *true* towns. We ask about people who occur in neither.
    """), link(WORKS["schulman talk"])  # fmt: skip
    world, _ = base_model()  # @hide
    who = experiments.people(world)  # @hide
    honest = world.declined(who.others[:1])  # @inspect honest
    taught = world.asked(who.others[24:25])  # @inspect taught
    assert honest[0][1] == UNKNOWN
    asked = predict(
        "24 true answers about strangers are added. About *other* strangers, the share of invented "
        "towns was 12 %. What is it now?",
        unit="%", hint="Half of the strangers in the data are now answered with a town.",
        tolerance=0.3,
    )  # fmt: skip
    found = experiments.made_up_arms()  # @inspect found
    wrong = {arm: groups["strangers"]["wrong"] for arm, groups in found.items()}  # @inspect wrong
    none, held, lacked = wrong  # @inspect none held lacked
    reveal(asked, round(100 * wrong[lacked]), "Names about which it knows nothing get a town.")
    bars = {f"{arm} → {g}": s for arm, groups in found.items() for g, s in groups.items()}  # @hide
    plot(outcome_bars(bars, "Answers about people in no training example (live, one seed)"))
    known = {arm: groups["known"]["wrong"] for arm, groups in found.items()}  # @inspect known
    assert 0.12 < wrong[none] < 0.13
    assert min(wrong[lacked] - wrong[held], known[lacked] - known[held]) > 0.2
    text(rf"""
        Invented towns of strangers: {wrong[none]:.0%} in the base arm, {wrong[held]:.0%} with more
        facts that it holds, {wrong[lacked]:.0%} with facts that it does not hold. The middle arm
        matters, because some of the rise is simply more towns in the data. And look at people whom
        the model *knows*: there the share of wrong towns goes from {known[held]:.0%} to
        {known[lacked]:.0%}. **True answers made it less truthful, even about what it knew.**
    """), note("All these added answers are true. What would a fact checker say?")  # fmt: skip
    shown.made_up_record()
    base, many, more = (summaries.made_up_means(*arm) for arm in summaries.MADE_UP)  # @inspect base
    early = summaries.made_up_means("unknown", 192, steps=25)  # @inspect base many more early
    assert base["unknown"] < 0.05 < many["unknown"] < 0.15 < 0.6 < more["unknown"]
    assert min(more["known"], early["known"]) > 0.2 > 0.06 > base["known"] > many["known"]
    text(rf"""
        In a larger model, three seeds, 192 facts that it does not hold raise invented towns of
        strangers from {base["unknown"]:.0%} to {more["unknown"]:.0%}, and 192 that it holds to
        {many["unknown"]:.0%}. About people it knew, errors go from {base["known"]:.0%} to
        {more["known"]:.0%}, and to {many["known"]:.0%} with known facts.

        Gekhman and others (2024) found the same in a large model: errors about what it knew rise
        linearly with the share of unknown facts, as these are slowly fitted. Their first remedy, to
        stop early, does *not* work here. After 25 steps, with a sixth of the new facts fitted, our
        models err about known people in {early["known"]:.0%} already. Their second, to answer the
        unknown with "I don't know", needs to know what the model knows; so it has to be asked
        first, or rewarded for answers that hold, which is a reason to go on to rewards.

        ## Recap: demonstrations
        SFT selects a behaviour among those that the model has. A manner takes a handful of
        examples, access to knowledge some variety, and new knowledge the price of inventing. A few
        hundred refusals reduce harmful answers (Bianchi and others, 2023), and too many make a
        model that will not kill a Python process (Röttger and others, 2023).
    """), link("2405.05904"), link("2309.07875"), link("2308.01263")  # fmt: skip


def preference_data() -> None:
    text(r"""
        # Picking is easier than writing
        Demonstrations have a second limit: the model can become as good as what people write, and
        experts who write well cost 50 to 100 dollars an hour. To say which of two answers is better
        takes a minute, and people often prefer answers that they would not have written. The
        standard model of a judge is that of Bradley and Terry (1952): an answer has a reward, and
        $$ P(y_1 \succ y_2) = \sigma(r(y_1) - r(y_2)), \qquad \sigma(z) = 1 / (1 + e^{-z}). $$

        From here on we use a world that is small enough to *sum over*: three questions, five words,
        answers of up to five words. A careful reader values the right word, a reason after it and
        brevity, and dislikes wrong facts and repetition.
    """), link(WORKS["bradley"])  # fmt: skip
    everything, careful = all_answers(), experiments.opinion("careful")  # @inspect careful.shape
    best = spelled(everything[careful[0].argmax()])  # @inspect best careful.max() len(everything)
    _, log_p = experiments.start()  # @inspect log_p.shape log_p.exp().sum(1)
    asked = predict(
        "The policy imitates sloppy people, whose answers score −0.46 on average. Now a reader "
        "picks one of four, and is unsure: of two that are a point apart, the better one is taken "
        "in 73 % of the cases. What is the mean score of the picks?",
        choices=["Lower than what is written", "Between it and 0", "Above 0"],
    )
    picked = {n: experiments.picked_of(n) for n in (1, 2, 4, 8)}  # @inspect picked
    reveal(asked, "Above 0", f"{picked[4]:+.2f}, against {picked[1]:+.2f} for a single one.")
    assert abs((log_p.exp() * careful).sum(1).mean() + 0.46) < 0.005
    assert picked[1] < -0.4 < 0 < picked[4] < picked[8]
    text(r"""
        **A noisy judge of mediocre answers knows more than their authors.** The same gap exists in
        models: Li and others (2023) let GPT-4 judge what it had written itself, and it agreed in 76
        % of the cases. What we want, then, is no longer to imitate $p(y \mid x)$ but to find a
        policy whose answers are preferred, and that is another kind of problem.

        ## Whose preference?
        How much judges disagree is the first thing to know about a data set, since no reward model
        can be righter than they are.
    """), link("2310.01846"), link("2009.01325")  # fmt: skip
    hasty = experiments.opinion("hasty")  # @inspect hasty.max()
    pairs = compare(log_p, careful, 2000, seed=3)  # @inspect len(pairs)
    first = [spelled(everything[i]) for i in (pairs.chosen[0], pairs.rejected[0])]  # @inspect first
    asked = predict(
        "Two readers with the *same* taste judge pairs of our policy's answers, each with that "
        "noise. In which share of the pairs do they agree?",
        choices=["About 95 %", "About 80 %", "About 65 %"],
    )
    same = two_readers_agree(pairs, careful, careful)  # @inspect same
    other = two_readers_agree(pairs, careful, hasty)  # @inspect other
    reveal(asked, "About 65 %", f"{same:.1%}, with identical tastes.")
    rushed = compare(log_p, hasty, 2000, seed=3)  # @inspect len(rushed)
    longer, shorter = words_more(rushed), -words_more(pairs)  # @inspect longer shorter
    assert 0.69 > same > 0.64 > other
    assert min(longer, shorter) > 0.4
    text(rf"""
        Two readers of one taste agree in {same:.0%} of the pairs; the labelers of InstructGPT did
        in 73 %. Such disagreement is noise, and more data averages it out. A *hasty* reader, who
        thinks as the careful one does and also likes every further word by half a point, agrees
        with it in {other:.0%}, which one would hardly notice. In length one does: what the careful
        reader chooses is {shorter:.2f} words shorter than what it rejects, what the hasty one
        chooses is {longer:.2f} words longer. **This is a bias, and no amount of data averages it
        out.** People paid by the piece check facts badly and are won by assertiveness (Hosking and
        others, 2023), and a tuned model's opinions move towards those of whoever judged (Santurkar
        and others, 2023).

        Judges that are models became usual because they are cheap, 45 times cheaper in AlpacaFarm
        (Dubois and others, 2023). GPT-4 judged UltraFeedback, on which Zephyr was trained; in
        Constitutional AI the model judges itself. The quirk of forty labelers becomes that of one.
    """), link("2309.16349"), link("2303.17548"), link("2305.14387")  # fmt: skip
    link("2310.01377"), link("2310.16944"), link("2212.08073"), note("Who judged your data?")


def a_reward_model() -> None:
    text(r"""
        # A reward model
        We want a number for every answer, also for those that nobody judged. A _reward model_ is
        the language model with a head of one row in the place of the vocabulary's, read at the last
        token. Maximise the likelihood of the comparisons under Bradley and Terry:
        $$ L(r) = -\log \sigma\big(r(x, y_w) - r(x, y_l)\big). $$
        The gradient is $\sigma$ of the *wrong* order: pairs that are already right hardly pull.
    """)
    chosen, rejected = torch.tensor([2.0, 0.5]), torch.tensor([0.0, 0.5])
    loss = bradley_terry_loss(chosen, rejected)  # @stepinto @inspect loss
    both = bradley_terry_loss(chosen + 7, rejected + 7)  # @inspect both
    assert torch.allclose(loss, both)
    text(r"""
        Adding 7 to both rewards changes nothing. A reward from comparisons is defined up to a
        constant, a *different* one for every question, so that one subtracts something, for
        instance the mean under the policy. Now we train on 5,000 comparisons of the careful reader.
    """)
    _, log_p = experiments.start()  # @hide
    careful = experiments.opinion("careful")  # @hide
    model, losses = experiments.reward_model("careful", 5000)  # @inspect losses[0] losses[-1]
    question, answer = torch.tensor([0]), torch.tensor([40])  # @hide
    number = reward_of(model, question, answer)  # @stepinto 1 @inspect number
    learned = experiments.proxy("careful", 5000)  # @inspect learned.shape
    asked = predict(
        "It judges 4,000 new pairs, of which the reader's own noiseless opinion predicts 69 %. How "
        "well does the reward model do?",
        choices=["As well as that opinion", "Clearly worse", "Clearly better"],
    )
    test = compare(log_p, careful, 4000, seed=77)  # @inspect len(test)
    right, most = (agreement(taste, test) for taste in (learned, careful))  # @inspect right most
    reveal(asked, "As well as that opinion", f"{right:.1%} against {most:.1%}.")
    assert 0.66 < most - 0.02 < right < most + 0.005 < 0.7
    dots = torch.cat([log_p[0].topk(250).indices, torch.arange(700, len(all_answers()), 29)])
    plot(preference.learned_and_true(learned[0, dots], careful[0, dots], log_p[0, dots].exp()))
    error = experiments.error_of(learned)  # @inspect error
    given, blind = error.values()  # @hide
    assert blind > 1.4 * given
    text(rf"""
        {right:.1%} against {most:.1%}: on the usual measure the reward model is as good as the
        truth. The figure says more. On answers as the policy gives them, its error is {given:.2f}
        points (root mean square); on answers picked blindly from all that are possible, small dots
        mostly, it is {blind:.2f}. **Accuracy on held-out pairs is measured where the policy is
        today, and we are about to leave.**

        ## Recap: rewards
        A reward model is as right as its judges, and only near where it was trained.
    """), link(reward_of), note("Where would you collect the next pairs?")  # fmt: skip


def best_of_many() -> None:
    text(r"""
        # Best of n
        The simplest way to use a reward, _best of n_, needs no training: draw $n$ answers and give
        out the best. How far does that move the policy? Write $F$ for the share of answers with a
        lower reward. The best of $n$ has density $n F^{n-1}$ against the start, with $F$ uniform
        between 0 and 1, and so
    """)
    n, u = sp.symbols("n u", positive=True)  # @inspect n u
    density = n * u ** (n - 1)  # @inspect density
    kl = sp.integrate(
        sp.expand_log(density * sp.log(density), force=True), (u, 0, 1)
    )  # @inspect kl
    kl = sp.simplify(kl)  # @inspect kl
    assert sp.simplify(kl - (sp.log(n) - (n - 1) / n)) == 0
    text(r"""
        $$ \mathrm{KL}(\text{best of } n \,\|\, \text{start}) = \log n - \frac{n-1}{n}. $$
        The cost is linear in $n$, the distance grows like its logarithm. Many papers plot this
        formula as if it were the distance itself. But it assumes that no two answers have the same
        reward and none is likely by itself. We compute both for our policy, exactly.
    """)
    _, log_p = experiments.start()  # @hide
    rewards = experiments.proxy("careful", 300)  # @inspect rewards.shape
    two = best_of_n(log_p, rewards, 2)  # @stepinto 1 @inspect two.exp().sum(1)
    curve = experiments.best_of_curve(rewards)  # @inspect curve[:3]
    asked = predict(
        "At n = 65,536 the formula says 10.1 nats. How far did the policy really move?",
        choices=["About 8 nats", "About 10 nats", "About 12 nats"],
        hint="A policy that always gives one answer, of probability p before, has moved by −log p.",
    )
    exact, said_so = curve[-1]["kl"], best_of_n_kl(65_536)  # @inspect exact said_so
    reveal(asked, "About 8 nats", f"{exact:.1f}; by then the best answer is nearly always found.")
    shown.best_of_n_table(curve)
    assert all(row["kl"] <= best_of_n_kl(row["n"]) + 0.005 for row in curve)
    assert 7.5 < exact < 9
    text(rf"""
        Up to 64 draws the two agree within 5 %, and in the end they are {exact:.1f} and
        {said_so:.1f}: once the best answer is nearly always among the draws, there is nothing left
        to move to. Beirami and others (2024) show that the formula is an upper bound in general.
        **So it is a bound that papers have printed as an equation**, good enough for $n$ far below
        one over the probability of the best answer, and misleading beyond.
    """), link("2401.01879"), link(best_of_n), note("What is the KL of best of 1?")  # fmt: skip


def too_much_of_a_good_thing() -> None:
    text(r"""
        # Too much of a good thing
        Nobody wants a high reward; we want answers that the reader likes, and the reward stands in
        for that. Here is the curve of the last table with the reader's own opinion beside it, which
        in real life nobody can draw. Gao and others (2022) call the reward _proxy_ and the opinion
        _gold_, and made their gold another, larger reward model.
    """), link("2210.10760")  # fmt: skip
    curve = experiments.best_of_curve(experiments.proxy("careful", 300))  # @inspect curve[0]
    plot(preference.proxy_and_gold(curve, "Best of n, a reward model of 300 comparisons, exactly"))
    gold = {row["n"]: row["gold"] for row in curve}  # @inspect gold
    top = max(gold, key=lambda n: gold[n])  # @inspect top
    last = gold[65_536]  # @inspect last
    assert last + 0.5 < gold[1] < 0 < gold[top]
    why = f"From {gold[1]:.2f} to {gold[top]:.2f} at n = {top}, and down to {last:.2f}."  # @hide
    reveal("best of many", "Better, then worse than a single draw", why)
    found, reward, liked = experiments.favourite("careful", 300)  # @inspect found reward liked
    assert reward > 6 > 0 > liked
    text(rf"""
        The reward rises all the way. The reader is happiest at $n = {top}$, with {gold[top]:.2f},
        and at 65,536 gets {last:.2f}, far below the {gold[1]:.2f} of a single draw. The first
        question is then nearly always answered with "{found}", which has a reward of {reward:.1f},
        while the reader would give it {liked:.1f}. **Searching harder finds the answers about which
        the reward model is most wrong.** This is _over-optimisation_: the largest of many noisy
        estimates is mostly noise. What should help is to know more, so we try 5,000 comparisons, by
        both kinds of reader.
    """)
    asked = predict(
        "Which reward model leads the careful reader below zero at large n?",
        choices=["5,000 careful", "5,000 hasty", "Neither, as 5,000 are enough"],
    )
    more = {who: experiments.proxy(who, 5000) for who in ("careful", "hasty")}  # @inspect more
    curves = {f"5,000 {who}": experiments.best_of_curve(rewards) for who, rewards in more.items()}
    curves["300 careful"] = curve  # @inspect list(curves)
    plot(preference.gold_curves(curves, "What the careful reader thinks of best of n"))
    good, rushed = (curves[f"5,000 {who}"][-1]["gold"] for who in more)  # @inspect good rushed
    reveal(asked, "5,000 hasty", f"It ends at {rushed:.2f}.")
    assert good > 0.5 > 0 > rushed
    text(rf"""
        With 5,000 careful comparisons the careful reader ends at {good:.2f}, with as many hasty
        ones at {rushed:.2f}. One seed is little to go by, since in the end three answers decide.
    """), note("How would you notice, without gold?")  # fmt: skip
    columns = ["reader", "pairs", "held-out right, %", "best gold", "at n", "gold at 65,536"]
    records.show_table("rewards", "Best of n", columns, summaries.reward_rows)
    few, lots, biased = (
        summaries.gold_at_end(*which) for which in summaries.REWARDS
    )  # @inspect few lots biased
    highest = max(summaries.peaks("careful", 300))  # @inspect highest
    assert few < -0.9 < 0 < biased < highest < 0.3 < gold[top] < 1.2 < lots
    text(rf"""
        Our live peak of {gold[top]:.2f} was luck: no seed of the five passes {highest:.2f}. At
        $n = 65,536$, 300 careful comparisons end at {few:.2f} on average and 20,000 at {lots:.2f};
        20,000 *hasty* ones end at {biased:.2f}. **More data cures noise. It makes a bias only more
        reliable.** Singhal and others (2023): most of the reward that RLHF gained on three data
        sets came by length, and a reward of nothing but length gave most of what judges liked.

        ## Recap: search
        Any search moves away from the data and is rewarded for errors. Nats say how far one dares.
    """), link("2310.03716")  # fmt: skip


def the_price_of_leaving() -> None:
    text(r"""
        # The price of leaving
        If leaving is dangerous, let it cost something. Reward minus $\beta$ times the distance,
        $$ \max_\pi \; \sum_y \pi(y)\, r(y) - \beta \sum_y \pi(y) \log \frac{\pi(y)}{\pi_0(y)}, $$
        has an optimum that can be written down. Sympy finds it, for one of the answers, with a
        multiplier $\lambda$ for $\sum_y \pi(y) = 1$.
    """)
    pi, start, r, beta, multiplier = sp.symbols("pi pi_0 r beta lambda", positive=True)  # @hide
    gained = pi * r - beta * pi * sp.log(pi / start) - multiplier * pi  # @inspect gained
    slope = sp.diff(gained, pi)  # @inspect slope
    optimum = sp.simplify(sp.solve(slope, pi)[0])  # @inspect optimum
    ratio = sp.simplify(optimum / (start * sp.exp(r / beta)))  # @inspect ratio
    assert not {r, start} & ratio.free_symbols
    text(r"""
        The objective is concave, so this is the maximum. The ratio holds neither $r$ nor $\pi_0$:
        it is the same for all answers, and normalisation makes it $1 / Z(x)$. Therefore
        $$ \pi^*(y \mid x) = \pi_0(y \mid x)\, e^{r(x, y) / \beta} / Z(x). $$
        The start is tilted towards rewarded answers. In our world the sum over all answers can be
        taken, so we need no training to see this policy.
    """)
    _, log_p = experiments.start()  # @hide
    rewards = experiments.proxy("careful", 300)  # @hide
    best = tilted(log_p, rewards, 1.0)  # @stepinto 1 @inspect best.exp().sum(1)
    asked = predict(
        "Compare the tilt with best of n at the same distance from the start. Which gets more "
        "reward?",
        choices=["The tilt, by a little", "The tilt, by far", "Best of n"],
    )
    betas = [4.0, 2.0, 1.0, 0.5, 0.25, 0.1, 0.05]  # @inspect betas
    tilts = experiments.tilt_curve(rewards, betas)  # @inspect tilts[2]
    draws = experiments.best_of_curve(rewards)  # @inspect draws[2]
    plot(preference.frontier({"tilt": tilts, "best of n": draws}))
    near, sixteen = tilts[2], draws[2]  # @hide
    assert abs(near["kl"] - sixteen["kl"]) < 0.1
    lead = near["proxy"] - sixteen["proxy"]  # @inspect lead
    assert 0 < lead < 0.5
    reveal(asked, "The tilt, by a little", f"{lead:.2f} points at {near['kl']:.1f} nats.")
    text(rf"""
        At {near["kl"]:.1f} nats the tilt has a reward of {near["proxy"]:.2f} and best of 16 has
        {sixteen["proxy"]:.2f}. **Best of n is nearly optimal**, which explains its stubborn
        popularity: the only thing wrong with it is that every answer costs $n$ answers. Everything
        that follows tries to move this cost from use into training.
    """), note("And for β to infinity, or to zero?")  # fmt: skip


def ppo_piece_by_piece() -> None:
    text(r"""
        # PPO, piece by piece
        A real model cannot be summed over, so one climbs by samples. PPO (Schulman and others,
        2017), by which InstructGPT did it, is a policy gradient with one repair after the other.
        The plain gradient is that of $\sum_t A_t \log \pi(y_t)$: make more probable what turned out
        well. Lecture 17 derives it.

        **First repair: a critic.** An answer of four tokens gets one reward in the end. Which token
        earned it? A second network, the _critic_, guesses the value $V_t$ of a beginning, and a
        token is credited with how much the guess improved, smoothed over later tokens by $\lambda$.
    """), link("1707.06347"), link("1506.02438")  # fmt: skip
    earned = torch.tensor([[0.0, 0.0, 0.0, 2.0]])  # @inspect earned
    guessed = torch.tensor([[0.5, 1.5, 1.5, 1.5]])  # @inspect guessed
    mask = torch.full((1, 4), True)  # @hide
    asked = predict(
        "The value is guessed as 0.5 before the first token and 1.5 before each later one; the "
        "reward is 2. With λ = 0, which token gets the largest credit?",
        choices=["The first", "The last", "All the same"],
    )
    sharp = generalized_advantages(earned, guessed, mask, 0.0)  # @stepinto @inspect sharp
    reveal(asked, "The first", f"{sharp[0, 0]:.1f}, and the last one {sharp[0, 3]:.1f}.")
    whole = generalized_advantages(earned, guessed, mask, 1.0)  # @inspect whole
    assert torch.allclose(whole, 2 - guessed)
    text(r"""
        With $\lambda = 1$ every token gets what came in the end minus what was expected, and much
        of that is chance. With $\lambda = 0$ all errors of the critic are believed.

        **Second repair: the clip.** Samples are dear, so one wants several steps with each batch,
        but after the first step the policy is no longer the one that sampled. Reweighting by the
        ratio of new to old probability repairs that, and the _clip_ takes the gradient away from a
        token that has already moved by 20 % in the direction of its advantage.
    """)
    new = torch.tensor([[0.5, -0.5, 0.1, 0.5]])  # @inspect new.exp()
    credit = torch.tensor([[1.0, 1.0, 1.0, -1.0]])  # @inspect credit
    old = torch.zeros(1, 4)  # @hide
    losses, logged = clipped_loss(credit, new, old, 0.2, 0.2)  # @stepinto @inspect losses
    assert logged["clipped"].tolist() == [[True, False, False, False]]
    plot(preference.clipped(0.2))
    text(r"""
        Only the first of the four tokens is clipped. The second and the last have moved in the
        wrong direction, and must be able to come back. The clip holds nothing in place, it only
        stops pushing.

        **Third repair: the penalty.** The term $\beta \log(\pi / \pi_0)$ of the last section is
        taken off the reward, token by token. InstructGPT added a fourth, some of the pretraining
        loss, against forgetting. Now we run it, on a reward model of 1,000 comparisons. In our
        world the optimum can be computed, so that for once PPO can be compared with what it seeks.
    """)
    rewards = experiments.proxy("careful", 1000)  # @hide
    asked = predict(
        "Ten iterations of PPO, with β = 1 and with β = 0.1. Which comes near its own optimum?",
        choices=["The larger penalty", "The smaller penalty", "Both", "Neither"],
    )
    betas = (1.0, 0.1)  # @hide
    parts = {f"β = {b:g}": Parts(beta=b, iterations=10) for b in betas}  # @inspect list(parts)
    runs = {name: experiments.ppo_curve(rewards, each) for name, each in parts.items()}  # @hide
    tight, loose = (rows[-1] for rows in runs.values())  # @inspect tight loose
    near, far = experiments.tilt_curve(rewards, betas)  # @inspect near far
    reveal(asked, "The larger penalty", f"{tight['kl']:.2f} nats of {near['kl']:.2f}.")
    plot(preference.ppo_runs(runs, "gold", "PPO: what the reader thinks (live)"))
    assert abs(tight["kl"] - near["kl"]) < 0.15 < 0.5 < far["kl"] - loose["kl"]
    assert abs(tight["proxy"] - near["proxy"]) < 0.2
    text(rf"""
        With $\beta = 1$ PPO has a reward of {tight["proxy"]:.2f} at {tight["kl"]:.2f} nats, where
        the optimum has {near["proxy"]:.2f} at {near["kl"]:.2f}. With $\beta = 0.1$ it has come to
        {loose["proxy"]:.2f} at {loose["kl"]:.2f} nats, of {far["proxy"]:.2f} at {far["kl"]:.2f}.
        **From samples alone PPO finds the policy that we had written down**, given time. The record
        changes one part at a time.
    """), link(clipped_loss)  # fmt: skip
    columns = ["parts", "reward", "gold", "KL, nats", "entropy, nats"]  # @hide
    what = "One part changed at a time, a reward model of 1,000 comparisons, 40 iterations"  # @hide
    records.show_table("ppo", what, columns, summaries.ppo_rows)
    found = {
        arm: summaries.at_end("ppo", "gold", parts=arm) for arm in summaries.ARMS
    }  # @inspect found
    best, end = summaries.ppo_gold("careful", 300)  # @inspect best end
    assert found["16 steps, no clip"] < found["16 steps a batch"] - 0.5
    assert abs(found["no clip"] - found["all parts"]) < 0.1
    assert end < best - 0.4
    text(rf"""
        With four steps a batch the clip makes no difference ({found["no clip"]:.2f} without,
        {found["all parts"]:.2f} with it). With sixteen it is what holds the policy together:
        {found["16 steps a batch"]:.2f} with and {found["16 steps, no clip"]:.2f} without. Penalty
        and critic are null results on answers of five words, with ranges that overlap
        ({found["no penalty"]:.2f} and {found["no critic"]:.2f} without them). And PPO
        over-optimises like best of n: on 300 comparisons, for 80 iterations and with hardly a
        penalty, its five runs came up to {best:.2f} on average and ended at {end:.2f}.

        ## Recap: the regularised problem
        Reward minus distance has an optimum that can be written down. Best of n comes near it with
        n answers, and PPO by samples, with four networks in memory.
    """), note("Policy, reference, reward, critic: which could one drop?")  # fmt: skip


def dpo_on_paper() -> None:
    text(r"""
        # DPO on paper
        PPO needs four networks, and samples all the time. Rafailov and others (2023) noticed that
        the optimum of two sections ago can be read backwards: it says which reward a policy is
        optimal *for*. We solve it for $r$, and put what comes out into Bradley and Terry.
    """), link("2305.18290")  # fmt: skip
    pi_w, pi_l, ref_w, ref_l, beta, z = sp.symbols("pi_w pi_l ref_w ref_l beta Z", positive=True)
    r = sp.symbols("r")  # @hide
    asked = predict(
        "The reward that comes out holds log Z, a sum over all answers that nobody can take. What "
        "saves us?",
        choices=["Z is 1", "It is the same for both answers of a pair", "It can be sampled"],
    )
    won = sp.solve(sp.Eq(pi_w, ref_w * sp.exp(r / beta) / z), r)[0]  # @inspect won
    lost = won.subs({pi_w: pi_l, ref_w: ref_l})  # @inspect lost
    margin = sp.expand_log(sp.expand(won - lost))  # @inspect margin
    assert z not in sp.simplify(margin).free_symbols
    reveal(asked, "It is the same for both answers of a pair", "It cancels in the difference.")
    loss = -sp.log(1 / (1 + sp.exp(-margin)))  # @inspect loss
    pull = sp.simplify(sp.diff(loss, pi_w) * pi_w / beta)  # @inspect pull
    even = pull.subs({pi_w: ref_w, pi_l: ref_l})  # @inspect even
    assert sp.simplify(even + sp.Rational(1, 2)) == 0
    text(r"""
        $$ L = -\log \sigma(\beta \log (\pi_w / \pi_{0,w}) - \beta \log (\pi_l / \pi_{0,l})). $$
        So the policy *is* a reward model, $\beta \log(\pi / \pi_0)$, and can be trained as one, on
        pairs, without sampling. The last two lines are the gradient in $\log \pi(y_w)$: it is
        $-\beta\,\sigma(-\text{margin})$, at the start exactly $-\beta/2$, and it fades for pairs
        that are in order. Here it is in assignment 5, for a margin of $-2$, $0$ and $2$.
    """)
    before = torch.full((3,), -5.0)  # @inspect before
    gained = torch.tensor([-20.0, 0.0, 20.0])  # @inspect gained
    after = before + gained  # @inspect after
    losses, rewards = dpo_loss(after, before, before, before, 0.1)  # @stepinto @inspect losses
    weights = torch.sigmoid(-rewards["margin"])  # @inspect weights
    assert torch.allclose(weights, torch.tensor([0.881, 0.5, 0.119]), atol=1e-3)
    assert abs(losses[1].item() - math.log(2)) < 1e-6
    text(r"""
        The weights are 0.88, 0.5 and 0.12. Two corrections to what is often said. DPO is not "RL
        without RL": it solves the very same regularised problem, under the assumptions that
        preferences follow Bradley and Terry and that the policy can represent the optimum. And the
        loss holds two log-ratios of which it only sees the *difference*. Both may fall, as long as
        the rejected one falls faster. The derivation is silent about that.
    """), link(dpo_loss), note("Which of the two assumptions fails first?")  # fmt: skip


def dpo_live() -> None:
    text(r"""
        # DPO live, beside SFT on the chosen
        The obvious alternative to DPO is SFT on the chosen answers alone. We do both, on the same
        1,000 comparisons, from the same start, with the same number of steps, and look at
        everything: the answers of the pairs, and all others.
    """)
    start, log_p = experiments.start()  # @hide
    careful = experiments.opinion("careful")  # @hide
    pairs = compare(log_p, careful, 1000, seed=1)  # @inspect len(pairs)
    held_out = compare(log_p, careful, 2000, seed=77)
    asked = predict(
        "What does DPO do to the mean log-probability of the *chosen* answers?",
        choices=["It rises by several nats", "It stays about the same", "It falls by several nats"],
    )
    gold = {"gold": careful}  # @hide
    _, dpo = train_on_pairs(start, pairs, held_out, gold, "dpo", 0.1, 150)  # @inspect dpo
    _, sft = train_on_pairs(start, pairs, held_out, gold, "sft", 0.1, 150)  # @inspect sft[-1]
    first, last, copied = dpo[0], dpo[-1], sft[-1]  # @inspect first last
    fell = first.chosen - last.chosen  # @inspect fell
    reveal(asked, "It falls by several nats", f"By {fell:.1f}; the rejected ones fall by more.")
    plot(preference.pair_log_probs({"DPO": dpo, "SFT": sft}))
    ends = {"start": first, "SFT": copied, "DPO": last}  # @inspect list(ends)
    score = {n: round(x.all.means["gold"], 2) for n, x in ends.items()}  # @inspect score
    assert copied.chosen > first.chosen > last.chosen + 3
    assert first.rejected - last.rejected > fell + 3
    assert score["DPO"] > 1 > 0 > score["SFT"] > score["start"]
    text(rf"""
        Under DPO the chosen answers become {fell:.1f} nats *less* probable, the rejected ones lose
        {first.rejected - last.rejected:.1f}, and the margin grows as it should. Under SFT the
        chosen ones gain {copied.chosen - first.chosen:.1f}. And yet the reader's mean opinion goes
        from {score["start"]} to {score["SFT"]} with SFT and to {score["DPO"]} with DPO, and of
        2,000 new pairs DPO puts {last.preferred:.0%} in order. But if the chosen lose, who gains?
    """)
    plot(preference.where_it_went(ends))
    few = last.all.entropy  # @inspect few last.in_chosen last.in_rejected last.elsewhere
    text(rf"""
        The chosen answers as a set have {last.in_chosen:.0%} of the probability, more than the
        {first.in_chosen:.0%} of before. So a *few* of them gained very much and most of them lost:
        the entropy of the answers fell from {first.all.entropy:.1f} to {few:.1f} nats, that is,
        from {math.exp(first.all.entropy):.0f} answers' worth to {math.exp(few):.0f}. And
        {last.elsewhere:.0%} are on answers that nobody ever judged. Here they are good ones. Razin
        and others (2024) show cases in which the opposite of what was wanted gains, and call it
        _likelihood displacement_.

        ## Recap: DPO
        The same optimum from pairs alone; only log-ratios are compared, and the rest is free.
    """), link("2410.08847"), note("What if both answers of all pairs were bad?")  # fmt: skip
    columns = ["reader", "objective", "chosen, nats", "rejected, nats", "gold", "KL", "words"]
    records.show_table("dpo", "300 steps on 1,000 comparisons", columns, summaries.dpo_rows)
    text("Five seeds agree. At a weight of 1 the likelihood of the chosen answers outweighs DPO.")


def dpo_on_record() -> None:
    text(r"""
        # DPO on record
        Assignment 5 trained two models in this way, and kept what they did. The first sorts digits.
        Its pairs are a right and a wrong answer of its own to the same problem, so there is no
        doubt about the preference. Plain DPO had pairs of five and six digits; a second variant
        added the likelihood of the chosen answers to the loss, with pairs of all sizes up to six.
    """)
    rows = records.sort_gains({"DPO": "dpo_plain", "DPO + NLL": "dpo"})  # @inspect rows[-1]
    asked = predict(
        "Plain DPO ends with 99 % of held-out pairs in order. Before, the model sorted 2 digits in "
        "100 % of the cases. And after it?",
        unit="%",
        tolerance=0.2,
    )  # fmt: skip
    plot(preference.sort_margins(rows))
    shown.sort_table()
    two, six = (shown.sort_accuracy("dpo_plain", size) for size in (2, 6))  # @inspect two six
    reveal(asked, round(100 * two), "The mean of three seeds, which differ widely.")
    chosen = [shown.gained(run) for run in ("dpo_plain", "dpo")]  # @inspect chosen
    assert chosen[0] < 0 < two < 0.6 < 0.7 < six < chosen[1]
    text(rf"""
        Where there were pairs, at six digits, accuracy went from a tenth to {six:.0%}. At two
        digits it went from 100 % to {two:.0%}. The chosen answers did not gain ({chosen[0]:.1f}
        nats), the rejected ones lost 28, and nothing in the loss holds the rest in place. In the
        variant they gain {chosen[1]:.1f} and the small sizes stay; three things were changed at
        once there, as the assignment says, so we cannot tell which of them did it.

        The second model is SmolLM2, which should become brief. The chosen answer is one short
        sentence; rejected is its own answer, when that is not brief.
    """)
    measured = shown.smollm2_dpo()  # @inspect measured
    shown.smollm2_dpo_table(measured)
    before, own, nll, template = measured.values()  # @inspect own template
    assert own[0] == nll[0] == template[0] == 1 > before[1] > template[1]
    assert own[2] < before[2] < nll[2]
    text(rf"""
        All prefer the brief answer in every held-out pair. **A preference of 100 % says little
        about what a model says.** Against a template's wordy answers, which it would never have
        given, {template[1]:.0%} of its answers are brief, fewer than before. Against its own it
        becomes brief in {own[1]:.0%}, and is right in {own[2]:.0%} instead of {before[2]:.0%}. Only
        with the likelihood of the chosen answers, which Pang and others (2024) proposed for
        reasoning, is it brief ({nll[1]:.0%}) and better than before ({nll[2]:.0%}).

        So does DPO beat PPO? Zephyr was a success of DPO; Ivison and others (2024) found PPO ahead
        by up to 2.5 points in mathematics, and the data more important than either. Whoever reports
        one order of them owes the sweep.
    """), link("2404.19733"), link("2406.09279"), note("And before RL?")  # fmt: skip


def what_else_changes() -> None:
    text(r"""
        # What else changes
        A pretrained model describes the world and is _calibrated_: if it says 70 %, it should be
        right in 70 % of such cases. A tuned model is a policy, and nobody asked it to describe
        anything. Take 4,000 questions with four options, about which a model is unsure by just the
        right amount, and reward it for being right. An option is right with probability $p$, so the
        expected reward is $p$, and the optimum of the last sections is $p\, e^{p / \beta} / Z$.
    """)
    beliefs = calibration.calibrated_beliefs()  # @inspect beliefs[:2]
    asked = predict(
        "What does such a reward do to the most probable answer of each question?",
        choices=["It is right more often", "It stays, with more confidence", "It gets safer"],
    )
    policies = {"before": beliefs} | {
        f"β = {beta:g}": calibration.rewarded(beliefs, beta) for beta in (0.5, 0.1)
    }  # @inspect policies["β = 0.1"][:2]
    error = {
        n: calibration.calibration_error(p, beliefs) for n, p in policies.items()
    }  # @inspect error
    right = {n: round(calibration.accuracy(p, beliefs), 3) for n, p in policies.items()}  # @hide
    drawn = {n: calibration.sampled_accuracy(p, beliefs) for n, p in policies.items()}  # @hide
    unsure = compute_entropy(beliefs[:1].log())  # @stepinto @inspect unsure right drawn
    entropy = {n: float(compute_entropy(p.log()).mean()) for n, p in policies.items()}  # @hide
    reveal(asked, "It stays, with more confidence", f"{right['before']:.1%} as before.")
    curves = {n: calibration.reliability(p, beliefs) for n, p in policies.items()}  # @hide
    plot(preference.reliability(curves))
    assert len(set(right.values())) == 1
    assert error["before"] < 0.001 < 0.2 < error["β = 0.1"]
    text(rf"""
        The most probable answers are the same, and right in {right["before"]:.1%}. Their stated
        confidence is off by {error["β = 0.1"]:.0%} on average at $\beta = 0.1$, where it was exact
        before, and the entropy of an answer falls from {entropy["before"]:.2f} to
        {entropy["β = 0.1"]:.2f} nats. What improved are *drawn* answers, from {drawn["before"]:.0%}
        to {drawn["β = 0.1"]:.0%} right, and this is what was rewarded. For GPT-4 the report gives a
        calibration error of 0.007 before post-training and 0.074 after, on a part of MMLU.

        **Overconfidence is no accident of tuning; a reward for being right asks for it.** A reward
        that is a proper score, the logarithm of the stated probability, would not.
    """), link("2303.08774"), link(calibration.reliability)  # fmt: skip
    words = {
        f"{reader}, {how}": round(summaries.at_end("dpo", "words", reader=reader, objective=how), 1)
        for reader in ("careful", "hasty")
        for how in ("SFT on the chosen", "DPO, β = 0.5")
    }  # @inspect words
    assert words["hasty, DPO, β = 0.5"] > 3.9 > 2.7 > words["careful, DPO, β = 0.5"]
    text(rf"""
        The last side effect is length. At the start answers have 2.7 words. On comparisons by the
        hasty reader SFT makes them {words["hasty, SFT on the chosen"]} words long and DPO, with
        $\beta = 0.5$, {words["hasty, DPO, β = 0.5"]}; on careful ones DPO makes them
        {words["careful, DPO, β = 0.5"]} (record, five seeds). Report length beside every win rate,
        and entropy and calibration beside every reward.
    """), note("Which side effect would your users notice first?")  # fmt: skip


def what_to_keep() -> None:
    text(r"""
        # What to keep
        | step | optimises | fails by |
        |---|---|---|
        | SFT | likelihood of what is shown | inventing, parroting, masks and templates |
        | reward model | the order of pairs | errors far from the data, bias of judges |
        | best of n | reward, at n times the cost | over-optimisation |
        | PPO | reward minus distance | the same, with four networks |
        | DPO | the order of pairs, by log-ratios | both sides fall, the rest is free |

        ## Three exercises
        1. In `experiments.made_up_arms` answer the 24 strangers with "unknown" instead. (Check: the
           share of invented towns falls below that of the base arm.)
        2. Add the likelihood of the chosen answers in `dpo_live`: the objective "dpo + nll".
           (Check: chosen answers no longer lose, and the reader's opinion stays below 0.5. What
           does that say about the weight of the term?)
        3. Give `best_of_n` the mean of two reward models, of other seeds and of 300 comparisons
           each. (Check: the reader's opinion at 65,536 is higher. Would it help against a bias?)

        ## What to read next, and why
        Ouyang and others (2022) for the whole, Gao and others (2022) for over-optimisation as a
        law, Gekhman and others (2024) before you buy expert answers. Lecture 16 goes on where a
        rule can say what is right, so that no reward model can be fooled, and finds that rules can
        be.
    """), note("What would you measure first in your own assistant?")  # fmt: skip


if __name__ == "__main__":
    main()
