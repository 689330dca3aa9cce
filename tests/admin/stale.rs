//! Two windows on the same settings: the one that is older overwrites nothing unseen.

use super::person::{Person, Sheet, leads_to};
use crate::support::{Answer, IBAN, TestApp};

const BUSINESS: &str = "/admin/settings/business";
const NUMBERING: &str = "/admin/settings/numbering";
const NOTICES: &str = "/admin/settings/notifications";
const OTHER_IBAN: &str = "GB82WEST12345698765432";

/// The form as it is shown again, with the status.
#[track_caller]
fn again(answer: &Answer, action: &str) -> (Sheet, String) {
    assert_eq!(answer.status, 409, "{action}: {}", answer.text());
    (Sheet::read(&answer.text(), action), answer.text())
}

#[tokio::test]
async fn an_old_window_never_puts_an_old_bank_account_back() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let first = person.sheet(BUSINESS, BUSINESS).await;
    let filled = [("name", "Pat Sample"), ("iban", IBAN), ("country", "DE")];
    assert_eq!(leads_to(&person.send(&first, &filled).await), format!("{BUSINESS}?done=saved"));

    let old = person.sheet(BUSINESS, BUSINESS).await;
    let new = person.sheet(BUSINESS, BUSINESS).await;
    assert_eq!(person.send(&new, &[("iban", OTHER_IBAN)]).await.status, 303);
    let answer = person.send(&old, &[("phone", "+49 30 1234")]).await;
    let (shown, words) = again(&answer, BUSINESS);
    let stored = || app.app.store.read(|r| r.settings()).unwrap().business;
    assert_eq!((stored().iban.as_str(), stored().phone.as_str()), (OTHER_IBAN, ""));
    assert!(words.contains(&format!("IBAN was changed to “{OTHER_IBAN}” in another window.")), "{words}");
    assert_eq!((shown.value("iban"), shown.value("phone")), (Some(OTHER_IBAN), Some("+49 30 1234")));

    // The page that was looked at may be saved, and does what it shows.
    assert_eq!(person.send(&shown, &[]).await.status, 303);
    assert_eq!((stored().iban.as_str(), stored().phone.as_str()), (OTHER_IBAN, "+49 30 1234"));
    // A double click is no conflict, and neither is a change somewhere else.
    assert_eq!(person.send(&shown, &[]).await.status, 303);
    let notices = person.sheet(NOTICES, NOTICES).await;
    assert_eq!(person.send(&notices, &[("on_reads", "yes")]).await.status, 303);
    assert_eq!(person.send(&shown, &[("phone", "+49 30 99")]).await.status, 409, "the phone number is another now");
    let fresh = person.sheet(BUSINESS, BUSINESS).await;
    assert_eq!(person.send(&fresh, &[("phone", "+49 30 99")]).await.status, 303);
}

#[tokio::test]
async fn what_was_typed_in_both_windows_stays_and_is_replaced_only_by_who_has_seen_both() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (old, new) = (person.sheet(NUMBERING, NUMBERING).await, person.sheet(NUMBERING, NUMBERING).await);
    let changes = [("next", "55"), ("rates.0.name", "VAT"), ("rates.0.rate", "19")];
    assert_eq!(person.send(&new, &changes).await.status, 303);

    let answer = person.send(&old, &[("next", "70"), ("terms_days", "30")]).await;
    let (shown, words) = again(&answer, NUMBERING);
    assert!(words.contains("changed to “55” in another window. Save again"), "{words}");
    assert!(words.contains("tax rates was changed to “VAT, 19” in another window. That stands here now"), "{words}");
    assert_eq!((shown.value("next"), shown.value("terms_days")), (Some("70"), Some("30")));
    assert_eq!(shown.value("rates.0.rate"), Some("19"), "a rate that was added elsewhere is not thrown away");
    let stored = app.app.store.read(|r| r.settings()).unwrap();
    assert_eq!((stored.terms_days, stored.tax_rates.len()), (14, 1));

    assert_eq!(person.send(&shown, &[]).await.status, 303);
    let stored = person.sheet(NUMBERING, NUMBERING).await;
    assert_eq!((stored.value("next"), stored.value("terms_days")), (Some("70"), Some("30")));
    assert_eq!(stored.value("rates.0.name"), Some("VAT"));
}

