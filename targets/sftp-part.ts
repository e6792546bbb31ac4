import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path/posix';
import type { Control } from '../model/control';
import { BackupError, isKind } from '../model/errors';
import type { Body } from '../model/target';
import type { SftpFile } from '../servers/sftp';
import { chunksOf, inBlocks, stopIfCancelled } from './checked-body';
import { heardLater } from './heard-later';
import { takenOver } from './object-errors';
import { partPrefix } from './part-names';
import { inTheWay, isTakenAway, makeFolders, removeEmptyFolders } from './sftp-folders';
import { isAbsent, onSftp, type SftpPlaceOf } from './sftp-errors';

/**
 * The unfinished file of a put, beside the object that it will become.
 *
 * A large body with an id has a part of that name, which the next put of the same id goes on with; any other begins anew.
 * Remains of other puts of a large object are removed first, so that they do not take its space twice; if such a put lives
 * after all, it ends with `conflict`. Two puts of the same id write the same bytes to the same places.
 */
export interface Part {
  readonly place: SftpPlaceOf;
  readonly name: string;
  readonly path: string;
  readonly objectPath: string;
  readonly file: SftpFile;
  /** Bytes that lie there from an earlier put, and are right. */
  readonly from: number;
}

/** In flight at most: it keeps a line of 1 Gbit/s and 60 ms busy. */
const windowBytes = 8 * 1024 * 1024;
/** Remains of smaller bodies are left to `clean`: they cost less than reading a large folder at each put. */
const smallBytes = 8 * 1024 * 1024;
/** How often a concurrent `remove` may take the empty folder away before we give up. */
const folderAttempts = 10;

/** True for a body whose part stays for the next put when this one is cut off. */
export function isResumable({ id, bytes = Infinity }: Body): boolean {
  return id !== undefined && bytes > smallBytes;
}

/** Makes the folders and opens the part: the one that an earlier put left, or an empty one. */
export async function openPart(place: SftpPlaceOf, name: string, objectPath: string, body: Body): Promise<Part> {
  const mark = isResumable(body) ? body.id! : randomBytes(8).toString('hex');
  const path = `${dirname(objectPath)}/${partPrefix(name)}${mark}`;
  for (let attempt = 1; ; attempt++) {
    try {
      await makeFolders(place, dirname(path));
      if (body.bytes === undefined || body.bytes > smallBytes) await removeOtherParts(place, name, path);
      return { place, name, path, objectPath, ...(await openAt(place, path, body)) };
    } catch (error) {
      if (!isTakenAway(error) || attempt === folderAttempts) throw error;
    }
  }
}

/** Writes what is missing of the body and makes all of it durable. Returns how many bytes the server has. */
export async function fillPart(part: Part, body: Body, control: Control): Promise<number> {
  const { place, name, file } = part;
  const { loss } = place.sftp;
  // A body that stalls must not hide that the connection is gone.
  const until = { ...control, signal: AbortSignal.any([control.signal, loss]) };
  try {
    const sent = await sendRest(part, body, until);
    await stillOurs(place, name, unlessStopped(file.sync(), name, until));
    const { bytes } = await stillOurs(place, name, file.status());
    if (bytes !== sent) throw wrongSize(name, sent, bytes);
    return bytes;
  } catch (error) {
    throw loss.aborted && !control.signal.aborted ? loss.reason : error;
  }
}

/** Returns where the body ends. */
async function sendRest({ place, name, file, from }: Part, body: Body, control: Control): Promise<number> {
  const { blockBytes } = place.sftp;
  const inFlight: Promise<void>[] = [];
  const heard = (work: Promise<unknown>) => stillOurs(place, name, unlessStopped(work, name, control));
  let at = from;
  for await (const block of inBlocks(chunksOf(name, body, control, from), blockBytes))
    for (let done = 0; done < block.length; done += blockBytes) {
      const bytes = block.subarray(done, done + blockBytes);
      if ((inFlight.length + 1) * blockBytes > windowBytes) await heard(inFlight.shift()!);
      inFlight.push(heardLater(file.write(at, bytes)));
      at += bytes.length;
    }
  await heard(Promise.all(inFlight));
  return at;
}

/** Some servers find an open file by its name: they say so when a newer put has taken it away. */
async function stillOurs<T>(place: SftpPlaceOf, name: string, work: Promise<T>): Promise<T> {
  return await onSftp(place, `store ${name}`, work).catch((error: unknown) => {
    throw isKind(error, 'missing') ? takenOver(name, error) : error;
  });
}

/** Gives the part the object's name. */
export async function publishPart({ place, name, path, objectPath, file }: Part, control: Control): Promise<void> {
  await onSftp(place, `store ${name}`, file.close());
  stopIfCancelled(name, control);
  try {
    await place.sftp.replace(path, objectPath);
  } catch (error) {
    if (isAbsent(error)) throw takenOver(name, error);
    const isFolder = (await place.sftp.status(objectPath).catch(() => undefined))?.type === 'directory';
    throw isFolder ? inTheWay(objectPath) : await onSftp(place, `store ${name}`, Promise.reject(error as Error));
  }
}

/** Takes away whatever the put made, as far as the connection still serves. */
export async function discardPart({ place, path, file }: Part): Promise<void> {
  await file.close().catch(() => undefined);
  await place.sftp.remove(path);
  await removeEmptyFolders(place, dirname(path));
}

/**
 * Where the earlier put's requests in flight may have come in any order, all is sent again. A server that cannot change a
 * file that is there gets a new one.
 */
async function openAt(place: SftpPlaceOf, path: string, body: Body): Promise<Pick<Part, 'file' | 'from'>> {
  const { sftp } = place;
  const left = isResumable(body) ? await sftp.status(path) : undefined;
  const from = Math.max(0, (left?.bytes ?? 0) - windowBytes);
  if (left?.type === 'file' && from > 0 && left.bytes <= (body.bytes ?? Infinity)) {
    const file = await sftp.open(path, 'change').catch(() => undefined);
    if (file !== undefined) return { file, from };
  }
  return { file: await onSftp(place, `store ${path}`, sftp.open(path, 'make')), from: 0 };
}

async function removeOtherParts({ sftp }: SftpPlaceOf, name: string, path: string): Promise<void> {
  const folder = dirname(path);
  for await (const { name: other } of sftp.list(folder)) {
    if (other.includes('/') || !other.startsWith(partPrefix(name)) || `${folder}/${other}` === path) continue;
    await sftp.remove(`${folder}/${other}`).catch((error: unknown) => {
      if (!isAbsent(error)) throw error;
    });
  }
}

/** A server that stalls must not keep a person's stop waiting. */
async function unlessStopped<T>(work: Promise<T>, name: string, { signal }: Control): Promise<T> {
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(new BackupError('cancelled', `stopped while storing ${name}`));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  return await Promise.race([work, stopped]).finally(() => signal.removeEventListener('abort', stop));
}

/** True when what was stored so far may be gone on from: nothing is wrong with it. */
export function isCutOff(error: unknown): boolean {
  return isKind(error, 'unavailable') || isKind(error, 'cancelled');
}

function wrongSize(name: string, sent: number, stored: number): BackupError {
  return new BackupError('corrupt', `could not store ${name}: ${sent} bytes were sent and the server has ${stored}`, {
    hint: 'do not trust this server before its disks are checked',
  });
}
