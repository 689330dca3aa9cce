//! The configuration file: TOML in, one [`Given`] a key out, each with its line.
//!
//! The tree is walked by hand instead of being deserialized: so every unknown key and wrong type is found in one go,
//! and lines survive to the admin page. Nothing here knows what a value means.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, shown, shown_key};
use super::given::{Given, Givens, Value};
use super::keys::{Key, nearest, there_is};
use super::provenance::Origin;

/// One missing quote can make everything below it look wrong.
const SYNTAX_ERRORS_MAX: usize = 3;

/// Reads `text`, which was found at `path`.
pub(super) fn read(path: &Path, text: &str, errors: &mut Vec<ConfigError>) -> Givens {
    let page = Page { path, text };
    let (document, faults) = DeTable::parse_recoverable(text);
    if faults.is_empty() {
        let mut givens = Givens::new();
        page.walk(document.get_ref(), "", &mut givens, errors);
        return givens;
    }
    let mut lines: Vec<usize> = Vec::new();
    for fault in &faults {
        let line = page.line(fault.span().map_or(0, |span| span.start));
        if !lines.contains(&line) && lines.len() < SYNTAX_ERRORS_MAX {
            lines.push(line);
            errors.push(syntax(page.place(line), page.key_on(line), fault.message()));
        }
    }
    Givens::new()
}

/// Says it in the parser's own words; its full display quotes the line, which may hold a secret.
fn syntax(place: Origin, at: Option<String>, message: &str) -> ConfigError {
    // What the parser expected instead is a guess, and mostly a puzzling one.
    let what = message.split_once(", expected").map_or(message, |(what, _)| what).to_owned();
    let remedy = match what.as_str() {
        "duplicate key" => "it is there twice, keep one",
        _ => "texts need quotes, and every setting a line of its own",
    };
    ConfigError::Syntax { place, at, what, remedy }
}

struct Page<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Page<'_> {
    fn walk(&self, table: &DeTable<'_>, prefix: &str, givens: &mut Givens, errors: &mut Vec<ConfigError>) {
        for (name, value) in table {
            let place = self.place(self.line(name.span().start));
            let path = format!("{prefix}{}", name.get_ref());
            // A quoted key may contain a dot; it is another key than the path that it looks like.
            let is_plain = !name.get_ref().contains('.');
            match (Key::named(&path), value.get_ref()) {
                (Some(key), _) if is_plain => {
                    givens.insert(key.name, Given { value: self.value(value), origin: place });
                }
                (_, DeValue::Table(inner)) if is_plain && Key::is_section(&path) => {
                    self.walk(inner, &format!("{path}."), givens, errors);
                }
                _ if is_plain && Key::is_section(&path) => {
                    errors.push(ConfigError::NotASection { place, name: path });
                }
                _ => {
                    let remedy = match nearest(&path) {
                        Some(key) => format!("did you mean {key}?"),
                        None => format!("remove it; {}", there_is(&path)),
                    };
                    errors.push(ConfigError::UnknownKey { place, name: shown(&path), remedy });
                }
            }
        }
    }

    fn value(&self, value: &Spanned<DeValue<'_>>) -> Value {
        let entry = |entry: &Spanned<DeValue<'_>>| Given {
            value: self.value(entry),
            origin: self.place(self.line(entry.span().start)),
        };
        match value.get_ref() {
            DeValue::String(text) => Value::Text(text.clone().into_owned()),
            DeValue::Integer(number) => Value::Bare(number.to_string()),
            DeValue::Float(number) => Value::Bare(number.to_string()),
            DeValue::Boolean(truth) => Value::Bare(truth.to_string()),
            DeValue::Datetime(date) => Value::Bare(date.to_string()),
            DeValue::Array(entries) => Value::List(entries.iter().map(entry).collect()),
            DeValue::Table(_) => Value::Section,
        }
    }

    fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }

    /// What a line that cannot be read seems to be about: `listen = …`, or `[server]`.
    fn key_on(&self, line: usize) -> Option<String> {
        let text = self.text.lines().nth(line.checked_sub(1)?)?.trim();
        let name = match text.strip_prefix('[') {
            Some(table) => table.split(']').next()?,
            None => text.split_once('=')?.0,
        };
        shown_key(name.trim())
    }

    fn place(&self, line: usize) -> Origin {
        Origin::File { path: self.path.to_path_buf(), line }
    }
}
