import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHdfs, type EmbeddedHdfs } from '../../embedded/hdfs';

export interface RealHdfsOptions {
  readonly nameDirs?: number;
  /** More settings of this HDFS. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** A real HDFS for one test file; it and its folder are gone afterwards. */
export interface RealHdfs {
  readonly hdfs: EmbeddedHdfs;
  /** A folder for the test's own files. */
  readonly folder: string;
  end(): Promise<void>;
}

export async function startRealHdfs(options: RealHdfsOptions = {}): Promise<RealHdfs> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-hdfs-'));
  const hdfs = await createHdfs({ folder: join(folder, 'hdfs'), ...options });
  await hdfs.start();
  return {
    hdfs,
    folder,
    end: async () => {
      await hdfs.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
