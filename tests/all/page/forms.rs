//! Forms: what changes something is sent by a page of this process, to this visitor.

use super::{configuration, serve};
use crate::support::program::Program;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

#[test]
fn forms_of_others_are_refused() {
    let program = Program::new(&configuration("http://127.0.0.1:9/"));
    let served = serve(&program, &[]);
    let token = served.get("/explain").token("/explain");
    let own = format!("token={token}&event=1");
    let port = served.page.rsplit(':').next().unwrap();
    let same = format!("Host: localhost:{port}\r\nOrigin: http://localhost:{port}\r\n");
    for (head, form, status) in [
        ("Host: localhost\r\n".to_owned(), own.as_str(), 200),
        (same.clone() + "Sec-Fetch-Site: same-origin\r\n", &own, 200),
        (same.clone() + "Sec-Fetch-Site: none\r\n", &own, 403),
        (same.clone() + "Sec-Fetch-Site: cross-site\r\n", &own, 403),
        (same.clone() + "Sec-Fetch-Site: same-site\r\n", &own, 403),
        (
            "Host: localhost\r\nOrigin: https://attacker.example\r\n".to_owned(),
            &own,
            403,
        ),
        (
            "Host: localhost\r\nOrigin: http://localhost:1\r\n".to_owned(),
            &own,
            403,
        ),
        ("Host: localhost\r\nOrigin: null\r\n".to_owned(), &own, 403),
        (
            "Host: attacker.example\r\nOrigin: http://attacker.example\r\n".to_owned(),
            &own,
            403,
        ),
        ("Host: localhost\r\n".to_owned(), "event=1", 403),
        ("Host: localhost\r\n".to_owned(), "token=&event=1", 403),
        (
            "Host: localhost\r\n".to_owned(),
            &format!("token={}", "0".repeat(64)),
            403,
        ),
        (
            "Host: localhost\r\n".to_owned(),
            &format!("token={}", &token[1..]),
            403,
        ),
    ] {
        let answer = served.send("POST /explain", &format!("{head}{FORM}"), form);
        assert_eq!(answer.status, status, "{head}{form}: {}", answer.main());
    }
    // It is for one action.
    served
        .post("/pause", "", &format!("token={token}&webhook=hook"))
        .exits(403)
        .has("not shown to you");
    served.post("/explain?token=1", "", "event=1").exits(403);
    served.end(0);
}

#[test]
fn a_form_is_for_one_visitor_and_one_process() {
    let program = Program::new(&configuration("http://127.0.0.1:9/"))
        .variable("SERVO_WEBHOOKS_TOKEN", "t0ken");
    let sign_in = |name: &str| {
        let pair = STANDARD.encode(format!("{name}:t0ken"));
        format!("Host: example.com\r\nAuthorization: Basic {pair}\r\n")
    };
    let before = {
        let served = serve(&program, &[]);
        let token = served
            .send("GET /explain", &sign_in("anna"), "")
            .token("/explain");
        let form = format!("token={token}&event=1");
        for (name, status) in [("anna", 200), ("bob", 403), ("", 403)] {
            let head = format!("{}{FORM}", sign_in(name));
            served.send("POST /explain", &head, &form).exits(status);
        }
        served
            .send("POST /explain", &format!("Host: a\r\n{FORM}"), &form)
            .exits(401);
        served.end(0);
        form
    };
    let served = serve(&program, &[]);
    let head = format!("{}{FORM}", sign_in("anna"));
    served
        .send("POST /explain", &head, &before)
        .exits(403)
        .has("After a restart");
    served.end(0);
}

#[test]
fn other_methods_kinds_and_sizes_are_refused_with_help() {
    let program = Program::new(&configuration("http://127.0.0.1:9/"));
    let served = serve(&program, &[]);
    let host = "Host: localhost\r\n";
    for (first, allow) in [
        ("GET /pause", "post"),
        ("HEAD /resume", "post"),
        ("POST /", "get, head"),
        ("PUT /deliveries", "get, head"),
        ("DELETE /replay", "get, head, post"),
        ("OPTIONS /icon.svg", "get, head"),
    ] {
        let answer = served.send(first, host, "");
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, allow),
            "{first}"
        );
    }
    served
        .get("/pauses")
        .exits(404)
        .has("There is no such page");
    for kind in [
        "",
        "Content-Type: text/plain\r\n",
        "Content-Type: multipart/form-data\r\n",
    ] {
        served
            .send("POST /pause", &format!("{host}{kind}"), "token=1")
            .exits(415);
    }
    let long = format!("event={}", "x".repeat(5 << 20));
    served.post("/explain", "", &long).exits(413).has("4 MiB");
    let head = served.send("HEAD /", host, "").exits(200);
    assert!(head.body.is_empty() && head.header("content-length") != "0");
    served.end(0);
}
