//! The second step in a real browser: the code is sent with its last digit.

use quittance::clock::Clock;
use quittance::credentials::one_time::OneTime;
use thirtyfour::By;

use super::desk::Desk;
use super::driver::{Browser, Screen};

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_sent_with_its_last_digit() {
    let (desk, owner) = tokio::join!(Desk::first_run(), Browser::open(Screen::Desktop));
    owner.go(&desk.setup).await;
    owner.fill("email", "owner@example.com").await;
    owner.fill("password", "my cat sits on the ledger").await;
    owner.press("Create account").await;
    owner.sees("Your business").await;

    owner.go(&format!("{}/admin/settings/account/second-step", desk.base)).await;
    owner.press("Set it up").await;
    owner.sees("Its first code").await;
    owner.fits().await;
    let typed = owner.find(By::Css("code.break")).await.text().await.unwrap();
    let phone = OneTime::of(&typed.replace(' ', "")).unwrap();
    let clock = Clock::machine();
    owner.fill("code", &phone.code(clock.now())).await;
    owner.press("Switch on").await;
    owner.sees("Your recovery codes").await;
    owner.is_content().await;

    owner.press("Sign out").await;
    owner.sees("You are signed out").await;
    owner.fill("email", "owner@example.com").await;
    owner.fill("password", "my cat sits on the ledger").await;
    owner.press("Sign in").await;
    owner.sees("Your code").await;
    owner.is_content().await;
    let field = owner.find(By::Id("code")).await;
    assert_eq!(field.attr("autocomplete").await.unwrap().as_deref(), Some("one-time-code"));
    // The next one, which is taken already: that of this step was used.
    owner.fill("code", &phone.code(clock.now() + jiff::SignedDuration::from_secs(30))).await;
    owner.sees("Finish setting up").await;
    owner.close().await;
}
