//! Signatures of other makers, and what a receiver is told of a wrong one.

use rules::signature::{Fault, Request, SigningContext, sign, verify};
use serde_json::Value;

const BODY: &[u8] = b"what do ya want for nothing?";
/// RFC 2202, section 3, test 2: the signature of [`BODY`] under `Jefe`.
const SIGNATURE: &str = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
const HMAC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// RFC 8032, section 7.1, test 1.
const PRIVATE: &str = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
const PUBLIC: &str = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

fn vectors() -> Vec<Value> {
    let published = crate::data("vectors/standard-webhooks.json");
    published["vectors"].as_array().unwrap().clone()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn stamp(id: &str, seconds: u64) -> SigningContext {
    SigningContext {
        delivery: id.to_owned(),
        attempt: 1,
        now: seconds * 1_000_000_000,
    }
}

#[test]
fn the_published_vectors_are_signed_and_verified_with_either_half() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 64);
    for vector in &vectors {
        let (id, seconds) = (text(&vector["id"]), vector["timestamp"].as_u64().unwrap());
        let (body, timestamp) = (text(&vector["body"]).as_bytes(), seconds.to_string());
        for (version, key) in [("v1", "key"), ("v1a", "key"), ("v1a", "public")] {
            let (secret, signature) = (&vector[version][key], &vector[version]["signature"]);
            let request = Request {
                id: Some(id),
                timestamp: Some(&timestamp),
                standard: Some(text(signature)),
                body,
                ..Request::default()
            };
            let verified = verify(&[text(secret)], &request, seconds, 0);
            assert_eq!(verified, Ok(vec![named(version)]), "{vector}");
            let changed = Request {
                id: Some("another"),
                ..request
            };
            let fault = verify(&[text(secret)], &changed, seconds, 0).unwrap_err();
            assert_eq!(fault, Fault::Wrong("webhook-signature", None));
            if key == "key" {
                let signed = sign("standard", &[text(secret)], &stamp(id, seconds), body);
                assert_eq!(signed.unwrap()[2].value, text(signature));
            }
        }
    }
}

fn named(version: &str) -> &'static str {
    match version {
        "v1" => "webhook-signature v1",
        _ => "webhook-signature v1a",
    }
}

/// While keys rotate a header holds the signatures of several, in any order: one that fits
/// is enough.
#[test]
fn one_signature_of_several_is_enough() {
    let body = b"x";
    let seconds = 1_614_265_330;
    let headers = sign("standard", &[PRIVATE, HMAC], &stamp("m", seconds), body).unwrap();
    let timestamp = seconds.to_string();
    let request = Request {
        id: Some("m"),
        timestamp: Some(&timestamp),
        standard: Some(&headers[2].value),
        body,
        ..Request::default()
    };
    let others = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for (keys, version) in [
        (&[HMAC][..], "v1"),
        (&[others, HMAC], "v1"),
        (&[PUBLIC], "v1a"),
        (&[PRIVATE], "v1a"),
    ] {
        assert_eq!(
            verify(keys, &request, seconds, 0),
            Ok(vec![named(version)]),
            "{keys:?}"
        );
    }
    let fault = verify(&[others], &request, seconds, 0).unwrap_err();
    assert_eq!(fault, Fault::Wrong("webhook-signature", None));
}

/// The tolerance is for clocks that run apart, in both directions.
#[test]
fn a_timestamp_may_be_as_old_or_as_early_as_is_tolerated() {
    let signed = 1_614_265_330;
    let headers = sign("standard", &[HMAC], &stamp("m", signed), b"x").unwrap();
    let request = Request {
        id: Some("m"),
        timestamp: Some(&headers[1].value),
        standard: Some(&headers[2].value),
        body: b"x",
        ..Request::default()
    };
    for now in [signed - 300, signed, signed + 300] {
        assert!(verify(&[HMAC], &request, now, 300).is_ok(), "{now}");
    }
    for (now, fault) in [
        (signed + 301, Fault::Old(301, 300)),
        (signed - 301, Fault::Early(301, 300)),
    ] {
        assert_eq!(verify(&[HMAC], &request, now, 300), Err(fault));
    }
}

