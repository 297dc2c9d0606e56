"""Sentences for the masks: values that are to be masked, look-alikes that are not.

Six sets found faults that were mended; the last was written before the last mending and measured
once, after it.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator, Sequence

Make = Callable[[random.Random], str]


def word(rng: random.Random, letters: int = 0) -> str:
    """A word of letters that can be said."""
    syllables = [rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(letters or 3)]
    return "".join(syllables)


def email(rng: random.Random) -> str:
    """An address as people have them."""
    local = rng.choice(
        (
            word(rng),
            f"{word(rng)}.{word(rng)}",
            f"{word(rng)[0]}{word(rng)}",
            f"{word(rng)}_{rng.randint(1, 99)}",
            f"{word(rng)}+{word(rng, 2)}",
            f"{word(rng)}-{word(rng)}",
            word(rng).upper(),
        )
    )
    domain = rng.choice(
        (f"{word(rng)}.com", f"mail.{word(rng)}.org", f"{word(rng)}.co.uk", f"{word(rng)}-x.de",
         f"{word(rng)}.edu", f"cs.{word(rng)}.ac.jp")
    )  # fmt: skip
    return f"{local}@{domain}"


def phone(rng: random.Random) -> str:
    """A US number in one of its usual forms."""
    area = f"{rng.randint(2, 9)}{rng.randint(0, 9)}{rng.randint(0, 9)}"
    exchange, line = f"{rng.randint(2, 9)}{rng.randint(10, 99)}", f"{rng.randint(0, 9999):04}"
    return rng.choice(
        (
            f"({area}) {exchange}-{line}",
            f"({area}) {exchange} {line}",
            f"{area}-{exchange}-{line}",
            f"{area}.{exchange}.{line}",
            f"{area} {exchange} {line}",
            f"+1 {area} {exchange} {line}",
            f"+1-{area}-{exchange}-{line}",
            f"1-{area}-{exchange}-{line}",
            f"({area}){exchange}-{line}",
        )
    )


def bare_phone(rng: random.Random) -> str:
    """Ten digits without anything between them."""
    return f"{rng.randint(2, 9)}{rng.randint(10, 99)}{rng.randint(2, 9)}{rng.randint(0, 999999):06}"


def ip(rng: random.Random) -> str:
    """An IPv4 address."""
    return ".".join(str(rng.randint(1, 254)) for _ in range(4))


def version4(rng: random.Random) -> str:
    """A version of four numbers, as programs have them."""
    return ".".join(str(rng.randint(0, most)) for most in (30, 40, 20, 99))


def ipv6(rng: random.Random) -> str:
    """An IPv6 address, shortened or not."""
    groups = [f"{rng.randrange(1, 1 << 16):x}" for _ in range(8)]
    return rng.choice(
        (":".join(groups), f"2001:db8::{groups[0]}:{rng.randint(1, 99)}",
         f"fe80::{groups[1]}:{groups[2]}:{groups[3]}:{rng.randint(1, 9)}")
    )  # fmt: skip


def date(rng: random.Random) -> str:
    """A day, as programs write it."""
    return f"20{rng.randint(10, 26)}-{rng.randint(10, 12)}-{rng.randint(10, 28)}"


def number(rng: random.Random, digits: int) -> str:
    """So many digits, none of them 0 at the start."""
    return str(rng.randint(10 ** (digits - 1), 10**digits - 1))


REAL: tuple[tuple[str, str, Make], ...] = (
    ("email", "Questions about the {w} go to {v}, who answers within a day.", email),
    ("email", "Contact: {v}", email),
    ("email", "From: {w} <{v}>", email),
    ("email", 'Send it <a href="mailto:{v}">by mail</a> to our office.', email),
    ("email", "Maintainer ({v}) and {w} agreed.", email),
    ("email", "Write me at {v}; I read everything.", email),
    ("phone", "The office can be reached at {v} on weekdays.", phone),
    ("phone", "Tel: {v}", phone),
    ("phone", "Phone: {v}, ask for {w}.", phone),
    ("phone", "For reservations dial {v} or write.", phone),
    ("phone", "{w} ({v}) is in charge of the {w} archive.", phone),
    ("phone", "My number has changed to {v}.", phone),
    ("phone", "Call me on {v} when you arrive.", bare_phone),
    ("phone", "fax {v}", bare_phone),
    ("ip", "The last login of {w} was from {v} at noon.", ip),
    ("ip", "ping {v} answers, {w} does not", ip),
    ("ip", "Requests of {v} were refused.", ip),
    ("ip", "inet addr:{v}  Mask and {w}", ip),
    ("ip", "See http://{v}/status for the state of {w}.", ip),
    ("ip", "host {v} port 22", ip),
    ("ip", "The router has the address {v} on this link.", ipv6),
)
LOOK_ALIKES: tuple[tuple[str, Make], ...] = (
    ("Upgrade to version {v} before you go on.", lambda r: f"{r.randint(1, 9)}.{ip(r)[:5]}"),
    ("{w} v{v} was released in spring.", ip),
    ("Release {v} mends the fault.", ip),
    ("as section {v} explains", lambda r: ".".join(str(r.randint(1, 12)) for _ in range(4))),
    ("ISBN {v}, second edition", lambda r: number(r, 10)),
    ("ISBN-13: 978-{v}", lambda r: number(r, 10)),
    ("Order {v} was shipped.", lambda r: number(r, 10)),
    ("bug #{v} is closed", lambda r: number(r, 10)),
    ("took {v} ns in all", lambda r: number(r, 10)),
    ("seed = {v}", lambda r: number(r, 10)),
    ("pi is about 3.{v}", lambda r: number(r, 10)),
    ("It was built on {v}.", date),
    ("the id {v} of the record", lambda r: number(r, 12)),
    ("a total of {v} bytes", lambda r: f"{number(r, 1)},{number(r, 3)},{number(r, 3)}"),
    ("@{w}.setter decorates it", word),
    ("clone git@{v}:repository", word),
    ("user@{v} logs in", word),
    ("std::{v}::iterator", word),
    ("at {v} in the morning", lambda r: date(r)[-2:] + f":{r.randint(10, 59)}:{number(r, 2)}"),
    ("the UUID {v}", lambda r: str(uuid.UUID(int=r.getrandbits(128), version=4))),
    ("MAC {v}", lambda r: ":".join(f"{r.randrange(256):02x}" for _ in range(6))),
    ("costs ${v} a year", lambda r: number(r, 6)),
    ("{v} people live there", lambda r: number(r, 10)),
    ("a budget of {v} marks and {w}", lambda r: number(r, 9)),
    ("needs lib{w} (>= {v})", ip),
    ("{v} Overview of the {w}", lambda r: ".".join(str(r.randint(1, 12)) for _ in range(4))),
    ("between {v} and that many more {w}", lambda r: number(r, 10)),
    ("{w}-{v}.tar.gz unpacks", ip),
    ("the hash {v} collides", lambda r: f"{r.getrandbits(64):016x}"),
    ("row {v}: {w}", lambda r: number(r, 10)),
    ("file {v}.log", lambda r: number(r, 10)),
    ("{w} = [{v}, {v}]", lambda r: number(r, 10)),
    ("Fermat found 2^32+1 = {v}", lambda r: number(r, 10)),
)  # fmt: skip

# Written after the masks were mended with the frames above; what they found was mended, too.
SECOND_REAL: tuple[tuple[str, str, Make], ...] = (
    ("email", "You will find {w} under {v} as always", email),
    ("email", "cc: {v}, {w}", email),
    ("email", "[{w}](mailto:{v})", email),
    ("phone", "Office hours: Mon-Fri, {v}", phone),
    ("phone", "Please text {v} after six.", bare_phone),
    ("phone", "{w} left a message, {v}, and hung up", phone),
    ("phone", "Contact me at {v} if you have a question.", bare_phone),
    ("ip", "nameserver {v}", ip),
    ("ip", "{v} - - [12/Mar] GET /{w}", ip),
    ("ip", "Failed password for {w} from {v} port 4022 ssh2", ip),
    ("ip", "allow {v}/24 to reach {w}", ip),
    ("ip", "via {v} dev eth0", ipv6),
)
SECOND_LOOK_ALIKES: tuple[tuple[str, Make], ...] = (
    ("commit {v} broke the {w}", lambda r: f"{r.getrandbits(40):010x}"),
    ("PMID: {v}", lambda r: number(r, 8)),
    ("lib{w}.so.{v}", ip),
    ("Python {v} on {w}", lambda r: f"3.{r.randint(2, 13)}.{r.randint(0, 12)}"),
    ("{w} {v} or later is needed", ip),
    ("matrix of {v} and {v}", lambda r: number(r, 5)),
    ("doi:10.1234/{v}", lambda r: number(r, 10)),
    ("at timestamp {v} it stopped", lambda r: number(r, 10)),
    ("https://{w}.example/item/{v}", lambda r: number(r, 10)),
    ("{v} of them were counted", lambda r: number(r, 10)),
    ("the tuple ({v}, {w})", lambda r: number(r, 10)),
    ("{w}@{v} is the build's label", lambda r: number(r, 4)),
    ("Foo::Bar::{w} inherits", word),
    ("on channel {v} MHz", lambda r: f"{number(r, 3)}.{number(r, 3)}"),
    ("account {v} at the bank", lambda r: number(r, 10)),
    ("see RFC {v}, section {v}", lambda r: number(r, 4)),
)

# Written after that. Measured once they found versions behind a name, which were mended.
THIRD_REAL: tuple[tuple[str, str, Make], ...] = (
    ("email", "{w} wrote on Monday: mail {v} about it", email),
    ("email", "* {v} - {w}", email),
    ("phone", "{w}, {w} Street 12, {v}", phone),
    ("phone", "Toll-free: {v}", phone),
    ("phone", "You can always ring {v}!", bare_phone),
    ("phone", "Mobile {v} / {w}", bare_phone),
    ("ip", "{w} IN A {v}", ip),
    ("ip", "bind to {v}, not to {w}", ip),
    ("ip", "curl -s {v}:8080/{w}", ip),
    ("ip", "The address {v} belongs to {w}.", ipv6),
)
THIRD_LOOK_ALIKES: tuple[tuple[str, Make], ...] = (
    ("{w} {v} is out now", lambda r: f"{r.randint(1, 9)}.{r.randint(0, 20)}.{r.randint(0, 9)}"),
    ("as of {w} {v}, this is gone", ip),
    ("there were {v} in the last census", lambda r: number(r, 10)),
    ("EAN {v}", lambda r: number(r, 13)),
    ("{w}: {v} -> {w}", lambda r: number(r, 10)),
    ("a price of {v} for each", lambda r: f"{number(r, 3)}.{number(r, 2)}"),
    ("image {v}x{v} is large", lambda r: number(r, 4)),
    ("key {v}", lambda r: f"{r.getrandbits(128):032x}"),
    ("{w} @{w} thanks for {v}", lambda r: number(r, 3)),
    ("on {v} we met", lambda r: f"{number(r, 1)}/{r.randint(10, 28)}/{date(r)[:4]}"),
    ("size {v} {w} at most", lambda r: number(r, 10)),
    ("{w}.{w}({v})", lambda r: number(r, 10)),
)

# Versions and addresses, to choose the rule about names with.
FOURTH_REAL: tuple[tuple[str, str, Make], ...] = (
    ("ip", "Connect to {w} {v} with telnet.", ip),
    ("ip", "nmap {v}", ip),
    ("ip", "{w} was denied access, {v} is not in the list of hosts", ip),
    ("ip", "Use {v} as the gateway of {w}.", ip),
    ("ip", "route add {v} {w}", ip),
    ("ip", "A packet of {v} was lost.", ip),
    ("ip", "scp {w}.txt {v}:", ip),
    ("ip", "Blacklisted {v}", ip),
    ("ip", "client={v} user={w}", ip),
    ("ip", "{w} ({v}) is offline, no route to host", ip),
)
FOURTH_LOOK_ALIKES: tuple[tuple[str, Make], ...] = (
    ("{w} {v} is out now.", version4),
    ("Tested with {w} {v} and others", version4),
    ("This was changed in {w} {v}.", ip),
    ("after installing {w} {v} it works", version4),
    ("requires {w} {v}", ip),
    ("{w} {v} documentation", version4),
    ("the {v} branch", version4),
    ("New in {v}", version4),
    ("({w} {v}, compiled in spring)", version4),
    ("Fixed in {v}.", version4),
)

# Written before the masks knew names. Measured once (.864 of what was masked were addresses).
FIFTH_REAL: tuple[tuple[str, str, Make], ...] = (
    ("email", "Reply-To: {v}", email),
    ("email", "Bug reports: {v} ({w})", email),
    ("email", "{w}, {v}, Room 214", email),
    ("phone", "Ring {v} for the {w} desk.", phone),
    ("phone", "Support hotline {v} (toll free)", phone),
    ("phone", "In emergencies: {v}", phone),
    ("phone", "You may text me, {v}, at any hour.", bare_phone),
    ("ip", "{w} pinged {v} twice.", ip),
    ("ip", "server {v} did not answer", ip),
    ("ip", "traceroute to {v}, 30 hops max", ip),
    ("ip", "iptables -A INPUT -s {v} -j DROP", ip),
    ("ip", "Banned {v} after ten attempts.", ip),
    ("ip", "The machine {w} has {v} as its address.", ip),
    ("ip", "ssh -l {w} {v}", ip),
    ("ip", "Listening on {v}:8443", ip),
    ("ip", "{v} {w}.example.org {w}", ip),
    ("ip", "DNS: {v}", ip),
    ("ip", "{w} logged in, {v}", ip),
    ("ip", "dig @{v} {w}", ip),
    ("ip", "listen on [{v}]:443", ipv6),
)
FIFTH_LOOK_ALIKES: tuple[tuple[str, Make], ...] = (
    ("{w} {v} fixes a crash.", version4),
    ("Install {w} {v} first.", version4),
    ("The {v} release of {w} is slower.", version4),
    ("We compared {w} {v} and {w} 2.0.", version4),
    ("running {w} {v} on Linux", version4),
    ("compatible with {w} {v}", version4),
    ("changelog for {v}", version4),
    ("Since {w} {v} this is the default.", version4),
    ("{w} ({v}) unstable; urgency=low", version4),
    ("tag {v} was signed", version4),
    ("{w} went from {v} to the next one", version4),
    ("[{w} {v}]", version4),
    ("{w} is at {v} in stable", version4),
    ("object {v} of the tree", lambda r: number(r, 10)),
    ("weight {v} grams", lambda r: number(r, 10)),
    ("scored {v} points", lambda r: number(r, 10)),
    ("call 0x{v}", lambda r: f"{r.getrandbits(32):08x}"),
    ("{w}@{w}: no such user", word),
    ("10^{v} of them", lambda r: number(r, 3)),
)

# Written before small numbers needed a reason to be an address. Measured once (.844).
SIXTH_REAL: tuple[tuple[str, str, Make], ...] = (
    ("email", "{w} <{v}> wrote:", email),
    ("email", "To unsubscribe, mail {v} with the word stop.", email),
    ("email", "Copyright {w} ({v})", email),
    ("phone", "Voice: {v}", phone),
    ("phone", "1 Main Street, {w}, {v}", phone),
    ("phone", "Our helpline, {v}, is open all day.", bare_phone),
    ("ip", "The printer is at {v} in the second floor.", ip),
    ("ip", "{w} got a mail from {v} this morning.", ip),
    ("ip", "Whois says {v} is {w}'s.", ip),
    ("ip", "mount -t nfs {v}:/{w} /mnt", ip),
    ("ip", "rsync {w} {v}", ip),
    ("ip", "Its IP is {v}.", ip),
    ("ip", "{v} - {w} [10/Oct] GET", ip),
    ("ip", "Received: from {w} ([{v}])", ip),
    ("ip", "proxy_pass http://{v}/{w};", ip),
    ("ip", "sendmail[42]: relay={w} [{v}]", ip),
    ("ip", "The tunnel ends at {v}.", ipv6),
)
SIXTH_LOOK_ALIKES: tuple[tuple[str, Make], ...] = (
    ("{w} moved to {v} last week.", version4),
    ("You have {v}, which is old.", version4),
    ("{w}: {v}", version4),
    ("downloaded {w} {v} yesterday", version4),
    ("{v} was the last good one.", version4),
    ("What is new: {v} brings {w}.", version4),
    ("{w} {v} needs more memory.", version4),
    ("* {v} ({w})", version4),
    ("apt-get install {w}={v}", version4),
    ("kernel {v} boots", version4),
    ("see {v} and {w}", version4),
    ("from {v} on, {w} is gone", version4),
    ("sum {v}", lambda r: number(r, 10)),
    ("{v} km away", lambda r: number(r, 10)),
    ("batch {v}", lambda r: number(r, 12)),
    ("{w}/{v}/{w}", lambda r: number(r, 10)),
    ("in the year {v}", lambda r: number(r, 4)),
    ("@{w} said {w}", word),
)

# Written last, before the last mending, and measured once, after it.
FRESH_REAL: tuple[tuple[str, str, Make], ...] = (
    ("email", "Mail-Followup-To: {v}, {w}", email),
    ("email", "I am {v} and I like {w}.", email),
    ("phone", "{w} & Co., {v}", phone),
    ("phone", "Voicemail {v}.", phone),
    ("phone", "Reach us under {v}, please.", bare_phone),
    ("ip", "The camera sits on {v} in our house.", ip),
    ("ip", "{w} wrote from {v} yesterday.", ip),
    ("ip", "arp: {w} is now {v}", ip),
    ("ip", "X-Originating-IP: [{v}]", ip),
    ("ip", "mysql -h {v} -u {w}", ip),
    ("ip", "Somebody at {v} edited {w}.", ip),
    ("ip", "zone {w} has {v} in it", ip),
    ("ip", "A record: {v}", ip),
    ("ip", "<{v}> {w} joined", ip),
    ("ip", "{w} resolves to {v}.", ipv6),
)
FRESH_LOOK_ALIKES: tuple[tuple[str, Make], ...] = (
    ("{w} was upgraded, now it says {v}.", version4),
    ("{v} came with {w}.", version4),
    ("Current: {v}", version4),
    ("I still use {v} at home.", version4),
    ("{w}\t{v}\tstable", version4),
    ("Between {w} {v} and today", version4),
    ("- {v}: mended {w}", version4),
    ("{w} ({v}) is installed", version4),
    ("Bump {w} to {v}", version4),
    ("In {v}, {w} was added.", version4),
    ("file {w}-{v}.deb", version4),
    ("{w} of {v} marks", lambda r: number(r, 10)),
    ("token {v}", lambda r: number(r, 10)),
    ("{v}th try", lambda r: number(r, 2)),
    ("{w} :: {w} -> {w}", word),
    ("mail to {w} at {w} dot com", word),
)

FRAMES: dict[str, tuple[Sequence[tuple[str, str, Make]], Sequence[tuple[str, Make]]]] = {
    "frames_to_mend_with": (REAL, LOOK_ALIKES),
    "second_frames_to_mend_with": (SECOND_REAL, SECOND_LOOK_ALIKES),
    "third_frames_to_mend_with": (THIRD_REAL, THIRD_LOOK_ALIKES),
    "fourth_frames_to_mend_with": (FOURTH_REAL, FOURTH_LOOK_ALIKES),
    "fifth_frames_to_mend_with": (FIFTH_REAL, FIFTH_LOOK_ALIKES),
    "sixth_frames_to_mend_with": (SIXTH_REAL, SIXTH_LOOK_ALIKES),
    "fresh_frames": (FRESH_REAL, FRESH_LOOK_ALIKES),
}
"""Sets of sentences around real values and around look-alikes, in the order they were written."""


def sentences(
    count: int,
    seed: int,
    real: Sequence[tuple[str, str, Make]],
    look_alikes: Sequence[tuple[str, Make]],
) -> Iterator[tuple[str, str, str, str]]:
    """(frame, kind or "", value, text), real ones and look-alikes by turns."""
    rng = random.Random(seed)
    for i in range(count):
        kind, frame, make = real[i // 2 % len(real)]
        if i % 2:
            kind = ""
            frame, make = look_alikes[i // 2 % len(look_alikes)]
        value = make(rng)
        text = frame.replace("{v}", value).replace("{w}", word(rng))
        yield frame, kind, value, text
