import '../model/dispose';
import { BackupError, isKind } from '../model/errors';
import { connectSftp, placeText, type SftpPlace } from './sftp-connection';
import type { PackageAttributes, PackageEntry } from './sftp-package';
import { failure, openRequests, type SftpPatience, type SftpRequests } from './sftp-requests';

export type { SftpPlace } from './sftp-connection';
export type { SftpPatience } from './sftp-requests';

export interface SftpStatus {
  readonly type: 'file' | 'directory' | 'other';
  readonly bytes: number;
}

/** What a directory holds. The name is as the server says it: it may be anything. */
export interface SftpEntry extends SftpStatus {
  readonly name: string;
}

export interface SftpSpace {
  readonly freeBytes: number;
  readonly isReadOnly: boolean;
}

/** An open file. Its requests may be issued without waiting for the ones before. */
export interface SftpFile {
  status(): Promise<SftpStatus>;
  /** At most so many bytes from there; fewer near the end, none behind it. */
  read(at: number, length: number): Promise<Buffer>;
  write(at: number, bytes: Buffer): Promise<void>;
  /** Makes what was written durable; a server that has no such request does as it always does. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A session with an SFTP server. Paths are absolute and go to the server as they are. Errors are `BackupError`s with
 * SFTP's `status`, where the server answered one; a connection that is lost is `unavailable`, also for all that comes after.
 * Nothing is tried twice.
 */
export interface Sftp extends AsyncDisposable {
  /** Aborted when the connection is lost or ended, with the error that everything then fails with. */
  readonly loss: AbortSignal;
  /** What the server takes and gives in one request. Larger ones arrive in pieces, and in any order. */
  readonly blockBytes: number;
  /** Of what lies there itself, be it a link; undefined when absent. */
  status(path: string): Promise<SftpStatus | undefined>;
  /** Of what a link leads to. */
  statusBehind(path: string): Promise<SftpStatus | undefined>;
  /** In the server's order, in batches; without `.` and `..`. */
  list(path: string): AsyncIterable<SftpEntry>;
  makeFolder(path: string): Promise<void>;
  /** Only an empty one. */
  removeFolder(path: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** `make` makes a file or empties it, `change` opens one that is there. */
  open(path: string, way: 'read' | 'make' | 'change'): Promise<SftpFile>;
  /** Replaces what has that name: in one step where the server can, else the old one is removed first. */
  replace(from: string, to: string): Promise<void>;
  /** Undefined where the server does not tell. */
  space(path: string): Promise<SftpSpace | undefined>;
}

const usualPatience: SftpPatience = { connectMs: 20_000, silentMs: 30_000, answerMs: 60_000 };
/** Much may lie in the server's memory when it is told to write it to its disk. */
const syncMs = 600_000;
const flags = { read: 'r', make: 'w', change: 'r+' } as const;

export async function openSftp(place: SftpPlace, patience: SftpPatience = usualPatience): Promise<Sftp> {
  const opened = await connectSftp(place, patience.connectMs);
  const requests = openRequests(opened, patience, placeText(place));
  const { sftp } = opened;
  const ask = requests.ask.bind(requests);
  return {
    loss: requests.loss,
    blockBytes: Math.min(sftp._maxWriteLen ?? 32_000, 255 * 1024),
    status: (path) => ifThere(ask<PackageAttributes>((done) => sftp.lstat(path, done))),
    statusBehind: (path) => ifThere(ask<PackageAttributes>((done) => sftp.stat(path, done))),
    list: (path) => list({ requests, sftp }, path),
    makeFolder: (path) => ask((done) => sftp.mkdir(path, { mode: 0o700 }, done)),
    removeFolder: (path) => ask((done) => sftp.rmdir(path, done)),
    remove: (path) => ask((done) => sftp.unlink(path, done)),
    open: async (path, way) => {
      const handle = await ask<Buffer>((done) => sftp.open(path, flags[way], { mode: 0o600 }, done));
      return fileOf({ requests, sftp }, handle);
    },
    replace: (from, to) => replace({ requests, sftp }, from, to),
    space: (path) => spaceAt({ requests, sftp }, path),
    [Symbol.asyncDispose]: () => Promise.resolve(requests.end()),
  };
}

interface Opened {
  readonly requests: SftpRequests;
  readonly sftp: Awaited<ReturnType<typeof connectSftp>>['sftp'];
}

function fileOf({ requests, sftp }: Opened, handle: Buffer): SftpFile {
  return {
    status: async () => statusOf(await requests.ask<PackageAttributes>((done) => sftp.fstat(handle, done))),
    async read(at, length) {
      const block = Buffer.allocUnsafe(length);
      const bytes = await requests.ask<number>((done) => sftp.read(handle, block, 0, length, at, done)).catch(orNone);
      return block.subarray(0, bytes);
    },
    write: (at, bytes) => requests.ask((done) => sftp.write(handle, bytes, 0, bytes.length, at, done)),
    sync: () => requests.ask<void>((done) => sftp.ext_openssh_fsync(handle, done), syncMs).catch(ifKnown),
    close: () => requests.ask((done) => sftp.close(handle, done)),
  };
}

async function* list({ requests, sftp }: Opened, path: string): AsyncGenerator<SftpEntry> {
  const handle = await requests.ask<Buffer>((done) => sftp.opendir(path, done));
  try {
    for (;;) {
      const batch = await requests.ask<PackageEntry[]>((done) => sftp.readdir(handle, done)).catch(orEnd);
      if (batch === undefined) return;
      for (const { filename, attrs } of batch)
        if (filename !== '.' && filename !== '..') yield { name: filename, ...statusOf(attrs) };
    }
  } finally {
    await requests.ask((done) => sftp.close(handle, done)).catch(() => undefined);
  }
}

async function replace({ requests, sftp }: Opened, from: string, to: string): Promise<void> {
  try {
    return await requests.ask<void>((done) => sftp.ext_openssh_rename(from, to, done));
  } catch (error) {
    if (!isKind(error, 'unsupported')) throw error;
  }
  const rename = () => requests.ask<void>((done) => sftp.rename(from, to, done));
  try {
    await rename();
  } catch (error) {
    const isInTheWay =
      (await ifThere(requests.ask<PackageAttributes>((done) => sftp.lstat(to, done))))?.type === 'file';
    if (!isInTheWay || statusIn(error) === undefined || isKind(error, 'missing')) throw error;
    await requests.ask<void>((done) => sftp.unlink(to, done));
    await rename();
  }
}

async function spaceAt({ requests, sftp }: Opened, path: string): Promise<SftpSpace | undefined> {
  try {
    const { f_bavail, f_frsize, f_flag } = await requests.ask<{ f_bavail: number; f_frsize: number; f_flag: number }>(
      (done) => sftp.ext_openssh_statvfs(path, done),
    );
    return { freeBytes: f_bavail * f_frsize, isReadOnly: (f_flag & 1) === 1 };
  } catch (error) {
    if (isKind(error, 'unsupported') || statusIn(error) === failure) return undefined;
    throw error;
  }
}

async function ifThere(asked: Promise<PackageAttributes>): Promise<SftpStatus | undefined> {
  try {
    return statusOf(await asked);
  } catch (error) {
    if (isKind(error, 'missing')) return undefined;
    throw error;
  }
}

const [typeBits, fileBits, directoryBits] = [0o170000, 0o100000, 0o040000];

function statusOf({ mode = 0, size }: PackageAttributes): SftpStatus {
  const bits = mode & typeBits;
  return { type: bits === fileBits ? 'file' : bits === directoryBits ? 'directory' : 'other', bytes: size };
}

/** SFTP's status in an error; undefined when the server gave none. */
export function statusIn(error: unknown): number | undefined {
  const status = error instanceof BackupError ? error.context['status'] : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** How SFTP says that a file or a directory ends. */
const endOfFile = 1;

function orNone(error: unknown): number {
  if (statusIn(error) === endOfFile) return 0;
  throw error;
}

function orEnd(error: unknown): undefined {
  if (statusIn(error) !== endOfFile) throw error;
}

function ifKnown(error: unknown): void {
  if (!isKind(error, 'unsupported')) throw error;
}
