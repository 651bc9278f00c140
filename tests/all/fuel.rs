//! What the pure functions cost, in instructions of WebAssembly: the same on every
//! machine, however busy it is. What became dearer shows here, before anyone measures it.
//!
//! `tests/fuel.json` holds what each call took; set `UPDATE_FUEL` to write it anew, and say
//! in the commit why a figure moved.

use servo_webhooks::__internal::connector::wit;
use servo_webhooks::Component;
use std::collections::BTreeMap;
use std::path::Path;
use wasmtime::component::Linker;
use wasmtime::{Config, Engine, Store};

/// By so many hundredths a figure may differ: compilers and libraries move it a little.
const TOLERANCE: u64 = 5;

const PARAMETERS: &str = r#"{"adjustments":[{"component_name":"web","setting_name":"cpu","value":2.5},{"component_name":"db","setting_name":"mem","value":"4GiB"}],"control":{"settlement":null}}"#;

/// Of an after event, with the default retries.
const POLICY: &str = "after 12 180000000000";

/// A call of the contract, as hosts make it.
type Call = fn(&wit::Guest, &mut Store<()>) -> wasmtime::Result<()>;

/// Name and call. Each runs in a fresh instance, whose start counts too.
const CALLS: [(&str, Call); 8] = [
    ("render 1 KiB", |guest, store| {
        render(guest, store, "", 1 << 10)
    }),
    ("render 64 KiB", |guest, store| {
        render(guest, store, "", 64 << 10)
    }),
    ("sign 1 KiB", |guest, store| {
        sign(guest, store, "", "s3cr3t", 1 << 10)
    }),
    ("sign 64 KiB", |guest, store| {
        sign(guest, store, "", "s3cr3t", 64 << 10)
    }),
    ("sign 1 KiB, v1", |guest, store| {
        let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        sign(guest, store, "standard", key, 1 << 10)
    }),
    ("judge", |guest, store| {
        let answer = wit::Answer {
            status: 204,
            headers: &[],
            body: None,
        };
        let attempt = wit::Attempt {
            number: 1,
            elapsed: 0,
            now: 0,
            outcome: wit::Outcome::Answer(answer),
        };
        let ruling = guest.call_judge(store, POLICY, attempt)?;
        assert!(matches!(ruling.verdict, wit::Verdict::Delivered));
        Ok(())
    }),
    ("select among 1,000", |guest, store| {
        let names: Vec<String> = (0..1000).map(|index| format!("after:e{index}")).collect();
        let names: Vec<[&str; 1]> = names.iter().map(|name| [name.as_str()]).collect();
        let listeners: Vec<&[&str]> = names.iter().map(|names| &names[..]).collect();
        assert_eq!(guest.call_select(store, &listeners, "after:e7")?, [7]);
        Ok(())
    }),
    ("parse-config of 100", |guest, store| {
        let webhook = |index| {
            format!(
                r#"{{"name":"w{index}","events":["after:measure","before:adjust"],"url":"https://hooks.example.com/{index}","secret":{{"handle":{index}}}}}"#
            )
        };
        let webhooks: Vec<String> = (0..100).map(webhook).collect();
        let document = format!("[{}]", webhooks.join(","));
        let read = guest.call_parse_config(store, &document, &[], "")?;
        assert_eq!(read.webhooks.len(), 100);
        Ok(())
    }),
];

fn render(
    guest: &wit::Guest,
    store: &mut Store<()>,
    shape: &str,
    size: usize,
) -> wasmtime::Result<()> {
    let filling = "x".repeat(size - PARAMETERS.len() - 40);
    let results = format!(r#"[{{"connector":"kubernetes","value":"{filling}"}}]"#);
    let notification = wit::Notification::Event(wit::EventParam {
        name: "after:adjust",
        id: "01a20aa8-f525-771f-81b4-4d748b3035ec",
        created: "2026-11-23T11:23:42.243402+00:00",
        parameters: PARAMETERS,
        results: Some(&results),
    });
    let rendered = guest.call_render(store, shape, notification)?;
    assert!(matches!(rendered, Ok(wit::Rendering::Send(_))));
    Ok(())
}

fn sign(
    guest: &wit::Guest,
    store: &mut Store<()>,
    scheme: &str,
    secret: &str,
    size: usize,
) -> wasmtime::Result<()> {
    let body = "x".repeat(size);
    let context = wit::SigningContext {
        delivery: "01a20aa8-f6a5-74da-87cc-3accaf9b6684",
        attempt: 1,
        now: 1_795_433_022_000_000_000,
    };
    let signed = guest.call_sign(store, scheme, &[secret], context, wit::Content::Text(&body))?;
    assert!(signed.is_ok_and(|headers| !headers.is_empty()));
    Ok(())
}

fn measure() -> BTreeMap<String, u64> {
    let mut config = Config::new();
    config.consume_fuel(true).concurrency_support(false);
    let engine = Engine::new(&config).unwrap();
    let bytes = Component::built_in();
    let component = wasmtime::component::Component::new(&engine, bytes.bytes()).unwrap();
    let pre = Linker::new(&engine).instantiate_pre(&component).unwrap();
    let pre = wit::WebhookConnectorPre::new(pre).unwrap();
    let cost = |call: Call| {
        let mut store = Store::new(&engine, ());
        store.set_fuel(u64::MAX).unwrap();
        let instance = pre.instantiate(&mut store).unwrap();
        call(instance.servo_webhooks_connector(), &mut store).unwrap();
        u64::MAX - store.get_fuel().unwrap()
    };
    CALLS
        .into_iter()
        .map(|(name, call)| (name.to_owned(), cost(call)))
        .collect()
}

#[test]
fn no_function_became_dearer_unnoticed() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuel.json");
    let measured = measure();
    if std::env::var_os("UPDATE_FUEL").is_some() {
        let text = serde_json::to_string_pretty(&measured).unwrap();
        std::fs::write(&file, text + "\n").unwrap();
    }
    let known: BTreeMap<String, u64> =
        serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert!(measured.keys().eq(known.keys()), "other calls than known");
    let moved: Vec<String> = measured
        .iter()
        .filter(|(name, cost)| cost.abs_diff(known[*name]) * 100 > known[*name] * TOLERANCE)
        .map(|(name, cost)| format!("{name}: {cost} instructions, and it was {}", known[name]))
        .collect();
    assert!(
        moved.is_empty(),
        "moved by more than {TOLERANCE} %: {moved:#?}; see tests/all/fuel.rs"
    );
}
