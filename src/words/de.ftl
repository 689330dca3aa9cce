# Deutsch, mit „Sie“. Namen und Angaben wie in en.ftl.

choose_language = Sprache
test_mode = Testmodus. Hier fließt kein echtes Geld.

## The invoice

invoice_title = Rechnung { $number }
draft_title = Rechnungsentwurf
title_from = { $title } von { $seller }
remark_canceled = Sie sind zurückgekehrt, ohne zu bezahlen. Es wurde nichts abgebucht.
remark_failed = Die letzte Zahlung ist nicht durchgegangen. Es wurde nichts abgebucht; Sie können es noch einmal versuchen.
remark_already_paid = Es ist nichts mehr zu bezahlen. Es wurde nichts weiter abgebucht.

due_today = Heute fällig, { $date }
due_tomorrow = Morgen fällig, { $date }
due_in = Fällig am { $date }, in { $days ->
    [one] { $n } Tag
   *[other] { $n } Tagen
}
was_due = War am { $date } fällig
on = am { $date }
since = seit { $date }

part_paid = { $paid } von { $total } sind bezahlt. Vielen Dank.
part_paid_refunded = { $paid } von { $total } wurden bezahlt, davon wurden { $back } erstattet. Vielen Dank.
tag_processing = Zahlung unterwegs
processing_text = Ihre Zahlung über { $amount } wurde veranlasst. { $wait } Sie müssen nichts weiter tun.
wait_bank = Zahlungen über die Bank können bis zu { $days ->
    [one] { $n } Werktag
   *[other] { $n } Werktage
} dauern.
wait_method = Bei der Zahlungsart { $method } kann es bis zu { $days ->
    [one] { $n } Werktag
   *[other] { $n } Werktage
} dauern.
tag_received = Zahlung eingegangen
held_text = Zu dieser Rechnung ist eine Zahlung eingegangen, die noch geprüft wird; im Moment ist nichts zu bezahlen.
tag_paid = Bezahlt
of_it_refunded = Davon wurden { $back } erstattet.
paid_text = Vielen Dank. Diese Seite bleibt als Ihr Beleg bestehen.
tag_refunded = Erstattet
returned = { $back } wurden zurückgezahlt. Bei Banken dauert es fünf bis zehn Tage, bis das zu sehen ist.
payment_returned = Die Zahlung wurde zurückgezahlt. Bei Banken dauert es fünf bis zehn Tage, bis das zu sehen ist.
tag_void = Storniert
void_text = Diese Rechnung wurde zurückgezogen. Bitte bezahlen Sie sie nicht.
tag_credited = Gutgeschrieben
credited_text = Diese Rechnung wurde durch eine Gutschrift aufgehoben. Es ist nichts zu bezahlen.
tag_closed = Geschlossen
closed_text = Diese Rechnung wurde geschlossen. Wenn Sie sie doch noch bezahlen möchten, schreiben Sie uns bitte.

then = Danach { $amount }, fällig am { $date }.
by_card = Mit Karte
this_invoice = Diese Rechnung
payment_fee = Zahlungsgebühr
pay = { $amount } bezahlen
pay_all = Alles bezahlen: { $amount }
pay_all_now = Alles jetzt bezahlen: { $amount }
fee_of_that = Davon sind { $fee } Zahlungsgebühr.
secure = Sichere Zahlung über Stripe
pay_a_part = Oder einen Teil bezahlen
pay_this_part = Diesen Teil bezahlen
from_to = Von { $from } bis { $to }.
fees_on_choice = Bei Kartenzahlung kommt eine Zahlungsgebühr hinzu: { $least_fee } auf { $least }, { $most_fee } auf { $most }.
enter_digits = Bitte geben Sie einen Betrag in Ziffern ein.
choose_between = Bitte wählen Sie einen Betrag von { $from } bis { $to }.
too_little_left = Es blieben { $rest } übrig; das ist zu wenig für eine Kartenzahlung. Bezahlen Sie alles oder etwas weniger.
transfer_only = Bitte bezahlen Sie diese Rechnung per Überweisung.
no_way = Bitte fragen Sie uns, wie Sie diese Rechnung bezahlen können.
card_down = Kartenzahlung ist im Moment nicht möglich. Bitte versuchen Sie es später noch einmal.
card_down_transfer = Kartenzahlung ist im Moment nicht möglich. Sie können überweisen oder es später noch einmal versuchen.
transfer_costs_nothing = Eine Überweisung kostet keine Gebühr.
receipt = Zahlungsbeleg
download_pdf = PDF herunterladen
question_invoice = Frage zu dieser Rechnung
in_parts = In { $count ->
    [one] { $n } Teilbetrag
   *[other] { $n } Teilbeträgen
}

