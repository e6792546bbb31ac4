import { constants } from 'node:os';

/**
 * Code of an error of the operating system, such as `ENOSPC`; undefined for anything else. Node's own codes (`ERR_…`) have no
 * `syscall` and are none. Told by its shape: an error that comes from another realm is no `instanceof Error`.
 */
export function systemCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('syscall' in error && 'code' in error)) return undefined;
  if (typeof error.code !== 'string') return undefined;
  return ('errno' in error && unnamed.get(error.errno)) || error.code;
}

/** Whether it is an error of the operating system with one of these codes. */
export function hasSystemCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(systemCodeOf(error) ?? '');
}

/** True for what the system throws when a path, or a folder on the way to it, is not there. */
export function isAbsent(error: unknown): boolean {
  return hasSystemCode(error, 'ENOENT', 'ENOTDIR');
}

/** What libuv has no name for: there EDQUOT is `Unknown system error -122`. */
const unnamed = new Map<unknown, string>([[-constants.errno.EDQUOT, 'EDQUOT']]);
