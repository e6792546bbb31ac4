import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHdfs, type EmbeddedHdfs } from '../../embedded/hdfs';
import { simpleLogin } from '../../servers/login';
import { encryptionZones, type NameNodeAccess, openFiles } from '../../servers/name-node-lists';
import { openWebHdfs, type WebHdfs } from '../../servers/webhdfs';

const login = simpleLogin({ user: 'root' });
let folder: string;
let hdfs: EmbeddedHdfs;
let dfs: WebHdfs;
let access: NameNodeAccess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-hdfs-'));
  hdfs = await createHdfs({
    folder: join(folder, 'hdfs'),
    properties: {
      'hadoop.security.key.provider.path': `jceks://file${folder}/keys.jceks`,
      'dfs.namenode.list.encryption.zones.num.responses': '1',
      'dfs.namenode.list.openfiles.num.responses': '2',
    },
  });
  // A NameNode reads a file of keys once, when it starts.
  await hdfs.hadoop('key', 'create', 'key-of-zones');
  await hdfs.start();
  dfs = openWebHdfs([hdfs.httpAddress], login);
  access = { addresses: [hdfs.httpAddress], login };
});
afterAll(async () => {
  await hdfs?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Knows no RPC, as a login with Kerberos. */
function byCommand(): NameNodeAccess {
  const { rpcUser: _, ...withoutRpc } = login;
  const { hdfsCommand, confDir } = hdfs;
  return { ...access, login: withoutRpc, command: { hdfs: hdfsCommand, confDir } };
}

test('encryption zones are listed, page by page, and by the command where there is no RPC', async () => {
  for (const way of [access, byCommand()]) expect(await encryptionZones(way)).toEqual([]);
  const zones = ['/zones/a', '/zones/with  spaces and 漢', '/zones/c'];
  for (const zone of zones) await makeZone(zone);
  const listed = { byRpc: await encryptionZones(access), byCommand: await encryptionZones(byCommand()) };
  expect(listed).toEqual({ byRpc: zones, byCommand: zones });
  const [inside, outside] = [await dfs.status('/zones/a'), await dfs.status('/zones')];
  expect([inside?.isEncrypted, outside?.isEncrypted]).toEqual([true, false]);
});

test('files open for writing are listed below a directory only, page by page, and no more than wanted', async () => {
  const paths = ['/open/here/1', '/open/here/2', '/open/here/deep er/3', '/open/here and there'];
  const writers = paths.map((path) => writeSlowly(path));
  try {
    const inside = paths.slice(0, 3);
    await until(async () => (await openFiles(access, '/open', 10)).length === 4);
    for (const way of [access, byCommand()]) {
      const found = await openFiles(way, '/open/here', 10);
      expect(found.map(({ path }) => path).sort()).toEqual(inside);
      expect(found.every(({ client }) => client.startsWith('DFSClient_'))).toBe(true);
    }
    expect(await openFiles(access, '/open/here', 2)).toHaveLength(2);
    expect(await openFiles(access, '/', 10)).toHaveLength(4);
    expect(await openFiles(access, '/open/here/1', 10)).toHaveLength(1);
    expect(await openFiles(access, '/nothing', 10)).toEqual([]);
  } finally {
    for (const writer of writers) await writer.end();
  }
  await until(async () => (await openFiles(access, '/', 10)).length === 0);
});

test('only superusers are told', async () => {
  const alice = { ...access, login: simpleLogin({ user: 'alice' }) };
  await expect(encryptionZones(alice)).rejects.toMatchObject({ kind: 'denied' });
  await expect(openFiles(alice, '/', 1)).rejects.toMatchObject({ kind: 'denied' });
});

test('a NameNode that does not run is passed over; where none does, nothing is told', async () => {
  const dead = 'http://127.0.0.1:1';
  const both = { ...access, addresses: [dead, hdfs.httpAddress] };
  expect(await openFiles(both, '/nothing', 1)).toEqual([]);
  await expect(openFiles({ ...access, addresses: [dead] }, '/', 1)).rejects.toMatchObject({ kind: 'unavailable' });
});

test('without RPC and without a command it cannot be told', async () => {
  const { command: _, ...neither } = byCommand();
  await expect(encryptionZones(neither)).rejects.toMatchObject({ kind: 'unsupported' });
  await expect(openFiles(neither, '/', 1)).rejects.toMatchObject({ kind: 'unsupported' });
});

async function makeZone(path: string): Promise<void> {
  await dfs.mkdirs(path);
  await hdfs.hdfs('crypto', '-createZone', '-keyName', 'key-of-zones', '-path', path);
}

/** Begins a file, and keeps it open until it is told to end. */
function writeSlowly(path: string): { end(): Promise<void> } {
  let go = () => {};
  const told = new Promise<void>((resolve) => (go = resolve));
  async function* content() {
    yield Buffer.from('begun');
    await told;
  }
  const written = dfs.create(path, Readable.from(content()));
  return { end: () => (go(), written) };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries += 1) {
    if (tries > 300) throw new Error('it did not come so');
    await sleep(50);
  }
}
