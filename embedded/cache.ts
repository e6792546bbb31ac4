/** The folder in which downloaded servers are kept, and how a folder comes to be there: whole, or not at all. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isAlive } from './process-id';

/** A function that is told, line by line, what takes time. */
export type Report = (line: string) => void;

/** `$CAIRN_CACHE`, or `$XDG_CACHE_HOME/cairn`, or `~/.cache/cairn`; it need not exist yet. */
export function cacheFolder(): string {
  const { CAIRN_CACHE, XDG_CACHE_HOME } = process.env;
  return CAIRN_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'cairn');
}

/** The SHA-256 of a file's bytes, in lower-case hex. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** Whether something lies at this path. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Makes `folder` appear with everything that `fill` puts into it, in one step; a folder that is there already is left as
 * it is. Two processes may do so at once (the first one's folder stays), and a killed one leaves nothing that counts.
 */
export async function makeFolder(folder: string, fill: (part: string) => Promise<void>): Promise<void> {
  if (await exists(folder)) return;
  await mkdir(dirname(folder), { recursive: true });
  await sweepParts(folder);
  const part = await mkdtemp(`${folder}.part-${process.pid}-`);
  try {
    await fill(part);
    await publish(part, folder);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** Takes a spoilt folder out of the way in one step, so that `makeFolder` makes it anew; one that is gone already is fine. */
export async function discardFolder(folder: string): Promise<void> {
  const aside = `${folder}.part-${process.pid}-discarded-${Date.now()}`;
  await rename(folder, aside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rm(aside, { recursive: true, force: true });
}

async function publish(part: string, folder: string): Promise<void> {
  try {
    await rename(part, folder);
  } catch (error) {
    if (!(await exists(folder))) throw error;
  }
}

/** Removes what processes that no longer live have left of this folder. */
async function sweepParts(folder: string): Promise<void> {
  const parts = (await readdir(dirname(folder))).filter((name) => name.startsWith(`${basename(folder)}.part-`));
  const left = parts.filter((name) => !isAlive(Number(/\.part-(\d+)-/.exec(name)?.[1])));
  await Promise.all(left.map((name) => rm(join(dirname(folder), name), { recursive: true, force: true })));
}
