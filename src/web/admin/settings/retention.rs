//! How long is kept what is no record of the books, and how much of it was forgotten so far.

use super::super::counts::counted;
use super::super::desk::Desk;
use super::super::entered::{Wrong, wrong_fields};
use super::super::forms::Why;
use super::super::forms::seen::{Stored, as_looked_at, overtaken};
use super::super::guard::SignedIn;
use super::{saved, seen_by, shown_again};
use crate::actions::settings;
use crate::billing::retention::Retention;
use crate::billing::settings::Settings;
use crate::store::{FORGOTTEN_EVENTS, FORGOTTEN_MAILS};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::settings::RetentionSettings;
use crate::web::views::shell::Section;

const MONTHS: &str = "mail_months";
const DAYS: &str = "event_days";

/// `GET /admin/settings/retention`
pub async fn page(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let stored = stored(desk.settings.retention);
    reply::page(&view(&desk, stored.written(), &typed(desk.settings.retention), &Wrong::default())?)
}

/// `POST /admin/settings/retention`
pub async fn save(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let form = request.form()?;
    let present = stored(desk.settings.retention);
    if let Some((merged, wrong)) = overtaken(&desk, &present, &form) {
        let page = view(&desk, present.written(), &of_form(&merged), &wrong)?;
        return reply::page_with(shown_again(Why::Stale), &page);
    }
    let wrong = match read(&form) {
        Ok(retention) => match keep(&desk, retention).await? {
            None => return Ok(saved("retention")),
            Some(wrong) => wrong,
        },
        Err(wrong) => wrong,
    };
    let page = view(&desk, seen_by(&form), &of_form(&form), &wrong)?;
    reply::page_with(shown_again(Why::Wrong), &page)
}

/// What is wrong with it, if it is not stored.
async fn keep(desk: &Desk, retention: Retention) -> Result<Option<Wrong>, Error> {
    let revision = desk.settings.revision;
    let change = move |settings: Settings| {
        as_looked_at(&settings, revision)?;
        Ok(Settings { retention, ..settings })
    };
    let by = desk.hand();
    match desk.app.store.write(move |w| settings::update(w, &by, change)).await {
        Ok(_) => Ok(None),
        Err(refusal) => {
            let name = |field: &str| field.trim_start_matches("retention.").to_owned();
            Ok(Some(Wrong::renamed(wrong_fields(refusal)?, name)))
        }
    }
}

/// What stands in the two fields.
struct Typed {
    months: String,
    days: String,
}

fn typed(retention: Retention) -> Typed {
    let months = retention.mail_months.map(|months| months.to_string()).unwrap_or_default();
    Typed { months, days: retention.event_days.to_string() }
}

fn of_form(form: &Form) -> Typed {
    Typed { months: form.text(MONTHS).trim().to_owned(), days: form.text(DAYS).trim().to_owned() }
}

fn stored(retention: Retention) -> Stored {
    let Typed { months, days } = typed(retention);
    Stored::of([(MONTHS, months), (DAYS, days)])
}

fn read(form: &Form) -> Result<Retention, Wrong> {
    let (Typed { months, days }, mut wrong) = (of_form(form), Wrong::default());
    let months = if months.is_empty() { Ok(None) } else { months.parse().map(Some) };
    if months.is_err() {
        wrong.add(MONTHS, "Enter a number of months, such as 24, or nothing.");
    }
    let days = days.parse();
    if days.is_err() {
        wrong.add(DAYS, "Enter a number of days, such as 90.");
    }
    match (months, days) {
        (Ok(mail_months), Ok(event_days)) => Ok(Retention { mail_months, event_days }),
        _ => Err(wrong),
    }
}

fn view(desk: &Desk, seen: String, typed: &Typed, wrong: &Wrong) -> Result<RetentionSettings, Error> {
    let forgotten = |name| desk.app.store.read(|r| r.counter(name));
    let (mails, events) = (forgotten(FORGOTTEN_MAILS)?, forgotten(FORGOTTEN_EVENTS)?);
    Ok(RetentionSettings {
        shell: desk.shell(Section::Settings)?,
        problems: wrong.problems(),
        seen,
        mail_months: wrong.field(MONTHS, typed.months.as_str()),
        event_days: wrong.field(DAYS, typed.days.as_str()),
        forgotten_mails: counted(mails, "mail", "mails"),
        forgotten_events: counted(events, "message", "messages"),
    })
}
