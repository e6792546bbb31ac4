import { BackupError } from '../../model/errors';
import { noControl } from '../../model/control';
import type { SetTree } from '../../model/data-source';
import { simpleLogin } from '../../servers/login';
import { openWebHdfs } from '../../servers/webhdfs';
import { openNameNodes } from '../../servers/webhdfs-name-nodes';
import { openHdfsSource } from '../../sources/hdfs';
import { createHdfs, type EmbeddedHdfs } from '../../embedded/hdfs';
import { cutAt, type HdfsFixture, openHdfsFixture, root, unlessKilled } from './hdfs-fixture';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

const id = { task: 'nightly_x', creation: '20260102030405', label: '20260203040506' };
const label = '20260304050607';
let folder: string;
let hdfs: EmbeddedHdfs;
let fixture: HdfsFixture;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-hdfs-source-'));
  const keys = { 'hadoop.security.key.provider.path': `jceks://file${folder}/keys.jceks` };
  hdfs = await createHdfs({ folder: join(folder, 'hdfs'), properties: keys });
  // A NameNode reads the keys when it starts.
  await hdfs.hadoop('key', 'create', 'key1', '-size', '128');
  await hdfs.start();
  fixture = openHdfsFixture(hdfs, ['/data/a']);
  await fixture.dfs.mkdirs('/secret/zone');
  await hdfs.hdfs('crypto', '-createZone', '-keyName', 'key1', '-path', '/secret/zone');
  await fixture.dfs.mkdirs('/secret/zone/below');
});
afterAll(async () => {
  await hdfs?.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await fixture.dfs.remove('/data');
  await fixture.change('/data/a');
  expect(await fixture.traces()).toEqual([]);
});

const withPaths = (...paths: string[]) => ({ ...fixture.spec, paths });
const into = (path: string, uri = hdfs.uri) => ({ uri: uri + path });
const trees = (...to: string[]): SetTree[] => to.map((path, number) => ({ number, path: `/data/${number}`, to: path }));

function refusal(kind: string, ...said: RegExp[]) {
  return expect.objectContaining({
    kind,
    message: expect.stringMatching(new RegExp(said.map((part) => `(?=.*${part.source})`).join(''), 's')),
  });
}

describe('a backup is refused, and nothing is made,', () => {
  const refused = async (paths: string[], expected: unknown, target?: { uri: string }, source = fixture.source) => {
    const traces = await fixture.traces();
    await expect(source.checkBackUp(withPaths(...paths), target)).rejects.toEqual(expected);
    expect(await fixture.traces()).toEqual(traces);
  };

  it('where a directory is absent, or a file', async () => {
    await refused(['/data/a', '/data/none'], refusal('missing', /\/data\/none/));
    await refused(['/data/a', '/data/a/%41+#?&ü 漢.txt'], refusal('invalid', /is a file/));
  });

  it('where an encryption zone is at the directory, above or below, which is named', async () => {
    for (const path of ['/secret', '/secret/zone', '/secret/zone/below'])
      await refused(
        ['/data/a', path],
        refusal('unsupported', /encryption zone/, path === '/secret/zone' ? /./ : /\/secret\/zone/),
      );
  });

  it('where a directory above or below may have snapshots, which is named', async () => {
    await fixture.dfs.mkdirs('/data/a/b/c');
    await fixture.dfs.allowSnapshots('/data/a/b');
    for (const path of ['/data/a', '/data/a/b/c'])
      await refused([path], refusal('precondition', /\/data\/a\/b, which may have snapshots/, /HINT/));
    await fixture.source.checkBackUp(withPaths('/data/a/b'), undefined);
    await fixture.dfs.disallowSnapshots('/data/a/b');
  });

  it('where the target lies inside a directory or holds it, also by another name of the same HDFS', async () => {
    const other = { nameService: 'other', uri: 'hdfs://other', nameNodes: [hdfs.httpAddress] };
    const source = openHdfsSource({ login: root, known: [fixture.spec.hdfs, other] });
    for (const uri of [hdfs.uri, other.uri]) {
      for (const target of ['/data/a', '/data/a/backups'])
        await refused(
          ['/data/a'],
          refusal('conflict', /target \/data\/a.* lies inside \/data\/a/),
          into(target, uri),
          source,
        );
      await refused(['/data/a'], refusal('conflict', /lies inside the target \/data/), into('/data', uri), source);
      await source.checkBackUp(withPaths('/data/a'), into('/data/ab', uri));
    }
    await source.checkBackUp(withPaths('/data/a'), into('/data/a', 'hdfs://elsewhere'));
  });

  it('where the user may not allow snapshots', async () => {
    const source = openHdfsSource({ login: simpleLogin({ user: 'mallory' }) });
    await refused(['/data/a'], refusal('denied', /superuser/, /HINT/), undefined, source);
  });
});

