//! What a busy hour brings, all at once: Stripe's events, programs that write with idempotency keys, payers who click Pay
//! and pay. Each notes what it was told is done, and takes up what was cut off where it was cut off.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use quittance::demo::stripe::{Card, StandIn};
use serde_json::{Value, json};

use super::line::{Line, Reply};

/// Workers of each sort: events that nobody acts on, Stripe's own, programs, payers.
const STRANGERS: usize = 2;
const PROGRAMS: usize = 2;
/// Every so many events one is sent a second time.
const TWICE_EVERY: usize = 4;
/// Every second payer comes back to the page by themselves.
const COMES_BACK_EVERY: usize = 2;
/// Whoever has nothing to do looks again after so long.
const IDLE: Duration = Duration::from_millis(1);

/// What was acknowledged, over all rounds.
#[derive(Debug, Default)]
pub struct Told {
    /// Events that were answered `200`.
    pub events: BTreeSet<String>,
    /// Bodies of the answers to keys.
    pub made: BTreeMap<String, String>,
    /// Id and number of invoices.
    pub issued: Vec<(String, String)>,
    /// What of these was acknowledged since the last look.
    pub fresh: Vec<Fresh>,
    /// Sequences of a program that were cut off.
    unfinished: VecDeque<String>,
    /// Public links of invoices that nobody has paid yet.
    unpaid: VecDeque<String>,
    /// Links of invoices that were paid at Stripe.
    pub paid: Vec<String>,
    /// Answers that nobody may be given.
    pub odd: Vec<String>,
    /// Requests whose answer never came.
    pub cut_off: usize,
}

/// One thing that was acknowledged.
#[derive(Clone, Debug)]
pub enum Fresh {
    Event(String),
    Customer(String),
    Number { invoice: String, number: String },
}

/// The load of one round.
pub struct Load<'a> {
    pub address: &'a str,
    pub token: &'a str,
    pub secret: &'a str,
    pub stripe: &'a StandIn,
    pub round: usize,
    pub told: &'a Mutex<Told>,
    pub acknowledged: AtomicUsize,
    pub over: AtomicBool,
}

