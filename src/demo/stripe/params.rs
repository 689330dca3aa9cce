//! Parameters as a call reads them: known names only, and texts that mean what the call needs. Refusals name the
//! parameter the way Stripe does.

use serde_json::{Map, Value};

use super::form::Node;
use super::refusal::Refusal;

/// Stripe's limits for metadata (docs.stripe.com/metadata).
const METADATA_KEYS_MAX: usize = 50;
const METADATA_KEY_LETTERS_MAX: usize = 40;
const METADATA_VALUE_LETTERS_MAX: usize = 500;

/// The parameters of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Params(Node);

impl Params {
    pub(super) fn parse(form: &str) -> Result<Self, Refusal> {
        Node::parse(form).map(Self)
    }

    pub(super) fn empty() -> Self {
        Self(Node::empty())
    }

    /// Adds one parameter, as if it had come in a form.
    pub(super) fn put(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        self.0.put(name, value.to_owned())
    }

    /// Refuses every name that is not in `known`. `[]` stands for any number, `[*]` for any name.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        let mut unknown = Vec::new();
        gather_unknown(&self.0, &mut Vec::new(), known, &mut unknown);
        if unknown.is_empty() { Ok(()) } else { Err(Refusal::unknown_params(&unknown)) }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.node(name).is_some()
    }

    /// The text at `name`, such as `payment_intent_data[description]`. Empty texts are refused: Stripe reads them as
    /// "unset", which no parameter of a create call can be.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.node(name) {
            None => Ok(None),
            Some(Node::Text(text)) if text.is_empty() => Err(Refusal::invalid(format!(
                "You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; \
                 however '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty \
                 value."
            ))
            .code("parameter_invalid_empty")
            .param(name)),
            Some(Node::Text(text)) => Ok(Some(text)),
            Some(Node::Branch(_)) => Err(Refusal::invalid("Invalid string: must be a string").param(name)),
        }
    }

    /// The text at `name`, which may be empty where that means "take out what is there".
    pub(super) fn text_or_nothing(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.node(name) {
            None => Ok(None),
            Some(Node::Text(text)) => Ok(Some(text)),
            Some(Node::Branch(_)) => Err(Refusal::invalid("Invalid string: must be a string").param(name)),
        }
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)?.ok_or_else(|| Refusal::missing_param(name))
    }

    pub(super) fn text_up_to(&self, name: &str, letters_max: usize) -> Result<Option<&str>, Refusal> {
        let text = self.text(name)?;
        if text.is_some_and(|text| text.chars().count() > letters_max) {
            return Err(
                Refusal::invalid(format!("Invalid string: must be at most {letters_max} characters")).param(name)
            );
        }
        Ok(text)
    }

    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let number = text.parse().map_err(|_| {
            Refusal::invalid(format!("Invalid integer: {text}")).code("parameter_invalid_integer").param(name)
        })?;
        Ok(Some(number))
    }

    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.text(name)? {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(Refusal::invalid(format!("Invalid boolean: {other}")).param(name)),
        }
    }

    /// The text at `name`, which must be one of `choices`.
    pub(super) fn choice(&self, name: &str, choices: &[&str]) -> Result<Option<&str>, Refusal> {
        let text = self.text(name)?;
        if let Some(text) = text
            && !choices.contains(&text)
        {
            let listed = choices.join(", ");
            return Err(Refusal::invalid(format!("Invalid {name}: must be one of {listed}")).param(name));
        }
        Ok(text)
    }

    /// The texts of `name[0]`, `name[1]` and so on, in the order of their numbers.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<&str>, Refusal> {
        self.places(name)
            .into_iter()
            .map(|place| self.text(&format!("{name}[{place}]")).map(Option::unwrap_or_default))
            .collect()
    }

    /// The numbers that the list `name` uses, lowest first.
    pub(super) fn places(&self, name: &str) -> Vec<usize> {
        let Some(Node::Branch(children)) = self.node(name) else { return Vec::new() };
        let mut places: Vec<usize> = children.keys().filter_map(|key| key.parse().ok()).collect();
        places.sort_unstable();
        places
    }

    /// `name[key]=value` pairs, within Stripe's limits.
    pub(super) fn metadata(&self, name: &str) -> Result<Map<String, Value>, Refusal> {
        let Some(node) = self.node(name) else { return Ok(Map::new()) };
        let Node::Branch(children) = node else {
            return Err(Refusal::invalid("Invalid object").param(name));
        };
        if children.len() > METADATA_KEYS_MAX {
            return Err(Refusal::invalid("You can specify up to 50 metadata keys.").param(name));
        }
        let mut metadata = Map::new();
        for (key, value) in children {
            let Node::Text(value) = value else {
                return Err(Refusal::invalid("Metadata values must be strings.").param(&format!("{name}[{key}]")));
            };
            check_metadata(key, value).map_err(|refusal| refusal.param(&format!("{name}[{key}]")))?;
            metadata.insert(key.clone(), Value::from(value.as_str()));
        }
        Ok(metadata)
    }

    fn node(&self, name: &str) -> Option<&Node> {
        name.split('[').map(|segment| segment.trim_end_matches(']')).try_fold(&self.0, |node, name| node.child(name))
    }
}

