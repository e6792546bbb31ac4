import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeDataSource } from '../conformance/data-source';
import { copyFolder } from './folder-copier';
import { openFolderDataSource } from './folder-data-source';
import { locationOf } from './folder-tree';

let root: string;
afterAll(() => rm(root, { recursive: true, force: true }));

describeDataSource('a source of local folders', async () => {
  root = await mkdtemp(join(tmpdir(), 'cairn-folders-'));
  const paths = ['/data/a', '/data/b'];
  let changes = 0;
  return {
    source: openFolderDataSource(),
    spec: { root, paths },
    paths,
    change: async (path) => {
      changes += 1;
      await rm(join(root, path, `sub ${changes - 4}`), { recursive: true, force: true });
      await mkdir(join(root, path, `sub ${changes}`), { recursive: true });
      await writeFile(join(root, path, 'same'), `content ${changes}`);
    },
    locate: (path) => locationOf(join(root, path)),
    copy: copyFolder,
    newPath: () => `/new/${(changes += 1)}/place`,
    forgetNew: () => rm(join(root, 'new'), { recursive: true, force: true }),
    traces: async () => (await readdir(root, { recursive: true })).filter((name) => name.startsWith('.')).sort(),
  };
});
