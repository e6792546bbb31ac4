import { Context } from '@temporalio/activity';
import { asMetadata, type DataKind, type MetadataKind } from '../model/kinds';
import type { Label } from '../model/label';
import type { ChosenSet, TargetSpec, TaskSource } from '../model/task';
import type { RunRef } from './control';
import { liveHostsFirst, liveHostsOnly, refuseUnserved } from './live-hosts';
import { dumpHosts, loadPlace } from './part-hosts';
import type { Plugins } from './plugins';

/** One set of a backup run, and everything that its steps need to know. */
export interface BackUpStep {
  readonly cluster: string;
  readonly run: RunRef;
  readonly task: string;
  readonly creation: Label;
  readonly label: Label;
  readonly source: MetadataKind;
  readonly entry: TaskSource['entry'];
  readonly target: TargetSpec;
  /** Sets that are kept of this source and part. */
  readonly copies: number;
  readonly part: string;
  readonly writtenAs: string;
}

export interface PlannedPart {
  readonly part: string;
  readonly writtenAs: string;
}

export interface PlannedLoad {
  readonly set: ChosenSet;
  readonly host: string;
  /** Others where it could be put live, live ones first: an earlier restoration may have been there. Absent: none. */
  readonly others?: readonly string[];
}

export interface BackUpPlan {
  readonly parts: readonly PlannedPart[];
  /** Hosts that can do it, live ones first. */
  readonly hosts: readonly string[];
  /** Live ones first: the first is the active one. Older versions wrote that alone. */
  readonly managementHosts?: readonly string[];
  readonly activeHost?: string;
}

/** A worker knows no other's host: where any will do, those that the cluster knows are to be told. */
export interface Served {
  /** Hosts with workers that serve the cluster, or did; absent in what older versions wrote, and where one host is enough. */
  readonly hosts?: readonly string[];
}

export interface BackUpPlanInput extends Served {
  readonly cluster: string;
  readonly source: TaskSource;
}

export interface DataPlanInput extends Served {
  readonly cluster: string;
  readonly source: DataKind;
  /** Absent where none is needed. */
  readonly target?: TargetSpec;
  readonly purpose: 'backUp' | 'restore';
  /** Something begins, which is refused where nobody could do it; what ends something waits for its host. */
  readonly begins?: true;
}

export type PlanActivities = ReturnType<typeof createPlanActivities>;

/** What is to be done, and where. Quick: asks the configuration and Temporal, never a cluster's server. */
export function createPlanActivities(plugins: Plugins) {
  return {
    async planBackUp({ cluster, source, hosts: served }: BackUpPlanInput): Promise<BackUpPlan> {
      const parts = plugins.openSource(cluster, asMetadata(source.source)).parts(source.entry);
      const bound = parts.flatMap((part) => part.dumpHosts);
      const reaching = await hostsOf(plugins, cluster, source.target, { purpose: 'backUp', bound, served });
      const hosts = dumpHosts(parts, reaching, source);
      const { client } = Context.current();
      await refuseUnserved(client, hosts);
      return {
        parts: parts.map(({ part, writtenAs }) => ({ part, writtenAs })),
        hosts,
        managementHosts: await liveHostsFirst(client, plugins.facts(cluster).localBackupHosts),
      };
    },

    /** Hosts that copy service data, live ones first: any that serves the cluster, as no source of today is bound to hosts. */
    async planData(plan: DataPlanInput): Promise<{ hosts: readonly string[] }> {
      const { cluster, target, purpose, hosts: served } = plan;
      const hosts =
        target === undefined
          ? await freeHosts(plugins, cluster, served)
          : await hostsOf(plugins, cluster, target, { purpose, served });
      if (plan.begins) await refuseUnserved(Context.current().client, hosts);
      return { hosts };
    },

    async planRestore(plan: {
      cluster: string;
      source: MetadataKind;
      sets: readonly ChosenSet[];
      /** As of `planData`. */
      begins?: true;
    }): Promise<PlannedLoad[]> {
      const { client } = Context.current();
      const parts = plugins.openSource(plan.cluster, plan.source).parts();
      const bound = parts.flatMap((part) => part.loadHosts);
      return await Promise.all(
        plan.sets.map(async (set) => {
          const reaching = await hostsOf(plugins, plan.cluster, set.target, { bound });
          const { host, loadHosts } = loadPlace(parts, set, reaching);
          if (plan.begins) await refuseUnserved(client, [host]);
          const others = loadHosts.filter((one) => one !== host);
          return { set, host, others: await liveHostsFirst(client, others) };
        }),
      );
    },

    /** The hosts that reach a target, live ones first. */
    targetHosts: ({ cluster, target }: { cluster: string; target: TargetSpec }) => hostsOf(plugins, cluster, target),
  };
}

interface Needs {
  readonly purpose?: 'backUp' | 'restore';
  /** Hosts that the source is bound to. */
  readonly bound?: readonly string[];
  readonly served?: readonly string[] | undefined;
}

/**
 * A target on the disks of some hosts is reached from there only; any other from every host: from those that the source is
 * bound to, else from all that are live.
 */
async function hostsOf(
  plugins: Plugins,
  cluster: string,
  target: TargetSpec,
  { purpose = 'restore', bound = [], served }: Needs = {},
): Promise<string[]> {
  const opened = plugins.openTarget(cluster, target);
  await using _closing = opened.target;
  if (purpose === 'backUp') opened.checkVersion?.();
  const { hostBound } = opened.target.traits;
  if (!hostBound && bound.length === 0) return await freeHosts(plugins, cluster, served);
  const hosts = hostBound ? plugins.facts(cluster).localBackupHosts : [...new Set(bound)];
  return await liveHostsFirst(Context.current().client, hosts);
}

/** This host first: it is certainly at work. */
async function freeHosts(plugins: Plugins, cluster: string, served: readonly string[] = []): Promise<string[]> {
  const all = new Set([...plugins.facts(cluster).hosts, ...served]);
  return await liveHostsOnly(Context.current().client, [...all]);
}
