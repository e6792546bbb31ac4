import { open, readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { openLocalDir } from '../../targets/local-dir';
import { randomFrom, tellSeed } from '../kit/seed';
import { expectLongBody, putThroughKills, putUntilKilled } from './cut-off-puts';
import { everythingIn, temporaryFolder } from './folders';
import { longBody, MiB } from './long-body';

const random = randomFrom(tellSeed());
const opening = (root: string) => `const target = openLocalDir({ root: ${JSON.stringify(root)} });`;

describe('localDir goes on with a large put', () => {
  it('that was killed three times: at most 64 MiB are sent again each time, and the object is right', async () => {
    const root = temporaryFolder();
    const target = openLocalDir({ root });
    const kills = [0, 1, 2].map((third) => Math.floor(((third + random()) / 3) * 1000 * MiB));
    const sentAgain = await putThroughKills(target, opening(root), 'a/object', 1024, kills);
    expect(Math.max(...sentAgain)).toBeLessThanOrEqual(64 * MiB);
    await expectLongBody(target, 'a/object', 1024);
    expect(await everythingIn(root)).toEqual(['a', 'a/object']);
  });

  it.each([
    ['other bytes', overwrite, 48],
    ['nothing', truncate, 32],
  ])('of which a power cut left %s where nothing was synced', async (_, harm, from) => {
    const root = temporaryFolder();
    const target = openLocalDir({ root });
    await putUntilKilled(opening(root), 'object', 80, 75 * MiB);
    const [part] = (await readdir(root)) as [string];
    // Of 64 MiB and a byte, the disk has 48 MiB for certain: it may still be at the others.
    expect((await stat(join(root, part))).size).toBeGreaterThan(64 * MiB);
    await harm(join(root, part), 48 * MiB + 1);
    const again = longBody('long', 80);
    await target.put('object', again.body);
    expect(again.asked).toEqual([from * MiB]);
    await expectLongBody(target, 'object', 80);
    expect(await everythingIn(root)).toEqual(['object']);
  });

  it('but not with one that is longer than the body', async () => {
    const root = temporaryFolder();
    const target = openLocalDir({ root });
    await putUntilKilled(opening(root), 'object', 80, 75 * MiB);
    const again = longBody('long', 16);
    await target.put('object', again.body);
    expect(again.asked).toEqual([0]);
    await expectLongBody(target, 'object', 16);
    expect(await everythingIn(root)).toEqual(['object']);
  });
});

async function overwrite(file: string, from: number): Promise<void> {
  const handle = await open(file, 'r+');
  const { size } = await handle.stat();
  await handle.write(Buffer.alloc(size - from, 'x'), 0, size - from, from);
  await handle.close();
}
