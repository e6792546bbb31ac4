import { cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Content, DataSource, FreezeId, Frozen, Replaced, SetTree } from '../../model/data-source';
import { BackupError } from '../../model/errors';
import { type HdfsRow, isWithin } from '../../model/hdfs';
import { type Resolved, resolveRows } from '../../model/hdfs-rows';
import type { Label } from '../../model/label';
import { openPattern } from '../../model/name-pattern';
import { folderOf, locationOf, openFolderTree } from './folder-tree';

/** Directories below a folder, by paths as HDFS has them. */
export interface FolderSpec {
  readonly root: string;
  readonly paths: readonly string[];
  readonly rows?: readonly HdfsRow[];
}

type Step = Exclude<keyof DataSource<FolderSpec>, 'traits' | 'read'>;

/** What a test may tell the source to do; read at each step, so it can be changed while a run goes on. */
export interface DataScript {
  /** How long a freeze and an adoption take, in milliseconds. */
  freezeMs?: number;
  adoptMs?: number;
  /** Thrown by the next steps of this name, as often as there are errors. */
  errors?: { [step in Step]?: Error[] };
  /** Every step that was called, in order. */
  calls?: Step[];
}

/**
 * A source of service data whose trees are local folders and whose snapshots are copies of them: for tests of runs, where
 * the source itself is not the matter. All that it keeps lies in `<root>/.cairn`.
 */
export function openFolderDataSource(script: DataScript = {}): DataSource<FolderSpec> {
  const begin = async (
    step: Step,
    { signal, milliseconds = 0 }: { signal?: AbortSignal; milliseconds?: number } = {},
  ) => {
    script.calls?.push(step);
    const error = script.errors?.[step]?.shift();
    if (error !== undefined) throw error;
    if (signal?.aborted) throw new BackupError('cancelled', `stopped before ${step}`);
    if (milliseconds > 0) await sleep(milliseconds, undefined, signal && { signal }).catch(cancelled);
  };
  return {
    traits: { stoppedForRestore: false },
    async resolve(spec) {
      await begin('resolve');
      return resolve(spec);
    },
    async checkBackUp(spec) {
      await begin('checkBackUp');
      for (const path of spec.paths)
        if (!(await exists(join(spec.root, path)))) throw new BackupError('missing', `there is no directory ${path}`);
    },
    async contentOf(spec) {
      await begin('contentOf');
      const { root } = spec;
      const { paths } = await resolve(spec);
      // One after the other, as the real one: of several that are absent always the same is told.
      const all: Content[] = [];
      for (const path of paths) all.push(await contentAt(root, path));
      const sum = (field: keyof Content) => all.reduce((total, one) => total + one[field], 0);
      return { files: sum('files'), directories: sum('directories'), bytes: sum('bytes') };
    },
    async freeze(spec, id, { signal }) {
      await begin('freeze', { signal, milliseconds: script.freezeMs ?? 0 });
      return freeze(spec, id);
    },
    async standing({ root, paths }, id) {
      await begin('standing');
      const { task, creation, label } = id;
      return (await exists(viewOf(root, id))) ? paths.map(() => `cairn_${task}_${creation}_${label}`) : undefined;
    },
    read: (_spec, at) => openFolderTree(folderOf(at)),
    async release({ root }, id) {
      await begin('release');
      await drop(viewOf(root, id));
      await tidy(root);
    },
    async keepNewest({ root }, task, points, upTo) {
      await begin('keepNewest');
      const views = (await namesIn(viewsOf(root))).filter((name) => isOf(name, task) && !isAfter(name, upTo)).sort();
      for (const view of views.slice(0, Math.max(0, views.length - points))) await drop(join(viewsOf(root), view));
      await tidy(root);
    },
    async describeReplaced(spec, trees) {
      await begin('describeReplaced');
      refuseNested(trees);
      return Promise.all(trees.map(({ to }) => replacedAt(spec.root, to)));
    },
    async checkRestore(_spec, trees) {
      await begin('checkRestore');
      refuseNested(trees);
    },
    async prepare({ root }, trees, label, { signal }) {
      await begin('prepare', { signal });
      for (const tree of trees) await mkdir(placesOf(root, tree, label).stage, { recursive: true });
      return trees.map((tree) => ({ number: tree.number, location: locationOf(placesOf(root, tree, label).stage) }));
    },
    async adopt({ root }, trees, label, { signal }) {
      await begin('adopt', { signal, milliseconds: script.adoptMs ?? 0 });
      for (const tree of trees) await adoptOne(root, tree, label);
    },
    async revert({ root }, trees, label) {
      await begin('revert');
      for (const tree of trees) await revertOne(root, tree, label);
      return [];
    },
    async forget({ root }, _trees, label) {
      await begin('forget');
      await rm(restorationOf(root, label), { recursive: true, force: true });
      await tidy(root);
    },
  };
}

