/** The configuration of an embedded Yarn: everything on the loopback interface, small, and in a hurry. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { YarnHome } from './fetch-yarn';
import type { Settings } from './hdfs-settings';

const ports = [
  ...(['client', 'scheduler', 'tracker', 'admin', 'http'] as const),
  ...(['node', 'localizer', 'nodeHttp', 'shuffle'] as const),
  ...(['history', 'historyAdmin', 'historyHttp'] as const),
] as const;

export type YarnPorts = Readonly<Record<(typeof ports)[number], number>>;

/** How many ports a Yarn needs, and which one is for what. */
export const yarnPortCount = ports.length;
export function yarnPorts(numbers: readonly number[]): YarnPorts {
  return Object.fromEntries(ports.map((name, i) => [name, numbers[i]])) as YarnPorts;
}

export interface YarnPlaces {
  /** Holds the state, the containers' folders and all logs. */
  readonly folder: string;
  readonly ports: YarnPorts;
}

const at = (port: number) => `127.0.0.1:${port}`;

/** The settings of yarn-site.xml. */
export function yarnSite(places: YarnPlaces, { classPath }: YarnHome): Settings {
  return { ...resourceManager(places), ...queues, ...nodeManager(places), 'yarn.application.classpath': classPath };
}

function resourceManager({ folder, ports }: YarnPlaces): Settings {
  return {
    'yarn.resourcemanager.hostname': '127.0.0.1',
    'yarn.resourcemanager.bind-host': '127.0.0.1',
    'yarn.resourcemanager.address': at(ports.client),
    'yarn.resourcemanager.scheduler.address': at(ports.scheduler),
    'yarn.resourcemanager.resource-tracker.address': at(ports.tracker),
    'yarn.resourcemanager.admin.address': at(ports.admin),
    'yarn.resourcemanager.webapp.address': at(ports.http),
    'yarn.resourcemanager.nodemanagers.heartbeat-interval-ms': 200,
    // A ResourceManager that was killed finds its applications again, and they go on. Whoever misses it asks 40
    // times, each of which takes 1.5 s, and gives up after this minute: what runs in containers must not outlive a killed test for long.
    'yarn.resourcemanager.recovery.enabled': true,
    'yarn.resourcemanager.store.class': 'org.apache.hadoop.yarn.server.resourcemanager.recovery.FileSystemRMStateStore',
    'yarn.resourcemanager.fs.state-store.uri': String(pathToFileURL(join(folder, 'state'))),
    'yarn.resourcemanager.work-preserving-recovery.scheduling-wait-ms': 500,
    'yarn.resourcemanager.connect.retry-interval.ms': 500,
    'yarn.resourcemanager.connect.max-wait.ms': 20_000,
  };
}

/** The queues `default` and `backup`; either may take everything while the other one is idle. */
const queues: Settings = {
  'yarn.scheduler.capacity.root.queues': 'default,backup',
  'yarn.scheduler.capacity.root.default.capacity': 50,
  'yarn.scheduler.capacity.root.default.user-limit-factor': 2,
  'yarn.scheduler.capacity.root.backup.capacity': 50,
  'yarn.scheduler.capacity.root.backup.user-limit-factor': 2,
  'yarn.scheduler.capacity.maximum-am-resource-percent': 0.5,
  'yarn.scheduler.minimum-allocation-mb': 128,
};

function nodeManager({ folder, ports }: YarnPlaces): Settings {
  return {
    'yarn.nodemanager.hostname': '127.0.0.1',
    'yarn.nodemanager.address': at(ports.node),
    'yarn.nodemanager.localizer.address': at(ports.localizer),
    'yarn.nodemanager.webapp.address': at(ports.nodeHttp),
    'yarn.nodemanager.local-dirs': join(folder, 'local'),
    'yarn.nodemanager.log-dirs': join(folder, 'logs'),
    'yarn.nodemanager.aux-services': 'mapreduce_shuffle',
    'yarn.nodemanager.resource.memory-mb': 4096,
    'yarn.nodemanager.resource.cpu-vcores': 8,
    'yarn.nodemanager.vmem-check-enabled': false,
    'yarn.nodemanager.pmem-check-enabled': false,
    'yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage': 100,
    'yarn.nodemanager.env-whitelist': 'JAVA_HOME,PATH,LANG,TZ',
  };
}

const containerJava = (megabytes: number) => `-Xmx${megabytes}m -XX:+UseSerialGC -XX:TieredStopAtLevel=1`;

/** The settings of mapred-site.xml that give jobs to this Yarn. */
export function yarnJobs({ ports }: YarnPlaces, { classPath }: YarnHome): Settings {
  return {
    'mapreduce.framework.name': 'yarn',
    'mapreduce.application.classpath': classPath,
    'mapreduce.jobhistory.address': at(ports.history),
    'mapreduce.jobhistory.admin.address': at(ports.historyAdmin),
    'mapreduce.jobhistory.webapp.address': at(ports.historyHttp),
    'mapreduce.shuffle.port': ports.shuffle,
    'mapreduce.map.memory.mb': 256,
    'mapreduce.map.java.opts': containerJava(160),
    'mapreduce.task.io.sort.mb': 16,
    'yarn.app.mapreduce.am.staging-dir': '/tmp/staging',
    'yarn.app.mapreduce.am.resource.mb': 256,
    'yarn.app.mapreduce.am.command-opts': containerJava(160),
    'yarn.app.mapreduce.am.scheduler.heartbeat.interval-ms': 200,
    'yarn.app.mapreduce.am.scheduler.connection.wait.interval-ms': 60_000,
  };
}
