"""Before an event: the reason of a cancel, which stands whatever its body is."""

from story import ANY, CANCEL, raw, typed
from subjects.before import cancels

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


def scenarios():
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
