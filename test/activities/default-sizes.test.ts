import { notesOfSizes } from '../../activities/default-sizes';
import type { BackUpStep } from '../../activities/plan';
import type { Plugins } from '../../activities/plugins';
import { BackupError } from '../../model/errors';
import type { BackupTarget, Stored } from '../../model/target';

const GiB = 1024 ** 3;
const folder = 'c1/default-c1_20260101000000';
const setAt = (label: string, writtenAs = 'NameNode') => `${folder}/3.3.0_${writtenAs}_${label}`;
const archive = (set: string, bytes: number): Stored => ({ name: `${set}.tar.gz`, bytes });

const step = { cluster: 'c1', task: 'default-c1', source: 'nameNode', target: { kind: 'localDir' } } as BackUpStep;
const name = setAt('20260103000000');

async function notes(
  stored: readonly Stored[],
  { version = '3.3.0', archiveBytes = 1, surplus = [] as string[], of = step } = {},
) {
  const plugins = { facts: () => ({ id: 'c1', version }) } as unknown as Plugins;
  const list = async function* () {
    yield* stored;
  };
  return await notesOfSizes(plugins, of, { list } as unknown as BackupTarget, { name, archiveBytes, surplus });
}

test('sets within the sizes of the product are worth no word', async () => {
  expect(await notes([archive(name, 480 * GiB)], { archiveBytes: 20 * GiB })).toEqual([]);
});

test('a set above its size and a folder above its room are each told', async () => {
  expect(await notes([archive(name, 480 * GiB + 1)], { archiveBytes: 21 * GiB })).toEqual([
    "warning: the set has 21.0 GiB, a default task's set of nameNode is expected to have at most 20.0 GiB",
    expect.stringMatching(/its sets of nameNode take 480.0 GiB of LocalBackup, .* at most 480.0 GiB. HINT: /),
  ]);
});

test('product 2.x has smaller sizes, and another task', async () => {
  const of = { ...step, task: 'default' };
  const told = await notes([archive(name, 3 * GiB + 1)], { version: '2.1.0', archiveBytes: 1.6 * GiB, of });
  expect(told).toEqual([expect.stringContaining('at most 1.5 GiB'), expect.stringContaining('at most 3.0 GiB')]);
});

test('what counts are the sets of this source, of all its parts, but for those that go', async () => {
  const old = setAt('20260101000000');
  const half = 240 * GiB;
  const sets = [archive(name, half), archive(setAt('20260102000000', 'NameNode-ns2'), half)];
  const others = [
    archive(setAt('20260102000000', 'OMS'), half),
    { name: `${folder}/foreign`, bytes: half },
    archive(old, half),
  ];
  expect(await notes([...sets, ...others], { surplus: [old] })).toEqual([]);
  expect(await notes([...sets, ...others])).toHaveLength(1);
});

test('on a target elsewhere only the size of the set is looked at; of any other task nothing', async () => {
  const target = { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' } as const;
  const sizes = { archiveBytes: 21 * GiB };
  expect(await notes([archive(name, 999 * GiB)], { ...sizes, of: { ...step, target } })).toHaveLength(1);
  expect(await notes([archive(name, 999 * GiB)], { ...sizes, of: { ...step, task: 'other' } })).toEqual([]);
});

test('a folder that cannot be looked at is told, and no error', async () => {
  const plugins = { facts: () => ({ id: 'c1', version: '3.3.0' }) } as unknown as Plugins;
  const list = () => {
    throw new BackupError('unavailable', 'the disk does not answer');
  };
  const target = { list } as unknown as BackupTarget;
  expect(await notesOfSizes(plugins, step, target, { name, archiveBytes: 1, surplus: [] })).toEqual([
    'what its sets take could not be looked at: the disk does not answer',
  ]);
});
