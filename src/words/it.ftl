# Italiano, con il Lei. Nomi e argomenti come in en.ftl.

choose_language = Lingua
test_mode = Modalità di prova. Qui non si muove denaro reale.

## The invoice

invoice_title = Fattura { $number }
draft_title = Bozza di fattura
title_from = { $title } di { $seller }
remark_canceled = È tornato senza pagare. Non è stato addebitato nulla.
remark_failed = L’ultimo pagamento non è andato a buon fine. Non è stato addebitato nulla; può riprovare.
remark_already_paid = Non resta nulla da pagare. Non Le è stato addebitato altro.

due_today = Scadenza: oggi, { $date }
due_tomorrow = Scadenza: domani, { $date }
due_in = Scadenza: { $date }, tra { $days ->
    [one] { $n } giorno
   *[other] { $n } giorni
}
was_due = Scadenza passata: { $date }
on = il { $date }
since = dal { $date }

part_paid = Pagati { $paid } su { $total }. Grazie.
part_paid_refunded = Pagati { $paid } su { $total }, di cui { $back } rimborsati. Grazie.
tag_processing = Pagamento in corso
processing_text = Il Suo pagamento di { $amount } è stato avviato. { $wait } Non deve fare altro.
wait_bank = I pagamenti bancari possono richiedere fino a { $days ->
    [one] { $n } giorno lavorativo
   *[other] { $n } giorni lavorativi
}.
wait_method = Con questo metodo di pagamento ({ $method }) possono essere necessari fino a { $days ->
    [one] { $n } giorno lavorativo
   *[other] { $n } giorni lavorativi
}.
tag_received = Pagamento ricevuto
held_text = È arrivato un pagamento per questa fattura ed è in corso di verifica; per ora non deve pagare nulla.
tag_paid = Pagata
of_it_refunded = Sono stati rimborsati { $back }.
paid_text = Grazie. Questa pagina resta a disposizione come ricevuta.
tag_refunded = Rimborsata
returned = Sono stati restituiti { $back }. Le banche impiegano da cinque a dieci giorni per mostrarlo.
payment_returned = Il pagamento è stato restituito. Le banche impiegano da cinque a dieci giorni per mostrarlo.
tag_void = Annullata
void_text = Questa fattura è stata ritirata. La preghiamo di non pagarla.
tag_credited = Stornata
credited_text = Questa fattura è stata stornata con una nota di credito. Non c’è nulla da pagare.
tag_closed = Chiusa
closed_text = Questa fattura è stata chiusa. Se desidera pagarla comunque, La preghiamo di scriverci.

then = Poi { $amount }, con scadenza { $date }.
by_card = Con carta
this_invoice = Questa fattura
payment_fee = Commissione di pagamento
pay = Paga { $amount }
pay_all = Paga tutto: { $amount }
pay_all_now = Paga tutto ora: { $amount }
fee_of_that = Di cui { $fee } di commissione di pagamento.
secure = Pagamento sicuro tramite Stripe
pay_a_part = Oppure paghi una parte
pay_this_part = Paga questa parte
from_to = Da { $from } a { $to }.
fees_on_choice = Con carta si aggiunge una commissione di pagamento: { $least_fee } su { $least }, { $most_fee } su { $most }.
enter_digits = Inserisca un importo in cifre.
choose_between = Scelga un importo da { $from } a { $to }.
too_little_left = Resterebbero { $rest }, troppo poco per un pagamento con carta. Paghi tutto o un po’ meno.
transfer_only = La preghiamo di pagare questa fattura con bonifico bancario.
no_way = La preghiamo di scriverci per sapere come pagare questa fattura.
card_down = Il pagamento con carta non è disponibile al momento. Riprovi più tardi.
card_down_transfer = Il pagamento con carta non è disponibile al momento. Può pagare con bonifico oppure riprovare più tardi.
transfer_costs_nothing = Il bonifico è senza commissioni.
receipt = Ricevuta
download_pdf = Scarica PDF
question_invoice = Domanda su questa fattura
in_parts = In { $count ->
    [one] { $n } rata
   *[other] { $n } rate
}

## The parts of a plan

deposit = Acconto
rest = Saldo
instalment = Rata { $place } di { $count }
part_due = scadenza { $date }
paid_and_credited = Pagata e stornata
part_open = { $amount } da pagare
part_was_due = Scaduta
due_now = Da pagare ora
later = Più avanti

## The sheet

