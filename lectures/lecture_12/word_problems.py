"""Twenty-four word problems in the style of GSM8K, written here, each with its number."""

from typing import NamedTuple


class WordProblem(NamedTuple):
    """A question and the number that answers it."""

    text: str
    answer: str


WORD_PROBLEMS = [
    WordProblem("Ida has 3 apples and buys 2 more. How many apples does she have?", "5"),
    WordProblem("A bus carries 12 people. 5 get off. How many are left?", "7"),
    WordProblem("One ticket costs 4 dollars. How many dollars do 3 tickets cost?", "12"),
    WordProblem("Max reads 10 pages a day. How many pages does he read in 5 days?", "50"),
    WordProblem("There are 20 cookies for 4 children. How many does each child get?", "5"),
    WordProblem(
        "Ana had 15 dollars and spent 6 on lunch. How many dollars does she have left?", "9"
    ),
    WordProblem("A hen lays 2 eggs a day. How many eggs does she lay in a week?", "14"),
    WordProblem("A rope of 18 meters is cut into 3 equal pieces. How long is each piece?", "6"),
    WordProblem("Leo is 8 years old. His sister is 5 years older. How old is she?", "13"),
    WordProblem(
        "A farmer has 7 cows and 9 sheep. He sells 4 sheep. How many animals are left?", "12"
    ),
    WordProblem(
        "A box holds 6 eggs. Nora has 4 boxes and breaks 3 eggs. How many whole eggs are left?",
        "21",
    ),
    WordProblem(
        "Dan earns 9 dollars an hour. He works 4 hours and spends 10 dollars. How many dollars "
        "does he keep?",
        "26",
    ),
    WordProblem(
        "A train has 5 cars with 40 seats each. 150 seats are taken. How many are free?", "50"
    ),
    WordProblem(
        "Eva has 2 boxes of 10 pencils and gives away 7 pencils. How many are left?", "13"
    ),
    WordProblem("A shirt costs 20 dollars and is sold at half price. What does it cost?", "10"),
    WordProblem(
        "A pool is filled at 50 liters a minute. How many liters are in it after 6 minutes?", "300"
    ),
    WordProblem(
        "Jon plants 3 rows of 8 trees. 5 trees die. How many trees are left?", "19"
    ),
    WordProblem(
        "A class of 24 children is split into groups of 4. How many groups are there?", "6"
    ),
    WordProblem(
        "Milk costs 2 dollars and bread 3 dollars. What do 2 milks and 1 bread cost?", "7"
    ),
    WordProblem("A car drives 60 miles in one hour. How far does it drive in 3 hours?", "180"),
    WordProblem(
        "Kim had 30 stamps. She gave half of them to Bo and then bought 4. How many has she now?",
        "19",
    ),
    WordProblem("A book has 100 pages. Lea has read 35. How many pages are left?", "65"),
    WordProblem(
        "A baker bakes 1,000 rolls a day and sells 850. How many rolls are left?", "150"
    ),
    WordProblem("A film begins at 7 and lasts 2 hours. At what hour does it end?", "9"),
]  # fmt: skip
