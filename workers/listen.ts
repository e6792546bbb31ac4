import type { Server } from 'node:http';
import { BackupError, type ErrorKind } from '../model/errors';

export interface ListenAddress {
  /** All interfaces when absent. */
  readonly host?: string;
  readonly port: number;
}

/** `host:port`, of which the host may be an IPv6 address in brackets. */
export function listenAddress(text: string): Required<ListenAddress> {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

/** Lets a server listen. `conflict` when something else listens there; errors name `field` of cairn.yaml. */
export async function listenAt(server: Server, at: ListenAddress, what: string, field: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.on('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(at, what, field, cause)));
    server.listen({ ...at }, resolve);
  });
}

const causes: { readonly [code: string]: readonly [ErrorKind, what: string, hint: string] } = {
  EADDRINUSE: ['conflict', 'something else listens there', 'end it ("ss -ltnp" names it), or choose another port'],
  EACCES: ['denied', 'the system does not allow it', 'choose a port from 1024 on'],
};

function cannotListen(
  { host, port }: ListenAddress,
  what: string,
  field: string,
  cause: NodeJS.ErrnoException,
): BackupError {
  const unknown = ['precondition', cause.message, 'choose an address of this machine'] as const;
  const [kind, why, hint] = causes[cause.code ?? ''] ?? unknown;
  const place = host === undefined ? `port ${port}` : `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const told = { hint: `${hint} as ${field} in cairn.yaml` };
  return new BackupError(kind, `${what} cannot be served at ${place}: ${why}`, told, { cause });
}
