"""The same small story in eighteen languages, and short texts that fool a language model.

The sentences were written for this lecture. `clipped` cuts them, so that only length differs.
"""

from collections.abc import Mapping, Sequence

from cs336_data.langid import identify_language

STORY: Mapping[str, str] = {
    "en": "The library opens at nine, but the children are already waiting at the door. "
    "One of them has lost a book about the sea and is afraid to say so.",
    "de": "Die Bibliothek öffnet um neun, aber die Kinder warten schon vor der Tür. "
    "Eines von ihnen hat ein Buch über das Meer verloren und traut sich nicht, es zu sagen.",
    "nl": "De bibliotheek gaat om negen uur open, maar de kinderen staan al voor de deur. "
    "Een van hen heeft een boek over de zee verloren en durft het niet te zeggen.",
    "da": "Biblioteket åbner klokken ni, men børnene venter allerede foran døren. "
    "Et af dem har mistet en bog om havet og tør ikke sige det.",
    "sv": "Biblioteket öppnar klockan nio, men barnen väntar redan utanför dörren. "
    "Ett av dem har tappat bort en bok om havet och vågar inte säga det.",
    "fr": "La bibliothèque ouvre à neuf heures, mais les enfants attendent déjà devant la porte. "
    "L'un d'eux a perdu un livre sur la mer et n'ose pas le dire.",
    "es": "La biblioteca abre a las nueve, pero los niños ya esperan delante de la puerta. "
    "Uno de ellos ha perdido un libro sobre el mar y no se atreve a decirlo.",
    "pt": "A biblioteca abre às nove, mas as crianças já estão à espera em frente da porta. "
    "Uma delas perdeu um livro sobre o mar e não tem coragem de o dizer.",
    "it": "La biblioteca apre alle nove, ma i bambini aspettano già davanti alla porta. "
    "Uno di loro ha perso un libro sul mare e non ha il coraggio di dirlo.",
    "pl": "Biblioteka otwiera się o dziewiątej, ale dzieci już czekają przed drzwiami. "
    "Jedno z nich zgubiło książkę o morzu i boi się o tym powiedzieć.",
    "cs": "Knihovna otevírá v devět, ale děti už čekají přede dveřmi. "
    "Jedno z nich ztratilo knihu o moři a bojí se to říct.",
    "tr": "Kütüphane saat dokuzda açılıyor, ama çocuklar şimdiden kapının önünde bekliyor. "
    "İçlerinden biri denizle ilgili bir kitabı kaybetti ve bunu söylemeye korkuyor.",
    "ru": "Библиотека открывается в девять, но дети уже ждут у двери. "
    "Один из них потерял книгу о море и боится об этом сказать.",
    "uk": "Бібліотека відчиняється о дев'ятій, але діти вже чекають біля дверей. "
    "Одне з них загубило книгу про море і боїться про це сказати.",
    "el": "Η βιβλιοθήκη ανοίγει στις εννέα, αλλά τα παιδιά περιμένουν ήδη μπροστά στην πόρτα. "
    "Ένα από αυτά έχασε ένα βιβλίο για τη θάλασσα και φοβάται να το πει.",
    "ko": "도서관은 아홉 시에 열지만 아이들은 벌써 문 앞에서 기다리고 있다. "
    "그중 한 명은 바다에 관한 책을 잃어버렸는데 말하기를 두려워한다.",
    "ja": "図書館は九時に開くが、子どもたちはもうドアの前で待っている。"
    "そのうちの一人は海の本をなくしてしまい、それを言うのを怖がっている。",
    "th": "ห้องสมุดเปิดเก้าโมง แต่เด็กๆ รออยู่หน้าประตูแล้ว เด็กคนหนึ่งทำหนังสือเกี่ยวกับทะเลหายและไม่กล้าบอกใคร",
}
GROUPS: Mapping[str, Sequence[str]] = {
    "own script": ("el", "ko", "ja", "th"),
    "Cyrillic": ("ru", "uk"),
    "Latin": ("en", "de", "nl", "da", "sv", "fr", "es", "pt", "it", "pl", "cs", "tr"),
}
LENGTHS = (5, 10, 20, 40, 80)
SHORT: Mapping[str, str] = {
    "a greeting": "Hello!",
    "a title": "Alien",
    "a name": "Donald E. Knuth",
    "chat": "lol ikr tbh idk",
    "a formula": r"Let $f(x) = \int_0^x e^{-t^2}\,dt$ be",
    "a loop": "for (i = 0; i < n; i++) { s += a[i]; }",
    "two languages": "Mañana we can go to la playa with the kids",
}


def clipped(text: str, length: int) -> list[str]:
    """Pieces of `length` characters, one beginning at every second word that leaves room."""
    starts = [0, *(i + 1 for i, c in enumerate(text) if c in " 、。")][::2]
    pieces = [text[start : start + length] for start in starts if start + length <= len(text)]
    return pieces or [text[:length]]


def accuracy_by_length() -> list[dict[str, object]]:
    """Rows of group, characters, share of pieces whose language is found, and their mean score."""
    rows: list[dict[str, object]] = []
    for group, codes in GROUPS.items():
        for length in LENGTHS:
            found = [
                (identify_language(piece), code)
                for code in codes
                for piece in clipped(STORY[code], length)
            ]
            right = sum(answer == code for (answer, _), code in found) / len(found)
            score = sum(score for (_, score), _ in found) / len(found)
            rows.append(
                {"group": group, "characters": length, "right": round(right, 3),
                 "score": round(score, 3), "pieces": len(found)}
            )  # fmt: skip
    return rows


def shares(rows: Sequence[Mapping[str, object]]) -> dict[tuple[str, int], float]:
    """Share of right answers by group and length."""
    return {
        (str(row["group"]), int(str(row["characters"]))): float(str(row["right"])) for row in rows
    }


def called() -> dict[str, str]:
    """The language that each short text is said to be in."""
    return {name: identify_language(words)[0] for name, words in SHORT.items()}
