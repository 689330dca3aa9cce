//! The owner's settings are changed.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Refusal;
use super::sensitive::{self, Before};
use crate::billing::due::TERMS_DAYS_MAX;
use crate::billing::field::FieldError;
use crate::billing::language::is_language_tag;
use crate::billing::ledger::Book;
use crate::billing::number::{Pattern, Series};
use crate::billing::sensitive::Sensitive;
use crate::billing::settings::{Documents, Settings};
use crate::store::Writer;

const TAX_RATES_MAX: usize = 50;
const NAME_CHARS_MAX: usize = 100;

/// Changes the settings by `change`, which sees them as they are now. `by` says who does it and with what, for the owners,
/// who are told of other bank details.
///
/// # Errors
/// A field is not as it must be.
pub fn update(
    w: &mut Writer<'_>,
    by: &str,
    change: impl FnOnce(Settings) -> Result<Settings, Refusal>,
) -> Result<Settings, Refusal> {
    let stored = w.settings()?;
    let revision = stored.revision.saturating_add(1);
    let bank = (stored.business.iban.clone(), stored.business.bic.clone());
    let patterns = patterns(&stored);
    let settings = Settings { revision, ..change(stored)? };
    check(&settings)?;
    if self::patterns(&settings) != patterns {
        tell_apart(&settings)?;
    }
    w.put_settings(&settings)?;
    if (&settings.business.iban, &settings.business.bic) != (&bank.0, &bank.1) {
        let before = if bank.0.is_empty() && bank.1.is_empty() { Before::Nothing } else { Before::Something };
        sensitive::tell(w, Sensitive::BankDetails, before, by)?;
    }
    Ok(settings)
}

fn patterns(settings: &Settings) -> [String; Documents::ALL.len()] {
    Documents::ALL.map(|documents| settings.series(documents, Book::Live).pattern().to_string())
}

/// A number must say what it is the number of.
fn tell_apart(settings: &Settings) -> Result<(), Refusal> {
    let patterns = patterns(settings);
    for (place, documents) in Documents::ALL.into_iter().enumerate() {
        if let Some(before) = patterns[..place].iter().position(|pattern| *pattern == patterns[place]) {
            let words = format!(
                "The {} have this pattern. Write another one, so that a number is of one document.",
                Documents::ALL[before].name()
            );
            return Err(Refusal::field(&format!("{}.pattern", documents.field()), words));
        }
    }
    Ok(())
}

/// The settings with both series of a sort of document under another pattern, each going on from where it is.
#[must_use]
pub fn number_by(mut settings: Settings, documents: Documents, pattern: &Pattern) -> Settings {
    for book in [Book::Live, Book::Test] {
        let series = settings.series_mut(documents, book);
        *series = series.clone().with_pattern(pattern.clone());
    }
    settings
}

/// The settings with the series of `book` going on with `next`. The other series starts there too if it has given no
/// number yet: an owner who tries things out with a test key wants the same start for real, but what is tried out must
/// leave no gap in a series that is in use.
///
/// # Errors
/// The number is none, or has been given already.
pub fn number_from(
    mut settings: Settings,
    documents: Documents,
    next: u64,
    book: Book,
    today: Date,
) -> Result<Settings, Refusal> {
    let field = format!("{}.next", documents.field());
    let started = |series: &Series, is_in_use: bool| match series.starting_at(next, today) {
        Ok(started) if is_in_use || series.is_unused() => Ok(started),
        Err(error) if is_in_use => Err(Refusal::field(&field, error)),
        _ => Ok(series.clone()),
    };
    for each in [Book::Live, Book::Test] {
        let series = settings.series_mut(documents, each);
        *series = started(series, each == book)?;
    }
    Ok(settings)
}

fn check(settings: &Settings) -> Result<(), Refusal> {
    let mut errors = settings.business.validate("business");
    // A profile may be filled in later; what law or a format lacks is named where it matters.
    errors.retain(|error| !(error.field == "business.name" && settings.business.name.is_empty()));
    let mut add = |field: String, detail: &str| errors.push(FieldError::new(field, detail));
    if TimeZone::get(&settings.time_zone).is_err() {
        add("time_zone".into(), "Write a time zone such as Europe/Berlin.");
    }
    if !is_language_tag(&settings.language) {
        add("language".into(), "Write the language as a short tag, such as en, de or pt-BR.");
    }
    if settings.terms_days > TERMS_DAYS_MAX {
        add("terms_days".into(), &format!("Write at most {TERMS_DAYS_MAX} days."));
    }
    if settings.tax_rates.len() > TAX_RATES_MAX {
        add("tax_rates".into(), &format!("Use at most {TAX_RATES_MAX} tax rates."));
    }
    for (place, rate) in settings.tax_rates.iter().enumerate() {
        if rate.name.trim().is_empty() || rate.name.chars().count() > NAME_CHARS_MAX {
            add(format!("tax_rates[{place}].name"), &format!("Write a name of 1 to {NAME_CHARS_MAX} characters."));
        }
    }
    errors.extend(settings.retention.validate("retention"));
    if errors.is_empty() { Ok(()) } else { Err(Refusal::Invalid(errors)) }
}
