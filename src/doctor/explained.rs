//! What each look means, from the page for owners that is part of the program: one heading a name, so that page, command and
//! documentation cannot say different things.

const PAGE: &str = include_str!("troubleshooting.md");

/// What is said under the heading of this name, as one paragraph.
#[must_use]
pub fn explanation(code: &str) -> Option<String> {
    let (_, rest) = PAGE.split_once(&format!("\n### {code}\n"))?;
    let text = rest.split("\n#").next().unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().collect();
    Some(words.join(" ").replace('`', ""))
}

#[cfg(test)]
mod tests {
    use super::{PAGE, explanation};
    use crate::doctor::list::look;

    #[test]
    fn every_heading_of_the_page_is_a_name_of_the_list() {
        let headings: Vec<&str> = PAGE.lines().filter_map(|line| line.strip_prefix("### ")).collect();
        assert!(headings.len() > 30);
        for heading in headings {
            assert!(look(heading).is_some(), "{heading}");
        }
        assert_eq!(explanation("nothing"), None);
    }
}
