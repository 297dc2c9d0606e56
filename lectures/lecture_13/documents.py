"""Twelve short documents for the rules, each with what a person would say of it. Written here."""

from dataclasses import dataclass

_ARTICLE = """The harbour office has published its figures for the year, and they are better than
anybody expected. More than four thousand boats called at the town between April and October.
That is a third more than in the year before, which the harbour master puts down to the new
pontoon and to the bakery beside it. She also says that visitors have become more patient.
Nobody has rammed the fuel dock since June, and of the three boats that sank, two were raised
within a day. The council will decide in January whether the pontoon stays."""

_RECIPE = """This soup needs an hour, of which you have to be present for twenty minutes.
Cut the leeks into rings and wash them in plenty of water, because sand hides between the leaves.
Melt the butter in a heavy pot and let the leeks soften in it without turning brown.
Add the potatoes and the stock, and simmer until they fall apart when you look at them sternly.
Season with nutmeg and serve it with the bread that you have burnt in the meantime."""

_POEM = """Before the light
the nets go down
a rope, a knot
a sleeping town

We do not count
the herring here
the sea has counted
every year

And what it gave
it will not lend
the tide comes in
at either end

My father knew
the hour by smell
by salt, by tar
by the harbour bell

I know it by
the kettle's song
and by the gulls
who get it wrong"""

_PRICES = """Chandlery, prices for 2026
Shackle, galvanised, 8 mm € 4.20
Shackle, galvanised, 10 mm € 5.60
Anchor, 8 kg € 64.00
Anchor, 12 kg € 89.00
Chain, 8 mm, per metre € 7.90
Oilskin jacket, S to XXL € 135.50
Sea boots, 38 to 47 € 72.00
Bilge pump, 12 V, 60 l / min € 61.90
Fender, 20 × 62 cm € 24.80
Mooring line, 14 mm, 10 m € 33.00
Flare, red, in date € 18.40
Varnish, 1 l € 29.90
Compass, bulkhead, 70 mm € 112.00
Radar reflector, 16 in € 48.70"""

_JAPANESE = """冬の連絡船が月曜日から再び運航します。
機関の修理には三週間かかり、その間、島の人々は漁船が運んでくるもので暮らしました。
学校は礼拝堂で授業を続けました。先生がたまたま島の側にいたからです。
船長によると、エンジンはピアノが階段を落ちるような音を立てていたそうです。
整備士は、乗客の大半よりも古い軸受を見つけました。来週からは、夕方に家へ帰ることができます。"""

_THREAD = """how do I get moss out from between the cobbles without hurting the hedgehogs
the brush works for a week and then it is back
> boiling water twice in april and you are done
> > tried that with the rain barrel and it only made the moss cleaner
> why remove it though, it is prettier than the granite and it does not squeak
> ask Ingrid in the lower lane, she has a flame thrower and very few neighbours
> > that explains the fence
thanks all, I have decided that I like moss"""

_MANUAL = """gauge - read the tide gauge at the pier
SYNOPSIS
gauge [-a] [-u UNIT] [FILE]
OPTIONS
-a  include readings that were repaired by hand
-u  cm, m or ft
-v  say what is skipped
-h  print this help
EXIT STATUS
0 if all readings could be parsed, 1 if some could not, 2 if there is no file
SEE ALSO
tide(1), moon(5), patience(7)"""

_CODE = """#include <stdio.h>
#include "gauge.h"
int main(int argc, char **argv) {
    struct reading r;
    double highest = -1e9;
    FILE *in = argc > 1 ? fopen(argv[1], "r") : stdin;
    if (in == NULL) { perror(argv[1]); return 2; }
    while (gauge_read(in, &r)) {
        if (r.repaired) continue;
        if (r.level > highest) highest = r.level;
    }
    printf("%.1f cm above datum\\n", highest);
    return 0;
}"""

_LOG = """2026-11-02 04:10:00 +0412.6 0000 1013.2 0.0 OK 7 331 02 0x1f
2026-11-02 04:20:00 +0409.1 0000 1013.1 0.0 OK 7 332 02 0x1f
2026-11-02 04:30:00 +0405.8 0000 1013.1 0.0 OK 7 333 02 0x1f
2026-11-02 04:40:00 +0402.2 0000 1013.0 0.0 OK 7 334 02 0x1f
2026-11-02 04:50:00 -0001.0 0009 1013.0 0.0 ERR 7 335 02 0x00
2026-11-02 05:00:00 +0395.7 0000 1012.9 0.0 OK 7 336 02 0x1f"""

_LOREM = """Welcome to the new site of our sailing club. We are working on it with all our strength.
Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore.
Here you will soon find the results of the regatta and the minutes of the meeting that followed it.
Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore.
Please have a little patience, and come back to us when the season begins with the first races."""

_LINKS = """- Home
- Ferry timetables and fares for the islands
- Shop: boats, ropes, anchors and all that floats
- The forum of the town, with the moss and the hedgehogs
- Weather, tides and the webcam at the pier
- Letters to the council
- To the log-in of the members
- Imprint and privacy
- Photos of the regatta
- The archive of the harbour news
- Contact and opening hours of the office
- To the top of the page"""

_SPAM = """Are you looking for the best cheap loans that have helped thousands with their dreams?
Our experts have compared all the offers of the market for you, and the result will surprise you.
With a loan from our partners you can buy the boat that you have always wanted, and pay later.
It is simple, it is safe, and it takes only two minutes of your time to fill in the form below.
Do not wait until the best offers of the week are gone, because thousands have already applied."""


@dataclass(frozen=True)
class Document:
    """A text and whether a person would put it into a training set, and why."""

    name: str
    text: str
    worth: bool
    because: str


DOCUMENTS = [
    Document("article", _ARTICLE, True, "prose with facts"),
    Document("recipe", _RECIPE, True, "instructions in whole sentences"),
    Document("poem", _POEM, True, "rhymes, and is meant"),
    Document("price list", _PRICES, True, "facts, in a form that people read"),
    Document("Japanese", _JAPANESE, True, "the article of the ferry, translated"),
    Document("thread", _THREAD, True, "question, answers, an outcome"),
    Document("manual page", _MANUAL, True, "dense and exact"),
    Document("C program", _CODE, True, "code that compiles"),
    Document("log file", _LOG, False, "numbers without a reader"),
    Document("placeholder", _LOREM, False, "half of it is filler"),
    Document("link list", _LINKS, False, "a menu that lost its page"),
    Document("loan spam", _SPAM, False, "says nothing, to sell something"),
]
