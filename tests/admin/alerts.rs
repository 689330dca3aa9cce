//! The owner is mailed about trouble: in digests, at most so often, and only about what was not switched off.

use quittance::actions::mailings::{self, Outcome};
use quittance::billing::letter::{Letter, Matter};
use quittance::billing::log::Channel;
use quittance::jobs;
use quittance::payments::notices::{self, Notice};
use quittance::payments::reconcile::Extent;
use quittance::payments::till::READS_PER_MONTH;

use super::person::Person;
use crate::support::{TestApp, change, until};

/// What is owed to the owner, oldest first.
fn owed(app: &TestApp) -> Vec<Letter> {
    let mut letters = app.app.store.read(|r| r.letters(None, 100)).unwrap();
    letters.retain(|letter| letter.subject_matter.kind().starts_with("owner_"));
    letters.reverse();
    letters
}

async fn switch_off(person: &Person<'_>, name: &str) {
    let sheet = person.sheet("/admin/settings/notifications", "/admin/settings/notifications").await;
    let kept: Vec<_> = sheet.fields.iter().filter(|(field, _)| field != name).cloned().collect();
    assert_eq!(kept.len() + 1, sheet.fields.len(), "{name} can be switched off");
    let fields: Vec<(&str, &str)> = kept.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(person.post("/admin/settings/notifications", &fields).await.status, 303);
}

async fn raise(app: &TestApp, notice: Notice) {
    change(app, move |w| Ok(notices::raise(w, notice)?)).await;
}

async fn decline(app: &TestApp, invoice: &quittance::billing::invoice::Invoice, times: usize) {
    assert_eq!(app.click_pay(invoice).await.status, 303);
    for _ in 0..times {
        app.stand_in.decline(&app.session(invoice), "insufficient_funds").unwrap();
        app.work_off().await;
    }
}

#[tokio::test]
async fn k7_f3_10_declines_are_mailed_once_an_invoice_and_hour() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (one, other) = (app.invoice("119").await, app.invoice("20").await);
    for invoice in [&one, &other] {
        decline(&app, invoice, 3).await;
    }
    let told = owed(&app);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|letter| matches!(letter.subject_matter, Matter::OwnerDeclines { .. })));
    app.clock.advance(3_600);
    decline(&app, &one, 2).await;
    assert_eq!(owed(&app).len(), 3, "the next hour has a mail of its own");
    switch_off(&person, "on_declines").await;
    app.clock.advance(3_600);
    decline(&app, &one, 2).await;
    assert_eq!(owed(&app).len(), 3);
}

#[tokio::test]
async fn f3_10_a_broken_way_to_stripe_is_mailed_once_a_day_and_not_when_it_is_mended() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    raise(&app, Notice::WebhooksRefused).await;
    raise(&app, Notice::WebhooksRefused).await;
    app.clock.advance(2 * 3_600);
    raise(&app, Notice::WebhooksRefused).await;
    let told = owed(&app);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].subject_matter.kind(), "owner_trouble");

    // A line that hiccups is not worth a mail.
    raise(&app, Notice::Unreachable).await;
    let waits = owed(&app)[1].not_before.duration_since(app.clock.now()).as_mins();
    assert_eq!(waits, 15);
    change(&app, |w| Ok(notices::lower(w, Notice::Unreachable)?)).await;
    raise(&app, Notice::OldAddress).await;
    assert_eq!(owed(&app).len(), 2, "what is not grave stands on the first page only");

    app.clock.advance(20 * 60);
    let jobs = jobs::start(&app.app);
    app.mailbox.arrived(1).await;
    until("no mail waits", async || !owed(&app).iter().any(Letter::is_waiting)).await;
    jobs.stop().await;
    let mails = app.mailbox.messages();
    assert_eq!(mails.len(), 1, "what is mended is not told any more");
    assert!(mails[0].subject().contains("wrong signature"), "{}", mails[0].subject());
    assert!(mails[0].text().unwrap().contains("/admin/settings/payments"));

    switch_off(&person, "on_stripe").await;
    app.clock.advance(48 * 3_600);
    raise(&app, Notice::WebhooksRefused).await;
    assert_eq!(owed(&app).len(), 2);
}

/// A receipt-like mail to a customer that the server refuses for good.
async fn refused(app: &TestApp) {
    let invoice = app.invoice("119").await;
    change(app, move |w| {
        let now = w.now();
        let matter = Matter::Invoice { invoice: invoice.id, ordinal: 1 };
        let to = vec!["nobody@example.com".to_owned()];
        let letter = mailings::queue(w, matter, to, Vec::new(), now)?.expect("it is owed");
        let words = "550 no such mailbox".to_owned();
        Ok(mailings::note_outcome(w, letter.id, "Invoice 1", &Outcome::Failed { words })?)
    })
    .await;
}

#[tokio::test]
async fn f3_10_mails_that_could_not_be_delivered_are_told_at_once_and_then_in_one_digest() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    refused(&app).await;
    refused(&app).await;
    let told = owed(&app);
    assert!(told.len() == 1 && told[0].not_before <= app.clock.now(), "{told:?}");
    let jobs = jobs::start(&app.app);
    app.mailbox.arrived(1).await;
    until("the mail has left", async || !owed(&app)[0].is_waiting()).await;
    jobs.stop().await;
    let mail = app.mailbox.messages().remove(0);
    let text = mail.text().unwrap();
    assert!(mail.subject().contains("2 mails could not be delivered"), "{}", mail.subject());
    assert!(
        text.contains("nobody@example.com: 550 no such mailbox") && text.contains("/admin/outbox?s=failed"),
        "{text}"
    );

    refused(&app).await;
    refused(&app).await;
    let told = owed(&app);
    assert!(told.len() == 2 && told[1].not_before > app.clock.now(), "the rest when the hour is over: {told:?}");
    // A notice that fails is told by no other notice.
    let notice = told[1].id;
    app.clock.advance(3_600 * 3);
    let words = "550 no such mailbox".to_owned();
    change(&app, move |w| Ok(mailings::note_outcome(w, notice, "", &Outcome::Failed { words: words.clone() })?)).await;
    assert_eq!(owed(&app).len(), 2);
    switch_off(&person, "on_mails").await;
    refused(&app).await;
    assert_eq!(owed(&app).len(), 2);
}

#[tokio::test]
async fn i6_f3_10_a_read_budget_that_runs_low_is_told_until_the_next_month() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    change(&app, |w| Ok(w.add_to_counter("stripe_reads:2026-11", READS_PER_MONTH / 10 * 8)?)).await;
    app.app.reconcile(Extent::whole(), Channel::Owner).await.unwrap();
    assert!(person.page("/admin").await.contains("Most of the reads that Stripe grants a month"));
    assert_eq!(owed(&app).len(), 1);
    app.clock.advance(10 * 24 * 3_600);
    app.app.reconcile(Extent::Short, Channel::Schedule).await.unwrap();
    assert!(!app.app.store.read(|r| Notice::ReadsLow.stands(&r, app.clock.now())).unwrap());
}
