//! First run, an invoice, its mail, its page on a phone, the payment, and the receipt.

use super::desk::{Desk, STRIPE_KEY};
use super::driver::{Browser, Screen};

const PASSWORD: &str = "a ledger never forgets";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_first_run_to_receipt() {
    let desk = Desk::first_run().await;
    let owner = Browser::open(Screen::Desktop).await;
    set_up(&desk, &owner).await;
    write_and_send(&desk, &owner).await;

    let mail = desk.mail("Invoice TEST-").await;
    let text = mail.text().unwrap();
    let link = text.split_whitespace().find(|word| word.contains("/i/")).expect("the mail has the link").to_owned();
    let payer = Browser::open(Screen::Phone).await;
    pay(&payer, &link).await;

    // It came through the endpoint that the wizard had set up.
    let deliveries = desk.stand_in.deliveries();
    let of_payment = deliveries.iter().find(|delivery| delivery.kind == "checkout.session.completed").unwrap();
    assert!(of_payment.tries.iter().any(|one| one.status == Some(200)), "{of_payment:?}");
    let receipt = desk.mail("Receipt").await;
    assert!(receipt.to.contains(&"anna@example.com".to_owned()), "{:?}", receipt.to);
    let words = receipt.text().unwrap();
    assert!(words.contains("190.40"), "{words}");

    owner.press("Invoices").await;
    owner.press("Paid").await;
    owner.sees("Anna Example").await;
    owner.picture("admin-invoices-paid").await;
    owner.press("TEST-").await;
    owner.sees("Payments").await;
    owner.picture("admin-invoice-paid").await;

    refund(&owner, &payer, &link).await;
    let notice = desk.mail("Refund of").await;
    assert!(notice.to.contains(&"anna@example.com".to_owned()), "{:?}", notice.to);

    owner.go(&format!("{}/admin/reconciliations", desk.base)).await;
    owner.press("Run now").await;
    owner.sees("Charges").await;
    owner.picture("admin-reconciliation").await;
    deposit_then_rest(&desk, &owner, &payer).await;
    with_a_fee(&desk, &owner, &payer).await;
    owner.go(&format!("{}/admin/events", desk.base)).await;
    owner.sees("checkout.session.completed").await;
    owner.picture("admin-events").await;
    owner.go(&format!("{}/admin/settings/payments", desk.base)).await;
    owner.sees("Last event").await;
    owner.picture("admin-settings-payments").await;
    payer.close().await;
    owner.close().await;
}

/// The second invoice is paid in two parts, each of which the page asks for by itself.
async fn deposit_then_rest(desk: &Desk, owner: &Browser, payer: &Browser) {
    owner.go(&format!("{}/admin/invoices/new", desk.base)).await;
    owner.choose("customer", "new").await;
    owner.fill("new.name", "Ben Example").await;
    owner.fill("new.email", "ben@example.com").await;
    owner.fill("lines.0.description", "A year of posters").await;
    owner.fill("lines.0.unit_price", "1000.00").await;
    owner.choose("lines.0.tax", "19").await;
    owner.choose("payment_plan.kind", "deposit").await;
    owner.fill("payment_plan.deposit", "30 %").await;
    owner.sees("357.00").await;
    owner.sees("833.00").await;
    owner.picture("admin-editor-deposit").await;
    owner.press("Send…").await;
    owner.sees("ben@example.com").await;
    owner.press("Send").await;
    owner.sees("Payment plan").await;
    owner.picture("admin-invoice-plan").await;

    let mail = desk.mail_to("ben@example.com", "Invoice TEST-").await;
    let text = mail.text().unwrap();
    assert!(text.contains("to be paid in 2 parts"), "{text}");
    let link = text.split_whitespace().find(|word| word.contains("/i/")).expect("the mail has the link").to_owned();
    payer.go(&link).await;
    payer.sees("Then €833.00").await;
    payer.picture("public-deposit").await;
    pay_at_stripe(payer, "Pay €357.00").await;
    payer.sees("Next: €833.00").await;
    payer.picture("public-return-part").await;
    let receipt = desk.mail_to("ben@example.com", "Receipt").await.text().unwrap();
    assert!(receipt.contains("Still open: €833.00") && receipt.contains("Next: €833.00, due on"), "{receipt}");

    payer.go(&link).await;
    pay_at_stripe(payer, "Pay €833.00").await;
    payer.go(&link).await;
    payer.sees("Paid").await;
    payer.picture("public-plan-paid").await;
}

/// The owner passes the fee on; the payer sees it, and the total, on the phone before the click.
async fn with_a_fee(desk: &Desk, owner: &Browser, payer: &Browser) {
    owner.go(&format!("{}/admin/settings/payments", desk.base)).await;
    owner.choose("fee_passthrough.kind", "rate").await;
    owner.fill("fee_passthrough.percent", "2.9").await;
    owner.fill("fee_passthrough.fixed", "0.30").await;
    owner.press("Save the fee").await;
    owner.sees("pays €103.30").await;
    owner.go(&format!("{}/admin/settings/payments#payment-fee", desk.base)).await;
    owner.picture("admin-settings-fee").await;
    owner.go(&format!("{}/admin/invoices/new", desk.base)).await;
    owner.choose("customer", "new").await;
    owner.fill("new.name", "Cid Example").await;
    owner.fill("new.email", "cid@example.com").await;
    owner.choose("new.country", "US").await;
    owner.fill("lines.0.description", "A sign above the door").await;
    owner.fill("lines.0.unit_price", "100.00").await;
    owner.choose("lines.0.tax", "19").await;
    owner.sees("Your settings say: a fee of").await;
    owner.sees("119.00").await;
    owner.press("Send…").await;
    owner.sees("cid@example.com").await;
    owner.press("Send").await;
    owner.sees("By card, a payment fee of €4.63 is added").await;
    owner.picture("admin-invoice-fee").await;

    let mail = desk.mail_to("cid@example.com", "Invoice TEST-").await.text().unwrap();
    let link = mail.split_whitespace().find(|word| word.contains("/i/")).expect("the mail has the link").to_owned();
    payer.go(&link).await;
    payer.sees("Payment fee").await;
    payer.sees("€4.63").await;
    payer.sees("Pay €123.63").await;
    payer.fits().await;
    payer.picture("public-fee").await;
    pay_at_stripe(payer, "Pay €123.63").await;
    let receipt = desk.mail_to("cid@example.com", "Receipt").await.text().unwrap();
    assert!(receipt.contains("For the invoice: €119.00") && receipt.contains(": €4.63"), "{receipt}");
    payer.press("View receipt").await;
    payer.sees("TEST-FEE-").await;
    payer.picture("public-receipt-fee").await;
    payer.press("TEST-FEE-").await;
    payer.sees("It was paid together with the invoice").await;
    payer.fits().await;
    payer.picture("public-fee-document").await;
}

