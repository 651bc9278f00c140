//! `docs/reference/command-line.md` is generated from the program's help, which clap
//! generates from its definition.

use crate::support::program::Program;
use crate::support::root;
use std::fmt::Write as _;

const PAGE: &str = "docs/reference/command-line.md";

const ABOUT: &str = "\
# Command line

This page is generated from the program's own definition. A test fails if it is stale;
`UPDATE_COMMAND_LINE=1 cargo test --test all command_line` renews it.

Results go to standard output, logs and problems to standard error: [output and exit codes](output.md). Every option that
configures a command can also be set by [a variable](environment.md).
";

/// An argument or an option.
#[derive(Default)]
struct Item {
    /// `-c, --config <FILE>`.
    name: String,
    /// The whole text, in one line.
    text: String,
    /// Possible values, each with its meaning.
    values: Vec<String>,
}

/// The help of one command.
#[derive(Default)]
struct Help {
    about: String,
    usage: Vec<String>,
    items: Vec<Item>,
    commands: Vec<String>,
}

fn help(command: &[&str]) -> Help {
    let program = Program::empty().variable("COLUMNS", "100");
    let said = program.call(&[command, &["--help"]].concat()).exits(0);
    parsed(&said.stdout)
}

fn parsed(text: &str) -> Help {
    let mut help = Help::default();
    let mut heading = "";
    for line in text.lines() {
        let trimmed = line.trim();
        let indent = line.len() - line.trim_start().len();
        if let Some(usage) = line.strip_prefix("Usage: ") {
            heading = "Usage";
            help.usage.push(usage.to_owned());
        } else if indent == 0 && !trimmed.is_empty() {
            match trimmed.strip_suffix(':') {
                Some(name) => heading = name,
                None if help.usage.is_empty() => help.about = trimmed.to_owned(),
                None => heading = "",
            }
        } else if trimmed.is_empty() {
            // Between paragraphs.
        } else if heading == "Usage" {
            help.usage.push(trimmed.to_owned());
        } else if heading == "Commands" && indent > 2 {
            // What the command above does goes on.
        } else if heading == "Commands" {
            help.commands
                .extend(trimmed.split("  ").next().map(str::to_owned));
        } else if !heading.is_empty() {
            item(&mut help.items, indent, trimmed);
        }
    }
    help
}

/// Takes a line of a list. The first line of an item is indented by less than its text.
fn item(items: &mut Vec<Item>, indent: usize, line: &str) {
    if indent <= 6 && line.starts_with(['-', '<', '[']) {
        let (name, text) = line.split_once("  ").unwrap_or((line, ""));
        items.push(Item {
            name: name.to_owned(),
            text: text.trim().to_owned(),
            values: Vec::new(),
        });
        return;
    }
    let Some(item) = items.last_mut() else {
        panic!("{line:?} belongs to nothing")
    };
    if line == "Possible values:" {
        // Each value has a line of its own.
    } else if let Some(value) = line.strip_prefix("- ") {
        let (value, means) = value.split_once(':').unwrap();
        item.values.push(format!("`{value}`: {}", means.trim()));
    } else if let (Some(value), false) = (item.values.last_mut(), line.starts_with('[')) {
        *value = format!("{value} {line}");
    } else {
        item.text = format!("{} {line}", item.text).trim().to_owned();
    }
}

impl Item {
    /// Its row in the table.
    fn row(&self) -> String {
        let (mut text, default) = without(&self.text, "default");
        let (rest, possible) = without(&text, "possible values");
        text = rest;
        if !possible.is_empty() {
            let values: Vec<String> = possible
                .split(", ")
                .map(|value| format!("`{value}`"))
                .collect();
            text = format!("{text}: {}", values.join(", "));
        } else if !self.values.is_empty() {
            text = format!("{text}. {}", self.values.join(". "));
        }
        let default = match default.contains(' ') {
            false if !default.is_empty() => format!("`{default}`"),
            _ => default,
        };
        let cell = |text: &str| text.replace('|', "\\|");
        let name = cell(&self.name);
        format!("| `{name}` | {} | {} |", cell(&text), cell(&default))
    }
}

