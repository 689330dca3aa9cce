//! In a store that speaks S3.

use std::io::{self, Write};
use std::sync::mpsc;

use super::store_server::StoreServer;
use super::{PUBLIC, filled, s3_place, stored};
use crate::support::PATIENCE;

/// Larger than what is sent as a whole, and no round number of parts.
const LARGE_BYTES: usize = (37 << 20) + 5;

#[test]
fn a_store_has_every_backup_and_gives_it_back() {
    let (bench, store) = (filled(), StoreServer::start());
    let run = |arguments: &[&str]| store.run(&bench, arguments, &[]);
    let tried = run(&["check", "--online"]);
    assert!(tried.out.contains("ok   backup, s3  takes backups and gives them back"), "{}", tried.out);
    assert_eq!(store.names(), [""; 0], "what was tried is gone");

    store.kept.lock().unwrap().busy = 2;
    let said = run(&["backup", "now"]).good();
    assert!(said.contains("ok    s3") && said.contains("ok    data folder"), "{said}");
    let name = stored(&bench)[0].clone();
    let listed = run(&["backup", "list"]).good();
    assert_eq!(listed.lines().filter(|line| line.contains(&name)).count(), 2, "{listed}");

    std::fs::remove_dir_all(&bench.data).unwrap();
    assert!(run(&["backup", "list"]).good().contains(&name), "also where there is no data any more");
    run(&["backup", "verify", &name]).good();
    run(&["restore", &name]).good();
    bench.run(&["verify"]).good();
}

#[test]
fn a_running_server_fetches_it_for_a_command_that_does_not_know_the_store() {
    let (bench, store) = (filled(), StoreServer::start());
    let server = bench.serve_with(|command| store.name_in(command));
    bench.run(&["backup", "now"]).good();
    let name = stored(&bench)[0].clone();
    std::fs::remove_file(bench.data.join("backups").join(&name)).unwrap();
    assert!(bench.run(&["backup", "list"]).good().contains(&name));
    bench.run(&["backup", "verify", &name]).good();
    server.stop();
}

#[test]
fn a_store_is_rotated_and_nothing_of_others_is_touched() {
    let (bench, store) = (filled(), StoreServer::start());
    let keep = [("QUITTANCE_BACKUP__KEEP", "1d")];
    store.run(&bench, &["backup", "now"], &keep).good();
    let own = stored(&bench)[0].clone();
    let put = |name: &str| drop(store.kept.lock().unwrap().objects.insert(name.to_owned(), vec![1]));
    let older = own.replace(&own[19..27], "20200101");
    let foreign = ["shop/quittance-ffffffff-20200101T000000Z.backup", "shop/quittance-letter.txt", "shopping", "books"];
    put(&format!("shop/{older}"));
    for name in foreign {
        put(name);
    }
    put(&older);
    let said = store.run(&bench, &["backup", "prune"], &keep).good();
    assert_eq!(said.trim(), format!("removed  s3: {older}"));
    let kept = store.kept.lock().unwrap();
    assert!(foreign.iter().all(|name| kept.objects.contains_key(*name)), "{:?}", kept.objects.keys());
    assert!(kept.objects.contains_key(&older), "the same name beside the prefix is another's");
}

#[test]
fn uploads_that_were_broken_off_are_ended_and_nobody_elses() {
    let (bench, store) = (filled(), StoreServer::start());
    store.run(&bench, &["backup", "now"], &[]).good();
    let own = stored(&bench)[0].clone();
    let (long_ago, just_now) = ("2020-01-01T00:00:00.000Z".to_owned(), "2999-01-01T00:00:00.000Z".to_owned());
    let upload = |key: String, id: &str, begun: &String| (key, id.to_owned(), begun.clone());
    let left = vec![
        upload(format!("shop/{own}"), "a", &long_ago),
        upload(format!("shop/{own}"), "b", &long_ago),
        upload(format!("shop/{own}.age"), "c", &long_ago),
    ];
    let others = vec![
        upload(format!("shop/{own}"), "under way", &just_now),
        upload(format!("shop/{}", own.replace(&own[10..18], "ffffffff")), "another's", &long_ago),
        upload(format!("shop/{}letter", &own[..19]), "no backup", &long_ago),
        upload(own.clone(), "beside the prefix", &long_ago),
    ];
    store.kept.lock().unwrap().uploads = [left, others.clone()].concat();
    let said = store.run(&bench, &["backup", "prune", "--dry-run"], &[]).good();
    assert_eq!(said.matches("would be removed").count(), 3, "{said}");
    assert!(said.contains(&format!("s3: {own}, sent in part and broken off")), "{said}");
    assert_eq!(store.kept.lock().unwrap().uploads.len(), 7, "a dry run ends nothing");
    store.run(&bench, &["backup", "now"], &[]).good();
    assert_eq!(store.kept.lock().unwrap().uploads, others, "each night does it, too");
}