fn check_metadata(key: &str, value: &str) -> Result<(), Refusal> {
    let (key_letters, value_letters) = (key.chars().count(), value.chars().count());
    if key_letters > METADATA_KEY_LETTERS_MAX {
        return Err(Refusal::invalid(format!(
            "Metadata keys can have up to 40 characters, but you passed in a key that is {key_letters} characters."
        )));
    }
    if value_letters > METADATA_VALUE_LETTERS_MAX {
        return Err(Refusal::invalid(format!(
            "Metadata values can have up to 500 characters, but you passed in a value that is {value_letters} characters."
        )));
    }
    Ok(())
}

fn gather_unknown(node: &Node, path: &mut Vec<String>, known: &[&str], unknown: &mut Vec<String>) {
    let Node::Branch(children) = node else { return };
    for (name, child) in children {
        path.push(name.clone());
        let leaf = matches!(child, Node::Text(_));
        if !known.iter().any(|pattern| fits(path, pattern, leaf)) {
            unknown.push(spelled(path));
        } else if !leaf {
            gather_unknown(child, path, known, unknown);
        }
        path.pop();
    }
}

/// Whether `path` is what `pattern` says, or, for a branch, leads there.
fn fits(path: &[String], pattern: &str, leaf: bool) -> bool {
    let mut segments = pattern.split('[').map(|segment| segment.trim_end_matches(']'));
    let fits = path.iter().all(|name| match segments.next() {
        Some("*") => true,
        Some("") => name.bytes().all(|byte| byte.is_ascii_digit()),
        Some(segment) => segment == name,
        None => false,
    });
    let more = segments.next().is_some();
    // A text where an object belongs is known by name; that it is no object is told by whoever reads it.
    fits && if leaf { !more || path.len() == 1 } else { more }
}

fn spelled(path: &[String]) -> String {
    let (first, rest) = path.split_first().map_or(("", path), |(first, rest)| (first.as_str(), rest));
    rest.iter().fold(first.to_owned(), |name, segment| format!("{name}[{segment}]"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use super::Params;

    const KNOWN: &[&str] = &["mode", "items[][price][amount]", "metadata[*]", "expand[]"];

    #[test]
    fn unknown_names_are_refused_wherever_they_stand() {
        let known = "mode=payment&items[0][price][amount]=1&metadata[7]=x&metadata[a]=y&expand[0]=z";
        assert!(Params::parse(known).unwrap().only(KNOWN).is_ok());
        for (form, param) in [
            ("client_reference_id=1", "client_reference_id"),
            ("items[0][price][tax]=1", "items[0][price][tax]"),
            ("items[a][price][amount]=1", "items[a]"),
            ("metadata[a][b]=1", "metadata[a]"),
        ] {
            let refusal = Params::parse(form).unwrap().only(KNOWN).unwrap_err();
            assert_eq!((refusal.code, refusal.param.as_deref()), (Some("parameter_unknown"), Some(param)));
        }
    }

    #[test]
    fn metadata_keeps_stripes_limits() {
        let form = |key: usize, value: usize| format!("metadata[{}]={}", "k".repeat(key), "v".repeat(value));
        assert!(Params::parse(&form(40, 500)).unwrap().metadata("metadata").is_ok());
        assert!(Params::parse(&form(41, 1)).unwrap().metadata("metadata").is_err());
        assert!(Params::parse(&form(1, 501)).unwrap().metadata("metadata").is_err());
    }

    #[test]
    fn texts_are_read_by_their_number_and_not_by_their_spelling() {
        let form: Vec<String> = (0..12).rev().map(|n| format!("t[{n}]=x{n}")).collect();
        let params = Params::parse(&form.join("&")).unwrap();
        assert_eq!(params.texts("t").unwrap().last(), Some(&"x11"));
    }
}
