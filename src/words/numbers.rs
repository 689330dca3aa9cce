//! Numbers and amounts as CLDR 48 has them (`cldr-numbers-full` 48.2), for the regions that write them differently.
//!
//! The rule: digits in, digits out. An amount is taken as the decimal digits of its minor units; nothing is rounded, and
//! there is no floating point.
//!
//! In three places we do not follow CLDR: the minus is that of typography, as wide as a digit; Switzerland's apostrophe is
//! the curved one; and only euro, dollar, pound and yen have signs, because a code is never mistaken for another country's
//! currency. Readers of Arabic know their own currencies by letters.

use crate::billing::currency::Currency;
use crate::billing::decimal::DecimalSeparator;
use crate::billing::money::Money;

/// No line may break between a number and what it counts.
pub const NO_BREAK_SPACE: char = '\u{a0}';
/// As wide as a digit, read aloud as "minus", and no line breaks after it.
const MINUS: &str = "\u{2212}";

/// How somebody writes numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    group: char,
    decimal: char,
    /// Digits before the first group separator: with 2, `9044` stands without one and `19.044` has one.
    first_group_min: usize,
    /// The digit nought; the others follow it.
    nought: char,
    minus: &'static str,
    /// An amount: `-` is the sign, `#` the digits, `¤` the currency.
    amount: &'static str,
    percent: &'static str,
    /// Euro, dollar, pound, yen.
    signs: [&'static str; 4],
    /// Whether Arabic letters stand for Arab currencies.
    has_arabic_letters: bool,
    /// Francs are written as where they come from.
    is_swiss_in_francs: bool,
}

const ENGLISH: Numbers = Numbers {
    group: ',',
    decimal: '.',
    first_group_min: 1,
    nought: '0',
    minus: MINUS,
    amount: "-¤#",
    percent: "#\u{a0}%",
    signs: ["€", "$", "£", "¥"],
    has_arabic_letters: false,
    is_swiss_in_francs: true,
};
const GERMAN: Numbers = Numbers { group: '.', decimal: ',', amount: "-#\u{a0}¤", ..ENGLISH };
const AUSTRIAN: Numbers = Numbers { amount: "-¤\u{a0}#", ..GERMAN };
const SWISS: Numbers = Numbers { group: '\u{2019}', amount: "-¤\u{a0}#", ..ENGLISH };
const FRENCH: Numbers = Numbers { group: '\u{202f}', signs: ["€", "$US", "£GB", "JPY"], ..GERMAN };
const CANADIAN_FRENCH: Numbers =
    Numbers { group: NO_BREAK_SPACE, signs: ["€", "$\u{a0}US", "£", "¥"], is_swiss_in_francs: false, ..FRENCH };
const SPANISH: Numbers =
    Numbers { first_group_min: 2, signs: ["€", "US$", "GBP", "JPY"], is_swiss_in_francs: false, ..GERMAN };
const MEXICAN: Numbers = Numbers { signs: ["EUR", "USD", "GBP", "JPY"], is_swiss_in_francs: false, ..ENGLISH };
const SOUTH_AMERICAN: Numbers = Numbers { first_group_min: 1, amount: "-¤\u{a0}#", ..SPANISH };
const ITALIAN: Numbers = Numbers { first_group_min: 2, percent: "#%", signs: ["€", "USD", "£", "JPY"], ..GERMAN };
const DUTCH: Numbers = Numbers {
    amount: "¤\u{a0}-#",
    percent: "#%",
    signs: ["€", "US$", "£", "JP¥"],
    is_swiss_in_francs: false,
    ..GERMAN
};
const JAPANESE: Numbers =
    Numbers { percent: "#%", signs: ["€", "$", "£", "￥"], is_swiss_in_francs: false, ..ENGLISH };
const ARABIC: Numbers = Numbers {
    minus: "\u{200e}-",
    amount: "\u{200f}-#\u{a0}¤",
    percent: "#\u{200e}%\u{200e}",
    signs: ["€", "US$", "UK£", "JP¥"],
    has_arabic_letters: true,
    is_swiss_in_francs: false,
    ..ENGLISH
};
/// Where Arabic-Indic digits are used.
const EASTERN_ARABIC: Numbers = Numbers {
    group: '\u{66c}',
    decimal: '\u{66b}',
    nought: '\u{660}',
    minus: "\u{61c}-",
    percent: "#\u{66a}\u{61c}",
    ..ARABIC
};
const MAGHREB: Numbers = Numbers { group: '.', decimal: ',', ..ARABIC };
/// Languages that only numbers are written in.
const POINT_COMMA: Numbers = Numbers { is_swiss_in_francs: false, ..GERMAN };
const SPACE_COMMA: Numbers = Numbers { group: '\u{202f}', ..POINT_COMMA };

