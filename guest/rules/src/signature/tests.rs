use super::*;

fn context() -> SigningContext {
    SigningContext {
        delivery: "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned(),
        attempt: 1,
        now: 1_614_265_330_999_999_999,
    }
}

/// The test cases of RFC 2202, section 3.
#[test]
fn rfc_2202() {
    let long = [0xaa; 80];
    let cases: [(&[u8], &[u8], &str); 4] = [
        (
            &[0x0b; 20],
            b"Hi There",
            "b617318655057264e28bc0b6fb378c8ef146be00",
        ),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
        ),
        (
            &[0xaa; 20],
            &[0xdd; 50],
            "125d7342b9ac11cd91a39af48aa17b4f63f175d3",
        ),
        (
            &long,
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "aa4ae5e15272d00e95705637ce8a3b55ed402112",
        ),
    ];
    for (key, body, expected) in cases {
        let headers = sign("", &[key], &context(), body).unwrap();
        assert_eq!(headers.len(), 1);
        assert_eq!(headers[0].name, "X-Servo-Signature");
        assert_eq!(headers[0].value, expected);
    }
}

/// The example of the standard's own documentation.
#[test]
fn the_standard_s_example() {
    let secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
    let headers = sign("standard", &secrets, &context(), br#"{"test": 2432232314}"#).unwrap();
    let found: Vec<_> = headers
        .iter()
        .map(|header| (header.name.as_str(), header.value.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            (
                "webhook-signature",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
            ),
        ]
    );
}

#[test]
fn the_first_plain_secret_is_the_current_one() {
    let both = sign("", &["new", "old"], &context(), b"x").unwrap();
    assert_eq!(both, sign("", &["new"], &context(), b"x").unwrap());
    assert_ne!(both, sign("", &["old"], &context(), b"x").unwrap());
    let prefixed = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert_eq!(
        both,
        sign("", &[prefixed, "new"], &context(), b"x").unwrap(),
        "a prefixed key never signs this"
    );
}

#[test]
fn every_key_signs_while_they_rotate() {
    let hmac = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let seed = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    let headers = sign(
        "servo standard",
        &[hmac, "plain", seed, hmac],
        &context(),
        b"x",
    )
    .unwrap();
    assert_eq!(headers.len(), 4);
    let versions: Vec<_> = headers[3]
        .value
        .split(' ')
        .filter_map(|signature| Some(signature.split_once(',')?.0))
        .collect();
    assert_eq!(versions, ["v1", "v1a", "v1"]);
}

#[test]
fn unusable_secrets() {
    let hmac = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    for (scheme, secrets, place, says) in [
        ("", &[][..], 0, "no secret"),
        ("", &["a", ""], 1, "empty"),
        ("", &[hmac], 0, "add a secret without a prefix"),
        (
            "servo standard",
            &[hmac],
            0,
            "add a secret without a prefix",
        ),
        ("standard", &["plain"], 0, "add one with whsec_"),
        ("standard", &["whsec_"], 0, "24 to 64 bytes"),
        ("standard", &["whsec_c2hvcnQ="], 0, "24 to 64 bytes"),
        ("standard", &[hmac, "whsec_not base64"], 1, "24 to 64 bytes"),
        ("standard", &["whsk_c2hvcnQ="], 0, "32 bytes"),
        (
            "standard",
            &["whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="],
            0,
            "sign with the private one",
        ),
        ("standard", &["whpk_c2hvcnQ="], 0, "32 bytes"),
        ("v9", &["a"], 0, "not this component's"),
    ] {
        let error = sign(scheme, secrets, &context(), b"").unwrap_err();
        assert_eq!(error.secret, place, "{secrets:?}");
        assert!(error.message.contains(says), "{}", error.message);
        assert!(!error.message.contains("MfKQ") && !error.message.contains("c2hvcnQ"));
    }
}

/// A pair whose halves do not belong together would sign what nobody can verify.
#[test]
fn a_pair_must_be_one() {
    // The seed of RFC 8032, section 7.1, test 1, with its public key and with another.
    let right = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==";
    assert!(sign("standard", &[right], &context(), b"").is_ok());
    let wrong = right.replace("9wdRGg", "9wdRGw");
    assert!(sign("standard", &[wrong.as_str()], &context(), b"").is_err());
}

/// A signature verifies with either half of the pair that made it.
#[test]
fn either_half_of_a_pair_verifies() {
    let private = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
    let public = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let headers = sign("standard", &[private], &context(), b"body").unwrap();
    let value = |at: usize| Some(headers[at].value.as_str());
    let request = Request {
        id: value(0),
        timestamp: value(1),
        standard: value(2),
        body: b"body",
        ..Request::default()
    };
    for key in [private, public] {
        assert_eq!(
            verify(&[key], &request, 1_614_265_330, 5),
            Ok(vec!["webhook-signature v1a"])
        );
        let changed = Request {
            body: b"other",
            ..request
        };
        assert!(verify(&[key], &changed, 1_614_265_330, 5).is_err());
    }
}