describe('a frozen view', () => {
  it('tells the version of Hadoop, and names files that are open for writing', async () => {
    const finish = await openForWriting('/data/a/being written');
    const frozen = await fixture.source.freeze(fixture.spec, id, noControl());
    expect(frozen).toMatchObject({
      componentVersion: expect.stringMatching(/^3\./),
      facts: { nameService: 'hacluster', directories: 1 },
      notes: [expect.stringMatching(/open for writing.*: \/data\/a\/being written$/)],
    });
    const [described] = await fixture.source.describeReplaced(fixture.spec, trees('/data/a'));
    expect(described).toMatchObject({ how: 'snapshot', openFiles: ['/data/a/being written'] });
    await finish();
    await fixture.source.release(fixture.spec, id);
  });

  it('leaves snapshots allowed where somebody else allowed them, before or since', async () => {
    await fixture.dfs.allowSnapshots('/data/a');
    await fixture.source.freeze(fixture.spec, id, noControl());
    await fixture.source.release(fixture.spec, id);
    expect(await fixture.traces()).toEqual(['/data/a allowed']);
    await fixture.dfs.disallowSnapshots('/data/a');
    await fixture.source.freeze(fixture.spec, id, noControl());
    await fixture.dfs.createSnapshot('/data/a', 'of somebody');
    await fixture.source.release(fixture.spec, id);
    expect(await fixture.traces()).toEqual(['/data/a allowed', '/data/a has of somebody']);
    await fixture.dfs.deleteSnapshot('/data/a', 'of somebody');
    await fixture.dfs.disallowSnapshots('/data/a');
  });

  it('goes with the last view of the task also where the task does not name the directory any more', async () => {
    await fixture.dfs.mkdirs('/data/b');
    await fixture.source.freeze(withPaths('/data/a', '/data/b'), id, noControl());
    await fixture.source.freeze(fixture.spec, { ...id, label }, noControl());
    await fixture.source.keepNewest(fixture.spec, id, 1);
    expect(await fixture.traces()).toEqual([
      '/data/a allowed',
      `/data/a has cairn_nightly_x_${id.creation}_${label}_own`,
    ]);
    await fixture.source.keepNewest(withPaths('/data/gone'), id, 0);
  });

  it('is refused in all directories where one has as many snapshots as it can, but not the same view once more', async () => {
    await fixture.dfs.mkdirs('/data/0');
    const [source, spec] = [openHdfsSource({ login: root, maxSnapshots: 2 }), withPaths('/data/0', '/data/a')];
    const other = { ...id, label };
    for (const one of [id, other]) await source.freeze(fixture.spec, one, noControl());
    for (const one of [id, other]) {
      await source.checkBackUp(fixture.spec, undefined);
      await source.freeze(fixture.spec, one, noControl());
    }
    const traces = await fixture.traces();
    await expect(source.freeze(spec, { ...id, label: '20270101000000' }, noControl())).rejects.toEqual(
      refusal('precondition', /\/data\/a has 2 snapshots/),
    );
    expect(await fixture.traces()).toEqual(traces);
    await source.keepNewest(fixture.spec, id, 0);
  });

  it('is released where its directory was renamed away or lost', async () => {
    await fixture.source.freeze(fixture.spec, id, noControl());
    await fixture.source.release(withPaths('/data/a', '/data/never', '/never/at all'), id);
  });
});

