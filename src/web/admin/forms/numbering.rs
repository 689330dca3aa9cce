//! Numbers, terms and tax rates, with what the next documents of each sort would be called.

use serde::Serialize;

use super::super::desk::Desk;
use super::super::entered::{Wrong, dotted, wrong_fields};
use super::seen::{SEEN, Stored, as_looked_at, overtaken, ticked};
use super::{Sent, Why, text, usual};
use crate::actions::{Refusal, settings};
use crate::billing::ledger::Book;
use crate::billing::number::{Pattern, TEST_PREFIX};
use crate::billing::quantity::TaxRate;
use crate::billing::settings::{Documents, NamedRate, Settings};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::views::forms::{NumberingForm, RateRow};

/// Rows that the page shows; the settings take fifty rates.
const ROWS_SHOWN_MAX: usize = 51;
/// How the fields of the series of credit notes and of fees begin.
const CREDIT: &str = "credit_";
const FEE: &str = "fee_";
/// Numbers of the sample.
const SAMPLES: u64 = 3;
const NEXT_WRONG: &str = "Enter the counter of the next one, such as 1.";
const NEXT_UNKNOWN: &str = "Not known, since a backup was put back: look up the last one that you sent, and enter the \
     counter behind it; 1 if there was none.";

/// What stands in the form.
#[derive(Clone, Debug)]
struct Typed {
    invoices: TypedSeries,
    credit_notes: TypedSeries,
    fee_invoices: TypedSeries,
    terms_days: String,
    /// Name and percent.
    rates: Vec<(String, String)>,
    prices_include_tax: bool,
}

#[derive(Clone, Debug)]
struct TypedSeries {
    pattern: String,
    next: String,
}

/// What it means.
#[derive(Clone, Debug)]
struct Read {
    invoices: ReadSeries,
    credit_notes: ReadSeries,
    fee_invoices: ReadSeries,
    terms_days: u16,
    rates: Vec<NamedRate>,
    prices_include_tax: bool,
}

#[derive(Clone, Debug)]
struct ReadSeries {
    pattern: Pattern,
    /// Only if it was changed, or is not known without being said.
    next: Option<u64>,
}

impl Read {
    fn series(&self, documents: Documents) -> &ReadSeries {
        match documents {
            Documents::Invoices => &self.invoices,
            Documents::CreditNotes => &self.credit_notes,
            Documents::FeeInvoices => &self.fee_invoices,
        }
    }
}

/// The form as things are.
pub fn stored(desk: &Desk) -> NumberingForm {
    let typed = of_settings(desk);
    view(desk, &typed, &Wrong::default(), typed.fields().written())
}

/// The form of the first run: with the usual rate of the business's country.
pub fn suggested(desk: &Desk) -> NumberingForm {
    let mut typed = of_settings(desk);
    let seen = typed.fields().written();
    let usual = usual::in_country(&desk.settings.business.address.country).filter(|usual| !usual.tax.is_empty());
    if let (Some(usual), true) = (usual, desk.settings.tax_rates.is_empty()) {
        typed.rates.insert(0, ("VAT".to_owned(), desk.typed(usual.tax)));
    }
    view(desk, &typed, &Wrong::default(), seen)
}

/// What the next documents of each sort would be called, if the form were stored as it stands.
#[derive(Serialize)]
pub struct Samples {
    sample: String,
    credit_sample: String,
    fee_sample: String,
}

/// For the script that shows them while a pattern is typed.
pub fn preview(desk: &Desk, form: &Form) -> Samples {
    let typed = of_form(desk, form);
    Samples {
        sample: sample(desk, Documents::Invoices, &typed.invoices),
        credit_sample: sample(desk, Documents::CreditNotes, &typed.credit_notes),
        fee_sample: sample(desk, Documents::FeeInvoices, &typed.fee_invoices),
    }
}

