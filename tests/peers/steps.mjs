// What the Node peers share: the official library, and steps that are run one after the other and reported.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';

/** The version that the product pins. */
export const VERSION = '2026-05-27.dahlia';

/** A setting, which the test hands over in the environment. */
export function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; tests/peers.rs tells what a peer needs`);
  return value;
}

/** The official library, as tests/peers/install put it there. */
export const Stripe = createRequire(path.join(path.resolve(setting('PEERS')), 'node', 'index.js'))('stripe');

/** How the library finds the stand-in. It tries nothing twice: what is refused here is to be seen. */
export function toStandIn() {
  const { hostname, port } = new URL(setting('STRIPE_BASE'));
  return { apiVersion: VERSION, host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false };
}

export async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return assert.fail('the call should have been refused');
}

/** The payer's click on the hosted page; where it sends the browser. */
export async function payByPage(session, means) {
  const body = new URLSearchParams({ means, act: 'pay' });
  const answer = await fetch(session.url, { method: 'POST', body, redirect: 'manual' });
  assert.equal(answer.status, 303);
  return answer.headers.get('location');
}

/** Waits until `look` finds something. Whoever started this program limits its time. */
export async function until(look) {
  for (;;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Runs every step, whether or not one before it failed, and leaves the exit status. */
export async function run(steps) {
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step();
      console.log(`ok   ${name}`);
    } catch (error) {
      process.exitCode = 1;
      console.log(`FAIL ${name}\n${error.stack}`);
    }
  }
}
