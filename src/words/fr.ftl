# Français, au vouvoiement. Noms et arguments comme dans en.ftl.

choose_language = Langue
test_mode = Mode test. Aucun paiement réel n’a lieu ici.

## The invoice

invoice_title = Facture { $number }
draft_title = Brouillon de facture
title_from = { $title } de { $seller }
remark_canceled = Vous êtes revenu sans payer. Aucun montant n’a été débité.
remark_failed = Le dernier paiement n’a pas abouti. Aucun montant n’a été débité ; vous pouvez réessayer.
remark_already_paid = Il ne reste rien à payer. Vous n’avez pas été débité une seconde fois.

due_today = À payer aujourd’hui, { $date }
due_tomorrow = À payer demain, { $date }
due_in = À payer le { $date }, dans { $days ->
    [one] { $n } jour
   *[other] { $n } jours
}
was_due = L’échéance était le { $date }
on = le { $date }
since = depuis le { $date }

part_paid = { $paid } sur { $total } ont été payés. Merci.
part_paid_refunded = { $paid } sur { $total } ont été payés, dont { $back } ont été remboursés. Merci.
tag_processing = Paiement en cours
processing_text = Votre paiement de { $amount } a été lancé. { $wait } Vous n’avez rien d’autre à faire.
wait_bank = Les paiements bancaires peuvent prendre jusqu’à { $days ->
    [one] { $n } jour ouvré
   *[other] { $n } jours ouvrés
}.
wait_method = Avec ce moyen de paiement ({ $method }), le délai peut atteindre { $days ->
    [one] { $n } jour ouvré
   *[other] { $n } jours ouvrés
}.
tag_received = Paiement reçu
held_text = Un paiement pour cette facture est arrivé et est en cours de vérification ; vous n’avez rien à payer pour le moment.
tag_paid = Payée
of_it_refunded = Un remboursement de { $back } a été effectué.
paid_text = Merci. Cette page reste accessible et vous sert de reçu.
tag_refunded = Remboursée
returned = { $back } ont été remboursés. Les banques mettent cinq à dix jours à l’afficher.
payment_returned = Le paiement a été remboursé. Les banques mettent cinq à dix jours à l’afficher.
tag_void = Annulée
void_text = Cette facture a été retirée. Merci de ne pas la payer.
tag_credited = Créditée
credited_text = Cette facture a été annulée par un avoir. Il n’y a rien à payer.
tag_closed = Clôturée
closed_text = Cette facture a été clôturée. Si vous souhaitez tout de même la payer, veuillez nous écrire.

then = Ensuite { $amount }, à payer le { $date }.
by_card = Par carte
this_invoice = Cette facture
payment_fee = Frais de paiement
pay = Payer { $amount }
pay_all = Tout payer : { $amount }
pay_all_now = Tout payer maintenant : { $amount }
fee_of_that = Dont { $fee } de frais de paiement.
secure = Paiement sécurisé par Stripe
pay_a_part = Ou payer une partie
pay_this_part = Payer cette partie
from_to = De { $from } à { $to }.
fees_on_choice = Par carte, des frais de paiement s’ajoutent : { $least_fee } pour { $least }, { $most_fee } pour { $most }.
enter_digits = Saisissez un montant en chiffres.
choose_between = Choisissez un montant de { $from } à { $to }.
too_little_left = Il resterait { $rest }, ce qui est trop peu pour un paiement par carte. Payez le tout, ou un peu moins.
transfer_only = Veuillez régler cette facture par virement bancaire.
no_way = Veuillez nous écrire pour connaître le moyen de régler cette facture.
card_down = Le paiement par carte n’est pas disponible pour le moment. Veuillez réessayer plus tard.
card_down_transfer = Le paiement par carte n’est pas disponible pour le moment. Vous pouvez payer par virement, ou réessayer plus tard.
transfer_costs_nothing = Le virement est sans frais.
receipt = Reçu
download_pdf = Télécharger le PDF
question_invoice = Question sur cette facture
in_parts = En { $count ->
    [one] { $n } échéance
   *[other] { $n } échéances
}

## The parts of a plan

deposit = Acompte
rest = Solde
instalment = Échéance { $place } sur { $count }
part_due = à payer le { $date }
paid_and_credited = Payée et créditée
part_open = { $amount } restant dus
part_was_due = Échue
due_now = À payer maintenant
later = Plus tard

## The sheet

