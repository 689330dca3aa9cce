# Español, de usted. Nombres y argumentos como en en.ftl.

choose_language = Idioma
test_mode = Modo de prueba. Aquí no se mueve dinero real.

## The invoice

invoice_title = Factura { $number }
draft_title = Borrador de factura
title_from = { $title } de { $seller }
remark_canceled = Ha vuelto sin pagar. No se le ha cobrado nada.
remark_failed = El último pago no se completó. No se le ha cobrado nada; puede intentarlo de nuevo.
remark_already_paid = No queda nada por pagar. No se le ha cobrado otra vez.

due_today = Vence hoy, { $date }
due_tomorrow = Vence mañana, { $date }
due_in = Vence el { $date }, dentro de { $days ->
    [one] { $n } día
   *[other] { $n } días
}
was_due = Venció el { $date }
on = el { $date }
since = desde el { $date }

part_paid = Se han pagado { $paid } de { $total }. Gracias.
part_paid_refunded = Se han pagado { $paid } de { $total }, de los que se han reembolsado { $back }. Gracias.
tag_processing = Pago en curso
processing_text = Su pago de { $amount } se ha iniciado. { $wait } No tiene que hacer nada más.
wait_bank = Los pagos bancarios pueden tardar hasta { $days ->
    [one] { $n } día hábil
   *[other] { $n } días hábiles
}.
wait_method = Con este medio de pago ({ $method }) puede tardar hasta { $days ->
    [one] { $n } día hábil
   *[other] { $n } días hábiles
}.
tag_received = Pago recibido
held_text = Ha llegado un pago para esta factura y se está revisando; por ahora no tiene que pagar nada.
tag_paid = Pagada
of_it_refunded = Se han reembolsado { $back }.
paid_text = Gracias. Esta página se conserva como su recibo.
tag_refunded = Reembolsada
returned = Se han devuelto { $back }. Los bancos tardan de cinco a diez días en mostrarlo.
payment_returned = El pago se ha devuelto. Los bancos tardan de cinco a diez días en mostrarlo.
tag_void = Anulada
void_text = Esta factura se ha retirado. Por favor, no la pague.
tag_credited = Abonada
credited_text = Esta factura se ha anulado con una factura rectificativa. No hay nada que pagar.
tag_closed = Cerrada
closed_text = Esta factura se ha cerrado. Si aun así desea pagarla, escríbanos.

then = Después { $amount }, con vencimiento el { $date }.
by_card = Con tarjeta
this_invoice = Esta factura
payment_fee = Comisión de pago
pay = Pagar { $amount }
pay_all = Pagar todo: { $amount }
pay_all_now = Pagar todo ahora: { $amount }
fee_of_that = De ese importe, { $fee } son la comisión de pago.
secure = Pago seguro con Stripe
pay_a_part = O pagar una parte
pay_this_part = Pagar esta parte
from_to = De { $from } a { $to }.
fees_on_choice = Con tarjeta se añade una comisión de pago: { $least_fee } sobre { $least }, { $most_fee } sobre { $most }.
enter_digits = Indique un importe en cifras.
choose_between = Elija un importe de { $from } a { $to }.
too_little_left = Quedarían { $rest }, que es demasiado poco para pagar con tarjeta. Pague todo o un poco menos.
transfer_only = Por favor, pague esta factura por transferencia bancaria.
no_way = Escríbanos para saber cómo pagar esta factura.
card_down = El pago con tarjeta no está disponible en este momento. Inténtelo de nuevo más tarde.
card_down_transfer = El pago con tarjeta no está disponible en este momento. Puede pagar por transferencia o intentarlo de nuevo más tarde.
transfer_costs_nothing = La transferencia no tiene comisión.
receipt = Recibo
download_pdf = Descargar PDF
question_invoice = Pregunta sobre esta factura
in_parts = En { $count ->
    [one] { $n } plazo
   *[other] { $n } plazos
}

## The parts of a plan

deposit = Anticipo
rest = Resto
instalment = Plazo { $place } de { $count }
part_due = vence el { $date }
paid_and_credited = Pagado y abonado
part_open = { $amount } pendientes
part_was_due = Vencido
due_now = A pagar ahora
later = Más adelante

## The sheet

