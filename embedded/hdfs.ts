/** An embedded HDFS, fetched first when it is not in the cache. */
import type { Report } from './cache';
import { fetchHadoop } from './fetch-hadoop';
import { layOutHdfs, type EmbeddedHdfs, type HdfsOptions } from './hdfs-cluster';

export type { EmbeddedHdfs, HdfsOptions } from './hdfs-cluster';

/**
 * Lays out an HDFS of one NameNode and one DataNode in a folder; `start()` makes it serve. Any number of them can live
 * side by side.
 */
export async function createHdfs({
  report,
  ...options
}: HdfsOptions & { readonly report?: Report }): Promise<EmbeddedHdfs> {
  return layOutHdfs(await fetchHadoop(report), options);
}
