//! The owner answers a bank: what is proposed, files that are none, a draft, its submission, and giving in.

use quittance::billing::dispute::{Dispute, Phase};
use quittance::billing::filing::FILES_BYTES_MAX;
use quittance::billing::invoice::Invoice;
use quittance::demo::stripe::{Card, DisputeOrder, Fault, Operation};

use super::person::{Person, Sheet, leads_to};
use crate::support::{Answer, TestApp};

const PDF: &[u8] = b"%PDF-1.7 a receipt";

async fn disputed(app: &TestApp) -> (Invoice, Dispute) {
    let invoice = app.invoice("119.00").await;
    app.click_pay(&invoice).await;
    app.stand_in.pay(&app.session(&invoice), Card::Disputed).unwrap();
    app.work_off().await;
    (invoice, the_dispute(app))
}

fn the_dispute(app: &TestApp) -> Dispute {
    app.app.store.read(|r| r.disputes(None, 1)).unwrap().remove(0)
}

/// Sends a form with a file, as a browser does.
async fn send_with_file(
    person: &Person<'_>,
    sheet: &Sheet,
    changes: &[(&str, &str)],
    file: Option<(&str, &[u8])>,
) -> Answer {
    let mut body = Vec::new();
    let fields = sheet.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let is_file = |name: &str| name == "receipt" || name.ends_with("_file") || name.ends_with("_documentation");
    for (name, value) in fields.filter(|(name, _)| !is_file(name)).chain(changes.iter().copied()) {
        body.extend(format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
    }
    if let Some((name, content)) = file {
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"receipt\"; filename=\"{name}\"\r\n\r\n");
        body.extend(head.into_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b--\r\n");
    person.post_body(&sheet.action, "multipart/form-data; boundary=b", body).await
}

#[tokio::test]
async fn evidence_is_proposed_saved_as_a_draft_and_submitted_once() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (invoice, dispute) = disputed(&app).await;
    let path = format!("/admin/disputes/{}", dispute.id);
    assert!(person.page(&format!("/admin/invoices/{}", invoice.id)).await.contains(&path));
    assert!(person.page("/admin").await.contains("answer by 12 Dec 2026"));
    assert!(person.page("/admin/payments").await.contains("Disputed"));
    assert!(person.page("/admin/review").await.contains(&path));
    assert!(person.page("/admin/disputes").await.contains("Anna Buyer"));
    let page = person.page(&path).await;
    assert!(page.contains("The cardholder says that somebody else paid") && page.contains("12 Dec 2026"));
    assert!(page.contains(&format!("Invoice {} of", invoice.number)), "the books tell the story\n{page}");

    let sheet = person.sheet(&path, &path).await;
    let refused = send_with_file(&person, &sheet, &[("do", "save")], Some(("virus.pdf", b"MZ"))).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("Choose a PDF"), "{}", refused.text());
    let page = refused.text();
    assert!(page.contains("aria-invalid=\"true\" aria-describedby=\"files receipt-error\""), "{page}");
    let heavy = [PDF, &vec![0; FILES_BYTES_MAX]].concat();
    let page = send_with_file(&person, &sheet, &[("do", "save")], Some(("scan.pdf", &heavy))).await.text();
    assert!(page.contains("<p class=\"error\" id=\"files\">All files together"), "{page}");
    assert_eq!(page.matches("aria-invalid=\"true\" aria-describedby=\"files\"").count(), 4, "{page}");
    assert_eq!(app.stand_in.count(Operation::CreateFile), 0);

    let saved = send_with_file(&person, &sheet, &[("do", "save")], Some(("my receipt.pdf", PDF))).await;
    assert_eq!(leads_to(&saved), format!("{path}?done=kept"));
    assert!(person.follow(&saved).await.contains("my-receipt.pdf"));
    let twice = send_with_file(&person, &sheet, &[("do", "save")], Some(("my receipt.pdf", PDF))).await;
    assert_eq!(twice.status, 303);
    assert_eq!(app.stand_in.count(Operation::UpdateDispute), 1, "a double click is one draft");

    let sheet = person.sheet(&path, &path).await;
    let without = send_with_file(&person, &sheet, &[("do", "save"), ("remove_receipt", "yes")], None).await;
    assert!(!person.follow(&without).await.contains("my-receipt.pdf"));
    assert!(the_dispute(&app).files.is_empty());

    let confirm = person.page(&format!("{path}/submit")).await;
    assert!(confirm.contains("Stripe takes evidence once"), "{confirm}");
    let submission = Sheet::read(&confirm, &format!("{path}/submit?place=2"));
    let sent = person.send(&submission, &[]).await;
    assert_eq!(leads_to(&sent), format!("{path}?done=submitted"));
    assert_eq!((the_dispute(&app).submissions, the_dispute(&app).phase()), (1, Phase::Open));
    let page = person.follow(&sent).await;
    assert!(!page.contains("name=\"do\"") && page.contains("Your evidence"), "{page}");
    assert_eq!(person.get(&format!("{path}/submit")).await.status, 409);
    assert_eq!(person.get(&format!("{path}/accept")).await.status, 409);
}