invoice = Factura
credit = Factura rectificativa
invoice_document = Documento: factura
credit_document = Documento: factura rectificativa
tax_id = NIF/IVA { $id }
draft = Borrador
issued = Fecha de emisión
for_invoice = De la factura
paid_with_invoice = Pagada con la factura
due = Vencimiento
delivered = Fecha de entrega
your_reference = Su referencia
credited_to = Abonado a
billed_to = Facturado a
what_is_credited = Lo que se abona
what_is_invoiced = Lo que se factura
description = Descripción
quantity = Cantidad
price = Precio
tax = IVA
amount = Importe
subtotal = Subtotal
includes_tax = Incluye { $tax }
on_base = sobre { $base }
total = Total
total_credited = Total abonado
amount_due = Importe pendiente
notes = Observaciones
discount = { $percent } de descuento
tax_unnamed = IVA { $rate }
paid_on = Pagado el { $date }, { $method }
credit_applied = Saldo a favor aplicado
small_difference = Pequeña diferencia, no reclamada
credit_note = Factura rectificativa { $number }
credit_note_over = Factura rectificativa { $number } por { $amount }
fee_line = Comisión de pago de la factura { $invoice }
fee_correction_line = Rectificación de la comisión de pago { $fee } de la factura { $invoice }
exempt = Exento de impuestos.
reverse_charge = Inversión del sujeto pasivo: el impuesto lo debe el destinatario.
supply_within_eu = Entrega intracomunitaria de bienes exenta.
export = Exportación exenta.
not_taxable = No sujeto a impuestos.

## Ways to pay

bank_transfer = Transferencia bancaria
cash = Efectivo
check = Cheque
other = Otro medio de pago
card = Tarjeta
card_ending = { $brand } terminada en { $digits }
sepa_debit = Adeudo directo SEPA
bank_debit = Adeudo bancario
bacs_debit = Adeudo directo Bacs
acss_debit = Adeudo preautorizado
becs_debit = Adeudo directo BECS

## Bank details

pay_by_transfer = Pagar por transferencia
account_holder = Titular de la cuenta
reference = Concepto
copy_iban = Copiar IBAN
copy_bic = Copiar BIC
copy_reference = Copiar concepto
copy_amount = Copiar importe
qr_code = Código QR para la aplicación del banco
scan = Escanéelo con la aplicación de su banco para rellenar la transferencia.

## Back from Stripe

checking_title = Comprobando su pago
declined_title = Pago rechazado
nothing_charged = No se le ha cobrado nada
checking_text = Estamos preguntando a Stripe si su pago ha llegado. Suele tardar unos segundos, y esta página se actualiza sola.
late_text = Está tardando más de lo habitual. Puede cerrar esta página: le escribiremos un correo en cuanto se confirme el pago. Por favor, no pague otra vez.
back_to_invoice = Volver a la factura
thank_you = Gracias, su pago ha llegado
paid_for = Factura { $number } de { $seller }.
receipt_on_way = Un recibo va de camino a { $email }.
next_part = Siguiente: { $amount }, con vencimiento el { $date }.
view_receipt = Ver recibo
view_invoice = Ver factura
on_its_way = Su pago está en curso
on_its_way_text = { $wait } No tiene que hacer nada más.
will_write = Escribiremos a { $email } cuando haya llegado.
declined = El pago ha sido rechazado
declined_text = No se le ha cobrado nada. Puede intentarlo de nuevo, usar otra tarjeta o pagar por transferencia si la factura lo ofrece.
left_text = Ha salido de la página de pago antes de pagar. La factura sigue pendiente.

## The receipt

receipt_for = Recibo de la factura { $number }
received = Recibido
checked_text = Su pago ha llegado y se está revisando. Por ahora no tiene que pagar nada.
payment = Pago
number = N.º { $number }
paid_with = Medio de pago
received_from = Recibido de
received_by = Recibido por
invoice_total = Total de la factura
this_payment = Este pago
for_the_invoice = Para la factura
held_credit = Guardado como saldo a su favor
refunded_since = Reembolsado desde entonces
being_checked = En revisión
still_due = Pendiente
next_due = Siguiente, vence el { $date }
nothing = Nada
mail_copy = Enviar una copia a { $address }
copy_sent = Una copia va de camino a { $address }.
question_payment = Pregunta sobre este pago

## The credit note, and the document of a fee

