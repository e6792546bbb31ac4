import { Counter, Gauge, Registry } from 'prom-client';
import { samplesOf, samplesOfSilent } from '../model/cluster-samples';
import type { ClusterState } from '../model/cluster-state';
import { type MetricName, metrics, type Sample } from '../model/metrics';
import { counted, type RunCounts, samplesOfCounts } from '../model/run-counts';

export interface MetricsOptions {
  readonly clusters: readonly string[];
  /** Asks the cluster. Whatever it throws means that nothing is known of the cluster now. */
  stateOf(cluster: string): Promise<ClusterState>;
  /** A cluster that takes longer counts as silent. */
  readonly withinMs?: number;
  /** For so long a page is shown again, and no cluster is asked. */
  readonly freshMs?: number;
}

export interface MetricsPage {
  readonly contentType: string;
  readonly text: string;
}

export interface Metrics {
  /** Answers within `withinMs`, whatever the clusters do. Many may ask at once: they get the same page. */
  read(): Promise<MetricsPage>;
}

/** What Prometheus reads of a worker. All clusters are asked at once, each once in `freshMs` at the most. */
export function createMetrics({ clusters, stateOf, withinMs = 4000, freshMs = 5000 }: MetricsOptions): Metrics {
  const since = Date.now();
  const counts = new Map<string, RunCounts>();
  let page: Promise<MetricsPage> | undefined;

  function lookOnce(): Promise<MetricsPage> {
    const looked = Promise.all(clusters.map(samplesNow)).then((samples) => pageOf(samples.flat()));
    const forget = () => void setTimeout(() => (page = undefined), freshMs).unref();
    looked.then(forget, forget);
    return looked;
  }

  async function samplesNow(cluster: string): Promise<Sample[]> {
    const state = await soon(stateOf(cluster), withinMs).catch(() => undefined);
    if (state === undefined) return samplesOfSilent(cluster);
    const count = counted(counts.get(cluster) ?? new Map(), state, since);
    counts.set(cluster, count);
    return [...samplesOf(state, Date.now()), ...samplesOfCounts(cluster, count)];
  }

  return { read: () => (page ??= lookOnce()) };
}

/** A registry for each page: what is not told this time must not stand there from last time. */
async function pageOf(samples: readonly Sample[]): Promise<MetricsPage> {
  const registry = new Registry();
  for (const name of Object.keys(metrics) as MetricName[]) {
    const { type, help, labels } = metrics[name];
    const Kind = type === 'counter' ? Counter : Gauge;
    const metric = new Kind({ name, help, labelNames: [...labels], registers: [registry] });
    for (const one of samples) if (one.name === name) metric.inc({ ...one.labels }, one.value);
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** The answer, or undefined when it takes longer. */
async function soon<T>(answer: Promise<T>, withinMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, withinMs, undefined)));
  return await Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
