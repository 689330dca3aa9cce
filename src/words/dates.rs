//! Dates as CLDR 48 has them (`cldr-dates-full` 48.2, Gregorian, long and abbreviated).

use jiff::civil::Date;

use super::Words;
use crate::billing::language::Language;

type Months = [&'static str; 12];

const ENGLISH: Months = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const SHORT_ENGLISH: Months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const GERMAN: Months = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const SHORT_GERMAN: Months =
    ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."];
const FRENCH: Months = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const SHORT_FRENCH: Months =
    ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."];
const SPANISH: Months = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];
const SHORT_SPANISH: Months = ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"];
const ITALIAN: Months = [
    "gennaio",
    "febbraio",
    "marzo",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "agosto",
    "settembre",
    "ottobre",
    "novembre",
    "dicembre",
];
const SHORT_ITALIAN: Months = ["gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"];
const DUTCH: Months = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
];
const SHORT_DUTCH: Months = ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"];
/// Arabic does not shorten them.
const ARABIC: Months =
    ["يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"];

impl Words {
    /// `6 December 2026`, `6. Dezember 2026`, `2026年12月6日`.
    #[must_use]
    pub fn date(&self, date: Date) -> String {
        let (day, year) = (self.numbers.plain(date.day().into()), self.numbers.plain(date.year()));
        let month = |months: &Months| named(months, date);
        match self.language {
            Language::English if self.month_first => format!("{} {day}, {year}", month(&ENGLISH)),
            Language::English => format!("{day} {} {year}", month(&ENGLISH)),
            Language::German => format!("{day}. {} {year}", month(&GERMAN)),
            Language::French => format!("{day} {} {year}", month(&FRENCH)),
            Language::Spanish => format!("{day} de {} de {year}", month(&SPANISH)),
            Language::Italian => format!("{day} {} {year}", month(&ITALIAN)),
            Language::Dutch => format!("{day} {} {year}", month(&DUTCH)),
            Language::Japanese => format!("{year}年{}月{day}日", self.numbers.plain(date.month().into())),
            Language::Arabic => format!("{day} {} {year}", month(&ARABIC)),
        }
    }

    /// `6 Dec 2026`, `6. Dez. 2026`, where space is short.
    #[must_use]
    pub fn short_date(&self, date: Date) -> String {
        let (day, year) = (self.numbers.plain(date.day().into()), self.numbers.plain(date.year()));
        let month = |months: &Months| named(months, date);
        match self.language {
            Language::English if self.month_first => format!("{} {day}, {year}", month(&SHORT_ENGLISH)),
            Language::English => format!("{day} {} {year}", month(&SHORT_ENGLISH)),
            Language::German => format!("{day}. {} {year}", month(&SHORT_GERMAN)),
            Language::French => format!("{day} {} {year}", month(&SHORT_FRENCH)),
            Language::Spanish => format!("{day} {} {year}", month(&SHORT_SPANISH)),
            Language::Italian => format!("{day} {} {year}", month(&SHORT_ITALIAN)),
            Language::Dutch => format!("{day} {} {year}", month(&SHORT_DUTCH)),
            Language::Japanese | Language::Arabic => self.date(date),
        }
    }
}

fn named(months: &Months, date: Date) -> &'static str {
    usize::try_from(date.month() - 1).ok().and_then(|place| months.get(place)).copied().unwrap_or_default()
}
