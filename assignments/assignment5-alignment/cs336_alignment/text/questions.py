"""Forty multiple-choice questions and twenty prompts, written for this assignment.

The right option stands first in each tuple; `Question.options` is shuffled by the question's place,
so that no letter is favoured and every run sees the same order.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

PROMPTS = (
    "What is the capital of France?",
    "Name three primary colors.",
    "What is 7 times 8?",
    "A train leaves at 3 o'clock and arrives at 7 o'clock. How long is the journey?",
    "Write one sentence about a lighthouse in a storm.",
    "Explain in two sentences why the sky is blue.",
    "Translate 'good morning' into Spanish.",
    "List the planets of the solar system in order.",
    "Write a Python function that returns the larger of two numbers.",
    "Which is heavier: a kilogram of iron or a kilogram of feathers?",
    "Rewrite this politely: Give me the report now.",
    "Summarize in one sentence: The library opens at nine, closes at six, and is shut on Sundays.",
    "How many letters are in the word 'banana'?",
    "Spell the word 'river' backwards.",
    "Who wrote the play Romeo and Juliet?",
    "What should I do if I smell gas at home?",
    "Give me a short title for a story about a lost dog.",
    "Is 91 a prime number?",
    "Complete the pattern: 2, 4, 8, 16,",
    "What is the tallest mountain on Mars?",
)

# Subject, question, right option, three wrong ones.
_QUESTIONS = (
    ("geography", "Which city is the capital of Japan?", "Tokyo", "Osaka", "Seoul", "Beijing"),
    ("geography", "Which ocean lies between Africa and the Americas?",
     "the Atlantic Ocean", "the Pacific Ocean", "the Indian Ocean", "the Arctic Ocean"),
    ("geography", "Which country has the most people speaking Portuguese?",
     "Brazil", "Portugal", "Spain", "Argentina"),
    ("geography", "Which of these is a desert?", "the Sahara", "the Amazon", "the Danube",
     "the Himalaya"),
    ("geography", "On which continent is Egypt?", "Africa", "Europe", "South America",
     "Antarctica"),
    ("geography", "Which river flows through London?", "the Thames", "the Seine", "the Nile",
     "the Rhine"),
    ("geography", "Which country looks like a boot on the map?", "Italy", "Norway", "Greece",
     "Ireland"),
    ("geography", "What is the line around the middle of the Earth called?", "the equator",
     "the meridian", "the horizon", "the tropic"),
    ("science", "What do plants take in from the air to make sugar?", "carbon dioxide", "helium",
     "carbon monoxide", "nitrogen"),
    ("science", "What is frozen water called?", "ice", "steam", "dew", "fog"),
    ("science", "Which planet is closest to the Sun?", "Mercury", "Venus", "Mars", "Jupiter"),
    ("science", "How many legs does a spider have?", "eight", "six", "ten", "four"),
    ("science", "Which organ pumps blood through the body?", "the heart", "the liver", "the lung",
     "the stomach"),
    ("science", "What force pulls a dropped ball to the ground?", "gravity", "magnetism",
     "friction", "electricity"),
    ("science", "Which metal is liquid at room temperature?", "mercury", "iron", "copper",
     "aluminum"),
    ("science", "At how many degrees Celsius does water boil at sea level?", "100", "50", "200",
     "0"),
    ("science", "Which of these animals is a mammal?", "a whale", "a shark", "a trout", "a frog"),
    ("science", "Which sense uses the ears?", "hearing", "smell", "taste", "touch"),
    ("arithmetic", "What is 6 + 7?", "13", "12", "14", "11"),
    ("arithmetic", "What is 9 times 4?", "36", "32", "45", "40"),
    ("arithmetic", "What is half of 50?", "25", "20", "15", "30"),
    ("arithmetic", "What is 100 minus 37?", "63", "73", "67", "57"),
    ("arithmetic", "How many minutes are in two hours?", "120", "60", "90", "200"),
    ("arithmetic", "Which of these numbers is even?", "18", "17", "21", "35"),
    ("arithmetic", "A pen costs 3 dollars. What do five pens cost?", "15 dollars", "8 dollars",
     "12 dollars", "35 dollars"),
    ("arithmetic", "Which number is the largest?", "909", "899", "99", "890"),
    ("language", "Which word is the opposite of early?", "late", "soon", "fast", "morning"),
    ("language", "What is the plural of mouse?", "mice", "mouses", "meese", "mouse"),
    ("language", "Which of these words is a verb?", "to swim", "yellow", "table", "slowly"),
    ("language", "Which word rhymes with light?", "night", "late", "lamp", "lift"),
    ("language", "What is the past tense of the verb to go?", "went", "goed", "gone to", "going"),
    ("language", "Which word means nearly the same as happy?", "glad", "angry", "tired", "tall"),
    ("language", "Which of these words comes first in a dictionary?", "apple", "banana", "cherry",
     "date"),
    ("everyday", "What do you use to cut paper?", "scissors", "a spoon", "a pillow", "a towel"),
    ("everyday", "What do people usually wear when it rains?", "a raincoat", "sunglasses",
     "a swimsuit", "slippers"),
    ("everyday", "Which meal is eaten in the morning?", "breakfast", "dinner", "supper",
     "dessert"),
    ("everyday", "Which month comes after June?", "July", "May", "August", "January"),
    ("everyday", "What should you do at a red traffic light?", "stop", "speed up", "turn around",
     "honk"),
    ("everyday", "Where do you borrow books?", "at a library", "at a bakery", "at a bank",
     "at a pharmacy"),
    ("everyday", "What keeps food cold in a kitchen?", "a refrigerator", "an oven", "a toaster",
     "a kettle"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its options in the order in which they are shown."""

    subject: str
    text: str
    options: tuple[str, ...]
    right: int


def all_questions() -> list[Question]:
    """The questions, each with its options in an order of its own."""
    return [_shuffled(index, *entry) for index, entry in enumerate(_QUESTIONS)]


def _shuffled(index: int, subject: str, text: str, *options: str) -> Question:
    order = list(options)
    random.Random(index).shuffle(order)
    return Question(subject, text, tuple(order), order.index(options[0]))
