import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../../model/errors';
import type { BackupTarget, TargetSnapshots } from '../../model/target';
import { openLocalDir } from '../../targets/local-dir';
import { locationOf, openFolderTree } from './folder-tree';

/** Where the snapshots of a folder lie, each a copy of it. */
const snapshots = '.snapshot';

/** A local folder whose folders may have snapshots, so that a folder copier can write to it: for tests of runs. */
export function openFolderTarget(root: string): BackupTarget {
  const local = openLocalDir({ root });
  return {
    ...local,
    traits: { ...local.traits, snapshots: true, distCp: true, hostBound: false },
    async *list(prefix) {
      const folders = await foldersBelow(root, '');
      for await (const stored of local.list(prefix))
        if (!folders.some((folder) => stored.name.startsWith(`${folder}/`))) yield stored;
    },
    locate: (name) => locationOf(join(root, name)),
    snapshots: openSnapshots(root),
    [Symbol.asyncDispose]: () => local[Symbol.asyncDispose](),
  };
}

function openSnapshots(root: string): TargetSnapshots {
  const at = (folder: string, name = '') => join(root, folder, snapshots, name);
  return {
    open: async (folder) => void (await mkdir(at(folder), { recursive: true })),
    async create(folder, name) {
      if (await exists(at(folder, name))) return;
      const part = join(root, folder, `${snapshots}-part`);
      await rm(part, { recursive: true, force: true });
      await mkdir(part);
      for (const entry of await namesIn(join(root, folder)))
        if (!entry.startsWith(snapshots))
          await cp(join(root, folder, entry), join(part, entry), { recursive: true, preserveTimestamps: true });
      await rename(part, at(folder, name));
    },
    async rename(folder, from, to) {
      if (await exists(at(folder, from))) await rename(at(folder, from), at(folder, to));
      else if (!(await exists(at(folder, to)))) throw new BackupError('missing', `${folder} has no snapshot ${from}`);
    },
    list: async (folder) => (await namesIn(at(folder))).sort(),
    remove: async (folder, name) => rm(at(folder, name), { recursive: true, force: true }),
    async changes(folder, from, to, most) {
      const after = await digestsBelow(to === '' ? join(root, folder) : at(folder, to));
      const before = await digestsBelow(at(folder, from));
      const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
      return names.filter((name) => before[name] !== after[name]).slice(0, most);
    },
    folders: (prefix) => foldersBelow(root, prefix),
    discard: async (folder, name) => rm(join(root, folder, name), { recursive: true, force: true }),
    async close(folder) {
      if ((await namesIn(at(folder))).length > 0) throw new BackupError('conflict', `${folder} has snapshots`);
      await rm(join(root, folder), { recursive: true, force: true });
    },
    read: (folder, snapshot, name) =>
      openFolderTree(snapshot === undefined ? join(root, folder, name) : at(folder, join(snapshot, name))),
  };
}

async function foldersBelow(root: string, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await namesIn(join(root, prefix))) {
    const folder = prefix === '' ? name : `${prefix}/${name}`;
    if (await exists(join(root, folder, snapshots))) found.push(folder);
  }
  return found.sort();
}

async function digestsBelow(folder: string): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(folder.length + 1);
    if (entry.isDirectory() || path.startsWith(snapshots)) continue;
    digests[path] = createHash('md5')
      .update(await readFile(join(folder, path)))
      .digest('hex');
  }
  return digests;
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
