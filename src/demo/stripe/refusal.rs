//! What Stripe says when it will not: the body `{"error": {"type", "code", "message", "param"}}`, in Stripe's own
//! sentences where they are known.

use serde_json::{Value, json};

/// An answer other than 200.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub status: u16,
    /// `type` in the body, such as `invalid_request_error`.
    pub kind: &'static str,
    pub code: Option<&'static str>,
    pub message: String,
    pub param: Option<String>,
    /// Whether the call had begun to execute: only then does Stripe keep the answer under the idempotency key.
    pub(super) began: bool,
}

impl Refusal {
    /// 400: the request is wrong in itself and nothing was begun.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self {
            status: 400,
            kind: "invalid_request_error",
            code: None,
            message: message.into(),
            param: None,
            began: false,
        }
    }

    pub(super) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(super) fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    pub(super) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    pub(super) fn param(mut self, param: &str) -> Self {
        self.param = Some(param.to_owned());
        self
    }

    /// The call was under way when it was refused, so that its key replays the refusal.
    pub(super) fn begun(mut self) -> Self {
        self.began = true;
        self
    }

    pub(super) fn missing_param(name: &str) -> Self {
        Self::invalid(format!("Missing required param: {name}.")).code("parameter_missing").param(name)
    }

    pub(super) fn unknown_params(names: &[String]) -> Self {
        let plural = if names.len() == 1 { "" } else { "s" };
        let first = names.first().map_or("", String::as_str);
        Self::invalid(format!("Received unknown parameter{plural}: {}", names.join(", ")))
            .code("parameter_unknown")
            .param(first)
    }

    pub(super) fn no_such(kind: &str, id: &str, param: &str) -> Self {
        Self::invalid(format!("No such {kind}: '{id}'")).status(404).code("resource_missing").param(param)
    }

    /// 500, whose cause nobody learns.
    pub(super) fn server_error() -> Self {
        Self::invalid("An unknown error occurred").status(500).kind("api_error")
    }

    pub(super) fn body(&self) -> Value {
        let mut error = json!({ "type": self.kind, "message": self.message });
        if let Some(code) = self.code {
            error["code"] = json!(code);
            error["doc_url"] = json!(format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")));
        }
        if let Some(param) = &self.param {
            error["param"] = json!(param);
        }
        json!({ "error": error })
    }
}
