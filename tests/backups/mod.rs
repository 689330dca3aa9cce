//! Backups that are made by themselves, with the real program: made, proven, encrypted, stored, listed, rotated, put back.

mod broken;
mod keys;
mod life;
mod numbers;
mod origin;
mod page;
mod store_server;
mod stores;

use std::path::PathBuf;

use quittance::backups::{Backups, Place};
use quittance::clock::Clock;
use quittance::config::{Config, ObjectStore, Secret};
use quittance::resolve::Resolver;

use crate::process::Bench;

/// The public key of 32 bytes of 0x42, and its private one.
const PUBLIC: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
const PRIVATE: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

/// A data folder with something in it.
fn filled() -> Bench {
    let bench = Bench::new();
    bench.run(&["token", "create", "--name", "till"]).good();
    bench
}

/// What lies in the folder of backups, without its path.
fn stored(bench: &Bench) -> Vec<String> {
    names(bench.data.join("backups"))
}

fn names(folder: PathBuf) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect())
        .unwrap_or_default();
    names.sort();
    names
}

/// A bucket of the store at a port of this machine.
fn s3_place(port: u16) -> Place {
    let mut config = Config::default();
    config.backup.s3 = Some(ObjectStore {
        endpoint: format!("http://127.0.0.1:{port}").parse().unwrap(),
        region: "us-east-1".into(),
        bucket: "books".into(),
        prefix: "shop/".into(),
        access_key: store_server::KEY.into(),
        secret_key: Secret::new(store_server::SECRET).unwrap(),
        roots_file: None,
    });
    let backups = Backups::new(&config, &Resolver::system().unwrap(), &Clock::machine()).unwrap();
    backups.places()[1].clone()
}
