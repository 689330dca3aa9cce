# Nederlands, met u. Namen en argumenten zoals in en.ftl.

choose_language = Taal
test_mode = Testmodus. Hier gaat geen echt geld om.

## The invoice

invoice_title = Factuur { $number }
draft_title = Conceptfactuur
title_from = { $title } van { $seller }
remark_canceled = U bent teruggekomen zonder te betalen. Er is niets afgeschreven.
remark_failed = De laatste betaling is niet gelukt. Er is niets afgeschreven; u kunt het opnieuw proberen.
remark_already_paid = Er valt niets meer te betalen. Er is niet nog eens afgeschreven.

due_today = Vandaag te betalen, { $date }
due_tomorrow = Morgen te betalen, { $date }
due_in = Te betalen op { $date }, over { $days ->
    [one] { $n } dag
   *[other] { $n } dagen
}
was_due = Was te betalen op { $date }
on = op { $date }
since = sinds { $date }

part_paid = { $paid } van { $total } is betaald. Dank u wel.
part_paid_refunded = { $paid } van { $total } is betaald, en daarvan is { $back } terugbetaald. Dank u wel.
tag_processing = Betaling onderweg
processing_text = Uw betaling van { $amount } is in gang gezet. { $wait } U hoeft verder niets te doen.
wait_bank = Bankbetalingen kunnen tot { $days ->
    [one] { $n } werkdag
   *[other] { $n } werkdagen
} duren.
wait_method = Met deze betaalwijze ({ $method }) kan het tot { $days ->
    [one] { $n } werkdag
   *[other] { $n } werkdagen
} duren.
tag_received = Betaling ontvangen
held_text = Er is een betaling voor deze factuur binnengekomen en die wordt bekeken; u hoeft nu niets te betalen.
tag_paid = Betaald
of_it_refunded = Daarvan is { $back } terugbetaald.
paid_text = Dank u wel. Deze pagina blijft bestaan als uw betalingsbewijs.
tag_refunded = Terugbetaald
returned = { $back } is teruggestort. Het duurt vijf tot tien dagen voordat banken dat tonen.
payment_returned = De betaling is teruggestort. Het duurt vijf tot tien dagen voordat banken dat tonen.
tag_void = Vervallen
void_text = Deze factuur is ingetrokken. Betaal haar alstublieft niet.
tag_credited = Gecrediteerd
credited_text = Deze factuur is met een creditnota ongedaan gemaakt. Er valt niets te betalen.
tag_closed = Gesloten
closed_text = Deze factuur is gesloten. Wilt u haar toch nog betalen, schrijf ons dan.

then = Daarna { $amount }, te betalen op { $date }.
by_card = Met kaart
this_invoice = Deze factuur
payment_fee = Betaalkosten
pay = { $amount } betalen
pay_all = Alles betalen: { $amount }
pay_all_now = Alles nu betalen: { $amount }
fee_of_that = Daarvan is { $fee } betaalkosten.
secure = Veilig betalen via Stripe
pay_a_part = Of betaal een deel
pay_this_part = Dit deel betalen
from_to = Van { $from } tot { $to }.
fees_on_choice = Bij betaling met kaart komen er betaalkosten bij: { $least_fee } op { $least }, { $most_fee } op { $most }.
enter_digits = Voer een bedrag in cijfers in.
choose_between = Kies een bedrag van { $from } tot { $to }.
too_little_left = Er zou { $rest } overblijven, en dat is te weinig om met een kaart te betalen. Betaal alles, of iets minder.
transfer_only = Betaal deze factuur alstublieft per bankoverschrijving.
no_way = Schrijf ons alstublieft hoe u deze factuur kunt betalen.
card_down = Betalen met een kaart is op dit moment niet mogelijk. Probeer het later opnieuw.
card_down_transfer = Betalen met een kaart is op dit moment niet mogelijk. U kunt overschrijven of het later opnieuw proberen.
transfer_costs_nothing = Een bankoverschrijving kost niets extra.
receipt = Betalingsbewijs
download_pdf = PDF downloaden
question_invoice = Vraag over deze factuur
in_parts = In { $count ->
    [one] { $n } termijn
   *[other] { $n } termijnen
}

## The parts of a plan

deposit = Aanbetaling
rest = Restbedrag
instalment = Termijn { $place } van { $count }
part_due = te betalen op { $date }
paid_and_credited = Betaald en gecrediteerd
part_open = { $amount } open
part_was_due = Was te betalen
due_now = Nu te betalen
later = Later

## The sheet

