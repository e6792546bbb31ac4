/** The two files that everybody writes for a cluster of his own, here for the quick start's. */
import type { EmbeddedHdfs } from '../embedded/hdfs';
import type { EmbeddedTemporal } from '../embedded/temporal';
import type { Scratch } from './scratch';

export const cluster = 'quick-start';
export const task = 'name-node';
/** This machine's name in cairn: the real one may hold what a host name may not. */
const host = 'localhost';

/** The product wants 20 GiB free, which a machine for trying things out need not have. */
export const freeLocalBytes = 256 * 1024 ** 2;

/** The worker's configuration: where things are. */
export function cairnYaml(scratch: Scratch, temporal: EmbeddedTemporal, hdfs: EmbeddedHdfs): string {
  return `# Written by the quick start for its own servers. docs/configuration.md describes every field.
temporal:
  address: ${temporal.address}
host: ${host}
spool: ${quoted(scratch.spool)}
clusters:
  - id: ${cluster}
    version: 3.3.0
    localBackup:
      path: ${quoted(scratch.localBackup)}
      hosts: [${host}]
    hadoop:
      hdfs: ${quoted(hdfs.hdfsCommand)}
      confDir: ${quoted(hdfs.confDir)}
    services:
      nameNode:
        nameServices:
          ${hdfs.nameService}:
            nameNodes:
              - http: ${hdfs.httpAddress}
                host: ${host}
                nameDirs: [${hdfs.nameDirs.map(quoted).join(', ')}]
    settings:
      freeLocalBytes: ${freeLocalBytes} # lowered from 20 GiB
`;
}

/** What people apply: the backup tasks. */
export const tasksYaml = `# Written by the quick start.
tasks:
  - name: ${task}
    cluster: ${cluster}
    sources:
      - source: nameNode
        target: { kind: localDir }
        copies: 24
`;

/** Any text as YAML: JSON is a part of it. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
