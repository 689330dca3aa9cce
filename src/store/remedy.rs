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
        io::ErrorKind::PermissionDenied => match owner_of(path) {
            Some(user) => format!("run it as the user who owns the folder: sudo -u {user} quittance …"),
            None => "run it as the user who owns the folder, for example with sudo -u quittance".to_owned(),
        },
        io::ErrorKind::NotFound => "make the folder above it, or name another place in data_dir".to_owned(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space there".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "mount it for writing, or name another place in data_dir".to_owned(),
        _ => "name a folder that you may write to in data_dir".to_owned(),
    }
}

/// The name of whoever owns what is there, or the folder that it would be in.
fn owner_of(path: &Path) -> Option<String> {
    let id = path.ancestors().find_map(|part| fs::metadata(part).ok())?.uid();
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
            (ErrorKind::PermissionDenied, "run it as the user who owns the folder"),
            (ErrorKind::NotFound, "make the folder above it"),
            (ErrorKind::NotADirectory, "name a folder that you may write to"),
        ] {
            let said = remedy(Path::new("/nowhere/at/all"), &Error::from(kind));
            assert!(said.contains(words), "{said}");
        }
    }
}
