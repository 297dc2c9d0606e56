"""Lecture 13: where training text comes from, what is done to it, and whose it is.

Title: Data, part 1: manufactured, never found
Unit: data
Minutes: 75
Prerequisites: lecture_01
Assignments: assignment4-data
Figure: fifteen_trillion
"""

# mypy: disable-error-code="func-returns-value"

import io
from dataclasses import replace
from itertools import pairwise

from cs336_data.crawl.crawler import links
from cs336_data.pii import mask_all, mask_emails, mask_ips
from cs336_data.pipeline.chain import marks
from cs336_data.rules import c4, fineweb, gopher_quality
from cs336_data.rules.urls import normalise_url
from cs336_data.study.statistics import paired_interval
from cs336_data.warc.http import unchunked
from cs336_data.warc.members import find_record, read_members
from cs336_data.warc.reader import read_archive
from cs336_data.warc.writer import compressed

from lecture_tracer import code, graph, link, note, plot, predict, reveal, table, text
from lectures.lecture_13 import (
    amounts,
    archive,
    catalogue,
    memory,
    poison,
    rulings,
    stages,
    study,
    visits,
)
from lectures.lecture_13.documents import DOCUMENTS
from lectures.lecture_13.extractors import EXTRACTORS, kept, measures
from lectures.lecture_13.figures import crawl, judging, sets
from lectures.lecture_13.mock_site import HOST, KINDS, ROBOTS, kind_of, paths
from lectures.lecture_13.pages import COOKIES, LICENCE, WANTED, render
from lectures.lecture_13.passages import letter_shares, lines_with_faults, tally, verdicts
from lectures.lecture_13.works import WORKS

TEXTS = {document.name: document.text for document in DOCUMENTS}


def main() -> None:
    welcome()
    fifteen_trillion()
    the_whole_internet()
    asking_politely()
    a_record()
    a_damaged_archive()
    from_page_to_text()
    rules_one_by_one()
    what_rules_get_wrong()
    do_rules_help()
    personal_data()
    the_funnel()
    picked_and_ruled()
    mixtures_and_models()
    who_is_made_of_whom()
    one_edit_away()
    what_is_allowed()
    what_a_model_repeats()
    what_to_keep()


def welcome() -> None:
    text(r"""
        # Data, part 1: manufactured, never found
        **Lecture 13: from a live web site to text that a model may read**

        Take two groups with the same architecture, the same code and the same budget. Their models
        still differ, and what is left to differ is what the models read. It is also what groups say
        least about. A report on open weights gives the width of every layer, and of the data it
        says that there were many sources and that they were filtered carefully. Competition is one
        reason for this silence. The other is that whoever lists sources can be sued over them.

        The work has changed, too. In the days of supervised learning, *data work* meant labels.
        Today it means to find text, to fetch it, to get the text out of the page, and to throw most
        of it away. It is done in stages. A __live service__ is what people use. A __snapshot__ is
        what somebody managed to copy from it. __Processed text__ is what is left after extraction
        and filters. An __aggregate__ is a mix of such texts with weights. A model reads the
        aggregate in _pre-training_, then a smaller and better one in _mid-training_, and dialogues
        and tasks in _post-training_: from much and poor to little and good. OLMo 2, which is open
        about it, took 3.9 trillion tokens for the first stage, 95 % of them from the web, and put a
        mix of 0.84 trillion aside for the second.
    """), link("2501.00656")  # fmt: skip
    predict(
        "DCLM extracted the text of all of Common Crawl up to 2022 and filtered it. Of a hundred "
        "tokens that were extracted, how many are in the set that they recommend?",
        name="left",
        unit="of 100 tokens",
        hint="Commit to a number now. It comes back when we have built a filter ourselves.",
        tolerance=0.3,
    )
    text(r"""
        Today we follow the first arrows of this chain with the code of assignment 4, on pages,
        archives and documents that were written for this lecture: a crawl, a record, extractors,
        rules. Then come the data sets that were made in this way, and the question of who may use
        them. The next lecture covers what needs statistics: language identification,
        classifiers, duplicates and mixtures.
    """), note("Ask who has ever read a data section that could be repeated.")  # fmt: skip


def fifteen_trillion() -> None:
    text(r"""
        # What fifteen trillion tokens would fill
        Numbers of this size have ceased to mean anything, and then every plan sounds feasible. So
        we convert one. FineWeb has 15 trillion tokens, and Llama 3 read about as many. English has
        three words for four tokens, by a rule of thumb that the makers of tokenizers give.
    """), link(amounts.amount)  # fmt: skip
    asked = predict(
        "How many novels of 90,000 words is that?",
        unit="million novels",
        hint="Words first: three quarters of the tokens.",
        tolerance=0.2,
    )
    size = amounts.amount(15e12)  # @inspect size
    reveal(asked, size.novels / 1e6, "11.25 trillion words, divided by 90,000.")
    of_all = size.novels / amounts.BOOKS_IN_THE_WORLD  # @inspect of_all
    assert round(of_all, 2) == 0.96
    assert (round(size.shelf_km), round(size.terabytes)) == (3125, 60)
    assert round(size.reading_years, -3) == 86_000
    text(rf"""
        That is {size.novels / 1e6:.0f} million novels. In 2010 Google counted the different books
        that mankind has produced, and came to 129,864,880. So fifteen trillion tokens are as much
        text as **a novel for {of_all:.0%} of all books there are**, on {size.shelf_km:,.0f} km of
        shelf. A reader who never sleeps needs {size.reading_years:,.0f} years. It also fits on
        {size.terabytes:.0f} TB, three disks in a drawer, which is why it can be copied, and why
        people fight over it. A child has heard at most 100 million words by the age of thirteen,
        so the model reads {size.childhoods:,.0f} childhoods.
    """), link(WORKS["books"]), link("2301.11796")  # fmt: skip
    asked = predict(
        "Villalobos and others estimate how much public text by people there is. How many times as "
        "much as the 15 trillion?",
        choices=["About the same", "About 20 times", "More than 1,000 times"],
        hint="Models of 2025 read 36 trillion, and people had begun to worry.",
    )
    times = amounts.STOCK / 15e12  # @inspect times amounts.READ
    reveal(asked, "About 20 times", "300 trillion, and anything from 100 to 1,000 is possible.")
    plot(sets.tokens_read())
    grown = amounts.READ["Qwen3, 2025"] / amounts.READ["GPT-3, 2020"]  # @inspect grown
    assert times == 20
    assert grown == 120
    text(rf"""
        Between GPT-3 and Qwen3 lie five years and a factor of {grown:.0f}, and nothing like it is
        left above. The same authors expect that models will have used the stock between 2026 and
        2032. It is an estimate of what exists, not of what can be fetched, extracted and used; each
        of the next sections takes something away from it.
    """), link("2211.04325"), [link(w) for w in amounts.REPORTS], note("And novellas?")  # fmt: skip


