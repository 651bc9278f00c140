"""Cases of a breaker: `AT HAPPENING | WHAT IT SAYS`.

`down`, `up` and `none` are results of attempts, the last of their events unless `retried`, `by x` if x is the
probe; `ask x fresh|held|ending` asks for a delivery, `drop x` gives its probe back.
"""

OPENED = """
    0     down | -
    1000  down | -
    2000  down | -
    3000  down | -
    10000 down | opened 5 10000 5000
"""
"""Held until 15000."""

QUICK = {"after": 0}

ROW = """
    0 down | -
    0 down | -
    0 down | -
    0 down | -
    0 down | opened 5 0 5000
"""
"""With `QUICK`: held until 5000."""

BREAKER = [
    ("closed, it lets everything out", {}, """
        0 ask a fresh  | free
        0 ask b held   | free
        0 ask c ending | free
    """),
    ("five events given up in a row over ten seconds open it", {}, OPENED),
    ("a row that lasted a millisecond less does not open it", {}, """
        0    down | -
        1    down | -
        2    down | -
        3    down | -
        9999 down | -
        9999 ask a fresh | free
    """),
    ("the row is as long as from its first failure to its last", {}, """
        0     down | -
        9999  down | -
        9999  down | -
        9999  down | -
        9999  down | -
        10000 down | opened 6 10000 5000
    """),
    ("twenty in no time do not open it, one more after ten seconds does", {}, "0 down | -\n" * 20 + """
        10000 down | opened 21 10000 5000
    """),
    ("four over a long time do not open it", {}, """
        0       down | -
        100000  down | -
        200000  down | -
        300000  down | -
        300000  ask a fresh | free
    """),
    ("the fifth of a long row opens it", {}, """
        0       down | -
        100000  down | -
        200000  down | -
        300000  down | -
        400000  down | opened 5 400000 5000
    """),
    ("an answer ends the row", {}, """
        0      down | -
        1000   down | -
        2000   down | -
        3000   down | -
        4000   up   | -
        14000  down | -
        14000  ask a fresh | free
    """),
    ("after an answer, the row begins anew with the next failure", {}, """
        0      down | -
        4000   up   | -
        5000   down | -
        6000   down | -
        7000   down | -
        8000   down | -
        14999  down | -
        15000  down | opened 6 10000 5000
    """),
    ("an answer to an attempt that is not its event's last ends the row too", {}, """
        0      down | -
        1000   down | -
        2000   down | -
        3000   down | -
        4000   up retried | -
        14000  down | -
    """),
    ("attempts that are retried do not count", {}, """
        0      down | -
        1000   down retried | -
        2000   down retried | -
        3000   down retried | -
        4000   down retried | -
        20000  down retried | -
        20000  down | -
        20000  ask a fresh | free
    """),
    ("a retried attempt does not begin the row", {}, """
        0      down retried | -
        5000   down | -
        5000   down | -
        5000   down | -
        5000   down | -
        14999  down | -
        15000  down | opened 6 10000 5000
    """),
    ("what did not come to an attempt says nothing", {}, """
        0      down | -
        1000   none | -
        2000   none | -
        3000   none | -
        4000   none | -
        20000  none | -
        20000  down | -
    """),
    ("what did not come to an attempt does not end the row", {}, """
        0      down | -
        1000   down | -
        2000   none | -
        2000   down | -
        3000   down | -
        9000   none | -
        10000  down | opened 5 10000 5000
    """),
    ("a hold of zero: it never opens", {"hold": 0}, """
        0      down | -
        10000  down | -
        20000  down | -
        30000  down | -
        40000  down | -
        50000  down | -
        60000  down | -
        60000  ask a fresh | free
    """),
    ("no time that a row must last: the fifth opens it at once", QUICK, ROW),
    ("no time that a row must last: four do not open it", QUICK, """
        0 down | -
        0 down | -
        0 down | -
        0 down | -
        0 ask a fresh | free
    """),
    ("another time that a row must last, a millisecond before it and on it", {"after": 60_000}, """
        0      down | -
        0      down | -
        0      down | -
        0      down | -
        59999  down | -
        60000  down | opened 6 60000 5000
    """),
    ("open, it holds until the end of its hold", QUICK, ROW + """
        0     ask a fresh | held 5000
        1000  ask b held  | held 5000
        4999  ask c held  | held 5000
    """),
    ("at the end of the hold, what has waited is the probe", QUICK, ROW + """
        4999  ask a held | held 5000
        5000  ask a held | probe
    """),
    ("the hold is the configured one", {"after": 0, "hold": 1500}, """
        0     down | -
        0     down | -
        0     down | -
        0     down | -
        0     down | opened 5 0 1500
        1499  ask a held | held 1500
        1500  ask a held | probe
    """),
    ("what has not waited lets those go first that have", QUICK, ROW + """
        5000  ask a fresh | held 5000
        5000  ask b held  | probe
    """),
    ("what has not waited is held for no time when the hold is over", QUICK, ROW + """
        7777  ask a fresh | held 7777
        7777  ask a held  | probe
    """),
    ("what has no time left need not have waited to be the probe", QUICK, ROW + """
        5000  ask a ending | probe
    """),
    ("one probe at a time", QUICK, ROW + """
        5000  ask a held   | probe
        5000  ask b held   | held -
        6000  ask c fresh  | held -
        7000  ask d ending | held -
    """),
    ("a probe that is answered closes it", QUICK, ROW + """
        5000  ask a held | probe
        5100  up by a    | closed
        5100  ask b held | free
        5100  ask c fresh | free
    """),
    ("a probe that fails doubles the hold, from its end on", QUICK, ROW + """
        5000   ask a held | probe
        8000   down by a  | reopened 10000
        17999  ask b held | held 18000
        18000  ask b held | probe
    """),
    ("a probe that is retried doubles it as well", QUICK, ROW + """
        5000   ask a held        | probe
        5000   down retried by a | reopened 10000
        14999  ask b held        | held 15000
    """),
    ("a probe that is retried and was answered closes it", QUICK, ROW + """
        5000   ask a held      | probe
        5000   up retried by a | closed
    """),
    ("each probe that fails doubles the hold, up to a minute", QUICK, ROW + """
        5000    ask a held | probe
        5000    down by a  | reopened 10000
        15000   ask b held | probe
        15000   down by b  | reopened 20000
        35000   ask c held | probe
        35000   down by c  | reopened 40000
        75000   ask d held | probe
        75000   down by d  | reopened 60000
        134999  ask e held | held 135000
        135000  ask e held | probe
        135000  down by e  | reopened 60000
    """),
    ("a hold that is configured longer than a minute stays as it is", {"after": 0, "hold": 90_000}, """
        0       down | -
        0       down | -
        0       down | -
        0       down | -
        0       down | opened 5 0 90000
        89999   ask a held | held 90000
        90000   ask a held | probe
        90000   down by a  | reopened 90000
        180000  ask b held | probe
        180000  down by b  | reopened 90000
    """),
    ("a hold of exactly a minute stays as it is", {"after": 0, "hold": 60_000}, """
        0       down | -
        0       down | -
        0       down | -
        0       down | -
        0       down | opened 5 0 60000
        60000   ask a held | probe
        60000   down by a  | reopened 60000
    """),
    ("a hold of a bit more than half a minute is doubled to a minute alone", {"after": 0, "hold": 30_001}, """
        0       down | -
        0       down | -
        0       down | -
        0       down | -
        0       down | opened 5 0 30001
        30001   ask a held | probe
        30001   down by a  | reopened 60000
    """),
    ("closed and opened again, it begins with the first hold", QUICK, ROW + """
        5000   ask a held | probe
        5000   down by a  | reopened 10000
        15000  ask b held | probe
        15000  up by b    | closed
        16000  down | -
        16000  down | -
        16000  down | -
        16000  down | -
        16000  down | opened 5 0 5000
        21000  ask c held | probe
    """),
    ("closed, four failures do not open it: those before do not count", QUICK, ROW + """
        5000   ask a held | probe
        5000   up by a    | closed
        6000   down | -
        6000   down | -
        6000   down | -
        6000   down | -
        6000   ask b fresh | free
    """),
    ("closed, the row has to last anew", {}, OPENED + """
        15000  ask a held | probe
        15000  up by a    | closed
        16000  down | -
        16000  down | -
        16000  down | -
        16000  down | -
        25999  down | -
        26000  down | opened 6 10000 5000
    """),
    ("a probe that came to no attempt is given back, and another has it at once", QUICK, ROW + """
        5000  ask a held | probe
        5500  none by a  | -
        5500  ask b held | probe
    """),
    ("a probe that was not sent is given back", QUICK, ROW + """
        5000  ask a held | probe
        5001  ask b held | held -
        5002  drop a     | given
        5002  ask b held | probe
    """),
    ("a probe given back moves no hold", QUICK, ROW + """
        5000  ask a held | probe
        9000  none by a  | -
        9000  ask b held | probe
        9000  down by b  | reopened 10000
    """),
    ("what was given back says nothing more", QUICK, ROW + """
        5000  ask a held | probe
        5000  drop a     | given
        5000  down by a  | -
        5000  ask b held | probe
    """),
    ("a failure of another attempt changes nothing while it is open", QUICK, ROW + """
        1000  down | -
        1000  down | -
        1000  down | -
        1000  down | -
        1000  down | -
        4999  ask a held | held 5000
        5000  ask a held | probe
    """),
    ("a failure of another attempt takes nothing from the probe", QUICK, ROW + """
        5000  ask a held | probe
        5500  down       | -
        5500  down retried | -
        5500  ask b held | held -
        6000  down by a  | reopened 10000
    """),
    ("an answer to another attempt closes it while a probe is out", QUICK, ROW + """
        5000  ask a held | probe
        5500  up         | closed
        5500  ask b held | free
        6000  up by a    | -
    """),
    ("an answer to another attempt closes it within the hold", QUICK, ROW + """
        100   up         | closed
        100   ask b held | free
    """),
    ("nothing closes it that says nothing", QUICK, ROW + """
        100   none       | -
        100   ask b held | held 5000
    """),
    ("a probe whose opening is over counts as any other attempt", QUICK, ROW + """
        5000  ask a held | probe
        5500  up         | closed
        6000  down by a  | -
        6000  down | -
        6000  down | -
        6000  down | -
        6000  down | opened 5 0 5000
    """),
    ("a probe of the opening before has no say in the next one", QUICK, ROW + """
        5000   ask a held | probe
        5500   up         | closed
        6000   down | -
        6000   down | -
        6000   down | -
        6000   down | -
        6000   down | opened 5 0 5000
        11000  down by a  | -
        11000  ask b held | probe
    """),
    ("a probe of the opening before, given back, frees no other", QUICK, ROW + """
        5000   ask a held | probe
        5500   up         | closed
        6000   down | -
        6000   down | -
        6000   down | -
        6000   down | -
        6000   down | opened 5 0 5000
        11000  ask b held | probe
        11001  drop a     | given
        11001  ask c held | held -
        11002  none by a  | -
        11002  ask c held | held -
        11003  down by a  | -
        11003  ask c held | held -
        11004  down by b  | reopened 10000
    """),
    ("a probe of the opening before that is answered closes the next one too", QUICK, ROW + """
        5000   ask a held | probe
        5500   up         | closed
        6000   down | -
        6000   down | -
        6000   down | -
        6000   down | -
        6000   down | opened 5 0 5000
        7000   up by a    | closed
    """),
    ("what cannot wait for the end of the hold is an extra probe", QUICK, ROW + """
        1  ask a fresh  | held 5000
        1  ask a held   | held 5000
        1  ask a ending | extra_probe
        1  ask b ending | held -
        1  ask c held   | held -
    """),
    ("an extra probe that fails moves no hold", QUICK, ROW + """
        1000  ask a ending | extra_probe
        1500  down by a    | -
        4999  ask b held   | held 5000
        5000  ask b held   | probe
        5000  down by b    | reopened 10000
    """),
    ("an extra probe that is answered closes it", QUICK, ROW + """
        1000  ask a ending | extra_probe
        1500  up by a      | closed
        1500  ask b fresh  | free
    """),
    ("extra probes, at most one a second", QUICK, ROW + """
        1000  ask a ending | extra_probe
        1000  down by a    | -
        1000  ask b ending | held 5000
        1999  ask b ending | held 5000
        2000  ask b ending | extra_probe
        2000  down by b    | -
        2999  ask c ending | held 5000
        3000  ask c ending | extra_probe
    """),
    ("a second after an extra probe began, not after it ended", QUICK, ROW + """
        1000  ask a ending | extra_probe
        1900  down by a    | -
        2000  ask b ending | extra_probe
        3500  ask c ending | held -
        3500  none by b    | -
        3500  ask c ending | extra_probe
    """),
    ("an extra probe that was given back counts for its second all the same", QUICK, ROW + """
        1000  ask a ending | extra_probe
        1000  drop a       | given
        1500  ask b ending | held 5000
        2000  ask b ending | extra_probe
    """),
    ("at the end of the hold it is no extra probe any more", QUICK, ROW + """
        4999  ask a ending | extra_probe
        4999  down by a    | -
        5000  ask b ending | probe
        5000  down by b    | reopened 10000
    """),
    ("an extra probe that fails after the end of the hold moves no hold either", QUICK, ROW + """
        4000  ask a ending | extra_probe
        5000  ask b held   | held -
        6000  down by a    | -
        6000  ask b held   | probe
    """),
    ("a second between extra probes, though a probe reopened it in between", {"after": 0, "hold": 500}, """
        0     down | -
        0     down | -
        0     down | -
        0     down | -
        0     down | opened 5 0 500
        375   ask a ending | extra_probe
        375   down by a    | -
        500   ask b held   | probe
        625   down by b    | reopened 1000
        1374  ask c ending | held 1625
        1375  ask c ending | extra_probe
    """),
    ("a probe is not counted among the extra probes", QUICK, ROW + """
        5000  ask a held   | probe
        5000  down by a    | reopened 10000
        5001  ask b ending | extra_probe
    """),
    ("a long hold is no reason to open later", {"after": 0, "hold": 3_600_000}, """
        0     down | -
        0     down | -
        0     down | -
        0     down | -
        0     down | opened 5 0 3600000
        3599999 ask a held | held 3600000
        3600000 ask a held | probe
        3600000 down by a  | reopened 3600000
    """),
]
