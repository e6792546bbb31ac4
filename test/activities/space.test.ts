import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Plugins } from '../../activities/plugins';
import { createSpaceActivities, type SpaceRule } from '../../activities/space';

/** Failures are what these tests are about: nobody needs to read of them. */
const logger = new DefaultLogger('ERROR');
const GiB = 1024 ** 3;
const rule: SpaceRule = {
  cluster: '1',
  source: 'nameNode',
  target: { kind: 'localDir' },
  freeLocalBytes: 20 * GiB,
  maxLocalBytes: 600 * GiB,
};

/** The LocalBackup partition has so much free and sets take so much. */
function disk(freeBytes: number, usedBytes: number, needsFreeDisk = true) {
  const target = { freeBytes: () => Promise.resolve(freeBytes), [Symbol.asyncDispose]: () => Promise.resolve() };
  const { checkSpace } = createSpaceActivities({
    openTarget: () => ({ target, root: '1', usedBytes: () => Promise.resolve(usedBytes) }),
    openSource: () => ({ source: { traits: { needsFreeDisk } } }),
  } as unknown as Plugins);
  return { checkSpace: (asked: SpaceRule) => new MockActivityEnvironment({}, { logger }).run(checkSpace, asked) };
}

test('a source of the 20 GB rule starts with exactly that much free, and not with a byte less', async () => {
  await disk(20 * GiB, 0).checkSpace(rule);
  await expect(disk(20 * GiB - 1, 0).checkSpace(rule)).rejects.toMatchObject({
    kind: 'full',
    message: expect.stringMatching(/20\.0 GiB.*HINT/s) as string,
  });
});

test('another source does not know the 20 GB rule', async () => {
  await disk(0, 0, false).checkSpace(rule);
});

test('sets on the local disk that take 600 GB refuse the next one', async () => {
  await disk(100 * GiB, 600 * GiB - 1).checkSpace(rule);
  await expect(disk(100 * GiB, 600 * GiB).checkSpace(rule)).rejects.toMatchObject({ kind: 'full' });
});

test('the 600 GB rule is for targets on the local disk, the 20 GB rule for every target', async () => {
  const elsewhere = { ...rule, target: { kind: 'sftp' } as unknown as SpaceRule['target'] };
  await disk(100 * GiB, 900 * GiB).checkSpace(elsewhere);
  await expect(disk(GiB, 0).checkSpace(elsewhere)).rejects.toMatchObject({ kind: 'full' });
});