invoice = Facture
credit = Avoir
invoice_document = Document : facture
credit_document = Document : avoir
tax_id = N° TVA { $id }
draft = Brouillon
issued = Date d’émission
for_invoice = Pour la facture
paid_with_invoice = Payé avec la facture
due = Date d’échéance
delivered = Date de livraison
your_reference = Votre référence
credited_to = Crédité à
billed_to = Facturé à
what_is_credited = Ce qui est crédité
what_is_invoiced = Ce qui est facturé
description = Désignation
quantity = Quantité
price = Prix unitaire
tax = TVA
amount = Montant
subtotal = Sous-total
includes_tax = Dont { $tax }
on_base = sur { $base }
total = Total
total_credited = Total crédité
amount_due = Reste à payer
notes = Remarques
discount = Remise de { $percent }
tax_unnamed = TVA { $rate }
paid_on = Payé le { $date }, { $method }
credit_applied = Crédit imputé
small_difference = Petit écart, non réclamé
credit_note = Avoir { $number }
credit_note_over = Avoir { $number } de { $amount }
fee_line = Frais de paiement de la facture { $invoice }
fee_correction_line = Rectification des frais de paiement { $fee } de la facture { $invoice }
exempt = Exonéré de TVA.
reverse_charge = Autoliquidation : la TVA est due par le preneur.
supply_within_eu = Livraison intracommunautaire exonérée de TVA.
export = Exportation exonérée de TVA.
not_taxable = Hors du champ d’application de la TVA.

## Ways to pay

bank_transfer = Virement bancaire
cash = Espèces
check = Chèque
other = Autre moyen de paiement
card = Carte
card_ending = { $brand } se terminant par { $digits }
sepa_debit = Prélèvement SEPA
bank_debit = Prélèvement bancaire
bacs_debit = Prélèvement Bacs
acss_debit = Prélèvement préautorisé
becs_debit = Prélèvement BECS

## Bank details

pay_by_transfer = Payer par virement
account_holder = Titulaire du compte
reference = Référence
copy_iban = Copier l’IBAN
copy_bic = Copier le BIC
copy_reference = Copier la référence
copy_amount = Copier le montant
qr_code = QR code pour application bancaire
scan = Scannez-le avec votre application bancaire pour préremplir le virement.

## Back from Stripe

checking_title = Vérification de votre paiement
declined_title = Paiement refusé
nothing_charged = Aucun montant n’a été débité
checking_text = Nous demandons à Stripe si votre paiement est arrivé. Cela prend en général quelques secondes, et cette page se met à jour d’elle-même.
late_text = Cela prend plus de temps que d’habitude. Vous pouvez fermer cette page : nous vous écrirons dès que le paiement sera confirmé. Merci de ne pas payer une seconde fois.
back_to_invoice = Retour à la facture
thank_you = Merci, votre paiement est arrivé
paid_for = Facture { $number } de { $seller }.
receipt_on_way = Un reçu est en route vers { $email }.
next_part = Ensuite : { $amount }, à payer le { $date }.
view_receipt = Voir le reçu
view_invoice = Voir la facture
on_its_way = Votre paiement est en cours
on_its_way_text = { $wait } Vous n’avez rien d’autre à faire.
will_write = Nous écrirons à { $email } dès qu’il sera arrivé.
declined = Le paiement a été refusé
declined_text = Aucun montant n’a été débité. Vous pouvez réessayer, utiliser une autre carte ou payer par virement si la facture le propose.
left_text = Vous avez quitté la page de paiement avant de payer. La facture reste à régler.

## The receipt

receipt_for = Reçu pour la facture { $number }
received = Reçu
checked_text = Votre paiement est arrivé et est en cours de vérification. Vous n’avez rien à payer pour le moment.
payment = Paiement
number = N° { $number }
paid_with = Moyen de paiement
received_from = Reçu de
received_by = Reçu par
invoice_total = Total de la facture
this_payment = Ce paiement
for_the_invoice = Pour la facture
held_credit = Conservé à votre crédit
refunded_since = Remboursé depuis
being_checked = En cours de vérification
still_due = Reste à payer
next_due = Ensuite, à payer le { $date }
nothing = Rien
mail_copy = Envoyer une copie à { $address }
copy_sent = Une copie est en route vers { $address }.
question_payment = Question sur ce paiement

## The credit note, and the document of a fee

view_invoice_number = Voir la facture { $number }
question_credit = Question sur cet avoir
less_to_pay = Le montant à payer sur la facture est réduit de { $amount }.
refunded_before = { $amount } vous ont été remboursés auparavant.
given_back = { $amount } vous ont déjà été rendus.
paid_back = { $amount } vous sont remboursés.
kept_credit = { $amount } sont conservés à votre crédit.
fee_title = Frais de paiement { $number }
correction = Rectification { $number }
fee_corrects = Elle rectifie les frais de paiement { $fee } de la facture { $invoice } à hauteur de ce qui en a été remboursé.
fee_text = Les frais du paiement par carte de la facture { $invoice }. Ils ont été payés avec la facture.
question_fee = Question sur ces frais