view_invoice_number = Ver factura { $number }
question_credit = Pregunta sobre esta factura rectificativa
less_to_pay = El importe por pagar de la factura baja en { $amount }.
refunded_before = Ya se le habían reembolsado { $amount }.
given_back = Ya se le han devuelto { $amount }.
paid_back = Se le devuelven { $amount }.
kept_credit = Se le guardan { $amount } como saldo a su favor.
fee_title = Comisión de pago { $number }
correction = Rectificación { $number }
fee_corrects = Rectifica la comisión de pago { $fee } de la factura { $invoice } en la parte que se ha reembolsado.
fee_text = La comisión por pagar la factura { $invoice } con tarjeta. Se pagó junto con la factura.
question_fee = Pregunta sobre esta comisión

## What went wrong

not_found_title = Página no encontrada
not_found = No hay nada en esta dirección
not_found_text = Puede que el enlace esté incompleto o que se haya sustituido por uno más reciente. Abra de nuevo el enlace del último correo o pregunte a quien se lo envió.
wait_title = Espere un momento, por favor
wait_text = Han llegado muchas solicitudes desde su conexión. No se le ha cobrado nada. Inténtelo de nuevo { $again }.
again_minute = dentro de un minuto
again_minutes = dentro de unos { $minutes ->
    [one] { $n } minuto
   *[other] { $n } minutos
}
again_hour = dentro de una hora más o menos
unavailable = Volvemos en un momento
unavailable_text = Esta página no se puede mostrar ahora. No se le ha cobrado nada y no se ha perdido nada. Inténtelo de nuevo dentro de unos minutos.
bad_request = Eso no se ha podido entender
bad_request_text = Lo que se envió no se ha podido leer. Abra la página de nuevo y repítalo allí.
forbidden = No permitido
cross_site = Eso venía de otro sitio
cross_site_text = Otro sitio web hizo que su navegador enviara esto, así que no se ha hecho nada. Abra la página de nuevo y repítalo allí.
not_possible_here = No es posible aquí
not_possible_here_text = Esta dirección no acepta eso. Abra de nuevo el enlace del último correo.
too_slow = Ha tardado demasiado
too_slow_text = La solicitud tardó demasiado en llegar. Envíela de nuevo.
conflict = Ya no es posible
conflict_text = Algo ha cambiado mientras tanto. Abra la página de nuevo.
too_large = Demasiado grande
too_large_text = Es más grande de lo que se puede enviar aquí.
misdirected = Nombre incorrecto
misdirected_text = Este servidor tiene otro nombre. Abra de nuevo el enlace del último correo.
invalid = Revise los datos, por favor
invalid_text = Algo de lo que se envió no es correcto.
not_available = No disponible en este momento
internal = Algo ha fallado
internal_text = Algo ha fallado en este servidor. Ha quedado anotado; inténtelo de nuevo.

## Mails

hello = Hola, { $name }:
hello_there = Hola:
fact = { $label }: { $value }
lead = { $text }:
just_reply = Si tiene alguna pregunta, responda simplemente a este correo.
view_and_pay = Ver y pagar la factura
view_credit_note = Ver factura rectificativa
amount_due_on = { $amount }, vence el { $date }
amount_for = { $amount } de la factura { $number }
due_on = Vencimiento
reason = Motivo

invoice_subject = Factura { $number } de { $seller }
invoice_mail = { $seller } le ha enviado la factura { $number } por { $amount }. Vence el { $date }.
invoice_mail_parts = { $seller } le ha enviado la factura { $number } por { $amount }, a pagar en { $parts ->
    [one] { $n } plazo
   *[other] { $n } plazos
}:
invoice_sent = { $seller } le ha enviado una factura.
least_part = Puede pagarla por partes de al menos { $amount }.

upcoming_subject = La factura { $number } vence el { $date }
upcoming_part_subject = Una parte de la factura { $number } vence el { $date }
overdue_subject = Recordatorio: la factura { $number } venció el { $date }
overdue_part_subject = Recordatorio: una parte de la factura { $number } venció el { $date }
upcoming = La factura { $number } de { $seller } vence el { $date }. Importe pendiente: { $amount }.
overdue = La factura { $number } de { $seller } venció el { $date }. Sigue pendiente: { $amount }.
upcoming_part = Una parte de la factura { $number } de { $seller } vence el { $date }: { $amount }. En total quedan pendientes { $all }.
overdue_part = Una parte de la factura { $number } de { $seller } venció el { $date }: siguen pendientes { $amount }. En total quedan pendientes { $all }.
upcoming_short = La factura { $number } de { $seller } vence el { $date }.
overdue_short = La factura { $number } de { $seller } venció el { $date } y sigue pendiente.
upcoming_part_short = Una parte de la factura { $number } de { $seller } vence el { $date }.
overdue_part_short = Una parte de la factura { $number } de { $seller } venció el { $date } y sigue pendiente.
is_open = Importe pendiente: { $amount }
reminder_heading = Recordatorio de la factura { $number }
open_in_all = Pendiente en total
paid_meanwhile = Si ya ha pagado entretanto, gracias: no tiene que hacer nada más. Si algo no queda claro, responda simplemente a este correo.

