//! The guide to traces: its receiver prints the spans of its event.

use super::Page;
use crate::support::program::{Program, Running};
use crate::support::requires;
use crate::support::responder::{Reply, Responder};
use std::net::TcpListener;
use std::process::Command;

const PAGE: &str = "docs/guides/tracing.md";

/// The guide's port.
const PORT: &str = "4318";

#[test]
fn the_spans_of_the_guide_are_printed() {
    if !requires(&["opentelemetry.proto"]) {
        return;
    }
    let page = Page::read(PAGE);
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let here = |text: String| text.replace(PORT, &free.port().to_string());
    let script = here(page.block("python", "HTTPServer"));
    let mut receiver = Running::of(Command::new("python3").args(["-uc", &script]));
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
    while std::net::TcpStream::connect(free).is_err() {
        assert!(std::time::Instant::now() < deadline, "{}", receiver.said());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }

    let responder = Responder::start(|_| Reply::status(200));
    let shell = here(page.block("sh", "OTEL_EXPORTER_OTLP_ENDPOINT"));
    let (name, endpoint) = shell
        .lines()
        .find_map(|line| line.strip_prefix("export ")?.split_once('='))
        .unwrap();
    let (_, event) = shell.split_once("echo '").unwrap();
    let (event, command) = event.split_once('\'').unwrap();
    assert!(command.contains("servo-webhooks run --events - --allow loopback"));
    // The configuration of the first webhook, with its URL.
    let first = Page::read("docs/guides/first-webhook.md");
    let paste = first.block("bash", "name: first");
    let (_, yaml) = paste.split_once("<<'YAML'\n").unwrap();
    let (yaml, _) = yaml.split_once("YAML\n").unwrap();
    let yaml = yaml.replace("http://127.0.0.1:8080/", &responder.url("/"));
    let program = Program::new(&yaml)
        .variable("SERVO_WEBHOOKS_SECRET", "8d969eef6ecad3c29a3a629280e686cf")
        .variable(name, endpoint);
    program.run(&format!("{event}\n"), &[]).exits(0);

    receiver.until("both are printed", |out| out.lines().count() == 2);
    receiver.child.kill().unwrap();
    receiver.close();
    let printed = receiver.finish().stdout;
    // What the ids are is chance; how they belong together is not.
    let example = page.block("text", "deliver first");
    let shape = |text: &str| -> Vec<(String, String, String)> {
        let mut lines: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.splitn(4, ' ').collect())
            .collect();
        lines.sort_by_key(|line| line[3]);
        let delivery = lines
            .iter()
            .find(|line| line[3] == "deliver first")
            .unwrap()[2];
        let parent = |id: &str| {
            if id == delivery {
                "the delivery".to_owned()
            } else {
                id.to_owned()
            }
        };
        let parts = lines
            .iter()
            .map(|line| (line[0].to_owned(), parent(line[1]), line[3].to_owned()));
        parts.collect()
    };
    assert_eq!(shape(&printed), shape(&example));
}
