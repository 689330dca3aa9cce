//! What can be said about the places for backups without trying them.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Finding;
use super::way_in::roots;
use crate::config::Config;

pub(super) fn findings(config: &Config) -> Vec<Finding> {
    let backup = &config.backup;
    let mut findings = vec![match backup.at {
        Some(at) => Finding::ok("backup.at", format!("each night at {}", at.strftime("%H:%M"))),
        None => Finding::warn("backup.at", "off: no backup is made by itself", "set it to 02:30"),
    }];
    findings.extend(backup.directory.as_deref().map(|folder| directory(&config.data_dir, folder)));
    if let Some(store) = &backup.s3 {
        findings.push(Finding::ok("backup.s3", format!("{}, bucket {}", store.endpoint, store.bucket)));
        findings.extend(store.roots_file.as_deref().map(|path| roots("backup.s3.roots_file", path)));
    }
    let leaves = backup.directory.is_some() || backup.s3.is_some();
    findings.push(match (backup.recipients.len(), leaves) {
        (0, true) => Finding::warn(
            "backup.recipients",
            "none: whoever gets hold of a backup can read it",
            "name a public key of age, and keep the private one off this machine",
        ),
        (0, false) => Finding::ok("backup.recipients", "none, and no backup leaves the data folder"),
        (1, _) => Finding::ok("backup.recipients", "one key can read the backups"),
        (count, _) => Finding::ok("backup.recipients", format!("{count} keys can read the backups")),
    });
    findings
}

/// A folder that was named: there, and not on the disk whose end it is to outlive.
fn directory(data_dir: &Path, folder: &Path) -> Finding {
    let (subject, shown) = ("backup.directory", folder.display());
    match fs::metadata(folder) {
        Ok(found) if !found.is_dir() => Finding::fail(subject, format!("{shown} is not a folder"), "name a folder"),
        Ok(found) if fs::metadata(data_dir).is_ok_and(|data| data.dev() == found.dev()) => Finding::warn(
            subject,
            format!("{shown} is on the same disk as the data"),
            "name a folder on another disk or machine",
        ),
        Ok(_) => Finding::ok(subject, format!("{shown} is there")),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Finding::fail(subject, format!("{shown} is not there"), "make it, or attach the disk that it is on")
        }
        Err(error) => Finding::fail(subject, format!("{shown} cannot be looked at ({error})"), "name another folder"),
    }
}
