import { createClient } from 'webhdfs';
import { BackupError } from '../model/errors';

/**
 * The npm package `webhdfs`, and where it ends.
 *
 * Used of it: its operations with their defaults and the way it builds an operation's address. Gone round, at the two
 * places that all its operations pass: paths are encoded before it sees them (it does not), and its requests are sent
 * by us (its own know no login, no time-out and no abort, and lose the class of a remote exception). Its streams are
 * not used at all.
 */
export interface PackageClient {
  stat(path: string, done: Done<unknown>): void;
  mkdir(path: string, mode: string, done: Done<void>): void;
  rename(path: string, destination: string, done: Done<void>): void;
  unlink(path: string, recursive: boolean, done: Done<void>): void;
  chmod(path: string, mode: string, done: Done<void>): void;
  chown(path: string, owner: string, group: string, done: Done<void>): void;
  _getOperationEndpoint(operation: string, path: string, params?: Params): string;
  _sendRequest(method: string, url: string, done: (error: unknown, response?: { body: unknown }) => void): void;
}

export type Done<Result> = (error: unknown, result: Result) => void;
export type Params = Readonly<Record<string, string | number | boolean>>;

/** Sends a request and gives back the answer's JSON. */
export type Send = (method: string, url: URL) => Promise<unknown>;

/** A client of the package for one NameNode, whose requests go through `send`. */
export function openPackageClient(address: string, send: Send): PackageClient {
  const { protocol, hostname, port } = new URL(address);
  const client = createClient({ protocol, host: hostname, port: port || (protocol === 'https:' ? 443 : 80) });
  const endpoint = client._getOperationEndpoint.bind(client);
  client._getOperationEndpoint = (operation, path, params) =>
    endpoint(operation.toUpperCase(), encodePath(path), params);
  client._sendRequest = (method, url, done) => {
    send(method, new URL(url))
      .then((body) => done(null, { body: body ?? {} }))
      .catch(done);
  };
  return client;
}

/** Percent-encodes a path's names. `invalid` for one that is not absolute, or that an address would not keep. */
export function encodePath(path: string): string {
  const names = path.split('/');
  if (names[0] !== '' || names.some((name) => name === '.' || name === '..')) throw noPath(path);
  try {
    return names.map(encodeURIComponent).join('/');
  } catch {
    throw noPath(path); // Half a surrogate pair.
  }
}

function noPath(path: string): BackupError {
  return new BackupError('invalid', `\`${path}\` is no absolute path of HDFS`);
}
