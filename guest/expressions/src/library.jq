# What expressions may call beside the functions written in Rust. A name that begins with
# an exclamation mark is one of those that an expression cannot call itself.

def map(f): [.[] | f];
def select(f): if f then . else empty end;
def error(message): message | error;

def recurse(f): def next: ., (f | next); next;
def recurse(f; condition): def next: ., (f | select(condition) | next); next;
def recurse: ..;
def repeat(f): def next: f, next; next;
def while(condition; f): def next: if condition then ., (f | next) else empty end; next;
def until(condition; f): def next: if condition then . else f | next end; next;
def range($to): range(0; $to);
def range($from; $to; $by): !range($from; $to; $by);

def isempty(f): first((f | false), true);
def any(items; condition): isempty(items | condition or empty) | not;
def all(items; condition): isempty(items | condition and empty);
def any(condition): any(.[]; condition);
def all(condition): all(.[]; condition);
def any: any(.[]; .);
def all: all(.[]; .);
def first: .[0];
def last: .[-1];
def nth($n): .[$n];
def nth($n; f): if $n < 0 then error("nth doesn't support negative indices") else first(skip($n; f)) end;

def setpath(path; value): !setpath(value; path);
def paths: path(..) | select(length > 0);
def paths(condition): path(.. | select(condition)) | select(length > 0);
def leaf_paths: paths(scalars);
def map_values(f): .[] |= f;
def pick(f): . as $top | reduce path(f) as $path (null; setpath($path; $top | getpath($path)));
def walk(f): def deep: (if type == "object" then map_values(deep) elif type == "array" then map(deep) else . end) | f; deep;
def from_entries:
  map({(.key // .k // .Key // .K // .name // .Name):
       (if has("value") then .value elif has("v") then .v else .Value end)})
  | add // {};
def with_entries(f): to_entries | map(f) | from_entries;

def values: select(. != null);
def nulls: select(. == null);
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def strings: select(type == "string");
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type == "array" or type == "object");
def scalars: select(type != "array" and type != "object");
def finites: select(isfinite);
def normals: select(isnormal);
def isfinite: type == "number" and (isinfinite | not);
def abs: if . < 0 then -. else . end;

def !flatten($depth):
  reduce .[] as $item ([];
    if ($item | type) == "array" and $depth != 0 then . + ($item | !flatten($depth - 1)) else . + [$item] end);
def flatten($depth): if $depth < 0 then error("flatten depth must not be negative") else !flatten($depth) end;
def flatten: !flatten(-1);
def indices($sought):
  if type == "array" and ($sought | type) == "array" then .[$sought]
  elif type == "array" then .[[$sought]]
  elif type == "string" and ($sought | type) == "string" then !indices($sought)
  else .[$sought] end;
def index($sought): indices($sought) | .[0];
def rindex($sought): indices($sought) | .[-1:][0];
def in(whole): . as $key | whole | has($key);
def inside(whole): . as $part | whole | contains($part);
def transpose: [range(0; map(length) | max // 0) as $column | [.[][$column]]];
def combinations:
  if length == 0 then [] else .[0][] as $first | (.[1:] | combinations) as $rest | [$first] + $rest end;
def combinations(n): . as $items | [range(n) | $items] | combinations;
def ascii: [.] | implode;
def trimstr($text): ltrimstr($text) | rtrimstr($text);
def have_literal_numbers: true;
def have_decnum: true;

def tostream:
  path(def deep: (.[]? | deep), .; deep) as $path
  | getpath($path)
  | reduce path(.[]?) as $inner ([$path, .]; [$path + $inner]);
def fromstream(events):
  {whole: null, done: false} as $start
  | foreach events as $event ($start;
      (if .done then $start else . end)
      | if ($event | length) == 2
        then .done = ($event[0] | length == 0) | setpath(["whole"] + $event[0]; $event[1])
        else .done = ($event[0] | length == 1) end;
      if .done then .whole else empty end);
def truncate_stream(events):
  . as $depth | null | events | . as $event
  | if (.[0] | length) > $depth then setpath([0]; $event[0][$depth:]) else empty end;

def INDEX(rows; f): reduce rows as $row ({}; .[$row | f | tostring] = $row);
def INDEX(f): INDEX(.[]; f);
def JOIN($index; f): [.[] | [., $index[f]]];
def JOIN($index; rows; f): rows | [., $index[f]];
def JOIN($index; rows; f; join): rows | [., $index[f]] | join;
def IN(items): any(items == .; .);
def IN(source; items): any(source == items; .);

def atan2(y; x): !atan2(x; y);
def copysign(x; y): !copysign(y; x);
def drem(x; y): !drem(y; x);
def fdim(x; y): !fdim(y; x);
def fmax(x; y): !fmax(y; x);
def fmin(x; y): !fmin(y; x);
def fmod(x; y): !fmod(y; x);
def hypot(x; y): !hypot(y; x);
def jn(n; x): !jn(x; n);
def yn(n; x): !yn(x; n);
def ldexp(x; n): !ldexp(n; x);
def nextafter(x; y): !nextafter(y; x);
def nexttoward(x; y): !nexttoward(y; x);
def pow(x; y): !pow(y; x);
def remainder(x; y): !remainder(y; x);
def scalb(x; n): !scalb(n; x);
def scalbln(x; n): !scalbln(n; x);
def fma(x; y; z): !fma(z; y; x);

def match(pattern; flags): !match(flags; pattern);
def test(pattern; flags): !test(flags; pattern);
def capture(pattern; flags): !capture(flags; pattern);
def scan($pattern; $flags): !scan($flags; $pattern);
def scan($pattern): !scan(null; $pattern);
def splits($pattern; $flags): !splits($flags; $pattern);
def splits($pattern): !splits(null; $pattern);
def split($pattern; $flags): !split($flags; $pattern);
def sub($pattern; f): sub($pattern; f; "");
def gsub($pattern; f): !gsub($pattern; f; "");
def gsub($pattern; f; flags): !gsub($pattern; f; flags);
