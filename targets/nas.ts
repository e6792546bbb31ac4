import '../model/dispose';
import { Readable } from 'node:stream';
import { type Control, noControl } from '../model/control';
import { BackupError } from '../model/errors';
import type { BackupTarget, Body, Range, Stored, TargetTraits } from '../model/target';
import type { Mounted } from '../servers/mounts';
import { stopIfCancelled } from './checked-body';
import { answeredWithin } from './nas-patience';
import { checkRights } from './nas-rights';

const traits: TargetTraits = { atomicPut: true, snapshots: false, distCp: false, hostBound: false };

export interface NasOptions {
  /** The share as people know it. */
  readonly text: string;
  /** What to do where its rights do not suffice. */
  readonly rightsHint: string;
  /** Mounts it, or finds it mounted. Called at first use. */
  open(signal?: AbortSignal): Promise<Mounted>;
  /** How sets are kept in a folder of this host. Passed in: targets know no other targets. */
  openFolder(root: string): BackupTarget;
  /** How long an operation may say nothing before its server is taken to hang; 3 minutes when absent. */
  readonly patienceMs?: number;
}

/**
 * A share that is mounted while it is needed: at first use, until the target is disposed of.
 *
 * What a server does not answer ends as `unavailable`; the mount is then taken away by force. Before the first `put` a probe
 * is written, so that a share whose rights do not suffice is told as such (`denied`).
 */
export function openNas({ text, rightsHint, open, openFolder, patienceMs = 180_000 }: NasOptions): BackupTarget {
  let opening: Promise<Mounted> | undefined;
  let probing: Promise<void> | undefined;
  let hangs = false;

  const folder = async (signal?: AbortSignal) => {
    opening ??= open(signal).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return openFolder((await opening).path);
  };
  const probe = async () => {
    const { path } = await opening!;
    probing ??= within('try whether it lets us write', () => checkRights(path, text, rightsHint));
    await probing.catch((error: unknown) => {
      probing = undefined;
      throw error;
    });
  };
  const within = async <T>(doing: string, work: (alive: () => void, signal: AbortSignal) => Promise<T>, times = 1) =>
    await answeredWithin(patienceMs * times, work, () => {
      hangs = true;
      return new BackupError('unavailable', `could not ${doing}: ${text} is silent`, {
        hint: 'see whether its server runs and this host reaches it; the mount is taken away, the next step mounts it anew',
      });
    });

  async function put(name: string, body: Body, control: Control = noControl()): Promise<Stored> {
    stopIfCancelled(name, control);
    const target = await folder(control.signal);
    await probe();
    return await within(`store ${name}`, (alive, silent) => {
      const report: Control['report'] = (progress) => (alive(), control.report(progress));
      return target.put(name, body, { ...control, report, signal: AbortSignal.any([control.signal, silent]) });
    });
  }

  async function get(name: string, range?: Range): Promise<Readable> {
    const target = await folder();
    const source = await within(`read ${name}`, () => target.get(name, range));
    const chunks = eachWithin(source, () => `read ${name}`);
    const stream = Readable.from(chunks, { objectMode: false, highWaterMark: 1024 * 1024 });
    // Not by the generator's end: a stream that is destroyed before its first read never enters it.
    return stream.once('close', () => source.destroy());
  }

  async function* eachWithin<T>(items: AsyncIterable<T>, doing: () => string): AsyncGenerator<T> {
    const iterator = items[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await within(doing(), () => iterator.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      // A server that hangs would let it wait, and with it whoever reads.
      if (!hangs) await iterator.return?.();
    }
  }

  async function* list(prefix: string): AsyncGenerator<Stored> {
    yield* eachWithin((await folder()).list(prefix), () => `list ${prefix}`);
  }

  async function* remains(prefix: string): AsyncGenerator<Stored> {
    const found = (await folder()).remains?.(prefix);
    if (found !== undefined) yield* eachWithin(found, () => `list what is unfinished below ${prefix}`);
  }

  return {
    traits,
    put,
    get,
    list,
    remains,
    stat: async (name) => {
      const target = await folder();
      return await within(`look at ${name}`, () => target.stat(name));
    },
    remove: async (name) => {
      const target = await folder();
      await within(`remove ${name}`, () => target.remove(name));
    },
    clean: async (prefix) => {
      const target = await folder();
      // It may look at many files, and says nothing meanwhile.
      await within(`clean ${prefix}`, async () => await target.clean?.(prefix), 10);
    },
    freeBytes: async () => {
      const target = await folder();
      return await within('ask for its free space', async () => (await target.freeBytes?.()) ?? 0);
    },
    async [Symbol.asyncDispose]() {
      const mounted = await opening?.catch(() => undefined);
      opening = undefined;
      await mounted?.unmount(hangs);
    },
  };
}
