//! The sample business: the same every time, with an invoice in every state that an invoice can be in.
//!
//! What is past is written by the product's own actions under a clock that stands in the past; the last payment is a
//! checkout that is really played.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::stripe::{Card, Payer, StandIn};
use crate::actions::credit::{self, Wanted};
use crate::actions::drafts;
use crate::actions::record_payment::{self, Recorded};
use crate::actions::{Actor, Refusal, customers, issue, mailings, owners, settings, void};
use crate::app::{App, StartError};
use crate::billing::credit_note::Settle;
use crate::billing::credit_note::plan::What;
use crate::billing::currency::Currency;
use crate::billing::due::Due;
use crate::billing::id::{CustomerId, InvoiceId};
use crate::billing::invoice::{Content, Invoice};
use crate::billing::ledger::Book;
use crate::billing::letter::Letter;
use crate::billing::line::Line;
use crate::billing::log::Channel;
use crate::billing::party::{Address, Party};
use crate::billing::payment::Method;
use crate::billing::plan::{Instalment, Plan, Share};
use crate::billing::quantity::{Percent, Quantity, TaxRate, UnitPrice};
use crate::billing::settings::NamedRate;
use crate::clock::Clock;
use crate::config::Config;
use crate::credentials::{Chosen, PasswordError, Whose};
use crate::payments::checkout;
use crate::payments::owner_credit;
use crate::payments::reconcile::Extent;
use crate::resolve::Resolver;
use crate::store::{self, Writer};

pub(super) const BUSINESS: &str = "Atelier Lindqvist";
pub(super) const BUSINESS_EMAIL: &str = "hello@atelier-lindqvist.example";
pub(super) const OWNER: &str = "owner@atelier-lindqvist.example";
pub(super) const PASSWORD: &str = "let me look around";

/// What the story sends until the demo is ready to be looked at.
pub(super) const MAILS: u64 = 13;

/// More than the story has.
const MAILS_MAX: usize = 100;
const DAY_SECONDS: i64 = 24 * 3600;
/// How far back the story begins.
const STORY_DAYS: i64 = 40;
/// The played payment's webhook takes milliseconds; if it does not come, the payment is asked for instead.
const WEBHOOK_WITHIN: Duration = Duration::from_secs(3);

/// Why the sample could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("the password {0}")]
    Password(#[from] PasswordError),
    #[error("the sample has a number that is none; please report this")]
    Number,
    #[error("the stand-in for Stripe did not play along; please report this")]
    Checkout,
}

impl From<store::Error> for SampleError {
    fn from(error: store::Error) -> Self {
        Self::Refused(error.into())
    }
}

/// A line as it is told: words, how many, unit, price.
type Told<'a> = (&'a str, &'a str, &'a str, &'a str);

/// Writes what happened in the last weeks.
pub(super) async fn past(config: &Config, resolver: &Resolver) -> Result<(), SampleError> {
    let now = Clock::machine().now();
    let begin = now.saturating_sub(SignedDuration::from_hours(24 * STORY_DAYS)).unwrap_or(now);
    let clock = Clock::held_at(begin);
    let app = App::start(config.clone(), clock.clone(), resolver.clone())?;
    let hash = app.hashing.hash(Chosen::new(PASSWORD, Whose::default())?).await?;
    app.store.write(move |w| owners::add(w, OWNER, &hash, "the demo")).await?;
    let rate: TaxRate = TaxRate::parse("19").map_err(|_| SampleError::Number)?;
    app.store
        .write(move |w| {
            settings::update(w, "the demo", |stored| {
                let tax_rates = vec![NamedRate { name: "VAT 19 %".into(), rate }];
                Ok(crate::billing::settings::Settings { business: business(), tax_rates, ..stored })
            })
        })
        .await?;
    Story { app: Arc::clone(&app), clock }.tell().await?;
    Ok(app.store.write(move |w| date_mails(w, now)).await?)
}

/// The mails of the story leave today, so that is their date.
fn date_mails(w: &mut Writer<'_>, now: Timestamp) -> Result<(), store::Error> {
    for letter in w.letters(None, MAILS_MAX)? {
        w.put_letter(&Letter { queued_at: now, ..letter })?;
    }
    Ok(())
}

fn business() -> Party {
    Party {
        name: BUSINESS.into(),
        email: BUSINESS_EMAIL.into(),
        phone: "+49 40 555 0123".into(),
        website: "https://atelier-lindqvist.example".into(),
        address: address("Lange Reihe 112", "20099", "Hamburg"),
        tax_id: "DE123456789".into(),
        iban: "DE89370400440532013000".into(),
        bic: "COBADEFFXXX".into(),
        ..Party::default()
    }
}

