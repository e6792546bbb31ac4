import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { noControl } from '../../model/control';
import { BackupError } from '../../model/errors';
import { simpleLogin } from '../../servers/login';
import { openWebHdfs, type WebHdfs } from '../../servers/webhdfs';
import { targetCases } from '../../targets/conformance';
import { createTargetCheck } from '../../targets/conformance/check';
import { bodyOf, heldBody, namesBelow, read, remainsBelow } from '../../targets/conformance/tools';
import { openHdfsTarget } from '../../targets/hdfs';
import { readObject } from '../../targets/hdfs-read';
import { describeTarget } from '../conformance/target';
import { type RealHdfs, startRealHdfs } from '../servers/real-hdfs';
import { openHdfsAt, pathsIn } from './hdfs-place';

const MiB = 1024 * 1024;
let real: RealHdfs;
let dfs: WebHdfs;

beforeAll(async () => {
  real = await startRealHdfs();
  dfs = openWebHdfs([real.hdfs.httpAddress], simpleLogin({ user: 'root' }));
});
afterAll(() => real?.end());

const targetAt = (path: string, user?: string) => openHdfsAt(real.hdfs.httpAddress, path, user);

let count = 0;
function newTarget() {
  const path = `/new/${(count += 1)}`;
  const target = targetAt(path);
  return { path, target, snapshots: target.snapshots! };
}

/** Real HDFS, as it is to one whose first reading ends in the middle: its blocks were taken away. */
function cutOffOnce(): WebHdfs {
  let isFirst = true;
  async function* cutOff(): AsyncGenerator<Buffer> {
    yield Buffer.from('th');
    throw new BackupError('unavailable', 'cut off');
  }
  return {
    ...dfs,
    open: async (...args) => {
      if (!isFirst) return await dfs.open(...args);
      isFirst = false;
      return Readable.from(cutOff(), { objectMode: false });
    },
  };
}

const everythingIn = (path: string) => pathsIn(dfs, path);

const kind = (expected: string, ...said: string[]) =>
  expect.objectContaining({ kind: expected, message: expect.stringMatching(new RegExp(said.join('.*'), 's')) });

describeTarget('an HDFS target', async () => targetAt('/backup/cairn'));

