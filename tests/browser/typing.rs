//! What people type: it outlives its session, and however long its words are, it fits on a phone.

use super::desk::Desk;
use super::driver::{Browser, Screen};

const EMAIL: &str = "owner@example.com";
const PASSWORD: &str = "a ledger never forgets";
/// As the cookie of a session that ended elsewhere.
const SIGN_OUT: &str =
    "return fetch('/admin/logout', { method: 'POST', body: new URLSearchParams() }).then(() => true)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_is_not_lost_and_fits() {
    let desk = Desk::first_run().await;
    let owner = Browser::open(Screen::Phone).await;
    owner.go(&desk.setup).await;
    owner.fill("email", EMAIL).await;
    owner.fill("password", PASSWORD).await;
    owner.press("Create account").await;
    owner.sees("Your business").await;
    owner.fill("name", &"Donaudampfschifffahrt".repeat(3)).await;
    owner.choose("country", "US").await;
    owner.press("Save and continue").await;
    owner.sees("Numbers, terms and taxes").await;

    owner.go(&format!("{}/admin/invoices/new", desk.base)).await;
    owner.choose("customer", "new").await;
    owner.fill("new.name", "Anna Example").await;
    owner.fill("lines.0.description", "A key").await;
    owner.fill("lines.0.unit_price", "80.00").await;
    owner.fill("notes", &format!("Licence\n{}", "0123456789ABCDEF".repeat(6))).await;
    assert!(owner.driver.execute(SIGN_OUT, vec![]).await.unwrap().convert::<bool>().unwrap());
    owner.press("Save draft").await;
    owner.sees("Sign in, and you see again what you typed.").await;
    owner.picture("admin-login-interrupted").await;
    owner.fill("email", EMAIL).await;
    owner.fill("password", PASSWORD).await;
    owner.press("Sign in").await;
    owner.sees("Nothing was done yet").await;
    owner.sees("Anna Example").await;
    owner.picture("admin-send-again").await;
    owner.press("Send again").await;
    owner.sees("Draft").await;
    owner.sees("Anna Example").await;
    let draft = owner.address().await;
    let draft = draft.split('?').next().unwrap();
    owner.go(&format!("{draft}/preview")).await;
    owner.sees("Licence").await;
    owner.picture("public-long-words").await;
    owner.driver.execute(SIGN_OUT, vec![]).await.unwrap();
    owner.go(&format!("{}/admin/login", desk.base)).await;
    owner.picture("admin-login-long-name").await;
    owner.close().await;
}
