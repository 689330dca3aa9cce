//! A day's work: a draft, its sums, its number, its mail, its payment, and everything that can go wrong on the way.

use quittance::billing::id::InvoiceId;
use quittance::billing::invoice::Document;
use quittance::billing::letter::Delivery;
use quittance::billing::standing::Status;
use quittance::demo::stripe::{Card, Fault, Operation};

use super::person::{Person, Sheet, leads_to};
use crate::support::{PATIENCE, TestApp};

/// What a person types to bill Anna for a poster.
const POSTER: [(&str, &str); 7] = [
    ("customer", "new"),
    ("new.name", "Anna Example"),
    ("new.email", "anna@example.com"),
    ("lines.0.description", "Design of a poster"),
    ("lines.0.quantity", "2"),
    ("lines.0.unit_price", "80.00"),
    ("lines.0.tax", "19"),
];

async fn with_vat(app: &TestApp) -> Person<'_> {
    let person = Person::owner(app).await;
    let rates = [
        ("pattern", "{YYYY}-{SEQ:4}"),
        ("next", "1"),
        ("terms_days", "14"),
        ("rates.0.name", "VAT"),
        ("rates.0.rate", "19"),
        ("do", "save"),
    ];
    assert_eq!(
        leads_to(&person.post("/admin/settings/numbering", &rates).await),
        "/admin/settings/numbering?done=saved"
    );
    person
}

async fn write(person: &Person<'_>) -> InvoiceId {
    let sheet = person.sheet("/admin/invoices/new", "/admin/invoices").await;
    let answer = person.send(&sheet, &[&POSTER[..], &[("do", "save")]].concat()).await;
    id_of(&leads_to(&answer))
}

fn id_of(path: &str) -> InvoiceId {
    path.trim_start_matches("/admin/invoices/").split(['?', '/']).next().unwrap().parse().unwrap()
}

fn document(app: &TestApp, id: InvoiceId) -> Document {
    app.app.store.read(|r| r.document(id)).unwrap().unwrap()
}

fn status(app: &TestApp, id: InvoiceId) -> Status {
    app.app.store.read(|r| r.summary(id)).unwrap().unwrap().status
}