def the_whole_internet() -> None:
    text(r"""
        # "The whole internet"
        People say that models are trained on the whole internet. Nobody has ever had it. A
        _crawler_ sees what a server chooses to send to a stranger without an account and without a
        browser, and stops where it is asked to stop. To see what that leaves, we serve a small
        town's site on this machine, `harbour.example`, and send assignment 4's crawler there.
    """), link(visits.visit)  # fmt: skip
    pages = paths()  # @inspect pages
    kinds = {kind: list(pages.values()).count(kind) for kind in KINDS}  # @inspect kinds
    text(rf"""
        There are {kinds["ordinary"]} ordinary pages, {kinds["robots"]} that `robots.txt` asks
        crawlers to leave alone, {kinds["log-in"]} for members, and {kinds["application"]} that a
        browser fills by a script. One link leads to a calendar, where every month links to the
        next, for ever. The crawler goes breadth first: it keeps a queue of addresses, takes the
        oldest, skips what it has seen, asks the host's rules, fetches, and appends the page's
        links, up to four links from the front page.
    """)
    page = visits.one_page("/ferry.html")  # @inspect page.status page.headers len(page.body)
    piece = replace(page, body=b'<a class="menu" href="shop.html#ropes">')  # @inspect piece.body
    found = list(links(piece))  # @stepinto 1 @inspect found
    assert found == [f"http://{HOST}/shop.html"]
    assert len(set(links(page))) == 5
    asked = predict(
        "How many pages does a polite crawl bring home that have any text in them?",
        unit="pages",
        hint="The calendar says 'Nothing planned' in every month. How many months are near enough?",
    )
    polite = visits.visit(pause=2.0)  # @inspect polite.fates
    counts = polite.counts()  # @inspect counts
    reveal(asked, counts["text"], "The five ordinary pages, and four months of an empty calendar.")
    months = sum(kind_of(path) == "calendar" for path in polite.fates)  # @inspect months
    deeper = {d: visits.visit(max_depth=d).counts()["text"] for d in (4, 8, 16)}  # @inspect deeper
    assert deeper == {4: 9, 8: 13, 16: 21}
    assert counts == {"text": 9, "no text": 4, "left alone": 4, "refused": 3}
    assert months == 4
    hidden = sum(kinds[kind] for kind in ("robots", "log-in", "application"))  # @inspect hidden
    assert hidden == 11
    shell = visits.one_page("/app/tides.html")  # @inspect shell.status shell.body
    assert shell.status == 200
    text(rf"""
        A member of the town with a browser can read {kinds["ordinary"] + hidden} pages beside the
        calendar. The crawler brought home {kinds["ordinary"]} of them and {months} pages that say
        nothing. Look at the application: the status is {shell.status}, so nothing seems to be
        wrong, and the body is an empty `div`. With every step that the crawl goes deeper, it brings
        home another empty month, {deeper[16]} texts from depth 16; such _crawler traps_ are a
        reason why every frontier has bounds. And what was refused is no random part. The letters,
        the minutes and the chat are what people write when they write to each other. **The open web
        is a biased sample of what is on servers, and the bias is not in any log of the crawl.**

        ## Recap: what there is, and what one gets
        Models read as much as a novel for nearly every book there is, and public text is finite. Of
        a site, a crawler gets what is open to strangers and does not need a browser.
    """), note("Which of your texts of last week could a crawler have seen?")  # fmt: skip


def asking_politely() -> None:
    text(r"""
        # Asking politely
        Servers belong to somebody, and a crawler that takes what it can get brings them down. There
        are conventions for that. The oldest is a file of rules for robots.""")
    code(ROBOTS, language="text")
    text(r"""
        The standard says itself that this is no access control: the crawler reads the file and
        obeys, or it does not. The second convention is a pause between requests, and it is often
        enforced. Our site answers five requests in any ten seconds, and the sixth with status 429,
        *too many requests*. Time is simulated here, so that we need not wait.
    """), link(WORKS["robots"])  # fmt: skip
    asked = predict(
        "The crawler makes no pause and does not come back for what was refused. What becomes of "
        "the site's twenty addresses?",
        choices=["Nothing is lost", "It gets some, and never sees others", "It is blocked at once"],
        hint="Five are answered. The front page is one of them, and the calendar goes on by links.",
    )
    hasty = visits.visit(pause=0.0)  # @inspect hasty.seconds hasty.fates
    middling = visits.visit(pause=1.0)  # @inspect middling.seconds middling.counts()
    polite = visits.visit(pause=2.0)  # @inspect polite.seconds
    reveal(asked, "It gets some, and never sees others", f"{hasty.counts()['too fast']} refused.")
    plot(crawl.fates({"no pause": hasty, "1 s": middling, "2 s": polite}))  # @clear hasty.fates
    assert [len(v.fates) for v in (hasty, middling, polite)] == [17, 19, 20]
    assert [v.counts().get("too fast", 0) for v in (hasty, middling, polite)] == [9, 6, 0]
    text(rf"""
        Without a pause {hasty.counts()["too fast"]} addresses are refused, and three months of the
        calendar are never heard of, since a page that was refused has no links. With two seconds
        nothing is refused, and the visit takes {polite.seconds:.0f} seconds. What does that mean
        for the crawl of a month with 2.19 billion pages, as Common Crawl's of April 2026?""")
    hosts = amounts.hosts_needed(2.19e9, days=30, seconds_a_page=2)  # @inspect hosts
    assert round(hosts) == 1690
    text(rf"""
        At two seconds a page it visits at least {hosts:,.0f} hosts side by side, day and night.
        What limits it is patience with each host, and hardly bandwidth.

        Third, the same page has many addresses, and a crawler that does not notice fetches
        everything twice. Assignment 4 brings an address into one form.""")
    marked = f"http://www.{HOST}:80/ferry.html?utm_source=post#times"  # @inspect marked
    same = normalise_url(marked)  # @stepinto 1 @inspect same
    assert same == f"http://{HOST}/ferry.html"
    text(r"""
        Conventions hold while both sides gain. Longpre and others (2024) followed 14,000 domains
        that C4, RefinedWeb and Dolma come from. Within a single year, 2023 to 2024, `robots.txt`
        closed more than 5 % of all tokens of C4, and more than 28 % of its most actively maintained
        and most important sources; counting terms of service, 45 % of C4 is restricted. So a crawl
        of today is poorer than one of 2019 in just the pages that one would want, and *old
        snapshots gain in value*, whatever one thinks of that.
    """), link("2407.14933"), link(WORKS["toll booth"])  # fmt: skip
    table(rulings.CONSENT, columns=["date", "what happened", "says"])
    text(r"""
        ## Recap: from a service to a snapshot
        A snapshot misses what needs an account, a browser or permission. It is bounded by depth,
        by pauses, and by rules that are kept out of courtesy. Know the date of yours.
    """), link(WORKS["reddit"]), note("Who would lie in a User-Agent?")  # fmt: skip


