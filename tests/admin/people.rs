//! Who may sign in, and what each role may: asked of every route, and of every button on every page.

use std::collections::BTreeSet;

use quittance::actions::owners::INVITED_WITHIN;
use quittance::actions::sensitive::Before;
use quittance::actions::tokens;
use quittance::billing::letter::Matter;
use quittance::billing::role::Role;
use quittance::store::{Owner, Scope};
use quittance::web::guard::Class;
use quittance::web::route::Endpoint;
use quittance::web::routes;
use warp::http::Method;

use super::person::{EMAIL, PASSWORD, Person, Sheet, leads_to};
use crate::support::{TestApp, change};

const PAGE: &str = "/admin/settings/people";
const OTHER: &str = "sam@example.com";

fn people(app: &TestApp) -> Vec<Owner> {
    app.app.store.read(|r| r.owners()).unwrap()
}

fn named(app: &TestApp, email: &str) -> Owner {
    people(app).into_iter().find(|person| person.email == email).unwrap()
}

fn told(app: &TestApp) -> Vec<(String, Vec<String>)> {
    let letters = app.app.store.read(|r| r.letters(None, 100)).unwrap();
    let told = letters.into_iter().filter_map(|letter| match letter.subject_matter {
        Matter::OwnerChange { change, .. } => Some((change.to_string(), letter.to)),
        _ => None,
    });
    told.collect()
}

/// The address that an owner is shown for whom they invite.
async fn invite(owner: &Person<'_>, email: &str, role: Role) -> String {
    let shown = owner.post(PAGE, &[("email", email), ("role", role.name())]).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    let text = shown.text();
    let (_, rest) = text.split_once("/admin/access/").unwrap();
    format!("/admin/access/{}", rest.split(['<', '"']).next().unwrap())
}

/// Somebody of that role, who was invited and took it up.
async fn joined<'a>(app: &'a TestApp, owner: &Person<'_>, role: Role) -> Person<'a> {
    let address = invite(owner, &format!("{}@example.com", role.name()), role).await;
    let person = Person::new(app);
    let sheet = person.sheet(&address, &address).await;
    leads_to(&person.send(&sheet, &[("password", PASSWORD)]).await);
    person
}

#[tokio::test]
async fn every_route_asks_for_its_role() {
    let app = TestApp::start().await;
    let owner = Person::owner(&app).await;
    let mut asked = 0;
    for role in [Role::Staff, Role::Bookkeeper] {
        let person = joined(&app, &owner, role).await;
        let before = people(&app).len();
        for line in routes::table().iter().map(Endpoint::facts) {
            let Class::Desk(least) = line.class else { continue };
            let path = line.path.replace("{id}", "nonsense").replace("{secret}", "key").replace("{*}", "nothing");
            let is_get = line.method == Method::GET;
            if role < least {
                let refused = if is_get { person.get(&path).await } else { person.post(&path, &[]).await };
                assert_eq!(refused.status, 403, "{role} {} {path}", line.method);
                assert!(
                    refused.text().contains("<main") && refused.text().contains("Nothing was done"),
                    "a plain page"
                );
                asked += 1;
            } else if is_get {
                assert_ne!(person.get(&path).await.status, 403, "{role} {path}");
            }
        }
        assert_eq!(people(&app).len(), before);
    }
    assert!(asked > 130, "{asked}");
}

/// Every address that the page leads to: whether by a form, and where.
fn leads(page: &str) -> BTreeSet<(bool, String)> {
    let value = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        Some(rest.split('"').next()?.replace("&#38;", "&"))
    };
    let tags = page.split('<').map(|piece| piece.split('>').next().unwrap_or_default());
    let found = tags.filter_map(|tag| match tag {
        form if form.starts_with("form ") && form.contains("method=\"post\"") => Some((true, value(form, "action")?)),
        link if link.starts_with("a ") => Some((false, value(link, "href")?)),
        button if button.starts_with("button ") => Some((true, value(button, "formaction")?)),
        _ => None,
    });
    found.filter(|(_, path)| path.starts_with("/admin")).collect()
}

