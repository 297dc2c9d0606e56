"""Lecture 17: policy gradients in code, on a task whose answers can all be enumerated.

Title: Policy gradients in code
Unit: alignment
Minutes: 75
Prerequisites: lecture_02, lecture_16
Assignments: assignment5-alignment
Figure: twenty_seeds
"""

# mypy: disable-error-code="func-returns-value, no-untyped-call"

from statistics import fmean

import torch
from cs336_alignment.log_probs import compute_entropy, token_log_probs
from cs336_alignment.losses import advantages as advantage
from cs336_alignment.losses.difficulty import difficulty_weight
from cs336_alignment.losses.kl import k3
from cs336_alignment.losses.policy_gradient import clipped_loss, gspo_loss, naive_loss
from cs336_alignment.losses.recipes import RECIPES, BatchSize, batch_loss

from lecture_tracer import graph, link, note, plot, predict, reveal, table, text
from lectures.lecture_17 import (
    bandits,
    held_out,
    records,
    settings,
    task,
    training,
    updates,
    wrong_ratio,
)
from lectures.lecture_17.advantages import COMPARED, best_only, comparison, scaled_alike
from lectures.lecture_17.figures import estimates, runs
from lectures.lecture_17.policy import kl_between, picked, probabilities, sample, start
from lectures.lecture_17.works import WORKS

PROMPTS = torch.tensor(task.TRAINING_PROMPTS)


def main() -> None:
    torch.set_num_threads(1)  # @hide
    welcome()
    the_task()
    the_gradient()
    baselines()
    a_coin()
    the_policy()
    from_rewards_to_advantages()
    log_probabilities()
    the_ratio()
    the_wrong_ratio()
    an_anchor()
    one_update()
    twenty_seeds()
    where_it_gets_stuck()
    what_is_rewarded()
    unseen_prompts()
    the_same_code_larger()
    what_to_keep()


def welcome() -> None:
    text(r"""
        # Policy gradients in code
        **Lecture 17: every tensor of GRPO, on a task small enough to know the truth**

        Reinforcement learning on a language model fails in silence. The loss says nothing, the
        reward moves for many reasons, a wrong sign can look like a hard task, and one run takes a
        night on a cluster. Lecture 16 is about what these methods do to large models. Here we take
        the opposite way: a task with 125 possible answers, where each expectation is a sum that we
        can write down, so that we see what an estimate, a baseline or a clip really does.

        The task is to sort three numbers. The advantages, the losses, the divergence and the
        entropy are functions of assignment 5, the very ones that its runs on GPUs call, so what we
        learn here holds for that code. Everything is computed now, on one CPU thread, but for the
        last section, which shows that assignment's records.
    """), link("2402.03300"), link(WORKS["williams"])  # fmt: skip
    predict(
        "GRPO with its usual settings ends at a reward of 3.6 of 5 here, far from sorting. Which "
        "of these helps most?",
        name="lever",
        choices=[
            "Six times as many answers for each prompt",
            "The exact gradient, without any sampling noise",
            "The same algorithm from a less decided start",
        ],
        hint="Commit now; the answer comes after twenty seeds of each.",
    )
    text(r"""
        Some words first, since reinforcement learning has its own for things that we know. The
        __state__ is the prompt and the tokens written so far, the __action__ is the next token or,
        if one likes, the whole answer. The __policy__ $\pi(a \mid s)$ is the model, and a
        __rollout__ is one answer drawn from it. What happens after an action is no mystery, as it
        is in robotics: the token is appended. The __reward__ $R(s, a)$ is given for the finished
        answer, by a rule that can be checked, and what we maximise is its expectation.
    """), note("Collect votes before you go on.")  # fmt: skip


def the_task() -> None:
    text(r"""
        # Sorting three numbers
        A reward is a specification, and a policy will find what the specification forgot: _reward
        hacking_. We use three of them. The first, *exact*, gives 1 for the sorted prompt and 0 for
        everything else. The second, *places*, counts the positions that are right. The third,
        *items*, gives a point for each number of the prompt that occurs in the answer, and one for
        each pair of neighbours in order. Here are three answers to a prompt of four numbers.
    """), link(task.items)  # fmt: skip
    prompt = torch.tensor([3, 1, 0, 2])  # @inspect prompt
    answers = torch.tensor([[0, 1, 2, 3], [7, 2, 2, 5], [0, 3, 1, 2]])  # @inspect answers
    by_rule = {
        "exact": task.exact(prompt, answers),
        "places": task.places(prompt, answers),
        "items": task.items(prompt, answers),
    }  # @inspect by_rule
    assert by_rule["places"].tolist() == [4, 1, 1]
    assert by_rule["items"].tolist() == [7, 3, 6]
    text(r"""
        The third answer is right but for the 3, which stands two places too early. *Places* cannot
        tell it from the second, which has nothing to do with the prompt; *items* gives it 6 of 7.
        Partial credit is meant to help a policy that has never been right. But look at it with the
        eyes of an optimiser.
    """)
    asked = predict(
        "Under the reward *items*, what does the answer [2, 2, 2] get for the prompt [3, 2, 4], "
        "where 5 is perfect?",
        unit="points",
        hint="Which numbers of the prompt occur? Which neighbours are in order?",
    )
    hacked = task.items(torch.tensor([3, 2, 4]), torch.tensor([2, 2, 2]))  # @inspect hacked
    reveal(asked, int(hacked), "One number found, and two pairs that do not fall.")
    text(r"""
        Three points for saying one number three times, to *any* prompt that holds it. From now on
        prompts and answers have three numbers out of the five tokens 0 to 4, and the training set
        is three prompts. There are 125 answers to each, so we simply grade them all.
    """)
    prompts, answers = PROMPTS, task.all_answers()  # @inspect prompts answers.shape
    rewards = task.reward_table(prompts, "items")  # @inspect rewards.shape rewards[0]
    plot(estimates.reward_histograms())
    table(
        task.reward_rows(),
        columns=["reward", "highest", "answers that reach it", "mean of all", "traps"],
        caption="for each prompt; a trap is wrong, and no change of one position improves it",
    )
    assert [row[2] for row in task.reward_rows()] == [1, 1, 1]
    assert [row[3] for row in task.reward_rows()] == [2.664, 0.6, 0.008]
    text(rf"""
        Exactly one answer of 125 is perfect under all three rewards. A policy that knows nothing
        has {rewards.mean():.3f} points of 5 under *items* and is right with probability 0.008, so
        ten rollouts of a prompt hold a right answer once in thirteen times. That is the whole
        trade: *exact* says nothing nearly always, and *items* always says something, some of it
        wrong. Remember the last column, too: under *items* sixteen wrong answers cannot be improved
        by changing one position, and under the other two rewards there is no such trap.
    """), note("1 - (1 - 0.008)^10 = 0.077.")  # fmt: skip
    assert abs(1 / (1 - (1 - 0.008) ** 10) - 13) < 0.05


