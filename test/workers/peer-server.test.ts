import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Plugins } from '../../activities/plugins';
import { freePort } from '../../embedded/free-port';
import { noControl } from '../../model/control';
import type { ServeConfig } from '../../model/mirror-schema';
import { workerConfigSchema } from '../../model/config';
import { openPeer } from '../../servers/peer';
import { tokenFor } from '../../servers/peer-token';
import { fetchSet, inventory } from '../../sets/mirror';
import { noteRemoved, writeKnown } from '../../sets/mirror-notes';
import { bodyOf } from '../../targets/conformance/tools';
import { openPeerServers } from '../../workers/peer-servers';
import { type PeerServer, servePeers } from '../../workers/peer-server';
import { createMemoryTarget, type Objects } from '../fakes/memory-target';
import { targetWithSet } from '../sets/fixture';

const secret = 'CANARY-that-two-hosts-share-0123456789';
const { signal } = new AbortController();
const tlsFile = (name: string) => join(__dirname, '..', 'kit', 'tls', name);

let set: Awaited<ReturnType<typeof targetWithSet>>;
let port: number;
let server: PeerServer;

beforeAll(async () => {
  process.env['PEER_SECRET'] = secret;
  set = await targetWithSet(undefined, { root: '1' });
  port = await freePort();
  server = await servePeers({ port }, [served('1')], plugins());
});
afterAll(() => server?.close());

function served(cluster: string) {
  return { cluster, serve: serveAt(`http://127.0.0.1:${port}`) };
}

function serveAt(address: string, more: Partial<ServeConfig> = {}): ServeConfig {
  return { addresses: { node1: address, node2: address }, secret: { env: 'PEER_SECRET' }, ...more };
}

/** Of host node1. */
function plugins(): Plugins {
  return { host: 'node1', openTarget: (root: string) => ({ target: set.target, root }) } as unknown as Plugins;
}

function peerAt(address = `http://127.0.0.1:${port}`, more: Partial<ServeConfig> = {}) {
  return openPeer({ cluster: '1', host: 'node1', by: 'node2', config: serveAt(address, more) });
}

/** Asks as it stands, past all that `URL` would put right. */
async function raw(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers }, resolve).on('error', reject).end();
  });
  return { status: answer.statusCode, said: await text(answer) };
}

const tokenOf = (target: string, { host = 'node1', key = secret, at = Date.now() } = {}) => ({
  authorization: tokenFor(key, { host, target }, at),
});
const list = '/local-backup/1/sets';

test('a set is listed and fetched whole, byte for byte; fetching it again changes nothing', async () => {
  expect(await peerAt().list(signal)).toEqual({ sets: await inventory(set.target, '1'), removed: [] });
  const objects: Objects = new Map();
  const target = createMemoryTarget(objects);
  for (let time = 1; time <= 2; time += 1) {
    await fetchSet(target, peerAt(), set.names.name, noControl());
    expect(objects).toEqual(new Map([...set.objects].filter(([name]) => name.includes('nightly'))));
  }
});

test('those of the manager lie in the folder 0', async () => {
  const own = await targetWithSet(undefined, { root: '0' });
  const at = await freePort();
  const address = `http://127.0.0.1:${at}`;
  const openTarget = () => ({ target: own.target, root: '0' });
  const plugins = { host: 'node1', openTarget } as unknown as Plugins;
  const manager = await servePeers({ port: at }, [{ cluster: 'oms', serve: serveAt(address) }], plugins);
  try {
    const peer = openPeer({ cluster: 'oms', host: 'node1', by: 'node2', config: serveAt(address) });
    expect(await peer.list(signal)).toMatchObject({ sets: [{ name: own.names.name }] });
    const objects: Objects = new Map();
    await fetchSet(createMemoryTarget(objects), peer, own.names.name, noControl());
    expect(objects.get(own.names.archive)).toEqual(own.objects.get(own.names.archive));
  } finally {
    await manager.close();
  }
});

test('who asks is told which sets it is known to have had', async () => {
  await writeKnown(set.target, '1', 'node2', [set.names.name, 'gone']);
  expect(await peerAt().list(signal)).toMatchObject({ sets: [{ name: set.names.name, known: true }] });
  await set.target.remove('1/.equal-to-node2.json');
});