invoice = Factuur
credit = Creditnota
invoice_document = Document: factuur
credit_document = Document: creditnota
tax_id = Btw-nummer { $id }
draft = Concept
issued = Datum
for_invoice = Bij factuur
paid_with_invoice = Betaald met factuur
due = Vervaldatum
delivered = Leverdatum
your_reference = Uw referentie
credited_to = Gecrediteerd aan
billed_to = Gefactureerd aan
what_is_credited = Wat wordt gecrediteerd
what_is_invoiced = Wat wordt gefactureerd
description = Omschrijving
quantity = Aantal
price = Prijs
tax = Btw
amount = Bedrag
subtotal = Subtotaal
includes_tax = Inclusief { $tax }
on_base = over { $base }
total = Totaal
total_credited = Totaal gecrediteerd
amount_due = Te betalen
notes = Opmerkingen
discount = { $percent } korting
tax_unnamed = Btw { $rate }
paid_on = Betaald op { $date }, { $method }
credit_applied = Tegoed verrekend
small_difference = Klein verschil, niet gevraagd
credit_note = Creditnota { $number }
credit_note_over = Creditnota { $number } over { $amount }
fee_line = Betaalkosten voor factuur { $invoice }
fee_correction_line = Correctie van betaalkosten { $fee } voor factuur { $invoice }
exempt = Vrijgesteld van btw.
reverse_charge = Btw verlegd: de afnemer is de btw verschuldigd.
supply_within_eu = Intracommunautaire levering, 0% btw.
export = Uitvoer buiten de EU, 0% btw.
not_taxable = Niet aan btw onderworpen.

## Ways to pay

bank_transfer = Bankoverschrijving
cash = Contant
check = Cheque
other = Andere betaalwijze
card = Kaart
card_ending = { $brand } eindigend op { $digits }
sepa_debit = SEPA-incasso
bank_debit = Bankincasso
bacs_debit = Bacs-incasso
acss_debit = Vooraf goedgekeurde incasso
becs_debit = BECS-incasso

## Bank details

pay_by_transfer = Betalen per overschrijving
account_holder = Rekeninghouder
reference = Betalingskenmerk
copy_iban = IBAN kopiëren
copy_bic = BIC kopiëren
copy_reference = Betalingskenmerk kopiëren
copy_amount = Bedrag kopiëren
qr_code = QR-code voor de bank-app
scan = Scan de code met uw bank-app om de overschrijving in te vullen.

## Back from Stripe

checking_title = Uw betaling wordt gecontroleerd
declined_title = Betaling geweigerd
nothing_charged = Er is niets afgeschreven
checking_text = We vragen Stripe of uw betaling is aangekomen. Dat duurt meestal een paar seconden, en deze pagina werkt zichzelf bij.
late_text = Dit duurt langer dan gewoonlijk. U kunt deze pagina sluiten: we sturen u een e-mail zodra de betaling is bevestigd. Betaal alstublieft niet nog een keer.
back_to_invoice = Terug naar de factuur
thank_you = Dank u wel, uw betaling is aangekomen
paid_for = Factuur { $number } van { $seller }.
receipt_on_way = Een betalingsbewijs is onderweg naar { $email }.
next_part = Hierna: { $amount }, te betalen op { $date }.
view_receipt = Betalingsbewijs bekijken
view_invoice = Factuur bekijken
on_its_way = Uw betaling is onderweg
on_its_way_text = { $wait } U hoeft verder niets te doen.
will_write = We schrijven naar { $email } zodra zij is aangekomen.
declined = De betaling is geweigerd
declined_text = Er is niets afgeschreven. U kunt het opnieuw proberen, een andere kaart gebruiken of overschrijven als de factuur dat biedt.
left_text = U hebt de betaalpagina verlaten voordat u betaalde. De factuur staat nog open.

## The receipt

receipt_for = Betalingsbewijs voor factuur { $number }
received = Ontvangen
checked_text = Uw betaling is aangekomen en wordt gecontroleerd. U hoeft nu niets te betalen.
payment = Betaling
number = Nr. { $number }
paid_with = Betaalwijze
received_from = Ontvangen van
received_by = Ontvangen door
invoice_total = Factuurbedrag
this_payment = Deze betaling
for_the_invoice = Voor de factuur
held_credit = Bewaard als uw tegoed
refunded_since = Sindsdien terugbetaald
being_checked = Wordt gecontroleerd
still_due = Nog te betalen
next_due = Hierna, te betalen op { $date }
nothing = Niets
mail_copy = Kopie sturen naar { $address }
copy_sent = Een kopie is onderweg naar { $address }.
question_payment = Vraag over deze betaling

## The credit note, and the document of a fee

