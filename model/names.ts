/**
 * Names that people choose end up in paths, workflow ids and log lines: so they are narrow.
 * The product's own limits are not documented; these are cairn's.
 */
export const taskNamePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
export const clusterIdPattern = /^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/;
export const nameServicePattern = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;
export const hostPattern = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/;
/** Of a server: a host name or an IP address, of version 6 without brackets. */
export const serverPattern = /^([A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$/;
/** The kind of an IP address; undefined for a host's name. */
export function addressKind(server: string): 'ipv4' | 'ipv6' | undefined {
  if (server.includes(':')) return 'ipv6';
  return /^\d+(\.\d+){3}$/.test(server) ? 'ipv4' : undefined;
}

/** A request's key: given by a pipeline to join its own run again, else random. */
export const keyPattern = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$/;
/** Who asks for a restoration, or approves one: a user's name, an address for mail, `DOMAIN\user`. */
export const personPattern = /^[A-Za-z0-9_][A-Za-z0-9_.@+\\-]{0,63}$/;

/** The manager itself, which is looked after like a cluster: its database and its configuration. */
export const managerId = 'oms';
const managerFolder = '0';

/** The folder of a cluster's sets in LocalBackup: its id, and `0` for the manager, as in the product. */
export function localFolderOf(cluster: string): string {
  return cluster === managerId ? managerFolder : cluster;
}

/** Whose sets lie in that folder of a LocalBackup. */
export function clusterOfLocalFolder(folder: string): string {
  return folder === managerFolder ? managerId : folder;
}

/** Workflow ids, in one place (design §6). */
export const workflowIds = {
  cluster: (cluster: string) => `cluster/${cluster}`,
  /** Of Temporal, for a periodic task. */
  schedule: (cluster: string, task: string) => `schedule/${cluster}/${task}`,
  request: (cluster: string, key: string) => `request/${cluster}/${key}`,
  run: (cluster: string) => `run/${cluster}`,
  part: (cluster: string, source: string) => `run/${cluster}/${source}`,
  /** What a deleted task had kept frozen in the cluster is given up. */
  releaseTask: (cluster: string, task: string, creation: string) => `release/${cluster}/${task}_${creation}`,
  /** A check of a target; its id is part of its folder's name, too. */
  check: (cluster: string, check: string) => `check/${cluster}/${check}`,
  /** Of a set in one place: a copy of it on another target has the same name. */
  verify: (cluster: string, set: string, place: string) => `verify/${cluster}/${set}@${place}`,
  /** The LocalBackup of a standby host is made equal to the active one's. */
  mirror: (cluster: string, host: string) => `mirror/${cluster}/${host}`,
  /** Somebody is told of something: one for each notification, by its id. */
  notify: (cluster: string, notification: string) => `notify/${cluster}/${notification}`,
  /** Starts many of them. */
  notifyAll: (cluster: string, id: string) => `notify/${cluster}/all-${id}`,
} as const;

/** Task queues, in one place (design §6). */
export const queues = {
  control: 'control',
  copy: 'copy',
  host: (host: string) => `host/${host}`,
  /** Of a channel of notifications: one that hangs keeps no other waiting. */
  channel: (name: string) => `channel/${name}`,
} as const;

/** The search attributes by which people find runs in the Temporal UI. */
export const searchAttributes = {
  Cluster: 'KEYWORD',
  Task: 'KEYWORD',
  Phase: 'KEYWORD',
  Trigger: 'KEYWORD',
  Source: 'KEYWORD_LIST',
  SetLabel: 'KEYWORD_LIST',
} as const;

/** Control characters, line separators, marks that turn the direction of text, halves of characters. */
const misleading = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|\p{Cs}/u;

/** True where a terminal or a person could take the text for another one. */
export function isMisleading(text: string): boolean {
  return misleading.test(text);
}

/**
 * A name on a target or inside an archive: relative, forward slashes, no `.` or `..` parts, nothing that a
 * terminal or a shell could misread. Used for everything that comes from outside before it is joined to a path.
 */
export function isSafeRelativeName(name: string): boolean {
  return (
    name.length > 0 &&
    name.length <= 1024 &&
    !isMisleading(name) &&
    !name.includes('\\') &&
    name.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}
