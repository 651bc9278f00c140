"""Cases of deliveries: `AT HAPPENING | ACTIONS`.

`a retry 1000 503` is the result of an attempt of `a`; `others down 5`: five other events of the webhook were given up.
Of what ends: `failed a ATTEMPTS STATUS ERROR`. A time that has to be met exactly and is a sum is a multiple of an eighth
of a second, since hosts may count in floating point.
"""

ONCE = {"max_tries": 1}
QUICK = {"breaker_after": 0}
SHORT = {"breaker_after": 0, "breaker_hold": 60_000, "timeout": 1000, "max_time": 20_000}
"""A time of 20 s, the last 3 s of it its last part, and a hold that is longer."""

DELIVERY = [
    # ---- attempts and retries
    ("an answer delivers it", {}, """
        0    accept a        | send a 1
        50   a delivered 200 | delivered a 1 200
    """),
    ("it is sent when it is accepted, whenever that is", {}, """
        123456  accept a        | send a 1
        123457  a delivered 204 | delivered a 1 204
    """),
    ("an attempt is given the timeout of its webhook", {"timeout": 250}, """
        0    accept a             | send a 1 250
        250  a retry 100 none     | wait a 350
        350  time                 | send a 2 250
        400  a delivered 200      | delivered a 2 200
    """),
    ("an attempt that is retried waits for as long as was drawn", {}, """
        0     accept a             | send a 1
        100   a retry 1000 503     | wait a 1100
        1099  time                 |
        1100  time                 | send a 2
        1200  a delivered 200      | delivered a 2 200
    """),
    ("a wait of nothing is none", {}, """
        0     accept a             | send a 1
        100   a retry 0 503        | send a 2
        100   a retry 0 503        | send a 3
        200   a delivered 200      | delivered a 3 200
    """),
    ("a wait begins when the attempt has ended", {}, """
        0      accept a             | send a 1
        4000   a retry 1500 none    | wait a 5500
        5500   time                 | send a 2
        10500  a retry 2000 none    | wait a 12500
        12500  time                 | send a 3
        12501  a delivered 200      | delivered a 3 200
    """),
    ("an answer that is final fails it", {}, """
        0    accept a     | send a 1
        50   a failed 400 | failed a 1 400 attempt
    """),
    ("a final answer after a retry fails it", {}, """
        0    accept a         | send a 1
        50   a retry 450 503  | wait a 500
        500  time             | send a 2
        600  a failed 404     | failed a 2 404 attempt
    """),
    ("no answer leaves no status, that of an earlier answer neither", {}, """
        0    accept a         | send a 1
        50   a retry 450 503  | wait a 500
        500  time             | send a 2
        600  a failed none    | failed a 2 - attempt
    """),
    ("an attempt that the host refused to make counts as one", {}, """
        0    accept a          | send a 1
        0    a failed unmade   | failed a 1 - attempt
    """),
    ("without retries, one answer that could be retried elsewhere fails it", ONCE, """
        0    accept a     | send a 1
        50   a failed 503 | failed a 1 503 attempt
    """),
    ("without retries and without an answer", ONCE, """
        0     accept a      | send a 1
        5000  a failed none | failed a 1 - attempt
    """),
    ("twelve attempts, and the last one's answer", {}, """
        0     accept a       | send a 1
        0     a retry 0 503  | send a 2
        0     a retry 0 503  | send a 3
        0     a retry 0 503  | send a 4
        0     a retry 0 503  | send a 5
        0     a retry 0 503  | send a 6
        0     a retry 0 503  | send a 7
        0     a retry 0 503  | send a 8
        0     a retry 0 503  | send a 9
        0     a retry 0 503  | send a 10
        0     a retry 0 503  | send a 11
        0     a retry 0 503  | send a 12
        0     a failed 503   | failed a 12 503 attempt
    """),
    ("deliveries do not wait for each other", {}, """
        0    accept a         | send a 1
        0    accept b         | send b 1
        10   b delivered 200  | delivered b 1 200
        20   a retry 980 503  | wait a 1000
        30   accept c         | send c 1
        40   c delivered 200  | delivered c 1 200
        1000 time             | send a 2
        1001 a delivered 200  | delivered a 2 200
    """),
    ("retries that are due together are sent together", {}, """
        0     accept a         | send a 1
        0     accept b         | send b 1
        0     a retry 1000 503 | wait a 1000
        500   b retry 500 503  | wait b 1000
        1000  time             | send a 2, send b 2
        1000  b delivered 200  | delivered b 2 200
        1001  a delivered 200  | delivered a 2 200
    """),
    # ---- the end of its time
    ("an attempt may begin when its time ends, and not after it", {"max_time": 20_000}, """
        0      accept a           | send a 1
        5000   a retry 15000 503  | wait a 20000
        20000  time               | send a 2
        20001  a delivered 200    | delivered a 2 200
    """),
    ("a retry that is due a millisecond after its time is given up then", {"max_time": 20_000}, """
        0      accept a           | send a 1
        5000   a retry 15001 503  | wait a 20001
        20001  time               | failed a 1 503 time_over
    """),
    ("an attempt that began in time may end after it", {"max_time": 20_000}, """
        0      accept a           | send a 1
        5000   a retry 14000 503  | wait a 19000
        19000  time               | send a 2
        24000  a delivered 200    | delivered a 2 200
    """),
    ("its time counts from the first attempt", {"max_time": 20_000}, """
        7000   accept a           | send a 1
        8000   a retry 19000 503  | wait a 27000
        27000  time               | send a 2
        27500  a failed 503       | failed a 2 503 attempt
    """),
    ("its time counts from the first attempt, a millisecond more is too much", {"max_time": 20_000}, """
        7000   accept a           | send a 1
        8000   a retry 19001 503  | wait a 27001
        27001  time               | failed a 1 503 time_over
    """),
    ("the time of its retries, however many they may be, is the configured one", {"max_tries": 2, "max_time": 1000}, """
        0     accept a           | send a 1
        500   a retry 501 none   | wait a 1001
        1001  time               | failed a 1 - time_over
    """),
    # ---- what this machine lacked
    ("an attempt that this machine could not make is put back a second, and does not count", {}, """
        0     accept a         | send a 1
        5000  a lacking        | wait a 6000
        6000  time             | send a 1
        6001  a delivered 200  | delivered a 1 200
    """),
    ("what was lacking as often as may be leaves the number as it was", {}, """
        0     accept a         | send a 1
        100   a lacking        | wait a 1100
        1100  time             | send a 1
        1200  a lacking        | wait a 2200
        2200  time             | send a 1
        2300  a retry 700 503  | wait a 3000
        3000  time             | send a 2
        3100  a lacking        | wait a 4100
        4100  time             | send a 2
        4200  a failed 400     | failed a 2 400 attempt
    """),
    ("what is lacking is waited for until its time ends", {"max_time": 20_000}, """
        0      accept a           | send a 1
        100    a retry 18900 503  | wait a 19000
        19000  time               | send a 2
        19000  a lacking          | wait a 20000
        20000  time               | send a 2
        20001  a delivered 200    | delivered a 2 200
    """),
    ("what is lacking within the last second of its time fails it, and is no attempt", {"max_time": 20_000}, """
        0      accept a           | send a 1
        100    a retry 18900 503  | wait a 19000
        19000  time               | send a 2
        19001  a lacking          | failed a 1 503 lacking
    """),
    ("without an attempt in all its time", {"max_tries": 2, "max_time": 3000}, """
        0     accept a   | send a 1
        0     a lacking  | wait a 1000
        1000  time       | send a 1
        1000  a lacking  | wait a 2000
        2000  time       | send a 1
        2000  a lacking  | wait a 3000
        3000  time       | send a 1
        3000  a lacking  | failed a 0 - lacking
    """),
    ("without retries, what is lacking is waited for as long as for a breaker", ONCE, """
        0       accept a         | send a 1
        178000  a lacking        | wait a 179000
        179000  time             | send a 1
        179000  a lacking        | wait a 180000
        180000  time             | send a 1
        180001  a lacking        | failed a 0 - lacking
    """),
    ("without retries, put back once, and delivered", ONCE, """
        0     accept a         | send a 1
        1     a lacking        | wait a 1001
        1001  time             | send a 1
        1002  a delivered 200  | delivered a 1 200
    """),
    ("what was lacking does not open a breaker", QUICK, """
        0     accept a         | send a 1
        0     others down 4    |
        0     a lacking        | wait a 1000
        1     accept b         | send b 1
        1     b delivered 200  | delivered b 1 200
        1000  time             | send a 1
        1001  a delivered 200  | delivered a 1 200
    """),
    # ---- gone
    ("410 fails it and switches the webhook off", {}, """
        0    accept a     | send a 1
        10   a gone 410   | failed a 1 410 attempt
        20   accept b     | failed b 0 - switched_off
    """),
    ("what is to be retried is given up when it is due", {}, """
        0     accept a         | send a 1
        0     accept b         | send b 1
        10    a retry 990 503  | wait a 1000
        500   b gone 410       | failed b 1 410 attempt
        1000  time             | failed a 1 503 switched_off
    """),
    ("what is under way when the webhook goes is still answered", {}, """
        0    accept a         | send a 1
        0    accept b         | send b 1
        10   a gone 410       | failed a 1 410 attempt
        20   b delivered 200  | delivered b 1 200
        30   accept c         | failed c 0 - switched_off
    """),
    ("what is under way when the webhook goes is not retried", {}, """
        0     accept a         | send a 1
        0     accept b         | send b 1
        10    a gone 410       | failed a 1 410 attempt
        500   b retry 500 503  | wait b 1000
        1000  time             | failed b 1 503 switched_off
    """),
    ("what this machine lacked something for is given up when it is due", {}, """
        0     accept a         | send a 1
        0     accept b         | send b 1
        0     a lacking        | wait a 1000
        10    b gone 410       | failed b 1 410 attempt
        1000  time             | failed a 0 - switched_off
    """),
    ("a probe that is answered 410 closes the breaker, and what it held is given up at once", QUICK, """
        0     others down 5    |
        0     accept a         | hold a 5000
        1     accept b         | hold b 5000
        5000  time             | send a 1, hold b 10000
        5100  a gone 410       | failed a 1 410 attempt, failed b 0 - switched_off
        5200  accept c         | failed c 0 - switched_off
    """),
    # ---- the breaker
    ("five that are given up over ten seconds open it, and the sixth waits", {}, """
        0      accept a       | send a 1
        0      a failed 503   | failed a 1 503 attempt
        2500   accept b       | send b 1
        2500   b failed none  | failed b 1 - attempt
        5000   accept c       | send c 1
        5000   c failed 500   | failed c 1 500 attempt
        7500   accept d       | send d 1
        7500   d failed 599   | failed d 1 599 attempt
        10000  accept e       | send e 1
        10000  e failed 503   | failed e 1 503 attempt
        10001  accept f       | hold f 15000
        15000  time           | send f 1
        15001  f delivered 200 | delivered f 1 200
    """),
    ("five over less than ten seconds do not", {}, """
        0      others down 4  |
        9999   accept a       | send a 1
        9999   a failed 503   | failed a 1 503 attempt
        9999   accept b       | send b 1
        10000  b failed 503   | failed b 1 503 attempt
        10000  accept c       | hold c 15000
        15000  time           | send c 1
        15000  c delivered 200 | delivered c 1 200
    """),
    ("an answer below 500 ends the row, one that fails its delivery too", QUICK, """
        0  others down 4  |
        0  accept a       | send a 1
        0  a failed 499   | failed a 1 499 attempt
        0  accept b       | send b 1
        0  b failed 500   | failed b 1 500 attempt
        0  accept c       | send c 1
        0  c delivered 200 | delivered c 1 200
    """),
    ("an attempt that is retried does not open it", QUICK, """
        0     others down 4      |
        0     accept a           | send a 1
        0     a retry 1000 503   | wait a 1000
        0     accept b           | send b 1
        0     b delivered 200    | delivered b 1 200
        1000  time               | send a 2
        1000  a delivered 200    | delivered a 2 200
    """),
    ("an answer that is retried ends the row", QUICK, """
        0     others down 4      |
        0     accept a           | send a 1
        0     a retry 1000 429   | wait a 1000
        0     others down 4      |
        0     accept b           | send b 1
        0     b delivered 200    | delivered b 1 200
        1000  time               | send a 2
        1000  a delivered 200    | delivered a 2 200
    """),
    ("what the host refused does not open it", QUICK, """
        0     others down 4      |
        0     accept a           | send a 1
        0     a failed unmade    | failed a 1 - attempt
        0     accept b           | send b 1
        0     b delivered 200    | delivered b 1 200
    """),
    ("a breaker that never opens holds nothing", {"breaker_after": 0, "breaker_hold": 0}, """
        0     others down 50     |
        0     accept a           | send a 1
        0     a failed 503       | failed a 1 503 attempt
        0     accept b           | send b 1
        0     b failed none      | failed b 1 - attempt
    """),
    ("being held is no attempt", QUICK, """
        0      others down 5    |
        0      accept a         | hold a 5000
        5000   time             | send a 1
        5000   a retry 1000 503 | wait a 6000
        6000   time             | hold a 15000
        15000  time             | send a 2
        15001  a delivered 200  | delivered a 2 200
    """),
    ("a probe that fails holds the others twice as long", QUICK, """
        0      others down 5    |
        0      accept a         | hold a 5000
        1      accept b         | hold b 5000
        5000   time             | send a 1, hold b 10000
        7000   a failed 503     | failed a 1 503 attempt
        10000  time             | hold b 17000
        17000  time             | send b 1
        17001  b delivered 200  | delivered b 1 200
    """),
    ("a probe that is answered lets the others out at once", QUICK, """
        0      others down 5    |
        0      accept a         | hold a 5000
        1      accept b         | hold b 5000
        2      accept c         | hold c 5000
        5000   time             | send a 1, hold b 10000, hold c 10000
        5100   a delivered 200  | delivered a 1 200, send b 1, send c 1
        5200   b delivered 200  | delivered b 1 200
        5200   c delivered 200  | delivered c 1 200
    """),
    ("while a probe is out, others look again when it must have ended", {"breaker_after": 0, "timeout": 700}, """
        0      others down 5    |
        0      accept a         | hold a 5000
        5000   time             | send a 1
        5100   accept b         | hold b 5800
        5700   a failed none    | failed a 1 - attempt
        5800   time             | hold b 15700
        15700  time             | send b 1
        15700  b delivered 200  | delivered b 1 200
    """),
    ("a probe that is retried holds itself", QUICK, """
        0      others down 5     |
        0      accept a          | hold a 5000
        5000   time              | send a 1
        5000   a retry 20000 503 | wait a 25000
        25000  time              | send a 2
        25000  a delivered 200   | delivered a 2 200
    """),
    ("of several that were held, the one that has waited longest is the probe", QUICK, """
        0      accept a          | send a 1
        0      a retry 3000 503  | wait a 3000
        0      others down 5     |
        1000   accept b          | hold b 5000
        3000   time              | hold a 5000
        5000   time              | send a 2, hold b 10000
        5001   a delivered 200   | delivered a 2 200, send b 1
        5002   b delivered 200   | delivered b 1 200
    """),
    ("of several that were held since they were accepted, the first is the probe", QUICK, """
        0      others down 5     |
        1000   accept a          | hold a 5000
        2000   accept b          | hold b 5000
        3000   accept c          | hold c 5000
        5000   time              | send a 1, hold b 10000, hold c 10000
        5000   a failed none     | failed a 1 - attempt
        10000  time              | hold b 15000, hold c 15000
        15000  time              | send b 1, hold c 20000
        15001  b delivered 200   | delivered b 1 200, send c 1
        15002  c delivered 200   | delivered c 1 200
    """),
    ("one that was not held lets those go first that were, though it could have been sent before them", QUICK, """
        0      others down 5     |
        1000   accept a          | hold a 5000
        2000   accept b          | hold b 5000
        5000   time              | send a 1, hold b 10000
        5000   a lacking         | wait a 6000
        6000   time              | send a 1
        6000   a retry 10000 503 | wait a 16000
        10000  time              | hold b 16000
        16000  time              | send b 1, hold a 21000
        16001  b delivered 200   | delivered b 1 200, send a 2
        16002  a delivered 200   | delivered a 2 200
    """),
    ("what comes when the hold is over is the probe if nothing waits", QUICK, """
        0      others down 5     |
        7000   accept a          | send a 1
        7001   accept b          | hold b 12001
        7002   a delivered 200   | delivered a 1 200, send b 1
        7003   b delivered 200   | delivered b 1 200
    """),
    ("what another one was answered closes it, and lets everything out", QUICK, """
        0      others down 5     |
        100    accept a          | hold a 5000
        200    accept b          | hold b 5000
        300    others up 1       | send a 1, send b 1
        400    a delivered 200   | delivered a 1 200
        400    b delivered 200   | delivered b 1 200
    """),
    ("what is to be retried waits for its own time, though the breaker has closed", QUICK, """
        0      accept a          | send a 1
        0      a retry 4000 503  | wait a 4000
        0      others down 5     |
        100    accept b          | hold b 5000
        300    others up 1       | send b 1
        400    b delivered 200   | delivered b 1 200
        4000   time              | send a 2
        4001   a delivered 200   | delivered a 2 200
    """),
    ("what was under way when it opened says nothing if it fails", QUICK, """
        0      accept a          | send a 1
        10     others down 5     |
        20     a failed 503      | failed a 1 503 attempt
        30     accept b          | hold b 5010
        5010   time              | send b 1
        5011   b delivered 200   | delivered b 1 200
    """),
    ("what was under way when it opened closes it if it is answered", QUICK, """
        0      accept a          | send a 1
        10     others down 5     |
        20     accept b          | hold b 5010
        30     a failed 404      | failed a 1 404 attempt, send b 1
        40     b delivered 200   | delivered b 1 200
    """),
    ("what is retried while it is open is held when it is due", QUICK, """
        0      accept a          | send a 1
        10     others down 5     |
        20     a retry 1000 none | wait a 1020
        1020   time              | hold a 5010
        5010   time              | send a 2
        5011   a failed 400      | failed a 2 400 attempt
    """),
    ("a probe that came to no attempt lets the next one go when that looks", QUICK, """
        0      others down 5     |
        0      accept a          | hold a 5000
        1      accept b          | hold b 5000
        5000   time              | send a 1, hold b 10000
        5500   a lacking         | wait a 6500
        6000   accept c          | send c 1
        6001   c delivered 200   | delivered c 1 200, send b 1
        6002   b delivered 200   | delivered b 1 200
        6500   time              | send a 1
        6501   a delivered 200   | delivered a 1 200
    """),
    ("what was put back by a probe that came to nothing may be the probe again", QUICK, """
        0      others down 5     |
        0      accept a          | hold a 5000
        5000   time              | send a 1
        5500   a lacking         | wait a 6500
        6500   time              | send a 1
        6500   a failed none     | failed a 1 - attempt
        6501   accept b          | hold b 16500
        16500  time              | send b 1
        16501  b delivered 200   | delivered b 1 200
    """),
    # ---- held to the end of its time
    ("the last part of its time is as long as an attempt and two seconds", SHORT, """
        0      others down 5     |
        0      accept a          | hold a 17000
        17000  time              | send a 1
        17001  a delivered 200   | delivered a 1 200
    """),
    ("it is half of its time if that is less", {**SHORT, "max_time": 4000}, """
        0      others down 5     |
        0      accept a          | hold a 2000
        2000   time              | send a 1
        2001   a delivered 200   | delivered a 1 200
    """),
    ("it is half of its time if that is a bit less", {**SHORT, "max_time": 5998}, """
        0      others down 5     |
        0      accept a          | hold a 2999
        2999   time              | send a 1
        3000   a delivered 200   | delivered a 1 200
    """),
    ("half of its time is no less than an attempt and two seconds", {**SHORT, "max_time": 6002}, """
        0      others down 5     |
        0      accept a          | hold a 3002
        3002   time              | send a 1
        3003   a delivered 200   | delivered a 1 200
    """),
    ("without retries, it waits three minutes", {**SHORT, "max_tries": 1, "breaker_hold": 600_000}, """
        0       others down 5     |
        0       accept a          | hold a 177000
        177000  time              | send a 1
        177001  a failed 503      | failed a 1 503 attempt
    """),
    ("without retries, the time that these would have had means nothing", {**SHORT, "max_tries": 1, "max_time": 1000}, """
        0       others down 5     |
        0       accept a          | hold a 60000
        60000   time              | send a 1
        60001   a delivered 200   | delivered a 1 200
    """),
    ("the end of the hold comes first if it does", {**SHORT, "breaker_hold": 16_999}, """
        0      others down 5     |
        0      accept a          | hold a 16999
        16999  time              | send a 1
        17001  a delivered 200   | delivered a 1 200
    """),
    ("its time counts from when it could first have been sent, held or not", SHORT, """
        0      others down 5     |
        500    accept a          | hold a 17500
        17500  time              | send a 1
        17501  a delivered 200   | delivered a 1 200
    """),
    ("in the last part, another one goes a second later", SHORT, """
        0      others down 5     |
        0      accept a          | hold a 17000
        125    accept b          | hold b 17125
        17000  time              | send a 1
        17050  a failed none     | failed a 1 - attempt
        17125  time              | hold b 18125
        18125  time              | send b 1
        18126  b delivered 200   | delivered b 1 200
    """),
    ("in the last part, while a probe is out, it looks again after a second", {**SHORT, "timeout": 5000}, """
        0      others down 5     |
        0      accept a          | hold a 13000
        125    accept b          | hold b 13125
        13000  time              | send a 1
        13125  time              | hold b 14125
        14125  time              | hold b 15125
        14200  a failed none     | failed a 1 - attempt
        15125  time              | send b 1
        15126  b delivered 200   | delivered b 1 200
    """),
    ("in the last part, it waits for the end of its time at the most", {**SHORT, "timeout": 5000}, """
        0      others down 5     |
        0      accept a          | hold a 13000
        500    accept b          | hold b 13500
        13000  time              | send a 1
        13500  time              | hold b 14500
        14500  time              | hold b 15500
        15500  time              | hold b 16500
        16500  time              | hold b 17500
        17500  time              | hold b 18500
        18000  a failed none     | failed a 1 - attempt
        18001  accept c          | hold c 31001
        18500  time              | send b 1
        18501  b delivered 200   | delivered b 1 200, send c 1
        18502  c delivered 200   | delivered c 1 200
    """),
    ("held to the end of its time, it is given up", {**SHORT, "timeout": 10_000, "max_time": 2500}, """
        0      others down 5     |
        0      accept a          | hold a 1250
        0      accept b          | hold b 1250
        1250   time              | send a 1, hold b 2250
        2250   time              | hold b 2500
        2500   time              | failed b 0 - time_over
        2600   a delivered 200   | delivered a 1 200
    """),
    ("held to the end of its time after an attempt, it is given up with that one's status",
     {**SHORT, "timeout": 10_000, "max_time": 2500}, """
        0      accept b          | send b 1
        0      b retry 1000 503  | wait b 1000
        0      others down 5     |
        500    accept a          | hold a 1750
        1000   time              | hold b 1250
        1250   time              | send b 2
        1750   time              | hold a 2750
        2500   b retry 1000 503  | wait b 3500
        2750   time              | send a 1
        2800   a failed none     | failed a 1 - attempt
        3500   time              | failed b 2 503 time_over
    """),
    ("an extra probe that is retried and still has no time to wait", SHORT, """
        0      others down 5     |
        0      accept a          | hold a 17000
        17000  time              | send a 1
        17100  a retry 200 503   | wait a 17300
        17300  time              | hold a 18300
        18300  time              | send a 2
        18400  a retry 1600 503  | wait a 20000
        20000  time              | send a 3
        20001  a failed 503      | failed a 3 503 attempt
    """),
    ("a retry that is due in the last part goes out within the hold, though it was not held before", SHORT, """
        0      accept a           | send a 1
        0      a retry 18000 503  | wait a 18000
        100    others down 5      |
        18000  time               | send a 2
        18001  a failed 503       | failed a 2 503 attempt
    """),
    ("a retry that is due a millisecond before the last part is held", SHORT, """
        0      accept a           | send a 1
        0      a retry 16999 503  | wait a 16999
        100    others down 5      |
        16999  time               | hold a 17000
        17000  time               | send a 2
        17001  a failed 503       | failed a 2 503 attempt
    """),
    ("an extra probe moves no hold", {**SHORT, "breaker_hold": 18_000}, """
        0      others down 5     |
        0      accept a          | hold a 17000
        5000   accept b          | hold b 18000
        17000  time              | send a 1
        17500  a failed 503      | failed a 1 503 attempt
        18000  time              | send b 1
        18000  b failed 503      | failed b 1 503 attempt
        18125  accept c          | hold c 35125
        35125  time              | send c 1
        35126  c delivered 200   | delivered c 1 200
    """),
    ("an extra probe that is answered lets everything out", SHORT, """
        0      others down 5     |
        0      accept a          | hold a 17000
        9000   accept b          | hold b 26000
        17000  time              | send a 1
        17500  a failed 400      | failed a 1 400 attempt, send b 1
        17600  b delivered 200   | delivered b 1 200
    """),
    ("one extra probe a second is enough for all", SHORT, """
        0      others down 5     |
        0      accept a          | hold a 17000
        1      accept b          | hold b 17001
        2      accept c          | hold c 17002
        17000  time              | send a 1
        17001  time              | hold b 18001
        17002  time              | hold c 18002
        17500  a delivered 200   | delivered a 1 200, send b 1, send c 1
        17600  b delivered 200   | delivered b 1 200
        17600  c delivered 200   | delivered c 1 200
    """),
    # ---- the body of an answer
    ("it is settled when the answer has been read that is to be published", {}, """
        0    accept a       | send a 1
        50   a reading 200  |
        90   a read         | delivered a 1 200
    """),
    ("an answer closes the breaker before it is read", QUICK, """
        0     others down 5    |
        0     accept a         | hold a 5000
        1     accept b         | hold b 5000
        5000  time             | send a 1, hold b 10000
        5100  a reading 200    | send b 1
        5200  b delivered 200  | delivered b 1 200
        5300  a read           | delivered a 1 200
    """),
    ("at the end, what is answered is delivered, though it is still being read", {}, """
        0    accept a         | send a 1
        50   a retry 500 503  | wait a 550
        550  time             | send a 2
        600  a reading 201    |
        700  shutdown         | delivered a 2 201
    """),
    # ---- the end of everything
    ("at the end, what is under way is undelivered, and its attempt counts", {}, """
        0    accept a   | send a 1
        100  shutdown   | undelivered a 1 -
    """),
    ("at the end, what is to be retried is undelivered with its status and error", {}, """
        0    accept a         | send a 1
        50   a retry 500 503  | wait a 550
        100  shutdown         | undelivered a 1 503 attempt
    """),
    ("at the end, what is under way once more is undelivered with what was before", {}, """
        0    accept a         | send a 1
        50   a retry 500 503  | wait a 550
        550  time             | send a 2
        600  shutdown         | undelivered a 2 503 attempt
    """),
    ("at the end, what is held is undelivered without an attempt", QUICK, """
        0    others down 5   |
        10   accept a        | hold a 5000
        100  shutdown        | undelivered a 0 -
    """),
    ("at the end, what was lacking is told", {}, """
        0    accept a   | send a 1
        10   a lacking  | wait a 1010
        100  shutdown   | undelivered a 0 - lacking
    """),
    ("at the end, each is settled once", QUICK, """
        0    accept a         | send a 1
        0    accept b         | send b 1
        0    accept c         | send c 1
        10   a delivered 200  | delivered a 1 200
        20   b retry 500 503  | wait b 520
        30   others down 5    |
        40   accept d         | hold d 5030
        50   shutdown         | undelivered b 1 503 attempt, undelivered c 1 -, undelivered d 0 -
        9999 time             |
    """),
]
