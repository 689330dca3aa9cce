# العربية الفصحى. الأسماء والمعطيات كما في en.ftl.

choose_language = اللغة
test_mode = وضع الاختبار. لا تُنقل هنا أموال حقيقية.

## The invoice

invoice_title = الفاتورة رقم { $number }
draft_title = مسودة فاتورة
title_from = { $title } من { $seller }
remark_canceled = لقد عدت دون إتمام الدفع. لم يُخصم أي مبلغ.
remark_failed = لم تتم عملية الدفع الأخيرة. لم يُخصم أي مبلغ، ويمكنك المحاولة مرة أخرى.
remark_already_paid = لم يتبقَّ شيء للدفع. لم يُخصم منك مبلغ مرة أخرى.

due_today = مستحقة اليوم، { $date }
due_tomorrow = مستحقة غدًا، { $date }
due_in = تاريخ الاستحقاق { $date }، { $days ->
    [zero] اليوم
    [one] بعد يوم واحد
    [two] بعد يومين
    [few] بعد { $n } أيام
    [many] بعد { $n } يومًا
   *[other] بعد { $n } يوم
}
was_due = كانت مستحقة في { $date }
on = في { $date }
since = منذ { $date }

part_paid = تم دفع { $paid } من أصل { $total }. شكرًا لك.
part_paid_refunded = تم دفع { $paid } من أصل { $total }، وأُعيد منها { $back }. شكرًا لك.
tag_processing = الدفعة قيد المعالجة
processing_text = بدأت عملية دفع مبلغ { $amount }. { $wait } لا يلزمك القيام بأي شيء آخر.
wait_bank = قد تستغرق المدفوعات المصرفية { $days ->
    [zero] أقل من يوم عمل
    [one] يوم عمل واحدًا على الأكثر
    [two] يومي عمل على الأكثر
    [few] ما يصل إلى { $n } أيام عمل
    [many] ما يصل إلى { $n } يوم عمل
   *[other] ما يصل إلى { $n } يوم عمل
}.
wait_method = قد يستغرق الدفع بهذه الطريقة ({ $method }) { $days ->
    [zero] أقل من يوم عمل
    [one] يوم عمل واحدًا على الأكثر
    [two] يومي عمل على الأكثر
    [few] ما يصل إلى { $n } أيام عمل
    [many] ما يصل إلى { $n } يوم عمل
   *[other] ما يصل إلى { $n } يوم عمل
}.
tag_received = تم استلام الدفعة
held_text = وصلت دفعة لهذه الفاتورة ويجري التحقق منها؛ لا يلزم دفع أي شيء الآن.
tag_paid = مدفوعة
of_it_refunded = أُعيد منها { $back }.
paid_text = شكرًا لك. تبقى هذه الصفحة إيصالًا لك.
tag_refunded = مُستردّة
returned = أُعيد مبلغ { $back }. تحتاج البنوك من خمسة إلى عشرة أيام لإظهاره.
payment_returned = أُعيدت الدفعة. تحتاج البنوك من خمسة إلى عشرة أيام لإظهارها.
tag_void = ملغاة
void_text = سُحبت هذه الفاتورة. يرجى عدم دفعها.
tag_credited = مُسوّاة بإشعار دائن
credited_text = أُلغيت هذه الفاتورة بإشعار دائن. لا يوجد شيء للدفع.
tag_closed = مغلقة
closed_text = أُغلقت هذه الفاتورة. إذا رغبت في دفعها مع ذلك، فيرجى مراسلتنا.

