import type { Plugins } from '../../activities/plugins';
import { factsOf, type WorkerConfig } from '../../model/config';
import { openSpool } from '../../sets/spool';
import { openLocalDir, usedBytes } from '../../targets/local-dir';
import { folderPart, openFolderSource, type Script } from '../fakes/folder-source';

/** A worker's plug-ins with a folder for the NameNode and the real localDir. */
export function fakePlugins(config: WorkerConfig, data: string, script: Script): Plugins {
  const source = openFolderSource(data, script);
  const [cluster] = config.clusters;
  const host = config.host!;
  return {
    host,
    spool: openSpool(config.spool),
    facts: () => factsOf(cluster!, host),
    openSource: () => ({ source, parts: () => [folderPart()] }),
    openTarget: (id) => ({
      target: openLocalDir({ root: cluster!.localBackup.path }),
      root: id,
      usedBytes: () => usedBytes(cluster!.localBackup.path),
    }),
  };
}
