# 日本語（です・ます）。名前と引数は en.ftl と同じ。

choose_language = 言語
test_mode = テストモードです。実際のお金は動きません。

## The invoice

invoice_title = 請求書 { $number }
draft_title = 請求書（下書き）
title_from = { $title }（{ $seller }）
remark_canceled = お支払いをせずに戻られました。請求は行われていません。
remark_failed = 前回のお支払いは完了しませんでした。請求は行われていません。もう一度お試しいただけます。
remark_already_paid = お支払いいただく金額はもうありません。追加の請求は行われていません。

due_today = お支払期限：本日（{ $date }）
due_tomorrow = お支払期限：明日（{ $date }）
due_in = お支払期限：{ $date }（あと{ $days ->
   *[other] { $n }日
}）
was_due = お支払期限：{ $date }（経過）
on = { $date }
since = { $date }から

part_paid = { $total }のうち{ $paid }をお支払いいただきました。ありがとうございます。
part_paid_refunded = { $total }のうち{ $paid }をお支払いいただき、そのうち{ $back }を返金しました。ありがとうございます。
tag_processing = お支払い手続き中
processing_text = { $amount }のお支払い手続きが始まりました。{ $wait }ほかにしていただくことはありません。
wait_bank = 銀行でのお支払いには最大{ $days ->
   *[other] { $n }営業日
}かかることがあります。
wait_method = { $method }でのお支払いには最大{ $days ->
   *[other] { $n }営業日
}かかることがあります。
tag_received = ご入金あり
held_text = この請求書へのご入金を確認しています。現在お支払いいただくものはありません。
tag_paid = 支払済み
of_it_refunded = そのうち{ $back }を返金しました。
paid_text = ありがとうございます。このページは領収の控えとして残ります。
tag_refunded = 返金済み
returned = { $back }を返金しました。銀行の明細に表示されるまで5日から10日かかります。
payment_returned = お支払いを返金しました。銀行の明細に表示されるまで5日から10日かかります。
tag_void = 無効
void_text = この請求書は取り消されました。お支払いにならないようお願いいたします。
tag_credited = 取消済み
credited_text = この請求書は返還請求書により取り消されました。お支払いいただくものはありません。
tag_closed = 終了
closed_text = この請求書は締め切られました。お支払いをご希望の場合は、ご連絡ください。

then = 次回は{ $amount }、お支払期限は{ $date }です。
by_card = カード払い
this_invoice = この請求書
payment_fee = 決済手数料
pay = { $amount }を支払う
pay_all = 全額{ $amount }を支払う
pay_all_now = 今すぐ全額{ $amount }を支払う
fee_of_that = そのうち{ $fee }は決済手数料です。
secure = Stripeによる安全なお支払い
pay_a_part = または一部を支払う
pay_this_part = この金額を支払う
from_to = { $from }から{ $to }まで。
fees_on_choice = カード払いの場合は決済手数料が加わります：{ $least }につき{ $least_fee }、{ $most }につき{ $most_fee }。
enter_digits = 金額を数字で入力してください。
choose_between = { $from }から{ $to }までの金額を指定してください。
too_little_left = 残額が{ $rest }となり、カードでお支払いいただくには少なすぎます。全額、またはもう少し少ない金額をお支払いください。
transfer_only = この請求書は銀行振込でお支払いください。
no_way = この請求書のお支払い方法については、お問い合わせください。
card_down = 現在カードでのお支払いはご利用いただけません。後ほどもう一度お試しください。
card_down_transfer = 現在カードでのお支払いはご利用いただけません。銀行振込でお支払いいただくか、後ほどもう一度お試しください。
transfer_costs_nothing = 銀行振込の場合、決済手数料はかかりません。
receipt = 領収書
download_pdf = PDFをダウンロード
question_invoice = この請求書について問い合わせる
in_parts = { $count ->
   *[other] { $n }回払い
}

## The parts of a plan

deposit = 前払い金
rest = 残金
instalment = { $count }回払いの{ $place }回目
part_due = お支払期限：{ $date }
paid_and_credited = 支払・充当済み
part_open = 未払い{ $amount }
part_was_due = 期限経過
due_now = 今回のお支払い
later = 次回以降

## The sheet