## The parts of a plan

deposit = Anzahlung
rest = Restbetrag
instalment = Rate { $place } von { $count }
part_due = fällig am { $date }
paid_and_credited = Bezahlt und gutgeschrieben
part_open = { $amount } offen
part_was_due = War fällig
due_now = Jetzt fällig
later = Später

## The sheet

invoice = Rechnung
credit = Gutschrift
invoice_document = Rechnungsdokument
credit_document = Gutschriftsdokument
tax_id = USt-IdNr./St.-Nr. { $id }
draft = Entwurf
issued = Datum
for_invoice = Zu Rechnung
paid_with_invoice = Bezahlt mit Rechnung
due = Fällig am
delivered = Leistung am
your_reference = Ihr Zeichen
credited_to = Gutschrift an
billed_to = Rechnung an
what_is_credited = Was gutgeschrieben wird
what_is_invoiced = Was berechnet wird
description = Beschreibung
quantity = Menge
price = Preis
tax = USt.
amount = Betrag
subtotal = Zwischensumme
includes_tax = Enthält { $tax }
on_base = auf { $base }
total = Gesamtbetrag
total_credited = Gutgeschriebener Betrag
amount_due = Zu zahlen
notes = Anmerkungen
discount = { $percent } Rabatt
tax_unnamed = USt. { $rate }
paid_on = Bezahlt am { $date }, { $method }
credit_applied = Guthaben verrechnet
small_difference = Kleine Differenz, nicht berechnet
credit_note = Gutschrift { $number }
credit_note_over = Gutschrift { $number } über { $amount }
fee_line = Zahlungsgebühr zu Rechnung { $invoice }
fee_correction_line = Korrektur der Zahlungsgebühr { $fee } zu Rechnung { $invoice }
exempt = Umsatzsteuerfrei.
reverse_charge = Steuerschuldnerschaft des Leistungsempfängers.
supply_within_eu = Steuerfreie innergemeinschaftliche Lieferung.
export = Steuerfreie Ausfuhrlieferung.
not_taxable = Nicht steuerbar.

## Ways to pay

bank_transfer = Überweisung
cash = Bar
check = Scheck
other = Andere Zahlungsart
card = Karte
card_ending = { $brand } mit Endziffern { $digits }
sepa_debit = SEPA-Lastschrift
bank_debit = Bankeinzug
bacs_debit = Bacs-Lastschrift
acss_debit = Vorautorisierte Lastschrift
becs_debit = BECS-Lastschrift

## Bank details

pay_by_transfer = Per Überweisung bezahlen
account_holder = Kontoinhaber
reference = Verwendungszweck
copy_iban = IBAN kopieren
copy_bic = BIC kopieren
copy_reference = Verwendungszweck kopieren
copy_amount = Betrag kopieren
qr_code = QR-Code für die Banking-App
scan = Mit der Banking-App scannen, um die Überweisung auszufüllen.

## Back from Stripe

checking_title = Ihre Zahlung wird geprüft
declined_title = Zahlung abgelehnt
nothing_charged = Es wurde nichts abgebucht
checking_text = Wir fragen bei Stripe nach, ob Ihre Zahlung eingegangen ist. Das dauert meist nur ein paar Sekunden; diese Seite aktualisiert sich von selbst.
late_text = Das dauert länger als gewöhnlich. Sie können diese Seite schließen: Wir schreiben Ihnen eine E-Mail, sobald die Zahlung bestätigt ist. Bitte bezahlen Sie nicht noch einmal.
back_to_invoice = Zurück zur Rechnung
thank_you = Vielen Dank, Ihre Zahlung ist eingegangen
paid_for = Rechnung { $number } von { $seller }.
receipt_on_way = Ein Zahlungsbeleg ist unterwegs an { $email }.
next_part = Als Nächstes: { $amount }, fällig am { $date }.
view_receipt = Zahlungsbeleg ansehen
view_invoice = Rechnung ansehen
on_its_way = Ihre Zahlung ist unterwegs
on_its_way_text = { $wait } Sie müssen nichts weiter tun.
will_write = Wir schreiben an { $email }, sobald sie eingegangen ist.
declined = Die Zahlung wurde abgelehnt
declined_text = Es wurde nichts abgebucht. Sie können es noch einmal versuchen, eine andere Karte verwenden oder überweisen, wenn die Rechnung es anbietet.
left_text = Sie haben die Zahlungsseite verlassen, ohne zu bezahlen. Die Rechnung ist noch offen.