then = ثم { $amount }، وتُستحق في { $date }.
by_card = بالبطاقة
this_invoice = هذه الفاتورة
payment_fee = رسوم الدفع
pay = ادفع { $amount }
pay_all = ادفع المبلغ كاملًا: { $amount }
pay_all_now = ادفع المبلغ كاملًا الآن: { $amount }
fee_of_that = منها { $fee } رسوم دفع.
secure = دفع آمن عبر Stripe
pay_a_part = أو ادفع جزءًا منها
pay_this_part = ادفع هذا الجزء
from_to = من { $from } إلى { $to }.
fees_on_choice = عند الدفع بالبطاقة تُضاف رسوم دفع: { $least_fee } على { $least }، و{ $most_fee } على { $most }.
enter_digits = أدخل المبلغ بالأرقام.
choose_between = اختر مبلغًا من { $from } إلى { $to }.
too_little_left = سيتبقى { $rest }، وهو أقل من أن يُدفع بالبطاقة. ادفع المبلغ كاملًا أو أقل قليلًا.
transfer_only = يرجى دفع هذه الفاتورة بتحويل مصرفي.
no_way = يرجى مراسلتنا لمعرفة طريقة دفع هذه الفاتورة.
card_down = الدفع بالبطاقة غير متاح حاليًا. يرجى المحاولة لاحقًا.
card_down_transfer = الدفع بالبطاقة غير متاح حاليًا. يمكنك الدفع بتحويل مصرفي أو المحاولة لاحقًا.
transfer_costs_nothing = لا رسوم على التحويل المصرفي.
receipt = إيصال
download_pdf = تنزيل PDF
question_invoice = سؤال عن هذه الفاتورة
in_parts = { $count ->
    [zero] بلا دفعات
    [one] على دفعة واحدة
    [two] على دفعتين
    [few] على { $n } دفعات
    [many] على { $n } دفعة
   *[other] على { $n } دفعة
}

## The parts of a plan

deposit = دفعة مقدمة
rest = المبلغ المتبقي
instalment = القسط { $place } من { $count }
part_due = يُستحق في { $date }
paid_and_credited = مدفوع ومُسوّى
part_open = { $amount } غير مدفوع
part_was_due = فات موعده
due_now = مستحق الآن
later = لاحقًا

## The sheet

invoice = فاتورة
credit = إشعار دائن
invoice_document = مستند الفاتورة
credit_document = مستند الإشعار الدائن
tax_id = الرقم الضريبي { $id }
draft = مسودة
issued = تاريخ الإصدار
for_invoice = للفاتورة
paid_with_invoice = مدفوعة مع الفاتورة
due = تاريخ الاستحقاق
delivered = تاريخ التسليم
your_reference = مرجعكم
credited_to = لحساب
billed_to = الفاتورة إلى
what_is_credited = بنود الإشعار الدائن
what_is_invoiced = بنود الفاتورة
description = الوصف
quantity = الكمية
price = السعر
tax = الضريبة
amount = المبلغ
subtotal = المجموع الفرعي
includes_tax = يشمل { $tax }
on_base = على { $base }
total = الإجمالي
total_credited = إجمالي الإشعار الدائن
amount_due = المبلغ المستحق
notes = ملاحظات
discount = خصم { $percent }
tax_unnamed = ضريبة { $rate }
paid_on = دُفع في { $date }، { $method }
credit_applied = رصيد دائن مستخدم
small_difference = فرق بسيط غير مطلوب
credit_note = الإشعار الدائن رقم { $number }
credit_note_over = الإشعار الدائن رقم { $number } بمبلغ { $amount }
fee_line = رسوم دفع الفاتورة رقم { $invoice }
fee_correction_line = تصحيح رسوم الدفع { $fee } للفاتورة رقم { $invoice }
exempt = معفاة من الضريبة.
reverse_charge = احتساب عكسي: الضريبة مستحقة على المستلم.
supply_within_eu = توريد سلع معفى من الضريبة داخل الاتحاد الأوروبي.
export = تصدير معفى من الضريبة.
not_taxable = غير خاضعة للضريبة.

## Ways to pay