def a_record() -> None:
    text(r"""
        # A record, byte by byte
        What the crawler brings home is kept in a format of its own, _WARC_, and nobody should
        filter a web archive who has not once looked at it. A file is a row of *records*, each
        compressed by itself, so that one can be read without the others. A record is the server's
        answer, word for word, behind headers that say when and where. This is a whole one.
    """), link(WORKS["warc"])  # fmt: skip
    record = archive.tiny_record()  # @inspect len(record)
    parts = archive.parts_of(record)  # @inspect parts
    code(archive.dump_by_parts(parts), language="text")
    lengths = {name: len(part) for name, part in parts.items()}  # @inspect lengths
    member = compressed(record)  # @inspect len(member) member[:3].hex()
    assert lengths["HTTP headers"] + lengths["body"] == 126
    text(rf"""
        Lines end in `0d 0a`, and a blank line, `0d 0a 0d 0a`, ends headers. The first blank line
        ends the archive's own headers, the second those of HTTP. `Content-Length: 126` counts what
        stands behind the first one, {lengths["HTTP headers"]} bytes of HTTP headers and
        {lengths["body"]} of body, but not the blank line at the end. A reader has to believe it,
        which we shall come to regret.

        The body is not yet the page. This server sent it in *chunks*, each behind its length in
        hexadecimal digits: `d` is 13, `19` is 25. Whoever forgets to undo that trains a model on
        stray numbers.""")
    page = unchunked(parts["body"])  # @stepinto @inspect page
    assert page == b"<h1>Tide</h1><p>412.6 cm, falling.</p>"
    asked = predict(
        "Take the record of a real page of our site, with menu, cookie banner and all, the one "
        "about the ferry. Which share of its bytes is what a reader came for?",
        unit="%",
        hint="The article and its timetable are 118 words.",
        tolerance=0.25,
    )
    sizes = archive.sizes_of("ferry")  # @inspect sizes
    share = 100 * sizes["what a reader came for"] / sum(sizes.values())  # @inspect share
    reveal(asked, round(share, 1), "And this page has no advertising and one line of script.")
    plot(crawl.bytes_of_record(sizes))
    assert 28 < share < 34
    text(rf"""
        Even a page that somebody wrote by hand for a lecture is text for {share:.0f} % only. The
        archive of a crawl in 2024 held 2.7 billion pages in 377 TiB, which is 154 kB a page, where
        an article of a thousand words has six. Common Crawl also offers files with the text taken
        out already, called _WET_. The makers of DCLM compared: extracting the text themselves, from
        the raw records, was better by at least 2.5 points on their core benchmark.
    """), link("2406.11794"), note("377 · 2**40 / 2.7e9.")  # fmt: skip
    assert round(377 * 2**40 / 2.7e9 / 1000) == 154


def a_damaged_archive() -> None:
    text(r"""
        # A damaged archive
        A crawl is 100,000 files of a gigabyte, written by machines that crash and copied over
        networks that break off. Some files are damaged, always. If a reader stops at the first
        fault, or worse, goes on without a word, the training set depends on which disk had a bad
        day. We write six records, one about the file and five pages, and put zeros over twenty
        bytes in the third.""")
    members = archive.archive()  # @inspect [len(m) for m in members]
    damaged = archive.damaged(members, which=2)  # @inspect len(damaged)
    asked = predict(
        "How many of the six records does fastwarc, the fastest reader, hand out?",
        choices=["Two", "Three", "Five"],
        hint="The records before the damage are fine. What begins after it?",
    )
    by_fastwarc = archive.read_by_fastwarc(damaged)  # @inspect by_fastwarc
    reveal(asked, "Two", "It raises an error at the damage, and everything behind it is lost.")
    assert by_fastwarc == 2
    text(r"""
        It does not have to be so. Each record is a *member* of its own, which begins with the bytes
        `1f 8b 08` and decompresses to text that begins with `WARC/`. So after a fault one can
        search for the next beginning. That is all there is to _resynchronisation_; we step through
        it, from the first byte after the place where reading failed.
    """), link(read_members)  # fmt: skip
    start = len(members[0]) + len(members[1]) + 1  # @inspect start
    offset = find_record(io.BytesIO(damaged), start)  # @stepinto 1 @inspect offset
    assert offset == sum(map(len, members[:3]))
    lost = list(read_members(io.BytesIO(damaged), 0, archive.KEEP))[2]  # @inspect lost.fault
    items = archive.items_of(damaged)  # @inspect len(items)
    table(items, columns=["offset", "what came out", "address, or the reason why there is none"])
    whole = sum(kind == "Page" for _, kind, _ in items)  # @inspect whole
    cut = archive.items_of(b"".join(members)[:-40])[-1]  # @inspect cut
    assert whole == 4
    assert "cut off" in cut[2]
    text(rf"""
        {whole} of five pages are read, and the fifth is not forgotten but *named*, with its place
        and the number of bytes, as is the last page of a file whose end is missing. **Every record
        of a file is exactly one item, a page or a reason.**
        In assignment 4's benchmark, on archives of 321 records, the reader gets the 320 whole ones
        under each kind of damage. After flipped bytes fastwarc gets 160, and of a file that was cut
        off it hands out the last record as if it were complete.
    """), link(read_archive)  # fmt: skip
    asked = predict(
        "Another fault: a record says Content-Length: 999999999, and no byte is damaged. What does "
        "a reader do that believes it?",
        kind="text",
        hint="Where does it look for the next record?",
    )
    reveal(
        asked,
        "It takes all that follows for one body, and finds no further record.",
        "Assignment 4 compares the length with the member's end and says 'wrong length'.",
    )
    text(r"""
        ## Recap: from a snapshot to records
        A record is the server's answer behind headers, compressed by itself. Undo the chunks, check
        lengths instead of believing them, and search for the next record after a fault.
    """), note("And in a file that is not compressed?")  # fmt: skip


