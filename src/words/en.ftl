# What payers read: pages, then mails. Names and arguments are those of messages.rs; amounts and dates come written out.
# Where a count decides, $n is the count as the reader writes it.

choose_language = Language
test_mode = Test mode. No real money moves here.

## The invoice

invoice_title = Invoice { $number }
draft_title = Draft invoice
title_from = { $title } from { $seller }
remark_canceled = You came back without paying. Nothing was charged.
remark_failed = The last payment did not go through. Nothing was charged; you can try again.
remark_already_paid = There is nothing left to pay. You were not charged again.

due_today = Due today, { $date }
due_tomorrow = Due tomorrow, { $date }
due_in = Due { $date }, in { $days ->
    [one] { $n } day
   *[other] { $n } days
}
was_due = Was due { $date }
on = on { $date }
since = since { $date }

part_paid = { $paid } of { $total } has been paid. Thank you.
part_paid_refunded = { $paid } of { $total } has been paid, and { $back } of that was refunded. Thank you.
tag_processing = Payment on its way
processing_text = Your payment of { $amount } has been started. { $wait } There is nothing more to do.
wait_bank = Bank payments can take up to { $days ->
    [one] { $n } working day
   *[other] { $n } working days
}.
wait_method = Payments by { $method } can take up to { $days ->
    [one] { $n } working day
   *[other] { $n } working days
}.
tag_received = Payment received
held_text = A payment for this invoice has arrived and is being looked at; nothing needs to be paid now.
tag_paid = Paid
of_it_refunded = { $back } of it was refunded.
paid_text = Thank you. This page stays here as your receipt.
tag_refunded = Refunded
returned = { $back } was returned. Banks take five to ten days to show it.
payment_returned = The payment was returned. Banks take five to ten days to show it.
tag_void = Void
void_text = This invoice was withdrawn. Please do not pay it.
tag_credited = Credited
credited_text = This invoice was taken back by a credit note. There is nothing to pay.
tag_closed = Closed
closed_text = This invoice was closed. If you would like to pay it after all, please write to us.

then = Then { $amount }, due { $date }.
by_card = By card
this_invoice = This invoice
payment_fee = Payment fee
pay = Pay { $amount }
pay_all = Pay all { $amount }
pay_all_now = Pay all { $amount } now
fee_of_that = Of that, { $fee } is the payment fee.
secure = Paid securely through Stripe
pay_a_part = Or pay a part of it
pay_this_part = Pay this part
from_to = From { $from } to { $to }.
fees_on_choice = By card, a payment fee is added: { $least_fee } on { $least }, { $most_fee } on { $most }.
enter_digits = Enter an amount in digits.
choose_between = Choose an amount from { $from } to { $to }.
too_little_left = { $rest } would be left, which is too little to be paid by card. Pay all of it, or a little less.
transfer_only = Please pay this invoice by bank transfer.
no_way = Please write to us for the way to pay this invoice.
card_down = Card payment is not available at the moment. Please try again later.
card_down_transfer = Card payment is not available at the moment. You can pay by bank transfer, or try again later.
transfer_costs_nothing = A bank transfer costs no fee.
receipt = Receipt
download_pdf = Download PDF
question_invoice = Question about this invoice
in_parts = In { $count ->
    [one] { $n } part
   *[other] { $n } parts
}

## The parts of a plan

deposit = Deposit
rest = Rest
instalment = Instalment { $place } of { $count }
part_due = due { $date }
paid_and_credited = Paid and credited
part_open = { $amount } open
part_was_due = Was due
due_now = Due now
later = Later

## The sheet

invoice = Invoice
credit = Credit note
invoice_document = Invoice document
credit_document = Credit note document
tax_id = Tax ID { $id }
draft = Draft
issued = Issued
for_invoice = For invoice
paid_with_invoice = Paid with invoice
due = Due
delivered = Delivered
your_reference = Your reference
credited_to = Credited to
billed_to = Billed to
what_is_credited = What is credited
what_is_invoiced = What is invoiced
description = Description
quantity = Quantity
price = Price
tax = Tax
amount = Amount
subtotal = Subtotal
includes_tax = Includes { $tax }
on_base = on { $base }
total = Total
total_credited = Total credited
amount_due = Amount due
notes = Notes
discount = { $percent } discount
tax_unnamed = Tax { $rate }
paid_on = Paid on { $date }, { $method }
credit_applied = Credit applied
small_difference = Small difference, not asked for
credit_note = Credit note { $number }
credit_note_over = Credit note { $number } over { $amount }
fee_line = Payment fee for invoice { $invoice }
fee_correction_line = Correction of payment fee { $fee } for invoice { $invoice }
exempt = Exempt from tax.
reverse_charge = Reverse charge: the recipient owes the tax.
supply_within_eu = Tax-free supply of goods within the European Union.
export = Tax-free export.
not_taxable = Not subject to tax.

## Ways to pay