invoice = 請求書
credit = 返還請求書
invoice_document = 請求書の書面
credit_document = 返還請求書の書面
tax_id = 登録番号 { $id }
draft = 下書き
issued = 発行日
for_invoice = 対象の請求書
paid_with_invoice = 同時に支払われた請求書
due = お支払期限
delivered = 納品日
your_reference = 貴社参照番号
credited_to = 宛先
billed_to = 請求先
what_is_credited = 取消の内訳
what_is_invoiced = ご請求の内訳
description = 品目
quantity = 数量
price = 単価
tax = 税率
amount = 金額
subtotal = 小計
includes_tax = うち{ $tax }
on_base = 対象額 { $base }
total = 合計
total_credited = 取消合計
amount_due = ご請求残高
notes = 備考
discount = { $percent }割引
tax_unnamed = 消費税 { $rate }
paid_on = { $date } お支払い（{ $method }）
credit_applied = 預り金を充当
small_difference = わずかな差額（ご請求なし）
credit_note = 返還請求書 { $number }
credit_note_over = 返還請求書 { $number }（{ $amount }）
fee_line = 請求書 { $invoice } の決済手数料
fee_correction_line = 請求書 { $invoice } の決済手数料 { $fee } の訂正
exempt = 非課税。
reverse_charge = リバースチャージ方式：受領者が税を納付します。
supply_within_eu = EU域内取引につき免税。
export = 輸出免税。
not_taxable = 不課税。

## Ways to pay

bank_transfer = 銀行振込
cash = 現金
check = 小切手
other = その他
card = カード
card_ending = { $brand }（末尾 { $digits }）
sepa_debit = SEPA口座振替
bank_debit = 口座振替
bacs_debit = Bacs口座振替
acss_debit = 事前承認口座振替
becs_debit = BECS口座振替

## Bank details

pay_by_transfer = 銀行振込でのお支払い
account_holder = 口座名義
reference = 振込時の参照番号
copy_iban = IBANをコピー
copy_bic = BICをコピー
copy_reference = 参照番号をコピー
copy_amount = 金額をコピー
qr_code = 銀行アプリ用QRコード
scan = 銀行アプリで読み取ると、振込内容が入力されます。

## Back from Stripe

checking_title = お支払いを確認しています
declined_title = お支払いが承認されませんでした
nothing_charged = 請求は行われていません
checking_text = お支払いが届いたかどうかをStripeに確認しています。通常は数秒で終わり、このページは自動的に切り替わります。
late_text = 通常より時間がかかっています。このページは閉じていただいて構いません。お支払いが確認でき次第、メールでお知らせします。重ねてお支払いにならないようお願いいたします。
back_to_invoice = 請求書に戻る
thank_you = お支払いが届きました。ありがとうございます
paid_for = { $seller }からの請求書 { $number }。
receipt_on_way = 領収書を{ $email }にお送りしています。
next_part = 次回：{ $amount }、お支払期限は{ $date }です。
view_receipt = 領収書を見る
view_invoice = 請求書を見る
on_its_way = お支払いの手続き中です
on_its_way_text = { $wait }ほかにしていただくことはありません。
will_write = 届きましたら{ $email }にお知らせします。
declined = お支払いが承認されませんでした
declined_text = 請求は行われていません。もう一度お試しいただくか、別のカードをお使いいただくか、請求書に案内がある場合は銀行振込でお支払いください。
left_text = お支払い前に決済ページを離れました。請求書はまだ未払いです。

## The receipt

receipt_for = 請求書 { $number } の領収書
received = 領収済み
checked_text = お支払いが届き、確認しています。現在お支払いいただくものはありません。
payment = お支払い
number = { $number }回目
paid_with = お支払い方法
received_from = お支払者
received_by = 受領者
invoice_total = 請求書の合計
this_payment = 今回のお支払い
for_the_invoice = 請求書分
held_credit = お預り金
refunded_since = その後の返金
being_checked = 確認中
still_due = 残額
next_due = 次回、お支払期限 { $date }
nothing = なし
mail_copy = 控えを{ $address }に送る
copy_sent = 控えを{ $address }にお送りしています。
question_payment = このお支払いについて問い合わせる

## The credit note, and the document of a fee

view_invoice_number = 請求書 { $number } を見る
question_credit = この返還請求書について問い合わせる
less_to_pay = 請求書のお支払額が{ $amount }減ります。
refunded_before = 以前に{ $amount }を返金しました。
given_back = すでに{ $amount }をお返ししました。
paid_back = { $amount }を返金します。
kept_credit = { $amount }をお預り金としてお預かりします。
fee_title = 決済手数料 { $number }
correction = 訂正 { $number }
fee_corrects = 請求書 { $invoice } の決済手数料 { $fee } のうち、返金された分を訂正するものです。
fee_text = 請求書 { $invoice } をカードでお支払いいただいた際の手数料です。請求書と同時に支払われました。
question_fee = この手数料について問い合わせる

