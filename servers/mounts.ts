import { randomBytes } from 'node:crypto';
import { mkdir, readdir, realpath, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError } from '../model/errors';
import { codeOf } from './http';
import { isInstalled, type MountCommand, type MountCommandEnd, runMountCommand } from './mount-command';
import { mountsAt } from './mount-table';
import { processStatus } from './process-status';

/** A share of a server: how it is mounted, and what it means when that does not go. */
export interface Share {
  /** As people know it: `nas1:/srv/backup`. */
  readonly text: string;
  /** What mounts it, and the packages that bring it. */
  readonly helper: { readonly command: string; readonly debian: string; readonly redHat: string };
  /** Resolves names and reads secrets, at each mount anew. */
  command(at: string): Promise<MountCommand>;
  explain(said: string): Pick<BackupError, 'kind'> & { readonly hint: string };
}

export interface Mounted {
  /** The folder that the share's content appears in. */
  readonly path: string;
  /**
   * Unmounts it: at once and with what is still going on there (`force`), or when nobody uses it any more, or after some
   * seconds all the same. Ends within a bounded time, whatever the server does; may be called twice. `unavailable` when it is
   * mounted even then.
   */
  unmount(force: boolean): Promise<void>;
}

/** A server that answers mounts in less. */
const mountWithinMs = 60_000;
const unmountWithinMs = 10_000;
/** Files that were just closed keep a share busy for moments. */
const busyAttempts = 5;

/**
 * Mounts the share in a folder of its own below `folder`, after what dead processes left there was unmounted.
 *
 * Errors: `precondition` (not root, no such command, no such share), `denied`, `unavailable`, `cancelled`.
 */
export async function mountShare(share: Share, folder: string, signal?: AbortSignal): Promise<Mounted> {
  await checkRights(share);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // One that does not go hinders no new mount: each has a folder of its own.
  await sweep(folder);
  const own = join(await realpath(folder), await newName());
  const path = join(own, shareFolder);
  await mkdir(path, { recursive: true, mode: 0o700 });
  try {
    const { exitCode, said } = await runMountCommand(await share.command(path), mountWithinMs, signal);
    if (exitCode !== 0) throw failure(share, { exitCode, said }, signal);
  } catch (error) {
    // Why it could not be mounted is the news.
    await unmountAndForget(own, true).catch(() => undefined);
    throw error;
  }
  return { path, unmount: (force) => unmountAndForget(own, force) };
}

/**
 * Unmounts what processes of this host left below the folder that are gone, and takes their mount points away. Answers how
 * many there were. What a process that lives has mounted stays.
 *
 * `unavailable` when one stays mounted; the others are unmounted all the same.
 */
export async function unmountLeftovers(folder: string): Promise<number> {
  const { count, failures } = await sweep(folder);
  if (failures.length > 0) throw failures[0];
  return count;
}

async function sweep(folder: string): Promise<{ readonly count: number; readonly failures: readonly unknown[] }> {
  let count = 0;
  const failures: unknown[] = [];
  for (const name of await namesIn(folder)) {
    const owner = /^(\d+)-(\d+)-[0-9a-f]+$/.exec(name);
    if (owner === null || (await startOf(owner[1]!)) === owner[2]) continue;
    const own = join(await realpath(folder), name);
    await unmountAndForget(own, false).catch((error: unknown) => failures.push(error));
    count += 1;
  }
  return { count, failures };
}

/** The mount point lies one folder deeper: that is never touched while something is mounted there. */
const shareFolder = 'share';

/**
 * The name says whose it is. A process's number may be given again; with the time of its start, counted from the host's, it
 * stands for one process only.
 */
async function newName(): Promise<string> {
  return `${process.pid}-${await startOf(String(process.pid))}-${randomBytes(4).toString('hex')}`;
}

async function startOf(pid: string): Promise<string | undefined> {
  return (await processStatus(pid))?.start;
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw new BackupError('precondition', `the folder ${folder} for mounts cannot be read (${codeOf(error)})`, {
      hint: "give it to the worker's user, or name another one as mountPoints in cairn.yaml",
    });
  });
}

/** `rmdir` only, never what removes content: the content would be the share's. */
async function unmountAndForget(own: string, force: boolean): Promise<void> {
  const path = join(own, shareFolder);
  for (let left = await mountsAt(path); left > 0; left -= 1) await unmount(path, force);
  if ((await mountsAt(path)) > 0) throw stillMounted(path);
  await rmdir(path).catch(() => undefined);
  await rmdir(own).catch(() => undefined);
}

/** `-i`: the helper of NFS would ask the server first, which may be the one that hangs. */
async function unmount(path: string, force: boolean): Promise<void> {
  for (let attempt = 1; !force && attempt <= busyAttempts; attempt++) {
    const { exitCode, said } = await runMountCommand({ argv: ['umount', '-i', path] }, unmountWithinMs);
    if (exitCode === 0) return;
    if (exitCode === null || !/busy/.test(said)) break;
    await sleep(100);
  }
  // What waits for the server is broken off first, so that nothing of this process waits on.
  if (force) await runMountCommand({ argv: ['umount', '-i', '-f', path] }, unmountWithinMs);
  if ((await mountsAt(path)) > 0) await runMountCommand({ argv: ['umount', '-i', '-l', path] }, unmountWithinMs);
}

function stillMounted(path: string): BackupError {
  return new BackupError('unavailable', `${path} could not be unmounted`, {
    hint: `see who mounted it and run \`umount -l ${path}\` as root on this host`,
  });
}

async function checkRights({ text, helper: { command, debian, redHat } }: Share): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new BackupError('precondition', `${text} cannot be mounted: this worker does not run as root`, {
      hint: "run it as root, or mount the share yourself and name where under mounts in the worker's cairn.yaml",
    });
  if (await isInstalled(command)) return;
  throw new BackupError('precondition', `${text} cannot be mounted: there is no command \`${command}\``, {
    hint: `install ${debian} (Debian, Ubuntu) or ${redHat} (Red Hat and its like)`,
  });
}

function failure(share: Share, { exitCode, said }: MountCommandEnd, signal?: AbortSignal): BackupError {
  if (signal?.aborted) return new BackupError('cancelled', `stopped while mounting ${share.text}`);
  if (exitCode === null)
    return new BackupError('unavailable', `${share.text} could not be mounted within ${mountWithinMs / 1000} s`, {
      hint: 'see whether the server answers, and whether a firewall lies between',
    });
  const { kind, hint } = share.explain(said);
  const line = said.split('\n')[0] ?? '';
  return new BackupError(kind, `${share.text} could not be mounted: ${line || `exit code ${exitCode}`}`, { hint });
}