## What went wrong

not_found_title = Page introuvable
not_found = Il n’y a rien à cette adresse
not_found_text = Le lien est peut-être incomplet, ou a été remplacé par un plus récent. Veuillez rouvrir le lien du dernier e-mail, ou le demander à la personne qui vous l’a envoyé.
wait_title = Un instant, s’il vous plaît
wait_text = De nombreuses requêtes sont venues de votre connexion. Aucun montant n’a été débité. Veuillez réessayer { $again }.
again_minute = dans une minute
again_minutes = dans environ { $minutes ->
    [one] { $n } minute
   *[other] { $n } minutes
}
again_hour = dans une heure environ
unavailable = De retour dans un instant
unavailable_text = Cette page ne peut pas être affichée pour le moment. Aucun montant n’a été débité et rien n’est perdu. Veuillez réessayer dans quelques minutes.
bad_request = Cela n’a pas pu être compris
bad_request_text = Ce qui a été envoyé n’a pas pu être lu. Veuillez rouvrir la page et recommencer.
forbidden = Non autorisé
cross_site = Cela venait d’ailleurs
cross_site_text = Un autre site a envoyé cela par votre navigateur ; rien n’a donc été fait. Rouvrez la page et recommencez.
not_possible_here = Impossible ici
not_possible_here_text = Cette adresse n’accepte pas cela. Veuillez rouvrir le lien du dernier e-mail.
too_slow = Cela a pris trop de temps
too_slow_text = La requête a mis trop de temps à arriver. Veuillez l’envoyer de nouveau.
conflict = Ce n’est plus possible
conflict_text = Quelque chose a changé entre-temps. Veuillez rouvrir la page.
too_large = Trop volumineux
too_large_text = C’est plus volumineux que ce qui peut être envoyé ici.
misdirected = Mauvais nom
misdirected_text = Ce serveur porte un autre nom. Veuillez rouvrir le lien du dernier e-mail.
invalid = Veuillez vérifier votre saisie
invalid_text = Une partie de ce qui a été envoyé n’est pas correcte.
not_available = Indisponible pour le moment
internal = Un problème est survenu
internal_text = Un problème est survenu sur ce serveur. Il a été noté ; veuillez réessayer.

## Mails

hello = Bonjour { $name },
hello_there = Bonjour,
fact = { $label } : { $value }
lead = { $text } :
just_reply = Si vous avez une question, répondez simplement à cet e-mail.
view_and_pay = Voir et payer la facture
view_credit_note = Voir l’avoir
amount_due_on = { $amount }, à payer le { $date }
amount_for = { $amount } pour la facture { $number }
due_on = Date d’échéance
reason = Motif

invoice_subject = Facture { $number } de { $seller }
invoice_mail = { $seller } vous a envoyé la facture { $number } d’un montant de { $amount }. Elle est à payer le { $date }.
invoice_mail_parts = { $seller } vous a envoyé la facture { $number } d’un montant de { $amount }, à payer en { $parts ->
    [one] { $n } échéance
   *[other] { $n } échéances
} :
invoice_sent = { $seller } vous a envoyé une facture.
least_part = Vous pouvez la payer en plusieurs fois, par montants d’au moins { $amount }.

upcoming_subject = La facture { $number } est à payer le { $date }
upcoming_part_subject = Une partie de la facture { $number } est à payer le { $date }
overdue_subject = Rappel : la facture { $number } était à payer le { $date }
overdue_part_subject = Rappel : une partie de la facture { $number } était à payer le { $date }
upcoming = La facture { $number } de { $seller } est à payer le { $date }. Montant restant dû : { $amount }.
overdue = La facture { $number } de { $seller } était à payer le { $date }. Montant restant dû : { $amount }.
upcoming_part = Une partie de la facture { $number } de { $seller } est à payer le { $date } : { $amount }. Au total, { $all } restent dus.
overdue_part = Une partie de la facture { $number } de { $seller } était à payer le { $date } : { $amount } restent dus. Au total, { $all } restent dus.
upcoming_short = La facture { $number } de { $seller } est à payer le { $date }.
overdue_short = La facture { $number } de { $seller } était à payer le { $date } et n’est pas encore réglée.
upcoming_part_short = Une partie de la facture { $number } de { $seller } est à payer le { $date }.
overdue_part_short = Une partie de la facture { $number } de { $seller } était à payer le { $date } et n’est pas encore réglée.
is_open = Montant restant dû : { $amount }
reminder_heading = Rappel de la facture { $number }
open_in_all = Total restant dû
paid_meanwhile = Si vous avez payé entre-temps, merci : il n’y a rien d’autre à faire. Si quelque chose n’est pas clair, répondez simplement à cet e-mail.