/// A text without its `[name: value]`, and the value.
fn without(text: &str, name: &str) -> (String, String) {
    let start = format!("[{name}: ");
    let Some((before, rest)) = text.split_once(&start) else {
        return (text.to_owned(), String::new());
    };
    let (value, after) = rest.split_once(']').unwrap();
    let text = format!("{} {}", before.trim(), after.trim());
    (text.trim().to_owned(), value.to_owned())
}

fn page() -> String {
    let main = help(&[]);
    let of_all: Vec<String> = main.items.iter().map(Item::row).collect();
    let mut page = ABOUT.to_owned();
    let table = |page: &mut String, rows: &[String]| {
        if !rows.is_empty() {
            page.push_str("\n| argument | meaning | default |\n|---|---|---|\n");
            page.push_str(&rows.join("\n"));
            page.push('\n');
        }
    };
    let names = main.commands.iter().filter(|name| *name != "help");
    let commands: Vec<(&String, Help)> = names.map(|name| (name, help(&[name]))).collect();
    page.push_str("\n| command | does |\n|---|---|\n");
    for (name, help) in &commands {
        let _ = writeln!(
            page,
            "| [`{name}`](#servo-webhooks-{name}) | {} |",
            help.about
        );
    }
    page.push_str("\nEvery command has these options:\n");
    table(&mut page, &of_all);
    let section = |page: &mut String, level: &str, command: &str, help: &Help| {
        let _ = writeln!(
            page,
            "\n{level} servo-webhooks {command}\n\n{}.",
            help.about
        );
        let _ = writeln!(page, "\n```text\n{}\n```", help.usage.join("\n"));
        let rows: Vec<String> = help.items.iter().map(Item::row).collect();
        let own: Vec<String> = rows
            .into_iter()
            .filter(|row| !of_all.contains(row) && !row.starts_with("| `-h, --help`"))
            .collect();
        table(page, &own);
    };
    for (command, help) in commands {
        section(&mut page, "##", command, &help);
        for name in help.commands.iter().filter(|name| *name != "help") {
            let below = self::help(&[command, name]);
            section(&mut page, "###", &format!("{command} {name}"), &below);
        }
    }
    page
}

#[test]
fn the_page_is_not_stale() {
    let (file, page) = (root().join(PAGE), page());
    if std::env::var_os("UPDATE_COMMAND_LINE").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    assert!(
        std::fs::read_to_string(&file).is_ok_and(|there| there == page),
        "{PAGE} is stale: run `UPDATE_COMMAND_LINE=1 cargo test --test all command_line`"
    );
}

/// Each form of help is understood.
#[test]
fn each_option_of_the_help_is_a_row() {
    let text = "\
Do it

Usage: p [OPTIONS]
       p OTHER

Arguments:
  [EVENT]
          An event
          over two lines

Options:
      --on-full <WHAT>
          When the queue is full

          Possible values:
          - wait:   Stop reading
            events
          - reject: Log it
          
          [default: wait]

  -c, --config <FILE|->  The file [default: servo.yaml]
      --log <LEVEL>      The level [default: warn] [possible values: off,
                         error]

What is said at the end.
";
    let help = parsed(text);
    assert_eq!(help.about, "Do it");
    assert_eq!(help.usage, ["p [OPTIONS]", "p OTHER"]);
    let rows: Vec<String> = help.items.iter().map(Item::row).collect();
    assert_eq!(
        rows,
        [
            "| `[EVENT]` | An event over two lines |  |",
            "| `--on-full <WHAT>` | When the queue is full. `wait`: Stop reading events. `reject`: Log it | `wait` |",
            "| `-c, --config <FILE\\|->` | The file | `servo.yaml` |",
            "| `--log <LEVEL>` | The level: `off`, `error` | `warn` |",
        ]
    );
}
