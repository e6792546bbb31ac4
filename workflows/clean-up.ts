import { log, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { CleanUpInput } from '../model/run';
import { cut, plain } from './markdown';
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
  if (input.of.kind === 'restoration' && input.spec.kind === 'restoration') await revertAll(input);
  const { id, settings } = input.cluster;
  const remains = {
    cluster: id,
    task: input.of.task,
    creation: input.creation,
    label: input.of.label,
    spec: input.spec,
  };
  for (const host of input.cluster.hosts) {
    const steps = hostSteps(host, settings, { scheduleToStartTimeout: '30 seconds' });
    await steps
      .removeRemains(remains)
      .catch((error: unknown) =>
        log.warn('a host could not be cleaned up; its worker does it at its start', { host, error }),
      );
  }
}

function pageOf({ of, cluster }: CleanUpInput): string {
  return [
    `The ${of.kind} **${plain(of.task)}** (label ${of.label}) was ended from outside and could not clean up behind itself.`,
    of.kind === 'restoration'
      ? 'This brings back the state before it, and clears the spool.'
      : 'This removes what it uploaded without making a set of it, and clears the spool. Sets stand.',
    `Hosts: ${plain(cut(cluster.hosts.join(', '), 2000))}`,
  ].join('\n\n');
}

async function revertAll({ cluster, of, spec }: CleanUpInput): Promise<void> {
  if (spec.kind !== 'restoration') return;
  const sources = [...new Set(spec.sets.map((set) => set.source))];
  for (const source of sources) {
    const sets = spec.sets.filter((set) => set.source === source);
    const plan = await controlSteps(cluster.settings).planRestore({ cluster: cluster.id, source, sets });
    for (const { set, host } of plan) {
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
      await hostSteps(host, cluster.settings).revertLoad(step);
    }
  }
}