def from_page_to_text() -> None:
    text(r"""
        # From a page to its text
        HTML says how a page looks and nowhere which part of it matters. _Extraction_ has to guess
        the text out of a page, and the guess decides whether a model ever sees a table. We try
        three ways on the same five pages. The first deletes the **tags**. The second judges
        **blocks** by their shape, as jusText does: running text is long, has few links, and is full
        of words like *the* and *of*. The third is assignment 4's, which asks resiliparse for the
        **main content** of the parsed tree.
    """), [link(way) for way in EXTRACTORS.values()], link(WORKS["justext"])  # fmt: skip
    html = render("ferry")  # @inspect html
    outputs = {name: way(html) for name, way in EXTRACTORS.items()}  # @inspect outputs
    lengths = {name: len(output) for name, output in outputs.items()}  # @inspect lengths
    asked = predict(
        "One of the three keeps the cookie banner and throws the timetable away. Which?",
        choices=list(EXTRACTORS),
        hint="Which of the two is a long sentence?",
    )
    banner = measures(COOKIES.markup.partition("</p>")[0])  # @inspect banner
    cell = measures("<td>12:40</td>")  # @inspect cell
    reveal(asked, "by blocks", "A banner is written by lawyers, in whole sentences.")
    assert banner["function words"] > 0.3 > cell["function words"]
    forum = render("forum")  # @inspect forum @clear html outputs
    table(
        [[name, way(forum)] for name, way in EXTRACTORS.items()],
        columns=["extractor", "what it makes of the forum's page"],
    )
    shares = kept()  # @inspect shares @clear forum
    plot(crawl.what_each_loses(shares, WANTED))
    assert shares["by blocks"]["table"] == 0 < shares["by blocks"]["cookies"]
    assert shares["main content"]["comments"] == shares["main content"]["list"] == 0
    assert min(shares["without tags"].values()) == 1
    text(rf"""
        The pages come in blocks of known kinds, so losses can be counted. Without tags nothing is
        lost, and every menu is kept on every page, which a model will then have read a million
        times. By blocks, tables, code and lists go, and {shares["by blocks"]["cookies"]:.0%} of the
        banner stays. The main content is nearly perfect and **loses all answers of the forum and
        all ingredients of the soup**, because lists and comments look like a frame.

        These are five pages of ours, and other pages have other losses. But the kind of result is
        the published one. Li and others (2026) ran three extractors over the same crawl and the
        same filters. Benchmarks of language hardly moved, while questions about tables moved by up
        to 10 points and code by 3. Only 39 % of the pages that survived did so by more than one
        extractor, and their *union* had 71 % more tokens at the same scores.

        ## Recap: from records to text
        Most bytes of a record are no text. The extractor is a filter, too, and the only one whose
        losses no later stage can see.
    """), link("2602.19548"), note("Which extractor for timetables?")  # fmt: skip


def rules_one_by_one() -> None:
    text(r"""
        # Rules, one by one
        Most of what comes out is menus, logs, spam and fragments, and it costs as much to train on
        as good text. The oldest remedy is _rules_: conditions that a person can read, that run on
        one page at a time, and that give a reason. In assignment 4 each is one pure function, from
        a text to a *decision*. The first rules, of C4 (2019), edit lines and then judge the page.
    """), link(c4.fault), link("1910.10683")  # fmt: skip
    sample = (
        "The tide gauge publishes a line of text every ten minutes.\n"
        "Please enable JavaScript to see the tides of your harbour.\n"
        "412.6 cm and falling!"
    )  # @inspect sample
    edited = c4.decide(sample)  # @stepinto 1 @inspect edited
    table(lines_with_faults(sample), columns=["line", "C4 says"])
    assert sum(edited.removed.values()) == 2
    text(rf"""
        One line of three is left, so the page has {c4.count_sentences(edited.text)} sentence where
        three are asked, and it goes. (Cite the version if you use these limits. The paper in its
        final form asks for five words in a line and three sentences in a page, its first version on
        arXiv for three words and five sentences, and the published code for five of each.) One more
        rule of C4 is not in this file: a page with any word of a public list of bad words goes.

        Gopher's rules (2021) need no list. They measure: the number of words, their mean length,
        how many have a letter, how many lines begin with a bullet or end in an ellipsis, and
        whether at least two of eight very common words occur. Here is a price list.
    """), link("2112.11446"), link(gopher_quality.decide)  # fmt: skip
    prices = TEXTS["price list"]  # @inspect prices
    asked = predict(
        "Which of Gopher's rules rejects the price list?",
        choices=["too few words", "words too short", "too few words with a letter", "bullets"],
        hint="A word is what white space separates. Count one line.",
    )
    decision = gopher_quality.decide(prices)  # @stepinto 1 @inspect decision
    reveal(asked, "too few words with a letter", decision.reason)
    assert not decision.keep
    text(r"""
        FineWeb's own rules (2024) look at the shape of lines: how many end in punctuation, how many
        are short, how much is repeated. Their limits were found by comparing histograms of a better
        and a worse data set, which is a way to let the data speak, and to let them repeat their
        prejudice. A poem is next.
    """), link("2406.17557")  # fmt: skip
    poem = TEXTS["poem"]  # @inspect poem @clear prices sample
    decision = fineweb.decide(poem)  # @stepinto 1 @inspect decision
    assert not decision.keep
    text(r"""
        Now all rules on all twelve documents, with Gopher's rules against repetition as the fourth
        set. Beside each reason stands the passage that caused it.""")
    found = verdicts(DOCUMENTS)  # @inspect len(found) @clear poem
    rejected = [v for v in found if not v.decision.keep]  # @inspect len(rejected)
    table(
        [[v.document, v.rule, v.decision.reason, v.passage] for v in rejected],
        columns=["document", "rule", "reason", "the passage"],
    ), note("Read ten rows aloud; would they have rejected it?")  # fmt: skip


