"""What the questions are about: small tables of common knowledge, and ways to ask for it.

A topic has ways to ask (`{x}` is the item; the last way is for evaluation only), a sentence that
answers and one that gives a reason (`{y}` is the answer). Topics marked `held_out` are never
trained on. Everything here was written for this assignment.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """A relation between items and answers."""

    name: str
    ways: tuple[str, ...]
    sentence: str
    reason: str
    items: dict[str, str]
    held_out: bool = False


def pairs(text: str) -> dict[str, str]:
    """`"a: b, c: d"` as a dictionary."""
    return dict(entry.split(": ") for entry in " ".join(text.split()).split(", "))


CAPITALS = pairs("""
    France: Paris, Spain: Madrid, Italy: Rome, Germany: Berlin, Portugal: Lisbon, Austria: Vienna,
    Greece: Athens, Poland: Warsaw, Hungary: Budapest, Norway: Oslo, Sweden: Stockholm,
    Finland: Helsinki, Denmark: Copenhagen, Ireland: Dublin, Belgium: Brussels, Japan: Tokyo,
    China: Beijing, India: New Delhi, Egypt: Cairo, Kenya: Nairobi, Canada: Ottawa, Mexico: Mexico
    City, Peru: Lima, Chile: Santiago, Cuba: Havana, Turkey: Ankara, Iran: Tehran, Iraq: Baghdad,
    Thailand: Bangkok, Russia: Moscow
""")
CONTINENTS = pairs("""
    France: Europe, Japan: Asia, Brazil: South America, Canada: North America, Kenya: Africa,
    Egypt: Africa, India: Asia, Peru: South America, Spain: Europe, China: Asia, Mexico: North
    America, Nigeria: Africa, Norway: Europe, Chile: South America, Vietnam: Asia, Ghana: Africa,
    Poland: Europe, Argentina: South America, Thailand: Asia, Morocco: Africa, Greece: Europe,
    Nepal: Asia, Cuba: North America, Ireland: Europe
""")
OPPOSITES = pairs("""
    hot: cold, big: small, fast: slow, up: down, light: dark, early: late, full: empty, rich: poor,
    strong: weak, young: old, wet: dry, hard: soft, high: low, long: short, open: closed, happy:
    sad, clean: dirty, loud: quiet, thick: thin, wide: narrow, sharp: blunt, cheap: expensive, easy:
    difficult, brave: cowardly, deep: shallow, heavy: light, near: far, true: false, first: last,
    inside: outside
""")
PLURALS = pairs("""
    child: children, mouse: mice, foot: feet, tooth: teeth, goose: geese, man: men, woman: women,
    ox: oxen, leaf: leaves, knife: knives, wolf: wolves, shelf: shelves, city: cities, baby: babies,
    box: boxes, potato: potatoes, sheep: sheep, fish: fish, person: people, loaf: loaves
""")
PAST = pairs("""
    go: went, see: saw, eat: ate, take: took, give: gave, run: ran, write: wrote, sing: sang, bring:
    brought, buy: bought, catch: caught, teach: taught, think: thought, know: knew, grow: grew, fly:
    flew, drive: drove, speak: spoke, break: broke, find: found, keep: kept, sleep: slept, leave:
    left, begin: began, swim: swam
""")
YOUNG = pairs("""
    dog: puppy, cat: kitten, cow: calf, horse: foal, sheep: lamb, pig: piglet, goat: kid, lion: cub,
    duck: duckling, goose: gosling, chicken: chick, deer: fawn, frog: tadpole, kangaroo: joey, swan:
    cygnet
""")
SYMBOLS = pairs("""
    hydrogen: H, helium: He, carbon: C, nitrogen: N, oxygen: O, sodium: Na, iron: Fe, gold: Au,
    silver: Ag, copper: Cu, calcium: Ca, zinc: Zn, lead: Pb, tin: Sn, neon: Ne, sulfur: S,
    potassium: K, chlorine: Cl, magnesium: Mg, lithium: Li
