import type { Content } from '../model/data-source';
import type { DataKind } from '../model/kinds';
import type { TaskSource } from '../model/task';
import { underControl } from './control';
import type { Plugins } from './plugins';

/** A source of service data of a task. */
export interface MeasureStep {
  readonly cluster: string;
  readonly task: string;
  readonly source: DataKind;
  readonly entry: TaskSource['entry'];
}

export type VolumeActivities = ReturnType<typeof createVolumeActivities>;

export function createVolumeActivities(plugins: Plugins) {
  return {
    /** How much a backup would copy if it was started now. Changes nothing. */
    async measureData({ cluster, source, entry }: MeasureStep): Promise<Content> {
      return await underControl(undefined, undefined, async () => {
        const opened = plugins.openDataSource(cluster, source, { entry });
        return await opened.source.contentOf(opened.spec);
      });
    },
  };
}
