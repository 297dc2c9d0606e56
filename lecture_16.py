"""Lecture 16: reinforcement learning where a program can tell right from wrong.

Title: RL from verifiable rewards
Unit: alignment
Minutes: 80
Prerequisites: lecture_02, lecture_15
Assignments: assignment5-alignment
Figure: dividing_by_the_deviation 2
"""

# mypy: disable-error-code="func-returns-value, no-untyped-call"

from dataclasses import replace
from statistics import fmean, median

import torch
from cs336_alignment.grading.expressions import parse_expression
from cs336_alignment.grading.rewards import Grader
from cs336_alignment.losses.advantages import divided_by_mean, standardized
from cs336_alignment.losses.aggregation import constant_length, sequence_mean
from cs336_alignment.losses.difficulty import difficulty_weight
from cs336_alignment.losses.kl import k3
from cs336_alignment.losses.policy_gradient import cispo_loss, clipped_loss, gspo_loss
from cs336_alignment.losses.recipes import RECIPES, batch_loss
from cs336_alignment.losses.shaping import overlong_penalty
from cs336_alignment.tasks.pass_at_k import pass_at_k
from cs336_alignment.training.config import AlignmentConfig
from cs336_basics.model import TransformerLM

from lecture_tracer import link, note, plot, predict, reveal, table, text
from lectures.lecture_16 import (
    drift,
    estimators,
    frontiers,
    gap,
    graders,
    holes,
    lengths,
    methods,
    published,
    ratios,
    runs,
    weights,
)
from lectures.lecture_16.figures import courses, grids, signals
from lectures.lecture_16.policy import Trainer, audit, audited, configuration, demonstrated
from lectures.lecture_16.works import WORKS


def main() -> None:
    torch.set_num_threads(1)  # @hide
    welcome()
    what_can_be_verified()
    a_group_as_its_own_critic()
    dividing_by_the_deviation()
    dividing_by_the_length()
    the_clip()
    six_methods()
    divergences()
    start, config = a_small_policy()
    one_batch_too_often(start, config)
    two_programs_one_model(start)
    sixteen_ablations()
    sharpening_or_learning()
    a_planted_hole(start, config)
    published_recipes()
    what_to_keep()


def welcome() -> None:
    text(r"""
        # RL from verifiable rewards
        **Lecture 16: what the loss really does, to which prompt, which token, and which grader**

        Lecture 15 trained a policy against a learned reward and watched it climb where nobody meant
        it to go. The remedy of 2024 was disarmingly simple: where a program can check the answer,
        let the program be the reward, a _verifiable reward_. Mathematics, code, formats and proofs
        need no opinion. Tülu 3 gave the idea its name, reinforcement learning from verifiable
        rewards, and a year later it was how reasoning models are made.

        A checked reward cannot drift, so one can train against it for as long as one can pay. What
        is left to go wrong sits in three places, and they are the plan for today: in the **loss**,
        which weighs prompts and tokens in ways that its name does not say; in the **data**, which
        is older than the policy and was sampled by another program; and in the **grader**, which is
        a program too, and has bugs.
    """), link("2411.15124")  # fmt: skip
    predict(
        "A small model learns to sort five digits. Its grader has a planted bug: it also accepts "
        "any piece of the right answer, such as 23 for 23667. After 60 steps of GRPO, what does "
        "the model answer?",
        name="hole",
        choices=[
            "The five digits in order, and more often than before",
            "Four digits, with one left out",
            "One single digit",
        ],
        hint="Commit now. We train it at the end of the hour.",
    )
    text(r"""
        Everything is run with the code of assignment 5. The live experiments take seconds on one
        thread of a CPU; the curves on H100 and H200 cards are that assignment's records, three
        seeds each, and we say which is which. How policy gradients work at all, what a baseline is
        good for and how large the noise is, is the matter of lecture 17; PPO's other forty details
        are in lecture 15.
    """), note("Collect the guesses. Hardly anybody takes the last one.")  # fmt: skip


def what_can_be_verified() -> None:
    text(rf"""
        # What can be verified
        A _grader_ reads text that a model wrote, and the model is being trained to please it. So it
        has to be written like the login page of a bank, and usually is written like a one-liner in
        a notebook. Our task is countdown: make {graders.TARGET} from the numbers 7, 1 and 5, each
        used once. Assignment 5 reads the answer by recursive descent, within limits on length,
        depth and digits; nothing is evaluated. We follow it on an answer without brackets.
    """)
    found = parse_expression("7-1*5")  # @stepinto 1 @inspect found
    grade = Grader().grade(">7-1*5", graders.countdown_check)  # @inspect grade
    assert found.value == 2
    assert grade.verdict == "wrong"
    asked = predict(
        "Thirteen answers, two of them right, go to that grader and to two shortcuts: one accepts "
        "a part of the solution, one takes the last thing that reads as arithmetic. How many of "
        "the thirteen does the second shortcut pay wrongly?",
        unit="answers",
        hint="It never looks at which numbers were used, nor at how many answers there are.",
        tolerance=0,
    )
    wrong = graders.fooled()  # @inspect wrong
    reveal(asked, wrong["last value"], "It pays the target itself, 6*5, and whatever came last.")
    table(graders.verdicts(), columns=["answer", "text", *graders.GRADERS])
    assert wrong == {"assignment 5": 0, "part of it": 5, "last value": 5}
    text(r"""
        The column in the middle is no invention. The test `truth in answer or answer in truth`
        stood in a published training program, where an empty answer was therefore always right; its
        users report that the trained model answered with nothing at all. Note also the rows that
        cost nothing here: a tower of powers keeps a general algebra package busy beyond any
        patience, and program text handed to such a package may simply be executed.
        **A reward is verifiable when the verifier survives its worst reader**, and that reader is
        the policy, which gets a million tries.
    """), link(WORKS["visual-rft"]), link(Grader.grade), note("Who has used eval?")  # fmt: skip


