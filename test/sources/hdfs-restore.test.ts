import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHdfs, type EmbeddedHdfs } from '../../embedded/hdfs';
import { noControl } from '../../model/control';
import type { SetTree } from '../../model/data-source';
import { BackupError } from '../../model/errors';
import type { Login } from '../../servers/login';
import { openHdfsSource } from '../../sources/hdfs';
import { cutAt, type HdfsFixture, openHdfsFixture, root, unlessKilled } from './hdfs-fixture';

const label = '20260304050607';
const older = '20250304050607';
let folder: string;
let hdfs: EmbeddedHdfs;
let fixture: HdfsFixture;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-hdfs-restore-'));
  hdfs = await createHdfs({ folder: join(folder, 'hdfs') });
  await hdfs.start();
  fixture = openHdfsFixture(hdfs, ['/data/a', '/data/b']);
  await fixture.dfs.mkdirs('/set');
  await fixture.dfs.create('/set/file', Buffer.from('of the set'));
});
afterAll(async () => {
  await hdfs?.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await fixture.dfs.remove('/data');
  for (const path of ['/data/a', '/data/b']) await write(path, 'before');
  expect(await fixture.traces()).toEqual([]);
});

const trees = (...to: string[]): SetTree[] => to.map((path, number) => ({ number, path: `/data/${number}`, to: path }));
const hidden = (what: string, number = 0, of = label) => `/data/.cairn-${what}_${of}_${number}`;
const write = (path: string, content: string) => fixture.dfs.create(`${path}/file`, Buffer.from(content));
const holds = async (path: string, content: string) =>
  expect(await fixture.tree(path)).toEqual([`${path}/file ${content}`]);

async function prepareAndCopy(set: readonly SetTree[], of = label): Promise<void> {
  for (const { location } of await fixture.source.prepare(fixture.spec, set, of, noControl()))
    await fixture.copy({ from: { uri: `${hdfs.uri}/set` }, to: location });
}

async function restore(set: readonly SetTree[], of = label): Promise<void> {
  await prepareAndCopy(set, of);
  await fixture.source.adopt(fixture.spec, set, of, noControl());
}

async function revert(set: readonly SetTree[], source = fixture.source): Promise<void> {
  for (const tree of await source.revert(fixture.spec, set, label)) await fixture.copy(tree);
}

const saying = (kind: string, ...said: string[]) =>
  expect.objectContaining({
    kind,
    message: expect.stringMatching(new RegExp(said.map((part) => `(?=[^]*${part})`).join(''))),
  });

/** Killed when what was there is kept and nothing is in its place yet; then somebody makes the directory again. */
async function madeMeanwhile(set: readonly SetTree[], make: () => Promise<void>): Promise<void> {
  await prepareAndCopy(set);
  await fixture.dfs.rename('/data/a', hidden('before'));
  await make();
}