test('who asks is told which sets retention has removed, the newest of many', async () => {
  await noteRemoved(set.target, '1', ['a', 'b']);
  await noteRemoved(set.target, '1', ['b', 'c']);
  expect(await peerAt().list(signal)).toMatchObject({ removed: ['a', 'b', 'c'] });
  const many = Array.from({ length: 6000 }, (_, n) => `many-${n}`);
  await noteRemoved(set.target, '1', many);
  expect((await peerAt().list(signal)).removed).toEqual(many.slice(-5000));
  await set.target.put('1/.removed.json', bodyOf('harmed'));
  expect((await peerAt().list(signal)).removed).toEqual([]);
  await set.target.remove('1/.removed.json');
});

test('an archive is read on from where it was cut off', async () => {
  const whole = set.objects.get(set.names.archive) as Buffer;
  const rest = await peerAt().archive(set.names.name, 1000, signal);
  const pieces: Buffer[] = [];
  for await (const piece of rest as AsyncIterable<Buffer>) pieces.push(piece);
  expect(Buffer.concat(pieces).equals(Buffer.from(whole).subarray(1000))).toBe(true);
});

describe('it is refused, and no more is said than that, to ask', () => {
  it.each<[string, string, Record<string, string>]>([
    ['without a token', list, {}],
    ['with one of another form', list, { authorization: 'Bearer x' }],
    ['with that of another secret', list, tokenOf(list, { key: `${secret}x` })],
    ['with that of another question', list, tokenOf('/local-backup/1/manifest/x')],
    ['with that for another host', list, tokenOf(list, { host: 'node2' })],
    ['with one that has expired', list, tokenOf(list, { at: Date.now() - 61_000 })],
    ['with one that is good for too long', list, tokenOf(list, { at: Date.now() + 3_600_000 })],
    ['of a cluster that is not served', '/local-backup/2/sets', tokenOf('/local-backup/2/sets')],
    ['of another path', '/etc/passwd', tokenOf('/etc/passwd')],
  ])('%s', async (_what, path, headers) => {
    const { status, said } = await raw(path, headers);
    expect([status, said]).toEqual([401, expect.stringMatching(/^(no token|not this token|expired)\n$/)]);
  });
});

describe('a right token reads nothing at', () => {
  it.each([
    '/local-backup/1/archive/../../../../etc/passwd',
    '/local-backup/1/archive/%2e%2e/%2e%2e/etc/passwd',
    '/local-backup/1/manifest/..',
    '/local-backup/1/manifest/.equal-to-node2.json',
    '/local-backup/1/archive//etc/passwd',
    '/local-backup/1/archive/nightly_1_20240101000000',
    '/local-backup/1/archive/nightly_1_20240101000000/3.3.0_NameNode_20240101000000/../../x',
    '/local-backup/../1/sets',
  ])('%s', async (path) => {
    const { status, said } = await raw(path, tokenOf(path));
    expect([401, 404]).toContain(status);
    expect(said.length).toBeLessThan(40);
  });
});

test('nothing is written', async () => {
  expect(await raw(list, tokenOf(list), 'PUT')).toMatchObject({ status: 405 });
  expect(await raw(list, tokenOf(list), 'DELETE')).toMatchObject({ status: 405 });
});

/** Stands between both hosts, without the secret. */
async function between<T>(
  change: (incoming: IncomingMessage, response: ServerResponse, body: Buffer) => void,
  work: (address: string, seen: IncomingMessage[]) => Promise<T>,
): Promise<T> {
  const seen: IncomingMessage[] = [];
  const proxy = createServer((incoming, response) => {
    seen.push(incoming);
    const { url, headers } = incoming;
    request({ host: '127.0.0.1', port, path: url, headers }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () => {
        for (const [name, value] of Object.entries(answer.headers)) if (value) response.setHeader(name, value);
        response.statusCode = answer.statusCode!;
        change(incoming, response, Buffer.concat(pieces));
      });
    }).end();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  try {
    return await work(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, seen);
  } finally {
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  }
}