view_invoice_number = Factuur { $number } bekijken
question_credit = Vraag over deze creditnota
less_to_pay = Op de factuur hoeft { $amount } minder te worden betaald.
refunded_before = { $amount } was u al terugbetaald.
given_back = { $amount } is u al teruggegeven.
paid_back = { $amount } wordt aan u terugbetaald.
kept_credit = { $amount } blijft voor u staan als tegoed.
fee_title = Betaalkosten { $number }
correction = Correctie { $number }
fee_corrects = Dit corrigeert de betaalkosten { $fee } van factuur { $invoice } voor het deel dat is terugbetaald.
fee_text = De kosten voor het betalen van factuur { $invoice } met een kaart. Ze zijn samen met de factuur betaald.
question_fee = Vraag over deze kosten

## What went wrong

not_found_title = Pagina niet gevonden
not_found = Er is niets op dit adres
not_found_text = De link is misschien onvolledig, of hij is vervangen door een nieuwere. Open de link in de laatste e-mail opnieuw, of vraag het aan wie hem u heeft gestuurd.
wait_title = Een ogenblik, alstublieft
wait_text = Er kwamen veel verzoeken van uw verbinding. Er is niets afgeschreven. Probeer het { $again } opnieuw.
again_minute = over een minuut
again_minutes = over ongeveer { $minutes ->
    [one] { $n } minuut
   *[other] { $n } minuten
}
again_hour = over ongeveer een uur
unavailable = Zo weer terug
unavailable_text = Deze pagina kan nu niet worden getoond. Er is niets afgeschreven en er is niets verloren. Probeer het over een paar minuten opnieuw.
bad_request = Dat was niet te begrijpen
bad_request_text = Wat is verzonden, kon niet worden gelezen. Open de pagina opnieuw en herhaal het daar.
forbidden = Niet toegestaan
cross_site = Dat kwam van elders
cross_site_text = Een andere website liet uw browser dit verzenden, dus er is niets gedaan. Open de pagina opnieuw en herhaal het daar.
not_possible_here = Hier niet mogelijk
not_possible_here_text = Dit adres neemt dat niet aan. Open de link in de laatste e-mail opnieuw.
too_slow = Dat duurde te lang
too_slow_text = Het duurde te lang voordat het verzoek aankwam. Verzend het opnieuw.
conflict = Niet meer mogelijk
conflict_text = Er is intussen iets veranderd. Open de pagina opnieuw.
too_large = Te groot
too_large_text = Dit is groter dan wat hier kan worden verzonden.
misdirected = Verkeerde naam
misdirected_text = Deze server heeft een andere naam. Open de link in de laatste e-mail opnieuw.
invalid = Controleer uw gegevens
invalid_text = Iets van wat is verzonden, klopt niet.
not_available = Op dit moment niet beschikbaar
internal = Er is iets misgegaan
internal_text = Er is iets misgegaan op deze server. Het is genoteerd; probeer het opnieuw.

## Mails

hello = Beste { $name },
hello_there = Goedendag,
fact = { $label }: { $value }
lead = { $text }:
just_reply = Hebt u een vraag, beantwoord dan gewoon deze e-mail.
view_and_pay = Factuur bekijken en betalen
view_credit_note = Creditnota bekijken
amount_due_on = { $amount }, te betalen op { $date }
amount_for = { $amount } voor factuur { $number }
due_on = Vervaldatum
reason = Reden

invoice_subject = Factuur { $number } van { $seller }
invoice_mail = { $seller } heeft u factuur { $number } van { $amount } gestuurd. De factuur is te betalen op { $date }.
invoice_mail_parts = { $seller } heeft u factuur { $number } van { $amount } gestuurd, te betalen in { $parts ->
    [one] { $n } termijn
   *[other] { $n } termijnen
}:
invoice_sent = { $seller } heeft u een factuur gestuurd.
least_part = U kunt haar betalen in delen van ten minste { $amount }.

upcoming_subject = Factuur { $number } is te betalen op { $date }
upcoming_part_subject = Een deel van factuur { $number } is te betalen op { $date }
overdue_subject = Herinnering: factuur { $number } was te betalen op { $date }
overdue_part_subject = Herinnering: een deel van factuur { $number } was te betalen op { $date }
upcoming = Factuur { $number } van { $seller } is te betalen op { $date }. Open bedrag: { $amount }.
overdue = Factuur { $number } van { $seller } was te betalen op { $date }. Nog open: { $amount }.
upcoming_part = Een deel van factuur { $number } van { $seller } is te betalen op { $date }: { $amount }. In totaal staat { $all } open.
overdue_part = Een deel van factuur { $number } van { $seller } was te betalen op { $date }: { $amount } staat nog open. In totaal staat { $all } open.
upcoming_short = Factuur { $number } van { $seller } is te betalen op { $date }.
overdue_short = Factuur { $number } van { $seller } was te betalen op { $date } en staat nog open.
upcoming_part_short = Een deel van factuur { $number } van { $seller } is te betalen op { $date }.
overdue_part_short = Een deel van factuur { $number } van { $seller } was te betalen op { $date } en staat nog open.
is_open = Open bedrag: { $amount }
reminder_heading = Herinnering aan factuur { $number }
open_in_all = In totaal open
paid_meanwhile = Hebt u intussen betaald, dank u wel: dan hoeft u niets meer te doen. Is iets niet duidelijk, beantwoord dan gewoon deze e-mail.