## The receipt

receipt_for = Zahlungsbeleg zu Rechnung { $number }
received = Eingegangen
checked_text = Ihre Zahlung ist eingegangen und wird geprüft. Im Moment ist nichts zu bezahlen.
payment = Zahlung
number = Nr. { $number }
paid_with = Zahlungsart
received_from = Erhalten von
received_by = Empfänger
invoice_total = Rechnungsbetrag
this_payment = Diese Zahlung
for_the_invoice = Für die Rechnung
held_credit = Als Ihr Guthaben geführt
refunded_since = Seither erstattet
being_checked = Wird geprüft
still_due = Noch zu zahlen
next_due = Als Nächstes, fällig am { $date }
nothing = Nichts
mail_copy = Kopie an { $address } senden
copy_sent = Eine Kopie ist unterwegs an { $address }.
question_payment = Frage zu dieser Zahlung

## The credit note, and the document of a fee

view_invoice_number = Rechnung { $number } ansehen
question_credit = Frage zu dieser Gutschrift
less_to_pay = Auf der Rechnung sind { $amount } weniger zu bezahlen.
refunded_before = { $amount } wurden Ihnen bereits erstattet.
given_back = { $amount } wurden Ihnen schon zurückgegeben.
paid_back = { $amount } werden Ihnen zurückgezahlt.
kept_credit = { $amount } bleiben als Guthaben für Sie stehen.
fee_title = Zahlungsgebühr { $number }
correction = Korrektur { $number }
fee_corrects = Sie korrigiert die Zahlungsgebühr { $fee } zu Rechnung { $invoice } um den Teil, der erstattet wurde.
fee_text = Die Gebühr für die Kartenzahlung der Rechnung { $invoice }. Sie wurde zusammen mit der Rechnung bezahlt.
question_fee = Frage zu dieser Gebühr

## What went wrong

not_found_title = Seite nicht gefunden
not_found = Unter dieser Adresse gibt es nichts
not_found_text = Der Link ist vielleicht unvollständig, oder er wurde durch einen neueren ersetzt. Bitte öffnen Sie den Link in der neuesten E-Mail noch einmal, oder fragen Sie, wer ihn Ihnen geschickt hat.
wait_title = Bitte warten Sie einen Moment
wait_text = Von Ihrem Anschluss kamen viele Anfragen. Es wurde nichts abgebucht. Bitte versuchen Sie es { $again } noch einmal.
again_minute = in einer Minute
again_minutes = in etwa { $minutes ->
    [one] { $n } Minute
   *[other] { $n } Minuten
}
again_hour = in etwa einer Stunde
unavailable = Gleich wieder da
unavailable_text = Diese Seite kann gerade nicht angezeigt werden. Es wurde nichts abgebucht, und nichts ist verloren. Bitte versuchen Sie es in ein paar Minuten noch einmal.
bad_request = Das war nicht zu verstehen
bad_request_text = Was gesendet wurde, konnte nicht gelesen werden. Bitte öffnen Sie die Seite noch einmal und wiederholen Sie es dort.
forbidden = Nicht erlaubt
cross_site = Das kam von anderswo
cross_site_text = Eine andere Website hat das über Ihren Browser gesendet, deshalb ist nichts geschehen. Öffnen Sie die Seite noch einmal und wiederholen Sie es dort.
not_possible_here = Hier nicht möglich
not_possible_here_text = Diese Adresse nimmt das nicht an. Bitte öffnen Sie den Link in der neuesten E-Mail noch einmal.
too_slow = Das hat zu lange gedauert
too_slow_text = Die Anfrage kam zu langsam an. Bitte senden Sie sie noch einmal.
conflict = Nicht mehr möglich
conflict_text = Inzwischen hat sich etwas geändert. Bitte öffnen Sie die Seite noch einmal.
too_large = Zu groß
too_large_text = Das ist größer, als es hier sein darf.
misdirected = Falscher Name
misdirected_text = Dieser Server hat einen anderen Namen. Bitte öffnen Sie den Link in der neuesten E-Mail noch einmal.
invalid = Bitte prüfen Sie Ihre Angaben
invalid_text = Etwas von dem, was gesendet wurde, stimmt nicht.
not_available = Im Moment nicht verfügbar
internal = Etwas ist schiefgegangen
internal_text = Auf diesem Server ist etwas schiefgegangen. Es wurde vermerkt; bitte versuchen Sie es noch einmal.

