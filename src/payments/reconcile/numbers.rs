//! Numbers that books lack which an older copy was put in the place of: the checkouts at Stripe bear them.
//!
//! The rule it keeps: they are learnt before anything else is compared, so that also a pass which stops for another reason has
//! them. Each is noted as lost, no other document gets it, and the series goes on behind the highest: what is below was given,
//! too. One that was given to another invoice meanwhile is noted all the same, for the owner to see. Whether anything was given above it Stripe cannot tell, since it has never heard of an invoice that nobody opened a
//! checkout for. So whoever waits for the owner to say where the numbers go on waits still.

use jiff::{SignedDuration, Timestamp};

use super::{Pass, Stopped};
use crate::actions::day;
use crate::billing::id::InvoiceId;
use crate::billing::settings::Documents;
use crate::payments::client::{Created, Patience};
use crate::payments::objects::{CheckoutSession, NUMBER, bears};
use crate::store::{Error, Lost, Numbered};

/// Longer than any number that a pattern makes.
const NUMBER_BYTES_MAX: usize = 64;

impl Pass<'_> {
    /// Notes the numbers that Stripe has seen within `window` and the books do not know.
    pub(super) async fn learn_numbers(&self, window: SignedDuration) -> Result<(), Stopped> {
        let from = self.report.started_at.saturating_sub(window).unwrap_or(Timestamp::MIN);
        let mut pages = self.till.ask(Patience::Background).sessions(Created { from, before: None });
        while let Some(page) = pages.next_page().await? {
            let ours = page.iter().filter(|session| bears(&session.metadata, &self.till.appliance));
            let borne: Vec<(String, InvoiceId)> = ours.filter_map(borne).collect();
            let unknown = self.till.store.read(|r| {
                let mut unknown = Vec::new();
                for (number, invoice) in borne {
                    let is_anothers = r.invoice_by_number(&number)?.is_some_and(|other| other != invoice);
                    if is_anothers {
                        // Whoever said where the numbers go on said it before Stripe was asked, and too low.
                        tracing::error!(number, %invoice, "a number was given that another invoice had before");
                    }
                    if !r.has_given(&number)? || is_anothers && !r.is_lost(&number)? {
                        unknown.push((number, invoice));
                    }
                }
                Ok::<_, Error>(unknown)
            })?;
            if !unknown.is_empty() {
                self.note(unknown).await?;
            }
        }
        Ok(())
    }

    async fn note(&self, unknown: Vec<(String, InvoiceId)>) -> Result<(), Error> {
        tracing::warn!(numbers = unknown.len(), "invoices were issued that an older copy of the books does not have");
        let book = self.till.book();
        self.till
            .store
            .write(move |w| {
                let mut settings = w.settings()?;
                let today = day(&settings, w.now());
                let series = settings.series_mut(Documents::Invoices, book);
                for (number, invoice) in &unknown {
                    let (document, noticed_at) = (Numbered::Invoice(*invoice), w.now());
                    // When it was issued, only the invoice itself said.
                    w.put_lost_number(number, &Lost { document, given_at: noticed_at, noticed_at })?;
                    *series = series.having_given(number, today);
                }
                w.put_settings(&settings)
            })
            .await
    }
}

/// The number that a session bears, and the invoice that it was given to.
fn borne(session: &CheckoutSession) -> Option<(String, InvoiceId)> {
    let number = session.metadata.get(NUMBER).filter(|number| (1..=NUMBER_BYTES_MAX).contains(&number.len()))?;
    Some((number.clone(), session.metadata.get("invoice")?.parse().ok()?))
}
