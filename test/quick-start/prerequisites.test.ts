import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './start';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-prerequisites-'));
  path = join(folder, 'bin');
  mkdirSync(path);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A machine on which only the commands of `path` are, with an empty cache. */
async function startThere(env: NodeJS.ProcessEnv = {}): Promise<{ code: number | null; said: string }> {
  const quickStart = start([], { PATH: path, CAIRN_CACHE: join(folder, 'cache'), ...env });
  return { code: await quickStart.ended, said: quickStart.said() };
}

function addCommand(name: string, says: string): void {
  writeFileSync(join(path, name), `#!/bin/sh\necho '${says}' >&2\n`);
  chmodSync(join(path, name), 0o755);
}

function addUsualOnes(): void {
  addCommand('npm', '10.8.2');
  addCommand('java', 'openjdk version "17.0.15" 2025-04-15');
  addCommand('jar', 'jar 17.0.15');
  addCommand('mvn', 'Apache Maven 3.8.7');
  addCommand('python3', 'pip 23.0.1');
}

test('everything that is missing is named at once, with what it is needed for and what to do', async () => {
  const { code, said } = await startThere();
  expect(code).toBe(1);
  const named = said.split('\n').filter((line) => line.startsWith('- '));
  expect(named).toEqual([
    "- `npm --version` does not work here, and it is needed to install cairn's packages",
    '- `java -version` does not work here, and it is needed to run the HDFS that is backed up',
    '- `jar --version` does not work here, and it is needed to put that HDFS together',
    "- `mvn -v` does not work here, and it is needed to fetch Hadoop's jars",
    "- `python3 -m pip --version` does not work here, and it is needed to fetch Temporal's server",
  ]);
  expect(said.match(/^ {2}HINT: install /gm)).toHaveLength(5);
});

test('only what is missing is named', async () => {
  addUsualOnes();
  rmSync(join(path, 'mvn'));
  const { code, said } = await startThere();
  expect([code, said.match(/^- .*/gm)]).toEqual([1, [expect.stringContaining('mvn -v')]]);
});

test('a Java that is too old is named with its version', async () => {
  addUsualOnes();
  addCommand('java', 'openjdk version "1.8.0_392"');
  const { code, said } = await startThere();
  expect([code, said.match(/^- .*/gm)]).toEqual([
    1,
    ['- java is too old: version 8 was found, 11 or newer is needed to run the HDFS that is backed up'],
  ]);
});

test('JAVA_HOME goes before the PATH', async () => {
  addUsualOnes();
  const { said } = await startThere({ JAVA_HOME: join(folder, 'jdk') });
  expect(said.match(/^- .*/gm)).toEqual([
    expect.stringContaining(`${join(folder, 'jdk', 'bin', 'java')} -version`),
    expect.stringContaining(`${join(folder, 'jdk', 'bin', 'jar')} --version`),
  ]);
});

test('what only fetches is not asked for when its work is in the cache', async () => {
  mkdirSync(join(folder, 'cache', 'hadoop-3.4.3-abc'), { recursive: true });
  mkdirSync(join(folder, 'cache', 'temporal-1.9.1.part-1-xyz'));
  const { said } = await startThere();
  expect(said.match(/^- `\S+/gm)).toEqual(['- `npm', '- `java', '- `python3']);
  expect((await startThere({ CAIRN_TEMPORAL_CLI: '/opt/temporal' })).said).not.toContain('python3');
});
