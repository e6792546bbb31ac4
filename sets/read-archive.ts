import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Control } from '../model/control';
import { BackupError } from '../model/errors';
import type { ArchivedFile, MetadataManifest } from '../model/manifest';
import { isSafeRelativeName } from '../model/names';
import { createDigester, difference, type Digester } from './digests';
import { setOfArchive } from './layout';
import { mustGoOn } from './stop';
import { createTarReader, type TarEntry } from './tar-stream';

/** Is given each file when its name and size are checked; its content is known to be right when `chunks` ends. */
export type Sink = (file: ArchivedFile, chunks: AsyncIterable<Buffer>) => Promise<void>;

const gunzipChunkBytes = 256 * 1024;
/** What a tar may have beside content, for each file and at its end: headers, long names, padding. */
const tarBytesPerFile = 16 * 1024;
const tarBytesAtEnd = 64 * 1024;

/**
 * Reads an archive as it comes and compares all of it with the manifest: its own bytes and digests, and of each
 * file, in order, name, kind, size and digests. `corrupt`, naming set and file, for anything off: also for
 * what is too much, so that nothing grows beyond the manifest's sizes. Errors of stream and sink are thrown as they are.
 */
export async function readArchive(
  archive: Readable,
  manifest: MetadataManifest,
  control: Control,
  sink: Sink,
): Promise<void> {
  const reading = beginReading(archive, manifest);
  const { signal } = control;
  await Promise.all([
    pipeline(archive, reading.hashing, reading.gunzip, reading.limit, reading.tar, { signal }).catch(reading.fail),
    passEntries(reading, manifest, control, sink).catch(reading.fail),
  ]);
  mustGoOn(signal);
  if (reading.failure() !== undefined) throw reading.failure();
  checkArchive(reading, manifest);
}

type Reading = ReturnType<typeof beginReading>;

/** The stages, and what failed first: the other stages fail after it with words that help nobody. */
function beginReading(archive: Readable, manifest: MetadataManifest) {
  const digester = createDigester();
  const stages = {
    digester,
    hashing: hashing(digester),
    gunzip: createGunzip({ chunkSize: gunzipChunkBytes }),
    limit: limit(manifest),
    tar: createTarReader(),
  };
  let first: unknown;
  const fail = (error: unknown) => void (first ??= error);
  const failAsCorrupt = (error: Error) =>
    fail(error instanceof BackupError ? error : corrupt(manifest, `it cannot be read: ${error.message}`, error));
  archive.once('error', fail);
  for (const stage of [stages.gunzip, stages.limit, stages.tar]) stage.once('error', failAsCorrupt);
  return { ...stages, fail, failure: () => first };
}

async function passEntries(
  { tar, fail }: Reading,
  manifest: MetadataManifest,
  control: Control,
  sink: Sink,
): Promise<void> {
  const totals = { totalFiles: manifest.files.length, totalBytes: rawBytesOf(manifest) };
  let [files, bytes] = [0, 0];
  for await (const entry of tar) {
    try {
      const file = expectedFile(entry, manifest, files);
      await sink(file, checked(entry, file, manifest));
      [files, bytes] = [files + 1, bytes + file.bytes];
      control.report({ files, bytes, ...totals });
    } catch (error) {
      fail(error);
      throw error;
    }
  }
  const lacking = manifest.files[files];
  if (lacking !== undefined) fail(corrupt(manifest, `it ends before the file ${quoted(lacking.path)}`));
}

/** The manifest says what comes next, so an entry that is twice, too many, or anything but a plain file never fits. */
function expectedFile({ header }: TarEntry, manifest: MetadataManifest, place: number): ArchivedFile {
  const file = manifest.files[place];
  const found = `${header.type ?? 'unknown kind'} ${quoted(header.name)}`;
  if (file === undefined) throw corrupt(manifest, `it holds the ${found}, which the manifest does not name`);
  if (header.type !== 'file' || header.name !== file.path || !isSafeRelativeName(header.name)) {
    throw corrupt(manifest, `it holds the ${found} where the file ${quoted(file.path)} was expected`);
  }
  if (header.size === file.bytes) return file;
  throw corrupt(manifest, `the file ${quoted(file.path)} has ${header.size} bytes instead of ${file.bytes}`);
}

async function* checked(entry: TarEntry, file: ArchivedFile, manifest: MetadataManifest): AsyncGenerator<Buffer> {
  const digester = createDigester();
  for await (const chunk of entry) {
    digester.update(chunk);
    yield chunk;
  }
  const problem = difference(file, digester.digests());
  if (problem !== undefined) throw corrupt(manifest, `the file ${quoted(file.path)} is damaged: ${problem}`);
}

function checkArchive({ digester, gunzip }: Reading, manifest: MetadataManifest): void {
  const problem = difference(manifest.archive, digester.digests());
  if (problem !== undefined) throw corrupt(manifest, problem);
  if (gunzip.bytesWritten === digester.bytes) return;
  throw corrupt(manifest, `${digester.bytes - gunzip.bytesWritten} bytes follow the end of its compressed data`);
}

function hashing(digester: Digester): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      digester.update(chunk);
      done(null, chunk);
    },
  });
}

/** Stops a decompression bomb: no more can come out than the files of the manifest and their headers. */
function limit(manifest: MetadataManifest): Transform {
  let left = rawBytesOf(manifest) + manifest.files.length * tarBytesPerFile + tarBytesAtEnd;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.length;
      if (left < 0) done(corrupt(manifest, 'it unpacks to more than the manifest says'));
      else done(null, chunk);
    },
  });
}

function rawBytesOf({ files }: MetadataManifest): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function corrupt(manifest: MetadataManifest, problem: string, cause?: unknown): BackupError {
  const set = setOfArchive(manifest.archive.name) ?? manifest.archive.name;
  const hint = 'restore from another set, or bring the archive back from a copy of the target';
  return new BackupError(
    'corrupt',
    `the archive of the set ${set} is damaged: ${problem}`,
    { set, problem, hint },
    { cause },
  );
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