describe('a directory that somebody makes while it is being replaced', () => {
  const set = trees('/data/a');
  const strangers = async () => write('/data/a', 'of a stranger');
  const left = saying('conflict', hidden('other'), 'somebody else made of /data/a');

  it('is kept aside and told of when the restoration goes on, also when that is killed in between', async () => {
    const { source, spec, dfs } = fixture;
    for (const how of ['sent', 'unsent'] as const) {
      for (let [n, wasCut] = [1, true]; wasCut; n += 1) {
        await madeMeanwhile(set, strangers);
        const cut = cutAt(n, how);
        await openHdfsSource({ login: cut.login }).adopt(spec, set, label, noControl()).catch(unlessKilled);
        wasCut = cut.wasCut();
        await source.adopt(spec, set, label, noControl());
        await holds('/data/a', 'of the set');
        await holds(hidden('before'), 'before');
        for (const _ of [1, 2]) await expect(source.forget(spec, set, label)).rejects.toEqual(left);
        await holds('/data/a', 'of the set');
        await holds(hidden('other'), 'of a stranger');
        expect(await fixture.traces()).toEqual([hidden('other')]);
        for (const path of [hidden('other'), '/data/a']) await dfs.remove(path);
        await write('/data/a', 'before');
      }
    }
  });

  it('is kept aside when the state before is brought back, also when that is killed in between', async () => {
    const { source, spec, dfs } = fixture;
    for (const how of ['sent', 'unsent'] as const) {
      for (let [n, wasCut] = [1, true]; wasCut; n += 1) {
        await madeMeanwhile(set, strangers);
        const cut = cutAt(n, how);
        await revert(set, openHdfsSource({ login: cut.login })).catch(unlessKilled);
        wasCut = cut.wasCut();
        await revert(set);
        await holds('/data/a', 'before');
        await expect(source.forget(spec, set, label)).rejects.toEqual(left);
        await holds('/data/a', 'before');
        await holds(hidden('other'), 'of a stranger');
        expect(await fixture.traces()).toEqual([hidden('other')]);
        await dfs.remove(hidden('other'));
      }
    }
  });

  it('is kept aside also where nothing was before, and when it is empty', async () => {
    const [{ source, spec, dfs }, there] = [fixture, trees('/data/new')];
    await prepareAndCopy(there);
    await dfs.create(hidden('before'), Buffer.from('there was nothing\n'));
    await dfs.mkdirs('/data/new');
    await source.adopt(spec, there, label, noControl());
    await holds('/data/new', 'of the set');
    expect(await dfs.status(hidden('other'))).toMatchObject({ type: 'directory' });
    await revert(there);
    await expect(source.forget(spec, there, label)).rejects.toEqual(saying('conflict', hidden('other')));
    expect(await dfs.status('/data/new')).toBeUndefined();
    expect(await fixture.traces()).toEqual([hidden('other')]);
  });

  it('is refused as a conflict when two were made one after the other, and neither is lost', async () => {
    const { source, spec, dfs } = fixture;
    await madeMeanwhile(set, strangers);
    await dfs.rename('/data/a', hidden('other'));
    await write('/data/a', 'of another stranger');
    await expect(source.adopt(spec, set, label, noControl())).rejects.toEqual(saying('conflict', hidden('other')));
    await holds('/data/a', 'of another stranger');
    await holds(hidden('other'), 'of a stranger');
    await holds(hidden('before'), 'before');
    for (const path of [hidden('other'), '/data/a']) await dfs.remove(path);
    await revert(set);
    await source.forget(spec, set, label);
    await holds('/data/a', 'before');
  });
});

describe('two attempts at once', () => {
  /** The second does all that it has to do at the nth request of the first, before that arrives. */
  function interrupted(n: number, second: () => Promise<unknown>) {
    let requests = 0;
    const login: Login = {
      ...root,
      async send(url, outgoing) {
        requests += 1;
        if (requests === n) await second();
        return root.send(url, outgoing);
      },
    };
    return { source: openHdfsSource({ login }), wasReached: () => requests >= n };
  }

  it.each(['/data/a', '/data/new'])(
    'of putting a tree live at %s both end with it, whatever their steps',
    async (to) => {
      const [{ source, spec }, set] = [fixture, trees(to)];
      for (let [n, wasReached] = [1, true]; wasReached; n += 1) {
        await prepareAndCopy(set);
        const first = interrupted(n, () => source.adopt(spec, set, label, noControl()));
        await first.source.adopt(spec, set, label, noControl());
        wasReached = first.wasReached();
        await holds(to, 'of the set');
        await revert(set);
        await source.forget(spec, set, label);
        if (to === '/data/a') await holds(to, 'before');
        expect(await fixture.traces()).toEqual([]);
      }
    },
  );

  it.each(['/data/a', '/data/new'])('of bringing back what was at %s both end with that', async (to) => {
    const [{ source, spec, dfs }, set] = [fixture, trees(to)];
    for (let [n, wasReached] = [1, true]; wasReached; n += 1) {
      await restore(set);
      const first = interrupted(n, () => source.revert(spec, set, label));
      await first.source.revert(spec, set, label);
      wasReached = first.wasReached();
      await source.forget(spec, set, label);
      if (to === '/data/a') await holds(to, 'before');
      else expect(await dfs.status(to)).toBeUndefined();
      expect(await fixture.traces()).toEqual([]);
    }
  });
});

