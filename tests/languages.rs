//! Customers read their own language: what is chosen where, that it lasts, and that no page mixes two.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use quittance::billing::language::Language;
use serde_json::json;

use crate::house::House;
use crate::support::{Answer, TestApp, change, path};

/// An issued invoice over 1190.00 EUR for a customer who is written to in `language`; the path of its page.
async fn invoice_for(app: &TestApp, language: &str) -> String {
    let program = app.program().await;
    let customer = json!({"name": "Anna Buyer", "email": "anna@example.com", "language": language});
    let customer = program.post("/customers", customer).await.expect(201);
    let draft = program
        .post(
            "/invoices",
            json!({
                "customer": customer["id"], "currency": "EUR", "terms_days": 14,
                "lines": [{"description": "Design", "quantity": "2", "unit": "h", "unit_price": "500", "tax_rate": "19"}],
            }),
        )
        .await
        .expect(201);
    let issued = program.act(&format!("/invoices/{}/issue", draft["id"].as_str().unwrap())).await.expect(200);
    let url = issued["public_url"].as_str().unwrap();
    url[url.find("/i/").unwrap()..].to_owned()
}

async fn business_speaks(app: &TestApp, language: &'static str) {
    change(app, move |w| {
        let mut settings = w.settings()?;
        language.clone_into(&mut settings.language);
        Ok(w.put_settings(&settings)?)
    })
    .await;
}

/// What stands on a page to be read, without markup.
fn shown(page: &str) -> String {
    let body = page.split_once("<body").map_or(page, |(_, body)| body);
    body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn the_customers_language_wins_then_the_business_then_english() {
    let app = TestApp::start().await;
    let (own, other, unspoken) =
        (invoice_for(&app, "de-AT").await, invoice_for(&app, "").await, invoice_for(&app, "pl").await);
    let page = app.get(&own).await.text();
    for expected in
        ["<html lang=\"de\">", "€\u{a0}1.190,00 bezahlen", "Fällig am 6. Dezember 2026, in 14 Tagen", "USt."]
    {
        assert!(page.contains(expected), "{expected} is not in {page}");
    }
    assert!(app.get(&other).await.text().contains("Pay €1,190.00"));
    assert!(app.get(&unspoken).await.text().contains("<html lang=\"en\">"));
    business_speaks(&app, "fr").await;
    for invoice in [&other, &unspoken] {
        let page = app.get(invoice).await.text();
        assert!(page.contains("Payer 1\u{202f}190,00\u{a0}€"), "{page}");
    }
    assert!(app.get(&own).await.text().contains("bezahlen"), "the customer's own goes first");
}

#[tokio::test]
async fn a_language_that_was_chosen_is_kept_in_the_addresses_and_nowhere_else() {
    let app = TestApp::start().await;
    let invoice = invoice_for(&app, "de").await;
    let answer = app.get(&format!("{invoice}?lang=es")).await;
    let page = answer.text();
    assert!(page.contains("<html lang=\"es\">") && page.contains("Pagar 1190,00\u{a0}€"), "{page}");
    assert_eq!(answer.header("set-cookie"), None);
    assert!(page.contains(&format!("action=\"{invoice}/checkout?lang=es\"")), "{page}");
    for language in Language::ALL {
        let (tag, name) = (language.tag(), language.own_name());
        assert!(
            page.contains(&format!("href=\"{invoice}?lang={tag}\" lang=\"{tag}\"")) && page.contains(name),
            "{tag}"
        );
    }
    assert_eq!(page.matches("aria-current").count(), 1);
    // The page itself, unasked, is the customer's; one that we do not speak changes nothing.
    for asked in ["", "?lang=tlh", "?lang="] {
        assert!(app.get(&format!("{invoice}{asked}")).await.text().contains("<html lang=\"de\">"), "{asked}");
    }
}

#[tokio::test]
async fn who_pays_in_a_language_comes_back_in_it_as_far_as_our_addresses_reach() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    app.click_pay(&invoice).await;
    app.stand_in.pay(&app.session(&invoice), quittance::demo::stripe::Card::Visa).unwrap();
    app.work_off().await;
    let page = app.get(&path(&invoice, "/return?lang=nl")).await.text();
    assert!(page.contains("Dank u wel, uw betaling is aangekomen"), "{page}");
    let receipt = path(&invoice, "/receipt/1?lang=nl");
    assert!(page.contains(&format!("href=\"{receipt}\"")), "{page}");
    let page = app.get(&receipt).await.text();
    assert!(page.contains("Betalingsbewijs") && page.contains(&path(&invoice, "?lang=nl")), "{page}");
    let page = app.get(&path(&invoice, "?lang=nl")).await.text();
    assert!(page.contains(&format!("href=\"{receipt}\"")) && page.contains("Betaald op 22 november 2026"), "{page}");
}

