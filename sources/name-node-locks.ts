import { readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Directory } from '../model/directory';

/**
 * The process that holds a name directory on this host, in words; undefined when none does.
 *
 * A NameNode keeps `in_use.lock` locked as long as it lives; the file itself stays behind. Linux lists all locks with
 * device and inode. Where that list cannot tell (another system, an overlay that hides the inode), the process that
 * wrote its name into the file is looked for.
 */
export async function holderOf(nameDir: Directory): Promise<string | undefined> {
  const file = join(nameDir, 'in_use.lock');
  const identity = await stat(file).catch(() => undefined);
  if (identity === undefined) return undefined;
  const [name, locks] = await Promise.all([readText(file), readText('/proc/locks')]);
  const pid = lockOwner(locks, identity) ?? (await livingNameNode(name.trim()));
  return pid === undefined ? undefined : `process ${pid}${name === '' ? '' : ` (${name.trim()})`}`;
}

/** Lines such as `7: POSIX  ADVISORY  WRITE 4711 08:01:131090 0 EOF`, device numbers in hexadecimal. */
function lockOwner(locks: string, { dev, ino }: { readonly dev: number; readonly ino: number }): string | undefined {
  for (const line of locks.split('\n')) {
    const found = /^\d+:\s+(?:POSIX|OFDLCK|FLOCK)\s+\S+\s+\S+\s+(-?\d+)\s+([0-9a-f]+):([0-9a-f]+):(\d+)\s/.exec(line);
    if (found === null || Number(found[4]) !== ino) continue;
    if (parseInt(found[2]!, 16) === majorOf(dev) && parseInt(found[3]!, 16) === minorOf(dev)) return found[1];
  }
  return undefined;
}

/** Linux splits a device number so: major in bits 8–19 and 32–63, minor in bits 0–7 and 20–31. */
function majorOf(dev: number): number {
  const bits = BigInt(dev);
  return Number(((bits >> 8n) & 0xfffn) | ((bits >> 32n) & ~0xfffn));
}

function minorOf(dev: number): number {
  const bits = BigInt(dev);
  return Number((bits & 0xffn) | ((bits >> 12n) & 0xffffff00n));
}

/** The lock file names its NameNode as `pid@host`. Another program may have the pid by now. */
async function livingNameNode(name: string): Promise<string | undefined> {
  const [pid, host] = name.split('@');
  if (pid === undefined || !/^\d+$/.test(pid) || host !== hostname()) return undefined;
  return (await readText(`/proc/${pid}/cmdline`)).includes('namenode.NameNode') ? pid : undefined;
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