describe('somebody in between', () => {
  it('never sees the secret', async () => {
    await between(
      (_asked, response, body) => response.end(body),
      async (address, seen) => {
        await fetchSet(createMemoryTarget(new Map()), peerAt(address), set.names.name, noControl());
        expect(seen).toHaveLength(2);
        for (const { url, rawHeaders } of seen) expect([url, ...rawHeaders].join(' ')).not.toContain('CANARY');
      },
    );
  });

  it('cannot make up a list or a manifest', async () => {
    const forged = (_asked: unknown, response: ServerResponse) => {
      const body = Buffer.from('{"sets":[]}');
      response.setHeader('content-length', String(body.length));
      response.end(body);
    };
    await between(forged, async (address) => {
      const peer = peerAt(address);
      await expect(peer.list(signal)).rejects.toMatchObject({ kind: 'denied' });
      await expect(peer.manifest(set.names.name, signal)).rejects.toMatchObject({ kind: 'denied' });
    });
  });

  it('cannot send another archive: it is noticed, and no set is made', async () => {
    const changed = ({ url }: IncomingMessage, response: ServerResponse, body: Buffer) => {
      if (url!.includes('/archive/')) body[100]! ^= 1;
      response.end(body);
    };
    await between(changed, async (address) => {
      const objects: Objects = new Map();
      const fetching = fetchSet(createMemoryTarget(objects), peerAt(address), set.names.name, noControl());
      await expect(fetching).rejects.toMatchObject({ kind: 'corrupt' });
      expect([...objects.keys()]).toEqual([]);
    });
  });

  it('that cuts an archive off leaves nothing but what can be tried again', async () => {
    const cut = ({ url }: IncomingMessage, response: ServerResponse, body: Buffer) => {
      if (!url!.includes('/archive/')) return void response.end(body);
      response.write(body.subarray(0, body.length / 2), () => response.destroy());
    };
    await between(cut, async (address) => {
      const objects: Objects = new Map();
      const fetching = fetchSet(createMemoryTarget(objects), peerAt(address), set.names.name, noControl());
      await expect(fetching).rejects.toMatchObject({ kind: 'unavailable' });
      expect([...objects.keys()]).toEqual([]);
    });
  });
});

test('errors say where, and what to do, without the secret or a token', async () => {
  process.env['OTHER_SECRET'] = `${secret}-another`;
  const wrong = await peerAt(undefined, { secret: { env: 'OTHER_SECRET' } })
    .list(signal)
    .catch((error: Error) => error);
  expect(wrong).toMatchObject({ kind: 'denied' });
  expect(String(wrong)).toMatch(/answered 401 .*HINT: .*same secret/);
  expect(JSON.stringify(wrong) + String((wrong as Error).stack)).not.toMatch(/CANARY|Cairn-Peer/);
  await expect(peerAt(undefined, { addresses: {} }).list(signal)).rejects.toMatchObject({ kind: 'precondition' });
  await expect(peerAt(`http://127.0.0.1:${await freePort()}`).list(signal)).rejects.toMatchObject({
    kind: 'unavailable',
  });
});

test('with TLS the certificate must be one of the authority that is configured', async () => {
  const at = await freePort();
  const tls = { certificate: tlsFile('cert.pem'), key: tlsFile('key.pem'), ca: tlsFile('ca.pem') };
  const secure = await servePeers({ port: at, tls }, [served('1')], plugins());
  try {
    const address = `https://localhost:${at}`;
    expect(await peerAt(address, { tls }).list(signal)).toMatchObject({ sets: [{}] });
    const { ca: _none, ...without } = tls;
    await expect(peerAt(address, { tls: without }).list(signal)).rejects.toMatchObject({ kind: 'denied' });
  } finally {
    await secure.close();
  }
});

describe('a worker does not start with', () => {
  const configWith = (serve: object, hosts = ['node1', 'node2']) =>
    workerConfigSchema.parse({
      host: 'node1',
      clusters: [{ id: '1', version: '3.3.0', localBackup: { path: '/backup', hosts, serve }, services: {} }],
    });
  const addresses = { node1: 'https://localhost:9465', node2: 'https://localhost:9466' };

  it('an address of https without a certificate', async () => {
    const config = configWith({ addresses, secret: { env: 'PEER_SECRET' } });
    await expect(openPeerServers(config, plugins())).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('a secret that is short, or that is not there', async () => {
    process.env['SHORT_SECRET'] = 'short';
    for (const [env, kind] of [
      ['SHORT_SECRET', 'invalid'],
      ['NO_SECRET', 'missing'],
    ]) {
      const config = configWith({ addresses, secret: { env } });
      await expect(openPeerServers(config, plugins())).rejects.toMatchObject({ kind });
    }
  });

  it('a host without an address, or an address that is more than one', () => {
    const shared = { secret: { env: 'PEER_SECRET' } };
    expect(() => configWith({ ...shared, addresses: { node1: 'http://nn1:9465' } })).toThrow(/an address for each/);
    for (const node2 of ['http://nn2', 'http://nn2:9465/path', 'http://user:x@nn2:9465', 'ftp://nn2:9465'])
      expect(() => configWith({ ...shared, addresses: { node1: 'http://nn1:9465', node2 } })).toThrow(/address|URL/);
  });
});