#[tokio::test]
async fn an_old_window_never_puts_a_customers_old_address_back() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let form = person.sheet("/admin/customers/new", "/admin/customers").await;
    let made = leads_to(&person.send(&form, &[("name", "Anna"), ("email", "old@example.com"), ("city", "Bern")]).await);
    let page = made.split('?').next().unwrap();
    let edit = format!("{page}/edit");
    let sheet = || person.sheet(&edit, page);
    let (old, new) = (sheet().await, sheet().await);
    leads_to(&person.send(&new, &[("email", "new@example.com"), ("city", "Basel")]).await);
    let answer = person.send(&old, &[("name", "Anna B"), ("city", "Chur")]).await;
    let (shown, words) = again(&answer, page);
    let stored = || app.app.store.read(|r| r.customers(&[], None, 5)).unwrap().remove(0).party;
    assert_eq!((stored().name.as_str(), stored().email.as_str()), ("Anna", "new@example.com"), "nothing was saved");
    assert!(
        words.contains("The e-mail address was changed to “new@example.com” in another window. That stands here now"),
        "{words}"
    );
    assert!(words.contains("This was changed to “Basel” in another window. Save again to replace that."), "{words}");
    let values = ["name", "email", "city"].map(|name| shown.value(name));
    assert_eq!(values, [Some("Anna B"), Some("new@example.com"), Some("Chur")]);

    // What is wrong with it meanwhile changes nothing about what was seen.
    let wrong = person.send(&shown, &[("email", "nobody")]).await;
    assert_eq!(wrong.status, 422);
    let (shown, _) =
        (Sheet::read(&wrong.text(), page), leads_to(&person.send(&sheet().await, &[("line1", "Gasse")]).await));
    let (shown, _) = again(&person.send(&shown, &[("email", "new@example.com")]).await, page);
    assert_eq!((shown.value("line1"), shown.value("city")), (Some("Gasse"), Some("Chur")));
    leads_to(&person.send(&shown, &[]).await);
    assert_eq!(
        (stored().name.as_str(), stored().email.as_str(), stored().address.city.as_str()),
        ("Anna B", "new@example.com", "Chur")
    );
}

#[tokio::test]
async fn every_form_of_the_settings_notices_that_it_is_old() {
    let app = TestApp::start_with(|config| {
        config.mail.smtp = None;
        config.mail.from = None;
    })
    .await;
    let person = Person::owner(&app).await;
    let mail: &[(&str, &str)] = &[("host", "smtp.example.com"), ("from", "pat@example.com"), ("do", "save")];
    let other: &[(&str, &str)] = &[("host", "mx.example.com"), ("from", "pat@example.com"), ("do", "save")];
    let rate: &[(&str, &str)] = &[("fee_passthrough.kind", "rate"), ("fee_passthrough.percent", "2.9")];
    let off_in: &[(&str, &str)] = &[("fee_passthrough.kind", "rate"), ("fee_passthrough.percent", "1.5")];
    let (payments, fee) = ("/admin/settings/payments", "/admin/settings/payments/fee");
    for (page, action, first, second, words) in [
        ("/admin/settings/mail", "/admin/settings/mail", mail, other, "smtp.example.com"),
        (payments, fee, rate, off_in, "rate, 2.9"),
        (payments, payments, &[("payment_methods", "all"), ("do", "save")], &[("do", "save")], "changed to “all”"),
        (NOTICES, NOTICES, &[("on_reads", "")], &[("on_mails", "")], "unticked"),
    ] {
        let (old, new) = (person.sheet(page, action).await, person.sheet(page, action).await);
        assert_eq!(person.send(&new, first).await.status, 303, "{action}");
        let answer = person.send(&old, second).await;
        let (shown, text) = again(&answer, action);
        assert!(text.contains(words), "{action}: {text}");
        assert_eq!(person.send(&shown, &[("do", "save")]).await.status, 303, "{action}");
    }
}

#[tokio::test]
async fn everything_that_is_wrong_with_the_business_is_said_at_once() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let form = person.sheet(BUSINESS, BUSINESS).await;
    let wrong = [("email", "nobody"), ("iban", "DE00"), ("website", "not one"), ("currency", "XXX")];
    let answer = person.send(&form, &wrong).await;
    assert_eq!(answer.status, 422);
    let page = answer.text();
    assert!(page.contains("Enter the legal name"), "{page}");
    for (field, _) in wrong {
        assert!(page.contains(&format!("href=\"#{field}\"")), "{field}: {page}");
    }
}
