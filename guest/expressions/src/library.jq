def have_literal_numbers: true;
def have_decnum: false;

def IN(s): any(s == .; .);
def IN(source; s): any(source == s; .);

def leaf_paths: paths(scalars);
def delpaths($paths):
  reduce ($paths | sort | reverse[]) as $path (.; if $path == [] then null else getpath($path) |= empty end);
def del(f): delpaths([path(f)]);

def join($separator):
  reduce .[] as $item (null;
    (if . == null then "" else . + $separator end)
    + ($item | if isboolean or isnumber then tojson else . // "" end)
  ) // "";

def from_entries:
  reduce .[] as $entry ({};
    . + {
      ($entry | if .key == null then .k // .name // .Name // .K // .Key else .key end
              | if isstring then . else tojson end):
      ($entry | if has("value") then .value elif has("v") then .v else .Value end)
    }
  );
def with_entries(f): to_entries | map(f) | from_entries;

def tostream:
  path(def rec: (.[]? | rec), .; rec) as $path
  | getpath($path)
  | reduce path(.[]?) as $inner ([$path, .]; [$path + $inner]);

def @csv:
  [.[] | if isstring then "\"" + (split("\"") | join("\"\"")) + "\""
         elif . == null then ""
         elif isnumber or isboolean then tojson
         else error("a list or an object cannot be in a line of CSV") end]
  | join(",");

def @tsv:
  [.[] | if isstring then split("\\") | join("\\\\") | split("\t") | join("\\t")
                          | split("\n") | join("\\n") | split("\r") | join("\\r")
         elif . == null then ""
         elif isnumber or isboolean then tojson
         else error("a list or an object cannot be in a line of TSV") end]
  | join("\t");

def setpath($path; $value):
  if $path == [] then $value else
    $path[0] as $key
    | (if . != null then . elif ($key | isnumber) then [] else {} end)
    | if isarray and ($key | isnumber) and $key >= length
      then . + [range(length; $key) | null] + [null | setpath($path[1:]; $value)]
      else .[$key] |= setpath($path[1:]; $value) end
  end;
def pick(f): . as $top | reduce path(f) as $path (null; setpath($path; $top | getpath($path)));

def INDEX(rows; f): reduce rows as $row ({}; .[$row | f | tostring] = $row);
def INDEX(f): INDEX(.[]; f);

def trimstr($text): ltrimstr($text) | rtrimstr($text);