def the_gradient() -> None:
    text(r"""
        # The gradient of an expectation
        We cannot differentiate the grader, and need not. With $a$ for a whole answer, the
        expectation is $J = \sum_s p(s) \sum_a \pi(a \mid s) R(s, a)$, and only $\pi$ depends on the
        parameters. Since $\nabla \pi = \pi\, \nabla \log \pi$, and $\nabla \log \pi$ is called the
        _score_,
        $$\nabla J = \mathbb{E}\left[\, R(s, a)\; \nabla \log \pi(a \mid s) \,\right],$$
        which can be estimated from samples (Williams, 1992). The _policy gradient_ is that of
        supervised learning on the policy's own answers, each weighted by its reward. With rewards
        of 0 and 1 only right answers count, and the data set moves along with the policy.

        Take one softmax over four actions. We compute the gradient by its formula, summed over all
        actions, and let autograd differentiate the expectation itself.
    """), link(bandits.scores)  # fmt: skip
    logits = torch.tensor([0.5, 0.0, -0.5, 1.0])  # @inspect logits.softmax(0)
    rewards = torch.tensor([1.0, 0.0, 3.0, 2.0])  # @inspect rewards
    asked = predict(
        "The first action is rewarded with 1, a positive number. What does the exact gradient do "
        "to its logit?",
        choices=["Raises it", "Leaves it", "Lowers it"],
        hint="What does the average action get under this policy?",
    )
    gradient = bandits.exact_gradient(logits, rewards)  # @stepinto @inspect gradient
    w = logits.clone().requires_grad_()  # @inspect w
    expected = w.softmax(dim=0) @ rewards  # @inspect expected
    expected.backward()  # @inspect w.grad
    assert torch.allclose(gradient, w.grad, atol=1e-6)  # type: ignore[arg-type]
    reveal(asked, "Lowers it", f"It earns 1, and the average action {expected:.2f}.")
    text(r"""
        Both agree to six digits. The exact gradient compares each action with the average, although
        no baseline was subtracted. A *sample* of the first action pushes its logit up, though, and
        only the other samples push it down again. This is where noise comes from, so how many
        samples does it take?
    """)
    asked = predict(
        "By which factor is the estimate closer to the gradient with 100 times as many samples?",
        unit="times",
        hint="It is a mean of independent terms.",
        tolerance=0.1,
    )
    samples = [10, 100, 1000, 10_000]  # @inspect samples
    distances = bandits.sampled_errors(logits, rewards, samples)  # @inspect distances
    reveal(asked, distances[1] / distances[3], "Theory: the square root, 10.")
    plot(estimates.error_by_samples(dict(zip(samples, distances, strict=True))))
    assert 9 < distances[1] / distances[3] < 11
    assert distances[0] > float(gradient.norm())
    text(rf"""
        From ten samples the estimate is off by {distances[0]:.2f}, when the gradient itself has a
        length of {gradient.norm():.2f}: mostly noise. Samples are answers of a language model, and
        each costs time on a GPU, so a factor of two in variance is a factor of two in money.

        ## Recap: the problem
        A rule rewards whole answers, and may have loopholes and traps. The gradient of the expected
        reward needs no derivative of the rule, only samples weighted by it, and many of them.
    """), note("Why does a large batch help less than a good baseline?")  # fmt: skip


def baselines() -> None:
    text(r"""
        # Baselines
        Noise that comes from comparing with zero can be removed by comparing with something better.
        For any _baseline_ $b(s)$ that does not depend on the action,
        $\mathbb{E}[b\, \nabla \log \pi] = b\, \nabla \sum_a \pi(a \mid s) = 0$, so $R - b$ has the
        same mean gradient as $R$. Take two states that come equally often. In the first, the two
        actions are rewarded with 11 and 9, in the second with 0 and 2.
    """), link(bandits.two_state_variance)  # fmt: skip
    rewards = bandits.TWO_STATES  # @inspect rewards
    asked = predict(
        "Without a baseline, which sample raises the probability of its action more: the worse "
        "action of the first state, or the better one of the second?",
        choices=["The worse one of the first", "The better one of the second", "Both alike"],
        hint="The push is the reward.",
    )
    reveal(asked, "The worse one of the first", "It is pushed with 9, the good one with 2.")
    without = bandits.two_state_variance(torch.zeros(2))  # @inspect without
    overall = bandits.two_state_variance(torch.full((2,), 5.5))  # @inspect overall
    by_state = bandits.two_state_variance(torch.tensor([10.0, 1.0]))  # @inspect by_state
    assert [v for v, _ in (without, overall, by_state)] == [25.5, 10.375, 0.25]
    assert without[1] == overall[1] == by_state[1] == [0.25, -0.25, -0.25, 0.25]
    spread = rewards.std(), rewards.var()  # @inspect spread
    assert (round(float(spread[0]), 3), round(float(spread[1]), 2)) == (5.323, 28.33)
    text(rf"""
        The mean gradient is the same three times, and the variance falls from {without[0]} to
        {overall[0]} with the overall mean and to {by_state[0]} with the mean of each state: **a
        hundred times less noise for one subtraction**, and nearly all of it comes from knowing
        *which prompt* it was. (The original lecture calls the spread of these four rewards, 5.323,
        their variance. It is the standard deviation; the variance is 28.33.)

        Is the mean reward the best baseline? The variance is a parabola in $b$, and its minimum is
        where actions count by the square of their score,
        $b^* = \mathbb{{E}}[\,|\nabla \log \pi|^2 R\,] \,/\, \mathbb{{E}}[\,|\nabla \log \pi|^2\,]$
        (Greensmith and others, 2004). The original writes $\nabla \pi$ there, which is a slip.
    """), link(bandits.best_baseline), link(WORKS["greensmith"])  # fmt: skip
    logits = torch.tensor([0.5, 0.0, -0.5, 1.0])  # @hide
    rewards = torch.tensor([1.0, 0.0, 3.0, 2.0])  # @inspect rewards
    best = bandits.best_baseline(logits, rewards)  # @inspect best
    mean = float(logits.softmax(dim=0) @ rewards)  # @inspect mean
    noise = {b: bandits.variance(logits, rewards, b) for b in (0.0, mean, best)}  # @inspect noise
    plot(estimates.variance_by_baseline(logits, rewards))
    assert noise[best] < noise[mean] < noise[0.0] / 3
    assert all(bandits.variance(logits, rewards, best + d) > noise[best] for d in (-0.1, 0.1))
    text(rf"""
        Here the mean reward, {mean:.2f}, is as good as the optimum, {best:.2f}: variances
        {noise[mean]:.3f} and {noise[best]:.3f}, against {noise[0.0]:.2f} without. So everybody
        takes the mean. What is left, $A = R - V(s)$ with $V(s) = \mathbb{{E}}[R \mid s]$, is called
        the __advantage__: how much better an answer was than this policy usually is on this prompt.
        (It is a value for a given state and action. Averaged over actions it is zero, so writing
        $\mathbb{{E}}[R - b] = A$, as one sees it, says something else.)
    """), note("A negative baseline makes it worse: look at the left end.")  # fmt: skip