""")
MATERIALS = pairs("""
    window: glass, book: paper, tire: rubber, candle: wax, sweater: wool, nail: iron, coin: metal,
    brick: clay, chair: wood, shoe: leather, rope: fiber, bottle: plastic, wall: stone, pot: clay,
    ring: gold
""")
TOOLS = pairs("""
    hammer: driving nails, saw: cutting wood, knife: cutting food, needle: sewing cloth, broom:
    sweeping floors, shovel: digging holes, pen: writing words, ruler: measuring length, scale:
    measuring weight, clock: telling time, thermometer: measuring temperature, brush: painting
    walls, kettle: boiling water, oven: baking bread, ladder: reaching high places, lock: closing
    doors, lamp: giving light, umbrella: keeping off rain, compass: finding north, telescope: seeing
    stars
""")
SOUNDS = pairs("""
    cow: moo, dog: bark, cat: meow, duck: quack, sheep: baa, pig: oink, lion: roar, bee: buzz,
    snake: hiss, frog: croak, owl: hoot, horse: neigh, wolf: howl, mouse: squeak
""")
NEXT_MONTHS = pairs("""
    January: February, February: March, March: April, April: May, May: June, June: July, July:
    August, August: September, September: October, October: November, November: December, December:
    January
""")
NEXT_DAYS = pairs("""
    Monday: Tuesday, Tuesday: Wednesday, Wednesday: Thursday, Thursday: Friday, Friday: Saturday,
    Saturday: Sunday, Sunday: Monday
""")
WORDS = tuple(
    """
    apple river garden window yellow summer orange planet castle pencil market doctor farmer silver
    winter bridge forest island kitchen music number ocean paper queen rabbit school table uncle
    village zebra
    """.split()  # noqa: SIM905 (as a tuple of strings it would fill a screen)
)
SUMS = {f"{a} + {b}": str(a + b) for a in range(2, 10) for b in range(a, 10)}
PRODUCTS = {f"{a} x {b}": str(a * b) for a in range(2, 10) for b in range(a, 10)}
CURRENCIES = pairs("""
    Japan: the yen, India: the rupee, China: the yuan, Mexico: the peso, Russia: the ruble, Sweden:
    the krona, Switzerland: the franc, Turkey: the lira, Brazil: the real, Poland: the zloty, South
    Korea: the won, Israel: the shekel, Thailand: the baht, Germany: the euro, Canada: the dollar
""")
SIDES = pairs("""
    triangle: three, square: four, rectangle: four, pentagon: five, hexagon: six, heptagon: seven,
    octagon: eight, nonagon: nine, decagon: ten
""")
HABITATS = pairs("""
    shark: the ocean, camel: the desert, monkey: the jungle, polar bear: the Arctic, penguin:
    the Antarctic, frog: ponds, cow: farms, whale: the ocean, lion: the savanna, beaver: rivers,
    goat: mountains, bat: caves, crab: the shore, squirrel: forests
