//! What scripts add to forms says what the server will store.

use thirtyfour::By;

use super::desk::Desk;
use super::driver::{Browser, Screen};

#[tokio::test(flavor = "multi_thread")]
async fn rows_and_samples_that_a_script_makes_say_what_will_be_stored() {
    let (desk, owner) = tokio::join!(Desk::first_run(), Browser::open(Screen::Desktop));
    owner.go(&desk.setup).await;
    owner.fill("email", "owner@example.com").await;
    owner.fill("password", "my cat sits on the ledger").await;
    owner.press("Create account").await;
    owner.sees("Your business").await;

    owner.go(&format!("{}/admin/settings/numbering", desk.base)).await;
    owner.fill("credit_pattern", "CREDIT-{SEQ:2}").await;
    owner.sees("CREDIT-02").await;
    owner.fill("fee_pattern", "FEES-{SEQ:2}").await;
    owner.sees("FEES-02").await;
    owner.is_content().await;

    owner.go(&format!("{}/admin/invoices/new", desk.base)).await;
    owner.choose("payment_plan.kind", "instalments").await;
    // As in a draft whose last instalment is due after so many days.
    let terms =
        "document.querySelectorAll('[data-instalment] .hint')[1].textContent = '60 days after issue if left empty'";
    owner.driver.execute(terms, vec![]).await.unwrap();
    for _ in 2..36 {
        owner.press("Add an instalment").await;
    }
    let hint = owner.find(By::Id("payment_plan.instalments.35.due-hint")).await;
    assert_eq!(hint.text().await.unwrap(), "On receipt if left empty");
    let button = owner.find(By::Css("button[value='add_instalment']")).await;
    assert!(!button.is_displayed().await.unwrap(), "a 37th would be refused");
    owner.close().await;
}