def a_coin() -> None:
    text(r"""
        # When a baseline hurts
        Rewards of 0 and 1 are a special case, and the usual one. Let a policy of one parameter be
        right with probability $p = \sigma(w)$, and let $x$ be 1 for a right answer. The score is
        $x - p$, and the gradient's estimate from one answer is $(x - p)(x - b)$, with mean $p(1-p)$
        for every $b$.
    """), link(bandits.coin_variance)  # fmt: skip
    asked = predict(
        "The policy answers a prompt right nine times of ten. What does subtracting the mean "
        "reward, b = 0.9, do to the variance, compared with b = 0?",
        choices=["Lowers it", "Changes little", "Raises it a lot"],
        hint="Write down the estimate for the right answer and for the wrong one.",
    )
    none, mean = (bandits.coin_variance(0.9, b) for b in (0.0, 0.9))  # @inspect none mean
    reveal(asked, "Raises it a lot", f"By a factor of {mean / none:.0f}.")
    assert abs(mean / none - 64) < 1e-6
    plot(estimates.coin_variances())
    at = {p: [bandits.coin_variance(p, b) for b in (0, p, 1 - p)] for p in (0.5, 2 / 3)}  # @hide
    assert all(abs(row[2]) < 1e-12 for row in at.values())
    assert abs(at[2 / 3][0] - at[2 / 3][1]) < 1e-12
    assert at[0.5][1] == 0
    text(r"""
        Without a baseline the variance is $p(1-p)^3$, with the mean it is $p(1-p)(1-2p)^2$, and the
        two cross at $p = 2/3$. Above that, the mean *adds* noise: a right answer, which happens
        nearly always, is hardly pushed any more, and a rare wrong one is pushed with full force.
        The best baseline is $b^* = 1 - p$, by the formula of the last section, and it leaves no
        variance at all: a right answer contributes $(1-p)\,p$ and a wrong one $(-p)(p-1)$, the same
        number. Is this an oddity of the coin? Take one right answer of 125, the others equally
        likely, and compute the variance with no baseline, with the mean, and with the best.
    """)
    wide = {p: bandits.three_variances(p) for p in (0.1, 0.25, 0.5, 0.9)}  # @inspect wide
    assert wide[0.25][1] < wide[0.25][0]
    assert wide[0.5][1] > 1.9 * wide[0.5][0]
    text(rf"""
        With so many ways to be wrong it comes sooner. At $p = 0.25$ the mean still helps a little,
        {wide[0.25][0]} to {wide[0.25][1]}, at $p = 0.5$ it doubles the variance, {wide[0.5][0]} to
        {wide[0.5][1]}. **For rewards of 0 and 1 a baseline is no bargain in variance**; it is one
        for rewards far from zero, as in the two states. What it does besides, to which answers
        survive, is a matter of dynamics (Chung and others, 2021), and we shall measure it.

        In practice $p$ is unknown, and a group of $G$ answers estimates it. If an answer is part of
        its own baseline the gradient shrinks by $(G-1)/G$, and leaving it out mends that (_RLOO_;
        Ahmadian and others, 2024).
    """), link("2008.13773"), link("2402.14740")  # fmt: skip
    group = torch.tensor([[1.0, 0, 0, 1, 0, 0, 0, 0]])  # @inspect group
    advantages = advantage.leave_one_out(group)  # @stepinto 1 @inspect advantages
    assert torch.allclose(advantages, advantage.centred(group) * 8 / 7)
    relative = {
        p: [round(bandits.group_variance(p, 8, leave_one_out=out), 3) for out in (False, True)]
        for p in (0.1, 0.5, 0.9)
    }  # @inspect relative
    assert relative[0.5][1] < relative[0.5][0] / 3
    assert relative[0.9][1] > 50 * relative[0.9][0]
    text(rf"""
        For eight answers, enumerated over how many of them are right, the variance relative to the
        squared gradient falls from {relative[0.5][0]} to {relative[0.5][1]} at $p = 0.5$, and rises
        from {relative[0.9][0]} to {relative[0.9][1]} at $p = 0.9$. The effect survives the group.

        ## Recap: an estimate and its noise
        The policy gradient is supervised learning on one's own answers, weighted by reward. It is
        unbiased and noisy; the error falls with the root of the samples. Comparing with the same
        prompt's other answers removes most of the noise where rewards are far from zero, and adds
        some on prompts that are nearly solved.
    """), note("Exercise on the board: derive p(1-p)(1-2p)^2.")  # fmt: skip


def the_policy() -> None:
    text(r"""
        # A policy of 650 numbers
        The model should be so small that every tensor can be read. Each token has a vector of 10
        numbers. Each position of the prompt has a 10 × 10 matrix; the products are added up to one
        vector for the prompt. Each position of the answer has a matrix as well, and its logits are
        the products with the same token vectors. All positions are filled at once, and none looks
        at another.
    """)
    policies = start(seeds=1)  # @inspect policies.embedding.shape policies.read.shape
    count = sum(p.numel() for p in policies.parameters())  # @inspect count
    assert count == 5 * 10 + 2 * 3 * 100 == 650
    logits = policies.logits(PROMPTS)  # @stepinto @inspect logits.shape
    log_p = logits.log_softmax(dim=-1)  # @inspect log_p[0,0]
    p = log_p.exp()  # @inspect p[0,0]
    asked = predict(
        "The positions are drawn independently, given the prompt. What can this policy not do?",
        choices=[
            "Answer every prompt differently",
            "Give the sorted answer with certainty",
            "Say [0, 1, 2] or [2, 1, 0], each half of the time",
        ],
        hint="If position 1 is 0 or 2 and position 3 is 0 or 2, which pairs occur?",
    )
    reveal(
        asked,
        "Say [0, 1, 2] or [2, 1, 0], each half of the time",
        "Then [0, 1, 0] comes as well. A language model conditions on what it has written.",
    )
    every = probabilities(log_p)  # @inspect every.shape every.sum(-1)
    entropy = compute_entropy(logits)  # @stepinto @inspect entropy
    expected = (every * task.reward_table(PROMPTS, "items")).sum(-1)  # @inspect expected
    assert torch.allclose(every.sum(-1), torch.ones(1, 3), atol=1e-5)
    text(rf"""
        The dimension in front counts policies, one here and twenty later. Since an answer's
        probability is a product of three, we have all 125 of them, and with them the *exact*
        expected reward of this policy: {", ".join(f"{e:.2f}" for e in expected[0])} for the three
        prompts. Keep the entropy in mind, {entropy.mean():.2f} nats a token on average, when five
        equal tokens would have {torch.tensor(5.0).log():.2f}. Random matrices of this size give a
        policy that is already quite decided, about nothing in particular.
    """), note("Which matrix would a copy of the prompt need?")  # fmt: skip


