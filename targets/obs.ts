import '../model/dispose';
import { Readable } from 'node:stream';
import { type Control, noControl } from '../model/control';
import { BackupError } from '../model/errors';
import type { BackupTarget, Range, Stored, TargetTraits } from '../model/target';
import { type LockMode, openS3, type S3Body, type S3Options, type S3Status } from '../servers/s3';
import { folderKey, keyOf, nameOf, obsError, type ObsPlace, onObs } from './obs-place';
import { putObject } from './obs-put';
import { missing } from './object-errors';
import { isInPart } from './part-names';
import { checkRange, tooShort } from './read-range';

const traits: TargetTraits = { atomicPut: true, snapshots: false, distCp: false, hostBound: false };

export interface ObsOptions extends S3Options {
  /** What all keys of this target begin with: `a/b`, without a slash at either end. */
  readonly path: string;
  /** For how long sets are locked when they are made; not at all when absent. */
  readonly objectLock?: { readonly mode: LockMode; readonly days: number };
}

/**
 * A bucket of a store that speaks S3, below a path of its own.
 *
 * An object appears when its upload is completed, in one step; uploads that are not are never listed. Beside the seam's
 * kinds: `precondition` when the bucket is not there or is elsewhere, and when an object is locked that is to be removed
 * (`lockedUntil` in the error's context); `conflict` when a newer put of the same name took over.
 */
export function openObs(options: ObsOptions): BackupTarget {
  const { path, objectLock } = options;
  const place: ObsPlace = { s3: openS3(options), path };
  return {
    traits,
    put: (name, body, control: Control = noControl()) => putObject(place, name, body, control),
    get: (name, range) => get(place, name, range),
    stat: (name) => stat(place, name),
    list: (prefix) => list(place, prefix),
    remove: (name) => (objectLock ? removeForGood(place, name) : remove(place, name)),
    clean: (prefix) => clean(place, prefix),
    remains: (prefix) => remains(place, prefix),
    ...(objectLock && { lock: (names: readonly string[]) => lock(place, names, objectLock) }),
    [Symbol.asyncDispose]: async () => place.s3.close(),
  };
}

async function get(place: ObsPlace, name: string, range?: Range): Promise<Readable> {
  if (range !== undefined) checkRange({ name, bytes: Infinity }, range);
  const key = keyOf(place, name);
  const body = await onObs(`read ${name}`, bodyAt(place, name, key, range));
  if (body === undefined) throw missing(name);
  if (range === undefined || body.total > range.end) return wholeBody(body, name);
  body.stream.destroy();
  throw tooShort(name, body.total, range.end + 1);
}

/** A store may refuse a range that begins behind the end, and does not say then where the end is. */
async function bodyAt({ s3 }: ObsPlace, name: string, key: string, range?: Range): Promise<S3Body | undefined> {
  try {
    return await s3.get(key, range);
  } catch (error) {
    const status = error instanceof BackupError && error.context['status'] === 416 ? await s3.status(key) : undefined;
    if (status === undefined || range === undefined) throw error;
    throw tooShort(name, status.bytes, range.end + 1);
  }
}

/** A connection may end as if all had come: only the count tells. */
function wholeBody({ stream: source, bytes }: S3Body, name: string): Readable {
  async function* chunks(): AsyncGenerator<Buffer> {
    let came = 0;
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        came += chunk.length;
        yield chunk;
      }
    } catch (cause) {
      throw brokenOff(name, came, bytes, cause);
    }
    if (came !== bytes) throw brokenOff(name, came, bytes);
  }
  const stream = Readable.from(chunks(), { objectMode: false, highWaterMark: 1024 * 1024 });
  // Not in the generator's `finally`: a stream that is destroyed before its first read never enters it.
  return stream.once('close', () => source.destroy());
}

function brokenOff(name: string, came: number, bytes: number, cause?: unknown): BackupError {
  const what = `could not read ${name}: the connection ended after ${came} of ${bytes} bytes`;
  return new BackupError('unavailable', what, { hint: 'see the log of the store' }, { cause });
}

