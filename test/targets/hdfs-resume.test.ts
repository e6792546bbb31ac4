import type { Remain } from '../../model/remains';
import type { BackupTarget } from '../../model/target';
import { simpleLogin } from '../../servers/login';
import { openWebHdfs, type WebHdfs } from '../../servers/webhdfs';
import { findRemains, removeRemain } from '../../sets/remains';
import { randomFrom, tellSeed } from '../kit/seed';
import { type RealHdfs, startRealHdfs } from '../servers/real-hdfs';
import { expectLongBody, putThroughKills, putUntilKilled } from './cut-off-puts';
import { hdfsAt, openHdfsAt, pathsIn } from './hdfs-place';
import { longBody, MiB } from './long-body';

const random = randomFrom(tellSeed());
let real: RealHdfs;
let dfs: WebHdfs;

beforeAll(async () => {
  real = await startRealHdfs();
  dfs = openWebHdfs([real.hdfs.httpAddress], simpleLogin({ user: 'root' }));
});
afterAll(() => real?.end());

const hdfs = () => hdfsAt(real.hdfs.httpAddress);
const targetAt = (path: string) => openHdfsAt(real.hdfs.httpAddress, path);

/** The same target in a process of its own. */
const opening = (path: string) => `
  const { openHdfsTarget } = require('./targets/hdfs.ts');
  const { simpleLogin } = require('./servers/login.ts');
  const target = openHdfsTarget({ hdfs: ${JSON.stringify(hdfs())}, path: '${path}', login: simpleLogin({ user: 'root' }) });
`;

/** What `sets clean` of the cluster c1 finds. */
async function remainsOn(target: BackupTarget): Promise<Remain[]> {
  const scope = { cluster: 'c1', root: 'c1', now: Date.now(), taskOf: () => undefined, isChecking: async () => false };
  const found: Remain[] = [];
  for await (const remain of findRemains(target, scope)) found.push(remain);
  return found;
}

const everythingIn = (path: string) => pathsIn(dfs, path);

describe('an HDFS target goes on with a large put', () => {
  it('that was killed twice: at most 64 MiB are sent again each time, and the object is right', async () => {
    // So long a path that HDFS cannot be told all files at once that it is to join.
    const path = `/resume/${'long'.repeat(60)}/${'path'.repeat(60)}`;
    const target = targetAt(path);
    const kills = [0, 1].map((half) => Math.floor(((half + random()) / 2) * 1000 * MiB));
    const sentAgain = await putThroughKills(target, opening(path), 'a/object', 1024, kills);
    expect(Math.max(...sentAgain)).toBeLessThanOrEqual(64 * MiB);
    await expectLongBody(target, 'a/object', 1024);
    expect(await everythingIn(path)).toEqual(['a', 'a/object']);
  });

  it('that was cut off when its files were joined already', async () => {
    const path = '/resume/joined';
    await putUntilKilled(opening(path), 'object', 80, 75 * MiB);
    const [part] = (await everythingIn(path)) as [string];
    const rest = longBody('long', 80).body.open(64 * MiB);
    await dfs.remove(`${path}/${part}/${String(64 * MiB).padStart(16, '0')}`);
    await dfs.create(`${path}/${part}/rest`, await rest);
    const first = `${path}/${part}/${'0'.padStart(16, '0')}`;
    await dfs.concat(first, [`${path}/${part}/${String(32 * MiB).padStart(16, '0')}`, `${path}/${part}/rest`]);
    const again = longBody('long', 80);
    await targetAt(path).put('object', again.body);
    expect(again.asked).toEqual([80 * MiB]);
    await expectLongBody(targetAt(path), 'object', 80);
    expect(await everythingIn(path)).toEqual(['object']);
  });

  it('and where none comes, `sets clean` tells it as one remain and removes it, though nothing else lies in its folder', async () => {
    const [path, folder] = ['/resume/never', 'c1/nn_20260101000000'];
    await putUntilKilled(opening(path), `${folder}/3.3.0_NameNode_20260102000000.tar.gz`, 80, 75 * MiB);
    const target = targetAt(path);
    const name = expect.stringMatching(`^${folder}/.cairn-part-[^/]+$`) as string;
    const large = { kind: 'upload', name, bytes: expect.any(Number) as number };
    expect(await remainsOn(target)).toEqual([large]);
    // Two in one folder: it is gone when the second one is removed.
    await dfs.create(`${path}/${folder}/.cairn-part-small`, Buffer.from('half'));
    const remains = await remainsOn(target);
    expect(remains).toEqual([large, { kind: 'upload', name: `${folder}/.cairn-part-small`, bytes: 4 }]);
    expect(remains[0]!.bytes).toBeGreaterThanOrEqual(64 * MiB);
    for (const remain of remains) await removeRemain(target, remain, async () => undefined);
    expect(await everythingIn(path)).toEqual([]);
    expect(await remainsOn(target)).toEqual([]);
  });

  it('and with another one where HDFS joins no files, as somebody made a snapshot of them: it is sent whole then', async () => {
    const path = '/resume/frozen/cairn';
    await dfs.mkdirs(path);
    await dfs.allowSnapshots('/resume/frozen');
    await putUntilKilled(opening(path), 'object', 80, 75 * MiB);
    await dfs.createSnapshot('/resume/frozen', 'daily');
    const again = longBody('long', 80);
    await targetAt(path).put('object', again.body);
    expect(again.asked).toEqual([64 * MiB, 0]);
    await expectLongBody(targetAt(path), 'object', 80);
    expect(await everythingIn(path)).toEqual(['object']);
  });

  it('but not in a directory whose name has a comma, which HDFS would take for the end of a path', async () => {
    const path = '/resume/a,b';
    await putUntilKilled(opening(path), 'object', 80, 75 * MiB);
    const again = longBody('long', 80);
    await targetAt(path).put('object', again.body);
    expect(again.asked).toEqual([0]);
    await expectLongBody(targetAt(path), 'object', 80);
    expect(await everythingIn(path)).toEqual(['object']);
  });
});
