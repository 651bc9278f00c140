//! The cases are those of the specification, section by section, and of the harness that the
//! working group has for it (its names are in the comments), written anew.
#![allow(clippy::unwrap_used)]

use super::*;

const TRACE: &str = "12345678901234567890123456789012";
const PARENT: &str = "1234567890123456";

fn of(traceparent: &str) -> Option<TraceContext> {
    TraceContext::read(traceparent, "").context
}

fn with_state(tracestate: &str) -> (String, Option<&'static str>) {
    let parent = format!("00-{TRACE}-{PARENT}-01");
    let read = TraceContext::read(&parent, tracestate);
    let context = read.context.unwrap();
    // Whatever comes of it, the traceparent counts.
    assert_eq!(context.traceparent(), parent);
    (context.tracestate().to_owned(), read.warning)
}

/// The example of section 3.2.3.
#[test]
fn the_parts_of_a_traceparent() {
    let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let context = of(text).unwrap();
    assert_eq!(context.traceparent(), text);
    assert_eq!(context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(context.parent_id(), "00f067aa0ba902b7");
    assert_eq!((context.flags(), context.tracestate()), (1, ""));
    let unsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    assert_eq!(of(unsampled).unwrap().flags(), 0);
}

#[test]
fn none_is_no_fault() {
    assert_eq!(TraceContext::read("", ""), ReadTrace::default());
    // test_tracestate_included_traceparent_missing
    let alone = TraceContext::read("", "foo=1");
    assert_eq!((alone.context, alone.warning), (None, Some(ALONE)));
}

/// test_traceparent_ows_handling
#[test]
fn blanks_around_it_are_no_part_of_it() {
    let bare = format!("00-{TRACE}-{PARENT}-01");
    for text in [
        format!(" {bare}"),
        format!("\t{bare}"),
        format!("{bare} \t "),
    ] {
        assert_eq!(of(&text).unwrap().traceparent(), bare);
    }
    for text in [format!("00- {TRACE}-{PARENT}-01"), bare.replace('-', " -")] {
        assert_eq!(of(&text), None, "{text}");
    }
}

#[test]
fn malformed_ones_are_left_out() {
    let long = format!("cc-{TRACE}-{PARENT}-01-{}", "x".repeat(LONGEST));
    for (text, why) in [
        // test_traceparent_version_illegal_characters
        (format!(".0-{TRACE}-{PARENT}-01"), NO_TRACEPARENT),
        (format!("0.-{TRACE}-{PARENT}-01"), NO_TRACEPARENT),
        // test_traceparent_version_too_long, _too_short
        (format!("000-{TRACE}-{PARENT}-01"), NO_TRACEPARENT),
        (format!("0-{TRACE}-{PARENT}-01"), NO_TRACEPARENT),
        // test_traceparent_version_0xff
        (format!("ff-{TRACE}-{PARENT}-01"), NO_VERSION),
        (format!("FF-{TRACE}-{PARENT}-01"), NO_TRACEPARENT),
        // test_traceparent_trace_id_all_zero
        (format!("00-{}-{PARENT}-01", "0".repeat(32)), NO_TRACE),
        // test_traceparent_trace_id_illegal_characters
        (format!("00-.{}-{PARENT}-01", &TRACE[1..]), NO_TRACEPARENT),
        (format!("00-{}.-{PARENT}-01", &TRACE[1..]), NO_TRACEPARENT),
        (
            format!("00-{}-{PARENT}-01", TRACE.replace('9', "A")),
            NO_TRACEPARENT,
        ),
        (
            format!("00-{}-{PARENT}-01", TRACE.replace('9', "g")),
            NO_TRACEPARENT,
        ),
        // test_traceparent_trace_id_too_long, _too_short
        (format!("00-{TRACE}3-{PARENT}-01"), NO_TRACEPARENT),
        (format!("00-{}-{PARENT}-01", &TRACE[1..]), NO_TRACEPARENT),
        // test_traceparent_parent_id_all_zero
        (format!("00-{TRACE}-{}-01", "0".repeat(16)), NO_PARENT),
        // test_traceparent_parent_id_illegal_characters, _too_long, _too_short
        (format!("00-{TRACE}-{}.-01", &PARENT[1..]), NO_TRACEPARENT),
        (format!("00-{TRACE}-{}F-01", &PARENT[1..]), NO_TRACEPARENT),
        (format!("00-{TRACE}-{PARENT}7-01"), NO_TRACEPARENT),
        (format!("00-{TRACE}-{}-01", &PARENT[1..]), NO_TRACEPARENT),
        // test_traceparent_trace_flags_illegal_characters, _too_long, _too_short
        (format!("00-{TRACE}-{PARENT}-.0"), NO_TRACEPARENT),
        (format!("00-{TRACE}-{PARENT}-0A"), NO_TRACEPARENT),
        (format!("00-{TRACE}-{PARENT}-001"), NO_TRACEPARENT),
        (format!("00-{TRACE}-{PARENT}-1"), NO_TRACEPARENT),
        // test_traceparent_version_0x00: nothing may follow.
        (format!("00-{TRACE}-{PARENT}-01."), NO_TRACEPARENT),
        (
            format!("00-{TRACE}-{PARENT}-01-what-the-future-will-be-like"),
            NO_TRACEPARENT,
        ),
        // test_traceparent_version_0xcc: a later version has a dash there.
        (
            format!("cc-{TRACE}-{PARENT}-01.what-the-future-will-be-like"),
            NO_TRACEPARENT,
        ),
        (format!("cc-{TRACE}-{PARENT}-01-a\nb"), NO_TRACEPARENT),
        (long, NO_TRACEPARENT),
        ("-".repeat(LENGTH), NO_TRACEPARENT),
        ("é".repeat(40), NO_TRACEPARENT),
        (format!("00-{}é-{PARENT}-01", &TRACE[2..]), NO_TRACEPARENT),
    ] {
        let read = TraceContext::read(&text, "foo=1");
        assert_eq!((read.context, read.warning), (None, Some(why)), "{text}");
    }
}

/// test_traceparent_version_0xcc, _0xff
#[test]
fn later_versions_are_read_as_this_one() {
    for text in [
        format!("cc-{TRACE}-{PARENT}-01"),
        format!("01-{TRACE}-{PARENT}-01-"),
        format!("fe-{TRACE}-{PARENT}-01-what-the-future-will-be-like"),
    ] {
        let context = of(&text).unwrap();
        assert_eq!((context.trace_id(), context.parent_id()), (TRACE, PARENT));
        assert_eq!((context.flags(), context.traceparent()), (1, &*text));
    }
    // Flags that this version does not know stay as they are.
    assert_eq!(of(&format!("00-{TRACE}-{PARENT}-ff")).unwrap().flags(), 255);
}

#[test]
fn a_tracestate_stays_as_it_came() {
    let key = "a".repeat(256);
    for text in [
        "foo=1",
        "foo=1,bar=2",
        // test_tracestate_ows_handling
        "foo=1 \t , \t bar=2, \t baz=3",
        // test_tracestate_empty_header
        "foo=1,,bar=2",
        // test_tracestate_all_allowed_characters
        "0123456789abcdefghijklmnopqrstuvwxyz_-*/=!\"#$%&'()*+-./0123456789:;<>?@[\\]^_`{|}~",
        "foo@bar=a b",
        "foo=1;bar",
        // test_tracestate_duplicated_keys: kept, or one of them.
        "foo=1,foo=2",
        &format!("{key}=1"),
        &format!("a={}", "~".repeat(256)),
    ] {
        assert_eq!(with_state(text), (text.to_owned(), None), "{text}");
    }
    assert_eq!(with_state(" \t "), (String::new(), None));
}

#[test]
fn a_malformed_tracestate_is_left_out() {
    for text in [
        // test_tracestate_key_illegal_characters
        "foo =1",
        "FOO=1",
        "foo.bar=1",
        "é=1",
        "@foo=1",
        "=1",
        // test_tracestate_key_length_limit
        &format!("{}=1", "z".repeat(257)),
        // test_tracestate_value_illegal_characters
        "foo=bar=baz",
        "foo=,bar=3",
        "foo=\u{7f}",
        "foo=a\tb",
        "foo=é",
        &format!("foo={}", "1".repeat(257)),
        "foo",
    ] {
        assert_eq!(with_state(text), (String::new(), Some(NO_STATE)), "{text}");
    }
}

/// test_tracestate_member_count_limit
#[test]
fn it_has_32_members_at_the_most() {
    let list = |count: usize| {
        let members: Vec<String> = (0..count).map(|number| format!("k{number}=1")).collect();
        members.join(",")
    };
    assert_eq!(with_state(&list(32)), (list(32), None));
    assert_eq!(with_state(&list(33)), (String::new(), Some(MANY)));
    // Empty ones do not count.
    assert_eq!(with_state(&format!(",{},,", list(32))).1, None);
}

/// Section 3.3.1.5: longer members first, then from the end.
#[test]
fn a_long_one_is_shortened_by_whole_members() {
    let member = |key: char, length: usize| format!("{key}={}", "v".repeat(length - 2));
    let fits: Vec<String> = "abcd".chars().map(|key| member(key, 127)).collect();
    let exact = [&fits[..3], &[member('d', 124), member('e', 3)]]
        .concat()
        .join(",");
    assert_eq!(
        (exact.len(), with_state(&exact)),
        (512, (exact.clone(), None))
    );
    // The last one goes.
    let over = [&fits[..], &[member('e', 127)]].concat();
    let shortened = over[..4].join(",");
    assert_eq!(with_state(&over.join(",")), (shortened, Some(LONG)));
    // A long one goes before a short one behind it.
    let long = [
        member('a', 129),
        fits[1].clone(),
        fits[2].clone(),
        member('d', 128),
        member('e', 10),
    ];
    let shortened = long[1..].join(",");
    assert_eq!(with_state(&long.join(",")), (shortened, Some(LONG)));
}
