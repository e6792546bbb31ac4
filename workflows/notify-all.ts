import { setCurrentDetails } from '@temporalio/workflow';
import { plain } from './markdown';
import type { NotifyInput } from './notify';
import { tell } from './tell-changes';

export interface NotifyAllInput {
  readonly cluster: string;
  readonly told: readonly NotifyInput[];
}

/** So many are started together. */
const together = 20;

/** Starts to tell of much that happened together, each by a workflow of its own, so that the cluster need not wait for that. */
export async function notifyAll({ cluster, told }: NotifyAllInput): Promise<void> {
  for (let begun = 0; begun < told.length; begun += together) {
    setCurrentDetails(`Cluster **${plain(cluster)}**: ${begun} of ${told.length} notifications are on their way`);
    await Promise.all(told.slice(begun, begun + together).map(tell));
  }
  setCurrentDetails(`Cluster **${plain(cluster)}**: all ${told.length} notifications are on their way`);
}