## What went wrong

not_found_title = ページが見つかりません
not_found = このアドレスには何もありません
not_found_text = リンクが途中で切れているか、新しいものに置き換えられた可能性があります。最新のメールのリンクをもう一度開くか、リンクの送り主にお尋ねください。
wait_title = 少々お待ちください
wait_text = お使いの回線から多くのアクセスがありました。請求は行われていません。{ $again }もう一度お試しください。
again_minute = 1分後に
again_minutes = 約{ $minutes ->
   *[other] { $n }分後に
}
again_hour = 約1時間後に
unavailable = まもなく復旧します
unavailable_text = 現在このページを表示できません。請求は行われておらず、失われたものもありません。数分後にもう一度お試しください。
bad_request = 内容を読み取れませんでした
bad_request_text = 送信された内容を読み取れませんでした。ページをもう一度開いてやり直してください。
forbidden = 許可されていません
cross_site = 別のサイトからの送信です
cross_site_text = 別のサイトがお使いのブラウザーから送信したため、何も行われていません。ページをもう一度開いてやり直してください。
not_possible_here = ここではできません
not_possible_here_text = このアドレスでは受け付けていません。最新のメールのリンクをもう一度開いてください。
too_slow = 時間がかかりすぎました
too_slow_text = 送信に時間がかかりすぎました。もう一度送信してください。
conflict = もう行えません
conflict_text = その間に内容が変わりました。ページをもう一度開いてください。
too_large = 大きすぎます
too_large_text = ここで送信できる大きさを超えています。
misdirected = 名前が違います
misdirected_text = このサーバーは別の名前です。最新のメールのリンクをもう一度開いてください。
invalid = 入力内容をご確認ください
invalid_text = 送信された内容に正しくないところがあります。
not_available = 現在ご利用いただけません
internal = 問題が発生しました
internal_text = このサーバーで問題が発生しました。記録しましたので、もう一度お試しください。

## Mails

hello = { $name } 様
hello_there = お客様
fact = { $label }：{ $value }
lead = { $text }：
just_reply = ご不明な点がございましたら、このメールにご返信ください。
view_and_pay = 請求書を見て支払う
view_credit_note = 返還請求書を見る
amount_due_on = { $amount }（お支払期限 { $date }）
amount_for = { $amount }（請求書 { $number }）
due_on = お支払期限
reason = 理由

invoice_subject = 請求書 { $number }（{ $seller }）
invoice_mail = { $seller }から請求書 { $number }（{ $amount }）をお送りします。お支払期限は{ $date }です。
invoice_mail_parts = { $seller }から請求書 { $number }（{ $amount }）をお送りします。お支払いは{ $parts ->
   *[other] { $n }回
}に分かれています：
invoice_sent = { $seller }から請求書をお送りします。
least_part = { $amount }以上であれば、分けてお支払いいただけます。

upcoming_subject = 請求書 { $number } のお支払期限は{ $date }です
upcoming_part_subject = 請求書 { $number } の一部のお支払期限は{ $date }です
overdue_subject = お支払いのご確認：請求書 { $number }（期限 { $date }）
overdue_part_subject = お支払いのご確認：請求書 { $number } の一部（期限 { $date }）
upcoming = { $seller }からの請求書 { $number } のお支払期限は{ $date }です。お支払いいただく金額は{ $amount }です。
overdue = { $seller }からの請求書 { $number } のお支払期限は{ $date }でした。{ $amount }が未払いとなっております。
upcoming_part = { $seller }からの請求書 { $number } の一部{ $amount }のお支払期限は{ $date }です。残額は合計{ $all }です。
overdue_part = { $seller }からの請求書 { $number } の一部{ $amount }のお支払期限は{ $date }でしたが、未払いとなっております。残額は合計{ $all }です。
upcoming_short = { $seller }からの請求書 { $number } のお支払期限は{ $date }です。
overdue_short = { $seller }からの請求書 { $number } のお支払期限は{ $date }でしたが、未払いとなっております。
upcoming_part_short = { $seller }からの請求書 { $number } の一部のお支払期限は{ $date }です。
overdue_part_short = { $seller }からの請求書 { $number } の一部のお支払期限は{ $date }でしたが、未払いとなっております。
is_open = 未払い：{ $amount }
reminder_heading = 請求書 { $number } のお支払いのご確認
open_in_all = 未払いの合計
paid_meanwhile = 行き違いでお支払いがお済みの場合は、ご容赦ください。ほかにしていただくことはありません。ご不明な点がございましたら、このメールにご返信ください。

