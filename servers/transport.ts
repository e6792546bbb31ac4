import * as http from 'node:http';
import * as https from 'node:https';
import { pipeline } from 'node:stream/promises';

/** A request as it goes over the wire. */
export interface Outgoing {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
}

/** The beginning of an answer, whatever its status; the body is still to be read. */
export type Incoming = http.IncomingMessage;

/**
 * Sends a request and waits until its answer begins. Redirects are answers. Not `fetch`: that takes the
 * `100 Continue` which every DataNode sends before it receives a file for a broken answer.
 */
export async function send(url: URL, outgoing: Outgoing): Promise<Incoming> {
  try {
    return await sendOnce(url, outgoing, keptOpen);
  } catch (error) {
    if (!(error instanceof StaleConnection) || outgoing.body !== undefined) throw error;
    return sendOnce(url, outgoing, {});
  }
}

/** The server had closed a connection that was kept open, just as it was used again: it has seen no request. */
class StaleConnection extends Error {}

/** Who keeps connections, by protocol; where none is named, each request has a connection of its own. */
export interface Agents {
  readonly 'http:'?: http.Agent;
  readonly 'https:'?: https.Agent;
}
const keptOpen: Agents = {
  'http:': new http.Agent({ keepAlive: true }),
  'https:': new https.Agent({ keepAlive: true }),
};

/** The same, tried once and by these agents. */
export function sendOnce(url: URL, { method, headers, body, signal }: Outgoing, agents: Agents): Promise<Incoming> {
  return new Promise((resolve, reject) => {
    const agent = agents[url.protocol as keyof Agents] ?? false;
    const request = (url.protocol === 'https:' ? https : http).request(url, { method, headers, agent });
    obey(signal, request);
    request.once('response', resolve);
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = request.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted;
      reject(isStale ? new StaleConnection('the connection was closed', { cause: error }) : error);
    });
    if (body === undefined) request.end();
    else pipeline(body, request).catch(reject);
  });
}

/**
 * Ends the request when the signal says so. Node's own option for that destroys the connection even when the answer
 * is complete and the connection is on its way back to the agent: then nobody hears its error, and the process ends.
 */
function obey(signal: AbortSignal, request: http.ClientRequest): void {
  let answer: Incoming | undefined;
  const stop = () => {
    if (answer?.complete !== true) request.destroy(new Error('stopped'));
  };
  request.once('response', (incoming) => (answer = incoming));
  request.once('close', () => signal.removeEventListener('abort', stop));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
}
