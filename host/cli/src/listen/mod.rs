//! `listen`: a responder on this machine that verifies, prints and answers requests.

mod forward;
mod record;
mod rules;
mod saved;
mod script;
mod spoken;
mod summary;

pub use script::Script;

use super::args::ListenCommand;
use super::exit::{Exit, Failure};
use super::keys::Verifier;
use super::output::Output;
use super::small_server::{Whole, respond, serve};
use super::{input, limits, notice, setup, signals, stdio};
use anyhow::{Context, anyhow};
use bytes::Bytes;
use forward::Forward;
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::Full;
use jiff::Timestamp;
use record::{Reply, Request};
use rules::{Choice, Rules, Unusable};
use saved::Directory;
use script::{Answer, Step};
use spoken::spoken;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use summary::Summary;
use tokio::net::TcpListener;
use tokio::sync::Notify;

struct Listener {
    output: Output,
    verifier: Verifier,
    /// What answers where no rule does.
    script: Script,
    rules: Option<Rules>,
    forward: Option<Forward>,
    directory: Option<Directory>,
    json: bool,
    verbose: bool,
    /// Requests to show before it ends.
    count: usize,
    came: AtomicUsize,
    summary: Summary,
    enough: Notify,
}

/// Runs the command.
pub fn run(command: &ListenCommand) -> Result<Exit, Failure> {
    limits::raise();
    let runtime = setup::runtime()?;
    let _inside = runtime.enter();
    let listener = match Listener::new(command) {
        Ok(listener) => Arc::new(listener),
        Err(unusable) => return unusable.into_exit(),
    };
    let written = runtime.block_on(async {
        let socket = TcpListener::bind(command.at())
            .await
            .with_context(|| format!("cannot listen on {}", command.at()))
            .map_err(|error| {
                Failure::unusable(error).with_hint("a port of 0 in --bind picks a free one")
            })?;
        let address = socket
            .local_addr()
            .context("cannot tell the address that it listens on")?;
        notice::listening(address);
        if !listener.verifier.has_secrets() {
            notice::warning("requests are not verified: no --secret was given");
        }
        signals::works();
        let mut signals = signals::Signals::new();
        let handler = {
            let listener = Arc::clone(&listener);
            move |parts, body| Arc::clone(&listener).answer(parts, body)
        };
        let interrupted = tokio::select! {
            () = serve(socket, handler) => false,
            () = listener.enough.notified() => false,
            _ = signals.next() => true,
        };
        let written = listener.output.finish(&mut signals, interrupted).await;
        if written.is_ok() {
            // Nothing is lost if nobody reads this one, which is said then.
            listener.sum_up(interrupted);
            let _ = listener.output.finish(&mut signals, interrupted).await;
        }
        Ok::<_, Failure>(written)
    })?;
    // Answers that hang are left behind.
    drop(_inside);
    runtime.shutdown_timeout(Duration::from_millis(100));
    Ok(if listener.summary.has_failures() || written.is_err() {
        Exit::Failed
    } else {
        Exit::Done
    })
}

impl Listener {
    /// In a runtime.
    fn new(command: &ListenCommand) -> Result<Self, Unusable> {
        let from_input = command.script.as_deref().is_some_and(input::is_standard);
        if from_input
            && command
                .secret
                .iter()
                .any(super::keys::Reference::is_standard_input)
        {
            return Err(anyhow!("only one argument can be read from standard input (`-`)").into());
        }
        let verifier = Verifier::new(&command.secret, command.tolerance)?;
        let forward = command
            .forward_to
            .as_deref()
            .map(Forward::new)
            .transpose()?;
        let usual = match forward {
            Some(_) => Answer::Forward,
            None => Answer::Status(200),
        };
        let script = command
            .answer
            .clone()
            .unwrap_or_else(|| Script::always(usual));
        let rules = command.script.as_deref().map(Rules::read).transpose()?;
        let forwards = script.forwards() || rules.as_ref().is_some_and(Rules::forward);
        if forwards && forward.is_none() {
            return Err(anyhow!("the answer `forward` needs --forward-to URL").into());
        }
        let directory = command.save.as_deref().map(Directory::open).transpose()?;
        Ok(Self {
            output: Output::start()?,
            verifier,
            script,
            rules,
            forward,
            directory,
            json: command.json,
            verbose: command.verbose,
            count: command.count.unwrap_or(usize::MAX),
            came: AtomicUsize::new(0),
            summary: Summary::default(),
            enough: Notify::new(),
        })
    }

