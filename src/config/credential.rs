//! Secrets that the service manager hands over (`LoadCredential=`): files named after their keys, in the folder that it says.
//!
//! Such a file counts like one that `…_file` names, so that a secret which is also written elsewhere is refused, not chosen.

use std::path::Path;

use super::given::{Given, Givens};
use super::provenance::Origin;
use super::read::Surroundings;
use super::secret_file::files_of_secrets;

/// systemd.exec(5) and other managers that follow it.
pub(super) const FOLDER_VARIABLE: &str = "CREDENTIALS_DIRECTORY";

/// Names the files that are there, unless the configuration names another for the same secret.
pub(super) fn overlay(surroundings: &Surroundings, givens: &mut Givens) {
    let folder = surroundings.variables.iter().find(|(name, _)| name == FOLDER_VARIABLE);
    let Some(folder) = folder.and_then(|(_, value)| value.to_str()) else { return };
    for (file, secret) in files_of_secrets() {
        let path = Path::new(folder).join(secret.name);
        let (Some(text), true) = (path.to_str(), path.exists()) else { continue };
        let origin = Origin::Environment { name: FOLDER_VARIABLE.to_owned() };
        givens.entry(file.name).or_insert_with(|| Given::text(text, origin));
    }
}
