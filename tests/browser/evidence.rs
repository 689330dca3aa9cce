//! A bank disputes a payment: the owner writes what happened, adds a file, takes one out again, and submits it.

use quittance::demo::stripe::DisputeOrder;
use thirtyfour::prelude::*;

use super::desk::Desk;
use super::driver::{Browser, Screen};
use super::story::{pay_at_stripe, set_up, write_and_send};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dispute_is_answered_with_a_text_and_a_file() {
    let desk = Desk::first_run().await;
    let owner = Browser::open(Screen::Desktop).await;
    set_up(&desk, &owner).await;
    write_and_send(&desk, &owner).await;
    let mail = desk.mail("Invoice TEST-").await.text().unwrap();
    let link = mail.split_whitespace().find(|word| word.contains("/i/")).expect("the mail has the link").to_owned();
    owner.go(&link).await;
    pay_at_stripe(&owner, "Pay €190.40").await;

    let session = desk.stand_in.sessions().pop().unwrap();
    let intent = session["payment_intent"].as_str().unwrap().to_owned();
    let dispute = desk.stand_in.dispute(&intent, &DisputeOrder::chargeback()).unwrap();
    let dispute = dispute["id"].as_str().unwrap().to_owned();
    desk.mail("disputed").await;

    owner.go(&format!("{}/admin/review", desk.base)).await;
    owner.press("Answer the bank").await;
    owner.sees("Your evidence").await;
    owner.picture("admin-dispute").await;
    answer(&desk, &owner, &dispute).await;
    owner.close().await;
}

async fn answer(desk: &Desk, owner: &Browser, dispute: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let (program, receipt, letter) =
        (file("receipt.exe", b"MZ"), file("receipt.pdf", b"%PDF-1.7 paid"), file("letter.pdf", b"%PDF-1.7 dear"));

    owner.fill("product_description", "A poster, printed and delivered").await;
    choose(owner, "receipt", &program).await;
    owner.press("Save draft").await;
    owner.sees("Choose a PDF, a PNG or a JPEG").await;
    owner.picture("admin-dispute-wrong-file").await;

    choose(owner, "receipt", &receipt).await;
    choose(owner, "customer_communication", &letter).await;
    owner.press("Save draft").await;
    owner.sees("Remove letter.pdf").await;
    let kept = desk.stand_in.object(dispute).unwrap();
    assert_eq!(kept["evidence"]["product_description"], "A poster, printed and delivered");
    assert!(kept["evidence"]["customer_communication"].is_string(), "{kept}");
    assert_eq!(kept["evidence_details"]["submission_count"], 0, "a draft");

    owner.find(By::Id("remove_customer_communication")).await.click().await.unwrap();
    owner.picture("admin-dispute-draft").await;
    owner.press("Save and submit").await;
    owner.sees("Afterwards nothing can be added or changed").await;
    owner.press("Submit to the bank").await;
    owner.sees("Your answer is with the bank").await;
    owner.picture("admin-dispute-submitted").await;
    let sent = desk.stand_in.object(dispute).unwrap();
    assert!(sent["evidence"]["customer_communication"].is_null(), "{sent}");
    assert!(sent["evidence"]["receipt"].as_str().unwrap().starts_with("file_"), "{sent}");
    assert_eq!((&sent["status"], &sent["evidence_details"]["submission_count"]), (&"under_review".into(), &1.into()));
}

async fn choose(owner: &Browser, field: &str, path: &str) {
    owner.find(By::Name(field)).await.send_keys(path).await.unwrap();
}
