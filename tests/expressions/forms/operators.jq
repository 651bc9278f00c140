.event | startswith("after:")
.event == ("after:measure", "before:adjust")
.event | test("^(before|after):(measure|adjust)$")
.id | startswith("0193")
.source // "unknown"
.source | . == null or . == "/servos/web"
[.results[]?.connector] | join(", ")
[.results[]? | select(.value == null) | .connector]
.results | length > 0
(.results // []) | map(.connector) | index("datadog") != null
[.results[]?.value?.readings[]? | {name: .metric.name, last: .data_points[-1].value}]
[.results[]?.value?.readings[]?.data_points[]?.value] | if length > 0 then add / length else null end
[.results[]?.value?.readings[]?.data_points[]?.value] | max
[.results[]?.value?.readings[]? | select(.metric.name == "error_rate") | .data_points[].value] | any(. > 0.2)
[.results[]?.value?.readings[]? | select(.metric.unit == "rps") | .data_points | map(.value) | (add / length)]
[.results[]?.value?.readings[]?.data_points[]? | select(.time > "2026-01-01T00:00:30Z") | .value]
[.results[]?.value?.readings[]?.data_points[]? | (.time | fromdate) as $t | {t: $t, v: .value}] | sort_by(-.t) | first
.results | map(select(.value != null)) | length == 1
.results // [] | map({(.connector): (.value | type)}) | add
.parameters | keys
.parameters.adjustments // [] | length
[.parameters.adjustments[]? | "\(.component_name).\(.setting_name)=\(.value)"] | join(", ")
.parameters.adjustments // [] | any(.setting_name == "cpu" and (.value | type == "number") and .value > 2)
.parameters.adjustments // [] | map(select(.component_name == "web")) | map({(.setting_name): .value}) | add // {}
.parameters.adjustments // [] | group_by(.component_name) | map({component: .[0].component_name, settings: map({key: .setting_name, value}) | from_entries})
.parameters.adjustments // [] | map(.value | tostring | capture("^(?<n>[0-9.]+)(?<u>[A-Za-z]*)$")) | map(.n | tonumber)
[.parameters.adjustments[]? | .value | (tonumber? // (rtrimstr("GiB") | tonumber? // 0))] | add
.parameters.adjustments // [] | map(.setting_name) | unique | . - ["cpu", "mem"] | length == 0
. as $e | [.parameters.adjustments[]? | . as $a | $e.parameters.current[$a.component_name][$a.setting_name] as $old | {name: $a.setting_name, old: $old, new: $a.value}]
. as $e | any(.parameters.adjustments[]?; .setting_name == "cpu" and .value > ($e.parameters.current[.component_name].cpu // 0))
.parameters.adjustments // [] | INDEX(.component_name + "." + .setting_name) | keys
.parameters.control // {} | to_entries | map(select(.value != null)) | from_entries
.parameters.control.duration // 0 | . >= 60
.parameters.control | .duration? // 60 | "\(. / 60 | floor)m"
.parameters.metrics // [] | contains(["throughput"])
.parameters.metrics // [] | inside(["throughput", "error_rate", "latency"])
.parameters.metrics // [] | map(select(startswith("err")))
.created_at[:10]
.created_at[11:16] | . >= "22:00" or . < "06:00"
.created_at | split("+") | first | split(".") | first + "Z" | fromdate | strftime("%A") | IN("Saturday", "Sunday")
.created_at | split("T")[0] | split("-") | map(tonumber) | .[1] == 11
.created_at[:19] + "Z" | fromdate | . - . % 3600 | todate
.created_at[:19] | strptime("%Y-%m-%dT%H:%M:%S") | mktime | strftime("%d.%m.%Y %H:%M")
{text: "\(.event) at \(.created_at[11:19])"}
{text: "*\(.event)*", attachments: [{color: (if .event | test("^before") then "warning" else "good" end), fields: [{title: "id", value: .id}]}]}
{"@timestamp": .created_at, event: {action: .event, id}, labels: {source: (.source // "none")}}
{routing_key: "R", event_action: (if .event | startswith("after") then "resolve" else "trigger" end), dedup_key: .id}
{specversion: "1.0", type: "com.example." + (.event | gsub(":"; ".")), source: (.source // "/"), id, time: .created_at}
{series: [.results[]?.value?.readings[]? | {metric: "servo.\(.metric.name)", points: [.data_points[] | [(.time | fromdate), .value]], tags: ["unit:\(.metric.unit)"]}]}
{event, id} + {extra: (.parameters | keys | length)}
{event, parameters} | del(.parameters.control) | .parameters |= (. // {})
to_entries | map(select(.key | IN("event", "id"))) | from_entries
with_entries(select(.value | type == "string"))
[.event, .id, .created_at] | @csv, @tsv, @json
[.event, .id] | map(@uri) | "https://example.com/?event=\(.[0])&id=\(.[1])"
"<b>\(.event)</b>" | @html
@html "<td>\(.event)</td><td>\(.source)</td>"
@sh "notify --event \(.event) --id \(.id)"
@base64 "\(.id):\(.event)"
tojson | length > 100
tojson | fromjson == .
[paths] | length
[.. | strings] | length
[.. | numbers] | add // 0
[paths(scalars) as $p | {key: ($p | map(tostring) | join(".")), value: getpath($p)}] | from_entries | keys | length
[paths(scalars) | map(tostring) | join(".")] | map(select(test("^parameters"))) | length
reduce (.results[]?) as $r ({}; .[$r.connector] = ($r.value != null))
reduce (.parameters.adjustments[]?) as $a ({}; .[$a.component_name][$a.setting_name] = $a.value)
[foreach (.results[]?) as $r (0; . + 1; {n: ., c: $r.connector})]
first(.results[]? | select(.value) | .connector) // "none"
[limit(1; .parameters.adjustments[]?)] | length
[.results[]?.value?.annotations? // empty | to_entries[] | "\(.key)=\(.value)"] | sort | join(";")
.results[0]?.value?.annotations?.owner? // "nobody" | ascii_upcase
.results[0].value.readings[0].data_points | (last.value - first.value) / first.value * 100 | round
try (.parameters.threshold | tonumber) catch 0
(.parameters.threshold? // 5) as $t | [.results[]?.value?.readings[]?.data_points[]?.value] | map(select(. > $t)) | length
if .event == "before:adjust" then (.parameters.adjustments | length) elif .results then (.results | length) else 0 end
(.parameters.adjustments? // []) as [$first] | $first.setting_name // "none"
. as {event: $e, parameters: {$metrics, $adjustments}} | [$e, ($metrics | length), ($adjustments | length)]
.parameters.adjustments[]? // .parameters.metrics[]?
[.parameters | .. | select(type == "number" and . > 5)] | sort
[.parameters | tostream | select(length == 2) | .[0] | map(tostring) | join("/")] | sort | first
fromstream(1 | truncate_stream([[0], 1], [[1, 0], 2], [[1, 0]], [[1]]))
.parameters |= with_entries(select(.value != null)) | .parameters | keys
.parameters.control |= (. // {}) + {reviewed: true} | .parameters.control.reviewed
.parameters.labels.team = "sre" | .parameters.labels
del(.parameters, .results, .source)
delpaths([["results"], ["parameters"]])
pick(.event, .id)
[.event, .missing?, .id] | map(values) | length
.missing | not
.missing.deeper // .event | length
(.results | type) as $t | $t == "array" or $t == "null"
[splits("x")?] | length
.id | explode | map(select(. >= 48 and . <= 57)) | implode
.id | ascii_downcase | gsub("[^a-z0-9]+"; "-")
.id | .[0:4] | tonumber? // 0