fn address(line1: &str, postal_code: &str, city: &str) -> Address {
    Address {
        line1: line1.into(),
        postal_code: postal_code.into(),
        city: city.into(),
        country: "DE".into(),
        ..Address::default()
    }
}

/// The weeks before today, told day by day.
struct Story {
    app: Arc<App>,
    clock: Clock,
}

impl Story {
    async fn tell(self) -> Result<(), SampleError> {
        let north = self
            .customer("Nordlicht Verlag GmbH", "Jonas Petersen", "jonas@nordlicht.example", ("Hafenstraße 7", "20457"))
            .await?;
        let clinic = self
            .customer("Praxis Dr. Wagner", "Miriam Wagner", "praxis@wagner.example", ("Eppendorfer Weg 58", "20259"))
            .await?;
        let cafe = self
            .customer("Café Morgenrot", "Aylin Demir", "aylin@morgenrot.example", ("Schulterblatt 31", "20357"))
            .await?;

        let signs = self.sent(clinic, &[("Waiting room signage", "1", "", "640.00")]).await?;
        self.days(4);
        let paid = self.sent(north, &[("Cover design, spring list", "3", "pcs", "420.00")]).await?;
        self.days(9);
        self.received(paid, None).await?;
        let void = self.sent(cafe, &[("Menu cards, first draft", "200", "pcs", "1.10")]).await?;
        self.days(1);
        let owner = Actor::owner(OWNER);
        self.app.store.write(move |w| void::void(w, void, "Ordered twice by mistake", &owner)).await?;
        self.days(12);
        let part = self
            .sent_by(
                north,
                &[
                    ("Brand guidelines", "40", "h", "95.00"),
                    ("Typeface licence", "1", "", "380.00"),
                    ("Workshop in Lübeck", "2", "days", "1100.00"),
                ],
                deposit()?,
            )
            .await?;
        self.days(9);
        self.received(part, Some(400_000)).await?;
        self.credited(signs, 9_520, "One of the signs came scratched.").await?;
        let content = content(cafe, &[("Window lettering", "1", "", "320.00"), ("Fitting", "3", "h", "60.00")])?;
        self.app.store.write(move |w| drafts::create(w, content.clone())).await?;
        Ok(())
    }

    fn days(&self, days: i64) {
        self.clock.advance(days * DAY_SECONDS);
    }

    async fn customer(
        &self,
        name: &str,
        contact: &str,
        email: &str,
        (street, postal_code): (&str, &str),
    ) -> Result<CustomerId, SampleError> {
        let party = Party {
            name: name.into(),
            contact: contact.into(),
            email: email.into(),
            address: address(street, postal_code, "Hamburg"),
            ..Party::default()
        };
        Ok(self.app.store.write(move |w| customers::create(w, party.clone())).await?.id)
    }

