//! Every sentence by name, with what stands in it. A count, which decides the plural, comes behind a semicolon.

use super::{Argument, Words};

/// A method of [`Words`] for each sentence, which asks the language's file for the sentence of that name.
macro_rules! messages {
    ($($name:ident($($argument:ident),* $(; $count:ident)?);)*) => {
        impl Words {$(
            #[must_use]
            pub fn $name(&self $(, $argument: impl AsRef<str>)* $(, $count: u32)?) -> String {
                self.say(stringify!($name), &[
                    $((stringify!($argument), Argument::Text($argument.as_ref())),)*
                    $((stringify!($count), Argument::Count($count)),
                    ("n", Argument::Text(&self.numbers().count($count))),)?
                ])
            }
        )*}

        /// Names and arguments, to be compared with the files.
        #[cfg(test)]
        pub(super) const ALL: &[(&str, &[&str])] =
            &[$((stringify!($name), &[$(stringify!($argument),)* $(stringify!($count), "n")?])),*];
    };
}

messages! {
    choose_language();
    test_mode();

    // The invoice.
    invoice_title(number);
    draft_title();
    title_from(title, seller);
    remark_canceled();
    remark_failed();
    remark_already_paid();
    due_today(date);
    due_tomorrow(date);
    due_in(date; days);
    was_due(date);
    on(date);
    since(date);
    part_paid(paid, total);
    part_paid_refunded(paid, total, back);
    tag_processing();
    processing_text(amount, wait);
    wait_bank(; days);
    wait_method(method; days);
    tag_received();
    held_text();
    tag_paid();
    of_it_refunded(back);
    paid_text();
    tag_refunded();
    returned(back);
    payment_returned();
    tag_void();
    void_text();
    tag_credited();
    credited_text();
    tag_closed();
    closed_text();
    then(amount, date);
    by_card();
    this_invoice();
    payment_fee();
    pay(amount);
    pay_all(amount);
    pay_all_now(amount);
    fee_of_that(fee);
    secure();
    pay_a_part();
    pay_this_part();
    from_to(from, to);
    fees_on_choice(least_fee, least, most_fee, most);
    enter_digits();
    choose_between(from, to);
    too_little_left(rest);
    transfer_only();
    no_way();
    card_down();
    card_down_transfer();
    transfer_costs_nothing();
    receipt();
    download_pdf();
    question_invoice();
    in_parts(; count);

    // The parts of a plan.
    deposit();
    rest();
    instalment(place, count);
    part_due(date);
    paid_and_credited();
    part_open(amount);
    part_was_due();
    due_now();
    later();

    // The sheet.
    invoice();
    credit();
    invoice_document();
    credit_document();
    tax_id(id);
    draft();
    issued();
    for_invoice();
    paid_with_invoice();
    due();
    delivered();
    your_reference();
    credited_to();
    billed_to();
    what_is_credited();
    what_is_invoiced();
    description();
    quantity();
    price();
    tax();
    amount();
    subtotal();
    includes_tax(tax);
    on_base(base);
    total();
    total_credited();
    amount_due();
    notes();
    discount(percent);
    tax_unnamed(rate);
    paid_on(date, method);
    credit_applied();
    small_difference();
    credit_note(number);
    credit_note_over(number, amount);
    fee_line(invoice);
    fee_correction_line(fee, invoice);
    exempt();
    reverse_charge();
    supply_within_eu();
    export();
    not_taxable();

    // Ways to pay.
    bank_transfer();
    cash();
    check();
    other();
    card();
    card_ending(brand, digits);
    sepa_debit();
    bank_debit();
    bacs_debit();
    acss_debit();
    becs_debit();

    // Bank details.
    pay_by_transfer();
    account_holder();
    reference();
    copy_iban();
    copy_bic();
    copy_reference();
    copy_amount();
    qr_code();
    scan();

    // Back from Stripe.
    checking_title();
    declined_title();
    nothing_charged();
    checking_text();
    late_text();
    back_to_invoice();
    thank_you();
    paid_for(number, seller);
    receipt_on_way(email);
    next_part(amount, date);
    view_receipt();
    view_invoice();
    on_its_way();
    on_its_way_text(wait);
    will_write(email);
    declined();
    declined_text();
    left_text();

    // The receipt.
    receipt_for(number);
    received();
    checked_text();
    payment();
    number(number);
    paid_with();
    received_from();
    received_by();
    invoice_total();
    this_payment();
    for_the_invoice();
    held_credit();
    refunded_since();
    being_checked();
    still_due();
    next_due(date);
    nothing();
    mail_copy(address);
    copy_sent(address);
    question_payment();

    // The credit note, and the document of a fee.
    view_invoice_number(number);
    question_credit();
    less_to_pay(amount);
    refunded_before(amount);
    given_back(amount);
    paid_back(amount);
    kept_credit(amount);
    fee_title(number);
    correction(number);
    fee_corrects(fee, invoice);
    fee_text(invoice);
    question_fee();

    // What went wrong.
    not_found_title();
    not_found();
    not_found_text();
    wait_title();
    wait_text(again);
    again_minute();
    again_minutes(; minutes);
    again_hour();
    unavailable();
    unavailable_text();
    bad_request();
    bad_request_text();
    forbidden();
    cross_site();
    cross_site_text();
    not_possible_here();
    not_possible_here_text();
    too_slow();
    too_slow_text();
    conflict();
    conflict_text();
    too_large();
    too_large_text();
    misdirected();
    misdirected_text();
    invalid();
    invalid_text();
    not_available();
    internal();
    internal_text();

    // Mails.
    hello(name);
    hello_there();
    fact(label, value);
    lead(text);
    just_reply();
    view_and_pay();
    view_credit_note();
    amount_due_on(amount, date);
    amount_for(amount, number);
    due_on();
    reason();
    invoice_subject(number, seller);
    invoice_mail(seller, number, amount, date);
    invoice_mail_parts(seller, number, amount; parts);
    invoice_sent(seller);
    least_part(amount);
    upcoming_subject(number, date);
    upcoming_part_subject(number, date);
    overdue_subject(number, date);
    overdue_part_subject(number, date);
    upcoming(number, seller, date, amount);
    overdue(number, seller, date, amount);
    upcoming_part(number, seller, date, amount, all);
    overdue_part(number, seller, date, amount, all);
    upcoming_short(number, seller, date);
    overdue_short(number, seller, date);
    upcoming_part_short(number, seller, date);
    overdue_part_short(number, seller, date);
    is_open(amount);
    reminder_heading(number);
    open_in_all();
    paid_meanwhile();
    receipt_subject(number, amount);
    thanks_received(seller);
    amount_received();
    received_on();
    still_open();
    next();
    paid_in_full();
    copy_subject(number, amount);
    copy_heading();
    copy_text(seller);
    invoice_for();
    number_for(number, customer);
    credit_subject(amount, number);
    credit_preview();
    credit_heading();
    credit_received_on(seller, amount, date, method);
    credit_received(seller);
    because_paid(number);
    because_void(number);
    because_unclear(number);
    in_touch();
    refund_subject(amount, number);
    refund_heading();
    refunded_on_text(seller, amount, number, date, method);
    refunded_text(seller, amount, number);
    arrives_in_days();
    arrives_when_answered();
    arrives_by_hand();
    pays_back_note(number, amount);
    amount_refunded();
    refunded_on();
    refunded_to();
    note_subject(note, number, amount);
    note_text(seller, amount, number);
    note_preview(amount, number);
    amount_credited();
    kept_as_credit();
    refunded_to_you_before();
    paid_back_to_you();
    still_to_pay();
    nothing_left();
    instruction_subject(number);
    instruction_text(amount, number, method; days);
    instruction_short(number; days);
    instruction_preview();
    failed_subject(number);
    failed_text(amount, number, method);
    failed_short(number);
    failed_preview(number);
    failed_heading();
    bank_said();
    pay_again();
}