receipt_subject = Reçu pour la facture { $number } : { $amount }
thanks_received = Merci. { $seller } a reçu votre paiement.
amount_received = Montant reçu
received_on = Reçu le
still_open = Reste dû
next = Prochaine échéance
paid_in_full = La facture est entièrement payée.

copy_subject = Copie de votre reçu pour la facture { $number } : { $amount }
copy_heading = Copie de votre reçu
copy_text = { $seller } a reçu votre paiement. Ceci est votre copie du reçu ; le reçu lui-même a été envoyé à l’adresse figurant sur la facture.
invoice_for = Facture adressée à
number_for = { $number }, adressée à { $customer }

credit_subject = Votre paiement de { $amount } est conservé à votre crédit (facture { $number })
credit_preview = Nous le conservons à votre crédit
credit_heading = Paiement reçu et conservé à votre crédit
credit_received_on = { $seller } a reçu votre paiement de { $amount } le { $date } ({ $method }).
credit_received = { $seller } a reçu votre paiement.
because_paid = La facture { $number } était déjà payée ; l’argent est donc conservé à votre crédit.
because_void = La facture { $number } avait été retirée entre-temps ; l’argent est donc conservé à votre crédit.
because_unclear = Il ne correspondait pas tout à fait à la facture { $number } ; une personne l’examine d’abord, et l’argent est conservé à votre crédit jusque-là.
in_touch = Nous reviendrons vers vous à ce sujet ; vous n’avez rien à faire.

refund_subject = Remboursement de { $amount } pour la facture { $number }
refund_heading = Votre remboursement
refunded_on_text = { $seller } a remboursé { $amount } de la facture { $number } le { $date } ({ $method }).
refunded_text = { $seller } a remboursé { $amount } de la facture { $number }.
arrives_in_days = L’argent repart par le chemin par lequel il est venu. Les banques mettent en général 5 à 10 jours ouvrés à l’afficher sur votre relevé.
arrives_when_answered = Notre prestataire de paiement Stripe va vous écrire pour vous demander où envoyer l’argent. Il partira dès que vous aurez répondu.
arrives_by_hand = L’argent vous a été rendu directement.
pays_back_note = Il rembourse ce que l’avoir { $number } de { $amount } a déduit de la facture.
amount_refunded = Montant remboursé
refunded_on = Remboursé le
refunded_to = Vers

note_subject = Avoir { $note } pour la facture { $number } : { $amount }
note_text = { $seller } a crédité { $amount } sur la facture { $number }.
note_preview = { $amount } de la facture { $number } ont été crédités
amount_credited = Montant crédité
kept_as_credit = Conservé à votre crédit
refunded_to_you_before = Déjà remboursé
paid_back_to_you = Remboursé
still_to_pay = Reste à payer
nothing_left = Il ne reste rien à payer sur cette facture.

instruction_subject = Votre paiement de la facture { $number } est en cours
instruction_text = Votre paiement de { $amount } pour la facture { $number } est en cours ({ $method }). Cela peut prendre jusqu’à { $days ->
    [one] { $n } jour ouvré
   *[other] { $n } jours ouvrés
}. Vous n’avez rien d’autre à faire ; nous vous enverrons le reçu dès que l’argent sera arrivé.
instruction_short = Votre paiement de la facture { $number } est en cours. Cela peut prendre jusqu’à { $days ->
    [one] { $n } jour ouvré
   *[other] { $n } jours ouvrés
}. Vous n’avez rien d’autre à faire ; nous vous enverrons le reçu dès que l’argent sera arrivé.
instruction_preview = Vous n’avez rien d’autre à faire

failed_subject = Votre paiement de la facture { $number } n’a pas pu aboutir
failed_text = Votre paiement de { $amount } pour la facture { $number } n’a pas pu aboutir ({ $method }). L’argent n’est pas arrivé, et la facture est de nouveau à payer.
failed_short = Votre paiement de la facture { $number } n’a pas pu aboutir. L’argent n’est pas arrivé, et la facture est de nouveau à payer.
failed_preview = La facture { $number } est de nouveau à payer
failed_heading = Votre paiement n’a pas pu aboutir
bank_said = Réponse de la banque
pay_again = Vous pouvez payer de la même manière ou autrement. Si vous avez une question, répondez simplement à cet e-mail.
