//! What is done for each request, with the appliance at hand.

use std::fmt::Display;
use std::io::{self, BufWriter, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;
use tokio::runtime::Handle;

use super::frames::{DataPieces, Frame};
use super::{Named, Pruned, Request, Running};
use crate::actions::sensitive::Before;
use crate::actions::{Refusal, owners, tokens, undo_review};
use crate::app::App;
use crate::backups::Name;
use crate::backups::mark::Marking;
use crate::billing::log::Channel;
use crate::credentials::{self, ApiKey, Chosen, Whose};
use crate::doctor::{self, Program, Who};
use crate::export::{self, Format, Part};
use crate::payments::reconcile::Extent;
use crate::store::verify::{self, Proof};
use crate::store::{self, Scope};
use crate::trials;

/// What went wrong, as a sentence.
type Done = Result<String, String>;

/// Does what is asked and writes the answer.
///
/// # Errors
/// The caller went away.
pub(super) async fn perform(app: &Arc<App>, request: Request, out: UnixStream) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    let done = match request {
        Request::AddOwner { email, password } => add_owner(app, email, password).await,
        Request::ResetAccess { email } => reset_access(app, email).await,
        Request::CreateToken { name, scope } => create_token(app, name, scope).await,
        Request::Reconcile => {
            app.reconcile(Extent::whole(), Channel::Owner).await.map_or_else(refuse, |run| json(&run))
        }
        Request::Verify => {
            let theirs = Arc::clone(app);
            aside(move || prove(&theirs)).await?.map_or_else(refuse, |proof| json(&proof))
        }
        Request::Check { named } => check(app, named).await,
        Request::Doctor => json(&doctor::examine(app, Who::Server, |_, _| ()).await),
        Request::Running => json(&Running {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            format: store::present_format(),
            is_replaced: Program::of_this_process().is_replaced,
            backup: doctor::backup(app),
        }),
        Request::Backup => {
            let theirs = Arc::clone(app);
            let (done, back) = aside(move || (back_up(&theirs, &mut out), out)).await?;
            out = back;
            done
        }
        Request::BackUpNow => app.back_up().await.map_or_else(refuse, |run| json(&run)),
        Request::Backups => app.list_backups().await.map_or_else(refuse, |listing| json(&listing)),
        Request::PruneBackups { dry_run } => prune(app, dry_run).await,
        Request::FetchBackup { name, place } => {
            let (done, back) = fetch(app, &name, place.as_deref(), out).await?;
            out = back;
            done
        }
        Request::Export { format } => {
            let theirs = Arc::clone(app);
            let (done, back) = aside(move || (export(&theirs, format, &mut out), out)).await?;
            out = back;
            done
        }
    };
    let end = done.map_or_else(Frame::Failed, Frame::Done);
    aside(move || {
        end.write(&mut out)?;
        out.flush()
    })
    .await?
}

/// Tries what the caller was given, over the data that is here.
async fn check(app: &Arc<App>, named: Option<Box<Named>>) -> Done {
    let Some(named) = named else { return json(&trials::online(app).await) };
    let config = named.put_into(app.config.clone()).map_err(|flaw| flaw.to_string())?;
    let tried = app.as_configured(config).map_err(|error| error.to_string())?;
    json(&trials::online(&tried).await)
}

/// Runs what reads or writes for long where it holds nobody up.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)
}

fn refuse(error: impl Display) -> Done {
    Err(error.to_string())
}

fn json(value: &impl Serialize) -> Done {
    serde_json::to_string(value).map_err(|error| error.to_string())
}

fn prove(app: &App) -> Result<Proof, store::Error> {
    let mut proof = app.store.read_long(verify::prove)?;
    proof.unreadable_secrets = match app.unreadable_secrets() {
        // The proof says already what is damaged.
        Err(error) if error.is_damage() => Vec::new(),
        names => names?,
    };
    Ok(proof)
}

async fn add_owner(app: &App, email: String, password: String) -> Done {
    let business = match app.store.read(|r| r.settings()) {
        Ok(settings) => settings.business.name,
        Err(error) => return refuse(error),
    };
    let hashed = match Chosen::new(&password, Whose { email: &email, business: &business }) {
        Ok(chosen) => app.hashing.hash(chosen).await,
        Err(error) => Err(error),
    };
    let hash = hashed.map_err(|error| format!("the password {error}"))?;
    let by = "quittance owner add on the server";
    let added = app.store.write(move |w| owners::add(w, &email, &hash, by)).await;
    added.map_or_else(refuse, |owner| json(&json!({ "email": owner.email })))
}

