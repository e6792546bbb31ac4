import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/**
 * The full path of a command, which is a path itself or a name in one of the folders, those of the PATH when absent; undefined
 * when it is not there or may not be run.
 */
export async function findExecutable(
  command: string,
  folders: readonly string[] = (process.env['PATH'] ?? '').split(delimiter),
): Promise<string | undefined> {
  const places = command.includes('/') ? [command] : folders.map((folder) => join(folder, command));
  for (const place of places) if (await mayBeRun(place)) return place;
  return undefined;
}

async function mayBeRun(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
