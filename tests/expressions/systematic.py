"""Expressions that are made by rule: every operator and function on every type; and the
forms, which are files of expressions.

`groups()` yields them as `expressions.py` has its own: group, event, expressions.
"""

import pathlib

HERE = pathlib.Path(__file__).parent

# Expressions by hand, one a line in a file of forms, and the events that they are asked of.
FORMS = {
    "paths": ["deploy"],
    "numbers": ["deploy"],
    "texts": ["deploy"],
    "patterns": ["deploy"],
    "dates": ["deploy"],
    "operators": ["measure", "adjust"],
}

VALUES = ["null", "true", "-1.5", "\"ab\"", "[1, \"a\", null]", "{\"a\": 1, \"b\": [2]}"]

OPERATORS = ["+", "-", "*", "/", "%"]

ORDERS = ["==", "!=", "<", "<=", ">", ">=", "and", "or", "//"]

# Functions of any input; each is asked about each of the values.
FUNCTIONS = """
abs
add
all
any
arrays
ascii_downcase
ascii_upcase
booleans
ceil
combinations
explode
first
flatten
floor
fromdate
fromjson
from_entries
gmtime
implode
isinfinite
isnan
isnormal
iterables
join("-")
keys
keys_unsorted
last
length
ltrim
ltrimstr("a")
map(.)
map_values(.)
max
min
mktime
not
nulls
numbers
objects
paths
reverse
rtrimstr("b")
scalars
significand
sort
split("b")
sqrt
startswith("a")
endswith("b")
strings
test("a")
toboolean
todate
to_entries
tojson
tonumber
tostring
tostream
transpose
trim
type
unique
utf8bytelength
values
with_entries(.)
@base64
@base64d
@csv
@html
@json
@sh
@text
@tsv
@uri
@urid
has(0)
has("a")
contains("a")
contains([1])
contains({a: 1})
inside("abc")
inside([1, "a", null, 2])
index("b")
indices(1)
rindex("a")
bsearch(1)
group_by(.)
sort_by(.)
unique_by(.)
min_by(.)
max_by(.)
walk(.)
strftime("%Y")
strptime("%Y")
splits("a")
gsub("a"; "b")
ascii_downcase?
tojson | fromjson
limit(1; .[])
first(.[])
getpath(["a"])
getpath([0])
paths(type == "number")
pick(.a)
pick(.[0])
del(.a)
del(.[0])
delpaths([["a"], [0]])
to_entries | from_entries
.a
.["a"]
.[0]
.[-1]
.[1:]
.[:1]
.[0.7]
.[null]
.[]
..
.a?
.[0]?
.a = 1
.[0] = 1
.a |= 2
.[0] |= 2
.[] |= 3
.a += 1
.a //= 1
.[1:] = [9]
setpath(["a"]; 1)
setpath([0]; 1)
setpath([]; 1)
-.
"""


def groups():
    """Group, event, expressions (one a line)."""
    operands = [(left, right) for left in VALUES for right in VALUES]
    lines = [
        f"try ({left} {operator} {right}) catch ."
        for operator in OPERATORS
        for left, right in operands
    ]
    yield "operators", "deploy", "\n".join(lines)
    listed = ", ".join(VALUES)
    lines = [
        f"{left} as $left | [[{listed}][] as $right | $left {order} $right]"
        for order in ORDERS
        for left in VALUES
    ]
    yield "orders", "deploy", "\n".join(lines)
    lines = [
        f"{value} | [try ({function}) catch .]"
        for function in FUNCTIONS.strip().split("\n")
        for value in VALUES
    ]
    yield "functions", "deploy", "\n".join(lines)
    for name, events in FORMS.items():
        text = (HERE / "forms" / f"{name}.jq").read_text()
        for event in events:
            yield name, event, text.strip()