invoice = Fattura
credit = Nota di credito
invoice_document = Documento: fattura
credit_document = Documento: nota di credito
tax_id = P. IVA/C.F. { $id }
draft = Bozza
issued = Data di emissione
for_invoice = Per la fattura
paid_with_invoice = Pagata con la fattura
due = Scadenza
delivered = Data di consegna
your_reference = Vostro riferimento
credited_to = Accreditato a
billed_to = Fatturato a
what_is_credited = Che cosa viene accreditato
what_is_invoiced = Che cosa viene fatturato
description = Descrizione
quantity = Quantità
price = Prezzo
tax = IVA
amount = Importo
subtotal = Subtotale
includes_tax = Comprende { $tax }
on_base = su { $base }
total = Totale
total_credited = Totale accreditato
amount_due = Importo da pagare
notes = Note
discount = Sconto del { $percent }
tax_unnamed = IVA { $rate }
paid_on = Pagato il { $date }, { $method }
credit_applied = Credito utilizzato
small_difference = Piccola differenza, non richiesta
credit_note = Nota di credito { $number }
credit_note_over = Nota di credito { $number } di { $amount }
fee_line = Commissione di pagamento per la fattura { $invoice }
fee_correction_line = Rettifica della commissione di pagamento { $fee } per la fattura { $invoice }
exempt = Operazione esente da IVA.
reverse_charge = Inversione contabile: l’imposta è dovuta dal cessionario o committente.
supply_within_eu = Cessione intracomunitaria di beni non imponibile.
export = Esportazione non imponibile.
not_taxable = Operazione non soggetta a IVA.

## Ways to pay

bank_transfer = Bonifico bancario
cash = Contanti
check = Assegno
other = Altro metodo di pagamento
card = Carta
card_ending = { $brand } che termina con { $digits }
sepa_debit = Addebito diretto SEPA
bank_debit = Addebito bancario
bacs_debit = Addebito diretto Bacs
acss_debit = Addebito preautorizzato
becs_debit = Addebito diretto BECS

## Bank details

pay_by_transfer = Pagare con bonifico
account_holder = Intestatario del conto
reference = Causale
copy_iban = Copia IBAN
copy_bic = Copia BIC
copy_reference = Copia causale
copy_amount = Copia importo
qr_code = Codice QR per l’app della banca
scan = Lo scansioni con l’app della banca per compilare il bonifico.

## Back from Stripe

checking_title = Verifica del pagamento in corso
declined_title = Pagamento rifiutato
nothing_charged = Non è stato addebitato nulla
checking_text = Stiamo chiedendo a Stripe se il Suo pagamento è arrivato. Di solito bastano pochi secondi, e questa pagina si aggiorna da sola.
late_text = Ci vuole più del solito. Può chiudere questa pagina: Le scriveremo un’e-mail appena il pagamento sarà confermato. La preghiamo di non pagare di nuovo.
back_to_invoice = Torna alla fattura
thank_you = Grazie, il Suo pagamento è arrivato
paid_for = Fattura { $number } di { $seller }.
receipt_on_way = Una ricevuta è in arrivo all’indirizzo { $email }.
next_part = Prossimo importo: { $amount }, con scadenza { $date }.
view_receipt = Vedi ricevuta
view_invoice = Vedi fattura
on_its_way = Il Suo pagamento è in corso
on_its_way_text = { $wait } Non deve fare altro.
will_write = Scriveremo a { $email } quando sarà arrivato.
declined = Il pagamento è stato rifiutato
declined_text = Non è stato addebitato nulla. Può riprovare, usare un’altra carta o pagare con bonifico, se la fattura lo prevede.
left_text = Ha lasciato la pagina di pagamento prima di pagare. La fattura è ancora da pagare.

## The receipt

receipt_for = Ricevuta per la fattura { $number }
received = Ricevuto
checked_text = Il Suo pagamento è arrivato ed è in corso di verifica. Per ora non deve pagare nulla.
payment = Pagamento
number = N. { $number }
paid_with = Metodo di pagamento
received_from = Ricevuto da
received_by = Incassato da
invoice_total = Totale fattura
this_payment = Questo pagamento
for_the_invoice = Per la fattura
held_credit = Tenuto come Suo credito
refunded_since = Rimborsato in seguito
being_checked = In corso di verifica
still_due = Ancora da pagare
next_due = Prossima scadenza, { $date }
nothing = Nulla
mail_copy = Invia una copia a { $address }
copy_sent = Una copia è in arrivo all’indirizzo { $address }.
question_payment = Domanda su questo pagamento

## The credit note, and the document of a fee

view_invoice_number = Vedi fattura { $number }
question_credit = Domanda su questa nota di credito
less_to_pay = L’importo da pagare sulla fattura si riduce di { $amount }.
refunded_before = { $amount } Le erano già stati rimborsati.
given_back = { $amount } Le sono già stati restituiti.
paid_back = { $amount } Le vengono restituiti.
kept_credit = { $amount } restano a Sua disposizione come credito.
fee_title = Commissione di pagamento { $number }
correction = Rettifica { $number }
fee_corrects = Rettifica la commissione di pagamento { $fee } della fattura { $invoice } per la parte che è stata rimborsata.
fee_text = La commissione per il pagamento con carta della fattura { $invoice }. È stata pagata insieme alla fattura.
question_fee = Domanda su questa commissione