def a_group_as_its_own_critic() -> None:
    text(r"""
        # A group as its own critic
        PPO needs a second network, as large as the first, to say what reward to expect. GRPO
        (Group Relative Policy Optimization) asks the policy itself: sample $G$ answers to the same
        prompt and take their mean reward as the expectation. With rewards $r_i$, every token of
        answer $i$ gets the advantage
        $$A_i = \frac{r_i - \text{mean}(r)}{\text{std}(r)},$$
        and the rest is PPO's clipped ratio, a mean over tokens, and a penalty for leaving the
        reference. Take eight answers, one of them right.
    """), link("2402.03300")  # fmt: skip
    rewards = torch.tensor([[1.0, 0, 0, 0, 0, 0, 0, 0]])  # @inspect rewards
    scores = standardized(rewards)  # @stepinto @inspect scores
    assert abs(float(scores[0, 0]) - 2.4748) < 1e-3
    text(rf"""
        The lucky one gets {scores[0, 0]:+.2f} and the seven others {scores[0, 1]:+.2f} each: one
        prompt, one thing learned. The same code on eight right answers returns zeros, exactly, and
        on eight wrong ones as well. Such a _silent group_ was sampled, graded, and teaches nothing.
    """)
    asked = predict(
        "A prompt is solved one time in ten. With 8 samples, how often is its group mixed, so that "
        "it teaches anything?",
        unit="%",
        hint="1 − 0.9⁸ − 0.1⁸.",
        tolerance=0.06,
    )
    sizes = (4, 8, 16, 64)  # @inspect sizes
    mixed = {n: round(100 * weights.signal(0.1, n), 1) for n in sizes}  # @inspect mixed
    reveal(asked, mixed[8], f"With 4, 8, 16 and 64 samples: {', '.join(map(str, mixed.values()))}.")
    plot(signals.signal_lines((4, 8, 16, 64)))
    assert mixed[8] == 57.0
    last = [run.record["log"]["mixed_groups"][-1] for run in runs.ablation("grpo")]  # @inspect last
    assert max(last) < 0.06
    text(rf"""
        Two fifths of the samples of this prompt are thrown away by luck, and both ends of the curve
        are worse. It bites in practice: in assignment 5's runs of GRPO on sorting, at most
        {max(last):.0%} of the groups are mixed by the end, since nearly everything is solved, and
        the others cost their rollouts all the same. There are three answers. DAPO samples until the
        batch is full of mixed groups; a _curriculum_ moves prompts to where they are neither solved
        nor hopeless; or one takes more samples of fewer prompts, which moves the curve and leaves
        its shape.

        ## Recap: reward and advantage
        The reward is a program that reads hostile text. An answer's advantage is its reward beside
        those of its group, so that only groups that disagree teach anything.
    """), link("2503.14476"), note("Ask what DAPO's batches cost. See the ablations.")  # fmt: skip


def dividing_by_the_deviation() -> None:
    text(r"""
        # Dividing by the deviation
        Why divide by the standard deviation? It looks like harmless scaling, but the scale differs
        from prompt to prompt, so it decides which prompts count. For rewards 0 and 1 the expected
        gradient of a prompt that is solved with probability $p$ is $w(p)\,\nabla p$, whatever the
        policy. Assignment 5 computes $w$ for a group of any size by enumerating how many answers
        are right. With two samples one can watch all of it.
    """)
    weight = difficulty_weight(standardized, 0.1, samples=2)  # @stepinto 1 @inspect weight
    assert abs(weight - 0.5**0.5) < 1e-4
    text(rf"""
        Only the middle case, one right and one wrong, has any gradient, and its weight is
        {weight:.3f}, or $1/\sqrt2$, at every $p$. For large groups the weights tend to 1 without
        division, to $1/\sqrt{{p(1-p)}}$ with the deviation (Liu and others, 2025, call it a bias),
        and to $1/p$ when one divides by the *mean* instead, which is _MaxRL_.
    """), link("2503.20783"), link("2602.02710"), link(divided_by_mean)  # fmt: skip
    asked = predict(
        "At p = 0.02 the limit of GRPO's weight is 1/√(0.02 · 0.98) = 7.1. What is it with groups "
        "of 16, which is what people train with?",
        choices=["Also about 7", "About half of that", "About 1, as without division"],
        hint="How often is there a right answer among the 16?",
    )
    exact = difficulty_weight(standardized, 0.02, samples=16)  # @inspect exact
    middle = difficulty_weight(standardized, 0.5, samples=16)  # @inspect middle
    reveal(asked, "About half of that", f"{exact:.2f}.")
    plot(signals.weight_lines(samples=16))
    maxrl = difficulty_weight(divided_by_mean, 0.02, samples=16)  # @inspect maxrl
    closed = (1 - 0.98**16) / 0.02 - 0.98**15  # @inspect closed
    assert abs(maxrl - closed) < 1e-2
    assert 3.4 < exact < 3.6
    assert 13 < maxrl < 13.2
    text(rf"""
        So papers quote a limit that nobody trains at. With 16 samples the hardest prompt counts
        {exact / middle:.1f} times as much as an even one, not 3.6 times, because a group without a
        right answer has no gradient to magnify. The same holds for MaxRL: {maxrl:.1f} instead of
        50. (Its weight is exactly $(1-(1-p)^G)/p - (1-p)^{{G-1}}$, and so at most $G - 1$.)

        Is the division wrong, then? It follows another objective. A weight $w(p)$ is the derivative
        of something in $p$: with the mean taken off alone one climbs the mean of $p$, GRPO that of
        $2\arcsin\sqrt p$, and MaxRL that of $\log p$, which is maximum likelihood of being right.
        We can ask how far they point apart, on a policy with one logit for each of two prompts, a
        hard one (0.05) and a fair one (0.6).
    """)
    angles = weights.directions((0.05, 0.6), samples=8)  # @inspect angles
    assert angles["and divided by std"] > 0.99
    assert angles["and divided by mean"] < 0.92
    asked = predict(
        "Now four prompts, solved with probability 0.02, 0.1, 0.3 and 0.6, and 200 steps of equal "
        "length along each expected gradient. Who solves the hardest prompt first?",
        choices=["Only the mean taken off", "Divided by the deviation", "Divided by the mean"],
        hint="Steps are equally long: what counts is only how they are shared out.",
    )
    chances = (0.02, 0.1, 0.3, 0.6)  # @inspect chances
    ascents = {
        kind: weights.ascent(kind, chances, samples=8, steps=200) for kind in weights.KINDS
    }  # @inspect `[*ascents]`
    hardest = {k: round(c[-1][0], 2) for k, c in ascents.items()}  # @inspect hardest
    reveal(asked, "Divided by the mean", f"After 200 steps: {[*hardest.values()]}.")
    plot(signals.ascent_lines(ascents, prompt=0))
    halfway = {k: round(fmean(c[50]), 3) for k, c in ascents.items()}  # @inspect halfway
    assert hardest["and divided by mean"] > 0.9 > 0.45 > hardest["and divided by std"]
    assert max(halfway.values()) - min(halfway.values()) < 0.015
    text(rf"""
        The cosine with the gradient of mean success is {angles["and divided by std"]:.3f} for the
        deviation and {angles["and divided by mean"]:.2f} for the mean. **At the group sizes in use,
        GRPO's famous bias turns the step by three degrees, and MaxRL, which wants to, by
        twenty-four.** After 50 steps all three have the same mean success within a point and a
        half; what they differ in is what they have left undone. The exact toy has no noise, and
        noise is where a weight of 13 on one lucky answer is paid for; that is lecture 17.
    """), note("2 arcsin √p has derivative 1/√(p(1−p)). Let somebody check.")  # fmt: skip


