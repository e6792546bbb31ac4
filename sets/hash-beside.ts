import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** SHA-256 of bytes as they come, computed on another thread while this one reads on. */
export interface HashBeside extends Disposable {
  /** Waits until the bytes are taken over; they may change then. One call at a time. */
  update(chunk: Uint8Array): Promise<void>;
  /** In hexadecimal digits. May be asked once, at the end. */
  digest(): Promise<string>;
}

const blockBytes = 512 * 1024;
/** One that is filled, one that is hashed, and one so that neither side waits for the other. */
const blocksOfEach = 3;

/** All hashes have one thread: it hashes a GiB in less than a second, and each thread costs some 10 MiB and 40 ms. */
interface HashThread {
  readonly worker: Worker;
  /** By the number of the hash. */
  readonly listeners: Map<number, Listener>;
}

interface Listener {
  /** The thread is done with the oldest block that was sent; or here is the digest. */
  heard(digest: string | undefined): void;
  failed(error: Error): void;
}

interface Told {
  readonly hash: number;
  readonly digest?: string;
}

let thread: HashThread | undefined;
let hashes = 0;

/** The thread is started with the first hash and ends with the last one that is disposed of. */
export function hashBeside(): HashBeside {
  const { worker, listeners } = (thread ??= startThread());
  const hash = (hashes += 1);
  const blocks = openBlocks();
  let digest: string | undefined;
  listeners.set(hash, {
    heard: (told) => {
      if (told === undefined) return blocks.done();
      digest = told;
      blocks.wake();
    },
    failed: blocks.fail,
  });
  const send = (block: Uint8Array) => worker.postMessage({ hash, block });
  return {
    async update(chunk) {
      for (let at = 0; at < chunk.length;) {
        const taken = await blocks.fill(chunk.subarray(at));
        at += taken.bytes;
        if (taken.full !== undefined) send(taken.full);
      }
    },
    async digest() {
      const rest = blocks.rest();
      if (rest !== undefined) send(rest);
      worker.postMessage({ hash, end: 'digest' });
      while (digest === undefined) await blocks.change();
      return digest;
    },
    [Symbol.dispose]() {
      listeners.delete(hash);
      worker.postMessage({ hash, end: 'forget' });
      if (listeners.size === 0) endThread(worker);
    },
  };
}

function startThread(): HashThread {
  const worker = new Worker(join(__dirname, 'hash-thread.js'), {
    execArgv: [],
    env: {},
    resourceLimits: { maxYoungGenerationSizeMb: 1, codeRangeSizeMb: 4 },
  });
  const listeners = new Map<number, Listener>();
  const fail = (error: Error) => {
    if (thread?.worker === worker) thread = undefined;
    for (const listener of listeners.values()) listener.failed(error);
  };
  worker.on('message', ({ hash, digest }: Told) => listeners.get(hash)?.heard(digest));
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`the thread that hashes ended (code ${code})`)));
  return { worker, listeners };
}

function endThread(worker: Worker): void {
  if (thread?.worker === worker) thread = undefined;
  void worker.terminate();
}

interface Blocks {
  /** Copies what fits into the block that is filled, and gives that block once it is full. Waits for a free one. */
  fill(bytes: Uint8Array): Promise<{ readonly bytes: number; readonly full?: Uint8Array }>;
  /** What is filled of the last block. */
  rest(): Uint8Array | undefined;
  /** The oldest block that was given is free again: wakes, too. */
  done(): void;
  /** Waits for `wake`; throws what `fail` was told, also before. */
  change(): Promise<void>;
  wake(): void;
  fail(error: Error): void;
}

function openBlocks(): Blocks {
  const free: Uint8Array[] = [];
  const given: Uint8Array[] = [];
  let made = 0;
  let [filling, filled]: [Uint8Array | undefined, number] = [undefined, 0];
  let failure: Error | undefined;
  let wake = (): void => undefined;
  const change = async () => {
    if (failure === undefined) await new Promise<void>((resolve) => (wake = resolve));
    if (failure !== undefined) throw failure;
  };
  const next = async () => {
    while (free.length === 0 && made === blocksOfEach) await change();
    if (free.length === 0) made += 1;
    return free.pop() ?? new Uint8Array(new SharedArrayBuffer(blockBytes));
  };
  const give = (block: Uint8Array) => {
    given.push(block);
    const full = block.subarray(0, filled);
    [filling, filled] = [undefined, 0];
    return full;
  };
  return {
    async fill(chunk) {
      filling ??= await next();
      const piece = chunk.subarray(0, blockBytes - filled);
      filling.set(piece, filled);
      filled += piece.length;
      return { bytes: piece.length, ...(filled === blockBytes && { full: give(filling) }) };
    },
    rest: () => (filling === undefined ? undefined : give(filling)),
    done() {
      free.push(given.shift()!);
      wake();
    },
    change,
    wake: () => wake(),
    fail(error) {
      failure ??= error;
      wake();
    },
  };
}
