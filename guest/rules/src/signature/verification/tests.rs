use super::*;

const BODY: &[u8] = b"what do ya want for nothing?";
const RFC_2202: &str = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";

fn servo<'a>(signature: &'a str, body: &'a [u8]) -> Request<'a> {
    Request {
        servo: Some(signature),
        body,
        ..Request::default()
    }
}

#[test]
fn a_request_of_the_servo_is_verified() {
    let right = servo(RFC_2202, BODY);
    assert_eq!(
        verify(&["Jefe"], &right, 0, 0),
        Ok(vec!["X-Servo-Signature"])
    );
    assert!(
        verify(&["old", "Jefe"], &right, 0, 0).is_ok(),
        "any key does"
    );
    let cut = &RFC_2202[..38];
    let changed = RFC_2202.replace("effc", "effd");
    for (secret, request, says) in [
        (
            "jefe",
            right,
            "signed with a different secret, or the body was changed",
        ),
        ("Jefe", servo(&changed, BODY), "a different secret"),
        ("Jefe", servo(cut, BODY), "is not 40 hexadecimal digits"),
        ("Jefe", servo("", BODY), "is not 40 hexadecimal digits"),
        (
            "Jefe",
            servo(RFC_2202, b"what do ya want for nothing?\n"),
            "a newline at its end that was not signed",
        ),
        ("Jefe", servo(RFC_2202, &BODY[1..]), "a different secret"),
        ("Jefe\n", right, "the secret has different white space"),
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            right,
            "no secret can verify X-Servo-Signature",
        ),
        (
            "Jefe",
            Request {
                length: Some("29"),
                ..right
            },
            "Content-Length is 29, but the body has 28 bytes",
        ),
        (
            "Jefe",
            Request {
                servo: None,
                ..right
            },
            "unsigned",
        ),
        ("", right, "unusable secret"),
    ] {
        let fault = verify(&[secret], &request, 0, 0).unwrap_err().to_string();
        assert!(fault.contains(says), "{fault}");
        assert!(!fault.contains("Jefe"), "{fault}");
    }
    assert!(
        verify(
            &["Jefe"],
            &Request {
                length: Some("28"),
                ..right
            },
            0,
            0
        )
        .is_ok()
    );
}

#[test]
fn a_standard_request_is_verified() {
    let hmac = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let right = Request {
        id: Some("msg_p5jXN8AQM9LWM0D4loKWxJek"),
        timestamp: Some("1614265330"),
        standard: Some("v9,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        body: br#"{"test": 2432232314}"#,
        ..Request::default()
    };
    let now = 1_614_265_330;
    assert_eq!(
        verify(&[hmac], &right, now, 300),
        Ok(vec!["webhook-signature v1"])
    );
    assert!(verify(&[hmac], &right, now + 300, 300).is_ok());
    for (request, now, says) in [
        (
            right,
            now + 301,
            "too old: signed 301 s ago, and 300 s are allowed",
        ),
        (right, now - 301, "too new: signed 301 s in the future"),
        (Request { id: None, ..right }, now, "webhook-id is missing"),
        (
            Request {
                id: Some("other"),
                ..right
            },
            now,
            "a different secret",
        ),
        (
            Request {
                timestamp: None,
                ..right
            },
            now,
            "webhook-timestamp is missing",
        ),
        (
            Request {
                timestamp: Some("soon"),
                ..right
            },
            now,
            "not a number",
        ),
        (
            Request {
                timestamp: Some("1614265331"),
                ..right
            },
            now,
            "a different secret",
        ),
        (
            Request {
                body: b"{}",
                ..right
            },
            now,
            "a different secret",
        ),
        (
            Request {
                standard: Some("v9,AAAA v2,AAAA"),
                ..right
            },
            now,
            "unknown signature scheme: webhook-signature has v9, v2",
        ),
        (
            Request {
                standard: Some("v1,"),
                ..right
            },
            now,
            "a different secret",
        ),
        (
            Request {
                standard: Some("v1"),
                ..right
            },
            now,
            "is not a list of VERSION,BASE64",
        ),
        (
            Request {
                standard: Some("v1a,AAAA"),
                ..right
            },
            now,
            "no secret can verify",
        ),
    ] {
        let fault = verify(&[hmac], &request, now, 300).unwrap_err().to_string();
        assert!(fault.contains(says), "{fault}");
    }
}