bank_transfer = تحويل مصرفي
cash = نقدًا
check = شيك
other = طريقة أخرى
card = بطاقة
card_ending = { $brand } المنتهية بالرقم { $digits }
sepa_debit = الخصم المباشر SEPA
bank_debit = الخصم المصرفي
bacs_debit = الخصم المباشر Bacs
acss_debit = الخصم المصرح به مسبقًا
becs_debit = الخصم المباشر BECS

## Bank details

pay_by_transfer = الدفع بتحويل مصرفي
account_holder = صاحب الحساب
reference = المرجع
copy_iban = نسخ رقم IBAN
copy_bic = نسخ رمز BIC
copy_reference = نسخ المرجع
copy_amount = نسخ المبلغ
qr_code = رمز QR لتطبيق البنك
scan = امسح الرمز بتطبيق البنك لتعبئة التحويل.

## Back from Stripe

checking_title = جارٍ التحقق من الدفعة
declined_title = رُفضت عملية الدفع
nothing_charged = لم يُخصم أي مبلغ
checking_text = نسأل Stripe عمّا إذا كانت دفعتك قد وصلت. يستغرق ذلك عادةً بضع ثوانٍ، وتتغير هذه الصفحة من تلقاء نفسها.
late_text = يستغرق هذا وقتًا أطول من المعتاد. يمكنك إغلاق هذه الصفحة: سنرسل إليك رسالة فور تأكيد الدفعة. يرجى عدم الدفع مرة أخرى.
back_to_invoice = العودة إلى الفاتورة
thank_you = شكرًا لك، وصلت دفعتك
paid_for = الفاتورة رقم { $number } من { $seller }.
receipt_on_way = الإيصال في طريقه إلى { $email }.
next_part = التالي: { $amount }، ويُستحق في { $date }.
view_receipt = عرض الإيصال
view_invoice = عرض الفاتورة
on_its_way = دفعتك قيد المعالجة
on_its_way_text = { $wait } لا يلزمك القيام بأي شيء آخر.
will_write = سنكتب إلى { $email } عند وصولها.
declined = رُفضت عملية الدفع
declined_text = لم يُخصم أي مبلغ. يمكنك المحاولة مرة أخرى أو استخدام بطاقة أخرى، أو الدفع بتحويل مصرفي إن كانت الفاتورة تتيح ذلك.
left_text = غادرت صفحة الدفع قبل إتمام الدفع. لا تزال الفاتورة غير مدفوعة.

## The receipt

receipt_for = إيصال الفاتورة رقم { $number }
received = تم الاستلام
checked_text = وصلت دفعتك ويجري التحقق منها. لا يلزم دفع أي شيء الآن.
payment = الدفعة
number = رقم { $number }
paid_with = طريقة الدفع
received_from = استُلم من
received_by = استلمه
invoice_total = إجمالي الفاتورة
this_payment = هذه الدفعة
for_the_invoice = للفاتورة
held_credit = محفوظ رصيدًا لك
refunded_since = أُعيد لاحقًا
being_checked = قيد التحقق
still_due = المتبقي
next_due = التالي، يُستحق في { $date }
nothing = لا شيء
mail_copy = إرسال نسخة إلى { $address }
copy_sent = نسخة في طريقها إلى { $address }.
question_payment = سؤال عن هذه الدفعة

## The credit note, and the document of a fee

view_invoice_number = عرض الفاتورة رقم { $number }
question_credit = سؤال عن هذا الإشعار الدائن
less_to_pay = انخفض المبلغ المطلوب في الفاتورة بمقدار { $amount }.
refunded_before = سبق أن أُعيد إليك { $amount }.
given_back = أُعيد إليك { $amount } بالفعل.
paid_back = يُعاد إليك { $amount }.
kept_credit = يُحفظ لك { $amount } رصيدًا دائنًا.
fee_title = رسوم الدفع { $number }
correction = تصحيح { $number }
fee_corrects = يصحح رسوم الدفع { $fee } للفاتورة رقم { $invoice } بقدر ما أُعيد منها.
fee_text = رسوم دفع الفاتورة رقم { $invoice } بالبطاقة. دُفعت مع الفاتورة.
question_fee = سؤال عن هذه الرسوم

