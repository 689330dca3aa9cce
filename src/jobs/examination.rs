//! A look at the machine and the books, whenever the owner asks for it on the page that shows it.

use std::sync::Arc;

use super::rest::Rest;
use crate::doctor::examine_for_the_page;

pub(super) async fn run(mut rest: Rest) {
    let app = Arc::clone(&rest.app);
    while !rest.is_over() {
        if app.examination.wish.take() {
            tokio::select! {
                () = rest.over() => return,
                () = examine_for_the_page(&app) => {}
            }
        }
        if rest.until(app.examination.wish.bell(), None).await.is_break() {
            return;
        }
    }
}
