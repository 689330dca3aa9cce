//! Corrections, done by a real browser: a line, an amount and the rest are credited, money goes back with the note, and an
//! invoice is corrected and reissued.

use super::desk::Desk;
use super::driver::{Browser, Screen};
use super::story::{pay_at_stripe, set_up, write_and_send};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invoice_is_credited_paid_back_and_reissued() {
    let desk = Desk::first_run().await;
    let owner = Browser::open(Screen::Desktop).await;
    set_up(&desk, &owner).await;
    write_and_send(&desk, &owner).await;
    let invoice = owner.address().await.split('?').next().unwrap().to_owned();
    let text = desk.mail("Invoice TEST-").await.text().unwrap();
    let link = text.split_whitespace().find(|word| word.contains("/i/")).expect("the mail has the link").to_owned();

    // A quarter of the line, then an amount: what is due falls.
    owner.go(&format!("{invoice}/credit")).await;
    owner.choose("mode", "lines").await;
    owner.fill("lines.0.quantity", "0.5").await;
    owner.sees("47.60").await;
    owner.picture("admin-credit-lines").await;
    issue(&owner, "The amount due falls by €47.60 to €142.80.").await;
    owner.go(&format!("{invoice}/credit")).await;
    owner.choose("mode", "amount").await;
    owner.fill("amount", "42.80").await;
    owner.fill("reason", "Late by a week").await;
    owner.sees("Total credited").await;
    issue(&owner, "The amount due falls by €42.80 to €100.00.").await;
    owner.sees("TEST-CN-").await;
    owner.picture("admin-invoice-credited").await;

    let payer = Browser::open(Screen::Phone).await;
    payer.go(&link).await;
    payer.picture("public-credited").await;
    pay_at_stripe(&payer, "Pay €100.00").await;

    // All that is left, and it goes back by the card.
    owner.go(&format!("{invoice}/credit")).await;
    owner.choose("settle", "refund").await;
    issue(&owner, "€100.00 goes back to Visa ending 4242 through Stripe.").await;
    owner.sees("Paid back").await;
    owner.sees("Refunded").await;
    owner.picture("admin-credit-note-paid-back").await;
    let notice = desk.mail("Refund of").await.text().unwrap();
    assert!(notice.contains("It pays back what credit note TEST-CN-"), "{notice}");
    let page = notice.split_whitespace().find(|word| word.contains("/credit/3")).expect("the mail leads to the note");
    payer.go(page).await;
    payer.sees("is paid back to you").await;
    payer.picture("public-credit-note-paid-back").await;

    reissue(&desk, &owner).await;
    payer.close().await;
    owner.close().await;
}

/// Looks at the note as it will be, and issues it.
async fn issue(owner: &Browser, says: &str) {
    owner.press("Review credit note").await;
    owner.sees(says).await;
    owner.picture("admin-credit-review").await;
    owner.press("Issue credit note").await;
    owner.sees("Sending to anna@example.com").await;
}

async fn reissue(desk: &Desk, owner: &Browser) {
    owner.go(&format!("{}/admin/invoices/new", desk.base)).await;
    owner.choose("customer", "new").await;
    owner.fill("new.name", "Ben Example").await;
    owner.fill("lines.0.description", "A year of posters").await;
    owner.fill("lines.0.unit_price", "1000.00").await;
    owner.choose("lines.0.tax", "19").await;
    owner.sees("1,190.00").await;
    owner.press("Send…").await;
    owner.press("Issue without mailing").await;
    owner.sees("Issued. Copy its link").await;
    let wrong = owner.address().await.split('?').next().unwrap().to_owned();
    owner.go(&format!("{wrong}/reissue")).await;
    owner.fill("reason", "Two years of posters").await;
    owner.picture("admin-reissue").await;
    owner.press("Correct and reissue").await;
    owner.sees("The old invoice is credited.").await;
    owner.fill("lines.0.quantity", "2").await;
    owner.sees("2,380.00").await;
    owner.picture("admin-editor-reissued").await;
    owner.press("Send…").await;
    owner.press("Issue without mailing").await;
    owner.sees("Issued. Copy its link").await;
    owner.sees("Replaces invoice TEST-").await;
    owner.go(&wrong).await;
    owner.sees("Credited").await;
}
