/** The two files that everybody writes for a cluster of his own, here for the quick start's. */
import type { EmbeddedHdfs } from '../embedded/hdfs';
import type { EmbeddedTemporal } from '../embedded/temporal';
import { directory } from './sample';
import type { Scratch } from './scratch';

export const cluster = 'quick-start';
export const task = 'daily';
/** Where the sets of the directory lie in the second HDFS. */
export const backupPath = '/backup';
/** This machine's name in cairn: the real one may hold what a host name may not. */
const host = 'localhost';

/** The product wants 20 GiB free, which a machine for trying things out need not have. */
export const freeLocalBytes = 256 * 1024 ** 2;

export interface Places {
  readonly scratch: Scratch;
  readonly temporal: EmbeddedTemporal;
  /** The HDFS that is backed up. */
  readonly hdfs: EmbeddedHdfs;
  /** The one that keeps the directory's sets. */
  readonly remote: EmbeddedHdfs;
}

/** The worker's configuration: where things are. */
export function cairnYaml({ scratch, temporal, hdfs, remote }: Places): string {
  return `# Written by the quick start for its own servers. A worker of cairn reads it when it starts: it says where things are.
# docs/configuration.md describes every field.

temporal:
  address: ${temporal.address} # who hands out the work
host: ${host} # this worker's name in cairn; "host" and "hosts" below mean a worker by its name
spool: ${quoted(scratch.spool)} # for what is on its way: archives, lists of files

clusters:
  - id: ${cluster}
    version: 3.3.0 # the product's version, not Hadoop's; part of the sets' names

    # The target localDir: here the metadata of the NameNode goes to.
    localBackup:
      path: ${quoted(scratch.localBackup)}
      hosts: [${host}]

    # The cluster's own commands, and the folder of its core-site.xml and hdfs-site.xml.
    hadoop:
      hdfs: ${quoted(hdfs.hdfsCommand)}
      hadoop: ${quoted(hdfs.hadoopCommand)} # runs DistCp, which copies directories
      confDir: ${quoted(hdfs.confDir)}

    # Who does the copying. There is no Yarn here: DistCp does it in its own process. A real cluster names its Yarn:
    #   yarn: { resourceManagers: [http://rm1.example.com:8088] }
    yarn: none

    # Other clusters' HDFS, which tasks may name as targets: here a second small one.
    remoteHdfs:
      ${remote.nameService}:
        nameNodes: [${remote.httpAddress}]
        uri: ${remote.uri}

    # What is backed up: the NameService ${hdfs.nameService} with its only NameNode.
    services:
      nameNode:
        nameServices:
          ${hdfs.nameService}:
            uri: ${hdfs.uri}
            nameNodes:
              - http: ${hdfs.httpAddress}
                host: ${host} # the worker on the NameNode's machine: it restores into the folders below
                nameDirs: [${hdfs.nameDirs.map(quoted).join(', ')}]

    defaultTask: false # the product's hourly backup of metadata, which every other cluster gets

    settings:
      freeLocalBytes: ${freeLocalBytes} # a backup of metadata starts with so much free; lowered from 20 GiB
`;
}

/** What people apply: the backup tasks. */
export function tasksYaml({ hdfs, remote }: Pick<Places, 'hdfs' | 'remote'>): string {
  return `# Written by the quick start. People say here what is backed up, and where to; "cairn apply -f" takes it over.
# docs/configuration.md describes every field.

tasks:
  - name: ${task}
    cluster: ${cluster} # as in cairn.yaml
    # One run backs up all of these, one after the other. Each leaves a set of its own; all carry the time of the run.
    sources:
      # A directory with all it holds: frozen by a snapshot, copied by DistCp, compared. The set is a snapshot, too.
      - source: hdfs
        nameService: ${hdfs.nameService}
        paths: [${directory}]
        policy: incremental # the first run copies everything, those after it what HDFS says has changed
        target:
          kind: remoteHdfs
          nameService: ${remote.nameService} # under remoteHdfs in cairn.yaml
          path: ${backupPath}
        copies: 24 # sets that are kept

      # What the NameNode knows of all files, but not what they hold: one archive. It comes last, so that it knows which
      # snapshot the backup above has kept, and which older one it has dropped.
      - source: nameNode
        target: { kind: localDir }
        copies: 24
`;
}

/** Any text as YAML: JSON is a part of it. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