def dividing_by_the_length() -> None:
    text(r"""
        # Dividing by the length
        GRPO's second division is easier to miss. It averages each answer over its own tokens before
        it averages over answers, so that a token of a long answer counts less. One answer of two
        tokens and one of five, each token with a loss of 1:
    """)
    mask = torch.tensor([[1, 1, 0, 0, 0], [1, 1, 1, 1, 1]]).bool()  # @inspect mask
    loss = sequence_mean(torch.ones(2, 5), mask, rows=2)  # @stepinto @inspect loss
    shares = lengths.token_shares(mask)  # @inspect shares
    table(
        [[name, *pair] for name, pair in shares.items()],
        columns=["norm", "a token of the short answer", "of the long one"],
    )
    assert shares["sequence_mean"] == [0.25, 0.1]
    text(r"""
        Now suppose that the answer is wrong. Under `sequence_mean` a wrong answer of five tokens is
        punished for each of them at two fifths of the rate of a short one, and a policy that can
        choose will notice. To see only this effect, we take it out of all others: a policy that is
        right half of the time whatever it does, and then writes tokens until it stops, with one
        probability of stopping when right and one when wrong. Length earns nothing. Any change of
        length is the loss's own doing.
    """), link(lengths.trained)  # fmt: skip
    asked = predict(
        "All answers begin at 8 tokens on average, and 64 is the limit. After 200 updates with "
        "GRPO's loss, how long is a wrong answer?",
        unit="tokens",
        hint="Punished less for each token, it can only grow.",
        tolerance=0.3,
    )
    grpo, fixed = (lengths.trained(x, 0) for x in ("grpo", "dr_grpo"))  # @inspect grpo.wrong[:4]
    (long, short), (same, _) = grpo.late(), fixed.late()  # @inspect long short same
    reveal(asked, round(long, 1), "And with Dr. GRPO's constant it stays at 8.")
    plot(signals.length_lines({"GRPO": grpo, "Dr. GRPO": fixed}))
    seeds = [round(lengths.trained("grpo", seed).late()[0], 1) for seed in (1, 2)]  # @inspect seeds
    stays = lengths.trained("dapo", seed=0).late()[0]  # @inspect stays
    assert min(long, *seeds) > 35
    assert short < 1.5
    assert max(abs(same - 8), abs(stays - 8)) < 0.6
    text(rf"""
        Wrong answers grow to {long:.0f} tokens ({seeds[0]:.0f} and {seeds[1]:.0f} with other
        seeds), and right ones shrink to {short:.1f}, although no reward ever mentioned length. _Dr.
        GRPO_ divides by a constant and stays at {same:.1f}; DAPO divides by the tokens of the whole
        batch, which is nearly a constant, and stays at {stays:.1f}. So read curves of growing
        length with care: **part of an answer's growth can be an average taken in the wrong order**,
        and Liu and others (2025) find that part in training Qwen2.5. R1-Zero's paper shows length
        growing together with accuracy; that alone does not tell thought from padding, and its "aha"
        sentences are found in base models, too.

        One can also pay for brevity. Kimi k1.5 adds, within a group, a reward that falls from +0.5
        for the shortest to −0.5 for the longest, and gives wrong answers only the negative part;
        DAPO takes up to 1 off over the last stretch before the limit.
    """), link(constant_length), link("2501.12599")  # fmt: skip
    right = graders.kimi_length_reward([100, 200, 400], [True] * 3)  # @inspect right
    wrong = graders.kimi_length_reward([100, 200, 400], [False] * 3)  # @inspect wrong
    penalty = overlong_penalty(torch.tensor([8, 9, 10]), 10, 2)  # @stepinto @inspect penalty
    assert graders.rounded(right) == [0.5, 0.167, -0.5]
    assert wrong == [0.0, 0.0, -0.5]
    assert penalty.tolist() == [0.0, -0.5, -1.0]
    text(r"""
        ## Recap: two divisions
        Dividing by the deviation shares attention out among prompts, in effect by a factor of two.
        Dividing by each answer's own length shares it out among tokens, makes wrong answers long
        and right ones short, and has no objective behind it at all.
    """), note("The first is a choice, the second a bug that became a standard.")  # fmt: skip


def the_clip() -> None:
    text(r"""
        # The clip, and what it does not do
        Sampling is most of the cost of such training, so one would like to take several updates
        from each batch. After the first of them the batch is _off-policy_, from an older policy,
        and every token carries a _ratio_ $\rho = p/q$ of its probability now to the one it was
        sampled with. PPO maximises $\min(\rho A, \text{clip}(\rho, 1-\varepsilon,
        1+\varepsilon)\,A)$. Five tokens with $A = +1$, at five ratios:
    """), link("1707.06347")  # fmt: skip
    moved = torch.tensor([[0.7, 0.9, 1.0, 1.1, 1.3]])  # @inspect moved
    now, old = moved.log().requires_grad_(), torch.zeros(1, 5)  # @inspect now
    loss, metrics = clipped_loss(torch.ones(1, 1), now, old, 0.2, 0.2)  # @stepinto @inspect loss
    push = 0 - torch.autograd.grad(loss.sum(), now)[0]  # @inspect push
    asked = predict(
        "And with A = −1: which of the five tokens gets no gradient?",
        choices=["The one at 0.7", "The one at 1.3", "Both"],
        hint="The clip stops whoever has already gone far enough in the wanted direction.",
    )
    down, _ = clipped_loss(-torch.ones(1, 1), now, old, 0.2, 0.2)  # @inspect down
    pull = 0 - torch.autograd.grad(down.sum(), now)[0]  # @inspect pull
    reveal(asked, "The one at 0.7", "It has been pushed down already, beyond 0.8.")
    assert [round(x, 2) for x in push[0].tolist()] == [0.7, 0.9, 1.0, 1.1, 0.0]
    assert [round(x, 2) for x in pull[0].tolist()] == [0.0, -0.9, -1.0, -1.1, -1.3]
    text(r"""
        The gradient with respect to $\log p$ is $\rho A$ inside, and zero only beyond the clip in
        the direction of the advantage. (With respect to $\rho$ it is $A$, which is where lists of
        ones and zeros in tutorials come from.) A token that has moved the wrong way is never
        clipped, so that it can come back. How improbable a token may still grow is another matter:
        from 0.01 the clip lets it reach 0.012 in one batch. _DAPO_ therefore widens the upper side
        to 0.28, and _CISPO_ keeps every token and limits the weight instead.
    """), link(cispo_loss), link("2506.13585")  # fmt: skip
    pushes = ratios.pushes()  # @inspect pushes["clip 0.2"]
    plot(signals.push_lines(pushes, "A token of a right answer (A = +1)"))
    assert pushes["clip 0.2"][1.24] == 0
    assert abs(pushes["clip-higher 0.28"][1.24] - 1.24) < 1e-5
    assert abs(pushes["CISPO 0.28"][1.6] - 1.28) < 1e-5
    asked = predict(
        "In assignment 5's runs with four updates a batch and a clip of 0.2, what is the largest "
        "ratio that any token ever reached?",
        choices=["1.2, by construction", "About 2", "More than 100"],
        hint="The clip removes a gradient. Does it hold a token in place?",
    )
    reached = runs.of_the_log("off_policy_4", "ratio_max")  # @inspect reached
    cut = runs.of_the_log("off_policy_4", "clipped")  # @inspect cut
    reveal(asked, "More than 100", f"{', '.join(f'{r:.0f}' for r in reached)} in three seeds.")
    assert min(reached) > 300
    assert 0.04 < fmean(cut) < 0.043
    text(rf"""
        The clip is often drawn as a fence, and it is none. It stops *pushing* a token. But all
        tokens share their weights, and AdamW has momentum, so that a token beyond the clip may be
        carried on by its neighbours, as we suspect here: some reach a ratio of
        {max(reached):.0f}, in runs where on average {fmean(cut):.1%} of the tokens are clipped.
        What the clip does is remove the reward for going further, and the records will show that
        this matters more than any other line here. ({runs.devices()}.)
    """), note("Ask what happens to the ratio with one update a batch. It is 1.")  # fmt: skip


