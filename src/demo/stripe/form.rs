//! Nested forms: `line_items[0][price_data][currency]=eur` becomes a tree of names. What may be in the tree, and
//! what its texts mean, is for `params`.

use std::collections::BTreeMap;

use super::refusal::Refusal;

/// The official libraries nest five deep at most in the calls that are played here.
const DEPTH_MAX: usize = 8;
/// Metadata may bring 50 pairs twice over; a thousand names are a mistake.
const PAIRS_MAX: usize = 1_000;

/// A form, decoded. Two forms are equal if they say the same, in whatever order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Text(String),
    Branch(BTreeMap<String, Node>),
}

impl Node {
    pub(super) fn empty() -> Self {
        Self::Branch(BTreeMap::new())
    }

    /// Reads a query or an `application/x-www-form-urlencoded` body.
    pub(super) fn parse(form: &str) -> Result<Self, Refusal> {
        let mut root = Self::empty();
        for (count, pair) in form.split('&').filter(|pair| !pair.is_empty()).enumerate() {
            if count == PAIRS_MAX {
                return Err(Refusal::invalid("Too many parameters."));
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            root.put(&decode(name)?, decode(value)?)?;
        }
        Ok(root)
    }

    /// Puts a value under its full name, such as `metadata[invoice]`.
    pub(super) fn put(&mut self, name: &str, value: String) -> Result<(), Refusal> {
        self.insert(&segments(name)?, value, name)
    }

    /// The node below `name`, one step down.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Branch(children) => children.get(name),
            Self::Text(_) => None,
        }
    }

    fn insert(&mut self, path: &[String], value: String, full: &str) -> Result<(), Refusal> {
        let Self::Branch(children) = self else {
            return Err(Refusal::invalid("Invalid object").param(full));
        };
        let Some((first, rest)) = path.split_first() else {
            return Err(Refusal::invalid("Invalid parameter name").param(full));
        };
        // `name[]` appends: the next free number is its place.
        let key = if first.is_empty() { children.len().to_string() } else { first.clone() };
        if rest.is_empty() {
            children.insert(key, Self::Text(value));
            return Ok(());
        }
        children.entry(key).or_insert_with(Self::empty).insert(rest, value, full)
    }
}

/// `a[b][]` is `a`, `b` and nothing.
fn segments(name: &str) -> Result<Vec<String>, Refusal> {
    let (first, mut rest) = name.split_at(name.find('[').unwrap_or(name.len()));
    let mut path = vec![first.to_owned()];
    while !rest.is_empty() {
        let inner = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let Some((segment, after)) = inner else {
            return Err(Refusal::invalid("Invalid parameter name").param(name));
        };
        path.push(segment.to_owned());
        rest = after;
    }
    if path.len() > DEPTH_MAX || first.is_empty() {
        return Err(Refusal::invalid("Invalid parameter name").param(name));
    }
    Ok(path)
}

fn decode(text: &str) -> Result<String, Refusal> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (value, after) = hex_pair(rest).ok_or_else(malformed)?;
                bytes.push(value);
                rest = after;
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).map_err(|_| malformed())
}

fn hex_pair(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (pair, after) = bytes.split_at_checked(2)?;
    let pair = std::str::from_utf8(pair).ok().filter(|pair| !pair.starts_with('+'))?;
    u8::from_str_radix(pair, 16).ok().map(|value| (value, after))
}

fn malformed() -> Refusal {
    Refusal::invalid(
        "Invalid request (check that your POST content type is application/x-www-form-urlencoded). \
         The parameters are not percent-encoded UTF-8.",
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use super::Node;

    fn at<'a>(node: &'a Node, path: &[&str]) -> Option<&'a Node> {
        path.iter().try_fold(node, |node, name| node.child(name))
    }

    #[test]
    fn names_nest_and_lists_count_on() {
        let form = Node::parse("line_items[0][price_data][currency]=eur&expand[]=a&expand[]=b%5B%5D&n=caf%C3%A9+1");
        let form = form.unwrap();
        assert_eq!(at(&form, &["line_items", "0", "price_data", "currency"]), Some(&Node::Text("eur".into())));
        assert_eq!(at(&form, &["expand", "1"]), Some(&Node::Text("b[]".into())));
        assert_eq!(at(&form, &["n"]), Some(&Node::Text("café 1".into())));
    }

    #[test]
    fn the_order_of_parameters_does_not_matter() {
        assert_eq!(Node::parse("a=1&b[c]=2").unwrap(), Node::parse("b%5Bc%5D=2&a=1").unwrap());
        assert_ne!(Node::parse("a=1").unwrap(), Node::parse("a=2").unwrap());
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for form in ["a=%zz", "a=%f", "a=%ff", "a[b=1", "a[b]c=1", "[a]=1", "a=1&a[b]=2", "a[b][c][d][e][f][g][h][i]=1"]
        {
            assert!(Node::parse(form).is_err(), "{form}");
        }
    }
}
