//! Something happened since a form was opened, so it cannot be done as it was sent: what was typed is never lost.

use quittance::actions::Actor;
use quittance::actions::record_payment::{Recorded, record};
use quittance::billing::invoice::Invoice;
use quittance::billing::payment::Method;
use quittance::demo::stripe::{Fault, Operation};

use super::person::{EMAIL, PASSWORD, Person, Sheet, leads_to};
use crate::support::{Answer, TestApp, change};

const LOGIN: &str = "/admin/login";
const INVOICES: &str = "/admin/invoices";
const TYPED: [(&str, &str); 4] =
    [("amount", "25.00"), ("method", "cash"), ("received_on", "2026-11-20"), ("reference", "receipt 17")];

/// Records a payment by bank transfer in another window.
async fn receive(app: &TestApp, invoice: &Invoice, amount: i64) {
    let id = invoice.id;
    let seen = Recorded { amount, method: Method::BankTransfer, received_on: None, reference: String::new() };
    change(app, move |w| record(w, id, &seen, &Actor::owner(EMAIL))).await;
}

fn amounts(app: &TestApp, invoice: &Invoice) -> Vec<i64> {
    let payments = app.app.store.read(|r| r.payments_of_invoice(invoice.id)).unwrap();
    payments.iter().map(|payment| payment.amount.minor()).collect()
}

/// The form for a payment as it is shown again.
#[track_caller]
fn kept(answer: &Answer, action: &str) -> Sheet {
    assert_eq!(answer.status, 409, "{}", answer.text());
    let sheet = Sheet::read(&answer.text(), action);
    for (name, value) in TYPED {
        assert_eq!(sheet.value(name), Some(value), "{name}");
    }
    assert!(answer.text().contains("id=\"record\" open"), "{}", answer.text());
    sheet
}

#[tokio::test]
async fn a_payment_that_was_typed_in_an_old_window_is_kept_and_what_came_meanwhile_is_named() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let invoice = app.invoice("100").await;
    let page = format!("{INVOICES}/{}", invoice.id);
    let action = format!("{page}/payments");
    let old = person.sheet(&page, &action).await;
    receive(&app, &invoice, 1_000).await;
    // A slip of the pen first: what came meanwhile is told all the same.
    let slip = person.send(&old, &[("amount", "25.001")]).await;
    assert_eq!(slip.status, 422);
    let answer = person.send(&Sheet::read(&slip.text(), &action), &TYPED).await;
    let again = kept(&answer, &action);
    assert!(answer.text().contains("Since then: €10.00 (Bank transfer, 22 Nov 2026)."), "{}", answer.text());
    assert_eq!(amounts(&app, &invoice), [1_000]);
    leads_to(&person.send(&again, &[]).await);
    assert_eq!(amounts(&app, &invoice), [1_000, 2_500]);

    // What was sent twice is named, and not offered once more.
    let twice = person.send(&again, &[]).await;
    assert_eq!((twice.status, amounts(&app, &invoice).len()), (409, 2));
    assert!(twice.text().contains("Since then: €25.00 (Cash, 20 Nov 2026)."), "{}", twice.text());
    assert_eq!(Sheet::read(&twice.text(), &action).value("amount"), Some("65.00"), "what is due");

    // Whatever became of the invoice, the form is there.
    let old = person.sheet(&page, &action).await;
    receive(&app, &invoice, 6_500).await;
    kept(&person.send(&old, &TYPED).await, &action);
}

#[tokio::test]
async fn a_payment_that_was_sent_signed_out_is_kept_to_the_end() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let invoice = app.invoice("100").await;
    let page = format!("{INVOICES}/{}", invoice.id);
    let action = format!("{page}/payments");
    let old = person.sheet(&page, &action).await;
    receive(&app, &invoice, 1_000).await;
    person.forget_cookie();
    let turned_away = person.send(&old, &TYPED).await;
    let sign_in = Sheet::read(&turned_away.text(), LOGIN);
    let shown = person.send(&sign_in, &[("email", EMAIL), ("password", PASSWORD)]).await;
    let answer = person.send(&Sheet::read(&shown.text(), &action), &[]).await;
    leads_to(&person.send(&kept(&answer, &action), &[]).await);
    assert_eq!(amounts(&app, &invoice), [1_000, 2_500]);
}

