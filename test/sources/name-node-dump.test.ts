import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Control, noControl } from '../../model/control';
import type { ErrorKind } from '../../model/errors';
import { simpleLogin } from '../../servers/login';
import { openNameNodeSource } from '../../sources/name-node';
import { checkFolder } from '../../sources/name-node-folder';
import { type FakeNameNode, type Misdeeds, startFakeNameNode } from '../fakes/name-node';
import { soonMs } from '../kit/pauses';

let folder: string;
let fake: FakeNameNode;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-dump-'));
  fake = await startFakeNameNode({ folder: join(folder, 'bin') });
});
afterEach(async () => {
  await fake.close();
  await rm(folder, { recursive: true, force: true });
});

const newFolder = () => mkdtemp(join(folder, 'dump-'));
const at = (http: string) => ({ http, host: 'here', nameDirs: [join(folder, 'name')] });
const open = () => openNameNodeSource({ login: simpleLogin({ user: 'hdfs' }), hadoop: fake.hadoop, host: 'here' });
const dump = (into: string, control: Control = noControl(), https = [fake.address]) =>
  open().dump({ nameService: 'hacluster', nameNodes: https.map(at) }, into, control);

test('every transaction up to the dump is in it, in segments that follow one another', async () => {
  for (const transactions of [3, 40, 0, 7]) {
    fake.write(transactions);
    fake.roll();
  }
  fake.write(5);
  const into = await newFolder();
  const { facts, componentVersion } = await dump(into);
  expect(facts).toMatchObject({
    imageTxId: 0,
    lastTxId: 3 + 40 + 0 + 7 + 5 + 10,
    segments: 5,
    clusterId: 'CID-fake one',
  });
  expect(componentVersion).toBe('3.4.3');
  expect(await checkFolder(into, noControl())).toMatchObject({ imageTxId: 0 });
  expect(await readFile(join(into, 'seen_txid'), 'utf8')).toBe('65\n');
});

test('edits that the checkpoint holds are not fetched', async () => {
  fake.write(10);
  fake.checkpoint(5_000);
  fake.write(2);
  const into = await newFolder();
  expect((await dump(into)).facts).toMatchObject({ imageTxId: 12, lastTxId: 16, segments: 1 });
});

test('a checkpoint that comes between the edits and the image makes the dump only newer', async () => {
  fake.write(10);
  let isFirst = true;
  fake.beforeImage = () => {
    if (isFirst) fake.checkpoint(5_000);
    isFirst = false;
  };
  const into = await newFolder();
  expect((await dump(into)).facts).toMatchObject({ imageTxId: 14, lastTxId: 14, segments: 0 });
  await checkFolder(into, noControl());
});

test('files of an older attempt are gone, and what is not ours stays', async () => {
  fake.write(3);
  const into = await newFolder();
  await dump(into);
  await writeFile(join(into, 'note'), 'of a person');
  fake.checkpoint(5_000);
  await dump(into);
  const names = await readdir(into);
  expect(names.filter((name) => name.startsWith('fsimage_'))).toHaveLength(2);
  expect(names).toContain('note');
});

const misdeeds: readonly (readonly [Misdeeds, ErrorKind, RegExp])[] = [
  [{ image: 'short' }, 'unavailable', /imagetransfer/],
  [{ image: 'busy' }, 'unavailable', /Too many open files/],
  [{ image: 'refused' }, 'denied', /Only Namenode/],
  [{ image: 'wrong digest' }, 'corrupt', /announced 0000/],
  [{ image: 'no image' }, 'corrupt', /MD5|no checkpoint/],
  [{ edits: 'short' }, 'unavailable', /imagetransfer/],
  [{ edits: 'busy' }, 'unavailable', /Too many open files/],
  [{ edits: 'damaged' }, 'corrupt', /damaged in transaction/],
  [
    { edits: 'lost' },
    'missing',
    /no segment of edits begins at transaction 1;.*HINT: let the NameNode write a checkpoint/,
  ],
  [{ state: 'standby' }, 'unavailable', /no active NameNode.*is standby/],
  [{ state: 'starting' }, 'unavailable', /does not tell about itself yet/],
  [{ roll: 'other cluster' }, 'precondition', /did not roll the NameNode at.*HINT:.*HADOOP_CONF_DIR/],
  [{ roll: { exitCode: 255, stderr: 'rollEdits: Access denied for user x' } }, 'denied', /Access denied for user x/],
  [{ roll: { exitCode: 255, stderr: 'Log not rolled. Name node is in safe mode.' } }, 'unavailable', /safe mode/],
];

