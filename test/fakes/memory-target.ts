import '../../model/dispose';
import { Readable } from 'node:stream';
import { type Control, noControl } from '../../model/control';
import { BackupError } from '../../model/errors';
import { isSafeRelativeName } from '../../model/names';
import type { BackupTarget, Body, Range } from '../../model/target';
import { chunksOf, stopIfCancelled } from '../../targets/checked-body';
import { isCutOff } from '../../targets/cut-off';
import { createMemorySnapshots, type MemoryFolders } from './memory-snapshots';

/** Objects by name. Targets that are created with the same map are connections to the same place. */
export type Objects = Map<string, Buffer>;

/** What a cut-off put left, by the object's name. The newest put of a name makes it its own by taking it from here. */
type Remains = Map<string, Part>;

interface Part {
  readonly id: string | undefined;
  readonly chunks: Buffer[];
}

/** By place, as all connections to one share them. */
const remainsOf = new WeakMap<Objects, Remains>();

/** A target without any I/O; with `folders` it has snapshots. It passes the suite of the seam. */
export function createMemoryTarget(objects: Objects = new Map(), folders?: MemoryFolders): BackupTarget {
  const remains = remainsOf.get(objects) ?? (new Map() as Remains);
  remainsOf.set(objects, remains);
  const content = (name: string) => (folders && inFolders(folders, name)?.at) ?? objects.get(name);
  return {
    traits: { atomicPut: true, snapshots: folders !== undefined, distCp: false, hostBound: false },
    async put(name, body, control = noControl()) {
      checkName(name);
      const part = takePart(remains, name, body);
      try {
        await fill(part, name, body, control);
        if (remains.get(name) !== part) throw new BackupError('conflict', `a newer put of ${name} took over`);
      } catch (error) {
        if (remains.get(name) === part && !isCutOff(body, control, error)) remains.delete(name);
        throw error;
      }
      remains.delete(name);
      const whole = Buffer.concat(part.chunks);
      const place = folders && inFolders(folders, name);
      if (place === undefined) objects.set(name, whole);
      else place.set(whole);
      return { name, bytes: whole.length };
    },
    async get(name, range) {
      checkName(name);
      const found = content(name);
      if (found === undefined) throw new BackupError('missing', `${name} is not there`);
      return Readable.from([cut(name, found, range)], { objectMode: false });
    },
    async stat(name) {
      checkName(name);
      const found = content(name);
      return found && { name, bytes: found.length };
    },
    async *list(prefix) {
      if (prefix !== '') checkName(prefix);
      for (const [name, { length }] of objects) {
        if (prefix === '' || name.startsWith(`${prefix}/`)) yield { name, bytes: length };
      }
    },
    async remove(name) {
      checkName(name);
      const place = folders && inFolders(folders, name);
      if (place === undefined) objects.delete(name);
      else place.set(undefined);
    },
    async clean(prefix) {
      for (const name of remains.keys()) if (prefix === '' || name.startsWith(`${prefix}/`)) remains.delete(name);
    },
    ...(folders && { snapshots: createMemorySnapshots(folders, (folder) => objects.has(folder)) }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** A part of its own for each put: one that goes on elsewhere adds to its own, which nobody looks at any more. */
function takePart(remains: Remains, name: string, { id }: Body): Part {
  const before = remains.get(name);
  const part: Part = { id, chunks: id !== undefined && before?.id === id ? [...before.chunks] : [] };
  remains.set(name, part);
  return part;
}

async function fill({ chunks }: Part, name: string, body: Body, control: Control): Promise<void> {
  const from = chunks.reduce((bytes, { length }) => bytes + length, 0);
  for await (const chunk of chunksOf(name, body, control, from)) chunks.push(Buffer.from(chunk));
  stopIfCancelled(name, control);
}

/** What lies in a folder with snapshots, now or then; undefined for names elsewhere. */
function inFolders(folders: MemoryFolders, name: string) {
  const folder = [...folders.keys()].find((one) => name.startsWith(`${one}/`));
  if (folder === undefined) return undefined;
  const { live, snapshots } = folders.get(folder)!;
  const path = name.slice(folder.length + 1);
  const [, snapshot, frozenPath = ''] = /^\.snapshot\/([^/]*)\/(.*)$/s.exec(path) ?? [];
  return {
    at: snapshot === undefined ? live.get(path)?.content : snapshots.get(snapshot)?.get(frozenPath)?.content,
    set(content: Buffer | undefined) {
      if (path.startsWith('.snapshot/')) throw new BackupError('invalid', `${name} lies in a snapshot`);
      if (content === undefined) live.delete(path);
      else live.set(path, { content });
    },
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
