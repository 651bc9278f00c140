//! Tables, or one entry below the other where a table is too wide.

use super::color;
use super::columns;
use comfy_table::{ContentArrangement, Table, presets};

/// A table, unless a line of it would be broken. Then each row is a block that begins with
/// its first two values.
pub fn arranged(names: &[&str], rows: &[Vec<String>], width: Option<usize>) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(names);
    for row in rows {
        table.add_row(row);
    }
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    let widest = lines
        .iter()
        .map(|line| line.chars().count())
        .max()
        .unwrap_or(0);
    if width.is_none_or(|width| widest <= width) {
        return lines.join("\n") + "\n";
    }
    let labels: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let block = |row: &Vec<String>| {
        let (index, name) = (row.first(), row.get(1));
        let title = [index, name]
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>();
        let fields = labels.iter().map(String::as_str).zip(row.iter().cloned());
        let fields = columns::fields(fields.skip(2), width);
        format!("{}\n{fields}", color::bold(&title.join("  ")))
    };
    rows.iter().map(block).collect::<Vec<_>>().join("\n")
}