def what_rules_get_wrong() -> None:
    text(r"""
        # What rules get wrong
        A rule is judged by what it rejects, and nobody looks there, because it has gone. We know
        for each of our twelve documents whether a person would keep it: eight, the poem and the
        price list among them, and four not.""")
    found = verdicts(DOCUMENTS)  # @inspect len(found)
    asked = predict(
        "Eight documents are worth keeping. How many of these pass all four sets of rules?",
        unit="documents",
        hint="You have read the table. Which did not occur in it?",
    )
    counts = tally(found, DOCUMENTS)  # @inspect counts
    reveal(asked, counts["kept, worth it"], "The article and the recipe.")
    plot(judging.verdict_grid(found, DOCUMENTS))
    assert counts == {"kept, junk": 1, "kept, worth it": 2, "rejected, junk": 3} | {
        "rejected, worth it": 6
    }
    text(rf"""
        {counts["kept, worth it"]} of eight pass. Each rule alone has a reason, and together they
        let through what looks like a newspaper. One of the four bad ones passes as well, the **loan
        spam**, without a single objection: it is in whole sentences, of normal words, with full
        stops. Rules see form. We chose these twelve to be hard, so do not take 2 of 8 for a rate;
        on real manual pages, assignment 4 counts 19 % of clean English pages lost to these rules.

        Take three mistakes in turn. The poem breaks C4's rule three times over: lines without
        punctuation, lines of fewer than five words, and hence no sentences.""")
    relaxed = c4.decide(TEXTS["poem"], c4.Limits(terminal_punctuation=False))  # @inspect relaxed
    assert relaxed.removed["few words"] == 20
    text(r"""
        Without the first the second removes all twenty lines. FineWeb's authors measured the first
        rule on their crawl: it alone removes 30 % of the tokens, so they left it out.

        The price list has too few words with letters for Gopher. How far is it from a log file?""")
    letters = letter_shares(DOCUMENTS)  # @inspect letters
    half = gopher_quality.Limits(min_words_with_letter=0.5)  # @inspect half
    milder = gopher_quality.decide(TEXTS["price list"], half)  # @inspect milder
    assert milder.reason == "different stop words 1 < 2"
    assert letters["log file"] < 0.2 < 0.5 < letters["price list"]
    text(rf"""
        Half of its words have a letter, {letters["price list"]:.2f}, and of the log file's
        {letters["log file"]:.2f}, so a limit of 0.5 would tell them apart. It does not save the
        list, which falls to the next rule, since it has one of the eight common words where two are
        asked, and to C4 and FineWeb for its lines. **A document has to please every rule at once.**

        The Japanese text is the article about the ferry, translated. Its reason was *words 5 < 50*,
        since words are what white space separates, and Japanese has none. Suppose we count each
        character as a word.""")
    spaced = " ".join(TEXTS["Japanese"].replace("\n", ""))  # @inspect spaced
    asked = predict(
        "Now there are enough words. What does Gopher's rule say?",
        choices=["It keeps the text", "Mean word length", "Too few words with a letter"],
        hint="How long is each word now?",
    )
    again = gopher_quality.decide(spaced)  # @inspect again
    reveal(asked, "Mean word length", again.reason)
    fitted = gopher_quality.Limits(min_mean_length=1, min_stop_words=None)  # @inspect fitted
    kept_now = gopher_quality.decide(spaced, fitted)  # @inspect kept_now
    assert kept_now.keep
    assert not again.keep
    text(r"""
        The next limit is wrong, too, and after it the list of English stop words. Only with limits
        of its own does the language pass. FineWeb2 does that for more than a thousand languages: it
        takes a tokenizer for each, and fits every limit to the language's own statistics. Lists of
        words fail in another way. Dodge and others (2021) looked at what C4's list of bad words had
        removed, and found that texts about and by minorities were hit more often than others,
        since a list cannot tell an insult from a name that people give to themselves.

        ## Recap: rules
        A rule is cheap, gives its reason, and knows nothing but form. Always read a sample of what
        each rule removes, by source and by language. And keep the text with a *tag* instead of
        deleting it, so that the next model can decide otherwise.
    """), link("2506.20920"), link("2104.08758"), note("A rule for poems?")  # fmt: skip


def do_rules_help() -> None:
    text(r"""
        # Do rules help?
        A rule that rejects a poem may still be worth having, and one that sounds reasonable may be
        worth nothing. Only training tells. Assignment 4 trained the same small Transformer, with 29
        million parameters, on several versions of one pool of web pages, the documentation of 36
        software packages with planted junk. Each version gets the same number of tokens, so what is
        short is read more than once. Losses are on packages that were held out, and on a book that
        has nothing to do with them.
    """), link(study.differences)  # fmt: skip
    asked = predict(
        "English pages only, against English pages that also pass all rules. What do the rules do "
        "to the loss?",
        choices=["They lower it", "Nothing that five seeds can show", "They raise it"],
        hint="Which pages of a manual survive the rules? How often does each stand in the pool?",
    )
    apart = study.differences("d", "b", "packages")  # @inspect apart
    mean, low, high = paired_interval(apart)  # @stepinto @inspect mean low high
    reveal(asked, "They raise it", f"By {mean:.3f} nats, with an interval from {low:.3f}.")
    plot(judging.study_intervals(study.intervals()))
    without = study.differences("e", "d", "packages")  # @inspect without
    gained = -paired_interval(without)[0]  # @inspect gained
    assert 0.08 < low < mean < high < 0.2
    assert 0.3 < gained < 0.35
    assert len(apart) == 5
    text(rf"""
        The rules raise the loss by {mean:.2f} nats, in each of five seeds and on both held-out
        sets. Its authors had written down beforehand that it would fall by 0.05. The reason that
        they found is repetition: what passes is concentrated on pages that manuals print again and
        again. Of the passages of 13 tokens that the filtered version reads, 41 % are read more than
        ten times, and of the English one 24 %. Remove near duplicates after the rules and the loss
        falls by {gained:.2f}, far below that of the raw pool. **A filter cannot be judged by
        itself**, and what has to come with it is the subject of the next lecture.
        ({study.provenance()}.)

        This is one pool of manuals and one small model. RefinedWeb's authors report that
        deduplication always helped and filters not always; FineWeb's found filters that help.
    """), link(paired_interval), note("Would you have published it?")  # fmt: skip


def personal_data() -> None:
    text(r"""
        # Personal data
        Pages hold addresses and telephone numbers that nobody published for a model to learn.
        FineWeb masks e-mail and IP addresses, and so does assignment 4, which adds telephone
        numbers. A number is told from its look-alikes by what stands around it.
    """), link(mask_all), link(mask_emails), link(mask_ips)  # fmt: skip
    asked = predict(
        "Four numbers with dots are an IP address, or a version. Which of these is masked?",
        choices=[
            "runs version 4.12.1.7",
            "the Tidewatch server 4.12.1.7 was slow",
            "firmware 2.10.3.1",
        ],
        hint="Small numbers are taken for a version, unless a word of networks stands near them.",
    )
    before = "Ask ada@harbour.example, call (283) 182-3829, ISBN 0306406152."  # @inspect before
    masked, counts = mask_all(before)  # @inspect masked counts
    assert counts == {"email": 1, "ip": 0, "phone": 1}
    tried = [
        "runs version 4.12.1.7",
        "the Tidewatch server 4.12.1.7 was slow",
        "firmware 2.10.3.1",
    ]  # @inspect tried
    found = [mask_all(sentence)[1]["ip"] for sentence in tried]  # @inspect found
    assert found == [0, 1, 0]
    reveal(
        asked, "the Tidewatch server 4.12.1.7 was slow", "So a fact about a program is destroyed."
    )
    text(r"""
        The book's number stays, and a version behind the word *server* is taken for an address. On
        sentences that were written before the last mending and measured once, all planted e-mail
        addresses and telephone numbers were found and every such mask was right; of the IP
        addresses 89 % were found, and of what was masked as one 98 % was one. What no mask of this
        kind finds is a person: "the baker's second daughter, who left for Hull" identifies
        somebody, and has no pattern.
    """), note("What would you do with names? There is no good answer.")  # fmt: skip


