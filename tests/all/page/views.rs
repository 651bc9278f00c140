//! What each view says: with nothing in it, with something, and of what is not there.

use super::{configuration, encoded, serve};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};

#[test]
fn what_is_empty_says_so() {
    let program = Program::new("[]\n");
    let served = serve(&program, &["--store", "store"]);
    for (path, text) in [
        ("/", "No webhook is configured"),
        ("/deliveries", "There is no delivery yet"),
        ("/dead-letters", "There is no dead letter"),
        ("/decisions", "No webhook was asked before an event yet"),
        ("/deliveries?webhook=x", "Nothing fits the filter"),
        ("/decisions?state=cancelled", "Nothing fits the filter"),
        ("/explain", "Nothing is sent"),
        ("/configuration", "0 webhooks"),
        ("/replay", "No dead letter fits"),
        ("/forget", "No dead letter fits"),
    ] {
        served
            .get(path)
            .exits(200)
            .has(text)
            .has("aria-current=\"page\"");
    }
    served.end(0);
}

#[test]
fn what_is_not_there_is_said_with_what_to_do() {
    let program = Program::new(&configuration("http://127.0.0.1:9/"));
    let served = serve(&program, &["--store", "store"]);
    let id = "01a2097b-4814-72ba-a1ed-4e1ee3ccf15c";
    for (path, status, text) in [
        ("/webhook", 404, "No webhook of that name"),
        ("/webhook?name=gone", 404, "A reload may have removed it"),
        ("/delivery", 404, "No delivery with that id"),
        ("/delivery?id=1", 404, "No delivery with that id"),
        (
            &format!("/delivery?id={id}"),
            404,
            "older than what is kept",
        ),
        ("/decision?at=1", 404, "There is no such decision"),
        ("/decision?at=1.1", 404, "There is no such decision"),
        (
            "/decision?at=9223372036854775807.9223372036854775807",
            404,
            "no such decision",
        ),
        (
            "/deliveries?since=yesterday",
            400,
            "since must be a duration",
        ),
        ("/deliveries?until=never", 400, "until must be"),
        (
            "/deliveries?state=lost",
            400,
            "waiting, delivered, failed or forgotten",
        ),
        (
            "/decisions?state=lost",
            400,
            "proceed, cancelled or failed open",
        ),
        (
            "/explain?sample=before:nothing:at:all",
            400,
            "That cannot be done",
        ),
        (
            &format!("/replay?delivery={id}"),
            200,
            "Nothing is left to do",
        ),
    ] {
        served.get(path).exits(status).has(text);
    }
    served.end(0);
}

#[test]
fn a_veto_and_what_failed_open_are_shown_with_each_answer() {
    let sink = Responder::start(|_| Reply::cancel("not before the launch"));
    let text = configuration(&sink.url("/c0nfidential-path"))
        + "- {name: silent, events: [before:describe], url: 'http://127.0.0.1:9/c0nfidential-path', secret: s3cr3t-k3y, backoff: {max_tries: 1}}\n";
    for more in [&[][..], &["--store", "store"]] {
        let program = Program::new(&text);
        let served = serve(&program, more);
        served.event("{\"event\":\"before:adjust\",\"id\":\"a-1\"}");
        served.event("{\"event\":\"before:describe\",\"id\":\"d-1\"}");
        served
            .until("/decisions?state=cancelled", "a-1")
            .exits(200)
            .has("not before the launch")
            .lacks("d-1");
        let list = served
            .until("/decisions?state=failed+open", "d-1")
            .exits(200)
            .lacks("a-1");
        served
            .get("/decisions?state=proceed")
            .exits(200)
            .lacks("a-1")
            .lacks("d-1");
        served
            .get("/decisions?webhook=silent")
            .exits(200)
            .has("d-1")
            .lacks("a-1");
        served
            .get("/decisions?id=a-1")
            .exits(200)
            .has("a-1")
            .lacks("d-1");
        let (_, link) = list.body.split_once("href=\"/decision?at=").unwrap();
        let link = format!("/decision?at={}", link.split('"').next().unwrap());
        let one = served.get(&link).exits(200);
        one.has("no answer, failed open")
            .has("connection refused")
            .has("silent");
        served.end(0);
    }
}

