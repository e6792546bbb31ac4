/**
 * `npm test`: installs and builds what is missing or old, runs all tests on real servers, and says at the end what was
 * skipped and why. Plain JavaScript without packages, because at this point there may be none.
 *
 *     npm test                            everything
 *     npm test -- --only test/model       the test files whose path holds this (may stand several times)
 *     npm test -- -t 'part of a name'     any other argument goes to jest as it is
 *
 * The last line is always `N passed, N failed, N skipped`; jest's own report lies in `.cache/tests.json`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { checkPrerequisites } from '../quick-start/prerequisites.mjs';
import { build, install } from '../quick-start/prepare.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const report = join(root, '.cache', 'tests.json');

/** Reasons that stand also in CI: neither a package nor a server that CI could have would make these tests run. */
const skipsThatCiMayHave = [
  // What a plug-in does not offer cannot be asked of it; `test/conformance/` makes sure that it is so.
  /^the target has no /,
  /^the source is not /,
  // Name spaces for mounts are often forbidden in containers, and CI runs in one.
  /^this system does not let us mount in a name space of our own$/,
];

const args = argumentsOf(process.argv.slice(2));

try {
  await checkPrerequisites();
  await install();
  await build();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  end({ passed: 0, failed: 1, skipped: [] }, 1);
}
const code = runJest(args);
const results = readResults();
show(results);
end(results, code);

/** `--only path` is jest's own way to choose files, by position. */
function argumentsOf(given) {
  return given.filter((arg) => arg !== '--only');
}

function runJest(given) {
  mkdirSync(join(root, '.cache'), { recursive: true });
  rmSync(report, { force: true });
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const own = ['--json', `--outputFile=${report}`, ...(given.some(isWorkers) ? [] : [`--maxWorkers=2`])];
  const { status, signal } = spawnSync(process.execPath, [jest, ...own, ...given], {
    cwd: root,
    stdio: 'inherit',
    // Bundled once by the build: bundling takes seconds, and each of jest's processes would do it again.
    env: { ...process.env, CAIRN_WORKFLOW_BUNDLE: join(root, 'dist', 'workflow-bundle.js') },
  });
  if (signal !== null) console.log(`jest was ended by ${signal}`);
  return status ?? 1;
}

function isWorkers(arg) {
  return arg.startsWith('--maxWorkers') || arg.startsWith('-w') || arg === '-i' || arg === '--runInBand';
}

/** A file that could not be run at all counts as one failed test: else it would not count. */
function readResults() {
  const jest = readReport();
  if (jest === undefined) return { passed: 0, failed: 1, skipped: [] };
  const tests = jest.testResults.flatMap((file) => file.assertionResults);
  // Where only some names were asked for, the other tests are not skipped, they were not asked for.
  const filtered = args.some((arg) => arg === '-t' || arg.startsWith('--testNamePattern'));
  const skipped = filtered ? [] : tests.filter(({ status }) => status === 'pending' || status === 'todo');
  return {
    passed: jest.numPassedTests,
    failed: jest.numFailedTests + jest.numRuntimeErrorTestSuites,
    skipped: skipped.map(({ fullName }) => ({ name: fullName, reason: reasonIn(fullName) })),
    failures: jest.testResults.flatMap(failuresIn),
  };
}

/** What failed in a file of tests, with the first line of each reason: jest's own report of it may lie far above. */
function failuresIn({ name, status, message, assertionResults }) {
  const file = relative(root, name);
  const failures = assertionResults
    .filter((test) => test.status === 'failed')
    .map(({ fullName, failureMessages }) => `${file}: ${fullName}: ${firstLine(failureMessages.join('\n'))}`);
  const isBroken = status === 'failed' && failures.length === 0;
  return isBroken ? [`${file}: ${firstLine(message)}`] : failures;
}

function firstLine(text) {
  const line = text.split('\n').find((one) => one.trim() !== '' && !one.includes('●')) ?? '';
  return stripVTControlCharacters(line).trim().slice(0, 300);
}

function readReport() {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return undefined;
  }
}

/** As `test/kit/skip.ts` writes it. */
function reasonIn(name) {
  return /\[skipped: (.+?)\]/.exec(name)?.[1];
}

/** The failures stand last, where somebody looks first. */
function show({ passed, failed, skipped, failures = [] }) {
  console.log(`\n${passed} tests passed, ${failed} failed, ${skipped.length} were skipped${skipped.length ? ':' : ''}`);
  for (const { name, reason } of skipped) {
    console.log(`  ${name}${reason === undefined ? ' [no reason is given]' : ''}`);
  }
  if (failures.length > 0) console.log(`\nfailed:`);
  for (const failure of failures) console.log(`  ${failure}`);
}

/**
 * In CI a skip that CI should not have is a failure: otherwise nobody would notice that a test is run no more.
 * That nothing was run at all is one everywhere.
 */
function end({ passed, failed, skipped }, jestCode) {
  const wrong = process.env.CI
    ? skipped.filter(({ reason }) => !skipsThatCiMayHave.some((may) => may.test(reason)))
    : [];
  for (const { name } of wrong) console.log(`in CI this must not be skipped: ${name}`);
  const nothing = passed + failed === 0;
  if (nothing) console.log('no test was run');
  const failures = failed + wrong.length + Number(nothing);
  console.log(`${passed} passed, ${failures} failed, ${skipped.length - wrong.length} skipped`);
  process.exit(jestCode === 0 && failures === 0 ? 0 : jestCode || 1);
}
