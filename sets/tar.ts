import { pipeline } from 'node:stream/promises';
import type { Control } from '../model/control';
import type { ArchivedFile } from '../model/manifest';
import { createDigester, type Digester } from './digests';
import { readWhole, type DumpedFile } from './dumped-files';
import { mustGoOn } from './stop';
import { createTarWriter, type TarWriter } from './tar-stream';

/** A tar on its way: read `chunks` to its end, then `files` resolves. When one fails the other fails too. */
export interface TarStream {
  readonly chunks: AsyncIterable<Buffer>;
  readonly files: Promise<ArchivedFile[]>;
}

/** The files as a tar, in the given order. Owners, modes and times are fixed: equal files give equal bytes. */
export function tarOf(folder: string, dumped: readonly DumpedFile[], chunkBytes: number, control: Control): TarStream {
  const tar = createTarWriter();
  const meter = meterFor(dumped, control);
  return { chunks: tar, files: fill(tar, dumped, (file) => meter(readWhole(folder, file, chunkBytes))) };
}

type Content = (file: DumpedFile) => AsyncIterable<Buffer>;

/** An entry that fails takes the tar with it: whoever reads the tar gets the same error. */
async function fill(tar: TarWriter, dumped: readonly DumpedFile[], content: Content): Promise<ArchivedFile[]> {
  const files: ArchivedFile[] = [];
  for (const file of dumped) files.push(await addFile(tar, file, content(file)));
  tar.finalize();
  return files;
}

async function addFile(tar: TarWriter, file: DumpedFile, content: AsyncIterable<Buffer>): Promise<ArchivedFile> {
  const digester = createDigester();
  await pipeline(digesting(content, digester), tar.entry(headerOf(file)));
  return { path: file.path, ...digester.digests() };
}

async function* digesting(content: AsyncIterable<Buffer>, digester: Digester): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    digester.update(chunk);
    yield chunk;
  }
}

function headerOf({ path, bytes }: DumpedFile) {
  return { name: path, size: bytes, type: 'file', mode: 0o600, uid: 0, gid: 0, mtime: new Date(0) };
}

/** Passes a file's chunks on, reports how far all of them have come, and stops when the control says so. */
function meterFor(dumped: readonly DumpedFile[], { signal, report }: Control) {
  const totals = { totalBytes: dumped.reduce((sum, { bytes }) => sum + bytes, 0), totalFiles: dumped.length };
  let [bytes, files] = [0, 0];
  return async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      mustGoOn(signal);
      yield chunk;
      bytes += chunk.length;
      report({ bytes, files, ...totals });
    }
    mustGoOn(signal);
    files += 1;
    report({ bytes, files, ...totals });
  };
}
