import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Directory } from '../model/directory';
import { BackupError } from '../model/errors';
import { databasePropertiesSchema } from '../servers/postgres-databases';

/** The file of a dump that says what the others are. */
export const noteName = 'oms.json';
export const databaseFile = 'database.dump';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What lies in a configuration folder. `path` is relative to it, `''` is the folder itself. */
const foundSchema = z.strictObject({
  path: z.string().refine(staysInside),
  mode: z.int().min(0).max(0o7777),
  uid: z.int().min(0),
  gid: z.int().min(0),
  /** Milliseconds since 1970. */
  modified: z.number(),
  what: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('folder') }),
    z.strictObject({ kind: z.literal('link'), to: z.string().min(1) }),
    /** `at` is where in the dump its bytes are. */
    z.strictObject({ kind: z.literal('file'), at: z.string().refine(staysInside), bytes: z.int().min(0), sha256 }),
  ]),
});
export type Found = z.infer<typeof foundSchema>;

const noteSchema = z.strictObject({
  format: z.literal(1),
  database: z.strictObject({
    name: z.string(),
    version: z.string(),
    properties: databasePropertiesSchema,
    bytes: z.int().min(1),
    sha256,
  }),
  configuration: z
    .array(z.strictObject({ folder: z.string().startsWith('/'), found: z.array(foundSchema).refine(isTree) }))
    .min(1),
  topology: z.array(z.string()),
});
export type OmsNote = z.infer<typeof noteSchema>;

/** `unavailable` where it is none that can be read again: what it tells of has changed while it was looked at. */
export async function writeNote(into: Directory, note: OmsNote): Promise<void> {
  const { error } = noteSchema.safeParse(note);
  if (error !== undefined)
    throw new BackupError(
      'unavailable',
      'a configuration folder was removed or replaced while it was read',
      {},
      { cause: error },
    );
  await writeFile(join(into, noteName), sealed(note), { mode: 0o600, flush: true });
}

/** The note with a digest of its own, so that it cannot lie about the others. */
export function sealed(note: unknown): string {
  return JSON.stringify({ note, digest: digestOf(note) });
}

/** `corrupt` where it is missing, cut, or other than what was written. */
export async function readNote(from: Directory): Promise<OmsNote> {
  const text = await readFile(join(from, noteName), 'utf8').catch((cause: unknown) => {
    throw corrupt(`there is no ${noteName}`, cause);
  });
  const { note, digest } = parsed(text);
  if (digest !== digestOf(note)) throw corrupt(`${noteName} is not what was written`);
  const read = noteSchema.safeParse(note);
  if (read.success) return read.data;
  throw corrupt(`${noteName} is not of the form that this version of cairn reads`, read.error);
}

function parsed(text: string): { note: unknown; digest: unknown } {
  try {
    const { note, digest } = JSON.parse(text) as { note?: unknown; digest?: unknown };
    return { note, digest };
  } catch (cause) {
    throw corrupt(`${noteName} is cut or damaged`, cause);
  }
}

function digestOf(note: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(note) ?? '')
    .digest('hex');
}

export function corrupt(what: string, cause?: unknown): BackupError {
  return new BackupError(
    'corrupt',
    `the dump of the manager is damaged: ${what}`,
    { hint: 'choose another set' },
    { cause },
  );
}

/** The folder itself comes first, and each other thing lies in a folder that came before it: never behind a link. */
function isTree(found: readonly Found[]): boolean {
  const folders = new Set<string>();
  const seen = new Set<string>();
  const isInPlace = found.every(({ path, what }, place) => {
    const isNew = !seen.has(path);
    seen.add(path);
    if (what.kind === 'folder') folders.add(path);
    if (place === 0) return path === '' && what.kind === 'folder';
    return isNew && folders.has(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
  });
  return isInPlace && found.length > 0;
}

/** Relative, and never leads out of the folder. Any other sign may stand in it, as in names of files. */
function staysInside(path: string): boolean {
  return (
    path === '' ||
    (!path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'))
  );
}