## What went wrong

not_found_title = الصفحة غير موجودة
not_found = لا يوجد شيء في هذا العنوان
not_found_text = قد يكون الرابط ناقصًا، أو حلّ محله رابط أحدث. يرجى فتح الرابط من أحدث رسالة مرة أخرى، أو سؤال من أرسله إليك.
wait_title = يرجى الانتظار لحظة
wait_text = وصلت طلبات كثيرة من اتصالك. لم يُخصم أي مبلغ. يرجى المحاولة مرة أخرى { $again }.
again_minute = بعد دقيقة
again_minutes = { $minutes ->
    [zero] الآن
    [one] بعد دقيقة تقريبًا
    [two] بعد دقيقتين تقريبًا
    [few] بعد { $n } دقائق تقريبًا
    [many] بعد { $n } دقيقة تقريبًا
   *[other] بعد { $n } دقيقة تقريبًا
}
again_hour = بعد ساعة تقريبًا
unavailable = سنعود بعد لحظات
unavailable_text = لا يمكن عرض هذه الصفحة الآن. لم يُخصم أي مبلغ ولم يضع شيء. يرجى المحاولة مرة أخرى بعد بضع دقائق.
bad_request = تعذر فهم الطلب
bad_request_text = تعذرت قراءة ما أُرسل. يرجى فتح الصفحة مرة أخرى وتكرار ذلك منها.
forbidden = غير مسموح
cross_site = جاء هذا من مكان آخر
cross_site_text = جعل موقع آخر متصفحك يرسل هذا، لذلك لم يُنفَّذ شيء. افتح الصفحة مرة أخرى وكرر ذلك منها.
not_possible_here = غير ممكن هنا
not_possible_here_text = هذا العنوان لا يقبل ذلك. يرجى فتح الرابط من أحدث رسالة مرة أخرى.
too_slow = استغرق ذلك وقتًا طويلًا
too_slow_text = استغرق وصول الطلب وقتًا طويلًا. يرجى إرساله مرة أخرى.
conflict = لم يعد ذلك ممكنًا
conflict_text = تغيّر شيء في هذه الأثناء. يرجى فتح الصفحة مرة أخرى.
too_large = الحجم كبير جدًا
too_large_text = هذا أكبر مما يمكن إرساله هنا.
misdirected = اسم غير صحيح
misdirected_text = لهذا الخادم اسم آخر. يرجى فتح الرابط من أحدث رسالة مرة أخرى.
invalid = يرجى مراجعة ما أدخلته
invalid_text = بعض ما أُرسل غير صحيح.
not_available = غير متاح حاليًا
internal = حدث خطأ ما
internal_text = حدث خطأ ما في هذا الخادم. سُجّل ذلك؛ يرجى المحاولة مرة أخرى.

## Mails

hello = مرحبًا { $name }،
hello_there = مرحبًا،
fact = { $label }: { $value }
lead = { $text }:
just_reply = إذا كان لديك سؤال، فما عليك سوى الرد على هذه الرسالة.
view_and_pay = عرض الفاتورة ودفعها
view_credit_note = عرض الإشعار الدائن
amount_due_on = { $amount }، تاريخ الاستحقاق { $date }
amount_for = { $amount } للفاتورة رقم { $number }
due_on = تاريخ الاستحقاق
reason = السبب

invoice_subject = الفاتورة رقم { $number } من { $seller }
invoice_mail = أرسل إليك { $seller } الفاتورة رقم { $number } بمبلغ { $amount }. تاريخ استحقاقها { $date }.
invoice_mail_parts = أرسل إليك { $seller } الفاتورة رقم { $number } بمبلغ { $amount }، { $parts ->
    [zero] بلا دفعات
    [one] تُدفع على دفعة واحدة
    [two] تُدفع على دفعتين
    [few] تُدفع على { $n } دفعات
    [many] تُدفع على { $n } دفعة
   *[other] تُدفع على { $n } دفعة
}:
invoice_sent = أرسل إليك { $seller } فاتورة.
least_part = يمكنك دفعها على أجزاء لا يقل كل منها عن { $amount }.