def six_methods() -> None:
    text(rf"""
        # Six methods, one batch
        A method of this family is three choices, and in assignment 5 it is a row of data: which
        advantage, which loss of a token, which mean over tokens. Nobody has to believe a name,
        therefore. We give all six the same batch: two prompts with four answers each, a hard prompt
        with one right answer and an easy one with one wrong answer, at most {methods.LIMIT} tokens.
        Six tokens have moved since they were sampled. _GSPO_ takes the geometric mean of the ratios
        over an answer and clips answers instead of tokens; we step through it.
    """), link("2507.18071"), link(batch_loss)  # fmt: skip
    batch = methods.make_batch()  # @inspect batch.rewards batch.lengths
    gspo = RECIPES["gspo"]  # @inspect gspo
    scores = methods.advantages(gspo, batch)  # @inspect scores[:,0]
    loss, report = gspo_loss(
        scores, batch.log_probs, batch.old_log_probs, batch.mask, 3e-4, 4e-4
    )  # @stepinto 1 @inspect loss[:,0]
    answers = report["ratio"][:, 0]  # @inspect answers
    asked = predict(
        "GSPO's limits are 0.0003 and 0.0004 in the paper. Three of the eight answers hold a token "
        "that has moved the way its advantage wants. How many of these three still get a gradient?",
        choices=["None", "One: the longest", "All three"],
        hint="One token of five at 1.25: the geometric mean is 1.25^(1/5).",
    )
    pushed = methods.push(gspo, batch)  # @inspect pushed[:,0]
    silent = (pushed == 0).all(dim=1).nonzero().flatten().tolist()  # @inspect silent
    reveal(asked, "None", "1.25^(1/5) is 1.046, a hundred times beyond the limit.")
    assert silent == [0, 2, 5]
    plot(grids.push_grid())
    text(r"""
        Blue tokens are pushed up, red ones down, in units of each method's strongest push; small
        numbers mark the tokens that have moved, and by how much. Every difference is one of the
        three choices. The table has them as numbers: the advantage of the hard prompt's right
        answer and of its longest wrong one; what the loss makes of the token at ratio 1.5; the
        weight of a token in the answer of ten beside one in the answer of three; what is taken off
        the longest answer's reward; and the cosine with the plain policy gradient, which is Dr.
        GRPO before anything has moved.
    """)
    rows = methods.method_rows()  # @inspect rows[0]
    table(rows, columns=methods.COLUMNS)
    cosines = [float(row[-1]) for row in rows]  # @inspect cosines
    dapo = methods.advantages(RECIPES["dapo"], batch)[:4, 0]  # @inspect dapo
    assert cosines == [0.87, 0.96, 0.87, 0.74, 1.0, 0.84]
    assert dapo[1] == dapo[2] == 0
    text(rf"""
        Three things are worth a second look. CISPO's cosine is {cosines[4]:.2f}: of the six it is
        nearest to the plain gradient, because it drops no token and takes the mean over tokens.
        GSPO's is {cosines[3]:.2f}: three answers of eight are silent, since with limits of 0.0003
        any answer that has moved at all is out. That is intended, its authors report clipping far
        more and learning faster; but it still averages over each answer's length and has the bias
        of the last section. And DAPO shows how two good ideas meet: the penalty for length makes
        the longest wrong answer the worst of its group, which lifts the group's *other* wrong
        answers to an advantage of exactly {abs(float(dapo[1])):.0f}. Being wrong in time costs
        nothing any more.

        ## Recap: six names, three choices
        An advantage, a loss of the token, a mean over tokens. The first decides which prompts
        count, the second what a stale token still gets, the third what a long answer pays.
    """), link(methods.method_rows), note("Which row is R1? The first, with a KL.")  # fmt: skip


def divergences() -> None:
    text(r"""
        # Three estimators of a divergence
        Many recipes hold the policy near its start with a penalty for the divergence
        $\text{KL}(p\,\|\,\text{ref})$, and nobody can afford the sum over the vocabulary at each
        token, let alone over all answers. So it is estimated from the tokens that were drawn. With
        $\ell = \log \text{ref} - \log p$ of a drawn token, Schulman (2020) compares $k_1 = -\ell$,
        $k_2 = \ell^2/2$ and $k_3 = e^{\ell} - 1 - \ell$. One token that has become 1.5 times as
        probable as in the reference:
    """), link(WORKS["kl approx"])  # fmt: skip
    token, reference = torch.tensor([[[0.3]], [[0.2]]]).log()  # @inspect token reference
    estimate = k3(token, reference)  # @stepinto @inspect estimate
    asked = predict(
        "k3 is usually recommended: no bias, never negative, little noise. Far from the reference, "
        "with a divergence of 2 nats, which estimator has the least noise?",
        choices=["k1", "k2", "k3"],
        hint="Which of them has an exponential in it?",
    )
    near, far = estimators.quality(0.1), estimators.quality(2.0)  # @inspect near far
    spreads = {name: found.spread for name, found in far.items()}  # @inspect spreads
    reveal(asked, min(spreads, key=lambda name: spreads[name]), "Even with its negative samples.")
    table(
        [
            [shift, round(shift**2 / 2, 3), name, f"{q.bias:+.1%}", round(q.spread, 2)]
            for shift in (0.1, 1.0, 2.0)
            for name, q in estimators.quality(shift).items()
        ],
        columns=["shift", "KL", "estimator", "bias", "deviation of one sample"],
        caption="N(shift, 1) against N(0, 1), 400,000 samples, in units of the divergence",
    )
    assert abs(near["k1"].spread - 20) < 0.2
    assert abs(near["k3"].spread - 1.42) < 0.02
    assert far["k3"].spread > 3 * far["k1"].spread
    assert abs(far["k2"].bias - 1) < 0.02
    text(rf"""
        Near the reference the recommendation is right: $k_3$ has a deviation of
        {near["k3"].spread:.2f} times the divergence where $k_1$ has {near["k1"].spread:.0f}. Far
        away it is the other way round ({far["k3"].spread:.1f} against {far["k1"].spread:.1f}), and
        $k_2$ reports twice the truth. As a number in a log, then, $k_3$ is good while the policy
        stays close. But GRPO puts it into the loss, and there one differentiates it.
    """)
    asked = predict(
        "Each estimator goes into the loss, on tokens drawn from the policy. Whose expected "
        "gradient is that of KL(p ‖ ref), which we wanted?",
        choices=["k1", "k2", "k3", "All three"],
        hint="Differentiate under the sum, but not the probability with which a token is drawn.",
    )
    truth = estimators.divergence_gradients()  # @inspect truth
    plain = estimators.loss_gradients(weighted=False)  # @inspect plain
    reveal(asked, "k2", "The biased one. k1 does nothing at all, and k3 pulls the other way round.")
    weighted = estimators.loss_gradients(weighted=True)  # @inspect weighted
    table(
        [[name, *values] for name, values in truth.items()]
        + [[f"{name} as a loss", *values] for name, values in plain.items()]
        + [[f"{name} as a loss, times p/q", *values] for name, values in weighted.items()],
        columns=["expected gradient", "token 1", "token 2", "token 3", "token 4"],
        caption="Exact sums over a vocabulary of four",
    )
    assert plain["k1"] == [0.0] * 4
    assert plain["k2"] == truth["KL(p || ref)"] == weighted["k3"] == weighted["k1"]
    assert plain["k3"] == truth["KL(ref || p)"]
    text(r"""
        The reason is that the policy appears twice, in the value of the estimate and in the choice
        of the token, and the loss differentiates only the first. As a loss, $k_1$ has the gradient
        of $\log p$, whose mean is zero; $k_3$ has that of $\text{KL}(\text{ref}\,\|\,p)$, and so
        GRPO's penalty is not the divergence that its paper writes down (Tang and Munos, 2025).
        **An unbiased estimate of a number is not an unbiased estimate of its gradient.** The cure
        is one factor: multiply by the ratio $p/q$, which is 1 and has a gradient, and $k_3$ is what
        it was meant to be. DeepSeek-V3.2 does this. DAPO and OLMo 3 leave the penalty out, which is
        another way of being unbiased.
    """), link("2506.09477"), link("2512.02556")  # fmt: skip
    note("Derive it for k1 on the board: sum of p times grad log p.")


