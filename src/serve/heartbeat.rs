//! The sign of life that a service manager may want.

use crate::service_manager::ServiceManager;
use crate::store::{self, Store};

/// One sign of life to a service manager that wants them, given only once the store's writer has answered: a process that
/// can store nothing and not even say so is better started again.
pub(super) async fn heartbeat(manager: &ServiceManager, store: &Store) {
    let Some(pause) = manager.heartbeat() else { return std::future::pending().await };
    tokio::time::sleep(pause).await;
    writer_answers(store).await;
    manager.alive();
}

/// That nothing can be stored at present (a full disk) is an answer, too; that its queue is full is none.
async fn writer_answers(store: &Store) {
    while let Err(store::Error::Busy) = store.write(|_| Ok::<_, store::Error>(())).await {}
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::{Store, store, writer_answers};
    use crate::clock::Clock;

    #[tokio::test]
    async fn a_writer_that_hangs_gives_no_sign_of_life() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Clock::machine()).unwrap();
        let ((begun, has_begun), (go_on, told)) = (mpsc::channel(), mpsc::channel());
        let hang = store.write(move |_| {
            begun.send(()).unwrap();
            told.recv().unwrap();
            Ok::<_, store::Error>(())
        });
        let look_on = async {
            tokio::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
            let soon = Duration::from_millis(100);
            assert!(tokio::time::timeout(soon, writer_answers(&store)).await.is_err(), "nobody answers while it hangs");
            go_on.send(()).unwrap();
            writer_answers(&store).await;
        };
        tokio::join!(hang, look_on).0.unwrap();
    }
}
