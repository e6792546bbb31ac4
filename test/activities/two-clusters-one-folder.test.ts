import type { Committed } from '../../activities/back-up';
import { noControl } from '../../model/control';
import { setNames } from '../../sets/layout';
import { verifySet } from '../../sets/verify';
import { createMemoryTarget, type Objects } from '../fakes/memory-target';
import { allSteps, named, type Step, stepsOf } from './steps-ground';

/** As `cairn apply` makes them for one file: tasks of one name, created in the same second, that start in the same second. */
let objects: Objects;

beforeEach(() => {
  objects = new Map();
});

const foreign = (id: string) => ({
  type: 'conflict',
  message: expect.stringContaining(`holds sets of cluster ${id}`) as string,
});

/** What is promised of a set that a run has told of: it is there, it is right, and it is of that cluster. */
async function expectSetOf(id: string) {
  const { name, manifest } = setNames({ ...named, root: '', version: '3.3.0' });
  expect(JSON.parse(objects.get(manifest)!.toString())).toMatchObject({ cluster: { id } });
  expect(await verifySet(createMemoryTarget(objects), name, 'content', noControl())).toMatchObject({ problems: [] });
}

test.each<[string, Step[], Step[]]>([
  ['begins', [], ['dumpSource']],
  ['is about to upload', ['dumpSource', 'archiveDump'], ['storeArchive']],
  ['is about to make its set', ['dumpSource', 'archiveDump', 'storeArchive'], ['commitSet']],
])('a run that %s when another cluster has made a set there is refused, and harms nothing', async (_, before, next) => {
  const [one, other] = [await stepsOf('one', objects), await stepsOf('other', objects)];
  await other(...before);
  const made = (await one(...allSteps)) as Committed;
  expect(made).toMatchObject({ surplus: [] });
  await expect(other(...next)).rejects.toMatchObject(foreign('one'));
  await other('releaseBackUp');
  await expectSetOf('one');
});