def a_small_policy() -> tuple[TransformerLM, AlignmentConfig]:
    text(r"""
        # A policy small enough to watch
        For the rest we need something that is alive. A Transformer of two layers learns to sort
        digits from a hundred batches of demonstrations with two to four digits, and is then asked
        for five, which it has never seen. That is a fair model of the situation in which such
        training starts: the form is known, and the answers are sometimes right.
    """), link(demonstrated)  # fmt: skip
    config = configuration(seed=0, smallest=5, start=5, largest=5)  # @inspect config.model
    start = demonstrated(config)  # @inspect start
    asked = predict(
        "What share of its sampled answers to five digits is right?",
        unit="%",
        hint="Demonstrations ended at four digits, and one wrong digit spoils an answer.",
        tolerance=0.35,
    )
    begin = audit(start, holes.ARMS["honest"].grader, size=5, step=0)  # @inspect begin.examples
    reveal(asked, round(100 * begin.right, 1), "Enough for mixed groups, and far from done.")
    assert 0.2 < begin.right < 0.4
    text(rf"""
        {begin.right:.0%} of 256 answers to held-out problems are right, at temperature 1. The
        examples show how it fails: it drops a digit that occurs twice. One more thing may be read
        from them, and we shall need it later: **what it does by mistake is what it is able to
        explore.**
    """), note("Everything from here on starts with these weights.")  # fmt: skip
    return start, config


def one_batch_too_often(start: TransformerLM, config: AlignmentConfig) -> None:
    text(r"""
        # One batch too often
        How old may a batch become? We draw 256 answers once, and go on updating on them, sixteen
        times, with GRPO's loss and with the same loss without its clip. After each update we know
        three things: the largest ratio; how many answers the importance weights leave in effect,
        $(\sum w)^2 / (n \sum w^2)$; and, from fresh samples, how good the policy really is.
    """), link(drift.reused)  # fmt: skip
    looks = (0, 1, 2, 4, 8, 16)  # @inspect looks
    grpo = RECIPES["grpo"]  # @inspect grpo
    asked = predict(
        "The clipped run improves from 29 to 37 % right. What does the other one do in the same "
        "sixteen updates?",
        choices=["About the same", "It improves faster", "It gets worse than it was"],
        hint="Its surrogate grows without a limit as the ratios do.",
    )
    clipped = drift.reused(start, config, grpo, looks)  # @inspect clipped[-1]
    bare = replace(grpo, token_loss="no_clip")  # @inspect bare.token_loss
    free = drift.reused(start, config, bare, looks)  # @inspect free[-1]
    reveal(asked, "It gets worse than it was", f"{free[-1].right:.0%}.")
    plot(courses.drift_lines({"clip": clipped, "no clip": free}))
    assert clipped[-1].right > clipped[0].right > 1.2 * free[-1].right
    assert clipped[-1].largest_ratio > 5
    text(rf"""
        After one single update a token is {clipped[1].largest_ratio:.1f} times as probable as when
        it was drawn, and after sixteen one is {clipped[-1].largest_ratio:.0f} times, in spite of
        the clip. Of the 256 answers, the weights then leave the worth of
        {256 * clipped[-1].effective:.0f}.
        Token by token they correct for the choice of the token and not for the states one now gets
        into, which is an old approximation (Degris and others, 2012), and good while policies are
        near. **Age is counted in updates times step size, and not in batches.**

        On the cards it is the same and worse. Assignment 5 has three variants with four updates a
        batch, and two with eight. We compare at equal rollouts, since whoever takes more updates
        has less time to sample.
    """), link("1205.4839")  # fmt: skip
    equal = runs.equal_rollouts()  # @inspect equal
    fresh = fmean(runs.early("grpo", equal))  # @inspect fresh
    stale = {n: fmean(runs.early(key, equal)) for key, n in runs.STALE.items()}  # @inspect stale
    table(
        [["GRPO, 1 update", round(100 * fresh, 1)]]
        + [[name, round(100 * value, 1)] for name, value in stale.items()],
        columns=["updates on a batch", "sizes 7 to 10, % right"],
        caption=f"Within {equal:,} rollouts, mean of three seeds. {runs.devices()}",
    )
    *four, eight, unheld = stale.values()  # @inspect four eight unheld
    assert fresh > 0.7 > 0.5 > max(stale.values())
    assert eight > 0.15 > 0.02 > unheld
    text(rf"""
        One update a batch reaches {fresh:.0%}; four updates between {min(four):.0%} and
        {max(four):.0%}, whatever the method, and eight {eight:.0%}, or {unheld:.1%} without a clip.
        More updates on the same samples did not save samples here, they wasted them. Do not carry
        the numbers elsewhere: the rate was tuned for one update, and nobody has tuned it again for
        eight. What carries over is the order, and to look at the ratio before believing in reuse.

        ## Recap: two ratios
        The ratio to the reference pulls where its gradient does, not where its value says. The
        ratio to the sampler measures age; a clip takes away the reward for growing older.
    """), note("Who would have expected the reuse to win? Most people.")  # fmt: skip


