"""The usual pipeline, run by itself where scikit-learn is: lines of `learn|judge, label, path` in, a line of scores for each model out.

Of a message it reads subject, sender and the text of its parts, decoded by the standard library; HTML tags are cut out. CPU times include the
reading. Nothing here imports the project, so that it runs in an environment of its own.
"""

from __future__ import annotations

import email
import email.header
import re
import sys
import time

from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-not-found]  # not a dependency: see bench/peers_words.py
from sklearn.linear_model import LogisticRegression  # type: ignore[import-not-found]  # as above
from sklearn.svm import LinearSVC  # type: ignore[import-not-found]  # as above

_TAGS = re.compile(r"<[^>]{0,2000}>")


def text(path: str) -> str:
    """Subject, sender, and what the parts say."""
    with open(path, "rb") as file:  # noqa: PTH123 - as short as its users write it
        message = email.message_from_binary_file(file)
    found = [_header(message.get("subject", "")), _header(message.get("from", ""))]
    for part in message.walk():
        if part.get_content_maintype() == "text":
            octets = part.get_payload(decode=True)
            if isinstance(octets, bytes):
                shown = octets[:100_000].decode("latin-1")
                found.append(_TAGS.sub(" ", shown) if part.get_content_subtype() == "html" else shown)
    return "\n".join(found)


def _header(value: object) -> str:
    try:
        return str(email.header.make_header(email.header.decode_header(str(value))))
    except (LookupError, ValueError, UnicodeError):
        return str(value)


def main() -> None:
    rows = [line.rstrip("\n").split("\t") for line in sys.stdin]
    started = time.process_time()
    learnt = [(text(path), label == "spam") for what, label, path in rows if what == "learn"]
    reading_learnt = time.process_time() - started
    started = time.process_time()
    asked = [text(path) for what, _, path in rows if what == "judge"]
    reading_asked = time.process_time() - started
    started = time.process_time()
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, max_features=500_000)
    learnt_words = words.fit_transform([each for each, _ in learnt])
    fitting = time.process_time() - started
    for name, model in (
        ("scikit-learn TF-IDF, LinearSVC", LinearSVC()),
        ("scikit-learn TF-IDF, LogisticRegression", LogisticRegression(C=10.0, max_iter=1000)),
    ):
        started = time.process_time()
        model.fit(learnt_words, [is_spam for _, is_spam in learnt])
        learning = time.process_time() - started
        started = time.process_time()
        scores = model.decision_function(words.transform(asked))
        judging = time.process_time() - started
        figures = [
            f"{reading_learnt + fitting + learning:.3f}",
            f"{reading_asked + judging:.3f}",
            *(repr(float(s)) for s in scores),
        ]
        print("\t".join([name, *figures]), flush=True)


if __name__ == "__main__":
    main()
