//! What somebody types to find something: words as they are found without regard to case and accents, and amounts such as
//! `119`, `1.190,00`, `€1,190`, `>100`, `<50`.

use super::currency::Currency;
use super::decimal::{DecimalSeparator, Plain};
use super::money::Money;

/// As many digits as an amount can have.
const DIGITS_MAX: u32 = 16;

/// Small letters of European languages and what they are typed as where they are not on the keyboard.
const FOLDED: [(&str, &str); 24] = [
    ("àáâãäåāăą", "a"),
    ("çćĉċč", "c"),
    ("ďđð", "d"),
    ("èéêëēĕėęě", "e"),
    ("ĝğġģ", "g"),
    ("ĥħ", "h"),
    ("ìíîïĩīĭįı", "i"),
    ("ĵ", "j"),
    ("ķ", "k"),
    ("ĺļľŀł", "l"),
    ("ñńņňŉ", "n"),
    ("òóôõöøōŏő", "o"),
    ("ŕŗř", "r"),
    ("śŝşšș", "s"),
    ("ţťŧț", "t"),
    ("ùúûüũūŭůűų", "u"),
    ("ŵ", "w"),
    ("ýÿŷ", "y"),
    ("źżž", "z"),
    ("æ", "ae"),
    ("œ", "oe"),
    ("ß", "ss"),
    ("þ", "th"),
    // Accents that are characters of their own.
    ("\u{300}\u{301}\u{302}\u{303}\u{304}\u{306}\u{307}\u{308}\u{30a}\u{30b}\u{30c}\u{327}\u{328}", ""),
];

/// The words of a search, each of which must be found; the rest of a search that has too many is not looked for.
#[must_use]
pub fn words(query: &str) -> Vec<String> {
    const WORDS_MAX: usize = 10;
    query.split_whitespace().take(WORDS_MAX).map(fold).collect()
}

/// Whether `text` holds a word of a search.
#[must_use]
pub fn holds(text: &str, word: &str) -> bool {
    fold(text).contains(word)
}

/// In small letters and without accents.
fn fold(text: &str) -> String {
    let small = text.to_lowercase();
    if small.is_ascii() {
        return small;
    }
    let mut folded = String::with_capacity(small.len());
    for letter in small.chars() {
        match FOLDED.iter().find(|(letters, _)| letters.contains(letter)) {
            Some((_, plain)) => folded.push_str(plain),
            None => folded.push(letter),
        }
    }
    folded
}

/// Whether `word` means `amount`: the same amount, or a bound that it keeps. Decimals may be behind a point or a comma,
/// since a list does not know who is asking.
#[must_use]
pub fn amount(amount: Money, word: &str) -> bool {
    let (bound, typed) = match word.split_at_checked(1) {
        Some((sign @ (">" | "<"), rest)) => (Some(sign), rest),
        _ => (None, word),
    };
    let minor = i128::from(amount.minor());
    readings(typed, amount.currency()).any(|wanted| match bound {
        Some(">") => minor > wanted,
        Some(_) => minor < wanted,
        None => minor == wanted,
    })
}

/// Minor units; none for what is no number.
fn readings(typed: &str, currency: Currency) -> impl Iterator<Item = i128> {
    let typed = typed.to_uppercase();
    [DecimalSeparator::Point, DecimalSeparator::Comma].into_iter().filter_map(move |separator| {
        let number = Plain::parse_amount(&typed, currency, separator).ok()?;
        number.scaled(DIGITS_MAX, currency.exponent()).ok()
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{Currency, Money, amount, holds, words};

    #[test]
    fn a_word_is_found_without_regard_to_case_and_accents() {
        for (text, query, expected) in [
            ("Müller GmbH", "muller", true),
            ("Müller GmbH", "MÜLLER gmbh", true),
            ("Mu\u{308}ller", "müller", true),
            ("Straße 5", "strasse", true),
            ("ŁÓDŹ", "lodz", true),
            ("İzmir", "izmir", true),
            ("Muller", "müller", true),
            ("Ωμέγα", "ωμέγα", true),
            ("Müller", "mueller", false),
        ] {
            assert_eq!(words(query).iter().all(|word| holds(text, word)), expected, "{text} {query}");
        }
        assert_eq!(words(" a  b "), ["a", "b"]);
        assert_eq!(words(&"x ".repeat(50)).len(), 10);
    }

    #[test]
    fn an_amount_is_found_as_people_type_it() {
        for (minor, currency, word, expected) in [
            (119_000, Currency::EUR, "1190", true),
            (119_000, Currency::EUR, "1190.00", true),
            (119_000, Currency::EUR, "1.190,00", true),
            (119_000, Currency::EUR, "1,190.00", true),
            (119_000, Currency::EUR, "1.190", true),
            (119_000, Currency::EUR, "€1190", true),
            (119_000, Currency::EUR, "119", false),
            (119_050, Currency::EUR, "1190", false),
            (119_050, Currency::EUR, "1190.00", false),
            (119_050, Currency::EUR, ">1190", true),
            (119_000, Currency::EUR, ">1190", false),
            (119_000, Currency::EUR, "<1190,01", true),
            (500, Currency::JPY, "500", true),
            (500, Currency::JPY, "500.5", false),
            (12_345, Currency::KWD, "12.345", true),
            (12_345, Currency::KWD, "12", false),
            (100, Currency::EUR, "", false),
            (100, Currency::EUR, ">", false),
            (100, Currency::EUR, ">many", false),
            (100, Currency::EUR, "anna", false),
            (100, Currency::EUR, "99999999999999999999999999999999999999999", false),
        ] {
            assert_eq!(amount(Money::new(minor, currency).unwrap(), word), expected, "{minor} {word:?}");
        }
    }
}
