import '../../model/dispose';
import { Readable } from 'node:stream';
import { noControl } from '../../model/control';
import { BackupError } from '../../model/errors';
import { isSafeRelativeName } from '../../model/names';
import type { BackupTarget, Range } from '../../model/target';
import { chunksOf, stopIfCancelled } from '../../targets/checked-body';

/** Objects by name. Targets that are created with the same map are connections to the same place. */
export type Objects = Map<string, Buffer>;

/** A target without any I/O. It passes the suite of the seam. */
export function createMemoryTarget(objects: Objects = new Map()): BackupTarget {
  return {
    traits: { atomicPut: true, snapshots: false, distCp: false, hostBound: false },
    async put(name, body, control = noControl()) {
      checkName(name);
      const chunks: Buffer[] = [];
      for await (const chunk of chunksOf(name, body, control)) chunks.push(Buffer.from(chunk));
      stopIfCancelled(name, control);
      const content = Buffer.concat(chunks);
      objects.set(name, content);
      return { name, bytes: content.length };
    },
    async get(name, range) {
      checkName(name);
      const content = objects.get(name);
      if (content === undefined) throw new BackupError('missing', `${name} is not there`);
      return Readable.from([cut(name, content, range)], { objectMode: false });
    },
    async stat(name) {
      checkName(name);
      const content = objects.get(name);
      return content && { name, bytes: content.length };
    },
    async *list(prefix) {
      if (prefix !== '') checkName(prefix);
      for (const [name, content] of objects) {
        if (prefix === '' || name.startsWith(`${prefix}/`)) yield { name, bytes: content.length };
      }
    },
    async remove(name) {
      checkName(name);
      objects.delete(name);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function checkName(name: string): void {
  if (!isSafeRelativeName(name)) throw new BackupError('invalid', `${JSON.stringify(name)} is not a name on a target`);
}

function cut(name: string, content: Buffer, range?: Range): Buffer {
  if (range === undefined) return content;
  const { start, end } = range;
  const isRange = Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end;
  if (!isRange) throw new BackupError('invalid', `bytes ${start} to ${end} of ${name} are no range`);
  if (end >= content.length) throw new BackupError('corrupt', `${name} ends after ${content.length} bytes`);
  return content.subarray(start, end + 1);
}
