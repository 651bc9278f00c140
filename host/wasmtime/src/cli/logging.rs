//! Logs, on standard error.

use clap::{Args, ValueEnum};
use tracing::Level;
use tracing_subscriber::fmt;

/// How much is logged, and how.
#[derive(Args, Debug)]
#[command(next_help_heading = "Logging")]
pub struct Logging {
    /// What is logged to standard error
    #[arg(
        long,
        global = true,
        value_name = "LEVEL",
        default_value = "warn",
        env = "SERVO_WEBHOOKS_LOG"
    )]
    log_level: LogLevel,
    /// Logs as text or as one JSON object a line
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

impl LogLevel {
    fn level(self) -> Option<Level> {
        match self {
            Self::Off => None,
            Self::Error => Some(Level::ERROR),
            Self::Warn => Some(Level::WARN),
            Self::Info => Some(Level::INFO),
            Self::Debug => Some(Level::DEBUG),
            Self::Trace => Some(Level::TRACE),
        }
    }
}

/// Starts logging. Only this project's own events are logged: what libraries say of
/// requests may hold paths and headers.
pub fn start(logging: &Logging) {
    let Some(level) = logging.log_level.level() else {
        return;
    };
    let filter = tracing_subscriber::filter::Targets::new().with_target("servo_webhooks", level);
    let layer = fmt::layer().with_writer(std::io::stderr).with_target(false);
    use tracing_subscriber::layer::{Layer, SubscriberExt};
    use tracing_subscriber::util::SubscriberInitExt;
    let registry = tracing_subscriber::registry();
    match logging.log_format {
        LogFormat::Json => registry
            .with(layer.json().flatten_event(true).with_filter(filter))
            .init(),
        LogFormat::Text => {
            let color =
                anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
            registry
                .with(layer.with_ansi(color).with_filter(filter))
                .init();
        }
    }
}
