import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, askOk, placeOf, type Request } from '../../servers/http';
import { simpleLogin } from '../../servers/login';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await close(server);
});

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/path`);
}

const login = simpleLogin({ user: 'al&ice' });
const textFrom = async (url: URL, request?: Request) => (await askOk(login, url, request)).text();

test('a request names its user and keeps its query as it was written', async () => {
  const url = await serve((request, response) => response.end(request.url));
  expect(await textFrom(url)).toBe('/path?user.name=al%26ice');
  expect(await textFrom(new URL('?op=OPEN&path=a%20b+c', url))).toBe('/path?op=OPEN&path=a%20b+c&user.name=al%26ice');
  expect(await textFrom(new URL('?user.name=bob', url))).toBe('/path?user.name=bob');
  expect(await textFrom(new URL('?delegation=token', url))).toBe('/path?delegation=token');
});

test.each([
  [400, 'invalid'],
  [401, 'denied'],
  [403, 'denied'],
  [404, 'missing'],
  [410, 'missing'],
  [429, 'unavailable'],
  [500, 'unavailable'],
  [503, 'unavailable'],
])('the status %i is %s, and the reason is told', async (status, kind) => {
  const url = await serve((_, response) => response.writeHead(status, 'No such thing?\tat java.lang.Thread').end());
  await expect(askOk(login, url)).rejects.toMatchObject({ kind, what: `${url.href} answered ${status} No such thing` });
});

test('a redirect is an answer and is not followed', async () => {
  const url = await serve((_, response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end());
  const answer = await ask(login, url);
  expect([answer.status, answer.header('location')]).toEqual([307, 'http://127.0.0.1:1/']);
  answer.discard();
});

test('nobody listening, or a name that does not exist, is unavailable', async () => {
  await expect(ask(login, new URL('http://127.0.0.1:1/'))).rejects.toMatchObject({
    kind: 'unavailable',
    message: 'no answer from http://127.0.0.1:1/: ECONNREFUSED',
  });
  await expect(ask(login, new URL('http://no-such-host.invalid/'))).rejects.toMatchObject({ kind: 'unavailable' });
});

test('a server that does not answer, or stops in the middle, is given up after a while', async () => {
  const silent = await serve(() => undefined);
  await expect(ask(login, silent, { answerWithin: 200 })).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringMatching(/was silent for 200 ms/) as string,
  });
  const stalling = await serve((_, response) => response.write('half'));
  const text = textFrom(stalling, { idleWithin: 200 });
  await expect(text).rejects.toMatchObject({ kind: 'unavailable', context: { timedOut: true } });
});

test('a reader may take its time: only the server must not', async () => {
  const url = await serve((_, response) => response.end(Buffer.alloc(300_000)));
  let bytes = 0;
  for await (const chunk of (await askOk(login, url, { idleWithin: 200 })).chunks()) {
    if (bytes === 0) await sleep(400);
    bytes += chunk.length;
  }
  expect(bytes).toBe(300_000);
});

test('a body that is shorter than announced is unavailable, never just short', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 10 }).write('half', () => response.destroy());
  });
  await expect(textFrom(url)).rejects.toMatchObject({ kind: 'unavailable' });
  const chunked = await serve((_, response) => response.write('half', () => response.destroy()));
  await expect(textFrom(chunked)).rejects.toMatchObject({ kind: 'unavailable' });
});

test.each(['before the answer', 'in its middle'])('a stop %s is obeyed at once', async (when) => {
  const url = await serve((_, response) => void (when === 'in its middle' && response.write('half')));
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 100);
  await expect(textFrom(url, { signal: controller.signal })).rejects.toMatchObject({ kind: 'cancelled' });
  await expect(ask(login, url, { signal: controller.signal })).rejects.toMatchObject({ kind: 'cancelled' });
});

test('a stop right at the end of a body does no harm', async () => {
  const url = await serve((_, response) => response.end('whole'));
  const controller = new AbortController();
  for await (const chunk of (await askOk(login, url, { signal: controller.signal })).chunks()) {
    controller.abort();
    await sleep(50);
    expect(String(chunk)).toBe('whole');
  }
});

test('a connection that the server closed while it was kept open is not an error', async () => {
  const url = await serve((_, response) => response.end('answer'));
  expect(await textFrom(url)).toBe('answer');
  const [server] = servers;
  server!.once('connection', () => undefined);
  for (let tries = 0; tries < 20; tries += 1) {
    const asked = textFrom(url);
    server!.closeIdleConnections();
    expect(await asked).toBe('answer');
    server!.closeIdleConnections();
  }
});

test('a body is sent piece by piece, and what breaks while it is made is what is thrown', async () => {
  const url = await serve((request, response) => {
    request.on('error', () => undefined);
    request.pipe(response);
  });
  async function* pieces(breaks: boolean) {
    yield Buffer.from('one ');
    if (breaks) throw new RangeError('the source broke');
    yield Buffer.from('two');
  }
  expect(await textFrom(url, { method: 'PUT', body: pieces(false) })).toBe('one two');
  const silent = await serve((request) => void request.on('error', () => undefined).resume());
  await expect(ask(login, silent, { method: 'PUT', body: pieces(true) })).rejects.toThrow('the source broke');
});

test('a 100 Continue that nobody asked for is passed over, as every DataNode sends one', async () => {
  const url = await serve((request, response) => {
    response.writeContinue();
    request.resume().once('end', () => response.writeHead(201).end());
  });
  async function* body() {
    yield Buffer.from('x');
  }
  const answer = await ask(login, url, { method: 'PUT', body: body() });
  expect(answer.status).toBe(201);
  answer.discard();
});

test('no message tells what stands in the query or before the host', async () => {
  const url = new URL('http://canary-user:canary-password@127.0.0.1:1/path?delegation=canary-token');
  const error: Error = await ask(login, url).then(
    () => new Error(),
    (thrown: Error) => thrown,
  );
  expect(error.message).toContain(placeOf(url));
  expect(JSON.stringify([error.message, error, error.stack])).not.toContain('canary');
});
