// The official Stripe library for Node as a client of the stand-in, and as the judge of its webhooks.
//
//   node tests/peers/stripe_node.mjs BASE SECRET_KEY MODULES [WEBHOOK_URL WEBHOOK_SECRET]
//
// BASE is the stand-in's origin, MODULES a folder outside the repository in which `npm install stripe@23` was run.
// With a webhook address and its secret, the library also signs an event of its own and posts it there. Exit status 0:
// everything held.

import assert from 'node:assert/strict';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';

const [base, key, modules, webhookUrl, webhookSecret] = process.argv.slice(2);
if (!base || !key || !modules) {
  console.error('usage: stripe_node.mjs BASE SECRET_KEY MODULES [WEBHOOK_URL WEBHOOK_SECRET]');
  process.exit(2);
}
const Stripe = createRequire(path.join(path.resolve(modules), 'index.js'))('stripe');
const { hostname, port } = new URL(base);
const config = { apiVersion: '2026-05-27.dahlia', host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false };
const stripe = new Stripe(key, config);
const run = `node-${Date.now()}`;
const order = (reference) => ({
  mode: 'payment',
  client_reference_id: reference,
  line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 12345, product_data: { name: 'Invoice 2026-0001' } } }],
  payment_method_types: ['card'],
  adaptive_pricing: { enabled: false },
  submit_type: 'pay',
  customer_email: 'anna@example.com',
  expires_at: Math.floor(Date.now() / 1000) + 7200,
  metadata: { invoice: 'inv_1' },
  payment_intent_data: { metadata: { invoice: 'inv_1' }, description: 'Invoice 2026-0001' },
  success_url: `${base}/demo/stripe?session_id={CHECKOUT_SESSION_ID}`,
  cancel_url: `${base}/demo/stripe`,
});

async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return assert.fail('the call should have been refused');
}

async function payByPage(session, means) {
  const body = new URLSearchParams({ means, act: 'pay' });
  const answer = await fetch(session.url, { method: 'POST', body, redirect: 'manual' });
  assert.equal(answer.status, 303);
  return answer.headers.get('location');
}

/** A webhook endpoint of our own: collects what arrives, raw. */
async function listen() {
  const arrived = [];
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      arrived.push({ body: Buffer.concat(chunks), signature: request.headers['stripe-signature'] });
      response.end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { arrived, server, url: `http://127.0.0.1:${server.address().port}/hook` };
}

const hook = await listen();
const [newest] = (await stripe.events.list({ limit: 1 })).data;
const endpoint = await stripe.webhookEndpoints.create({ url: hook.url, enabled_events: ['*'], api_version: '2026-05-27.dahlia' });

