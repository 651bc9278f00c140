#![allow(clippy::unwrap_used)]
use super::*;

const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");

fn of(variables: &[(&str, &str)]) -> Result<Option<Settings>, TracesError> {
    read(&|name| {
        let mut variables = variables.iter();
        let found = variables.find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

fn with(more: &[(&str, &str)]) -> Settings {
    of(&[&[ENDPOINT], more].concat()).unwrap().unwrap()
}

#[test]
fn without_an_endpoint_there_are_no_traces() {
    for variables in [
        &[][..],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")],
        &[
            ("OTEL_TRACES_SAMPLER", "always_on"),
            ("OTEL_SERVICE_NAME", "a"),
        ],
        &[ENDPOINT, ("OTEL_SDK_DISABLED", "TRUE")],
        &[ENDPOINT, ("OTEL_TRACES_EXPORTER", "none")],
        // What is wrong with traces that nobody wants is no fault.
        &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
    ] {
        assert!(of(variables).unwrap().is_none(), "{variables:?}");
    }
}

/// As the specification of the exporter has it: the signal's own endpoint as it is, the common
/// one with `/v1/traces` behind it.
#[test]
fn the_endpoint_of_traces_is_taken_as_it_is() {
    let uri = |variables: &[(&str, &str)]| with(variables).target.uri().to_string();
    assert_eq!(uri(&[]), "http://collector:4318/v1/traces");
    let slash = of(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://c.example/otlp/")]);
    let slash = slash.unwrap().unwrap();
    assert_eq!(
        slash.target.uri().to_string(),
        "https://c.example/otlp/v1/traces"
    );
    let own = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:1/in");
    assert_eq!(uri(&[own]), "http://traces:1/in");
}

#[test]
fn the_defaults_are_those_of_the_specification() {
    let settings = with(&[]);
    assert_eq!(settings.timeout, Duration::from_secs(10));
    assert_eq!(settings.queue, 2048);
    assert!(settings.sampling.is_parent_based);
    assert!(matches!(settings.sampling.root, Sampler::AlwaysOn));
    let settings = with(&[
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "1500"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "7"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca.pem"),
    ]);
    assert_eq!(settings.timeout, Duration::from_millis(1500));
    assert_eq!(settings.queue, 7);
    assert_eq!(settings.ca_file, Some("/ca.pem".into()));
}

#[test]
fn samplers() {
    let of = |name, argument| {
        with(&[
            ("OTEL_TRACES_SAMPLER", name),
            ("OTEL_TRACES_SAMPLER_ARG", argument),
        ])
        .sampling
    };
    assert!(!of("always_on", "").is_parent_based);
    assert!(matches!(of("always_off", "").root, Sampler::AlwaysOff));
    assert!(matches!(
        of("parentbased_always_off", "").root,
        Sampler::AlwaysOff
    ));
    let ratio = of("parentbased_traceidratio", "0.25");
    assert!(ratio.is_parent_based);
    assert!(matches!(ratio.root, Sampler::TraceIdRatioBased(ratio) if (ratio - 0.25).abs() < 1e-9));
    assert!(
        matches!(of("traceidratio", "").root, Sampler::TraceIdRatioBased(ratio) if ratio >= 1.0)
    );
}

#[test]
fn what_cannot_be_used_names_its_variable_and_not_its_value() {
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector:4318"),
        (
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "http://me:s3cr3t@collector/s3cr3t",
        ),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "-1"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
    ] {
        let why = of(&[ENDPOINT, (name, value)]).unwrap_err().to_string();
        assert!(why.starts_with(&format!("{name}: ")), "{why}");
        assert!(!why.contains("s3cr3t"), "{why}");
    }
    for argument in ["2", "-0.1", "NaN", "all"] {
        let wrong = of(&[
            ENDPOINT,
            ("OTEL_TRACES_SAMPLER", "traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", argument),
        ]);
        let why = wrong.unwrap_err().to_string();
        assert!(why.starts_with("OTEL_TRACES_SAMPLER_ARG: "), "{why}");
    }
}
