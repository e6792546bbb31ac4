import { type Incoming, type Outgoing, send } from './transport';

/**
 * How this worker proves who it is to a cluster. Every HTTP request and every `hadoop` command goes through one
 * of these, so that security mode changes this file and no source.
 */
export interface Login {
  /** Sends one request as this user. Redirects are handed back, never followed: they may lead to another server. */
  send(url: URL, outgoing: Outgoing): Promise<Incoming>;
  /** What a `hadoop` command needs in its environment to act as this user. Never logged. */
  environment(): Promise<Readonly<Record<string, string>>>;
  /** The name that a server's RPC believes without proof; absent where it wants one. */
  readonly rpcUser?: string;
}

/** A cluster without Kerberos: it believes the name that it is told. */
export function simpleLogin({ user }: { readonly user: string }): Login {
  return {
    send: (url, outgoing) => send(withUser(url, user), outgoing),
    environment: async () => ({ HADOOP_USER_NAME: user }),
    rpcUser: user,
  };
}

/** Leaves a name that is there: the address of a DataNode, given by a NameNode, carries one already. */
function withUser(url: URL, user: string): URL {
  if (url.searchParams.has('user.name') || url.searchParams.has('delegation')) return url;
  const named = new URL(url);
  // `searchParams.set` would write the whole query anew; the rest must go out as the caller encoded it.
  named.search = `${url.search === '' ? '?' : `${url.search}&`}user.name=${encodeURIComponent(user)}`;
  return named;
}
