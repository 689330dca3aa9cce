"""Stripe's own OpenAPI document judges what the product asked, and what the stand-in answers to exactly that.

    product.py REQUESTS

REQUESTS is a file with the calls that the product made, as the stand-in wrote them down: a JSON list of `method`, `path`,
`query`, `body`, `version` and `key` (the idempotency key). STRIPE_BASE and STRIPE_KEY: the same stand-in, which is asked
every question once more.
"""

import json
import os
import sys
import urllib.error
import urllib.request

import openapi


def ask(call):
    """Asks the question again; status and answer."""
    address = os.environ["STRIPE_BASE"] + call["path"] + ("?" + call["query"] if call["query"] else "")
    request = urllib.request.Request(address)
    request.add_header("Authorization", f"Bearer {os.environ['STRIPE_KEY']}")
    request.add_header("Stripe-Version", openapi.VERSION)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


with open(sys.argv[1], encoding="utf-8") as file:
    calls = json.load(file)
for call in calls:
    method = call["method"].lower()
    openapi.judge_request(method, call["path"], call["query"], call["body"])
    assert call["version"] == openapi.VERSION, call
    assert method != "post" or call["key"], f"a change without an idempotency key: {call}"
    if method == "get":
        openapi.judge_answer(method, call["path"], *ask(call))
openapi.report()
