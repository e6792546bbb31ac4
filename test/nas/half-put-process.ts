import { setTimeout as sleep } from 'node:timers/promises';
import { halvedBody, type HalvedBodyOptions, MiB } from './halved-body';
import { openNasSite, type Protocol } from './nas';

/** See `startHalfPut`. */
async function main(): Promise<void> {
  const [, , work = '', protocol = '', name = '', options = ''] = process.argv;
  const { megabytes, stopAt = megabytes, id } = JSON.parse(options) as HalvedBodyOptions;
  const nas = await openNasSite(work);
  const report = ({ bytes = 0 }) => {
    // A moment more, so that what was reported is written, too.
    if (bytes >= stopAt * MiB) void sleep(200).then(() => process.stdout.write('half\n'));
  };
  const control = { signal: new AbortController().signal, resume: undefined, report };
  await nas
    .open(protocol as Protocol)
    .put(name, halvedBody({ megabytes, stopAt, ...(id !== undefined && { id }) }).body, control);
}

void main();
setInterval(() => undefined, 1000);