## Mails

hello = Guten Tag { $name },
hello_there = Guten Tag,
fact = { $label }: { $value }
lead = { $text }:
just_reply = Wenn Sie Fragen haben, antworten Sie einfach auf diese E-Mail.
view_and_pay = Rechnung ansehen und bezahlen
view_credit_note = Gutschrift ansehen
amount_due_on = { $amount }, fällig am { $date }
amount_for = { $amount } zu Rechnung { $number }
due_on = Fällig am
reason = Grund

invoice_subject = Rechnung { $number } von { $seller }
invoice_mail = { $seller } hat Ihnen die Rechnung { $number } über { $amount } gesendet. Sie ist am { $date } fällig.
invoice_mail_parts = { $seller } hat Ihnen die Rechnung { $number } über { $amount } gesendet, zahlbar in { $parts ->
    [one] { $n } Teilbetrag
   *[other] { $n } Teilbeträgen
}:
invoice_sent = { $seller } hat Ihnen eine Rechnung gesendet.
least_part = Sie können sie in Teilbeträgen von mindestens { $amount } bezahlen.

upcoming_subject = Rechnung { $number } ist am { $date } fällig
upcoming_part_subject = Ein Teil der Rechnung { $number } ist am { $date } fällig
overdue_subject = Zahlungserinnerung: Rechnung { $number } war am { $date } fällig
overdue_part_subject = Zahlungserinnerung: Ein Teil der Rechnung { $number } war am { $date } fällig
upcoming = Die Rechnung { $number } von { $seller } ist am { $date } fällig. Offen sind { $amount }.
overdue = Die Rechnung { $number } von { $seller } war am { $date } fällig. Offen sind noch { $amount }.
upcoming_part = Ein Teil der Rechnung { $number } von { $seller } ist am { $date } fällig: { $amount }. Insgesamt sind { $all } offen.
overdue_part = Ein Teil der Rechnung { $number } von { $seller } war am { $date } fällig: { $amount } sind noch offen. Insgesamt sind { $all } offen.
upcoming_short = Die Rechnung { $number } von { $seller } ist am { $date } fällig.
overdue_short = Die Rechnung { $number } von { $seller } war am { $date } fällig und ist noch offen.
upcoming_part_short = Ein Teil der Rechnung { $number } von { $seller } ist am { $date } fällig.
overdue_part_short = Ein Teil der Rechnung { $number } von { $seller } war am { $date } fällig und ist noch offen.
is_open = Offen: { $amount }
reminder_heading = Erinnerung an Rechnung { $number }
open_in_all = Insgesamt offen
paid_meanwhile = Falls Sie inzwischen bezahlt haben, vielen Dank: Dann ist nichts weiter zu tun. Wenn etwas unklar ist, antworten Sie einfach auf diese E-Mail.

receipt_subject = Zahlungsbeleg zu Rechnung { $number }: { $amount }
thanks_received = Vielen Dank. { $seller } hat Ihre Zahlung erhalten.
amount_received = Erhaltener Betrag
received_on = Eingegangen am
still_open = Noch offen
next = Als Nächstes
paid_in_full = Die Rechnung ist vollständig bezahlt.

copy_subject = Kopie Ihres Zahlungsbelegs zu Rechnung { $number }: { $amount }
copy_heading = Kopie Ihres Zahlungsbelegs
copy_text = { $seller } hat Ihre Zahlung erhalten. Dies ist Ihre Kopie des Zahlungsbelegs; der Beleg selbst ging an die Adresse auf der Rechnung.
invoice_for = Rechnung an
number_for = { $number }, an { $customer }