bank_transfer = Bank transfer
cash = Cash
check = Check
other = Other
card = Card
card_ending = { $brand } ending { $digits }
sepa_debit = SEPA direct debit
bank_debit = Bank debit
bacs_debit = Bacs direct debit
acss_debit = Pre-authorised debit
becs_debit = BECS direct debit

## Bank details

pay_by_transfer = Pay by bank transfer
account_holder = Account holder
reference = Reference
copy_iban = Copy IBAN
copy_bic = Copy BIC
copy_reference = Copy reference
copy_amount = Copy amount
qr_code = QR code for a banking app
scan = Scan with a banking app to fill in the transfer.

## Back from Stripe

checking_title = Checking your payment
declined_title = Payment declined
nothing_charged = Nothing was charged
checking_text = We are asking Stripe whether your payment has arrived. This usually takes a few seconds, and this page changes by itself.
late_text = This takes longer than usual. You can close this page: we will e-mail you as soon as the payment is confirmed. Please do not pay again.
back_to_invoice = Back to the invoice
thank_you = Thank you, your payment has arrived
paid_for = Invoice { $number } from { $seller }.
receipt_on_way = A receipt is on its way to { $email }.
next_part = Next: { $amount }, due { $date }.
view_receipt = View receipt
view_invoice = View invoice
on_its_way = Your payment is on its way
on_its_way_text = { $wait } There is nothing more to do.
will_write = We will write to { $email } when it has arrived.
declined = The payment was declined
declined_text = Nothing was charged. You can try again, use another card, or pay by bank transfer if the invoice offers it.
left_text = You left the payment page before paying. The invoice is still open.

## The receipt

receipt_for = Receipt for invoice { $number }
received = Received
checked_text = Your payment has arrived and is being checked. Nothing needs to be paid now.
payment = Payment
number = No. { $number }
paid_with = Paid with
received_from = Received from
received_by = Received by
invoice_total = Invoice total
this_payment = This payment
for_the_invoice = For the invoice
held_credit = Held as your credit
refunded_since = Refunded since
being_checked = Being checked
still_due = Still due
next_due = Next, due { $date }
nothing = Nothing
mail_copy = E-mail a copy to { $address }
copy_sent = A copy is on its way to { $address }.
question_payment = Question about this payment

## The credit note, and the document of a fee

view_invoice_number = View invoice { $number }
question_credit = Question about this credit note
less_to_pay = { $amount } less is to be paid on the invoice.
refunded_before = { $amount } was refunded to you before.
given_back = { $amount } was given back to you already.
paid_back = { $amount } is paid back to you.
kept_credit = { $amount } is kept for you as a credit.
fee_title = Payment fee { $number }
correction = Correction { $number }
fee_corrects = It corrects the payment fee { $fee } of invoice { $invoice } for what was refunded of it.
fee_text = The fee for paying invoice { $invoice } by card. It was paid together with the invoice.
question_fee = Question about this fee

## What went wrong

not_found_title = Page not found
not_found = There is nothing at this address
not_found_text = The link may be incomplete, or it was replaced by a newer one. Please open the link in the latest e-mail again, or ask whoever sent it to you.
wait_title = Please wait a moment
wait_text = There were many requests from your connection. Nothing was charged. Please try again { $again }.
again_minute = in a minute
again_minutes = in about { $minutes ->
    [one] { $n } minute
   *[other] { $n } minutes
}
again_hour = in about an hour
unavailable = Back in a moment
unavailable_text = This page cannot be shown right now. Nothing was charged and nothing is lost. Please try again in a few minutes.
bad_request = That could not be understood
bad_request_text = What was sent could not be read. Please open the page again and repeat it there.
forbidden = Not allowed
cross_site = That came from elsewhere
cross_site_text = Another site had your browser send this, so nothing was done. Open the page again and repeat it there.
not_possible_here = Not possible here
not_possible_here_text = This address does not take that. Please open the link in the latest e-mail again.
too_slow = That took too long
too_slow_text = The request took too long to arrive. Please send it again.
conflict = Not possible any more
conflict_text = Something has changed in the meantime. Please open the page again.
too_large = Too large
too_large_text = This is larger than what can be sent here.
misdirected = Wrong name
misdirected_text = This server goes by another name. Please open the link in the latest e-mail again.
invalid = Please check your entries
invalid_text = Some of what was sent is not right.
not_available = Not available at the moment
internal = Something went wrong
internal_text = Something went wrong on this server. It has been noted; please try again.

## Mails

hello = Hello { $name },
hello_there = Hello,
fact = { $label }: { $value }
lead = { $text }:
just_reply = If you have a question, just reply to this mail.
view_and_pay = View and pay invoice
view_credit_note = View credit note
amount_due_on = { $amount }, due on { $date }
amount_for = { $amount } for invoice { $number }
due_on = Due on
reason = Reason

