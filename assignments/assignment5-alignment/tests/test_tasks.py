"""The tasks: their own demonstrations are right, chance is known, evaluation is kept apart."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from cs336_alignment.grading.rewards import Grader, final_answer
from cs336_alignment.tasks.addition import AdditionTask
from cs336_alignment.tasks.alphabet import CharacterTokenizer
from cs336_alignment.tasks.choose import TASKS, TaskName, make_task
from cs336_alignment.tasks.countdown import CountdownTask, stretch
from cs336_alignment.tasks.expression_trees import (
    Node,
    join,
    ordered_trees,
    random_tree,
    worked_out,
)
from cs336_alignment.tasks.mod import ModTask
from cs336_alignment.tasks.pass_at_k import pass_at_k
from cs336_alignment.tasks.problem import (
    Representation,
    Task,
    distinct_problems,
    draw_problem,
    side_of,
)
from cs336_alignment.tasks.sort import SortTask
from cs336_basics.config import ConfigError
from hypothesis import given
from hypothesis import strategies as st

ALL = [make_task(name, form) for name in TASKS for form in ("plain", "steps")]
every_task = pytest.mark.parametrize("task", ALL, ids=lambda task: task.name)


@every_task
@pytest.mark.parametrize("size", [3, 4])
def test_demonstrations_are_right_and_fit(task: Task, size: int) -> None:
    tokenizer, grader = CharacterTokenizer(), Grader()
    for seed in range(200):
        problem = task.draw(Random(seed), size)
        grade = grader.grade(problem.demonstration, lambda a, p=problem: task.check(p, a))  # type: ignore[misc]
        assert grade.reward == 1.0, problem
        assert tokenizer.decode(tokenizer.encode(problem.prompt)) == problem.prompt
        assert len(tokenizer.encode(problem.demonstration)) + 1 <= task.max_response(size)


@every_task
def test_a_wrong_answer_is_wrong(task: Task) -> None:
    problem = task.draw(Random(0), 3)
    assert not task.check(problem, "0123")
    assert not task.check(problem, problem.prompt)


def test_what_the_representations_look_like() -> None:
    sort, steps = (SortTask(form).draw(Random(3), 4) for form in ("plain", "steps"))
    assert (sort.prompt, sort.demonstration) == ("2536:", ">2356")
    assert (steps.prompt, steps.demonstration) == ("2536:", "2;25;235;2356>2356")
    added = AdditionTask("steps").draw(Random(0), 2)
    answer = final_answer(added.demonstration)
    a, b = (int(n) for n in added.key.split("+"))
    assert answer is not None
    assert int(answer[::-1]) == a + b


def test_countdown_tries_are_worked_out_one_operation_at_a_time() -> None:
    seven, one, five = (Node(n, str(n)) for n in (7, 1, 5))
    assert worked_out(join(join(seven, "-", one), "*", five)) == "(7-1)*5=6*5=30"


def test_the_order_holds_every_expression_once_and_falls() -> None:
    trees = ordered_trees((7, 1, 5))
    assert [tree.text for tree in trees[:5]] == [
        "(7*1)*5", "(7+1)*5", "(7+5)*1", "(1+5)*7", "(7*1)+5",
    ]  # fmt: skip
    assert trees[-1].text == "7-(5-1)"
    assert len({tree.text for tree in trees}) == len(trees) == 23
    assert len(ordered_trees((7, 7, 7))) < len(ordered_trees((7, 1, 5)))


@given(numbers=st.lists(st.integers(1, 9), min_size=2, max_size=4), seed=st.integers(0, 1000))
def test_the_order_lacks_no_value(numbers: list[int], seed: int) -> None:
    trees = ordered_trees(tuple(numbers))
    assert random_tree(Random(seed), numbers).value in {tree.value for tree in trees}
    assert min(tree.value for tree in trees) >= 0


def test_countdown_in_order_tries_neighbours_and_answers_with_the_last() -> None:
    task = CountdownTask("ordered")
    lengths, right = [], 0
    for seed in range(400):
        problem = task.draw(Random(seed), 3)
        numbers = [int(n) for n in problem.prompt.partition("=")[0].split(",")]
        chain, _, answer = problem.demonstration.partition(">")
        tries = chain.split(";")
        order = [worked_out(tree) for tree in ordered_trees(tuple(numbers))]
        first = order.index(tries[0])
        assert order[first : first + len(tries)] == tries
        assert tries[-1].startswith(f"{answer}=")
        assert not any(tried.endswith(f"={problem.truth}") for tried in tries[:-1])
        lengths.append(len(tries))
        right += task.check(problem, answer)
    assert 1.3 < sum(lengths) / 400 < 1.9
    assert 0.08 < right / 400 < 0.24  # chance is 0.1: demonstrations hardly say which to try


@pytest.mark.parametrize(("size", "draws"), [(3, 20_000), (4, 300)])
def test_no_demonstration_in_order_is_longer_than_its_room(size: int, draws: int) -> None:
    """It gives up by chance, so the longest is rare; one that does not fit would end a run."""
    task, rng = CountdownTask("ordered"), Random(0)
    longest = max(len(task.draw(rng, size).demonstration) for _ in range(draws))
    assert longest + 1 <= task.max_response(size)


def test_a_stretch_ends_at_the_target_at_the_end_and_at_its_most() -> None:
    trees = ordered_trees((7, 1, 5))

    class GoesOn(Random):
        """Begins at the first and never gives up."""

        def randrange(self, *arguments: int) -> int:  # type: ignore[override]
            return 0

        def random(self) -> float:
            return 0.0

    assert stretch(trees, GoesOn(), 12, 10) == list(trees[:3])
    assert stretch(trees, GoesOn(), 1000, 10) == list(trees[:10])
    assert stretch(trees, GoesOn(), 1000, 100) == list(trees)


def test_only_countdown_has_an_order() -> None:
    with pytest.raises(ConfigError, match="countdown's, sort has plain, steps"):
        make_task("sort", "ordered")


@every_task
def test_training_and_evaluation_share_no_problem(task: Task) -> None:
    held_out = {problem.key for problem in distinct_problems(task, 336, 3, 64)}
    rng = Random(1)
    drawn = {draw_problem(task, rng, 3, "train").key for _ in range(2_000)}
    assert held_out
    assert not held_out & drawn


def test_the_side_belongs_to_the_problem_and_not_to_its_writing() -> None:
    task = CountdownTask()
    by_key: dict[str, set[str]] = {}
    for seed in range(3_000):
        problem = task.draw(Random(seed), 3)
        by_key.setdefault(problem.key, set()).add(side_of(task, problem))
    assert any(len(by_key[key]) == 1 for key in by_key)
    assert all(len(sides) == 1 for sides in by_key.values())


def test_a_size_with_few_problems_gives_all_that_it_has() -> None:
    task = SortTask()
    found = distinct_problems(task, 0, 1, 64)
    assert 0 < len(found) <= 10
    assert len({problem.key for problem in found}) == len(found)


def test_chance_of_sorting_by_enumeration() -> None:
    hits = 0.0
    for digits in product("0123456789", repeat=2):
        hits += 1.0 if digits[0] == digits[1] else 0.5
    assert SortTask().chance(2) == pytest.approx(hits / 100)


def test_chance_of_addition_and_mod_by_enumeration() -> None:
    sums = [a + b for a in range(10, 100) for b in range(10, 100)]
    assert AdditionTask().chance(2) == pytest.approx(max(map(sums.count, set(sums))) / len(sums))
    rng, task = Random(0), ModTask()
    zeros = sum(task.draw(rng, 5).truth == "0" for _ in range(20_000)) / 20_000
    assert task.chance(5) == pytest.approx(zeros, abs=0.01)


def test_the_same_seed_gives_the_same_problems() -> None:
    for name in TASKS:
        forms: tuple[Representation, ...] = ("plain", "steps")
        for form in forms:
            first, second = make_task(name, form), make_task(name, form)
            assert first.draw(Random(5), 3) == second.draw(Random(5), 3)


def test_unknown_characters_are_named() -> None:
    with pytest.raises(ValueError, match="'x' is no character"):
        CharacterTokenizer().encode("12x")


def test_decoding_stops_at_the_end() -> None:
    tokenizer = CharacterTokenizer()
    ids = [*tokenizer.encode("12"), tokenizer.eos_token_id, *tokenizer.encode("3")]
    assert tokenizer.decode(ids) == "12"


@given(st.integers(1, 12), st.data())
def test_pass_at_k_by_enumeration(n: int, data: st.DataObject) -> None:
    from itertools import combinations

    right = data.draw(st.integers(0, n))
    k = data.draw(st.integers(1, n))
    draws = list(combinations([i < right for i in range(n)], k))
    assert pass_at_k(n, right, k) == pytest.approx(sum(map(any, draws)) / len(draws))


def test_pass_at_k_refuses_more_draws_than_samples() -> None:
    with pytest.raises(ValueError, match="pass@5 needs"):
        pass_at_k(4, 1, 5)


def test_task_names() -> None:
    names: tuple[TaskName, ...] = ("sort", "countdown", "addition", "mod")
    assert set(TASKS) == set(names)