async function resolve({ root, paths, rows = [] }: FolderSpec): Promise<Resolved> {
  const matches = await Promise.all(
    rows.map(async (row) => {
      const pattern = openPattern(row.matching);
      const names = (await namesIn(join(root, row.under))).filter((name) => pattern.matches(name));
      return { row, paths: names.map((name) => join(row.under, name)) };
    }),
  );
  return resolveRows(paths, matches);
}

async function freeze({ root, paths }: FolderSpec, id: FreezeId): Promise<Frozen> {
  const view = viewOf(root, id);
  if (!(await exists(view))) {
    const building = `${view}.part`;
    await rm(building, { recursive: true, force: true });
    for (const [n, path] of paths.entries())
      await cp(join(root, path), join(building, `${n}`), { recursive: true, preserveTimestamps: true });
    await rename(building, view);
  }
  return {
    trees: paths.map((path, n) => ({ path, location: locationOf(join(view, `${n}`)) })),
    componentVersion: 'folder 1',
    facts: { nameService: 'hacluster', directories: paths.length },
    notes: [],
  };
}

/** `kept`: what was there; an empty `none` beside it: that nothing was. */
function placesOf(root: string, { number, to }: SetTree, label: Label) {
  const folder = join(restorationOf(root, label), `${number}`);
  const named = (name: string) => join(folder, name);
  return { live: join(root, to), stage: named('stage'), kept: named('kept'), none: named('none') };
}

async function adoptOne(root: string, tree: SetTree, label: Label): Promise<void> {
  const { live, stage, kept, none } = placesOf(root, tree, label);
  const isKept = (await exists(kept)) || (await exists(none));
  if (!(await exists(stage))) {
    if (isKept && (await exists(live))) return;
    throw new BackupError('precondition', `nothing was prepared for ${tree.to}`);
  }
  if (isKept) await rm(live, { recursive: true, force: true });
  else if (await exists(live)) await rename(live, kept);
  else await mkdir(none);
  await mkdir(dirname(live), { recursive: true });
  await rename(stage, live);
}

async function revertOne(root: string, tree: SetTree, label: Label): Promise<void> {
  const { live, stage, kept, none } = placesOf(root, tree, label);
  const wasThere = await exists(kept);
  if (wasThere || (await exists(none))) await rm(live, { recursive: true, force: true });
  if (wasThere) await rename(kept, live);
  for (const place of [stage, none]) await rm(place, { recursive: true, force: true });
}

async function replacedAt(root: string, to: string): Promise<Replaced> {
  if (!(await exists(join(root, to)))) return { to, how: 'nothingThere', openFiles: [] };
  return { to, there: await contentAt(root, to), how: 'aside', openFiles: [] };
}

async function contentAt(root: string, path: string): Promise<Content> {
  if (!(await exists(join(root, path)))) throw new BackupError('missing', `there is no directory ${path}`);
  const there = { files: 0, directories: 0, bytes: 0 };
  for await (const { type, bytes } of openFolderTree(join(root, path)).list()) {
    there[type === 'file' ? 'files' : 'directories'] += 1;
    there.bytes += bytes;
  }
  return there;
}

function refuseNested(trees: readonly SetTree[]): void {
  for (const one of trees)
    if (trees.some((other) => other !== one && isWithin(other.to, one.to)))
      throw new BackupError('invalid', `${one.to} would hold another tree`);
}

function viewsOf(root: string): string {
  return join(root, '.cairn', 'views');
}

function viewOf(root: string, { task, creation, label }: FreezeId): string {
  return join(viewsOf(root), `${task}_${creation}_${label}`);
}

function isOf(view: string, { task, creation }: Pick<FreezeId, 'task' | 'creation'>): boolean {
  return view.startsWith(`${task}_${creation}_`) && /^\d{14}$/.test(view.slice(`${task}_${creation}_`.length));
}

function isAfter(view: string, upTo: Label | undefined): boolean {
  return upTo !== undefined && view.slice(-upTo.length) > upTo;
}

function restorationOf(root: string, label: Label): string {
  return join(root, '.cairn', 'restorations', label);
}

async function drop(folder: string): Promise<void> {
  for (const path of [folder, `${folder}.part`]) await rm(path, { recursive: true, force: true });
}

/** Folders of its own that hold nothing any more. */
async function tidy(root: string): Promise<void> {
  for (const name of ['views', 'restorations', '.']) {
    const folder = join(root, '.cairn', name);
    if ((await exists(folder)) && (await namesIn(folder)).length === 0) await rm(folder, { recursive: true });
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await exists(folder)) ? readdir(folder) : [];
}

function cancelled(cause: unknown): never {
  throw new BackupError('cancelled', 'stopped in the middle', {}, { cause });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
