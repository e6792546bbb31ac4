import { BackupError } from '../model/errors';
import type { MetadataKind } from '../model/kinds';
import type { TargetSpec } from '../model/task';
import { bytesText } from '../model/text';
import { underControl } from './control';
import type { Plugins } from './plugins';

export interface SpaceRule {
  readonly cluster: string;
  readonly source: MetadataKind;
  readonly target: TargetSpec;
  readonly freeLocalBytes: number;
  readonly maxLocalBytes: number;
}

export type SpaceActivities = ReturnType<typeof createSpaceActivities>;

/** The product's rules about the LocalBackup partition (product facts §1 Table 5, §2). Run on the active management host. */
export function createSpaceActivities(plugins: Plugins) {
  return {
    /** Throws `full` when a rule forbids this source to start. */
    async checkSpace(rule: SpaceRule): Promise<void> {
      await underControl(undefined, undefined, async () => {
        const local = plugins.openTarget(rule.cluster, { kind: 'localDir' });
        await using target = local.target;
        if (plugins.openSource(rule.cluster, rule.source).source.traits.needsFreeDisk)
          checkFree(rule, (await target.freeBytes?.()) ?? Infinity);
        if (rule.target.kind === 'localDir') checkUsed(rule, (await local.usedBytes?.()) ?? 0);
      });
    },
  };
}

function checkFree({ source, freeLocalBytes }: SpaceRule, free: number): void {
  if (free >= freeLocalBytes) return;
  throw new BackupError(
    'full',
    `the LocalBackup partition has ${bytesText(free)} free, ${source} needs ${bytesText(freeLocalBytes)} to start`,
    {
      hint: 'move old sets out of LocalBackup or lower the copies of its tasks; the limit is the setting freeLocalBytes',
    },
  );
}

function checkUsed({ maxLocalBytes }: SpaceRule, used: number): void {
  if (used < maxLocalBytes) return;
  throw new BackupError(
    'full',
    `sets on the local disk take ${bytesText(used)}, ${bytesText(maxLocalBytes)} are allowed`,
    {
      hint: 'lower the copies of the tasks that go to localDir, or move sets elsewhere; the limit is the setting maxLocalBytes',
    },
  );
}
