import type { TargetSpec } from '../model/task';
import type { CheckSettings, TargetFinding } from '../model/target-check';
import { scratchFolder } from '../sets/layout';
import { underControl } from './control';
import type { Plugins } from './plugins';

export interface CheckStep {
  readonly cluster: string;
  readonly target: TargetSpec;
  /** The check's id: its folder has it in its name. */
  readonly check: string;
  readonly settings: CheckSettings;
}

export type CheckActivities = ReturnType<typeof createCheckActivities>;

export function createCheckActivities(plugins: Plugins) {
  return {
    /** Asks a target for what every target promises, in a folder of its own. What is found is told, not thrown. */
    async checkTarget({ cluster, target, check, settings }: CheckStep): Promise<TargetFinding> {
      return await underControl(undefined, undefined, async (control) => {
        const opened = plugins.openTarget(cluster, target);
        await opened.target[Symbol.asyncDispose]();
        const folder = scratchFolder({ root: opened.root, cluster, check });
        const open = async () => plugins.openTarget(cluster, target).target;
        return await plugins.targetCheck.run(open, folder, settings, control);
      });
    },
  };
}