pub async fn pay_at_stripe(payer: &Browser, button: &str) {
    payer.press(button).await;
    payer.sees("Test checkout").await;
    payer.press("Pay").await;
    payer.sees("Thank you, your payment has arrived").await;
}

pub async fn set_up(desk: &Desk, owner: &Browser) {
    owner.go(&desk.setup).await;
    owner.picture("setup-owner").await;
    owner.fill("email", "owner@example.com").await;
    owner.fill("password", PASSWORD).await;
    owner.press("Create account").await;

    owner.sees("Your business").await;
    owner.picture("setup-business").await;
    owner.fill("name", "Studio Example").await;
    owner.fill("line1", "Hafenstraße 1").await;
    owner.fill("postal_code", "20457").await;
    owner.fill("city", "Hamburg").await;
    owner.choose("country", "DE").await;
    owner.fill("tax_id", "DE298765432").await;
    owner.fill("email", "studio@example.com").await;
    owner.fill("iban", "DE89 3704 0044 0532 0130 00").await;
    owner.press("Save and continue").await;

    owner.sees("Numbers, terms and taxes").await;
    owner.fill("rates.0.name", "VAT").await;
    owner.fill("rates.0.rate", "19").await;
    owner.fill("pattern", "{YYYY}-{SEQ:3}").await;
    owner.sees("-002").await;
    owner.picture("setup-numbers").await;
    owner.press("Save and continue").await;

    owner.sees("How mail leaves").await;
    owner.picture("setup-mail").await;
    fill_mail(desk, owner).await;
    owner.press("Save and continue").await;

    owner.sees("Card payments with Stripe").await;
    owner.picture("setup-stripe").await;
    owner.fill("secret_key", STRIPE_KEY).await;
    owner.press("Save and continue").await;

    owner.sees("You are ready").await;
    owner.picture("setup-finish").await;
    let made = desk.stand_in.webhook_endpoints();
    assert_eq!(made.len(), 1, "the endpoint was set up by itself");
    assert_eq!(made[0]["url"], format!("{}/webhooks/stripe", desk.base));
}

async fn fill_mail(desk: &Desk, owner: &Browser) {
    owner.fill("host", "127.0.0.1").await;
    owner.fill("port", &desk.mailbox.address().port().to_string()).await;
    owner.choose("security", "none").await;
    owner.fill("from", "Studio Example <studio@example.com>").await;
}

pub async fn write_and_send(desk: &Desk, owner: &Browser) {
    owner.press("Write the first invoice").await;
    owner.sees("New invoice").await;
    owner.choose("customer", "new").await;
    owner.fill("new.name", "Anna Example").await;
    owner.fill("new.email", "anna@example.com").await;
    owner.fill("lines.0.description", "Design of a poster").await;
    owner.fill("lines.0.quantity", "2").await;
    owner.fill("lines.0.unit_price", "80.00").await;
    owner.choose("lines.0.tax", "19").await;
    owner.sees("190.40").await;
    owner.picture("admin-editor").await;
    owner.press("Send…").await;
    owner.sees("anna@example.com").await;
    owner.picture("admin-send").await;
    owner.press("Send").await;
    owner.sees("TEST-").await;
    owner.picture("admin-invoice-sent").await;
    let _ = desk;
}

/// The owner refunds, the customer's page shows it.
async fn refund(owner: &Browser, payer: &Browser, link: &str) {
    owner.press("Refund").await;
    owner.sees("Refund a payment").await;
    owner.fill("amount", "90.40").await;
    owner.choose("reason", "requested_by_customer").await;
    owner.picture("admin-refund").await;
    owner.press("Continue").await;
    owner.sees("to Visa ending 4242?").await;
    owner.picture("admin-refund-question").await;
    owner.press("Refund").await;
    owner.sees("Partly refunded").await;
    owner.picture("admin-invoice-refunded").await;
    payer.go(link).await;
    payer.sees("of it was refunded").await;
    payer.picture("public-refunded-partly").await;
}

async fn pay(payer: &Browser, link: &str) {
    payer.go(link).await;
    payer.sees("190.40").await;
    payer.picture("public-open").await;
    payer.press("Pay").await;
    payer.sees("Test checkout").await;
    payer.picture("checkout").await;
    payer.press("Pay").await;
    payer.sees("Thank you, your payment has arrived").await;
    assert!(payer.address().await.contains("/return?session_id=cs_test_"), "{}", payer.address().await);
    payer.picture("public-return-paid").await;
    payer.press("View receipt").await;
    payer.sees("Receipt").await;
    payer.picture("public-receipt").await;
    payer.go(link).await;
    payer.sees("Paid").await;
    payer.picture("public-paid").await;
}
