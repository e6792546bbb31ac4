import { BackupError } from '../../model/errors';
import type { TargetSnapshots } from '../../model/target';
import { isSafeRelativeName } from '../../model/names';
import { readMemoryTree, type MemoryNode } from './memory-tree';

type Nodes = Map<string, MemoryNode>;

/** Folders that may have snapshots: each with what lies in it now and what lay in it then, by path in the folder. */
export interface MemoryFolder {
  readonly live: Nodes;
  readonly snapshots: Map<string, Nodes>;
}
export type MemoryFolders = Map<string, MemoryFolder>;

/** Snapshots without any I/O. What a copier would write is set in `folders.get(folder).live`, below `data/<n>`. */
export function createMemorySnapshots(folders: MemoryFolders, isTaken: (folder: string) => boolean): TargetSnapshots {
  const folderAt = (folder: string) => {
    const found = folders.get(folder);
    if (found !== undefined) return found;
    throw new BackupError('missing', `${folder} is not there`);
  };
  const viewAt = (folder: string, snapshot: string | undefined) => {
    const view = snapshot === undefined ? folderAt(folder).live : folderAt(folder).snapshots.get(snapshot);
    if (view !== undefined) return view;
    throw new BackupError('missing', `${folder} has no snapshot ${snapshot}`);
  };
  return {
    async open(folder) {
      checkName(folder, !folder.includes('.snapshot'));
      const isNested = (other: string) => other.startsWith(`${folder}/`) || folder.startsWith(`${other}/`);
      if ([...folders.keys()].some(isNested) || isTaken(folder))
        throw new BackupError('conflict', `${folder} has something else above or below it`);
      if (!folders.has(folder)) folders.set(folder, { live: new Map(), snapshots: new Map() });
    },
    async create(folder, name) {
      checkName(name, !name.includes('/'));
      const { live, snapshots } = folderAt(folder);
      if (!snapshots.has(name)) snapshots.set(name, new Map(live));
    },
    async rename(folder, from, to) {
      const { snapshots } = folderAt(folder);
      const view = snapshots.get(from);
      if (view === undefined && !snapshots.has(to))
        throw new BackupError('missing', `${folder} has no snapshot ${from}`);
      if (view === undefined) return;
      if (snapshots.has(to)) throw new BackupError('conflict', `${folder} has a snapshot ${to} already`);
      snapshots.set(to, view);
      snapshots.delete(from);
    },
    list: async (folder) => [...(folders.get(folder)?.snapshots.keys() ?? [])].sort(),
    remove: async (folder, name) => void folders.get(folder)?.snapshots.delete(name),
    async changes(folder, from, to, most) {
      const [before, after] = [viewAt(folder, from), viewAt(folder, to === '' ? undefined : to)];
      const names = new Set([...before.keys(), ...after.keys()]);
      const differing = [...names].filter((name) => before.get(name) !== after.get(name));
      return [...new Set(differing.map((name) => topOf(name, before, after)))].sort().slice(0, most);
    },
    folders: async (prefix) =>
      [...folders.keys()].filter((folder) => prefix === '' || folder.startsWith(`${prefix}/`)).sort(),
    async discard(folder, name) {
      const { live } = folderAt(folder);
      for (const path of live.keys()) if (path === name || path.startsWith(`${name}/`)) live.delete(path);
    },
    async close(folder) {
      if ((folders.get(folder)?.snapshots.size ?? 0) > 0)
        throw new BackupError('conflict', `${folder} still has snapshots`);
      folders.delete(folder);
    },
    read(folder, snapshot, name) {
      const tree = () => readMemoryTree(viewAt(folder, snapshot), name);
      return {
        async *list() {
          yield* tree().list();
        },
        checksum: async (path) => await tree().checksum(path),
        open: async (path, range) => await tree().open(path, range),
      };
    },
  };
}

/** As HDFS tells it: of a directory that came or went, only the directory. */
function topOf(name: string, before: Nodes, after: Nodes): string {
  const parts = name.split('/');
  const above = parts.map((_, depth) => parts.slice(0, depth + 1).join('/'));
  return above.find((path) => isIn(before, path) !== isIn(after, path)) ?? name;
}

function isIn(nodes: Nodes, path: string): boolean {
  return nodes.has(path) || [...nodes.keys()].some((name) => name.startsWith(`${path}/`));
}

function checkName(name: string, isFine: boolean): void {
  if (!isFine || !isSafeRelativeName(name)) throw new BackupError('invalid', `${JSON.stringify(name)} is no such name`);
}
