import '../model/dispose';
import { setTimeout as pause } from 'node:timers/promises';
import { dirname } from 'node:path/posix';
import type { Readable } from 'node:stream';
import { type Control, noControl } from '../model/control';
import { BackupError } from '../model/errors';
import type { BackupTarget, Body, Range, Stored, TargetTraits } from '../model/target';
import { openSftp, type Sftp, type SftpPatience, type SftpPlace } from '../servers/sftp';
import { stopIfCancelled } from './checked-body';
import { checkName, missing } from './object-errors';
import { isPart } from './part-names';
import { onSftp, type SftpPlaceOf } from './sftp-errors';
import { removeEmptyFolders, removeIfEmpty } from './sftp-folders';
import { discardPart, fillPart, isCutOff, isResumable, openPart, publishPart } from './sftp-part';
import { readExactly } from './sftp-read';
import { walk } from './sftp-walk';

const traits: TargetTraits = { atomicPut: true, snapshots: false, distCp: false, hostBound: false };

export interface SftpTargetOptions extends SftpPlace {
  /** An absolute path on the server, of a directory that exists. */
  readonly path: string;
  readonly patience?: SftpPatience;
}

/**
 * A directory of an SFTP server.
 *
 * Files have mode 600 and folders 700. Symbolic links below the directory are not listed, and one is no object. Beside the
 * seam's kinds: `conflict` when a file stands where a folder is needed, or a newer put of the same name took over;
 * `denied` also for a server whose key is not the target's; `unavailable` when the directory is absent. On a server that
 * cannot rename onto a file, an object that is replaced is absent for a moment.
 */
export function openSftpTarget(options: SftpTargetOptions): BackupTarget {
  const session = openSession(options);
  const using = async <T>(work: (place: SftpPlaceOf) => Promise<T>): Promise<T> => work(await session.place());
  return {
    traits,
    put: (name, body, control = noControl()) => put(session, name, body, control),
    get: async (name, range) => (checkName(name), using((place) => get(place, name, range))),
    stat: async (name) => (checkName(name), using((place) => stat(place, name))),
    list: (prefix) => list(session, prefix),
    remove: async (name) => (checkName(name), using((place) => remove(place, name))),
    clean: async (prefix) => (checkPrefix(prefix), using((place) => clean(place, prefix))),
    remains: (prefix) => remains(session, prefix),
    freeBytes: () => using(freeBytes),
    [Symbol.asyncDispose]: () => session.end(),
  };
}

interface Session {
  /** Connects at the first call, and anew after the connection was lost. */
  place(): Promise<SftpPlaceOf>;
  end(): Promise<void>;
}

function openSession({ path: base, patience, ...server }: SftpTargetOptions): Session {
  let opening: Promise<Sftp> | undefined;
  return {
    async place() {
      const last = opening;
      const isUsable = last !== undefined && (await last.catch(() => undefined))?.loss.aborted === false;
      // Of several that find it lost, one connects anew.
      if (!isUsable && opening === last) opening = connect(server, base, patience);
      return { sftp: await opening!, base };
    },
    async end() {
      const open = await opening?.catch(() => undefined);
      await open?.[Symbol.asyncDispose]();
    },
  };
}

/** A directory that is absent is no empty target: its disk may not be mounted. */
async function connect(server: SftpPlace, base: string, patience?: SftpPatience): Promise<Sftp> {
  const sftp = await openSftp(server, patience);
  try {
    const status = await onSftp({ sftp, base }, `open ${base}`, sftp.statusBehind(base));
    if (status?.type === 'directory') return sftp;
    throw new BackupError('unavailable', `the directory ${base} is not there on the server`, {
      hint: "make it with mode 700 for the target's user, or mount its disk",
    });
  } catch (error) {
    await sftp[Symbol.asyncDispose]();
    throw error;
  }
}