invoice_subject = Invoice { $number } from { $seller }
invoice_mail = { $seller } has sent you invoice { $number } for { $amount }. It is due on { $date }.
invoice_mail_parts = { $seller } has sent you invoice { $number } for { $amount }, to be paid in { $parts ->
    [one] { $n } part
   *[other] { $n } parts
}:
invoice_sent = { $seller } has sent you an invoice.
least_part = You may pay it in parts of at least { $amount }.

upcoming_subject = Invoice { $number } is due on { $date }
upcoming_part_subject = A part of invoice { $number } is due on { $date }
overdue_subject = Reminder: invoice { $number } was due on { $date }
overdue_part_subject = Reminder: a part of invoice { $number } was due on { $date }
upcoming = Invoice { $number } from { $seller } is due on { $date }. { $amount } is open.
overdue = Invoice { $number } from { $seller } was due on { $date }. { $amount } is still open.
upcoming_part = A part of invoice { $number } from { $seller } is due on { $date }: { $amount }. In all, { $all } is open.
overdue_part = A part of invoice { $number } from { $seller } was due on { $date }: { $amount } is still open. In all, { $all } is open.
upcoming_short = Invoice { $number } from { $seller } is due on { $date }.
overdue_short = Invoice { $number } from { $seller } was due on { $date } and is still open.
upcoming_part_short = A part of invoice { $number } from { $seller } is due on { $date }.
overdue_part_short = A part of invoice { $number } from { $seller } was due on { $date } and is still open.
is_open = { $amount } is open
reminder_heading = Reminder of invoice { $number }
open_in_all = Open in all
paid_meanwhile = If you have paid in the meantime, thank you: there is nothing more to do. If something is unclear, just reply to this mail.

receipt_subject = Receipt for invoice { $number }: { $amount }
thanks_received = Thank you. { $seller } has received your payment.
amount_received = Amount received
received_on = Received on
still_open = Still open
next = Next
paid_in_full = The invoice is paid in full.

copy_subject = Copy of your receipt for invoice { $number }: { $amount }
copy_heading = Copy of your receipt
copy_text = { $seller } has received your payment. This is your copy of the receipt; the receipt itself went to the address on the invoice.
invoice_for = Invoice for
number_for = { $number }, for { $customer }

credit_subject = Your payment of { $amount } is kept as a credit (invoice { $number })
credit_preview = We keep it for you as a credit
credit_heading = Payment received as a credit
credit_received_on = { $seller } has received your payment of { $amount } on { $date } ({ $method }).
credit_received = { $seller } has received your payment.
because_paid = Invoice { $number } was already paid, so the money is kept for you as a credit.
because_void = Invoice { $number } had been withdrawn by then, so the money is kept for you as a credit.
because_unclear = It did not quite match invoice { $number }, so a person looks at it first, and the money is kept for you as a credit until then.
in_touch = We will be in touch about it; there is nothing you need to do.

refund_subject = Refund of { $amount } for invoice { $number }
refund_heading = Your refund
refunded_on_text = { $seller } has refunded { $amount } of invoice { $number } on { $date } ({ $method }).
refunded_text = { $seller } has refunded { $amount } of invoice { $number }.
arrives_in_days = The money goes back the way it came. Banks usually take 5 to 10 business days to show it on your statement.
arrives_when_answered = Our payment provider Stripe will write to you and ask where to send the money. It is on its way once you have answered.
arrives_by_hand = The money was given back to you directly.
pays_back_note = It pays back what credit note { $number } over { $amount } took back of the invoice.
amount_refunded = Amount refunded
refunded_on = Refunded on
refunded_to = To

note_subject = Credit note { $note } for invoice { $number }: { $amount }
note_text = { $seller } has credited { $amount } of invoice { $number }.
note_preview = { $amount } of invoice { $number } was credited
amount_credited = Amount credited
kept_as_credit = Kept as your credit
refunded_to_you_before = Refunded to you before
paid_back_to_you = Paid back to you
still_to_pay = Still to pay
nothing_left = Nothing is left to pay on this invoice.

instruction_subject = Your payment for invoice { $number } is on its way
instruction_text = Your payment of { $amount } for invoice { $number } is on its way ({ $method }). This can take up to { $days ->
    [one] { $n } working day
   *[other] { $n } working days
}. You need not do anything more; we will send you the receipt when the money has arrived.
instruction_short = Your payment for invoice { $number } is on its way. This can take up to { $days ->
    [one] { $n } working day
   *[other] { $n } working days
}. You need not do anything more; we will send you the receipt when the money has arrived.
instruction_preview = You need not do anything more

failed_subject = Your payment for invoice { $number } could not be completed
failed_text = Your payment of { $amount } for invoice { $number } could not be completed ({ $method }). No money has arrived, and the invoice is open again.
failed_short = Your payment for invoice { $number } could not be completed. No money has arrived, and the invoice is open again.
failed_preview = Invoice { $number } is open again
failed_heading = Your payment could not be completed
bank_said = What the bank said
pay_again = You can pay in the same way or in another. If you have a question, just reply to this mail.
