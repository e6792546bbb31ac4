import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkEdits } from '../../sources/name-node-edits';
import { segment } from '../fakes/name-node-data';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'cairn-edits-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function check(bytes: Buffer, start: number, end: number): Promise<void> {
  const file = join(folder, 'edits');
  await writeFile(file, bytes);
  await checkEdits(file, { start, end });
}

test('a whole segment passes, whatever the size of its transactions', async () => {
  await check(segment(1, 2, { bodyBytes: 0 }), 1, 2);
  await check(segment(5_000_000_000, 5_000_002_000), 5_000_000_000, 5_000_002_000);
  await check(segment(7, 9, { bodyBytes: 3 * 1024 * 1024 + 5 }), 7, 9);
});

test('bytes that a crash left behind the end do no harm', async () => {
  for (const padding of [1, 12, 13, 5_000, 2 * 1024 * 1024]) await check(segment(1, 5, { padding }), 1, 5);
});

test('each single wrong byte behind the header is found', async () => {
  const whole = segment(1, 4, { bodyBytes: 11 });
  for (let at = 8; at < whole.length; at += 1) {
    for (const flip of [0x01, 0x80]) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= flip;
      await expect(check(damaged, 1, 4)).rejects.toMatchObject({ kind: 'corrupt' });
    }
  }
});

test('a segment that is cut off anywhere is found', async () => {
  const whole = segment(1, 4, { bodyBytes: 11 });
  for (let length = 0; length < whole.length; length += 1) {
    await expect(check(whole.subarray(0, length), 1, 4)).rejects.toMatchObject({ kind: 'corrupt' });
  }
});

test('a segment of other transactions than its name says is found', async () => {
  for (const [start, end] of [
    [1, 3],
    [1, 5],
    [2, 4],
    [0, 4],
  ] as const) {
    await expect(check(segment(1, 4), start, end)).rejects.toMatchObject({ kind: 'corrupt' });
  }
  const twice = Buffer.concat([segment(1, 4), segment(1, 4).subarray(8)]);
  await expect(check(twice, 1, 8)).rejects.toMatchObject({ kind: 'corrupt' });
});

test('data behind the padding is found', async () => {
  const hidden = Buffer.concat([segment(1, 4, { padding: 100 }), Buffer.from('x')]);
  await expect(check(hidden, 1, 4)).rejects.toMatchObject({ kind: 'corrupt' });
});

test('the format of before Hadoop 2.4 is named as what cannot be read', async () => {
  await expect(check(segment(1, 4, { layoutVersion: -55 }), 1, 4)).rejects.toMatchObject({ kind: 'unsupported' });
  await check(segment(1, 4, { layoutVersion: -56 }), 1, 4);
  for (const layoutVersion of [1, 0, -100_000]) {
    await expect(check(segment(1, 4, { layoutVersion }), 1, 4)).rejects.toMatchObject({ kind: 'corrupt' });
  }
});
