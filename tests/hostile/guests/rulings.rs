//! Rulings and selections that nobody may return.

use super::memory::Memory;
use super::{Case, fails};
use crate::attack::Expected;
use crate::faulty_connector::{ADDRESS, Fault};

pub fn rulings() -> Vec<Case> {
    const CANCEL: u8 = 1;
    const RETRY: u8 = 2;
    let verdict = |kind: u8| Memory::default().bytes(39, &[0]).bytes(0, &[kind]);
    let wait = |least, most| verdict(RETRY).long(8, least).long(16, most);
    let case =
        |name, memory: Memory, says: &[&str]| (name, "judge", Fault::Return(memory.0), fails(says));
    let cancels = Expected::Cancels(String::new());
    vec![
        case(
            "a verdict of no known kind",
            verdict(9),
            &["the connector's judge"],
        ),
        case(
            "a retry in six centuries",
            wait(u64::MAX, u64::MAX),
            &["a wait of"],
        ),
        case(
            "a retry in a thousand days",
            wait(0, 86_400_000_000_000_000),
            &["a wait of"],
        ),
        case(
            "a wait whose least is more than its most",
            wait(2, 1),
            &["a wait of"],
        ),
        case(
            "a reason beyond its memory",
            verdict(CANCEL).slice(8, 0xffff_0000, 9),
            &["the connector's judge"],
        ),
        case(
            "a reason that is no UTF-8",
            verdict(CANCEL).text(8, 64, b"\xc3("),
            &["the connector's judge"],
        ),
        case(
            "a warning of no known kind",
            verdict(0).bytes(28, &[9]),
            &["the connector's judge"],
        ),
        (
            "a reason of 64 KiB",
            "judge",
            Fault::Return(verdict(CANCEL).slice(8, 8192, 1 << 16).0),
            cancels,
        ),
        (
            "the body, over and over",
            "judge",
            Fault::Return(verdict(0).bytes(24, &[1]).0),
            Expected::Proceeds,
        ),
    ]
}

pub fn selections() -> Vec<Case> {
    let case = |name, memory: Memory| {
        (
            name,
            "select",
            Fault::Return(memory.0),
            fails(&["the connector's select"]),
        )
    };
    vec![
        case(
            "a webhook that is not there",
            Memory::default().slice(0, ADDRESS + 8, 1).word(8, 5),
        ),
        case(
            "a list beyond its memory",
            Memory::default().slice(0, 0xffff_0000, 9),
        ),
        case(
            "a list of a gigabyte",
            Memory::default().slice(0, 0, 1 << 28),
        ),
    ]
}
