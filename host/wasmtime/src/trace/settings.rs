//! Which spans are exported, and where to: the variables that OpenTelemetry has for it.

use crate::outbound::Target;
use opentelemetry_sdk::trace::Sampler;
use std::path::PathBuf;
use std::time::Duration;

/// What an endpoint of all signals has behind it for traces.
const PATH: &str = "v1/traces";

const TIMEOUT: Duration = Duration::from_secs(10);
const QUEUE: usize = 2048;

/// Room for so many is taken at the start, some hundred bytes each.
const QUEUE_LIMIT: usize = 1 << 16;

/// The one protocol that is spoken.
const PROTOCOL: &str = "http/protobuf";

/// Why no spans are exported although a variable asks for it; without its value.
#[derive(Debug, thiserror::Error)]
#[error("{variable}: {why}")]
pub(crate) struct TracesError {
    pub variable: &'static str,
    pub why: String,
}

/// Which spans are exported, and where to.
#[derive(Debug)]
pub(super) struct Settings {
    pub target: Target,
    /// The variable that has it.
    pub named: &'static str,
    /// Of one request, with what is tried again.
    pub timeout: Duration,
    /// Further certificates to trust.
    pub ca_file: Option<PathBuf>,
    /// Spans that may wait.
    pub queue: usize,
    pub sampling: Sampling,
}

/// Which traces are recorded.
#[derive(Clone, Debug)]
pub(super) struct Sampling {
    /// Of traces that begin here.
    pub root: Sampler,
    /// In a trace of somebody else's, what they decided counts.
    pub is_parent_based: bool,
}

/// Reads the variables; none, if they ask for no traces. An empty variable counts as unset.
///
/// # Errors
/// If one cannot be used.
pub(super) fn read(
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Settings>, TracesError> {
    let of = |name: &'static str| {
        let value = variable(name)?.trim().to_owned();
        (!value.is_empty()).then_some((name, value))
    };
    let is = |name, word: &str| of(name).is_some_and(|(_, value)| value.eq_ignore_ascii_case(word));
    if is("OTEL_SDK_DISABLED", "true") || is("OTEL_TRACES_EXPORTER", "none") {
        return Ok(None);
    }
    let traces = of("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    let endpoint = traces.or_else(|| {
        let (name, all) = of("OTEL_EXPORTER_OTLP_ENDPOINT")?;
        let slash = if all.ends_with('/') { "" } else { "/" };
        Some((name, format!("{all}{slash}{PATH}")))
    });
    let Some((named, endpoint)) = endpoint else {
        return Ok(None);
    };
    let wrong = |variable, why: String| Err(TracesError { variable, why });
    if let Some((name, _)) = of("OTEL_TRACES_EXPORTER").filter(|(_, value)| value != "otlp") {
        return wrong(name, "only otlp and none are supported".to_owned());
    }
    let protocol = of("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL");
    let protocol = protocol.or_else(|| of("OTEL_EXPORTER_OTLP_PROTOCOL"));
    if let Some((name, _)) = protocol.filter(|(_, value)| value != PROTOCOL) {
        return wrong(name, format!("only {PROTOCOL} is supported"));
    }
    let target = match Target::parse(&endpoint) {
        Ok(target) => target,
        Err(error) => return wrong(named, error.to_string()),
    };
    let timeout = of("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT");
    let timeout = match timeout.or_else(|| of("OTEL_EXPORTER_OTLP_TIMEOUT")) {
        None => TIMEOUT,
        Some((name, value)) => match value.parse() {
            Ok(milliseconds @ 1_u64..) => Duration::from_millis(milliseconds),
            _ => {
                return wrong(
                    name,
                    "must be a number of milliseconds, at least 1".to_owned(),
                );
            }
        },
    };
    let queue = match of("OTEL_BSP_MAX_QUEUE_SIZE") {
        None => QUEUE,
        Some((name, value)) => match value.parse() {
            Ok(queue) if (1..=QUEUE_LIMIT).contains(&queue) => queue,
            _ => {
                return wrong(
                    name,
                    format!("must be a number of spans, from 1 to {QUEUE_LIMIT}"),
                );
            }
        },
    };
    let ca_file = of("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE");
    let ca_file = ca_file.or_else(|| of("OTEL_EXPORTER_OTLP_CERTIFICATE"));
    Ok(Some(Settings {
        target,
        named,
        timeout,
        ca_file: ca_file.map(|(_, file)| file.into()),
        queue,
        sampling: sampling(of("OTEL_TRACES_SAMPLER"), of("OTEL_TRACES_SAMPLER_ARG"))?,
    }))
}

fn sampling(
    sampler: Option<(&'static str, String)>,
    argument: Option<(&'static str, String)>,
) -> Result<Sampling, TracesError> {
    let (variable, name) = sampler.unwrap_or(("", "parentbased_always_on".to_owned()));
    let ratio = || match &argument {
        None => Ok(1.0),
        Some((variable, value)) => match value.parse::<f64>() {
            Ok(ratio @ 0.0..=1.0) => Ok(ratio),
            _ => Err(TracesError {
                variable,
                why: "must be a number from 0 to 1".to_owned(),
            }),
        },
    };
    let (is_parent_based, root) = match name.strip_prefix("parentbased_") {
        Some(root) => (true, root),
        None => (false, &*name),
    };
    let root = match root {
        "always_on" => Sampler::AlwaysOn,
        "always_off" => Sampler::AlwaysOff,
        "traceidratio" => Sampler::TraceIdRatioBased(ratio()?),
        _ => {
            let why = "must be always_on, always_off or traceidratio, or one of them with parentbased_ before it";
            return Err(TracesError {
                variable,
                why: why.to_owned(),
            });
        }
    };
    Ok(Sampling {
        root,
        is_parent_based,
    })
}

#[cfg(test)]
mod tests;
