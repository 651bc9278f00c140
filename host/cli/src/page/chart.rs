//! Small charts, drawn here: lines over the last minutes, and the attempts of a delivery.

use maud::{Markup, html};

const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 40.0;

/// A line over time, oldest first, with what it says in words. There may be gaps.
pub fn line(label: &str, values: &[Option<f64>]) -> Markup {
    let top = values.iter().flatten().copied().fold(0.0, f64::max);
    let step = WIDTH / values.len().saturating_sub(1).max(1) as f64;
    let mut lines: Vec<String> = vec![String::new()];
    for (nth, value) in values.iter().enumerate() {
        let Some(value) = value else {
            lines.push(String::new());
            continue;
        };
        let height = if top > 0.0 { value / top } else { 0.0 };
        let (x, y) = (nth as f64 * step, HEIGHT - 1.0 - height * (HEIGHT - 3.0));
        if let Some(line) = lines.last_mut() {
            line.push_str(&format!("{x:.1},{y:.1} "));
        }
    }
    html! {
        svg class="chart" role="img" aria-label=(label) viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" {
            line class="ground" x1="0" y1=(HEIGHT - 0.5) x2=(WIDTH) y2=(HEIGHT - 0.5) {}
            @for points in lines.iter().filter(|line| !line.is_empty()) {
                // The first one twice: a line of one point is a dot.
                @let first = points.split(' ').next().unwrap_or_default();
                polyline points={ (first) " " (points.trim_end()) } {}
            }
        }
    }
}

/// A stretch of time with what happened in it.
pub struct Stretch {
    /// From the beginning, in milliseconds.
    pub from: i64,
    /// How long it took, in milliseconds.
    pub took: i64,
    /// Whether it came to what it should.
    pub good: bool,
}

/// Attempts over the time of a delivery, with what that says in words.
pub fn timeline(label: &str, whole: i64, stretches: &[Stretch]) -> Markup {
    let scale = WIDTH / whole.max(1) as f64;
    let bar = |stretch: &Stretch| {
        let width = (stretch.took as f64 * scale).clamp(2.0, WIDTH);
        let x = (stretch.from as f64 * scale).clamp(0.0, WIDTH - width);
        (format!("{x:.1}"), format!("{width:.1}"))
    };
    html! {
        svg class="timeline" role="img" aria-label=(label) viewBox={ "0 0 " (WIDTH) " 16" } preserveAspectRatio="none" {
            line class="ground" x1="0" y1="8" x2=(WIDTH) y2="8" {}
            @for stretch in stretches {
                @let (x, width) = bar(stretch);
                // Failed ones are lower too, and not of another colour alone.
                @if stretch.good {
                    rect class="good" x=(x) y="1" width=(width) height="14" {}
                } @else {
                    rect class="bad" x=(x) y="5" width=(width) height="6" {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fits_into_its_chart_and_has_gaps() {
        let values = [Some(0.0), Some(10.0), None, Some(5.0)];
        let drawn = line("rate", &values).into_string();
        assert!(
            drawn.contains("points=\"0.0,39.0 0.0,39.0 80.0,2.0\""),
            "{drawn}"
        );
        assert!(
            drawn.contains("points=\"240.0,20.5 240.0,20.5\""),
            "{drawn}"
        );
        assert!(!line("none", &[]).into_string().contains("polyline"));
    }

    #[test]
    fn no_attempt_is_too_short_to_be_seen_or_outside() {
        let stretch = |from, took| Stretch {
            from,
            took,
            good: false,
        };
        let stretches = [stretch(0, 1), stretch(1_000, 9_000)];
        let drawn = timeline("two", 1_000, &stretches).into_string();
        assert!(drawn.contains("x=\"0.0\" y=\"5\" width=\"2.0\""), "{drawn}");
        assert!(
            drawn.contains("x=\"0.0\" y=\"5\" width=\"240.0\""),
            "{drawn}"
        );
    }
}
