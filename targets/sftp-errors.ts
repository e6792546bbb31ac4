import { BackupError, type ErrorKind, isKind } from '../model/errors';
import { type Sftp, statusIn } from '../servers/sftp';

/** A session, and the target's directory on its server. */
export interface SftpPlaceOf {
  readonly sftp: Sftp;
  readonly base: string;
}

/** Awaits an operation; what the server answers becomes an error that names what was being done, with a hint. */
export async function onSftp<T>(place: SftpPlaceOf, doing: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw await sftpError(place, doing, error);
  }
}

/** Anything that the server did not answer itself (a lost connection, an error of the body) is returned as it is. */
export async function sftpError(place: SftpPlaceOf, doing: string, error: unknown): Promise<unknown> {
  if (!(error instanceof BackupError) || statusIn(error) === undefined) return error;
  const { kind, why } = await meaningOf(place, error);
  const hint = hints[kind];
  const context = { ...error.context, ...(hint !== undefined && { hint }) };
  return new BackupError(kind, `could not ${doing}: ${why}`, context, { cause: error });
}

interface Meaning {
  readonly kind: ErrorKind;
  readonly why: string;
}

/** Less is no room: a file system keeps some of its blocks for itself. */
const roomBytes = 1024 * 1024;

/** SFTP has one word for everything that has none of its own; what the file system says of itself tells more. */
async function meaningOf({ sftp, base }: SftpPlaceOf, { kind, what }: BackupError): Promise<Meaning> {
  if (kind !== 'unavailable') return { kind, why: what };
  const space = await sftp.space(base).catch(() => undefined);
  if (space?.isReadOnly === true) return { kind: 'denied', why: 'the server cannot write there, it is read-only' };
  if (space !== undefined && space.freeBytes < roomBytes)
    return { kind: 'full', why: `the server has only ${space.freeBytes} bytes free` };
  return { kind, why: what };
}

/** True for what the server answers when a path, or a directory on the way to it, is not there. */
export function isAbsent(error: unknown): boolean {
  return isKind(error, 'missing') && statusIn(error) !== undefined;
}

const hints: { readonly [kind in ErrorKind]?: string } = {
  denied: "let the target's user own the directory with mode 700, on a disk that can be written",
  full: "delete old sets, raise the user's quota, or choose another disk of the server",
  invalid: 'the server cannot hold this name; choose a shorter, plainer one',
  unavailable: "it may be full, over a quota or broken: see the server's log",
};
