//! What somebody probably meant.

/// The known word nearest to one that is not known, if it is near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The distance takes time in the product of both lengths.
    let word = Some(word)
        .filter(|word| word.len() <= 256)?
        .to_ascii_lowercase();
    known
        .into_iter()
        .map(|candidate| {
            let distance = strsim::osa_distance(&word, &candidate.to_ascii_lowercase());
            (distance, candidate)
        })
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A word of the document in quotes, unless it may be more than a word: a secret that
/// slipped into the place of a key is not repeated.
pub fn quoted(word: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "_.-".contains(char);
    if !word.is_empty() && word.len() <= 64 && word.chars().all(plain) {
        format!("\"{word}\"")
    } else {
        "here".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_far() {
        let known = ["events", "secret", "timeout", "backoff"];
        for (word, meant) in [
            ("event", "events"),
            ("secert", "secret"),
            ("Timeout", "timeout"),
            ("backof", "backoff"),
        ] {
            assert_eq!(nearest(word, known), Some(meant));
        }
        assert_eq!(nearest("colour", known), None);
        assert_eq!(
            nearest("rollout", ["k8sRollOut", "Rollout"]),
            Some("Rollout")
        );
        assert_eq!(nearest(&"timeout".repeat(100_000), known), None);
    }

    #[test]
    fn only_words_are_quoted() {
        assert_eq!(quoted("backof"), "\"backof\"");
        assert_eq!(quoted("secret:hunter2"), "here");
        assert_eq!(quoted(""), "here");
        let word = "b".repeat(64);
        assert_eq!(quoted(&word), format!("\"{word}\""));
        assert_eq!(quoted(&format!("{word}b")), "here");
    }

    /// One slip, and one more for every four letters.
    #[test]
    fn a_word_with_too_many_slips_is_another_word() {
        assert_eq!(nearest("evxxts", ["events"]), Some("events"));
        assert_eq!(nearest("exxxts", ["events"]), None);
        assert_eq!(nearest("ax", ["abc"]), None);
        let longest = "w".repeat(256);
        assert_eq!(
            nearest(&longest, [longest.as_str()]),
            Some(longest.as_str())
        );
        let longer = "w".repeat(257);
        assert_eq!(nearest(&longer, [longer.as_str()]), None);
    }
}
