/** Brings a fresh or changed clone to where it runs: packages installed, TypeScript compiled. Does nothing when that is so. */
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Written last by npm and by the build: the proof that they came to their end. */
const installed = join(root, 'node_modules', '.package-lock.json');
const built = join(root, 'dist', 'workflow-bundle.js');
const noSources = new Set(['node_modules', 'dist', 'test', 'bench', 'docs', 'coverage']);

/** Installs the packages when there are none, or others than package-lock.json wants. */
export async function install() {
  if (changedAt(installed) >= changedAt(join(root, 'package-lock.json'))) return;
  console.log('installing the packages (npm ci) …');
  await run('npm', ['ci', '--include=dev']);
}

/** Compiles when dist/ is missing or older than the sources. */
export async function build() {
  if (changedAt(built) >= newestSource(root)) return;
  console.log('building (npm run build) …');
  await run('npm', ['run', '--silent', 'build']);
}

function newestSource(folder) {
  const times = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return isSourceFolder(entry.name) ? newestSource(path) : 0;
    return /\.ts$|^tsconfig.*\.json$|^package-lock\.json$/.test(entry.name) ? changedAt(path) : 0;
  });
  return Math.max(0, ...times);
}

function isSourceFolder(name) {
  return !name.startsWith('.') && !noSources.has(name);
}

/** Milliseconds since 1970; 0 when it is not there. */
function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

async function run(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`\`${[command, ...args].join(' ')}\` failed: see above`);
}
