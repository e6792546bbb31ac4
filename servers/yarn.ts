import { BackupError, isKind } from '../model/errors';
import { type Answer, ask, kindOfStatus, refusal } from './http';
import type { Login } from './login';
import {
  applicationIn,
  applicationsIn,
  countersIn,
  type JobCounters,
  queuesIn,
  type YarnApplication,
  type YarnQueue,
} from './yarn-answers';

export type { JobCounters, YarnApplication, YarnQueue } from './yarn-answers';

/** Yarn, by the REST interface of its ResourceManager; of several the active one is found. Errors: `denied`, `unavailable`. */
export interface Yarn {
  /** All that the ResourceManager still knows, newest first. */
  applicationsByTag(tag: string): Promise<readonly YarnApplication[]>;
  /** `missing` when the ResourceManager does not know it (any more). */
  application(id: string): Promise<YarnApplication>;
  /** Asks for its end; it may take a moment. One that has ended already is fine, as is one that is not known. */
  kill(id: string): Promise<void>;
  /** By its short name or by its full one, such as `root.default`; undefined when there is none. */
  queue(name: string): Promise<YarnQueue | undefined>;
  /** The counters of a MapReduce job that runs; undefined when it does not tell (not yet, or not any more). */
  jobCounters(applicationId: string): Promise<JobCounters | undefined>;
}

/** Connects to nothing yet. `resourceManagers` are HTTP addresses, such as `http://rm1:8088`. */
export function openYarn(resourceManagers: readonly string[], login: Login, signal?: AbortSignal): Yarn {
  const askActive = activeOf(resourceManagers, login, signal);
  return {
    async applicationsByTag(tag) {
      return applicationsIn(await askActive('GET', `/ws/v1/cluster/apps?applicationTags=${encodeURIComponent(tag)}`));
    },
    application: async (id) => applicationIn(await askActive('GET', `/ws/v1/cluster/apps/${id}`)),
    async kill(id) {
      try {
        await askActive('PUT', `/ws/v1/cluster/apps/${id}/state`, { state: 'KILLED' });
      } catch (error) {
        if (!isKind(error, 'missing')) throw error;
      }
    },
    async queue(name) {
      const queues = queuesIn(await askActive('GET', '/ws/v1/cluster/scheduler'));
      return queues.find((queue) => queue.name === name) ?? queues.find((queue) => queue.name.endsWith(`.${name}`));
    },
    jobCounters: (id) => countersOf(askActive, id),
  };
}

type AskActive = (method: 'GET' | 'PUT', pathAndQuery: string, body?: unknown) => Promise<unknown>;

async function countersOf(askActive: AskActive, applicationId: string): Promise<JobCounters | undefined> {
  const job = applicationId.replace(/^application_/, 'job_');
  try {
    return countersIn(await askActive('GET', `/proxy/${applicationId}/ws/v1/mapreduce/jobs/${job}/counters`));
  } catch (error) {
    // Before the job's own server answers, and after its end, the proxy leads to some page or other.
    if (error instanceof BackupError) return undefined;
    throw error;
  }
}

/** Asks the ResourceManager that answered last; where it is no longer the active one, each of the others. */
function activeOf(addresses: readonly string[], login: Login, signal: AbortSignal | undefined): AskActive {
  let active = 0;
  return async (method, pathAndQuery, body) => {
    let problem: unknown = new BackupError('invalid', 'there is no address of a ResourceManager');
    for (const _ of addresses) {
      try {
        return await askOne(addresses[active]!, method, pathAndQuery, body);
      } catch (error) {
        if (!isKind(error, 'unavailable')) throw error;
        problem = error;
        active = (active + 1) % addresses.length;
      }
    }
    throw problem;
  };

  async function askOne(address: string, method: 'GET' | 'PUT', pathAndQuery: string, body: unknown) {
    const headers = {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const answer = await ask(login, new URL(pathAndQuery, address), {
      method,
      headers,
      ...(body === undefined ? {} : { body: once(JSON.stringify(body)) }),
      ...(signal && { signal }),
    });
    return resultOf(answer);
  }
}

async function* once(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text);
}

/**
 * One that is on standby leads to the active one, by a redirection or by a page that says so. It is not followed: only the
 * addresses of the configuration are spoken to.
 */
async function resultOf(answer: Answer): Promise<unknown> {
  const text = await answer.text();
  if (answer.status >= 300 && answer.status < 400) throw notActive(answer);
  if (answer.status >= 400) throw refusal(answer, kindOfStatus(answer.status), saidIn(text) || answer.reason);
  try {
    return JSON.parse(text);
  } catch {
    throw notActive(answer);
  }
}

function notActive({ place }: Answer): BackupError {
  return new BackupError('unavailable', `${place} is not answered by an active ResourceManager`);
}

function saidIn(text: string): string {
  try {
    const { RemoteException } = JSON.parse(text) as { RemoteException?: { message?: unknown } };
    return String(RemoteException?.message ?? '');
  } catch {
    return '';
  }
}