#[tokio::test]
async fn an_inquiry_and_a_warning_lead_to_the_refund_that_ends_them() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let invoice = app.invoice("119.00").await;
    app.click_pay(&invoice).await;
    app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
    app.work_off().await;
    let payment = app.app.store.read(|r| r.payments_of_invoice(invoice.id)).unwrap().remove(0);
    let refund = format!("/admin/payments/{}/refund", payment.id);
    let intent = payment.method.stripe().unwrap().payment_intent.clone();
    app.stand_in.warn_of_fraud(&intent).unwrap();
    app.work_off().await;
    assert!(person.page("/admin/review").await.contains(&refund), "the warning");
    let decided = person.sheet("/admin/review", &case(&app)).await;
    person.send(&decided, &[("action", "ignore"), ("note", "We know the customer.")]).await;
    assert!(!person.page("/admin/review").await.contains(&refund));

    app.stand_in.dispute(&intent, &DisputeOrder::inquiry()).unwrap();
    app.work_off().await;
    assert!(person.page("/admin/review").await.contains(&refund), "the inquiry");
    let dispute = the_dispute(&app);
    assert!(person.page(&format!("/admin/disputes/{}", dispute.id)).await.contains(&refund));
    assert!(person.page(&refund).await.contains("All of it can be refunded"));

    app.stand_in.change_dispute(&dispute.stripe_dispute, serde_json::json!({"status": "needs_response"})).unwrap();
    app.stand_in.withdraw_dispute(&dispute.stripe_dispute).unwrap();
    app.work_off().await;
    assert!(!person.page("/admin/review").await.contains(&refund), "a dispute is not ended by a refund");
    assert!(!person.page(&format!("/admin/disputes/{}", dispute.id)).await.contains(&refund));
}

/// Where the open case is decided.
fn case(app: &TestApp) -> String {
    let review = app.app.store.read(|r| r.reviews(Some(true), None, 1)).unwrap().remove(0);
    format!("/admin/review/{}/resolve", review.id)
}

#[tokio::test]
async fn while_stripe_is_away_the_page_says_what_is_known_and_that_nothing_is_to_be_done() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (_, dispute) = disputed(&app).await;
    let path = format!("/admin/disputes/{}", dispute.id);
    let sheet = person.sheet(&path, &path).await;
    app.stand_in.withhold(Operation::CreateFile);
    let saved = send_with_file(&person, &sheet, &[("do", "submit")], Some(("r.pdf", PDF))).await;
    assert_eq!(leads_to(&saved), path, "it leads to what is known");
    let page = person.follow(&saved).await;
    assert!(page.contains("is on its way to Stripe") && page.contains("Nothing needs to be done twice"), "{page}");
    assert!(page.contains("lacks a permission"), "{page}");
    app.stand_in.grant_all();
}

#[tokio::test]
async fn giving_in_asks_first_and_loses_the_dispute() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (invoice, dispute) = disputed(&app).await;
    let path = format!("/admin/disputes/{}", dispute.id);
    let sheet = person.sheet(&format!("{path}/accept"), &format!("{path}/accept?place=0")).await;
    assert_eq!(leads_to(&person.send(&sheet, &[]).await), format!("{path}?done=accepted"));
    assert_eq!(the_dispute(&app).phase(), Phase::Lost);
    assert!(person.page(&format!("/admin/invoices/{}", invoice.id)).await.contains("were charged back"));
    assert_eq!(app.status(&invoice).await, "paid");
}

