"""Stripe's own OpenAPI document judges the stand-in: every answer, every error, every event that it lists or delivers.

The official library for Python makes the calls and checks the signatures of what is delivered. STRIPE_BASE is the
stand-in's origin, STRIPE_KEY its secret key.
"""

import http.server
import json
import os
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import stripe

import openapi
from openapi import VERSION

BASE, KEY = os.environ["STRIPE_BASE"], os.environ["STRIPE_KEY"]


class Judge(stripe.HTTPClient):
    """The library's transport: passes calls on, and judges them and what comes back."""

    name = "judge"

    def request(self, method, url, headers, post_data=None):
        request = urllib.request.Request(url, method=method.upper(), data=post_data.encode() if post_data else None)
        for name, value in headers.items():
            request.add_header(name, value)
        if method == "post" and post_data is None:
            request.data = b""
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            answer = error
        body = answer.read().decode()
        asked = urllib.parse.urlparse(url)
        openapi.judge_answer(method, asked.path, answer.status, json.loads(body))
        if answer.status == 200:
            openapi.judge_request(method, asked.path, asked.query, post_data or "")
        return body, answer.status, dict(answer.headers.items())

    def request_with_retries(self, method, url, headers, post_data=None, max_network_retries=None, *, _usage=None):
        return self.request(method, url, headers, post_data)

    def close(self):
        pass