async fn reset_access(app: &App, email: String) -> Done {
    let secret = match credentials::new_secret() {
        Ok(secret) => secret,
        Err(error) => return refuse(store::Error::Entropy(error.to_string())),
    };
    let digest = credentials::digest(&secret);
    let reset = app.store.write(move |w| {
        let had_second_step = owners::reset_access(w, &email, &digest)?;
        Ok((had_second_step, w.api_tokens()?.into_iter().map(|token| token.name).collect::<Vec<_>>()))
    });
    let address = app.owners_url(&format!("/admin/access/{secret}"));
    reset.await.map_or_else(
        |refusal: Refusal| refuse(refusal),
        |(second_step, tokens)| json(&json!({ "address": address, "tokens": tokens, "second_step": second_step })),
    )
}

async fn create_token(app: &App, name: String, scope: Scope) -> Done {
    let secret = match credentials::new_secret() {
        Ok(secret) => secret,
        Err(error) => return refuse(store::Error::Entropy(error.to_string())),
    };
    let digest = credentials::digest(&secret);
    let by = "quittance token create on the server";
    let created = app.store.write(move |w| tokens::create(w, &name, scope, &digest, Before::Nothing, by)).await;
    created.map_or_else(
        |refusal: Refusal| refuse(refusal),
        |token| json(&json!({ "token": ApiKey { token: token.id, secret }.to_string() })),
    )
}

/// From now on, what was decided is in somebody else's papers. Noted of the very books that are exported, and before the
/// files are written, since what is in them may be relied on at once.
fn note_export(app: &App, place: u64) {
    let noted = Handle::current().block_on(app.store.write(move |w| undo_review::note_export(w, place)));
    if let Err(error) = noted {
        tracing::warn!(%error, "that the books are exported could not be noted");
    }
}

fn back_up(app: &App, out: &mut impl Write) -> Done {
    let pieces = BufWriter::with_capacity(256 << 10, DataPieces(out));
    let copied = app.store.back_up(Marking::new(pieces, app.vault.marker()));
    match copied.and_then(|marking| Ok(marking.finish()?)) {
        Ok(_) => Ok("{}".to_owned()),
        Err(error) => refuse(error),
    }
}

async fn prune(app: &App, dry_run: bool) -> Done {
    let zone = app.time_zone().map_err(|error| error.to_string())?;
    let runs = app.store.read(|r| r.all_backup_runs()).map_err(|error| error.to_string())?;
    let (removed, errors) = app.backups.prune(&runs, &app.appliance, &zone, dry_run).await;
    json(&Pruned { removed, errors })
}

/// Sends a backup as it is stored: whoever asked has the key, if there is one, and the server has not.
async fn fetch(
    app: &App,
    name: &str,
    place: Option<&str>,
    out: BufWriter<UnixStream>,
) -> io::Result<(Done, BufWriter<UnixStream>)> {
    let Some(name) = name.parse::<Name>().ok() else { return Ok((refuse("this is no name of a backup"), out)) };
    let Some(place) = app.backups.find(&name, place).await else {
        return Ok((
            refuse(format!("no place has a backup named {name}; quittance backup list shows what there is")),
            out,
        ));
    };
    // A copy of the line, since what is written into is gone if it fails.
    let spare = out.get_ref().try_clone()?;
    let pieces = BufWriter::with_capacity(256 << 10, DataPieces(out));
    let sent = match place.read_into(&name.to_string(), pieces).await {
        Ok(_) => Ok("{}".to_owned()),
        Err(error) => refuse(error),
    };
    Ok((sent, BufWriter::new(spare)))
}

fn export(app: &App, format: Format, out: &mut impl Write) -> Done {
    let mut emit = |part: Part<'_>| match part {
        Part::File(name) => Frame::File(name.to_owned()).write(out),
        Part::Data(bytes) => Frame::Data(bytes.to_vec()).write(out),
    };
    let written = app.store.read_long(|reader| {
        note_export(app, reader.journal_head()?.map_or(0, |(place, _)| place));
        export::write(&reader, format, &mut emit)
    });
    written.map_or_else(refuse, |()| Ok("{}".to_owned()))
}
