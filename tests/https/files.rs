//! `server.tls = "files"`: what is answered at each door, HTTP/2, and certificates that are exchanged while it runs.

use std::net::TcpListener;
use std::time::Instant;

use hyper::{Request, StatusCode, Version};

use super::{House, NAME, Root, Visitor, plain, put};
use crate::process::Bench;
use crate::support::{PATIENCE, until};

#[tokio::test]
async fn each_door_answers_as_it_should() {
    let root = Root::new();
    let house = House::with_files(&root.issue(NAME, 90), |_| ());
    for (protocols, version) in [
        ([b"h2".as_slice(), b"http/1.1"].as_slice(), Version::HTTP_2),
        ([b"http/1.1".as_slice()].as_slice(), Version::HTTP_11),
        (&[], Version::HTTP_11),
    ] {
        let visitor = Visitor::speaking(&root.pem(), protocols);
        let page = visitor.get(house.https, NAME, "/admin/login").await.unwrap();
        assert_eq!((page.status, page.version), (StatusCode::SEE_OTHER, version), "{page:?}");
        assert_eq!(page.header("strict-transport-security"), Some("max-age=31536000"));
        let missing = visitor.get(house.https, NAME, "/nowhere").await.unwrap();
        assert!(missing.status == 404 && missing.header("strict-transport-security").is_some(), "{missing:?}");
        let foreign = visitor.connect(house.https, NAME).await.unwrap().get("evil.example", "/").await;
        assert_eq!(foreign.status, StatusCode::MISDIRECTED_REQUEST);
    }
    // This machine itself gets in whatever happens, and is promised nothing.
    let own = plain(house.own, &house.own.to_string(), "/admin/login").await;
    assert!(own.status == 303 && own.header("strict-transport-security").is_none(), "{own:?}");
    let visitor = Visitor::new(&root.pem());
    assert_eq!(visitor.get(house.own, NAME, "/healthz").await.unwrap().status, StatusCode::OK, "by TLS as well");

    let sent_on = plain(house.http, NAME, "/i/token?part=1&x=%2F").await;
    assert_eq!(sent_on.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(sent_on.header("location"), Some("https://pay.localhost/i/token?part=1&x=%2F"));
    assert!(sent_on.header("strict-transport-security").is_none());
    let with_port = plain(house.http, &format!("{NAME}:{}", house.http.port()), "//evil.example").await;
    assert_eq!(with_port.header("location"), Some("https://pay.localhost//evil.example"));
    for host in ["evil.example", "localhost", "127.0.0.1"] {
        let foreign = plain(house.http, host, "/").await;
        assert!(foreign.status == 421 && foreign.header("location").is_none(), "{host}: {foreign:?}");
    }
    // Probes and Stripe may know us by any name; what bears a token or a signature belongs where it is encrypted.
    for host in [NAME, "127.0.0.1", "10.0.0.7:8080"] {
        for path in ["/healthz", "/readyz"] {
            let probe = plain(house.http, host, path).await;
            assert!(
                probe.status == 200 && probe.header("cache-control") == Some("no-store"),
                "{host}{path}: {probe:?}"
            );
        }
        for path in ["/metrics", "/webhooks/stripe"] {
            let sent_on = plain(house.http, host, path).await;
            assert_eq!(sent_on.status, StatusCode::PERMANENT_REDIRECT, "{host}{path}: {sent_on:?}");
            assert_eq!(sent_on.header("location"), Some(format!("https://{NAME}{path}").as_str()));
        }
    }
    assert_eq!(plain(house.http, "127.0.0.1", "/healthz/").await.status, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(plain(house.http, NAME, "/.well-known/acme-challenge/x").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_form_comes_through_http_2_and_many_requests_at_once() {
    let root = Root::new();
    let house = House::with_files(&root.issue(NAME, 90), |_| ());
    let visitor = Visitor::new(&root.pem());
    let mut connection = visitor.connect(house.https, NAME).await.unwrap();
    let form = || Request::post("/admin/login").header("content-type", "application/x-www-form-urlencoded");
    let refused = connection.send(form(), NAME, "/admin/login", "email=a").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "another site's form: {refused:?}");
    let own = form().header("sec-fetch-site", "same-origin");
    let sent = connection.send(own, NAME, "/admin/login", "email=a%40example.com&password=x").await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY, "{sent:?}");
    let connections = (0..8).map(|_| async {
        let mut connection = visitor.connect(house.https, NAME).await.unwrap();
        for _ in 0..8 {
            assert_eq!(connection.get(NAME, "/healthz").await.status, StatusCode::OK);
        }
    });
    futures_util::future::join_all(connections).await;
}

#[tokio::test]
async fn a_new_certificate_is_taken_over_and_ends_no_connection() {
    let root = Root::new();
    let (first, second, third) = (root.issue(NAME, 60), root.issue(NAME, 90), root.issue(NAME, 91));
    let mut house = House::with_files(&first, |_| ());
    for protocols in [[b"h2".as_slice()], [b"http/1.1"]] {
        put(&house.bench, &first);
        let visitor = Visitor::speaking(&root.pem(), &protocols);
        let shown = async || visitor.connect(house.https, NAME).await.unwrap().certificate;
        let mut open = visitor.connect(house.https, NAME).await.unwrap();
        let before = open.certificate.clone();
        let changed = if protocols == [b"h2".as_slice()] { &second } else { &third };
        put(&house.bench, changed);
        until("the new certificate", async || shown().await != before).await;
        assert_eq!(open.get(NAME, "/healthz").await.status, StatusCode::OK, "the old connection goes on");
    }
    // On SIGHUP at once; half a pair is left alone, and said.
    let visitor = Visitor::new(&root.pem());
    let shown = visitor.connect(house.https, NAME).await.unwrap().certificate;
    std::fs::write(house.bench.path("key.pem"), &first.1).unwrap();
    house.serving.signal("HUP");
    let line = house.serving.heard("does not belong to the certificate");
    assert!(line.contains("ERROR") && line.contains("name the two that were made together"), "{line}");
    assert_eq!(visitor.connect(house.https, NAME).await.unwrap().certificate, shown, "the good one stays");
    let said = house.bench.run_like(&["check", "--online"], &house.serving);
    assert!(said.contains("warn certificate  in "), "{said}");
    put(&house.bench, &second);
    until("the pair", async || visitor.connect(house.https, NAME).await.unwrap().certificate != shown).await;
}

#[tokio::test]
async fn bad_files_keep_nobody_from_the_machines_own_way_in() {
    let root = Root::new();
    let broken = ("no certificate".to_owned(), root.issue(NAME, 1).1);
    let mut house = House::with_files(&broken, |_| ());
    let line = house.serving.heard("the certificate is not in PEM form");
    assert!(line.contains("ERROR") && line.contains("it must begin with"), "{line}");
    let visitor = Visitor::new(&root.pem());
    assert!(visitor.shake_hands(house.https, NAME).await.is_err(), "no certificate that nobody believes");
    let waiting = plain(house.http, NAME, "/").await;
    assert!(waiting.status == 503 && waiting.header("retry-after").is_some(), "{waiting:?}");
    let own = plain(house.own, &house.own.to_string(), "/admin/setup").await;
    assert!(own.text.contains("setup address"), "{own:?}");
    let check = house.bench.run_like(&["check", "--online"], &house.serving);
    assert!(check.contains("fail certificate  in ") && check.contains("; it must begin with"), "{check}");
    let before = house.bench.run_like(&["check"], &house.serving);
    assert!(before.contains("fail certificate  in ") && before.contains("; it must begin with"), "{before}");
    put(&house.bench, &root.issue(NAME, 90));
    until("the certificate", async || visitor.get(house.https, NAME, "/healthz").await.is_ok()).await;
    assert_eq!(plain(house.http, NAME, "/").await.status, StatusCode::PERMANENT_REDIRECT);
}

/// What the doctor says once it says this; what a notice stands for is stored behind the line of the log.
fn looked_until(house: &House, words: &str) -> String {
    let begun = Instant::now();
    loop {
        let looked = house.bench.run_like(&["doctor"], &house.serving);
        if looked.contains(words) {
            return looked;
        }
        assert!(begun.elapsed() < PATIENCE, "never: {words}: {looked}");
    }
}

#[tokio::test]
async fn a_certificate_that_browsers_refuse_does_not_take_the_place_of_one_that_they_accept() {
    let root = Root::new();
    let mut house = House::with_files(&root.issue(NAME, 90), |_| ());
    let visitor = Visitor::new(&root.pem());
    let good = visitor.connect(house.https, NAME).await.unwrap().certificate;
    for (name, days, fault) in [("other.localhost", 90, "is not for pay.localhost"), (NAME, -2, "ended on 20")] {
        put(&house.bench, &root.issue(name, days));
        house.serving.signal("HUP");
        let line = house.serving.heard(&format!("the new certificate {fault}"));
        assert!(line.contains("ERROR") && line.contains("so the one before it stays in use until 20"), "{line}");
        assert_eq!(visitor.connect(house.https, NAME).await.unwrap().certificate, good, "visitors are still let in");
        let looked = looked_until(&house, "warn notices  The HTTPS certificate could not be renewed yet");
        assert!(looked.contains(&format!("warn certificate  the new certificate {fault}")), "{looked}");
        let files = house.bench.run_like(&["check"], &house.serving);
        assert!(files.contains(&format!("fail certificate  the certificate {fault}")), "{files}");
    }
    put(&house.bench, &root.issue(NAME, 91));
    until("the next one", async || visitor.connect(house.https, NAME).await.unwrap().certificate != good).await;
    looked_until(&house, "ok   certificate  good until 20");
}

#[tokio::test]
async fn a_certificate_that_browsers_will_refuse_is_named() {
    let root = Root::new();
    for (name, days, words, level) in [
        (NAME, 3, "and nobody has renewed it", "warn"),
        (NAME, -2, "so that browsers refuse it", "fail"),
        ("other.localhost", 90, "is not for pay.localhost", "fail"),
    ] {
        let mut house = House::with_files(&root.issue(name, days), |_| ());
        let line = house.serving.heard("the certificate needs somebody");
        assert!(line.contains(words) && line.contains("remedy="), "{line}");
        let notice = match level {
            "fail" => "fail notices  Visitors cannot come in: there is no HTTPS certificate that browsers accept",
            _ => "warn notices  The HTTPS certificate could not be renewed yet",
        };
        let looked = looked_until(&house, notice);
        let told = looked.lines().find(|line| line.contains(" certificate  ")).unwrap_or_default();
        assert!(told.starts_with(level) && told.contains(words), "{looked}");
        let files = house.bench.run_like(&["check"], &house.serving);
        let told = files.lines().find(|line| line.contains(" certificate  ")).unwrap_or_default();
        assert!(told.starts_with(level) && told.contains(words), "{files}");
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_and_opened_as_soon_as_it_is_free() {
    let root = Root::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let bench = Bench::new();
    put(&bench, &root.issue(NAME, 90));
    let files = [("CERT_FILE", "cert.pem"), ("KEY_FILE", "key.pem")].map(|(key, name)| (key, bench.path(name)));
    let mut serving = bench.serve_with(|command| {
        for (key, path) in &files {
            command.env(format!("QUITTANCE_SERVER__{key}"), path);
        }
        command.env("QUITTANCE_SERVER__TLS", "files").env("QUITTANCE_SERVER__PUBLIC_URL", format!("https://{NAME}"));
        command.env("QUITTANCE_SERVER__HTTPS_LISTEN", address.to_string());
        command.env("QUITTANCE_SERVER__HTTP_LISTEN", "off");
    });
    let line = serving.heard("visitors cannot come in");
    let remedy = format!("see who listens there with: ss -ltnp 'sport = :{}'", address.port());
    assert!(line.contains(&address.to_string()) && line.contains(&remedy), "{line}");
    assert_eq!(serving.get("/healthz").0, 200, "this machine's own way in");
    let check = bench.run_like(&["check", "--online"], &serving);
    assert!(check.contains("fail server.https_listen  cannot listen at"), "{check}");
    let looked = bench.run_like(&["doctor"], &serving);
    assert!(looked.contains("fail doors  server.https_listen: cannot listen at"), "the same sentence: {looked}");
    assert!(looked.contains(&remedy) && looked.contains("skip certificate-authority  "), "{looked}");
    drop(taken);
    serving.heard("visitors are let in");
    let page = Visitor::new(&root.pem()).get(address, NAME, "/healthz").await.unwrap();
    assert_eq!(page.status, StatusCode::OK);
}
