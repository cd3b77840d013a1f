"""The languages: every text in each, with the same names to fill in, and the right plural."""

from __future__ import annotations

import json
import re
import string
from importlib import resources
from typing import Any

import pytest
from pratique.domain.digest import LANGUAGES, OFFERED, LinkAction
from pratique.domain.triage import BLOCKED, BULK, DANGEROUS, NEAR_REASON, REASONS, Mistake
from pratique.domain.verdict import Contribution
from pratique.filtering.weights import WEIGHTS
from pratique.usecases.digests.plain import one_line, unlinked
from pratique.usecases.digests.reasons import held_because, maybe_wanted
from pratique.usecases.digests.telling import text_key
from pratique.usecases.digests.wording import preferred, words_in

from tests.builders import NOW


def catalogue(language: str) -> dict[str, Any]:
    file = resources.files("pratique.usecases.digests") / "words" / f"{language}.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


ENGLISH = catalogue("en")
PLURALS = {"en": 2, "de": 2, "es": 2, "fr": 2, "ja": 1}
LISTS = {"months": 12, "weekdays": 7}


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_there_is_a_file_for_each_language_and_no_other() -> None:
    folder = resources.files("pratique.usecases.digests") / "words"
    assert sorted(each.name for each in folder.iterdir()) == sorted(f"{code}.json" for code in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_every_text_with_the_same_names(language: str) -> None:
    """None missing, none too many, none empty; a number may be left out where the language says it otherwise."""
    texts = catalogue(language)
    assert list(texts) == list(ENGLISH)
    for key, english in ENGLISH.items():
        if key in LISTS:
            assert len(texts[key]) == LISTS[key], key
        elif isinstance(english, list):
            assert len(texts[key]) == PLURALS[language], key
            for form in texts[key]:
                assert names(form) | {"n"} == names(english[-1]) | {"n"}, (key, form)
                assert form.strip() == form != "", key
        elif key not in ("date", "moment"):
            assert names(texts[key]) == names(english), key
            assert texts[key].strip(), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_and_reason_has_its_words(language: str) -> None:
    texts = catalogue(language)
    for action in LinkAction:
        key = text_key(action)
        assert {f"action_{key}", f"ask_{key}", f"done_{key}"} <= set(texts)
    for signal in WEIGHTS:
        assert f"reason_{held_because([Contribution(signal, 1.0)])}" in texts


@pytest.mark.parametrize(
    ("language", "none", "one", "many"),
    [("en", 1, 0, 1), ("de", 1, 0, 1), ("es", 1, 0, 1), ("fr", 0, 0, 1), ("ja", 0, 0, 0)],
)
def test_the_plural_is_the_languages_own(language: str, none: int, one: int, many: int) -> None:
    """French counts nothing as one; Japanese has no plural."""
    forms = catalogue(language)["subject"]
    words = words_in(language)
    for n, form in ((0, none), (1, one), (2, many), (11, many), (21, many)):
        assert words.many("subject", n) == forms[form].format(n=n)


@pytest.mark.parametrize(
    ("language", "moment", "date"),
    [
        ("en", "Mon 21 September, 23:13", "Mon 21 September 2026"),
        ("de", "Mo, 21. September, 23:13 Uhr", "Mo, 21. September 2026"),
        ("es", "lun, 21 de septiembre, 23:13", "lun, 21 de septiembre de 2026"),
        ("fr", "lun. 21 septembre à 23:13", "lun. 21 septembre 2026"),
        ("ja", "9月21日（月）23:13", "2026年9月21日（月）"),
    ],
)
def test_times_are_written_as_people_write_them(language: str, moment: str, date: str) -> None:
    words = words_in(language)
    assert words.moment(NOW, "Asia/Tokyo") == moment
    assert words.date(NOW, "Asia/Tokyo") == date


def test_an_unknown_language_is_english_and_a_browsers_wish_is_heard() -> None:
    assert words_in("tlh").language == "en"
    for accept, found in {
        "": "en",
        "ja": "ja",
        "de-CH,de;q=0.9,en;q=0.8": "de",
        "pt,es;q=0.5": "es",
        "fr;q=x, en;q=0.1": "en",
        "*": "en",
    }.items():
        assert preferred(accept) == found


def test_what_is_filled_in_is_never_a_template() -> None:
    assert (
        words_in("en")("phrase", phrase="{mailbox} {0} %s $x")
        == "Your mark of recognition: {mailbox} {0} %s $x"
    )


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("a\r\nBcc: eve@spam.example\r\n\r\nbody", "a Bcc: eve@spam.example body"),
        ("nul\x00 bell\x07 esc\x1b[31m", "nul bell esc [31m"),
        ("\u202egnp.exe\u202c \u2066x\u2069 \u200f\u061c", "gnp.exe x"),
        ("line\u2028sep\u2029para\x85next", "line sep para next"),
        ("zero\u200bwidth\ufeff\u2060\u00ad", "zerowidth"),
        ("half \ud83d pair", "half pair"),
        ("za\u0301\u0302\u0303\u0304\u0305lgo", "za\u0301\u0302lgo"),
        ("   many \t\t spaces   ", "many spaces"),
        ("", ""),
        ("x" * 500, "x" * 119 + "…"),
        ("日本語の件名 🎉 ok", "日本語の件名 🎉 ok"),
    ],
)
def test_strangers_text_is_one_harmless_line(hostile: str, shown: str) -> None:
    assert one_line(hostile, 120) == shown


def test_a_huge_subject_costs_no_more_than_a_line() -> None:
    assert len(one_line("e" + "\u0301" * 1_000_000, 120)) == 3


def test_no_program_makes_links_of_what_was_only_text() -> None:
    """But people read the same."""
    line = unlinked("visit paypal.com.evil.example/login or mail a@b.example: now. Done.")
    assert not re.search(r"\w\.\w|\w@\w|\w:/|\w/\w", line)
    assert line.replace("\u200c", "") == "visit paypal.com.evil.example/login or mail a@b.example: now. Done."


def test_the_reason_is_the_kind_that_weighs_most() -> None:
    for items, reason in (
        ((("url:ip", 1.0), ("link:mismatch", 1.0), ("phrase:pills", 1.6)), "links"),
        ((("list:block", 30.0), ("phrase:pills", 1.6)), "blocked"),
        ((("provider:virus", 9.0), ("url:ip", 30.0)), "dangerous"),
        ((("classifier:recipient", 4.0), ("url:ip", 1.0)), "learned"),
        ((("bulk:list", -3.0), ("odd:thing", 5.0)), "other"),
        ((), "other"),
    ):
        assert held_because([Contribution(*item) for item in items]) == reason


def test_what_speaks_for_a_message_is_said_in_every_language() -> None:
    said = {
        maybe_wanted(Mistake(0.5, 1, (text,)))
        for mark, text in REASONS.items()
        if mark not in (BULK, BLOCKED, DANGEROUS)
    }
    said |= {maybe_wanted(Mistake(0.5, 1, (NEAR_REASON,)))}
    assert "" not in said
    for language in LANGUAGES:
        assert {f"wanted_{key}" for key in said} <= set(catalogue(language))
    assert maybe_wanted(Mistake(0.5, 1, (REASONS[BULK],))) == ""
    assert len(OFFERED) == 7
