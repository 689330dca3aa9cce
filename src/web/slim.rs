//! Style sheets as they are sent: without comments, and without the white space that only people need.
//!
//! Nothing is rewritten: what is left means the same, rule by rule, and what stands in quotation marks is left as it is.

/// `css` without what a browser skips.
#[must_use]
pub fn slim(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(next) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else if next == '"' {
            let (quoted, after) = split_quoted(rest);
            out.push_str(quoted);
            rest = after;
        } else if next.is_whitespace() {
            rest = rest.trim_start();
            if separates(&out, rest) {
                out.push(' ');
            }
        } else {
            if next == '}' && out.ends_with(';') {
                out.pop();
            }
            out.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
    }
    out
}

/// The text in quotation marks that `rest` begins with, and what is behind it.
fn split_quoted(rest: &str) -> (&str, &str) {
    let inner = rest.get(1..).unwrap_or_default();
    let end = inner.find('"').map_or(rest.len(), |at| at + 2);
    rest.split_at(end)
}

/// Whether white space between these two means something: the descendant of a selector, the parts of a value.
fn separates(before: &str, after: &str) -> bool {
    let ends = before.is_empty() || before.ends_with(['{', '}', ';', ',', ':', '>', ' ']);
    // Not before a colon: `main :is(a)` is another selector than `main:is(a)`.
    let begins = after.is_empty() || after.starts_with(['{', '}', ';', ',', '>']) || after.starts_with("/*");
    !ends && !begins
}

#[cfg(test)]
mod tests {
    use super::slim;

    #[test]
    fn only_what_a_browser_skips_is_left_out() {
        for (css, expected) in [
            ("/* why */\n@layer base {\n  a { color: red; }\n}\n", "@layer base{a{color:red}}"),
            (".a > .b, .c :is(p) { margin: 0 1px }", ".a>.b,.c :is(p){margin:0 1px}"),
            (".a { inline-size: calc(1rem + 2px) } /* end", ".a{inline-size:calc(1rem + 2px)}"),
            ("a::after { content: \"a : b;  } /* no */\" }", "a::after{content:\"a : b;  } /* no */\"}"),
            (
                "@media not all and (min-width: 40rem) { p { gap: 0 } }",
                "@media not all and (min-width:40rem){p{gap:0}}",
            ),
            ("a { b: \"open", "a{b:\"open"),
            ("", ""),
        ] {
            assert_eq!(slim(css), expected);
        }
    }
}
