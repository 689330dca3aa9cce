//! What can be said about a valid configuration without asking anybody outside: one [`Finding`] a setting.
//!
//! A finding that fails means that something will not work as configured; a warning, that it will, and that its owner
//! may wish it did not. Nothing is changed. What needs the network is asked elsewhere, in the same form.

mod backup;
mod way_in;

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::interval::written;
use super::{Config, KEYS, Origin, StripeMode, Tls};

/// Bits of a file mode that let others in.
const OTHERS: u32 = 0o077;
const GROUP_READS: u32 = 0o040;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not looked at; why not is said.
    Skipped,
    Ok,
    Warn,
    Fail,
}

/// What was looked at, what it is like and, if it should be otherwise, what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub level: Level,
    /// A key, or whatever else was looked at.
    pub subject: String,
    pub detail: String,
    pub remedy: Option<String>,
}

impl Level {
    /// The word that a line begins with, as wide as the others.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Skipped => "skip",
            Self::Ok => "ok  ",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

impl Finding {
    pub fn skipped(subject: &str, why: impl Into<String>) -> Self {
        Self { level: Level::Skipped, ..Self::ok(subject, why) }
    }

    pub fn ok(subject: &str, detail: impl Into<String>) -> Self {
        Self { level: Level::Ok, subject: subject.to_owned(), detail: detail.into(), remedy: None }
    }

    pub fn warn(subject: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into());
        Self { level: Level::Warn, subject: subject.to_owned(), detail: detail.into(), remedy }
    }

    pub fn fail(subject: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { level: Level::Fail, ..Self::warn(subject, detail, remedy) }
    }
}

/// One line: `warn server.public_url  what it is like; what to do`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = self.level.word();
        let Some(remedy) = &self.remedy else { return write!(f, "{level} {}  {}", self.subject, self.detail) };
        // What a mail server or another crate said may be a whole sentence already.
        write!(f, "{level} {}  {}; {remedy}", self.subject, self.detail.trim_end_matches('.'))
    }
}

/// Everything that can be found out on this machine.
pub fn offline(config: &Config) -> Vec<Finding> {
    let mut findings = settings(config);
    findings.insert(1, data_dir(&config.data_dir));
    findings
}

/// The same without trying whether the data folder can be written: nothing is written anywhere.
pub fn settings(config: &Config) -> Vec<Finding> {
    let mut findings = vec![source(config)];
    findings.extend(way_in::findings(config));
    findings.extend(stripe(config));
    findings.extend(mail(config));
    findings.push(reconcile(config));
    findings.extend(backup::findings(config));
    findings.extend(readable_secrets(config));
    findings
}

fn source(config: &Config) -> Finding {
    match config.file() {
        Some(path) => Finding::ok("configuration", format!("read from {}", path.display())),
        None => Finding::ok("configuration", "no file, built-in defaults and environment"),
    }
}

fn data_dir(path: &Path) -> Finding {
    let subject = "data_dir";
    let shown = path.display();
    match fs::metadata(path) {
        Ok(found) if !found.is_dir() => {
            Finding::fail(subject, format!("{shown} is not a folder"), "move it away or set data_dir to a folder")
        }
        Ok(found) => match try_writing(path) {
            Err(cause) => Finding::fail(
                subject,
                format!("{shown} cannot be written to ({cause})"),
                "give it to the user that Quittance runs as",
            ),
            Ok(()) if found.mode() & OTHERS != 0 => Finding::warn(
                subject,
                format!("{shown} can be entered by other users of this machine"),
                format!("run: chmod 700 {shown}; the next start does so, too"),
            ),
            Ok(()) => Finding::ok(subject, format!("{shown} is there, writable and private")),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => match try_writing(&nearest_folder(path)) {
            Ok(()) => Finding::ok(subject, format!("{shown} will be made on the first start")),
            Err(cause) => Finding::fail(
                subject,
                format!("{shown} does not exist and cannot be made ({cause})"),
                "make it, and give it to the user that Quittance runs as",
            ),
        },
        Err(error) => {
            Finding::fail(subject, format!("{shown} cannot be looked at ({error})"), "set data_dir to a folder")
        }
    }
}

/// The folder that the first missing part of `path` would be made in.
fn nearest_folder(path: &Path) -> PathBuf {
    let there = path.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new(""));
    if there.as_os_str().is_empty() { PathBuf::from(".") } else { there.to_path_buf() }
}

