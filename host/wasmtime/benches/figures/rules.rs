//! What the rules cost in the sandbox, beside the same rules called natively.

use super::context::Context;
use super::events::{self, PARAMETERS};
use super::figure::{Curve, Figure, Goal, Growth, Measured, median};
use super::native::{Native, Sha1};
use servo_webhooks::Connector;
use servo_webhooks::connector::{Shape, wit};
use std::hint::black_box;
use std::time::Instant;

/// A UUID, as ids and deliveries have them.
pub const ID: &str = "01a20aa8-f525-771f-81b4-4d748b3035ec";

/// As the host writes it.
pub const CREATED: &str = "2026-11-23T11:23:42.243402+00:00";

/// Of an after event, with the default retries.
pub const POLICY: &str = "after 12 180000000000";

const WHEN: &str =
    r#"{"when": ".parameters.adjustments | any(.setting_name == \"cpu\" and .value > 2)"}"#;
const PAYLOAD: &str = r#"{"payload": "{\"@timestamp\": .created_at, event: {action: .event, id: .id}, components: [.results[].value.components[]?]}"}"#;

/// Bytes of a body, from 1 KB to 10 MB.
const SIZES: [usize; 5] = [1000, 10_000, 100_000, 1_000_000, 10_000_000];

/// What it is called on the plot, and how it is made.
const WAYS: [&str; 4] = [
    "fresh",
    "warm",
    "native, software SHA-1",
    "native, SHA instructions",
];

/// Measures the group.
pub fn measure(context: &Context) -> Measured {
    let mut measured = Measured::default();
    let connector = Connector::built_in().unwrap();
    let sizes: Vec<[Vec<f64>; 4]> = SIZES
        .iter()
        .map(|size| whole_path(context, &connector, *size))
        .collect();
    for (size, name, most, goal) in [
        (
            0,
            "render, sign and judge, 1 KB, fresh",
            Goal::at_most(12.0),
            true,
        ),
        (
            0,
            "render, sign and judge, 1 KB, warm",
            Goal::at_most(6.0),
            true,
        ),
        (
            3,
            "render, sign and judge, 1 MB, fresh",
            Goal::at_most_times(1.3),
            false,
        ),
        (
            3,
            "render, sign and judge, 1 MB, warm",
            Goal::at_most_times(1.3),
            false,
        ),
    ] {
        let [fresh, warm, software, instructions] = &sizes[size];
        let ours = if name.ends_with("fresh") { fresh } else { warm };
        let figure = Figure::new(name, "us", ours);
        measured
            .figures
            .push(figure.clone().beside(WAYS[2], software).goal(most));
        if goal {
            measured.figures.push(figure.beside(WAYS[3], instructions));
        }
    }
    let [whole, remembered] = context.rounds(|| {
        let results = events::results(SIZES[0]);
        [
            micros(400, 10, || {
                drop(black_box(path(&connector, &results, true)))
            }),
            micros(400, 10, || {
                drop(black_box(path(&connector, &results, false)))
            }),
        ]
    });
    measured.figures.push(
        Figure::new(
            "the same, fresh, with the ruling remembered",
            "us",
            &remembered,
        )
        .beside("asked for", &whole)
        .goal(Goal::at_most(12.0)),
    );
    measured.figures.extend(expressions(context));
    measured.growth.push(growth(&sizes));
    measured
}

/// Microseconds of each way, for each round.
fn whole_path(context: &Context, connector: &Connector, size: usize) -> [Vec<f64>; 4] {
    let results = events::results(size);
    let kept = connector.clone().keeping_instances();
    let native = Native::new(&results);
    let (body, signature) = path(connector, &results, true);
    for sha1 in [Sha1::Software, Sha1::Instructions] {
        assert_eq!(native.path(sha1), (body.clone(), signature.clone()));
    }
    let (batches, calls) = match size {
        ..10_000 => (400, 10),
        _ => ((20_000_000 / size).clamp(3, 400), 1),
    };
    context.rounds(|| {
        [
            micros(batches, calls, || {
                drop(black_box(path(connector, &results, true)));
            }),
            micros(batches, calls, || {
                drop(black_box(path(&kept, &results, true)));
            }),
            micros(batches, calls, || {
                drop(black_box(native.path(Sha1::Software)));
            }),
            micros(batches, calls, || {
                drop(black_box(native.path(Sha1::Instructions)));
            }),
        ]
    })
}