impl Numbers {
    /// Of a BCP 47 tag: its region's, else its language's, else as in English.
    #[must_use]
    pub fn of(tag: &str) -> Self {
        let mut subtags = tag.split('-');
        let base = subtags.next().unwrap_or_default().to_ascii_lowercase();
        let region = subtags.find(|subtag| matches!(subtag.len(), 2 | 3)).unwrap_or_default().to_ascii_uppercase();
        let numbers = Self::of_region(&base, &region);
        Self { is_swiss_in_francs: numbers.is_swiss_in_francs && region.is_empty(), ..numbers }
    }

    fn of_region(base: &str, region: &str) -> Self {
        match (base, region) {
            ("de" | "fr" | "it" | "rm" | "en", "CH" | "LI") => SWISS,
            ("de", "AT") => AUSTRIAN,
            ("de", _) => GERMAN,
            ("fr", "CA") => CANADIAN_FRENCH,
            ("fr", _) => FRENCH,
            ("es", "AR" | "BO" | "CL" | "CO" | "CR" | "EC" | "PY" | "UY" | "VE") => SOUTH_AMERICAN,
            (
                "es",
                "419" | "BR" | "BZ" | "CU" | "DO" | "GT" | "HN" | "MX" | "NI" | "PA" | "PE" | "PR" | "SV" | "US",
            ) => MEXICAN,
            ("es", _) => SPANISH,
            ("it", _) => ITALIAN,
            ("nl", _) => DUTCH,
            ("ja", _) => JAPANESE,
            ("ar", "DZ" | "LY" | "MA" | "TN") => MAGHREB,
            (
                "ar",
                "BH" | "DJ" | "EG" | "ER" | "IL" | "IQ" | "JO" | "KM" | "KW" | "LB" | "MR" | "OM" | "PS" | "QA" | "SA"
                | "SD" | "SO" | "SS" | "SY" | "TD" | "YE",
            ) => EASTERN_ARABIC,
            ("ar", _) => ARABIC,
            ("da" | "id" | "tr" | "el" | "hr" | "sl" | "sr" | "ro" | "ca" | "is" | "vi", _) | ("pt", "BR") => {
                POINT_COMMA
            }
            (
                "pt" | "pl" | "sv" | "nb" | "nn" | "no" | "fi" | "cs" | "sk" | "uk" | "ru" | "be" | "bg" | "hu" | "et"
                | "lv" | "lt",
                _,
            ) => SPACE_COMMA,
            _ => ENGLISH,
        }
    }

    /// What is typed before decimals.
    #[must_use]
    pub fn separator(self) -> DecimalSeparator {
        if self.decimal == ',' { DecimalSeparator::Comma } else { DecimalSeparator::Point }
    }

    /// What somebody typed, with their own digits, marks and currency as every keyboard has them: `١٬٢٣٤٫٥٠` is `1,234.50`.
    #[must_use]
    pub fn typed(self, text: &str, currency: Currency) -> String {
        let ascii = |typed: char| {
            Some(match typed {
                '\u{61c}' | '\u{200e}' | '\u{200f}' => return None,
                '\u{66b}' => '.',
                '\u{66c}' => ',',
                '\u{660}'..='\u{669}' => shifted(typed, '\u{660}'),
                '\u{ff10}'..='\u{ff19}' => shifted(typed, '\u{ff10}'),
                other => other,
            })
        };
        text.replace(self.mark(currency), currency.code()).chars().filter_map(ascii).collect()
    }

    /// `€9,044.00`, `9.044,00 €`, `￥500`.
    #[must_use]
    pub fn money(self, money: Money) -> String {
        self.price(&money.to_decimal_string(), money.currency())
    }

    /// A price that may have more decimals than its currency: `0,1234 €`. `strict` is a plain decimal such as `-1234.5`.
    #[must_use]
    pub fn price(self, strict: &str, currency: Currency) -> String {
        let is_in_francs = self.is_swiss_in_francs && currency == Currency::CHF;
        if is_in_francs { SWISS.amount(strict, currency) } else { self.amount(strict, currency) }
    }