credit_subject = Ihre Zahlung über { $amount } bleibt als Guthaben stehen (Rechnung { $number })
credit_preview = Wir führen sie als Ihr Guthaben
credit_heading = Zahlung als Guthaben eingegangen
credit_received_on = { $seller } hat Ihre Zahlung über { $amount } am { $date } erhalten ({ $method }).
credit_received = { $seller } hat Ihre Zahlung erhalten.
because_paid = Die Rechnung { $number } war bereits bezahlt, deshalb bleibt das Geld als Guthaben für Sie stehen.
because_void = Die Rechnung { $number } war inzwischen zurückgezogen, deshalb bleibt das Geld als Guthaben für Sie stehen.
because_unclear = Sie passte nicht ganz zur Rechnung { $number }, deshalb prüft sie zuerst ein Mensch; bis dahin bleibt das Geld als Guthaben für Sie stehen.
in_touch = Wir melden uns dazu bei Ihnen; Sie müssen nichts tun.

refund_subject = Erstattung von { $amount } zu Rechnung { $number }
refund_heading = Ihre Erstattung
refunded_on_text = { $seller } hat von der Rechnung { $number } am { $date } { $amount } erstattet ({ $method }).
refunded_text = { $seller } hat von der Rechnung { $number } { $amount } erstattet.
arrives_in_days = Das Geld geht denselben Weg zurück, auf dem es kam. Banken brauchen meist 5 bis 10 Werktage, bis es auf Ihrem Konto zu sehen ist.
arrives_when_answered = Unser Zahlungsdienstleister Stripe schreibt Ihnen und fragt, wohin das Geld gehen soll. Es ist unterwegs, sobald Sie geantwortet haben.
arrives_by_hand = Das Geld wurde Ihnen direkt zurückgegeben.
pays_back_note = Damit wird zurückgezahlt, was die Gutschrift { $number } über { $amount } von der Rechnung zurückgenommen hat.
amount_refunded = Erstatteter Betrag
refunded_on = Erstattet am
refunded_to = Auf

note_subject = Gutschrift { $note } zu Rechnung { $number }: { $amount }
note_text = { $seller } hat { $amount } der Rechnung { $number } gutgeschrieben.
note_preview = { $amount } der Rechnung { $number } wurden gutgeschrieben
amount_credited = Gutgeschriebener Betrag
kept_as_credit = Als Ihr Guthaben geführt
refunded_to_you_before = Ihnen bereits erstattet
paid_back_to_you = Wird Ihnen zurückgezahlt
still_to_pay = Noch zu zahlen
nothing_left = Auf diese Rechnung ist nichts mehr zu bezahlen.

instruction_subject = Ihre Zahlung zu Rechnung { $number } ist unterwegs
instruction_text = Ihre Zahlung über { $amount } zu Rechnung { $number } ist unterwegs ({ $method }). Das kann bis zu { $days ->
    [one] { $n } Werktag
   *[other] { $n } Werktage
} dauern. Sie müssen nichts weiter tun; wir senden Ihnen den Zahlungsbeleg, sobald das Geld eingegangen ist.
instruction_short = Ihre Zahlung zu Rechnung { $number } ist unterwegs. Das kann bis zu { $days ->
    [one] { $n } Werktag
   *[other] { $n } Werktage
} dauern. Sie müssen nichts weiter tun; wir senden Ihnen den Zahlungsbeleg, sobald das Geld eingegangen ist.
instruction_preview = Sie müssen nichts weiter tun

failed_subject = Ihre Zahlung zu Rechnung { $number } konnte nicht ausgeführt werden
failed_text = Ihre Zahlung über { $amount } zu Rechnung { $number } konnte nicht ausgeführt werden ({ $method }). Es ist kein Geld eingegangen, und die Rechnung ist wieder offen.
failed_short = Ihre Zahlung zu Rechnung { $number } konnte nicht ausgeführt werden. Es ist kein Geld eingegangen, und die Rechnung ist wieder offen.
failed_preview = Rechnung { $number } ist wieder offen
failed_heading = Ihre Zahlung konnte nicht ausgeführt werden
bank_said = Auskunft der Bank
pay_again = Sie können auf demselben oder auf einem anderen Weg bezahlen. Wenn Sie Fragen haben, antworten Sie einfach auf diese E-Mail.
