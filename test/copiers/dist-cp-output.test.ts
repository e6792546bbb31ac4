import { createDistCpOutput, doneIn } from '../../copiers/dist-cp-output';

/** Lines of DistCp 3.4.3, shortened. */
const copying = `
2026-11-22 20:53:20,865 INFO DistCp: DistCp job-id: job_local258705187_0001
2026-11-22 20:53:20,866 INFO Job: Running job: job_local258705187_0001
2026-11-22 20:53:21,002 INFO CopyMapper: Copying hdfs://a:1/src/empty to hdfs://b:1/dst/empty
2026-11-22 20:53:21,073 INFO RetriableFileCopyCommand: Completed writing hdfs://b:1/dst/empty (0 bytes)
2026-11-22 20:53:21,300 INFO RetriableFileCopyCommand: Completed writing hdfs://b:1/dst/x (3 bytes) (300000 bytes)
2026-11-22 20:53:21,400 INFO CopyMapper: Skipping copy of hdfs://a:1/src/old to hdfs://b:1/dst/old`;
const taskCounters = `
2026-11-22 20:53:21,555 INFO Task: Final Counters for attempt_local258705187_0001_m_000000_0: Counters: 26
	DistCp Counters
		Bytes Copied=1
		Files Copied=1`;
const jobCounters = `
2026-11-22 20:53:21,778 INFO Job: Counters: 26
	File System Counters
		HDFS: Number of bytes written=300009
	DistCp Counters
		Bandwidth in Bytes=300009
		Bytes Copied=300000
		Bytes Skipped=7
		Files Copied=2
		Files Skipped=1
		DIR_COPY=4`;

function heard(text: string) {
  const output = createDistCpOutput();
  text.split('\n').forEach(output.hear);
  return output;
}

test('while a local job runs, its lines tell how many files and bytes are there', () => {
  const output = heard(copying);
  expect(output.job()).toBe('job_local258705187_0001');
  expect(output.done()).toEqual({ files: 3, bytes: 300_000 });
  expect(output.totals()).toBeUndefined();
});

test('of the counters those of the whole job count, which come last, not those of a task', () => {
  expect(heard(copying + taskCounters + jobCounters).totals()).toEqual({ files: 2, bytes: 300_000, skippedBytes: 7 });
});

test('a job that had nothing to copy counts nothing', () => {
  expect(heard('INFO Job: Counters: 3\n\tDistCp Counters\n\t\tDIR_COPY=1').totals()).toEqual({
    files: 0,
    bytes: 0,
    skippedBytes: 0,
  });
});

test('older versions show the plain names of the counters', () => {
  const older = '21/01/02 03:04:05 INFO mapreduce.Job: Counters: 3\n\t\tBYTESCOPIED=5\n\t\tBYTESSKIPPED=6\n\t\tCOPY=1';
  expect(heard(older).totals()).toEqual({ files: 1, bytes: 5, skippedBytes: 6 });
});

test('a job of Yarn has come as far as its bytes are written, with those that were equal', () => {
  const of = (counters: Record<string, number>) => doneIn(new Map(Object.entries(counters)));
  expect(of({})).toEqual({ bytes: 0, files: 0 });
  expect(of({ HDFS_BYTES_WRITTEN: 50 })).toEqual({ bytes: 50, files: 0 });
  expect(of({ HDFS_BYTES_WRITTEN: 50, BYTESCOPIED: 40, COPY: 2, SKIP: 3, BYTESSKIPPED: 7 })).toEqual({
    bytes: 57,
    files: 5,
  });
});
