//! A real nginx before a responder that vetoes everything: it ends each connection after
//! ten requests, as its default of a thousand does a hundred times more rarely.

use super::behaviour::{Behaviour, Speech};
use super::question::Asking;
use super::responder::Responder;
use crate::authority::Authority;
use crate::class::Finding;
use crate::daemon::{self, Daemon, free};
use servo_webhooks::Connector;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// Questions by each speech in one round.
const QUESTIONS: usize = 120;

/// At a time.
const IN_FLIGHT: usize = 8;

pub async fn run(connector: &Connector, authority: &Authority, finding: &mut Finding) {
    let Some(program) = daemon::find("nginx") else {
        return finding.skip("transport, behind nginx", "nginx is missing");
    };
    let responder = Responder::start_plain(Behaviour::Answers, Duration::ZERO).await;
    let nginx = match start(&program, authority, responder.address) {
        Ok(nginx) => nginx,
        Err(why) => return finding.wrong.push(format!("nginx: {why}")),
    };
    for (speech, address) in Speech::ALL.into_iter().zip(nginx.addresses) {
        let asking = Asking::new(connector, authority, address, speech);
        let tally = asking.ask(QUESTIONS, IN_FLIGHT, 0).await;
        asking.end().await;
        let name = format!("nginx, {speech}");
        finding.wrong.extend(tally.wrong(&name));
        super::note(finding, &name, tally);
    }
}

/// One server for each speech: in clear this nginx takes either version at its port.
fn start(program: &Path, authority: &Authority, behind: SocketAddr) -> Result<Nginx, String> {
    let addresses = free::<4>();
    let servers: String = Speech::ALL
        .iter()
        .zip(addresses)
        .map(|(speech, address)| {
            let tls = if speech.tls { " ssl" } else { "" };
            let http2 = if speech.http2 { " http2" } else { "" };
            format!("  server {{ listen {address}{tls}{http2}; location / {{ proxy_pass http://{behind}; }} }}\n")
        })
        .collect();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|what| format!("  {what}_temp_path {{folder}}/{what};\n"))
        .collect();
    let configuration = format!(
        "daemon off;\nmaster_process off;\npid {{folder}}/nginx.pid;\nerror_log stderr error;\n\
         events {{ worker_connections 512; }}\n\
         http {{\n{temporary}  access_log off;\n  keepalive_requests 10;\n  \
         ssl_certificate {{folder}}/certificate.pem;\n  ssl_certificate_key {{folder}}/key.pem;\n\
         {servers}}}\n"
    );
    let (certificate, key) = authority.issue("127.0.0.1");
    let files = [
        ("nginx.conf", configuration),
        ("certificate.pem", certificate),
        ("key.pem", key),
    ];
    let arguments = ["-p", ".", "-c", "nginx.conf", "-e", "stderr"];
    let daemon = Daemon::start(program, &arguments, &files, &addresses)?;
    Ok(Nginx {
        addresses,
        _daemon: daemon,
    })
}

struct Nginx {
    addresses: [SocketAddr; 4],
    _daemon: Daemon,
}
