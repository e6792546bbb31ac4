import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackupError } from '../../model/errors';
import { type TwoClusters, openTwoClusters } from '../kit/two-clusters';
import { processesWith } from '../kit/processes';
import { copyOf, type Copying, listening, openCopying } from './copying';

/** Real HDFS, real DistCp, jobs in the driver's own process. */
let clusters: TwoClusters;
let on: Copying;
beforeAll(async () => {
  clusters = await openTwoClusters();
  on = openCopying(clusters);
});
afterAll(() => clusters.close());

const bytes = (length: number, value = 7) => Buffer.alloc(length, value);

/** The files of all workers' folders. */
async function spooled(): Promise<string[]> {
  const spools = (await readdir(clusters.folder)).filter((name) => name.startsWith('spool-'));
  return (await Promise.all(spools.map((spool) => readdir(join(clusters.folder, spool))))).flat();
}

test.each(['deep below', 'with many files'])('what became a directory, %s, takes the place of a file', async (how) => {
  const [root, kept] = [`/kinds/${how}`, `/kept/kinds/${how}`];
  await on.source.create(`${root}/sub/one`, bytes(1));
  await on.source.create(`${root}/sub/other/two`, bytes(1));
  await (await on.worker()).copyPart(copyOf([on.tree(root, kept)]), 0, listening());
  await on.source.remove(`${root}/sub/one`);
  await on.source.remove(`${root}/sub/other`);
  const inner = how === 'deep below' ? ['a/b/c/file'] : Array.from({ length: 20 }, (_, n) => `file ${n}`);
  for (const name of inner) await on.source.create(`${root}/sub/one/${name}`, bytes(2));
  await on.source.create(`${root}/sub/other`, bytes(1));
  await (await on.worker()).copyPart(copyOf([on.tree(root, kept)]), 0, listening());
  expect(await on.look(on.target, kept)).toEqual(await on.look(on.source, root));
});

async function namesIn(path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of on.target.list(path)) names.push(name);
  return names;
}

test('a tree arrives with all that it has, and is brought up to date with what changed', async () => {
  const { source, target, tree, look } = on;
  const root = '/data/{a}[b] c*?';
  for (const other of ['/data/a', '/data/ab c']) await source.create(`${other}/not this one`, bytes(1));
  await source.create(`${root}/big`, bytes(300_000), { blockSize: 65_536 });
  await source.create(`${root}/empty`, bytes(0));
  await source.create(`${root}/sub/ü %20 & "x" {y} \\`, bytes(10));
  await source.create(`${root}/sub/lost`, bytes(10));
  await source.create(`${root}/becomes a directory`, bytes(10));
  await source.create(`${root}/becomes a file/inner`, bytes(10));
  await source.mkdirs(`${root}/hollow`, '1777');
  for (const path of [root, `${root}/sub`, `${root}/big`]) {
    await source.setOwner(path, 'alice', 'users');
    await source.setPermission(path, '750');
    await source.setAcl(path, ['user:bob:r--', 'group::r--']);
    await source.setXattr(path, 'user.colour', '0x0102');
  }
  await source.setTimes(`${root}/empty`, 1_000_000, -1);
  await source.setTimes(root, 2_000_000, -1);
  await source.allowSnapshots(root);
  await source.createSnapshot(root, 'one');

  const worker = await on.worker();
  const first = copyOf([tree(`${root}/.snapshot/one`, '/kept/data/0')]);
  expect(await worker.plan(first)).toEqual({ parts: 1 });
  const control = listening();
  expect(await worker.copyPart(first, 0, control)).toEqual({ files: 6, bytes: 300_040, skippedBytes: 0 });
  expect(await look(target, '/kept/data/0')).toEqual(await look(source, `${root}/.snapshot/one`));

  await source.remove(`${root}/sub/lost`);
  await source.remove(`${root}/becomes a directory`);
  await source.create(`${root}/becomes a directory/inner`, bytes(5));
  await source.remove(`${root}/becomes a file`);
  await source.create(`${root}/becomes a file`, bytes(5));
  await source.create(`${root}/empty`, bytes(3), { overwrite: true });
  for (const path of [root, `${root}/big`]) await source.setAcl(path, []);
  await source.removeXattr(root, 'user.colour');
  await source.setPermission(root, '711');
  await source.createSnapshot(root, 'two');

  const second = copyOf([tree(`${root}/.snapshot/two`, '/kept/data/0')]);
  const copied = await worker.copyPart(second, 0, control);
  // A job that found something in its way may have copied some of it before, and the next one skips that.
  expect(copied.bytes! + copied.skippedBytes!).toBe(300_023);
  expect(copied.bytes).toBeGreaterThanOrEqual(10);
  expect(await look(target, '/kept/data/0')).toEqual(await look(source, `${root}/.snapshot/two`));
  expect(await spooled()).toEqual([]);
});

test('an empty directory arrives', async () => {
  await on.source.mkdirs('/void', '700');
  const copy = copyOf([on.tree('/void', '/kept/void/deep')]);
  await (await on.worker()).copyPart(copy, 0, listening());
  expect(await on.look(on.target, '/kept/void/deep')).toEqual(await on.look(on.source, '/void'));
});

