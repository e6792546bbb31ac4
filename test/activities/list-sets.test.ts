import { MockActivityEnvironment } from '@temporalio/testing';
import { createHostActivities } from '../../activities';
import type { Plugins } from '../../activities/plugins';
import { putDataManifest } from '../../sets/manifest';
import { anyDataManifest, namesFor, type Place, placeWithSnapshots } from '../sets/data-fixture';

const bytesOfAPayload = 64 * 1024;
const path = (number: number) => `/${'long'.repeat(250)}${number}`;

/** A set that names many directories with long paths. */
async function makeSet(place: Place, label: string): Promise<string> {
  const names = namesFor({ label });
  const counts = { files: 0, directories: 1, bytes: 0, unverified: 0, index: [] };
  const trees = Array.from({ length: 10 }, (_, number) => ({ number, path: path(number), ...counts }));
  await place.target.snapshots!.open(names.folder);
  await putDataManifest(place.target, names, anyDataManifest({ label }, trees));
  await place.target.snapshots!.create(names.folder, label);
  return names.name;
}

test('a page of sets stays below the largest payload, and the pages together tell all sets once', async () => {
  const place = placeWithSnapshots();
  const made: string[] = [];
  for (let n = 10; n < 20; n += 1) made.push(await makeSet(place, `202403011200${n}`));
  const plugins = { openTarget: () => ({ target: place.target, root: '' }) } as unknown as Plugins;
  const { listSets } = createHostActivities(plugins);
  const told: string[] = [];
  let pages = 0;
  for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
    const asked = { cluster: '1', target: { kind: 'localDir' as const }, prefix: '', ...(after && { after }) };
    const page: Awaited<ReturnType<typeof listSets>> = await new MockActivityEnvironment().run(listSets, asked);
    expect(JSON.stringify(page).length).toBeLessThan(bytesOfAPayload);
    told.push(...page.sets.map(({ name }) => name));
    after = page.next;
    pages += 1;
  }
  expect(told).toEqual(made);
  expect(pages).toBeGreaterThan(1);
});
