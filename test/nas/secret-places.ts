import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { histories, textsOf } from '../kit/history';
import { processesWith } from '../kit/processes';
import { filesBelow, pause } from '../kit/real-cluster';
import type { Stage } from '../kit/stage';
import { behind, type Nas } from './nas';

/** What was seen of this machine while something went on. */
interface Seen {
  readonly commands: Set<string>;
  /** The commands in whose environment the password stood. */
  readonly givenIt: Set<string>;
  readonly mounts: Set<string>;
}

/**
 * Does the work, which answers the worker's log: the password of the share stands nowhere but in the environment of what mounts
 * it, which root alone can read.
 */
export async function keepingSecret(stage: Stage, nas: Nas, work: () => Promise<string>): Promise<void> {
  const seen: Seen = { commands: new Set(), givenIt: new Set(), mounts: new Set() };
  const log = await watching(nas, seen, work);
  const problems = (await placesOf(stage, log, seen)).flatMap(({ place, known, texts }) => [
    ...known.filter((one) => !holds(texts, one)).map((one) => `${place} does not even tell ${one}`),
    ...wordsOf(nas.password).flatMap((word) => (holds(texts, word) ? [`${place} tells ${word}`] : [])),
  ]);
  const others = [...seen.givenIt].filter((command) => !/\bmount\.cifs\b/.test(command));
  assert.deepEqual([...problems, ...others.map((command) => `the password was given to ${command}`)], []);
}

/** Samples all processes of this machine, and its mounts, until the work is over. */
async function watching<T>({ password }: Nas, seen: Seen, work: () => Promise<T>): Promise<T> {
  let over = false;
  const watch = async () => {
    // A mount lasts for a moment only: looked for closely until one was seen.
    for (; !over; await pause(seen.givenIt.size === 0 ? 50 : 500)) {
      for (const { command, environment } of await processesWith('')) {
        seen.commands.add(command);
        if (wordsOf(password).some((word) => environment.includes(word))) seen.givenIt.add(command);
      }
      for (const line of (await readFile('/proc/mounts', 'utf8')).split('\n')) seen.mounts.add(line);
    }
  };
  const watched = watch();
  return await work().finally(async () => {
    over = true;
    await watched;
  });
}

/** Each counts: what cuts the password at a comma or writes `=` in another way tells it all the same. */
const wordsOf = (password: string) => password.match(/\w{6,}/g)!;
const holds = (texts: readonly string[], word: string) => texts.some((text) => text.includes(word));

/** `known`: what is to be found there instead. A search that finds nothing anywhere would always pass. */
interface Place {
  readonly place: string;
  readonly known: readonly string[];
  readonly texts: readonly string[];
}

async function placesOf(stage: Stage, log: string, { commands, givenIt, mounts }: Seen): Promise<Place[]> {
  const files = await filesBelow(behind('share'));
  const held = (ending: string) => Promise.all(files.filter((name) => name.endsWith(ending)).map(contentOf));
  return [
    { place: 'a history', known: ['backup-operator'], texts: await inHistories(stage) },
    { place: "the worker's log", known: ['run/nas'], texts: [log] },
    { place: 'an argument list', known: ['mount.cifs //127.0.0.1/share', 'worker-process.ts'], texts: [...commands] },
    { place: 'the list of those that were given it', known: ['mount.cifs'], texts: [...givenIt] },
    { place: 'the table of mounts', known: ['username=backup-operator'], texts: [...mounts] },
    { place: 'a name on the share', known: ['.manifest.json'], texts: files },
    { place: 'a manifest', known: ['nameNode'], texts: await held('.json') },
    { place: 'an archive', known: ['HDFSIMG1'], texts: await held('.gz') },
  ];
}

async function inHistories({ client }: Stage): Promise<string[]> {
  const texts: string[] = [];
  for await (const { events } of histories(client)) texts.push(...events.flatMap(textsOf));
  return texts;
}

/** Archives unpacked. */
async function contentOf(name: string): Promise<string> {
  const bytes = await readFile(behind('share', name));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
}