impl Load<'_> {
    /// Everybody works until `kill` has been done, which is told when `count` answers have come.
    pub fn run(&self, count: usize, kill: impl FnOnce()) {
        std::thread::scope(|scope| {
            for worker in 0..STRANGERS {
                scope.spawn(move || self.work(|line, n| self.stranger(line, worker, n)));
            }
            for worker in 0..PROGRAMS {
                scope.spawn(move || self.work(|line, n| self.program(line, worker, n)));
            }
            scope.spawn(|| self.work(|line, _| self.stripe(line)));
            scope.spawn(|| self.work(|line, n| self.payer(line, n)));
            while self.acknowledged.load(Ordering::SeqCst) < count && !self.is_over() {
                std::thread::sleep(IDLE);
            }
            kill();
            self.over.store(true, Ordering::SeqCst);
        });
    }

    /// Does one thing after another until the connection breaks.
    fn work(&self, one: impl Fn(&mut Line, usize) -> Option<()>) {
        let Some(mut line) = Line::to(self.address) else { return };
        for n in 0.. {
            if self.is_over() {
                return;
            }
            if one(&mut line, n).is_none() {
                self.told().cut_off += 1;
                return;
            }
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    pub fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap()
    }

    /// Notes that something was acknowledged.
    fn note(&self, fresh: Fresh) {
        self.told().fresh.push(fresh);
        self.acknowledged.fetch_add(1, Ordering::SeqCst);
    }

    fn odd(&self, what: &str, reply: &Reply) {
        self.told().odd.push(format!("{what}: {} {}", reply.status, reply.body));
    }

    fn deliver(&self, line: &mut Line, event: &Value) -> Option<()> {
        let (id, payload) = (event["id"].as_str().unwrap(), event.to_string());
        let signature = self.stripe.sign(&payload, &[self.secret.to_owned()]);
        let headers = format!("Stripe-Signature: {signature}\r\nContent-Type: application/json\r\n");
        let reply = line.ask("POST", "/webhooks/stripe", &headers, &payload)?;
        match reply.status {
            200 if self.told().events.insert(id.to_owned()) => self.note(Fresh::Event(id.to_owned())),
            200 => {}
            _ => self.odd("an event", &reply),
        }
        Some(())
    }

    /// Events of a sort that is kept and not acted on.
    fn stranger(&self, line: &mut Line, worker: usize, n: usize) -> Option<()> {
        let id = format!("evt_{}_{worker}_{n}", self.round);
        let event = json!({
            "id": id, "object": "event", "type": "product.created", "livemode": false, "created": 1_795_348_800,
            "api_version": quittance::demo::stripe::API_VERSION,
            "data": {"object": {"id": "prod_1", "object": "product", "name": "x".repeat(200)}},
        });
        self.deliver(line, &event)?;
        if n.is_multiple_of(TWICE_EVERY) { self.deliver(line, &event) } else { Some(()) }
    }

    /// What Stripe has to tell of the payers.
    fn stripe(&self, line: &mut Line) -> Option<()> {
        let known = self.told().events.clone();
        let untold = self.stripe.events().into_iter().find(|event| !known.contains(event["id"].as_str().unwrap()));
        match untold {
            Some(event) => self.deliver(line, &event),
            None => {
                std::thread::sleep(IDLE);
                Some(())
            }
        }
    }

    /// All of it.
    pub fn deliver_all(&self, line: &mut Line) {
        for event in self.stripe.events() {
            if !self.told().events.contains(event["id"].as_str().unwrap()) {
                self.deliver(line, &event).unwrap();
            }
        }
    }

    /// A customer, a draft for it, and its number.
    fn program(&self, line: &mut Line, worker: usize, n: usize) -> Option<()> {
        let fresh = || format!("Customer {} {worker} {n}", self.round);
        let unfinished = self.told().unfinished.pop_front();
        let name = unfinished.unwrap_or_else(fresh);
        let done = self.bill(line, &name);
        if done.is_none() {
            self.told().unfinished.push_back(name);
        }
        done
    }

    fn bill(&self, line: &mut Line, name: &str) -> Option<()> {
        let party = json!({"name": name, "email": "ada@example.com"});
        let customer = text(&self.keyed(line, &format!("{name} a"), "/customers", &party)?, "id");
        self.note(Fresh::Customer(customer.clone()));
        let work = json!({"description": "Design", "quantity": "1", "unit_price": "119.00"});
        let content = json!({"customer": customer, "currency": "EUR", "lines": [work]});
        let draft = text(&self.keyed(line, &format!("{name} b"), "/invoices", &content)?, "id");
        let issue = format!("/invoices/{draft}/issue");
        let issued = self.keyed(line, &format!("{name} c"), &issue, &json!({}))?;
        let (number, url) = (text(&issued, "number"), text(&issued, "public_url"));
        let mut told = self.told();
        told.issued.push((draft.clone(), number.clone()));
        told.unpaid.push_back(url.split("/i/").nth(1).unwrap().to_owned());
        drop(told);
        self.note(Fresh::Number { invoice: draft, number });
        Some(())
    }

    /// A `POST` with a key: the same key is given the same answer, whatever happened in between.
    fn keyed(&self, line: &mut Line, key: &str, path: &str, body: &Value) -> Option<Value> {
        let headers = format!(
            "Authorization: Bearer {}\r\nIdempotency-Key: {key}\r\nContent-Type: application/json\r\n",
            self.token
        );
        let reply = line.ask("POST", &format!("/api/v1{path}"), &headers, &body.to_string())?;
        if !matches!(reply.status, 200 | 201) {
            self.odd(key, &reply);
            return None;
        }
        let before = self.told().made.insert(key.to_owned(), reply.body.clone());
        if before.is_some_and(|before| before != reply.body) {
            self.odd("another answer to the same key", &reply);
        }
        serde_json::from_str(&reply.body).ok()
    }

    /// Clicks Pay, pays at Stripe, and perhaps comes back.
    fn payer(&self, line: &mut Line, n: usize) -> Option<()> {
        let token = self.told().unpaid.pop_front();
        let Some(token) = token else {
            std::thread::sleep(IDLE);
            return Some(());
        };
        let reply = line.ask("POST", &format!("/i/{token}/checkout"), "", "");
        let session = reply.as_ref().and_then(|reply| session_of(reply.header("location")?));
        let Some(session) = session else {
            self.told().unpaid.push_back(token);
            // A click that was cut off may still be under way at Stripe: whoever comes too early is asked to wait.
            let reply = reply?;
            if !matches!(reply.status, 303 | 503) {
                self.odd("a payer's click", &reply);
            }
            return Some(());
        };
        self.stripe.pay(&session, Card::Visa).unwrap();
        self.told().paid.push(token.clone());
        self.acknowledged.fetch_add(1, Ordering::SeqCst);
        if n.is_multiple_of(COMES_BACK_EVERY) {
            line.get(&format!("/i/{token}/return?session_id={session}"))?;
        }
        Some(())
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

/// The session that an address of Stripe's leads to.
fn session_of(address: &str) -> Option<String> {
    let at = address.find("cs_")?;
    let is_part = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    Some(address[at..].chars().take_while(is_part).collect())
}