/// Makes a folder in `folder` and takes it away again: modes alone do not tell what a file system allows.
fn try_writing(folder: &Path) -> Result<(), std::io::Error> {
    let probe = folder.join(format!(".quittance-check-{}", std::process::id()));
    fs::create_dir(&probe)?;
    fs::remove_dir(&probe)
}

fn stripe(config: &Config) -> Vec<Finding> {
    let stripe = &config.stripe;
    let mut findings = vec![match &stripe.secret_key {
        None => Finding::ok(
            "stripe.secret_key",
            "not set here; without one in the admin page, invoices offer bank transfer only",
        ),
        Some(key) if key.mode() == StripeMode::Test => {
            Finding::ok("stripe.secret_key", format!("{}, test mode: no real money moves", key.masked()))
        }
        Some(key) => Finding::ok("stripe.secret_key", format!("{}, live mode", key.masked())),
    }];
    findings.push(match (stripe.webhook_secrets.len(), &stripe.secret_key) {
        (0, Some(_)) => Finding::warn(
            "stripe.webhook_secrets",
            "none here; without one in the admin page, payments are noticed late",
            "add a webhook in the Stripe dashboard and put its signing secret here or there",
        ),
        (0, None) => Finding::ok("stripe.webhook_secrets", "not set here"),
        (1, _) => Finding::ok("stripe.webhook_secrets", "one secret is accepted"),
        (count, _) => Finding::ok("stripe.webhook_secrets", format!("{count} secrets are accepted")),
    });
    findings.extend(api_base(config));
    findings
}

fn api_base(config: &Config) -> Option<Finding> {
    let base = config.stripe.api_base.as_ref()?;
    let subject = "stripe.api_base";
    Some(if base.as_str() == "https://api.stripe.com" {
        Finding::ok(subject, "Stripe's own")
    } else {
        Finding::warn(
            subject,
            format!("{base} is not Stripe: payments there move no money"),
            "remove it unless this is a test",
        )
    })
}

fn mail(config: &Config) -> Vec<Finding> {
    let smtp = match &config.mail.smtp {
        Some(smtp) => Finding::ok("mail.smtp", smtp.to_string()),
        None => Finding::ok("mail.smtp", "not set here; without one in the admin page, mails wait in the outbox"),
    };
    let from = match (&config.mail.from, &config.mail.smtp) {
        (Some(_), _) => Finding::ok("mail.from", "set"),
        (None, None) => Finding::ok("mail.from", "not set here"),
        (None, Some(_)) => Finding::fail(
            "mail.from",
            "is missing, so that no mail can be sent",
            "set it to an address such as Example Ltd <billing@example.com>",
        ),
    };
    vec![smtp, from]
}

fn reconcile(config: &Config) -> Finding {
    match config.reconcile.interval {
        Some(interval) => Finding::ok("reconcile.interval", format!("every {}", written(interval))),
        None => Finding::warn(
            "reconcile.interval",
            "the scheduled reconciliation is off: what a webhook loses stays unnoticed until you reconcile by hand",
            "set it to 15m",
        ),
    }
}

