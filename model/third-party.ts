import { clear, raise } from './alarms';
import type { ClusterState } from './cluster-state';
import type { BuiltTarget, MetadataKind } from './kinds';
import { periodOf } from './periodic';
import type { ClusterFacts } from './run';
import type { TaskSource } from './task';
import { atLeast } from './version';

/** What lies there is lost with the cluster. */
const own: readonly BuiltTarget[] = ['localDir', 'localHdfs'];

type Parts = (cluster: ClusterFacts, entry?: TaskSource['entry']) => readonly string[];

/** The parts of a metadata source that a task's entry names; without one, all that the cluster has. */
const partsOf: { readonly [source in MetadataKind]: Parts } = {
  oms: ({ services }) => (services.oms === undefined ? [] : ['']),
  nameNode: ({ services }, entry) =>
    (entry?.source === 'nameNode' ? entry.nameServices : undefined) ?? services.nameNode?.nameServices ?? [],
};

/**
 * ALM-12057 (product facts §11): stands while metadata of the cluster has no periodic task that takes it to a third party;
 * one alarm of the cluster, which names the sources. As in the product, a task counts that is there, whether it is locked
 * or not and however its runs end. Product versions 2.x do not know the alarm.
 */
export function withThirdPartyAlarm(state: ClusterState, now: number): ClusterState {
  // What older versions wrote of a cluster stays as it is until a worker brings it anew.
  if (state.cluster.defaultTask === undefined || state.removed !== undefined) return state;
  const lacking = atLeast(state.cluster.version, '3.0.0') ? lackingOf(state) : [];
  if (lacking.length === 0) return clear(state, undefined, '12057');
  const text = `no periodic task backs up ${lacking.join(', ')} to a third-party server`;
  const isTold = state.alarms.some((one) => one.id === '12057' && one.text === text);
  return isTold ? state : raise(state, { id: '12057', raised: now, text });
}

/** `nameNode` where nothing of it goes to a third party, `nameNode hacluster1` where a part of it does not. */
function lackingOf(state: ClusterState): string[] {
  const away = sourcesAway(state);
  return (Object.keys(partsOf) as MetadataKind[]).flatMap((source) => {
    const parts = partsOf[source](state.cluster);
    const covered = new Set(
      away.filter((one) => one.source === source).flatMap(({ entry }) => partsOf[source](state.cluster, entry)),
    );
    const left = parts.filter((part) => !covered.has(part));
    if (left.length === 0) return [];
    return [left.length === parts.length ? source : `${source} ${someOf(left)}`];
  });
}

function sourcesAway({ tasks }: ClusterState): TaskSource[] {
  return Object.values(tasks).flatMap(({ spec }) =>
    spec.kind !== 'backup' || periodOf(spec) === undefined
      ? []
      : spec.sources.filter(({ target }) => !own.includes(target.kind)),
  );
}

const mostNamed = 3;

function someOf(parts: readonly string[]): string {
  return parts.slice(0, mostNamed).join(', ') + (parts.length > mostNamed ? ' …' : '');
}
