//! The data folder was copied or moved, and only the owner knows whether customers use this one.

use super::desk::Desk;
use super::forms::from_start;
use super::guard::SignedIn;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::confirm::ConfirmPage;
use crate::web::views::shell::Section;

/// `GET /admin/copy`
pub async fn question(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    if !desk.app.may_be_copy() {
        return Ok(reply::see_other("/admin"));
    }
    let text = [
        "This data folder is not where it was: it was copied or moved. Two of them at work would write to your customers \
         twice.",
        "If you moved it here and the old one is switched off, confirm. What has happened meanwhile is asked of Stripe \
         first, then cards are taken again.",
        "If this is a copy to try things out with, do not confirm: enter a test key under Settings, Card payments. To \
         have only a safe copy, use quittance backup.",
    ];
    reply::page(&ConfirmPage {
        shell: desk.shell(Section::Today)?,
        title: "Do your customers use this one?".to_owned(),
        text: text.map(str::to_owned).into(),
        action: "/admin/copy".to_owned(),
        button: "Customers use this one".to_owned(),
        cancel_url: "/admin".to_owned(),
        ..ConfirmPage::default()
    })
}

/// `POST /admin/copy`
pub async fn confirm(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    if desk.app.may_be_copy() {
        desk.app.is_no_copy().await.map_err(from_start)?;
        tracing::warn!(owner = %desk.me.owner.id, "the owner confirmed that customers use this appliance");
    }
    Ok(reply::see_other("/admin?done=at-home"))
}