def from_rewards_to_advantages() -> None:
    text(r"""
        # From rewards to advantages
        GRPO has no model of $V(s)$: it draws several answers to each prompt, and their mean is the
        baseline. What the methods differ in is mostly what they do to the group's rewards next.
        Take five answers, of which one is better than the others.
    """)
    rewards = torch.tensor([[3.0, 3, 3, 4, 3]])  # @inspect rewards
    asked = predict(
        "All rewards are multiplied by ten, a change of units. Which advantages stay the same?",
        choices=["Raw and centred", "Standardized and divided by the mean", "None"],
        hint="Which of them divide by something that has a unit?",
    )
    deviations = advantage.centred(rewards)  # @inspect deviations
    scaled = advantage.standardized(rewards)  # @stepinto 1 @inspect scaled
    likely = advantage.divided_by_mean(rewards)  # @stepinto 1 @inspect likely
    best = best_only(rewards)  # @inspect best
    full = advantage.kept_answers(rewards / 5)  # @stepinto @inspect full
    same = scaled_alike(rewards, 10.0)  # @inspect same
    reveal(asked, "Standardized and divided by the mean", "They divide by a std, or by a mean.")
    assert round(float(rewards.std()), 4) == 0.4472
    assert [round(float(v), 3) for v in scaled[0, 2:4]] == [-0.447, 1.789]
    assert (same["raw"], same["centred"], same["standardized"]) == (False, False, True)
    table(comparison(rewards), columns=COMPARED)
    text(r"""
        A group of equal rewards says nothing, and all of these but the first, second and last give
        it exactly zero. _Rejection sampling fine-tuning_ (RFT; Yuan and others, 2023) keeps right
        answers and fits them, which for rewards of 0 and 1 is the raw policy gradient itself. MaxRL
        (Tajwar and others, 2026) divides by the mean, so that with such rewards and a large group
        it climbs $\log p$ instead of $p$: the likelihood of being right. Assignment 5 computes
        exactly, for a group of given size, with which weight $w$ a prompt's gradient $\nabla p$
        enters.
    """), link("2503.20783"), link("2602.02710"), link("2308.01825")  # fmt: skip
    asked = predict(
        "MaxRL with ten answers should weigh a prompt with p = 0.008 like 1/p = 125. How much is "
        "it really?",
        unit="times ∇p",
        hint="Most groups of ten hold no right answer, and give nothing.",
        tolerance=0.3,
    )
    weights = {
        p: difficulty_weight(advantage.divided_by_mean, p, 10) for p in (0.008, 0.1, 0.5)
    }  # @inspect weights
    reveal(asked, weights[0.008], "It cannot exceed what ten answers see.")
    assert 8 < weights[0.008] < 9
    assert abs(weights[0.5] - 2) < 0.05
    text(rf"""
        At $p = 0.5$ the weight is {weights[0.5]:.2f}, as the limit says, and at $p = 0.008$, where
        an undecided policy stands here, it is {weights[0.008]:.1f} instead of 125. **No function of
        the rewards replaces a right answer that was not drawn.** Lecture 16 goes on with what these
        weights do to a mixture of easy and hard prompts.
    """), link(difficulty_weight), note("A centred group sums to 0. So?")  # fmt: skip


def log_probabilities() -> None:
    text(r"""
        # Log-probabilities and a loss that says nothing
        Autograd needs a number whose gradient is the estimate:
        $-\frac{1}{G} \sum_i A_i \log \pi(a_i)$. It is called a loss because it stands where a loss
        stands, and for no better reason. We draw five answers to each prompt, grade them, and pick
        out the log-probability of every token. (The embedding is halved first, so that the answers
        vary enough to be read.)
    """)
    policies, generator = start(1, scales=[0.5]), torch.Generator().manual_seed(3)  # @hide
    log_p = policies.log_probs(PROMPTS).detach()  # @inspect log_p.shape
    answers = sample(log_p, 5, generator)  # @inspect answers
    rewards = task.items(PROMPTS[None, :, None], answers)  # @inspect rewards
    advantages = advantage.centred(rewards[0])  # @inspect advantages
    wide = log_p[:, :, None].expand(-1, -1, 5, -1, -1)  # @inspect wide.shape
    token_log_p = token_log_probs(wide, answers)  # @stepinto @inspect token_log_p
    assert torch.allclose(token_log_p, picked(log_p, answers), atol=1e-6)
    per_token = naive_loss(
        advantages.reshape(15, 1), token_log_p.reshape(15, 3)
    )  # @stepinto @inspect per_token
    text(r"""
        Each token of an answer carries the advantage of the whole answer, as nothing says which of
        them deserved it. Now we improve the policy for ten steps on these very answers, and ask the
        loss how it went.
    """)
    asked = predict(
        "The loss of this batch falls with every step. After that, the loss of a fresh batch from "
        "the better policy is…",
        choices=["as low as it became", "lower still", "no indication: it may be anywhere"],
        hint="Answers, advantages and log-probabilities of the fresh batch are all new.",
    )
    losses = updates.improve(policies, PROMPTS, answers, advantages)  # @inspect losses
    fresh_log_p = policies.log_probs(PROMPTS).detach()  # @hide
    fresh = sample(fresh_log_p, 5, generator)  # @inspect fresh
    fresh_rewards = task.items(PROMPTS[None, :, None], fresh)  # @inspect fresh_rewards
    compared = advantage.centred(fresh_rewards[0])  # @inspect compared
    fresh_loss = updates.loss(fresh_log_p, fresh, compared)  # @inspect fresh_loss
    reveal(asked, "no indication: it may be anywhere", f"It is {fresh_loss:.2f}.")
    assert losses[-1] < losses[0] - 0.1 < float(fresh_loss) - 0.1
    text(rf"""
        On the old batch the loss went from {losses[0]:.2f} to {losses[-1]:.2f}, on the new one it
        is {fresh_loss:.2f}, although the mean reward of what is drawn rose from
        {rewards.mean():.2f} to {fresh_rewards.mean():.2f}. Watch the reward, the entropy, and the
        share of groups with equal rewards. The loss is worth a glance for `nan`.

        ## Recap: one step on fresh answers
        A policy gives each token a probability, a group of answers gives each answer an advantage,
        and the loss multiplies the two. That is all of _REINFORCE_. What follows is for the second
        step on the same answers, and for those after it.
    """), note("Which line of a dashboard would you delete?")  # fmt: skip