describe('an HDFS target keeps house:', () => {
  it('folders have mode 700 and files 600', async () => {
    const { path, target } = newTarget();
    await target.put('task/archive', bodyOf('x'));
    const modes = ['', '/task', '/task/archive'].map(async (name) => (await dfs.status(path + name))?.permission);
    expect(await Promise.all(modes)).toEqual(['700', '700', '600']);
  });

  it('unfinished puts are told as remains, with their bytes, until they are cleaned', async () => {
    const { path, target, snapshots } = newTarget();
    await target.put('task/archive', bodyOf('x'));
    await snapshots.open('task_HDFS_1');
    for (const folder of ['task', 'task_HDFS_1/.cairn'])
      await dfs.create(
        `${path}/${folder}/.cairn-part-1`,
        Readable.from([Buffer.from('half')], { objectMode: false }),
        {},
      );
    // What lies in folders with snapshots is told where the prefix leads there.
    expect(await remainsBelow(target, '')).toEqual(['task/.cairn-part-1']);
    expect(await remainsBelow(target, 'task_HDFS_1')).toEqual(['task_HDFS_1/.cairn/.cairn-part-1']);
    for await (const { bytes } of target.remains!('task')) expect(bytes).toBe(4);
    for (const folder of ['task', 'task_HDFS_1']) await target.clean!(folder);
    for (const prefix of ['', 'task_HDFS_1']) expect(await remainsBelow(target, prefix)).toEqual([]);
    expect(await namesBelow(target, '')).toEqual(['task/archive']);
  });

  it('a check of it leaves nothing, also of folders with snapshots', async () => {
    const { path, target } = newTarget();
    await target.put('task/archive', bodyOf('x'));
    const some = targetCases.filter(({ name }) => /empty object|a snapshot keeps|closes a folder/.test(name));
    const settings = { mib: 1, caseSeconds: 60 };
    const found = await createTargetCheck(some).run(
      async () => target,
      '.cairn-check-c1-20260101000000-0123abcd',
      settings,
      noControl(),
    );
    expect(found.cases.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok']);
    expect(found.speed).toMatchObject({ bytes: MiB });
    expect(found.left).toBeUndefined();
    expect(await everythingIn(path)).toEqual(['task', 'task/archive']);
  });

  it('a user who may not write there is told so in one sentence', async () => {
    const { path, target } = newTarget();
    await target.put('task/archive', bodyOf('x'));
    const found = await createTargetCheck().run(
      async () => targetAt(path, 'stranger'),
      '.cairn-check-c1-20260101000000-0123abcd',
      { mib: 1, caseSeconds: 60 },
      noControl(),
    );
    expect(found).toMatchObject({ cases: [], problem: { kind: 'denied' } });
    expect(found.problem!.reason).toMatch(/^the target cannot be (looked at|written to): could not .* HINT: /);
  });

  it('folders that become empty go, others and the target’s own stay', async () => {
    const { path, target } = newTarget();
    await target.put('a/b/archive', bodyOf('x'));
    await target.put('other', bodyOf('x'));
    await target.remove('a/b/archive');
    expect(await everythingIn(path)).toEqual(['other']);
    await target.remove('other');
    expect(await everythingIn(path)).toEqual([]);
  });

  it('a target whose directory is not there yet is empty, and is not made by looking', async () => {
    const { path, target, snapshots } = newTarget();
    expect(await namesBelow(target, '')).toEqual([]);
    expect(await target.stat('x')).toBeUndefined();
    expect(await snapshots.folders('')).toEqual([]);
    await target.remove('a/x');
    await target.clean?.('');
    expect(await dfs.status(path)).toBeUndefined();
  });

  it('a put that fails leaves neither a part nor the folders it made', async () => {
    const { path, target } = newTarget();
    await target.put('kept', bodyOf('x'));
    const long = bodyOf(Buffer.alloc(3 * MiB));
    await expect(target.put('a/b', { bytes: 3 * MiB + 1, open: long.open })).rejects.toEqual(kind('corrupt'));
    await expect(target.put('a/b', { bytes: 5, open: bodyOf('x').open })).rejects.toEqual(kind('corrupt'));
    expect(await everythingIn(path)).toEqual(['kept']);
  });

  it('a put that is stopped while bytes flow leaves nothing', async () => {
    const { path, target } = newTarget();
    await target.put('kept', bodyOf('x'));
    const stop = new AbortController();
    const { body } = heldBody(Buffer.alloc(5 * MiB), Buffer.alloc(MiB));
    const putting = target.put('a/object', body, { ...noControl(), signal: stop.signal });
    putting.catch(() => undefined);
    await untilPart(path);
    stop.abort();
    await expect(putting).rejects.toEqual(kind('cancelled'));
    expect(await everythingIn(path)).toEqual(['kept']);
  });

  it('the newest put of a large object takes over, and the older one ends with a conflict', async () => {
    const { path, target } = newTarget();
    const older = heldBody(Buffer.alloc(9 * MiB, 'o'), Buffer.alloc(MiB, 'o'));
    const olderPut = target.put('a/object', older.body);
    olderPut.catch(() => undefined);
    await untilPart(path);
    await target.put('a/object', bodyOf(Buffer.alloc(10 * MiB, 'n')));
    older.finish();
    await expect(olderPut).rejects.toEqual(kind('conflict', 'newer attempt'));
    expect(String((await read(target, 'a/object')).subarray(0, 3))).toBe('nnn');
    expect(await everythingIn(path)).toEqual(['a', 'a/object']);
  });

  it('an error of the body that comes from another HDFS is told as it is', async () => {
    const { path, target } = newTarget();
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(2 * MiB);
      await dfs.open('/nothing/here');
    }
    const put = target.put('a/object', { open: async () => Readable.from(broken(), { objectMode: false }) });
    await expect(put).rejects.toEqual(kind('missing', '/nothing/here'));
    expect(await everythingIn(path)).toEqual([]);
  });

  it('two targets in one folder put, remove and list without taking anything from each other', async () => {
    const { path, target } = newTarget();
    const busy = async (name: string) => {
      const mine = targetAt(path);
      for (let round = 0; round < 8; round++) {
        await mine.put(`a/b/${name}`, bodyOf(name));
        expect(String(await read(mine, `a/b/${name}`))).toBe(name);
        await mine.remove(`a/b/${name}`);
      }
    };
    await Promise.all([busy('left'), busy('right'), busy('middle')]);
    expect(await namesBelow(target, '')).toEqual([]);
  });

  it('a small object that is replaced while it is read is read anew; what is cut off otherwise is told', async () => {
    const { path, target } = newTarget();
    await target.put('catalogue', bodyOf('the older'));
    const entry = (await dfs.status(`${path}/catalogue`))!;
    const object = { name: 'catalogue', path: `${path}/catalogue`, entry };
    await expect(readObject(cutOffOnce(), object)).rejects.toEqual(kind('unavailable', 'cut off'));
    await target.put('catalogue', bodyOf('the newer one'));
    expect(String(await buffer(await readObject(cutOffOnce(), object)))).toBe('the newer one');
    expect(String(await buffer(await readObject(cutOffOnce(), object, { start: 4, end: 8 })))).toBe('newer');
  });

  it('lists neither links nor files whose names cairn would refuse', async () => {
    const { path, target } = newTarget();
    for (const name of ['two\nlines', 'back\\slash', 'fine']) await dfs.create(`${path}/${name}`, Buffer.from('x'));
    expect(await namesBelow(target, '')).toEqual(['fine']);
  });

  it('tells a copier where things lie, as they are and as they were', () => {
    const target = targetAt('/backup/a b');
    expect(target.locate?.('t_HDFS_1/data/0')).toEqual({ uri: 'hdfs://hacluster/backup/a b/t_HDFS_1/data/0' });
    expect(target.locate?.('t/.snapshot/1/data/0')).toEqual({
      uri: 'hdfs://hacluster/backup/a b/t/.snapshot/1/data/0',
    });
    expect(() => target.locate?.('../other')).toThrow(kind('invalid'));
  });
});