const steps = {
  async 'creates, retrieves and expands a session'() {
    const created = await stripe.checkout.sessions.create(order(`${run}-a`));
    assert.equal(created.object, 'checkout.session');
    assert.equal(created.amount_total, 12345);
    assert.match(created.lastResponse.requestId, /^req_/);
    assert.equal(await payByPage(created, '4242 4242 4242 4242'), `${base}/demo/stripe?session_id=${created.id}`);
    const paid = await stripe.checkout.sessions.retrieve(created.id, {
      expand: ['payment_intent.latest_charge.balance_transaction', 'line_items'],
    });
    assert.deepEqual([paid.status, paid.payment_status], ['complete', 'paid']);
    const charge = paid.payment_intent.latest_charge;
    assert.deepEqual([charge.amount_captured, charge.balance_transaction.net], [12345, 12345 - 210]);
    assert.equal(paid.line_items.data.length, 1);
    const refund = await stripe.refunds.create({ payment_intent: paid.payment_intent.id, amount: 345 });
    assert.equal((await stripe.refunds.retrieve(refund.id)).status, 'succeeded');
    const refused = await refusal(() => stripe.refunds.create({ payment_intent: paid.payment_intent.id, amount: 12345 }));
    assert.ok(refused instanceof Stripe.errors.StripeInvalidRequestError);
  },

  async 'a decline leaves the session open'() {
    const session = await stripe.checkout.sessions.create(order(`${run}-b`));
    await payByPage(session, '4000 0000 0000 9995');
    const open = await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] });
    assert.equal(open.status, 'open');
    assert.equal(open.payment_intent.last_payment_error.decline_code, 'insufficient_funds');
  },

  async 'pages through sessions by itself'() {
    const ids = new Set();
    for (let n = 0; n < 25; n += 1) ids.add((await stripe.checkout.sessions.create(order(`${run}-p${n}`))).id);
    const seen = new Set();
    let last = Infinity;
    for await (const session of stripe.checkout.sessions.list({ limit: 10, created: { gte: Math.floor(Date.now() / 1000) - 300 } })) {
      assert.ok(session.created <= last && !seen.has(session.id));
      last = session.created;
      seen.add(session.id);
    }
    for (const id of ids) assert.ok(seen.has(id));
  },

  async 'expires once'() {
    const session = await stripe.checkout.sessions.create(order(`${run}-c`));
    const expired = await stripe.checkout.sessions.expire(session.id);
    assert.deepEqual([expired.status, expired.url], ['expired', null]);
    const refused = await refusal(() => stripe.checkout.sessions.expire(session.id));
    assert.ok(refused instanceof Stripe.errors.StripeInvalidRequestError);
    assert.match(refused.message, /status of `expired`/);
  },

  async 'refuses in the classes of the library'() {
    const missing = await refusal(() => stripe.checkout.sessions.retrieve('cs_test_none'));
    assert.deepEqual([missing.type, missing.code, missing.statusCode], ['StripeInvalidRequestError', 'resource_missing', 404]);
    const stranger = new Stripe('sk_test_somebody_else', config);
    assert.equal((await refusal(() => stranger.accounts.retrieve())).type, 'StripeAuthenticationError');
    const unknown = await refusal(() => stripe.checkout.sessions.list({ client_reference_id: 'x' }));
    assert.equal(unknown.code, 'parameter_unknown');
    const small = order(`${run}-d`);
    small.line_items[0].price_data.unit_amount = 1;
    assert.equal((await refusal(() => stripe.checkout.sessions.create(small))).code, 'amount_too_small');
  },

  async 'replays under one key'() {
    const parameters = order(`${run}-e`);
    const idempotencyKey = `${run}-key`;
    const first = await stripe.checkout.sessions.create(parameters, { idempotencyKey });
    const again = await stripe.checkout.sessions.create(parameters, { idempotencyKey });
    assert.equal(again.id, first.id);
    assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
    const other = await refusal(() => stripe.checkout.sessions.create({ ...parameters, locale: 'de' }, { idempotencyKey }));
    assert.equal(other.type, 'StripeIdempotencyError');
  },

  async 'lists events, charges and the rest'() {
    const events = await stripe.events.list({ types: ['checkout.session.completed', 'charge.updated'], limit: 100 });
    assert.ok(events.data.length >= 2);
    assert.equal((await stripe.events.retrieve(events.data[0].id)).api_version, '2026-05-27.dahlia');
    const charges = await stripe.charges.list({ limit: 1, expand: ['data.balance_transaction'] });
    assert.equal(charges.data[0].object, 'charge');
    assert.equal((await stripe.balanceTransactions.list({ type: 'charge' })).data[0].reporting_category, 'charge');
    assert.equal((await stripe.balance.retrieve()).object, 'balance');
    assert.match((await stripe.accounts.retrieve()).id, /^acct_/);
    for (const empty of [stripe.disputes, stripe.payouts]) assert.deepEqual((await empty.list()).data, []);
  },

  async 'accepts the webhooks that arrived'() {
    const deadline = Date.now() + 10_000;
    const listed = await stripe.events.list({ limit: 100, ending_before: newest?.id });
    while (hook.arrived.length < listed.data.length && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(hook.arrived.length >= 10);
    const types = hook.arrived.map(({ body, signature }) => stripe.webhooks.constructEvent(body, signature, endpoint.secret).type);
    assert.ok(types.includes('checkout.session.completed') && types.includes('payment_intent.payment_failed'));
    const { body, signature } = hook.arrived[0];
    assert.throws(() => stripe.webhooks.constructEvent(body, signature, 'whsec_other'), Stripe.errors.StripeSignatureVerificationError);
  },

  async 'signs a webhook of its own'() {
    if (!webhookUrl || !webhookSecret) return 'skipped: no address given';
    const payload = JSON.stringify({
      id: `evt_${run}`, object: 'event', type: 'product.created', created: Math.floor(Date.now() / 1000), livemode: false,
      api_version: '2026-05-27.dahlia', pending_webhooks: 1, request: { id: null, idempotency_key: null },
      data: { object: { id: 'prod_1', object: 'product' } },
    });
    const signed = (secret) => ({
      method: 'POST', body: payload,
      headers: { 'content-type': 'application/json', 'stripe-signature': stripe.webhooks.generateTestHeaderString({ payload, secret }) },
    });
    assert.equal((await fetch(webhookUrl, signed(webhookSecret))).status, 200);
    assert.equal((await fetch(webhookUrl, signed('whsec_other'))).status, 400);
    return undefined;
  },
};

let failed = 0;
for (const [name, step] of Object.entries(steps)) {
  try {
    console.log(`ok   ${name}${await step().then((note) => (note ? ` (${note})` : ''))}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}\n${error.stack}`);
  }
}
await stripe.webhookEndpoints.del(endpoint.id);
hook.server.close();
process.exit(failed === 0 ? 0 : 1);