test('below the root an ACL that was lost goes, and an xattr stays, which is what DistCp does', async () => {
  const { source, target, tree } = on;
  await source.create('/lost/below/file', bytes(1));
  await source.setXattr('/lost/below/file', 'user.colour', '0x01');
  await source.setAcl('/lost/below/file', ['user:bob:r--', 'group::r--']);
  await source.setAcl('/lost/below', ['user:bob:r--', 'group::r--', 'default:group::r-x', 'default:other::---']);
  const worker = await on.worker();
  await worker.copyPart(copyOf([tree('/lost', '/kept/lost')]), 0, listening());
  expect((await target.aclOf('/kept/lost/below')).length).toBe(5);
  await source.removeXattr('/lost/below/file', 'user.colour');
  await source.setAcl('/lost/below/file', []);
  await source.setAcl('/lost/below', ['user:bob:r--', 'group::r--']);
  await worker.copyPart(copyOf([tree('/lost', '/kept/lost')]), 0, listening());
  expect([...(await target.xattrsOf('/kept/lost/below/file'))]).toEqual([['user.colour', '0x01']]);
  expect(await target.aclOf('/kept/lost/below/file')).toEqual([]);
  expect(await target.aclOf('/kept/lost/below')).toEqual(['user:bob:r--', 'group::r--']);
});

/** Large enough, and slow enough, not to end while a test looks at it. */
async function slowCopy(name: string) {
  await on.source.create(`/${name}/file`, bytes(40_000_000));
  return copyOf([on.tree(`/${name}`, `/kept/${name}`)], { bandwidth: 1 });
}

async function untilWriting(name: string): Promise<void> {
  while (!(await namesIn(`/kept/${name}`).catch(() => [])).some((file) => file.startsWith('.distcp.tmp')))
    await sleep(50);
}

test('a stop ends the driver and leaves nothing of it', async () => {
  const copy = await slowCopy('stopped');
  const stop = new AbortController();
  const copying = (await on.worker()).copyPart(copy, 0, listening(stop.signal));
  const outcome = expect(copying).rejects.toMatchObject({ kind: 'cancelled' });
  await untilWriting('stopped');
  stop.abort();
  await outcome;
  expect(await namesIn('/kept/stopped')).toEqual([]);
  expect(await spooled()).toEqual([]);
  expect((await driversOf(copy.id)).length).toBe(0);
});

test('a second attempt ends the driver of the first one before it starts its own', async () => {
  const copy = await slowCopy('twice');
  const first = (await on.worker()).copyPart(copy, 0, listening());
  const firstOutcome = expect(first).rejects.toMatchObject({ kind: 'unavailable' });
  await untilWriting('twice');
  const before = await driversOf(copy.id);
  expect(before.length).toBeGreaterThan(0);
  const stop = new AbortController();
  const second = (await on.worker()).copyPart(copy, 0, listening(stop.signal));
  const secondOutcome = expect(second).rejects.toMatchObject({ kind: 'cancelled' });
  await firstOutcome;
  const still = new Set((await driversOf(copy.id)).map(({ pid }) => pid));
  expect(before.filter(({ pid }) => still.has(pid))).toEqual([]);
  stop.abort();
  await secondOutcome;
  await (await on.worker()).clear(copy);
  await (await on.worker()).clear(copy);
  expect(await namesIn('/kept/twice')).toEqual([]);
});

/** Drivers and their guards. */
async function driversOf(id: string) {
  return (await processesWith('HADOOP_CONF_DIR')).filter(({ command }) => command.includes(`job.tags=${id}-0`));
}

test.each([
  ['a source that is not there', '/nowhere', '/kept/x', 'root', 'missing', /HDFS has no \/nowhere/],
  ['a user who may not write', '/void', '/kept/forbidden', 'bob', 'denied', /Permission denied: user=bob/],
  ['a user who may not give files away', '/owned', '/bobs/owned', 'bob', 'denied', /not a super user/],
  ['a quota', '/void-not', '/small/x', 'root', 'full', /quota/i],
])('%s is told as it is', async (_, from, to, user, kind, what) => {
  await on.source.create('/owned/file', bytes(1), { overwrite: true });
  await on.source.create('/void-not/file', bytes(1), { overwrite: true });
  await on.target.mkdirs('/bobs');
  await on.target.setOwner('/bobs', 'bob', 'users');
  await on.target.mkdirs('/small/x');
  await clusters.remote.hdfs('dfsadmin', '-setSpaceQuota', '1000', '/small');
  const worker = await on.worker(user);
  const failed = worker.copyPart(copyOf([on.tree(from, to)]), 0, listening());
  const error = (await failed.catch((thrown: unknown) => thrown)) as BackupError;
  expect(error).toMatchObject({ kind, what: expect.stringMatching(what) as string });
  expect(error.what).not.toMatch(/\n|java|\bat org\./);
});

test('a command that is not there is a precondition', async () => {
  const broken = { ...clusters, source: { ...clusters.source, hadoopCommand: '/nowhere/hadoop' } };
  const worker = await openCopying(broken).worker();
  await expect(worker.plan(copyOf([on.tree('/void', '/kept/y')]))).rejects.toMatchObject({ kind: 'precondition' });
});

test('only HDFS on both sides is taken', async () => {
  const worker = await on.worker();
  expect(worker.accepts(on.tree('/a', '/b'))).toBe(true);
  expect(worker.accepts({ from: { uri: 'hdfs://a/b' }, to: { uri: 'file:///b' } })).toBe(false);
});
