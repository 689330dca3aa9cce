//! What is known of one invoice at one moment, read together so that a page never contradicts itself.

use jiff::civil::Date;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use super::link::Visit;
use crate::actions;
use crate::app::App;
use crate::billing::attempt::{Attempt, Wanted};
use crate::billing::credit_note::CreditNote;
use crate::billing::fee_invoice::FeeInvoice;
use crate::billing::id::{InvoiceId, PaymentId};
use crate::billing::invoice::Invoice;
use crate::billing::language::Language;
use crate::billing::money::Money;
use crate::billing::passthrough::Terms;
use crate::billing::payment::Payment;
use crate::billing::plan::Asked;
use crate::billing::refund::Refund;
use crate::billing::settings::Settings;
use crate::billing::standing::Standing;
use crate::payments::checkout::obstacle;
use crate::payments::surcharge;
use crate::payments::till::Till;
use crate::web::error::Error;
use crate::web::offer::{Bill, Ways};
use crate::web::views::public::Switch;
use crate::words::Words;

/// What could end the address part of a `mailto:`.
const IN_MAILTO: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'&').add(b'<').add(b'>').add(b'?');

/// An invoice and everything that decides what its payer is shown.
pub struct Facts {
    pub invoice: Invoice,
    pub standing: Standing,
    /// Money that came for it waits for a person's decision: nobody is asked to pay a second time.
    pub is_held: bool,
    /// Oldest first, without those that were taken back.
    pub payments: Vec<Payment>,
    /// Those of which something pays this invoice by now.
    paying: Vec<PaymentId>,
    /// What went back of these payments, oldest first.
    pub refunds: Vec<Refund>,
    /// Oldest first.
    pub notes: Vec<CreditNote>,
    /// The documents of fees that the payments bore, oldest first.
    pub fees: Vec<FeeInvoice>,
    /// Which fee is asked for on top, if one is.
    terms: Terms,
    /// The attempt that began last; no other can be live.
    pub newest: Option<Attempt>,
    /// The newest attempt that a payer may have been sent to.
    pub newest_known: Option<Attempt>,
    pub settings: Settings,
    /// In the business's time zone.
    pub today: Date,
    /// What its reader is addressed in.
    pub t: Words,
    /// The language that the reader chose on the page, if any.
    chosen: Option<Language>,
}

impl Facts {
    /// # Errors
    /// There is no such invoice any more, or the store cannot be read.
    pub fn of(app: &App, visit: &Visit) -> Result<Self, Error> {
        Self::read(app, visit.invoice.id, visit.language)
    }

    /// The same, as it is by now.
    pub fn anew(&self, app: &App) -> Result<Self, Error> {
        Self::read(app, self.invoice.id, self.chosen)
    }

    fn read(app: &App, id: InvoiceId, chosen: Option<Language>) -> Result<Self, Error> {
        app.store.read(|r| {
            let invoice = r.invoice(id)?.ok_or(Error::NotFound)?;
            let settings = r.settings()?;
            // No second attempt begins before the first is known to be over, so only the newest can be unknown.
            let attempts = r.attempts_of_invoice(id, 2)?;
            let now = app.clock.now();
            let country = &invoice.buyer.address.country;
            let payments = r.standing_payments_of_invoice(id)?;
            let mut paying = Vec::new();
            for payment in &payments {
                if r.applied_of(payment)?.iter().any(|(paid, sum)| *paid == id && *sum > 0) {
                    paying.push(payment.id);
                }
            }
            Ok(Self {
                terms: surcharge::terms(&r, app.till().as_ref(), &invoice.content, country)?,
                fees: r.fees_of_invoice(id)?,
                standing: r.standing(&invoice)?,
                is_held: r.holds_money(id)?,
                payments,
                paying,
                refunds: r.refunds_of_invoice(id)?.into_iter().filter(Refund::stands).collect(),
                notes: r.credit_notes_of_invoice(id)?,
                newest_known: attempts.iter().find(|attempt| attempt.may_be_known(now)).cloned(),
                newest: attempts.into_iter().next(),
                today: actions::day(&settings, now),
                t: Words::for_reader(chosen, &[&invoice.buyer.language, &settings.language]),
                chosen,
                settings,
                invoice,
            })
        })
    }

