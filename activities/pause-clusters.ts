import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { ClusterState } from '../model/cluster-state';
import type { Answer, Order } from '../model/command';
import { BackupError } from '../model/errors';
import { messages, workflowTypes } from '../model/messages';
import { queues, workflowIds } from '../model/names';
import { underControl } from './control';
import type { Plugins } from './plugins';

/** Whose run needs all clusters to stand still. */
export interface Pause {
  /** Its own cluster, which runs it. */
  readonly cluster: string;
  /** In words, the same for all attempts: people read it. */
  readonly owner: string;
}

/** A pause outlasts an absence of all workers of less than an hour. */
const seconds = { pause: 3600, renew: 300, look: 1 };

export type PauseActivities = ReturnType<typeof createPauseActivities>;

/** The queues of all clusters of the workers' configuration stand still while a run needs that. Each may be repeated. */
export function createPauseActivities(plugins: Plugins) {
  /** In the order of their ids: of two who pause all, the second is refused at the first cluster, so none waits for the other. */
  const clusters = () => [...plugins.clusters()].sort();

  return {
    /** Pauses all, and waits until none runs but the own. `conflict` where another one has paused a cluster. */
    async pauseClusters(pause: Pause): Promise<void> {
      await underControl(undefined, undefined, async ({ signal }) => {
        const others = clusters().filter((cluster) => cluster !== pause.cluster);
        for (let paused = -Infinity; ;) {
          if (Date.now() - paused >= seconds.renew * 1000) {
            paused = Date.now();
            for (const cluster of clusters()) requireAccepted(await tell(cluster, pauseFor(pause)));
          }
          if ((await Promise.all(others.map(isIdle))).every(Boolean)) return;
          await sleep(seconds.look * 1000, undefined, { signal });
        }
      });
    },

    /** Renews the pause until it is cancelled. One that is refused is tried again with the next ones. */
    async keepPaused(pause: Pause): Promise<void> {
      await underControl(undefined, undefined, async ({ signal }) => {
        for (;;) {
          await sleep(seconds.renew * 1000, undefined, { signal });
          for (const cluster of clusters()) await tell(cluster, pauseFor(pause));
        }
      });
    },

    /** One whose workflow was ended starts nothing either; there the pause ends by itself. */
    async resumeClusters({ owner }: Pause): Promise<void> {
      await underControl(undefined, undefined, async () => {
        for (const cluster of clusters()) await tell(cluster, { do: 'resume', owner });
      });
    },
  };
}

function pauseFor({ owner }: Pause) {
  return { do: 'pause', owner, seconds: seconds.pause } as const;
}

/** As `request` does for everybody: so it stands in the audit log. */
async function tell(cluster: string, order: Extract<Order, { do: 'pause' | 'resume' }>): Promise<Answer> {
  const { activityId, workflowExecution, attempt } = Context.current().info;
  const key = `${order.do}-${workflowExecution?.runId}-${activityId}-${attempt}-${Date.now()}`;
  const { workflow } = Context.current().client;
  return await workflow.execute<(input: unknown) => Promise<Answer>>(workflowTypes.request, {
    workflowId: workflowIds.request(cluster, key),
    taskQueue: queues.control,
    args: [{ cluster, key, order }],
    workflowExecutionTimeout: '10 minutes',
    staticSummary: `${order.do} cluster ${cluster} for ${order.owner}`,
  });
}

function requireAccepted(answer: Answer): void {
  if (answer.accepted) return;
  const [what = answer.message, hint] = answer.message.split(/\.? HINT: /, 2);
  throw new BackupError(
    answer.refusal === 'inUse' ? 'conflict' : 'unavailable',
    what,
    hint === undefined ? {} : { hint },
  );
}

/** One that does not answer now may run something. */
async function isIdle(cluster: string): Promise<boolean> {
  const handle = Context.current().client.workflow.getHandle(workflowIds.cluster(cluster));
  const state = await handle.query<ClusterState>(messages.state).catch(() => undefined);
  return state !== undefined && state.running === undefined;
}
