import { BackupError, type ErrorKind } from '../model/errors';
import type { SftpConnection } from './sftp-connection';
import type { Done } from './sftp-package';

/** How long a server may be silent, in milliseconds. */
export interface SftpPatience {
  readonly connectMs: number;
  /** Not a single byte comes, though the server is asked for one every 10 s. */
  readonly silentMs: number;
  /** Bytes come, but none of the open requests is answered. */
  readonly answerMs: number;
}

/** The requests of one session as promises. Each fails with the connection: none waits for ever. */
export interface SftpRequests {
  /** Issues a request; what the server answers instead of a result is thrown as `BackupError`. */
  ask<Result>(issue: (done: Done<Result>) => void, patienceMs?: number): Promise<Result>;
  /** Aborted when the connection is lost or ended; its reason is the error that requests then fail with. */
  readonly loss: AbortSignal;
  /** Ends the connection; requests that are still open fail. */
  end(): void;
}

/** Watches over the connection until it ends. */
export function openRequests(connection: SftpConnection, patience: SftpPatience, where: string): SftpRequests {
  return new Session(connection, patience, where);
}

interface Waiting {
  readonly fail: (error: BackupError) => void;
  readonly patienceMs: number;
}

/** A server that is told that we leave may need a moment to hear it. */
const partingMs = 1000;

/**
 * Time is counted in ticks of our own clock: a worker that was busy or asleep for a while has not listened either, and the
 * answers lie in its socket.
 */
class Session implements SftpRequests {
  private readonly waiting = new Set<Waiting>();
  private readonly tickMs: number;
  private readonly clock: NodeJS.Timeout;
  private readonly over = new AbortController();
  private bytes = 0;
  private silentMs = 0;
  private unansweredMs = 0;

  constructor(
    private readonly open: SftpConnection,
    private readonly patience: SftpPatience,
    private readonly where: string,
  ) {
    this.tickMs = Math.min(1000, patience.silentMs / 4, patience.answerMs / 4);
    this.clock = setInterval(() => this.tick(), this.tickMs).unref();
    open.socket.once('close', () => this.lose('was lost'));
    open.sftp.on('close', () => this.lose('was closed by the server'));
    open.sftp.on('error', () => this.lose('broke the rules of SFTP'));
  }

  get loss(): AbortSignal {
    return this.over.signal;
  }

  private get lost(): BackupError | undefined {
    return this.loss.aborted ? (this.loss.reason as BackupError) : undefined;
  }

  async ask<Result>(issue: (done: Done<Result>) => void, patienceMs = this.patience.answerMs): Promise<Result> {
    return await new Promise<Result>((resolve, reject) => {
      if (this.lost !== undefined) return reject(this.lost);
      const one: Waiting = { fail: reject, patienceMs };
      this.waiting.add(one);
      try {
        issue((error, result) => {
          if (!this.waiting.delete(one)) return;
          this.unansweredMs = 0;
          if (error) reject(this.lost ?? answered(this.where, error));
          else resolve(result);
        });
      } catch (cause) {
        this.waiting.delete(one);
        // The package throws what it knows beforehand: the server lacks an extension.
        reject(new BackupError('unsupported', `${this.where} has no such request`, {}, { cause }));
      }
    });
  }

  end(): void {
    if (this.lost !== undefined) return;
    this.open.connection.end();
    this.failAll('was ended');
    setTimeout(() => this.open.socket.destroy(), partingMs).unref();
  }

  private tick(): void {
    const { bytesRead } = this.open.socket;
    this.silentMs = bytesRead === this.bytes ? this.silentMs + this.tickMs : 0;
    this.bytes = bytesRead;
    this.unansweredMs = this.waiting.size === 0 ? 0 : this.unansweredMs + this.tickMs;
    if (this.silentMs >= this.patience.silentMs) return this.lose(`was silent for ${this.silentMs / 1000} s`);
    const patienceMs = Math.max(0, ...[...this.waiting].map((one) => one.patienceMs));
    if (this.waiting.size > 0 && this.unansweredMs >= patienceMs)
      this.lose(`gave no answer for ${patienceMs / 1000} s`);
  }

  private lose(how: string): void {
    this.failAll(how);
    this.open.socket.destroy();
  }

  private failAll(how: string): void {
    if (this.lost !== undefined) return;
    const lost = lostError(this.where, how);
    this.over.abort(lost);
    clearInterval(this.clock);
    for (const { fail } of this.waiting) fail(lost);
    this.waiting.clear();
  }
}

/** SFTP's statuses, also of later versions, which some servers use; any other is `unavailable`. */
const kinds: { readonly [status: number]: ErrorKind } = {
  2: 'missing',
  3: 'denied',
  5: 'invalid',
  8: 'unsupported',
  10: 'missing',
  11: 'conflict',
  12: 'denied',
  14: 'full',
  15: 'full',
};

/** A failure without a status of its own: full, read-only, not empty … The server may have put it into words. */
export const failure = 4;

function answered(where: string, { code, message }: Error & { code?: number }): BackupError {
  if (typeof code !== 'number') return lostError(where, 'was lost');
  const kind = code === failure ? kindInWords(message) : (kinds[code] ?? 'unavailable');
  return new BackupError(kind, `the server says: ${message.slice(0, 200)}`, { status: code });
}

function kindInWords(message: string): ErrorKind {
  if (/no space|quota|disk full/i.test(message)) return 'full';
  return /read-?only/i.test(message) ? 'denied' : 'unavailable';
}

function lostError(where: string, how: string): BackupError {
  return new BackupError('unavailable', `the connection to ${where} ${how}`, {
    hint: 'see that the server runs and what lies between it and the worker',
  });
}
