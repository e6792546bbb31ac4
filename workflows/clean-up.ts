import { log, setCurrentDetails, sleep } from '@temporalio/workflow';
import { limitsOf } from '../model/copier';
import { type DataKind, isDataKind } from '../model/kinds';
import type { Label } from '../model/label';
import type { CleanUpInput, ClusterFacts } from '../model/run';
import type { ChosenSet, RestorationTask } from '../model/task';
import { cut, plain } from './markdown';
import { resumeClusters } from './pause';
import type { RestoreStep } from '../activities/restore';
import { hostIsLostAfter, onFirstLiveHost } from './hosts';
import { controlSteps, hostSteps } from './steps';

/** A step of the run that was ended from outside hears of it with its next heartbeat; until then it may still write. */
const untilStepsHaveHeard = '8 seconds';

/**
 * Removes what a run left that was terminated or timed out: spool, uploads without a manifest; a restoration is
 * brought back to the state before. Runs under the id of the runs, so that no other starts meanwhile.
 */
export async function cleanUp(input: CleanUpInput): Promise<void> {
  setCurrentDetails(pageOf(input));
  await sleep(untilStepsHaveHeard, { summary: 'until the steps of the run have heard of its end' });
  const { spec, of } = input;
  if (of.kind === 'restoration' && spec.kind === 'restoration') {
    await revertAll(input);
    await resumeClusters({ ...input, spec, task: of.task, label: of.label });
  }
  const { settings } = input.cluster;
  for (const host of input.cluster.hosts) {
    const steps = hostSteps(host, settings, { scheduleToStartTimeout: '30 seconds' });
    await cleanHost(steps, input).catch((error: unknown) =>
      log.warn('a host could not be cleaned up; its worker does it at its start', { host, error }),
    );
  }
}

/** Service data first: what its run knew lies in the spool of one of the hosts. */
async function cleanHost(steps: ReturnType<typeof hostSteps>, { cluster, of, creation, spec }: CleanUpInput) {
  const { task, label } = of;
  const run = { cluster: cluster.id, run: undefined, task, creation, label };
  if (spec.kind === 'backup')
    for (const { source, entry, target, copies } of spec.sources)
      if (isDataKind(source)) await steps.releaseData({ ...run, source, entry, target, copies });
  await steps.removeRemains({ cluster: cluster.id, task, creation, label, spec });
}

function pageOf({ of, cluster }: CleanUpInput): string {
  return [
    `The ${of.kind} **${plain(of.task)}** (label ${of.label}) was ended from outside and could not clean up behind itself.`,
    of.kind === 'restoration'
      ? 'This brings back the state before it, and clears the spool.'
      : 'This ends its copies, removes what it made without making a set of it, and clears the spool. Sets stand.',
    `Hosts: ${plain(cut(cluster.hosts.join(', '), 2000))}`,
  ].join('\n\n');
}

async function revertAll({ cluster, of, spec }: CleanUpInput): Promise<void> {
  if (spec.kind !== 'restoration') return;
  const sources = [...new Set(spec.sets.map((set) => set.source))];
  for (const source of sources) {
    const sets = spec.sets.filter((set) => set.source === source);
    if (isDataKind(source)) {
      await revertData(cluster, of.label, source, spec, sets);
      continue;
    }
    const plan = await controlSteps(cluster.settings).planRestore({ cluster: cluster.id, source, sets });
    for (const { set, host, others = [] } of plan) {
      const step = {
        cluster: cluster.id,
        run: undefined,
        label: of.label,
        source,
        part: set.part,
        set,
        productVersion: cluster.version,
        anyVersion: true,
      };
      await revertOn([host, ...others], cluster, step);
    }
  }
}

/**
 * A host that the restoration did not run on refuses where something was replaced, and does what there is to do where not.
 * The last is waited for, when nobody has done it.
 */
async function revertOn(hosts: readonly string[], { settings }: ClusterFacts, step: RestoreStep): Promise<void> {
  const errors: unknown[] = [];
  for (const [place, host] of hosts.entries()) {
    const isWaitedFor = place === hosts.length - 1 && errors.length === place;
    const steps = hostSteps(host, settings, isWaitedFor ? {} : { scheduleToStartTimeout: hostIsLostAfter });
    await steps.revertLoad(step).catch((error: unknown) => errors.push(error));
  }
  if (errors.length === hosts.length) throw errors[0];
  for (const error of errors) log.warn('a host on which the restoration did not end was not cleaned up', { error });
}

async function revertData(
  cluster: ClusterFacts,
  label: Label,
  source: DataKind,
  { limits }: RestorationTask,
  sets: readonly ChosenSet[],
): Promise<void> {
  for (const set of sets) {
    const { hosts } = await controlSteps(cluster.settings).planData({
      cluster: cluster.id,
      source,
      target: set.target,
      purpose: 'restore',
      hosts: cluster.hosts,
    });
    const step = { cluster: cluster.id, run: undefined, label, source, set, limits: limitsOf(limits) };
    const known = { ...step, productVersion: cluster.version, anyVersion: true };
    await onFirstLiveHost(hosts, async (host, wait) => {
      const steps = hostSteps(host, cluster.settings, wait);
      await steps.revertData(known);
      await steps.releaseRestoredData(known);
    });
  }
}