""")

TOPICS = (
    Topic(
        "capitals",
        (
            "What is the capital of {x}?",
            "Name the capital city of {x}.",
            "Which city is {x} governed from?",
        ),
        "The capital of {x} is {y}.",
        "The government of {x} has its seat there.",
        CAPITALS,
    ),
    Topic(
        "continents",
        (
            "On which continent is {x}?",
            "Name the continent of {x}.",
            "Where on Earth does {x} lie?",
        ),
        "{x} is in {y}.",
        "The land of {x} belongs to that continent.",
        CONTINENTS,
    ),
    Topic(
        "opposites",
        (
            'What is the opposite of "{x}"?',
            'Give a word that means the reverse of "{x}".',
            'Which word is an antonym of "{x}"?',
        ),
        'The opposite of "{x}" is "{y}".',
        "The two words stand at the two ends of one scale.",
        OPPOSITES,
    ),
    Topic(
        "plurals",
        (
            'What is the plural of "{x}"?',
            'One {x}, two what? Give the plural of "{x}".',
            'How is "{x}" written when there are several?',
        ),
        'The plural of "{x}" is "{y}".',
        "That is the form used for more than one.",
        PLURALS,
    ),
    Topic(
        "past tense",
        (
            'What is the past tense of "{x}"?',
            'Put the verb "{x}" into the past.',
            "Today I {x}; what is the verb for yesterday?",
        ),
        'The past tense of "{x}" is "{y}".',
        "That is the form for what happened before now.",
        PAST,
    ),
    Topic(
        "young animals",
        ("What is a young {x} called?", "Name the young of a {x}.", "What do you call a baby {x}?"),
        "A young {x} is called a {y}.",
        "English has a word of its own for the young of this animal.",
        YOUNG,
    ),
    Topic(
        "chemical symbols",
        (
            "What is the chemical symbol of {x}?",
            "Give the symbol of the element {x}.",
            "How is {x} written in the periodic table?",
        ),
        "The symbol of {x} is {y}.",
        "Chemists use these letters for the element {x}.",
        SYMBOLS,
    ),
    Topic(
        "materials",
        (
            "What is a {x} usually made of?",
            "Name a usual material of a {x}.",
            "Which material would you expect in a {x}?",
        ),
        "A {x} is usually made of {y}.",
        "That material suits the use of a {x}.",
        MATERIALS,
    ),
    Topic(
        "tools",
        ("What is a {x} used for?", "Name the use of a {x}.", "What do people do with a {x}?"),
        "A {x} is used for {y}.",
        "A {x} is built for this task.",
        TOOLS,
    ),
    Topic(
        "sounds",
        ("What sound does a {x} make?", "Name the sound of a {x}.", "How does a {x} sound?"),
        'The sound of a {x} is "{y}".',
        "English writes what this animal sounds like with that word.",
        SOUNDS,
    ),
    Topic(
        "months",
        (
            "Which month comes after {x}?",
            "Name the month after {x}.",
            "What follows {x} in a year?",
        ),
        "The month after {x} is {y}.",
        "The months of a year have a fixed order.",
        NEXT_MONTHS,
    ),
    Topic(
        "days",
        (
            "Which day comes after {x}?",
            "Name the day after {x}.",
            "Today is {x}; what is tomorrow?",
        ),
        "The day after {x} is {y}.",
        "The days of a week have a fixed order.",
        NEXT_DAYS,
    ),
    Topic(
        "first letters",
        (
            'What is the first letter of "{x}"?',
            'Name the letter that "{x}" starts with.',
            'Which letter does the word "{x}" begin with?',
        ),
        'The first letter of "{x}" is {y}.',
        'Spelled out, "{x}" begins with that letter.',
        {word: word[0] for word in WORDS},
    ),
    Topic(
        "sums",
        ("What is {x}?", "Work out {x}.", "How much is {x} in all?"),
        "The sum {x} is {y}.",
        "Counting both numbers together gives {y}.",
        SUMS,
    ),
    Topic(
        "products",
        ("What is {x}?", "Multiply {x}.", "How much is {x} when multiplied?"),
        "The product {x} is {y}.",
        "Adding the number that many times gives {y}.",
        PRODUCTS,
    ),
    Topic(
        "currencies",
        (
            "What is the currency of {x}?",
            "Name the money used in {x}.",
            "How do people pay in {x}?",
        ),
        "The currency of {x} is {y}.",
        "Prices in {x} are given in that currency.",
        CURRENCIES,
        held_out=True,
    ),
    Topic(
        "sides",
        (
            "How many sides does a {x} have?",
            "Name the number of sides of a {x}.",
            "How many edges bound a {x}?",
        ),
        "A {x} has {y} sides.",
        "The shape is defined by that number of sides.",
        SIDES,
        held_out=True,
    ),
    Topic(
        "habitats",
        ("Where does a {x} live?", "Name the home of a {x}.", "Where would you look for a {x}?"),
        "A {x} lives in {y}.",
        "A {x} finds its food and shelter there.",
        HABITATS,
        held_out=True,
    ),
)
