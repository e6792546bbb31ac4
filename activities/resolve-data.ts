import { keepPlaces, type Resolved } from '../model/hdfs-rows';
import { readDataManifest } from '../sets/manifest';
import { listSetsOfPart } from '../sets/set-names';
import { underControl } from './control';
import { type BackUpDataStep, namesOfRun, onDataTarget, openSourceOf, toldOf } from './data-step';
import type { Plugins } from './plugins';

export type ResolveDataActivities = ReturnType<typeof createResolveDataActivities>;

export function createResolveDataActivities(plugins: Plugins) {
  return {
    /**
     * What this run takes, where the task has rows: asked once, so that its steps agree, whoever does them and however often.
     * Each directory has the place that it has in the newest set.
     */
    async resolveData(step: BackUpDataStep): Promise<Resolved> {
      return await underControl({ ...toldOf(step), phase: 'freezing' }, step.run, () =>
        onDataTarget(plugins, step, async (opened) => {
          const { source, spec } = openSourceOf(plugins, step);
          const { paths, notes } = await source.resolve(spec);
          const [newest] = (await listSetsOfPart(opened.target, namesOfRun(opened, step).name)).reverse();
          // One that cannot be read costs no more than that directories are copied again.
          const manifest = newest && (await readDataManifest(opened.target, newest.name).catch(() => undefined));
          return { paths: keepPlaces(manifest?.trees.map(({ path }) => path) ?? [], paths), notes };
        }),
      );
    },
  };
}
