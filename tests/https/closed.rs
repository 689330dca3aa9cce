//! An authority that never finds this server, or puts it off, while the name leads here as far as can be seen from here: how
//! often it is asked. The clock stands until it is moved, so that hours are over in seconds.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use quittance::clock::Clock;
use quittance::config::{Config, Server, Surroundings};
use quittance::resolve::Resolver;
use serde_json::{Value, json};

use super::Root;
use super::stand_in::speaking;
use crate::house::{House, START};
use crate::support::names::Names;
use crate::support::until;

/// A name that a name server is asked for.
const NAME: &str = "pay.test";
/// Nobody of ours listens there.
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 77, 0, 9);
/// A job that wants to do something has begun by then, on a machine with little to do; nothing fails where it has not.
const A_MOMENT: Duration = Duration::from_millis(300);

/// What comes of an order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The authority looks at the address, and nobody lets it in.
    NotFound,
    /// It takes none, for a year.
    TooOften,
}

/// When orders came.
type Orders = Arc<Mutex<Vec<Timestamp>>>;

fn said(status: &str, headers: &str, body: &Value) -> String {
    let body = body.to_string();
    format!(
        "HTTP/1.1 {status}\r\nReplay-Nonce: bm9uY2U\r\n{headers}Content-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
}

/// RFC 8555 as far as an order goes that fails.
fn answer(request: &str, base: &str, outcome: Outcome, orders: &Orders, clock: &Clock) -> String {
    let path = request.split(' ').nth(1).unwrap_or_default();
    let problem =
        |sort: &str| json!({"type": format!("urn:ietf:params:acme:error:{sort}"), "detail": "Timeout", "status": 400});
    let identifier = json!({"type": "dns", "value": NAME});
    let looked = |error: Value| json!({"type": "http-01", "url": format!("{base}/look"), "token": "dG9rZW4", "status": "invalid", "error": error});
    match path {
        "/dir" => {
            let names = ["newNonce", "newAccount", "newOrder", "revokeCert", "keyChange"];
            let places = names.map(|name| (name.to_owned(), Value::from(format!("{base}/{name}"))));
            said("200 OK", "", &Value::Object(places.into_iter().collect()))
        }
        "/newAccount" => said("201 Created", &format!("Location: {base}/account\r\n"), &json!({"status": "valid"})),
        "/newOrder" => {
            orders.lock().unwrap().push(clock.now());
            if outcome == Outcome::TooOften {
                return said("429 Too Many Requests", "Retry-After: 31536000\r\n", &problem("rateLimited"));
            }
            let order = json!({"status": "pending", "identifiers": [identifier], "authorizations": [format!("{base}/proof")], "finalize": format!("{base}/finalize")});
            said("201 Created", &format!("Location: {base}/order\r\n"), &order)
        }
        // It has looked already, and did not get in.
        "/proof" => said(
            "200 OK",
            "",
            &json!({"identifier": identifier, "status": "invalid", "challenges": [looked(problem("connection"))]}),
        ),
        "/order" => said(
            "200 OK",
            "",
            &json!({"status": "invalid", "identifiers": [identifier], "authorizations": [format!("{base}/proof")], "finalize": format!("{base}/finalize"), "error": problem("connection")}),
        ),
        _ => said("200 OK", "", &json!({})),
    }
}

/// The appliance, and what it asks.
struct Scene {
    house: House,
    orders: Orders,
    names: Names,
    /// With the file of the authority's root.
    _folder: tempfile::TempDir,
}

impl Scene {
    /// With a name that leads to `address`, and an authority for which each order comes to the same.
    async fn open(address: Ipv4Addr, outcome: Outcome) -> Self {
        let (root, folder, orders) = (Root::new(), tempfile::tempdir().unwrap(), Orders::default());
        let clock = Clock::held_at(START.parse().unwrap());
        let (theirs, time) = (Arc::clone(&orders), clock.clone());
        let directory = speaking(&root, move |request, base| answer(request, base, outcome, &theirs, &time)).await;
        let roots = folder.path().join("roots.pem");
        std::fs::write(&roots, root.pem()).unwrap();
        let variables = [
            ("DOMAIN", NAME),
            ("ACME_DIRECTORY", &directory),
            ("ACME_ROOTS_FILE", roots.to_str().unwrap()),
            ("PUBLIC_URL", "https://pay.test:8443"),
            ("HTTPS_LISTEN", "off"),
            ("HTTP_LISTEN", "127.0.0.1:0"),
        ]
        .map(|(key, value)| (format!("QUITTANCE_SERVER__{key}").into(), value.into()));
        let surroundings = Surroundings { variables: variables.to_vec(), folder: folder.path().to_owned() };
        let asked = Config::load_from(&surroundings, None, None).unwrap().server;
        let names = Names::leading_to(address).await;
        let house = House::open_at(clock, Resolver::with_server(names.address).unwrap(), |config| {
            config.server = Server { listen: config.server.listen, ..asked };
        });
        let scene = Self { house: house.await, orders, names, _folder: folder };
        scene.ended().await;
        scene
    }

    /// How many orders came.
    fn count(&self) -> usize {
        self.orders.lock().unwrap().len()
    }

    /// Seconds from each order to the next.
    fn pauses(&self) -> Vec<i64> {
        let came = self.orders.lock().unwrap();
        came.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_secs()).collect()
    }

    /// Waits until the first order has come, and every one has come to its end.
    async fn ended(&self) {
        let app = self.house.app();
        let directory = app.config.server.authority.directory.as_str();
        let failures = || app.store.read(|r| r.pursuit(NAME, directory)).unwrap().failures;
        until("the end of the try", async || failures() > 0 && usize::try_from(failures()).unwrap() == self.count())
            .await;
    }

    /// Moves the clock, and lets a try end that begins then.
    async fn pass(&self, seconds: i64) {
        let before = self.count();
        self.house.clock.advance(seconds);
        let begins = async {
            while self.count() == before {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(A_MOMENT, begins).await.is_ok() {
            self.ended().await;
        }
    }

    /// What SIGHUP does.
    fn wish(&self) {
        self.house.app().certificates.look_again.notify_one();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_firewall_that_cannot_be_seen_from_here_does_not_use_up_what_the_authority_allows() {
    let scene = Scene::open(Ipv4Addr::LOCALHOST, Outcome::NotFound).await;
    for _ in 0..20 {
        scene.pass(30).await;
    }
    until("a second try", async || scene.count() > 1).await;
    scene.ended().await;
    let pauses = scene.pauses();
    assert!((1..=2).contains(&pauses.len()) && pauses[0] >= 180, "in ten minutes: {pauses:?}");
    assert!(pauses.get(1).is_none_or(|pause| *pause >= 360), "ever more seldom: {pauses:?}");
    // Whoever opened the firewall need not wait.
    scene.wish();
    scene.pass(60).await;
    until("a try on SIGHUP", async || scene.count() > pauses.len() + 1).await;
    scene.ended().await;
    // And whoever sends it in a loop does not use the tries up either.
    let tried = scene.count();
    for _ in 0..5 {
        scene.wish();
        scene.pass(10).await;
    }
    assert_eq!(scene.count(), tried, "{:?}", scene.pauses());
    scene.house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_begins_to_lead_here_is_tried_at_once_and_only_once() {
    let scene = Scene::open(ELSEWHERE, Outcome::NotFound).await;
    scene.names.lead_to(Ipv4Addr::LOCALHOST);
    // In all less than the first pause, in steps that are short beside the half minute between two looks.
    for _ in 0..34 {
        if scene.count() == 1 {
            scene.pass(5).await;
        }
    }
    until("a try because it leads here", async || scene.count() == 2).await;
    scene.ended().await;
    for _ in 0..5 {
        scene.pass(30).await;
    }
    let pauses = scene.pauses();
    assert!(pauses.len() == 1 && pauses[0] < 180, "{pauses:?}");
    scene.house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_that_puts_us_off_for_a_year_is_asked_a_day_later_or_when_the_owner_says_so() {
    let scene = Scene::open(Ipv4Addr::LOCALHOST, Outcome::TooOften).await;
    scene.wish();
    for _ in 0..3 {
        scene.pass(30).await;
    }
    until("a try because the owner says so", async || scene.count() == 2).await;
    scene.ended().await;
    for hours in [23, 2] {
        scene.pass(hours * 3_600).await;
    }
    until("a try after a day", async || scene.count() == 3).await;
    let pauses = scene.pauses();
    assert!((60..3_600).contains(&pauses[0]) && pauses[1] >= 24 * 3_600, "{pauses:?}");
    scene.house.close().await;
}
