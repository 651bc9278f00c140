//! Completions in real shells, with the Tab key.

use crate::support::program::Program;
use crate::support::terminal::{self, CTRL_U, Setup, TAB, Terminal};
use crate::support::{has, missing};
use std::path::Path;

/// In a terminal of 40 columns too: nothing that is typed here is longer.
const WIDTHS: [u16; 2] = [80, 40];

/// What bash has of its own package, if that is installed.
const BASH_COMPLETION: &str = "/usr/share/bash-completion/bash_completion";

/// What makes the screen of bash one that can be read here.
pub const SETTINGS: &str = "PS1='$ '\nbind 'set show-all-if-ambiguous on'\nbind 'set enable-bracketed-paste off'\nbind 'set page-completions off'\nbind 'set completion-query-items 0'\n";

/// An empty folder with the script of a shell in a file.
fn script(shell: &str, file: &str) -> Program {
    let program = Program::empty();
    let script = program.call(&["completions", shell]).exits(0).stdout;
    let path = program.path(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, script).unwrap();
    program
}

pub fn are_there(shell: &str) -> bool {
    if !has(shell) {
        missing(shell);
    }
    terminal::is_there() && has(shell)
}

/// What is typed at a prompt, and what Tab makes of it.
pub fn completes(terminal: &mut Terminal, typed: &str, expected: &str) {
    terminal.press(&format!("{CTRL_U}{typed}"));
    terminal.until(typed, |screen| prompt(screen) == typed);
    terminal.press(TAB);
    terminal.until(&format!("{typed} to be {expected}"), |screen| {
        prompt(screen).trim_end_matches('=') == expected
    });
}

/// Tab does nothing: what is typed after it stands right behind.
fn stays(terminal: &mut Terminal, typed: &str) {
    terminal.press(&format!("{CTRL_U}{typed}"));
    terminal.until(typed, |screen| prompt(screen) == typed);
    terminal.press(&format!("{TAB}x"));
    terminal.until(&format!("{typed} to stay"), |screen| {
        prompt(screen) == format!("{typed}x")
    });
}

/// The line at the prompt, put together again where it is broken.
fn prompt(screen: &str) -> String {
    let at = screen.rfind("$ ").map_or(screen.len(), |at| at + 2);
    screen[at..]
        .lines()
        .collect::<String>()
        .trim_end()
        .to_owned()
}

/// What every shell makes of these.
fn in_every_shell(terminal: &mut Terminal) {
    for (typed, expected) in [
        ("servo-webhooks tri", "servo-webhooks trigger"),
        ("servo-webhooks run --ev", "servo-webhooks run --events"),
        (
            "servo-webhooks run --on-full re",
            "servo-webhooks run --on-full reject",
        ),
        (
            "servo-webhooks listen --for",
            "servo-webhooks listen --forward-to",
        ),
        (
            "servo-webhooks listen --save fol",
            "servo-webhooks listen --save folder/",
        ),
        ("servo-webhooks verify --bo", "servo-webhooks verify --body"),
        (
            "servo-webhooks check -c ser",
            "servo-webhooks check -c servo.yaml",
        ),
        (
            "servo-webhooks completions zs",
            "servo-webhooks completions zsh",
        ),
        ("servo-webhooks completio", "servo-webhooks completions"),
    ] {
        completes(terminal, typed, expected);
    }
    // The internal one is offered by nobody.
    stays(terminal, "servo-webhooks compil");
}

/// All that is offered after two Tabs.
fn offers(terminal: &mut Terminal) -> String {
    terminal.press(&format!("{CTRL_U}servo-webhooks "));
    terminal.until("an empty word", |screen| prompt(screen) == "servo-webhooks");
    terminal.press(TAB);
    terminal.press(TAB);
    terminal.until_shown("verify")
}

fn files(program: &Program) {
    program.write("servo.yaml", "webhooks: []\n");
    std::fs::create_dir(program.path("folder")).unwrap();
}

fn bash(columns: u16, before: &str) {
    let program = script("bash", "completions.bash");
    files(&program);
    program.write("rc", format!("{SETTINGS}{before}\n. ./completions.bash\n"));
    let mut terminal = Setup::new(columns, &program.path("")).rows(50).start(&[
        "bash",
        "--noprofile",
        "--rcfile",
        "rc",
        "-i",
    ]);
    terminal.until_shown("$");
    in_every_shell(&mut terminal);
    let offered = offers(&mut terminal);
    assert!(!offered.contains("compile"), "{offered}");
    terminal.press(&format!("{CTRL_U}exit\r"));
    terminal.finish().exits(0);
}

#[test]
fn bash_completes_what_comes_after_a_subcommand() {
    if are_there("bash") {
        WIDTHS.into_iter().for_each(|columns| bash(columns, ""));
    }
}

#[test]
fn bash_completes_with_its_own_package_too() {
    if !Path::new(BASH_COMPLETION).exists() {
        return missing("bash-completion");
    }
    if are_there("bash") {
        bash(80, &format!(". {BASH_COMPLETION}"));
    }
}

/// A shell that knows nothing but what is in the program's folder, and completes what every
/// shell does.
fn started(
    columns: u16,
    program: &Program,
    variables: &[(&str, String)],
    command: &[&str],
) -> Terminal {
    let setup = Setup::new(columns, &program.path("")).rows(50);
    let set = |setup: Setup, (name, value): &(&str, String)| setup.variable(name, value);
    let mut terminal = variables.iter().fold(setup, set).start(command);
    terminal.until_shown("$");
    in_every_shell(&mut terminal);
    terminal
}

#[test]
fn zsh_completes() {
    if !are_there("zsh") {
        return;
    }
    for columns in WIDTHS {
        let program = script("zsh", "functions/_servo-webhooks");
        files(&program);
        program.write(
            ".zshrc",
            "PS1='$ '\nfpath=($PWD/functions $fpath)\nautoload -Uz compinit\ncompinit -u -D\nbindkey '^U' kill-whole-line\nunsetopt prompt_sp prompt_cr zle_bracketed_paste 2>/dev/null\nunset zle_bracketed_paste\n",
        );
        let folder = program.path("").display().to_string();
        let variables = ["ZDOTDIR", "HOME"].map(|name| (name, folder.clone()));
        let mut terminal = started(columns, &program, &variables, &["zsh", "-d", "-i"]);
        let offered = offers(&mut terminal);
        assert!(!offered.contains("compile"), "{offered}");
        terminal.press(&format!("{CTRL_U}exit\r"));
        terminal.finish().exits(0);
    }
}

#[test]
fn fish_completes() {
    if !are_there("fish") {
        return;
    }
    for columns in WIDTHS {
        let program = script("fish", "config/fish/completions/servo-webhooks.fish");
        files(&program);
        program.write(
            "config/fish/config.fish",
            "set -g fish_greeting ''\nset -g fish_autosuggestion_enabled 0\nfunction fish_prompt; echo -n '$ '; end\nfunction fish_title; end\nbind \\cu 'commandline -r \"\"'\n",
        );
        let folder = program.path("").display().to_string();
        let variables = [
            ("XDG_CONFIG_HOME", format!("{folder}/config")),
            ("XDG_DATA_HOME", format!("{folder}/data")),
            ("HOME", folder),
        ];
        let mut terminal = started(columns, &program, &variables, &["fish", "-i"]);
        terminal.press(&format!("{CTRL_U}exit\r"));
        terminal.finish().exits(0);
    }
}
