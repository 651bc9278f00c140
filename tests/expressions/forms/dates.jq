0, 1, -1, 1795400622, 1795400622.5, 253402300800, -62135596800, 1e10, -1e10, 1e12 | todate, gmtime
1e17, 1e18, infinite, nan, "x", null, [], {} | try gmtime catch .
"2026-11-23T02:23:42Z" | fromdate, fromdateiso8601, (fromdate | todate), (fromdate + 3600 | todate), (fromdate | gmtime)
"2026-11-23", "x", "2026-11-23T02:23:42", "2026-13-01T00:00:00Z", "2026-11-23T02:23:42.5Z", "2026-11-23T02:23:42+00:00", "", 1, null | try fromdate catch .
"2026-11-23" | strptime("%Y-%m-%d"), (strptime("%Y-%m-%d") | mktime, todate, strftime("%A"))
"23:51" | strptime("%H:%M"), (strptime("%H:%M") | mktime, todate)
"10:20:30" | strptime("%H:%M:%S") | .[3:6], todate
"10:20" | strptime("%H:%M") | .[3] * 60 + .[4]
"Thu, 05 Mar 2015 23:51:47 GMT" | strptime("%a, %d %b %Y %H:%M:%S GMT"), (strptime("%a, %d %b %Y %H:%M:%S %Z") | mktime)
"05/Mar/2015:23:51:47 +0100" | strptime("%d/%b/%Y:%H:%M:%S %z"), (strptime("%d/%b/%Y:%H:%M:%S %z") | mktime)
"2015-03-05T23:51:47+01:00" | strptime("%Y-%m-%dT%H:%M:%S%z") | mktime, todate
"march 5 2015 11:51:47 PM" | strptime("%B %d %Y %I:%M:%S %p") | todate
"12 AM", "12 PM", "1 am", "11 pm" | strptime("%I %p") | .[3]
"1425599621" | strptime("%s"), (strptime("%s") | mktime)
"2015 064", "2016 366", "2015 001" | strptime("%Y %j"), (strptime("%Y %j") | todate)
"15-3-5", "69-1-1", "68-1-1", "00-12-31" | strptime("%y-%m-%d") | todate
"20 15", "19 99" | strptime("%C %y") | .[0]
"03/05/15" | strptime("%D"), strptime("%m/%d/%y")
"2015-03-05" | strptime("%F"), strptime("%Y-%m-%d"), strptime("%-Y-%-m-%-d")
"Thu Mar  5 23:51:47 2015" | strptime("%c")
"2015 10 4" | strptime("%Y %U %w"), strptime("%Y %W %u")
"2015-02-31", "2015-02-29" | strptime("%Y-%m-%d") | ., todate
"2015-13-01", "2015-00-01", "2015-01-32", "2015-01-00", "15-01-01x", "2015/01/01" | try strptime("%Y-%m-%d") catch .
"24:00", "23:60", "1:2", " 1: 2", "x" | try strptime("%H:%M") catch .
"2015-03-05 rest", "2015-03-05  ", "2015-03-05x" | try strptime("%Y-%m-%d") catch .
"monday", "Tue", "wedn", "SUNDAY" | try strptime("%A") catch .
"may", "Sept", "DEC", "January" | try strptime("%b") catch .
1, null, [] | try strptime("%Y") catch .
"1" | try strptime(1) catch ., try strptime(null) catch .
[2015, 2, 5, 23, 51, 47, 4, 63], [2015, 2, 5], [2015], [2024, 1, 30, 0, 0, 0, 0, 0], [2015, 14, 5, 25, 61, 61, 0, 0] | mktime, todate
[1969, 11, 31, 23, 59, 59, 0, 0], ["a"], [nan], [2015, null], 1, "x", null | try mktime catch .
[2015, 2, 5, 23, 51, 47.75, 4, 63] | mktime, todate, strftime("%S")
[2015, 2, 5, 1, 2, 3, 0, 0] | strftime("%A %j %U %w"), strftime("%c"), mktime
1425599621 | strftime("%a %A %b %B %d %e %H %I %j %m %M %p %S %u %w %y %Y %Z %z")
1425599621 | strftime("%c"), strftime("%D"), strftime("%F"), strftime("%T"), strftime("%R"), strftime("%r"), strftime("%x"), strftime("%X"), strftime("%h"), strftime("%s")
1425599621 | strftime("%C %g %G %V %U %W %k %l %n %t %% %P")
1425599621 | strftime("%-d %-m %-H %_d %05d %^a %^B %#p %10Y %-j %3S")
1425599621 | strftime(""), strftime("plain"), strftime("é %Y"), strftime("%Y-%m-%dT%H:%M:%SZ")
1425599621.678 | todate, strftime("%S"), gmtime[5], (gmtime | mktime)
"x", null, {} | try strftime("%Y") catch .
1 | try strftime(1) catch ., try strftime(null) catch .
["a", 1], [nan, 1] | try strftime("%Y") catch .
[2026, 11, 31, 23, 59, 59], [2027, 0, 1, 0, 0, 0], [2020, 1, 29], [2100, 1, 29] | strftime("%G-W%V-%u %j"), todate
-1, -86400, -62135596801 | todate, strftime("%Y %C %y %G")
1 | todate, todateiso8601, (todate | fromdate), gmtime, (gmtime | mktime, todate)
.created_at | .[:19] + "Z" | fromdate, (fromdate | gmtime[3]), (fromdate | strftime("%H:%M")), (fromdate | strftime("%u") | tonumber)
.created_at[11:13] | tonumber | . >= 22 or . < 6
.created_at | sub("\\.[0-9]+"; "") | sub("\\+00:00$"; "Z") | fromdate | strftime("%A")
.created_at | strptime("%Y-%m-%dT%H:%M:%S%z")?, (.[:10] | strptime("%Y-%m-%d") | mktime)
.created_at | split("T") | .[0], (.[1] | split(":") | .[0] | tonumber)
now | type, (. > 0)