/// Stores the form, unless its button only asks for a sample or another row.
pub async fn save(desk: &Desk, form: &Form) -> Result<Sent<NumberingForm>, Error> {
    let mut typed = of_form(desk, form);
    let (button, seen) = (form.text("do"), text(form, SEEN));
    if button == "rate" && typed.rates.len() < ROWS_SHOWN_MAX {
        typed.rates.push(Default::default());
    }
    if matches!(button, "rate" | "sample") {
        return Ok(Sent::Again { view: view(desk, &typed, &Wrong::default(), seen), why: Why::Asked });
    }
    let present = of_settings(desk).fields();
    if let Some((merged, wrong)) = overtaken(desk, &present, form) {
        let view = view(desk, &of_form(desk, &merged), &wrong, present.written());
        return Ok(Sent::Again { view, why: Why::Stale });
    }
    let read = match read(desk, &typed) {
        Ok(read) => read,
        Err(wrong) => return Ok(Sent::Again { view: view(desk, &typed, &wrong, seen), why: Why::Wrong }),
    };
    let (book, today, revision, by) = (desk.app.book(), desk.today, desk.settings.revision, desk.hand());
    let stored = desk.app.store.write(move |w| {
        let saved = settings::update(w, &by, |settings| {
            as_looked_at(&settings, revision)?;
            put(settings, read.clone(), book, today)
        })?;
        for documents in Documents::ALL.into_iter().filter(|documents| read.series(*documents).next.is_some()) {
            w.know_numbers(documents, book)?;
        }
        Ok::<_, Refusal>(saved)
    });
    match stored.await {
        Ok(_) => Ok(Sent::Saved),
        Err(refusal) => {
            let places = filled_rows(&typed);
            let wrong = Wrong::renamed(wrong_fields(refusal)?, |path| form_name(path, &places));
            Ok(Sent::Again { view: view(desk, &typed, &wrong, seen), why: Why::Wrong })
        }
    }
}

fn put(settings: Settings, read: Read, book: Book, today: jiff::civil::Date) -> Result<Settings, Refusal> {
    let numbered = |settings, documents| number(settings, documents, read.series(documents), book, today);
    let settings = Documents::ALL.into_iter().try_fold(settings, numbered)?;
    Ok(Settings {
        terms_days: read.terms_days,
        tax_rates: read.rates,
        prices_include_tax: read.prices_include_tax,
        ..settings
    })
}

fn number(
    settings: Settings,
    documents: Documents,
    read: &ReadSeries,
    book: Book,
    today: jiff::civil::Date,
) -> Result<Settings, Refusal> {
    let settings = settings::number_by(settings, documents, &read.pattern);
    match read.next {
        Some(next) => settings::number_from(settings, documents, next, book, today),
        None => Ok(settings),
    }
}

/// The form's name of a setting; `places` are the rows of the form that have a rate.
fn form_name(path: &str, places: &[usize]) -> String {
    if let Some(rest) = dotted(path).strip_prefix("tax_rates.")
        && let Some((number, field)) = rest.split_once('.')
        && let Some(place) = number.parse::<usize>().ok().and_then(|number| places.get(number))
    {
        return format!("rates.{place}.{field}");
    }
    let last = path.rsplit('.').next().unwrap_or(path);
    let others = [(Documents::CreditNotes, CREDIT), (Documents::FeeInvoices, FEE)];
    let prefix = others.into_iter().find(|(documents, _)| path.starts_with(documents.field()));
    format!("{}{last}", prefix.map_or("", |(_, prefix)| prefix))
}

