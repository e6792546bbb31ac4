import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { isDataKind } from '../model/kinds';
import type { ReleaseTaskInput } from '../model/run';
import { clusterAttribute } from './labels';
import { plain } from './markdown';
import { onFirstLiveHost } from './hosts';
import { controlSteps, hostSteps } from './steps';

/** After a task was deleted: gives up what its runs kept frozen in the cluster. Its sets on targets stay. */
export async function releaseTask({ cluster, spec, creation, lastLabel }: ReleaseTaskInput): Promise<void> {
  upsertSearchAttributes(clusterAttribute(cluster.id));
  setCurrentDetails(
    `Task **${plain(spec.name)}** was deleted. Its sets stay; the recovery points that it kept in the cluster are given up.`,
  );
  for (const { source, entry } of spec.sources) {
    if (!isDataKind(source)) continue;
    const upTo = lastLabel === undefined ? {} : { upTo: lastLabel };
    const step = { cluster: cluster.id, task: spec.name, creation, source, entry, ...upTo };
    const { hosts } = await controlSteps(cluster.settings).planData({
      cluster: cluster.id,
      source,
      purpose: 'restore',
      hosts: cluster.hosts,
    });
    await onFirstLiveHost(hosts, (host, wait) => hostSteps(host, cluster.settings, wait).releaseFrozen(step));
  }
}