fn least(is_form: bool, path: &str) -> Role {
    let method = if is_form { Method::POST } else { Method::GET };
    let path = path.split(['?', '#']).next().unwrap();
    let table = routes::table();
    let fitting = table.iter().filter(|line| line.facts().method == method && line.pattern().matches(path).is_some());
    let line = fitting.min_by(|one, other| one.pattern().by_precision(other.pattern())).unwrap();
    match line.facts().class {
        Class::Desk(least) => least,
        _ => Role::Bookkeeper,
    }
}

#[tokio::test]
async fn no_page_shows_what_its_reader_may_not_press() {
    let app = TestApp::start().await;
    let owner = Person::owner(&app).await;
    let invoice = app.invoice("119").await;
    let record = format!("/admin/invoices/{}/payments", invoice.id);
    let sheet = owner.sheet(&format!("/admin/invoices/{}", invoice.id), &record).await;
    leads_to(&owner.send(&sheet, &[]).await);
    app.invoice("50").await;
    let mut seen_by_role = Vec::new();
    for role in [Role::Staff, Role::Bookkeeper] {
        let person = joined(&app, &owner, role).await;
        let mut ahead = vec!["/admin".to_owned()];
        let mut seen = BTreeSet::new();
        while let Some(path) = ahead.pop().filter(|_| seen.len() < 150) {
            if !seen.insert(path.clone()) {
                continue;
            }
            let answer = person.get(&path).await;
            assert!([200, 303, 404, 409].contains(&answer.status), "{role} {path}: {}", answer.status);
            for (is_form, to) in leads(&answer.text()) {
                assert!(role >= least(is_form, &to), "{role} is shown {to} on {path}");
                if !is_form && !to.contains("?next=") {
                    ahead.push(to);
                }
            }
            assert!(!answer.text().contains("<li></li>") && !answer.text().contains("<ul></ul>"), "{path}");
        }
        assert!(seen.contains(&format!("/admin/invoices/{}", invoice.id)) && seen.contains("/admin/settings/account"));
        seen_by_role.push(seen.contains("/admin/invoices/new"));
    }
    assert_eq!(seen_by_role, [true, false]);
}

#[tokio::test]
async fn an_invitation_is_taken_up_once_within_a_week_and_told() {
    let app = TestApp::start().await;
    let owner = Person::owner(&app).await;
    app.invoice("119").await;
    let address = invite(&owner, "Sam@example.com", Role::Bookkeeper).await;
    assert!(!owner.page(PAGE).await.contains("/admin/access/"), "it is shown once");
    assert_eq!(named(&app, OTHER).role, Role::Bookkeeper);
    let signs_in = [("email", OTHER), ("password", PASSWORD)];
    assert_eq!(Person::new(&app).post("/admin/login", &signs_in).await.status, 422, "there is no password yet");
    for email in [OTHER, EMAIL, "nobody"] {
        assert_eq!(owner.post(PAGE, &[("email", email), ("role", "owner")]).await.status, 422, "{email}");
    }
    app.clock.advance(INVITED_WITHIN.as_secs() - 1);
    let sam = Person::new(&app);
    let sheet = sam.sheet(&address, &address).await;
    leads_to(&sam.send(&sheet, &[("password", PASSWORD)]).await);
    assert_eq!(sam.get("/admin").await.status, 200);
    assert_eq!(sam.get(&address).await.status, 409, "once");
    leads_to(&owner.post("/admin/login", &[("email", EMAIL), ("password", PASSWORD)]).await);
    let late = invite(&owner, "late@example.com", Role::Staff).await;
    app.clock.advance(INVITED_WITHIN.as_secs());
    assert_eq!(sam.get(&late).await.status, 409);
    let invited = ("sam@example.com was invited as bookkeeper".to_owned(), vec![EMAIL.to_owned()]);
    assert!(told(&app).contains(&invited), "{:?}", told(&app));
}

