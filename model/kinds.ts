/**
 * The kinds of sources and targets that the product has, whether or not cairn supports them yet.
 * `label` is how the product writes a source in paths (design: product labels).
 */
export const sourceKinds = {
  oms: { family: 'metadata', label: 'OMS' },
  ldapServer: { family: 'metadata', label: 'LdapServer' },
  dbService: { family: 'metadata', label: 'DBService' },
  nameNode: { family: 'metadata', label: 'NameNode' },
  yarn: { family: 'metadata', label: 'Yarn' },
  kafka: { family: 'metadata', label: 'Kafka' },
  flink: { family: 'metadata', label: 'Flink' },
  hbaseMetadata: { family: 'metadata', label: 'HBase' },
  iotdbMetadata: { family: 'metadata', label: 'IoTDB' },
  clickhouseMetadata: { family: 'metadata', label: 'ClickHouse' },
  hdfs: { family: 'data', label: 'HDFS' },
  hbase: { family: 'data', label: 'HBase' },
  hive: { family: 'data', label: 'Hive' },
  iotdb: { family: 'data', label: 'IoTDB' },
  clickhouse: { family: 'data', label: 'ClickHouse' },
} as const;

export type SourceKind = keyof typeof sourceKinds;

export const targetKinds = ['localDir', 'localHdfs', 'remoteHdfs', 'nfs', 'cifs', 'sftp', 'obs'] as const;
export type TargetKind = (typeof targetKinds)[number];

/** What cairn has built. A kind added here does not compile until its schema and its registry entry stand. */
export const builtSources = ['oms', 'nameNode', 'hdfs'] as const;
export type BuiltSource = (typeof builtSources)[number];

type OfFamily<Family> = {
  [source in BuiltSource]: (typeof sourceKinds)[source]['family'] extends Family ? source : never;
}[BuiltSource];
export type MetadataKind = OfFamily<'metadata'>;
export type DataKind = OfFamily<'data'>;

export const builtTargets = ['localDir', 'localHdfs', 'remoteHdfs', 'nfs', 'cifs', 'sftp', 'obs'] as const;
export type BuiltTarget = (typeof builtTargets)[number];

export const sourceNames = Object.keys(sourceKinds) as SourceKind[];

export function isDataKind(source: BuiltSource): source is DataKind {
  return sourceKinds[source].family === 'data';
}

/** The kind of a metadata source; an error of the programmer's for service data, which goes other ways. */
export function asMetadata(source: BuiltSource): MetadataKind {
  if (!isDataKind(source)) return source;
  throw new Error(`${source} is service data`);
}

/** The kind of a source of service data; an error of the programmer's for metadata. */
export function asData(source: BuiltSource): DataKind {
  if (isDataKind(source)) return source;
  throw new Error(`${source} is metadata`);
}
