//! The schema. A name ends with the version of what is stored under it.
//!
//! Tables of facts come first; tables that can be rebuilt from them come last, and `verify` does rebuild them.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use super::backup_runs::BackupRun;
use super::certificates::{Certificate, Pursuit};
use super::home::Home;
use super::invoices::Summary;
use super::journal::Sealed;
use super::people::{ApiToken, Owner, Session};
use super::register::Lost;
use super::runs::{Remembered, Run};
use super::table::Table;
use crate::billing::attempt::Attempt;
use crate::billing::credit_note::CreditNote;
use crate::billing::currency::Currency;
use crate::billing::customer::Customer;
use crate::billing::dispute::Dispute;
use crate::billing::endpoint::{Endpoint, Observed, OldHost};
use crate::billing::event::Event;
use crate::billing::fee_invoice::FeeInvoice;
use crate::billing::filing::Filing;
use crate::billing::id::{
    AttemptId, CreditNoteId, CustomerId, DisputeId, EndpointId, FeeInvoiceId, FilingId, InvoiceId, MailId, OwnerId,
    PaymentId, RefundId, ReviewId, RunId, SessionId, TokenId,
};
use crate::billing::invoice::Document;
use crate::billing::ledger::{Account, Book, Entry};
use crate::billing::letter::Letter;
use crate::billing::log::LogLine;
use crate::billing::movement::Movement;
use crate::billing::payment::Payment;
use crate::billing::payout::PayoutRecord;
use crate::billing::refund::Refund;
use crate::billing::review::Review;
use crate::billing::settings::Settings;

// Facts.
pub const META: Table<String, Value> = Table::new("meta.1");
pub const SETTINGS: Table<String, Settings> = Table::new("settings.1");
pub const SECRETS: Table<String, String> = Table::new("secrets.1");
pub const OWNERS: Table<OwnerId, Owner> = Table::new("owners.1");
pub const CUSTOMERS: Table<CustomerId, Customer> = Table::new("customers.1");
pub const INVOICES: Table<InvoiceId, Document> = Table::new("invoices.1");
pub const ATTEMPTS: Table<AttemptId, Attempt> = Table::new("attempts.1");
pub const PAYMENTS: Table<PaymentId, Payment> = Table::new("payments.1");
pub const DISPUTES: Table<DisputeId, Dispute> = Table::new("disputes.1");
pub const FILINGS: Table<FilingId, Filing> = Table::new("filings.1");
/// The files of filings that are on their way, in base 64; gone once Stripe has answered.
pub const FILING_CONTENTS: Table<(FilingId, u64), String> = Table::new("filing_contents.1");
pub const CREDIT_NOTES: Table<CreditNoteId, CreditNote> = Table::new("credit_notes.1");
pub const FEE_INVOICES: Table<FeeInvoiceId, FeeInvoice> = Table::new("fee_invoices.1");
pub const REFUNDS: Table<RefundId, Refund> = Table::new("refunds.1");
pub const REVIEWS: Table<ReviewId, Review> = Table::new("reviews.1");
pub const LEDGER: Table<u64, Entry> = Table::new("ledger.1");
pub const LOG: Table<(InvoiceId, u64), LogLine> = Table::new("log.1");
pub const JOURNAL: Table<u64, Sealed> = Table::new("journal.1");
pub const OUTBOX: Table<MailId, Letter> = Table::new("outbox.1");
pub const INBOX: Table<String, Event> = Table::new("inbox.1");
pub const RUNS: Table<RunId, Run> = Table::new("runs.1");
pub const MOVEMENTS: Table<String, Movement> = Table::new("movements.1");
pub const PAYOUTS: Table<String, PayoutRecord> = Table::new("payouts.1");
/// Webhook endpoints that were asked for.
pub const ENDPOINTS: Table<EndpointId, Endpoint> = Table::new("endpoints.1");
/// Backups that were made, or were to be, the oldest first.
pub const BACKUPS: Table<u64, BackupRun> = Table::new("backups.1");
/// Numbers that were given to documents which an older backup, put back, does not have.
pub const LOST_NUMBERS: Table<String, Lost> = Table::new("lost_numbers.1");

/// Certificates that were obtained, by name.
pub const CERTIFICATES: Table<String, Certificate> = Table::new("certificates.1");