fn of_settings(desk: &Desk) -> Typed {
    let settings = &desk.settings;
    let series = |documents| TypedSeries {
        pattern: settings.series(documents, desk.app.book()).pattern().as_str().to_owned(),
        next: known_next(desk, documents).map(|next| next.to_string()).unwrap_or_default(),
    };
    let rate = |named: &NamedRate| (named.name.clone(), desk.typed(&named.rate.normalised().to_string()));
    let mut rates: Vec<_> = settings.tax_rates.iter().map(rate).collect();
    rates.push(Default::default());
    Typed {
        invoices: series(Documents::Invoices),
        credit_notes: series(Documents::CreditNotes),
        fee_invoices: series(Documents::FeeInvoices),
        terms_days: settings.terms_days.to_string(),
        rates,
        prices_include_tax: settings.prices_include_tax,
    }
}

impl Typed {
    fn fields(&self) -> Stored {
        let series = [("", &self.invoices), (CREDIT, &self.credit_notes), (FEE, &self.fee_invoices)];
        let mut fields: Vec<(String, String)> = Vec::new();
        for (prefix, series) in series {
            fields.push((format!("{prefix}pattern"), series.pattern.clone()));
            fields.push((format!("{prefix}next"), series.next.clone()));
        }
        fields.push(("terms_days".to_owned(), self.terms_days.clone()));
        for (place, (name, rate)) in self.rates.iter().enumerate() {
            fields.push((format!("rates.{place}.name"), name.clone()));
            fields.push((format!("rates.{place}.rate"), rate.clone()));
        }
        fields.push(("prices_include_tax".to_owned(), ticked(self.prices_include_tax)));
        Stored::of(fields)
    }
}

fn of_form(desk: &Desk, form: &Form) -> Typed {
    let rows = form.rows("rates").into_iter().take(ROWS_SHOWN_MAX);
    Typed {
        invoices: TypedSeries { pattern: text(form, "pattern"), next: text(form, "next") },
        // Left as they are by a form that does not ask for them.
        credit_notes: series_of(form, CREDIT).unwrap_or_else(|| of_settings(desk).credit_notes),
        fee_invoices: series_of(form, FEE).unwrap_or_else(|| of_settings(desk).fee_invoices),
        terms_days: text(form, "terms_days"),
        rates: rows.map(|row| (text(&row, "name"), text(&row, "rate"))).collect(),
        prices_include_tax: !form.text("prices_include_tax").is_empty(),
    }
}

/// A series whose fields begin so, if the form has them.
fn series_of(form: &Form, prefix: &str) -> Option<TypedSeries> {
    let (pattern, next) = (format!("{prefix}pattern"), format!("{prefix}next"));
    form.get(&pattern)?;
    Some(TypedSeries { pattern: text(form, &pattern), next: text(form, &next) })
}

fn filled_rows(typed: &Typed) -> Vec<usize> {
    let filled =
        |(place, (name, rate)): (usize, &(String, String))| (!(name.is_empty() && rate.is_empty())).then_some(place);
    typed.rates.iter().enumerate().filter_map(filled).collect()
}

fn read(desk: &Desk, typed: &Typed) -> Result<Read, Wrong> {
    let mut wrong = Wrong::default();
    let invoices = read_series(desk, &typed.invoices, Documents::Invoices, "", &mut wrong);
    let credit_notes = read_series(desk, &typed.credit_notes, Documents::CreditNotes, CREDIT, &mut wrong);
    let fee_invoices = read_series(desk, &typed.fee_invoices, Documents::FeeInvoices, FEE, &mut wrong);
    let terms_days = typed.terms_days.parse::<u16>().ok();
    if terms_days.is_none() {
        wrong.add("terms_days", "Enter the number of days, such as 14.");
    }
    let rates = filled_rows(typed).into_iter().filter_map(|place| {
        let (name, rate) = typed.rates.get(place)?;
        match TaxRate::parse_typed(rate, desk.separator()) {
            Ok(rate) => Some(NamedRate { name: name.clone(), rate }),
            Err(error) => {
                wrong.add(format!("rates.{place}.rate"), error);
                None
            }
        }
    });
    let rates = rates.collect();
    match (invoices, credit_notes, fee_invoices, terms_days) {
        (Some(invoices), Some(credit_notes), Some(fee_invoices), Some(terms_days)) if wrong.is_empty() => {
            let prices_include_tax = typed.prices_include_tax;
            Ok(Read { invoices, credit_notes, fee_invoices, terms_days, rates, prices_include_tax })
        }
        _ => Err(wrong),
    }
}

