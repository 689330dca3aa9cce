//! Books that have something in them: a business with an account, its customer, and invoices.

use quittance::actions::{Actor, Refusal, customers, drafts, issue};
use quittance::app::App;
use quittance::billing::attempt::Attempt;
use quittance::billing::currency::Currency;
use quittance::billing::due::Due;
use quittance::billing::invoice::{Content, Invoice};
use quittance::billing::line::Line;
use quittance::billing::party::Party;
use quittance::billing::quantity::UnitPrice;
use quittance::payments::inbox;

use super::TestApp;

/// The business's account, as a page shows it.
pub const IBAN: &str = "DE89 3704 0044 0532 0130 00";
const CUSTOMER: &str = "anna@example.org";

impl TestApp {
    /// An issued invoice over one line of `price` EUR, due in fourteen days.
    pub async fn invoice(&self, price: &str) -> Invoice {
        self.invoice_in(Currency::EUR, price, "Design").await
    }

    pub async fn invoice_in(&self, currency: Currency, price: &str, description: &str) -> Invoice {
        issue_in(&self.app, currency, price, description).await.unwrap()
    }

    /// The invoice as it is now.
    pub fn stored(&self, invoice: &Invoice) -> Invoice {
        self.app.store.read(|r| r.invoice(invoice.id)).unwrap().unwrap()
    }

    /// The attempt that began last.
    pub fn attempt(&self, invoice: &Invoice) -> Attempt {
        self.app.store.read(|r| r.attempts_of_invoice(invoice.id, 1)).unwrap().pop().expect("an attempt")
    }

    /// Stripe's name of the session of the last attempt.
    pub fn session(&self, invoice: &Invoice) -> String {
        self.attempt(invoice).session.expect("a session")
    }

    /// Waits for Stripe's events and does what the inbox's job does.
    pub async fn work_off(&self) {
        self.stand_in.delivered().await;
        let till = self.app.till().unwrap();
        while !inbox::work_off(&till).await.unwrap().is_empty() {}
    }

    /// The payer's click on Pay.
    pub async fn click_pay(&self, invoice: &Invoice) -> super::Answer {
        self.ask("POST", &path(invoice, "/checkout")).send().await
    }

    /// The word of `/status`.
    pub async fn status(&self, invoice: &Invoice) -> String {
        let answer = self.get(&path(invoice, "/status")).await.expect(200);
        answer["status"].as_str().unwrap_or_default().to_owned()
    }
}

/// An issued invoice over one line of `price` EUR, due in fourteen days.
pub async fn issue(app: &App, price: &str) -> Invoice {
    try_to_issue(app, price).await.unwrap()
}

/// The same, or why it may not be.
pub async fn try_to_issue(app: &App, price: &str) -> Result<Invoice, Refusal> {
    issue_in(app, Currency::EUR, price, "Design").await
}

async fn issue_in(app: &App, currency: Currency, price: &str, description: &str) -> Result<Invoice, Refusal> {
    let line =
        Line { description: description.to_owned(), unit_price: UnitPrice::parse(price).unwrap(), ..Line::default() };
    let book = app.book();
    let issued = app.store.write(move |w| {
        let mut settings = w.settings()?;
        settings.business = Party {
            name: "Studio Sample".to_owned(),
            email: "pat@example.com".to_owned(),
            iban: IBAN.replace(' ', ""),
            bic: "COBADEFFXXX".to_owned(),
            ..Party::default()
        };
        w.put_settings(&settings)?;
        let anna = Party { name: "Anna Buyer".to_owned(), email: CUSTOMER.to_owned(), ..Party::default() };
        let content = Content {
            lines: vec![line.clone()],
            ..Content::blank(customers::create(w, anna)?.id, currency, Due::InDays(14))
        };
        let draft = drafts::create(w, content)?;
        issue::issue(w, draft.id, book, &Actor::owner("pat@example.com"))
    });
    issued.await
}

/// An address below the invoice's public link.
pub fn path(invoice: &Invoice, below: &str) -> String {
    format!("/i/{}{below}", invoice.link.token())
}