fn growth(sizes: &[[Vec<f64>; 4]]) -> Growth {
    let curve = |way: usize| Curve {
        name: WAYS[way].to_owned(),
        points: SIZES
            .iter()
            .zip(sizes)
            .map(|(size, times)| (*size as f64, median(&times[way])))
            .collect(),
    };
    Growth {
        name: "render, sign and judge, us".to_owned(),
        with: "bytes of the body".to_owned(),
        logarithmic: (true, true),
        curves: (0..WAYS.len()).map(curve).collect(),
    }
}

fn expressions(context: &Context) -> Vec<Figure> {
    let results = events::results(SIZES[0]);
    // Never hears of an expression.
    let plain = Connector::built_in().unwrap();
    let connector = Connector::built_in().unwrap();
    let shapes = [WHEN, PAYLOAD].map(|fields| shape(&connector, fields));
    let time = |connector: &Connector, shape: &Shape| {
        micros(400, 10, || {
            drop(black_box(render(connector, shape, &results)))
        })
    };
    let default = Shape::default();
    let [path, before, after, when, payload] = context.rounds(|| {
        [
            micros(400, 10, || drop(black_box(path(&plain, &results, true)))),
            time(&plain, &default),
            time(&connector, &default),
            time(&connector, &shapes[0]),
            time(&connector, &shapes[1]),
        ]
    });
    vec![
        Figure::new("`when`, rendered warm", "us", &when).beside("whole default path", &path),
        Figure::new("`payload`, rendered warm", "us", &payload).beside("whole default path", &path),
        Figure::new("default rendering beside expressions", "us", &after)
            .beside("without them", &before),
    ]
}

/// The median of so many batches of so many calls: microseconds of one call.
pub fn micros(batches: usize, calls: u32, mut call: impl FnMut()) -> f64 {
    call();
    let times: Vec<f64> = (0..batches)
        .map(|_| {
            let started = Instant::now();
            for _ in 0..calls {
                call();
            }
            started.elapsed().as_secs_f64() * 1e6 / f64::from(calls)
        })
        .collect();
    median(&times)
}

fn shape(connector: &Connector, fields: &str) -> Shape {
    let mut webhook: serde_json::Value = serde_json::from_str(fields).unwrap();
    webhook["events"] = "after:adjust".into();
    webhook["url"] = "http://127.0.0.1/".into();
    webhook["secret"] = serde_json::json!({"handle": 0});
    let document = serde_json::json!([webhook]).to_string();
    let read = connector.parse_config(&document, &[], "").unwrap();
    Shape {
        token: read.webhooks[0].shape.clone(),
        warm: true,
    }
}

fn render(connector: &Connector, shape: &Shape, results: &str) -> String {
    let occasion = wit::Occasion::Event(wit::EventParam {
        name: "after:adjust",
        id: ID,
        created: CREATED,
        parameters: PARAMETERS,
        results: Some(results),
    });
    let size = PARAMETERS.len() + results.len();
    match connector.render(shape, occasion, size) {
        Ok(Ok(wit::Rendering::Send(request))) => request.body.unwrap(),
        other => unreachable!("{other:?}"),
    }
}

/// Renders and signs, and judges unless the ruling is remembered; body and signature.
fn path(connector: &Connector, results: &str, judged: bool) -> (String, String) {
    let body = render(connector, &Shape::default(), results);
    let stamp = wit::Stamp {
        delivery: ID,
        attempt: 1,
        now: 0,
    };
    let signed = connector.sign("", &["secret"], stamp, wit::Content::Text(&body));
    let signature = signed.unwrap().unwrap().swap_remove(0).value;
    if judged {
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
        let ruling = connector.judge(POLICY, attempt).unwrap();
        assert!(matches!(ruling.verdict, wit::Verdict::Delivered));
    }
    (body, signature)
}
