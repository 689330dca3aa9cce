//! What holds for every page of the owner's, whatever is on it.

use quittance::actions::record_payment::{self, Recorded};
use quittance::actions::{Actor, drafts, issue};
use quittance::billing::invoice::Content;
use quittance::billing::ledger::Book;
use quittance::billing::line::Line;
use quittance::billing::payment::Method as Way;
use quittance::billing::quantity::UnitPrice;
use quittance::store::{Lost, Numbered};
use quittance::web::guard::Class;
use quittance::web::routes;
use warp::http::Method;

use super::person::{EMAIL, PASSWORD, Person, leads_to};
use crate::support::{TestApp, change};

/// The owner's addresses, with ids that exist put in.
pub async fn addresses(app: &TestApp) -> Vec<(Method, String)> {
    let invoice = app.invoice("100").await;
    let content = invoice.content.clone();
    let draft = change(app, move |w| drafts::create(w, content.clone())).await.id;
    let review = "rev_00000000000000000000000000";
    let table = routes::table();
    let own =
        table.iter().map(quittance::web::route::Endpoint::facts).filter(|facts| matches!(facts.class, Class::Desk(_)));
    own.map(|facts| {
        let needs_draft = ["/edit", "/preview", "/delete", "/issue"].iter().any(|end| facts.path.ends_with(end));
        let id = match facts.path.split('/').nth(2).unwrap_or_default() {
            "invoices" if needs_draft => draft.to_string(),
            "invoices" => invoice.id.to_string(),
            "customers" => invoice.content.customer.to_string(),
            _ => review.to_owned(),
        };
        (
            facts.method.clone(),
            facts.path.replace("{id}", &id).replace("{secret}", "key").replace("{*}", "nothing/here"),
        )
    })
    .collect()
}

#[tokio::test]
async fn every_page_is_whole_for_the_owner_and_closed_to_others() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let addresses = addresses(&app).await;
    assert!(addresses.len() > 60, "{}", addresses.len());
    for (method, path) in &addresses {
        let stranger = app.ask(method.as_str(), path).header("sec-fetch-site", "same-origin").send().await;
        if *method == Method::POST && path != "/admin/logout" {
            // What was typed is kept for whoever signs in there.
            assert_eq!(stranger.status, 401, "{method} {path}");
            assert!(stranger.text().contains("action=\"/admin/login\""), "{method} {path}");
        } else {
            assert!(leads_to(&stranger).starts_with("/admin/login"), "{method} {path}");
        }
        if *method != Method::GET
            || ["rev_", "/remove", "/nothing", "/admin/copy"].iter().any(|part| path.contains(part))
        {
            continue;
        }
        let page = person.page(path).await;
        let title = page.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap_or_default();
        assert!(title.trim().len() > 5 && !title.starts_with(" ·"), "{path}: {title:?}");
        assert!(page.trim_end().ends_with("</html>"), "{path}");
        assert!(!page.contains("style=") && !page.contains("onclick="), "{path} has what the security policy forbids");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_and_a_wrong_id_is_no_fault_of_ours() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    for path in [
        "/admin/invoices/inv_00000000000000000000000000",
        "/admin/invoices/nonsense",
        "/admin/invoices?after=nonsense",
        "/admin/customers/cus_00000000000000000000000000/edit",
        "/admin/review/rev_00000000000000000000000000",
        "/admin/reconciliations/rec_00000000000000000000000000",
        "/admin/nothing",
    ] {
        let answer = person.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        let page = answer.text();
        assert!(page.contains("aria-label=\"Main\"") && page.contains("Nothing here"), "{path}: {page}");
    }
    let program = app.ask("GET", "/admin/nothing").header("accept", "application/json");
    let problem = program.header("cookie", &person.cookie().unwrap()).send().await;
    assert_eq!((problem.status, problem.text().contains("\"status\":404")), (404, true));
    let table = routes::table();
    for facts in table.iter().map(quittance::web::route::Endpoint::facts) {
        if matches!(facts.class, Class::Desk(_)) && facts.path.contains("{id}") {
            let path = facts.path.replace("{id}", "nonsense");
            let answer =
                if facts.method == Method::GET { person.get(&path).await } else { person.post(&path, &[]).await };
            assert_eq!(answer.status, 404, "{} {path}", facts.method);
            assert!(answer.text().contains("aria-label=\"Main\""), "{path} leaves the owner without navigation");
        }
    }
    let id = "/admin/invoices/inv_00000000000000000000000000";
    for verb in ["issue", "send", "remind", "void", "link", "uncollectible", "reopen", "delete", "payments", "checkout"]
    {
        assert_eq!(person.post(&format!("{id}/{verb}"), &[]).await.status, 404, "{verb}");
    }
}

