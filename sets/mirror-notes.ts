import { Readable } from 'node:stream';
import { BackupError, isKind } from '../model/errors';
import type { BackupTarget } from '../model/target';
import { readAtMost } from './read-at-most';

/**
 * The sets that were on this host and on another one when both were compared last. Lies beside the sets, so that it is
 * lost with them.
 */
export async function readKnown(target: BackupTarget, root: string, other: string): Promise<ReadonlySet<string>> {
  return new Set(await readNames(target, knownFile(root, other)));
}

export async function writeKnown(
  target: BackupTarget,
  root: string,
  other: string,
  names: readonly string[],
): Promise<void> {
  await writeNames(target, knownFile(root, other), names);
}

function knownFile(root: string, other: string): string {
  return `${root}/.equal-to-${other}.json`;
}

/** The sets that retention has removed on this host, the oldest first. Lies beside the sets, so that it is lost with them. */
export async function readRemoved(target: BackupTarget, root: string): Promise<readonly string[]> {
  return await readNames(target, removedFile(root));
}

/**
 * To be called before these sets are removed. What is forgotten, here or by two who write at once, comes back from a standby
 * host, and is removed and noted with the next run.
 */
export async function noteRemoved(target: BackupTarget, root: string, names: readonly string[]): Promise<void> {
  const before = (await readRemoved(target, root)).filter((name) => !names.includes(name));
  await writeNames(target, removedFile(root), [...before, ...names].slice(-mostRemoved));
}

function removedFile(root: string): string {
  return `${root}/.removed.json`;
}

/** A standby host that was away while more were removed gets rid of the older ones by way of the active host. */
const mostRemoved = 5000;

/** Where nothing is known nothing is removed, so a file that is not there, or harmed, is none. */
async function readNames(target: BackupTarget, file: string): Promise<string[]> {
  try {
    const text = (await readAtMost(await target.get(file), maxBytes, tooLong)).toString('utf8');
    const names: unknown = JSON.parse(text);
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  } catch (error) {
    if (isKind(error, 'missing') || isKind(error, 'corrupt') || error instanceof SyntaxError) return [];
    throw error;
  }
}

async function writeNames(target: BackupTarget, file: string, names: readonly string[]): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(names), 'utf8');
  await target.put(file, {
    bytes: bytes.length,
    open: (from) => Promise.resolve(Readable.from([bytes.subarray(from)])),
  });
}

const maxBytes = 64 * 1024 * 1024;

function tooLong(): BackupError {
  return new BackupError('corrupt', 'the list of names of sets is too long');
}