describe('a restoration that is live', () => {
  const all = ['/data/a', '/data/b'] as const;

  it.each(['sent', 'unsent'] as const)(
    'is never mixed with what was before, wherever forgetting it is cut (%s) and then reverted',
    async (how) => {
      const [{ source, spec }, set] = [fixture, trees(...all)];
      for (let [n, wasCut] = [1, true]; wasCut; n += 1) {
        await restore(set);
        const cut = cutAt(n, how);
        await openHdfsSource({ login: cut.login }).forget(spec, set, label).catch(unlessKilled);
        wasCut = cut.wasCut();
        const isBegun = n > 1 || how === 'sent';
        await revert(set);
        for (const to of all) await holds(to, isBegun ? 'of the set' : 'before');
        await source.forget(spec, set, label);
        expect(await fixture.traces()).toEqual([]);
        for (const to of all) await fixture.dfs.create(`${to}/file`, Buffer.from('before'), { overwrite: true });
      }
    },
  );

  it('may be begun once more: what was before is in use again until it is put live again', async () => {
    const [{ source, spec }, set] = [fixture, trees(...all)];
    await restore(set);
    await prepareAndCopy(set);
    for (const to of all) await holds(to, 'before');
    await source.adopt(spec, set, label, noControl());
    for (const to of all) await holds(to, 'of the set');
    await revert(set);
    await source.forget(spec, set, label);
    for (const to of all) await holds(to, 'before');
    expect(await fixture.traces()).toEqual([]);
  });
});

describe('what could not be forgotten', () => {
  const set = trees('/data/a', '/data/b');

  it('is named, with how to remove it by hand, also when HDFS does not answer', async () => {
    const { source, spec, dfs } = fixture;
    await dfs.allowSnapshots('/data/b');
    await restore(set);
    const snapshot = `snapshot cairn-before_${label}`;
    const down = openHdfsSource({ login: failing(() => true) });
    await expect(down.forget(spec, set, label)).rejects.toEqual(
      saying(
        'unavailable',
        'down here',
        hidden('before'),
        `${snapshot} of /data/b`,
        'HINT',
        '-rm -r',
        '-deleteSnapshot',
      ),
    );
    const halfDown = openHdfsSource({ login: failing(({ method }) => method === 'DELETE') });
    const error: unknown = await halfDown.forget(spec, set, label).catch((thrown: unknown) => thrown);
    expect(error).toEqual(saying('unavailable', 'down here', hidden('before'), `${snapshot} of /data/b`));
    expect((error as Error).message).not.toContain(`${snapshot} of /data/a`);
    await source.forget(spec, set, label);
    expect(await fixture.traces()).toEqual(['/data/b allowed']);
    await dfs.disallowSnapshots('/data/b');
  });

  it('goes with the next restoration to the same place that succeeds, and nothing of others goes', async () => {
    const { source, spec, dfs } = fixture;
    await dfs.mkdirs('/data/c');
    await dfs.allowSnapshots('/data/c');
    const places = ['/data/a', '/data/b', '/data/c'];
    await restore(trees(...places), older);
    const later = trees('/data/c', '/data/a');
    await restore(later);
    // Not ones that cairn has made, or not for these places.
    for (const path of [hidden('before', 7, older), hidden('other', 0, older), '/data/.cairn-before'])
      await dfs.mkdirs(path);
    await dfs.createSnapshot('/data/c', 'cairn-before');
    await source.forget(spec, later, label);
    expect((await fixture.traces()).filter((trace) => !trace.includes('trusted.cairn.adopted'))).toEqual([
      '/data/c allowed',
      '/data/c has cairn-before',
      '/data/.cairn-before',
      hidden('before', 1, older),
      expect.stringContaining('trusted.cairn.before='),
      hidden('before', 7, older),
      hidden('other', 0, older),
    ]);
    for (const to of places) await holds(to, 'of the set');
    await dfs.deleteSnapshot('/data/c', 'cairn-before');
    await dfs.disallowSnapshots('/data/c');
  });

  it('stays when the next restoration to the same place is reverted', async () => {
    const { source, spec } = fixture;
    await restore(set, older);
    await restore(set);
    await revert(set);
    await source.forget(spec, set, label);
    for (const number of [0, 1]) await holds(hidden('before', number, older), 'before');
  });
});

function failing(isFailing: (request: { method?: string }) => boolean): Login {
  return {
    ...root,
    async send(url, outgoing) {
      if (isFailing(outgoing)) throw new BackupError('unavailable', 'down here');
      return root.send(url, outgoing);
    },
  };
}
