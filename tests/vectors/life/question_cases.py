"""Cases of questions before events: `AT HAPPENING | ACTIONS`.

`a retry 1000 503` is the result of an attempt at the webhook `a`, for the question `q`; `p.a` for the question `p`.
`proceed [a proceeded 1 200]` is the decision, with each webhook's outcome, attempts, status and error.
"""


def webhooks(*names, **settings):
    """As many webhooks."""
    return {"webhooks": [{"webhook": name, "timeout": 5000, "on_error": "proceed", **settings} for name in names]}


def mixed(**on_error):
    """Webhooks with what each does without an answer."""
    return {"webhooks": [{"webhook": name, "timeout": 5000, "on_error": told} for name, told in on_error.items()]}


A, AB, ABC = webhooks("a"), webhooks("a", "b"), webhooks("a", "b", "c")
STRICT = webhooks("a", on_error="cancel")

QUESTION = [
    ("one answer, and it proceeds", A, """
        0    ask q            | send a 1 5000
        30   a delivered 200  | proceed [a proceeded 1 200]
    """),
    ("one cancel", A, """
        0    ask q         | send a 1 5000
        30   a cancel 200  | cancelled by a [a cancelled 1 200]
    """),
    ("a cancel under any status", A, """
        0    ask q         | send a 1 5000
        30   a cancel 503  | cancelled by a [a cancelled 1 503]
    """),
    ("a failure proceeds if that is what it shall do", A, """
        0    ask q         | send a 1 5000
        30   a failed 400  | proceed [a no_answer 1 400 attempt]
    """),
    ("a failure cancels if that is what it shall do", STRICT, """
        0    ask q         | send a 1 5000
        30   a failed 400  | cancelled by a [a no_answer 1 400 attempt]
    """),
    ("no answer within the timeout, and it proceeds", A, """
        0     ask q          | send a 1 5000
        5000  a failed none  | proceed [a no_answer 1 - attempt]
    """),
    ("no answer within the timeout, and it cancels", STRICT, """
        0     ask q          | send a 1 5000
        5000  a failed none  | cancelled by a [a no_answer 1 - attempt]
    """),
    ("all are asked at once, and all have to answer", ABC, """
        0    ask q            | send a 1 5000, send b 1 5000, send c 1 5000
        30   b delivered 200  |
        40   a delivered 204  |
        50   c delivered 200  | proceed [a proceeded 1 204] [b proceeded 1 200] [c proceeded 1 200]
    """),
    ("the first cancel decides, and the others are aborted", ABC, """
        0    ask q            | send a 1 5000, send b 1 5000, send c 1 5000
        30   b cancel 200     | abort a, abort c, cancelled by b [a not_awaited] [b cancelled 1 200] [c not_awaited]
    """),
    ("who has answered before the cancel keeps the answer", ABC, """
        0    ask q            | send a 1 5000, send b 1 5000, send c 1 5000
        20   c delivered 200  |
        30   a cancel 200     | abort b, cancelled by a [a cancelled 1 200] [b not_awaited] [c proceeded 1 200]
    """),
    ("who has failed before the cancel keeps the failure", AB, """
        0    ask q            | send a 1 5000, send b 1 5000
        20   b failed 404     |
        30   a cancel 200     | cancelled by a [a cancelled 1 200] [b no_answer 1 404 attempt]
    """),
    ("of two cancels the first decides", AB, """
        0    ask q            | send a 1 5000, send b 1 5000
        30   b cancel 200     | abort a, cancelled by b [a not_awaited] [b cancelled 1 200]
    """),
    ("who waits for a retry when another cancels is not awaited", AB, """
        0    ask q             | send a 1 5000, send b 1 5000
        20   a retry 1000 503  | wait a 1020
        30   b cancel 200      | cancelled by b [a not_awaited] [b cancelled 1 200]
        1020 time              |
    """),
    ("who is asked again when another cancels is not awaited", AB, """
        0    ask q             | send a 1 5000, send b 1 5000
        20   a retry 1000 503  | wait a 1020
        1020 time              | send a 2 5000
        1030 b cancel 200      | abort a, cancelled by b [a not_awaited] [b cancelled 1 200]
    """),
    ("one that cancels without an answer decides for all", mixed(a="proceed", b="cancel"), """
        0    ask q             | send a 1 5000, send b 1 5000
        20   b failed 500      | abort a, cancelled by b [a not_awaited] [b no_answer 1 500 attempt]
    """),
    ("one that proceeds without an answer decides nothing", mixed(a="proceed", b="cancel"), """
        0    ask q             | send a 1 5000, send b 1 5000
        20   a failed 500      |
        30   b delivered 200   | proceed [a no_answer 1 500 attempt] [b proceeded 1 200]
    """),
    ("a cancel after one without an answer", mixed(a="proceed", b="proceed"), """
        0    ask q             | send a 1 5000, send b 1 5000
        20   a failed none     |
        30   b cancel 200      | cancelled by b [a no_answer 1 - attempt] [b cancelled 1 200]
    """),
    # ---- retries
    ("a retry", A, """
        0     ask q             | send a 1 5000
        20    a retry 1000 503  | wait a 1020
        1019  time              |
        1020  time              | send a 2 5000
        1030  a delivered 200   | proceed [a proceeded 2 200]
    """),
    ("a retry without a wait", A, """
        0     ask q             | send a 1 5000
        20    a retry 0 503     | send a 2 5000
        30    a delivered 200   | proceed [a proceeded 2 200]
    """),
    ("a retry, then a cancel", A, """
        0     ask q             | send a 1 5000
        20    a retry 1000 none | wait a 1020
        1020  time              | send a 2 5000
        1030  a cancel 200      | cancelled by a [a cancelled 2 200]
    """),
    ("a retry, then a failure", STRICT, """
        0     ask q             | send a 1 5000
        20    a retry 1000 429  | wait a 1020
        1020  time              | send a 2 5000
        6020  a failed none     | cancelled by a [a no_answer 2 - attempt]
    """),
    ("one is retried while another is still out", AB, """
        0     ask q             | send a 1 5000, send b 1 5000
        20    a retry 100 503   | wait a 120
        120   time              | send a 2 5000
        130   a delivered 200   |
        140   b delivered 200   | proceed [a proceeded 2 200] [b proceeded 1 200]
    """),
    # ---- the budget
    ("an attempt has no more time than the budget", {**A, "budget": 2000}, """
        0     ask q          | send a 1 2000
        2000  a failed none  | proceed [a no_answer 1 - attempt]
    """),
    ("an attempt has no more time than its timeout", {**A, "budget": 5001}, """
        0     ask q          | send a 1 5000
        1     a delivered 200 | proceed [a proceeded 1 200]
    """),
    ("a retry has what is left of the budget", {**A, "budget": 6000}, """
        0     ask q             | send a 1 5000
        2000  a retry 500 503   | wait a 2500
        2500  time              | send a 2 3500
        6000  a failed none     | proceed [a no_answer 2 - attempt]
    """),
    ("a retry that would begin a millisecond before the end of the budget begins", {**A, "budget": 6000}, """
        0     ask q             | send a 1 5000
        2000  a retry 3999 503  | wait a 5999
        5999  time              | send a 2 1
        6000  a failed none     | proceed [a no_answer 2 - attempt]
    """),
    ("a retry that would begin at the end of the budget does not", {**A, "budget": 6000}, """
        0     ask q             | send a 1 5000
        2000  a retry 4000 503  | proceed [a no_answer 1 503 budget_over]
    """),
    ("a retry that would begin after the budget does not", {**STRICT, "budget": 6000}, """
        0     ask q             | send a 1 5000
        2000  a retry 4001 503  | cancelled by a [a no_answer 1 503 budget_over]
    """),
    ("an attempt that ends with the budget is not retried", {**STRICT, "budget": 3000}, """
        0     ask q             | send a 1 3000
        3000  a retry 0 none    | cancelled by a [a no_answer 1 - budget_over]
    """),
    ("one budget for all", {**ABC, "budget": 4000}, """
        0     ask q             | send a 1 4000, send b 1 4000, send c 1 4000
        1000  a retry 2500 503  | wait a 3500
        1500  b delivered 200   |
        3500  time              | send a 2 500
        4000  a failed none     |
        4000  c failed none     | proceed [a no_answer 2 - attempt] [b proceeded 1 200] [c no_answer 1 - attempt]
    """),
    ("the budget counts from when the question was asked", {**A, "budget": 6000}, """
        10000  ask q             | send a 1 5000
        12000  a retry 3999 503  | wait a 15999
        15999  time              | send a 2 1
        16000  a delivered 200   | proceed [a proceeded 2 200]
    """),
    ("each question has its budget", {**A, "budget": 6000}, """
        0      ask q                | send a 1 5000
        2000   a retry 500 503      | wait a 2500
        2000   ask p                | send p.a 1 5000
        2500   time                 | send a 2 3500
        2600   p.a delivered 200    | proceed of p [a proceeded 1 200]
        2700   a delivered 200      | proceed [a proceeded 2 200]
    """),
    # ---- what this machine lacked, what the host refused
    ("what this machine lacked is no attempt, and not the webhook's fault", A, """
        0     ask q      | send a 1 5000
        5000  a lacking  | proceed [a no_answer 0 - lacking]
    """),
    ("what this machine lacked cancels if no answer does", STRICT, """
        0     ask q      | send a 1 5000
        5000  a lacking  | cancelled by a [a no_answer 0 - lacking]
    """),
    ("what this machine lacked for a retry leaves the attempts before it", A, """
        0     ask q            | send a 1 5000
        0     a retry 100 503  | wait a 100
        100   time             | send a 2 5000
        5100  a lacking        | proceed [a no_answer 1 - lacking]
    """),
    ("what the host refused to make counts as an attempt", STRICT, """
        0     ask q            | send a 1 5000
        0     a failed unmade  | cancelled by a [a no_answer 1 - attempt]
    """),
    # ---- gone
    ("410 is no answer, and switches it off for the next question", A, """
        0     ask q       | send a 1 5000
        10    a gone 410  | proceed [a no_answer 1 410 attempt]
        20    ask p       | proceed of p [a switched_off 0 - switched_off]
    """),
    ("410 of one that cancels without an answer", STRICT, """
        0     ask q       | send a 1 5000
        10    a gone 410  | cancelled by a [a no_answer 1 410 attempt]
        20    ask p       | cancelled of p by a [a switched_off 0 - switched_off]
    """),
    ("one that is switched off is asked nothing, the others are",
     {"webhooks": [{"webhook": "a", "timeout": 5000, "on_error": "proceed", "switched_off": True},
                   {"webhook": "b", "timeout": 5000, "on_error": "proceed"}]}, """
        0     ask q            | send b 1 5000
        10    b delivered 200  | proceed [a switched_off 0 - switched_off] [b proceeded 1 200]
    """),
    ("one that is switched off, and another's cancel",
     {"webhooks": [{"webhook": "a", "timeout": 5000, "on_error": "proceed"},
                   {"webhook": "b", "timeout": 5000, "on_error": "proceed", "switched_off": True}]}, """
        0     ask q            | send a 1 5000
        10    a cancel 200     | cancelled by a [a cancelled 1 200] [b switched_off 0 - switched_off]
    """),
    ("410 of one does not switch off the other", AB, """
        0     ask q            | send a 1 5000, send b 1 5000
        10    a gone 410       |
        20    b delivered 200  | proceed [a no_answer 1 410 attempt] [b proceeded 1 200]
        30    ask p            | send p.b 1 5000
        40    p.b delivered 200 | proceed of p [a switched_off 0 - switched_off] [b proceeded 1 200]
    """),
    # ---- breakers
    ("a question is asked, whatever its breaker says", {**A, "breaker_after": 0}, """
        0     others a down 5   |
        1     ask q             | send a 1 5000
        10    a delivered 200   | proceed [a proceeded 1 200]
    """),
    ("a question is asked again, whatever its breaker says", {**STRICT, "breaker_after": 0}, """
        0     others a down 5   |
        1     ask q             | send a 1 5000
        10    a retry 90 503    | wait a 100
        100   time              | send a 2 5000
        110   a cancel 200      | cancelled by a [a cancelled 2 200]
    """),
    ("a question is asked while a breaker is open that a question opened", {**A, "breaker_after": 0}, """
        0     others a down 4   |
        1     ask q             | send a 1 5000
        10    a failed 503      | proceed [a no_answer 1 503 attempt]
        20    ask p             | send p.a 1 5000
        30    p.a failed 503    | proceed of p [a no_answer 1 503 attempt]
    """),
]
