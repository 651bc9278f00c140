//! The fields of a query or a form.

use form_urlencoded::Serializer;

/// Fields that are read; a page has not half as many.
const MOST: usize = 64;

/// The fields of a query or a form, in their order.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `a=1&b=2`. What is no UTF-8 is replaced.
    pub fn parse(text: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(text).take(MOST);
        Self(
            pairs
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }

    /// The first value of a field, as people fill it in; what is empty was not.
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.exact(name)?.trim();
        Some(value).filter(|value| !value.is_empty())
    }

    /// The first value of a field, as it came.
    pub fn exact(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name)?;
        Some(&found.1)
    }

    /// A number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.parse().ok()
    }

    /// All but these.
    pub fn without(&self, names: &[&str]) -> Vec<(&str, String)> {
        let kept = self.0.iter().filter(|(name, _)| !names.contains(&&**name));
        kept.map(|(name, value)| (name.as_str(), value.clone()))
            .collect()
    }
}

/// A path with fields.
pub fn link(path: &str, fields: &[(&str, String)]) -> String {
    if fields.is_empty() {
        return path.to_owned();
    }
    let mut query = Serializer::new(String::new());
    query.extend_pairs(fields);
    format!("{path}?{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::{Fields, link};

    #[test]
    fn fields_are_read_and_written() {
        assert_eq!(Fields::parse(b"a=+1").exact("a"), Some(" 1"));
        let fields = Fields::parse(b"a=1&b=%3Cb%3E+c&a=2&d=&bad=%ff&n=-7");
        assert_eq!(fields.get("a"), Some("1"));
        assert_eq!(fields.get("b"), Some("<b> c"));
        assert_eq!(fields.get("d"), None);
        assert_eq!(fields.get("bad"), Some("\u{fffd}"));
        assert_eq!(fields.number("n"), Some(-7));
        assert_eq!(
            link("/", &fields.without(&["a", "b", "d", "bad"])),
            "/?n=-7"
        );
        assert_eq!(link("/x", &[]), "/x");
        let pairs = [("a", "1&2".to_owned()), ("b", "\"<é".to_owned())];
        assert_eq!(link("/x", &pairs), "/x?a=1%262&b=%22%3C%C3%A9");
    }
}
