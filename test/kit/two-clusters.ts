import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHdfs, type EmbeddedHdfs } from '../../embedded/hdfs';

/** A cluster whose data is backed up and a second one to keep it, both with a real HDFS that serves. */
export interface TwoClusters {
  /** NameService `hacluster`. */
  readonly source: EmbeddedHdfs;
  /** NameService `haclusterX`. */
  readonly remote: EmbeddedHdfs;
  /** A folder for the test's own files. */
  readonly folder: string;
  /** Ends everything, and removes all of it. */
  close(): Promise<void>;
}

export interface TwoClustersOptions {
  /** More settings of both HDFS. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** DistCp's jobs run in its own process, as in a cluster without Yarn. */
export async function openTwoClusters(options: TwoClustersOptions = {}): Promise<TwoClusters> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-two-'));
  const { properties = {} } = options;
  const source = await createHdfs({ folder: join(folder, 'source'), properties });
  const remote = await createHdfs({ folder: join(folder, 'remote'), nameService: 'haclusterX', properties });
  const close = async () => {
    await Promise.all([source.stop(), remote.stop()]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all([source.start(), remote.start()]);
    return { source, remote, folder, close };
  } catch (error) {
    await close();
    throw error;
  }
}