def two_programs_one_model(start: TransformerLM) -> None:
    text(r"""
        # Two programs, one model
        Even a batch that is used once can be stale. Samples come from an inference engine, with a
        cache, other kernels and often another number format; gradients come from the trainer. Both
        hold the same weights and do not quite agree on what the model says. We let assignment 5's
        sampler draw 512 answers and the trainer's forward pass judge them again.
    """), link(gap.measured)  # fmt: skip
    same = gap.measured(start, gap.SETTINGS["float32, cache"])  # @inspect same
    asked = predict(
        "In float32 the two differ by a few millionths of a nat. Now the sampler runs in bfloat16 "
        "or in float16, both of 16 bits. Which gap is larger?",
        choices=["bfloat16's, some eight times", "Equal", "float16's, some eight times"],
        hint="Eight bits of significand against eleven.",
    )
    found = {n: gap.measured(start, s) for n, s in gap.SETTINGS.items()}  # @inspect len(found)
    coarse, fine = found["bfloat16, cache"], found["float16, cache"]  # @inspect coarse fine
    times = coarse.spread / fine.spread  # @inspect times
    reveal(asked, "bfloat16's, some eight times", f"{times:.1f} times, by the deviation.")
    table(
        [
            [name, f"{g.spread:.1e}", f"{g.largest:.1e}", round(g.ratio, 4)]
            for name, g in found.items()
        ],
        columns=["sampler", "deviation of a token, nats", "largest", "mean of p/q"],
    )
    assert same.largest < 2e-5
    assert 5 < times < 12
    long = 10_000**0.5 * coarse.spread  # @inspect long
    assert 0.5 < long < 1.5
    text(rf"""
        The three bits are worth a factor of {times:.0f}, and Qi and others (2025) propose to train
        and sample in float16 for just that reason. A deviation of {coarse.spread:.3f} nats a token
        looks harmless. But it adds up: over an answer of 10,000 tokens, if tokens err
        independently, the log-ratio has a deviation of {long:.1f} nats, so an ordinary answer is
        off by a factor of {2.718**long:.1f} before any update. Weights of whole sequences do not
        survive this, and weights of tokens, capped, do; `cispo_loss` with the *sampler's*
        probabilities in place of the old ones is exactly that.
    """), link("2510.26788")  # fmt: skip
    asked = predict(
        "Someone samples with top-p 0.9, and the trainer is not told. Before any update, the mean "
        "ratio of the trainer's probability to the sampler's is",
        choices=["1, on average", "Below 1", "Above 1"],
        hint="The sampler shares the cut-off mass out among those that stay.",
    )
    mass = found["top-p 0.9, trainer not told"]  # @inspect mass
    hot = found["temperature 0.8, trainer not told"]  # @inspect hot
    told = found["temperature 0.8, trainer told"]  # @inspect told
    reveal(asked, "Below 1", f"{mass.ratio:.3f}: the mass that was kept.")
    assert 0.95 < mass.ratio < 0.99
    assert hot.largest > 1 > 1e-4 > told.largest
    gaps = runs.sampler_gaps()  # @inspect min(gaps) max(gaps)
    assert 0.005 < min(gaps) < max(gaps) < 0.021
    text(rf"""
        No policy has changed, and a tenth of the clip's room is gone. At top-p 0.8 a user of TRL
        measured a mean of 0.896, which is half of it. A forgotten temperature is worse, up to
        {hot.largest:.1f} nats for a token. Told of it, the trainer agrees again to
        {told.largest:.0e}. That gives the rule for code: **the probabilities in the ratio are
        those of the distribution that was sampled from, and the first thing to log is the ratio
        before any update.** Assignment 5 recomputes the old probabilities with the trainer and logs
        the gap. On the cards the largest was between {min(gaps):.3f} and {max(gaps):.3f} nats, a
        thousand times what we just saw in float32; there, products run in TensorFloat-32. With one
        update a batch it does not enter the loss.
    """), link(WORKS["trl top-p"])  # fmt: skip
    note("Ask what a mixture of experts adds: other routes for the same token.")


def sixteen_ablations() -> None:
    variants = len(runs.ONE_STEP) + len(runs.STALE)  # @inspect variants
    text(rf"""
        # {variants} ablations, three seeds
        Assignment 5 ran {variants} variants on sorting, each for 60 seconds with three seeds, with
        a frontier that moves from 5 to 10 digits. Eleven of them take one update a batch. Their
        ratio is 1, so that clips, caps and geometric means do nothing whatever, and what differs is
        the advantage, the mean over tokens, and what is sampled. We look at sizes 11 to 14, which
        neither demonstrations nor rewards have shown.
    """)
    once = {name: runs.late(key) for key, name in runs.ONE_STEP.items()}  # @inspect once
    often = {name: runs.late(key) for key, name in runs.STALE.items()}  # @inspect often
    asked = predict(
        "Of the eleven with one update, the best and the worst mean lie 13 points apart. How far "
        "apart are the best and worst seed of a single variant, at most?",
        unit="points",
        hint="Three seeds each. Be generous.",
        tolerance=0.3,
    )
    widest = 100 * max(runs.spread(values) for values in once.values())  # @inspect widest
    means = {name: fmean(values) for name, values in once.items()}  # @inspect means
    reveal(asked, round(widest, 1), "One variant spans more than all the means do.")
    plot(
        courses.ablation_points(
            {"one update a batch": once, "several updates a batch": often},
            "Sizes 11 to 14, never trained on: three seeds, and their mean",
            "share right",
        )
    )
    between = 100 * runs.spread([*means.values()])  # @inspect between
    twice = runs.same_seed_twice()  # @inspect twice
    assert 13 <= between < 14
    assert 19 < widest < 24
    assert 0.28 < max(twice) < 0.30
    assert max(x for v in often.values() for x in v) < min(x for v in once.values() for x in v)
    text(rf"""
        The means span {between:.0f} points, one variant's seeds {widest:.0f}, and {len(twice)} runs
        that were made twice with the *same* seed, on a card with other neighbours, differ by
        {100 * median(twice):.0f} points in the middle and by {100 * max(twice):.0f} at most. So the
        upper group holds one result, and it is a null result: with one update a batch, on this
        task, **no choice of baseline, deviation or length norm can be told from another**, the
        policy without any baseline included. The lower group is another matter: every seed of every
        variant with several updates lies below every seed of those with a single one. They had
        half as many rollouts in their minute, but the table of the section before last was taken
        at equal rollouts, and says the same.

        Equal seconds are not equal samples. DAPO ends level with the others, but it fills its
        batches from up to three rounds of sampling, and at equal rollouts it is far behind.
    """)
    equal = runs.equal_rollouts()  # @inspect equal
    samples = {k: fmean(runs.early(k, equal)) for k in ("grpo", "dapo")}  # @inspect samples
    table(
        [[runs.ONE_STEP[k], f"{v:.1%}", *(f"{x:.0%}" for x in runs.early(k, equal))]
         for k, v in samples.items()],
        columns=["method", "sizes 7 to 10", "seed 0", "seed 1", "seed 2"],
        caption=f"Within {equal:,} rollouts",
    )  # fmt: skip
    assert samples["dapo"] < 0.3 < 0.7 < samples["grpo"]
    text(r"""
        When you read that one of these methods beats another by two points, ask for three numbers:
        how many seeds, how many rollouts each, and how many updates a batch. The theory of this
        lecture says which differences *can* exist; the size they have on a task is an experiment,
        and at this scale most of them are smaller than the weather.

        ## Recap: what three seeds can see
        Two programs with the same weights are two distributions. With one update a batch and both
        programs in agreement, half of this family's vocabulary means nothing, and the rest is hard
        to see. Stale batches are easy to see.
    """), note("Which ablation would you run with thirty seeds?")  # fmt: skip


