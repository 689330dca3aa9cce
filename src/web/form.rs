//! Names and values as a browser sends them: `application/x-www-form-urlencoded`, in bodies and in query strings.
//!
//! The order stays as it was sent, names may repeat (`cc=…&cc=…`), and rows of a list are named `lines[0][description]`
//! or `lines.0.description`.
//! What the text of a field means is for others to say.

use percent_encoding::percent_decode;

/// More fields than any page of ours has: 250 invoice lines of 8 fields, and a hundred beside them.
const FIELDS_MAX: usize = 2_100;

/// The fields of a form, or of one of its rows, in the order in which they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    fields: Vec<(String, String)>,
}

/// Why bytes are no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    #[error("More than {FIELDS_MAX} fields were sent. Send fewer.")]
    TooManyFields,
    #[error("What was sent is not UTF-8 text.")]
    NotText,
}

impl Form {
    /// Decodes `name=value&name=value`.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        let mut fields = Vec::new();
        for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            if fields.len() == FIELDS_MAX {
                return Err(FormError::TooManyFields);
            }
            let mut parts = pair.splitn(2, |byte| *byte == b'=');
            let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            fields.push((decode(name)?, decode(value)?));
        }
        Ok(Self { fields })
    }

    /// A form of these names and values.
    #[must_use]
    pub fn of<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self { fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect() }
    }

    /// Adds a field at the end.
    pub(super) fn push(&mut self, name: String, value: String) {
        self.fields.push((name, value));
    }

    /// The first value of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The first value of that name without blanks around it; empty if there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default().trim()
    }

    /// Every value of that name, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.iter().filter(move |(own, _)| *own == name).map(|(_, value)| value)
    }

    /// All names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The fields named `section[field]` or `section.field`, as a form of their own.
    #[must_use]
    pub fn section(&self, section: &str) -> Self {
        let inner = self.iter().filter_map(|(name, value)| {
            let rest = name.strip_prefix(section)?;
            let bracketed = || rest.strip_prefix('[')?.strip_suffix(']');
            let field = rest.strip_prefix('.').or_else(bracketed)?;
            (!field.contains(['[', ']', '.'])).then(|| (field.to_owned(), value.to_owned()))
        });
        Self { fields: inner.collect() }
    }

    /// The rows named `list[0][field]` or `list.0.field`, `list[1][field]`, …, ordered by their number. Numbers may be missing: a removed
    /// line leaves a gap.
    #[must_use]
    pub fn rows(&self, list: &str) -> Vec<Self> {
        let mut rows: Vec<(u32, Self)> = Vec::new();
        for (name, value) in self.iter() {
            let Some((number, field)) = row_field(name, list) else { continue };
            let found = rows.iter().rposition(|(own, _)| *own == number).unwrap_or_else(|| {
                rows.push((number, Self::default()));
                rows.len() - 1
            });
            if let Some((_, row)) = rows.get_mut(found) {
                row.fields.push((field.to_owned(), value.to_owned()));
            }
        }
        rows.sort_by_key(|(number, _)| *number);
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

/// The number and the field of `list[number][field]` or `list.number.field`.
fn row_field<'a>(name: &'a str, list: &str) -> Option<(u32, &'a str)> {
    let rest = name.strip_prefix(list)?;
    let bracketed = || {
        let (number, field) = rest.strip_prefix('[')?.split_once("][")?;
        Some((number, field.strip_suffix(']')?))
    };
    let (number, field) = match rest.strip_prefix('.') {
        Some(dotted) => dotted.split_once('.'),
        None => bracketed(),
    }?;
    if field.contains(['[', ']', '.']) {
        return None;
    }
    Some((number.parse().ok()?, field))
}

fn decode(bytes: &[u8]) -> Result<String, FormError> {
    let spaced: Vec<u8> = bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    String::from_utf8(percent_decode(&spaced).collect()).map_err(|_| FormError::NotText)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{FIELDS_MAX, Form, FormError};

    fn form(text: &str) -> Form {
        Form::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn names_and_values_are_decoded_in_order() {
        for (text, expected) in [
            ("", vec![]),
            ("a=1", vec![("a", "1")]),
            ("a=1&a=2&b", vec![("a", "1"), ("a", "2"), ("b", "")]),
            ("&&a=&=x&", vec![("a", ""), ("", "x")]),
            ("name=M%C3%BCller+%26+Sons&eq=a=b", vec![("name", "Müller & Sons"), ("eq", "a=b")]),
            ("a%5B0%5D=%2B&b=100%", vec![("a[0]", "+"), ("b", "100%")]),
        ] {
            assert_eq!(form(text).iter().collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn rows_come_by_number_whatever_the_order_and_the_gaps() {
        let text = "lines[10][description]=c&lines[0][description]=a&lines[0][quantity]=2&lines[3][description]=b\
                    &lines[0][cc]=x&lines[0][cc]=y&lines[x][description]=no&lines[1]=no&lines[2][a][b]=no&lines=no&lines[-1][a]=no";
        let rows = form(text).rows("lines");
        let descriptions: Vec<_> = rows.iter().map(|row| row.text("description")).collect();
        assert_eq!(descriptions, ["a", "b", "c"]);
        assert_eq!(rows[0].get("quantity"), Some("2"));
        assert_eq!(rows[0].all("cc").collect::<Vec<_>>(), ["x", "y"]);
        assert!(form(text).rows("other").is_empty());
        let dotted = form("lines.1.a=2&lines.0.a=1&lines.0.b.c=no&lines.x.a=no&linesx.0.a=no").rows("lines");
        assert_eq!(dotted.iter().map(|row| row.text("a")).collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn a_section_is_a_form_of_its_own() {
        let section =
            form("address[city]=Bern&address[line1]=+Gasse+1+&addresses[city]=no&address=no&address[a][b]=no");
        let address = section.section("address");
        assert_eq!(address.iter().count(), 2);
        let dotted = form("new.name=Anna&news=no&new.a.b=no").section("new");
        assert_eq!(dotted.iter().collect::<Vec<_>>(), [("name", "Anna")]);
        assert_eq!((address.text("city"), address.text("line1"), address.text("none")), ("Bern", "Gasse 1", ""));
    }

    #[test]
    fn bytes_that_are_no_form_are_refused() {
        assert_eq!(Form::parse(b"a=%FF"), Err(FormError::NotText));
        assert!(Form::parse("a&".repeat(FIELDS_MAX).as_bytes()).is_ok());
        assert_eq!(Form::parse("a&".repeat(FIELDS_MAX + 1).as_bytes()), Err(FormError::TooManyFields));
    }
}
