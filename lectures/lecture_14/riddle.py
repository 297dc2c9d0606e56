"""A question of a test, and four ways in which it can stand in a training set."""

QUESTION = (
    "a farmer has seventeen sheep and all but nine of them run away during the night so how many "
    "sheep does the farmer have left in the morning"
)
LEAKS = {
    "quoted in capitals": QUESTION.upper(),
    "every eighth word changed": " ".join(
        "so" if i % 8 == 7 else word for i, word in enumerate(QUESTION.split())
    ),
    "asked in other words": "Of 17 sheep, nine stay with their farmer while the rest escape at "
    "night. What is the size of his flock at dawn?",
    "the answer alone": "The answer to the sheep riddle is nine.",
}
