/** What the quick start says beside its steps. */
import { messageOf } from '../model/errors';
import { bytesText, labelText } from '../model/text';
import { backupPath, task } from './configuration';
import type { MadeSets } from './operator';
import type { Scratch } from './scratch';
import type { Told } from './story';

export const usage = `npm start              backs up, loses and restores a small HDFS of its own, and shows how
npm start -- --keep    the same, and leaves everything running to look at, until Ctrl-C`;

const shownDifferences = 20;

export function summary(
  { servers, older, newer, wrong }: Told,
  { localBackup, cairnYaml, tasksYaml }: Scratch,
  seconds: number,
): string {
  return `
${wrong.length === 0 ? 'Everything that was lost is back.' : differencesText(wrong)}

  older run       ${runText(older)}
  newer run       ${runText(newer)}
  metadata is in  ${localBackup}
  data is in      ${servers.remote.uri}${backupPath}
  configuration   ${cairnYaml}
  tasks           ${tasksYaml}
  web page        ${servers.temporal.uiAddress}
  time            ${seconds.toFixed(1)} s
`;
}

function runText({ label, seconds, directory, metadata }: MadeSets): string {
  const sets = [
    `${directory.name}, ${bytesText(directory.bytes)} in ${directory.files} files`,
    `${metadata.name}, ${bytesText(metadata.bytes)}`,
  ];
  return [`${labelText(label)}, took ${seconds.toFixed(1)} s`, ...sets].join(`\n${' '.repeat(18)}`);
}

function differencesText(wrong: readonly string[]): string {
  const more = wrong.length > shownDifferences ? [`… and ${wrong.length - shownDifferences} more`] : [];
  return ['What came back is NOT what was written:', ...wrong.slice(0, shownDifferences), ...more].join('\n  ');
}

/** What is said when all is over, and when all goes on. */
export const goneText =
  'Everything is stopped, and both HDFS are removed with what they held. The sets of metadata, cairn.yaml and tasks.yaml ' +
  'stay until the next start; `npm start -- --keep` leaves everything running.';

export function nowByHand({ servers: { temporal, hdfs, remote }, newer }: Told): string {
  const [folder, label] = newer.directory.name.split('/') as [string, string];
  return `Everything still runs, until Ctrl-C. Look at ${temporal.uiAddress}, or go on in another terminal, in this folder:

  export TEMPORAL_ADDRESS=${temporal.address}
  npx cairn task list
  npx cairn task start ${task} --wait
  npx cairn sets list
  npx cairn sets verify --run ${task}@latest

Both HDFS are there for hdfs commands, too: the first one, and in the second the newer set, which is a snapshot:

  export HADOOP_USER_NAME=hdfs
  HADOOP_CONF_DIR=${hdfs.confDir} ${hdfs.hdfsCommand} dfs -ls -R /
  HADOOP_CONF_DIR=${remote.confDir} ${remote.hdfsCommand} dfs -ls -R ${backupPath}/${folder}/.snapshot/${label}/data/0
`;
}

export function failure(error: unknown, { folder }: Scratch): string {
  return `
It did not work: ${messageOf(error)}

Everything is stopped. Configuration, logs and data are left in ${folder} until the next start.`;
}
