//! Files, environments and the sentences that answer them.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Config, ConfigErrors, LogFormat, Origin, Server, SmtpSecurity, StripeMode, Surroundings, Tls};

/// A folder with `config.toml` in it, and an environment.
struct Machine {
    folder: tempfile::TempDir,
    variables: Vec<(OsString, OsString)>,
}

impl Machine {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.folder.path().join(name), text).unwrap();
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    fn load_file(&self, file: Option<&str>) -> Result<Config, ConfigErrors> {
        let surroundings = Surroundings { variables: self.variables.clone(), folder: self.folder.path().to_path_buf() };
        Config::load_from(&surroundings, file.map(Path::new), None)
    }

    fn load(&self) -> Result<Config, ConfigErrors> {
        self.load_file(None)
    }

    fn refusal(&self) -> String {
        self.load().unwrap_err().to_string()
    }
}

fn from_file(text: &str) -> Result<Config, ConfigErrors> {
    Machine::new().file("config.toml", text).load()
}

fn from_variable(name: &str, value: &str) -> Result<Config, ConfigErrors> {
    Machine::new().variable(name, value).load()
}

#[test]
fn nobody_says_anything() {
    let config = Config::default();
    assert_eq!(config.data_dir, PathBuf::from("./data"));
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.public_url.as_str(), "http://127.0.0.1:8080");
    assert_eq!((&config.server.domain, &config.server.tls), (&None, &Tls::Off));
    assert!(config.server.trusted_proxies.is_empty());
    assert!(config.stripe.secret_key.is_none() && config.stripe.webhook_secrets.is_empty());
    assert!(config.stripe.api_base.is_none() && config.stripe.checkout_origins.is_empty());
    assert_eq!(config.stripe.api_base().as_str(), "https://api.stripe.com");
    assert!(config.mail.smtp.is_none() && config.mail.from.is_none());
    assert_eq!(config.reconcile.interval, Some(Duration::from_mins(15)));
    assert_eq!(config.log.format, LogFormat::Text);
    assert_eq!((config.origin("server.listen"), config.file()), (Origin::Default, None));
    assert!(!config.is_fixed("server.listen"));
}

