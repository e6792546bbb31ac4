import { upsertSearchAttributes } from '@temporalio/workflow';
import { limitsOf } from '../model/copier';
import type { Replacing } from '../model/data-source';
import { isDataKind } from '../model/kinds';
import { productSettings } from '../model/settings';
import type { RestorationTask } from '../model/task';
import { clusterAttribute } from './labels';
import { controlSteps, hostSteps } from './steps';

export interface DescribeReplacedInput {
  readonly cluster: string;
  readonly productVersion: string;
  readonly task: RestorationTask;
}

/** What a restoration of service data would replace, set by set in the task's order; other sets are left out. Changes nothing. */
export async function describeReplaced(input: DescribeReplacedInput): Promise<readonly (readonly Replacing[])[]> {
  const { cluster, productVersion, task } = input;
  upsertSearchAttributes(clusterAttribute(cluster));
  const described: (readonly Replacing[])[] = [];
  for (const set of task.sets) {
    const { source, target } = set;
    if (!isDataKind(source)) continue;
    const { hosts } = await controlSteps(productSettings).planData({ cluster, source, target, purpose: 'restore' });
    const step = { cluster, run: undefined, label: set.label, source, set, productVersion };
    const options = { anyVersion: task.anyVersion === true, limits: limitsOf(task.limits) };
    described.push(await hostSteps(hosts[0]!, productSettings).describeReplaced({ ...step, ...options }));
  }
  return described;
}
