//! QR codes as geometry: one path of strokes, so that a page needs neither an image nor ready-made markup.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

use super::views::parts::Qr;
use crate::billing::bank::{Bic, Iban};
use crate::billing::money::Money;

/// Modules of white around a code (ISO 18004 asks for four).
const QUIET_ZONE: usize = 4;
/// EPC069-12 takes amounts up to 999,999,999.99 euro, names of 70 and texts of 140 characters.
const EPC_MINOR_MAX: i64 = 99_999_999_999;
const EPC_NAME_CHARS: usize = 70;
const EPC_TEXT_CHARS: usize = 140;

/// The code of an address to open. The lowest error correction, because Stripe's addresses are long and screens are clean.
#[must_use]
pub fn address(url: &str) -> Option<Qr> {
    drawn(url, EcLevel::L)
}

/// The code that fills in a transfer in a banking app (EPC069-12, version 2, text in UTF-8); there is one for euro only.
#[must_use]
pub fn transfer(name: &str, iban: &Iban, bic: &str, due: Money, text: &str) -> Option<Qr> {
    if due.currency().code() != "EUR" || !(1..=EPC_MINOR_MAX).contains(&due.minor()) {
        return None;
    }
    let bic = Bic::parse(bic).ok();
    let bic = bic.as_ref().map_or("", Bic::as_str);
    let amount = format!("EUR{}", due.to_decimal_string());
    let (name, text) = (line(name, EPC_NAME_CHARS), line(text, EPC_TEXT_CHARS));
    let lines = ["BCD", "002", "1", "SCT", bic, &name, iban.as_str(), &amount, "", "", &text];
    drawn(&lines.join("\n"), EcLevel::M)
}

/// Text for one line of the code: a line break in it would begin the next.
fn line(text: &str, chars_max: usize) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(chars_max).collect()
}

/// `None` for a text too long for any code.
fn drawn(text: &str, level: EcLevel) -> Option<Qr> {
    let code = QrCode::with_error_correction_level(text, level).ok()?;
    let (width, colors) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(path, "M{QUIET_ZONE} {}.5", y + QUIET_ZONE);
        for run in row.chunk_by(|one, next| one == next) {
            let is_dark = run.first() == Some(&Color::Dark);
            let _ = if is_dark { write!(path, "h{}", run.len()) } else { write!(path, "m{} 0", run.len()) };
        }
    }
    Some(Qr { path, size: u32::try_from(width + 2 * QUIET_ZONE).ok()? })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{EPC_MINOR_MAX, Iban, Money, QUIET_ZONE, QrCode, address, line, transfer};
    use crate::billing::currency::Currency;

    /// The dark modules of a path, one by one, as a browser would stroke it.
    fn modules(path: &str) -> Vec<(usize, usize)> {
        let mut dark = Vec::new();
        for row in path.split('M').skip(1) {
            let start = row.find(['h', 'm']).unwrap_or(row.len());
            let (place, strokes) = row.split_at(start);
            let (x, y) = place.split_once(' ').unwrap();
            let (mut x, y): (usize, usize) = (x.parse().unwrap(), y.trim_end_matches(".5").parse().unwrap());
            let mut rest = strokes;
            while let Some(kind) = rest.chars().next() {
                let end = rest[1..].find(['h', 'm']).map_or(rest.len(), |at| at + 1);
                let length: usize = rest[1..end].trim_end_matches(" 0").parse().unwrap();
                if kind == 'h' {
                    dark.extend((x..x + length).map(|x| (x, y)));
                }
                x += length;
                rest = &rest[end..];
            }
        }
        dark
    }

    #[test]
    fn the_strokes_cover_the_dark_modules_and_no_other() {
        let code = QrCode::with_error_correction_level("https://pay.example", qrcode::EcLevel::L).unwrap();
        let expected: Vec<_> = (0..code.width())
            .flat_map(|y| (0..code.width()).map(move |x| (x, y)))
            .filter(|place| code[*place] == qrcode::Color::Dark)
            .map(|(x, y)| (x + QUIET_ZONE, y + QUIET_ZONE))
            .collect();
        let drawn = address("https://pay.example").unwrap();
        assert_eq!(modules(&drawn.path), expected);
        assert_eq!(usize::try_from(drawn.size).unwrap(), code.width() + 2 * QUIET_ZONE);
        assert!(address(&"x".repeat(5_000)).is_none());
    }

    #[test]
    fn banks_take_euro_within_their_limits() {
        let iban = Iban::parse("DE89 3704 0044 0532 0130 00").unwrap();
        let code = |minor: i64, currency: Currency| {
            let due = Money::new(minor, currency).unwrap();
            transfer("Studio Example", &iban, "COBADEFFXXX", due, "2026-0042")
        };
        for (minor, currency, is_there) in [
            (1, Currency::EUR, true),
            (EPC_MINOR_MAX, Currency::EUR, true),
            (EPC_MINOR_MAX + 1, Currency::EUR, false),
            (0, Currency::EUR, false),
            (100, Currency::CHF, false),
        ] {
            assert_eq!(code(minor, currency).is_some(), is_there, "{minor} {currency}");
        }
        assert_eq!(line("  Two\nlines  ", 70), "Two lines");
        assert_eq!(line("äöü", 2), "äö");
    }
}
