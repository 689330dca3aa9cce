//! What every page of the owner starts from: who is signed in, what time it is in the business, how things are written,
//! and what surrounds the page.

use std::str::FromStr;
use std::sync::OnceLock;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::counts;
use super::device::device;
use super::flash;
use super::guard::SignedIn;
use crate::actions::{Actor, day};
use crate::app::Hold;
use crate::billing::currency::Currency;
use crate::billing::decimal::DecimalSeparator;
use crate::billing::money::Money;
use crate::billing::settings::{Documents, Settings};
use crate::store;
use crate::web::error::Error;
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::parts::{Link, Pager, Tone, When};
use crate::web::views::shell::{Banner, Section, Shell};
use crate::web::words;
use crate::words::Words;

/// How often a session's last request is written down: a write is an `fsync`, and nobody needs to know the second.
const SEEN_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// Rows of a page of a list.
pub const ROWS_MAX: usize = 50;
/// How long a mail waits so that it can be taken back.
pub const UNDO: SignedDuration = SignedDuration::from_secs(10);
/// Moments younger than this are told in words, older ones by their date.
const RELATIVE_HOURS_MAX: i64 = 20;

/// The owner's desk for one request.
pub struct Desk {
    pub app: State,
    pub me: SignedIn,
    pub settings: Settings,
    pub now: Timestamp,
    /// In the business's time zone.
    pub today: Date,
    zone: TimeZone,
    said: Option<Said>,
    /// Asked of the store when a page first needs it.
    numbers_unknown: OnceLock<Vec<Documents>>,
}

/// What the last request did, as its redirect says.
#[derive(Clone, Debug, Default)]
struct Said {
    done: String,
    mail: String,
}

impl Desk {
    /// Opens the desk and notes that the session is in use.
    pub async fn open(app: State, request: &Request<SignedIn>) -> Result<Self, Error> {
        let said = request
            .query
            .get("done")
            .map(|done| Said { done: done.to_owned(), mail: request.query.text("mail").to_owned() });
        let desk = Self { said, ..Self::at(app, request.by.clone())? };
        desk.note_seen().await;
        Ok(desk)
    }

    /// The desk of whoever is signed in, with nothing noted and nothing said.
    pub fn at(app: State, me: SignedIn) -> Result<Self, Error> {
        let settings = app.store.read(|r| r.settings())?;
        let now = app.clock.now();
        let zone = TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC);
        Ok(Self {
            today: day(&settings, now),
            app,
            me,
            settings,
            now,
            zone,
            said: None,
            numbers_unknown: OnceLock::new(),
        })
    }

    async fn note_seen(&self) {
        let (id, now) = (self.me.session.id, self.now);
        if now.duration_since(self.me.session.seen_at) < SEEN_EVERY {
            return;
        }
        let noted = self.app.store.write(move |w| match w.session(id)? {
            Some(session) => w.put_session(&store::Session { seen_at: now, ..session }),
            None => Ok(()),
        });
        // A page is shown even when nothing can be written; the banner says that.
        if let Err(error) = noted.await {
            tracing::warn!(error = %error, "a session's last use could not be noted");
        }
    }

    pub fn actor(&self) -> Actor {
        Actor::owner(&self.me.owner.email)
    }

    /// Who is at it and with what, for those who are told of a change.
    pub fn hand(&self) -> String {
        format!("{}, in {}", self.me.owner.email, device(&self.me.session.user_agent))
    }

    /// The documents of which numbers may have been given that are not known here.
    pub fn numbers_unknown(&self) -> &[Documents] {
        self.numbers_unknown.get_or_init(|| self.app.numbers_unknown())
    }

    /// What that means, and what the owner can do, if there are any.
    pub fn numbers_held(&self) -> Option<String> {
        self.app.held_by(self.numbers_unknown())
    }

    /// What surrounds a page.
    pub fn shell(&self, section: Section) -> Result<Shell, Error> {
        let (reviews, failed) =
            self.app.store.read(|r| Ok::<_, store::Error>((r.count_open_reviews()?, r.count_failed_letters()?)))?;
        let business = self.settings.business.name.clone();
        let flash = match &self.said {
            Some(said) => flash::of(self, &said.done, &said.mail)?,
            None => None,
        };
        Ok(Shell {
            section,
            business: if business.is_empty() { "Quittance".to_owned() } else { business },
            owner: self.me.owner.email.clone(),
            reviews: (reviews > 0).then(|| counts::count(reviews)),
            failed_mails: (failed > 0).then(|| counts::count(failed)),
            banners: self.banners(failed),
            typed: Vec::new(),
            flash,
            shortcuts: !self.me.owner.without_shortcuts,
        })
    }

    /// Conditions that last, the worst first.
    fn banners(&self, failed_mails: u64) -> Vec<Banner> {
        let mut banners = Vec::new();
        if let Some(trouble) = self.app.store.trouble() {
            let text = format!("Nothing can be stored at the moment: {trouble}. Free disk space or check the disk.");
            banners.push(Banner { tone: Tone::Bad, text, link: None });
        }
        if let Some(hold) = self.app.payments_held() {
            banners.push(held(hold));
        }
        if let Some(words) = self.numbers_held() {
            let link = Some(Link::new("Numbers", "/admin/settings/numbering"));
            banners.push(Banner { tone: Tone::Bad, text: words, link });
        }
        if self.app.book().is_test() && self.app.may_be_copy() {
            let text = "This data folder was copied or moved here. With a test key nothing waits for that.".to_owned();
            banners.push(Banner { tone: Tone::Warn, text, link: Some(Link::new("Decide", "/admin/copy")) });
        }
        if failed_mails > 0 {
            let text = format!("{} could not be delivered.", counts::counted(failed_mails, "mail", "mails"));
            banners.push(Banner { tone: Tone::Bad, text, link: Some(Link::new("See why", "/admin/outbox?s=failed")) });
        }
        if self.app.book().is_test() {
            let text = "Test mode: no real money moves, and numbers begin with “TEST-”.".to_owned();
            let link = Some(Link::new("Use a live key", "/admin/settings/payments"));
            banners.push(Banner { tone: Tone::Warn, text, link });
        }
        banners
    }
}

