//! Settings, Health: the same lines, as they come, with what to do and what they mean.

use quittance::doctor::examine_for_the_page;
use quittance::payments::notices::{self, Notice};

use crate::admin::person::{Person, leads_to};
use crate::support::{TestApp, change};

const PAGE: &str = "/admin/settings/health";

#[tokio::test]
async fn the_page_shows_every_line_with_its_remedy_and_what_it_means() {
    let app = TestApp::start().await;
    let owner = Person::owner(&app).await;
    let page = owner.page(PAGE).await;
    assert!(page.contains("Nothing was looked at since the last start") && page.contains("Look now"), "{page}");
    assert!(!page.contains("http-equiv"), "nothing is waited for");

    assert_eq!(leads_to(&owner.post(PAGE, &[]).await), PAGE);
    let page = owner.page(PAGE).await;
    assert!(page.contains("It begins in a moment.") && page.contains("http-equiv=\"refresh\""), "{page}");
    assert!(app.app.examination.wish.take(), "the job is asked");

    examine_for_the_page(&app.app).await;
    let (page, examined) = (owner.page(PAGE).await, app.app.examination.so_far());
    assert!(page.contains("Look again") && !page.contains("http-equiv"), "{page}");
    for line in &examined.lines {
        // The first letter is the page's own.
        let told = line.detail.chars().skip(1).collect::<String>();
        let told = told.replace('\'', "&#39;").replace('"', "&#34;").replace('<', "&#60;").replace('>', "&#62;");
        assert!(page.contains(&told), "{line}\n{page}");
        assert!(page.contains(&format!("id=\"{}\"", line.code)), "{line}");
    }
    assert!(page.contains("To do:") && page.contains("What this means"), "{page}");
    assert!(page.contains("href=\"#backup-places\""), "what could be better is named above: {page}");
    assert!(page.contains("is of no use when the disk fails"), "the explanation: {page}");
}

#[tokio::test]
async fn it_shows_how_far_it_has_got() {
    let app = TestApp::start().await;
    let owner = Person::owner(&app).await;
    app.app.examination.begin(app.clock.now(), vec!["clock", "spf"]);
    app.app.examination.found(&["clock"], &[]);
    let page = owner.page(PAGE).await;
    assert!(page.contains("36 of 37 things were looked at; now: SPF"), "{page}");
    assert_eq!(leads_to(&owner.post(PAGE, &[]).await), PAGE);
    assert!(!app.app.examination.wish.take(), "one at a time");
}

#[tokio::test]
async fn notices_about_the_machine_lead_there() {
    let app = TestApp::start().await;
    let owner = Person::owner(&app).await;
    for notice in [Notice::DiskFilling, Notice::DoorLocked, Notice::CertificateMissing, Notice::ClockWrong] {
        change(&app, move |w| Ok(notices::raise(w, notice)?)).await;
        let today = owner.page("/admin").await;
        assert!(today.contains(&format!("href=\"{PAGE}\"")), "{notice:?}: {today}");
        change(&app, move |w| Ok(notices::lower(w, notice)?)).await;
    }
    assert!(owner.page("/admin/settings/business").await.contains(&format!("href=\"{PAGE}\"")));
}
