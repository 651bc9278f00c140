"""Writes expressions.json: expressions of jq over events, and what the real jq says of each.

Expected values come from jq itself (PyPI's `jq` bundles 1.8), never from this project.
Run it with `python expressions.py` after `pip install jq`.
"""

import json
import pathlib

import jq

import systematic

HERE = pathlib.Path(__file__).parent

# Group, event, expressions (one a line).
GROUPS = [
    ("paths", "measure", r"""
.
.event
.parameters.metrics
.parameters.metrics[0]
.parameters.metrics[-1]
.parameters.metrics[1:]
.parameters.metrics[:1]
.parameters.metrics[5]
.parameters["metrics"]
.parameters | .control.duration
.results[].connector
.results[0].value.readings[].metric.name
.results[0].value.readings[0].data_points[-1].value
.missing
.missing.deeper.still
.parameters.metrics[]?
.event[]?
[.results[] | .value?.readings?]
.. | numbers
[.. | strings] | length
[..] | length
.event[0:5]
.event[6:]
.results[0].value.annotations.owner[0:3]
.parameters.control | keys
.parameters.control | keys_unsorted
.parameters | to_entries | map(.key)
[paths] | length
[paths(type == "number")]
getpath(["parameters", "control", "past"])
getpath(["nowhere", "deeper"])
path(.parameters.control.past)
[path(.results[].connector)]
.parameters.control | has("past"), has("future")
.parameters.metrics | has(0), has(9)
.results | length
.results[1].value | length
first(.results[].connector)
last(.results[].connector)
.results | first.connector
.results | last.connector
nth(1; .results[].connector)
.parameters.control.tags | .[1:][0]
[.results[] | .connector | ascii_upcase]
[limit(2; .results[].connector)]
[.parameters.control.tags[] as $t | $t + "!"]
.results as [$a, $b] | $b.connector
.parameters as {$metrics, control: {past: $p}} | [$metrics[0], $p]
. as {event: $e} | $e
[.results[] as {connector: $c} | $c]
"""),
    ("selection", "adjust", r"""
.parameters.adjustments[] | select(.setting_name == "cpu") | .component_name
[.parameters.adjustments[] | select(.value | type == "number") | .value]
.parameters.adjustments | map(.setting_name) | unique
.parameters.adjustments | map(select(.component_name == "db"))
.parameters.adjustments | group_by(.component_name) | map({(.[0].component_name): length}) | add
.parameters.adjustments | sort_by(.setting_name, .component_name) | map(.component_name + "." + .setting_name)
.parameters.adjustments | unique_by(.component_name) | map(.component_name)
.parameters.adjustments | min_by(.component_name).component_name
.parameters.adjustments | max_by(.component_name).component_name
.parameters.adjustments | any(.value == 8)
.parameters.adjustments | all(.component_name == "web")
.parameters.adjustments | map(.value | numbers) | add
.parameters.adjustments | map(has("value")) | all
[.parameters.adjustments[].component_name] | index("db")
.parameters.adjustments | length
.parameters.adjustments | map({key: .setting_name, value}) | from_entries
.parameters.adjustments | INDEX(.setting_name) | keys
.parameters.current | with_entries(select(.value.cpu > 5))
.parameters.current | to_entries | map("\(.key)=\(.value.cpu)") | join(",")
.parameters.current | map_values(.cpu)
.parameters.current | map(.cpu) | max
.parameters.current | del(.db)
.parameters.current.web.cpu as $now | .parameters.adjustments[] | select(.setting_name == "cpu" and .component_name == "web") | .value > $now
. as $e | [.parameters.adjustments[] | select(.setting_name == "cpu") | {component_name, raises: (.value > $e.parameters.current[.component_name].cpu)}]
any(.parameters.adjustments[]; .setting_name == "mem")
all(.parameters.adjustments[]; .value != null)
isempty(.parameters.adjustments[] | select(.setting_name == "disk"))
[.parameters.adjustments[] | .value // "none"]
.parameters.control.settlement // "default"
.parameters.adjustments | map(.component_name) | IN(["web", "web", "db"])
.parameters.adjustments[0].setting_name | IN("cpu", "mem")
[.parameters.adjustments[] | .setting_name] | inside(["cpu", "mem", "disk"])
[.parameters.adjustments[] | .setting_name] | contains(["cpu"])
.parameters | pick(.control.settlement)
.parameters | pick(.adjustments[0].value)
[.parameters.adjustments[] | if .setting_name == "cpu" then "c" elif .setting_name == "mem" then "m" else "?" end]
.parameters.adjustments | map(if .value == 8 then .value = 9 end) | map(.value)
.parameters.adjustments | to_entries | map([.key, .value.setting_name])
.parameters.adjustments | reverse | map(.component_name)
[.parameters.adjustments[] | [.component_name, .setting_name] | join("/")]
"""),
    ("arithmetic", "deploy", r"""
.parameters.neg + 10
.parameters.half * 4
.parameters.neg - 0.5
.parameters.neg / 2
.parameters.neg % 4
10 % 3
5 / 2
1 / 3
.parameters.numbers | add
.parameters.numbers | add / length
.parameters.numbers | min, max
[.parameters.numbers[] * 2]
-.parameters.neg
.parameters.big
[.parameters.big]
.parameters.small
.parameters.numbers - [1]
.parameters.numbers + [4]
"a" + "b"
"ab" * 3
"ab" * 0
{a: 1} + {b: 2}
{a: {b: 1}} * {a: {c: 2}}
null + 1
1 + null
"a,b" / ","
[1, 2] - [2]
3 == 3.0
1 < 2, 2 <= 2, "a" < "b", [1] < [2], {} < [], null < false, false < true, true < 0, 0 < "a"
[.parameters.list[] | type]
.parameters.list | sort
.parameters.list | unique
1.5 | floor, ceil, round, fabs
-1.5 | floor, ceil, round, fabs, abs
16 | sqrt
pow(2; 10)
10 | log10
8 | log2
1 | exp | . > 2.718 and . < 2.719
[1, 2, 3] | map(. * .) | add | sqrt | floor
infinite > 1e300
nan < 1
[nan] | sort
nan | isnan
1 | isnormal
infinite | isinfinite
[.parameters.numbers[] | . as $n | $n * $n]
[range(5)]
[range(2; 5)]
[range(0; 10; 3)]
[range(5; 0; -2)]
1e3
100000000000000000000
0.1 + 0.2
3.0
1.10
[1.000, 2.50]
1e2 + 1
4 | significand
10 | frexp
1.5 | modf
5 | trunc
fmin(1; 2), fmax(1; 2), fma(2; 3; 4)
ldexp(1; 3)
.parameters.numbers | (min + max) / 2
.parameters.numbers | map(tostring)
[.parameters.numbers[] | tojson]
"12" | tonumber
"1.50" | tonumber
"-3e2" | tonumber
"12" | tonumber + 1
.parameters.numbers | length
.parameters.neg | length
"é☃😀" | length
null | length
[1,[2]] | tojson
splits("a";"b")?
"abc" | utf8bytelength
"é" | utf8bytelength
.parameters.neg | abs
toarray
[1] | toarray
1 | toarray
"x" | not, (null | not)
[true, false] | any, all
(true and false), (true or false), (null and 1)
1 as $x | 2 as $y | $x + $y
"1" + "2" | tonumber
"7" | tonumber? // 0
"x" | tonumber? // 0
"""),
    ("strings", "deploy", r"""
.parameters.text | length
.parameters.text | ascii_downcase
.parameters.text | ascii_upcase
.parameters.csv | split(",")
.parameters.csv | split(",") | join("-")
.parameters.csv / ","
.parameters.padded | trim
.parameters.padded | ltrim
.parameters.padded | rtrim
.parameters.text | startswith("The")
.parameters.text | endswith("x")
.parameters.text | ltrimstr("The ")
.parameters.text | rtrimstr("😀")
.parameters.text | trimstr("The")
.parameters.text | contains("quick")
.parameters.text | index("q")
.parameters.text | indices("o")
.parameters.csv | indices(",")
.parameters.csv | rindex(",")
.parameters.text | explode | length
.parameters.text | explode | implode
[65, 66, 9731] | implode
.parameters.json | fromjson
.parameters.json | fromjson.a[1]
.parameters.flags | tojson
.parameters.flags | tostring
.parameters.text | tostring
"\(.event): \(.parameters.neg)"
"\(.parameters.flags)"
"a\tb\n\"\\\u00e9"
.parameters.text | .[4:9]
.parameters.text | .[-3:]
[.parameters.text | splits(", ")]
"abc" | test("b")
"a" < "B"
["b", "a", "B"] | sort
"x" * 2 + "y"
["a", 1, null, true] | join("-")
[] | join(",")
"abc" | explode | reverse | implode
"a b c" | split(" ") | map(ascii_upcase) | join("_")
"abcabc" | ltrimstr("abc")
"abc" | ltrimstr("x")
"abc" | ltrimstr(1)
"1,2;3" | split("[,;]"; null)
"ABC" | ascii_downcase | test("^abc$")
"aXbX" | split("X")
"" | split(",")
"abc" | has("a")?
"test" | ascii(1)?
@json "x=\(.parameters.flags)"
"\("nested \("deep")")"
"\u2603"
"tab" | tojson
"a" | tojson | fromjson
"[1,2" | try fromjson catch "bad"
.parameters.text | [match("[a-z]+"; "g").string]
getpath(["parameters", "text"]) | length
"abc" | [limit(2; explode[])]
"x" | ltrimstr("x") | length
"a-b_c" | gsub("[-_]"; " ")
"one two" | capture("(?<a>\\w+) (?<b>\\w+)")
"aaa" | sub("a"; "b")
"aaa" | gsub("a"; "b")
"aaa" | gsub("^a"; "b")
"abc" | gsub("(?<x>[ac])"; "<\(.x)>")
"abAB" | [scan("[a-z]")]
"abAB" | [scan("[a-z]"; "i")]
"foo bar" | test("BAR"; "i")
"a1b22" | [scan("[0-9]+") | tonumber] | add
"a1b22" | [scan("([a-z])([0-9]+)")]
"2026-11-23" | capture("(?<y>\\d{4})-(?<m>\\d{2})") | .y + "/" + .m
"abc" | match("b").offset
"☃b" | match("b").offset
"abc" | [match("."; "g").offset]
"abc" | match("(?<n>b)").captures[0].name
"aXbxc" | ascii_downcase | split("x")
"abc" | test("d")
"a.b" | split(".")
"a\nb" | test("a.b"; "s")
"foo" | sub("(?<l>o)"; "0\(.l)")
"path/to/file" | split("/") | last
"key=value" | split("=") | {(.[0]): .[1]}
"prod-eu-1" | test("^prod-")
"prod-eu-1" | capture("^(?<env>[a-z]+)-(?<zone>.*)$")
"""),
    ("formats", "deploy", r"""
[1, "a\"b", null, true] | @csv
[1, "a\tb", null, true] | @tsv
"<a href='x'>&" | @html
"a b&c=é" | @uri
"hello" | @base64
.parameters.base64 | @base64d
"it's" | @sh
["a b", "c"] | @sh
@text "x \(.parameters.neg)"
[1, {"a": 2}] | @json
@uri "q=\(.parameters.text)"
@html "<b>\(.parameters.csv)</b>"
@base64 "\(.event)"
"hello" | @base32
"NBSWY3DP" | @base32d
"a%20b" | @urid
"""),
    ("dates", "measure", r"""
"2026-11-23T02:23:42Z" | fromdate
"2026-11-23T02:23:42Z" | fromdateiso8601
1795400622 | todate
1795400622 | todateiso8601
0 | todate
1795400622 | gmtime
1795400622 | gmtime | mktime
1795400622 | strftime("%Y-%m-%d %H:%M:%S")
1795400622 | strftime("%A, %B %d, %Y")
1795400622 | strftime("%j %H")
"2026-11-23" | strptime("%Y-%m-%d") | mktime
"2026-11-23T02:23:42Z" | strptime("%Y-%m-%dT%H:%M:%SZ") | mktime
"2026-11-23T02:23:42Z" | fromdate | gmtime | .[3]
.created_at[11:13] | tonumber
.created_at[11:13] | tonumber < 3
.created_at[:10]
.created_at | split("T")[0]
.created_at | sub("\\.[0-9]+"; "") | sub("\\+00:00$"; "Z") | fromdate
.created_at[:19] + "Z" | fromdate | . % 86400 / 3600 | floor
4102444800 | todate
1e9 | todate
"""),
    ("control", "deploy", r"""
if .parameters.neg < 0 then "neg" else "pos" end
if .parameters.flags.on then 1 end
if null then 1 else 2 end
if false then 1 elif true then 2 else 3 end
try error("x") catch .
try error({a: 1}) catch .a
[.parameters.list[] | try tonumber catch "bad"] | length
.a.b.c? // "d"
(1, null, false, 2) // 3
[(null, false) // 3]
[.[]?] | length
reduce .parameters.numbers[] as $n (0; . + $n)
reduce range(5) as $i ([]; . + [$i * $i])
[foreach .parameters.numbers[] as $n (0; . + $n)]
[foreach range(4) as $i (0; . + $i; [$i, .])]
[limit(3; repeat(1))]
[limit(3; range(10))]
first(range(10; 0; -1))
[until(. > 100; . * 2)?]
1 | until(. > 100; . * 2)
[1 | while(. < 20; . * 3)]
[2 | recurse(if . < 20 then . * . else empty end)]
def double: . * 2; 4 | double
def f(x): x + 1; f(2)
def f($a; $b): $a * $b; f(3; 4)
def fac: if . <= 1 then 1 else . * (. - 1 | fac) end; 10 | fac
def fib: if . < 2 then . else (. - 1 | fib) + (. - 2 | fib) end; [range(10) | fib]
[label $out | range(10) | if . > 3 then ., break $out else . end]
label $f | 1, break $f, 2
. as $x | [1, 2] | map($x.parameters.neg + .)
[1, 2, 3] | . as [$a, $b] | {a: $a, b: $b}
{"a": [1, {"b": 2}]} | . as {a: [$x, {b: $y}]} | [$x, $y]
[[1, 2], [3, 4]] | [.[] as [$a, $b] | $a + $b]
[.parameters.numbers[] | select(. > 1)]
[1, [2, [3]]] | flatten
[1, [2, [3]]] | flatten(1)
[[1, 2], [3, 4]] | transpose
[[1, 2], [3]] | transpose
[[1, 2], [3, 4]] | [combinations]
[[0, 1] | combinations(2)]
[1, 2, 3] | combinations(1)?
[1, [2]] | walk(if type == "number" then . + 1 else . end)
{"a": 1, "b": [2]} | walk(if type == "number" then tostring else . end)
[splits("x")?]
[1, 2, 3] | IN(2)
2 | IN(1, 2, 3)
[1, 2, 3] | any(. > 2), all(. > 0)
[skip(2; range(5))]
[range(3) as $i | range($i) as $j | [$i, $j]]
isvalid(1)?
[.parameters.list[] | numbers, strings]
[.parameters.list[] | scalars] | length
[.parameters.list[] | iterables] | length
[.parameters.list[] | nulls, booleans]
[.parameters.list[] | arrays, objects]
input_line_number? // 0
[tostream] | length
[{"a": [1, 2]} | tostream]
fromstream({"a": [1]} | tostream)
[1, 2] | tojson | fromjson == [1, 2]
getpath(["parameters", "numbers", 1])
[.parameters.numbers | limit(2; .[])]
error(null)? // "none"
ltrimstr("x") | type
@text
[.parameters.nested | .. | numbers]
first(empty) // "none"
[first(range(5)), last(range(5))]
have_literal_numbers
"a" as $x | "b" as $y | $x + $y
"""),
    ("assignment", "deploy", r"""
.parameters.neg = 1 | .parameters.neg
.parameters.neg |= . + 1 | .parameters.neg
.parameters.numbers[0] += 10 | .parameters.numbers
.parameters.numbers[] *= 2 | .parameters.numbers
.parameters.flags.none //= 5 | .parameters.flags
.parameters.flags | .on = false
.parameters.flags | del(.on, .off)
.parameters.numbers | del(.[0])
.parameters.numbers | del(.[0, 2])
.parameters.numbers | del(.[1:])
.parameters.numbers | .[1] = null
.parameters.numbers | .[5] = 1
.parameters.empty | .a.b.c = 1
.parameters.empty | .a[2] = 1
.parameters.numbers | map(. + 1)
.parameters.flags | map_values(not)
.parameters.numbers | .[1:] = [9]
.parameters.numbers | .[-1] = 7
.parameters | .flags |= with_entries(.value |= tostring) | .flags
[1, 2, 3] | (.[] | select(. > 1)) |= . * 10
{"a": 1} | .b = .a
{"a": 1} | .a -= 1
{"a": 6} | .a /= 4
{"a": 7} | .a %= 4
{"a": [1, 2]} | .a += [3]
setpath(["a"]; 1) | .a
{"a": 1} | setpath(["b", "c"]; 2)
{"a": 1, "b": 2} | delpaths([["a"]])
{"a": [1, 2, 3]} | delpaths([["a", 0], ["a", 1]])
{"a": {"b": 1}} | paths(type == "number")
{"a": null} | .a // "x"
{"a": 1} | to_entries
[{"name": "a", "value": 1}] | from_entries
[{"k": "a", "v": 1}] | from_entries
{"a": 1, "b": 2} | with_entries(.key |= ascii_upcase)
{"a": 1, "b": 2} | map_values(. + 1)
{"a": 1, "b": 2} | map_values(empty)
[1, 2, 3] | map_values(. * 2)
{"b": 1, "a": 2} | keys
{"b": 1, "a": 2} | to_entries[0].key
{"a": 1} | has("a")
{"a": 1} | .["a"]
{("a", "b"): 1}
{a: (1, 2)}
{"x y": 1} | ."x y"
{a: 1} | {a, b: .a}
{event}
{event, id: .id}
{"a": {"b": {"c": 1}}} | [paths]
{"a": {"b": {"c": 1}}} | [leaf_paths]
{"a": 1} * {"b": {"c": 2}}
{"a": [1]} | .a[0] |= empty
[1, null, 2] | map(values)
[3, 1, 2] | sort | .[0]
[{"a": 2}, {"a": 1}] | sort_by(.a) | map(.a)
[{"a": 2}, {"a": 1}] | sort_by(-.a) | map(.a)
[{"a": 1, "b": 2}, {"a": 1, "b": 3}] | group_by(.a) | map(length)
[{"a": 1}, {"a": 1}] | unique
[[2, 1], [1, 2]] | map(sort)
[[1, 2], [1]] | sort
{"a": 1} | tojson
[1, 2, 3] | .[1:] | length
[] | first?
[] | add
{} | add
[{"a": 1}, {"b": 2}] | add
["a", "b"] | add
[[1], [2]] | add
add(.parameters.numbers[])
[1, 2] | contains([1])
{"a": {"b": 1}} | contains({"a": {}})
"foobar" | contains("bar")
[1, 2] | index(2)
[1, 2, 1] | indices(1)
[1, 2, 1, 2] | indices([1, 2])
[1, 2, 3] | bsearch(2)
[1, 2, 3] | bsearch(0)
[1, 2, 3] | bsearch(4)
{"a": 1} | any
[1, 2] | min_by(-.)
[] | min, max
ascii(65)? // "A"
"""),
    ("payloads", "measure", r"""
{text: "\(.event) \(.id)", at: .created_at}
{"@timestamp": .created_at, event: {action: .event, id: .id}, labels: .results[0].value.annotations}
{routing_key: "R", event_action: "trigger", dedup_key: .id, payload: {summary: "\(.event) of \(.source)", source, severity: "info", timestamp: .created_at}}
{blocks: [.results[] | select(.value != null) | {type: "section", text: {type: "mrkdwn", text: "*\(.connector)*: \(.value.readings | length) readings"}}]}
[.results[] | select(.value) | .value.readings[] | {(.metric.name): .data_points[-1].value}] | add
.results[0].value.readings | map({name: .metric.name, mean: ([.data_points[].value] | add / length)})
[.results[0].value.readings[] | .metric.name as $n | .data_points[] | {metric: $n, time, value}]
{series: [.results[]? | .value? // empty | .readings[] | {metric: "servo.\(.metric.name)", points: [.data_points[] | [(.time | fromdate), .value]], tags: ["source:web"]}]}
.parameters.control | to_entries | map("\(.key): \(.value)") | join("; ")
{count: (.results | length), failed: ([.results[] | select(.value == null) | .connector])}
.parameters.control.tags | unique | join(",")
.results | map({key: .connector, value: (.value != null)}) | from_entries
{fields: [.parameters.metrics[] | {title: ., short: true}]}
[.results[0].value.readings[].data_points | max_by(.value).value]
{title: (.event | split(":") | .[1] | ascii_upcase), body: (.results | tojson)}
del(.results, .parameters)
.results |= map(.connector)
.results[0].value.annotations + {event}
[.event, .id, .created_at] | @csv
{"numbers": [.. | numbers]}
"""),
    ("conditions", "adjust", r"""
.event == "before:adjust"
.parameters.adjustments | any(.setting_name == "cpu")
.parameters.adjustments | length > 2
.parameters.adjustments[0].value > 2
.parameters.current.web.cpu < 2.5
. as {parameters: {$adjustments, $current}} | any($adjustments[] | select(.setting_name == "cpu"); .value > $current[.component_name].cpu)
.source != null
.source // "none"
.results == null
.parameters.adjustments | map(.component_name) | unique | length == 1
.created_at[11:13] | tonumber | . >= 0 and . < 3
.created_at | endswith("+01:00")
(.parameters.adjustments | map(select(.value == 8)) | length) == 1
.parameters.adjustments[] | select(.component_name == "db") | .value <= 8
[.parameters.adjustments[] | select(.value | type == "string") | .value | rtrimstr("GiB") | tonumber] | add > 3
.id | test("^0193-")
.parameters | has("control") and (.control.settlement == null)
"""),
    ("empty", "deploy", r"""
empty
.parameters.nothing[]
.parameters.numbers[] | select(. > 5)
.parameters.flags.none | values
.event[]?
first(empty)
.parameters.empty[]
if false then 1 else empty end
try error("x")
[1] | .[0] | empty
range(0)
limit(0; 1, 2)
.parameters.neg | strings
label $x | break $x
"abc" | scan("z")
"abc" | capture("z")
def f: empty; f
reduce empty as $x (empty; .)
foreach empty as $x (0; .)
.parameters.list[] | select(type == "nothing")
"""),
    ("failures", "deploy", r"""
error("x")
error
error({a: 1})
.event.name
.parameters.numbers.a
.event[]
.parameters.neg[]
.parameters.numbers["a"]
.parameters.empty[0]
1 + "a"
"a" - "b"
{} - {}
[] * 2
{} / 2
1 / 0
1 % 0
"x" | tonumber
[] | tonumber
"x" | fromjson
null | fromjson
{} | sort
1 | keys
"a" | keys
"a" | explode | map(tostring) | implode
true | length
[1] | join(",") | tonumber | error
[[1]] | implode
"a" | test("(")
1 | test("a")
1 | split(",")
1 | ascii_downcase
"x" | fromdate
[] | fromdate
{} | has(0)
[] | has("a")
1 | has("a")
{a: 1} | from_entries
null | implode
-"a"
-[]
[1] | first | .a
{} | .[0]
"a" | .[0]
1 | .[0:1]
try error("x") catch error("y")
.[] as [$a] | $a | error
reduce 1 as $x (0; error("r"))
[1, 2] | map(.a)
1 | min_by(.)
"a" | group_by(.)
1 | flatten
"a" | add
true | tojson | fromjson | .a
"%" | strptime("%Y")
1 | @base64d
@base64d "\("a!")" | error
"a" | ltrimstr("a") | error
1 | contains("a")
{} | contains([])
"a" | contains(1)
1 | to_entries
1 | inside("a")
break_nothing? // error("z")
"""),
]


def outputs(program, text):
    """All outputs as JSON texts with jq's own digits, or that it failed."""
    try:
        return {"outputs": program.input_text(text).all()}
    except ValueError:
        return {"fails": True}


def main():
    events = json.loads((HERE / "events.json").read_text(), parse_float=str, parse_int=str)
    texts = {}
    for line in (HERE / "events.json").read_text().splitlines():
        name, colon, event = line.strip().rstrip(",").partition(": ")
        if colon:
            texts[name.strip('"')] = event
    assert texts.keys() == events.keys()
    cases = []
    for group, event, expressions in [*GROUPS, *systematic.groups()]:
        for expression in expressions.strip().split("\n"):
            try:
                program = jq.compile(f"({expression}) | tojson")
            except ValueError:
                continue
            case = {"group": group, "event": event, "expression": expression}
            cases.append(case | outputs(program, texts[event]))
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    (HERE / "expressions.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