receipt_subject = Betalingsbewijs voor factuur { $number }: { $amount }
thanks_received = Dank u wel. { $seller } heeft uw betaling ontvangen.
amount_received = Ontvangen bedrag
received_on = Ontvangen op
still_open = Nog open
next = Hierna
paid_in_full = De factuur is volledig betaald.

copy_subject = Kopie van uw betalingsbewijs voor factuur { $number }: { $amount }
copy_heading = Kopie van uw betalingsbewijs
copy_text = { $seller } heeft uw betaling ontvangen. Dit is uw kopie van het betalingsbewijs; het bewijs zelf ging naar het adres op de factuur.
invoice_for = Factuur voor
number_for = { $number }, voor { $customer }

credit_subject = Uw betaling van { $amount } blijft staan als tegoed (factuur { $number })
credit_preview = We bewaren haar als uw tegoed
credit_heading = Betaling ontvangen als tegoed
credit_received_on = { $seller } heeft uw betaling van { $amount } op { $date } ontvangen ({ $method }).
credit_received = { $seller } heeft uw betaling ontvangen.
because_paid = Factuur { $number } was al betaald, daarom blijft het geld voor u staan als tegoed.
because_void = Factuur { $number } was toen al ingetrokken, daarom blijft het geld voor u staan als tegoed.
because_unclear = De betaling kwam niet helemaal overeen met factuur { $number }, daarom kijkt er eerst iemand naar; tot dan blijft het geld voor u staan als tegoed.
in_touch = We nemen hierover contact met u op; u hoeft niets te doen.

refund_subject = Terugbetaling van { $amount } voor factuur { $number }
refund_heading = Uw terugbetaling
refunded_on_text = { $seller } heeft op { $date } { $amount } van factuur { $number } terugbetaald ({ $method }).
refunded_text = { $seller } heeft { $amount } van factuur { $number } terugbetaald.
arrives_in_days = Het geld gaat terug langs de weg waarlangs het kwam. Banken doen er meestal 5 tot 10 werkdagen over om het op uw afschrift te tonen.
arrives_when_answered = Onze betaaldienst Stripe schrijft u om te vragen waar het geld naartoe moet. Het is onderweg zodra u hebt geantwoord.
arrives_by_hand = Het geld is rechtstreeks aan u teruggegeven.
pays_back_note = Hiermee wordt terugbetaald wat creditnota { $number } van { $amount } van de factuur heeft afgehaald.
amount_refunded = Terugbetaald bedrag
refunded_on = Terugbetaald op
refunded_to = Naar

note_subject = Creditnota { $note } bij factuur { $number }: { $amount }
note_text = { $seller } heeft { $amount } van factuur { $number } gecrediteerd.
note_preview = { $amount } van factuur { $number } is gecrediteerd
amount_credited = Gecrediteerd bedrag
kept_as_credit = Bewaard als uw tegoed
refunded_to_you_before = Eerder aan u terugbetaald
paid_back_to_you = Aan u terugbetaald
still_to_pay = Nog te betalen
nothing_left = Op deze factuur valt niets meer te betalen.

instruction_subject = Uw betaling voor factuur { $number } is onderweg
instruction_text = Uw betaling van { $amount } voor factuur { $number } is onderweg ({ $method }). Dit kan tot { $days ->
    [one] { $n } werkdag
   *[other] { $n } werkdagen
} duren. U hoeft verder niets te doen; we sturen u het betalingsbewijs zodra het geld is aangekomen.
instruction_short = Uw betaling voor factuur { $number } is onderweg. Dit kan tot { $days ->
    [one] { $n } werkdag
   *[other] { $n } werkdagen
} duren. U hoeft verder niets te doen; we sturen u het betalingsbewijs zodra het geld is aangekomen.
instruction_preview = U hoeft verder niets te doen

failed_subject = Uw betaling voor factuur { $number } kon niet worden voltooid
failed_text = Uw betaling van { $amount } voor factuur { $number } kon niet worden voltooid ({ $method }). Er is geen geld aangekomen en de factuur staat weer open.
failed_short = Uw betaling voor factuur { $number } kon niet worden voltooid. Er is geen geld aangekomen en de factuur staat weer open.
failed_preview = Factuur { $number } staat weer open
failed_heading = Uw betaling kon niet worden voltooid
bank_said = Antwoord van de bank
pay_again = U kunt op dezelfde manier betalen of op een andere. Hebt u een vraag, beantwoord dan gewoon deze e-mail.
