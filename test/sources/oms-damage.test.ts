import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { noteName, type OmsNote, readNote, sealed } from '../../sources/oms-note';
import { randomFrom, tellSeed } from '../kit/seed';
import { describeWhere } from '../kit/skip';
import { withoutPostgres } from '../servers/postgres';
import { newFolder } from './oms-fixture';
import { dump, endAll, folder, held, load, manager, startAll, told } from './oms-ground';

/** A copy of the dump whose note somebody has written anew. */
async function withNote(change: (note: OmsNote) => OmsNote): Promise<string> {
  const copy = await newFolder(folder);
  await cp(dump, copy, { recursive: true });
  await writeFile(join(copy, noteName), sealed(change(await readNote(copy))));
  return copy;
}

describeWhere(withoutPostgres)('a damaged dump of the manager', () => {
  beforeAll(startAll);
  afterAll(endAll);

  test('a dump of which any byte was changed is corrupt, and nothing is touched', async () => {
    const random = randomFrom(tellSeed());
    const files = (await readdir(dump, { recursive: true, withFileTypes: true }))
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name).slice(dump.length + 1));
    for (let round = 0; round < 60; round += 1) {
      const name = files[Math.floor(random() * files.length)]!;
      const bytes = await readFile(join(dump, name));
      if (bytes.length === 0) continue;
      const copy = await newFolder(folder);
      await cp(dump, copy, { recursive: true });
      const at = Math.floor(random() * bytes.length);
      bytes[at] = bytes[at]! ^ (1 + Math.floor(random() * 255));
      await writeFile(join(copy, name), bytes);
      expect(await told(load(copy))).toMatchObject({ kind: 'corrupt' });
      await rm(copy, { recursive: true });
    }
    expect(await manager.read()).toEqual(held);
  });

  const evil: [
    string,
    (found: OmsNote['configuration'][number]['found']) => OmsNote['configuration'][number]['found'],
  ][] = [
    ['a path that leads out', (found) => found.map((one) => (one.path === 'empty' ? { ...one, path: '../out' } : one))],
    [
      'a file behind a link',
      (found) => found.flatMap((one) => (one.path === 'dangling' ? [one, { ...one, path: 'dangling/x' }] : [one])),
    ],
    ['a path that stands twice', (found) => [...found, found.at(-1)!]],
    [
      'bytes that lie elsewhere',
      (found) =>
        found.map((one) =>
          one.what.kind === 'file' ? { ...one, what: { ...one.what, at: '../../etc/passwd' } } : one,
        ),
    ],
  ];
  test.each(evil)('a note with %s is corrupt, and nothing is touched', async (_, change) => {
    const copy = await withNote((note) => ({
      ...note,
      configuration: note.configuration.map((one) => ({ ...one, found: change(one.found) })),
    }));
    expect(await told(load(copy))).toMatchObject({ kind: 'corrupt' });
    expect(await manager.read()).toEqual(held);
  });
});
