/** What the quick start puts into HDFS, and how it changes it: the same every time. */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path/posix';
import { sha256Of, type Tree, type TreeEntry } from './tree';

export interface Sample {
  readonly tree: Tree;
  /** What is done to it between the two backups. */
  readonly changes: readonly Change[];
}

export type Change =
  | { readonly do: 'add'; readonly path: string; readonly entry: TreeEntry }
  | { readonly do: 'remove'; readonly path: string }
  | { readonly do: 'rename'; readonly path: string; readonly to: string };

/** Names that have broken backups before. */
const oddNames = [
  'two words',
  ' begins with a space',
  '100%',
  '%41 is not A',
  'a+b=c',
  '#1',
  'why?',
  '.hidden',
  '..almost-the-parent',
  'grüße',
  'cafe\u0301 (decomposed)',
  '日本語',
  'الأرشيف',
  '🪨',
  "it's",
  '"quoted"',
  '$HOME; & | <>',
  '*',
  '[a-z]{1,2}',
  '~',
];

const user = { owner: 'hdfs', group: 'supergroup' };
const alice = { owner: 'alice', group: 'analysts' };

/** About 300 files in nested directories: odd names, empty files, other owners and permissions. */
export function createSample(): Sample {
  const tree = new Map<string, TreeEntry>();
  const add = (path: string, bytes: number, rest: Partial<TreeEntry> = {}) => {
    addParents(tree, path);
    tree.set(path, { ...file(path, bytes), ...rest });
  };
  oddNames.forEach((name, place) => add(`/names/${name}`, 500 * place));
  for (const name of oddNames) {
    for (let file = 0; file < 5; file += 1) add(`/folders/${name}/${oddNames[file]}/part ${file}`, 3_000 * file);
  }
  for (let month = 1; month <= 12; month += 1) {
    const folder = `/warehouse/sales/year=2026/month=${month}`;
    for (let part = 0; part < 12; part += 1) add(`${folder}/part-${part}`, (7_919 * month * (part + 1)) % 50_000);
  }
  for (let file = 0; file < 16; file += 1) add(`/empty/${file}/_SUCCESS`, 0);
  for (let file = 0; file < 20; file += 1)
    add(`/home/alice/.notes/${file}`, 100 + file, { ...alice, permission: '600' });
  for (const path of ['/home/alice', '/home/alice/.notes']) tree.set(path, { ...folder, ...alice, permission: '700' });
  add('/large', 8 * 1024 * 1024);
  return { tree, changes: changes() };
}

function changes(): Change[] {
  const added = oddNames.map((name) => `/added later/${name}.new`);
  return [
    { do: 'add', path: '/added later', entry: { ...folder, permission: '750' } },
    ...added.map((path, place): Change => ({
      do: 'add',
      path,
      entry: { ...file(path, 1_000 * place), permission: '640' },
    })),
    { do: 'add', path: '/home/alice/new', entry: { ...file('/home/alice/new', 1), ...alice } },
    { do: 'remove', path: '/warehouse/sales/year=2026/month=1' },
    { do: 'remove', path: '/names/🪨' },
    { do: 'rename', path: '/folders/grüße', to: '/folders/grüße & %41+#' },
    { do: 'rename', path: '/names/.hidden', to: '/added later/.hidden' },
    { do: 'rename', path: '/warehouse/sales/year=2026/month=2', to: '/warehouse/sales/month=2' },
  ];
}

/** The tree after the changes. */
export function applyChanges(tree: Tree, changes: readonly Change[]): Tree {
  const after = new Map(tree);
  for (const change of changes) applyChange(after, change);
  return after;
}

function applyChange(tree: Map<string, TreeEntry>, change: Change): void {
  if (change.do === 'add') return void tree.set(change.path, change.entry);
  const below = [...tree].filter(([path]) => path === change.path || path.startsWith(`${change.path}/`));
  for (const [path] of below) tree.delete(path);
  if (change.do === 'rename')
    for (const [path, entry] of below) tree.set(change.to + path.slice(change.path.length), entry);
}

/** The bytes of a file: they look random, and differ from file to file. A renamed file keeps those of its first path. */
export function contentOf(path: string, bytes: number): Buffer {
  return bytes === 0 ? Buffer.alloc(0) : createHash('shake256', { outputLength: bytes }).update(path).digest();
}

const folder: TreeEntry = { type: 'directory', bytes: 0, ...user, permission: '755' };

function file(path: string, bytes: number): TreeEntry {
  return { type: 'file', bytes, ...user, permission: '644', sha256: sha256Of(contentOf(path, bytes)) };
}

function addParents(tree: Map<string, TreeEntry>, path: string): void {
  for (let parent = dirname(path); parent !== '/'; parent = dirname(parent))
    if (!tree.has(parent)) tree.set(parent, folder);
}