#[tokio::test]
async fn from_a_draft_to_a_recorded_payment() {
    let app = TestApp::start().await;
    let person = with_vat(&app).await;
    assert!(person.page("/admin").await.contains("Write the first invoice"));
    let id = write(&person).await;
    let path = format!("/admin/invoices/{id}");
    assert_eq!(document(&app, id).totals().total, 19_040);
    let page = person.page(&path).await;
    assert!(
        page.contains("€190.40") && page.contains("Anna Example") && page.contains("due 14 days after issue"),
        "{page}"
    );
    let preview = person.page(&format!("{path}/preview")).await;
    assert!(preview.contains("Design of a poster") && preview.contains("Pay €190.40"), "{preview}");

    let before = person.page(&format!("{path}/send")).await;
    assert!(before.contains("Send invoice TEST-2026-0001") && before.contains("anna@example.com"), "{before}");
    assert!(before.contains("no tax number yet"), "what the law asks for is named");
    let sent = person.post(&format!("{path}/send"), &[]).await;
    let after = person.follow(&sent).await;
    assert!(after.contains("Sending to anna@example.com.") && after.contains(">Undo<"), "{after}");
    assert!(after.contains("TEST-2026-0001") && after.contains(&format!("{}/i/", app.base)), "{after}");
    let letters = app.app.store.read(|r| r.letters(None, 10)).unwrap();
    assert_eq!((letters.len(), letters[0].not_before.duration_since(letters[0].queued_at).as_secs()), (1, 10));

    let undo = person.post(&format!("/admin/outbox/{}/cancel", letters[0].id), &[]).await;
    assert_eq!(leads_to(&undo), format!("{path}?done=withdrawn"));
    let letter = app.app.store.read(|r| r.letter(letters[0].id)).unwrap().unwrap();
    assert!(matches!(letter.state, Delivery::Withdrawn { .. }), "the mail is taken back, the number stays");
    assert_eq!(status(&app, id), Status::Open);
    let told = person.page(&path).await;
    assert!(told.contains("The mail was taken back") && told.contains("so not sent to anna@example.com"), "{told}");
    let again = person.post(&format!("/admin/outbox/{}/cancel", letters[0].id), &[]).await;
    assert_eq!(again.status, 409);

    let sheet = Sheet::read(&person.page(&path).await, &format!("{path}/payments"));
    assert_eq!((sheet.value("amount"), sheet.value("received_on")), (Some("190.40"), Some("2026-11-22")));
    let wrong =
        person.send(&sheet, &[("amount", "ninety"), ("reference", "R&D 7"), ("received_on", "2027-01-01")]).await;
    let text = wrong.text();
    assert!(wrong.status == 422 && text.contains("value=\"ninety\"") && text.contains("R&#38;D 7"), "{text}");
    let late = person.send(&sheet, &[("received_on", "2027-01-01")]).await;
    assert!(late.status == 422 && late.text().contains("This day has not come yet"), "{}", late.text());
    let part = person.send(&sheet, &[("amount", "90,40 €"), ("method", "cash")]).await;
    assert!(person.follow(&part).await.contains("Partly paid"));
    let twice = person.send(&sheet, &[("amount", "90,40 €"), ("method", "cash")]).await;
    assert!(twice.status == 409 && twice.text().contains("Another payment was recorded"), "a double click records one");
    let sheet = Sheet::read(&person.page(&path).await, &format!("{path}/payments"));
    assert_eq!(sheet.value("amount"), Some("100.00"), "what is still due");
    let rest = person.send(&sheet, &[]).await;
    let paid = person.follow(&rest).await;
    assert!(
        paid.contains("Paid") && paid.contains("Bank transfer") && !paid.contains(&format!("{path}/void\"")),
        "{paid}"
    );
    assert_eq!(status(&app, id), Status::Paid);
    assert!(person.page("/admin/payments").await.contains("Anna Example"));
    assert!(person.page("/admin/payments?q=nobody").await.contains("No payment matches"));
    let today = person.page("/admin").await;
    assert!(today.contains("€190.40"), "received in thirty days");
    assert!(today.contains("today") && !today.contains("hours ago"), "of a day no hour is known: {today}");
}

