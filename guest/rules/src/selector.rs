//! Which webhooks an event concerns.

/// The indices of the listeners that name an event such as `after:measure`,
/// ascending, each once. Names are compared letter for letter.
#[must_use]
pub fn select<L: AsRef<[S]>, S: AsRef<str>>(listeners: &[L], event: &str) -> Vec<u32> {
    (0..)
        .zip(listeners)
        .filter(|(_, names)| names.as_ref().iter().any(|name| name.as_ref() == event))
        .map(|(index, _)| index)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_names() {
        let listeners: [&[&str]; 4] = [
            &["after:measure"],
            &["before:adjust", "after:measure"],
            &[],
            &["after:measure", "after:measure"],
        ];
        assert_eq!(select(&listeners, "after:measure"), [0, 1, 3]);
        assert_eq!(select(&listeners, "before:adjust"), [1]);
        assert!(select(&listeners, "after:Measure").is_empty());
        assert!(select(&listeners, "measure").is_empty());
        assert!(select::<&[&str], &str>(&[], "after:measure").is_empty());
    }
}