#[test]
fn a_file_says_everything() {
    let config = from_file(
        r#"
        data_dir = "/var/lib/quittance"
        [server]
        listen = "[::1]:9000"
        public_url = "https://Billing.Example.com/"
        tls = "files"
        cert_file = "/c.pem"
        key_file = "/k.pem"
        trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]
        [stripe]
        secret_key = "rk_live_51Habcdefgh4242"
        webhook_secrets = ["whsec_new", "whsec_old"]
        api_base = "http://127.0.0.1:4242"
        checkout_origins = ["https://pay.example.com"]
        [mail]
        smtp = "smtps://me:pw@mail.example.com"
        from = "Example Ltd <billing@example.com>"
        [reconcile]
        interval = "1h"
        [log]
        format = "json"
        "#,
    )
    .unwrap();
    assert_eq!(config.data_dir, PathBuf::from("/var/lib/quittance"));
    assert_eq!(config.server.listen.to_string(), "[::1]:9000");
    assert_eq!(config.server.public_url.as_str(), "https://billing.example.com");
    assert_eq!(config.server.tls, Tls::Files { cert_file: "/c.pem".into(), key_file: "/k.pem".into() });
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert_eq!(config.stripe.secret_key.as_ref().map(super::StripeKey::mode), Some(StripeMode::Live));
    let secrets: Vec<&str> = config.stripe.webhook_secrets.iter().map(super::WebhookSecret::expose).collect();
    assert_eq!(secrets, ["whsec_new", "whsec_old"]);
    let accepted = config.stripe.accepted_checkout_origins();
    let accepted: Vec<&str> = accepted.iter().map(super::WebOrigin::as_str).collect();
    assert_eq!(accepted, ["https://checkout.stripe.com", "https://pay.example.com", "http://127.0.0.1:4242"]);
    assert_eq!(config.mail.smtp.as_ref().map(|smtp| smtp.security), Some(SmtpSecurity::Tls));
    assert_eq!(config.mail.from.as_ref().map(super::Sender::address), Some("billing@example.com"));
    assert_eq!(config.reconcile.interval, Some(Duration::from_hours(1)));
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.origin("stripe.secret_key").to_string(), "config.toml line 11");
    assert_eq!(config.file(), Some(Path::new("config.toml")));
    let printed = format!("{config:?}");
    for secret in ["51H", "whsec_new", "whsec_old", "me:", "pw", "billing@"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

#[test]
fn the_environment_wins_and_says_so() {
    let config = Machine::new()
        .file("config.toml", "server.listen = '127.0.0.1:1'\nserver.trusted_proxies = ['::1']\nlog.format = 'json'")
        .variable("QUITTANCE_SERVER__LISTEN", "127.0.0.1:2")
        .variable("QUITTANCE_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1")
        .variable("QUITTANCE_RECONCILE__INTERVAL", "0")
        .variable("QUITTANCES", "not ours")
        .variable("PATH", "/bin")
        .load()
        .unwrap();
    assert_eq!(config.server.listen.port(), 2);
    assert_eq!(config.server.public_url.as_str(), "http://127.0.0.1:2");
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert_eq!((config.log.format, config.reconcile.interval), (LogFormat::Json, None));
    assert_eq!(config.origin("server.listen").to_string(), "environment variable QUITTANCE_SERVER__LISTEN");
    assert_eq!(config.origin("log.format").to_string(), "config.toml line 3");
}

#[test]
fn an_empty_list_may_be_meant() {
    let machine = Machine::new().file("config.toml", "server.trusted_proxies = ['::1']");
    let config = machine.variable("QUITTANCE_SERVER__TRUSTED_PROXIES", "").load().unwrap();
    assert!(config.server.trusted_proxies.is_empty());
}

#[test]
fn a_domain_decides_what_nobody_says() {
    let config = from_file("server.domain = 'Billing.Example.com'").unwrap();
    let domain = config.server.domain.clone().unwrap();
    assert_eq!(config.server.tls, Tls::Acme(domain));
    assert_eq!(config.server.public_url.as_str(), "https://billing.example.com");
    assert_eq!(config.server.https_listen, Some("[::]:443".parse().unwrap()));
    assert_eq!(config.server.http_listen, Some("[::]:80".parse().unwrap()));
    assert_eq!(config.server.authority.directory.to_string(), "Let's Encrypt");
    let config = from_file("server = { domain = 'a.example', tls = 'off', public_url = 'https://b.example' }").unwrap();
    assert_eq!((config.server.tls, config.server.public_url.as_str()), (Tls::Off, "https://b.example"));
    assert_eq!((config.server.https_listen, config.server.http_listen), (None, None));
}

#[test]
fn the_command_line_wins_over_all() {
    let surroundings = Surroundings {
        variables: vec![("QUITTANCE_SERVER__DOMAIN".into(), "a.example".into())],
        folder: tempfile::tempdir().unwrap().path().to_path_buf(),
    };
    let domain = "b.example".parse().unwrap();
    let config = Config::load_from(&surroundings, None, Some(&domain)).unwrap();
    assert_eq!(config.server.domain, Some(domain));
    assert_eq!(config.origin("server.domain").to_string(), "command line option --domain");
}

#[test]
fn a_number_stands_for_an_interval_only_where_it_is_off() {
    assert_eq!(from_file("reconcile.interval = 0").unwrap().reconcile.interval, None);
    assert_eq!(
        from_file("reconcile.interval = 15").unwrap_err().to_string(),
        "config.toml line 1: reconcile.interval must be a time from 1s to 7d such as 30s, 15m or 1h, or 0 to turn it off, not 15"
    );
}

#[test]
fn wrong_lines_of_a_file_are_answered_in_one_sentence() {
    let rows = [
        (
            "\n\n[server]\n\n\n\nlistn = '127.0.0.1:1'",
            "config.toml line 7: server.listn is not a key Quittance knows; did you mean server.listen?",
        ),
        (
            "[server]\n\nlisten = 8080",
            "config.toml line 3: server.listen must be an address and port such as 127.0.0.1:8080, not 8080",
        ),
        (
            "listen = '127.0.0.1:1'",
            "config.toml line 1: listen is not a key Quittance knows; did you mean server.listen?",
        ),
        (
            "[database]\nurl = 'x'",
            "config.toml line 1: database is not a key Quittance knows; remove it; there are data_dir, server, stripe, mail, reconcile, backup, log",
        ),
        (
            "[server.listen]\nport = 1",
            "config.toml line 1: server.listen must be an address and port such as 127.0.0.1:8080, not a group of settings",
        ),
        (
            "'server.listen' = '127.0.0.1:1'",
            "config.toml line 1: server.listen is not a key Quittance knows; did you mean server.listen?",
        ),
        (
            "server = '127.0.0.1:1'",
            "config.toml line 1: server is a group of settings; write [server] on a line of its own and its settings below",
        ),
        (
            "[[mail]]\nfrom = 'a@b.example'",
            "config.toml line 1: mail is a group of settings; write [mail] on a line of its own and its settings below",
        ),
        ("data_dir = 5", "config.toml line 1: data_dir must be the name of a folder, not 5"),
        ("data_dir = ''", "config.toml line 1: data_dir must be the name of a folder, not an empty text"),
        (
            "server.trusted_proxies = '10.0.0.0/8'",
            "config.toml line 1: server.trusted_proxies must be a list in square brackets, not 10.0.0.0/8; write [\"…\", \"…\"]",
        ),
        (
            "server.trusted_proxies = [\n'::1',\n'10.0.0.0/40',\n]",
            "config.toml line 3: server.trusted_proxies must be a network such as 10.0.0.0/8 or an address such as \
             127.0.0.1, not 10.0.0.0/40",
        ),
        ("log.format = true", "config.toml line 1: log.format must be text or json, not true"),
        ("log.format = 'JSON'", "config.toml line 1: log.format must be text or json, not JSON"),
        ("server.tls = 'on'", "config.toml line 1: server.tls must be off, acme or files, not on"),
        (
            "server.tls = 'acme'",
            "config.toml line 1: server.tls is acme, which needs server.domain; set server.domain to the public name, \
             such as billing.example.com",
        ),
        (
            "server.tls = 'files'\nserver.cert_file = 'c.pem'",
            "config.toml line 1: server.tls is files, which needs server.key_file; set server.key_file to the PEM file of \
             the certificate's private key",
        ),
        (
            "server.listen = '/run/q.sock'",
            "config.toml line 1: server.listen must be an address and port such as 127.0.0.1:8080, not /run/q.sock; write \
             unix: before the path of a socket",
        ),
        (
            "server.listen = 'unix:/run/q.sock'",
            "config.toml line 1: server.listen is the Unix socket /run/q.sock, which has no address that links could lead \
             to; set server.public_url to the address that your proxy answers at",
        ),
        (
            "server.domain = 'a.example'\nserver.http_listen = '[::]:443'",
            "config.toml line 2: server.http_listen is the same address as server.https_listen; give one of them another port",
        ),
        (
            "server.domain = 'a.example'\nserver.listen = '[::]:443'",
            "config.toml line 2: server.listen is the same address as server.https_listen; give one of them another port",
        ),
        (
            "[server]\ndomain = 'a.example'\nhttp_listen = 'off'\nhttps_listen = 'off'",
            "config.toml line 3: server.http_listen and server.https_listen are both off, so that no certificate authority \
             can look whether the domain leads here; leave one of them on, or set server.tls to files or off",
        ),
        (
            "server.acme_directory = 'http://ca.example/'",
            "config.toml line 1: server.acme_directory must be letsencrypt, letsencrypt-staging or the https address of an \
             ACME directory such as https://ca.example.com/directory, not http://ca.example/; begin with https://",
        ),
        (
            "server.acme_contact = 'Jane'",
            "config.toml line 1: server.acme_contact must be a mail address such as jane@example.com, not Jane",
        ),
        (
            "stripe.checkout_origins = ['http://pay.example.com']",
            "config.toml line 1: stripe.checkout_origins must be an https origin such as https://pay.example.com (http \
             only on loopback), not http://pay.example.com",
        ),
        (
            "stripe.api_base = 'http://api.example.com'",
            "config.toml line 1: stripe.api_base must be an https origin such as https://api.stripe.com (http only on \
             loopback), not http://api.example.com",
        ),
        (
            "stripe.secret_key = 'sk_live_51Habcdefgh4242'\nstripe.api_base = 'https://api.example.com'",
            "config.toml line 2: stripe.api_base is https://api.example.com, which is not Stripe, and would be given a live \
             key; remove it, or use a test key",
        ),
    ];
    for (text, sentence) in rows {
        assert_eq!(from_file(text).unwrap_err().to_string(), sentence);
    }
}

#[test]
fn wrong_variables_are_answered_in_one_sentence() {
    let rows = [
        (
            "QUITTANCE_SERVER__LISTEN",
            "8080",
            "environment variable QUITTANCE_SERVER__LISTEN: server.listen must be an address and port such as \
             127.0.0.1:8080, not 8080",
        ),
        (
            "QUITTANCE_SERVER__LISTN",
            "x",
            "environment variable QUITTANCE_SERVER__LISTN: server.listn is not a key Quittance knows; did you mean \
             QUITTANCE_SERVER__LISTEN?",
        ),
        (
            "QUITTANCE_SERVER_LISTEN",
            "x",
            "environment variable QUITTANCE_SERVER_LISTEN: server_listen is not a key Quittance knows; did you mean \
             QUITTANCE_SERVER__LISTEN?",
        ),
        (
            "QUITTANCE_server__listen",
            "x",
            "environment variable QUITTANCE_server__listen: server.listen is not a key Quittance knows; did you mean \
             QUITTANCE_SERVER__LISTEN?",
        ),
        (
            "QUITTANCE_DATABASE",
            "x",
            "environment variable QUITTANCE_DATABASE: database is not a key Quittance knows; unset it; there are \
             data_dir, server, stripe, mail, reconcile, backup, log",
        ),
        (
            "QUITTANCE_SERVICE_HOST",
            "10.0.0.1",
            "environment variable QUITTANCE_SERVICE_HOST: service_host is not a key Quittance knows; Kubernetes sets it \
             for a service named quittance; set enableServiceLinks: false for the pod",
        ),
        (
            "QUITTANCE_STRIPE__WEBHOOK_SECRETS",
            "",
            "environment variable QUITTANCE_STRIPE__WEBHOOK_SECRETS: stripe.webhook_secrets must be a webhook signing \
             secret that starts with whsec_; it is empty, remove it if there is none",
        ),
        ("QUITTANCE_CONFIG", "", "environment variable QUITTANCE_CONFIG is empty; name a file or unset it"),
        (
            "QUITTANCE_CONFIG",
            "missing.toml",
            "missing.toml does not exist, but QUITTANCE_CONFIG names it; correct the name, or leave it out to use the defaults",
        ),
    ];
    for (name, value, sentence) in rows {
        assert_eq!(from_variable(name, value).unwrap_err().to_string(), sentence);
    }
    let mut machine = Machine::new();
    machine.variables.push(("QUITTANCE_LOG__FORMAT".into(), OsString::from_vec(vec![0xff])));
    assert_eq!(
        machine.refusal(),
        "environment variable QUITTANCE_LOG__FORMAT is not text; give it a value in UTF-8 or unset it"
    );
}

#[test]
fn everything_wrong_is_said_at_once_in_reading_order() {
    let machine = Machine::new()
        .file("config.toml", "[log]\nformat = 'xml'\n[server]\nlisten = 1\nnonsense = 2\n[mail]\nfrom = 'a'")
        .variable("QUITTANCE_DATA_DIR", "");
    assert_eq!(
        machine.refusal(),
        "config.toml line 2: log.format must be text or json, not xml\n\
         config.toml line 4: server.listen must be an address and port such as 127.0.0.1:8080, not 1\n\
         config.toml line 5: server.nonsense is not a key Quittance knows; remove it; [server] has listen, public_url, domain, tls, cert_file, key_file, https_listen, http_listen, acme_directory, acme_contact, acme_roots_file, trusted_proxies\n\
         config.toml line 7: mail.from must be an address such as Example Ltd <billing@example.com>, not a\n\
         environment variable QUITTANCE_DATA_DIR: data_dir must be the name of a folder, not an empty text"
    );
}

#[test]
fn what_is_not_toml_names_its_line() {
    const REMEDY: &str = "texts need quotes, and every setting a line of its own";
    let rows = [
        ("[server]\nlisten = 127.0.0.1:8080", "config.toml line 2: this is not TOML at listen (invalid float)", REMEDY),
        (
            "[server]\npublic_url = https://a.example",
            "config.toml line 2: this is not TOML at public_url (string values must be quoted)",
            REMEDY,
        ),
        ("[server\nlisten = 'x'", "config.toml line 1: this is not TOML at server (unclosed table)", REMEDY),
        (
            "log.format = 'text'\nlog.format = 'json'",
            "config.toml line 2: this is not TOML at log.format (duplicate key)",
            "it is there twice, keep one",
        ),
        (
            "[log]\n[mail]\n[log]",
            "config.toml line 3: this is not TOML at log (duplicate key)",
            "it is there twice, keep one",
        ),
    ];
    for (text, what, remedy) in rows {
        assert_eq!(from_file(text).unwrap_err().to_string(), format!("{what}; {remedy}"));
    }
}

#[test]
fn no_refusal_repeats_a_secret() {
    let secret = "hunter2";
    let lines = [
        "stripe.secret_key = 'hunter2'",
        "stripe.secret_key = 'sk_test_hunter2 x'",
        "stripe.secret_key = ['hunter2']",
        "stripe.secret_key = sk_test_hunter2",
        "stripe.secret_key = 'sk_test_hunter2",
        "stripe.secret_key = { sk_live_hunter2 = 1 }",
        "stripe.sk_live_hunter2 = 1",
        "sk_live_hunter2",
        "stripe.webhook_secrets = 'whsec_hunter2'",
        "stripe.webhook_secrets = ['hunter2']",
        "stripe.webhook_secrets = ['whsec_hunter2', 5",
        "mail.smtp = 'smtp://me:hunter2@mail.example.com:x'",
        "mail.smtp = 'me:hunter2@mail.example.com'",
        "mail.from = 'smtp://me:hunter2@mail.example.com'",
        "server.listen = 'sk_live_hunter2'",
        "server.public_url = 'https://me:hunter2@a.example'",
        "stripe.secret_key_file = 'sk_live_hunter2'",
    ];
    for line in lines {
        let errors = from_file(line).unwrap_err();
        assert!(!errors.to_string().contains(secret), "{errors}");
        assert!(!format!("{errors:?}").contains(secret), "{errors:?}");
    }
    for key in ["STRIPE__SECRET_KEY", "STRIPE__WEBHOOK_SECRETS", "MAIL__SMTP", "STRIPE__SECRET"] {
        let errors = from_variable(&format!("QUITTANCE_{key}"), secret).unwrap_err();
        assert!(!errors.to_string().contains(secret), "{errors}");
    }
}

#[test]
fn secrets_are_fetched_from_files() {
    let machine = Machine::new()
        .file("config.toml", "\nstripe.secret_key_file = 'key'\nmail.smtp_file = 'smtp'")
        .file("key", "sk_test_51Habcdefgh4242\r\n")
        .file("smtp", "smtp://me:pw@mail.example.com\n\n")
        .file("hooks", "\nwhsec_new\n\n  whsec_old\n")
        .variable("QUITTANCE_STRIPE__WEBHOOK_SECRETS_FILE", "hooks");
    let config = machine.load().unwrap();
    assert_eq!(config.stripe.secret_key.as_ref().unwrap().expose(), "sk_test_51Habcdefgh4242");
    let secrets: Vec<&str> = config.stripe.webhook_secrets.iter().map(super::WebhookSecret::expose).collect();
    assert_eq!(secrets, ["whsec_new", "whsec_old"]);
    assert_eq!(config.mail.smtp.as_ref().unwrap().user.as_deref(), Some("me"));
    assert_eq!(config.origin("stripe.secret_key").to_string(), "key, named in config.toml line 2");
    assert_eq!(
        config.origin("stripe.webhook_secrets").to_string(),
        "hooks, named in environment variable QUITTANCE_STRIPE__WEBHOOK_SECRETS_FILE"
    );
}

#[test]
fn secrets_are_taken_from_the_service_manager() {
    let handed_over = |text: &str| {
        let machine = Machine::new().file("config.toml", text).file("stripe.secret_key", "sk_test_51Habcdefgh4242\n");
        let machine = machine.file("mail.smtp", "smtp://me:pw@mail.example.com").file("server.listen", "127.0.0.1:1");
        let folder = machine.folder.path().to_str().unwrap().to_owned();
        (machine.variable("CREDENTIALS_DIRECTORY", &folder), folder)
    };
    let (machine, folder) = handed_over("");
    let config = machine.load().unwrap();
    assert_eq!(config.stripe.secret_key.as_ref().unwrap().expose(), "sk_test_51Habcdefgh4242");
    assert_eq!(config.mail.smtp.as_ref().unwrap().user.as_deref(), Some("me"));
    assert!(config.stripe.webhook_secrets.is_empty(), "what is not handed over is not missed");
    assert_eq!(config.server.listen.port(), 8080, "a setting that is no secret is none of its business");
    let origin = format!("{folder}/stripe.secret_key, named in environment variable CREDENTIALS_DIRECTORY");
    assert_eq!(config.origin("stripe.secret_key").to_string(), origin);
    let (machine, _) = handed_over("stripe.secret_key = 'sk_test_a'");
    assert_eq!(
        machine.refusal(),
        "environment variable CREDENTIALS_DIRECTORY: stripe.secret_key_file is set, and stripe.secret_key is too \
         (config.toml line 1); remove one of them"
    );
}

#[test]
fn a_secret_file_that_is_wrong_is_named() {
    let rows = [
        (
            "stripe.secret_key_file = 'none'",
            "config.toml line 1: stripe.secret_key_file names none, which cannot be read (No such file or directory (os \
             error 2)); make it a file that this user may read",
        ),
        (
            "stripe.secret_key_file = 'empty'",
            "config.toml line 1: stripe.secret_key_file names empty, which is empty; put the secret into it",
        ),
        (
            "stripe.webhook_secrets_file = 'empty'",
            "config.toml line 1: stripe.webhook_secrets_file names empty, which is empty; put the secret into it",
        ),
        (
            "stripe.secret_key_file = 'large'",
            "config.toml line 1: stripe.secret_key_file names large, which cannot be read (it is larger than 65536 bytes); \
             name the right file: this one holds something else",
        ),
        (
            "stripe.secret_key_file = '.'",
            "config.toml line 1: stripe.secret_key_file names ., which cannot be read (it is a folder); name a file in it",
        ),
        (
            "stripe.secret_key_file = 'binary'",
            "config.toml line 1: stripe.secret_key_file names binary, which cannot be read (it is not UTF-8 text); write it \
             again in UTF-8",
        ),
        (
            "stripe.secret_key_file = 'pipe'",
            "config.toml line 1: stripe.secret_key_file names pipe, which cannot be read (it is a pipe, a device or a \
             socket); name a plain file",
        ),
        (
            "stripe.secret_key_file = 'wrong'",
            "wrong, named in config.toml line 1: stripe.secret_key must be a Stripe key that starts with sk_test_, \
             sk_live_, rk_test_ or rk_live_; this one starts differently",
        ),
        (
            "stripe.webhook_secrets_file = 'wrong'",
            "wrong line 1, named in config.toml line 1: stripe.webhook_secrets must be a webhook signing secret that starts \
             with whsec_; this one starts differently",
        ),
        (
            "stripe.secret_key = 'sk_test_a'\nstripe.secret_key_file = 'wrong'",
            "config.toml line 2: stripe.secret_key_file is set, and stripe.secret_key is too (config.toml line 1); remove \
             one of them",
        ),
        (
            "stripe.secret_key_file = ['wrong']",
            "config.toml line 1: stripe.secret_key_file must be the name of a file, not a list",
        ),
    ];
    for (text, sentence) in rows {
        let machine = Machine::new().file("config.toml", text).file("empty", "\n").file("wrong", "hunter2\n");
        let machine = machine.file("large", &"x".repeat(65_537));
        fs::write(machine.folder.path().join("binary"), [0xff, 0xfe]).unwrap();
        let pipe = std::process::Command::new("mkfifo").arg(machine.folder.path().join("pipe")).status();
        assert!(pipe.unwrap().success());
        assert_eq!(machine.refusal(), sentence);
    }
    let machine = Machine::new()
        .file("config.toml", "stripe.secret_key = 'sk_test_a'")
        .variable("QUITTANCE_STRIPE__SECRET_KEY_FILE", "key");
    assert_eq!(
        machine.refusal(),
        "environment variable QUITTANCE_STRIPE__SECRET_KEY_FILE: stripe.secret_key_file is set, and stripe.secret_key is too \
         (config.toml line 1); remove one of them"
    );
}

#[test]
fn the_first_file_that_is_named_counts() {
    let machine = Machine::new()
        .file("config.toml", "server.listen = '127.0.0.1:1'")
        .file("b.toml", "server.listen = '127.0.0.1:2'")
        .file("c.toml", "server.listen = '127.0.0.1:3'");
    let port = |config: Result<Config, ConfigErrors>| config.unwrap().server.listen.port();
    assert_eq!(port(machine.load()), 1);
    let machine = machine.variable("QUITTANCE_CONFIG", "b.toml");
    assert_eq!(port(machine.load()), 2);
    assert_eq!(port(machine.load_file(Some("c.toml"))), 3);
    assert_eq!(
        machine.load_file(Some("d.toml")).unwrap_err().to_string(),
        "d.toml does not exist, but --config names it; correct the name, or leave it out to use the defaults"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let machine = Machine::new();
    fs::create_dir(machine.folder.path().join("config.toml")).unwrap();
    assert_eq!(machine.refusal(), "config.toml cannot be read (it is a folder); name a file in it");
    let machine = Machine::new();
    fs::write(machine.folder.path().join("config.toml"), [0xff, 0xfe]).unwrap();
    assert_eq!(machine.refusal(), "config.toml cannot be read (it is not UTF-8 text); write it again in UTF-8");
}

#[test]
fn a_list_in_a_variable_is_separated_by_commas_and_that_is_said() {
    let variable = "QUITTANCE_SERVER__TRUSTED_PROXIES";
    assert_eq!(
        from_variable(variable, "[\"10.0.0.0/8\"]").unwrap_err().to_string(),
        "environment variable QUITTANCE_SERVER__TRUSTED_PROXIES: server.trusted_proxies is a list; in a variable its entries \
         stand without brackets and quotes, separated by commas"
    );
    let said = from_variable(variable, "10.0.0.0/8 ::1").unwrap_err().to_string();
    assert!(said.ends_with("not 10.0.0.0/8 ::1; several are separated by commas"), "{said}");
    let said = from_variable("QUITTANCE_STRIPE__WEBHOOK_SECRETS", "hunter2").unwrap_err().to_string();
    assert!(said.ends_with("this one starts differently"), "the better hint stays: {said}");
}

#[test]
fn lists_have_an_end() {
    let entries = vec!["'whsec_a'"; 17].join(",");
    assert_eq!(
        from_file(&format!("stripe.webhook_secrets = [{entries}]")).unwrap_err().to_string(),
        "config.toml line 1: stripe.webhook_secrets has 17 entries, and 16 is the most Quittance takes; remove some"
    );
}

#[test]
fn backups_are_made_each_night_unless_somebody_says_otherwise() {
    let usual = Config::default().backup;
    assert_eq!(usual.at, Some(jiff::civil::time(2, 30, 0, 0)));
    assert!(usual.directory.is_none() && usual.s3.is_none() && usual.recipients.is_empty());
    let said = from_file(
        "[backup]\nat = \"off\"\nkeep = \"30d\"\ndirectory = \"/mnt/b\"\n[backup.s3]\nendpoint = \"https://s3.example.com\"\n\
         bucket = \"books\"\nprefix = \"a\"\naccess_key = \"k\"\nsecret_key = \"hush\"\n",
    );
    let said = said.unwrap().backup;
    assert_eq!((said.at, said.keep.days, said.keep.months), (None, 30, 0));
    let store = said.s3.unwrap();
    assert_eq!((store.prefix.as_str(), store.region.as_str(), store.secret_key.expose()), ("a/", "us-east-1", "hush"));
}

#[test]
fn what_is_wrong_with_backups_is_said_with_line_key_and_remedy() {
    let rows = [
        (
            "[backup]\nat = \"2:30\"\n",
            "config.toml line 2: backup.at must be a time of day such as 02:30, or off, not 2:30",
        ),
        (
            "[backup]\nkeep = \"7\"\n",
            "config.toml line 2: backup.keep must be how many to keep, such as 7d 5w 12m (days, weeks, months), not 7",
        ),
        (
            "[backup.s3]\nendpoint = \"http://s3.example.com\"\nbucket = \"books\"\naccess_key = \"k\"\nsecret_key = \"x\"\n",
            "config.toml line 2: backup.s3.endpoint must be an https origin such as https://s3.eu-central-1.amazonaws.com (http \
             only on loopback), not http://s3.example.com",
        ),
        (
            "[backup.s3]\nbucket = \"books\"\nendpoint = \"https://s3.example.com\"\nsecret_key = \"x\"\n",
            "config.toml line 2: backup.s3.bucket is set, which needs backup.s3.access_key; set backup.s3.access_key to the \
             name of the key that may write there",
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(from_file(text).unwrap_err().to_string(), expected);
    }
    let private = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
    let said = from_file(&format!("[backup]\nrecipients = [\"{private}\"]\n")).unwrap_err().to_string();
    assert!(said.contains("line 2: backup.recipients") && !said.contains("GFPYY"), "{said}");
}

#[test]
fn a_server_that_listens_everywhere_is_asked_on_this_machine() {
    for (listen, asked) in [
        ("0.0.0.0:8080", "127.0.0.1:8080"),
        ("[::]:8080", "[::1]:8080"),
        ("127.0.0.1:80", "127.0.0.1:80"),
        ("10.0.0.9:80", "10.0.0.9:80"),
    ] {
        let server = Server { listen: listen.parse().unwrap(), ..Config::default().server };
        assert_eq!(server.near().to_string(), asked);
    }
}
