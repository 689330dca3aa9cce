//! A form that makes something makes it once, however often it is sent.

use super::person::{Person, leads_to};
use crate::support::TestApp;

const NEW: &str = "/admin/customers/new";
const CUSTOMERS: &str = "/admin/customers";

fn count(app: &TestApp) -> (usize, usize) {
    let all = quittance::store::invoices::Filter::default();
    app.app
        .store
        .read(|r| {
            Ok::<_, quittance::store::Error>((r.customers(&[], None, 50)?.len(), r.invoices(&all, None, 50)?.len()))
        })
        .unwrap()
}

#[tokio::test]
async fn a_customer_is_added_once_by_a_form() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let form = person.sheet(NEW, CUSTOMERS).await;
    let first = leads_to(&person.send(&form, &[("name", "Ben")]).await);
    let four = futures_util::future::join_all((0..4).map(|_| person.send(&form, &[("name", "Ben")]))).await;
    assert!(four.iter().all(|answer| leads_to(answer) == first));
    assert_eq!(count(&app).0, 1);

    // Back, another name, Save: that is said, and a second Save means it.
    let other = person.send(&form, &[("name", "Cleo")]).await;
    assert_eq!(other.status, 409);
    assert!(other.text().contains("Ben was added from this form already."), "{}", other.text());
    let again = super::person::Sheet::read(&other.text(), CUSTOMERS);
    assert_eq!(again.value("name"), Some("Cleo"));
    assert_ne!(leads_to(&person.send(&again, &[]).await), first);
    let fresh = person.sheet(NEW, CUSTOMERS).await;
    assert_ne!(leads_to(&person.send(&fresh, &[("name", "Ben")]).await), first, "another form is another customer");
    assert_eq!(count(&app).0, 3);

    // What was given by nobody is not taken: neither an id from the future nor something else.
    for once in ["cus_7zzzzzzzzzzzzzzzzzzzzzzzzz", "inv_0", ""] {
        let made = leads_to(&person.send(&fresh, &[("name", "Dan"), ("once", once)]).await);
        assert!(once.is_empty() || !made.contains(once), "{made}");
    }
}

#[tokio::test]
async fn an_invoice_and_its_new_customer_are_made_once_by_a_form() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let form = person.sheet("/admin/invoices/new", "/admin/invoices").await;
    let typed = [
        ("customer", "new"),
        ("new.name", "Ben"),
        ("new.email", "ben@example.com"),
        ("lines.0.description", "Poster"),
        ("lines.0.unit_price", "80.00"),
        ("lines.0.tax", "0"),
        ("do", "send"),
    ];
    // A page that is shown again keeps the one-time value.
    let added = person.send(&form, &[&typed[..6], &[("do", "add")]].concat()).await;
    let sheet = super::person::Sheet::read(&added.text(), "/admin/invoices");
    assert_eq!(sheet.value("once"), form.value("once"));

    let four = futures_util::future::join_all((0..4).map(|_| person.send(&form, &typed))).await;
    let first = leads_to(&four[0]);
    assert!(first.ends_with("/send") && four.iter().all(|answer| leads_to(answer) == first), "{first}");
    assert_eq!(count(&app), (1, 1));
    let other = person.send(&form, &[&typed[..4], &[("lines.0.unit_price", "90.00"), ("do", "save")]].concat()).await;
    assert_eq!(other.status, 409);
    assert!(other.text().contains("made from this form already"), "{}", other.text());
    let again = super::person::Sheet::read(&other.text(), "/admin/invoices");
    assert!(again.value("customer").is_some_and(|id| id.starts_with("cus_")), "Ben is there already");
    assert!(other.text().contains("Ben was added as a customer with it and is chosen now."), "{}", other.text());
    assert_eq!(person.send(&again, &[("do", "save")]).await.status, 303);
    assert_eq!(count(&app), (1, 2));

    // Who is another customer is another one.
    let cleo = person.send(&form, &[&typed[..], &[("new.name", "Cleo")]].concat()).await;
    assert_eq!(cleo.status, 409);
    assert!(cleo.text().contains("Ben was added as a customer with it."), "{}", cleo.text());
    let again = super::person::Sheet::read(&cleo.text(), "/admin/invoices");
    assert_eq!((again.value("customer"), again.value("new.name")), (Some("new"), Some("Cleo")));
    assert_eq!(person.send(&again, &[("do", "save")]).await.status, 303);
    assert_eq!(count(&app), (2, 3));
}