describe('killed at any request that changes something,', () => {
  it.each(['unsent', 'sent'] as const)('a freeze (%s) is done again, or released without a trace', async (how) => {
    await atEachCut(
      how,
      async (source) => source.freeze(fixture.spec, id, noControl()),
      async (goesOn) => {
        if (goesOn) {
          await fixture.source.freeze(fixture.spec, id, noControl());
          expect(await fixture.traces()).toEqual(['/data/a allowed', expect.stringMatching(/has cairn_.*_own$/)]);
        }
        await fixture.source.release(fixture.spec, id);
        expect(await fixture.traces()).toEqual([]);
      },
    );
  });

  it.each(['unsent', 'sent'] as const)('a release (%s) is done again, or the next one ends it', async (how) => {
    await atEachCut(
      how,
      async (source) => {
        await fixture.source.freeze(fixture.spec, id, noControl());
        await source.release(fixture.spec, id);
      },
      async (goesOn) => {
        if (goesOn) await fixture.source.freeze(fixture.spec, { ...id, label }, noControl());
        if (goesOn) await fixture.source.release(fixture.spec, { ...id, label });
        await fixture.source.keepNewest(withPaths('/data/x'), id, 0);
        await fixture.source.release(fixture.spec, id);
        expect(await fixture.traces()).toEqual([]);
      },
    );
  });

  describe.each([
    ['where nothing is', '/data/new/deep/place', 'none'],
    ['over other data', '/data/a', 'none'],
    ['over a directory that may have snapshots', '/data/a', 'allowed'],
  ])('a restoration %s', (_, to, before) => {
    it.each(['unsent', 'sent'] as const)('(%s) is finished or reverted, and no trace is left', async (how) => {
      const { dfs, source, spec } = fixture;
      await dfs.mkdirs('/set/sub');
      await dfs.create('/set/file', Buffer.from('of the set'), { overwrite: true });
      if (before === 'allowed') await dfs.allowSnapshots('/data/a');
      const restore = async (by = source) => {
        const [ready] = await by.prepare(spec, trees(to), label, noControl());
        await fixture.copy({ from: into('/set'), to: ready!.location });
        await by.adopt(spec, trees(to), label, noControl());
      };
      const revert = async (by = source) => {
        for (const tree of await by.revert(spec, trees(to), label)) await fixture.copy(tree);
      };
      const [traces, old] = [await fixture.traces(), await fixture.tree('/data')];
      await atEachCut(how, restore, async (goesOn, again) => {
        if (goesOn) {
          await restore();
          expect(await fixture.tree(to)).toEqual([`${to}/file of the set`, `${to}/sub`]);
        }
        // The undoing is killed, too, each time one request later.
        await revert(openHdfsSource({ login: cutAt(again, how).login })).catch(unlessKilled);
        await revert();
        expect(await fixture.tree('/data')).toEqual(old);
        await source.forget(spec, trees(to), label);
        expect(await fixture.tree('/data')).toEqual(old);
        expect(await fixture.traces()).toEqual(traces);
      });
      await atEachCut(
        how,
        async (by) => {
          await restore();
          await by.forget(spec, trees(to), label);
        },
        async () => {
          await source.forget(spec, trees(to), label);
          expect(await fixture.tree(to)).toEqual([`${to}/file of the set`, `${to}/sub`]);
          expect(await fixture.traces()).toEqual(traces);
        },
      );
      if (before === 'allowed') await dfs.disallowSnapshots('/data/a');
    });
  });
});

