[1, 2.5, -3, 1e3, 0.1 + 0.2, 1 / 3, 3.0, 1.10, 100 / 10, 2 * 0.5]
[5 % 3, -5 % 3, 5 % -3, 5.9 % 3.1, 1e10 % 7, -1 % 5]
try (1 % 0) catch ., try (1 / 0) catch ., try (0 / 0) catch ., try (1 % 0.5) catch .
[1e17, 1e16, 123456789012, 1e-5, 0.0001, 1.5e300] | map(. + 0)
[1e17, 1e16, 1e-5, 0.0001, 1.5e300, 0.1] | map(. + 0 | tojson)
[floor, ceil, round, trunc, fabs, sqrt]?
2.5, -2.5, 0.5, 1.5 | [floor, ceil, round, trunc, rint, nearbyint, fabs]
[0, 1, 2, 10] | map(exp, exp2, exp10, log?, log2?, log10?) | map(. * 1000 | floor)
[pow(2; 10), pow(2; 0.5), pow(-1; 2), pow(0; 0), log2, exp10]?
pow(2, 3; 1, 2), [atan2(1; 2), fmod(5; 3), ldexp(1; 4), scalb(1; 3), copysign(1; -2), hypot(3; 4)?]
[1, 4, 10] | map(frexp), map(modf), map(logb, significand)
[fmin(1; 2), fmax(1; 2), fma(2; 3; 4), drem(5; 3), nextafter(1; 2), nexttoward(1; 2)]
[infinite, -infinite, nan] | map(isinfinite, isnan, isnormal), tojson, tostring
nan == nan, nan < nan, nan > nan, ([nan] | sort), ([nan, 1] | min, max), (nan | tojson), ([nan] == [nan])
infinite == infinite, infinite > 1e308, -infinite < 0, (infinite | tostring), (infinite | floor), ([1, infinite] | add)
[1, 1.0, 1.00] | unique, (.[0] == .[2]), map(tojson)
[0, -0, 0.0] | unique | length
9007199254740993, 9007199254740993 + 0, 12345678901234567890123, -12345678901234567890123
.parameters.big, (.parameters.big | tojson), (.parameters.big + 1), [.parameters.big], (.parameters.big == 12345678901234567890123)
.parameters.small, (.parameters.small | tojson | length), .parameters.small * 1000
.parameters.half | . + ., . * ., . - ., . / .
.parameters.neg | -., abs, fabs, length, tostring, -(-.)
[.parameters.numbers[] | . * 1.5], [.parameters.numbers[] / 2]
.parameters.numbers | add, (add / length), (map(pow(.; 2)) | add | sqrt | floor), (sort | .[length / 2 | floor])
[1, [2]] | tojson, tostring, @text, @json
"1", "1.5", "-1", "1e2", ".5", "5.", "+5.43", "-05", "00.5", "1e1000" | tonumber
"512Mi", "50%", "[1] x", "0x10", " 5", "5 ", "", "-", "1e", "nan1", "1,5", "--5", "1_000", "five", "1.2.3" | try tonumber catch .
"nan", "NaN", "-nan", "inf", "Infinity", "-Infinity" | tonumber | isnan, isinfinite
"1.50", "100", "0.10" | tonumber | tojson, . + 0
"true", "false" | toboolean
"True", "yes", "1", "", " true", "null" | try toboolean catch .
0, 1, null, [], "x" | try toboolean catch .
"[1,2]", "{\"a\":1}", "\"x\"", "null", " 1 ", "1.10", "nan", "[nan]" | fromjson
"[1] x", "1 2", "{\"a\":1}x", "[1,]", "{a:1}", "'a'", "", "[", "tru", "\"\\x\"", "{\"a\" 1}", "[1:2]" | try fromjson catch .
"+5.43", "-05", "00.5", ".5", "5." | fromjson
"{\"a\":1,\"a\":2}" | fromjson
"\"\\ud83d\\ude00\\u00e9\\n\"" | fromjson
[1, 2, 3] | tojson, (tojson | fromjson), (map(tostring) | join(",")), implode?
[.[]?, 1] | length
1 as $n | [limit($n; 1, 2)], [range($n)], ([1, 2][$n])
significand?, (8 | significand, logb, gamma?, frexp, trunc), (10 | log10, exp10 | floor)
1000000, 1000000 * 1000000, 1000000 * 1000000 * 1000000, 1e3 * 1e3
3 | . as $x | [1, 2, 3, 4] | map(select(. < $x)), index($x), (.[$x:])
[1, 2, 3] | .[1] as $x | map(. - $x), (map(. * $x) | add), any(. > $x), all(. >= 1)
10 | [., . / 3, . % 3, (. / 3 | floor), (. * 1.1), -.]
1.0, 1.5, 100.0, 1e2, 0.1e1 | tojson, tostring, "\(.)"
splits("x")?, @text "\(1.0) \(1e3) \(0.10)", ("\(1 + 0.5)")
5 as $x | if $x > 3 and $x < 10 then "in" else "out" end
[3, 1.5, "a", null, true, [1], {"a": 1}] | map(type), sort, map(numbers), (map(numbers) | add)
"0.5" > 2, "10" < "9", "a" > 1e9, null < 0, false < 0, [] > "z", {} > []
[1, 2] < [1, 3], [1, 2] < [1], {"a": 1} < {"a": 2}, {"a": 2} < {"b": 1}, {"b": 1} < {"a": 1, "b": 0}
