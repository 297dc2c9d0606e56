"""Formats, parsers, judges, agents and perplexity of lecture 12, and the records they read."""

import hashlib
import math

import pytest
from cs336_alignment.text.choices import letter_prompt
from cs336_alignment.text.questions import Question, all_questions
from hypothesis import given
from hypothesis import strategies as st

from lectures.lecture_12 import agents, judging, perplexity, published, readings, records
from lectures.lecture_12.formats import EXAMPLES, FORMATS, by_bytes, choice
from lectures.lecture_12.passages import LONG_TEXT, PASSAGES, windows
from lectures.lecture_12.word_problems import WORD_PROBLEMS

QUESTION = Question("", "Is ice cold?", ("yes", "no", "at times", "never"), 0)
BY_NAME = {form.name: form for form in FORMATS}


def test_a_chat_prompt_with_letters_is_the_assignments() -> None:
    assert BY_NAME["chat, letter"].prompt(QUESTION) == letter_prompt(QUESTION)
    assert BY_NAME["chat, letter"].answers(QUESTION) == ["A", "B", "C", "D"]


def test_a_plain_prompt_hides_the_options() -> None:
    form = BY_NAME["plain, text"]
    assert form.prompt(QUESTION) == "Question: Is ice cold?\nAnswer:"
    assert form.answers(QUESTION) == [" yes", " no", " at times", " never"]


def test_examples_are_solved_and_end_before_the_question() -> None:
    prompt = BY_NAME["plain, letter, 4 examples"].prompt(QUESTION)
    assert prompt.count("Answer:") == 5
    assert "Answer: C\n\nQuestion: Is ice cold?" in prompt
    assert sorted(example.right for example in EXAMPLES) == [0, 1, 2, 3]


def test_the_first_of_equals_is_chosen() -> None:
    assert choice([-2.0, -1.0, -1.0]) == 1
    assert by_bytes([-6.0, -4.0], ["abc", "é"]) == [-2.0, -2.0]


def test_the_format_moves_the_score_by_fifty_points() -> None:
    shares = records.shares(records.right_by_format())
    assert shares[0]["value"] == 0.225
    assert shares[-1]["value"] == 0.725
    assert all(row["low"] < row["value"] < row["high"] for row in shares)


def test_formats_agree_with_the_assignments_own_record() -> None:
    right = records.right_by_format()
    assert [sum(right[name]) for name in ("chat, letter", "chat, text")] == [10, 25]
    assert sum(right["chat, text, by bytes"]) == 25


@pytest.mark.parametrize("stage", ["passages", "strides", "formats", "judge", "replies", "samples"])
def test_records_are_whole_and_say_where_they_come_from(stage: str) -> None:
    record = records.read(stage)
    assert record["complete"]
    assert "ask_smollm2.py" in records.provenance(record)
    assert len(record["weights_sha256"]) == 64


def test_records_are_of_the_prompts_that_stand_in_the_code() -> None:
    for form, row in zip(FORMATS, records.read("formats")["formats"], strict=True):
        prompts = "\0".join(form.prompt(question) for question in all_questions())
        assert row["prompts_hash"] == hashlib.sha256(prompts.encode()).hexdigest()[:16]
    replies = records.read("replies")
    asked = [letter_prompt(question) for question in all_questions()]
    asked += [problem.text for problem in WORD_PROBLEMS]
    for prompt, entry in zip(asked, replies["letters"] + replies["numbers"], strict=True):
        assert entry["prompt_hash"] == hashlib.sha256(prompt.encode()).hexdigest()[:16]
        assert entry["output_hash"] == hashlib.sha256(entry["output"].encode()).hexdigest()[:16]
    text = records.read("strides")["text"]
    assert text["sha256"] == hashlib.sha256(LONG_TEXT.encode()).hexdigest()


def test_readers_of_the_same_replies_disagree() -> None:
    assert readings.letter_scores() == {
        "first capital letter": 10,
        "assignment 5": 8,
        "a person": 3,
    }
    assert list(readings.number_scores().values()) == [5, 3, 1]
    assert len(readings.unearned()) == 6


def test_every_sample_is_read() -> None:
    right = readings.right_samples()
    assert len(right) == len(WORD_PROBLEMS) == 24
    assert all(0 <= count <= 8 for count in right)


def test_a_verdict_that_names_the_place_cancels() -> None:
    place = judging.Verdict(right_first=2.0, wrong_first=2.0)
    assert (place.both_orders, place.bias, place.agrees) == (0.0, 2.0, False)
    knows = judging.Verdict(right_first=1.0, wrong_first=-3.0)
    assert (knows.both_orders, knows.bias, knows.agrees) == (2.0, -1.0, True)


def test_the_recorded_judge_picks_places() -> None:
    picked = judging.accuracies(judging.verdicts())
    assert [sum(marks) for marks in picked.values()] == [40, 0, 18]


def test_idle_agents_pass_the_weak_check_only() -> None:
    assert agents.results() == {
        "silent": {"weak": 0.375, "strict": 0.0},
        "babbler": {"weak": 0.75, "strict": 0.0},
        "worker": {"weak": 0.875, "strict": 0.875},
    }


def test_the_worker_fails_where_it_should() -> None:
    desk, reply = agents.run(agents.worker, agents.TASKS[2])
    assert desk.calls == ["look_up(A3)", "cancel(A3)"]
    assert not agents.weak_check(agents.TASKS[2], desk, reply)


def test_desks_are_not_shared() -> None:
    agents.run(agents.worker, agents.TASKS[0])
    assert agents.Desk().orders == agents.ORDERS


@given(st.integers(1, 500), st.integers(1, 64), st.data())
def test_windows_score_every_token_once(length: int, width: int, data: st.DataObject) -> None:
    stride = data.draw(st.integers(1, width))
    scored = 0
    for start, end, new in windows(length, width, stride):
        assert end - start <= width
        assert start <= scored == end - new
        scored = end
    assert scored == length


def test_a_stride_beyond_the_window_would_skip_tokens() -> None:
    with pytest.raises(ValueError, match="stride 300 is not between 1 and the width 256"):
        list(windows(1000, 256, 300))


def test_strides_cost_passes_and_save_bits() -> None:
    rows = records.stride_rows()
    assert [row["stride"] for row in rows] == [256, 128, 64, 32]
    assert [row["bits"] for row in rows] == sorted((row["bits"] for row in rows), reverse=True)
    size = records.read("strides")["text"]["bytes"]
    assert size == len(LONG_TEXT.encode())


def test_every_famous_passage_has_a_rewording_of_like_length() -> None:
    for famous, reworded in zip(PASSAGES[::2], PASSAGES[1::2], strict=True):
        assert (famous.name, famous.kind, reworded.kind) == (reworded.name, "famous", "reworded")
        assert len(reworded.text) == pytest.approx(len(famous.text), rel=0.2)


def test_fewer_words_to_guess_are_easier_to_guess() -> None:
    train, test = list("aababc"), list("abca")
    assert perplexity.word_perplexity(train, test, 0) == 1
    values = [perplexity.word_perplexity(train, test, kept) for kept in (0, 1, 3)]
    assert values == sorted(values)


def test_one_bit_a_byte_is_one_bit_a_byte() -> None:
    assert perplexity.bits_per_byte(8 * math.log(2), 8) == 1


def test_benchmarks_name_a_source_where_something_broke() -> None:
    for benchmark in published.BENCHMARKS:
        assert not benchmark.broke or benchmark.broke[:4].isdigit()
        assert benchmark.items > 0 or not benchmark.scored
    assert published.named("GPQA diamond").items == 198
    assert len(all_questions()) == 40
