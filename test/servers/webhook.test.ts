import { writeFile } from 'node:fs/promises';
import { createServer as createHttp, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import type { Notification } from '../../model/notification';
import { type WebhookConfig, webhookBodySchema } from '../../model/notification-schema';
import { openWebhook } from '../../servers/webhook';
import { scratch } from '../kit/stage';

const servers: Server[] = [];
afterEach(async () => {
  delete process.env['HOOK_SECRET'];
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const secret = `whsec_${Buffer.alloc(32, 'k').toString('base64')}`;
const other = `whsec_${Buffer.alloc(32, 'o').toString('base64')}`;
const tls = (name: string) => join(__dirname, '..', 'kit', 'tls', name);
const notification: Notification = {
  id: '1:daily:20261126100000:failed',
  type: 'run.failed',
  timestamp: '2026-11-26T10:01:00.000Z',
  cluster: '1',
  task: 'daily',
  reason: 'ü',
};

interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly url: string;
  readonly body: string;
}

/** A receiver that keeps what it hears, and answers as told. */
async function serve(answer: RequestListener, secure = false) {
  const heard: Heard[] = [];
  const listener: RequestListener = (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      heard.push({ headers: request.headers, url: request.url!, body: Buffer.concat(pieces).toString() });
      answer(request, response);
    });
  };
  const server = secure
    ? createHttps({ key: readFileSync(tls('key.pem')), cert: readFileSync(tls('cert.pem')) }, listener)
    : createHttp(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `${secure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, url: `${origin}/canary-path?canary-query`, heard };
}

function open(url: WebhookConfig['url'], more: Partial<WebhookConfig> = {}) {
  process.env['HOOK_SECRET'] ??= secret;
  return openWebhook('ops', { url, secret: { env: 'HOOK_SECRET' }, ...more });
}

const never = new AbortController().signal;
const ok: RequestListener = (_, response) => response.writeHead(204).end();

it('posts what the reference library verifies, and the schema describes', async () => {
  const { url, heard } = await serve(ok);
  expect(await open(url).deliver(notification, never)).toBe('204 No Content');
  const [{ headers, body, url: path }] = heard as [Heard];
  expect(path).toBe('/canary-path?canary-query');
  expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual({
    type: 'run.failed',
    timestamp: '2026-11-26T10:01:00.000Z',
    data: { id: notification.id, cluster: '1', task: 'daily', reason: 'ü' },
  });
  webhookBodySchema.parse(JSON.parse(body));
  expect(headers).toMatchObject({ 'webhook-id': notification.id, 'content-type': 'application/json' });
  expect(headers['content-length']).toBe(String(Buffer.byteLength(body)));
  expect(() => new Webhook(other).verify(body, headers as Record<string, string>)).toThrow();
});

it('signs with the old secret, too, while it is exchanged', async () => {
  const { url, heard } = await serve(ok);
  const file = join(await scratch(), 'old');
  await writeFile(file, `${other}\n`);
  await open(url, { oldSecret: { file } }).deliver(notification, never);
  const [{ headers, body }] = heard as [Heard];
  for (const one of [secret, other]) new Webhook(one).verify(body, headers as Record<string, string>);
});

it('an exchanged secret is taken without a new start', async () => {
  const { url, heard } = await serve(ok);
  const channel = open(url);
  await channel.deliver(notification, never);
  process.env['HOOK_SECRET'] = other;
  await channel.deliver(notification, never);
  new Webhook(other).verify(heard[1]!.body, heard[1]!.headers as Record<string, string>);
});

describe('no delivery is', () => {
  it.each([
    [500, {}, 'unavailable', {}],
    [503, { 'retry-after': '7' }, 'unavailable', { afterMs: 7000 }],
    [429, { 'retry-after': '120' }, 'unavailable', { afterMs: 120_000 }],
    [400, {}, 'invalid', {}],
    [401, {}, 'denied', {}],
    [404, {}, 'missing', {}],
    [410, {}, 'missing', { isGone: true }],
    [302, { location: 'http://127.0.0.1:1/elsewhere' }, 'invalid', {}],
  ])('the status %i', async (status, headers, kind, context) => {
    const { origin, url } = await serve((_, response) => response.writeHead(status, headers).end('canary-body'));
    const error = (await open(url)
      .deliver(notification, never)
      .catch((caught: unknown) => caught)) as Error;
    expect(error).toMatchObject({ kind, context });
    expect(error.message).toContain(`webhook ops at ${origin} answered ${status}`);
    expect(error.message).not.toMatch(/canary|whsec/);
  });

  it('a redirect: whatever it leads to hears nothing', async () => {
    const elsewhere = await serve(ok);
    const { url } = await serve((_, response) => response.writeHead(307, { location: elsewhere.url }).end());
    await expect(open(url).deliver(notification, never)).rejects.toThrow('redirects are not followed');
    expect(elsewhere.heard).toEqual([]);
  });

  it('nobody listening', async () => {
    await expect(open('http://127.0.0.1:1/canary').deliver(notification, never)).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'no answer from webhook ops at http://127.0.0.1:1 (ECONNREFUSED)',
    });
  });

  it('a receiver that never answers, after 15 s', async () => {
    const { url } = await serve(() => undefined);
    await expect(open(url).deliver(notification, never)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('within 15 s') as string,
    });
  });

  it('one that is stopped', async () => {
    const { url } = await serve(() => undefined);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    await expect(open(url).deliver(notification, stop.signal)).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

it('a date as Retry-After is understood, nonsense is not', async () => {
  const dates = [new Date(Date.now() + 60_000).toUTCString(), 'soon', '-5'];
  const { url } = await serve((_, response) => response.writeHead(503, { 'retry-after': dates.shift()! }).end());
  const contexts: { afterMs?: number }[] = [];
  for (let time = 0; time < 3; time += 1)
    await open(url)
      .deliver(notification, never)
      .catch(({ context }: { context: object }) => contexts.push(context));
  expect(contexts[0]!.afterMs).toBeGreaterThan(50_000);
  expect(contexts.slice(1)).toEqual([{}, {}]);
});

it('an endless answer is not waited for', async () => {
  const { url } = await serve((_, response) => {
    response.writeHead(200);
    const more = setInterval(() => response.write('x'), 10);
    response.on('close', () => clearInterval(more));
  });
  expect(await open(url).deliver(notification, never)).toBe('200 OK');
});

describe('over TLS', () => {
  it('an authority of its own is believed, where it is named', async () => {
    const { url } = await serve(ok, true);
    await expect(open(url).deliver(notification, never)).rejects.toThrow(/no answer.*(SIGNATURE|CERT|ISSUER)/);
    expect(await open(url, { ca: tls('ca.pem') }).deliver(notification, never)).toBe('204 No Content');
  });
});

describe('its check, and each delivery, tells', () => {
  const cases: [string, string | undefined, Partial<WebhookConfig>, object][] = [
    [
      'a secret that is not set',
      undefined,
      {},
      { kind: 'missing', what: expect.stringContaining('HOOK_SECRET is not set') as string },
    ],
    ['a secret that is none', 'canary', {}, { kind: 'invalid', what: expect.stringContaining('whsec_') as string }],
    ['one that is too short', `whsec_${Buffer.alloc(23).toString('base64')}`, {}, { kind: 'invalid' }],
    ['a file that is not there', secret, { secret: { file: '/nowhere/secret' } }, { kind: 'missing' }],
    ['an authority that is none', secret, { ca: '/etc/hostname' }, { kind: 'invalid' }],
    ['an address from a secret that is none', secret, { url: { env: 'HOOK_SECRET' } }, { kind: 'invalid' }],
  ];
  it.each(cases)('%s', async (_, value, more, expected) => {
    if (value === undefined) process.env['HOOK_SECRET'] = '';
    else process.env['HOOK_SECRET'] = value;
    const channel = open('http://127.0.0.1:1/', more);
    const errors = await Promise.all(
      [channel.check(), channel.deliver(notification, never)].map((one) => one.catch((error: unknown) => error)),
    );
    for (const error of errors) {
      expect(error).toMatchObject(expected);
      expect((error as Error).message).toMatch(/^notifications\.ops\.webhook/);
      expect((error as Error).message).not.toContain('canary');
    }
  });

  it('nothing, where all is there', async () => {
    await open({ env: 'HOOK_ADDRESS' })
      .check()
      .catch(() => undefined);
    process.env['HOOK_ADDRESS'] = 'https://hooks.example.com/services/x';
    await open({ env: 'HOOK_ADDRESS' }).check();
    delete process.env['HOOK_ADDRESS'];
  });
});
