"héllo wörld" | length, utf8bytelength, explode[1], ascii_upcase, ascii_downcase
"héllo wörld" | .[1:4], .[-5:], .[:-6], .[3:3], .[20:], .[1.5:2.5]
"héllo wörld" | split(" "), split(""), split("ö"), split("zz"), split("l"), (split(", *"; null))
"héllo wörld" | index("l"), rindex("l"), indices("l"), index("ö"), indices("lo"), indices(""), index("zz")
"héllo wörld" | startswith("hé"), endswith("ld"), ltrimstr("hé"), rtrimstr("ld"), trimstr("h"), contains("wö"), inside("xhéllo wörldx")
"héllo wörld" | test("W"; "i"), test("ö"), test("É"; "i"), test("^\\w+ \\w+$"), test("\\bw")
"  a b \t\n" | trim, ltrim, rtrim, length
"\u00a0a\u2003" | trim, ltrim, rtrim | explode
"a,b;c" | split(","), split(";"), split("[,;]"; null), [splits("[,;]")], gsub("[,;]"; "-")
"abc" * 0, "abc" * 1, "abc" * 2.7, "abc" * -1, 3 * "ab", "abc" * 0.5, "abc" * nan
"a-b-c" / "-", "abc" / "", ("a" + "b" + null), (null + "x")
"abc" | explode, (explode | implode), (explode | map(. + 1) | implode), (explode | reverse | implode)
[65, 8364, 128512] | implode
[1114112], [55296], [-1], [1.5], ["a"], [nan], [null], 65, "a" | try implode catch .
["a", 1, null, true, 1.5] | join(","), join(""), (try join(null) catch .), (map(tostring) | join("-"))
[["a"]], [{}], "a", 1 | try join(",") catch .
[], [null], [""], ["a"], [null, null] | join("-")
"x" | ascii_downcase, ascii_upcase, @text, @json, tojson, tostring, length, utf8bytelength
"abcabc" | sub("b"; "X"), gsub("b"; "X"), sub("(?<l>b)"; "<\(.l)>"), gsub("(?<l>[ac])"; .l + .l), ltrimstr("abc"), rtrimstr("abc")
"tést" | [match("é"; "g") | .offset, .length], (gsub("é"; "e")), ([scan(".")]), (explode | length)
"😀a😀" | length, [match("a").offset], split("a"), .[1:2], indices("😀"), utf8bytelength
"a\nb\r\nc" | split("\n"), [splits("\r?\n")], gsub("\\s+"; " "), test("b$"), test("(?m)b.?$")
"key=value" | split("=") | {(.[0]): .[1]}
"a=1&b=2" | split("&") | map(split("=") | {(.[0]): (.[1] | tonumber)}) | add
"The quick brown fox" | split(" ") | map(.[:1]) | join(""), map(length), (map(ascii_downcase) | sort), reverse?
"The quick brown fox" | [scan("\\w+")] | length, first, last
"2026-11-23" | split("-") | map(tonumber)
"v1.2.3" | ltrimstr("v") | split(".") | map(tonumber) | . >= [1, 2, 0]
"4GiB" | capture("(?<n>[0-9.]+)(?<u>[A-Za-z]+)") | (.n | tonumber) * ({"KiB": 1024, "MiB": 1048576, "GiB": 1073741824}[.u])
"500m" | if endswith("m") then rtrimstr("m") | tonumber / 1000 else tonumber end
"abc" | test("B"), test("B"; "i"), test(["B", "i"]), test("B"; null), test("b"; "x")
"abc" | [.[0:1], .[1:2], .[2:3]], (split("") | sort | reverse | join(""))
"x" | . + "y" | . * 2 | length
"\(1 + 2) is \("three" | ascii_upcase) and \([1, {a: null}])"
@base64 "a\("b")c", @json "v=\([1, "x"])", @html "<b>\("<>&'\"")</b>", @uri "q=\("a b&c=é")", @csv "\([1, "a\"b", null])", @tsv "\(["a\tb", 1])", @sh "echo \("it's", "ok")", @text "t\([1])", @base64d "\("YQ==")"
"<a href='x'>&\"" | @html, @uri, @sh, @base64, @json, @text
"YWJj", "YWI=", "YQ==", "YQ", "YWI", "=", "YQ=", "YQ==YQ==", "" | @base64d
"Y", "!!!!", "YW Jj", "YWJjZ", "Y===" | try @base64d catch .
"/+8=", "gIA=", "w6k=" | @base64d
"a%20b", "%C3%A9", "%e2%82%ac", "a+b", "100%25" | @urid
"%", "%z1", "%ff", "%1" | try @urid catch .
[1, "a\"b", null, true, 1.5] | @csv, @tsv, @sh, @json, @text
[1, [2]], [{}] | (try @csv catch .), (try @tsv catch .), (try @sh catch .)
"x", 1, null, {} | (try @csv catch .), (try @tsv catch .), (try @sh catch .)
["a\tb\nc\rd\\e"] | @tsv, @csv
"\u0000a" | @html, @sh, tojson, length
1, true, null, [1], {"a": "é"} | @base64, @uri, @html
"text", "json", "csv", "base64", "uri", "html" | . as $f | [1, "a"] | format($f)
try format("nope") catch ., try format(1) catch .
"é" | @uri, @base64, @json, @html, tojson, ascii_downcase, explode
"\u007f\u0001\n\t\"\\/" | tojson, @json
"aXbXc" | split("X") | ., length, last, .[1:], join("X")
"abc" | has("a")?, (try has("a") catch .), (try keys catch .), (try .a catch .), (try .[0] catch .), (try .[] catch .)
"abc" | contains("b"), contains(""), contains("x"), inside("xabcx"), (["abc", "d"] | contains(["b"])), ({"a": "xyz"} | contains({"a": "y"}))
"b" | . as $x | ["a", "b", "c"] | index($x), IN(["a"], ["a", "b", "c"]), any(. == $x)
"b" | IN("a", "b"), IN("c"), (["a", "b"] | any(. == "b")), ({"b": 1} | has("b"))
"abc" | ascii_upcase | explode | map(select(. != 66)) | implode
"a b  c" | [splits(" +")], [splits(" ")], (split(" ") | map(select(. != ""))), gsub(" +"; "_"), [scan("[a-z]")]
"1, 2, 3" | split(", ") | map(tonumber) | add
"path/to/file.tar.gz" | split("/") | last | split(".") | first, (.[1:] | join("."))
.parameters.text | split("; "), length, .[4:9], test("fox"), [scan("[aeiou]")], ascii_upcase, sub("quick"; "slow"), explode[-1], (indices("o") | length)
.parameters.csv | split(","), (split(",") | map(select(length > 0))), gsub(","; ""), [splits(",+")]
.parameters.json | fromjson | .a | add, length, map(. * 2)
.parameters.padded | trim, ltrim, rtrim, length, (trim | length), gsub("^\\s+|\\s+$"; "")
.parameters.base64 | @base64d, (@base64d | @base64), length
.event | split(":"), startswith("after"), ltrimstr("after:"), test("^(before|after):"), capture("^(?<side>[a-z]+):(?<name>.*)$")