#[tokio::test]
async fn what_an_older_page_asks_for_is_refused_and_nothing_typed_is_lost() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (_, dispute) = disputed(&app).await;
    let path = format!("/admin/disputes/{}", dispute.id);
    let mut first = person.sheet(&path, &path).await;
    leads_to(&send_with_file(&person, &first, &[("do", "save")], Some(("r.pdf", PDF))).await);
    let submission = person.sheet(&format!("{path}/submit"), &format!("{path}/submit?place=1")).await;
    let acceptance = person.sheet(&format!("{path}/accept"), &format!("{path}/accept?place=1")).await;

    // Back in the browser, with a better story.
    let story = first.fields.iter_mut().find(|(name, _)| name == "uncategorized_text").unwrap();
    story.1 = "The better story.".to_owned();
    let stale = send_with_file(&person, &first, &[("do", "save")], None).await;
    assert_eq!(stale.status, 409, "{}", stale.text());
    assert!(stale.text().contains("since this page was opened"), "{}", stale.text());
    let again = Sheet::read(&stale.text(), &path);
    assert_eq!((again.value("uncategorized_text"), again.value("place")), (Some("The better story."), Some("1")));
    leads_to(&send_with_file(&person, &again, &[("do", "save")], None).await);
    assert_eq!(the_dispute(&app).draft.values().filter(|text| *text == "The better story.").count(), 1);

    for older in [&submission, &acceptance] {
        let refused = person.send(older, &[]).await;
        assert_eq!(refused.status, 409, "what was decided was another draft: {}", refused.text());
    }
    assert_eq!((the_dispute(&app).submissions, the_dispute(&app).phase()), (0, Phase::Open));
    let submission = person.sheet(&format!("{path}/submit"), &format!("{path}/submit?place=2")).await;
    for _ in 0..2 {
        assert_eq!(leads_to(&person.send(&submission, &[]).await), format!("{path}?done=submitted"), "twice is once");
    }
    assert_eq!(the_dispute(&app).submissions, 1);
}

#[tokio::test]
async fn a_story_that_was_typed_while_a_draft_is_on_its_way_is_kept() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (_, dispute) = disputed(&app).await;
    let path = format!("/admin/disputes/{}", dispute.id);
    let mut open = person.sheet(&path, &path).await;
    app.stand_in.fault_always(Operation::UpdateDispute, Fault::Status(502));
    leads_to(&send_with_file(&person, &open, &[("do", "save")], None).await);
    for (name, value) in &mut open.fields {
        match name.as_str() {
            "place" => "1".clone_into(value),
            "uncategorized_text" => "Written for an hour.".clone_into(value),
            _ => {}
        }
    }
    let refused = send_with_file(&person, &open, &[("do", "save")], None).await;
    assert!(refused.status == 409 && refused.text().contains("is still on its way to Stripe"), "{}", refused.text());
    assert_eq!(Sheet::read(&refused.text(), &path).value("uncategorized_text"), Some("Written for an hour."));
    app.stand_in.clear_faults();
}

#[tokio::test]
async fn a_dispute_over_a_part_of_a_payment_is_no_difference() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let invoice = app.invoice("119.00").await;
    app.click_pay(&invoice).await;
    app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
    app.work_off().await;
    let payment = app.app.store.read(|r| r.payments_of_invoice(invoice.id)).unwrap().remove(0);
    let order = DisputeOrder { amount: Some(4_000), ..DisputeOrder::chargeback() };
    app.stand_in.dispute(&payment.method.stripe().unwrap().payment_intent, &order).unwrap();
    app.work_off().await;
    let page = person.page(&format!("/admin/disputes/{}", the_dispute(&app).id)).await;
    assert!(page.contains("€40.00") && page.contains("of a payment of €119.00"), "{page}");
    assert!(!page.contains("differs"), "{page}");
}
