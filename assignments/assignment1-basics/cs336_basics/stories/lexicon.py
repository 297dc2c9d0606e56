# ruff: noqa: SIM905 (word lists read better as running text)
"""Tables of the story grammar: who and what a story can be about.

Names of towns, neighbours, pets and magic words are composed of two words each, so there are
thousands of them: a model cannot know them, it has to copy from earlier in the story. Two words,
because a tokenizer merges no further than a word: composed within a word, every name of a few
thousand would be one token seen once in 100,000, unlike in real text, where rare names are spelled
in frequent pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import product

from cs336_basics.stories.grammar import Variable

GIRLS = """Lily Mia Anna Emma Sara Lucy Ella Zoe Ruby Nora Ava Ivy Rosa Tina Molly Daisy Clara Maya
Julia Alice Hazel Bella Sofia Grace Nina Olive Amy Kate Jenny Penny Polly Wendy Heidi Greta Freya
Ingrid Elsa Vera Iris Luna Stella Mabel Edith Flora Celia Dora Leah Hannah Naomi Miriam Ruth Esther
Fatima Aisha Leila Yasmin Zara Samira Priya Anika Meera Sunita Mei Yuki Hana Sakura Lin Ximena
Camila Lucia Elena Carmen Paloma Isabel Bianca Chiara Giulia Amelie Colette Margot Odette Simone
Katya Olga Tanya Nadia Irina Ama Abena Zuri Imani Amara Nia Thandi Moana Leilani Willow Poppy
Rosie Tilly Millie Betsy Maisie Peggy Winnie Beatrix Harriet Matilda""".split()
BOYS = """Tom Ben Sam Max Tim Jack Leo Finn Oscar Jake Billy Henry Noah Adam Luke Peter Paul Simon
Mark Eric Felix Hugo Otto Karl Emil Axel Nils Lars Sven Bjorn Anders Erik Magnus Oliver George
Arthur Edward Walter Harold Stanley Alfie Archie Freddie Charlie Toby Robin Colin Dylan Owen Rhys
Evan Liam Connor Declan Rory Angus Hamish Callum Pedro Pablo Diego Mateo Javier Carlos Miguel
Rafael Marco Luca Enzo Dario Matteo Pierre Luc Remy Gaston Antoine Ivan Boris Misha Yuri Dmitri
Omar Ali Hassan Yusuf Karim Samir Tariq Ravi Arjun Rohan Vikram Anil Kenji Hiro Taro Jun Wei Chen
Kofi Kwame Jabari Sipho Tane Kai Keanu Jasper Rupert Barnaby Monty Quentin Wilbur Ezra""".split()

_TOWN_STARTS = """Maple Oak Willow Cedar Birch Ash Elm Pine Hazel Rose Clover Thistle Bramble Fern
Moss Briar Heather Amber Silver Golden Copper Iron Stone Pebble Sand Clay Spring Summer Winter
Autumn Rain Snow Wind Storm Sun Moon Star Cloud Mist Frost Fox Hare Otter Badger Swan Robin Lark
Crow Raven Finch Bee Apple Cherry Plum Pear Honey Barley Wheat Mill King Queen""".split()
_TOWN_ENDS = """Hill Wood Dale Field Ford Brook Bridge Well Mill Bay Harbor Gate Cliff Point Haven
Valley Creek Lake Green Corner Hollow Meadow Grove Springs""".split()
_SURNAME_STARTS = """Apple Button Butter Candle Clay Corn Dandle Dapple Fair Farthing Feather
Finkle Flint Gander Gold Good Green Hob Honey Iris Jolly Kettle Lamb Lang Light Little Lock May
Mop Mumble Nettle Nickle Noodle Park Pepper Pickle Pinker Pottle Puddle Quill Rumble Sand Shuttle
Snug Sparrow Sprinkle Tattle Thimble Tinker Tumble Twinkle Waddle Whistle Wiggle Winkle Winter
Wobble Wood""".split()
_SURNAME_ENDS = """Berry Smith Stone Thorn Wick Banks Moore Worth Marsh Fox Finch Penny Bell Brook
Frost""".split()
_PET_TITLES = """Captain Major General Colonel Sergeant Admiral Sir Lady Lord Baron Count Duke
Duchess Prince Princess King Queen Doctor Professor Madam Little Big Old Baby""".split()
_PET_NAMES = """Acorn Bagel Bean Biscuit Bobbin Bramble Bubbles Button Buzz Cinnamon Clover Cocoa
Cookie Cricket Crumb Cuddles Domino Dusty Fidget Flops Fluff Freckle Fudge Giggles Ginger Gizmo
Hiccup Jellybean Jingle Ladle Lumpy Marble Marshmallow Mittens Mocha Mustard Nibbles Noodle Nugget
Nutmeg Paprika Patches Peanut Pebbles Pepper Pickles Pippin Pocket Popcorn Pudding Puzzle Raisin
Ribbon Rumble Scooter Snuggles Snowball Socks Sparkle Speckle Sprinkles Sprout Squiggle Stripes
Sugar Tango Thimble Toffee Truffle Tumble Turnip Twig Velvet Waffles Whiskers Wiggles Zigzag
Zipper""".split()
_SPELL_STARTS = """Abra Bimba Cala Dinga Fala Hoka Jinga Kala Limba Moka Nanga Oppa Pika Ringa
Sala Tinka Umba Vala Wunda Yoka Zimba Zula Mira Luma Rula Toka Binka Dola Fuma Gala""".split()
_SPELL_ENDS = """bim bam bo cadoo dabra doo ferra foo gabba hoy jay kazoo lala loo miro noo pango
poof roo sim soo tiki too wam woo xim yay zam zee zoom""".split()

COLORS = """red blue green yellow purple pink brown black white gray silver golden striped spotted
shiny tiny wooden furry soft round""".split()
THINGS = """ball kite doll drum boat truck robot puzzle balloon whistle wagon bucket blanket crayon
hat scarf ribbon button marble teddy yo-yo rocket train plane puppet flute bell ring key lantern
basket mitten spoon backpack crown necklace bracelet dinosaur giraffe penguin zebra tractor
scooter feather seashell ladybug magnet mirror compass top jewel coin medal badge locket umbrella
acorn envelope egg elephant owl""".split()
FOODS = """apple banana cookie peach plum pear carrot muffin pancake cupcake strawberry cherry grape
sandwich pretzel cracker tomato radish pumpkin biscuit waffle doughnut dumpling pickle potato turnip
walnut chestnut candy lollipop meatball noodle bagel berry fig date lemon mango melon olive orange
apricot""".split()
ANIMALS = """puppy kitten rabbit turtle duck hamster squirrel hedgehog goat lamb pony parrot frog
mouse lizard goose chick piglet calf fox fawn crow pigeon sparrow ferret badger beaver otter
raccoon donkey""".split()
PLANTS = """sunflower rose tulip daisy bean pea pumpkin melon tomato carrot poppy lily violet
strawberry cucumber pepper radish onion""".split()
BREAKABLES = """vase lamp window plate cup teapot mirror clock bowl jug glass jar picture pitcher
flowerpot dish""".split()
SKILLS = [
    ("ride a bike", "riding a bike"),
    ("swim", "swimming"),
    ("skate", "skating"),
    ("dance", "dancing"),
    ("draw a horse", "drawing a horse"),
    ("tie a bow", "tying a bow"),
    ("whistle a song", "whistling a song"),
    ("play the piano", "playing the piano"),
    ("play the violin", "playing the violin"),
    ("juggle", "juggling"),
    ("climb a rope", "climbing a rope"),
    ("jump rope", "jumping rope"),
    ("read a clock", "reading a clock"),
    ("write a poem", "writing a poem"),
    ("paint a rainbow", "painting a rainbow"),
    ("knit a sock", "knitting a sock"),
    ("fly a kite", "flying a kite"),
    ("bake bread", "baking bread"),
    ("catch a ball", "catching a ball"),
    ("row a boat", "rowing a boat"),
    ("build a tower", "building a tower"),
    ("do a cartwheel", "doing a cartwheel"),
    ("speak in front of the class", "speaking in front of the class"),
    ("sing in tune", "singing in tune"),
]
NOISES = [
    ("scratching", "a branch at the window"),
    ("tapping", "the rain on the roof"),
    ("squeaking", "a mouse behind the wall"),
    ("knocking", "a loose shutter in the wind"),
    ("humming", "the old fridge"),
    ("ticking", "the clock in the hall"),
    ("whistling", "the wind in the chimney"),
    ("buzzing", "a fly in a jar"),
    ("rustling", "the cat in a paper bag"),
    ("dripping", "the tap in the bathroom"),
    ("snoring", "the dog under the bed"),
    ("creaking", "the swing in the garden"),
    ("rattling", "the lid of a pot"),
    ("purring", "a kitten in the closet"),
    ("hooting", "an owl in the tree"),
    ("croaking", "a frog by the pond"),
]
PLACES = """park beach forest garden river market library farm playground lake meadow harbor zoo
museum hill school barn bakery castle field pond square orchard station""".split()
NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()


def _falling(count: int, half: int) -> tuple[int, ...]:
    """Return weights that fall to about a half after `half` records, as words do in real text."""
    return tuple(max(1, 60 * half // (half + index)) for index in range(count))


def _table(
    records: Iterable[Mapping[str, str]],
    half: int | None = None,
    parent: str | None = None,
    allows: Callable[[Mapping[str, str], Mapping[str, str]], bool] | None = None,
) -> Variable:
    """Make a variable; equal weights without `half`."""
    rows = tuple(records)
    weights = (1,) * len(rows) if half is None else _falling(len(rows), half)
    return Variable(rows, weights, parent, allows)


def _is_another(parent: Mapping[str, str], record: Mapping[str, str]) -> bool:
    return parent["name"] != record["name"]


def _starts_with(parent: Mapping[str, str], record: Mapping[str, str]) -> bool:
    return parent["name"] == record["start"]


def _pronouns(female: bool) -> dict[str, str]:
    if female:
        return {"he": "she", "him": "her", "his": "her", "He": "She", "His": "Her"}
    return {"he": "he", "him": "him", "his": "his", "He": "He", "His": "His"}


def with_article(noun: str) -> str:
    """Return the noun after "a" or "an": `with_article("owl")` is "an owl"."""
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def plural(noun: str) -> str:
    """Return the plural of a regular English noun."""
    if noun.endswith(("s", "x", "ch", "sh")) or noun in ("tomato", "potato", "mango"):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def _children() -> list[dict[str, str]]:
    """Return girls and boys in turn, so that falling weights treat both alike."""
    children = []
    for girl, boy in zip(GIRLS, BOYS, strict=False):
        children += [_child(girl, "girl"), _child(boy, "boy")]
    return children


def _child(name: str, kind: str) -> dict[str, str]:
    names = {"name": name, "kind": kind, "named": f"{kind} named {name}"}
    return {**names, "called": f"{kind} called {name}", **_pronouns(kind == "girl")}


def _grown_ups() -> list[dict[str, str]]:
    women = ["mom", "grandma", "aunt", "big sister", "godmother"]
    men = ["dad", "grandpa", "uncle", "big brother", "godfather"]
    return [
        {"name": name, "name_cap": name.capitalize(), **_pronouns(name in women)}
        for name in women + men
    ]


def _neighbors() -> list[dict[str, str]]:
    titles = [("Mr.", False), ("Mrs.", True)]
    return [
        {"name": f"{title} {start}-{end}", **_pronouns(female)}
        for start, end, (title, female) in product(_SURNAME_STARTS, _SURNAME_ENDS, titles)
    ]


def _shares() -> list[dict[str, str]]:
    """Return, for each start from 5 to 12, 1 to 3 given away and what is left of the start."""
    return [
        {"start": NUMBERS[n], "name": NUMBERS[k], "left": NUMBERS[n - k]}
        for n in range(5, 13)
        for k in range(1, 4)
    ]


def _animal(name: str) -> dict[str, str]:
    return {"name": name, "a": with_article(name), "a_cap": with_article(name).capitalize()}


def _plant(name: str) -> dict[str, str]:
    many = plural(name)
    return {"one": name, "many": many, "many_cap": many.capitalize()}


def _number(n: int) -> dict[str, str]:
    return {"name": NUMBERS[n], "name_cap": NUMBERS[n].capitalize()}


def _names(joint: str, *parts: list[str]) -> list[dict[str, str]]:
    return [{"name": joint.join(combination)} for combination in product(*parts)]


def variables() -> dict[str, Variable]:
    """Return all variables that the rules mention, by name."""
    children = _children()
    return {
        "hero": _table(children, half=60),
        "friend": _table(children, half=60, parent="hero", allows=_is_another),
        "grown": _table(_grown_ups()),
        "neighbor": _table(_neighbors()),
        "town": _table(_names(" ", _TOWN_STARTS, _TOWN_ENDS)),
        "pet": _table(_names(" ", _PET_TITLES, _PET_NAMES)),
        "spell": _table(_names("-", _SPELL_STARTS, _SPELL_ENDS)),
        "animal": _table((_animal(name) for name in ANIMALS), half=20),
        "color": _table({"name": color} for color in COLORS),
        "thing": _table(({"name": t, "a": with_article(t)} for t in THINGS), half=30),
        "food": _table(
            ({"one": f, "a": with_article(f), "many": plural(f)} for f in FOODS), half=20
        ),
        "plant": _table(_plant(name) for name in PLANTS),
        "broken": _table({"name": b} for b in BREAKABLES),
        "skill": _table(
            {"name": name, "doing": doing, "doing_cap": doing.capitalize()}
            for name, doing in SKILLS
        ),
        "noise": _table({"name": name, "cause": cause} for name, cause in NOISES),
        "place": _table({"name": "the " + p} for p in PLACES),
        "start": _table(_number(n) for n in range(5, 13)),
        "given": _table(_shares(), parent="start", allows=_starts_with),
    }
