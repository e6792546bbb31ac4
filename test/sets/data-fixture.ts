import { noControl } from '../../model/control';
import type { DataManifest } from '../../model/manifest';
import type { SourceKind } from '../../model/kinds';
import { dataFolder, dataNames, dataSetName, type DataNames } from '../../sets/layout';
import { indexLines } from '../../sets/list-tree';
import { putDataManifest } from '../../sets/manifest';
import { pruneIndex, putIndex, writeIndex, type IndexLine } from '../../sets/tree-index';
import type { MemoryFolders } from '../fakes/memory-snapshots';
import { createMemoryTarget, type Objects } from '../fakes/memory-target';
import type { MemoryNode } from '../fakes/memory-tree';
import { temporaryFolder } from '../targets/folders';

export interface DataSetParts {
  readonly root: string;
  readonly task: string;
  readonly creation: string;
  readonly source: SourceKind;
  readonly label: string;
}

export const dataParts: DataSetParts = {
  root: '',
  task: 'nightly_1',
  creation: '20240101000000',
  source: 'hdfs',
  label: '20240301120000',
};

/** What lies in the folder of service data, by path in it. */
export type Trees = { readonly [path: string]: string | Buffer | MemoryNode };

export const someTrees: Trees = {
  'data/0/a/empty': '',
  'data/0/a/one block': 'x'.repeat(1000),
  'data/0/a/three blocks': Buffer.alloc(2500, 'abc'),
  'data/0/b': {},
  'data/0/.hidden/new\nline "quoted"': 'newline',
  'data/0/ünï-漢字-😀': 'unicode',
  'data/1': {},
};

export const bytesOfSomeTrees = 1000 + 2500 + 'newline'.length + 'unicode'.length;

export function namesFor(of: Partial<DataSetParts> = {}): DataNames {
  const parts = { ...dataParts, ...of };
  return dataNames(dataSetName(dataFolder(parts), parts.label));
}

/** A place with snapshots; targets on it see the same. */
export function placeWithSnapshots() {
  const [objects, folders]: [Objects, MemoryFolders] = [new Map(), new Map()];
  return { objects, folders, target: createMemoryTarget(objects, folders) };
}

export type Place = ReturnType<typeof placeWithSnapshots>;

export function nodeOf(content: Trees[string]): MemoryNode {
  return typeof content === 'string' || Buffer.isBuffer(content) ? { content: Buffer.from(content) } : content;
}

/** Lays trees into the live folder, in place of those before, as a copier does. */
export async function copyInto({ target, folders }: Place, { folder }: DataNames, trees: Trees): Promise<void> {
  await target.snapshots!.open(folder);
  const { live } = folders.get(folder)!;
  for (const path of live.keys()) if (path.startsWith('data/')) live.delete(path);
  for (const [path, content] of Object.entries(trees)) live.set(path, nodeOf(content));
}

/** Makes a set of these trees, as a run does. */
export async function makeDataSet(
  place: Place,
  of: Partial<DataSetParts> = {},
  trees: Trees = someTrees,
  previous: string | null = null,
) {
  const names = namesFor(of);
  await copyInto(place, names, trees);
  const manifest = { ...(await manifestFor(place, names, { ...dataParts, ...of })), previous };
  await putDataManifest(place.target, names, manifest);
  await place.target.snapshots!.create(names.folder, names.snapshot);
  return { ...place, names, manifest };
}

/** The manifest of what lies in the folder now; its index is put there. */
async function manifestFor(place: Place, names: DataNames, parts: DataSetParts): Promise<DataManifest> {
  const numbers = new Set(
    [...place.folders.get(names.folder)!.live.keys()].flatMap((path) => path.match(/^data\/(\d+)/)?.[1] ?? []),
  );
  const trees: DataManifest['trees'] = [];
  for (const number of [...numbers].sort().map(Number)) {
    const spool = temporaryFolder();
    const reader = place.target.snapshots!.read(names.folder, undefined, names.tree(number));
    const written = await writeIndex(indexLines(reader, noControl()), spool);
    await putIndex(place.target, names, spool, written.index);
    trees.push({ number, path: `/source/${number}`, ...written, unverified: 0 });
  }
  await pruneIndex(
    place.target,
    names,
    trees.flatMap(({ index }) => index),
  );
  return anyDataManifest(parts, trees);
}

export function anyDataManifest(
  of: Partial<DataSetParts> = {},
  trees: DataManifest['trees'] = [emptyTree],
): DataManifest {
  const parts = { ...dataParts, ...of };
  const sum = (count: 'files' | 'directories' | 'bytes') => trees.reduce((all, tree) => all + tree[count], 0);
  return {
    format: 1,
    family: 'data',
    label: parts.label,
    buildsOn: null,
    task: { name: parts.task, creation: parts.creation },
    cluster: { id: parts.root === '' ? '1' : parts.root },
    source: parts.source,
    part: '',
    facts: { nameService: 'hacluster' },
    versions: { product: '3.3.0-LTS.1', component: '3.3.6', cairn: '0.1.0' },
    begin: '2024-03-01T12:00:00.000Z',
    end: '2024-03-01T12:00:09.000Z',
    trees,
    totals: { files: sum('files'), directories: sum('directories'), bytes: sum('bytes') },
    verified: 'storeChecksum',
    previous: null,
  };
}

const emptyTree = { number: 0, path: '/source/0', files: 0, directories: 1, bytes: 0, unverified: 0, index: [] };

/** Lines of an index of so many files in folders of a thousand, in order. */
export async function* manyLines(count: number, skipped?: number): AsyncGenerator<IndexLine> {
  const usual = { modified: 1_700_000_000_000, owner: 'hive', group: 'hadoop' };
  const directory = (path: string): IndexLine => ({ path, type: 'directory', bytes: 0, ...usual, permission: '755' });
  yield directory('');
  for (let n = 0; n < count; n += 1) {
    const folder = `part-${String(Math.floor(n / 1000)).padStart(6, '0')}`;
    if (n % 1000 === 0) yield directory(folder);
    const path = `${folder}/${String(n % 1000).padStart(3, '0')}.parquet`;
    const file = {
      path,
      type: 'file',
      bytes: n,
      ...usual,
      permission: '640',
      replication: 3,
      blockSize: 1024,
    } as const;
    if (n !== skipped) yield { ...file, checksum: { algorithm: 'MD5-of-0MD5-of-512CRC32C', value: 'ab'.repeat(28) } };
  }
}

export async function* linesOf<T>(lines: Iterable<T>): AsyncGenerator<T> {
  yield* lines;
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
