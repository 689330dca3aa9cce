//! Whether a text can be the address of a mailbox.
//!
//! Stricter than RFC 5321: no quoted names, comments, display names or addresses by IP number, because nobody who
//! pays invoices has one and each of them is a way to smuggle something into a mail's header.

/// RFC 5321, 4.5.3.1: a path of 256 bytes has two for its brackets.
const ADDRESS_BYTES_MAX: usize = 254;
/// RFC 5321, 4.5.3.1.1.
const LOCAL_BYTES_MAX: usize = 64;
/// RFC 1035, 2.3.4.
const LABEL_BYTES_MAX: usize = 63;

/// The address was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This is not an e-mail address. Write it like anna@example.com.")]
pub struct EmailError;

/// Accepts `local@domain`, with letters of any script in the domain; a domain has a dot unless it is `localhost`.
pub fn check_email(text: &str) -> Result<(), EmailError> {
    let (local, domain) = text.rsplit_once('@').ok_or(EmailError)?;
    let fits = text.len() <= ADDRESS_BYTES_MAX && local.len() <= LOCAL_BYTES_MAX;
    if fits && is_local(local) && is_domain(domain) { Ok(()) } else { Err(EmailError) }
}

/// Words of letters, digits and RFC 5322's `atext` signs, with single dots between them.
fn is_local(local: &str) -> bool {
    let is_atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    local.split('.').all(|word| !word.is_empty() && word.bytes().all(is_atext))
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        let fits = (1..=LABEL_BYTES_MAX).contains(&label.len());
        fits && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let ends_in_a_name = domain.rsplit_once('.').is_some_and(|(_, last)| !last.bytes().all(|b| b.is_ascii_digit()));
    domain.split('.').all(is_label) && (ends_in_a_name || domain.eq_ignore_ascii_case("localhost"))
}

/// The address with its domain as mail servers know it (RFC 5891): `bücher.example` is `xn--bcher-kva.example`. Few of them
/// take letters outside ASCII, and every domain can be written without. `None` of what is no domain.
#[must_use]
pub fn on_the_wire(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    if domain.is_ascii() {
        return Some(address.to_owned());
    }
    Some(format!("{local}@{}", idna::domain_to_ascii_strict(domain).ok()?))
}

/// Whether a mail server sees one address in both, however they were typed.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    let wire = |address: &str| on_the_wire(address).unwrap_or_else(|| address.to_owned());
    wire(one).eq_ignore_ascii_case(&wire(other))
}

#[cfg(test)]
mod tests {
    use super::{EmailError, check_email, is_same};

    #[test]
    fn an_address_is_the_same_however_it_was_typed() {
        assert!(is_same("anna@bücher.example", "Anna@xn--bcher-kva.example"));
        assert!(!is_same("anna@bücher.example", "anna@bucher.example"));
        assert!(!is_same("anna@bücher.example", "anne@bücher.example"));
    }

    #[test]
    fn addresses_that_people_have_are_accepted() {
        for text in [
            "anna@example.com",
            "a.b-c+invoices@sub.example.co.uk",
            "o'brien@example.ie",
            "x@1.de",
            "post@müller.example",
            "owner@localhost",
            &format!("{}@example.com", "l".repeat(64)),
        ] {
            assert_eq!(check_email(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_could_break_a_header_or_cannot_be_delivered_is_refused() {
        let long_local = format!("{}@example.com", "l".repeat(65));
        let long_label = format!("a@{}.com", "d".repeat(64));
        let long = format!("a@{}com", "d23456789.".repeat(26));
        for text in [
            "",
            "@",
            "anna",
            "anna@",
            "@example.com",
            "anna@example",
            "anna@@example.com",
            "a@b@example.com",
            "anna @example.com",
            " anna@example.com",
            "anna@example.com\r\nBcc: x@example.com",
            "anna@exa\nmple.com",
            "anna\0@example.com",
            "Anna <anna@example.com>",
            "anna@example.com,b@example.com",
            "\"anna\"@example.com",
            "anna@[127.0.0.1]",
            "anna@127.0.0.1",
            "anna..b@example.com",
            ".anna@example.com",
            "anna.@example.com",
            "anna@example..com",
            "anna@example.com.",
            "anna@-example.com",
            "anna@example-.com",
            "ännä@example.com",
            "anna@exam_ple.com",
            &long_local,
            &long_label,
            &long,
        ] {
            assert_eq!(check_email(text), Err(EmailError), "{text:?}");
        }
    }
}