    async fn sent(&self, customer: CustomerId, lines: &[Told<'_>]) -> Result<InvoiceId, SampleError> {
        self.sent_by(customer, lines, Plan::AtOnce).await
    }

    async fn sent_by(&self, customer: CustomerId, lines: &[Told<'_>], plan: Plan) -> Result<InvoiceId, SampleError> {
        Ok(send(&self.app, customer, lines, plan).await?.id)
    }

    /// A part of an invoice is taken back; `amount` includes tax.
    async fn credited(&self, invoice: InvoiceId, amount: i64, reason: &str) -> Result<(), SampleError> {
        let wanted = Wanted { what: What::Amount(amount), reason: reason.to_owned(), settle: Settle::CustomerCredit };
        self.app.store.write(move |w| credit::credit(w, invoice, &wanted, &Actor::owner(OWNER))).await?;
        Ok(())
    }

    /// Money by bank transfer: `None` for all of it.
    async fn received(&self, invoice: InvoiceId, amount: Option<i64>) -> Result<(), SampleError> {
        let owner = Actor::owner(OWNER);
        self.app
            .store
            .write(move |w| {
                let total = w.invoice(invoice)?.map_or(0, |invoice| invoice.totals.total);
                let seen = Recorded {
                    amount: amount.unwrap_or(total),
                    method: Method::BankTransfer,
                    received_on: None,
                    reference: "Statement 11".into(),
                };
                record_payment::record(w, invoice, &seen, &owner)
            })
            .await?;
        Ok(())
    }
}

/// Issues an invoice and mails it.
async fn send(app: &App, customer: CustomerId, lines: &[Told<'_>], plan: Plan) -> Result<Invoice, SampleError> {
    let (content, book) = (Content { plan, ..content(customer, lines)? }, app.book());
    Ok(app.store.write(move |w| issue_and_mail(w, content.clone(), book)).await?)
}

fn issue_and_mail(w: &mut Writer<'_>, content: Content, book: Book) -> Result<Invoice, Refusal> {
    let owner = Actor::owner(OWNER);
    let draft = drafts::create(w, content)?;
    let invoice = issue::issue(w, draft.id, book, &owner)?;
    mailings::send_invoice(w, invoice.id, SignedDuration::ZERO, &owner)?;
    Ok(invoice)
}

fn content(customer: CustomerId, lines: &[Told<'_>]) -> Result<Content, SampleError> {
    let lines: Result<Vec<Line>, SampleError> =
        lines.iter().enumerate().map(|(place, told)| line(place, told)).collect();
    Ok(Content {
        lines: lines?,
        notes: "Thank you for working with us.".into(),
        ..Content::blank(customer, Currency::EUR, Due::InDays(14))
    })
}

/// Half of it within a week, the rest when the invoice is due.
fn deposit() -> Result<Plan, SampleError> {
    let half = Percent::parse("50").map_err(|_| SampleError::Number)?;
    Ok(Plan::Deposit(Instalment { share: Share::Percent(half), due: Due::InDays(7) }))
}

fn line(place: usize, (description, quantity, unit, price): &Told<'_>) -> Result<Line, SampleError> {
    let quantity: Quantity = Quantity::parse(quantity).map_err(|_| SampleError::Number)?;
    let unit_price: UnitPrice = UnitPrice::parse(price).map_err(|_| SampleError::Number)?;
    let tax_rate: TaxRate = TaxRate::parse("19").map_err(|_| SampleError::Number)?;
    Ok(Line {
        id: (place + 1).to_string(),
        description: (*description).to_owned(),
        quantity,
        unit: (*unit).to_owned(),
        unit_price,
        tax_rate,
        ..Line::default()
    })
}

/// What happens today: one invoice is paid by card, one goes back, another one waits to be paid. Returns the address of the latter.
pub(super) async fn present(app: &App, stand_in: &StandIn) -> Result<String, SampleError> {
    let customers = app.store.read(|r| r.customers(&[], None, 10))?;
    let [first, second, ..] = customers.as_slice() else { return Err(SampleError::Checkout) };
    // The account is looked at while it is empty, so that all it ever holds is in the books.
    app.reconcile(Extent::whole(), Channel::Schedule).await?;
    let paid = send(app, first.id, &[("Logo, final artwork", "1", "", "1250.00")], Plan::AtOnce).await?;
    pay(app, stand_in, &paid).await?;
    let refunded = send(app, first.id, &[("Colour proofs", "2", "pcs", "60.00")], Plan::AtOnce).await?;
    pay(app, stand_in, &refunded).await?;
    credit_and_refund(app, &refunded).await?;
    for payout in stand_in.pay_out() {
        stand_in.payout_arrives(&payout);
    }
    let open =
        send(app, second.id, &[("Poster series", "12", "pcs", "48.00"), ("Printing", "1", "", "215.50")], Plan::AtOnce)
            .await?;
    Ok(app.url(&format!("/i/{}", open.link.token())))
}

/// All of an invoice is credited, and what was paid goes back through Stripe.
async fn credit_and_refund(app: &App, invoice: &Invoice) -> Result<(), SampleError> {
    let wanted = Wanted { what: What::Rest, reason: "The colours came out wrong.".into(), settle: Settle::Refund };
    let actor = Actor::owner(OWNER);
    owner_credit::credit(&app.store, app.till().as_ref(), invoice.id, wanted, None, None, &actor).await?;
    Ok(())
}

/// Plays a checkout to its end.
async fn pay(app: &App, stand_in: &StandIn, invoice: &Invoice) -> Result<(), SampleError> {
    let till = app.till().ok_or(SampleError::Checkout)?;
    let attempt = checkout::start(&till, invoice, &Actor::owner(OWNER)).await?;
    let session = attempt.session.ok_or(SampleError::Checkout)?;
    let payer = Payer { email: invoice.buyer.email.clone(), ..Payer::default() };
    stand_in.pay_as(&session, Card::Visa, &payer).map_err(|_| SampleError::Checkout)?;
    if tokio::time::timeout(WEBHOOK_WITHIN, booked(app, invoice.id)).await.is_err() {
        app.reconcile(Extent::Short, Channel::Schedule).await?;
    }
    Ok(())
}

async fn booked(app: &App, invoice: InvoiceId) {
    let is_booked = || app.store.read(|r| r.payments_of_invoice(invoice)).is_ok_and(|payments| !payments.is_empty());
    while !is_booked() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
