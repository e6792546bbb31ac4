/** What the quick start puts into HDFS, and how it changes it: the same every time. */
import { dirname } from 'node:path/posix';
import { contentOf } from './sample-content';
import { sha256Of, type Tree, type TreeEntry } from './tree';

/** The directory that holds all of it, and is backed up. */
export const directory = '/data';

export interface Sample {
  readonly tree: Tree;
  /** What is done to it between the two backups. */
  readonly changes: readonly Change[];
}

export type Change =
  | { readonly do: 'add'; readonly path: string; readonly entry: TreeEntry }
  /** Other bytes, which `contentOf` makes of the seed. */
  | { readonly do: 'rewrite'; readonly path: string; readonly entry: TreeEntry; readonly seed: string }
  /** Other attributes: owner, group, ACL, extended attributes. */
  | { readonly do: 'describe'; readonly path: string; readonly entry: TreeEntry }
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

const kibi = 1024;
const mebi = 1024 ** 2;
const user = { owner: 'hdfs', group: 'supergroup' };
const alice = { owner: 'alice', group: 'analysts' };
/** One that somebody may read beside the owner; the mode's middle digit is its mask. */
const shared = { permission: '650', acl: 'user:bob:r-x,group::r--' };
const labelled = { xattrs: 'user.colour=0x626c7565,user.empty=0x' };

/** About 300 files and 64 MiB: odd names, empty files, files of several blocks, all kinds of attributes. */
export function createSample(): Sample {
  const tree = new Map<string, TreeEntry>();
  const add = (name: string, bytes: number, rest: Partial<TreeEntry> = {}) => {
    const path = directory + name;
    addParents(tree, path);
    tree.set(path, { ...file(path, bytes), ...rest });
  };
  oddNames.forEach((name, place) => add(`/names/${name}`, 500 * place));
  for (const name of oddNames) {
    for (let file = 0; file < 3; file += 1) add(`/folders/${name}/${oddNames[file]}`, 3_000 * file);
  }
  for (let month = 1; month <= 12; month += 1) {
    const folder = `/warehouse/sales/year=2026/month=${month}`;
    for (let part = 0; part < 11; part += 1) add(`${folder}/part-${part}`, (7_919 * month * (part + 1)) % 50_000);
    add(`${folder}/_SUCCESS`, 0);
  }
  for (let file = 0; file < 24; file += 1) add(`/empty/${file}`, 0);
  add(`/${oddNames.slice(0, 8).join('/')}/deep`, 100);
  for (let file = 0; file < 20; file += 1)
    add(`/home/alice/.notes/${file}`, 100 + file, { ...alice, permission: '600' });
  addLargeFiles(add);
  addAttributes(tree, add);
  return { tree, changes: changes(tree) };
}

type Add = (name: string, bytes: number, rest?: Partial<TreeEntry>) => void;

function addLargeFiles(add: Add): void {
  add('/large/24 blocks', 24 * mebi - 1, { blockSize: mebi });
  add('/large/small blocks', 2 * mebi, { blockSize: 64 * kibi });
  for (const name of ['a', 'b', 'c', 'd']) add(`/large/${name}`, 8 * mebi + 1);
  add('/large/two copies', mebi, { replication: 2 });
}

function addAttributes(tree: Map<string, TreeEntry>, add: Add): void {
  for (const name of ['/home/alice', '/home/alice/.notes'])
    tree.set(directory + name, { ...folder, ...alice, permission: '700' });
  add('/shared/for bob', 1_000, { ...alice, ...shared });
  add('/shared/labelled', 1_000, labelled);
  add('/shared/later', 1_000);
  tree.set(`${directory}/shared`, {
    ...folder,
    permission: '775',
    acl: 'default:user::rwx,default:group::r-x,default:other::---',
  });
  tree.set(directory, { ...folder, owner: 'alice', permission: '751' });
}

function changes(tree: Tree): Change[] {
  const at = (name: string) => directory + name;
  const added = oddNames.slice(4, 12).map((name) => at(`/added later/${name}.new`));
  const [rewritten, described] = [at('/large/24 blocks'), at('/shared/later')];
  const seed = 'other bytes, as many';
  const { bytes } = tree.get(rewritten)!;
  return [
    { do: 'add', path: at('/added later'), entry: { ...folder, permission: '750' } },
    ...added.map((path, place): Change => ({
      do: 'add',
      path,
      entry: { ...file(path, 1_000 * place), permission: '640' },
    })),
    { do: 'add', path: at('/home/alice/new'), entry: { ...file(at('/home/alice/new'), 1), ...alice } },
    {
      do: 'rewrite',
      path: rewritten,
      entry: { ...tree.get(rewritten)!, sha256: sha256Of(contentOf(seed, bytes)) },
      seed,
    },
    { do: 'describe', path: described, entry: { ...tree.get(described)!, ...alice, ...labelled } },
    { do: 'remove', path: at('/warehouse/sales/year=2026/month=1') },
    { do: 'remove', path: at('/names/🪨') },
    { do: 'rename', path: at('/folders/grüße'), to: at('/folders/grüße & %41+#') },
    { do: 'rename', path: at('/names/.hidden'), to: at('/added later/.hidden') },
    { do: 'rename', path: at('/warehouse/sales/year=2026/month=2'), to: at('/warehouse/sales/month=2') },
  ];
}

/** The tree after the changes. */
export function applyChanges(tree: Tree, changes: readonly Change[]): Tree {
  const after = new Map(tree);
  for (const change of changes) applyChange(after, change);
  return after;
}

function applyChange(tree: Map<string, TreeEntry>, change: Change): void {
  if (change.do !== 'remove' && change.do !== 'rename') return void tree.set(change.path, change.entry);
  const below = [...tree].filter(([path]) => path === change.path || path.startsWith(`${change.path}/`));
  for (const [path] of below) tree.delete(path);
  if (change.do === 'rename')
    for (const [path, entry] of below) tree.set(change.to + path.slice(change.path.length), entry);
}

const folder: TreeEntry = { type: 'directory', bytes: 0, ...user, permission: '755' };

/** A renamed file keeps the bytes of its first path. */
function file(path: string, bytes: number): TreeEntry {
  const layout = { replication: 1, blockSize: 128 * mebi };
  return { type: 'file', bytes, ...user, permission: '644', ...layout, sha256: sha256Of(contentOf(path, bytes)) };
}

function addParents(tree: Map<string, TreeEntry>, path: string): void {
  for (let parent = dirname(path); parent !== '/'; parent = dirname(parent))
    if (!tree.has(parent)) tree.set(parent, folder);
}
