null | .a.b.c = 1
null | .[2] = 1
null | .[1:3] = ["x"]
null | .a[1:] = [1]
null | del(.a, .[0])
null | delpaths([[0], ["a", 1]])
[1, 2, 3] | .[-1] = 9
[1, 2, 3] | try (.[-5] = 9) catch .
[1, 2, 3] | del(.[-1], .[0])
[1, 2, 3, 4, 5] | del(.[1:3])
[1, 2, 3, 4, 5] | del(.[0], .[2], .[4])
[1, 2, 3, 4, 5] | del(.[] | select(. % 2 == 0))
[1, 2, 3, 4, 5] | to_entries | map(select(.key > 1).value)
[1, 2, 3, 4, 5] | .[length / 2]
[1, 2, 3, 4, 5] | .[1.9], .[-1.5], .[1.2:3.5]
[1, 2, 3, 4, 5] | .[1:] | .[1:] | .[0]
[1, 2, 3, 4, 5] | .[2:4] = []
[1, 2, 3, 4, 5] | .[2:4] |= map(. * 10)
[1, 2, 3, 4, 5] | .[:-2], .[-2:], .[10:], .[:10], .[3:1]
[1, 2, 3, 4, 5] | .[null:2], .[2:null]
[1, 2, 1, 2] | .[[1, 2]], .[[2]]
[[1, 2], [3]] | .[][0], .[0][]
{"a": [{"b": 1}, {"b": 2}]} | .a[].b, .a[1]["b"], .a[0].b?
{"a": [{"b": 1}, {"b": 2}]} | .a |= map(.b)
{"a": [{"b": 1}, {"b": 2}]} | .a[].b |= . + 1
{"a": [{"b": 1}, {"b": 2}]} | del(.a[0].b, .a[1])
{"a": [{"b": 1}, {"b": 2}]} | [paths]
{"a": [{"b": 1}, {"b": 2}]} | [paths(type == "number")]
{"a": [{"b": 1}, {"b": 2}]} | [path(..)]
{"a": [{"b": 1}, {"b": 2}]} | path(.a[].b)
{"a": [{"b": 1}, {"b": 2}]} | path(.a | first, last)
{"a": [{"b": 1}, {"b": 2}]} | [path(.a[] | select(.b > 1))]
{"a": [{"b": 1}, {"b": 2}]} | getpath(["a", 1, "b"]), getpath(["a", 5, "b"]), getpath(["x", "y"])
{"a": [{"b": 1}, {"b": 2}]} | try getpath(["a", "b"]) catch .
{"a": [{"b": 1}, {"b": 2}]} | [tostream]
{"a": [{"b": 1}, {"b": 2}]} | fromstream(tostream)
{"a": [{"b": 1}, {"b": 2}]} | [1 | truncate_stream([[0], 1], [[1, 0], 2], [[1, 0]], [[1]])]
{"a": [{"b": 1}, {"b": 2}]} | [. as $d | 1 | truncate_stream($d | tostream)]
{"a": [{"b": 1}, {"b": 2}]} | pick(.a[1].b)
{"a": [{"b": 1}, {"b": 2}]} | pick(.a[0], .x)
{"a": [{"b": 1}, {"b": 2}]} | try pick(.a[-1]) catch .
{"a": [{"b": 1}, {"b": 2}]} | pick(first(.a[]))
{"a": 1, "b": 2} | del(.[]), del(.a, .b), del(.c)
{"a": 1, "b": 2} | to_entries | map(.value |= tostring) | from_entries
{"a": 1, "b": 2} | with_entries(select(.value > 1))
{"a": 1, "b": 2} | with_entries(.key |= "x_" + .)
{"a": 1, "b": 2} | .c = .a + .b
{"a": 1, "b": 2} | .a, .b = 5
{"a": 1, "b": 2} | (.a, .b) = 5
{"a": 1, "b": 2} | (.a, .b) |= . + 1
{"a": 1, "b": 2} | .a = (7, 8)
{"a": 1, "b": 2} | .a |= (7, 8)
{"a": 1, "b": 2} | .a |= empty
{"a": 1, "b": 2} | .[] += 10
{"a": 1, "b": 2} | .a += (1, 2)
{"a": 1, "b": 2} | .["a", "b"]
{"a": 1, "b": 2} | .a as $x | .b as $y | $x + $y
{"a": 1, "b": 2} | {a, c: .b}
{"a": 1, "b": 2} | {"x\(.a)": .b, @base64 "k": 1}
{"a": 1, "b": 2} | {(("p", "q")): (.a, .b)}
{"a": 1, "b": 2} | . as {a: $x, b: $y} | [$x, $y]
{"a": 1, "b": 2} | . as {$a, $b} | $a + $b
{"a": 1, "b": [2, 3]} | . as {$a, $b: [$c, $d]} | [$a, $b, $c, $d]
{"a": 1, "b": [2, 3]} | . as {a: $x, ("b"): [$y]} | [$x, $y]
[[1, 2], {"a": 3}] | .[] as [$a] ?// {a: $a} | [$a]
[[3]] | [.[] as [$a] ?// $a | if ($a | type) == "number" then $a else error end]
[1, null, 2] | .[] //= 0
[1, [2, [3, [4]]]] | flatten, flatten(0), flatten(1), flatten(2)
[1, [2, [3, [4]]]] | try flatten(-1) catch .
[1, [2, [3, [4]]]] | [.. | numbers]
[1, [2, [3, [4]]]] | [recurse | arrays | length]
[1, [2, [3, [4]]]] | [recurse(.[]?; . != 4)] | length
[1, [2, [3, [4]]]] | walk(if type == "number" then . * 2 else . end)
[1, [2, [3, [4]]]] | [paths(scalars)] | length
[3, 1, 2] | sort, sort_by(-.), max, min, reverse, unique
[{"a": 2, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 0}] | sort_by(.a), sort_by(.a, .b), sort_by([.b])
[{"a": 2, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 0}] | group_by(.a) | map(map(.b))
[{"a": 2, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 0}] | unique_by(.a), min_by(.b), max_by(.b)
[{"a": 2, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 0}] | INDEX(.a) | keys
[{"a": 2, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 0}] | map(.a) | add, length, add / length
[{"a": 2, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 0}] | (.[] | select(.a == 2) | .b) |= 9
[{"id": 1}, {"id": 2}] | JOIN({"1": "x"}; .id | tostring)
[{"id": 1}, {"id": 2}] | [JOIN({"1": "x", "2": "y"}; .[]; .id | tostring)]
[{"id": 1}, {"id": 2}] | [JOIN({"1": {"n": 1}}; .[]; .id | tostring; add)]
[[1, 2], [1, 3]] | transpose, combinations
[[1, 2], [3]] | [combinations]
[0, 1] | [combinations(2)]
[range(5)], [range(2; 4)], [range(0; 10; 3)], [range(5; 0; -2)], [range(0, 1; 3, 4)], [range(0; 1; 0.3)]
[range(3; 0)], [range(0; 3; 0)], [range(1; 2; -1)], [range(2.5)]
[limit(3; range(10))], [limit(0; 1, 2)], [limit(-1; 1, 2)?], [limit(1, 2; 5, 6, 7)]
[skip(2; range(5))], [skip(0; 1)], [skip(1, 2; 5, 6, 7)]
nth(2; range(10)), nth(0, 2; range(10)), try nth(-1; 1) catch .
[first(range(5; 10)), last(range(5)), first(empty)]
[.parameters.numbers | nth(0, 2)]
isempty(empty), isempty(1, 2), isempty(error("x"))
any(1, 2; . == 2), all(1, 2; . > 0), any(empty; .), all(empty; .)
[while(. < 3; . + 1)?], (0 | [while(. < 3; . + 1)]), (0 | until(. > 3; . + 1))
(1 | [limit(4; repeat(. * 2))])
[recurse(if . < 3 then . + 1 else empty end)?], (0 | [recurse(if . < 3 then . + 1 else empty end)])
(1, 2) + (10, 20)
[(1, 2) * (3, 4)], [(1, 2) - (1, 2)], [[1, 2][] as $x | [3, 4][] as $y | $x * $y]
[(1, 2) < (2, 1)], [(1, null) // (2, 3)], [(false, null) // (2, 3)], [(true, false) and (true, false)], [(true, false) or (true, false)]
[{a: (1, 2), b: (3, 4)}], {(("a", "b")): 1}
"\(1, 2) \(3, 4)"
reduce range(5) as $i (0; . + $i), reduce empty as $i (3; .), reduce (1, 2) as $i (0; ., 10), reduce (1, 2) as $i (0; empty)
[foreach range(5) as $i (0; . + $i)], [foreach range(5) as $i (0; . + $i; [$i, .])], [foreach (1, 2) as $i (0, 10; . + $i)], [foreach (1, 2) as $i (0; ., 5; [$i, .])]
reduce [[1, 2], [3, 4]][] as [$a, $b] (0; . + $a * $b), [foreach [[1, 2], [3, 4]][] as [$a, $b] (0; . + $a; . * $b)]
label $out | foreach (1, 2, 3) as $i (0; . + $i; if . > 2 then ., break $out else . end)
[label $a | label $b | 1, break $a, 2], [label $a | (label $b | 1, break $b, 2), 3]
try error catch ., try error(null) catch ., try error({a: 1}) catch .a, (try error("x") catch .) + "y"
[.[]?], [1, 2 | .a?], [(1, error("x"), 2)?], [try (1, error("x"), 2) catch .]
try (try error("a") catch error("b")) catch .
error("x")? // "d", (.a.b.c? // "e"), ([][0] // "f"), (try error("g") catch "h")
if . then 1 else 2 end, if null then 1 end, if false then 1 elif null then 2 else 3 end, if (true, false) then 1 else 2 end, if empty then 1 else 2 end
def f: 1; def g: f + 1; def h(x): x * 2; def k($x; y): $x + y; f, g, h(3), k(1; 2), k(1, 2; 10)
def f(x): x | x; 2 | f(. * .), (def g: 3; g), (def r(n): if n > 0 then n, r(n - 1) else empty end; [r(3)])
def fac: if . <= 1 then 1 else . * (. - 1 | fac) end; [range(8) | fac]
def f($a; $a): $a; f(1; 2), (1 as $x | 2 as $x | $x), ([1, 2] | .[0] as $x | .[1] as $y | $x - $y)
$__loc__, {$__loc__}, (. as $__loc2 | 1)
.5, 1., 1.5e3, 1E2, 0.10, 100000000000000000000, 1e1000, -0, [-0], [0.0]
1 as $x | [$x, $x + 1], ([1, 2, 3] as [$a, $b] | {$a, $b}), ({"k": "v"} as {$k} | $k), ([[1, [2]]] as [[$a, [$b]]] | $a + $b)
ltrimstr("a"), @json, tojson | length
[splits("a, b"; ", ")?], ["a, b" | splits(", ")], ("a1b2" | [splits("[0-9]")])
([limit(3; repeat(1))] | length), ([.[]?] | length)
getpath(["parameters", "numbers"]) as [$a] | $a
[.parameters.numbers[] | if . > 1 then "big" elif . == 1 then "one" else "none" end]
.parameters | [.numbers, .list] | map(length) | add
.parameters.list | map(type) | group_by(.) | map({(.[0]): length}) | add
.parameters.list | [.[] | tojson] | sort
.parameters.nested | flatten | add
.parameters.nested | [.. | arrays | length]
.parameters.numbers as [$first, $second] | {$first, $second}
.parameters | to_entries | map(select(.value | type == "number") | .key)
.parameters | with_entries(select(.value | scalars)) | keys
.parameters | [paths(type == "boolean")]
.parameters | del(.list, .nested, .numbers) | length
.parameters | map_values(length?) | .text
.parameters | has("neg", "nope")
.parameters.flags | to_entries | map("\(.key)=\(.value)") | join("&")
.parameters.flags | [.on, .off, .none] | map(. // "unset")
.parameters.flags | any, all
[1, 2, 3] | (try .[{}] catch .), (try .[{start: 1}] catch .), .[{start: null, end: 2}], (try del(.[{}]) catch .)