describe('an HDFS target cleans up', () => {
  it('parts and empty folders below the prefix only', async () => {
    const { path, target } = newTarget();
    for (const folder of ['1', '2']) await dfs.create(`${path}/${folder}/nn/.cairn-part-left`, Buffer.from('x'));
    await dfs.mkdirs(`${path}/1/nn/empty`);
    await target.clean?.('1');
    expect(await everythingIn(path)).toEqual(['2', '2/nn', '2/nn/.cairn-part-left']);
    await target.clean?.('');
    expect(await everythingIn(path)).toEqual([]);
  });

  it('folders with snapshots only where it is led there, and takes no empty folder from them', async () => {
    const { path, target, snapshots } = newTarget();
    await snapshots.open('t');
    for (const folder of ['t/.cairn', 't/data'])
      await dfs.create(`${path}/${folder}/.cairn-part-left`, Buffer.from('x'));
    await dfs.mkdirs(`${path}/t/data/empty`);
    const before = await everythingIn(path);
    await target.clean?.('');
    expect(await everythingIn(path)).toEqual(before);
    await target.clean?.('t/.cairn');
    expect(await everythingIn(path)).toEqual(['t', 't/.cairn', 't/data', 't/data/.cairn-part-left', 't/data/empty']);
  });

  it('nothing of a folder that has just been opened for snapshots, though it is empty', async () => {
    const { path, target, snapshots } = newTarget();
    await snapshots.open('t');
    await target.put('t/.cairn/manifest.json', bodyOf('x'));
    await target.remove('t/.cairn/manifest.json');
    expect(await everythingIn(path)).toEqual(['t']);
    expect(await snapshots.folders('')).toEqual(['t']);
  });

  it('and nobody can store or read under the name of a part', async () => {
    const { target } = newTarget();
    await expect(target.put('a/.cairn-part-mine', bodyOf('x'))).rejects.toEqual(kind('invalid'));
    await expect(target.get('.cairn-part-mine/x')).rejects.toEqual(kind('invalid'));
  });
});