/// Every word on the page is one of the language, of its data, or a name.
#[tokio::test]
async fn no_page_mixes_two_languages() {
    let app = TestApp::start().await;
    let sample = app.invoice("119").await;
    let known = [
        "Studio Sample",
        "Anna Buyer",
        "Design",
        "pat@example.com",
        "anna@example.com",
        "IBAN",
        "BIC",
        "QR",
        "Stripe",
        "COBADEFFXXX",
        "PDF",
        "EUR",
    ];
    let names: Vec<&str> = Language::ALL.iter().map(|language| language.own_name()).collect();
    for (tag, ways) in [("ja", ["", "/return"]), ("ar", ["", "/return"])] {
        app.click_pay(&sample).await;
        for way in ways {
            let page = app.get(&path(&sample, &format!("{way}?lang={tag}"))).await.text();
            let mut text = shown(&page);
            for name in known.iter().chain(&names) {
                text = text.replace(name, "");
            }
            let latin: Vec<&str> = text
                .split(|c: char| !c.is_ascii_alphabetic())
                .filter(|word| word.len() > 2)
                .filter(|word| !word.chars().all(|c| c.is_ascii_uppercase()))
                .collect();
            assert!(latin.is_empty(), "{tag} {way}: {latin:?} in {text}");
        }
        let missing = app.ask("GET", "/i/nothing").header("accept-language", &format!("{tag},en;q=0.5")).send().await;
        let text = shown(&missing.text());
        assert!(!text.contains(|c: char| c.is_ascii_alphabetic()), "{tag}: {text}");
    }
    let page = app.get(&path(&sample, "?lang=ar")).await.text();
    assert!(page.contains("<html lang=\"ar\" dir=\"rtl\">"), "{page}");
}

#[tokio::test]
async fn a_wrong_link_is_answered_in_the_browsers_language_and_else_the_same() {
    let app = TestApp::start().await;
    let ask = async |token: &str, languages: &str| -> Answer {
        app.ask("GET", &format!("/i/{token}")).header("accept-language", languages).send().await
    };
    let (short, long) = (ask("x", "de").await, ask("aaaaaaaaaaaaaaaaaaaaaa", "de").await);
    assert_eq!((short.status, short.text()), (404, long.text()));
    assert!(short.text().contains("Unter dieser Adresse gibt es nichts"), "{}", short.text());
    assert!(ask("x", "pl").await.text().contains("There is nothing at this address"));
}

#[tokio::test]
async fn a_mail_is_in_the_customers_language() {
    let house = House::open().await;
    house
        .app()
        .store
        .write(|w| {
            let mut settings = w.settings()?;
            "it".clone_into(&mut settings.language);
            Ok::<_, quittance::actions::Refusal>(w.put_settings(&settings)?)
        })
        .await
        .unwrap();
    let invoice = house.invoice().await;
    house.send(&invoice).await;
    house.mailbox.arrived(1).await;
    let mail = house.mailbox.messages().remove(0);
    assert!(mail.subject().starts_with("Fattura "), "{}", mail.subject());
    let text = mail.text().unwrap();
    assert!(text.contains("119,00\u{a0}€") && text.contains("risponda semplicemente"), "{text}");
    house.close().await;
}
