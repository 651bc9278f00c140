//! Plots. Without a background and in colours of a middle brightness, so that they can be
//! read on light pages and on dark ones.

use super::figure::{Figure, Growth};
use super::table;
use anyhow::anyhow;
use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::path::Path;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const TEXT: RGBColor = RGBColor(0x6e, 0x77, 0x81);
const MET: RGBColor = RGBColor(0x2d, 0xa4, 0x4e);
const MISSED: RGBColor = RGBColor(0xe8, 0x71, 0x0a);
const CURVES: [RGBColor; 4] = [
    RGBColor(0x3b, 0x82, 0xf6),
    RGBColor(0xe8, 0x71, 0x0a),
    RGBColor(0x2d, 0xa4, 0x4e),
    RGBColor(0xa3, 0x71, 0xf7),
];

/// Height of a bar with its gap, and where bars begin and end.
const ROW: i32 = 26;
const LEFT: i32 = 450;
const RIGHT: i32 = 830;
const TOP: i32 = 34;

/// Goals reach this far; what takes more is cut.
const LONGEST: f64 = 2.0;

/// How much of its goal each figure takes, with a line at the goal.
///
/// # Errors
/// If the file cannot be written.
pub fn shares(file: &Path, figures: &[Figure]) -> anyhow::Result<()> {
    let rows: Vec<(&Figure, f64)> = figures
        .iter()
        .filter_map(|figure| Some((figure, figure.share()?)))
        .collect();
    let bottom = TOP + ROW * i32::try_from(rows.len())?;
    let size = (u32::try_from(RIGHT + 60)?, u32::try_from(bottom + 8)?);
    let area = SVGBackend::new(file, size).into_drawing_area();
    let goal = at(1.0);
    text(&area, "the goal", (goal, TOP - 12), HPos::Center)?;
    text(&area, "less is better", (LEFT, TOP - 12), HPos::Left)?;
    let mut top = TOP;
    for (figure, share) in rows {
        let middle = top + ROW / 2 - 2;
        let name = match &figure.baseline {
            Some(baseline) if figure.is_judged_by_ratio() => {
                format!("{}, to {}", figure.name, baseline.name)
            }
            _ => figure.name.clone(),
        };
        let name = name.replace('`', "");
        text(&area, &name, (LEFT - 10, middle), HPos::Right)?;
        let color = if share > 1.0 { MISSED } else { MET };
        let end = at(share.min(LONGEST));
        let bar = [(LEFT, top + 3), (end.max(LEFT + 1), top + ROW - 7)];
        area.draw(&Rectangle::new(bar, color.filled()))
            .map_err(drawing)?;
        let value = table::number(share);
        text(&area, &value, (RIGHT + 50, middle), HPos::Right)?;
        top += ROW;
    }
    let line = [(goal, TOP - 2), (goal, bottom)];
    area.draw(&PathElement::new(line, TEXT.stroke_width(2)))
        .map_err(drawing)?;
    area.present().map_err(drawing)
}

fn at(share: f64) -> i32 {
    LEFT + (share / LONGEST * f64::from(RIGHT - LEFT)).round() as i32
}

/// How things grow, two beside each other.
///
/// # Errors
/// If the file cannot be written.
pub fn growth(file: &Path, all: &[Growth]) -> anyhow::Result<()> {
    let columns = all.len().clamp(1, 2);
    let lines = all.len().div_ceil(2);
    let size = (u32::try_from(columns)? * 440, u32::try_from(lines)? * 300);
    let area = SVGBackend::new(file, size).into_drawing_area();
    for (area, growth) in area.split_evenly((lines, columns)).iter().zip(all) {
        let points = || growth.curves.iter().flat_map(|curve| &curve.points);
        let most = |of: fn(&(f64, f64)) -> f64| points().map(of).fold(0.0, f64::max);
        let least = |of: fn(&(f64, f64)) -> f64| points().map(of).fold(f64::MAX, f64::min);
        let (x, y) = (most(|point| point.0), most(|point| point.1));
        let (from_x, from_y) = (least(|point| point.0), least(|point| point.1));
        match growth.logarithmic {
            (true, true) => panel(
                area,
                growth,
                (from_x..x).log_scale(),
                (decade(from_y)..decade(y) * 10.0).log_scale(),
            ),
            (true, false) => panel(area, growth, (from_x..x).log_scale(), 0.0..y * 1.3),
            (false, _) => panel(area, growth, 0.0..x, 0.0..y * 1.3),
        }?;
    }
    area.present().map_err(drawing)
}

/// The power of ten at or below.
fn decade(value: f64) -> f64 {
    10_f64.powf(value.log10().floor())
}

fn panel<X, Y>(area: &Area<'_>, growth: &Growth, x: X, y: Y) -> anyhow::Result<()>
where
    X: AsRangedCoord<Value = f64, CoordDescType: ValueFormatter<f64>>,
    Y: AsRangedCoord<Value = f64, CoordDescType: ValueFormatter<f64>>,
{
    let font = |size| ("sans-serif", size).into_font().color(&TEXT);
    let mut chart = ChartBuilder::on(area)
        .caption(&growth.name, font(15))
        .margin(12)
        .margin_right(24)
        .x_label_area_size(40)
        .y_label_area_size(48)
        .build_cartesian_2d(x, y)
        .map_err(drawing)?;
    chart
        .configure_mesh()
        .x_desc(&growth.with)
        .axis_desc_style(font(13))
        .label_style(font(12))
        .axis_style(TEXT)
        .bold_line_style(TEXT.mix(0.25))
        .light_line_style(TRANSPARENT)
        .x_labels(6)
        .y_labels(6)
        .x_label_formatter(&|value| short(*value))
        .y_label_formatter(&|value| short(*value))
        .draw()
        .map_err(drawing)?;
    for (curve, color) in growth.curves.iter().zip(CURVES) {
        let line = LineSeries::new(curve.points.iter().copied(), color.stroke_width(2));
        let sample = move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color.stroke_width(2));
        chart
            .draw_series(line)
            .map_err(drawing)?
            .label(&curve.name)
            .legend(sample);
        // Where each point was measured, as long as they can be told apart.
        if curve.points.len() <= 20 {
            let points = curve.points.iter();
            let points = points.map(|point| Circle::new(*point, 3, color.filled()));
            chart.draw_series(points).map_err(drawing)?;
        }
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .label_font(font(12))
        .draw()
        .map_err(drawing)
}

/// 1 k, 10 M.
fn short(value: f64) -> String {
    let (value, unit) = match value.abs() {
        1e6.. => (value / 1e6, "M"),
        1e3.. => (value / 1e3, "k"),
        _ => (value, ""),
    };
    // Without the noise of a last digit.
    let value = (value * 1000.0).round() / 1000.0;
    format!("{value}{unit}")
}

fn text(area: &Area<'_>, text: &str, place: (i32, i32), side: HPos) -> anyhow::Result<()> {
    let style = ("sans-serif", 14)
        .into_font()
        .color(&TEXT)
        .pos(Pos::new(side, VPos::Center));
    area.draw(&Text::new(text.to_owned(), place, style))
        .map_err(drawing)
}

fn drawing(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("a plot cannot be drawn: {error}")
}
