"""Before an event: the reason of a cancel, which stands whatever its body is."""

from story import ADJUST, ANY, CANCEL, hook, proceeded, raw, scenario, settled, typed
from topics.before import cancels

CAP = 64 * 1024
BROKEN = [
    ("without a body", typed(CANCEL, "")),
    ("with a body of blanks", typed(CANCEL, " \n")),
    ("whose body is no JSON", typed(CANCEL, "not now")),
    ("whose body is cut", typed(CANCEL, '{"reason": "not')),
    ("whose body is a list", typed(CANCEL, '["not now"]')),
    ("whose body is a text", typed(CANCEL, '"not now"')),
    ("without a reason in it", typed(CANCEL, '{"message": "not now"}')),
    ("whose reason is a number", typed(CANCEL, '{"reason": 7}')),
    ("whose reason is null", typed(CANCEL, '{"reason": null}')),
    ("with a status of 204", {"status": 204, "headers": {"Content-Type": CANCEL}}),
    ("longer than the cap", typed(CANCEL, '{"reason": "' + "x" * CAP + '"}')),
]

BESIDE = [
    ("bytes beyond ASCII in a parameter", [f"{CANCEL}; charset=\xfctf-8"]),
    ("bytes beyond ASCII at its end", [f"{CANCEL}\xa0"]),
    ("bytes beyond ASCII before it", [f"text/plain; a=\xc3\xbc, {CANCEL}"]),
    ("a quote that is not closed", [f'{CANCEL}; a="b']),
    ("a quote before it that is not closed", [f'text/plain; a="b, {CANCEL}']),
    ("another type in a list", [f"text/plain, {CANCEL}"]),
    ("an unclosed quote and another type", [f'text/plain; a="b, {CANCEL}; c="d"']),
    ("quotes of its own", [f'"{CANCEL}"']),
    ("tabs and blanks", [f"\t {CANCEL} \t;\ta = b"]),
    ("another header of its name", ["text/plain", CANCEL]),
    ("another header behind it", [CANCEL, "text/plain"]),
    ("another header with a quote that is not closed", ['text/plain; a="b', CANCEL]),
]


def heard(types):
    """A cancel, with these content types, each in a header of its own."""
    headers = "".join(f"Content-Type: {one}\r\n" for one in types)
    return raw(f'HTTP/1.1 200 OK\r\n{headers}Content-Length: 21\r\n\r\n{{"reason": "not now"}}')


def scenarios():
    for what, types in BESIDE:
        yield cancels(
            f"a cancel beside {what}",
            "what else stands in the header cannot turn a cancel into consent",
            [heard(types)],
            "not now",
            needs=["raw"],
        )
    again = ADJUST.named(id="adjust-2")
    yield scenario(
        "a cancel behind another content type, after consent with that one",
        "what was consent once is looked at again where a header stands beside it",
        [hook("approve", "before:adjust")],
        [ADJUST, again],
        answers={"/approve": [typed("text/plain", "yes"), heard(["text/plain", CANCEL])]},
        requests={"/approve": [ADJUST.request(), again.request()]},
        outcomes=[
            ADJUST.outcome("proceed", proceeded("approve")),
            again.outcome("cancelled", settled("approve", "cancelled", attempts=1, status=200), reason="not now"),
        ],
        needs=["raw"],
    )
    for what, answer in BROKEN:
        yield cancels(
            f"a cancel {what}",
            "a responder that raised its hand is never overheard: the reason says what is wrong with it",
            [answer],
            ANY,
            code=answer["status"],
        )
    for why, body, reason in [
        ("a reason in letters beyond ASCII", '{"reason": "später, 後で 😀"}', "später, 後で 😀"),
        ("a reason spelt with escapes", r'{"reason": "sp\u00e4ter \"bitte\""}', 'später "bitte"'),
        ("a reason among other members", '{"code": 7, "reason": "not now", "more": [{}]}', "not now"),
        ("a reason of 1 KiB", '{"reason": "' + "r" * 1024 + '"}', "r" * 1024),
        ("a reason longer than 1 KiB", '{"reason": "' + "r" * 1025 + '"}', "r" * 1024),
        ("a reason that is cut before a character of two bytes", '{"reason": "' + "r" * 1023 + 'é!"}', "r" * 1023),
        ("a reason of 600 characters of two bytes", '{"reason": "' + "é" * 600 + '"}', "é" * 512),
    ]:
        yield cancels(why, "reason is cut at 1 KiB, between characters", [typed(CANCEL, body)], reason)
    yield cancels(
        "a cancel whose body breaks off",
        "status and headers decide; a cut body cannot undo it",
        [raw(f'HTTP/1.1 200 OK\r\nContent-Type: {CANCEL}\r\nContent-Length: 100\r\n\r\n{{"reason": "not n')],
        ANY,
        needs=["raw"],
    )
    yield cancels(
        "a cancel in chunks that break off",
        "status and headers decide; chunks that end without the last one cannot undo it",
        [raw(f'HTTP/1.1 503 Busy\r\nContent-Type: {CANCEL}\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{{"reason\r\n')],
        ANY,
        code=503,
        needs=["raw"],
    )
    yield cancels(
        "a cancel in chunks",
        "the reason is read from chunks as from any other body",
        [
            raw(
                f"HTTP/1.1 200 OK\r\nContent-Type: {CANCEL}\r\nTransfer-Encoding: chunked\r\n\r\n"
                '8\r\n{"reason\r\nb\r\n":"not now"\r\n1\r\n}\r\n0\r\n\r\n'
            )
        ],
        "not now",
        needs=["raw"],
    )