#[tokio::test]
async fn another_role_and_removal_end_what_is_open_and_an_owner_remains() {
    let app = TestApp::start().await;
    let owner = Person::owner(&app).await;
    app.invoice("119").await;
    let staff = joined(&app, &owner, Role::Staff).await;
    let (me, them) = (named(&app, EMAIL).id, named(&app, "staff@example.com").id);
    let role = |id| format!("{PAGE}/{id}/role");
    for refused in
        [owner.post(&role(me), &[("role", "staff")]).await, owner.post(&format!("{PAGE}/{me}/remove"), &[]).await]
    {
        assert!(refused.status == 409 && refused.text().contains("Somebody must remain"), "{}", refused.text());
    }
    assert_eq!(owner.post(&role(them), &[("role", "root")]).await.status, 404);
    let invited = invite(&owner, OTHER, Role::Owner).await;
    assert_eq!(owner.post(&role(me), &[("role", "staff")]).await.status, 409, "who was only invited does not count");

    leads_to(&owner.post(&role(them), &[("role", "bookkeeper")]).await);
    assert_eq!(staff.get("/admin").await.status, 303, "signed out");
    leads_to(&staff.post("/admin/login", &[("email", "staff@example.com"), ("password", PASSWORD)]).await);
    assert_eq!(staff.get("/admin/invoices/new").await.status, 403);
    let question = owner.page(&format!("{PAGE}/{them}/remove")).await;
    assert!(question.contains("Remove staff@example.com?") && !question.contains("till"), "{question}");
    leads_to(&owner.post(&format!("{PAGE}/{them}/remove"), &[]).await);
    assert_eq!(staff.get("/admin").await.status, 303);
    assert_eq!(staff.post("/admin/login", &[("email", "staff@example.com"), ("password", PASSWORD)]).await.status, 422);
    leads_to(&owner.post(&format!("{PAGE}/{}/remove", named(&app, OTHER).id), &[]).await);
    assert_eq!(owner.get(&invited).await.status, 409, "the invitation goes with them");
    let words: Vec<String> = told(&app).into_iter().map(|(what, _)| what).collect();
    for what in ["staff@example.com has another role now: bookkeeper", "staff@example.com was removed"] {
        assert!(words.iter().any(|told| told.starts_with(what)), "{what}: {words:?}");
    }

    // Two owners: the first may go.
    let second = joined(&app, &owner, Role::Owner).await;
    change(&app, |w| tokens::create(w, "till", Scope::Read, "digest", Before::Something, "a test").map(drop)).await;
    let question = second.page(&format!("{PAGE}/{me}/remove")).await;
    assert!(question.contains("API tokens stay good") && question.contains("till"), "{question}");
    leads_to(&second.post(&role(me), &[("role", "staff")]).await);
    assert_eq!(owner.get("/admin").await.status, 303);
    app.clock.advance(16 * 60);
    assert_eq!(second.post(&format!("{PAGE}/{me}/remove"), &[]).await.status, 401, "an open browser is not enough");
    let sheet = Sheet { action: format!("{PAGE}/{me}/remove"), fields: vec![] };
    leads_to(&second.send(&sheet, &[("proof", PASSWORD)]).await);
}

#[tokio::test]
async fn whoever_a_former_version_knew_is_an_owner() {
    let app = TestApp::start().await;
    Person::owner(&app).await;
    let mut stored = serde_json::to_value(named(&app, EMAIL)).unwrap();
    for new in ["role", "browsers", "second_step"] {
        stored.as_object_mut().unwrap().remove(new).unwrap();
    }
    let read: Owner = serde_json::from_value(stored).unwrap();
    assert_eq!(read.role, Role::Owner);
    change(&app, move |w| Ok(w.put_owner(&read)?)).await;
}

/// Nobody else knows whether it was them.
#[tokio::test]
async fn whose_account_it_is_is_told_beside_the_owners() {
    let app = TestApp::start().await;
    let owner = Person::owner(&app).await;
    app.invoice("119").await;
    let staff = joined(&app, &owner, Role::Staff).await;
    let own = "staff@example.com";
    let new = [("current", PASSWORD), ("password", "the ledger sits on my cat")];
    leads_to(&staff.post("/admin/settings/account/password", &new).await);
    leads_to(&Person::new(&app).post("/admin/login", &[("email", own), ("password", new[1].1)]).await);
    let both = vec![EMAIL.to_owned(), own.to_owned()];
    for what in ["The password of staff@example.com was changed", "staff@example.com signed in with a browser"] {
        let told = told(&app);
        assert!(told.iter().any(|(told, to)| told.starts_with(what) && *to == both), "{what}: {told:?}");
    }
    assert!(told(&app).iter().filter(|(what, _)| what.contains("was invited")).all(|(_, to)| *to == [EMAIL]));
}