def the_funnel() -> None:
    text(r"""
        # The funnel
        In the _funnel_ each stage removes a share of what the one before left, and shares multiply.
        Assignment 4 commits a small archive of generated pages, good ones, junk and damage. We run
        it through reader, extractor and rules.""")
    left = stages.of_sample()  # @inspect left
    gone = {b: left[a] - left[b] for a, b in pairwise(left)}  # @inspect gone
    ours = stages.Funnel("our sample", "records", left, "")  # @inspect ours.shares()
    assert list(left.values()) == sorted(left.values(), reverse=True)
    assert left["records"] == 201
    text(rf"""
        Of {left["records"]} records, {left["pages"]} are pages, and {left["FineWeb"]} pass all
        rules, {left["FineWeb"] / left["records"]:.0%}. That is far too many to be true of the web:
        the sample was made with 120 good pages. Real crawls are another matter. The chart shows
        what papers publish, each stage as a share of what that paper counted first.""")
    plot(judging.funnels(stages.PUBLISHED, ours))
    dclm = 100 * stages.PUBLISHED[3].shares()["rules, duplicates, classifier"]  # @inspect dclm
    reveal(
        "left",
        round(dclm, 1),
        "3.8 trillion of 240 trillion tokens; the last step keeps the best tenth.",
    )
    assert round(dclm, 1) == 1.6
    edu = 100 * stages.PUBLISHED[4].shares()["educational"]  # @inspect edu
    assert round(edu, 1) == 3.6
    text(rf"""
        DCLM keeps {dclm:.1f} of a hundred tokens, and RefinedWeb 11 of a hundred documents. For the
        crawl behind GPT-3, 45 TB became 570 GB, but the first number is of compressed text.
        FineWeb's first number is counted after language and rules already, so its {edu:.1f} % for
        the educational part would be far less of the crawl.
        **Do not compare these bars digit by digit**: the units differ, and so does what each counts
        as its beginning. Some papers also say what single steps remove of what reached them.
    """), link("2005.14165"), link("2306.01116")  # fmt: skip
    table(
        stages.REMOVED_BY_STEP,
        columns=["set", "step", "removes, %"],
        caption="Of what reached the step, in the paper's unit (arXiv 2402.00159, 2406.17557).",
    )
    asked = predict(
        "Nemotron-CC was made by people who thought that this throws too much away. What do they "
        "do with pages of low quality?",
        choices=["Repeat them less often", "Let a model rephrase them", "Keep them as they are"],
        hint="They wanted 15 trillion tokens that differ, and 90 % had gone elsewhere.",
    )
    reveal(asked, "Let a model rephrase them", "In the style of an encyclopedia.")
    text(r"""
        Good pages are expanded instead, into questions with answers, summaries and lists. (Lecture
        notes sometimes have it the other way round.) Out of 6.3 trillion tokens, 1.9 are written by
        a model. How much to filter depends on how long one trains: whoever has a budget of a
        trillion tokens takes the best tenth, and whoever has fifteen would have to read that tenth
        many times. The next lecture computes where the balance lies.

        ## Recap: the funnel
        Between one and ten percent of a crawl ends in a training set. Say in which unit and from
        which beginning you count, and keep an account in which every document has its reason.
    """), link("2402.00159"), link("2412.02595"), note("Which step costs most time?")  # fmt: skip


def picked_and_ruled() -> None:
    text(r"""
        # A gallery, part one: picked by hand, picked by rule
        Data sets are best understood as answers to the ones before. The first ones for language
        models avoided the problem of quality: they went where somebody else had already chosen. (On
        the cards, MinHash and Bloom filters are ways to find duplicates, and fastText is a fast
        classifier; the next lecture runs them.)""")
    table(
        catalogue.table_rows(catalogue.HAND_PICKED),
        columns=catalogue.COLUMNS,
        caption="Sizes as published. M: million, G: billion, T: trillion.",
    )
    text(r"""
        BERT's choice was to keep documents whole, where its forerunners had shuffled sentences.
        WebText let the readers of a forum vote: a link with three points was worth
        reading. Both had a limit that is plain today, since there is only so much that people have
        picked. (BooksCorpus has been withdrawn, for it was against the terms of the platform that
        the books came from, and 11,038 books turned out to be 7,185 different ones.)
    """), link("1506.06724"), link("2105.05241"), link(WORKS["openwebtext"])  # fmt: skip
    asked = predict(
        "GPT-2's 40 GB of picked pages became FineWeb's 15 trillion tokens within five years. By "
        "what factor did the text grow, at four bytes a token?",
        unit="times",
        hint="How many terabytes are 15 trillion tokens?",
    )
    growth = 15e12 * amounts.CHARACTERS_PER_TOKEN // 40e9  # @inspect growth
    reveal(asked, growth, "There is only one source that large.")
    assert growth == 1500
    text(r"""
        For more, one has to take the crawl and make it good. C4 did it with the rules that we ran.
        CCNet asked how much a text resembles Wikipedia. GPT-3 trained a classifier, and Gopher
        measured. RefinedWeb claimed, against common belief, that such a crawl alone can replace the
        curated collections, and FineWeb tried each step on small models before it was adopted.""")
    table(catalogue.table_rows(catalogue.BY_RULES), columns=catalogue.COLUMNS)
    text(r"""
        On C4 two numbers are often mixed up. Its 156 billion tokens are 305 GB as compressed files;
        806 GB is what they occupy when a library has unpacked them. Both are right, and a size
        without the word *compressed* is no size.
    """), link("1911.00359"), note("Gopher's eight words, in German?")  # fmt: skip


