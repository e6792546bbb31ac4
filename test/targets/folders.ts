import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

/** A new folder for a test; all of them are removed after the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-test-'));
  made.push(folder);
  return folder;
}

afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** Relative paths of all that lies in a folder, sorted. */
export async function everythingIn(folder: string): Promise<string[]> {
  return (await readdir(await realpath(folder), { recursive: true })).sort();
}