describe('a restoration is refused, and nothing is made,', () => {
  const refused = async (to: readonly string[], expected: unknown) => {
    const traces = await fixture.traces();
    for (const ask of ['checkRestore', 'describeReplaced'] as const)
      await expect(fixture.source[ask](fixture.spec, trees(...to))).rejects.toEqual(expected);
    expect(await fixture.traces()).toEqual(traces);
  };

  it('where a file is, or an encryption zone, or running jobs are', async () => {
    await fixture.dfs.create('/data/file', Buffer.from('x'));
    await refused(['/data/file'], refusal('conflict', /\/data\/file is a file/));
    await refused(['/data/file/below'], refusal('conflict', /\/data\/file is a file/));
    for (const to of ['/secret', '/secret/zone', '/secret/zone/new/place'])
      await refused([to], refusal('unsupported', /encryption zone/));
    for (const to of ['/tmp', '/tmp/logs', '/tmp/hadoop-yarn/staging/root'])
      await refused([to], refusal('unsupported', /running Yarn jobs/));
    for (const to of ['/', '/data/../x', '/data/.snapshot/s', 'data'])
      await refused([to], refusal('invalid', /no directory/));
  });

  it('where trees lie inside each other', async () => {
    await refused(['/data/new', '/data/new/below'], refusal('invalid', /\/data\/0 and \/data\/1/));
    await refused(['/data/new', '/data/new'], refusal('invalid', /none inside another/));
  });

  it('where a directory below may have snapshots, but not where one above has', async () => {
    const { dfs, source, spec } = fixture;
    await dfs.mkdirs('/data/a/b/c');
    await dfs.allowSnapshots('/data/a/b');
    await refused(['/data/a'], refusal('precondition', /\/data\/a\/b may have snapshots/));
    await dfs.createSnapshot('/data/a/b', 'of somebody');
    await refused(['/data/a'], refusal('precondition', /\/data\/a\/b may have snapshots/));
    await dfs.mkdirs('/set');
    const old = await fixture.tree('/data/a/b');
    for (const to of ['/data/a/b/c', '/data/a/b/new/place']) {
      await source.checkRestore(spec, trees(to));
      const [ready] = await source.prepare(spec, trees(to), label, noControl());
      await fixture.copy({ from: into('/set'), to: ready!.location });
      await source.adopt(spec, trees(to), label, noControl());
      await source.revert(spec, trees(to), label);
      await source.forget(spec, trees(to), label);
      expect(await fixture.tree('/data/a/b')).toEqual(old);
    }
    await dfs.deleteSnapshot('/data/a/b', 'of somebody');
    await dfs.disallowSnapshots('/data/a/b');
  });

  it('where it would replace sets of cairn, or go into them', async () => {
    const sets = '/data/backups/nightly_HDFS_20260101000000';
    await fixture.dfs.mkdirs(`${sets}/.cairn`);
    await fixture.dfs.mkdirs(`${sets}/data/0`);
    await fixture.dfs.allowSnapshots(sets);
    await fixture.dfs.createSnapshot(sets, label);
    for (const to of ['/data', '/data/backups', sets, `${sets}/data/0`, `${sets}/data/new`])
      await refused([to], refusal('conflict', /holds sets of cairn/));
    await fixture.source.checkRestore(fixture.spec, trees('/data/backups/beside'));
    await fixture.dfs.deleteSnapshot(sets, label);
    await fixture.dfs.disallowSnapshots(sets);
  });

  it('where what was erasure coded would go to a directory that is not, or the other way round', async () => {
    const { dfs, source, spec } = fixture;
    await dfs.mkdirs('/data/coded');
    const ask = (operation: string, path: string) =>
      openNameNodes([hdfs.httpAddress], root, undefined).ask('PUT', operation, path, { ecpolicy: 'XOR-2-1-1024k' });
    await ask('ENABLEECPOLICY', '/');
    await ask('SETECPOLICY', '/data/coded');
    const tree = (path: string, to: string) => [{ number: 0, path, to }];
    for (const [path, to] of [
      ['/data/coded', '/data/new/place'],
      ['/data/a', '/data/coded/new'],
    ] as const)
      await expect(source.checkRestore(spec, tree(path, to))).rejects.toEqual(refusal('precondition', /erasure coded/));
    await source.checkRestore(spec, tree('/data/coded', '/data/coded/new'));
    const { notes } = await source.freeze(withPaths('/data/coded'), id, noControl());
    expect(notes).toEqual([expect.stringMatching(/\/data\/coded is erasure coded/)]);
    await source.release(withPaths('/data/coded'), id);
    const inPlace = tree('/data/coded', '/data/coded');
    expect(await source.describeReplaced(spec, inPlace)).toMatchObject([{ how: 'snapshot' }]);
    await source.prepare(spec, inPlace, label, noControl());
    await source.forget(spec, inPlace, label);
    expect(await fixture.traces()).toEqual([]);
    expect(await dfs.status('/data/coded')).toMatchObject({ isErasureCoded: true });
  });
});

test('what is all that there is of a directory is not forgotten', async () => {
  const { dfs, source, spec } = fixture;
  await source.prepare(spec, trees('/data/a'), label, noControl());
  const kept = `/data/.cairn-before_${label}_0`;
  await dfs.rename('/data/a', kept);
  await expect(source.forget(spec, trees('/data/a'), label)).rejects.toEqual(
    refusal('precondition', /all that there is/),
  );
  expect(await dfs.status(kept)).toBeDefined();
  await source.revert(spec, trees('/data/a'), label);
  await source.forget(spec, trees('/data/a'), label);
  expect(await fixture.traces()).toEqual([]);
});

test('a label that is none, and a place elsewhere, are invalid', async () => {
  const { source, spec } = fixture;
  await expect(source.forget(spec, trees('/data/a'), '../x')).rejects.toEqual(refusal('invalid', /no label/));
  expect(() => source.read(spec, { uri: 'hdfs://elsewhere/x' })).toThrow(BackupError);
});

/** Does something again and again, cut off at its first change, its second …, until it comes to its end; each twice. */
async function atEachCut(
  how: 'unsent' | 'sent',
  act: (source: HdfsFixture['source']) => Promise<unknown>,
  recover: (goesOn: boolean, again: number) => Promise<void>,
): Promise<void> {
  for (let n = 1; ; n += 1) {
    let wasCut = false;
    for (const goesOn of [true, false]) {
      const cut = cutAt(n, how);
      await act(openHdfsSource({ login: cut.login })).catch(unlessKilled);
      await recover(goesOn, n);
      wasCut = cut.wasCut();
    }
    if (wasCut) continue;
    expect(n).toBeGreaterThan(1);
    return;
  }
}

/** A file that a client has begun and not closed. */
async function openForWriting(path: string) {
  const dfs = openWebHdfs([hdfs.httpAddress], root);
  let finish: () => void = () => undefined;
  const body = (async function* () {
    yield Buffer.from('half');
    await new Promise<void>((resolve) => (finish = resolve));
  })();
  const written = dfs.create(path, Readable.from(body));
  while ((await dfs.status(path)) === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
  return async () => (finish(), written);
}