    /// Whether something of a payment pays this invoice: applied when it was booked, or by a decision since.
    pub fn is_paid_by(&self, payment: &Payment) -> bool {
        self.paying.contains(&payment.id)
    }

    /// `/i/TOKEN`.
    pub fn path(&self) -> String {
        format!("/i/{}", self.invoice.link.token())
    }

    /// An address behind `/i/TOKEN`, in the language that was chosen: `/i/TOKEN/receipt/1?lang=de`.
    pub fn url(&self, behind: &str) -> String {
        format!("{}{behind}{}", self.path(), self.kept())
    }

    /// The choice of languages on the page whose address is `behind` the link.
    pub fn switch(&self, behind: &str) -> Switch {
        Switch { here: format!("{}{behind}", self.path()), kept: self.kept() }
    }

    fn kept(&self) -> String {
        self.chosen.map(|language| format!("?lang={}", language.tag())).unwrap_or_default()
    }

    /// All that is due, never below nothing.
    pub fn due(&self) -> Money {
        self.in_currency(self.standing.due().max(0))
    }

    /// What is asked for today, part by part.
    pub fn asked(&self) -> Asked {
        self.invoice.asked(&self.standing, self.today)
    }

    /// What is due now: all of it, or the part whose turn it is.
    pub fn due_now(&self) -> Money {
        self.in_currency(self.asked().now)
    }

    /// What a payer who wants this much would pay, if it is on offer.
    pub fn offers(&self, wanted: Wanted) -> Option<Money> {
        self.invoice.offers(wanted, &self.standing, self.today).map(|minor| self.in_currency(minor))
    }

    /// The smallest amount that the payer may choose, where there is a choice.
    pub fn least(&self) -> Option<Money> {
        self.invoice.content.plan.least(self.standing.due()).map(|minor| self.in_currency(minor))
    }

    pub fn in_currency(&self, minor: i64) -> Money {
        let currency = self.invoice.content.currency;
        Money::new(minor, currency).unwrap_or(Money::zero(currency))
    }

    pub fn money(&self, money: Money) -> String {
        self.t.money(money)
    }

    /// Whether all of it was paid and given back.
    pub fn is_refunded(&self) -> bool {
        self.standing.refunded > 0 && self.standing.refunded >= self.standing.paid && self.due().is_zero()
    }

    /// What went back to whoever paid, if anything did.
    pub fn refunded(&self) -> Option<Money> {
        let refunded = Money::new(self.standing.refunded, self.invoice.content.currency).ok();
        refunded.filter(|refunded| refunded.minor() > 0)
    }

    /// Whether the payer is asked for money just now.
    pub fn is_payable(&self) -> bool {
        self.invoice.void.is_none() && !self.due().is_zero() && !self.standing.processing && !self.is_held
    }

    /// The till at which this much of the invoice can be paid by card, if there is one.
    pub fn till(&self, app: &App, amount: Money) -> Option<Till> {
        let till = app.till()?;
        obstacle(&till, &self.invoice, amount).is_none().then_some(till)
    }

    /// What is offered to the payer, who is asked for money.
    pub fn ways(&self, app: &App) -> Ways {
        let bill = Bill {
            now: self.due_now(),
            all: self.due(),
            least: self.least(),
            terms: &self.terms,
            taxes: &self.invoice.totals.taxes,
            t: self.t,
        };
        bill.ways(|amount| self.till(app, amount).is_some(), app.payments_held().is_some())
    }

    /// The document of the fee that a payment bore, if it bore one.
    pub fn fee_of(&self, payment: &Payment) -> Option<&FeeInvoice> {
        self.fees.iter().find(|document| document.payment == payment.id && document.corrects.is_none())
    }

    /// A mail to the business, with the invoice's number as its subject.
    pub fn question_url(&self) -> Option<String> {
        let email = &self.invoice.seller.email;
        let subject = self.t.invoice_title(&self.invoice.number);
        (!email.is_empty()).then(|| {
            format!(
                "mailto:{}?subject={}",
                utf8_percent_encode(email, IN_MAILTO),
                utf8_percent_encode(&subject, NON_ALPHANUMERIC)
            )
        })
    }
}
