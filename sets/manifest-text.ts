import { createHash } from 'node:crypto';
import { BackupError } from '../model/errors';
import { sourceKinds, type SourceKind } from '../model/kinds';
import { manifestSchema, type DataManifest, type Manifest, type MetadataManifest } from '../model/manifest';
import { clusterOfLocalFolder } from '../model/names';
import { manifestOf, namesOf, parseSetName } from './layout';

/**
 * The one text of a manifest: fields in this order, inner ones in that of the schema, facts sorted, two spaces, a newline at the end.
 * Its last field `digest` is the SHA-256 of all text before that field. A text is accepted only when it is,
 * byte for byte, what `formatManifest` makes of what it says: so a change of any single byte is noticed,
 * also one that JSON would not care about. Every later format keeps this ending.
 */
const fieldOrder: readonly string[] = [
  ...[
    'format',
    'family',
    'label',
    'buildsOn',
    'task',
    'cluster',
    'source',
    'part',
    'facts',
    'versions',
    'begin',
    'end',
  ],
  ...['archive', 'files', 'trees', 'totals', 'verified', 'previous'],
];
const sealPattern = /,\n {2}"digest": "([0-9a-f]{64})"\n\}\n$/;

/** `invalid` when the manifest breaks its schema: what is written can be read. */
export function formatManifest(manifest: Manifest): string {
  const checked = manifestSchema.safeParse(manifest);
  if (!checked.success)
    throw new BackupError('invalid', `the manifest cannot be written: ${firstIssue(checked.error)}`);
  const facts = Object.fromEntries(Object.entries(checked.data.facts).sort(byKey));
  const fields = Object.entries({ ...checked.data, facts }).sort(byPlace);
  const unsealed = JSON.stringify(Object.fromEntries(fields), undefined, 2).slice(0, -'\n}'.length);
  return `${unsealed},\n  "digest": "${sha256Of(unsealed)}"\n}\n`;
}

/**
 * The manifest of the set `name` from its text.
 * `corrupt` when any byte is not as written, or when the manifest is that of another set;
 * `unsupported` when a newer cairn wrote it.
 */
export function parseManifest(text: string, name: string): Manifest {
  const manifest = checkSchema(unseal(text, name), name);
  if (formatManifest(manifest) !== text) throw corrupt(name, 'its text is not in the form that cairn writes');
  checkFamily(manifest, name);
  checkAgreement(manifest, name);
  return manifest;
}

export function corruptManifest(name: string, problem: string, cause?: unknown): BackupError {
  const hint = 'restore from another set, or bring this file back from a copy of the target';
  const file = manifestOf(name);
  return new BackupError('corrupt', `the manifest ${file} is damaged: ${problem}`, { file, problem, hint }, { cause });
}
const corrupt = corruptManifest;

function unseal(text: string, name: string): Record<string, unknown> {
  const seal = sealPattern.exec(text.slice(-100));
  if (seal === null) throw corrupt(name, 'its end is missing');
  if (sha256Of(text.slice(0, -seal[0].length)) !== seal[1]) {
    throw corrupt(name, 'field "digest" does not match the text before it');
  }
  return fieldsOf(text, name);
}

function fieldsOf(text: string, name: string): Record<string, unknown> {
  try {
    const { digest: _, ...fields } = JSON.parse(text) as Record<string, unknown>;
    return fields;
  } catch (cause) {
    throw corrupt(name, 'it is not JSON', cause);
  }
}

function checkSchema(fields: Record<string, unknown>, name: string): Manifest {
  if (typeof fields.format === 'number' && fields.format > 1) throw tooNew(name, fields.format);
  const checked = manifestSchema.safeParse(fields);
  if (checked.success) return checked.data;
  throw corrupt(name, firstIssue(checked.error));
}

function checkFamily(manifest: Manifest, name: string): void {
  if (manifest.family === 'metadata') checkPaths(manifest, name);
  else checkTrees(manifest, name);
}

/** Trees are told apart by number and by path, and the totals are theirs. */
function checkTrees({ trees, totals }: DataManifest, name: string): void {
  for (const [place, { number, path }] of trees.entries()) {
    if (number !== place) throw corrupt(name, `field "trees.${place}.number" is ${number} instead of ${place}`);
    const isTwice = trees.findIndex((other) => other.path === path) !== place;
    if (isTwice) throw corrupt(name, `field "trees.${place}.path": ${JSON.stringify(path)} is there twice`);
  }
  for (const count of ['files', 'directories', 'bytes'] as const) {
    const sum = trees.reduce((before, tree) => before + tree[count], 0);
    if (totals[count] !== sum) throw corrupt(name, `field "totals.${count}" is ${totals[count]} instead of ${sum}`);
  }
}

/** What is listed must be able to stand in one folder: no path twice, no file where another one needs a folder. */
function checkPaths({ files }: MetadataManifest, name: string): void {
  const folders = new Set(files.flatMap(({ path }) => foldersOf(path)));
  const seen = new Set<string>();
  for (const [place, { path }] of files.entries()) {
    const problem = seen.has(path) ? 'is there twice' : folders.has(path) ? 'is the folder of another file' : undefined;
    if (problem !== undefined) throw corrupt(name, `field "files.${place}.path": ${JSON.stringify(path)} ${problem}`);
    seen.add(path);
  }
}

function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, depth) => parts.slice(0, depth + 1).join('/'));
}

/** A manifest that was moved or renamed must not pass for another set's. Only the root may change: trees are copied. */
function checkAgreement(manifest: Manifest, name: string): void {
  const parsed = parseSetName(name)!;
  must('family', manifest.family, [parsed.family]);
  must('label', manifest.label, [parsed.label]);
  must('task.name', manifest.task.name, [parsed.task]);
  must('task.creation', manifest.task.creation, [parsed.creation]);
  must('cluster.id', manifest.cluster.id, [
    parsed.root === '' ? manifest.cluster.id : clusterOfLocalFolder(parsed.root),
  ]);
  if (parsed.family === 'data') must('source', manifest.source, [parsed.source]);
  else if (manifest.family === 'metadata') {
    const written = sourceKinds[manifest.source as SourceKind].label;
    must('versions.product', manifest.versions.product, [parsed.version]);
    must('source', parsed.writtenAs, [written, `${written}-${manifest.part}`]);
    must('archive.name', ownFolder(manifest.archive.name), [ownFolder(namesOf(name).archive)]);
  }

  function must(field: string, found: string, allowed: readonly string[]): void {
    if (allowed.includes(found)) return;
    throw corrupt(name, `field "${field}" says ${JSON.stringify(found)}, which is not the set that it is named after`);
  }
}

function ownFolder(path: string): string {
  return path.split('/').slice(-2).join('/');
}

function firstIssue(error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] }): string {
  const [issue] = error.issues;
  return `field "${issue?.path.map(String).join('.')}": ${issue?.message}`;
}

function tooNew(name: string, format: number): BackupError {
  const hint = 'use the version of cairn that wrote it, or a newer one';
  return new BackupError('unsupported', `the set ${name} has format ${format}, which this cairn does not know`, {
    hint,
  });
}

function byKey([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : Number(one > other);
}

function byPlace([one]: [string, unknown], [other]: [string, unknown]): number {
  return fieldOrder.indexOf(one) - fieldOrder.indexOf(other);
}

export function sha256Of(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
