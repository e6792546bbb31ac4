import type { Copied } from '../model/copier';

/** What a DistCp driver tells while it runs, read from the lines that it logs. */
export interface DistCpOutput {
  hear(line: string): void;
  /** `job_…`, once the job was given to Yarn or to the local runner. */
  job(): string | undefined;
  /** What the local runner has done so far, with what was equal already; the maps of Yarn log elsewhere. */
  done(): { readonly bytes: number; readonly files: number };
  /** The counters that end a job that succeeded; undefined when they have not come. */
  totals(): Copied | undefined;
}

export function createDistCpOutput(): DistCpOutput {
  let job: string | undefined;
  let counters: Map<string, number> | undefined;
  const done = { bytes: 0, files: 0 };
  return {
    hear(line) {
      job ??= /(?:DistCp job-id|Running job): (job_\w+)/.exec(line)?.[1];
      const written = /RetriableFileCopyCommand: Completed writing .* \((\d+) bytes\)$/.exec(line);
      if (written !== null) done.bytes += Number(written[1]);
      if (written !== null || /CopyMapper: Skipping copy of /.test(line)) done.files += 1;
      // Each task of the local runner tells its counters, and the whole job at its end.
      if (/\bCounters: \d+$/.test(line)) counters = new Map();
      const counter = /^\s+([^=]+)=(\d+)$/.exec(line);
      if (counter !== null) counters?.set(counter[1]!, Number(counter[2]));
    },
    job: () => job,
    done: () => ({ ...done }),
    totals: () => counters && copiedIn(counters),
  };
}

/** Of a job's counters, by their names or by those for people; one that is 0 is left out by Hadoop. */
export function copiedIn(
  counters: ReadonlyMap<string, number>,
): Required<Pick<Copied, 'files' | 'bytes' | 'skippedBytes'>> {
  const of = (name: string, shown: string) => counters.get(name) ?? counters.get(shown) ?? 0;
  return {
    files: of('COPY', 'Files Copied'),
    bytes: of('BYTESCOPIED', 'Bytes Copied'),
    skippedBytes: of('BYTESSKIPPED', 'Bytes Skipped'),
  };
}

/**
 * How far a running job of Yarn has come, with what was equal already. DistCp counts a file when it is whole, HDFS every
 * byte that is written; it also counts the lines that DistCp writes about skipped files, which are few.
 */
export function doneIn(counters: ReadonlyMap<string, number>): { readonly bytes: number; readonly files: number } {
  const { files, bytes, skippedBytes } = copiedIn(counters);
  const written = Math.max(bytes, counters.get('HDFS_BYTES_WRITTEN') ?? 0);
  return { bytes: written + skippedBytes, files: files + (counters.get('SKIP') ?? 0) };
}
