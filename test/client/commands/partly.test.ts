import { BackupError } from '../../../model/errors';
import type { RunResult } from '../../../client';
import { openFolderSource } from '../../fakes/folder-source';
import type { FakeCluster } from '../../kit/stage';
import { openGround, type Ground } from '../cluster';

let ground: Ground;
beforeAll(async () => {
  ground = await openGround(withTwoParts);
  await ground.apply('nn');
});
afterAll(() => ground?.close());

/** A cluster of whose source the second part cannot be dumped. */
function withTwoParts(cluster: FakeCluster): FakeCluster {
  const source = openFolderSource(cluster.data, cluster.script);
  const dump: typeof source.dump = async (spec, into, control) => {
    if (spec === 'broken') throw new BackupError('precondition', 'the second one is broken');
    return await source.dump(spec, into, control);
  };
  const parts = ['', 'broken'].map((spec, place) => ({
    part: `ns${place + 1}`,
    writtenAs: `NameNode-ns${place + 1}`,
    spec,
    dumpHosts: [],
    loadHosts: [],
  }));
  const openSource = () => ({ source: { ...source, dump } as never, parts: () => parts });
  return { ...cluster, plugins: { ...cluster.plugins, openSource } };
}

it('a run that made some of its sets ends with 3; those stand, and can be chosen', async () => {
  const { code, json } = await ground.cairn('task start nn --wait --json');
  const { outcome, parts } = json<RunResult>();
  expect(outcome).toBe('Failed');
  expect(parts).toMatchObject([
    { part: 'ns1', outcome: 'Successful' },
    { part: 'ns2', outcome: 'Failed', reason: 'the second one is broken' },
  ]);
  expect(code).toBe(3);
  expect(await ground.setsOf('nn')).toEqual([parts[0]!.set]);
  expect((await ground.cairn('restoration create back --run nn@latest --json')).json()).toMatchObject({
    sets: [parts[0]!.set],
  });
});

it('a run of which several sets failed names all of them, in its record and in the list', async () => {
  ground.cluster.script.errors = { dump: [new BackupError('denied', 'the first one is shut', { hint: 'open it' })] };
  const { code, json } = await ground.cairn('task start nn --wait --json');
  const reason =
    'nameNode ns1, nameNode ns2 failed; nameNode ns1: the first one is shut; nameNode ns2: the second one is broken HINT: open it';
  expect(json<RunResult>()).toMatchObject({ outcome: 'Failed', reason });
  expect(code).toBe(1);
  expect((await ground.cairn('task list --json')).json()).toMatchObject([{ name: 'nn', reason }]);
});
