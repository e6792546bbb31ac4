import type { SourceKind, TargetKind } from './kinds';
import { atLeast, type Version } from './version';

/**
 * Which source may go to which target, by product version.
 * Source: the product's Tables 1–4 (product facts §1); later editions' additions and cairn's own are marked.
 */
interface Row {
  readonly since: string;
  readonly targets: readonly TargetKind[];
  /** Targets that came with a later product version. */
  readonly later?: { readonly [target in TargetKind]?: string };
}

const all: readonly TargetKind[] = ['localDir', 'localHdfs', 'remoteHdfs', 'nfs', 'cifs', 'sftp', 'obs'];
const component: readonly TargetKind[] = ['localDir', 'remoteHdfs', 'nfs', 'cifs', 'sftp', 'obs'];
const data: readonly TargetKind[] = ['remoteHdfs', 'nfs', 'cifs', 'sftp'];

const since3: { readonly [source in SourceKind]: Row | undefined } = {
  oms: { since: '3.0.0', targets: all },
  ldapServer: undefined,
  dbService: { since: '3.0.0', targets: all },
  nameNode: { since: '3.0.0', targets: component },
  yarn: { since: '3.0.0', targets: component },
  kafka: { since: '3.0.0', targets: ['localDir', 'localHdfs', 'remoteHdfs', 'nfs', 'cifs', 'obs'] },
  flink: { since: '3.2.0', targets: ['localDir', 'localHdfs', 'remoteHdfs'], later: { obs: '3.5.0' } },
  hbaseMetadata: { since: '3.0.0', targets: component },
  iotdbMetadata: { since: '3.0.0', targets: ['localDir', 'remoteHdfs', 'nfs', 'cifs', 'sftp'] },
  clickhouseMetadata: { since: '3.1.0', targets: ['localDir', 'remoteHdfs'] },
  hdfs: { since: '3.0.0', targets: data, later: { obs: '3.5.0' } },
  hbase: { since: '3.0.0', targets: data },
  hive: { since: '3.0.0', targets: data, later: { obs: '3.5.0' } },
  iotdb: { since: '3.0.0', targets: ['remoteHdfs'] },
  clickhouse: { since: '3.1.0', targets: ['remoteHdfs'] },
};

const until2: { readonly [source in SourceKind]?: readonly TargetKind[] } = {
  oms: ['localDir', 'localHdfs', 'remoteHdfs'],
  ldapServer: ['localDir', 'localHdfs', 'remoteHdfs'],
  dbService: ['localDir', 'localHdfs', 'remoteHdfs'],
  nameNode: ['localDir', 'localHdfs', 'remoteHdfs'],
  hdfs: ['localHdfs', 'remoteHdfs'],
  hive: ['localHdfs', 'remoteHdfs'],
};

/** The targets that a source of a cluster with this product version may go to; empty when the source does not exist there. */
export function allowedTargets(version: Version, source: SourceKind): readonly TargetKind[] {
  if (!atLeast(version, '3.0.0')) return until2[source] ?? [];
  const row = since3[source];
  if (row === undefined || !atLeast(version, row.since)) return [];
  const later = all.filter((target) => row.later?.[target] !== undefined && atLeast(version, row.later[target]));
  return [...row.targets.filter((target) => target !== 'obs' || atLeast(version, '3.1.0')), ...later];
}
