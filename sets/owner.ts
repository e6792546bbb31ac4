import { isKind } from '../model/errors';
import type { BackupTarget } from '../model/target';
import { readManifest } from './manifest';

/** The cluster that made the newest of these sets whose manifest can be read. */
export async function ownerOf(target: BackupTarget, newestFirst: readonly string[]): Promise<string | undefined> {
  for (const name of newestFirst) {
    try {
      return (await readManifest(target, name)).cluster.id;
    } catch (error) {
      if (!isKind(error, 'corrupt') && !isKind(error, 'missing') && !isKind(error, 'unsupported')) throw error;
    }
  }
  return undefined;
}
