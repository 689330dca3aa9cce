//! Encrypted backups: the server cannot read them, their owner can, with this program and with age itself.

use std::process::{Command, Stdio};

use super::{PRIVATE, PUBLIC, filled, stored};
use crate::process::{Bench, said};

const OTHER: &str = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";

/// A public key that no private one leads to: 32 bytes of zero.
const NOBODYS: &str = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z";

fn encrypted() -> Bench {
    let bench = filled();
    std::fs::write(bench.path("key"), format!("# kept at home\n{PRIVATE}\n")).unwrap();
    std::fs::write(bench.path("other"), OTHER).unwrap();
    said(bench.command(&["backup", "now"]).env("QUITTANCE_BACKUP__RECIPIENTS", PUBLIC).output().unwrap()).good();
    bench
}

#[test]
fn only_whoever_has_the_private_key_reads_an_encrypted_backup() {
    let bench = encrypted();
    let name = stored(&bench)[0].clone();
    assert!(name.ends_with(".backup.age"), "{name}");
    let refused = bench.run(&["backup", "verify"]).bad(1);
    assert!(refused.starts_with(&format!("{name} is encrypted")) && refused.contains("--identity"), "{refused}");
    let refused = bench.run(&["backup", "verify", "--identity", "other"]).bad(1);
    assert!(refused.starts_with(&format!("{name} cannot be decrypted")), "{refused}");
    assert!(refused.contains("none of the private keys"), "{refused}");
    std::fs::write(bench.path("none"), "password\n").unwrap();
    let refused = bench.run(&["backup", "verify", "--identity", "none"]).bad(1);
    assert!(refused.starts_with("none cannot be used as a private key"), "{refused}");
    assert!(refused.contains("AGE-SECRET-KEY-1") && !refused.contains("password"), "{refused}");
    let refused = bench.run(&["backup", "verify", "--identity", "nowhere"]).bad(1);
    assert!(refused.starts_with("the private key in nowhere cannot be read"), "{refused}");
    assert!(refused.ends_with("--identity FILE"), "{refused}");
    bench.run(&["backup", "verify", "--identity", "key"]).good();
    bench.run(&["restore", &name, "--identity", "key", "--dry-run"]).good();
    bench.run(&["restore", &name, "--identity", "key", "--force"]).good();
    bench.run(&["verify"]).good();
}

#[test]
fn an_encrypted_backup_that_was_damaged_is_known_as_one() {
    let bench = encrypted();
    let path = bench.data.join("backups").join(&stored(&bench)[0]);
    let whole = std::fs::read(&path).unwrap();
    for at in [30, 200, whole.len() / 2, whole.len() - 1] {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        std::fs::write(&path, changed).unwrap();
        bench.run(&["backup", "verify", "--identity", "key"]).bad(1);
        std::fs::write(&path, &whole[..at]).unwrap();
        bench.run(&["backup", "verify", "--identity", "key"]).bad(1);
    }
}

#[test]
fn a_key_that_nobody_can_have_ends_the_backup_and_nothing_is_left_of_it() {
    let bench = filled();
    let server = bench.serve_with(|command| {
        command.env("QUITTANCE_BACKUP__RECIPIENTS", NOBODYS);
    });
    let refused = bench.run(&["backup", "now"]);
    assert_eq!(refused.code, Some(1), "{}{}", refused.out, refused.err);
    assert!(refused.out.contains("was broken off") && refused.out.contains("report this"), "{}", refused.out);
    assert_eq!(stored(&bench), [""; 0], "neither a copy that anybody can read, nor a half one");
    let page = bench.run(&["backup", "now"]);
    assert_eq!(page.code, Some(1), "the next one has its turn");
    drop(server);
    bench.run(&["backup", "now"]).good();
}

#[test]
#[ignore = "needs age: tests/run installs it"]
fn age_reads_what_we_encrypt_and_we_read_what_age_encrypts() {
    let bench = encrypted();
    let name = stored(&bench)[0].clone();
    let sealed = bench.data.join("backups").join(&name);
    let plain = Command::new("age").args(["-d", "-i"]).arg(bench.path("key")).arg(&sealed).output().unwrap();
    assert!(plain.status.success(), "{}", String::from_utf8_lossy(&plain.stderr));
    std::fs::write(bench.path("plain"), &plain.stdout).unwrap();
    bench.run(&["backup", "verify", "plain"]).good();

    let made = Command::new("age-keygen").arg("-o").arg(bench.path("made")).stderr(Stdio::null()).status().unwrap();
    assert!(made.success());
    let public = Command::new("age-keygen").arg("-y").arg(bench.path("made")).output().unwrap();
    let public = String::from_utf8(public.stdout).unwrap();
    let mut again = Command::new("age");
    again.args(["-r", public.trim(), "-r", PUBLIC, "-o"]).arg(bench.path("by_age")).arg(bench.path("plain"));
    assert!(again.status().unwrap().success());
    for key in ["made", "key"] {
        bench.run(&["backup", "verify", "by_age", "--identity", key]).good();
    }
    said(bench.command(&["backup", "now"]).env("QUITTANCE_BACKUP__RECIPIENTS", public.trim()).output().unwrap()).good();
    let newest = stored(&bench).pop().unwrap();
    let mut read = Command::new("age");
    read.args(["-d", "-i"]).arg(bench.path("made")).arg(bench.data.join("backups").join(newest));
    assert!(read.output().unwrap().status.success());
}