upcoming_subject = الفاتورة رقم { $number } تُستحق في { $date }
upcoming_part_subject = جزء من الفاتورة رقم { $number } يُستحق في { $date }
overdue_subject = تذكير: الفاتورة رقم { $number } كانت مستحقة في { $date }
overdue_part_subject = تذكير: جزء من الفاتورة رقم { $number } كان مستحقًا في { $date }
upcoming = الفاتورة رقم { $number } من { $seller } تُستحق في { $date }. المبلغ المستحق: { $amount }.
overdue = الفاتورة رقم { $number } من { $seller } كانت مستحقة في { $date }. المبلغ الذي لم يُدفع بعد: { $amount }.
upcoming_part = جزء من الفاتورة رقم { $number } من { $seller } يُستحق في { $date }: { $amount }. المتبقي إجمالًا { $all }.
overdue_part = جزء من الفاتورة رقم { $number } من { $seller } كان مستحقًا في { $date }: { $amount } لم يُدفع بعد. المتبقي إجمالًا { $all }.
upcoming_short = الفاتورة رقم { $number } من { $seller } تُستحق في { $date }.
overdue_short = الفاتورة رقم { $number } من { $seller } كانت مستحقة في { $date } ولم تُدفع بعد.
upcoming_part_short = جزء من الفاتورة رقم { $number } من { $seller } يُستحق في { $date }.
overdue_part_short = جزء من الفاتورة رقم { $number } من { $seller } كان مستحقًا في { $date } ولم يُدفع بعد.
is_open = المبلغ المستحق: { $amount }
reminder_heading = تذكير بالفاتورة رقم { $number }
open_in_all = المتبقي إجمالًا
paid_meanwhile = إذا كنت قد دفعت في هذه الأثناء، فشكرًا لك: لا يلزم أي شيء آخر. وإذا كان هناك ما ليس واضحًا، فما عليك سوى الرد على هذه الرسالة.

receipt_subject = إيصال الفاتورة رقم { $number }: { $amount }
thanks_received = شكرًا لك. استلم { $seller } دفعتك.
amount_received = المبلغ المستلم
received_on = تاريخ الاستلام
still_open = المتبقي
next = التالي
paid_in_full = دُفعت الفاتورة بالكامل.

copy_subject = نسخة من إيصال الفاتورة رقم { $number }: { $amount }
copy_heading = نسخة من إيصالك
copy_text = استلم { $seller } دفعتك. هذه نسختك من الإيصال؛ أما الإيصال نفسه فقد أُرسل إلى العنوان المذكور في الفاتورة.
invoice_for = الفاتورة إلى
number_for = { $number }، إلى { $customer }

credit_subject = دفعتك بمبلغ { $amount } محفوظة رصيدًا لك (الفاتورة رقم { $number })
credit_preview = نحفظها رصيدًا لك
credit_heading = استُلمت الدفعة رصيدًا لك
credit_received_on = استلم { $seller } دفعتك بمبلغ { $amount } في { $date } ({ $method }).
credit_received = استلم { $seller } دفعتك.
because_paid = كانت الفاتورة رقم { $number } مدفوعة من قبل، لذلك يُحفظ المبلغ رصيدًا لك.
because_void = كانت الفاتورة رقم { $number } قد سُحبت حينها، لذلك يُحفظ المبلغ رصيدًا لك.
because_unclear = لم تتطابق الدفعة تمامًا مع الفاتورة رقم { $number }، لذلك ينظر فيها أحد موظفينا أولًا، ويُحفظ المبلغ رصيدًا لك حتى ذلك الحين.
in_touch = سنتواصل معك بهذا الشأن؛ لا يلزمك القيام بأي شيء.

