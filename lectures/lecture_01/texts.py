"""The texts of lecture 1, all written for it: a tale to train on, one sentence in nine writings."""

from pathlib import Path

HERE = Path(__file__).parent
TALE = HERE / "data" / "tale.txt"
TIC_TAC_TOE = HERE / "data" / "tic_tac_toe.txt"

GREETING = "Bonjour, 🌊! 世界!"

SENTENCES = {
    "English": "The river was quiet this morning, and the children walked slowly to school.",
    "French": "La rivière était calme ce matin, et les enfants marchaient lentement vers l'école.",
    "German": "Der Fluss war heute Morgen ruhig, und die Kinder gingen langsam zur Schule.",
    "Swahili": "Mto ulikuwa shwari asubuhi ya leo, na watoto walitembea polepole kwenda shuleni.",
    "Arabic": "كان النهر هادئا هذا الصباح، ومشى الأطفال ببطء إلى المدرسة.",
    "Hindi": "आज सुबह नदी शांत थी, और बच्चे धीरे-धीरे स्कूल गए।",
    "Chinese": "今天早上河水很平静，孩子们慢慢地走向学校。",
    "Python": (
        "def walk(child):\n    for street in child.route:\n        if street.is_quiet:\n"
        "            child.step(street)\n    return child.place\n"
    ),
    "Emoji": "🌊🌊 🚶🏽‍♀️➡️🏫 🙂",
}
"""The same scene in each of them, as far as it can be said there."""

PROBES = {
    "greeting": GREETING,
    "case": "hello hello Hello HELLO",
    "digits": "1234567",
    "indentation": "    return x + 1",
}
"""Short strings that show how a tokenizer cuts."""

BY_WRITING = {
    "Latin letters": "".join(
        SENTENCES[name] for name in ("English", "French", "German", "Swahili")
    ),
    **{name: SENTENCES[name] for name in ("Arabic", "Hindi", "Chinese", "Emoji")},
}
"""The same without the program, the four in Latin letters together."""


def read_tale() -> str:
    """The tale, about nine kilobytes of English."""
    return TALE.read_text(encoding="utf-8")