#[test]
fn what_a_store_refuses_is_said_with_the_remedy_and_without_a_secret() {
    let (bench, store) = (filled(), StoreServer::start());
    for (variable, value, words) in [
        ("SECRET_KEY", "hunter2", "backup.s3.secret_key"),
        ("ACCESS_KEY", "NOBODY", "backup.s3.access_key"),
        ("BUCKET", "letters", "backup.s3.bucket"),
    ] {
        let variable = format!("QUITTANCE_BACKUP__S3__{variable}");
        let said = store.run(&bench, &["backup", "now"], &[(&variable, value)]);
        assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
        assert!(said.out.contains("fail  s3: ") && said.out.contains(words), "{words}: {}", said.out);
        assert!(said.out.contains("ok    data folder"), "one place that fails takes no other with it: {}", said.out);
        assert!(!format!("{}{}", said.out, said.err).contains("hunter2"));
        let tried = store.run(&bench, &["check", "--online"], &[(&variable, value)]).out;
        assert!(tried.contains("fail backup, s3") && tried.contains(words), "{tried}");
    }
}

#[test]
fn a_store_that_cannot_be_reached_is_named() {
    let (bench, store) = (filled(), StoreServer::start());
    let nobody = [("QUITTANCE_BACKUP__S3__ENDPOINT", "http://127.0.0.1:9")];
    let said = store.run(&bench, &["backup", "list"], &nobody);
    assert_eq!(said.code, Some(1), "{}", said.out);
    assert!(
        said.out.contains("127.0.0.1 cannot be reached") && said.out.contains("backup.s3.endpoint"),
        "{}",
        said.out
    );
}

#[test]
fn a_large_file_goes_in_parts_and_comes_back_whole() {
    let (bench, store) = (filled(), StoreServer::start());
    let chance = |n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes()[0];
    let bytes: Vec<u8> = (0_u64..).map(chance).take(LARGE_BYTES).collect();
    let path = bench.path("large");
    std::fs::write(&path, &bytes).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let place = s3_place(store.port);
        let name = "quittance-0123abcd-20261123T023705Z.backup".parse().unwrap();
        let digest = quittance::backups::Digest::of(&bytes);
        place.put(&path, &name, &digest).await.unwrap();
        assert_eq!(store.kept.lock().unwrap().completed, 3);
        assert!(place.read_into(&name.to_string(), Vec::new()).await.unwrap() == bytes);
        assert_eq!(place.list(None).await.unwrap(), [(name.clone(), digest.bytes)]);
        let wrong = quittance::backups::Digest::of(b"something else");
        assert!(place.put(&path, &name, &wrong).await.unwrap_err().to_string().contains("not what was written"));
        assert_eq!(place.list(None).await.unwrap(), []);
    });
}

#[test]
fn what_cannot_be_read_back_is_called_unproven_and_stays() {
    let (bench, store) = (filled(), StoreServer::start());
    store.kept.lock().unwrap().is_unreadable = true;
    let said = store.run(&bench, &["backup", "now"], &[]);
    assert_eq!(said.code, Some(1), "{}", said.out);
    assert!(said.out.contains("fail  s3: it was stored and is not proven"), "{}", said.out);
    assert_eq!(store.names(), stored(&bench), "it may well be whole");
    store.kept.lock().unwrap().is_unreadable = false;
    std::fs::remove_dir_all(bench.data.join("backups")).unwrap();
    store.run(&bench, &["backup", "verify"], &[]).good();
}

/// Takes nothing before it is told that it may.
struct Waits(Option<mpsc::Receiver<()>>);

impl Write for Waits {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(told) = self.0.take() {
            told.recv_timeout(PATIENCE).map_err(io::Error::other)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn whoever_takes_a_backup_slowly_holds_up_nobody_else() {
    let store = StoreServer::start();
    let name = "quittance-0123abcd-20261123T023705Z.backup";
    store.kept.lock().unwrap().objects.insert(format!("shop/{name}"), vec![7; 3]);
    let (may, told) = mpsc::channel();
    let place = s3_place(store.port);
    // One thread does both: were the writing done on it, the word would never be said.
    let (read, ()) = tokio::join!(place.read_into(name, Waits(Some(told))), async move {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        may.send(()).unwrap();
    });
    read.unwrap();
}

#[test]
fn a_list_of_several_pages_is_read_to_its_end() {
    let store = StoreServer::start();
    let names: Vec<String> = (1..=5).map(|day| format!("quittance-0123abcd-2026110{day}T023705Z.backup")).collect();
    for name in &names {
        store.kept.lock().unwrap().objects.insert(format!("shop/{name}"), vec![7; 3]);
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let found = runtime.block_on(s3_place(store.port).list(Some("0123abcd00000000"))).unwrap();
    let found: Vec<(String, u64)> = found.into_iter().rev().map(|(name, bytes)| (name.to_string(), bytes)).collect();
    assert_eq!(found, names.into_iter().map(|name| (name, 3)).collect::<Vec<_>>());
}

#[test]
fn what_is_in_a_store_is_encrypted_if_it_is_to_be() {
    let (bench, store) = (filled(), StoreServer::start());
    store.run(&bench, &["backup", "now"], &[("QUITTANCE_BACKUP__RECIPIENTS", PUBLIC)]).good();
    let name = stored(&bench)[0].clone();
    assert!(name.ends_with(".backup.age"));
    let kept = store.kept.lock().unwrap();
    assert!(kept.objects[&format!("shop/{name}")].starts_with(b"age-encryption.org/v1\n"));
}
