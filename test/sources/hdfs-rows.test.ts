import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHdfs, type EmbeddedHdfs } from '../../embedded/hdfs';
import { noControl } from '../../model/control';
import type { HdfsRow } from '../../model/hdfs';
import { openHdfsSource } from '../../sources/hdfs';
import { cutAt, type HdfsFixture, openHdfsFixture, unlessKilled } from './hdfs-fixture';

const id = { task: 'nightly', creation: '20260102030405', label: '20260203040506' };
let folder: string;
let hdfs: EmbeddedHdfs;
let fixture: HdfsFixture;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-hdfs-rows-'));
  hdfs = await createHdfs({ folder: join(folder, 'hdfs') });
  await hdfs.start();
  fixture = openHdfsFixture(hdfs, []);
  for (const path of ['/user/hive1', '/user/hive2/hive3', '/user/archive', '/user/.hive', '/data/b', '/data/漢字'])
    await fixture.dfs.mkdirs(path);
  await fixture.dfs.create('/user/hive-file', Buffer.from('no directory'));
});
afterAll(async () => {
  await hdfs?.stop();
  await rm(folder, { recursive: true, force: true });
});

const row = (under: string, matching: string): HdfsRow => ({ under, matching });
const withRows = (rows: HdfsRow[], paths: string[] = []) => ({ ...fixture.spec, paths, rows });
const resolve = async (...rows: HdfsRow[]) => (await fixture.source.resolve(withRows(rows))).paths;
const refused = (rows: HdfsRow[], kind: string, what: RegExp) =>
  expect(fixture.source.resolve(withRows(rows))).rejects.toEqual(
    expect.objectContaining({ kind, message: expect.stringMatching(what) }),
  );

describe('a row', () => {
  it('takes directories that are not hidden, by their whole names, and none below them', async () => {
    expect(await resolve(row('/user', 'hive.*'))).toEqual(['/user/hive1', '/user/hive2']);
    expect(await resolve(row('/user', '([\\s\\S]*?)'))).toEqual(['/user/archive', '/user/hive1', '/user/hive2']);
    expect(await resolve(row('/', 'da.a'), row('/user/hive2', '.*'))).toEqual(['/data', '/user/hive2/hive3']);
    expect(await resolve(row('/data', '\\p{Han}+'))).toEqual(['/data/漢字']);
  });

  it('stands beside directories that are named; how much there is counts both', async () => {
    const spec = withRows([row('/user', 'hive1')], ['/data/b']);
    expect(await fixture.source.resolve(spec)).toEqual({ paths: ['/data/b', '/user/hive1'], notes: [] });
    expect(await fixture.source.contentOf(spec)).toMatchObject({ directories: 2 });
  });

  it('is refused where its directory is absent, or a file; where nothing matches; where the expression is none', async () => {
    await refused([row('/none', '.*')], 'precondition', /HDFS has no directory \/none.*HINT/);
    await refused([row('/user/hive-file', '.*')], 'precondition', /is a file.*HINT/);
    await refused([row('/user', 'hive')], 'missing', /no directory matches \/user:hive HINT/);
    await refused([row('/user', 'hive-file|\\.hive')], 'missing', /no directory matches/);
    await refused([row('/user', '(')], 'invalid', /"\(" is not possible/);
  });

  it('is refused where people could misread a name that it matches, and where it matches too many', async () => {
    await fixture.dfs.mkdirs('/odd/a\u202eb');
    await refused([row('/odd', '.*')], 'invalid', /people could misread/);
    const names = Array.from({ length: 501 }, (_, n) => n);
    for (let from = 0; from < names.length; from += 50)
      await Promise.all(names.slice(from, from + 50).map((n) => fixture.dfs.mkdirs(`/many/${n}`)));
    await refused([row('/many', '\\d+')], 'invalid', /more than 500 directories HINT/);
    expect(await resolve(row('/many', '\\d\\d?'))).toHaveLength(100);
  });
});

it.each(['unsent', 'sent'] as const)(
  'what a run froze is given up by one who does not know what it was, wherever the run was killed (%s)',
  async (how) => {
    const rows = [row('/user', 'hive\\d')];
    const known = { ...withRows(rows), paths: await resolve(...rows) };
    await fixture.dfs.allowSnapshots('/data/b');
    await fixture.dfs.createSnapshot('/data/b', 'theirs');
    const traces = await fixture.traces();
    for (let n = 1, wasCut = true; wasCut; n += 1) {
      const cut = cutAt(n, how);
      await openHdfsSource({ login: cut.login }).freeze(known, id, noControl()).catch(unlessKilled);
      await fixture.source.release(withRows(rows), id);
      expect(await fixture.traces()).toEqual(traces);
      wasCut = cut.wasCut();
    }
    await fixture.dfs.deleteSnapshot('/data/b', 'theirs');
    await fixture.dfs.disallowSnapshots('/data/b');
  },
);