// Things that pass.
/// How obtaining the next certificate of a name goes.
pub const PURSUITS: Table<String, Pursuit> = Table::new("pursuits.1");
/// Where the data is at home, and where else it was found.
pub const HOME: Table<String, Home> = Table::new("home.1");
pub const SESSIONS: Table<SessionId, Session> = Table::new("sessions.1");
pub const API_TOKENS: Table<TokenId, ApiToken> = Table::new("api_tokens.1");
pub const REMEMBERED: Table<(TokenId, String), Remembered> = Table::new("remembered.1");
/// When each thing that is done on a schedule was last done, and other marks of progress.
pub const MARKS: Table<String, Timestamp> = Table::new("marks.1");
/// What Stripe said of its webhook endpoints last.
pub const OBSERVED: Table<String, Observed> = Table::new("observed_endpoints.1");
/// The latest host, other than ours, that an event was sent to.
pub const OLD_HOST: Table<String, OldHost> = Table::new("old_host.1");
pub const COUNTERS: Table<String, u64> = Table::new("counters.1");

// Derived: rebuilt and compared by `verify`.
pub const BALANCES: Table<(Book, Currency, Account), i64> = Table::new("balances.1");
pub const LEDGER_BY_SOURCE: Table<String, u64> = Table::new("ledger_by_source.1");
pub const LEDGER_BY_INVOICE: Table<(InvoiceId, u64), ()> = Table::new("ledger_by_invoice.1");
pub const SUMMARIES: Table<InvoiceId, Summary> = Table::new("summaries.1");
pub const INVOICES_BY_STATUS: Table<(u8, InvoiceId), ()> = Table::new("invoices_by_status.1");
pub const INVOICES_BY_DUE: Table<(Date, InvoiceId), ()> = Table::new("invoices_by_due.1");
pub const INVOICES_BY_CUSTOMER: Table<(CustomerId, InvoiceId), ()> = Table::new("invoices_by_customer.1");
pub const INVOICES_IN_REVIEW: Table<InvoiceId, ()> = Table::new("invoices_in_review.1");
pub const INVOICE_BY_NUMBER: Table<String, InvoiceId> = Table::new("invoice_by_number.1");
pub const INVOICE_BY_LINK: Table<String, InvoiceId> = Table::new("invoice_by_link.1");
pub const ATTEMPTS_BY_INVOICE: Table<(InvoiceId, AttemptId), ()> = Table::new("attempts_by_invoice.1");
pub const ATTEMPT_BY_SESSION: Table<String, AttemptId> = Table::new("attempt_by_session.1");
pub const LIVE_ATTEMPTS: Table<InvoiceId, AttemptId> = Table::new("live_attempts.1");
pub const ATTEMPTS_DUE: Table<(Timestamp, AttemptId), ()> = Table::new("attempts_due.1");
pub const PAYMENTS_BY_INVOICE: Table<(InvoiceId, PaymentId), ()> = Table::new("payments_by_invoice.1");
pub const PAYMENTS_BY_CUSTOMER: Table<(CustomerId, PaymentId), ()> = Table::new("payments_by_customer.1");
pub const PAYMENT_BY_INTENT: Table<String, PaymentId> = Table::new("payment_by_intent.1");
pub const DISPUTE_BY_STRIPE: Table<String, DisputeId> = Table::new("dispute_by_stripe.1");
pub const DISPUTES_BY_PAYMENT: Table<(PaymentId, DisputeId), ()> = Table::new("disputes_by_payment.1");
pub const DISPUTES_BY_INVOICE: Table<(InvoiceId, DisputeId), ()> = Table::new("disputes_by_invoice.1");
pub const DISPUTES_OPEN: Table<DisputeId, ()> = Table::new("disputes_open.1");
pub const DISPUTES_DUE: Table<(Timestamp, DisputeId), ()> = Table::new("disputes_due.1");
pub const FILINGS_BY_DISPUTE: Table<(DisputeId, FilingId), ()> = Table::new("filings_by_dispute.1");
pub const FILINGS_DUE: Table<(Timestamp, FilingId), ()> = Table::new("filings_due.1");
pub const CREDIT_NOTES_BY_INVOICE: Table<(InvoiceId, CreditNoteId), ()> = Table::new("credit_notes_by_invoice.1");
pub const CREDIT_NOTES_BY_CUSTOMER: Table<(CustomerId, CreditNoteId), ()> = Table::new("credit_notes_by_customer.1");
pub const CREDIT_NOTE_BY_NUMBER: Table<String, CreditNoteId> = Table::new("credit_note_by_number.1");
pub const FEE_INVOICE_BY_PAYMENT: Table<PaymentId, FeeInvoiceId> = Table::new("fee_invoice_by_payment.1");
pub const FEE_INVOICES_BY_INVOICE: Table<(InvoiceId, FeeInvoiceId), ()> = Table::new("fee_invoices_by_invoice.1");
pub const FEE_INVOICE_BY_NUMBER: Table<String, FeeInvoiceId> = Table::new("fee_invoice_by_number.1");
pub const PAYMENT_BY_CHARGE: Table<String, PaymentId> = Table::new("payment_by_charge.1");
/// The key is the source and the movement, with a colon between.
pub const MOVEMENTS_BY_SOURCE: Table<String, ()> = Table::new("movements_by_source.1");
pub const MOVEMENTS_BY_PAYMENT: Table<(PaymentId, String), ()> = Table::new("movements_by_payment.1");
/// The key is the payout and the movement, with a colon between.
pub const MOVEMENTS_BY_PAYOUT: Table<String, ()> = Table::new("movements_by_payout.1");
pub const PAYOUTS_BY_TIME: Table<(Timestamp, String), ()> = Table::new("payouts_by_time.1");
pub const REFUNDS_BY_PAYMENT: Table<(PaymentId, RefundId), ()> = Table::new("refunds_by_payment.1");
pub const REFUNDS_BY_INVOICE: Table<(InvoiceId, RefundId), ()> = Table::new("refunds_by_invoice.1");
pub const REFUND_BY_STRIPE: Table<String, RefundId> = Table::new("refund_by_stripe.1");
pub const REFUND_BY_NONCE: Table<String, RefundId> = Table::new("refund_by_nonce.1");
pub const REFUNDS_DUE: Table<(Timestamp, RefundId), ()> = Table::new("refunds_due.1");
pub const REVIEWS_OPEN: Table<ReviewId, ()> = Table::new("reviews_open.1");
pub const REVIEWS_BY_INVOICE: Table<(InvoiceId, ReviewId), ()> = Table::new("reviews_by_invoice.1");
pub const REVIEW_BY_MATTER: Table<String, ReviewId> = Table::new("review_by_matter.1");
pub const OUTBOX_DUE: Table<(Timestamp, MailId), ()> = Table::new("outbox_due.1");
pub const OUTBOX_BY_MATTER: Table<String, MailId> = Table::new("outbox_by_matter.1");
pub const OUTBOX_FAILED: Table<MailId, ()> = Table::new("outbox_failed.1");
pub const INBOX_PENDING: Table<(Timestamp, String), ()> = Table::new("inbox_pending.1");
pub const INBOX_BY_TIME: Table<(Timestamp, String), ()> = Table::new("inbox_by_time.1");
/// By what became of an event: a few that were given up are found among the thousands that were not.
pub const INBOX_BY_OUTCOME: Table<(u8, Timestamp, String), ()> = Table::new("inbox_by_outcome.1");