/// Files with secrets in them that other users of this machine can read.
fn readable_secrets(config: &Config) -> Vec<Finding> {
    let mut paths: Vec<PathBuf> = Vec::new();
    // A mail server without a login is an address, and no secret.
    let has_login = config.mail.smtp.as_ref().is_none_or(|smtp| smtp.password.is_some());
    for key in KEYS.iter().filter(|key| key.is_secret && (has_login || key.name != "mail.smtp")) {
        if let Origin::File { path, .. } | Origin::SecretFile { path, .. } = config.origin(key.name)
            && !paths.contains(&path)
        {
            paths.push(path);
        }
    }
    if let Tls::Files { key_file, .. } = &config.server.tls {
        paths.push(key_file.clone());
    }
    let own = rustix::process::geteuid().as_raw();
    paths.retain(|path| fs::metadata(path).is_ok_and(|found| lets_others_in(found.mode(), found.uid(), own)));
    let warning = |path: &PathBuf| {
        let shown = path.display();
        let detail = format!("{shown} holds a secret, and its mode lets others read or change it");
        Finding::warn("secrets", detail, format!("run: chmod 600 {shown}"))
    };
    paths.iter().map(warning).collect()
}

/// A file of somebody else's (root's, as packages and service managers make them) is read through its group.
fn lets_others_in(mode: u32, owner: u32, own: u32) -> bool {
    let counts = if owner == own { OTHERS } else { OTHERS & !GROUP_READS };
    mode & counts != 0
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::super::{Config, Surroundings};
    use super::{Finding, Level, offline};

    type Variables<'a> = &'a [(&'a str, &'a str)];

    /// The findings on a configuration of variables alone, in an empty private folder.
    fn findings(variables: Variables<'_>) -> Vec<Finding> {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data");
        let mut surroundings = Surroundings { variables: Vec::new(), folder: folder.path().to_path_buf() };
        surroundings.variables.push(("QUITTANCE_DATA_DIR".into(), data_dir.into()));
        surroundings.variables.extend(variables.iter().map(|(name, value)| (name.into(), value.into())));
        offline(&Config::load_from(&surroundings, None, None).unwrap())
    }

    fn line(findings: &[Finding], subject: &str) -> String {
        let found: Vec<String> =
            findings.iter().filter(|finding| finding.subject == subject).map(Finding::to_string).collect();
        found.join("\n")
    }

    const LIVE: (&str, &str) = ("QUITTANCE_STRIPE__SECRET_KEY", "sk_live_51Habcdefgh4242");
    const HOOK: (&str, &str) = ("QUITTANCE_STRIPE__WEBHOOK_SECRETS", "whsec_a");
    const URL: &str = "QUITTANCE_SERVER__PUBLIC_URL";
    const LISTEN: &str = "QUITTANCE_SERVER__LISTEN";
    const TLS: &str = "QUITTANCE_SERVER__TLS";
    const DOMAIN: (&str, &str) = ("QUITTANCE_SERVER__DOMAIN", "billing.example.com");

    #[test]
    fn a_sound_configuration_has_nothing_to_say() {
        let proxied = [
            LIVE,
            HOOK,
            (URL, "https://billing.example.com"),
            ("QUITTANCE_SERVER__TRUSTED_PROXIES", "127.0.0.1"),
            ("QUITTANCE_MAIL__SMTP", "smtp://a:b@mail.example.com"),
            ("QUITTANCE_MAIL__FROM", "a@example.com"),
        ];
        for finding in findings(&proxied) {
            assert_eq!(finding.level, Level::Ok, "{finding}");
        }
    }

    #[test]
    fn each_doubt_has_one_line_with_its_remedy() {
        let rows: &[(Variables<'_>, &str, &str)] = &[
            (&[], "configuration", "ok   configuration  no file, built-in defaults and environment"),
            (
                &[],
                "server.public_url",
                "warn server.public_url  links to http://127.0.0.1:8080 open on this machine only; set it to the public address before you send invoices",
            ),
            (
                &[(LISTEN, "0.0.0.0:80")],
                "server.public_url",
                "fail server.public_url  http://0.0.0.0 is no address that anybody can open; set it to the public address",
            ),
            (
                &[(LISTEN, "10.0.0.5:80")],
                "server.public_url",
                "warn server.public_url  http://10.0.0.5 is not encrypted; use https:// before you take real payments",
            ),
            (
                &[(LISTEN, "10.0.0.5:80")],
                "server.listen",
                "warn server.listen  10.0.0.5:80 is reached from other machines, unencrypted; the admin page answers this machine only; listen on 127.0.0.1 behind a proxy that encrypts",
            ),
            (
                &[LIVE],
                "server.public_url",
                "fail server.public_url  http://127.0.0.1:8080 is not public HTTPS, and the Stripe key is live: sending and paying wait; set it to a public https:// address, or use a test key",
            ),
            (
                &[LIVE, (URL, "https://localhost")],
                "server.public_url",
                "fail server.public_url  https://localhost is not public HTTPS, and the Stripe key is live: sending and paying wait; set it to a public https:// address, or use a test key",
            ),
            (
                &[DOMAIN, (URL, "http://billing.example.com")],
                "server.public_url",
                "fail server.public_url  http://billing.example.com is http, but HTTPS is what is served; set it to https:// and the name",
            ),
            (
                &[DOMAIN, (URL, "https://pay.example.com")],
                "server.public_url",
                "warn server.public_url  https://pay.example.com is not at billing.example.com, which the certificate is for; make them the same",
            ),
            (&[DOMAIN], "server.listen", "ok   server.listen  127.0.0.1:8080, for this machine itself"),
            (&[DOMAIN], "server.https_listen", "ok   server.https_listen  [::]:443"),
            (
                &[DOMAIN],
                "server.tls",
                "ok   server.tls  acme: the certificate for billing.example.com is obtained from Let's Encrypt and renewed",
            ),
            (
                &[DOMAIN, ("QUITTANCE_SERVER__ACME_DIRECTORY", "letsencrypt-staging")],
                "server.acme_directory",
                "warn server.acme_directory  browsers believe no certificate of Let's Encrypt's staging environment; remove it once everything works",
            ),
            (
                &[DOMAIN, ("QUITTANCE_SERVER__HTTP_LISTEN", "off")],
                "server.http_listen",
                "warn server.http_listen  off: who types the name without https:// finds nobody; leave it out unless something else sends them on",
            ),
            (
                &[("QUITTANCE_SERVER__HTTPS_LISTEN", "0.0.0.0:443")],
                "server.https_listen",
                "warn server.https_listen  is set and not used; set server.tls, or remove it",
            ),
            (
                &[("QUITTANCE_SERVER__LISTEN", "unix:/run/quittance/http.sock"), (URL, "https://billing.example.com")],
                "server.listen",
                "ok   server.listen  the socket /run/quittance/http.sock, for a proxy on this machine",
            ),
            (
                &[DOMAIN, (TLS, "off")],
                "server.trusted_proxies",
                "warn server.trusted_proxies  the public address is https, so a proxy must be in front, but none is named: all visitors look like one; name the proxy, such as [\"127.0.0.1\"]",
            ),
            (
                &[("QUITTANCE_SERVER__TRUSTED_PROXIES", "0.0.0.0/0")],
                "server.trusted_proxies",
                "warn server.trusted_proxies  anybody is believed about where a request comes from; name the networks of your proxies only",
            ),
            (
                &[("QUITTANCE_SERVER__CERT_FILE", "a.pem")],
                "server.cert_file",
                "warn server.cert_file  is set and not used; set server.tls to files, or remove it",
            ),
            (
                &[
                    (TLS, "files"),
                    ("QUITTANCE_SERVER__CERT_FILE", "/nowhere/a.pem"),
                    ("QUITTANCE_SERVER__KEY_FILE", "/"),
                ],
                "server.cert_file",
                "fail server.cert_file  /nowhere/a.pem cannot be read (No such file or directory (os error 2)); make it a file that this user may read",
            ),
            (
                &[
                    (TLS, "files"),
                    ("QUITTANCE_SERVER__CERT_FILE", "/nowhere/a.pem"),
                    ("QUITTANCE_SERVER__KEY_FILE", "/"),
                ],
                "server.key_file",
                "fail server.key_file  / cannot be read (it is a folder); name a file in it",
            ),
            (&[LIVE], "stripe.secret_key", "ok   stripe.secret_key  sk_live_…4242, live mode"),
            (
                &[LIVE],
                "stripe.webhook_secrets",
                "warn stripe.webhook_secrets  none here; without one in the admin page, payments are noticed late; add a webhook in the Stripe dashboard and put its signing secret here or there",
            ),
            (
                &[("QUITTANCE_STRIPE__API_BASE", "http://127.0.0.1:4242")],
                "stripe.api_base",
                "warn stripe.api_base  http://127.0.0.1:4242 is not Stripe: payments there move no money; remove it unless this is a test",
            ),
            (
                &[("QUITTANCE_MAIL__SMTP", "smtp://a:b@mail.example.com")],
                "mail.smtp",
                "ok   mail.smtp  smtp://mail.example.com:587",
            ),
            (
                &[("QUITTANCE_MAIL__SMTP", "smtp://a:b@mail.example.com")],
                "mail.from",
                "fail mail.from  is missing, so that no mail can be sent; set it to an address such as Example Ltd <billing@example.com>",
            ),
            (
                &[("QUITTANCE_RECONCILE__INTERVAL", "0")],
                "reconcile.interval",
                "warn reconcile.interval  the scheduled reconciliation is off: what a webhook loses stays unnoticed until you reconcile by hand; set it to 15m",
            ),
        ];
        for (variables, subject, expected) in rows {
            assert_eq!(line(&findings(variables), subject), *expected);
        }
    }

    #[test]
    fn the_data_folder_must_be_usable_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let level = |path: &std::path::Path| super::data_dir(path).level;
        assert_eq!(
            super::data_dir(&path).to_string(),
            format!("ok   data_dir  {} will be made on the first start", path.display())
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "looking leaves nothing behind");
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(
            super::data_dir(&path).to_string(),
            format!(
                "warn data_dir  {0} can be entered by other users of this machine; run: chmod 700 {0}; the next \
                 start does so, too",
                path.display()
            )
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(level(&path), Level::Ok);
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0, "looking leaves nothing behind");
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(level(&file), Level::Fail);
        assert_eq!(level(&file.join("data")), Level::Fail);
        // No user, not even root, makes folders there.
        assert_eq!(level("/proc/quittance/data".as_ref()), Level::Fail);
    }

    #[test]
    fn a_mail_server_without_a_login_is_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let surroundings = Surroundings { variables: Vec::new(), folder: folder.path().to_path_buf() };
        for (address, warns) in [("smtp+plain://localhost:25", false), ("smtp+plain://pat:word@localhost:25", true)] {
            fs::write(&path, format!("[mail]\nsmtp = \"{address}\"\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            let config = Config::load_from(&surroundings, Some(&path), None).unwrap();
            assert_eq!(line(&offline(&config), "secrets").contains("holds a secret"), warns, "{address}");
        }
    }

    #[test]
    fn a_file_of_roots_is_read_through_its_group() {
        for (mode, owner, own, lets_in) in [
            (0o100_600, 998, 998, false),
            (0o100_640, 998, 998, true),
            (0o100_640, 0, 998, false),
            (0o100_440, 0, 998, false),
            (0o100_660, 0, 998, true),
            (0o100_644, 0, 998, true),
            (0o100_640, 0, 0, true),
        ] {
            assert_eq!(super::lets_others_in(mode, owner, own), lets_in, "{mode:o} {owner} {own}");
        }
    }

    #[test]
    fn a_secret_that_others_can_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, "sk_test_51Habcdefgh4242\n").unwrap();
        let variable = [("QUITTANCE_STRIPE__SECRET_KEY_FILE", path.to_str().unwrap())];
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(line(&findings(&variable), "secrets"), "");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(
            line(&findings(&variable), "secrets"),
            format!(
                "warn secrets  {0} holds a secret, and its mode lets others read or change it; run: chmod 600 {0}",
                path.display()
            )
        );
    }
}
