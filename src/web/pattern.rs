//! Path patterns such as `/i/{token}/pdf`: how a route's address is written, matched and ordered.
//!
//! Segments are compared byte by byte as they were sent: nothing of ours needs percent-encoding, and what is encoded all
//! the same is another address, as is one with a slash at its end.

use std::cmp::Ordering;

/// A parsed pattern.
#[derive(Clone, Debug)]
pub struct Pattern(Vec<Segment>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Segment {
    Fixed(&'static str),
    Named(&'static str),
    /// Whatever follows, if anything does.
    Rest,
}

/// The named segments of a path that matched.
pub type Params = Vec<(&'static str, String)>;

impl Pattern {
    /// `text` begins with a slash; a segment in braces takes any text but none, and `{*}` at the end takes all segments
    /// that are left.
    #[must_use]
    pub fn new(text: &'static str) -> Self {
        let named = |segment: &'static str| segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let segment = |segment| match named(segment) {
            Some("*") => Segment::Rest,
            Some(name) => Segment::Named(name),
            None => Segment::Fixed(segment),
        };
        Self(segments(text).map(segment).collect())
    }

    /// What stands for the named segments, if `path` is such a path.
    #[must_use]
    pub fn matches(&self, path: &str) -> Option<Params> {
        let mut params = Params::new();
        let mut given = segments(path);
        for segment in &self.0 {
            match (segment, given.next()?) {
                (Segment::Rest, _) => return Some(params),
                (Segment::Fixed(own), given) if *own == given => {}
                (Segment::Named(name), given) if !given.is_empty() => params.push((name, given.to_owned())),
                _ => return None,
            }
        }
        given.next().is_none().then_some(params)
    }

    /// The first segment, if it is fixed.
    #[must_use]
    pub fn first(&self) -> Option<&'static str> {
        match self.0.first() {
            Some(Segment::Fixed(first)) => Some(first),
            _ => None,
        }
    }

    /// Whether both match the same paths.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.by_precision(other) == Ordering::Equal
    }

    /// Before others comes what matches less: `/invoices/new` before `/invoices/{id}`.
    #[must_use]
    pub fn by_precision(&self, other: &Self) -> Ordering {
        let rank = |segment: &Segment| match segment {
            Segment::Fixed(text) => (0, *text),
            Segment::Named(_) => (1, ""),
            Segment::Rest => (2, ""),
        };
        self.0.iter().map(rank).cmp(other.0.iter().map(rank))
    }
}

/// The parts between slashes; none for `/`, and an empty last one behind a slash at the end.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    let inner = path.strip_prefix('/').unwrap_or(path);
    // `split` would find one empty part in `/`.
    inner.split('/').skip(usize::from(inner.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_pattern_matches_whole_paths_segment_by_segment() {
        for (pattern, path, expected) in [
            ("/", "/", Some(vec![])),
            ("/", "/x", None),
            ("/", "//", None),
            ("/healthz", "/healthz", Some(vec![])),
            ("/healthz", "/healthz/", None),
            ("/healthz", "/healthz//", None),
            ("/healthz", "/Healthz", None),
            ("/healthz", "/healthz/x", None),
            ("/i/{token}", "/i/abc", Some(vec!["abc"])),
            ("/i/{token}", "/i/abc/", None),
            ("/i/{token}", "/i/", None),
            ("/i/{token}", "/i//", None),
            ("/i/{token}", "/i", None),
            ("/i/{token}", "/i/abc/pdf", None),
            ("/i/{token}", "/i/a%2Fb", Some(vec!["a%2Fb"])),
            ("/i/{token}/receipt/{n}/pdf", "/i/abc/receipt/2/pdf", Some(vec!["abc", "2"])),
            ("/i/{token}/receipt/{n}/pdf", "/i/abc/receipt//pdf", None),
            ("/admin/{*}", "/admin/a", Some(vec![])),
            ("/admin/{*}", "/admin/a/b/c", Some(vec![])),
            ("/admin/{*}", "/admin", None),
            ("/admin/{*}", "/adminx", None),
        ] {
            let params = Pattern::new(pattern).matches(path);
            let values = params.map(|params| params.into_iter().map(|(_, value)| value).collect::<Vec<_>>());
            assert_eq!(
                values,
                expected.map(|values| values.into_iter().map(str::to_owned).collect()),
                "{pattern} {path}"
            );
        }
    }

    #[test]
    fn the_more_exact_pattern_comes_first() {
        let mut patterns = ["/x/{*}", "/x/{id}/void", "/x/{id}", "/x/new", "/x", "/{any}", "/"].map(Pattern::new);
        patterns.sort_by(Pattern::by_precision);
        let order: Vec<_> = patterns.iter().map(|pattern| format!("{pattern:?}")).collect();
        let place =
            |text: &str| order.iter().position(|entry| *entry == format!("{:?}", Pattern::new(text.to_owned().leak())));
        assert!(place("/x/new") < place("/x/{id}"));
        assert!(place("/x/{id}") < place("/{any}"));
        assert!(place("/x/{id}/void") < place("/x/{*}"));
        assert!(Pattern::new("/x/{id}").is_like(&Pattern::new("/x/{other}")));
        assert!(!Pattern::new("/x/{id}").is_like(&Pattern::new("/x/id")));
    }
}
