//! What was measured: figures beside their baselines, and curves.

use serde::{Deserialize, Serialize};

/// One row of the table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// Of `ours` and of the baseline.
    pub unit: String,
    /// What it should be; none for what is shown beside.
    pub goal: Option<Goal>,
    /// What was measured.
    pub ours: Rounds,
    /// What it is measured against, in the same rounds.
    pub baseline: Option<Baseline>,
    /// The median of the ratios of the rounds: what slows both down in a round does not
    /// move it.
    pub ratio: Option<f64>,
}

/// What a figure is measured against.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Baseline {
    /// What it is.
    pub name: String,
    /// What was measured.
    pub value: Rounds,
}

/// A value of each round, in their order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rounds {
    /// Of all.
    pub median: f64,
    /// All.
    pub all: Vec<f64>,
}

impl Rounds {
    fn of(values: &[f64]) -> Self {
        Self {
            median: median(values),
            all: values.to_vec(),
        }
    }
}

/// The median of some values.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => sorted[half],
        _ => f64::midpoint(sorted[half - 1], sorted[half]),
    }
}

/// What a figure should be.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Goal {
    /// Which side of the value is good.
    pub bound: Bound,
    /// In the figure's unit, or a ratio.
    pub value: f64,
    /// What is held to it.
    pub of: Of,
}

/// Which side of a goal is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// Less is good.
    AtMost,
    /// More is good.
    AtLeast,
}

/// What is held to a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Of {
    /// The figure itself.
    Value,
    /// Its ratio to the baseline.
    Ratio,
}

impl Goal {
    /// At most so much of the figure's unit.
    pub fn at_most(value: f64) -> Self {
        Self {
            bound: Bound::AtMost,
            value,
            of: Of::Value,
        }
    }

    /// At least so much of the figure's unit.
    pub fn at_least(value: f64) -> Self {
        Self {
            bound: Bound::AtLeast,
            ..Self::at_most(value)
        }
    }

    /// At most so many times the baseline.
    pub fn at_most_times(value: f64) -> Self {
        Self {
            of: Of::Ratio,
            ..Self::at_most(value)
        }
    }

    /// At least so many times the baseline.
    pub fn at_least_times(value: f64) -> Self {
        Self {
            bound: Bound::AtLeast,
            ..Self::at_most_times(value)
        }
    }
}

impl Figure {
    /// From the values of all rounds.
    pub fn new(name: &str, unit: &str, ours: &[f64]) -> Self {
        Self {
            name: name.to_owned(),
            unit: unit.to_owned(),
            goal: None,
            ours: Rounds::of(ours),
            baseline: None,
            ratio: None,
        }
    }

    /// Beside what it is measured against, in the same rounds.
    #[must_use]
    pub fn beside(mut self, name: &str, baseline: &[f64]) -> Self {
        let pairs = self.ours.all.iter().zip(baseline);
        let ratios: Vec<f64> = pairs.map(|(ours, beside)| ours / beside).collect();
        // Nothing beside nothing has none.
        self.ratio = Some(median(&ratios)).filter(|ratio| ratio.is_finite());
        self.baseline = Some(Baseline {
            name: name.to_owned(),
            value: Rounds::of(baseline),
        });
        self
    }

    /// What it should be.
    #[must_use]
    pub fn goal(mut self, goal: Goal) -> Self {
        self.goal = Some(goal);
        self
    }

    /// Whether its goal is for its ratio to the baseline.
    pub fn is_judged_by_ratio(&self) -> bool {
        self.goal.is_some_and(|goal| goal.of == Of::Ratio)
    }

    /// How much of its goal it takes: 1 is just reached, less is better.
    pub fn share(&self) -> Option<f64> {
        let goal = self.goal?;
        let judged = match goal.of {
            Of::Value => self.ours.median,
            Of::Ratio => self.ratio?,
        };
        Some(match goal.bound {
            Bound::AtMost => judged / goal.value,
            Bound::AtLeast => goal.value / judged,
        })
    }
}

/// How something grows with something else.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Growth {
    /// What grows.
    pub name: String,
    /// With what.
    pub with: String,
    /// Whether the axes are logarithmic.
    pub logarithmic: (bool, bool),
    /// Side by side.
    pub curves: Vec<Curve>,
}

/// Points in ascending order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Curve {
    /// Whose it is.
    pub name: String,
    /// With what, and how much.
    pub points: Vec<(f64, f64)>,
}

/// What one group measured.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Measured {
    /// Rows of the table.
    pub figures: Vec<Figure>,
    /// Plots.
    pub growth: Vec<Growth>,
    /// What could not be measured, and why.
    pub skipped: Vec<String>,
}

impl Measured {
    /// Adds what another group measured.
    pub fn add(&mut self, other: Self) {
        self.figures.extend(other.figures);
        self.growth.extend(other.growth);
        self.skipped.extend(other.skipped);
    }

    /// Says loudly what is not measured.
    pub fn skip(&mut self, why: &str) {
        eprintln!("\n*** SKIPPED: {why}\n");
        self.skipped.push(why.to_owned());
    }
}
