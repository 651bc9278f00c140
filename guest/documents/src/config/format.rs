//! The form of the body.

use super::fields::Fields;
use rules::cloudevents::is_source;
use rules::shape::Format;

const FORMATS: [(&str, Format); 3] = [
    ("servo", Format::Servo),
    ("cloudevents", Format::Cloudevents),
    ("cloudevents-binary", Format::CloudeventsBinary),
];

/// Reads the field `format`. A CloudEvent names its source, which is the host's to say.
pub fn read(fields: &mut Fields<'_>, source: &str) -> Format {
    let format = fields.choice("format", &FORMATS).unwrap_or_default();
    if format != Format::Servo && !is_source(source) {
        let why = if source.is_empty() {
            "a CloudEvent needs a source, and this servo has no name"
        } else {
            "the source of a CloudEvent must be a URI reference, and this servo's name is not one"
        };
        fields.error(
            "format",
            format!("{why}; set --source or SERVO_WEBHOOKS_SOURCE, for example to /servos/web"),
        );
    }
    format
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use crate::config::test_webhook::{good, refuses, with};
    use serde_json::json;

    #[test]
    fn formats() {
        assert_eq!(good(&json!({"format": "servo"})).shape, "");
        for format in ["cloudevents", "cloudevents-binary"] {
            let document = json!([with(&json!({"format": format}))]).to_string();
            let read = parse(&document, &[], "/servos/web");
            assert!(read.problems.is_empty(), "{:?}", read.problems);
            assert!(read.webhooks[0].shape.contains(format));
            let refused = parse(&document, &[], "my servo");
            assert!(refused.problems[0].message.contains("URI reference"));
        }
        refuses(&json!({"format": "cloudevents"}), "/0/format", "--source");
        refuses(&json!({"format": "xml"}), "/0/format", "servo, cloudevents");
        refuses(&json!({"format": 1}), "/0/format", "servo, cloudevents");
    }
}