test.each(misdeeds)('a NameNode with %j fails the dump as %s', async (wrong, kind, message) => {
  fake.write(20);
  Object.assign(fake.misdeeds, wrong);
  const into = await newFolder();
  await expect(dump(into)).rejects.toMatchObject({ kind, message: expect.stringMatching(message) as string });
});

test('a NameNode that is gone is unavailable', async () => {
  await fake.close();
  await expect(dump(await newFolder())).rejects.toMatchObject({ kind: 'unavailable' });
});

test('of several NameNodes the active one is asked', async () => {
  const standby = await startFakeNameNode({ folder: join(folder, 'standby') });
  standby.misdeeds.state = 'standby';
  fake.write(3);
  const { facts } = await dump(await newFolder(), noControl(), ['http://127.0.0.1:1', standby.address, fake.address]);
  expect(facts).toMatchObject({ lastTxId: 5 });
  expect(standby.asked.filter((path) => path.startsWith('/imagetransfer'))).toEqual([]);
  await standby.close();
});

test('what was written before a fail-over is fetched from the NameNode that was active then', async () => {
  const former = await startFakeNameNode({ folder: join(folder, 'former') });
  for (const nameNode of [former, fake]) {
    nameNode.write(10);
    nameNode.roll();
  }
  fake.misdeeds.edits = 'lost first';
  fake.write(5);
  former.misdeeds.state = 'standby';
  const into = await newFolder();
  expect((await dump(into, noControl(), [former.address, fake.address])).facts).toMatchObject({ segments: 2 });
  await checkFolder(into, noControl());
  await former.close();
  await expect(dump(into, noControl(), [former.address, fake.address])).rejects.toMatchObject({ kind: 'missing' });
});

test('a stop is obeyed while the NameNode sends nothing', async () => {
  fake.misdeeds.image = 'stalled';
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 300);
  const begin = Date.now();
  await expect(dump(await newFolder(), { ...noControl(), signal: controller.signal })).rejects.toMatchObject({
    kind: 'cancelled',
  });
  expect(Date.now() - begin).toBeLessThan(soonMs);
});

test('an image of 300 MiB takes no more memory than a small one, and its progress is told', async () => {
  fake.checkpoint(300 * 1024 * 1024);
  let [most, bytes] = [0, 0];
  const before = process.memoryUsage().rss;
  await dump(await newFolder(), {
    ...noControl(),
    report: (progress) => {
      expect(progress.totalBytes).toBe(300 * 1024 * 1024);
      bytes = progress.bytes ?? bytes;
      most = Math.max(most, process.memoryUsage().rss);
    },
  });
  expect(bytes).toBe(300 * 1024 * 1024);
  expect(most - before).toBeLessThan(100 * 1024 * 1024);
});

test('a backup is refused where the command is missing, and where no NameNode answers', async () => {
  const spec = { nameService: 'hacluster', nameNodes: [at(fake.address)] };
  await open().check(spec, 'backUp');
  const without = openNameNodeSource({
    login: simpleLogin({ user: 'hdfs' }),
    hadoop: { hdfs: join(folder, 'nowhere/hdfs') },
    host: 'here',
  });
  await expect(without.check(spec, 'backUp')).rejects.toMatchObject({
    kind: 'precondition',
    message: expect.stringMatching(/nowhere.*HINT: name the path/) as string,
  });
  await fake.close();
  await expect(open().check(spec, 'backUp')).rejects.toMatchObject({ kind: 'unavailable' });
});