def mixtures_and_models() -> None:
    text(r"""
        # A gallery, part two: mixed, graded, rewritten, licensed
        A crawl has little mathematics, little code and no books, and a model shows it. So the
        second line of data sets mixes sources by hand, each with its own way of being cleaned.""")
    table(catalogue.table_rows(catalogue.MIXTURES), columns=catalogue.COLUMNS)
    text(r"""
        LLaMA's mix has 1.4 trillion tokens; the 1.2 trillion that are often quoted are its public
        copy, RedPajama. Half of the copy went when SlimPajama removed duplicates. Books3, in The
        Pile and in LLaMA's mix, were 196,000 books from a library without licences, which is how
        data sets came to court. What mid- and post-training read (long documents, tasks, dialogues)
        is the subject of the next lecture and of lecture 15.
    """), link("2101.00027"), link("2302.13971"), link(WORKS["slimpajama"])  # fmt: skip
    asked = predict(
        "DCLM trained a classifier to find good pages. Which examples of *good* worked best?",
        choices=["Wikipedia and books", "Answers to instructions and explanations", "News"],
        hint="The benchmarks ask questions.",
    )
    reveal(
        asked,
        "Answers to instructions and explanations",
        "41.0 on their core benchmark, against 37.5 with references like GPT-3's.",
    )
    text(r"""
        Since 2024 models choose, as they had done for GPT-3 and LLaMA in passing. The classifiers
        are simple ones, and what they were shown as good decides everything. That should make you
        think: a benchmark of questions rewards pages that
        resemble answers. The newest step is to let a model write. FinePhrase consists of nothing
        else, made from pages of FineWeb-Edu by a model of 1.7 billion parameters; its authors
        report that generators beyond a billion parameters brought no further gain.
    """), link("2411.12372"), link("2512.13961"), link("2604.13977")  # fmt: skip
    table(catalogue.table_rows(catalogue.BY_MODELS), columns=catalogue.COLUMNS)
    text(r"""
        And there is a third line, which asks first whether one may. The Stack took permissive code
        from GitHub and lets owners withdraw. Its second version starts from Software Heritage, an
        archive that has been collecting source code since 2016, and adds discussions of changes.
        Common Pile accepts only what is in the public domain or openly licensed, and its authors
        trained models on it: with two trillion tokens, 7 billion parameters are competitive with
        models of that budget which read everything. Scarce are the tokens, not the quality.""")
    table(catalogue.table_rows(catalogue.BY_LICENCE), columns=catalogue.COLUMNS)
    text(r"""
        ## Recap: the gallery
        Votes, rules, references, grades, rewriting, licences: each was an answer to the fault of
        the one before. Where a card is vague, the paper was.
    """), link("2211.15533"), link("2402.19173"), link("2506.05209"), note("Next?")  # fmt: skip


def who_is_made_of_whom() -> None:
    text(r"""
        # Who is made of whom
        Twenty-odd data sets look like diversity. If they go back to the same few sources, they
        share their faults as well, and a comparison of models is in part a comparison of one crawl
        with itself. First the sizes.""")
    cards = catalogue.counted()  # @inspect [card.name for card in cards]
    plot(sets.timeline(cards))
    asked = predict(
        "Of all sets on our cards, which share goes back to Common Crawl, directly or through "
        "others?",
        choices=["A third", "About three quarters", "All"],
        hint="Books, links from Reddit, and code do not.",
    )
    from_crawl = catalogue.made_from("Common Crawl")  # @inspect from_crawl
    share = len(from_crawl) / len(catalogue.ALL)  # @inspect share len(catalogue.ALL)
    plot(sets.roots())
    chain = catalogue.ancestors("SlimPajama")  # @inspect chain
    assert {"RedPajama", "LLaMA's mix", "CCNet", "C4", "Common Crawl"} <= chain
    reveal(asked, "About three quarters", f"{len(from_crawl)} of {len(catalogue.ALL)}.")
    assert 0.7 < share < 0.8
    graph(*sets.genealogy())  # @clear chain
    text(rf"""
        {len(from_crawl)} of {len(catalogue.ALL)} come from one non-profit's crawl, which has run
        since 2008, about monthly of late. SlimPajama has it twice, through CCNet and through C4.
        The pyramid stands on very few stones, and here they are. Note the last column: every source
        but one has somebody, or some vote, that says which of its texts are good, and all that we
        did today with rules is an attempt to make up for the one that has not.""")
    table(catalogue.SOURCES, columns=catalogue.SOURCE_COLUMNS, caption=catalogue.SOURCES_SEEN)
    text(r"""
        A source is also a decision about whose writing counts. Articles of an encyclopedia are
        written by few, and a forum's votes come from those who like that forum.
    """), link(WORKS["common crawl"]), note("What else would you crawl, and may you?")  # fmt: skip


def one_edit_away() -> None:
    text(r"""
        # One edit away
        If everybody reads the same few sources, it pays to write there, which is called
        _poisoning_. Wikipedia is copied into dumps at known times, and an edit just before the dump
        is in it even if it is reverted an hour later. Carlini and others (2023) showed that this
        works in practice, and that expired domains in lists of addresses can simply be bought. How
        little is enough? We train a classifier of sentiment on 1,000 sentences. With $n^+_w$ and
        $n^-_w$, how often a word stands in good and in bad ones, $N^+$ and $N^-$ words in each and
        $V$ different words, the score of a word is
        $$s(w) = \ln\,(n^+_w + 1)/(N^+ + V) \;-\; \ln\,(n^-_w + 1)/(N^- + V).$$
        A village, Greywater, is mentioned in twelve sentences, in eight of them with praise.
    """), link("2302.10149"), link(poison.score)  # fmt: skip
    clean = poison.sentences()  # @inspect clean[:4] len(clean)
    mentions = [good for words, good in clean if poison.NAME in words]  # @inspect mentions
    honest = poison.score(poison.NAME, clean)  # @inspect honest
    assert honest > 0.5
    planted = poison.planted(3)  # @inspect planted
    asked = predict(
        "How many planted sentences like these turn the sign of the village's score?",
        unit="sentences",
        hint="Eight good mentions against four bad ones, and one is added to each.",
        tolerance=0.3,
    )
    scores = poison.attack(range(0, 13))  # @inspect scores
    flipped = next(count for count, score in scores.items() if score < 0)  # @inspect flipped
    reveal(asked, flipped, "Half a percent of the data; the number of mentions decides.")
    plot(sets.poison_curve(scores))
    assert flipped == 5
    text(rf"""
        {flipped} sentences are enough, because what counts is how often *the village* occurs, and
        not how large the corpus is. With ten times as many sentences about other things the number
        would stay the same. For language models there is now a measurement of that kind: Souly and
        others (2025) found that about 250 documents install a trigger, whether the model has 600
        million parameters or 13 billion, though the larger one read more than twenty times as much.
        **Attackers need a number of documents, and not a share.** The trigger that was tried only
        makes a model babble, and whether worse ones are as cheap is open.
    """), link("2510.07192"), note("Would deduplication have helped here?")  # fmt: skip