receipt_subject = Recibo de la factura { $number }: { $amount }
thanks_received = Gracias. { $seller } ha recibido su pago.
amount_received = Importe recibido
received_on = Recibido el
still_open = Pendiente
next = Siguiente
paid_in_full = La factura está pagada por completo.

copy_subject = Copia de su recibo de la factura { $number }: { $amount }
copy_heading = Copia de su recibo
copy_text = { $seller } ha recibido su pago. Esta es su copia del recibo; el recibo en sí se envió a la dirección que figura en la factura.
invoice_for = Factura para
number_for = { $number }, para { $customer }

credit_subject = Su pago de { $amount } se guarda como saldo a su favor (factura { $number })
credit_preview = Lo guardamos como saldo a su favor
credit_heading = Pago recibido como saldo a su favor
credit_received_on = { $seller } ha recibido su pago de { $amount } el { $date } ({ $method }).
credit_received = { $seller } ha recibido su pago.
because_paid = La factura { $number } ya estaba pagada, por lo que el dinero se guarda como saldo a su favor.
because_void = La factura { $number } se había retirado para entonces, por lo que el dinero se guarda como saldo a su favor.
because_unclear = No coincidía del todo con la factura { $number }, así que antes lo revisa una persona; hasta entonces, el dinero se guarda como saldo a su favor.
in_touch = Nos pondremos en contacto con usted; no tiene que hacer nada.

refund_subject = Reembolso de { $amount } de la factura { $number }
refund_heading = Su reembolso
refunded_on_text = { $seller } ha reembolsado { $amount } de la factura { $number } el { $date } ({ $method }).
refunded_text = { $seller } ha reembolsado { $amount } de la factura { $number }.
arrives_in_days = El dinero vuelve por el mismo camino por el que llegó. Los bancos suelen tardar de 5 a 10 días hábiles en mostrarlo en su extracto.
arrives_when_answered = Nuestro proveedor de pagos Stripe le escribirá para preguntarle adónde enviar el dinero. Saldrá en cuanto haya respondido.
arrives_by_hand = El dinero se le ha devuelto directamente.
pays_back_note = Devuelve lo que la factura rectificativa { $number } por { $amount } descontó de la factura.
amount_refunded = Importe reembolsado
refunded_on = Reembolsado el
refunded_to = A

note_subject = Factura rectificativa { $note } de la factura { $number }: { $amount }
note_text = { $seller } ha abonado { $amount } de la factura { $number }.
note_preview = Se han abonado { $amount } de la factura { $number }
amount_credited = Importe abonado
kept_as_credit = Guardado como saldo a su favor
refunded_to_you_before = Reembolsado anteriormente
paid_back_to_you = Se le devuelve
still_to_pay = Pendiente de pago
nothing_left = No queda nada por pagar de esta factura.

instruction_subject = Su pago de la factura { $number } está en curso
instruction_text = Su pago de { $amount } de la factura { $number } está en curso ({ $method }). Puede tardar hasta { $days ->
    [one] { $n } día hábil
   *[other] { $n } días hábiles
}. No tiene que hacer nada más; le enviaremos el recibo cuando el dinero haya llegado.
instruction_short = Su pago de la factura { $number } está en curso. Puede tardar hasta { $days ->
    [one] { $n } día hábil
   *[other] { $n } días hábiles
}. No tiene que hacer nada más; le enviaremos el recibo cuando el dinero haya llegado.
instruction_preview = No tiene que hacer nada más

failed_subject = Su pago de la factura { $number } no se ha podido completar
failed_text = Su pago de { $amount } de la factura { $number } no se ha podido completar ({ $method }). No ha llegado dinero y la factura vuelve a estar pendiente.
failed_short = Su pago de la factura { $number } no se ha podido completar. No ha llegado dinero y la factura vuelve a estar pendiente.
failed_preview = La factura { $number } vuelve a estar pendiente
failed_heading = Su pago no se ha podido completar
bank_said = Respuesta del banco
pay_again = Puede pagar de la misma manera o de otra. Si tiene alguna pregunta, responda simplemente a este correo.
