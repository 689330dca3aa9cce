//! What to do about a folder that cannot be used, in the words of a command.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Where the names of users are, and how much of it is read.
const USERS: &str = "/etc/passwd";
const USERS_BYTES_MAX: u64 = 1 << 20;

/// The remedy for `error`, met at `path`: completes "… cannot be used: …; ".
#[must_use]
pub fn remedy(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => forbidden(path),
        io::ErrorKind::NotFound => "make the folder above it, or name another place in data_dir".to_owned(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space there".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "mount it for writing, or name another place in data_dir".to_owned(),
        _ => "name a folder that you may write to in data_dir".to_owned(),
    }
}

/// Who may do it: the owner of what is there, or of the folder that it would be in.
fn forbidden(path: &Path) -> String {
    let found = path.ancestors().find_map(|part| Some((part, fs::metadata(part).ok()?.uid())));
    let own = Some(rustix::process::geteuid().as_raw());
    match found {
        Some((part, id)) if Some(id) == own => format!("give its owner the right: chmod u+rwX {}", part.display()),
        found => {
            let user = found.and_then(|(_, id)| user(id)).unwrap_or_else(|| "quittance".to_owned());
            format!("run it as the user who owns the folder: sudo -u {user} quittance …")
        }
    }
}

fn user(id: u32) -> Option<String> {
    let mut users = String::new();
    File::open(USERS).ok()?.take(USERS_BYTES_MAX).read_to_string(&mut users).ok()?;
    name_of(id, &users)
}

fn name_of(id: u32, users: &str) -> Option<String> {
    let mut lines = users.lines().map(|line| line.split(':'));
    lines.find_map(|mut parts| {
        let (name, _, own) = (parts.next()?, parts.next()?, parts.next()?);
        (own.parse() == Ok(id)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::{name_of, remedy};
    use std::io::{Error, ErrorKind};
    use std::path::Path;

    #[test]
    fn the_remedy_names_the_user_who_owns_the_folder() {
        let users = "root:x:0:0:root:/root:/bin/bash\nbroken\nquittance:x:812:812::/var/lib/quittance:/bin/false\n";
        assert_eq!(name_of(812, users).as_deref(), Some("quittance"));
        assert_eq!(name_of(7, users), None);
        for (kind, words) in [
            (ErrorKind::NotFound, "make the folder above it"),
            (ErrorKind::NotADirectory, "name a folder that you may write to"),
        ] {
            let said = remedy(Path::new("/nowhere/at/all"), &Error::from(kind));
            assert!(said.contains(words), "{said}");
        }
        let forbidden = Error::from(ErrorKind::PermissionDenied);
        let own = tempfile::tempdir().map(|own| remedy(&own.path().join("lock"), &forbidden));
        assert!(own.is_ok_and(|said| said.contains("chmod u+rwX")), "whoever owns it already");
    }

    #[test]
    fn what_belongs_to_somebody_else_is_done_as_that_user() {
        let said = remedy(Path::new("/proc/1/nothing"), &Error::from(ErrorKind::PermissionDenied));
        assert!(said.contains("run it as the user who owns the folder") || said.contains("chmod"), "{said}");
    }
}
