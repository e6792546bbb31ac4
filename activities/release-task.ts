import type { DataKind } from '../model/kinds';
import type { Label } from '../model/label';
import type { TaskSource } from '../model/task';
import { underControl } from './control';
import type { Plugins } from './plugins';

export interface ReleaseTaskStep {
  readonly cluster: string;
  readonly task: string;
  readonly creation: Label;
  readonly source: DataKind;
  readonly entry: TaskSource['entry'];
  /** Later views are not the deleted task's. Without it all go. */
  readonly upTo?: Label;
}

export type ReleaseActivities = ReturnType<typeof createReleaseActivities>;

/** What ends with a task: the recovery points that its runs kept in the cluster. Its sets on targets stay. */
export function createReleaseActivities(plugins: Plugins) {
  return {
    async releaseFrozen({ cluster, task, creation, source: kind, entry, upTo }: ReleaseTaskStep): Promise<void> {
      await underControl(undefined, undefined, async () => {
        const { source, spec } = plugins.openDataSource(cluster, kind, { entry });
        await source.keepNewest(spec, { task, creation }, 0, upTo);
      });
    },
  };
}