receipt_subject = 請求書 { $number } の領収書：{ $amount }
thanks_received = ありがとうございます。{ $seller }がお支払いを受領しました。
amount_received = 受領額
received_on = 受領日
still_open = 残額
next = 次回
paid_in_full = 請求書は全額お支払い済みです。

copy_subject = 請求書 { $number } の領収書の控え：{ $amount }
copy_heading = 領収書の控え
copy_text = { $seller }がお支払いを受領しました。これは領収書の控えです。領収書は請求書の宛先にお送りしました。
invoice_for = 請求先
number_for = { $number }（{ $customer } 様宛）

credit_subject = { $amount }のお支払いをお預り金としてお預かりしています（請求書 { $number }）
credit_preview = お預り金としてお預かりします
credit_heading = お支払いをお預かりしました
credit_received_on = { $date }に{ $seller }が{ $amount }のお支払いを受領しました（{ $method }）。
credit_received = { $seller }がお支払いを受領しました。
because_paid = 請求書 { $number } はすでにお支払い済みのため、お預り金としてお預かりしています。
because_void = 請求書 { $number } はすでに取り消されていたため、お預り金としてお預かりしています。
because_unclear = 請求書 { $number } と内容が完全には一致しなかったため、担当者が確認いたします。それまでお預り金としてお預かりしています。
in_touch = この件についてはこちらからご連絡いたします。お客様にしていただくことはありません。

refund_subject = 請求書 { $number } の返金：{ $amount }
refund_heading = ご返金のお知らせ
refunded_on_text = { $date }に{ $seller }が請求書 { $number } の{ $amount }を返金しました（{ $method }）。
refunded_text = { $seller }が請求書 { $number } の{ $amount }を返金しました。
arrives_in_days = お支払いいただいた方法で返金されます。明細に表示されるまで、通常5～10営業日かかります。
arrives_when_answered = 当方の決済サービスStripeから、返金先をお尋ねする連絡が届きます。ご回答いただいた後に返金されます。
arrives_by_hand = 直接お返ししました。
pays_back_note = 返還請求書 { $number }（{ $amount }）により請求書から差し引かれた分の返金です。
amount_refunded = 返金額
refunded_on = 返金日
refunded_to = 返金先

note_subject = 請求書 { $number } の返還請求書 { $note }：{ $amount }
note_text = { $seller }が請求書 { $number } のうち{ $amount }を取り消しました。
note_preview = 請求書 { $number } のうち{ $amount }を取り消しました
amount_credited = 取消額
kept_as_credit = お預り金
refunded_to_you_before = 以前の返金額
paid_back_to_you = 返金額
still_to_pay = 残りのお支払額
nothing_left = この請求書についてお支払いいただくものはもうありません。

instruction_subject = 請求書 { $number } のお支払いの手続き中です
instruction_text = 請求書 { $number } の{ $amount }のお支払いは手続き中です（{ $method }）。最大{ $days ->
   *[other] { $n }営業日
}かかることがあります。ほかにしていただくことはありません。届きましたら領収書をお送りします。
instruction_short = 請求書 { $number } のお支払いは手続き中です。最大{ $days ->
   *[other] { $n }営業日
}かかることがあります。ほかにしていただくことはありません。届きましたら領収書をお送りします。
instruction_preview = ほかにしていただくことはありません

failed_subject = 請求書 { $number } のお支払いが完了しませんでした
failed_text = 請求書 { $number } の{ $amount }のお支払いが完了しませんでした（{ $method }）。入金がなく、請求書は再び未払いとなっています。
failed_short = 請求書 { $number } のお支払いが完了しませんでした。入金がなく、請求書は再び未払いとなっています。
failed_preview = 請求書 { $number } は再び未払いです
failed_heading = お支払いが完了しませんでした
bank_said = 銀行からの回答
pay_again = 同じ方法でも、別の方法でもお支払いいただけます。ご不明な点がございましたら、このメールにご返信ください。