#[test]
fn one_delivery_has_every_attempt() {
    let sink = Responder::start(|request| match request.header("x-servo-attempt") {
        "1" => Reply::typed(503, "text/plain", "come <b>later</b>"),
        _ => Reply::status(204),
    });
    let text =
        configuration(&sink.url("/c0nfidential-path")).replace("max_tries: 1", "max_tries: 3");
    for (more, kept) in [
        (&[][..], false),
        (&["--store", "store", "--keep-bodies"], true),
    ] {
        let program = Program::new(&text);
        let served = serve(&program, more);
        served.event("{\"event\":\"after:measure\",\"id\":\"m-1\"}");
        let list = served
            .until("/deliveries?state=delivered", "m-1")
            .exits(200);
        let (_, link) = list.body.split_once("href=\"/delivery?id=").unwrap();
        let link = format!("/delivery?id={}", link.split('"').next().unwrap());
        let one = served.get(&link).exits(200);
        let one = one
            .has("status 503")
            .has("status 204")
            .has("2 attempts over");
        assert_eq!(
            one.body.matches("<rect class=").count(),
            2,
            "{}",
            one.main()
        );
        let one = match kept {
            true => one.has("&quot;m-1&quot;").has("Replay…"),
            false => one.has("Not kept").lacks("Replay…"),
        };
        one.has("<bdi>hook</bdi>");
        served.end(0);
    }
}

#[test]
fn what_fires_is_explained_without_being_sent() {
    let sink = Responder::start(|_| Reply::status(200));
    let program = Program::new(&configuration(&sink.url("/c0nfidential-path")));
    let served = serve(&program, &[]);
    let form = served.get("/explain").exits(200);
    let token = form.token("/explain");
    let ask = |event: &str| {
        served
            .post(
                "/explain",
                "",
                &format!("token={token}&event={}", encoded(event)),
            )
            .exits(200)
    };
    ask("{\"event\":\"after:measure\",\"id\":\"m\"}")
        .has("fires")
        .has("it listens to after:measure");
    ask("{\"event\":\"after:describe\",\"id\":\"m\"}").has("does not fire");
    ask("{\"event\":\"after:measure\", \"nonsense\": 1}")
        .has("unknown field")
        .has("role=\"alert\"");
    ask("no JSON").has("role=\"alert\"");
    ask("").has("Fill in an event");
    let sample = served.get("/explain?sample=before:adjust").exits(200);
    sample.has("{&quot;event&quot;:&quot;before:adjust&quot;");
    served.end(0);
    assert!(sink.received().is_empty());
}

#[test]
fn the_configuration_on_disk_is_shown_with_what_is_wrong_and_a_refused_reload() {
    let program = Program::new(&configuration("http://127.0.0.1:9/c0nfidential-path"));
    let served = serve(&program, &[]);
    served
        .get("/configuration")
        .exits(200)
        .has("None: ")
        .has("in force");
    let wrong = configuration("http://127.0.0.1:9/c0nfidential-path")
        .replace("after:measure", "after:mesure")
        + "- {name: other, events: [after:measure], url: 'http://127.0.0.1:9/c0nfidential-path', secret: s3cr3t-k3y, unheard_of: s3cr3t-k3y}\n";
    program.write("servo.yaml", wrong);
    let shown = served.get("/configuration").exits(200);
    let shown = shown
        .has("1 error")
        .has("unheard_of")
        .has("servo.yaml:3:")
        .has("cannot be used");
    // As `check` shows them, and nothing of it on standard error.
    let checked = program.call(&["check"]).exits(2);
    let first = checked
        .stderr
        .lines()
        .next()
        .unwrap()
        .replace('"', "&quot;");
    let first = first.replace('<', "&lt;").replace('>', "&gt;");
    shown.has(&first);
    assert!(!served.running.said().contains("unheard_of"));
    served.running.signal("HUP");
    served.running.until_logged("configuration not reloaded");
    served
        .get("/configuration")
        .exits(200)
        .has("refused: the configuration before it is in force");
    served
        .get("/")
        .exits(200)
        .has("The last reload was refused")
        .has("<bdi>hook</bdi>");
    std::fs::remove_file(program.path("servo.yaml")).unwrap();
    served.get("/configuration").exits(200).has("servo.yaml");
    served.end(0);
}

