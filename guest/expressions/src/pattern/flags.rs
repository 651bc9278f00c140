//! Flags of regular expressions.

/// What the flags say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flags {
    pub global: bool,
    pub ignore_case: bool,
    pub extended: bool,
    pub dot_all: bool,
    pub longest: bool,
    pub not_empty: bool,
}

impl Flags {
    /// # Errors
    /// If one of them is none, in the words of jq.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut flags = Self::default();
        for char in text.chars() {
            match char {
                'g' => flags.global = true,
                'i' => flags.ignore_case = true,
                'x' => flags.extended = true,
                // In the syntax of Perl, `s` holds anyway.
                's' => {}
                'm' | 'p' => flags.dot_all = true,
                'l' => flags.longest = true,
                'n' => flags.not_empty = true,
                _ => return Err(format!("{text} is not a valid modifier string")),
            }
        }
        Ok(flags)
    }
}
