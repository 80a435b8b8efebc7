"""A supplier's number is kept in its register's own form, or nowhere at all."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.people import Scheme
from register.identity.numbers import NumberRefused, normalised

C, E, S, N, P = Scheme.COMPANY, Scheme.CHARITY, Scheme.SCOTTISH_CHARITY, Scheme.NI_CHARITY, Scheme.PPON
U = Scheme.OFSTED


@pytest.mark.parametrize(
    ("scheme", "text", "into", "number"),
    [
        (C, "4607985", C, "04607985"),  # a spreadsheet lost the zero
        (C, "4607985.0", C, "04607985"),
        (C, " 0460 7985 ", C, "04607985"),
        (C, "61625", C, "00061625"),
        (C, "00000006", C, "00000006"),  # written in full, however low
        (C, "Company No. 4607985", C, "04607985"),
        (C, "Company Registration Number: 04607985", C, "04607985"),
        (C, "GB-COH-04607985", C, "04607985"),
        (C, "Registered in England No 04607985", C, "04607985"),
        (C, "sc12345", C, "SC012345"),
        (C, "SC 169482", C, "SC169482"),
        (C, "0169482SC", C, "SC169482"),  # the prefix behind the number
        (C, "oc366956", C, "OC366956"),
        (C, "0C366956", C, "OC366956"),  # a nought for an O
        (C, "NI3503", C, "NI003503"),
        (C, "R0000123", C, "R0000123"),
        (C, "LP1234", C, "LP001234"),
        (C, "RS007529", C, "RS007529"),
        (C, "IP17093R", C, "IP17093R"),
        (C, "31192R", C, "IP31192R"),
        (C, "CE012345", C, "CE012345"),
        (C, "PABC-1234-WXYZ", P, "PABC-1234-WXYZ"),  # a PPON in the wrong column is one all the same
        (E, "1112775", E, "1112775"),
        (E, "Registered charity no. 216250", E, "216250"),
        (E, "1112775-1", E, "1112775-1"),  # a linked charity is one of its own
        (E, "1112775-0", E, "1112775"),
        (E, "SCO12345", S, "SC012345"),
        (E, "SC012345", S, "SC012345"),
        (E, "NIC100123", N, "NIC100123"),
        (S, "SC12345", S, "SC012345"),
        (S, "SCO 12345", S, "SC012345"),
        (S, "012345", S, "SC012345"),
        (N, "100123", N, "NIC100123"),
        (P, "pabc1234wxyz", P, "PABC-1234-WXYZ"),
        (U, "1027092", U, "1027092"),
        (U, "URN 1027092", U, "1027092"),
        (U, "2490994.0", U, "2490994"),
        (U, "SC012345", U, "SC012345"),  # a children's home registered long ago
        (U, "123456", U, "123456"),
    ],
)
def test_a_number_is_brought_into_its_own_register_s_form(
    scheme: Scheme, text: str, into: Scheme, number: str
) -> None:
    assert normalised(scheme, text) == (into, number)


@pytest.mark.parametrize("text", ["", "0", "00000000", "N/A", "none", "-", "TBC", "Not known", "Company No."])
@pytest.mark.parametrize("scheme", list(Scheme))
def test_no_number_is_no_number(scheme: Scheme, text: str) -> None:
    assert normalised(scheme, text) is None


@pytest.mark.parametrize(
    ("scheme", "text", "says"),
    [
        (C, "830169935", "more than eight digits"),
        (C, "0123", "too short"),
        (C, "12345678", "stands for no company"),
        (C, "99999999", "stands for no company"),
        (C, "OC3005198", "no company number"),
        (C, "HRB31229", "no company number"),
        (C, "Larkgarth", "no company number"),
        (C, "SCO12345", "may be a Scottish charity's number"),  # SC is both: the letter O settles nothing
        (E, "3340120", "no charity number"),
        (E, "12345", "no charity number"),
        (E, "SC345678", "is it a company's?"),
        (S, "SC345678", "is it a company's?"),
        (N, "NIC200123", "no charity number of Northern Ireland"),
        (P, "PABC-1234", "no PPON"),
        (U, "12345", "no Ofsted URN"),
        (U, "10270921", "no Ofsted URN"),
    ],
)
def test_a_number_that_cannot_be_is_refused_and_says_why(scheme: Scheme, text: str, says: str) -> None:
    with pytest.raises(NumberRefused, match=re.escape(says)):
        normalised(scheme, text)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(list(Scheme)),
    st.text(max_size=14) | st.from_regex(r"[SNOI]?[CIOP]?[O0]?\d{3,8}[R]?(-\d)?", fullmatch=True),
)
def test_what_was_brought_into_form_stays_as_it_is(scheme: Scheme, text: str) -> None:
    try:
        read = normalised(scheme, text)
    except NumberRefused:
        return
    if read:
        assert normalised(*read) == read
