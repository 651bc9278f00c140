//! Who may look.

use super::{configuration, serve, served};
use crate::support::program::Program;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const TOKEN: &str = "t0ken-of-this-test";

fn basic(name: &str, token: &str) -> String {
    let pair = STANDARD.encode(format!("{name}:{token}"));
    format!("Host: example.com\r\nAuthorization: Basic {pair}\r\n")
}

fn program() -> Program {
    Program::new(&configuration("http://127.0.0.1:9/c0nfidential-path"))
}

#[test]
fn on_loopback_pages_of_others_and_other_names_are_refused() {
    let program = program();
    let served = serve(&program, &[]);
    for (head, status) in [
        ("Host: localhost\r\n", 200),
        ("Host: 127.0.0.1:1\r\nSec-Fetch-Site: none\r\n", 200),
        ("Host: [::1]\r\nSec-Fetch-Site: same-origin\r\n", 200),
        ("Host: localhost\r\nSec-Fetch-Site: cross-site\r\n", 403),
        ("Host: localhost\r\nSec-Fetch-Site: same-site\r\n", 403),
        ("Host: attacker.example\r\n", 403),
        ("Host: localhost.attacker.example\r\n", 403),
        ("Host: localhost\r\nHost: localhost\r\n", 400),
        ("", 400),
    ] {
        let answer = served.send("GET /", head, "").exits(status);
        assert!(answer.body.contains("<h1>"), "{head}: {answer:?}");
        assert_eq!(
            answer.body.contains("<bdi>hook</bdi>"),
            status == 200,
            "{head}"
        );
    }
    served.end(0);
}

#[test]
fn every_answer_keeps_to_itself() {
    let program = program();
    let served = serve(&program, &[]);
    let token = served.get("/explain").token("/explain");
    for (answer, status) in [
        (served.get("/"), 200),
        (served.get("/icon.svg"), 200),
        (served.get("/nothing"), 404),
        (served.send("GET /", "Host: elsewhere.example\r\n", ""), 403),
        (served.send("DELETE /", "Host: localhost\r\n", ""), 405),
        (served.post("/explain", "", &format!("token={token}")), 200),
        (served.post("/pause", "", "webhook=hook"), 403),
    ] {
        let answer = answer.exits(status);
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "style-src 'sha256-",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{part}: {answer:?}");
        }
        assert!(
            !policy.contains("script-src") && !policy.contains("unsafe"),
            "{policy}"
        );
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "deny"),
            ("referrer-policy", "same-origin"),
            ("cache-control", "no-store"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{name}: {answer:?}");
        }
        assert!(!answer.body.contains("<script") && !answer.body.contains("style="));
    }
    // As the policy has it: the hash of what stands in the page.
    let answer = served.get("/");
    let (_, style) = answer.body.split_once("<style>").unwrap();
    let style = style.split("</style>").next().unwrap();
    let hash = <sha2::Sha256 as sha2::Digest>::digest(style.as_bytes());
    let hash = STANDARD.encode(hash).to_lowercase();
    assert!(answer.header("content-security-policy").contains(&hash));
    served.end(0);
}

#[test]
fn with_a_token_nobody_looks_without_it() {
    let program = program().variable("SERVO_WEBHOOKS_TOKEN", TOKEN);
    let served = serve(&program, &[]);
    let asked = served.get("/").exits(401).lacks("<bdi>hook");
    assert!(asked.header("www-authenticate").starts_with("basic realm="));
    for wrong in [
        basic("anna", "t0ken"),
        basic("anna", ""),
        basic(TOKEN, "anna"),
        "Host: a\r\nAuthorization: Basic !!!\r\n".to_owned(),
        format!("Host: a\r\nAuthorization: Bearer {TOKEN}x\r\n"),
        format!("Host: a\r\nAuthorization: {TOKEN}\r\n"),
    ] {
        served
            .send("GET /deliveries", &wrong, "")
            .exits(401)
            .lacks("Filter");
    }
    served
        .send("GET /", &basic("anna", TOKEN), "")
        .exits(200)
        .has("signed in as <bdi>anna</bdi>");
    served
        .send("GET /", &basic("", TOKEN), "")
        .exits(200)
        .has("nameless");
    let bearer = format!("Host: example.com\r\nAuthorization: bearer {TOKEN}\r\n");
    served
        .send("GET /", &bearer, "")
        .exits(200)
        .has("by the token");
    // A page may be linked to from elsewhere: the token was brought all the same.
    let linked = basic("anna", TOKEN) + "Sec-Fetch-Site: cross-site\r\n";
    served.send("GET /", &linked, "").exits(200);
    let finished = served.end(0);
    assert!(
        finished.stderr.contains("page: wrong token"),
        "{}",
        finished.stderr
    );
    assert!(!finished.stderr.contains(TOKEN), "{}", finished.stderr);
}

#[test]
fn wrong_tokens_do_not_keep_the_right_one_waiting() {
    let program = program().variable("SERVO_WEBHOOKS_TOKEN", TOKEN);
    let served = serve(&program, &[]);
    let page = served.page.clone();
    let wrong: Vec<_> = (0..100)
        .map(|_| {
            use std::io::Write;
            let mut stream = std::net::TcpStream::connect(&page).unwrap();
            let head = format!("GET / HTTP/1.1\r\n{}\r\n", basic("eve", "no"));
            let _ = stream.write_all(head.as_bytes());
            stream
        })
        .collect();
    // More than there may be connections, and each answer takes its time: at eight a second
    // the last one would come after twelve seconds.
    served.send("GET /", &basic("anna", TOKEN), "").exits(200);
    drop(wrong);
    let finished = served.end(0);
    let told = finished.stderr.matches("page: wrong token").count();
    assert!((1..50).contains(&told), "{told}: {}", finished.stderr);
}

#[test]
fn others_reach_it_with_a_token_alone() {
    let program = program();
    let finished = program.call(&["serve", "--bind", "127.0.0.1:0", "--page", "0.0.0.0:0"]);
    let finished = finished.exits(2);
    assert!(
        finished
            .stderr
            .contains("0.0.0.0 can be reached from other machines"),
        "{}",
        finished.stderr
    );
    let program = program.variable("SERVO_WEBHOOKS_TOKEN", TOKEN);
    let always = ["serve", "--bind", "127.0.0.1:0", "--page", "0.0.0.0:0"];
    let mut served = served(program.start(&always));
    served.page = served.page.replace("0.0.0.0", "127.0.0.1");
    served.get("/").exits(401);
    served.end(0);
}

#[test]
fn a_token_that_changes_is_the_page_s_too() {
    let program = program();
    program.write("token", "first\n");
    let served = serve(&program, &["--token-file", "token"]);
    served.send("GET /", &basic("anna", "first"), "").exits(200);
    program.write("token", "second\n");
    served.running.signal("HUP");
    served.running.until_logged("token reloaded");
    served.send("GET /", &basic("anna", "first"), "").exits(401);
    served
        .send("GET /", &basic("anna", "second"), "")
        .exits(200);
    served.end(0);
}

#[test]
fn an_address_that_is_taken_is_said() {
    let program = program();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let finished = program.call(&["serve", "--bind", "127.0.0.1:0", "--page", &address]);
    let finished = finished.exits(2);
    assert!(
        finished
            .stderr
            .contains(&format!("cannot listen on {address}"))
    );
    assert!(finished.stderr.contains("--page names another"));
}