## What went wrong

not_found_title = Pagina non trovata
not_found = A questo indirizzo non c’è nulla
not_found_text = Il link potrebbe essere incompleto o essere stato sostituito da uno più recente. Apra di nuovo il link dell’ultima e-mail oppure chieda a chi glielo ha inviato.
wait_title = Attenda un momento
wait_text = Dalla Sua connessione sono arrivate molte richieste. Non è stato addebitato nulla. Riprovi { $again }.
again_minute = tra un minuto
again_minutes = tra circa { $minutes ->
    [one] { $n } minuto
   *[other] { $n } minuti
}
again_hour = tra circa un’ora
unavailable = Torniamo tra un momento
unavailable_text = Questa pagina non può essere mostrata in questo momento. Non è stato addebitato nulla e nulla è andato perso. Riprovi tra qualche minuto.
bad_request = Richiesta non comprensibile
bad_request_text = Non è stato possibile leggere ciò che è stato inviato. Apra di nuovo la pagina e ripeta l’operazione.
forbidden = Non consentito
cross_site = La richiesta veniva da altrove
cross_site_text = Un altro sito ha fatto inviare questa richiesta dal Suo browser, perciò non è stato fatto nulla. Apra di nuovo la pagina e ripeta l’operazione.
not_possible_here = Qui non è possibile
not_possible_here_text = Questo indirizzo non lo accetta. Apra di nuovo il link dell’ultima e-mail.
too_slow = Ci è voluto troppo tempo
too_slow_text = La richiesta ha impiegato troppo tempo ad arrivare. La invii di nuovo.
conflict = Non più possibile
conflict_text = Nel frattempo qualcosa è cambiato. Apra di nuovo la pagina.
too_large = Troppo grande
too_large_text = È più grande di quanto si possa inviare qui.
misdirected = Nome errato
misdirected_text = Questo server ha un altro nome. Apra di nuovo il link dell’ultima e-mail.
invalid = Controlli i dati inseriti
invalid_text = Qualcosa di ciò che è stato inviato non è corretto.
not_available = Non disponibile al momento
internal = Qualcosa non ha funzionato
internal_text = Qualcosa non ha funzionato su questo server. È stato registrato; La preghiamo di riprovare.

## Mails

hello = Buongiorno { $name },
hello_there = Buongiorno,
fact = { $label }: { $value }
lead = { $text }:
just_reply = Per qualsiasi domanda, risponda semplicemente a questa e-mail.
view_and_pay = Vedi e paga la fattura
view_credit_note = Vedi nota di credito
amount_due_on = { $amount }, scadenza { $date }
amount_for = { $amount } per la fattura { $number }
due_on = Scadenza
reason = Motivo

invoice_subject = Fattura { $number } di { $seller }
invoice_mail = { $seller } Le ha inviato la fattura { $number } di { $amount }. La scadenza è il { $date }.
invoice_mail_parts = { $seller } Le ha inviato la fattura { $number } di { $amount }, da pagare in { $parts ->
    [one] { $n } rata
   *[other] { $n } rate
}:
invoice_sent = { $seller } Le ha inviato una fattura.
least_part = Può pagarla in più parti di almeno { $amount }.

upcoming_subject = La fattura { $number } scade il { $date }
upcoming_part_subject = Una parte della fattura { $number } scade il { $date }
overdue_subject = Promemoria: la fattura { $number } è scaduta il { $date }
overdue_part_subject = Promemoria: una parte della fattura { $number } è scaduta il { $date }
upcoming = La fattura { $number } di { $seller } scade il { $date }. Importo da pagare: { $amount }.
overdue = La fattura { $number } di { $seller } è scaduta il { $date }. Importo ancora da pagare: { $amount }.
upcoming_part = Una parte della fattura { $number } di { $seller } scade il { $date }: { $amount }. In totale restano da pagare { $all }.
overdue_part = Una parte della fattura { $number } di { $seller } è scaduta il { $date }: restano da pagare { $amount }. In totale restano da pagare { $all }.
upcoming_short = La fattura { $number } di { $seller } scade il { $date }.
overdue_short = La fattura { $number } di { $seller } è scaduta il { $date } ed è ancora da pagare.
upcoming_part_short = Una parte della fattura { $number } di { $seller } scade il { $date }.
overdue_part_short = Una parte della fattura { $number } di { $seller } è scaduta il { $date } ed è ancora da pagare.
is_open = Importo da pagare: { $amount }
reminder_heading = Promemoria per la fattura { $number }
open_in_all = Totale da pagare
paid_meanwhile = Se nel frattempo ha già pagato, grazie: non deve fare altro. Se qualcosa non è chiaro, risponda semplicemente a questa e-mail.

