// The official Stripe library for Node as a client of the stand-in, and as the judge of the webhooks that it sends.
// STRIPE_BASE is the stand-in's origin, STRIPE_KEY its secret key, PEERS the folder that tests/peers/install filled.

import assert from 'node:assert/strict';
import http from 'node:http';

import { Stripe, VERSION, payByPage, refusal, run, setting, toStandIn, until } from './steps.mjs';

const base = setting('STRIPE_BASE');
const config = toStandIn();
const stripe = new Stripe(setting('STRIPE_KEY'), config);
const tag = `node-${Date.now()}`;
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
const [before] = (await stripe.events.list({ limit: 1 })).data;
const endpoint = await stripe.webhookEndpoints.create({ url: hook.url, enabled_events: ['*'], api_version: VERSION });

const steps = {
  async 'creates, retrieves and expands a session'() {
    const created = await stripe.checkout.sessions.create(order(`${tag}-a`));
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
    for (const [shelf, object] of [
      [stripe.paymentIntents, paid.payment_intent],
      [stripe.charges, charge],
      [stripe.balanceTransactions, charge.balance_transaction],
    ]) {
      const retrieved = await shelf.retrieve(object.id);
      assert.deepEqual([retrieved.object, retrieved.id], [object.object, object.id]);
    }
    const refund = await stripe.refunds.create({ payment_intent: paid.payment_intent.id, amount: 345 });
    assert.equal((await stripe.refunds.retrieve(refund.id)).status, 'succeeded');
    const refused = await refusal(() => stripe.refunds.create({ payment_intent: paid.payment_intent.id, amount: 12345 }));
    assert.ok(refused instanceof Stripe.errors.StripeInvalidRequestError);
  },

  async 'a decline leaves the session open'() {
    const session = await stripe.checkout.sessions.create(order(`${tag}-b`));
    await payByPage(session, '4000 0000 0000 9995');
    const open = await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] });
    assert.equal(open.status, 'open');
    assert.equal(open.payment_intent.last_payment_error.decline_code, 'insufficient_funds');
  },

  async 'pages through sessions by itself'() {
    const ids = new Set();
    for (let n = 0; n < 25; n += 1) ids.add((await stripe.checkout.sessions.create(order(`${tag}-p${n}`))).id);
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
    const session = await stripe.checkout.sessions.create(order(`${tag}-c`));
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
    const small = order(`${tag}-d`);
    small.line_items[0].price_data.unit_amount = 1;
    assert.equal((await refusal(() => stripe.checkout.sessions.create(small))).code, 'amount_too_small');
  },

  async 'replays under one key'() {
    const parameters = order(`${tag}-e`);
    const idempotencyKey = `${tag}-key`;
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
    assert.equal((await stripe.events.retrieve(events.data[0].id)).api_version, VERSION);
    const charges = await stripe.charges.list({ limit: 1, expand: ['data.balance_transaction'] });
    assert.equal(charges.data[0].object, 'charge');
    assert.equal((await stripe.balanceTransactions.list({ type: 'charge' })).data[0].reporting_category, 'charge');
    assert.equal((await stripe.balance.retrieve()).object, 'balance');
    assert.match((await stripe.accounts.retrieve()).id, /^acct_/);
    for (const empty of [stripe.disputes, stripe.payouts]) assert.deepEqual((await empty.list()).data, []);
  },

  async 'accepts the webhooks that arrived'() {
    const told = (await stripe.events.list({ limit: 100, ending_before: before?.id })).data.map((event) => event.id);
    assert.ok(told.length >= 10);
    const accept = ({ body, signature }) => stripe.webhooks.constructEvent(body, signature, endpoint.secret);
    await until(() => hook.arrived.length >= told.length);
    const arrived = hook.arrived.map(accept);
    assert.deepEqual(arrived.map((event) => event.id).sort(), told.sort());
    const types = arrived.map((event) => event.type);
    for (const type of ['checkout.session.completed', 'checkout.session.expired', 'payment_intent.payment_failed']) {
      assert.ok(types.includes(type), type);
    }
    const { body, signature } = hook.arrived[0];
    const doctored = body.toString().replace('"livemode": false', '"livemode": true');
    assert.notEqual(doctored, body.toString());
    for (const [payload, secret] of [[body, 'whsec_other'], [doctored, endpoint.secret]]) {
      const forged = () => stripe.webhooks.constructEvent(payload, signature, secret);
      assert.throws(forged, Stripe.errors.StripeSignatureVerificationError);
    }
  },
};

await run(steps);
process.exit();
