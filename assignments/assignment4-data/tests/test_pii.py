"""Masks: what is private goes, what only looks like it stays."""

from __future__ import annotations

import time

import pytest
from cs336_data.pii import EMAIL_MARK, IP_MARK, PHONE_MARK, mask_all
from hypothesis import given
from hypothesis import strategies as st

from .adapters import run_mask_emails, run_mask_ips, run_mask_phone_numbers


@pytest.mark.parametrize(
    "address",
    ["ada@example.org", "a.b+tag@mail.example.co.uk", "x_1@sub-domain.example.museum",
     "o'neil@example.com", "UPPER@EXAMPLE.ORG", "me@xn--bcher-kva.example"],
)  # fmt: skip
def test_addresses(address: str) -> None:
    assert run_mask_emails(f"write to {address}, please.") == (
        f"write to {EMAIL_MARK}, please.",
        1,
    )


@pytest.mark.parametrize(
    "text",
    ["user@host", "@decorator.name", "git@", "a@b@example.org", "price @ 5.00", "x@-bad.example",
     "foo@bar.1", "mail at example.org", "array[@]", "@media screen"],
)  # fmt: skip
def test_no_addresses(text: str) -> None:
    assert run_mask_emails(text) == (text, 0)


@pytest.mark.parametrize(
    "number",
    ["2831823829", "(283)-182-3829", "(283) 182 3829", "283-182-3829", "283.182.3829",
     "(283)182-3829", "+1 283 182 3829", "1-283-182-3829", "283 182 3829 ext. 12"],
)  # fmt: skip
def test_numbers(number: str) -> None:
    assert run_mask_phone_numbers(f"call {number} now") == (f"call {PHONE_MARK} now", 1)


@pytest.mark.parametrize(
    "text",
    ["ISBN 0306406152", "ISBN-10: 0306406152", "bug 2831823829", "order #2831823829",
     "id=2831823829", "978-0306406157", "1764230000 seconds", "2024-05-12 10:15:30",
     "$2831823829", "3.1415926535", "12 345 678 9012", "28318238290", "a2831823829",
     "2831823829/17", "0831823829", "took 2831823829 ns", "2831823829 people", "2831823829B",
     "depth 2147483647 is all",
     "[2831823829, 2831823829]", "2831823829.log", "2^32 = 4294967296"],
)  # fmt: skip
def test_no_numbers(text: str) -> None:
    assert run_mask_phone_numbers(text) == (text, 0)


@pytest.mark.parametrize("address", ["192.0.2.146", "10.0.0.1", "255.255.255.255", "1.1.1.1"])
def test_ip_addresses(address: str) -> None:
    assert run_mask_ips(f"from {address}, and") == (f"from {IP_MARK}, and", 1)
    assert run_mask_ips(f"it's {address}.") == (f"it's {IP_MARK}.", 1)
    assert run_mask_ips(f"http://{address}:80/") == (f"http://{IP_MARK}:80/", 1)


@pytest.mark.parametrize(
    "text",
    ["Feel free to contact me at {} if you have any questions.", "{}", "Cell: {}", "{} (mobile)",
     "our number is {}."],
)  # fmt: skip
def test_ten_digits_are_a_number_where_the_line_says_so(text: str) -> None:
    assert run_mask_phone_numbers(text.format("2831823829")) == (text.format(PHONE_MARK), 1)
    assert run_mask_phone_numbers("phone us\nthe {2831823829} of them")[1] == 0


def test_a_line_that_begins_with_an_address() -> None:
    text = "10.1.2.3 localhost\n192.168.1.1 Gateway\n1.2.3.4 - - [today]"
    assert run_mask_ips(text)[1] == 3


@pytest.mark.parametrize(
    "text",
    ["ping 12.34.56.78 twice", "server 12.34.56.78 is down", "12.34.56.78:8080", "12.34.56.78/24",
     "client=12.34.56.78 user=foo", "Foo 212.34.156.99 wrote", "12.34.56.78",
     "<12.34.56.78> foo joined"],
)  # fmt: skip
def test_words_around_tell_addresses_from_versions(text: str) -> None:
    assert run_mask_ips(text)[1] == 1


@pytest.mark.parametrize("address", ["2001:db8::8a2e:370:7334", "fe80::1", "::1"])
def test_ipv6_addresses(address: str) -> None:
    assert run_mask_ips(f"at {address} today") == (f"at {IP_MARK} today", 1)


@pytest.mark.parametrize(
    "text",
    ["version 1.2.3.4", "v1.2.3.4", "section 4.3.2.1", "256.1.1.1", "1.2.3", "1.2.3.4.5",
     "release 10.0.0.1", "(>= 1.2.3.4)", "prior to 1.2.3.4", "epoch 1:2.3.4.5", "tool 0.7.4.2",
     "9.2.3.4 or later",
     "4.3.2.1. Purpose", "text\n  4.3.2.1 Purpose", "text\n\n4.3.2.1\n", "git/1.8.3.1",
     "std::vector", "at 10:15:30", "a::b", "01.02.03.04567",
     "Foo 4.12.1.7 is out", "as of foo 212.34.1.99, gone", "the 4.12.1.7 release",
     "Fixed in 14.2.60.3.", "foo is at 3.1.4.15 in stable", "8.1.6.1.\xa0Purpose"],
)  # fmt: skip
def test_no_ip_addresses(text: str) -> None:
    assert run_mask_ips(text) == (text, 0)


def test_markers_are_not_counted_again() -> None:
    once, counts = mask_all("ada@example.org, 283-182-3829, 192.0.2.146")
    assert once == f"{EMAIL_MARK}, {PHONE_MARK}, {IP_MARK}"
    assert counts == {"email": 1, "ip": 1, "phone": 1}
    assert mask_all(once) == (once, {"email": 0, "ip": 0, "phone": 0})


@given(st.text(alphabet="a1.@-:() +|", max_size=80))
def test_masking_twice_changes_nothing(text: str) -> None:
    once, _ = mask_all(text)
    assert mask_all(once) == (once, {"email": 0, "ip": 0, "phone": 0})


@pytest.mark.parametrize("unit", ["a", "a.", "1", "1.", "1-", "a@", "@a.", "(2", "f:", "1 "])
def test_hostile_text_takes_linear_time(unit: str) -> None:
    """No time is asserted: a quadratic expression would run into the suite's limit."""
    begin = time.perf_counter()
    mask_all(unit * 200_000)
    assert begin