def the_ratio() -> None:
    text(r"""
        # The ratio, and what must be frozen
        Rollouts are what costs, so one takes several steps on each batch. After the first step the
        answers come from an older policy $q$, and $\mathbb{E}_q[\frac{p}{q} A]$ corrects for that.
        Its gradient at $p = q$ is the policy gradient, but only if $q$ is a constant. With one
        parameter, $p = \sigma(w)$ at $w = 2$:
    """)
    asked = predict(
        "Somebody forgets to detach the denominator of p / p.detach(). What is the gradient?",
        choices=["The same", "Half of it", "Zero"],
        hint="What is p / p?",
    )
    w = torch.tensor(2.0, requires_grad=True)  # @inspect w
    p = torch.sigmoid(w)  # @inspect p
    forgotten = float(torch.autograd.grad(p / p, w, retain_graph=True)[0])  # @inspect forgotten
    frozen = float(torch.autograd.grad(p / p.detach(), w)[0])  # @inspect frozen
    reveal(asked, "Zero", f"And with the constant it is 1 − p = {frozen:.4f}.")
    assert (forgotten, round(frozen, 4)) == (0, 0.1192)
    text(r"""
        A ratio that has moved far is a bad correction, with huge weights on a few answers. PPO
        (2017) therefore takes $\min(rA,\, \text{clip}(r, 1-\epsilon, 1+\epsilon)\, A)$: a token
        that has already moved beyond the clip *in the direction of its advantage* gets no gradient
        any more. We step through it, with two answers of three tokens, a good one and a bad one.
    """), link("1707.06347")  # fmt: skip
    asked = predict(
        "A token of the good answer has become less probable, at a ratio of 0.7, outside of 0.8 to "
        "1.2. Does the clip stop its gradient?",
        choices=["Yes", "No"],
        hint="Would you like it to come back?",
    )
    old = torch.tensor([[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]).log()  # @inspect old.exp()
    new = (old.exp() * torch.tensor([1.4, 0.7, 1])).log().requires_grad_()  # @inspect new.exp()
    advantages = torch.tensor([[1.0], [-1.0]])  # @inspect advantages
    loss, metrics = clipped_loss(advantages, new, old, 0.2, 0.2)  # @stepinto @inspect loss
    loss.sum().backward()  # @inspect new.grad metrics["clipped"]
    reveal(asked, "No", "Its gradient is −0.7: only moves that went too far the right way stop.")
    assert metrics["clipped"].tolist() == [[True, False, False], [False, True, False]]
    assert torch.allclose(new.grad, torch.tensor([[0, -0.7, -1], [1.4, 0, 1]]))  # type: ignore[arg-type]
    plot(estimates.clipped_objective())
    text(r"""
        PPO and GRPO take the ratio token by token, though the reward is of the answer. GSPO (2025),
        which later Qwen3 models were trained with, takes one ratio for the answer, the geometric
        mean over its tokens, and clips that, so an answer stays or goes as a whole. Here are the
        same two.
    """), link("2507.18071")  # fmt: skip
    mask = torch.ones(2, 3, dtype=torch.bool)  # @hide
    _, of_answers = gspo_loss(advantages, new, old, mask, 3e-4, 4e-4)  # @stepinto
    one_ratio = of_answers["ratio"][:, 0]  # @inspect one_ratio of_answers["clipped"]
    assert torch.allclose(one_ratio, torch.tensor((1.4 * 0.7 * 1) ** (1 / 3)), atol=1e-6)
    assert of_answers["clipped"].tolist() == [[False] * 3, [True] * 3]
    text(rf"""
        The ratios 1.4, 0.7 and 1 average to {float(one_ratio[0]):.4f}. A mean moves little, hence
        GSPO's narrow clips, {3e-4} and {4e-4} in the paper. The good answer lost probability and
        goes on; the bad one lost {1 - float(one_ratio[0]):.1%}, which is far enough. Where does it
        fail? In an answer whose tokens move in opposite directions, as these do, it sees nothing.
    """), note("DAPO's clip-higher and CISPO are in lecture 16.")  # fmt: skip


def the_wrong_ratio() -> None:
    text(r"""
        # A sign that nobody saw
        The program of the original lecture computes the ratio as $\log p / \log q$. It looks
        plausible, it equals 1 at the first step as it should, and its shape is right. But both
        logarithms are negative, so the ratio *falls* when $p$ grows:
        $$\frac{\partial}{\partial \log p}\, \frac{\log p}{\log q} = \frac{1}{\log q} < 0.$$
        We take the clipped loss of one token with advantage 1, at $p = q = 0.5$, in both ways.
    """), link(wrong_ratio.ratio_of_logs_loss)  # fmt: skip
    gradients = wrong_ratio.gradients(p=0.5)  # @inspect gradients
    assert gradients == {"p / q": -1.0, "log p / log q": 1.443}
    plot(estimates.log_ratio_slopes())
    asked = predict(
        "We train twenty policies with the wrong ratio, on the reward items, from 2.58. What "
        "happens within five epochs?",
        choices=["Reward stays about equal", "Reward falls", "Reward falls, and then there is nan"],
        hint="A probability may round to 1. What is its logarithm, and what is divided by it?",
    )
    curves = wrong_ratio.trained()  # @hide
    falling, rising = wrong_ratio.mean_rewards(curves)  # @inspect falling rising
    broken = int(curves["log p / log q"].reward().isnan().sum())  # @inspect broken
    reveal(asked, "Reward falls, and then there is nan", f"In {broken} of 20 runs so far.")
    assert falling[0] == rising[0] == 2.58
    assert falling[4] < 2.2 < 2.8 < rising[5]
    assert broken
    plot(runs.reward_curves("The same loss with two ratios", curves))
    text(rf"""
        With the right ratio the reward rises from {rising[0]} to {rising[5]} in five epochs, and
        with the wrong one it falls to {falling[4]} in four. Its gradient is largest where $p$ is
        near 1, so soon a probability is rounded to 1, and $0/0$ ends the run. The original's
        experiments never showed it, because only the naive loss was trained there. **A loss is
        tested by the sign of its gradient on one token**, and by training something whose answer is
        known.

        ## Recap: old answers
        With answers from an older policy, weigh each token by $p / q$, the exponential of a
        difference, with $q$ as a constant. The clip stops what has moved far enough the right way.
    """), note("Which unit test would have caught it? Two lines.")  # fmt: skip


def an_anchor() -> None:
    text(r"""
        # An anchor
        A policy that is trained on one thing forgets others, and a penalty on the divergence from
        an older copy, the _reference_, holds it. GRPO estimates $\text{KL}(p \,\|\, \text{ref})$
        from the answers that it has anyway, by $k_3 = e^{l} - 1 - l$ with
        $l = \log \text{ref} - \log p$ for each token. Here are two random policies; the exact
        divergence is a sum.
    """)
    policies = start(seeds=2, scales=[0.5])  # @hide
    log_p = policies.log_probs(PROMPTS).detach()  # @inspect log_p.shape
    mine, reference = log_p[:1], log_p[1:]  # @inspect mine[0,0] reference[0,0]
    answers = sample(mine, 5, torch.Generator().manual_seed(0))  # @inspect answers[0,0]
    drawn = k3(picked(mine, answers), picked(reference, answers))  # @stepinto @inspect drawn[0,0]
    asked = predict(
        "The estimate of a single token can be…",
        choices=["negative", "zero, but not negative", "neither negative nor zero"],
        hint="How do e^l and 1 + l lie to each other?",
    )
    same = k3(picked(mine, answers), picked(mine, answers))  # @inspect same[0,0]
    reveal(asked, "zero, but not negative", "It is zero where the policies agree on the token.")
    assert float(same.abs().max()) == 0 <= float(drawn.min())
    many = sample(mine, 100_000, torch.Generator().manual_seed(0))  # @inspect many.shape
    values = k3(picked(mine, many), picked(reference, many)).sum(dim=-1)[0]  # @inspect values.shape
    estimated = values.mean(dim=1)  # @inspect estimated
    error = values.std(dim=1) / 100_000**0.5  # @inspect error
    truth = kl_between(mine, reference)[0]  # @inspect truth
    off = (estimated - truth) / error  # @inspect off
    assert float(off.abs().max()) < 3
    text(rf"""
        From 100,000 answers to each prompt the estimates are {estimated[0]:.2f}, {estimated[1]:.2f}
        and {estimated[2]:.2f}, at most {off.abs().max():.1f} standard errors from the exact sums:
        unbiased as a *number*. As a *loss* its gradient is another matter, and so is its variance
        when the policies are far apart; lecture 16 compares the estimators. The reference has to be
        a copy whose parameters do not move, `copy.deepcopy(model)`. (The original calls
        `model.clone()`, which modules do not have.)
    """), link(WORKS["schulman"]), note("Why is k1 no use as a loss?")  # fmt: skip


def one_update() -> None:
    text(r"""
        # One update, all of it
        Everything is on the table now, and it makes a loop. Three copies of the policy are in play:
        the one that is trained, the one that drew the answers and is renewed with each batch, and
        the reference, which is renewed seldom or never.
    """)
    graph(nodes=updates.NODES, edges=updates.EDGES)
    policies = start(1, scales=[0.5])  # @hide
    prompts = PROMPTS  # @inspect prompts
    log_q = policies.log_probs(prompts).detach()  # @inspect log_q.shape
    before = (probabilities(log_q) * task.reward_table(prompts, "items")).sum(-1)  # @inspect before
    answers = sample(log_q, 5, torch.Generator().manual_seed(5))  # @inspect answers
    rewards = task.items(prompts[None, :, None], answers)  # @inspect rewards
    advantages = advantage.standardized(rewards[0]).reshape(15, 1)  # @inspect advantages.view(3,5)
    old = picked(log_q, answers).flatten(0, 2)  # @inspect old.shape old
    mask = torch.ones(15, 3, dtype=torch.bool)  # @hide
    text(r"""
        Five answers to each of three prompts make 15 rows of 3 tokens, which is all that assignment
        5's losses ask of their input. `batch_loss` is the one place where a recipe's parts meet,
        and its runs on GPUs call it with thousands of rows. We step into the first call.
    """), link(batch_loss)  # fmt: skip
    asked = predict(
        "At the first of ten inner steps, how much does the gradient of the clipped loss differ "
        "from that of the naive one?",
        choices=["Not at all", "By the clip, 20 %", "By the ratios' spread"],
        hint="What is every ratio before anything has moved?",
    )
    size = BatchSize(rows=15, tokens=45, length=3)  # @inspect size
    now = picked(policies.log_probs(prompts), answers).flatten(0, 2)  # @inspect now.shape
    loss, metrics = batch_loss(RECIPES["grpo"], advantages, now, old, mask, size)  # @stepinto
    clipped_gradient = torch.autograd.grad(loss, policies.read)[0]  # @inspect loss
    now = picked(policies.log_probs(prompts), answers).flatten(0, 2)  # @hide
    naive = naive_loss(advantages, now).mean()  # @inspect naive
    naive_gradient = torch.autograd.grad(naive, policies.read)[0]  # @inspect naive_gradient.shape
    apart = float((clipped_gradient - naive_gradient).abs().max())  # @inspect apart
    assert apart < 1e-6
    reveal(asked, "Not at all", "All ratios are 1, although the losses differ.")
    steps = updates.grpo_steps(policies, prompts, answers, advantages, kl=0.05)  # @inspect steps[1]
    table(steps, columns=["inner step", "loss", "largest ratio", "share clipped", "k3, mean"])
    log_p = policies.log_probs(prompts).detach()  # @hide
    after = (probabilities(log_p) * task.reward_table(prompts, "items")).sum(-1)  # @inspect after
    moved = kl_between(log_p, log_q)  # @inspect moved
    assert steps[0][2:] == [1.0, 0.0, 0.0]
    assert steps[-1][3] > 0.1
    assert float(after.mean()) > float(before.mean()) + 0.1
    text(rf"""
        One update, with a large learning rate so that something is to be seen: after ten steps the
        largest ratio is {steps[-1][2]:.2f}, {steps[-1][3]:.0%} of the tokens are stopped by the
        clip, and the policy is {moved.mean():.2f} nats from the one that drew the answers. The
        exact expected reward went from {before.mean():.2f} to {after.mean():.2f}.

        ## Recap: the pieces
        Draw with the frozen policy and keep its log-probabilities. Compare within the group. Freeze
        the denominator, exponentiate the *difference* of logarithms, clip, add the penalty. Never
        read the loss as progress. What is left is to do it a hundred times, and that is where the
        surprises are.
    """), note("Ask where the sampler's GPU is in this picture.")  # fmt: skip


def twenty_seeds() -> None:
    text(r"""
        # Twenty seeds
        The original lecture compares its variants by one run each and concludes that centring and
        standardizing differ little. One run cannot say that: the same method ends anywhere between
        2.5 and 5 here, by the luck of its start. So each method is trained from the same twenty
        starts. All of them, with all seeds, lie along one dimension of one program, in which a
        policy is a slice, and the sum of the losses has the gradients of all, since no two share a
        parameter.
    """), link(training.train), link(training._Batch.loss)  # fmt: skip
    asked = predict(
        "Raw rewards under *items* are never negative. Where do policies trained on them end, "
        "after 100 epochs?",
        choices=["Near 5, but slowly", "Still undecided, near the start", "Decided, and wrong"],
        hint="What does a push that is always upwards do to whatever was drawn first?",
    )
    curves = settings.everything()  # @inspect len(curves)
    rows = settings.rows_of(curves, settings.METHODS)  # @hide
    table(rows, columns=settings.COLUMNS, caption="items, 10 answers, 100 epochs of 10 steps")
    reveal(asked, "Decided, and wrong", f"Entropy {rows[0][3]} nats, and right {rows[0][2]:.0%}.")
    plot(runs.strips("Ten methods from the same twenty starts", curves, settings.METHODS))
    end = {name: curve.reward() for name, curve in curves.items()}  # @hide
    mean = {name: round(float(e.mean()), 2) for name, e in end.items()}  # @inspect mean
    gain = end["centred"] - end["raw rewards"]  # @inspect gain
    assert float(gain.mean()) > max(0.3, 3 * float(gain.std()) / 20**0.5)
    assert float(curves["raw rewards"].entropy().mean()) < 0.02
    text(rf"""
        All start at {float(curves["centred"].reward(0).mean()):.2f}. Raw rewards end at
        {mean["raw rewards"]}: every answer is pushed up, the one drawn most often is pushed most
        often, and after some epochs nothing else is drawn. Rewarding only the best of each group,
        at {mean["best of the group only"]}, shares the fault. **Subtracting the mean is worth
        {float(gain.mean()):.2f}**, the same seeds compared, with a standard error of
        {float(gain.std() / 20**0.5):.2f}.
    """)
    asked = predict(
        "Among the methods with a baseline (centred, standardized, clipped at 0.2 or 0.01, GSPO, "
        "MaxRL), how far apart are the best and the worst mean?",
        choices=["By half a point, as above", "By one standard error of a mean", "By two points"],
        hint="Over seeds each of them has a standard deviation of about 0.55.",
    )
    alike = ["centred", "standardized", "standardized, ratio, no clip", "GRPO, clip 0.2",
             "GRPO, clip 0.01", "GSPO", "MaxRL"]  # fmt: skip # @hide
    means = [mean[name] for name in alike]  # @inspect means
    span = max(means) - min(means)  # @inspect span
    error = float(end["centred"].std() / 20**0.5)  # @inspect error
    reveal(asked, "By one standard error of a mean", f"{span:.2f} and {error:.2f}.")
    assert 0.8 < span / error < 1.2
    text(rf"""
        Seven methods lie within {span:.2f} points, which is what their standard errors allow.
        Dividing by the deviation, clipping at 0.2 or at the original's tiny 0.01, or taking the
        ratio of whole answers makes no difference *here*, where ten small steps move the ratios by
        little; Dr. GRPO drops the division for other reasons, which lecture 16 gives. RFT is
        behind, at {mean["RFT"]}, not because it is a bad idea: it learns from full rewards only, so
        the partial credit that all others live on is lost on it; in sorted answers,
        {rows[-1][2]:.0%}, it is level with the others. When you read a paper, think of these rows.
    """), note("Cover the means and ask which row is which.")  # fmt: skip


def where_it_gets_stuck() -> None:
    text(r"""
        # Where it gets stuck
        All these runs stop at three of five with an entropy near zero: they are certain, and wrong.
        The usual word is exploration, and it can mean two things. Either too few answers are drawn,
        and the good ones are never seen. Or the objective itself has a summit there, and no number
        of answers helps. A task that can be enumerated can tell, since we may replace the sampled
        gradient by the *exact* one, all 125 answers weighed by their probability.
    """)
    curves = settings.everything()  # @hide
    chosen = (settings.GRPO, *settings.LEVERS)  # @hide
    ten = float(curves["GRPO, clip 0.2"].reward().mean())  # @hide
    asked = predict(
        f"GRPO with 10 answers ends at {ten:.2f}. Where does the exact gradient end?",
        unit="points of 5",
        hint="How much of the missing 1.4 points is noise?",
        tolerance=0.08,
    )
    free = curves["exact gradient"].reward()  # @inspect free
    reveal(asked, round(float(free.mean()), 2), "Noise is a third of what is missing.")
    assert 0.25 < (float(free.mean()) - ten) / (5 - ten) < 0.4
    table(settings.rows_of(curves, chosen), columns=settings.COLUMNS)
    plot(runs.strips("GRPO with one thing changed, or two", curves, chosen))
    end = {s.name: curves[s.name].reward() for s in chosen}  # @hide
    mean = {name: round(float(e.mean()), 2) for name, e in end.items()}  # @inspect mean
    flatter = end["flatter start"] - end["exact gradient"]  # @inspect flatter
    bonus = end["entropy 0.2"] - end["GRPO, clip 0.2"]  # @inspect bonus
    usual, flat = settings.start_entropies(curves)  # @inspect usual flat
    reveal("lever", "The same algorithm from a less decided start",
           f"{mean['flatter start']}, against {mean['exact gradient']} and "
           f"{mean['64 answers']}.")  # fmt: skip
    assert float(flatter.mean() / flatter.std() * 20**0.5) > 3
    assert float(bonus.mean()) > 0.4
    assert abs(mean["64 answers"] - mean["exact gradient"]) < 0.1
    assert mean["raw rewards, flatter start"] > mean["GRPO, clip 0.2"] + 0.3
    wrong, trapped = curves["exact gradient"].wrong_and_trapped()  # @inspect wrong trapped
    _, at_start = curves["exact gradient"].wrong_and_trapped(0)  # @inspect at_start
    assert at_start < 10 < wrong / 2 < trapped
    assert 3.5 < ten < 3.75
    text(rf"""
        With 64 answers GRPO is as good as the exact gradient, {mean["64 answers"]} and
        {mean["exact gradient"]}, and both are stuck with nothing more to sample. Of the exact
        gradient's 60 most probable answers {wrong} are wrong in the end, and {trapped} of those are
        the traps of *items*, where {at_start} were at the start: it climbed the wrong hills. What
        helps is *entropy*, which lets two positions change at a time. A bonus of 0.2 for each nat
        lifts GRPO by {float(bonus.mean()):.2f} to {mean["entropy 0.2"]}. And halving the numbers of
        the embedding before training, which divides all logits by four and flattens the first
        distributions from {usual:.2f} to {flat:.2f} nats, brings {mean["flatter start"]}, **more
        than the exact gradient gets from the usual start, with ten noisy answers**. Even raw
        rewards beat GRPO from there. Both together reach {mean["flatter start, entropy 0.2"]}.
    """)
    plot(runs.collapse_maps(curves, settings.FILMS, seed=5, prompt=1))
    assert all(settings.decided(curves[name], 20)[5, 1] for name in settings.FILMS[:2])
    text(r"""
        Read the maps as films, from left to right: each column of a map is a distribution over the
        five tokens. In the first two rows one token has won each position within twenty epochs, and
        from then on the other four get no samples, hence no gradient. In the third row the
        positions stay open for as long as the bonus outweighs what the reward prefers.
    """)
    asked = predict(
        "The penalty on the KL divergence keeps the policy near its start, too. Is it a substitute "
        "for the entropy bonus?",
        choices=["Yes, about as good", "It helps little", "It makes things much worse"],
        hint="Where was the start?",
    )
    plot(runs.entropy_against_reward(curves, settings.PATHS))
    anchored = end["KL to the start, 0.05"] - end["GRPO, clip 0.2"]  # @inspect anchored
    reveal(asked, "It helps little", f"{float(anchored.mean()):+.2f}, entropy or not.")
    assert abs(float(anchored.mean())) < 0.3
    text(rf"""
        It keeps the entropy of the start, which was low and pointed nowhere useful, and gains
        {float(anchored.mean()):.2f} with a standard error of {float(anchored.std() / 20**0.5):.2f}.
        A pretrained language model is another kind of start, with its entropy spread over sensible
        answers. We suspect that this is why methods that hardly learn from random weights work on
        such a model; in any case its entropy is the first curve to watch.
    """), note("What would a replay of good answers do?")  # fmt: skip


def what_is_rewarded() -> None:
    text(r"""
        # What is rewarded
        So far the reward was *items*, which always says something, and has traps. Its optimum is
        the sorted answer, so with enough entropy and time it should not matter. Does it?
    """)
    curves = settings.everything()  # @hide
    asked = predict(
        "With 64 answers, an entropy bonus of 0.2 and 300 epochs, which reward gives more sorted "
        "answers in the end?",
        choices=["items, with its partial credit", "exact, right or wrong", "No difference"],
        hint="Which of the two has traps?",
    )
    last = settings.LAST  # @hide
    two = (curves[last], curves[f"exact: {last}"])  # @hide
    right = [round(float(c.reward(name="exact").mean()), 2) for c in two]  # @inspect right
    reveal(asked, "exact, right or wrong", f"{right[1]} against {right[0]}.")
    assert right[1] > right[0] + 0.4
    rows = settings.rows_of(curves, settings.REWARDS)  # @hide
    table(rows, columns=settings.COLUMNS, caption="places: of 3 points, exact: of 1")
    plot(runs.sorted_curves("P(sorted) under two rewards", settings.two_rewards(curves)))
    ends = {n: round(float(c.reward().mean()), 2) for n, c in curves.items()}  # @hide
    few = [ends[f"exact: {n}"] for n in ("standardized", "RFT", "MaxRL")]  # @inspect few
    flat = ends["exact: standardized, flatter start"]  # @inspect flat
    silent = curves["exact: standardized"].silent  # @inspect silent[0] silent[-1]
    assert max(few) - min(few) < 0.03
    assert flat > 0.38
    assert two[1].reward(1).mean() > two[0].reward(1, "exact").mean()
    text(rf"""
        With ten answers *exact* seems hopeless, at {few[0]}, whatever the formula: RFT and MaxRL
        learn from the same few lucky answers, and end at {few[1]} and {few[2]}. But *items* is no
        better there, and the reason is again the start: from a flatter one, *exact* with ten
        answers sorts {flat:.0%} of the time. With 64 answers and a bonus it comes to
        {right[1]:.0%}, where *items* stops at {right[0]:.0%}, and it is ahead from the tenth epoch
        on. **Partial credit was meant to help, and it built the traps.** Credit can be given
        without moving the optimum only in special forms (Ng and others, 1999); this one keeps the
        optimum, but not the way there.

        An operator would have seen the other side: under *exact*, {silent[0]:.0%} of the groups are
        silent at the first epoch, with equal rewards and no gradient. Assignment 5 meets that at
        scale, and answers with a curriculum, in which problems grow as soon as the policy sometimes
        solves them. *Places*, finally, has no traps and still stops short of 3, so traps are not
        all: a decided policy does not draw what would improve it.

        ## Recap: what decided
        A baseline was worth half a point, the choice among seven methods nothing, noise a third of
        what was missing. The rest was entropy, at the start and along the way, and a reward without
        traps. Which answers are drawn, and what they are paid for, matters more than the formula
        between.
    """), link(WORKS["ng"]), link(task.traps), note("A dense reward without traps?")  # fmt: skip


def unseen_prompts() -> None:
    text(r"""
        # Prompts it has not seen
        Whatever can be measured can be pushed up, on the prompts on which it is measured. Three
        prompts say nothing about sorting. So take all 60 orders of three different numbers, and
        hold some out in two ways: 20 orders at random, or every order of three of the ten *sets* of
        numbers. Reward is *exact*, with a bonus of 0.05; five seeds, 200 epochs.
    """), link(task.held_out_sets)  # fmt: skip
    asked = predict(
        "On the prompts that it trained on, the policy sorts four times of five. How often on sets "
        "of numbers that it never saw?",
        unit="(share)",
        hint="A shuffled order of a known set is one thing, a new set another.",
        tolerance=0.3,
    )
    gaps = held_out.gap_rows()  # @inspect gaps
    table(gaps, columns=held_out.COLUMNS)
    (seen, orders), (seen_too, sets) = held_out.shares()  # @inspect orders sets
    reveal(asked, sets, f"And {orders} on new orders of known sets.")
    assert sets < orders < seen
    plot(runs.held_out_curves(held_out.all_trained(), held_out.HELD_OUT))
    text(rf"""
        Trained prompts: {seen} and {seen_too}. New orders of known sets: {orders}. New sets:
        {sets}. The training reward is the same film in both runs, and it does not know the
        difference. A held-out set has to be held out along the line where you want to generalise,
        here sets and not orders; a split by single prompts flatters. (With five seeds the held-out
        means are uncertain, as the seeds differ widely; that the gap is there is certain.)
    """), note("What is an 'order' and what a 'set' in GSM8K?")  # fmt: skip


def the_same_code_larger() -> None:
    text(r"""
        # The same code, larger
        In assignment 5 a Transformer of 0.8 million parameters sorts digits. Supervised training
        shows it two to four of them, and then these losses and advantages take over, with rewards
        of 0 and 1, 16 answers for each of 64 prompts, and a curriculum to size 10. Its update
        differs from ours in its data: rows of unequal length, hence the mask, and micro-batches.
    """), link(records.seeds_of)  # fmt: skip
    table(records.rows(records.ON_POLICY), columns=records.COLUMNS, caption=records.provenance())
    plot(records.recipe_curves(records.ON_POLICY))
    repeats = records.repeats(184e3)  # @inspect repeats[:3]
    apart = max(abs(a - b) for _, a, b in repeats)  # @inspect apart
    halfway = records.halfway(184e3)  # @inspect halfway
    asked = predict(
        "At 184 thousand answers the five recipes' means lie between 64 and 75 %. Some runs were "
        "made twice with the same seed. How far apart are two such runs at most?",
        unit="points",
        hint="They are limited by the clock, and the card was shared.",
        tolerance=0.3,
    )
    reveal(asked, 100 * apart, "So the order of the five recipes means nothing.")
    assert apart > 0.2
    best = [records.final(name) for name in records.ON_POLICY]  # @inspect best
    assert 0.985 < min(best) <= max(best) < min(best) + 0.01
    text(rf"""
        All five end within a point of each other, above {100 * min(best):.0f} %, and on the way
        they are further apart by luck than by method. It is the toy's finding again, with one
        difference: raw rewards are not behind. With rewards of 0 and 1 they have no answer to push
        up but right ones; they *are* RFT, and the two rows differ only in how answers of unequal
        length are averaged. The harm that we saw came from paying for wrong answers.

        What does matter in these records is how stale the answers are. The same 60 seconds, with
        four steps on quarters of each batch, and with eight:
    """)
    table(records.rows(records.OFF_POLICY), columns=records.COLUMNS)
    asked = predict(
        "In the toy the clip made no difference. With eight steps on a batch here, what happens to "
        "the 39 % without it?",
        choices=["They stay", "They fall to less than half", "They rise"],
        hint="How far do ratios get in eight steps at this learning rate?",
    )
    clip, bare = (records.final(n) for n in [*records.OFF_POLICY][2:])  # @inspect clip bare
    reveal(asked, "They fall to less than half", f"To {100 * bare:.0f} %.")
    fresh, stale = (fmean(halfway[n]) for n in ("grpo", "off_policy_4"))  # @inspect fresh stale
    assert bare < clip / 2
    assert stale < fresh - 0.2
    entropy = records.entropy("grpo")  # @inspect entropy
    text(rf"""
        Four steps on a batch draw half as many answers in the same time, and are behind at equal
        numbers, too: {100 * stale:.0f} against {100 * fresh:.0f} % at 184 thousand. Eight end at
        {100 * clip:.0f} % with the clip and {100 * bare:.0f} % without it. So the clip does what it
        is for, when the policy moves far from its sampler, and our toy's small steps never asked it
        to. The entropy went from {entropy[0]:.3f} to {entropy[1]:.4f} nats a token in GRPO's runs.

        In larger systems the distance to the sampler is not a choice. Rollouts run in an inference
        engine on other machines, with weights that are some updates old and with kernels that round
        differently, so that the ratio is not 1 even at the first step. Everything in the loss that
        looked superfluous on the toy, ratio, clip and stored log-probabilities, is there for that.
    """), note("Where would you log the sampler's log-probabilities?")  # fmt: skip


def what_to_keep() -> None:
    text(r"""
        # What to keep
        A policy gradient is supervised learning on one's own answers, weighted by how much better
        they were than expected. Subtract the prompt's own mean. Freeze the sampler, and
        exponentiate the difference of logarithms. Test the sign of the gradient on one token. The
        loss is no progress. Compare methods over many seeds, from the same starts, and with an
        exact gradient where there is one. Then look at entropy, silent groups and held-out prompts
        before you look for a better formula.

        | you see | suspect | look at |
        |---|---|---|
        | reward stops early, entropy near 0 | a collapse | bonus, temperature, start |
        | most groups silent | prompts too hard or too easy | curriculum, more answers |
        | reward rises, answers get worse | a loophole | read the answers with the best rewards |
        | reward falls from the first step | a sign, no `detach` | the gradient of one token |
        | trained well, held-out badly | memorised prompts | the line along which you split |

        ## Three exercises
        1. Derive the variance $p(1-p)(1-2p)^2$ of the mean baseline for one coin, and that of the
           constant $b = 1/2$. (Check: `bandits.coin_variance`; one half is better at every $p$
           but one, by the same factor of 4.)
        2. In `lectures/lecture_17/settings.py` add a row with `spread=0.25`. (Check first what
           `Curve.entropy(0)` says, then predict. We got 1.55 nats and 4.50; at 0.35 as well.)
        3. Give `Policies` a matrix by which position $j$ of the answer sees the token at $j - 1$,
           and fit it to [0, 1, 2] and [2, 1, 0], each half of the time. (Check: the best loss of an
           answer is $\log 2$, where independent positions cannot do better than $2 \log 2$.)

        ## What to read next, and why
        Williams (1992) for the estimator, still the clearest page on it. Liu and others (2025), on
        what two divisions do to GRPO. Ahmadian and others (2024), who found that most of PPO can be
        left out for language models. Then assignment 5, and lecture 16 for models that reason.
    """), note("Which of your metrics would have shown the wrong sign?")  # fmt: skip


if __name__ == "__main__":
    main()