receipt_subject = Ricevuta per la fattura { $number }: { $amount }
thanks_received = Grazie. { $seller } ha ricevuto il Suo pagamento.
amount_received = Importo ricevuto
received_on = Ricevuto il
still_open = Ancora da pagare
next = Prossima rata
paid_in_full = La fattura è pagata per intero.

copy_subject = Copia della Sua ricevuta per la fattura { $number }: { $amount }
copy_heading = Copia della Sua ricevuta
copy_text = { $seller } ha ricevuto il Suo pagamento. Questa è la Sua copia della ricevuta; la ricevuta stessa è stata inviata all’indirizzo indicato sulla fattura.
invoice_for = Fattura per
number_for = { $number }, per { $customer }

credit_subject = Il Suo pagamento di { $amount } resta come credito (fattura { $number })
credit_preview = Lo teniamo come Suo credito
credit_heading = Pagamento ricevuto come credito
credit_received_on = { $seller } ha ricevuto il Suo pagamento di { $amount } il { $date } ({ $method }).
credit_received = { $seller } ha ricevuto il Suo pagamento.
because_paid = La fattura { $number } era già stata pagata, perciò il denaro resta a Sua disposizione come credito.
because_void = La fattura { $number } era stata nel frattempo ritirata, perciò il denaro resta a Sua disposizione come credito.
because_unclear = Non corrispondeva del tutto alla fattura { $number }, perciò prima lo esamina una persona; fino ad allora il denaro resta a Sua disposizione come credito.
in_touch = Ci faremo vivi noi al riguardo; non deve fare nulla.

refund_subject = Rimborso di { $amount } per la fattura { $number }
refund_heading = Il Suo rimborso
refunded_on_text = { $seller } ha rimborsato { $amount } della fattura { $number } il { $date } ({ $method }).
refunded_text = { $seller } ha rimborsato { $amount } della fattura { $number }.
arrives_in_days = Il denaro torna per la stessa via da cui è arrivato. Le banche impiegano di solito da 5 a 10 giorni lavorativi per mostrarlo sull’estratto conto.
arrives_when_answered = Il nostro fornitore di servizi di pagamento Stripe Le scriverà per chiederLe dove inviare il denaro. Partirà appena avrà risposto.
arrives_by_hand = Il denaro Le è stato restituito direttamente.
pays_back_note = Restituisce quanto la nota di credito { $number } di { $amount } ha stornato dalla fattura.
amount_refunded = Importo rimborsato
refunded_on = Rimborsato il
refunded_to = A

note_subject = Nota di credito { $note } per la fattura { $number }: { $amount }
note_text = { $seller } ha accreditato { $amount } della fattura { $number }.
note_preview = Accreditati { $amount } della fattura { $number }
amount_credited = Importo accreditato
kept_as_credit = Tenuto come Suo credito
refunded_to_you_before = Già rimborsato
paid_back_to_you = Restituito a Lei
still_to_pay = Ancora da pagare
nothing_left = Su questa fattura non resta nulla da pagare.

instruction_subject = Il Suo pagamento per la fattura { $number } è in corso
instruction_text = Il Suo pagamento di { $amount } per la fattura { $number } è in corso ({ $method }). Possono essere necessari fino a { $days ->
    [one] { $n } giorno lavorativo
   *[other] { $n } giorni lavorativi
}. Non deve fare altro; Le invieremo la ricevuta quando il denaro sarà arrivato.
instruction_short = Il Suo pagamento per la fattura { $number } è in corso. Possono essere necessari fino a { $days ->
    [one] { $n } giorno lavorativo
   *[other] { $n } giorni lavorativi
}. Non deve fare altro; Le invieremo la ricevuta quando il denaro sarà arrivato.
instruction_preview = Non deve fare altro

failed_subject = Il Suo pagamento per la fattura { $number } non è andato a buon fine
failed_text = Il Suo pagamento di { $amount } per la fattura { $number } non è andato a buon fine ({ $method }). Il denaro non è arrivato e la fattura è di nuovo da pagare.
failed_short = Il Suo pagamento per la fattura { $number } non è andato a buon fine. Il denaro non è arrivato e la fattura è di nuovo da pagare.
failed_preview = La fattura { $number } è di nuovo da pagare
failed_heading = Il Suo pagamento non è andato a buon fine
bank_said = Risposta della banca
pay_again = Può pagare nello stesso modo o in un altro. Per qualsiasi domanda, risponda semplicemente a questa e-mail.