#[tokio::test]
async fn what_the_configuration_says_is_shown_with_its_place_and_not_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let text = "[stripe]\nsecret_key = \"sk_test_from_the_file_123456\"\nwebhook_secrets = [\"whsec_from_the_file\"]\n\
                [mail]\nsmtp = \"smtp://pat:from-the-file@mail.example.com:587\"\nfrom = \"Pat <pat@example.com>\"\n";
    std::fs::write(&file, text).unwrap();
    let fixed =
        quittance::config::Config::load_from(&quittance::config::Surroundings::default(), Some(&file), None).unwrap();
    let app = TestApp::start_with(|config| {
        let (folder, server, base) = (config.data_dir.clone(), config.server.clone(), config.stripe.api_base.clone());
        *config = fixed;
        (config.data_dir, config.server, config.stripe.api_base) = (folder, server, base);
    })
    .await;
    let person = Person::owner(&app).await;
    for (path, line) in
        [("/admin/settings/payments", "config.toml line 2"), ("/admin/settings/mail", "config.toml line 5")]
    {
        let page = person.page(path).await;
        assert!(page.contains(line), "{path}: {page}");
        for field in
            ["name=\"secret_key\"", "name=\"webhook_secret\"", "name=\"host\"", "name=\"password\"", "name=\"from\""]
        {
            assert!(!page.contains(field), "{path} asks for {field}");
        }
        for secret in ["sk_test_from_the_file", "whsec_from_the_file", "from-the-file"] {
            assert!(!page.contains(secret), "{path} shows {secret}");
        }
    }
    let ours = [("secret_key", "sk_test_quittance_test_0123456789"), ("webhook_secret", "whsec_other"), ("do", "save")];
    person.post("/admin/settings/payments", &ours).await;
    person
        .post("/admin/settings/mail", &[("host", "127.0.0.1"), ("port", "25"), ("security", "none"), ("do", "save")])
        .await;
    for secret in ["key", "webhook"] {
        let refused = person.post(&format!("/admin/settings/payments/{secret}/remove"), &[]).await;
        assert_eq!(refused.status, 409);
        assert!(refused.text().contains("Remove it there."), "{}", refused.text());
    }
    assert_eq!(app.app.connections().stripe_key.as_ref().unwrap().masked(), "sk_test_…3456", "the file still wins");
    assert_eq!(app.app.connections().post.as_ref().unwrap().address.host.to_string(), "mail.example.com");
}

#[tokio::test]
async fn a_token_is_shown_once_and_can_be_taken_back() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let made = person.post("/admin/settings/tokens", &[("name", "Web shop"), ("scope", "read")]).await.text();
    let start = made.find("qtt_tok_").unwrap();
    let token: String = made[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || "_-".contains(*c)).collect();
    let ask = || app.ask("GET", "/api/v1/customers").header("authorization", &format!("Bearer {token}"));
    assert_eq!(ask().send().await.status, 200);
    let page = person.page("/admin/settings/tokens").await;
    assert!(page.contains("Web shop") && page.contains("Read only") && !page.contains("qtt_tok_"), "{page}");
    let revoke = page.split("action=\"").find(|rest| rest.contains("/revoke\"")).unwrap().split('"').next().unwrap();
    assert_eq!(leads_to(&person.post(revoke, &[]).await), "/admin/settings/tokens?done=revoked");
    assert_eq!(ask().send().await.status, 401);
    assert_eq!(person.post("/admin/settings/tokens", &[("name", " ")]).await.status, 422);
}

#[tokio::test]
async fn j6_numbers_that_a_backup_lacks_are_shown_for_a_month() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let invoice = app.invoice("100").await.id;
    let taken = ["TEST-2026-0002", "TEST-2026-0003"];
    change(&app, move |w| {
        let lost = Lost { document: Numbered::Invoice(invoice), given_at: w.now(), noticed_at: w.now() };
        Ok(taken.iter().try_for_each(|number| w.put_lost_number(number, &lost))?)
    })
    .await;
    let words = "2 invoices, TEST-2026-0002 to TEST-2026-0003, are not here";
    assert!(person.page("/admin").await.contains(words));
    assert_eq!(app.invoice("100").await.number, "TEST-2026-0004", "none of them is given again");
    app.clock.advance(31 * 86_400);
    let person = Person::new(&app);
    let login = person.sheet("/admin/login", "/admin/login").await;
    person.send(&login, &[("email", EMAIL), ("password", PASSWORD)]).await;
    assert!(!person.page("/admin").await.contains(words));
}

#[tokio::test]
async fn e11_what_was_made_in_one_mode_is_in_no_sum_of_the_other() {
    let cases = [("sk_live_e11_0123456789", "€71.00", "€30.00"), ("sk_test_e11_0123456789", "€181.00", "€70.00")];
    for (key, open, paid) in cases {
        let app = TestApp::start_with(|config| config.stripe.secret_key = Some(key.parse().unwrap())).await;
        let person = Person::owner(&app).await;
        // One over 1 EUR in the mode of the key, then one of each mode.
        let content = app.invoice("1").await.content;
        let customer = content.customer;
        change(&app, move |w| {
            for (book, price, amount) in [(Book::Live, "100", 3_000), (Book::Test, "250", 7_000)] {
                let unit_price = UnitPrice::parse(price).unwrap();
                let lines = vec![Line { unit_price, ..content.lines[0].clone() }];
                let draft = drafts::create(w, Content { lines, ..content.clone() })?;
                let invoice = issue::issue(w, draft.id, book, &Actor::owner(EMAIL))?;
                let seen = Recorded { amount, method: Way::BankTransfer, received_on: None, reference: String::new() };
                record_payment::record(w, invoice.id, &seen, &Actor::owner(EMAIL))?;
            }
            Ok(())
        })
        .await;
        let figure = |label: &str, sum: &str| format!("{label}</span><span class=\"value\">{sum}<");
        let today = person.page("/admin").await;
        assert!(today.contains(&figure("Open", open)), "{key}: {today}");
        assert!(today.contains(&figure("Paid in 30 days", paid)), "{key}: {today}");
        let page = person.page(&format!("/admin/customers/{customer}")).await;
        assert!(page.contains(&figure("Open", open)) && page.contains(&figure("Paid", paid)), "{key}: {page}");
        assert!(person.page("/admin/customers").await.contains(open), "{key}");
    }
}
