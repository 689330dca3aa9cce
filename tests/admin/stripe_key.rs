//! E10: the owner enters another Stripe key while somebody may be paying.

use quittance::billing::attempt::State;
use quittance::demo::stripe::{Card, Fault, Operation};

use super::person::{Person, Sheet, leads_to};
use crate::support::TestApp;

const FORM: &str = "/admin/settings/payments";
const FIRST: &str = "sk_test_quittance_test_0123456789";
const SECOND: &str = "sk_test_quittance_other_0123456789";

async fn with_key(app: &TestApp) -> Person<'_> {
    let person = Person::owner(app).await;
    let saved = person.post(FORM, &[("secret_key", FIRST), ("do", "save")]).await;
    assert_eq!(leads_to(&saved), "/admin/settings/payments?done=saved");
    person
}

fn key(app: &TestApp) -> String {
    app.app.connections().stripe_key.as_ref().unwrap().expose().to_owned()
}

#[tokio::test]
async fn e10_a_key_of_another_account_is_taken_only_after_the_owner_has_had_the_open_checkouts_closed() {
    let app = TestApp::start_with(|config| config.stripe.secret_key = None).await;
    let person = with_key(&app).await;
    let invoice = app.invoice("119").await;
    assert_eq!(app.click_pay(&invoice).await.status, 303);

    // The other account knows the key and not the session.
    app.stand_in.set_secret_key(SECOND);
    app.stand_in.fault_always(Operation::GetSession, Fault::Status(404));
    for button in ["save", "test"] {
        let refused = person.post(FORM, &[("secret_key", SECOND), ("do", button)]).await;
        let text = refused.text();
        assert_eq!((refused.status, key(&app).as_str()), (422, FIRST), "{button}");
        assert!(text.contains("One checkout is open") && text.contains("close_checkouts"), "{text}");
        assert!(!text.contains(SECOND), "a secret is never shown");
    }

    // The present key is revoked already, so nothing can be closed with it; the owner has seen that.
    let fields = [("secret_key", SECOND), ("close_checkouts", "yes"), ("do", "save")];
    assert_eq!(leads_to(&person.post(FORM, &fields).await), "/admin/settings/payments?done=saved");
    assert_eq!((key(&app).as_str(), app.attempt(&invoice).state), (SECOND, State::Open));
}

#[tokio::test]
async fn e10_a_rolled_key_of_the_same_account_is_taken_at_once() {
    let app = TestApp::start_with(|config| config.stripe.secret_key = None).await;
    let person = with_key(&app).await;
    let invoice = app.invoice("119").await;
    app.click_pay(&invoice).await;
    app.stand_in.set_secret_key(SECOND);
    let saved = person.post(FORM, &[("secret_key", SECOND), ("do", "save")]).await;
    assert_eq!(leads_to(&saved), "/admin/settings/payments?done=saved");
    assert_eq!((key(&app).as_str(), app.attempt(&invoice).state), (SECOND, State::Open));
}

#[tokio::test]
async fn a_case_that_cannot_be_decided_while_stripe_is_away_keeps_its_note() {
    let app = TestApp::start_with(|config| config.stripe.secret_key = None).await;
    let person = with_key(&app).await;
    let invoice = app.invoice("119").await;
    app.click_pay(&invoice).await;
    let session = app.session(&invoice);
    app.stand_in.pay(&session, Card::Visa).unwrap();
    app.stand_in.mutate_amount(&session, 20_000);
    app.work_off().await;
    app.stand_in.set_secret_key(SECOND);
    leads_to(&person.post(FORM, &[("secret_key", SECOND), ("do", "save")]).await);
    let case = app.app.store.read(|r| r.reviews_of_invoice(invoice.id)).unwrap().remove(0).id;
    let (page, action) = (format!("/admin/review/{case}"), format!("/admin/review/{case}/resolve"));
    // Whether the payment is in the account of the new key is asked first.
    app.stand_in.fault_always(Operation::GetIntent, Fault::Status(502));
    let sheet = person.sheet(&page, &action).await;
    let refused = person.send(&sheet, &[("note", "Paid by mistake"), ("action", "refund")]).await;
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.header("retry-after").is_some() && refused.text().contains("try again in a minute"));
    assert_eq!(Sheet::read(&refused.text(), &action).value("note"), Some("Paid by mistake"));
    app.stand_in.clear_faults();
}
