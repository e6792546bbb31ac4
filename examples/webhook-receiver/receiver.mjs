// A receiver of cairn's webhooks, with nothing but Node:
//   CAIRN_WEBHOOK_SECRET=whsec_… node receiver.mjs [port]
// Prints a line for each notification. Put it behind something that speaks TLS.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const toleranceSeconds = 300;
const mostBytes = 100_000;
const key = Buffer.from((process.env.CAIRN_WEBHOOK_SECRET ?? '').replace(/^whsec_/, ''), 'base64');
if (key.length < 24) throw new Error('CAIRN_WEBHOOK_SECRET is not set, or too short');

/** True when the body came from somebody who knows the secret, within the last minutes. It must be the bytes as they came. */
export function isGenuine({ id = '', timestamp = '', signature = '' }, body, now = Date.now()) {
  if (!(Math.abs(now / 1000 - Number(timestamp)) <= toleranceSeconds)) return false;
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  return signature.split(' ').some((one) => {
    const given = Buffer.from(one.startsWith('v1,') ? one.slice(3) : '', 'base64');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** Ids of the last days: what comes twice has been seen to. A real receiver keeps them where its other data is. */
const seen = new Set();

async function bodyOf(request) {
  const pieces = [];
  let bytes = 0;
  for await (const piece of request) {
    if ((bytes += piece.length) > mostBytes) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

const server = createServer(async (request, response) => {
  const body = await bodyOf(request).catch(() => undefined);
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = request.headers;
  if (body === undefined || !isGenuine({ id, timestamp, signature }, body)) return response.writeHead(401).end();
  if (!seen.has(id)) {
    const { type, timestamp: when, data } = JSON.parse(body.toString());
    console.log(`${when} ${type} cluster ${data.cluster} ${data.task ?? ''} ${data.reason ?? ''}`);
    seen.add(id);
  }
  // Only now: an answer of 200 to 299 ends its deliveries, any other asks for another.
  response.writeHead(204).end();
});
server.listen(Number(process.argv[2] ?? 8099), '127.0.0.1', () => console.log(`listens on ${server.address().port}`));
