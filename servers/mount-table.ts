import { readFile } from 'node:fs/promises';

interface Mount {
  readonly point: string;
  /** As the kernel calls the file system: `nfs4`, `cifs`, `ext4` … */
  readonly type: string;
}

/**
 * The file systems that this process sees mounted, in the order of their mounting. Read from the kernel, which answers also
 * while a server hangs: nothing mounted is touched.
 */
async function mounts(): Promise<Mount[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const fields = line.split(' ');
    return { point: unescaped(fields[4] ?? ''), type: fields[fields.indexOf('-') + 1] ?? '' };
  });
}

/** Spaces and the like stand there as `\040`. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

/** How many file systems are mounted at exactly this path, one over the other. */
export async function mountsAt(path: string): Promise<number> {
  return (await mounts()).filter(({ point }) => point === path).length;
}

/** The type of the file system that a path lies on; the path must not lead through symbolic links. */
export async function fileSystemOf(path: string): Promise<string | undefined> {
  const over = (await mounts()).filter(({ point }) => point === '/' || path === point || path.startsWith(`${point}/`));
  const deepest = Math.max(...over.map(({ point }) => point.length));
  return over.findLast(({ point }) => point.length === deepest)?.type;
}