#[tokio::test]
async fn the_editor_adds_up_rearranges_and_keeps_what_was_typed_without_a_script() {
    let app = TestApp::start().await;
    let person = with_vat(&app).await;
    let press = async |sheet: &Sheet, changes: &[(&str, &str)], button: &str| {
        let answer = person.send(sheet, &[changes, &[("do", button)]].concat()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        (Sheet::read(&answer.text(), "/admin/invoices"), answer.text())
    };
    let sheet = person.sheet("/admin/invoices/new", "/admin/invoices").await;
    let (sheet, page) = press(&sheet, &POSTER, "totals").await;
    assert!(page.contains("€160.00") && page.contains("€30.40") && page.contains("€190.40"), "{page}");
    let (sheet, _) = press(&sheet, &[], "add").await;
    assert_eq!(sheet.value("lines.1.tax"), Some("19"));
    let (sheet, page) =
        press(&sheet, &[("lines.1.description", "Print"), ("lines.1.unit_price", "1.234,50")], "up.1").await;
    assert_eq!(
        (sheet.value("lines.0.description"), sheet.value("lines.1.description")),
        (Some("Print"), Some("Design of a poster"))
    );
    assert!(page.contains("€1,394.50"), "{page}");
    let (sheet, page) = press(&sheet, &[("lines.0.unit_price", "cheap")], "totals").await;
    assert!(
        page.contains("Line 1:") && page.contains("€190.40") && sheet.value("lines.0.unit_price") == Some("cheap"),
        "the rest is added up: {page}"
    );

    let refused = person.send(&sheet, &[("new.email", "not an address"), ("due_date", "soon"), ("do", "save")]).await;
    let text = refused.text();
    assert_eq!(refused.status, 422);
    for kept in [
        "not an address",
        "value=\"soon\"",
        "value=\"cheap\"",
        "Design of a poster",
        "href=\"#lines.0.unit_price\"",
        "href=\"#new.email\"",
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    assert!(app.app.store.read(|r| r.customers(&[], None, 1)).unwrap().is_empty(), "nothing is stored by halves");
    let bare =
        [("lines.0.description", ""), ("lines.0.quantity", "some"), ("lines.1.description", ""), ("cc", "nobody")];
    let refused = person.send(&sheet, &bare).await.text();
    for field in ["lines.0.description", "lines.0.quantity", "lines.0.unit_price", "lines.1.description", "cc"] {
        assert!(refused.contains(&format!("href=\"#{field}\"")), "{field} is named at once with the others: {refused}");
    }
    let (sheet, _) = press(&sheet, &[], "remove.0").await;
    let saved = person.send(&sheet, &[("new.email", "anna@example.com"), ("due_date", ""), ("do", "preview")]).await;
    assert!(leads_to(&saved).ends_with("/preview"));

    let told = person.post("/admin/invoices/preview", &POSTER).await;
    let told = told.json();
    assert_eq!(told["lines"], serde_json::json!(["€160.00"]));
    assert_eq!(told["totals"][2], serde_json::json!({"label": "Total", "amount": "€190.40", "strong": true}));
    assert_eq!(told["errors"], serde_json::json!([]));
}

#[tokio::test]
async fn a_draft_that_somebody_else_changed_is_not_overwritten_unseen() {
    let app = TestApp::start().await;
    let person = with_vat(&app).await;
    let id = write(&person).await;
    let (edit, action) = (format!("/admin/invoices/{id}/edit"), format!("/admin/invoices/{id}"));
    let (mine, theirs) = (person.sheet(&edit, &action).await, person.sheet(&edit, &action).await);
    assert_eq!(
        leads_to(&person.send(&theirs, &[("lines.0.description", "Their words"), ("do", "save")]).await),
        format!("{action}?done=draft")
    );
    let conflict = person.send(&mine, &[("lines.0.description", "My words"), ("do", "save")]).await;
    let text = conflict.text();
    assert_eq!(conflict.status, 409);
    assert!(
        text.contains("My words") && text.contains("Their words") && text.contains("changed in another window"),
        "{text}"
    );
    assert_eq!(document(&app, id).content().lines[0].description, "Their words");
    let mine = Sheet::read(&text, &action);
    leads_to(&person.send(&mine, &[("do", "save")]).await);
    assert_eq!(document(&app, id).content().lines[0].description, "My words", "now it was seen");

    person.post(&format!("{action}/issue"), &[]).await;
    let late = person.send(&mine, &[("do", "save")]).await;
    assert_eq!(late.status, 409, "what is issued does not change: {}", late.text());
    assert_eq!(document(&app, id).content().lines[0].description, "My words");
}

#[tokio::test]
async fn voiding_asks_first_and_says_why_when_it_cannot_be_done() {
    let app = TestApp::start().await;
    let person = with_vat(&app).await;
    let id = write(&person).await;
    let path = format!("/admin/invoices/{id}");
    let early = person.post(&format!("{path}/void"), &[("reason", "x")]).await;
    assert!(early.status == 409 && early.text().contains("still a draft"), "{}", early.text());
    person.post(&format!("{path}/issue"), &[]).await;

    assert_eq!(leads_to(&person.post(&format!("{path}/checkout"), &[]).await), format!("{path}/checkout"));
    let page = person.page(&format!("{path}/checkout")).await;
    assert!(page.contains("<svg class=\"qr\"") && page.contains("Open payment page"), "{page}");
    app.stand_in.fault_always(Operation::ExpireSession, Fault::Status(503));
    app.stand_in.fault_always(Operation::GetSession, Fault::Status(503));
    let later = person.post(&format!("{path}/void"), &[("reason", "Wrong customer")]).await;
    assert_eq!(later.status, 503, "{}", later.text());
    assert!(
        later.text().contains("Nothing was changed; try again in a minute") && later.header("retry-after").is_some()
    );
    assert_eq!(status(&app, id), Status::Open);

    app.stand_in.clear_faults();
    let asked = person.page(&format!("{path}/void")).await;
    assert!(asked.contains("This cannot be undone") && asked.contains("name=\"reason\""), "{asked}");
    let done = person.post(&format!("{path}/void"), &[("reason", "Wrong customer")]).await;
    let page = person.follow(&done).await;
    assert!(page.contains("The invoice is void.") && page.contains("Wrong customer"), "{page}");
    assert_eq!(status(&app, id), Status::Void);
    let taken = person.page(&format!("{path}/checkout")).await;
    assert!(taken.contains("No checkout is open"), "{taken}");
}

#[tokio::test]
async fn a_new_link_writing_off_and_asking_again() {
    let app = TestApp::start().await;
    let person = with_vat(&app).await;
    let id = write(&person).await;
    let path = format!("/admin/invoices/{id}");
    person.post(&format!("{path}/issue"), &[]).await;
    let link = |app: &TestApp| document(app, id).issued().unwrap().link.token().to_owned();
    let old = link(&app);
    assert_eq!(leads_to(&person.post(&format!("{path}/link"), &[]).await), format!("{path}?done=linked"));
    assert_ne!(link(&app), old);
    assert_eq!(app.get(&format!("/i/{old}")).await.status, 404);

    assert_eq!(leads_to(&person.post(&format!("{path}/uncollectible"), &[]).await), format!("{path}?done=written-off"));
    assert_eq!(status(&app, id), Status::Uncollectible);
    assert!(person.page(&path).await.contains("Ask for it again"));
    assert_eq!(leads_to(&person.post(&format!("{path}/reopen"), &[]).await), format!("{path}?done=reopened"));
    assert_eq!(status(&app, id), Status::Open);
    assert_eq!(person.post(&format!("{path}/reopen"), &[]).await.status, 409);
    assert_eq!(person.post(&format!("{path}/delete"), &[]).await.status, 409, "what is issued stays");
    let draft = write(&person).await;
    let gone = person.post(&format!("/admin/invoices/{draft}/delete"), &[]).await;
    assert!(person.follow(&gone).await.contains("Draft deleted."));
}

#[tokio::test]
async fn lists_have_tabs_a_search_and_a_way_on() {
    let app = TestApp::start().await;
    let person = with_vat(&app).await;
    let customer = [("name", "Zoë & Söhne"), ("email", "zoe@example.com"), ("country", "AT"), ("language", "de")];
    let made = leads_to(&person.post("/admin/customers", &customer).await);
    let customer = made.trim_start_matches("/admin/customers/").split('?').next().unwrap().to_owned();
    let typed = [
        ("customer", customer.as_str()),
        ("currency", "EUR"),
        ("lines.0.description", "Work"),
        ("lines.0.quantity", "1"),
        ("lines.0.unit_price", "10"),
        ("lines.0.tax", "0"),
        ("do", "save"),
    ];
    for n in 0..52 {
        let id = id_of(&leads_to(&person.post("/admin/invoices", &typed).await));
        if n < 2 {
            person.post(&format!("/admin/invoices/{id}/issue"), &[]).await;
        }
    }
    let drafts = person.page("/admin/invoices?s=drafts").await;
    assert_eq!(drafts.matches("class=\"row-link\"").count(), 50);
    assert!(!drafts.contains("rel=\"next\""), "fifty drafts fill one page");
    let all = person.page("/admin/invoices?s=all").await;
    let next = all.split("href=\"").find(|rest| rest.contains("rel=\"next\"")).unwrap().split('"').next().unwrap();
    let rest = person.page(&next.replace("&#38;", "&")).await;
    assert_eq!(rest.matches("class=\"row-link\"").count(), 2, "{rest}");
    let found = person.page("/admin/invoices?s=all&q=TEST-2026-0002").await;
    assert_eq!(found.matches("class=\"row-link\"").count(), 1);
    for (query, count) in [("10,00", 50), ("%3E9.99", 50), ("%3E10", 0), ("s%C3%B6hne+%3C11", 50)] {
        let found = person.page(&format!("/admin/invoices?s=all&q={query}")).await;
        assert_eq!(found.matches("class=\"row-link\"").count(), count, "{query}");
    }
    let nowhere = person.page("/admin/invoices?s=paid&q=S%C3%B6hne").await;
    assert!(
        nowhere.contains("href=\"/admin/invoices?s=all&#38;q=S%C3%B6hne\""),
        "the other tabs are offered: {nowhere}"
    );
    assert!(person.page("/admin/invoices?s=all&q=%3Cb%3E").await.contains("“&#60;b&#62;”"), "what was typed is text");
    for query in ["zoë", "ZOE", "sohne", "ZOE@example"] {
        let found = person.page(&format!("/admin/customers?q={query}")).await;
        assert!(found.contains("Zoë &#38; Söhne"), "{query}");
    }
    for (query, count) in [("sohne", 50), ("zoe@example.com", 50), ("zoe@example.com+0002", 1), ("anna@example.com", 0)]
    {
        let found = person.page(&format!("/admin/invoices?s=all&q={query}")).await;
        assert_eq!(found.matches("class=\"row-link\"").count(), count, "{query}");
    }

    app.clock.advance(20 * 24 * 3600);
    person.forget_cookie();
    person.post("/admin/login", &[("email", super::person::EMAIL), ("password", super::person::PASSWORD)]).await;
    let overdue = person.page("/admin/invoices?s=overdue").await;
    assert!(overdue.contains("6 days overdue"), "{overdue}");
    let today = person.page("/admin").await;
    assert!(today.contains("Remind") && today.contains("A draft for"), "{today}");
    let page = person.page(&made).await;
    assert!(page.contains("€20.00") && page.contains("Austria"), "{page}");
}

#[tokio::test]
async fn a_declined_card_is_told_in_words_with_a_letter_to_begin() {
    let app = TestApp::start().await;
    let person = with_vat(&app).await;
    let id = write(&person).await;
    let path = format!("/admin/invoices/{id}");
    person.post(&format!("{path}/issue"), &[]).await;
    let invoice = app.app.store.read(|r| r.invoice(id)).unwrap().unwrap();
    app.click_pay(&invoice).await;
    let session = app.session(&invoice);
    app.stand_in.pay(&session, Card::InsufficientFunds).unwrap();
    app.work_off().await;
    let page = person.page(&path).await;
    assert!(page.contains("not enough money in the account") && page.contains("The invoice is still open"), "{page}");
    assert!(page.contains("mailto:anna@example.com?subject=Invoice"), "{page}");
    app.stand_in.pay(&session, Card::Visa).unwrap();
    app.work_off().await;
    let page = person.page(&path).await;
    assert!(
        page.contains("Visa ending 4242") && page.contains("At Stripe") && !page.contains("was declined"),
        "{page}"
    );
    assert!(page.contains("Payment succeeded"), "{page}");
}

#[tokio::test]
async fn a_pass_is_run_and_its_report_read() {
    let app = TestApp::start().await;
    let person = with_vat(&app).await;
    assert!(person.page("/admin/reconciliations").await.contains("every 15 minutes"));
    let report = leads_to(&person.post("/admin/reconciliations", &[]).await);
    let began = std::time::Instant::now();
    while began.elapsed() < PATIENCE {
        let page = person.page(&report).await;
        if page.contains("Everything agrees.") {
            assert!(page.contains("Checkout sessions") && !page.contains("http-equiv"), "{page}");
            return;
        }
        assert!(page.contains("http-equiv=\"refresh\""), "{page}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the pass never ended");
}

#[tokio::test]
async fn an_overpayment_is_decided_in_the_queue() {
    let app = TestApp::start().await;
    let person = with_vat(&app).await;
    let (one, two) = (write(&person).await, write(&person).await);
    for id in [one, two] {
        person.post(&format!("/admin/invoices/{id}/issue"), &[]).await;
    }
    let typed = [("amount", "380.80"), ("method", "bank_transfer"), ("received_on", ""), ("reference", "")];
    leads_to(&person.post(&format!("/admin/invoices/{one}/payments"), &typed).await);
    assert!(person.page("/admin/payments").await.contains("Partly held until decided"));
    let queue = person.page("/admin/review").await;
    assert!(queue.contains("More was paid than was due") && queue.contains("differs"), "{queue}");
    let action = queue
        .split("action=\"")
        .find(|rest| rest.contains("/resolve\""))
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let refused = person.post(&action, &[("action", "link"), ("invoice", "9999"), ("note", "By phone")]).await;
    assert!(refused.text().contains("value=\"9999\"") && refused.text().contains("value=\"By phone\""), "kept");
    assert!(
        refused.status == 409 && refused.text().contains("There is no invoice with the number “9999”"),
        "{}",
        refused.text()
    );
    let decided =
        person.post(&action, &[("action", "link"), ("invoice", "TEST-2026-0002"), ("note", "For both")]).await;
    assert_eq!(leads_to(&decided), "/admin/review?done=decided");
    assert_eq!(status(&app, two), Status::Paid);
    for page in ["/admin/payments".to_owned(), "/admin".to_owned(), format!("/admin/invoices/{one}")] {
        let page = person.page(&page).await;
        assert!(page.contains("Partly pays another invoice") && !page.contains("held as credit"), "{page}");
    }
    assert!(person.page("/admin/review").await.contains("Nothing to decide"));
    let page = person.page("/admin/review?s=resolved").await;
    assert!(page.contains("For both") && page.contains("Apply to another invoice"), "{page}");

    let case = action.trim_end_matches("/resolve").to_owned();
    let undo = person.sheet(&case, &format!("{case}/undo")).await;
    let undone = person.send(&undo, &[("note", "The wrong invoice")]).await;
    assert_eq!(leads_to(&undone), format!("{case}?done=undone"));
    let page = person.follow(&undone).await;
    assert!(
        ["The case is open again", "Undone by", "For both", "The wrong invoice"].iter().all(|says| page.contains(says)),
        "{page}"
    );
    assert_eq!(status(&app, two), Status::Open);
    let twice = person.post(&format!("{case}/undo"), &[]).await;
    assert!(twice.status == 409 && twice.text().contains("nothing to undo"), "{}", twice.text());
    let silent = person.post(&action, &[("action", "ignore"), ("note", " ")]).await;
    assert!(silent.status == 409 && silent.text().contains("says why"), "{}", silent.text());
    leads_to(&person.post(&action, &[("action", "ignore"), ("note", "A gift")]).await);
    let exported = |w: &mut quittance::store::Writer<'_>| {
        let place = w.journal_head()?.map_or(0, |(place, _)| place);
        quittance::actions::undo_review::note_export(w, place)
    };
    app.app.store.write(exported).await.unwrap();
    let page = person.page(&case).await;
    assert!(page.contains("were exported with this decision") && !page.contains("/undo\""), "{page}");
}