describe('an HDFS target says what stands in the way:', () => {
  it('a folder under an object’s name is a conflict, and so is an object under a folder’s', async () => {
    const { path, target } = newTarget();
    await target.put('folder/object', bodyOf('old'));
    await expect(target.put('folder', bodyOf('x'))).rejects.toEqual(kind('conflict', 'HINT'));
    await expect(target.put('folder/object/below', bodyOf('x'))).rejects.toEqual(kind('conflict', 'HINT'));
    expect(await everythingIn(path)).toEqual(['folder', 'folder/object']);
  });

  it('a name that HDFS cannot hold is invalid', async () => {
    const { target } = newTarget();
    await expect(target.put('x'.repeat(300), bodyOf('x'))).rejects.toEqual(kind('invalid', 'HINT: .*255 bytes'));
    await expect(target.put('a:b', bodyOf('x'))).rejects.toEqual(kind('invalid', 'no colon'));
  });

  it('a missing right is denied, and names the user', async () => {
    const { path, target } = newTarget();
    await target.put('a/object', bodyOf('x'));
    const alices = targetAt(path, 'alice');
    const denied = kind('denied', 'alice', 'HINT: .*own');
    await expect(alices.put('a/object', bodyOf('x'))).rejects.toEqual(denied);
    await expect(alices.get('a/object')).rejects.toEqual(denied);
    await expect(alices.remove('a/object')).rejects.toEqual(denied);
    await expect(namesBelow(alices, 'a')).rejects.toEqual(denied);
    await expect(alices.snapshots?.open('t')).rejects.toEqual(denied);
  });

  it('who is no superuser cannot have snapshots, and hears how to get them', async () => {
    const path = '/alices/backup';
    await dfs.mkdirs(path);
    await dfs.setOwner(path, 'alice', 'users');
    const { snapshots } = targetAt(path, 'alice');
    await expect(snapshots?.open('t')).rejects.toEqual(
      kind('denied', 'alice', 'HINT: .*superuser', `-allowSnapshot ${path}/t`),
    );
    await dfs.allowSnapshots(`${path}/t`);
    await snapshots?.open('t');
    await snapshots?.create('t', 's1');
    expect(await snapshots?.folders('')).toEqual(['t']);
    await snapshots?.remove('t', 's1');
    await snapshots?.close('t');
    expect(await everythingIn(path)).toEqual([]);
  });

  it('a quota that is used up is full', async () => {
    const { path, target } = newTarget();
    await target.put('object', bodyOf('old'));
    await real.hdfs.hdfs('dfsadmin', '-setQuota', '3', path);
    await expect(target.put('a/object', bodyOf('x'))).rejects.toEqual(kind('full', 'HINT: .*quota'));
    expect(await everythingIn(path)).toEqual(['object']);
  });

  it('a NameNode in safe mode is unavailable, and reading goes on', async () => {
    const { target, snapshots } = newTarget();
    await target.put('object', bodyOf('x'));
    await real.hdfs.hdfs('dfsadmin', '-safemode', 'enter');
    try {
      await expect(target.put('object', bodyOf('y'))).rejects.toEqual(kind('unavailable', 'HINT: .*safe mode'));
      await expect(target.remove('object')).rejects.toEqual(kind('unavailable'));
      await expect(snapshots.open('t')).rejects.toEqual(kind('unavailable'));
      expect(String(await read(target, 'object'))).toBe('x');
    } finally {
      await real.hdfs.hdfs('dfsadmin', '-safemode', 'leave');
    }
  });

  it('a directory with snapshots above the target is a conflict for its own, and is named; objects do not mind', async () => {
    await dfs.mkdirs('/above/cairn');
    await dfs.allowSnapshots('/above');
    const target = targetAt('/above/cairn');
    await expect(target.snapshots?.open('t')).rejects.toEqual(kind('conflict', '/above above it', 'HINT'));
    expect(await everythingIn('/above')).toEqual(['cairn']);
    await target.put('task/archive', bodyOf('x'));
    expect(await namesBelow(target, '')).toEqual(['task/archive']);
  });

  it('one below is named, too', async () => {
    const { path, snapshots } = newTarget();
    await dfs.mkdirs(`${path}/t/data/0`);
    await dfs.allowSnapshots(`${path}/t/data/0`);
    await expect(snapshots.open('t')).rejects.toEqual(kind('conflict', `${path}/t/data/0 below it`));
  });

  it('a snapshot is not renamed over another one', async () => {
    const { snapshots } = newTarget();
    await snapshots.open('t');
    for (const name of ['s1', 's2']) await snapshots.create('t', name);
    await expect(snapshots.rename('t', 's1', 's2')).rejects.toEqual(kind('conflict'));
    expect(await snapshots.list('t')).toEqual(['s1', 's2']);
  });

  it('a folder that may have no snapshots gets none', async () => {
    const { target, snapshots } = newTarget();
    await target.put('t/object', bodyOf('x'));
    await expect(snapshots.create('t', 's1')).rejects.toEqual(kind('precondition'));
    await expect(snapshots.create('absent', 's1')).rejects.toEqual(kind('missing'));
    await expect(snapshots.rename('t', 's1', 's2')).rejects.toEqual(kind('missing'));
    await expect(snapshots.changes('absent', 's1', 's2', 10)).rejects.toEqual(kind('missing'));
  });

  it('paths that no target may have are invalid', () => {
    for (const path of ['/', 'relative', '/a/../b', '/a/', '/a/.snapshot/s1'])
      expect(() => targetAt(path)).toThrow(kind('invalid'));
  });

  it('no NameNode that answers is unavailable', async () => {
    const hdfs = { nameService: 'x', uri: 'hdfs://x', nameNodes: ['http://127.0.0.1:1'] };
    const target = openHdfsTarget({ hdfs, path: '/x', login: simpleLogin({ user: 'root' }) });
    const unavailable = kind('unavailable');
    await expect(target.put('x', bodyOf('x'))).rejects.toEqual(unavailable);
    await expect(target.stat('x')).rejects.toEqual(unavailable);
    await expect(namesBelow(target, '')).rejects.toEqual(unavailable);
    await expect(target.freeBytes?.()).rejects.toEqual(unavailable);
  });
});

/** Until a put has begun to write. */
async function untilPart(path: string): Promise<void> {
  for (;;) {
    if ((await everythingIn(path).catch(() => [])).some((name) => name.includes('.cairn-part-'))) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
