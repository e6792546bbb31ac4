import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHdfs, type EmbeddedHdfs } from '../../embedded/hdfs';
import { createYarn, type EmbeddedYarn, fetchYarn } from '../../embedded/yarn';

/** A cluster whose data is backed up and a second one to keep it, both with a real HDFS that serves. */
export interface TwoClusters {
  /** NameService `hacluster`. */
  readonly source: EmbeddedHdfs;
  /** NameService `haclusterX`. */
  readonly remote: EmbeddedHdfs;
  /** Where one was asked for; `source.confDir` points to it, so that DistCp gives its jobs to it. */
  readonly yarn?: EmbeddedYarn;
  /** A folder for the test's own files. */
  readonly folder: string;
  /** Ends everything, and removes all of it. */
  close(): Promise<void>;
}

export interface TwoClustersOptions {
  /** Whether the source has a Yarn; else DistCp's jobs run in its own process. */
  readonly yarn?: boolean;
  /** Whether the Yarn has a JobHistoryServer. */
  readonly historyServer?: boolean;
  /** More settings of both HDFS. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** Returns when everything serves. */
export async function openTwoClusters(options: TwoClustersOptions = {}): Promise<TwoClusters> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-two-'));
  const { properties = {} } = options;
  const source = await createHdfs({ folder: join(folder, 'source'), properties });
  const remote = await createHdfs({ folder: join(folder, 'remote'), nameService: 'haclusterX', properties });
  const yarn = options.yarn ? await yarnOf(source, join(folder, 'yarn'), options) : undefined;
  const close = async () => {
    await yarn?.stop();
    await Promise.all([source.stop(), remote.stop()]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await allSettled([source.start(), remote.start(), yarn ? yarn.start() : Promise.resolve()]);
    return { source, remote, folder, close, ...(yarn && { yarn }) };
  } catch (error) {
    await close();
    throw error;
  }
}

async function yarnOf(hdfs: EmbeddedHdfs, folder: string, { historyServer = false }: TwoClustersOptions) {
  return createYarn(await fetchYarn(), { folder, hdfs, historyServer });
}

/** When one does not start, the others are not left behind half started. */
async function allSettled(starts: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(starts)) if (result.status === 'rejected') throw result.reason;
}
