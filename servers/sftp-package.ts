import type { Socket } from 'node:net';
import Client from 'ssh2-sftp-client';

/**
 * The npm package `ssh2-sftp-client`, and where it ends.
 *
 * Used of it: how it comes to a session – handshake, login, the subsystem – and the plain requests of that session. Its
 * convenient operations are gone round: they have one request in flight or no way to resume, know neither time-outs nor an
 * abort, and tell a file that is absent and one that fails by the same code.
 */
export interface PackageClient {
  readonly client: PackageConnection;
  connect(config: ConnectConfig): Promise<PackageSftp>;
}

export interface PackageConnection {
  /** `prependListener`: before the package's own, which make other errors of what they hear. */
  prependListener(event: 'error', heard: (error: Error & { level?: string }) => void): void;
  on(
    event: 'keyboard-interactive',
    asked: (
      name: string,
      instructions: string,
      language: string,
      prompts: readonly unknown[],
      answer: (answers: string[]) => void,
    ) => void,
  ): void;
  end(): void;
}

export interface Callbacks {
  error(error: Error): void;
  end(): void;
  close(): void;
}

export interface ConnectConfig {
  readonly sock: Socket;
  readonly username: string;
  readonly password?: string;
  readonly tryKeyboard?: boolean;
  readonly privateKey?: string;
  readonly passphrase?: string;
  readonly hostVerifier: (key: Buffer) => boolean;
  readonly algorithms?: { readonly serverHostKey: readonly string[] };
  /** Milliseconds; 0 for none. */
  readonly readyTimeout: number;
  readonly keepaliveInterval: number;
  readonly keepaliveCountMax: number;
}

/** What a request ends with; `code` is SFTP's status where the server answered one. */
export type Done<Result = void> = (error: (Error & { code?: number }) | undefined | null, result: Result) => void;

export interface PackageAttributes {
  readonly size: number;
  readonly mode?: number;
}

export interface PackageEntry {
  readonly filename: string;
  readonly attrs: PackageAttributes;
}

export interface PackageSpace {
  readonly f_frsize: number;
  readonly f_bavail: number;
  readonly f_flag: number;
}

export interface PackageSftp {
  /** Private to the package, which cuts longer writes into pieces and sends each only when the one before is answered. */
  readonly _maxWriteLen?: number;
  on(event: 'error' | 'close', heard: () => void): void;
  lstat(path: string, done: Done<PackageAttributes>): void;
  stat(path: string, done: Done<PackageAttributes>): void;
  opendir(path: string, done: Done<Buffer>): void;
  readdir(handle: Buffer, done: Done<PackageEntry[]>): void;
  mkdir(path: string, attributes: { mode: number }, done: Done): void;
  rmdir(path: string, done: Done): void;
  unlink(path: string, done: Done): void;
  rename(from: string, to: string, done: Done): void;
  open(path: string, flags: string, attributes: { mode: number }, done: Done<Buffer>): void;
  fstat(handle: Buffer, done: Done<PackageAttributes>): void;
  read(handle: Buffer, into: Buffer, offset: number, length: number, at: number, done: Done<number>): void;
  write(handle: Buffer, bytes: Buffer, offset: number, length: number, at: number, done: Done): void;
  close(handle: Buffer, done: Done): void;
  /** These three throw at once where the server does not know them. */
  ext_openssh_rename(from: string, to: string, done: Done): void;
  ext_openssh_fsync(handle: Buffer, done: Done): void;
  ext_openssh_statvfs(path: string, done: Done<PackageSpace>): void;
}

/** A client that says nothing by itself: what happens to its connection is heard at the socket. */
export function openPackageClient(): PackageClient {
  const nothing = () => undefined;
  return new Client('cairn', { error: nothing, end: nothing, close: nothing });
}
