import type { ApprovalRequest } from '../model/cluster-state';
import { BackupError } from '../model/errors';
import { refused } from './ask';
import type { Site } from './cluster-state';
import { personNamed } from './person';
import { askAboutTask, type AskOptions, type Done, findTask, type Started } from './tasks';

export interface ApproveOptions extends AskOptions {
  /** Who approves: not who asked. Default: the operating system's user. */
  readonly as?: string | undefined;
  /** The key of the start that is meant, so that no later one is approved unseen. Default: of the one that awaits approval now. */
  readonly asked?: string | undefined;
}

export interface RejectOptions extends ApproveOptions {
  /** For who asked. */
  readonly reason?: string | undefined;
}

/** The request for approval that stands; refused with `notAwaited` when there is none. */
export async function awaitedRequest(site: Site, name: string, cluster?: string): Promise<ApprovalRequest> {
  const { awaits, status, reason } = await findTask(site, 'restoration', name, cluster);
  if (awaits !== undefined) return awaits;
  const why = status === 'Stopped' && reason !== undefined ? `: ${reason}` : `: it is ${status}`;
  throw refused(
    'notAwaited',
    `restoration "${name}" awaits no approval${why} HINT: "cairn restoration list" shows those that do`,
  );
}

export async function approveRestoration(site: Site, name: string, options: ApproveOptions): Promise<Started> {
  const by = who(options);
  const asked = await askedIn(site, name, options);
  const { cluster, did, position } = await askAboutTask(site, 'restoration', name, options, (task) => ({
    do: 'approve',
    task,
    asked,
    by,
  }));
  return { cluster, task: name, did, key: asked, before: position ?? 0 };
}

export async function rejectRestoration(site: Site, name: string, options: RejectOptions): Promise<Done> {
  const by = who(options);
  const asked = await askedIn(site, name, options);
  const { reason } = options;
  const { cluster, did } = await askAboutTask(site, 'restoration', name, options, (task) => ({
    do: 'reject',
    task,
    asked,
    by,
    ...(reason !== undefined && { reason }),
  }));
  return { cluster, task: name, did };
}

function who({ as }: ApproveOptions): string {
  const by = personNamed(as);
  if (by !== undefined) return by;
  throw new BackupError('invalid', "this system's user has no name that tells who you are", {
    hint: '--as NAME says it',
  });
}

async function askedIn(site: Site, name: string, { asked, cluster }: ApproveOptions): Promise<string> {
  return asked ?? (await awaitedRequest(site, name, cluster)).key;
}