/// A draft, by the address of its page.
async fn draft(person: &Person<'_>) -> String {
    let form = person.sheet("/admin/invoices/new", INVOICES).await;
    let typed = [
        ("customer", "new"),
        ("new.name", "Ben"),
        ("lines.0.description", "Poster"),
        ("lines.0.unit_price", "80.00"),
        ("lines.0.tax", "0"),
        ("do", "save"),
    ];
    let page = leads_to(&person.send(&form, &typed).await);
    page.split('?').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_text_of_a_draft_that_was_issued_or_deleted_meanwhile_goes_into_a_new_one() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    for (verb, status, title) in [("issue", 409, "issued meanwhile"), ("delete", 404, "deleted meanwhile")] {
        for button in ["save", "send", "add"] {
            let page = draft(&person).await;
            let old = person.sheet(&format!("{page}/edit"), &page).await;
            leads_to(&person.post(&format!("{page}/{verb}"), &[]).await);
            let words = "Mind the gap\nand the <step>";
            let typed = [("notes", words), ("lines.0.unit_price", "90.00"), ("do", button)];
            let answer = person.send(&old, &typed).await;
            let text = answer.text();
            assert_eq!(answer.status, status, "{verb} {button}: {text}");
            assert!(text.contains(title) && text.contains("and the &#60;step&#62;"), "{verb} {button}: {text}");
            assert_eq!(text.contains(&format!("href=\"{page}\"")), verb == "issue", "{text}");

            let editor = person.send(&Sheet::read(&text, INVOICES), &[]).await;
            assert_eq!(editor.status, 200, "{}", editor.text());
            let fresh = Sheet::read(&editor.text(), INVOICES);
            assert_eq!((fresh.value("notes"), fresh.value("lines.0.unit_price")), (Some(words), Some("90.00")));
            let made = leads_to(&person.send(&fresh, &[("do", "save")]).await);
            assert_ne!(made.split('?').next(), Some(page.as_str()));
        }
    }
}

#[tokio::test]
async fn the_reason_of_what_was_refused_is_asked_again_or_shown() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let invoice = app.invoice("119").await;
    app.click_pay(&invoice).await;
    let page = format!("{INVOICES}/{}", invoice.id);
    let long = "x".repeat(2_001);
    for verb in ["void", "reissue"] {
        let action = format!("{page}/{verb}");
        let sheet = person.sheet(&action, &action).await;
        let wrong = person.send(&sheet, &[("reason", &long)]).await;
        assert_eq!(wrong.status, 422, "{verb}: {}", wrong.text());
        assert_eq!(Sheet::read(&wrong.text(), &action).value("reason"), Some(long.as_str()), "{verb}");
        assert!(wrong.text().contains("id=\"reason-error\""), "{verb}: {}", wrong.text());
        for operation in [Operation::ExpireSession, Operation::GetSession] {
            app.stand_in.fault_always(operation, Fault::Status(503));
        }
        let later = person.send(&sheet, &[("reason", "Wrong <address>")]).await;
        app.stand_in.clear_faults();
        assert_eq!(later.status, 503, "{verb}: {}", later.text());
        assert!(later.text().contains("try again in a minute"), "{verb}: {}", later.text());
        assert_eq!(Sheet::read(&later.text(), &action).value("reason"), Some("Wrong <address>"), "{verb}");
    }
    // What is not possible any more is said where the invoice stands, with what was typed.
    let (void, reissue) = (format!("{page}/void"), format!("{page}/reissue"));
    leads_to(&person.post(&void, &[("reason", "Wrong customer")]).await);
    for action in [&void, &reissue] {
        let refused = person.post(action, &[("reason", "Wrong <address>")]).await;
        let text = refused.text();
        assert_eq!(refused.status, 409, "{text}");
        assert!(text.contains("What you typed") && text.contains("Wrong &#60;address&#62;"), "{text}");
    }
}

#[tokio::test]
async fn a_note_to_a_case_that_was_decided_meanwhile_is_shown() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let invoice = app.invoice("100").await;
    receive(&app, &invoice, 11_000).await;
    let case = app.app.store.read(|r| r.reviews_of_invoice(invoice.id)).unwrap().remove(0).id;
    let action = format!("/admin/review/{case}/resolve");
    leads_to(&person.post(&action, &[("action", "keep_credit"), ("note", "agreed by phone")]).await);
    let late = person.post(&action, &[("action", "refund"), ("note", "they <want> it back")]).await;
    assert_eq!(late.status, 409, "{}", late.text());
    assert!(late.text().contains("they &#60;want&#62; it back"), "{}", late.text());
}

#[tokio::test]
async fn whatever_is_refused_on_a_page_of_its_own_shows_what_was_typed_and_no_secret() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let nobody = "cus_00000000000000000000000000";
    let nothing = "inv_00000000000000000000000000";
    for path in [format!("/admin/customers/{nobody}"), format!("{INVOICES}/{nothing}/payments")] {
        let typed = [("reference", "receipt <17>"), ("password", "a secret one"), ("nonce", "77777"), ("empty", "")];
        let answer = person.post(&path, &typed).await;
        let text = answer.text();
        assert_eq!(answer.status, 404, "{path}: {text}");
        assert!(text.contains("<dt>Reference</dt>") && text.contains("receipt &#60;17&#62;"), "{path}: {text}");
        for not in ["a secret one", "77777", "<dt>Empty"] {
            assert!(!text.contains(not), "{path}: {not}: {text}");
        }
    }
    let page = person.get(&format!("{INVOICES}/{nothing}?reference=x")).await.text();
    assert!(!page.contains("What you typed"), "{page}");
}
