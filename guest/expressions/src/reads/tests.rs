use super::{Read, Step, reads};

/// Each field that is read, with where it may be and where it stands.
fn found(text: &str) -> Vec<String> {
    let path = |steps: &Vec<Step>| {
        steps
            .iter()
            .map(|step| match step {
                Step::Field(name) => format!(".{name}"),
                Step::Item => "[]".to_owned(),
            })
            .collect::<String>()
    };
    let read = |read: &Read| {
        let paths: Vec<_> = read.paths.iter().map(path).collect();
        let compared = read.compared.as_ref();
        let compared = compared.map_or_else(String::new, |text| format!("={text}"));
        format!("{}{compared}@{}", paths.join(","), read.at.column)
    };
    reads(text).iter().map(read).collect()
}

#[test]
fn paths_are_followed() {
    for (text, expected) in [
        (".a.b", &[".a@2", ".a.b@4"][..]),
        (".a[0].b?", &[".a@2", ".a[].b@7"]),
        (".[\"a\"] | .b", &[".a@4", ".a.b@11"]),
        ("[.a[].b][] | .c", &[".a@3", ".a[].b@7", ".a[].b.c@15"]),
        (
            ".a | map(.b) | .[0].c",
            &[".a@2", ".a[].b@11", ".a[].b.c@21"],
        ),
        (
            ".a | any(.b == \"x\")",
            &[".a@2", ".a[].b@11", ".a[].b=x@17"],
        ),
        (".a as $x | $x.b", &[".a@2", ".a.b@15"]),
        ("(.a, .b) | .c", &[".a@3", ".b@7", ".a.c,.b.c@13"]),
        ("{a, b: .c}", &[".a@2", ".c@9"]),
        ("\"\\(.a)\"", &[".a@5"]),
        (
            "if .a then .b else .c end | .d",
            &[".a@5", ".b@13", ".c@21", ".b.d,.c.d@30"],
        ),
        (".a | select(.b) | .c", &[".a@2", ".a.b@14", ".a.c@20"]),
        ("[.a[] | select(.b)] | all", &[".a@3", ".a[].b@17"]),
        (".a // .b", &[".a@2", ".b@8"]),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
}

#[test]
fn what_cannot_be_followed_is_left_alone() {
    for text in [
        ".. | .a",
        "{a: 1} | .a",
        "def f: .a; f",
        "def map(f): f; map(.a)",
        "paths(.a)",
        ".a = 1",
        ".a |= .b",
        "reduce 1 as $x (0; .a)",
        "1 as [$x] | $x.a",
        "getpath([\"a\"]).b",
        ". as {a: $x} | $x",
        ".a |",
        "to_entries[].key",
    ] {
        assert!(found(text).is_empty(), "{text}: {:?}", found(text));
    }
}