def sharpening_or_learning() -> None:
    text(r"""
        # Sharpening or learning
        Does such training teach a model anything that it could not do, or does it only make it say
        first what it would have said among many? The measure is pass@k, the probability that one of
        $k$ samples is right. If pass@1 rises and pass@16 does not, that was _sharpening_. From
        $n$ samples with $c$ right ones, pass@k has an unbiased estimate, and one that people write.
    """), link("2107.03374")  # fmt: skip
    unbiased = pass_at_k(samples=16, right=2, k=8)  # @stepinto @inspect unbiased
    naive = 1 - (1 - 2 / 16) ** 8  # @inspect naive
    assert round(unbiased, 3) == 0.767
    assert naive < unbiased
    text(rf"""
        The other is $1 - (1 - c/n)^k$ and gives {naive:.3f} where {unbiased:.3f} is right: it is
        too low on average, the more so the nearer $k$ comes to $n$. Now assignment 5's tasks,
        before and after GRPO, three seeds each.
    """)
    asked = predict(
        "Countdown with plain answers, on problems held out from training: pass@1 doubles. What "
        "does pass@16 do?",
        choices=["It doubles, too", "It stays", "It falls by more than a third"],
        hint="Three numbers from 1 to 9 have fewer than two thousand problems in all.",
    )
    changes = runs.pass_changes()  # @inspect len(changes)
    plain = runs.change(changes, "countdown, plain")  # @inspect plain.before plain.after
    many = plain.mean(16)  # @inspect many
    reveal(asked, "It falls by more than a third", f"{many[0]:.0%} → {many[1]:.0%}.")
    plot(courses.pass_arrows(changes))
    table(
        [[change.what, *(f"{100 * b:.1f} → {100 * a:.1f}" for b, a in map(change.mean, (1, 4, 16)))]
         for change in changes],
        columns=["task", "pass@1, %", "pass@4, %", "pass@16, %"],
        caption=runs.devices(),
    )  # fmt: skip
    sort9 = runs.change(changes, "sort, 9 digits")  # @inspect sort9.before sort9.after
    assert plain.mean(1)[1] > 1.8 * plain.mean(1)[0]
    assert many[1] < 0.62 * many[0]
    assert runs.change(changes, "countdown in steps").mean(16)[1] < 0.9
    assert sort9.mean(16)[0] < 0.01 < 0.98 < sort9.mean(1)[1]
    assert runs.change(changes, "addition, 4 digits").mean(16) == (0.0, 0.0)
    text(rf"""
        All of it occurs, with one algorithm. *Countdown* is sharpening, and beyond: plain answers
        double at one sample and lose at sixteen, and the policy after training knows fewer held-out
        problems than the one before knew in sixteen tries. This is what Yue and others (2025)
        report of large models, that the base overtakes its trained child at large $k$. *Sorting
        nine digits* cannot be sharpening of what sixteen samples show: {sort9.mean(16)[0]:.1%}
        before, {sort9.mean(1)[1]:.0%} after, at one sample. *Addition* with another digit is
        neither: where no sample is right, no reward exists.

        How can it learn what it never says? Assignment 5's curriculum has a frontier, and an
        obvious story: rewards for 5 digits, of which some answers are right, make 6 possible, and
        so on. The story needs an ablation. The same policy, on a CPU, with the same number of
        rollouts: by a frontier from 5 to 8, with all problems at 8 digits from the start, where
        about one sampled answer in a hundred is right, or fewer, or all at 12, where none is.
    """), link("2504.13837"), link(frontiers.trained_by)  # fmt: skip
    asked = predict(
        "What happens with 8 digits alone, from the start?",
        choices=[
            "Nothing: hardly any group is mixed",
            "It learns 8 digits later than by the frontier",
            "It learns 8 digits sooner than by the frontier",
        ],
        hint="256 answers a step. How many right ones does a gradient need?",
    )
    record = runs.own_record("frontiers")  # @inspect record["device"]
    ends, five = (runs.ends(record, "rows", key) for key in ("accuracy", "five"))  # @inspect five
    final = {name: fmean(values) for name, values in ends.items()}  # @inspect ends final
    kept = {name: fmean(values) for name, values in five.items()}  # @inspect kept
    direct, slow = final["8 digits alone"], final["frontier, 5 to 8"]  # @inspect direct slow
    reveal(
        asked,
        "It learns 8 digits sooner than by the frontier",
        f"{direct:.0%} right against {slow:.0%}.",
    )
    plot(courses.frontier_lines(record["runs"]))
    rollouts = record["runs"][0]["rows"][-1]["rollouts"]  # @inspect rollouts
    assert min(ends["8 digits alone"]) > max(ends["frontier, 5 to 8"])
    assert max(ends["12 digits alone"]) == 0
    assert kept["8 digits alone"] < 0.5 < kept["frontier, 5 to 8"]
    text(rf"""
        The story was wrong, and we had believed it. After {rollouts:,} rollouts 8 digits alone
        gives {direct:.0%} where the frontier gives {slow:.0%}, means of three seeds. One right
        answer among 16 has an advantage of nearly 4, and a few of them seem to be enough. What the
        frontier buys is the rest: on 5 digits the direct policy ends at
        {kept["8 digits alone"]:.0%} and the other at {kept["frontier, 5 to 8"]:.0%}. And it is
        needed where the first right answer never comes: 12 digits alone stays at
        {final["12 digits alone"]:.0%}, while a frontier to 12 solves them in assignment 5's runs,
        with a larger model on the cards.
        ({runs.where(record)}.) So the boundary between sharpening and learning is no property of
        the method. **It learns what it gets right often enough to notice, and a pass@16 of zero
        is no proof that it never will.**
    """), note("What would you have to change for addition?")  # fmt: skip