refund_subject = استرداد { $amount } للفاتورة رقم { $number }
refund_heading = المبلغ المسترد
refunded_on_text = أعاد { $seller } مبلغ { $amount } من الفاتورة رقم { $number } في { $date } ({ $method }).
refunded_text = أعاد { $seller } مبلغ { $amount } من الفاتورة رقم { $number }.
arrives_in_days = يعود المبلغ بالطريقة التي جاء بها. تحتاج البنوك عادةً من 5 إلى 10 أيام عمل لإظهاره في كشف حسابك.
arrives_when_answered = سيكتب إليك مزود خدمة الدفع لدينا Stripe ليسألك إلى أين يُرسل المبلغ. ويُرسل فور ردك.
arrives_by_hand = أُعيد إليك المبلغ مباشرةً.
pays_back_note = يعيد هذا ما خصمه الإشعار الدائن رقم { $number } بمبلغ { $amount } من الفاتورة.
amount_refunded = المبلغ المعاد
refunded_on = تاريخ الإعادة
refunded_to = إلى

note_subject = الإشعار الدائن رقم { $note } للفاتورة رقم { $number }: { $amount }
note_text = أصدر { $seller } إشعارًا دائنًا بمبلغ { $amount } من الفاتورة رقم { $number }.
note_preview = صدر إشعار دائن بمبلغ { $amount } من الفاتورة رقم { $number }
amount_credited = مبلغ الإشعار الدائن
kept_as_credit = محفوظ رصيدًا لك
refunded_to_you_before = أُعيد إليك سابقًا
paid_back_to_you = يُعاد إليك
still_to_pay = المتبقي للدفع
nothing_left = لم يتبقَّ شيء للدفع في هذه الفاتورة.

instruction_subject = دفعتك للفاتورة رقم { $number } قيد المعالجة
instruction_text = دفعتك بمبلغ { $amount } للفاتورة رقم { $number } قيد المعالجة ({ $method }). قد يستغرق ذلك { $days ->
    [zero] أقل من يوم عمل
    [one] يوم عمل واحدًا على الأكثر
    [two] يومي عمل على الأكثر
    [few] ما يصل إلى { $n } أيام عمل
    [many] ما يصل إلى { $n } يوم عمل
   *[other] ما يصل إلى { $n } يوم عمل
}. لا يلزمك القيام بأي شيء آخر؛ سنرسل إليك الإيصال عند وصول المبلغ.
instruction_short = دفعتك للفاتورة رقم { $number } قيد المعالجة. قد يستغرق ذلك { $days ->
    [zero] أقل من يوم عمل
    [one] يوم عمل واحدًا على الأكثر
    [two] يومي عمل على الأكثر
    [few] ما يصل إلى { $n } أيام عمل
    [many] ما يصل إلى { $n } يوم عمل
   *[other] ما يصل إلى { $n } يوم عمل
}. لا يلزمك القيام بأي شيء آخر؛ سنرسل إليك الإيصال عند وصول المبلغ.
instruction_preview = لا يلزمك القيام بأي شيء آخر

failed_subject = تعذر إتمام دفعتك للفاتورة رقم { $number }
failed_text = تعذر إتمام دفعتك بمبلغ { $amount } للفاتورة رقم { $number } ({ $method }). لم يصل أي مبلغ، وعادت الفاتورة غير مدفوعة.
failed_short = تعذر إتمام دفعتك للفاتورة رقم { $number }. لم يصل أي مبلغ، وعادت الفاتورة غير مدفوعة.
failed_preview = عادت الفاتورة رقم { $number } غير مدفوعة
failed_heading = تعذر إتمام دفعتك
bank_said = رد البنك
pay_again = يمكنك الدفع بالطريقة نفسها أو بطريقة أخرى. إذا كان لديك سؤال، فما عليك سوى الرد على هذه الرسالة.
