//! A selector matches as its stars say: tried against another way to decide it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rules::selector::{is_pattern, matches, select};

/// By dynamic programming, over bytes.
fn globs(pattern: &[u8], text: &[u8]) -> bool {
    let mut row: Vec<bool> = std::iter::once(true).chain(text.iter().map(|_| false)).collect();
    for sign in pattern {
        let mut next = vec![*sign == b'*' && row[0]];
        for (place, byte) in text.iter().enumerate() {
            let star = *sign == b'*' && (row[place + 1] || next[place]);
            next.push(star || (sign == byte && row[place]));
        }
        row = next;
    }
    row[text.len()]
}

fuzz_target!(|input: (&str, &str)| {
    let (selector, event) = input;
    let (Some((side, name)), Some((own_side, own_name))) = (selector.split_once(':'), event.split_once(':')) else {
        let _ = (matches(selector, event), is_pattern(selector));
        return;
    };
    // Names have no colon and no star.
    if own_name.contains([':', '*']) || name.contains(':') || !["before", "after"].contains(&own_side) || !["before", "after", "*"].contains(&side) {
        let _ = matches(selector, event);
        return;
    }
    let expected = (side == "*" || side == own_side) && globs(name.as_bytes(), own_name.as_bytes());
    assert_eq!(matches(selector, event), expected, "{selector} {event}");
    assert_eq!(!select(&[[selector]], event).is_empty(), expected);
});
