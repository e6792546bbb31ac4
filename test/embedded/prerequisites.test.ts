import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requirePrerequisites } from '../../embedded/prerequisites';

const folder = mkdtempSync(join(tmpdir(), 'cairn-path-'));
const before = { ...process.env };

function fakeCommand(name: string, output: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\necho '${output}' >&2\n`);
  chmodSync(join(folder, name), 0o755);
}

beforeAll(() => {
  process.env['PATH'] = folder;
  delete process.env['JAVA_HOME'];
});
afterAll(() => {
  process.env = before;
  rmSync(folder, { recursive: true });
});

test.each(['jar', 'javac', 'mvn', 'pip'] as const)(
  'a missing %s is named, with what it is for and what to do',
  async (name) => {
    const command = name === 'pip' ? 'python3 -m pip' : name;
    const message = new RegExp(`^\`${command}.*does not work here, and it is needed to .*\\nHINT: install `);
    await expect(requirePrerequisites(name)).rejects.toThrow(message);
  },
);

test('a Java that is too old is refused with its version', async () => {
  fakeCommand('java', 'openjdk version "1.8.0_392"');
  await expect(requirePrerequisites('java')).rejects.toThrow(/java is too old: version 8 was found, 11 or newer/);
});

test('the main version of a Java that will do is told', async () => {
  fakeCommand('java', 'openjdk version "17.0.15" 2025-04-15');
  expect(await requirePrerequisites('java')).toEqual({ java: 17 });
});

test('JAVA_HOME comes before the PATH', async () => {
  process.env['JAVA_HOME'] = '/nowhere';
  await expect(requirePrerequisites('java')).rejects.toThrow('/nowhere/bin/java -version');
  delete process.env['JAVA_HOME'];
});
