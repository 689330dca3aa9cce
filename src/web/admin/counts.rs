//! Numbers of things, as the owner reads them.

/// `1,204`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 invoice`, `3 invoices`.
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::{count, counted};

    #[test]
    fn thousands_are_grouped_and_one_is_singular() {
        assert_eq!((count(0).as_str(), count(999).as_str(), count(1_204_000).as_str()), ("0", "999", "1,204,000"));
        assert_eq!((counted(1, "mail", "mails").as_str(), counted(0, "mail", "mails").as_str()), ("1 mail", "0 mails"));
    }
}
