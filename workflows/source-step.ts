import type { BackUpPartInput } from '../model/run';
import { ownRun } from './own-run';

/** What every step of a source's part of a backup run is told, whatever its family. */
export function sourceStep({ cluster, task, creation, label, source: { entry, target, copies } }: BackUpPartInput) {
  return { cluster: cluster.id, run: ownRun(), task, creation, label, entry, target, copies };
}
