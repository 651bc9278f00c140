//! `serve --handler`: the requests are answered by a component that is hosted here, and not
//! trusted.

use super::body::{AnswerBody, boxed};
use super::environment;
use super::frontend::{Frontend, Handler};
use super::listener::{Idle, bind, serve};
use super::problem::Problem;
use super::reloadable_access::ReloadableAccess;
use crate::args::ServeCommand;
use crate::exit::{Exit, Failure};
use crate::observe::Readiness;
use crate::output::Output;
use crate::{limits, setup, signals};
use anyhow::anyhow;
use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode, Uri};
use serde_json::value::{Map, RawValue, Value};
use servo_webhooks::Compiler;
use servo_webhooks::service::{Checked, Limits, Unanswered};
use servo_webhooks::{Component, Options, Service};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// How long it is remembered what the component answered to `GET /health`: whoever asks
/// oftener costs no instance.
const REMEMBERED: Duration = Duration::from_secs(1);

/// The handler of `--handler`: whatever the component makes of a request.
struct Hosted(Service, Arc<Mutex<Option<(Instant, Health)>>>);

/// What the component says of itself.
type Health = Result<StatusCode, Unanswered>;

impl Hosted {
    fn new(service: Service) -> Self {
        Self(service, Arc::default())
    }

    /// What the component answered within the last second, or answers now. Anybody may ask:
    /// one instance at a time is asked, to its end, whoever goes away meanwhile.
    async fn remembered(&self) -> Health {
        let (hosted, remembered) = (Self(self.0.clone(), Arc::default()), Arc::clone(&self.1));
        let asked = tokio::spawn(async move {
            let mut remembered = remembered.lock().await;
            match *remembered {
                Some((then, health)) if then.elapsed() < REMEMBERED => health,
                _ => {
                    let health = hosted.health().await;
                    *remembered = Some((Instant::now(), health));
                    health
                }
            }
        });
        asked.await.unwrap_or(Err(Unanswered::Failed))
    }

    /// What the component answers to `GET /health`, which nobody but this program asks.
    async fn health(&self) -> Health {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = Uri::from_static("/health");
        let host = HeaderValue::from_static("localhost");
        request.headers_mut().insert(HOST, host);
        Ok(self.0.answer(request).await?.status())
    }
}

impl Handler for Hosted {
    async fn is_well(&self) -> Result<(), Problem> {
        match self.remembered().await {
            Ok(status) if !status.is_server_error() => Ok(()),
            Ok(status) => Err(Problem::unavailable(&format!(
                "the handler answers GET /health with {}; the log says why",
                status.as_u16()
            ))),
            Err(error) => Err(Problem::unavailable(&error.to_string())),
        }
    }

    fn state(&self, _: bool) -> Map<String, Value> {
        Map::new()
    }

    fn knows(&self, _: &Parts) -> Result<(), Problem> {
        Ok(())
    }

    fn fits(&self, _: &Parts) -> Result<(), Problem> {
        Ok(())
    }

    async fn take(&self, mut parts: Parts, body: Bytes) -> Result<Response<AnswerBody>, Problem> {
        // The frontend has asked: a component has no use for the token, nor for a page's name.
        parts.headers.remove(AUTHORIZATION);
        parts.headers.remove(ORIGIN);
        let request = Request::from_parts(parts, body);
        match self.0.answer(request).await {
            Ok(response) => Ok(boxed(response)),
            Err(error @ Unanswered::Full) => Err(Problem::unavailable(&error.to_string())),
            Err(error @ Unanswered::Unfit) => Err(Problem::event(error.to_string())),
            Err(error) => Err(Problem::new(StatusCode::BAD_GATEWAY, error.to_string())),
        }
    }
}

impl Idle for Hosted {
    async fn idle(&self) {
        self.0.idle().await;
    }
}

