//! What the mark of each notice is called in the store. A name stays for ever.

use super::Notice;

impl Notice {
    /// The name of its mark.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Self::KeyRefused => "notice.key_refused",
            Self::CheckoutForbidden => "notice.checkout_forbidden",
            Self::CheckoutRefused => "notice.checkout_refused",
            Self::ReadingForbidden => "notice.reading_forbidden",
            Self::Unreachable => "notice.unreachable",
            Self::WebhooksRefused => "notice.webhooks_refused",
            Self::ThinEvents => "notice.thin_events",
            Self::OtherVersion => "notice.other_version",
            Self::ClockWrong => "notice.clock_wrong",
            Self::RefundsUnfunded => "notice.refunds_unfunded",
            Self::PartlyFunded => "notice.partly_funded",
            Self::WebhooksSilent => "notice.webhooks_silent",
            Self::EndpointDisabled => "notice.endpoint_disabled",
            Self::EndpointMissing => "notice.endpoint_missing",
            Self::EndpointLacksEvents => "notice.endpoint_lacks_events",
            Self::EndpointElsewhere => "notice.endpoint_elsewhere",
            Self::OldAddress => "notice.old_address",
            Self::ConnectEvents => "notice.connect_events",
            Self::OtherMode => "notice.other_mode",
            Self::ReadsLow => "notice.reads_low",
            Self::OtherAccount => "notice.other_account",
            Self::TooManyDifferences => "notice.too_many_differences",
            Self::BooksUnsound => "notice.books_unsound",
            Self::DiskFilling => "notice.disk_filling",
            Self::BackupOld => "notice.backup_old",
            Self::BackupFailing => "notice.backup_failing",
            Self::EndpointUnknown => "notice.endpoint_unknown",
            Self::CheckoutStaysOpen => "notice.checkout_stays_open",
            Self::EventsLost => "notice.events_lost",
            Self::CertificateMissing => "notice.certificate_missing",
            Self::CertificateOld => "notice.certificate_old",
            Self::DoorLocked => "notice.door_locked",
            Self::PasswordsTried => "notice.passwords_tried",
            Self::FormerServerSilent => "notice.former_server_silent",
        }
    }
}