async function put(session: Session, name: string, body: Body, control: Control): Promise<Stored> {
  checkName(name);
  stopIfCancelled(name, control);
  const place = await session.place();
  const part = await onSftp(place, `store ${name}`, openPart(place, name, `${place.base}/${name}`, body));
  try {
    const bytes = await fillPart(part, body, control);
    await publishPart(part, control);
    return { name, bytes };
  } catch (error) {
    const stays = isResumable(body) && isCutOff(error);
    const leave = stays ? part.file.close() : discardPart(part);
    await Promise.race([leave.catch(() => undefined), pause(discardMs, undefined, { ref: false })]);
    throw error;
  }
}

/** The put's own error is the one that matters: a server that stalls does not keep it waiting. */
const discardMs = 5000;

async function get(place: SftpPlaceOf, name: string, range?: Range): Promise<Readable> {
  const object = await stat(place, name);
  if (object === undefined) throw missing(name);
  const file = await onSftp(place, `read ${name}`, place.sftp.open(pathOf(place, name), 'read'));
  try {
    const { bytes } = await onSftp(place, `read ${name}`, file.status());
    return readExactly(place, file, { name, bytes }, range);
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

async function stat(place: SftpPlaceOf, name: string): Promise<Stored | undefined> {
  const status = await onSftp(place, `look at ${name}`, place.sftp.status(pathOf(place, name)));
  return status?.type === 'file' ? { name, bytes: status.bytes } : undefined;
}

async function* list(session: Session, prefix: string): AsyncGenerator<Stored> {
  checkPrefix(prefix);
  const place = await session.place();
  for await (const { kind, name, base, bytes } of walkBelow(place, prefix))
    if (kind === 'file' && !isPart(base)) yield { name, bytes };
}

async function remove(place: SftpPlaceOf, name: string): Promise<void> {
  const path = pathOf(place, name);
  if ((await stat(place, name)) !== undefined) await removeFile(place, `remove ${name}`, path);
  await removeEmptyFolders(place, dirname(path));
}

/** Empty folders go too: a put may have been killed between making one and its first file. */
async function clean(place: SftpPlaceOf, prefix: string): Promise<void> {
  for await (const { kind, path, name, base } of walkBelow(place, prefix)) {
    if (kind === 'folder') await removeIfEmpty(place, path);
    else if (isPart(base)) await removeFile(place, `clean ${name}`, path);
  }
  await removeEmptyFolders(place, pathOf(place, prefix));
}

async function* remains(session: Session, prefix: string): AsyncGenerator<Stored> {
  checkPrefix(prefix);
  const place = await session.place();
  for await (const { kind, name, base, bytes } of walkBelow(place, prefix))
    if (kind === 'file' && isPart(base)) yield { name, bytes };
}

async function freeBytes({ sftp, base }: SftpPlaceOf): Promise<number> {
  const space = await onSftp({ sftp, base }, 'ask for free space', sftp.space(base));
  if (space !== undefined) return space.freeBytes;
  throw new BackupError('unsupported', 'the server does not tell its free space (statvfs@openssh.com)', {
    hint: 'watch its disks by other means; backups do without',
  });
}

async function removeFile(place: SftpPlaceOf, doing: string, path: string): Promise<void> {
  try {
    await place.sftp.remove(path);
  } catch (error) {
    // Gone meanwhile is fine.
    if ((await place.sftp.status(path).catch(() => 'unknown')) !== undefined)
      await onSftp(place, doing, Promise.reject(error as Error));
  }
}

async function* walkBelow(place: SftpPlaceOf, prefix: string) {
  const path = pathOf(place, prefix);
  if (prefix === '' || (await onSftp(place, `list ${prefix}`, place.sftp.status(path)))?.type === 'directory')
    yield* walk(place, path, prefix);
}

function pathOf({ base }: SftpPlaceOf, name: string): string {
  return name === '' ? base : `${base}/${name}`;
}

function checkPrefix(prefix: string): void {
  if (prefix !== '') checkName(prefix);
}