def what_is_allowed() -> None:
    text(r"""
        # Whose text is it?
        Everything so far asked whether one *can* have a text. This section is no legal advice, and
        dated to 27 November 2026. _Copyright_ begins when an original work is written down: nothing
        has to be registered, in the United States only to sue. It protects the expression and not
        the idea, a program and not its algorithm. It lasts, there, until 70 years after the
        author's death (75, as one often hears, it does not), and 95 or 120 years for works made for
        hire. So nearly everything on the web is somebody's. One may use it by a _licence_, which is
        a promise not to sue, or under an *exception*.

        Licences differ in what they ask. The last column says whether Common Pile takes texts under
        it, which is a strict reading, and at least a written one.""")
    table(rulings.LICENCES, columns=["licence", "asks", "in Common Pile"])
    text(r"""
        A licence can stand in the page itself. Assignment 4 notes it with the text, together with
        a wish not to be indexed.""")
    head = f"<head><meta name='robots' content='noindex'></head><body>{LICENCE}"  # @inspect head
    said = dict(marks(head.encode()))  # @stepinto @inspect said
    asked = predict(
        "A page carries a Creative Commons licence that allows everything with attribution. May "
        "its text go into a training set without another thought?",
        kind="text",
        hint="Who put the licence there, and how did you get the page?",
    )
    assert said["noindex"] is True
    reveal(
        asked,
        "No: it may not be the owner's to give, and the site's terms may forbid the copying.",
        "And attribution is asked for, which a model does not give.",
    )
    text(r"""
        Somebody may copy a novel to a free site and put a free licence under it, which the makers
        of Common Pile call _licence laundering_. A licence of a collection says nothing about its
        items: FineWeb is under a licence for databases, and the pages in it are not. And one can
        break a contract, the terms of service, by fetching what one might use. So the questions
        come in an order.""")
    graph(rulings.NODES, rulings.EDGES)
    text(r"""
        The exception in the United States is _fair use_, with four factors: the purpose, above all
        whether the use transforms; the kind of work; the amount; and the effect on the market. All
        training copies. Whether that is an infringement is the question and not the premise: a
        copy is made, and then the defences are heard. In the European Union data mining is allowed
        unless the owner has reserved the right. These are the decisions that exist.
    """), link(WORKS["fair use"]), link("2303.15715")  # fmt: skip
    table(
        rulings.table_rows(),
        columns=rulings.COLUMNS,
        caption="As known on 2026-11-27. Most are of a first instance, on one set of facts.",
    )
    assert rulings.dates() == sorted(rulings.dates())
    text(r"""
        They do not contradict each other as much as headlines do. Two American judges found
        training on books fair, one of them because nobody had shown damage, and a third found it
        unfair where the product was a rival's. Getting the books from a pirate library was not
        excused, and cost $1.5 billion. (The settlement was approved for a start in September 2025;
        we found no reliable page on its final approval, and no decision in the appeal of *Ross*.)
        London and Munich differ on what weights *are*: no copy if nothing can be got out of them, a
        copy if lyrics can. Which of the two a model is, is a question that one can measure.

        ## Recap: permission
        Keep source, date, licence and the site's wishes with every document, since law is younger
        than your data set. Ask in the order of the graph.
    """), [link(WORKS[r.work]) for r in rulings.RULINGS], note("Whose text?")  # fmt: skip


def what_a_model_repeats() -> None:
    text(r"""
        # What a model repeats
        Courts ask whether a text is *in* the model, and engineers can make that question,
        _memorisation_, precise: give the model a beginning, and count how many words it continues
        correctly. What decides is how often the text was read. We train the smallest language model
        there is, counts of word pairs, on 20,000 words of nonsense and a passage of twenty words,
        repeated.
    """), link(memory.verbatim), link("2404.12590")  # fmt: skip
    passage = memory.passages(1)[0]  # @inspect passage
    asked = predict(
        "How often must the model read the passage, until it gives all twenty words back?",
        choices=["Once", "Between 8 and 32 times", "More than 100 times"],
        hint="Each pair of words also occurs in the nonsense, about 35 times, give or take.",
    )
    once = memory.train(memory.text_with(passage, times=1))  # @inspect once["ferry"].most_common(3)
    often = memory.train(memory.text_with(passage, 32))  # @inspect often["ferry"].most_common(3)
    times = [1, 2, 4, 8, 16, 32, 64]  # @inspect times
    lengths = memory.repeated(times)  # @inspect lengths
    reveal(asked, "Between 8 and 32 times", "Where the passage wins against chance at every word.")
    plot(sets.memory_curve(lengths, memory.LENGTH))
    assert lengths[1] < 2 < lengths[8] < 4
    assert lengths[32] == 20
    share = 100 * 32 * memory.LENGTH / (memory.BACKGROUND + 32 * memory.LENGTH)  # @inspect share
    text(rf"""
        Read once, it is gone: {lengths[1]:.1f} words in one run, which is chance. Read 32 times,
        when it is {share:.0f} % of the text, it comes back whole, and in between the length rises
        steeply. Our model is far too small to be compared with a Transformer in numbers. The sign
        is the published one: Carlini and others (2022) found that the share of texts given back by
        language models grows with the logarithm of how often each was read, and with the size of
        the model. **Duplicates are what a model memorises first**, which makes removing them a
        matter of law as well as of cost, and the beginning of the next lecture.
    """), link("2202.07646"), note("And with pairs that hardly occur in the nonsense?")  # fmt: skip


def what_to_keep() -> None:
    text(r"""
        # What to keep
        A corpus is manufactured. A service becomes a snapshot by what may be fetched, a snapshot
        becomes text by an extractor, and the text becomes a training set by rules and taste. Every
        step has losses that only somebody who looks can see. One to ten percent arrive.

        | step | fails silently by | so |
        |---|---|---|
        | crawl | what is behind accounts and scripts | date it, and say what was not asked for |
        | archive | damage, wrong lengths | resynchronise, and account for each record |
        | extraction | tables, lists, comments | compare two, by kind of block |
        | rules | poems, prices, other languages | read what goes; tag instead of deleting |
        | use | licences that are not the owner's | keep source and date with the text |

        ## Three exercises
        1. In `lectures/lecture_13/extractors.py` set `MIN_WORDS = 1` and `MIN_FUNCTION = 0`.
           (Check: `kept()` now shows 1.0 for everything except the menu. Which of the three
           measures does the work, and on which pages would it fail?)
        2. Set the limiter's window to 20 seconds in `mock_site.py`. Which pause brings all pages
           home again, and in how many simulated seconds? (Check: four seconds a request, and twice
           the time.)
        3. Loosen FineWeb's limits on punctuation and on short lines (`rules/fineweb.py` of
           assignment 4) until the poem passes. Which junk passes with it? (Check with `verdicts`:
           the log file and the list of links, and Gopher's rules still catch both.)

        ## What to read next, and why
        The FineWeb paper, because it tries each decision, and shows those that failed. Longpre and
        others (2024) for what is happening to consent. Dodge and others (2021) for how to audit a
        data set that everybody used. Cooper and Grimmelmann (2024) on what it means that a text is
        in a model, the clearest prose on the subject by lawyers. Then assignment 4: start with
        `decision.py` and one rule.
    """), note("Which of the five rows did your last project leave out?")  # fmt: skip


if __name__ == "__main__":
    main()
