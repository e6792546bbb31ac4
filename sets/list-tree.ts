import type { Control } from '../model/control';
import type { IndexLine } from '../model/index-line';
import type { TreeEntry, TreeReader } from '../model/tree';
import { mapInOrder } from './in-order';
import { mustGoOn } from './stop';

export interface ChecksumOptions {
  /** Files whose checksums are asked for at the same time; 16 when absent. */
  readonly checksumsAtOnce?: number;
}

export const usualChecksumsAtOnce = 16;

/**
 * A tree with the checksums of its files that hold something, in the tree's order: the lines of its index. Memory stays flat, whatever the
 * tree. Reports files and bytes. Errors as of the reader; `cancelled`.
 */
export async function* indexLines(
  reader: TreeReader,
  { signal, report }: Control,
  { checksumsAtOnce = usualChecksumsAtOnce }: ChecksumOptions = {},
): AsyncGenerator<IndexLine> {
  let [files, bytes] = [0, 0];
  for await (const line of mapInOrder(reader.list(), checksumsAtOnce, (entry) => withChecksum(reader, entry))) {
    mustGoOn(signal);
    yield line;
    [files, bytes] = [files + Number(line.type === 'file'), bytes + line.bytes];
    report({ files, bytes });
  }
  mustGoOn(signal);
}

async function withChecksum(reader: TreeReader, entry: TreeEntry): Promise<IndexLine> {
  // An empty file has no bytes that could differ; its checksum would cost two requests.
  if (entry.bytes === 0) return entry;
  const checksum = await reader.checksum(entry.path);
  return checksum === undefined ? entry : { ...entry, checksum };
}
