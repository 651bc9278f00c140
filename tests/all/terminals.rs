//! What commands look like in a terminal, in a narrow one, without colours, and in a pipe.

use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use crate::support::terminal::{self, CTRL_C, Setup};

const CONFIGURATION: &str = "webhooks:
  - {name: store, events: after:measure, url: 'https://hooks.example.com/store', secret: {env: SECRET}}
  - {name: approve, events: before:adjust, url: 'https://hooks.example.com/approve', secret: {env: SECRET}, on_error: cancel}
";

fn program() -> Program {
    Program::new(CONFIGURATION).variable("SECRET", "s")
}

fn setup(program: &Program, columns: u16) -> Setup {
    Setup::new(columns, &program.path("")).variable("SECRET", "s")
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    if !terminal::is_there() {
        return;
    }
    let program = program();
    for arguments in [
        &["servo-webhooks", "explain", "after:measure"][..],
        &["servo-webhooks", "--help"],
        &["servo-webhooks", "listen", "--port", "nowhere"],
    ] {
        let code = if arguments.contains(&"nowhere") { 2 } else { 0 };
        let colored = setup(&program, 80).start(arguments).finish().exits(code);
        assert!(colored.is_colored(), "{arguments:?}: {}", colored.raw);
        let plain = setup(&program, 80).variable("NO_COLOR", "1");
        let plain = plain.start(arguments).finish().exits(code);
        assert!(!plain.is_colored(), "{arguments:?}: {}", plain.raw);
        // What is said is the same.
        assert_eq!(plain.screen, colored.screen, "{arguments:?}");
        let piped = program.call(&arguments[1..]).exits(code);
        assert!(
            !(piped.stdout + &piped.stderr).contains('\u{1b}'),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_narrow_terminal_loses_nothing() {
    if !terminal::is_there() {
        return;
    }
    let program = program();
    for columns in [80, 40] {
        let help = setup(&program, columns)
            .rows(200)
            .start(&["servo-webhooks", "listen", "--help"])
            .finish()
            .exits(0);
        for option in ["--forward-to", "--save", "--script", "--tolerance"] {
            assert!(help.screen.contains(option), "{columns}: {}", help.screen);
        }
        let explained = setup(&program, columns)
            .start(&["servo-webhooks", "explain", "after:measure"])
            .finish()
            .exits(0);
        assert!(
            explained.screen.contains("store: fires"),
            "{}",
            explained.screen
        );
    }
}

#[test]
fn listen_ends_with_a_summary_at_ctrl_c() {
    if !terminal::is_there() {
        return;
    }
    let program = program();
    for columns in [80, 40] {
        let arguments = [
            "servo-webhooks",
            "listen",
            "--port",
            "0",
            "--secret",
            "env:SECRET",
        ];
        let mut terminal = setup(&program, columns).start(&arguments);
        let screen = terminal.until_shown("(Ctrl-C to");
        let (_, rest) = screen.split_once("listening on ").unwrap();
        let url = rest.split_whitespace().next().unwrap().to_owned();
        let servo = Program::new(&format!(
            "- {{events: after:measure, url: '{url}/', secret: s}}\n"
        ));
        servo.run("{\"event\":\"after:measure\"}\n", &[]).exits(0);
        terminal.until("the request", |screen| {
            screen
                .lines()
                .collect::<String>()
                .contains("verified -> 200")
        });
        terminal.press(CTRL_C);
        let ended = terminal.finish().exits(0);
        assert!(
            ended
                .screen
                .ends_with("1 request: 1 verified, 0 refused\n  after:measure 1"),
            "{}",
            ended.screen
        );
    }
}

#[test]
fn progress_is_for_terminals_alone() {
    if !terminal::is_there() {
        return;
    }
    // It answers only the second attempt, which comes up to a second later.
    let responder = Responder::start(|request| {
        let busy = request.header("x-servo-attempt") == "1";
        if busy {
            std::thread::sleep(std::time::Duration::from_millis(1500));
        }
        Reply::status(if busy { 503 } else { 200 })
    });
    let program = Program::new(&format!(
        "- {{events: after:measure, url: '{}', secret: s}}\n",
        responder.url("/")
    ));
    program.write("events", "{\"event\":\"after:measure\"}\n");
    let arguments = ["run", "--events", "events", "--allow", "loopback"];
    let shown = setup(&program, 80)
        .start(&[&["servo-webhooks"], &arguments[..]].concat())
        .finish()
        .exits(0);
    assert!(
        shown.raw.contains("waiting for 1 delivery"),
        "{}",
        shown.raw
    );
    assert!(!shown.screen.contains("waiting for"), "{}", shown.screen);
    let piped = program.call(&arguments).exits(0);
    assert!(!(piped.stdout + &piped.stderr).contains("waiting for"));
}