fn read_series(
    desk: &Desk,
    typed: &TypedSeries,
    documents: Documents,
    prefix: &str,
    wrong: &mut Wrong,
) -> Option<ReadSeries> {
    let pattern = Pattern::parse(&typed.pattern).map_err(|error| wrong.add(format!("{prefix}pattern"), error)).ok();
    let (next, known) = (typed.next.parse::<u64>().ok(), known_next(desk, documents));
    let stays_unknown = known.is_none() && typed.next.is_empty();
    if next.is_none() && !stays_unknown {
        wrong.add(format!("{prefix}next"), NEXT_WRONG);
    }
    Some(ReadSeries { pattern: pattern?, next: next.filter(|_| next != known) }).filter(|_| wrong.is_empty())
}

/// The count of the next document, unless others may have been given that are not known here.
fn known_next(desk: &Desk, documents: Documents) -> Option<u64> {
    let is_known = !desk.numbers_unknown().contains(&documents);
    is_known.then(|| desk.settings.series(documents, desk.app.book()).next(desk.today))
}

/// `2026-0001, 2026-0002, 2026-0003`; why they could not be stored instead.
fn sample(desk: &Desk, documents: Documents, typed: &TypedSeries) -> String {
    let pattern = match Pattern::parse(&typed.pattern) {
        Ok(pattern) => pattern,
        Err(error) => return error.to_string(),
    };
    let Ok(first) = typed.next.parse::<u64>() else {
        let is_known = !typed.next.is_empty() || known_next(desk, documents).is_some();
        return (if is_known { NEXT_WRONG } else { NEXT_UNKNOWN }).to_owned();
    };
    let series = desk.settings.series(documents, desk.app.book()).clone().with_pattern(pattern.clone());
    if let Err(error) = series.starting_at(first, desk.today) {
        return error.to_string();
    }
    let prefix = if desk.app.book().is_test() { TEST_PREFIX } else { "" };
    let number = |sequence| format!("{prefix}{}", pattern.sample(desk.today, sequence));
    (first..first.saturating_add(SAMPLES)).map(number).collect::<Vec<_>>().join(", ")
}

fn view(desk: &Desk, typed: &Typed, wrong: &Wrong, seen: String) -> NumberingForm {
    let row = |(place, (name, rate)): (usize, &(String, String))| RateRow {
        name: wrong.field(&format!("rates.{place}.name"), name.as_str()),
        rate: wrong.field(&format!("rates.{place}.rate"), rate.as_str()),
    };
    NumberingForm {
        seen,
        problems: wrong.problems(),
        pattern: wrong.field("pattern", typed.invoices.pattern.as_str()),
        next: wrong.field("next", typed.invoices.next.as_str()),
        sample: sample(desk, Documents::Invoices, &typed.invoices),
        credit_pattern: wrong.field("credit_pattern", typed.credit_notes.pattern.as_str()),
        credit_next: wrong.field("credit_next", typed.credit_notes.next.as_str()),
        credit_sample: sample(desk, Documents::CreditNotes, &typed.credit_notes),
        fee_pattern: wrong.field("fee_pattern", typed.fee_invoices.pattern.as_str()),
        fee_next: wrong.field("fee_next", typed.fee_invoices.next.as_str()),
        fee_sample: sample(desk, Documents::FeeInvoices, &typed.fee_invoices),
        terms_days: wrong.field("terms_days", typed.terms_days.as_str()),
        rates: typed.rates.iter().enumerate().map(row).collect(),
        prices_include_tax: typed.prices_include_tax,
    }
}
