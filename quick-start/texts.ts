/** What the quick start says beside its steps. */
import { messageOf } from '../model/errors';
import { bytesText } from '../model/text';
import { task } from './configuration';
import type { Scratch } from './scratch';
import type { Told } from './story';

export const usage = `npm start              backs up, loses and restores a small HDFS of its own, and shows how
npm start -- --keep    the same, and leaves everything running to look at, until Ctrl-C`;

const shownDifferences = 20;

export function summary(
  { servers, sets, wrong }: Told,
  { localBackup, cairnYaml, tasksYaml }: Scratch,
  seconds: number,
): string {
  return `
${wrong.length === 0 ? 'Everything that was lost is back.' : differencesText(wrong)}

  sets            ${sets.map(({ name, bytes }) => `${name}, ${bytesText(bytes)}`).join(`\n${' '.repeat(18)}`)}
  they lie in     ${localBackup}
  configuration   ${cairnYaml}
  tasks           ${tasksYaml}
  web page        ${servers.temporal.uiAddress}
  time            ${seconds.toFixed(1)} s
`;
}

function differencesText(wrong: readonly string[]): string {
  const more = wrong.length > shownDifferences ? [`… and ${wrong.length - shownDifferences} more`] : [];
  return ['What came back is NOT what was written:', ...wrong.slice(0, shownDifferences), ...more].join('\n  ');
}

/** What is said when all is over, and when all goes on. */
export const goneText =
  'Everything is stopped. The sets, cairn.yaml and tasks.yaml stay until the next start; `npm start -- --keep` leaves everything running.';

export function nowByHand({ servers: { temporal, hdfs }, sets }: Told): string {
  return `Everything still runs, until Ctrl-C. Look at ${temporal.uiAddress}, or go on in another terminal, in this folder:

  export TEMPORAL_ADDRESS=${temporal.address}
  npx cairn task list
  npx cairn task start ${task} --wait
  npx cairn sets list
  npx cairn sets verify ${sets.at(-1)!.name}

HDFS is there for hdfs commands, too:

  export HADOOP_USER_NAME=hdfs HADOOP_CONF_DIR=${hdfs.confDir}
  ${hdfs.hdfsCommand} dfs -ls -R /
`;
}

export function failure(error: unknown, { folder }: Scratch): string {
  return `
It did not work: ${messageOf(error)}

Everything is stopped. Configuration, logs and data are left in ${folder} until the next start.`;
}
