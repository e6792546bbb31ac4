import { BackupError } from '../model/errors';
import type { Manifest } from '../model/manifest';
import type { ChosenSet } from '../model/task';

interface Chosen {
  readonly set: ChosenSet;
  readonly productVersion: string;
  readonly anyVersion: boolean;
}

/**
 * That a set is what the restoration task chose, and of the cluster's product version: `conflict`, `precondition`.
 * The manifest is asked again, because the task was made earlier and the target is the truth.
 */
export function checkIsChosen({ set, productVersion, anyVersion }: Chosen, manifest: Manifest): void {
  if (manifest.source !== set.source || manifest.part !== set.part || manifest.label !== set.label)
    throw new BackupError(
      'conflict',
      `${set.name} holds ${manifest.source} "${manifest.part}" of ${manifest.label}, not what the task chose`,
      {
        hint: 'create the restoration task again from "cairn sets list"',
      },
    );
  if (manifest.versions.product !== productVersion && !anyVersion)
    throw new BackupError(
      'precondition',
      `${set.name} is of product version ${manifest.versions.product}, the cluster has ${productVersion}`,
      {
        hint: 'the versions must be equal; --any-version restores it all the same',
      },
    );
}
