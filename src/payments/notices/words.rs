//! What each notice says, and where it is mended.

use super::Notice;
use crate::payments::API_VERSION;

/// What a notice says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub title: &'static str,
    /// Why it matters and what to do, in whole sentences.
    pub remedy: String,
    /// Whether payers or payments suffer while it stands.
    pub is_grave: bool,
}

impl Notice {
    #[must_use]
    pub fn words(self) -> Words {
        let words = self.about_the_books().or_else(|| self.about_the_key()).or_else(|| self.about_the_way_in());
        let (is_grave, title, remedy) = words.unwrap_or_else(|| self.about_events());
        Words { title, remedy: remedy.replace("{version}", API_VERSION), is_grave }
    }

    /// The page on which it can be mended.
    #[must_use]
    pub fn place(self) -> &'static str {
        match self {
            Self::ThinEvents | Self::ConnectEvents | Self::OtherMode | Self::PartlyFunded => "/admin/events",
            Self::ReadsLow | Self::OtherAccount | Self::TooManyDifferences | Self::EventsLost => {
                "/admin/reconciliations"
            }
            Self::CheckoutStaysOpen => "/admin/invoices",
            Self::BooksUnsound
            | Self::DiskFilling
            | Self::CertificateMissing
            | Self::CertificateOld
            | Self::ClockWrong
            | Self::DoorLocked => "/admin/settings/health",
            Self::BackupOld | Self::BackupFailing => "/admin/settings/backups",
            Self::PasswordsTried => "/admin/settings/account",
            Self::FormerServerSilent => "/admin/settings/mail",
            _ => "/admin/settings/payments",
        }
    }

    /// Those about the books themselves, and whether they are of the same account as the key.
    fn about_the_books(self) -> Option<(bool, &'static str, &'static str)> {
        Some(match self {
            Self::OtherAccount => (
                true,
                "The Stripe key belongs to another account than the books",
                "Nothing is compared or repaired until this is settled. Enter the former key again; or, if you mean to go \
                 on with the new account, say so on the reconciliation page.",
            ),
            Self::TooManyDifferences => (
                true,
                "Stripe and the books differ in too many places",
                "More than twenty differences were found at once, so none of them was repaired. Check that the key and the \
                 webhook belong to the account that the books are of, then compare again.",
            ),
            Self::BooksUnsound => (
                true,
                "The stored data is not whole",
                "The nightly proof found something that does not fit together. Run quittance verify on the server; it names \
                 each place. Keep the data folder as it is, and have a backup of an earlier day at hand.",
            ),
            Self::DiskFilling => (
                true,
                "The server's disk is nearly full",
                "When it is full, nothing can be stored: invoices wait, and payments are noticed late. Make room on the disk \
                 that holds the data folder.",
            ),
            Self::BackupOld => (
                true,
                "There is no good backup of the last two days",
                "If this server's disk fails now, what happened since then is lost. See why under Settings, Backups, and back \
                 up as soon as that is mended.",
            ),
            Self::BackupFailing => (
                true,
                "The latest backup is not as it should be",
                "It failed, or one of its places does not have it. It is made again every hour; Settings, Backups says what \
                 went wrong and what to do about it.",
            ),
            Self::CheckoutStaysOpen => (
                false,
                "A checkout is still open that nobody is to pay",
                "The invoice was paid another way, or what is due has changed, and Stripe could not be told yet. It is tried \
                 again every minute; whoever pays there meanwhile pays too much, and you are shown it.",
            ),
            Self::EventsLost => (
                false,
                "Stripe was not asked for events for more than four weeks",
                "It lists them no longer, so the payments of that time were compared one by one instead. Look at what the \
                 comparison repaired.",
            ),
            _ => return None,
        })
    }

    /// Those about how visitors get here.
    fn about_the_way_in(self) -> Option<(bool, &'static str, &'static str)> {
        Some(match self {
            Self::CertificateMissing => (
                true,
                "Visitors cannot come in: there is no HTTPS certificate that browsers accept",
                "See Settings, Health, or run quittance doctor on the server: it names what is wrong and what to do.",
            ),
            Self::CertificateOld => (
                false,
                "The HTTPS certificate could not be renewed yet",
                "It is still good. Settings, Health, or quittance doctor on the server, names what is wrong and what to do.",
            ),
            Self::PasswordsTried => (
                true,
                "Somebody tries passwords at the sign-in",
                "More than fifty wrong ones came for one account within a day. If it was not you: choose a longer password, \
                 best 15 characters or more, and look whether you know every place where you are signed in.",
            ),
            Self::FormerServerSilent => (
                true,
                "Another mail server was entered, and the one before does not take the mail about it",
                "It is tried for three days; then the mail leaves by the new server. If nobody of you entered that one, choose \
                 another password under Settings, Account, and put the mail server right.",
            ),
            Self::DoorLocked => (
                true,
                "A port that visitors come to could not be opened",
                "See Settings, Health, or run quittance doctor on the server: it names the port, and what to do.",
            ),
            _ => return None,
        })
    }

    /// Those about the way to Stripe.
    fn about_the_key(self) -> Option<(bool, &'static str, &'static str)> {
        Some(match self {
            Self::KeyRefused => (
                true,
                "Stripe does not accept the secret key",
                "Nobody can pay by card. Enter the present key; Stripe shows it under Developers, API keys.",
            ),
            Self::CheckoutForbidden => (
                true,
                "The Stripe key may not open checkouts",
                "Nobody can pay by card. Give the restricted key write permission for Checkout Sessions at Stripe.",
            ),
            Self::CheckoutRefused => (
                true,
                "Stripe refused to open a checkout",
                "Somebody could not pay by card. Stripe's reason stands in the payment log of the invoice.",
            ),
            Self::ReadingForbidden => (
                true,
                "The Stripe key may not read what payments are proven with",
                "Payments may be noticed late. Give the restricted key read permission for Checkout Sessions, \
                 PaymentIntents, Charges, Events, Balance and Payouts at Stripe.",
            ),
            Self::RefundsUnfunded => (
                true,
                "A refund waits for money on your Stripe balance",
                "Stripe sends it as soon as the balance is high enough. Add funds under Balances in Stripe's dashboard, or \
                 wait for the next payments.",
            ),
            Self::Unreachable => (
                true,
                "Stripe cannot be asked at the moment",
                "Card payments wait, and bank transfer is offered. It is tried again by itself; if it lasts, look at \
                 this server's connection and at status.stripe.com.",
            ),
            Self::ClockWrong => (
                true,
                "This server's clock is wrong",
                "It differs from Stripe's by minutes. Set it, best by NTP: webhooks that seem five minutes old are \
                 refused, and dates on receipts come out wrong.",
            ),
            Self::ReadsLow => (
                false,
                "Most of the reads that Stripe grants a month are used up",
                "Until the month ends, Stripe's events are not asked for every few minutes, then the nightly comparison \
                 looks less far back, and at last it waits, too; payments and webhooks go on as ever, and you can \
                 compare at any time. If it happens again, compare less often: reconcile.interval.",
            ),
            _ => return None,
        })
    }

    /// Those about the way back, and what came by it.
    fn about_events(self) -> (bool, &'static str, &'static str) {
        match self {
            Self::WebhooksRefused => (
                true,
                "Webhooks with a wrong signature are refused",
                "More than twenty came within an hour. Compare the signing secret with the endpoint at Stripe; if there \
                 is a second endpoint for this address, it has a secret of its own.",
            ),
            Self::ThinEvents => (
                true,
                "The webhook endpoint at Stripe sends thin events",
                "They say too little, so payments are noticed some minutes late. Make an endpoint with snapshot events \
                 at Stripe and enter its signing secret.",
            ),
            Self::WebhooksSilent => (
                true,
                "Payments happened and no webhook told of them",
                "They were noticed late, by asking Stripe. See under Developers, Webhooks at Stripe whether the endpoint \
                 is there, is switched on and what its deliveries were answered.",
            ),
            Self::EndpointDisabled => (
                true,
                "The webhook endpoint is switched off at Stripe",
                "Payments are noticed some minutes late. Set it up again in the settings, or switch it on at Stripe; \
                 Stripe switches endpoints off that failed for days.",
            ),
            Self::EndpointMissing => (
                true,
                "The webhook endpoint is not at Stripe any more",
                "Payments are noticed some minutes late. Set it up again in the settings.",
            ),
            Self::EndpointLacksEvents => (
                false,
                "The webhook endpoint does not send everything",
                "The settings name the events that it lacks; what they would tell is noticed later. Set it up again \
                 there, or add them at Stripe.",
            ),
            Self::EndpointUnknown => (
                false,
                "A second webhook endpoint at Stripe leads here",
                "Its signing secret is not known here, so what it sends is refused. Delete it at Stripe, or enter its \
                 secret in the settings.",
            ),
            Self::EndpointElsewhere => (
                false,
                "A webhook endpoint at Stripe leads to another address",
                "What is sent there does not arrive here. The settings show it; delete it if the address is an old one.",
            ),
            Self::OldAddress => (
                false,
                "Stripe sends webhooks to an old address",
                "They still arrive, until that name goes away. The settings show the name; let the endpoint at Stripe \
                 lead to the public address.",
            ),
            Self::ConnectEvents => (
                false,
                "Events of connected accounts arrive",
                "They are kept and not acted on, because Quittance uses none. Let the endpoint at Stripe listen to \
                 events of your own account only.",
            ),
            Self::OtherMode => (
                false,
                "Events of the other mode arrive",
                "Test events do not settle real invoices, nor the other way round; they are kept and not acted on. The \
                 endpoint whose secret is in use should be one of the mode that the key is of.",
            ),
            Self::PartlyFunded => (
                false,
                "A bank transfer to Stripe came only in part",
                "Quittance does not offer that method, so the transfer is none of its checkouts. Look for it in Stripe's \
                 dashboard, under Payments.",
            ),
            _ => (
                false,
                "The webhook endpoint uses another version of Stripe's API",
                "Nothing is lost by it, because every object is asked for anew. When it suits you, set the endpoint up \
                 again with the version {version}.",
            ),
        }
    }
}
