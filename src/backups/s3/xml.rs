//! The little of XML that a store's answers need: the text of elements whose names are known.
//!
//! Stores that speak S3 differ in name spaces, in order and in what they add; none of that matters here, and what is read
//! is checked by whoever uses it.

/// The texts of all elements of this name, in order.
#[must_use]
pub fn texts<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    page.split(&open).skip(1).filter_map(|rest| Some(rest.split_once(&close)?.0)).collect()
}

/// The text of the first element of this name, without references.
#[must_use]
pub fn text(page: &str, name: &str) -> Option<String> {
    texts(page, name).first().map(|text| plain(text))
}

/// The five references that XML itself knows; the one for the ampersand last, or it would make new ones.
fn plain(text: &str) -> String {
    let references = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    references.iter().fold(text.to_owned(), |text, (reference, sign)| text.replace(reference, sign))
}

#[cfg(test)]
mod tests {
    use super::{text, texts};

    #[test]
    fn texts_are_found_whatever_stands_around_them() {
        let page = "<?xml?><L xmlns=\"x\"><C><Key>a%2Fb</Key><Size>1</Size></C>\n<C><Size>2</Size><Key>c</Key></C><T>&amp;lt;=</T></L>";
        assert_eq!(texts(page, "C").len(), 2);
        assert_eq!(texts(page, "Key"), ["a%2Fb", "c"]);
        assert_eq!(text(page, "T").as_deref(), Some("&lt;="));
        assert_eq!(text(page, "None"), None);
        assert_eq!(text("<T>never ends", "T"), None);
    }
}
