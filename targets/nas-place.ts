import { normalize } from 'node:path';
import { BackupError } from '../model/errors';
import { fileSystemOf } from '../servers/mount-table';
import type { Mounted } from '../servers/mounts';

/** A path of this host where somebody else has mounted a share. */
export interface MountedPlace {
  /** How tasks call it. */
  readonly name: string;
  readonly path: string;
}

/** `precondition` when nothing of these file systems is mounted there: else sets would land on the host's own disk. */
export async function mountedBySomebody(
  { name, path }: MountedPlace,
  types: readonly string[],
  kind: string,
): Promise<Mounted> {
  const found = await fileSystemOf(normalize(path).replace(/(.)\/$/, '$1'));
  if (found !== undefined && types.includes(found)) return { path, unmount: () => Promise.resolve() };
  throw new BackupError(
    'precondition',
    `no share of ${kind} is mounted at ${path} (${name}); what lies there is of type ${found}`,
    { hint: "mount it, or correct mounts in the worker's cairn.yaml; the path must not lead through symbolic links" },
  );
}