fn held(hold: Hold) -> Banner {
    let (tone, link) = match hold {
        Hold::Copy => (Tone::Bad, Link::new("Decide", "/admin/copy")),
        Hold::Address => (Tone::Bad, Link::new("Card payments", "/admin/settings/payments")),
        Hold::Behind => (Tone::Warn, Link::new("Reconciliation", "/admin/reconciliations")),
    };
    Banner { tone, text: hold.words().to_owned(), link: Some(link) }
}

/// How things are written.
impl Desk {
    /// What the owner types before decimals.
    pub fn separator(&self) -> DecimalSeparator {
        words::separator(&self.settings.language)
    }

    /// The owner's words, for what stands on customers' pages and on the owner's alike.
    pub fn words(&self) -> Words {
        Words::for_owner(&self.settings.language)
    }

    pub fn money(&self, amount: Money) -> String {
        words::money(amount, &self.settings.language)
    }

    /// An amount in minor units; one beyond all limits is shown as nothing, since it cannot be.
    pub fn minor(&self, minor: i64, currency: Currency) -> String {
        self.money(Money::new(minor, currency).unwrap_or(Money::zero(currency)))
    }

    /// A decimal number as it stands in a field: with the owner's decimal separator, without groups.
    pub fn typed(&self, strict: &str) -> String {
        match self.separator() {
            DecimalSeparator::Comma => strict.replace('.', ","),
            DecimalSeparator::Point => strict.to_owned(),
        }
    }

    pub fn date(&self, date: Date) -> String {
        words::date(date, &self.settings.language)
    }

    /// `22 Nov 2026`.
    pub fn short(&self, date: Date) -> String {
        words::short_date(date, &self.settings.language)
    }

    /// The business's day of a moment.
    pub fn day(&self, at: Timestamp) -> Date {
        day(&self.settings, at)
    }

    /// `22 Nov 2026, 14:02`.
    pub fn when(&self, at: Timestamp) -> When {
        words::moment(at, &self.settings.time_zone, &self.settings.language)
    }

    /// `22 Nov 2026, 14:02:07`.
    pub fn when_exactly(&self, at: Timestamp) -> When {
        let local = at.to_zoned(self.zone.clone());
        let text =
            format!("{}, {}", words::short_date(local.date(), &self.settings.language), local.strftime("%H:%M:%S"));
        When::new(at.to_string(), text)
    }

    /// `14:02`.
    pub fn time(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%H:%M").to_string()
    }

    pub fn on(&self, date: Date) -> When {
        When::new(date.to_string(), self.short(date))
    }

    /// `2 minutes ago` while it is recent, else the date and time.
    pub fn ago(&self, at: Timestamp) -> When {
        let age = self.now.duration_since(at);
        let text = match (age.as_hours(), age.as_mins()) {
            (hours, _) if hours >= RELATIVE_HOURS_MAX => return self.when(at),
            (0, 0) => "just now".to_owned(),
            (0, minutes) => format!("{} ago", counted(minutes, "minute", "minutes")),
            (hours, _) => format!("{} ago", counted(hours, "hour", "hours")),
        };
        When::new(at.to_string(), text)
    }

    /// `in 4 minutes`.
    pub fn ahead(&self, at: Timestamp) -> String {
        let wait = at.duration_since(self.now);
        match (wait.as_hours(), wait.as_mins(), wait.as_secs()) {
            (hours, _, _) if hours >= RELATIVE_HOURS_MAX => self.when(at).text,
            (0, 0, seconds) if seconds <= 0 => "now".to_owned(),
            (0, 0, seconds) => format!("in {}", counted(seconds, "second", "seconds")),
            (0, minutes, _) => format!("in {}", counted(minutes, "minute", "minutes")),
            (hours, _, _) => format!("in {}", counted(hours, "hour", "hours")),
        }
    }

    /// `in 14 days`, `today`, `12 days overdue`.
    pub fn due_in_words(&self, due: Date) -> String {
        match (due - self.today).get_days() {
            0 => "today".to_owned(),
            1 => "tomorrow".to_owned(),
            days if days > 0 => format!("in {}", counted(i64::from(days), "day", "days")),
            days => format!("{} overdue", counted(-i64::from(days), "day", "days")),
        }
    }
}

fn counted(number: i64, one: &str, many: &str) -> String {
    counts::counted(number.unsigned_abs(), one, many)
}

/// The id behind which a list goes on, if the query names one; anything else names no place in the list.
pub fn after<I: FromStr, By>(request: &Request<By>) -> Result<Option<I>, Error> {
    match request.query.text("after") {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Error::NotFound),
    }
}

/// Cuts what was read beyond a page off, and says where the list goes on. `base` ends in `?` or `&`.
pub fn paged<T>(rows: &mut Vec<T>, is_first: bool, base: &str, id_of: impl Fn(&T) -> String) -> Pager {
    let has_more = rows.len() > ROWS_MAX;
    rows.truncate(ROWS_MAX);
    let first = base.trim_end_matches(['?', '&']).to_owned();
    Pager {
        first_url: (!is_first).then_some(first),
        next_url: rows.last().filter(|_| has_more).map(|row| format!("{base}after={}", id_of(row))),
    }
}
