//! What takes long shows how far it is, and ends at Ctrl-C without leaving anything half done.

use super::copies::fill;
use super::history::with_store;
use crate::support::program::Program;
use crate::support::terminal::{self, CTRL_C, Setup};
use servo_webhooks_store::State;

/// Dead letters. Between 500 of them others may write for 5 ms: all take two seconds at least,
/// and after one it is shown how far it is.
const ALL: u64 = 200_000;

/// How many wait, are dead letters, and are forgotten, once the store was found to be whole.
fn counts(program: &Program) -> [u64; 3] {
    program.call(&with_store(&["store", "check"])).exits(0);
    let stats = program.call(&with_store(&["store", "stats", "--json"]));
    let stats = stats.exits(0).lines().remove(0);
    ["waiting", "dead_letters", "forgotten"].map(|name| stats[name].as_u64().unwrap())
}

/// Ends a command by Ctrl-C when it shows how far it is.
fn interrupt(program: &Program, command: &str, label: &str) {
    let words = with_store(&["servo-webhooks", command, "--all"]);
    let mut terminal = Setup::new(80, &program.path("")).start(&words);
    terminal.until("how far it is", |screen| {
        screen.contains(label) && screen.contains(" % (Ctrl-C to stop)")
    });
    terminal.press(CTRL_C);
    let ended = terminal.finish().exits(1);
    assert!(
        ended.screen.contains("stopped before the end"),
        "{}",
        ended.screen
    );
    assert!(!ended.screen.contains(label), "{}", ended.screen);
}

#[test]
fn replay_and_forget_show_how_far_they_are_and_end_at_ctrl_c() {
    if !terminal::is_there() {
        return;
    }
    let program = Program::empty();
    fill(
        &program.path("store"),
        usize::try_from(ALL).unwrap(),
        State::Failed,
    );
    assert_eq!(counts(&program), [0, ALL, 0]);

    interrupt(&program, "replay", "replaying: ");
    let [waiting, failed, _] = counts(&program);
    assert!(0 < waiting && waiting < ALL, "{waiting}");
    assert_eq!(waiting + failed, ALL);

    interrupt(&program, "forget", "forgetting: ");
    let [still, left, forgotten] = counts(&program);
    assert_eq!(still, waiting);
    assert!(0 < forgotten && forgotten < failed, "{forgotten}");
    assert_eq!(left + forgotten, failed);

    // What was left is all that is left to do. In a pipe nothing is shown of it.
    let said = program
        .call(&with_store(&["replay", "--all", "--json"]))
        .exits(0);
    assert_eq!(said.lines()[0]["deliveries"], left);
    assert_eq!(said.stderr, "");
    assert_eq!(counts(&program), [waiting + left, 0, forgotten]);
}