/// How long the instance that was asked for its health may take to end.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Runs the command with a component from this file.
pub fn run(command: &ServeCommand, file: &Path) -> Result<Exit, Failure> {
    let hosted = &command.hosted;
    let delivering = &command.delivering;
    unmixed(command).map_err(Failure::unusable)?;
    limits::raise();
    let access = ReloadableAccess::new(command.token_file.clone(), command.bind.ip());
    let access = access.map_err(Failure::unusable)?;
    let environment = environment::given(&hosted.env, delivering.max_event_mib);
    let environment = environment.map_err(Failure::unusable)?;
    let mut options = setup::options(&delivering.network)?;
    options.max_event = usize::from(delivering.max_event_mib) << 20;
    let mut limits = Limits::default();
    limits.instances = hosted.max_instances;
    limits.memory = hosted.instance_mib.saturating_mul(1 << 20);
    limits.processor = hosted.instance_processor;
    limits.life = hosted.instance_life;
    // What is rendered of an event, beside what it is itself.
    limits.body = options.max_event.saturating_mul(4);
    let mut component = Component::from_file(file).map_err(Failure::unusable)?;
    if let Some(digest) = &hosted.component_digest {
        component = component.pinned(digest).map_err(Failure::unusable)?;
    }
    let compiler = Compiler::new(setup::program(), ["compile", "--service"]);
    let checked = Checked::new(&component, &compiler).map_err(Failure::unusable)?;
    let runtime = setup::runtime()?;
    let output = Arc::new(Output::start()?);
    let lines = Arc::clone(&output);
    let exit = runtime.block_on(async {
        let lines = Arc::new(move |line: &RawValue| lines.line(&line));
        let service = Service::start(checked, environment, &options, limits, lines)
            .map_err(Failure::unusable)?;
        hold(command, access, service, &output, &options).await
    })?;
    // Connections and lookups that hang are left behind.
    runtime.shutdown_background();
    Ok(exit)
}

async fn hold(
    command: &ServeCommand,
    access: ReloadableAccess,
    service: Service,
    output: &Arc<Output>,
    options: &Options,
) -> Result<Exit, Failure> {
    let handler = Hosted::new(service.clone());
    // One that says so itself would refuse every event.
    if handler.health().await == Ok(StatusCode::SERVICE_UNAVAILABLE) {
        let why = anyhow!("the handler cannot be used: it answers GET /health with 503");
        let hint = "its own messages stand above; --env names the variables that it sees";
        return Err(Failure::unusable(why).with_hint(hint));
    }
    // Where there is room for one instance alone, the first event finds it free.
    let _ = timeout(LAST_WORDS, service.idle()).await;
    let mut signals = signals::Signals::new();
    let mut hangups = signals::Hangups::new();
    let socket = bind(command).await?;
    signals::works();
    let frontend = Arc::new(Frontend::new(
        access,
        handler,
        Arc::new(Readiness::new(None, Arc::clone(output))),
        Arc::clone(output),
        options.max_event,
    ));
    {
        let timeout = command.delivering.drain_timeout;
        let serving = serve(socket, &frontend, &mut signals, timeout);
        tokio::pin!(serving);
        loop {
            tokio::select! {
                () = &mut serving => break,
                () = hangups.next() => {
                    frontend.readiness.note_token(frontend.access.reload());
                    tracing::warn!("SIGHUP: a handler has no configuration to reload; its variables stay");
                }
            }
        }
    }
    let all = end(&service, &frontend).await;
    let written = output.finish(&mut signals, true).await;
    Ok(if all && written.is_ok() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// Ends the instances; says whether each had come to its own end.
async fn end(service: &Service, frontend: &Frontend<Hosted>) -> bool {
    let (live, failed) = (service.live(), service.failed());
    service.end().await;
    if live > 0 {
        tracing::error!(
            live,
            "{live} instances of the handler were ended with work left; --drain-timeout allows more time"
        );
    }
    let refused = frontend.refused();
    tracing::info!(failed, refused, "done");
    live == 0
}

/// Options that are not the handler's: written on the command line they are a mistake, in
/// a variable they may be meant for another command.
fn unmixed(command: &ServeCommand) -> anyhow::Result<()> {
    let config = &command.delivering.config;
    let unset = |name: &str| std::env::var_os(name).is_none_or(|value| value.is_empty());
    if !config.source.is_empty() && unset("SERVO_WEBHOOKS_SOURCE") {
        return Err(anyhow!(
            "--source: a handler takes the name from a variable of its own; write --env SERVO_WEBHOOKS_SOURCE=NAME"
        ));
    }
    if config.component.component.is_some() && unset("SERVO_WEBHOOKS_CONNECTOR") {
        return Err(anyhow!("--connector: a handler has a connector of its own"));
    }
    Ok(())
}
