"abab" | test("(ab)\\1"), test("^(a)(b)\\1\\2$"), test("(a)\\1")
"foobar" | test("foo(?=bar)"), test("foo(?!bar)"), test("(?<=foo)bar"), test("(?<!foo)bar"), [match("o(?=b)").offset]
"aaa" | test("a++a"), test("(?>a+)a"), test("a*?a$"), [match("a+?"; "g").string], [match("a{2}").string], [match("a{1,}?").string]
"Ünïcödé" | test("^\\p{L}+$"), test("\\p{Lu}"), [scan("\\p{Ll}+")], test("^\\w+$"), test("ÜNÏ"; "i"), test("[[:upper:]]"), test("\\P{L}")
"αβγ 123" | [scan("\\p{Greek}+")], [scan("\\d+")], [scan("\\S+")], test("^[α-ω]+"), test("\\p{Nd}"), test("[[:digit:]]{3}")
"aB" | test("ab"), test("ab"; "i"), test("(?i)ab"), test("(?i:A)B"), test("a(?i)b"), test("A(?i)b")
"a b" | test("a b"; "x"), test("a\\ b"; "x"), test("a [ ] b"; "x"), test("(?x) a \\s b # c")
"a\nb" | test("a.b"), test("a.b"; "s"), test("a.b"; "p"), test("(?s)a.b"), test("a$"), test("(?m)a$"), test("^b"), test("(?m)^b"), test("b\\z"), test("\\Aa")
"a\nb\n" | [match("$"; "g").offset], [match("(?m)^"; "g").offset], test("b$"), test("b\\Z"), test("b\\z")
"aab" | [match("a|aab"; "l").string], [match("a|aab").string], [match("a*"; "g").string], [match("a*"; "gn").string], [match(""; "gn")], [match("a??"; "n").string]
"test" | [match("t"; "g").offset], [match("t").offset], [match("(?<x>t)(e)?"; "g") | .captures | map([.name, .string, .offset, .length])]
"xyz" | match("(?<a>x)|(?<b>q)"), match("(x)(q)?"), capture("(?<a>x)(?<n>q)?"), [match("(?=(y))")]
"xyz" | [match("(?<a>x)(?<a>y)").captures[].name], capture("(?<a>x)(?<a>y)")
"abc" | [match("()"; "g") | [.offset, (.captures[0] | .offset, .string)]], [match(""; "g").offset], [match("(?=b)"; "g").offset]
"abc" | sub("(?<x>b)"; "1\(.x)", "2\(.x)"), [gsub("(?<x>[abc])"; "\(.x)1", "\(.x)2")], [gsub("b"; "x", "y")], [sub("z"; "x", "y")]
"abc" | gsub(""; "-"), gsub("^"; ">"), gsub("$"; "<"), gsub("x*"; "-"), sub(""; "-"), gsub("[abc]"; ""), gsub("(?<c>.)"; .c + .c)
"abc" | sub("(?<x>z)?b"; "[\(.x)]"), gsub("b"; null), (try sub("b"; 1) catch .), (try gsub("b"; {}) catch .), sub("b"; empty), [gsub("[ab]"; empty)]
"aXbxc" | [splits("x"; "i")], split("x"; "gi"), split("x"; null), [splits("[xX]")], ascii_downcase
"abAB" | [scan("[a-z]")], [scan("[a-z]"; "i")], [scan("(a)(b)?")], [scan("([a-z])([A-Z])")], [scan("B"; "gi")], [scan(["b", "i"])]?
"a.b|c" | split("."), split("|"), [splits("\\.|\\|")], gsub("\\."; "\\"), test("a\\.b"), [scan("[.|]")]
"2026-11-23T02:23:42Z" | capture("(?<y>\\d{4})-(?<m>\\d{2})-(?<d>\\d{2})"), [scan("\\d+") | tonumber], test("^\\d{4}-\\d\\d-\\d\\dT"), (sub("T.*"; "")), split("T")[0]
"host-01.eu-west.example.com" | capture("^(?<host>[^.]+)\\.(?<zone>[^.]+)"), test("\\.example\\.com$"), [scan("[a-z]+")], (split(".") | first | split("-") | last | tonumber)
"cpu=2.5 mem=4GiB" | [scan("(\\w+)=(\\S+)") | {(.[0]): .[1]}] | add
"cpu=2.5 mem=4GiB" | [match("(?<k>\\w+)=(?<v>[^ ]+)"; "g") | .captures | map(.string)], [capture("(?<k>\\w+)=(?<v>[^ ]+)"; "g")]
"ERROR: disk full" | test("^(ERROR|WARN)"), capture("^(?<level>[A-Z]+): (?<message>.*)$"), sub("^ERROR"; "error"), (gsub("[A-Z]"; "x")), gsub("(?<l>[A-Z])"; .l | ascii_downcase)
"((a)(b))" | test("\\((?:[^()]|\\g<0>)*\\)")?, [match("(?<p>\\((?:[^()]|\\g<p>)*\\))").string], gsub("[()]"; "")
"a&b" | test("[a&&b]"), [scan("[&]")], test("[^a&]"), test("[]a]"), test("[a-]"), [scan("[[:alpha:]]")], [scan("[^[:alpha:]]")]
"tab\there" | test("\\t"), test("\\x09"), test("\\x{9}"), test("\\cI"), test("\\011"), [splits("\\s")], test("[\\t]"), test("\\h"), test("\\v")
"Q.E" | test("\\QQ.E\\E"), test("\\Q.\\E"), test("Q\\.E"), test("\\QQxE\\E")
"aaa" | [match("a{2,1}")]?, (try test("a{2,1}") catch .), test("a{,2}"), test("a{2}+"), test("a{1,2}?a"), test("a**"), test("{"), test("a{x")
"x" | try test("(") catch ., try test(")") catch ., try test("[") catch ., try test("*") catch ., try test("a**") catch ., try test("[z-a]") catch ., try test("\\") catch ., try test("(?<1>a)") catch ., try test("(?z)") catch ., try test("\\p{Foo}") catch ., try test("\\2") catch ., try test("[]") catch ., try test("(?P<a>b)") catch ., try test("^*") catch .
"x" | try test("x"; "q") catch ., try test("x"; 1) catch ., try test(1) catch ., try test([]) catch ., try test({}) catch ., try test([1]) catch ., try match("x"; "gz") catch .
1, null, [], {} | try test("a") catch ., try match("a") catch ., try sub("a"; "b") catch ., try [splits("a")] catch ., try [scan("a")] catch ., try capture("a") catch .
"ab" | test("(a)?(?(1)b|c)"), test("(?<n>a)\\k<n>"), test("(?<n>a)b\\k<n>?"), test("a(?#comment)b"), test("a|b|c"), test("(?:a|b)+$"), [match("(a|ab)(c|bcd)?").string], test("a\\Kb"), [match("a\\Kb").string]
"foo.bar@example.com" | test("^[^@\\s]+@[^@\\s]+\\.[a-z]+$"), split("@")[1], sub("@.*"; "@***"), [match("[^@]+"; "g").string]
"aé" | [match("."; "g") | [.offset, .length, .string]], gsub("."; "x"), [scan("\\w")], test("^..$"), test("é$")
"line one\nline two" | [match("(?m)^\\w+"; "g").string], [scan("(?m)\\w+$")], [splits("\n")] | length
"ß" | test("ß"), test("\\w"), ascii_upcase, length, test("[[:lower:]]")
"10.1.2.3" | split(".") | map(tonumber) | .[0] == 10, all(. >= 0 and . <= 255), length == 4
"10.1.2.3" | test("^10\\."), test("^(10|192\\.168)\\."), test("^(\\d{1,3}\\.){3}\\d{1,3}$"), [scan("\\d+")] | .
"a1b22c333" | [scan("[a-z]\\d+")], [scan("\\d+") | tonumber] | add?, length
"a1b22c333" | gsub("\\d"; "#"), gsub("(?<n>\\d+)"; "<\(.n | tonumber + 1)>"), gsub("[a-z]"; ""; "i"), sub("\\d+$"; ""), [match("\\d+"; "g") | .string | length]
"CamelCaseText" | gsub("(?<u>[A-Z])"; "_" + (.u | ascii_downcase)) | ltrimstr("_")
"snake_case_text" | split("_") | map(.[:1] | ascii_upcase) | join(""), gsub("_(?<l>[a-z])"; .l | ascii_upcase)
.parameters.text | [match("\\p{L}+"; "g").string], [scan("[^\\x00-\\x7f]")], gsub("[^ -~]"; "?"), test("fox|dog"), capture("(?<word>qu\\w+)"), ([match("o"; "g").offset])
.event as $e | ["after:deploy", "before:*"] | map(test("^after:")), map(. == $e), (.[1] | gsub("\\*"; ".*") as $re | $e | test($re))
.parameters.csv as $re | "a,b,,c" | test($re), [match($re).offset], (split($re) | length)
