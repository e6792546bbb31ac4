import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { noControl } from '../../model/control';
import type { NameNodeSpec } from '../../model/name-node';
import { type Login, simpleLogin } from '../../servers/login';
import { openNameNode } from '../../servers/name-node';
import { listSegments } from '../../servers/name-node-journal';
import { openWebHdfs, type WebHdfs } from '../../servers/webhdfs';
import { openNameNodeSource } from '../../sources/name-node';
import { parseVersion } from '../../sources/name-node-storage';
import { type RealHdfs, startRealHdfs } from '../servers/real-hdfs';

const label = '20261122120000';
const root = simpleLogin({ user: 'root' });
let real: RealHdfs;
let dfs: WebHdfs;
let spec: NameNodeSpec;

beforeAll(async () => {
  real = await startRealHdfs();
  const { httpAddress, nameDirs } = real.hdfs;
  dfs = openWebHdfs([httpAddress], root);
  spec = { nameService: 'hacluster', nameNodes: [{ http: httpAddress, host: 'here', nameDirs: [...nameDirs] }] };
});
afterAll(() => real?.end());

const open = (login = root, host = 'here') =>
  openNameNodeSource({ login, hadoop: { hdfs: real.hdfs.hdfsCommand, confDir: real.hdfs.confDir }, host });
const newFolder = () => mkdtemp(join(real.folder, 'dump-'));
const current = (name: string) => join(real.hdfs.nameDir, 'current', name);

async function tree(path = '/'): Promise<string[]> {
  const found = [];
  for await (const { name, ...facts } of dfs.list(path)) {
    const below = `${path === '/' ? '' : path}/${name}`;
    found.push(`${below} ${JSON.stringify(facts)}`, ...(facts.type === 'directory' ? await tree(below) : []));
  }
  return found;
}

test('the storage info that a NameNode tells over HTTP is what its VERSION holds', async () => {
  const nameNode = openNameNode(real.hdfs.httpAddress, root);
  const { blockPoolId } = await nameNode.info();
  const onDisk = parseVersion(await readFile(current('VERSION'), 'utf8'));
  expect({ ...(await nameNode.storageInfo()), blockPoolId }).toEqual(onDisk);
});

test('a dump holds the very bytes of the NameNode, without one question in vain', async () => {
  for (const n of [1, 2, 3]) {
    await dfs.mkdirs(`/rolled ${n}`);
    await real.hdfs.hdfs('dfsadmin', '-rollEdits');
  }
  await dfs.mkdirs('/not rolled');
  const into = await newFolder();
  const statuses: (number | undefined)[] = [];
  const send: Login['send'] = async (url, outgoing) => {
    const incoming = await root.send(url, outgoing);
    statuses.push(incoming.statusCode);
    return incoming;
  };
  const { facts } = await open({ ...root, send }).dump(spec, into, noControl());
  expect(facts).toMatchObject({ imageTxId: 0, segments: 4 });
  expect(statuses).not.toContain(410);
  for (const name of (await readdir(into)).filter((file) => /^(fsimage|edits)_/.test(file))) {
    expect(await readFile(join(into, name))).toEqual(await readFile(current(name)));
  }
  expect(await listSegments((await openNameNode(real.hdfs.httpAddress, root).info()).rpcAddress, root, 1)).toHaveLength(
    4,
  );
});

test('after a checkpoint only the edits since then are fetched', async () => {
  await real.hdfs.hdfs('dfsadmin', '-safemode', 'enter');
  await real.hdfs.hdfs('dfsadmin', '-saveNamespace');
  await real.hdfs.hdfs('dfsadmin', '-safemode', 'leave');
  await dfs.mkdirs('/after the checkpoint');
  const { facts } = await open().dump(spec, await newFolder(), noControl());
  expect(facts['segments']).toBe(1);
  expect(facts['lastTxId']).toBeGreaterThan(Number(facts['imageTxId']));
});

test('in safe mode the edits cannot be rolled, and that may pass', async () => {
  await real.hdfs.hdfs('dfsadmin', '-safemode', 'enter');
  await expect(open().dump(spec, await newFolder(), noControl())).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringMatching(/safe mode/i) as string,
  });
  await real.hdfs.hdfs('dfsadmin', '-safemode', 'leave');
});

test('a NameService that is not the default one is named to the command by its NameNode', async () => {
  await open().dump({ ...spec, nameService: 'ns2' }, await newFolder(), noControl());
});

test('a user without rights is denied', async () => {
  const mallory = open(simpleLogin({ user: 'mallory' }));
  await expect(mallory.dump(spec, await newFolder(), noControl())).rejects.toMatchObject({ kind: 'denied' });
  const { rpcAddress } = await openNameNode(real.hdfs.httpAddress, root).info();
  await expect(listSegments(rpcAddress, simpleLogin({ user: 'mallory' }), 1)).rejects.toMatchObject({ kind: 'denied' });
});

test('a restoration is refused while the process of a NameNode holds the directory, wherever it listens', async () => {
  await expect(open().check(spec, 'restore')).rejects.toMatchObject({ kind: 'precondition' });
  const hidden = { ...spec, nameNodes: [{ ...spec.nameNodes[0]!, http: 'http://127.0.0.1:1' }] };
  await expect(open().check(hidden, 'restore')).rejects.toMatchObject({
    kind: 'precondition',
    message: expect.stringMatching(/is in use by process \d+ \(\d+@.+\) HINT: stop every NameNode/) as string,
  });
  const into = await newFolder();
  await open().dump(spec, into, noControl());
  await expect(open().load(hidden, into, label, noControl())).rejects.toMatchObject({ kind: 'precondition' });
  expect(await readdir(real.hdfs.nameDir)).toEqual(['current', 'in_use.lock']);
});

test('a NameNode that was killed and whose directory was lost serves the same tree and contents afterwards', async () => {
  const content = Buffer.from('what a client wrote');
  await dfs.create('/a/b c/%41+#/ü/.file', content);
  await dfs.setOwner('/a', 'alice', 'users');
  const before = await tree();
  const into = await newFolder();
  await open().dump(spec, into, noControl());
  await dfs.mkdirs('/too late');
  await real.hdfs.killNameNode();
  await open().check(spec, 'restore');
  await rm(real.hdfs.nameDir, { recursive: true });
  await open().check(spec, 'restore');
  await open().load(spec, into, label, noControl());
  await real.hdfs.startNameNode();
  await real.hdfs.waitUntilServing();
  expect(await tree()).toEqual(before);
  expect(await buffer(await dfs.open('/a/b c/%41+#/ü/.file'))).toEqual(content);
  await dfs.create('/a/new', content);
  expect(await buffer(await dfs.open('/a/new'))).toEqual(content);
});

test('a restoration elsewhere, of several NameNodes or in an upgrade is refused', async () => {
  await real.hdfs.stopNameNode();
  await open().check(spec, 'restore');
  await expect(open(root, 'there').check(spec, 'restore')).rejects.toMatchObject({
    kind: 'precondition',
    message: expect.stringMatching(/restored on here, this worker is on there/) as string,
  });
  const pair = { ...spec, nameNodes: [spec.nameNodes[0]!, { ...spec.nameNodes[0]!, host: 'there' }] };
  await expect(open().check(pair, 'restore')).rejects.toMatchObject({ kind: 'unsupported' });
  await mkdir(join(real.hdfs.nameDir, 'previous'));
  await expect(open().check(spec, 'restore')).rejects.toMatchObject({
    kind: 'precondition',
    message: expect.stringMatching(/upgrade/) as string,
  });
});
