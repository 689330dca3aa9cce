// The official Stripe library for Node as the sender of webhooks to a running Quittance. The stand-in sends none of its
// own here, so what is booked was booked because of these. QUITTANCE_BASE is the product's origin, QUITTANCE_TOKEN an API
// token, WEBHOOK_SECRET what the product believes; STRIPE_BASE, STRIPE_KEY and PEERS as in client.mjs.

import assert from 'node:assert/strict';

import { Stripe, VERSION, payByPage, run, setting, toStandIn, until } from './steps.mjs';

const product = setting('QUITTANCE_BASE');
const secret = setting('WEBHOOK_SECRET');
const stripe = new Stripe(setting('STRIPE_KEY'), toStandIn());

/** A call of the product's API that must succeed. */
async function ask(method, path, content) {
  const headers = { authorization: `Bearer ${setting('QUITTANCE_TOKEN')}`, 'content-type': 'application/json' };
  const answer = await fetch(`${product}/api/v1${path}`, { method, headers, body: content && JSON.stringify(content) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

/** Posts bytes to the webhook; the status of the answer. */
async function post(body, signature) {
  const headers = { 'content-type': 'application/json', 'stripe-signature': signature };
  const answer = await fetch(`${product}/webhooks/stripe`, { method: 'POST', headers, body });
  await answer.text();
  return answer.status;
}

const sign = (payload, more) => stripe.webhooks.generateTestHeaderString({ payload, secret, ...more });
const deliver = (event) => post(JSON.stringify(event), sign(JSON.stringify(event)));
const due = async (invoice) => (await ask('GET', `/invoices/${invoice.id}`)).amount_due;

/** An issued invoice of 190.40 EUR whose checkout has begun, and the session as the library sees it. */
async function begun() {
  const customer = await ask('POST', '/customers', { name: 'Anna Example', email: 'anna@example.com' });
  const lines = [{ description: 'Design', quantity: '2', unit_price: '80.00', tax_rate: '19' }];
  const draft = await ask('POST', '/invoices', { customer: customer.id, currency: 'EUR', lines });
  const invoice = await ask('POST', `/invoices/${draft.id}/issue`);
  const { attempt } = await ask('POST', `/invoices/${invoice.id}/checkout`);
  const { session } = await ask('GET', `/attempts/${attempt}`);
  return { invoice, session: await stripe.checkout.sessions.retrieve(session) };
}

const paid = await begun();
const forged = await begun();
await payByPage(paid.session, '4242 4242 4242 4242');
const { data: events } = await stripe.events.list({ types: ['checkout.session.completed'] });
const event = events.find(({ data }) => data.object.id === paid.session.id);

await run({
  async 'nobody else may sign'() {
    const body = JSON.stringify(event);
    const late = Math.floor(Date.now() / 1000) - 600;
    assert.equal(await post(body, sign(body, { secret: 'whsec_other' })), 400);
    assert.equal(await post(body, sign(body, { timestamp: late })), 400);
    assert.equal(await post(body, sign(`${body} `)), 400);
    assert.equal(await post(body, sign(body, { scheme: 'v0' })), 400);
    assert.equal(await due(paid.invoice), 19040);
  },

  async 'a signed event is no proof of money that the account does not have'() {
    const object = { ...event.data.object, id: forged.session.id, client_reference_id: forged.session.client_reference_id };
    const claim = { ...event, id: 'evt_forged', data: { object: { ...object, metadata: forged.session.metadata } } };
    assert.equal(await deliver(claim), 200);
  },

  async 'what the library signed is accepted and acted on'() {
    assert.equal(await deliver(event), 200);
    await until(async () => (await due(paid.invoice)) === 0);
    const { data: payments } = await ask('GET', '/payments');
    assert.deepEqual(payments.map(({ invoice, amount, currency }) => [invoice, amount, currency]), [[paid.invoice.id, 19040, 'EUR']]);
    const { data: log } = await ask('GET', `/invoices/${paid.invoice.id}/log`);
    const { source, stripe_event: because } = log.find(({ kind }) => kind === 'payment_succeeded');
    assert.deepEqual([source, because], ['webhook', event.id]);
  },

  async 'said twice is booked once'() {
    assert.equal(await deliver(event), 200);
    assert.equal(await deliver({ ...event, id: 'evt_again' }), 200);
    // An event of a third invoice, worked off after those, tells that they have been.
    const next = await begun();
    await payByPage(next.session, '4242 4242 4242 4242');
    const { data: news } = await stripe.events.list({ types: ['payment_intent.succeeded'], limit: 1 });
    assert.equal(await deliver(news[0]), 200);
    await until(async () => (await due(next.invoice)) === 0);
    assert.equal((await ask('GET', '/payments')).data.length, 2);
    assert.equal(await due(forged.invoice), 19040);
    assert.deepEqual((await ask('GET', '/reviews?status=open')).data, []);
  },

  async 'an event that concerns nobody here is kept'() {
    const product = { ...event, id: 'evt_product', type: 'product.created', api_version: VERSION };
    assert.equal(await deliver({ ...product, data: { object: { id: 'prod_1', object: 'product' } } }), 200);
  },
});
process.exit();