    /// A plain decimal such as `-1234.5`, without a currency.
    #[must_use]
    pub fn decimal(self, strict: &str) -> String {
        let (whole, fraction, is_negative) = parts(strict);
        format!("{}{}", if is_negative { self.minus } else { "" }, self.digits(whole, fraction))
    }

    /// `19 %`, from a plain decimal.
    #[must_use]
    pub fn percent(self, strict: &str) -> String {
        self.percent.replace('#', &self.decimal(strict))
    }

    /// A whole number that was counted.
    #[must_use]
    pub fn count(self, count: u32) -> String {
        self.digits(&count.to_string(), "")
    }

    /// Digits as they are, without groups: a year, a day.
    #[must_use]
    pub fn plain(self, number: i16) -> String {
        number.to_string().chars().map(|digit| self.digit(digit)).collect()
    }

    fn amount(self, strict: &str, currency: Currency) -> String {
        let (whole, fraction, is_negative) = parts(strict);
        let (number, mark) = (self.digits(whole, fraction), self.mark(currency));
        let mut written = String::with_capacity(number.len() + 8);
        let mut pattern = self.amount.chars().peekable();
        while let Some(part) = pattern.next() {
            match part {
                '-' if is_negative => written.push_str(self.minus),
                '-' => {}
                '#' => written.push_str(&number),
                '¤' => {
                    written.push_str(mark);
                    // CLDR's currencySpacing: letters never touch digits.
                    if pattern.peek() == Some(&'#') && mark.ends_with(char::is_alphabetic) {
                        written.push(NO_BREAK_SPACE);
                    }
                }
                other => written.push(other),
            }
        }
        written
    }

    fn mark(self, currency: Currency) -> &'static str {
        let [euro, dollar, pound, yen] = self.signs;
        match currency {
            Currency::EUR => euro,
            Currency::USD => dollar,
            Currency::GBP => pound,
            Currency::JPY => yen,
            _ if self.has_arabic_letters => arabic_letters(currency.code()).unwrap_or_else(|| currency.code()),
            _ => currency.code(),
        }
    }

    fn digits(self, whole: &str, fraction: &str) -> String {
        let mut number = String::with_capacity(whole.len() * 2);
        let is_grouped = whole.len() >= 3 + self.first_group_min;
        for (i, digit) in whole.chars().enumerate() {
            if is_grouped && i > 0 && (whole.len() - i).is_multiple_of(3) {
                number.push(self.group);
            }
            number.push(self.digit(digit));
        }
        if !fraction.is_empty() {
            number.push(self.decimal);
            number.extend(fraction.chars().map(|digit| self.digit(digit)));
        }
        number
    }

    fn digit(self, ascii: char) -> char {
        let value = ascii.to_digit(10).and_then(|value| char::from_u32(u32::from(self.nought) + value));
        value.unwrap_or(ascii)
    }
}

/// The ASCII digit that stands as far behind 0 as `digit` behind `nought`.
fn shifted(digit: char, nought: char) -> char {
    char::from_digit(u32::from(digit) - u32::from(nought), 10).unwrap_or(digit)
}

/// Digits before and after the point of a plain decimal, and whether it is below nought.
fn parts(strict: &str) -> (&str, &str, bool) {
    let digits = strict.trim_start_matches('-');
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    (whole, fraction, strict.starts_with('-'))
}

/// CLDR's symbols in Arabic, of the currencies that are spent there.
fn arabic_letters(code: &str) -> Option<&'static str> {
    Some(match code {
        "AED" => "د.إ.\u{200f}",
        "BHD" => "د.ب.\u{200f}",
        "DZD" => "د.ج.\u{200f}",
        "EGP" => "ج.م.\u{200f}",
        "IQD" => "د.ع.\u{200f}",
        "JOD" => "د.أ.\u{200f}",
        "KWD" => "د.ك.\u{200f}",
        "LBP" => "ل.ل.\u{200f}",
        "LYD" => "د.ل.\u{200f}",
        "MAD" => "د.م.\u{200f}",
        "MRU" => "أ.م.",
        "OMR" => "ر.ع.\u{200f}",
        "QAR" => "ر.ق.\u{200f}",
        "SAR" => "ر.س.\u{200f}",
        "SDG" => "ج.س.",
        "SYP" => "ل.س.\u{200f}",
        "TND" => "د.ت.\u{200f}",
        "YER" => "ر.ي.\u{200f}",
        _ => return None,
    })
}
