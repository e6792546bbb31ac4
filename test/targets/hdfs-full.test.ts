import { BackupError } from '../../model/errors';
import type { BackupTarget } from '../../model/target';
import { simpleLogin } from '../../servers/login';
import { openWebHdfs } from '../../servers/webhdfs';
import { bodyOf, read } from '../../targets/conformance/tools';
import { type RealHdfs, startRealHdfs } from '../servers/real-hdfs';
import { openHdfsAt, pathsIn } from './hdfs-place';

const MiB = 1024 * 1024;
/** A block has 1 MiB here, the least that HDFS allows. A quota counts a whole one as soon as it is begun. */
const smallBlocks = { 'dfs.blocksize': String(MiB) };
const places = 40;
const path = '/backup';

describe('an HDFS target without room:', () => {
  let real: RealHdfs;
  let target: BackupTarget;
  beforeAll(async () => {
    real = await startRealHdfs({ properties: smallBlocks });
    target = targetOn(real);
    await target.put('a/object', bodyOf('old'));
  });
  afterAll(() => real?.end());

  /** By WebHDFS: Hadoop's command takes seconds for each. */
  async function setSpaceQuota(bytes: number): Promise<void> {
    const query = `op=SETQUOTA&user.name=root&storagespacequota=${bytes}`;
    const { ok, status } = await fetch(`${real.hdfs.httpAddress}/webhdfs/v1${path}?${query}`, { method: 'PUT' });
    expect([ok, status]).toEqual([true, 200]);
  }

  it.each([
    ['an object', () => bodyOf(Buffer.alloc((places + 1) * MiB))],
    ['one that may be gone on with', () => ({ ...bodyOf(Buffer.alloc((places + 1) * MiB)), id: 'a-body' })],
  ] as const)('a space quota that ends at any of 40 blocks of %s is full, and nothing is left', async (_, body) => {
    for (let blocks = places; blocks >= 1; blocks -= 1) {
      await setSpaceQuota(blocks * MiB);
      expect(await failureOf(() => target.put('a/object', body()))).toMatchObject(
        full(/DSQuotaExceeded.*HINT: .*quota/s),
      );
      expect(await everythingOn(real)).toEqual(['a', 'a/object']);
      expect(String(await read(target, 'a/object'))).toBe('old');
    }
    await setSpaceQuota(1024 * MiB);
    await target.put('a/object', bodyOf('old'));
  });
});

describe('an HDFS target whose DataNodes have no room', () => {
  it('says that they may be full, and nothing is left', async () => {
    const real = await startRealHdfs({ properties: { 'dfs.datanode.du.reserved': String(2 ** 60) } });
    try {
      const target = targetOn(real);
      // HDFS cannot tell that from DataNodes that are away.
      const message = expect.stringContaining('HINT: its DataNodes are full, or not enough of them are up') as string;
      await expect(target.put('a/object', bodyOf('x'))).rejects.toMatchObject({ kind: 'unavailable', message });
      expect(await everythingOn(real)).toEqual([]);
    } finally {
      await real.end();
    }
  });
});

/**
 * A DataNode that refuses closes the connection while bytes are on their way, and what it said is lost now and then: that
 * is `unavailable`, and a run tries once more.
 */
async function failureOf(put: () => Promise<unknown>): Promise<unknown> {
  for (;;) {
    const error = await put().then(
      () => 'there was room',
      (cause: unknown) => cause,
    );
    if (!(error instanceof BackupError) || !['EPIPE', 'ECONNRESET'].includes(String(error.context['code'])))
      return error;
  }
}

const full = (text: RegExp) => ({ kind: 'full', message: expect.stringMatching(text) as string });

const targetOn = ({ hdfs }: RealHdfs) => openHdfsAt(hdfs.httpAddress, path);

const everythingOn = ({ hdfs }: RealHdfs) =>
  pathsIn(openWebHdfs([hdfs.httpAddress], simpleLogin({ user: 'root' })), path);
