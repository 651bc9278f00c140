//! Where a value comes from.

use super::read::Step;

/// The most paths that one value may have come from.
const MOST_PATHS: usize = 32;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// From anywhere.
    Unknown,
    /// From one of these places of the input.
    Paths(Vec<Vec<Step>>),
    /// A list, of items from there.
    List(Box<Origin>),
}

impl Origin {
    /// From there, or from where another one comes.
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Paths(mut paths), Self::Paths(others)) => {
                paths.extend(others);
                paths.sort();
                paths.dedup();
                if paths.len() > MOST_PATHS {
                    return Self::Unknown;
                }
                Self::Paths(paths)
            }
            (one, other) if one == other => one,
            _ => Self::Unknown,
        }
    }

    /// Where its items come from.
    pub fn item(&self) -> Self {
        match self {
            Self::Unknown => Self::Unknown,
            Self::Paths(paths) => Self::Paths(extended(paths, &Step::Item)),
            Self::List(items) => (**items).clone(),
        }
    }
}

/// Each path, with one more step.
pub fn extended(paths: &[Vec<Step>], step: &Step) -> Vec<Vec<Step>> {
    let longer = |path: &Vec<Step>| path.iter().chain([step]).cloned().collect();
    paths.iter().map(longer).collect()
}