    async fn answer(self: Arc<Self>, parts: Parts, whole: Whole) -> Response<Full<Bytes>> {
        // What is shown is bounded by who reads it. Where nobody can, answers go on.
        self.output.room().await;
        let number = self.came.fetch_add(1, Ordering::Relaxed);
        let body = whole.bytes.clone();
        let verifies = self.verifier.has_secrets();
        let found = verifies.then(|| self.verifier.verify(&parts.headers, &body));
        let request = Arc::new(Request {
            time: Timestamp::now(),
            parts,
            body,
            found,
        });
        let mut reply = Reply::default();
        if let Some(directory) = &self.directory {
            reply.saved = Some(directory.save(Arc::clone(&request), number).await);
        }
        let step = self.step(&request, number, &mut reply).await;
        let response = if step.answer == Answer::Forward {
            Some(self.forward(step.delay, request, whole, reply).await)
        } else {
            let response = spoken(&step, &request, &mut reply);
            self.show(&request, &reply);
            // Whoever waits for an answer that is late keeps no memory.
            drop((request, whole));
            tokio::time::sleep(step.delay).await;
            response
        };
        if number + 1 >= self.count {
            self.end_soon();
        }
        match response {
            Some(response) => response,
            None => std::future::pending().await,
        }
    }

    /// Forwards a request. Whoever asked may not wait: what came of it is shown all the same.
    async fn forward(
        self: &Arc<Self>,
        delay: Duration,
        request: Arc<Request>,
        whole: Whole,
        mut reply: Reply,
    ) -> Response<Full<Bytes>> {
        let listener = Arc::clone(self);
        let forwarded = tokio::spawn(async move {
            let _whole = whole;
            tokio::time::sleep(delay).await;
            let response = listener.forwarded(&request, &mut reply).await;
            listener.show(&request, &reply);
            response
        });
        let broken = |_| respond(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", "");
        forwarded.await.unwrap_or_else(broken)
    }

    /// Enough requests have come. The answer to the last is on its way first.
    fn end_soon(self: &Arc<Self>) {
        let listener = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            listener.enough.notify_one();
        });
    }

    /// How a request is answered; requests are counted from 0.
    async fn step(&self, request: &Request, number: usize, reply: &mut Reply) -> Step {
        if request.is_refused() {
            return Script::always(Answer::Status(401)).step(0).clone();
        }
        let choice = match &self.rules {
            Some(rules) => rules.choose(request).await,
            None => Choice::default(),
        };
        reply.warnings = choice.failed;
        match choice.step {
            Some((step, place)) => {
                reply.rule = Some(place);
                step
            }
            None => self.script.step(number).clone(),
        }
    }

    async fn forwarded(&self, request: &Request, reply: &mut Reply) -> Response<Full<Bytes>> {
        let Some(forward) = &self.forward else {
            // Refused at the start.
            return respond(StatusCode::BAD_GATEWAY, "text/plain", "");
        };
        match forward.send(request).await {
            Ok(response) => {
                let status = response.status().as_u16();
                reply.said = format!("{status} from {}", forward.origin());
                response
            }
            Err(why) => {
                reply.said = "502".to_owned();
                let why = format!("not forwarded to {}: {why}", forward.origin());
                reply.warnings.push(why.clone());
                respond(StatusCode::BAD_GATEWAY, "text/plain", why)
            }
        }
    }

    fn show(&self, request: &Request, reply: &Reply) {
        self.summary.add(request, reply);
        if self.json {
            self.output.line(&record::record(request, reply));
        } else if self.verbose {
            self.output.text(&record::full(request, reply));
        } else {
            self.output.text(&record::line(request, reply));
        }
    }

    /// Shows what came in all.
    fn sum_up(&self, interrupted: bool) {
        if self.json {
            return self.output.line(&self.summary.record());
        }
        // A terminal has shown ^C.
        let gap = if interrupted && stdio::output_is_terminal() {
            "\n"
        } else {
            ""
        };
        let text = self.summary.text(self.verifier.has_secrets());
        self.output.text(&format!("{gap}{text}"));
    }
}