class Hook(http.server.BaseHTTPRequestHandler):
    """A webhook endpoint: keeps what arrives, raw."""

    arrived = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.arrived.append((body, self.headers["stripe-signature"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def listen():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/hook"


client = stripe.StripeClient(KEY, stripe_version=VERSION, base_addresses={"api": BASE}, http_client=Judge())


def order(currency="eur", **more):
    return {
        "mode": "payment",
        "client_reference_id": "att_1",
        "line_items": [
            {"quantity": 1, "price_data": {"currency": currency, "unit_amount": 12345, "product_data": {"name": "Invoice 1"}}}
        ],
        "adaptive_pricing": {"enabled": False},
        "submit_type": "pay",
        "metadata": {"invoice": "inv_1"},
        "payment_intent_data": {"metadata": {"invoice": "inv_1"}, "description": "Invoice 1"},
        "customer_email": "anna@example.com",
        "success_url": f"{BASE}/demo/stripe",
        "cancel_url": f"{BASE}/demo/stripe",
        **more,
    }


def press(path, **form):
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    try:
        urllib.request.build_opener(Stay).open(BASE + path, urllib.parse.urlencode(form).encode())
    except urllib.error.HTTPError as answer:
        assert answer.status == 303, answer.status
    else:
        raise AssertionError(f"{path} sends nobody on")


def refused(call, kind):
    try:
        call()
    except kind:
        return
    raise AssertionError(f"should have been refused with {kind.__name__}")


sessions = client.v1.checkout.sessions
endpoint = client.v1.webhook_endpoints.create({"url": listen(), "enabled_events": ["*"], "api_version": VERSION})
made = {name: sessions.create(order()) for name in ("paid", "declined", "secure", "debit", "bounced", "expired")}
made["dollars"] = sessions.create(order("usd"))
made["pounds"] = sessions.create(order("gbp"))
press(f"/c/pay/{made['paid'].id}", means="5555 5555 5555 4444", act="pay")
press(f"/c/pay/{made['declined'].id}", means="4000 0000 0000 9995", act="pay")
press(f"/c/pay/{made['secure'].id}", means="4000 0027 6000 3184", act="pay")
expand = {"expand": ["payment_intent.latest_charge.balance_transaction", "line_items"]}
for name in ("paid", "declined", "secure"):
    sessions.retrieve(made[name].id, expand)
press(f"/c/pay/{made['secure'].id}/secure", answer="agree")
for name, verb in (("debit", "clear"), ("dollars", "clear"), ("pounds", "clear"), ("bounced", "fail")):
    press(f"/c/pay/{made[name].id}", means="debit", act="pay")
    intent = sessions.retrieve(made[name].id, expand).payment_intent
    press("/demo/stripe/act", do=verb, id=intent.id)
    sessions.retrieve(made[name].id, expand)
sessions.expire(made["expired"].id)
sessions.expire(made["declined"].id)
intent = sessions.retrieve(made["paid"].id).payment_intent
client.v1.refunds.create({"payment_intent": intent, "amount": 345, "reason": "requested_by_customer"})
for fate, ends in (("processing", "refund-succeeds"), ("unfunded", "refund-succeeds"), ("asks", "refund-fails")):
    press("/demo/stripe/act", do="next-refund", id=fate)
    waits = client.v1.refunds.create({"payment_intent": intent, "amount": 100})
    assert waits.status in ("pending", "requires_action"), waits.status
    press("/demo/stripe/act", do=ends, id=waits.id)
    client.v1.refunds.retrieve(waits.id)

press("/demo/stripe/act", do="pay-out", id="")
payouts = client.v1.payouts.list({"limit": 100})
assert {payout.currency for payout in payouts.data} == {"eur", "usd", "gbp"}
for payout in payouts.data:
    lines = client.v1.balance_transactions.list({"payout": payout.id, "limit": 100, "expand": ["data.source"]}).data
    assert sum(line.net for line in lines if line.type != "payout") == payout.amount
    client.v1.payouts.retrieve(payout.id, {"expand": ["balance_transaction"]})
press("/demo/stripe/act", do="arrive", id=payouts.data[0].id)
press("/demo/stripe/act", do="return", id=payouts.data[1].id)
for payout in payouts.data:
    client.v1.payouts.retrieve(payout.id)

refused(lambda: sessions.expire(made["expired"].id), stripe.InvalidRequestError)
refused(lambda: sessions.retrieve("cs_test_none"), stripe.InvalidRequestError)
refused(lambda: sessions.create(order(surprise="1")), stripe.InvalidRequestError)
keyed = {"idempotency_key": f"python-{time.time()}"}
first = sessions.create(order(), keyed)
assert sessions.create(order(), keyed).id == first.id
refused(lambda: sessions.create(order(locale="de"), keyed), stripe.IdempotencyError)
stranger = stripe.StripeClient("sk_test_other", stripe_version=VERSION, base_addresses={"api": BASE}, http_client=Judge())
refused(lambda: stranger.v1.accounts.retrieve_current(), stripe.AuthenticationError)

limit = {"limit": 100}
sessions.list(limit), sessions.line_items.list(made["paid"].id)
client.v1.payment_intents.list(limit), client.v1.payment_intents.retrieve(intent, {"expand": ["latest_charge"]})
charges = client.v1.charges.list({"limit": 100, "expand": ["data.balance_transaction"]})
client.v1.charges.retrieve(charges.data[0].id)
transactions = client.v1.balance_transactions.list({"limit": 100, "expand": ["data.source"]})
client.v1.balance_transactions.retrieve(transactions.data[0].id)
refunds = client.v1.refunds.list(limit)
client.v1.refunds.retrieve(refunds.data[0].id, {"expand": ["charge", "balance_transaction"]})
client.v1.disputes.list(limit), client.v1.webhook_endpoints.list(limit)
client.v1.accounts.retrieve_current(), client.v1.balance.retrieve()
paged = list(sessions.list({"limit": 3}).auto_paging_iter())
assert len({session.id for session in paged}) == len(paged) >= 8

told = list(client.v1.events.list(limit).auto_paging_iter())
for event in told:
    openapi.judge_event(json.loads(str(event)))
    client.v1.events.retrieve(event.id)
# Whoever started this program limits its time.
while len(Hook.arrived) < len(told):
    time.sleep(0.05)
delivered = {}
for body, signature in Hook.arrived:
    event = stripe.Webhook.construct_event(body, signature, endpoint.secret)
    openapi.judge_event(json.loads(body))
    delivered[event.id] = event.type
assert delivered == {event.id: event.type for event in told}
assert {"checkout.session.completed", "checkout.session.expired", "payment_intent.payment_failed"} <= set(delivered.values())
body, signature = Hook.arrived[0]
refused(lambda: stripe.Webhook.construct_event(body, signature, "whsec_other"), stripe.SignatureVerificationError)
refused(lambda: stripe.Webhook.construct_event(body + b" ", signature, endpoint.secret), stripe.SignatureVerificationError)
client.v1.webhook_endpoints.retrieve(endpoint.id)
changed = client.v1.webhook_endpoints.update(endpoint.id, {"enabled_events": ["charge.updated"], "disabled": True})
assert changed.status == "disabled" and changed.enabled_events == ["charge.updated"]
client.v1.webhook_endpoints.delete(endpoint.id)
openapi.report()
