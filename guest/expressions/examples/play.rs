//! Plays expressions: reads one JSON object a line, `{"expression": TEXT, "input": TEXT}`
//! with the input as JSON text, and answers each with a line, `{"outputs": [TEXT],
//! "error": TEXT}` or `{"refused": TEXT}`. For the comparison with other implementations.
//!
//!     cargo run -p expressions --example play < cases.jsonl

use expressions::{Expression, read, write};
use serde_json::{Value, json};
use std::io::{BufRead, Write};

/// The most outputs of an expression that are told.
const MOST: usize = 10_000;

fn answer(case: &Value) -> Value {
    let text = |key: &str| case[key].as_str().unwrap_or("null");
    let expression = match Expression::compile(text("expression")) {
        Ok(expression) => expression,
        Err(faults) => {
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            return json!({"refused": faults.join("; ")});
        }
    };
    let Ok(input) = read(text("input")) else {
        // Jq takes more than JSON allows, such as `nan`.
        let input = json!(text("input")).to_string();
        let expression = format!("fromjson | {}", text("expression"));
        return answer(&json!({"expression": expression, "input": input}));
    };
    let mut outputs = Vec::new();
    for output in expression
        .run(input, "2026-11-23T11:23:42.5+01:00")
        .take(MOST)
    {
        match output.and_then(|value| write(&value)) {
            Ok(text) => outputs.push(text),
            Err(error) => return json!({"outputs": outputs, "error": error}),
        }
    }
    json!({ "outputs": outputs })
}

fn play() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let case = serde_json::from_str(&line?).map_err(std::io::Error::other)?;
        writeln!(out, "{}", answer(&case))?;
        out.flush()?;
    }
    Ok(())
}

fn main() -> std::io::Result<()> {
    // Deep recursion is a matter of the sandbox, not of the comparison.
    let thread = std::thread::Builder::new().stack_size(256 << 20);
    let played = thread.spawn(play)?.join();
    played.unwrap_or_else(|_| Err(std::io::Error::other("an expression panicked")))
}
