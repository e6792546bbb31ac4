/** Files that lie beside this code and are no code: the lock file of the jars, the hdfs script. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The text of a file of `embedded/`; compiled code (dist/embedded) finds it in the source tree. */
export async function readAsset(name: string): Promise<string> {
  const beside = join(__dirname, name);
  return readFile(existsSync(beside) ? beside : join(__dirname, '..', '..', 'embedded', name), 'utf8');
}
