use std::io::BufRead;
fn main() {
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let (program, input) = line.split_once('\t').unwrap_or((&line, "null"));
        let program = program.replace("\u{1}", "\n");
        let program = &program;
        match expressions::Expression::compile(program) {
            Err(faults) => println!(
                "FAULT {}",
                faults
                    .iter()
                    .map(|f| f.to_string())
                    .collect::<Vec<_>>()
                    .join(" / ")
            ),
            Ok(compiled) => {
                let mut out = Vec::new();
                match expressions::read(input) {
                    Err(e) => out.push(format!("INPUT {e}")),
                    Ok(input) => {
                        for o in compiled.run(input, "2026-11-23T11:23:42Z").take(2000) {
                            match o {
                                Ok(v) => out.push(
                                    expressions::write(&v).unwrap_or_else(|e| format!("WRITE {e}")),
                                ),
                                Err(e) => out.push(format!("ERR {e}")),
                            }
                        }
                    }
                }
                println!("{}", out.join(" ; "));
            }
        }
    }
}
