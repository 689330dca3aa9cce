//! The form of a credit note as it was typed, and what it means.

use super::super::desk::Desk;
use super::super::entered::{Wrong, dotted};
use crate::actions::credit::Wanted;
use crate::billing::credit_note::Settle;
use crate::billing::credit_note::plan::{HowMuch, LineCredit, What};
use crate::billing::invoice::Invoice;
use crate::billing::line::LINES_MAX;
use crate::billing::money::Money;
use crate::billing::quantity::Quantity;
use crate::web::form::Form;

/// What stands in the form.
#[derive(Clone, Debug, Default)]
pub struct Entered {
    /// `rest`, `lines` or `amount`.
    pub mode: String,
    pub amount: String,
    pub lines: Vec<EnteredLine>,
    pub settle: String,
    /// How what had not come through Stripe is given back; empty where nothing of that sort is asked.
    pub through: String,
    pub reason: String,
    pub send: bool,
    pub nonce: String,
}

#[derive(Clone, Debug, Default)]
pub struct EnteredLine {
    pub id: String,
    pub quantity: String,
    pub amount: String,
}

impl Entered {
    /// The form as it is first shown.
    pub fn blank(invoice: &Invoice, send: bool) -> Self {
        let lines = invoice.content.lines.iter().filter(|line| line.counts());
        Self {
            mode: "rest".to_owned(),
            settle: Settle::CustomerCredit.name().to_owned(),
            lines: lines.map(|line| EnteredLine { id: line.id.clone(), ..EnteredLine::default() }).collect(),
            send,
            ..Self::default()
        }
    }

    pub fn of_form(form: &Form) -> Self {
        let text = |form: &Form, name: &str| form.text(name).trim().to_owned();
        let line = |row: Form| EnteredLine {
            id: text(&row, "id"),
            quantity: text(&row, "quantity"),
            amount: text(&row, "amount"),
        };
        Self {
            mode: text(form, "mode"),
            amount: text(form, "amount"),
            lines: form.rows("lines").into_iter().take(LINES_MAX).map(line).collect(),
            settle: text(form, "settle"),
            through: text(form, "method"),
            reason: text(form, "reason"),
            send: form.get("send").is_some(),
            nonce: text(form, "nonce"),
        }
    }

    /// What it means, and which rows of the form the credited lines are.
    pub fn read(&self, desk: &Desk, invoice: &Invoice) -> Result<(Wanted, Vec<usize>), Wrong> {
        let mut wrong = Wrong::default();
        let (what, places) = match self.mode.as_str() {
            "amount" => (self.read_amount(desk, invoice, &mut wrong), Vec::new()),
            "lines" => self.read_lines(desk, invoice, &mut wrong),
            _ => (What::Rest, Vec::new()),
        };
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let settle = Settle::parse(&self.settle).unwrap_or(Settle::CustomerCredit);
        Ok((Wanted { what, reason: self.reason.clone(), settle }, places))
    }

    fn read_amount(&self, desk: &Desk, invoice: &Invoice, wrong: &mut Wrong) -> What {
        let amount = Money::parse_typed(&self.amount, invoice.content.currency, desk.separator());
        What::Amount(amount.map_err(|error| wrong.add("amount", error)).map_or(0, Money::minor))
    }

    fn read_lines(&self, desk: &Desk, invoice: &Invoice, wrong: &mut Wrong) -> (What, Vec<usize>) {
        let (mut lines, mut places) = (Vec::new(), Vec::new());
        for (n, line) in self.lines.iter().enumerate() {
            if let Some(how_much) = line.how_much(desk, invoice, n, wrong) {
                lines.push(LineCredit { line: line.id.clone(), how_much });
                places.push(n);
            }
        }
        if lines.is_empty() && wrong.is_empty() {
            wrong.add("lines", "Write a quantity or an amount at one line at least.");
        }
        (What::Lines(lines), places)
    }

    /// What was typed, to be sent again by the page that asks whether it is meant.
    pub fn hidden(&self) -> Vec<(String, String)> {
        let mut hidden: Vec<(String, String)> = [
            ("mode", &self.mode),
            ("amount", &self.amount),
            ("settle", &self.settle),
            ("method", &self.through),
            ("reason", &self.reason),
            ("nonce", &self.nonce),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
        for (n, line) in self.lines.iter().enumerate() {
            for (name, value) in [("id", &line.id), ("quantity", &line.quantity), ("amount", &line.amount)] {
                hidden.push((format!("lines.{n}.{name}"), value.clone()));
            }
        }
        if self.send {
            hidden.push(("send".to_owned(), "yes".to_owned()));
        }
        hidden
    }
}

impl EnteredLine {
    /// None if nothing was typed.
    fn how_much(&self, desk: &Desk, invoice: &Invoice, n: usize, wrong: &mut Wrong) -> Option<HowMuch> {
        match (self.quantity.as_str(), self.amount.as_str()) {
            ("", "") => None,
            (quantity, "") => Quantity::parse_typed(quantity, desk.separator())
                .map(HowMuch::Quantity)
                .map_err(|error| wrong.add(format!("lines.{n}.quantity"), error))
                .ok(),
            ("", amount) => Money::parse_typed(amount, invoice.content.currency, desk.separator())
                .map(|amount| HowMuch::Amount(amount.minor()))
                .map_err(|error| wrong.add(format!("lines.{n}.amount"), error))
                .ok(),
            _ => {
                wrong.add(format!("lines.{n}.amount"), "Write a quantity or an amount, not both.");
                None
            }
        }
    }
}

/// The form's name of what an action found wrong; `places` are the rows of the form that were credited.
pub fn form_name(path: &str, places: &[usize]) -> String {
    let dotted = dotted(path);
    let Some((number, field)) = dotted.strip_prefix("lines.").and_then(|rest| rest.split_once('.')) else {
        return dotted;
    };
    let place = number.parse::<usize>().ok().and_then(|number| places.get(number));
    let field = if field == "id" { "quantity" } else { field };
    place.map_or_else(|| "lines".to_owned(), |place| format!("lines.{place}.{field}"))
}