def a_planted_hole(start: TransformerLM, config: AlignmentConfig) -> None:
    text(r"""
        # A planted hole
        Now the grader gets its bug. It is the line from the published program: right if the answer
        is in the truth or the truth in the answer. Nothing else changes; assignment 5's grader even
        refuses the empty answer that had been the end of the original. Reward is what the policy is
        paid for, and beside it we grade the same answers honestly, which the trainer never sees.
    """), link(holes.PartGrader.check)  # fmt: skip
    looks = (0, 5, 10, 20, 40, 60)  # @inspect looks
    grader = holes.ARMS["part"].grader  # @inspect grader
    found = [*audited(Trainer(start, grader, config), grader, 5, looks)]  # @inspect len(found)
    before, after = found[0], found[-1]  # @inspect before.examples after.examples
    reveal("hole", "One single digit", "It is paid always, and cannot be wrong.")
    plot(courses.hole_lines(found, "A grader that accepts any piece of the answer"))
    shown = " and ".join(f"`{example}`" for example in after.examples[::2])  # @inspect shown
    assert after.reward > 0.95
    assert after.right == 0
    assert after.digits < 1.6
    text(rf"""
        The reward rises from {before.reward:.0%} to {after.reward:.0%}, as smoothly as in any
        success, and the share of right answers falls from {before.right:.0%} to
        {after.right:.0%} on the way. What it says now: {shown}. It did not look for the bug. It
        dropped digits by mistake before, some of the mistakes were paid, and shorter pieces fail
        less often, so step by step it came down to one digit, the shortest thing that the grader
        still takes. A curve of the reward shows none of this. The mean length does, which fell from
        {before.digits:.1f} digits to {after.digits:.1f}, and so does reading three answers.
    """)
    asked = predict(
        "Another bug: every answer with the letter p in it is right. The policy gives it a "
        "probability of about one in ten thousand. GRPO draws 256 answers a step, for 160 steps. "
        "Is it found?",
        choices=["In all three seeds", "In some", "In none"],
        hint="40,960 answers in all, and honest rewards to be had meanwhile.",
    )
    record = runs.own_record("holes")  # @inspect record["device"]
    paid, right = (runs.ends(record, "audits", x) for x in ("reward", "right"))  # @inspect right
    reveal(asked, "In none", "They learn to sort instead.")
    plot(courses.hole_points(record["runs"], 160))
    rare, common = (
        [run["letter"] for run in record["runs"] if run["arm"] == f"letter, shown in {x} %"]
        for x in (0.1, 1)
    )  # @inspect rare common
    assert paid["letter"] == right["letter"]
    assert min(right["letter, shown in 0.1 %"]) > 0.5
    assert right["part"] == right["order"] == right["letter, shown in 1 %"] == [0.0] * 3
    text(rf"""
        Two more arms make the rule visible. In the demonstrations of one, a thousandth of the
        answers is a mere p, and the policy starts with it at {min(rare):.1e} to {max(rare):.1e}; in
        the other it is a hundredth, and {min(common):.1%} to {max(common):.1%}. The first learns to
        sort in all three seeds, the second answers p to everything, in all three. At a chance of
        {fmean(rare):.0e} the letter should have come up about {40960 * fmean(rare):.0f} times, had
        the chance stayed what it was; we suspect that honest sharpening starved it first. ({
            runs.where(record)}.)

        **A policy finds the holes that it samples, and it samples its own mistakes and its data.**
        So a grader should be attacked before training with what the base model says, thousands of
        samples of it, sorted by what is paid; and demonstrations should not contain tricks, since
        one in a hundred was enough. The same thought explains a riddle of 2025: Qwen models
        improved on mathematics with *random* rewards, and others did not (Shao and others). What a
        model is ready to say is found by almost any reward.

        ## Recap: what is learned
        Whatever is paid, and said often enough to be noticed: right answers that pass@16 does not
        show, shorter answers, tricks in the data. Ask for pass@k, and read what is paid.
    """), link("2506.10947"), note("How would you have noticed? Length, or reading.")  # fmt: skip


def published_recipes() -> None:
    text(r"""
        # Recipes, dated
        The published recipes can now be read as choices among what we have measured. An empty cell
        was not reported where we looked. Numbers are those of the authors, on their own settings,
        and cannot be compared with each other.
    """)
    table(published.RECIPES, columns=published.RECIPE_COLUMNS)
    text(r"""
        Read down the column of updates. What GRPO started with went piece by piece: the penalty
        (DAPO), the mean over each answer (Dr. GRPO, DAPO), the deviation (Dr. GRPO, OLMo 3,
        DeepSeek-V3.2), the token's ratio (GSPO) and its clip (CISPO). What stayed is the group as
        its own critic. Read down the rewards, too: since Kimi K2 the checked ones stand beside
        judged ones, and the troubles of lecture 15 come in again by that door. By report,
        DeepSeek-V4 trains specialists with GRPO and replaces the mixed stage by distillation on
        the student's own samples.
    """), link(WORKS["v4 press"]), link("2501.12948"), link("2505.09388")  # fmt: skip
    link("2507.20534"), link("2512.13961"), link("2602.15763")
    asked = predict(
        "R1's reviewed paper states 294,000 $ for training: 198 hours for R1-Zero, 80 for R1, on "
        "H800s at 2 $ an hour, and 5,000 GPU hours for data. Summaries print either 512 or 648 "
        "GPUs. Which is it?",
        choices=["512", "648", "Neither fits"],
        hint="Multiply. 64 × 8 is one of the two.",
    )
    bills = {gpus: round(published.r1_dollars(gpus)) for gpus in (512, 648)}  # @inspect bills
    reveal(asked, "512", f"{bills[512]:,} $ against {bills[648]:,} $.")
    assert bills[512] == 294_672
    assert bills[648] > 360_000
    text(rf"""
        "64 × 8" lost its sign on the way and became 648; the bill of {bills[512]:,} $ fits only
        512. It leaves out the base model, on which everything stands. One more number is confused
        in summaries: R1-Zero's pass@1 on AIME 2024 is 71.0 % in the preprint's first version and
        77.9 % in the journal's, so give the version with it. And GRPO's letter R is for relative,
        which is the one part of the name that every later method has kept.
    """), link(WORKS["r1 nature"]), note("Which row would you start from, and why?")  # fmt: skip


def what_to_keep() -> None:
    text(r"""
        # What to keep

        | part | what it does | measured today |
        |---|---|---|
        | mean of the group off | agreement teaches nothing | 57 % mixed at p = 0.1, G = 8 |
        | divided by the deviation | hard and easy prompts count more | 1.9 times, not 3.6 |
        | divided by the mean | climbs log p instead of p | hardest prompt first |
        | mean over each answer | wrong answers grow | 8 → about 40 tokens for nothing |
        | clip | no reward for going on | ratios of hundreds all the same |
        | k3 in the loss | pulls towards the other divergence | cured by one factor |
        | old or foreign samples | what three seeds can see | 71 % → 20 %, eight updates |
        | a hole in the grader | found if it is sampled | at 0.5 %, not at 0.02 % |

        Write the grader first and attack it with the model's own samples. Log the ratio before the
        first update, the share of mixed groups, the length of right and of wrong answers, and ten
        answers as text. Use one update a batch until something measured says otherwise. And report
        pass@k for a large k, before and after, or do not call it learning.

        ## Three exercises
        1. In `lectures/lecture_16/holes.py` add a grader that accepts the right digits in any
           *order*, and predict what the policy becomes. (Check: after 60 steps, with seed 0, 64 %
           are paid and the same 64 % are right. The hole is open and nobody goes through it. Why?)
        2. Does a KL penalty close the other hole? Set `kl_weight` in `grpo=` of the configuration
           and give the `updater` a frozen copy as its `reference`. (Check: with 0.04, GRPO's own
           weight, nothing is right after 60 steps; with 0.2 about a quarter is, as before training,
           and neither the hole nor sorting is learned.)
        3. In `assignments/assignment5-alignment`, run `python -m cs336_alignment.grpo
           configs/sort_cpu.toml --set grpo.updates_per_batch=4 --name four` after the SFT command,
           then again with a third of the learning rate. (Check: does the smaller step close the gap
           to one update? That would say that age is updates times step size.)

        ## What to read next, and why
        Liu and others (2025) is the shortest way to a critical eye on this family. DeepSeek-V3.2's
        section on stable training lists what breaks at scale, with its remedies. Read Shao and
        others on spurious rewards before you believe a result on one family of models. In lecture
        17 we take the gradient itself apart, on a toy that is small enough for twenty seeds.
    """), note("Ask each for one line that they will now log.")  # fmt: skip


if __name__ == "__main__":
    main()