/// Every table that is rebuilt.
pub(super) const DERIVED: [&str; 49] = [
    BALANCES.name,
    LEDGER_BY_SOURCE.name,
    LEDGER_BY_INVOICE.name,
    SUMMARIES.name,
    INVOICES_BY_STATUS.name,
    INVOICES_BY_DUE.name,
    INVOICES_BY_CUSTOMER.name,
    INVOICES_IN_REVIEW.name,
    INVOICE_BY_NUMBER.name,
    INVOICE_BY_LINK.name,
    ATTEMPTS_BY_INVOICE.name,
    ATTEMPT_BY_SESSION.name,
    ATTEMPTS_DUE.name,
    LIVE_ATTEMPTS.name,
    PAYMENTS_BY_INVOICE.name,
    PAYMENTS_BY_CUSTOMER.name,
    PAYMENT_BY_INTENT.name,
    DISPUTE_BY_STRIPE.name,
    DISPUTES_BY_PAYMENT.name,
    DISPUTES_BY_INVOICE.name,
    DISPUTES_OPEN.name,
    DISPUTES_DUE.name,
    FILINGS_BY_DISPUTE.name,
    FILINGS_DUE.name,
    CREDIT_NOTES_BY_INVOICE.name,
    CREDIT_NOTES_BY_CUSTOMER.name,
    CREDIT_NOTE_BY_NUMBER.name,
    FEE_INVOICE_BY_PAYMENT.name,
    FEE_INVOICES_BY_INVOICE.name,
    FEE_INVOICE_BY_NUMBER.name,
    PAYMENT_BY_CHARGE.name,
    MOVEMENTS_BY_SOURCE.name,
    MOVEMENTS_BY_PAYMENT.name,
    MOVEMENTS_BY_PAYOUT.name,
    PAYOUTS_BY_TIME.name,
    REFUNDS_BY_PAYMENT.name,
    REFUNDS_BY_INVOICE.name,
    REFUND_BY_STRIPE.name,
    REFUND_BY_NONCE.name,
    REFUNDS_DUE.name,
    REVIEWS_OPEN.name,
    REVIEWS_BY_INVOICE.name,
    REVIEW_BY_MATTER.name,
    OUTBOX_DUE.name,
    OUTBOX_BY_MATTER.name,
    OUTBOX_FAILED.name,
    INBOX_PENDING.name,
    INBOX_BY_TIME.name,
    INBOX_BY_OUTCOME.name,
];
