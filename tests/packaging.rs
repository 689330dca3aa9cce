//! What `packaging/` promises and can be read off its files. What has to be built, installed and run is tried by
//! `packaging/test`, which needs the release binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should fail there")]

use std::fs;
use std::path::Path;

use quittance::config::{Config, Surroundings};

fn text(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(name)).unwrap()
}

#[test]
fn the_service_has_no_right_beyond_its_folder() {
    let unit = text("quittance.service");
    let lines: Vec<&str> = unit.lines().collect();
    for line in [
        "User=quittance",
        "StateDirectory=quittance",
        "StateDirectoryMode=0700",
        "UMask=0077",
        "AmbientCapabilities=",
        "CapabilityBoundingSet=",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "ProtectProc=invisible",
        "PrivateDevices=yes",
        "PrivateUsers=yes",
        "RestrictNamespaces=yes",
        "MemoryDenyWriteExecute=yes",
        "SystemCallFilter=@system-service",
        "SystemCallFilter=~@privileged @resources",
        "LimitCORE=0",
    ] {
        assert!(lines.contains(&line), "the unit does not say {line}");
    }
    for word in ["ReadWritePaths", "BindPaths", "AmbientCapabilities=C", "SupplementaryGroups", "ProtectSystem=full"] {
        assert!(!unit.contains(word), "the unit says {word}");
    }
    // Names are asked for from ports chosen by chance, and to bind one is to bind.
    assert!(!unit.contains("SocketBindDeny"), "no name could be resolved");
}

#[test]
fn the_configuration_in_the_packages_is_one() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.toml"), text("config.toml")).unwrap();
    let surroundings = Surroundings { variables: Vec::new(), folder: folder.path().to_owned() };
    let config = Config::load_from(&surroundings, None, None).unwrap();
    assert_eq!(config.data_dir, Path::new("/var/lib/quittance"));
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
}

#[test]
fn secrets_are_handed_over_under_the_names_that_are_read() {
    let unit = text("quittance.service");
    let credentials: Vec<_> =
        unit.lines().filter_map(|line| line.strip_prefix("LoadCredential=")?.split_once(':')).collect();
    let secrets = ["stripe.secret_key", "stripe.webhook_secrets", "mail.smtp"];
    assert_eq!(credentials.iter().map(|(name, _)| *name).collect::<Vec<_>>(), secrets);
    for (name, from) in credentials {
        // A name and no path: where there is no such file, the service starts without.
        assert_eq!(from, format!("quittance.{name}"));
    }
}