async function stat(place: ObsPlace, name: string): Promise<Stored | undefined> {
  const status = await onObs(`look at ${name}`, place.s3.status(keyOf(place, name)));
  return status && { name, bytes: status.bytes };
}

async function* list(place: ObsPlace, prefix: string): AsyncGenerator<Stored> {
  for await (const { name, bytes } of found(place, prefix)) if (!isInPart(name)) yield { name, bytes };
}

/** Each key once: a store may repeat the last ones of a page in the next. Keys of others that cairn would refuse are left out. */
async function* found(place: ObsPlace, prefix: string): AsyncGenerator<Stored & { readonly key: string }> {
  const folder = folderKey(place, prefix);
  let before = new Set<string>();
  try {
    for await (const page of place.s3.list(folder)) {
      const seen = new Set<string>();
      for (const { key, bytes } of page) {
        const name = key.startsWith(folder) ? nameOf(place, key) : undefined;
        if (name === undefined || seen.has(key) || before.has(key)) continue;
        seen.add(key);
        yield { name, key, bytes };
      }
      before = seen;
    }
  } catch (error) {
    throw obsError(`list ${prefix === '' ? place.path : prefix}`, error);
  }
}

async function remove(place: ObsPlace, name: string): Promise<void> {
  await onObs(`remove ${name}`, place.s3.remove(keyOf(place, name)));
}

/**
 * In a bucket with object lock a removal hides an object only, even one that is locked: its space is given back when its
 * versions are removed. Those are removed one by one, the newest first.
 */
async function removeForGood(place: ObsPlace, name: string): Promise<void> {
  const key = keyOf(place, name);
  for (let version = 1; version <= mostVersions; version += 1) {
    const status = await onObs(`look at ${name}`, place.s3.status(key));
    if (status === undefined) return;
    refuseLocked(name, status);
    await onObs(`remove ${name}`, place.s3.remove(key, status.version));
  }
  throw new BackupError('unavailable', `could not remove ${name}: it is still there after ${mostVersions} removals`, {
    hint: 'see the log of the store',
  });
}

/** cairn stores a name twice at the most; more are somebody else's, or a store that shows what it has removed. */
const mostVersions = 100;

function refuseLocked(name: string, { lockedUntil }: S3Status): void {
  if (lockedUntil === undefined || lockedUntil.getTime() <= Date.now()) return;
  const until = lockedUntil.toISOString();
  throw new BackupError('precondition', `${name} is locked until ${until}`, {
    hint: 'it can be removed from then on',
    lockedUntil: until,
  });
}

async function lock(
  place: ObsPlace,
  names: readonly string[],
  { mode, days }: NonNullable<ObsOptions['objectLock']>,
): Promise<void> {
  const until = new Date(Date.now() + days * 24 * 3600 * 1000);
  for (const name of names) await onObs(`lock ${name}`, place.s3.lock(keyOf(place, name), mode, until));
}

async function clean(place: ObsPlace, prefix: string): Promise<void> {
  const doing = `clean ${prefix === '' ? place.path : prefix}`;
  const folder = folderKey(place, prefix);
  await onObs(doing, abortUploads(place, folder));
  for await (const { name, key } of found(place, prefix)) if (isInPart(name)) await onObs(doing, place.s3.remove(key));
}

async function abortUploads({ s3 }: ObsPlace, folder: string): Promise<void> {
  for await (const upload of s3.uploads(folder)) if (upload.key.startsWith(folder)) await s3.abort(upload);
}

/** An upload that is open, as the object that it would become; and the notes about such uploads. */
async function* remains(place: ObsPlace, prefix: string): AsyncGenerator<Stored> {
  const folder = folderKey(place, prefix);
  try {
    for await (const upload of place.s3.uploads(folder)) {
      const name = upload.key.startsWith(folder) ? nameOf(place, upload.key) : undefined;
      if (name === undefined) continue;
      const parts = await place.s3.parts(upload);
      yield { name, bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0) };
    }
  } catch (error) {
    throw obsError(`list uploads below ${prefix === '' ? place.path : prefix}`, error);
  }
  for await (const { name, bytes } of found(place, prefix)) if (isInPart(name)) yield { name, bytes };
}
