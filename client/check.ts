import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { type AlarmId, alarmName, isAdvice } from '../model/alarms';
import type { Alarm, ClusterState } from '../model/cluster-state';
import { queues } from '../model/names';
import { chooseCluster } from './known-clusters';
import { clusterState, unknownCluster } from './cluster-state';
import { mayPass } from './failures';
import { newestInput, newestRun } from './rescue';
import { undelivered } from './undelivered';
import { mirrorWarnings } from './mirrors';
import { isServed } from './workers-there';

/** What was found of a cluster. It is well when there are no problems. */
export interface ClusterCheck {
  readonly cluster: string;
  readonly workflow: string;
  readonly served: readonly { readonly queue: string; readonly served: boolean }[];
  readonly retentionDays: number;
  /** What must be put right, in words. */
  readonly problems: readonly string[];
  /** What should be put right. */
  readonly warnings: readonly string[];
}

const wantedRetentionDays = 90;
const answersWithinMs = 2500;

/** Looks whether a cluster can do its work. Needs no worker. `missing` when the server does not know it. */
export async function checkCluster(client: Client, named?: string): Promise<ClusterCheck> {
  const cluster = await chooseCluster(client, named);
  const about = await describe(client, cluster);
  const known = (await newestInput(client, cluster))!.state;
  const [served, retentionDays, { silent, state = known }, untold] = await Promise.all([
    servedQueues(client, known),
    retention(client),
    askItself(client, cluster),
    undelivered(client, known.cluster),
  ]);
  return {
    cluster,
    workflow: about.status.name,
    served,
    retentionDays,
    problems: [
      ...problemsOfWorkflow(cluster, about),
      ...served.filter(({ queue }) => !isSpare(state, queue)).flatMap(problemOfQueue),
      ...(silent
        ? [
            'its workflow does not answer HINT: "cairn worker" serves it; a worker that ended just now still counts as there',
          ]
        : []),
      ...problemsOfState(state),
    ],
    warnings: [
      ...adviceOf(state),
      ...mirrorWarnings(state),
      ...warningsOf(retentionDays, client.options.namespace),
      ...served.filter(({ queue }) => isSpare(state, queue)).flatMap(warningOfQueue),
      ...untold,
    ],
  };
}

async function describe(client: Client, cluster: string): Promise<WorkflowExecutionDescription> {
  const about = await newestRun(client, cluster);
  if (about === undefined) throw unknownCluster(cluster);
  return about;
}

async function servedQueues(client: Client, { cluster }: ClusterState): Promise<ClusterCheck['served']> {
  const hosts = [...new Set([...cluster.localBackupHosts, ...(cluster.namedHosts ?? []), ...cluster.hosts])].sort();
  const ofHosts = hosts.map(async (host) => ({
    queue: queues.host(host),
    served: await isServed(client, queues.host(host), 'activity'),
  }));
  const control = isServed(client, queues.control, 'workflow').then((served) => ({ queue: queues.control, served }));
  return await Promise.all([control, ...ofHosts]);
}

/** The server counts a worker as there for a while after its end; that nobody answers tells more. */
async function askItself(client: Client, cluster: string): Promise<{ silent: boolean; state?: ClusterState }> {
  try {
    return { silent: false, state: await clusterState(client, cluster, answersWithinMs) };
  } catch (error) {
    return { silent: mayPass(error) };
  }
}

async function retention(client: Client): Promise<number> {
  const { config } = await client.workflowService.describeNamespace({ namespace: client.options.namespace });
  return Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400;
}

function problemsOfWorkflow(cluster: string, { status, raw }: WorkflowExecutionDescription): string[] {
  if (status.name !== 'RUNNING')
    return [
      `its workflow is ${status.name.toLowerCase()} HINT: "cairn cluster rescue ${cluster}" starts it again with all its tasks`,
    ];
  const attempt = raw.pendingWorkflowTask?.attempt ?? 1;
  if (attempt <= 1) return [];
  return [
    `its workflow is stuck: a worker has failed to go on with it ${attempt - 1} times HINT: the worker's log says why; start the version of cairn that served it before`,
  ];
}

function problemOfQueue({ queue, served }: ClusterCheck['served'][number]): string[] {
  return served
    ? []
    : [
        `no worker serves ${queue} HINT: ${queue === queues.control ? 'start one with "cairn worker"' : 'start a worker on that host'}`,
      ];
}

/** True for the queue of a host that had a worker once and that the configuration does not name: any other can do its work. */
function isSpare({ cluster: { namedHosts, localBackupHosts } }: ClusterState, queue: string): boolean {
  if (namedHosts === undefined || queue === queues.control) return false;
  return ![...namedHosts, ...localBackupHosts].some((host) => queues.host(host) === queue);
}

function warningOfQueue({ queue, served }: ClusterCheck['served'][number]): string[] {
  return served ? [] : [`no worker serves ${queue} any more HINT: nothing depends on it, other hosts do its work`];
}

function problemsOfState({ alarms }: ClusterState): string[] {
  return alarms.filter(({ id }) => !isAdvice(id)).map(alarmText);
}

const hints: { readonly [id in AlarmId]?: (task?: string) => string } = {
  '12035': (task) =>
    ` HINT: put the cause right, then "cairn restoration retry ${task}"; if it is put right by hand, "cairn restoration delete ${task}" clears the alarm`,
  '12057': () => ' HINT: add a periodic task to another target, such as remoteHdfs',
};

function alarmText(alarm: Alarm): string {
  return `${alarmName(alarm)}: ${alarm.text}${hints[alarm.id]?.(alarm.task) ?? ''}`;
}

function adviceOf({ alarms }: ClusterState): string[] {
  return alarms.filter(({ id }) => isAdvice(id)).map(alarmText);
}

function warningsOf(days: number, namespace: string): string[] {
  if (days >= wantedRetentionDays) return [];
  return [
    `namespace ${namespace} keeps closed workflows for ${days} days only HINT: temporal operator namespace update --retention ${wantedRetentionDays}d ${namespace}`,
  ];
}
