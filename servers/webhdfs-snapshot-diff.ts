import { z } from 'zod';
import { isKind } from '../model/errors';
import { read } from './webhdfs-answers';
import type { NameNodes } from './webhdfs-name-nodes';

/** One change of a directory; paths are relative to it, `''` is itself. */
export interface HdfsChange {
  readonly type: 'create' | 'modify' | 'delete' | 'rename';
  readonly path: string;
  /** Where a `rename` led to. */
  readonly to?: string;
}

/** See `HdfsSnapshots.snapshotDiff`. */
export async function* snapshotDiff(
  nameNodes: NameNodes,
  path: string,
  from: string,
  to: string,
): AsyncIterable<HdfsChange> {
  // A tree that changes between two pages would give a diff that was never true.
  const isPaged = from !== '' && to !== '';
  const first = isPaged ? await firstPageOf(nameNodes, path, from, to) : undefined;
  if (first === undefined) yield* wholeDiff(nameNodes, path, from, to);
  else yield* pagedDiff(first, (next) => pageOf(nameNodes, path, from, to, next));
}

/** Undefined where the server has no pages. */
async function firstPageOf(nameNodes: NameNodes, path: string, from: string, to: string): Promise<Page | undefined> {
  try {
    return await pageOf(nameNodes, path, from, to, start);
  } catch (error) {
    if (isKind(error, 'unsupported')) return undefined;
    throw error;
  }
}

/** All in one answer; the only way before Hadoop 3.4. */
async function* wholeDiff(nameNodes: NameNodes, path: string, from: string, to: string): AsyncIterable<HdfsChange> {
  const names = { oldsnapshotname: from, snapshotname: to };
  const answer = read(reportSchema, await nameNodes.ask('GET', 'GETSNAPSHOTDIFF', path, names));
  for (const { type, sourcePath, targetPath } of answer.SnapshotDiffReport.diffList)
    yield { type: types[type], path: sourcePath, ...(targetPath && { to: targetPath }) };
}

async function* pagedDiff(first: Page, next: (place: Place) => Promise<Page>): AsyncIterable<HdfsChange> {
  const halves: Halves = { arrived: new Map(), departed: new Set() };
  let page = first;
  for (;;) {
    yield* changesIn(page, halves);
    if (page.lastPath === '' && page.lastIndex === -1) break;
    page = await next({ path: page.lastPath, index: page.lastIndex });
  }
  // A reference without its other half came from a place that the earlier snapshot does not know.
  for (const path of halves.arrived.values()) yield { type: first.isFromEarlier ? 'create' : 'delete', path };
}

/** Renamed things of which only one half has come yet, by their ids. */
interface Halves {
  /** Under their new path. */
  readonly arrived: Map<number, string>;
  readonly departed: Set<number>;
}

/**
 * A page tells what there is only later and what there was only earlier. What was renamed is in both: among the earlier
 * ones with both of its paths, and among the later ones once more, as a reference. That one may come pages before.
 */
function* changesIn({ isFromEarlier, ...page }: Page, { arrived, departed }: Halves): Iterable<HdfsChange> {
  const [onlyLater, onlyEarlier] = isFromEarlier ? (['create', 'delete'] as const) : (['delete', 'create'] as const);
  for (const { sourcePath } of page.modifyList) yield { type: 'modify', path: sourcePath };
  for (const { sourcePath, fileId, isReference } of page.createList) {
    if (departed.delete(fileId)) continue;
    if (isReference) arrived.set(fileId, sourcePath);
    else yield { type: onlyLater, path: sourcePath };
  }
  for (const { sourcePath, fileId, targetPath } of page.deleteList) {
    if (targetPath === undefined) {
      yield { type: onlyEarlier, path: sourcePath };
      continue;
    }
    if (!arrived.delete(fileId)) departed.add(fileId);
    const [path, to] = isFromEarlier ? [sourcePath, targetPath] : [targetPath, sourcePath];
    yield { type: 'rename', path, to };
  }
}

/** Where a page ends, and the next one begins. */
interface Place {
  readonly path: string;
  readonly index: number;
}

const start: Place = { path: '', index: -1 };

type Page = z.output<typeof pageSchema>['SnapshotDiffReportListing'];

async function pageOf(nameNodes: NameNodes, path: string, from: string, to: string, place: Place): Promise<Page> {
  const answer = await nameNodes.ask('GET', 'GETSNAPSHOTDIFFLISTING', path, {
    oldsnapshotname: from,
    snapshotname: to,
    snapshotdiffstartpath: place.path,
    snapshotdiffindex: place.index,
  });
  return read(pageSchema, answer).SnapshotDiffReportListing;
}

const listSchema = z.array(
  z.object({
    sourcePath: z.string(),
    targetPath: z.string().optional(),
    fileId: z.number(),
    isReference: z.boolean(),
  }),
);
const pageSchema = z.object({
  SnapshotDiffReportListing: z.object({
    isFromEarlier: z.boolean(),
    modifyList: listSchema,
    createList: listSchema,
    deleteList: listSchema,
    lastPath: z.string(),
    lastIndex: z.number(),
  }),
});

const types = { CREATE: 'create', MODIFY: 'modify', DELETE: 'delete', RENAME: 'rename' } as const;
const reportSchema = z.object({
  SnapshotDiffReport: z.object({
    diffList: z.array(
      z.object({
        type: z.enum(['CREATE', 'MODIFY', 'DELETE', 'RENAME']),
        sourcePath: z.string(),
        targetPath: z.string().optional(),
      }),
    ),
  }),
});
