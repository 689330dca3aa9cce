//! A form with files (`multipart/form-data`, RFC 7578), as browsers send it.
//!
//! Everything is in memory, within the limit of the route. What a file is called and said to be proves nothing; what it
//! is, others look at.

use super::form::Form;

/// More fields than any page of ours with files has.
const PARTS_MAX: usize = 50;

/// The fields and the files of a form.
#[derive(Debug, Default)]
pub struct Parts {
    pub form: Form,
    pub files: Vec<FilePart>,
}

/// A file that was chosen.
pub struct FilePart {
    /// The name of the field.
    pub field: String,
    /// As the browser calls the file.
    pub name: String,
    pub content: Vec<u8>,
}

impl std::fmt::Debug for FilePart {
    // A content may be a customer's letter.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FilePart({}, {} bytes)", self.field, self.content.len())
    }
}

/// Why bytes are no such form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartsError {
    #[error("The form does not say how its fields are parted.")]
    NoBoundary,
    #[error("More than {PARTS_MAX} fields were sent. Send fewer.")]
    TooMany,
    #[error("The form broke off before its end.")]
    CutShort,
    #[error("What was sent is not UTF-8 text.")]
    NotText,
}

impl Parts {
    /// Reads a body of this content type. A field for a file that was left empty is left out.
    pub fn parse(content_type: &str, body: &[u8]) -> Result<Self, PartsError> {
        let boundary = boundary_of(content_type).ok_or(PartsError::NoBoundary)?;
        let opening = format!("--{boundary}");
        let delimiter = format!("\r\n{opening}");
        let mut parts = Self::default();
        let mut rest = body.strip_prefix(opening.as_bytes()).ok_or(PartsError::CutShort)?;
        let mut count = 0;
        while !rest.starts_with(b"--") {
            count += 1;
            if count > PARTS_MAX {
                return Err(PartsError::TooMany);
            }
            let part = rest.strip_prefix(b"\r\n").ok_or(PartsError::CutShort)?;
            let (part, after) = split(part, delimiter.as_bytes()).ok_or(PartsError::CutShort)?;
            parts.add(part)?;
            rest = after;
        }
        Ok(parts)
    }

    fn add(&mut self, part: &[u8]) -> Result<(), PartsError> {
        let (head, content) = split(part, b"\r\n\r\n").ok_or(PartsError::CutShort)?;
        let head = std::str::from_utf8(head).map_err(|_| PartsError::NotText)?;
        let disposition = head.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-disposition").then_some(value)
        });
        let disposition = disposition.unwrap_or_default();
        let Some(field) = parameter(disposition, "name") else { return Ok(()) };
        match parameter(disposition, "filename") {
            Some(name) if name.is_empty() && content.is_empty() => {}
            Some(name) => self.files.push(FilePart { field, name, content: content.to_vec() }),
            None => {
                let text = std::str::from_utf8(content).map_err(|_| PartsError::NotText)?;
                self.form.push(field, text.to_owned());
            }
        }
        Ok(())
    }
}

fn boundary_of(content_type: &str) -> Option<&str> {
    let mut parameters = content_type.split(';').skip(1).filter_map(|parameter| parameter.trim().split_once('='));
    let (_, boundary) = parameters.find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?;
    Some(boundary.trim_matches('"')).filter(|boundary| !boundary.is_empty())
}

/// The value of `; name="value"`. Browsers write a quotation mark in it as `%22`.
fn parameter(disposition: &str, name: &str) -> Option<String> {
    let mut rest = disposition;
    let wanted = format!("{name}=\"");
    loop {
        let at = rest.find(&wanted)?;
        let is_whole_name = rest.get(..at).is_some_and(|before| before.ends_with([' ', ';']));
        rest = rest.get(at + wanted.len()..)?;
        if is_whole_name {
            let value = rest.split('"').next()?;
            return Some(value.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"));
        }
    }
}

fn split<'a>(bytes: &'a [u8], by: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let first = *by.first()?;
    let mut from = 0;
    // Looks for the first byte first: a body of megabytes is gone through once.
    while let Some(step) = bytes.get(from..)?.iter().position(|byte| *byte == first) {
        let at = from + step;
        if bytes.get(at..)?.starts_with(by) {
            return Some((bytes.get(..at)?, bytes.get(at + by.len()..)?));
        }
        from = at + 1;
    }
    None
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{Parts, PartsError};

    const KIND: &str = "multipart/form-data; boundary=----x";

    fn body(parts: &[&str]) -> Vec<u8> {
        let mut body: Vec<u8> = parts.iter().flat_map(|part| format!("------x\r\n{part}\r\n").into_bytes()).collect();
        body.extend_from_slice(b"------x--\r\n");
        body
    }

    #[test]
    fn fields_and_files_are_told_apart() {
        let sent = body(&[
            "Content-Disposition: form-data; name=\"text\"\r\n\r\nMüller\r\n& Söhne",
            "content-disposition: form-data; name=\"receipt\"; filename=\"a%22b.pdf\"\r\nContent-Type: x/y\r\n\r\n%PDF-\r\n--",
            "Content-Disposition: form-data; name=\"other\"; filename=\"\"\r\n\r\n",
        ]);
        let parts = Parts::parse(KIND, &sent).unwrap();
        assert_eq!(parts.form.text("text"), "Müller\r\n& Söhne");
        let [file] = parts.files.as_slice() else { panic!("one file") };
        assert_eq!(
            (file.field.as_str(), file.name.as_str(), file.content.as_slice()),
            ("receipt", "a\"b.pdf", &b"%PDF-\r\n--"[..])
        );
        assert!(!format!("{file:?}").contains("PDF"));
    }

    #[test]
    fn what_is_no_such_form_is_refused() {
        let whole = body(&["Content-Disposition: form-data; name=\"a\"\r\n\r\n1"]);
        assert_eq!(Parts::parse("multipart/form-data", &whole).unwrap_err(), PartsError::NoBoundary);
        for cut in [0, 3, 12, whole.len() - 10] {
            assert_eq!(Parts::parse(KIND, &whole[..cut]).unwrap_err(), PartsError::CutShort, "{cut}");
        }
        let many: Vec<&str> = vec!["Content-Disposition: form-data; name=\"a\"\r\n\r\n1"; 51];
        assert_eq!(Parts::parse(KIND, &body(&many)).unwrap_err(), PartsError::TooMany);
        assert!(Parts::parse(KIND, &body(&[])).unwrap().form.is_empty());
    }
}
