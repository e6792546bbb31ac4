import { join } from 'node:path';
import type { Plugins } from '../../activities/plugins';
import { factsOf, type WorkerConfig } from '../../model/config';
import { localFolderOf } from '../../model/names';
import { openSpool } from '../../sets/spool';
import { createTargetCheck } from '../../targets/conformance/check';
import { openLocalDir, usedBytes } from '../../targets/local-dir';
import { peerOf } from '../../workers/plugins';
import { type CopierScript, openFolderCopier } from '../fakes/folder-copier';
import { type DataScript, openFolderDataSource } from '../fakes/folder-data-source';
import { folderPart, openFolderSource, type Script } from '../fakes/folder-source';
import { openFolderTarget } from '../fakes/folder-target';

/** What service data is in a fake cluster: folders, and what they are told to do. */
export interface FakeData {
  /** Stands for the root of HDFS. */
  readonly hdfs: string;
  /** Stands for the target's directory on the other HDFS. */
  readonly remote: string;
  readonly source: DataScript;
  readonly copier: CopierScript;
}

/** A worker's plug-ins with a folder for the NameNode and the real localDir; folders for service data and its target, too. */
export function fakePlugins(
  config: WorkerConfig,
  data: string,
  script: Script,
  fake: FakeData = { hdfs: join(data, '..', 'hdfs'), remote: join(data, '..', 'remote'), source: {}, copier: {} },
): Plugins {
  const source = openFolderSource(data, script);
  const [dataSource, copier] = [openFolderDataSource(fake.source), openFolderCopier(fake.copier)];
  const [cluster] = config.clusters;
  const host = config.host!;
  return {
    host,
    spool: openSpool(config.spool),
    clusters: () => config.clusters.map(({ id }) => id),
    facts: () => factsOf(cluster!, host, config),
    openSource: () => ({ source, parts: () => [folderPart()] }),
    openDataSource: (_id, _kind, origin) => {
      const entry = 'entry' in origin && origin.entry.source === 'hdfs' ? origin.entry : undefined;
      const paths = ('entry' in origin ? origin.paths : undefined) ?? entry?.paths ?? [];
      return { source: dataSource, spec: { root: fake.hdfs, paths, ...(entry?.rows && { rows: entry.rows }) } };
    },
    openTarget: (id, { kind }) =>
      kind === 'localDir'
        ? {
            target: openLocalDir({ root: cluster!.localBackup.path }),
            root: localFolderOf(id),
            usedBytes: () => usedBytes(cluster!.localBackup.path),
          }
        : { target: openFolderTarget(fake.remote), root: '' },
    openPeer: (_id, peer) => peerOf(cluster!, peer, host),
    copiers: () => [copier],
    targetCheck: createTargetCheck(),
  };
}
