import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let clone: string;

/** A clone in which npm only notes what it is told, and leaves what the real one leaves last. */
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'cairn-prepare-'));
  for (const folder of ['bin', 'model', 'test']) mkdirSync(join(clone, folder));
  cpSync(join(__dirname, '..', '..', 'quick-start', 'prepare.mjs'), join(clone, 'quick-start', 'prepare.mjs'));
  for (const file of ['package-lock.json', 'model/task.ts', 'test/task.test.ts']) writeAt(file, 1);
  writeFileSync(
    join(clone, 'bin', 'npm'),
    `#!/bin/sh
echo "$@" >> npm.log
mkdir -p node_modules dist
case $1 in ci) echo > node_modules/.package-lock.json;; run) [ ! -f broken ] && echo > dist/workflow-bundle.js;; esac
`,
  );
  chmodSync(join(clone, 'bin', 'npm'), 0o755);
});
afterEach(() => rmSync(clone, { recursive: true }));

/** A file that was last changed so many minutes ago; a negative number is the future. */
function writeAt(file: string, minutesAgo: number): void {
  writeFileSync(join(clone, file), '');
  const time = new Date(Date.now() - minutesAgo * 60_000);
  utimesSync(join(clone, file), time, time);
}

/** What npm was told meanwhile. */
function prepare(): string[] {
  rmSync(join(clone, 'npm.log'), { force: true });
  const code = "import('./quick-start/prepare.mjs').then(async (one) => { await one.install(); await one.build(); })";
  const env = { ...process.env, PATH: `${join(clone, 'bin')}:${process.env['PATH']}` };
  execFileSync(process.execPath, ['-e', code], { cwd: clone, env, stdio: 'pipe' });
  try {
    return readFileSync(join(clone, 'npm.log'), 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}

const [install, build] = ['ci --include=dev', 'run --silent build'];

test('a fresh clone is installed and built, and left alone from then on', () => {
  expect(prepare()).toEqual([install, build]);
  expect(prepare()).toEqual([]);
});

test('other packages are installed and built with', () => {
  prepare();
  writeAt('package-lock.json', -1);
  expect(prepare()[0]).toBe(install);
});

test('a changed source is built, a changed test is not', () => {
  prepare();
  writeAt('test/task.test.ts', -1);
  expect(prepare()).toEqual([]);
  writeAt('model/task.ts', -1);
  expect(prepare()).toEqual([build]);
});

test('a build that fails is an error, and is tried again the next time', () => {
  writeAt('broken', 1);
  expect(prepare).toThrow('`npm run --silent build` failed: see above');
  rmSync(join(clone, 'broken'));
  expect(prepare()).toEqual([build]);
});
