"""Lists of hosts and of words in addresses, and the form in which two addresses are the same.

blocked = UrlList(hosts={"spam.example"}, words={"casino"})
blocked.decide("https://shop.spam.example/a")     # the host's parent is on the list
blocked.decide("https://a.example/casino-bonus")  # a word of the path
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from cs336_data.decision import Decision, kept

RULE = "url"
TRACKING = re.compile(r"^(utm_\w+|fbclid|gclid|msclkid|mc_[ce]id|sessionid|phpsessid|sid)$", re.I)
_WORD = re.compile(r"[^\W_]+")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class UrlList:
    """Hosts (with everything below them) and words that a page's address must not have."""

    hosts: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    @classmethod
    def read(cls, hosts: Iterable[Path] = (), words: Iterable[Path] = ()) -> UrlList:
        """Read lists: one entry a line, `#` begins a comment, case does not matter."""
        return cls(
            frozenset(entry for path in hosts for entry in _entries(path)),
            frozenset(entry for path in words for entry in _entries(path)),
        )

    def decide(self, url: str) -> Decision:
        """Reject an address whose host, or a host above it, or a word is listed."""
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").rstrip(".")
        except ValueError:
            return Decision(False, RULE, "not an address")
        labels = host.split(".")
        for i in range(len(labels)):
            parent = ".".join(labels[i:])
            if parent in self.hosts:
                return Decision(False, RULE, f"host {parent} is listed")
        if self.words:
            found = self.words.intersection(_WORD.findall(unquote(url).lower()))
            if found:
                return Decision(False, RULE, f"word {min(found)} is listed")
        return kept(RULE)


def normalise_url(url: str) -> str:
    """One form for addresses that name the same page; an address that cannot be read stays as it
    is.

    Scheme and host in lower case without `www.` and the default port; no fragment, no tracking
    parameters, the others sorted; no slash at the end of the path; percent signs only where needed.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.hostname:
        return url
    host = parts.hostname.removeprefix("www.").rstrip(".")
    if port and port != _PORTS[scheme]:
        host = f"{host}:{port}"
    path = quote(unquote(parts.path), safe="/~:@!$&'()*+,;=-._", errors="surrogatepass")
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode(sorted(pair for pair in pairs if not TRACKING.match(pair[0])))
    return urlunsplit(("http", host, path.rstrip("/"), query, ""))


def _entries(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").lower().splitlines()
    return [entry for entry in (line.split("#")[0].strip() for line in lines) if entry]