#[test]
fn both_signatures_of_a_request_are_verified() {
    let secrets = ["plain", HMAC];
    let headers = sign("servo standard", &secrets, &stamp("m", 7), b"x").unwrap();
    let request = Request {
        servo: Some(&headers[0].value),
        id: Some("m"),
        timestamp: Some("7"),
        standard: Some(&headers[3].value),
        body: b"x",
        ..Request::default()
    };
    assert_eq!(
        verify(&secrets, &request, 7, 0),
        Ok(vec!["X-Servo-Signature", "webhook-signature v1"])
    );
    // Neither stands in for the other.
    let wrong = "0".repeat(40);
    let half = Request {
        servo: Some(&wrong),
        ..request
    };
    assert!(verify(&secrets, &half, 7, 0).is_err());
}

#[test]
fn upper_case_digits_are_hexadecimal_too() {
    let upper = SIGNATURE.to_uppercase();
    let request = Request {
        servo: Some(&upper),
        body: BODY,
        ..Request::default()
    };
    assert!(verify(&["Jefe"], &request, 0, 0).is_ok());
}

/// What happens most: an editor added a newline, to the body or to the secret, or cut one.
#[test]
fn a_newline_too_many_or_too_few_is_pointed_out() {
    let longer = [BODY, b"\n"].concat();
    let of = |secret: &str, body: &[u8]| {
        sign("", &[secret], &stamp("", 0), body)
            .unwrap()
            .remove(0)
            .value
    };
    for (signature, secret, body, says) in [
        (
            of("Jefe", BODY),
            "Jefe",
            longer.as_slice(),
            "the body has a newline at its end that was not signed",
        ),
        (
            of("Jefe", &longer),
            "Jefe",
            BODY,
            "the newline at the end of the signed body is missing",
        ),
        (of("Jefe\n", BODY), "Jefe", BODY, "different white space"),
        (of("Jefe", BODY), "Jefe\n", BODY, "different white space"),
        (of("Jefe", BODY), "Jefe \r\n", BODY, "different white space"),
        (
            of("jefe", BODY),
            "Jefe",
            BODY,
            "a different secret, or the body was changed",
        ),
    ] {
        let request = Request {
            servo: Some(&signature),
            body,
            ..Request::default()
        };
        let fault = verify(&[secret], &request, 0, 0).unwrap_err().to_string();
        assert!(fault.contains(says), "{fault}");
    }
}

#[test]
fn a_key_of_the_wrong_kind_says_which_to_pass() {
    let servo = Request {
        servo: Some(SIGNATURE),
        body: BODY,
        ..Request::default()
    };
    let why = verify(&[HMAC], &servo, 0, 0).unwrap_err().to_string();
    assert!(
        why.contains("without the prefix whsec_, whsk_ or whpk_"),
        "{why}"
    );
    let standard = Request {
        id: Some("m"),
        timestamp: Some("0"),
        standard: Some("v1,AAAA"),
        body: BODY,
        ..Request::default()
    };
    let why = verify(&["plain"], &standard, 0, 0).unwrap_err().to_string();
    assert!(
        why.contains("that starts with whsec_, whsk_ or whpk_"),
        "{why}"
    );
}

/// RFC 4868 and the standard: at least 24 bytes of key, and no more than 64.
#[test]
fn the_lengths_of_keys() {
    let secret = |bytes: usize| format!("whsec_{}", &"A".repeat((bytes * 8).div_ceil(6)));
    for bytes in [24, 32, 64] {
        assert!(sign("standard", &[secret(bytes)], &stamp("", 0), b"").is_ok());
    }
    for bytes in [1, 23, 65] {
        assert!(sign("standard", &[secret(bytes)], &stamp("", 0), b"").is_err());
    }
}