#[test]
fn views_update_themselves_until_they_are_told_not_to() {
    let program = Program::new(&configuration("http://127.0.0.1:9/"));
    let served = serve(&program, &[]);
    for path in ["/", "/webhook?name=hook"] {
        let answer = served.get(path).exits(200);
        assert_eq!(answer.header("refresh"), format!("10; url={path}"));
        let off = path.to_owned()
            + if path.contains('?') {
                "&refresh=off"
            } else {
                "?refresh=off"
            };
        assert!(
            answer
                .body
                .contains(&format!("href=\"{}\"", off.replace('&', "&amp;")))
        );
        let answer = served.get(&off).exits(200);
        assert_eq!(answer.header("refresh"), "");
        // It stays off on the way.
        answer
            .has("href=\"/deliveries?refresh=off\"")
            .has("refresh=on");
    }
    // Where a form is filled in, only on demand; where one is sent, never.
    assert_eq!(served.get("/deliveries").header("refresh"), "");
    assert_eq!(
        served.get("/deliveries?refresh=on").header("refresh"),
        "10; url=/deliveries?refresh=on"
    );
    assert_eq!(served.get("/explain?refresh=on").header("refresh"), "");
    served.end(0);
}

#[test]
fn a_store_that_is_gone_is_said_and_found_again() {
    let served = {
        let program = Program::new(&configuration("http://127.0.0.1:9/"));
        let served = serve(&program, &["--store", "store"]);
        served.get("/deliveries").exits(200);
        std::fs::rename(program.path("store"), program.path("elsewhere")).unwrap();
        for path in ["/deliveries", "/decisions", "/dead-letters", "/replay"] {
            served
                .get(path)
                .exits(503)
                .has("The store cannot be opened")
                .has("there is no store");
        }
        served.get("/").exits(200);
        served
            .get("/webhook?name=hook")
            .exits(200)
            .has("The store cannot be opened");
        std::fs::rename(program.path("elsewhere"), program.path("store")).unwrap();
        served.get("/deliveries").exits(200);
        (served, program)
    };
    served.0.end(0);
}

#[test]
fn many_webhooks_are_on_several_pages() {
    let text: String = (0..120)
        .map(|number| format!("- {{name: hook-{number}, events: [after:measure], url: 'http://127.0.0.1:9/', secret: s}}\n"))
        .collect();
    let program = Program::new(&text);
    let served = serve(&program, &[]);
    served
        .get("/")
        .exits(200)
        .has("hook-49<")
        .lacks("hook-50<")
        .has("rel=\"next\"")
        .has("<strong>120</strong>");
    served
        .get("/?from=100")
        .exits(200)
        .has("hook-119<")
        .lacks("hook-99<")
        .lacks("rel=\"next\"");
    served.get("/?from=9999999").exits(200).has("hook-119<");
    served.end(0);
}

#[test]
fn while_it_shuts_down_it_says_so() {
    let sink = Responder::start(|_| Reply::Hang);
    let program = Program::new(&configuration(&sink.url("/c0nfidential-path")));
    let served = serve(&program, &["--drain-timeout", "60s"]);
    served.event("{\"event\":\"after:measure\",\"id\":\"m-1\"}");
    sink.until_received(1);
    served.running.signal("TERM");
    served.running.until_logged("taking no more events");
    served
        .until("/", "<strong>1</strong>waiting")
        .exits(200)
        .has("Shutting down");
    // The second one ends it.
    served.end(1);
}
