import { noControl } from '../../model/control';
import { simpleLogin } from '../../servers/login';
import { openHdfsTarget } from '../../targets/hdfs';
import { bodyOf, namesBelow, read } from '../../targets/conformance/tools';
import { type HaHdfs, startHaHdfs } from '../servers/ha-hdfs';
import { expectLongBody } from './cut-off-puts';
import { longBody, MiB } from './long-body';

let ha: HaHdfs;

beforeAll(async () => {
  ha = await startHaHdfs();
});
afterAll(() => ha?.end());

const openTarget = () => openHdfsTarget({ hdfs: ha.address, path: '/backup', login: simpleLogin({ user: 'root' }) });

describe('an HDFS target on two NameNodes', () => {
  it('goes to the active one, and to the other one once that is active', async () => {
    const target = openTarget();
    await target.put('a/before', bodyOf('before'));
    await ha.handOver();
    await target.put('a/after', bodyOf('after'));
    expect(String(await read(target, 'a/before'))).toBe('before');
    expect(await namesBelow(openTarget(), '')).toEqual(['a/after', 'a/before']);
    expect(await target.freeBytes?.()).toBeGreaterThan(0);
  });

  it('stores a large object right through a fail-over in the middle, at once or when it is tried again', async () => {
    const target = openTarget();
    let failingOver: Promise<void> | undefined;
    const report = ({ bytes = 0 }) => void (bytes > 70 * MiB && (failingOver ??= ha.failOver()));
    const body = longBody('long', 160);
    const first = target.put('a/large', body.body, { ...noControl(), report });
    const outcome: unknown = await first.catch((error: unknown) => error);
    await failingOver;
    if (outcome instanceof Error) {
      expect(outcome).toMatchObject({ kind: 'unavailable' });
      await target.put('a/large', body.body);
      expect(body.asked.at(-1)).toBeGreaterThanOrEqual(64 * MiB);
    }
    await expectLongBody(target, 'a/large', 160);
    expect(await namesBelow(target, '')).toEqual(['a/after', 'a/before', 'a/large']);
  });
});
