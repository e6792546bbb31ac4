/** An embedded HDFS, fetched first when it is not in the cache. */
import type { Report } from './cache';
import { fetchHadoop } from './fetch-hadoop';
import { openHdfs, type EmbeddedHdfs } from './hdfs-cluster';
import type { HdfsOptions } from './hdfs-layout';

export type { EmbeddedHdfs } from './hdfs-cluster';
export type { HdfsOptions } from './hdfs-layout';

/**
 * Lays out an HDFS of one NameNode and one DataNode in a folder; `start()` makes it serve. Any number of them can live
 * side by side.
 */
export async function createHdfs({
  report,
  ...options
}: HdfsOptions & { readonly report?: Report }): Promise<EmbeddedHdfs> {
  return openHdfs(await fetchHadoop(report), options);
}
