"""Masks e-mail addresses, US telephone numbers and IP addresses.

    mask_emails("write to ada@example.org")   # ("write to |||EMAIL_ADDRESS|||", 1)

Each function returns the text and how many it masked; markers that are there already are not
counted, so masking twice changes nothing. A number is told from its look-alikes by what stands
around it: "version 1.2.3.4" is no address, "ISBN 0306406152" no telephone number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import AddressValueError, IPv6Address

EMAIL_MARK, PHONE_MARK, IP_MARK = "|||EMAIL_ADDRESS|||", "|||PHONE_NUMBER|||", "|||IP_ADDRESS|||"

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9.!#$%&'*+/=?^_`{|}~@-])"
    r"[A-Za-z0-9_](?:[A-Za-z0-9!#$%&*+/=?^_`{}~'-]|\.(?!\.)){0,63}(?<![.'])"
    rf"@(?:{_LABEL}\.){{1,8}}(?:[A-Za-z]{{2,24}}|xn--[A-Za-z0-9-]{{2,59}})"
    r"(?![A-Za-z0-9@]|[-_][A-Za-z0-9]|\.[A-Za-z0-9])"
)
# North American numbers. Separators may be mixed; without any, ten digits in a row.
_PHONE = re.compile(
    r"(?<![\w.+/=-])(?<!\d[ ,:])(?<!\|\|\|)"
    r"(?:(?:\+1|001|1)[ .\-\u2011\u2013]?)?"
    r"(?:\([2-9]\d{2}\)[ .\-\u2011\u2013]{0,2}|[2-9]\d{2}[ .\-\u2011\u2013]?)"
    r"\d{3}[ .\-\u2011\u2013]?\d{4}"
    r"(?:\s?(?:x|ext\.?|extension)\s?\d{1,5})?"
    r"(?![\w=/]|[.,:-]\d| \d)"
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = re.compile(rf"(?<![\w.-])(?<!\d,){_OCTET}(?:\.{_OCTET}){{3}}(?![\w-]|\.\d|\.\w)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?:%\w+)?(?![\w:])")
_ISBN = re.compile(r"97[89][- ]?$")

# What stands before a number that is no telephone number or address, up to 24 characters.
_NO_PHONE = re.compile(
    r"(?:\b(?:isbn|issn|id|ids|no|nr|number of|order|ticket|invoice|account|acct|serial|sku|item|"
    r"part|ref|reference|tracking|case|bug|issue|pmid|doi|oclc|upc|ean|timestamp|epoch|time|"
    r"size|bytes|seed|hash|checksum|port|pid|uid|gid|population|patent|revision|rev|build)"
    r"(?:-1[03])?[ #:.=(]*|[#$€£%@&=_^*<>\[{][ ]?)$",
    re.I,
)
_PHONE_WORD = re.compile(
    r"\b(?:phone|tel|telephone|call|fax|mobile|cell|text|dial)\b[^.\n]*$", re.I
)
_NO_IP = re.compile(
    r"(?:\b(?:v|ver|version|versions|release|rel|build|section|sections|sec|chapter|clause|"
    r"paragraph|figure|table|rev|revision|appendix|firmware|driver|policy|upgrade to|oid|"
    r"prior to|before|since|until|than|[A-Z][\w+]*-|numbering)[ :.=(]*|§ ?"
    r"|[<>=~]=? ?|(?<![\w.:])\d:"  # ">= 1.2.3.4"; Debian's epoch, "1:2.3.4.5"
    r"|\w/)$",  # a program's name for itself, "git/1.8.3.1"
    re.I,
)
# Ten digits in a row are a telephone number only if something on the line says so.
_PHONE_NEAR = re.compile(
    r"\b(?:phones?|tel|telephones?|calls?|called|calling|fax|mobile|cell|text|texted|dial|contact|"
    r"reach|reached|ring|rang|whatsapp|sms|hotline|helpline|voicemail|pager|number|numbers)\b",
    re.I,
)
_NEAR = 60
# What says that four numbers are an address, on the same line and not far away.
_NETWORK = re.compile(
    r"\b(?:ip|ipv4|inet|addr(?:ess(?:es)?)?|hosts?|hostname|servers?|nameservers?|dns|routers?|"
    r"routes?|gateway|subnet|netmask|mask|network|lan|vpn|dhcp|interface|eth\d|port|ports|proxy|"
    r"firewall|packets?|hops?|clients?|peers?|nodes?|endpoint|machine|computer|printer|"
    r"relay|received|rsync|mount|ping\w*|ssh|scp|"
    r"telnet|curl|wget|nmap|dig|traceroute|iptables|whois|https?|ftp|listen\w*|bind|connect\w*|"
    r"log(?:in|ins|ged)|denied|refused|banned|blocked|black-?listed|offline|online|requests?|"
    r"password|localhost|IN A)\b",
    re.I,
)
# Addresses that are small and no version: of private networks, loopback, of public name servers.
_WELL_KNOWN = re.compile(r"(?:10|127)(?:\.\d+){3}|8\.8\.[48]\.[48]|1\.[01]\.[01]\.1|9\.9\.9\.9")
_KEY = re.compile(r"\b\w*(?:client|host|addr|address|ip|src|dst|server|from|remote|peer)=$", re.I)
# A name before four numbers makes them its version, if nothing above is near: "Foo 4.12.1.7".
_NAMED = re.compile(r"(?<![\w.@'’/-])(?P<name>[A-Za-z][\w+-]*)[ ]\(?$")
# Words that come before an address as well, and say nothing.
_NO_NAME = re.compile(
    r"an?|and|any|as|at|behind|but|by|for|from|ha[sd]|have|if|in|into|is|its?|no|not|of|off|on|or|"
    r"over|per|see|so|than|that|the|this|through|to|under|us|use|used|uses|using|via|was|were|when|"
    r"where|which|while|with|without",
    re.I,
)
# In front of a name, or of the numbers themselves.
_RELEASED = re.compile(
    r"\b(?:as of|since|until|before|after|in|with|requires?|needs?|install(?:s|ed|ing)?|"
    r"upgrad(?:e|es|ed|ing) to|updat(?:e|es|ed|ing) to|running|runs|supports?|changed in)"
    r"[ ][A-Za-z][\w+-]*[ ]\(?$",
    re.I,
)
_CHANGED = re.compile(
    r"\b(?:(?:new|fixed|changed|added|removed|deprecated|introduced|available|broken) (?:in|since)|"
    r"changelog (?:for|of)|changes in|tag|tagged|stable|unstable|beta)[ ]\(?$",
    re.I,
)
_RELEASE_BEHIND = re.compile(
    r"[ )\]]{1,2}(?:release|version|series|branch|update|patch|beta|stable|unstable|milestone)\b",
    re.I,
)
_LATER = re.compile(r"[ ](?:or|and) (?:later|newer|above|higher|up|earlier|older|below)\b", re.I)
_HEADING = re.compile(
    r"\.?[ \t\xa0]+[A-Z]|\.[ \t\xa0]+\w|\.?[ \t]*(?:\n|$)"
)  # behind a section's number
_CONTEXT = 24


def mask_emails(text: str) -> tuple[str, int]:
    """Replace e-mail addresses by `EMAIL_MARK`; returns the text and how many there were."""
    if "@" not in text:
        return text, 0
    return _EMAIL.subn(EMAIL_MARK, text)


def mask_phone_numbers(text: str) -> tuple[str, int]:
    """Replace US telephone numbers, as (283) 182-3829 or 2831823829, by `PHONE_MARK`."""
    return _replace(_PHONE, text, PHONE_MARK, _is_phone)


def mask_ips(text: str) -> tuple[str, int]:
    """Replace IPv4 and IPv6 addresses by `IP_MARK`."""
    masked, count = _replace(_IPV4, text, IP_MARK, _is_ipv4)
    if "::" not in masked and masked.count(":") < 7:
        return masked, count
    masked, more = _replace(_IPV6, masked, IP_MARK, _is_ipv6)
    return masked, count + more


def mask_all(text: str) -> tuple[str, dict[str, int]]:
    """All three, in the order e-mail, IP, telephone; counts under `email`, `ip`, `phone`."""
    text, emails = mask_emails(text)
    text, ips = mask_ips(text)
    text, phones = mask_phone_numbers(text)
    return text, {"email": emails, "ip": ips, "phone": phones}


def _replace(
    pattern: re.Pattern[str], text: str, mark: str, accepts: Callable[[re.Match[str]], bool]
) -> tuple[str, int]:
    count = 0

    def replaced(match: re.Match[str]) -> str:
        nonlocal count
        if not accepts(match):
            return match[0]
        count += 1
        return mark

    return pattern.sub(replaced, text), count


def _before(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - _CONTEXT) : match.start()]


def _is_phone(match: re.Match[str]) -> bool:
    before = _before(match)
    if _PHONE_WORD.search(before):
        return True
    if _NO_PHONE.search(before) or _ISBN.search(before):
        return False
    if not match[0].isdigit():
        return True
    if len(match[0]) > 10:  # eleven digits in a row: an id
        return False
    text = match.string
    before = text[max(0, match.start() - _NEAR) : match.start()].rpartition("\n")[2]
    after = text[match.end() : match.end() + _CONTEXT].partition("\n")[0]
    return bool(_PHONE_NEAR.search(before) or _PHONE_NEAR.search(after)) or text.strip() == match[0]


def _is_ipv4(match: re.Match[str]) -> bool:
    before = _before(match)
    bracketed = before.endswith("<") and match.string.startswith(">", match.end())
    if bracketed or _KEY.search(before):  # "<192.0.2.7>"; a log's "client=192.0.2.7"
        return True
    if match[0].startswith("0.") or _NO_IP.search(before):  # no host is in 0.0.0.0/8
        return False
    if _LATER.match(match.string, match.end()):
        return False
    octets = match[0].split(".")
    if _is_version(match, max(map(int, octets)) < 100):
        return False
    small = all(0 < int(octet) <= 30 for octet in octets)
    line = match.string[max(0, match.start() - 8) : match.start()].rpartition("\n")
    begins = not line[2].strip() and (bool(line[1]) or match.start() < 8)
    return not (small and begins and _HEADING.match(match.string, match.end()))


def _is_version(match: re.Match[str], small: bool) -> bool:
    """Whether four numbers are a version by the words around them; `small`: all are below 100.

    One public address in 40 is small, and nearly every version. So small ones need a reason to be
    an address, and others a reason to be a version.
    """
    text = match.string
    before = text[max(0, match.start() - _NEAR) : match.start()].rpartition("\n")[2]
    after = text[match.end() : match.end() + _NEAR].partition("\n")[0]
    if re.match(r":\d|/\d", after) or _NETWORK.search(before) or _NETWORK.search(after):
        return False
    if _CHANGED.search(before) or _RELEASE_BEHIND.match(after):
        return True
    named = _NAMED.search(before)
    if named is None or _NO_NAME.fullmatch(named["name"]):
        alone = not before.strip() and (not after.strip() or after.startswith(" - "))
        return small and not alone and not _WELL_KNOWN.fullmatch(match[0])
    return small or bool(_RELEASED.search(before))


def _is_ipv6(match: re.Match[str]) -> bool:
    candidate = match[0].split("%")[0]
    if not any(character.isdigit() for character in candidate):
        return False  # C++'s scope operator: a::b
    try:
        IPv6Address(candidate)
    except AddressValueError:
        return False
    return True
